/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lock events in lockstep (--logs): both sides append the same events to the same logs, and each keeps the
 * discipline of the locks, by which no two CPUs can wait for each other:
 *
 *   SMMU > INFO > S2PAGE > NPT, SPT   and   INFO > CORE
 *
 * Whoever holds a lock takes only locks further right. Within a log the order counts; events of two logs may
 * stand in any order that this allows. What a snapshot shows is compared as state; at body level, where both
 * sides are models, by its digest.
 */
#include "events.h"

#include <inttypes.h>

#include "lockstep.h"
#include "spec_machine.h"

/* Locks.v: local_lock_bound */
enum { SHARED_EVENTS = 10, SECTIONS = 8 };

/* The events of one side in the last step: of the IUT, or of a model. */
struct side {
	const char *name;
	size_t count;
	const struct s2t_lock_event *told;
	const struct s2t_event *own;
};

static uint32_t lock_at(const struct side *side, size_t i)
{
	return side->own ? side->own[i].lock : side->told[i].lock;
}

static uint32_t kind_at(const struct side *side, size_t i)
{
	return side->own ? side->own[i].kind : side->told[i].kind;
}

/* The first event on a log from number `i` on, or `count`. */
static size_t next_on(const struct side *side, uint32_t lock, size_t i)
{
	while (i < side->count && lock_at(side, i) != lock)
		i++;
	return i;
}

/* Lock `lock` may be taken by who holds only locks of lower rank. -1: it is no lock of the Coq text. */
static int rank_of(uint32_t lock, uint32_t vms)
{
	enum { CORE = 1, SMMU = 4 };

	if (lock == SMMU)
		return 0;
	if (lock >= S2T_LOCK_NPT + vms)
		return lock < S2T_LOCK_NPT + 2 * vms ? 1 : -1; /* INFO */
	if (lock == S2T_LOCK_S2PAGE || lock == CORE)
		return 2;
	return lock == S2T_LOCK_FLATMEM ? -1 : 3;
}

/* The one difference that is reported: the first. */
static void report(struct s2t_lockstep *ls, uint32_t lock)
{
	struct s2t_diffs *diffs = ls->diffs;

	if (diffs->total < S2T_MAX_DIFFS)
		diffs->diff[diffs->total] = (struct s2t_diff){
			.kind = S2T_DIFF_LOCK,
			.entry = { .a = lock },
			.iut_has_value = true,
			.text = ls->event_text,
		};
	diffs->total++;
}

/* A lock that a side holds. */
struct section {
	uint32_t lock;
	unsigned shared; /* events appended in it */
};

/* What event `i` does that H_CalLock, or the order of the locks, does not allow; NULL: nothing. */
static const char *broken_rule(const struct side *side, size_t i, uint32_t vms, struct section *held,
                               unsigned *count)
{
	const uint32_t lock = lock_at(side, i), kind = kind_at(side, i);
	unsigned at = 0;

	while (at < *count && held[at].lock != lock)
		at++;
	if (lock == S2T_LOCK_FLATMEM) {
		for (unsigned j = 0; j < *count; j++)
			if (held[j].lock == S2T_LOCK_S2PAGE)
				return kind == S2T_EVENT_FLATMEM
				               ? NULL
				               : "takes a lock that page contents do not have";
		return "changes page contents without lock S2PAGE";
	}
	if (kind == S2T_EVENT_WAIT) {
		if (at < *count)
			return "waits for a lock that it holds";
		for (unsigned j = 0; j < *count; j++)
			if (rank_of(lock, vms) <= rank_of(held[j].lock, vms))
				return "takes a lock against the order SMMU, INFO, S2PAGE, NPT or SPT";
		if (rank_of(lock, vms) < 0 || *count == SECTIONS)
			return "takes a lock that does not exist";
		held[(*count)++] = (struct section){ lock, 0 };
		return NULL;
	}
	if (at == *count)
		return kind == S2T_EVENT_REL ? "releases a lock that it does not hold"
		                             : "uses an object without its lock";
	if (kind == S2T_EVENT_REL) {
		held[at] = held[--*count];
		return NULL;
	}
	return held[at].shared++ < SHARED_EVENTS ? NULL : "has more than 10 shared events in one section";
}

/* Whether a side keeps the discipline. After a step that ends ok it holds no lock. */
static bool disciplined(struct s2t_lockstep *ls, const struct side *side)
{
	const uint32_t vms = (uint32_t)ls->board.corevisor + 1;
	struct section held[SECTIONS];
	unsigned count = 0;
	char name[16];

	for (size_t i = 0; i < side->count; i++) {
		const char *rule = broken_rule(side, i, vms, held, &count);

		if (!rule)
			continue;
		(void)snprintf(ls->event_text, sizeof(ls->event_text), "the %s %s (%s on log %s)", side->name,
		               rule, s2t_event_name(kind_at(side, i)),
		               s2t_log_name(&ls->board, lock_at(side, i), name, sizeof(name)));
		report(ls, lock_at(side, i));
		return false;
	}
	if (count == 0 || ls->step.outcome != S2T_OK)
		return true;
	(void)snprintf(ls->event_text, sizeof(ls->event_text), "the %s does not release it", side->name);
	report(ls, held[0].lock);
	return false;
}

/* The high form of clear_vm_page does not look at the host's table, the low form does (A1). Where that is
 * tolerated, so is one empty section on the log of that table. */
static bool is_known(const struct s2t_lockstep *ls, uint32_t lock, const struct side *model,
                     const struct side *iut)
{
	static const enum s2t_event_kind section[] = { S2T_EVENT_WAIT, S2T_EVENT_PULL, S2T_EVENT_NPT,
		                                       S2T_EVENT_REL };
	size_t at = next_on(iut, lock, 0);

	if (ls->options.spec != S2T_SPEC_HIGH || !(ls->options.known >> S2T_KNOWN_A1 & 1) ||
	    ls->step.case_id != S2T_CASE_CVP_6 || lock != S2T_LOCK_NPT ||
	    next_on(model, lock, 0) < model->count)
		return false;
	for (unsigned i = 0; i < 4; i++, at = next_on(iut, lock, at + 1))
		if (at >= iut->count || kind_at(iut, at) != (uint32_t)section[i])
			return false;
	return at == iut->count;
}

/* One log on both sides. */
static bool same_log(struct s2t_lockstep *ls, uint32_t lock, const struct side *model, const struct side *iut)
{
	size_t a = next_on(model, lock, 0), b = next_on(iut, lock, 0);

	for (unsigned number = 1; a < model->count || b < iut->count; number++) {
		const char *of_model = a < model->count ? s2t_event_name(kind_at(model, a)) : "nothing";
		const char *of_iut = b < iut->count ? s2t_event_name(kind_at(iut, b)) : "nothing";

		if (of_model != of_iut) {
			if (is_known(ls, lock, model, iut)) {
				ls->stats.events_known++;
				return true;
			}
			(void)snprintf(ls->event_text, sizeof(ls->event_text),
			               "event %u that the step appends to this log: model %s, %s %s", number,
			               of_model, iut->name, of_iut);
			report(ls, lock);
			return false;
		}
		if (iut->own &&
		    (model->own[a].value != iut->own[b].value || model->own[a].cpu != iut->own[b].cpu)) {
			(void)snprintf(
				ls->event_text, sizeof(ls->event_text),
				"event %u that the step appends to this log: the two %s show different objects",
				number, of_model);
			report(ls, lock);
			return false;
		}
		a = next_on(model, lock, a + 1);
		b = next_on(iut, lock, b + 1);
	}
	return true;
}

static bool same_logs(struct s2t_lockstep *ls, const struct side *model, const struct side *iut)
{
	for (size_t i = 0; i < model->count; i++)
		if (next_on(model, lock_at(model, i), 0) == i && !same_log(ls, lock_at(model, i), model, iut))
			return false;
	for (size_t i = 0; i < iut->count; i++)
		if (next_on(iut, lock_at(iut, i), 0) == i &&
		    next_on(model, lock_at(iut, i), 0) == model->count &&
		    !same_log(ls, lock_at(iut, i), model, iut))
			return false;
	return true;
}

bool s2t_compare_events(struct s2t_lockstep *ls)
{
	struct side model = { "model", 0, NULL, NULL };
	struct side iut = { ls->bodies ? "body" : "implementation", 0, NULL, NULL };

	model.own = s2t_model_events(ls->model, &model.count);
	if (ls->bodies)
		iut.own = s2t_model_events(s2t_spec_machine_state(ls->bodies), &iut.count);
	else
		iut.told = ls->ops->events->last(ls->iut, &iut.count);
	ls->stats.events += iut.count;
	return disciplined(ls, &iut) && disciplined(ls, &model) && same_logs(ls, &model, &iut);
}
