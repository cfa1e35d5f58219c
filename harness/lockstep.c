/* SPDX-License-Identifier: BSD-2-Clause */
/* Lockstep: one operation on both sides, and the verdict. */
#include "lockstep.h"

#include "body_level.h"
#include "constants.h"
#include "entries.h"
#include "large_pages.h"
#include "lockstep_parts.h"
#include "rdata.h"
#include "spec_machine.h"
#include "visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct s2t_lockstep *s2t_lockstep_create(const struct s2t_board *board, const struct s2t_iut_ops *ops,
                                         const struct s2t_lockstep_options *options, struct s2t_error *error)
{
	struct s2t_lockstep *ls = calloc(1, sizeof(*ls));
	const size_t vms = (size_t)board->corevisor + 1;

	if (ls) {
		ls->board = *board;
		ls->options = *options;
		ls->ops = ops;
		ls->diffs = calloc(1, sizeof(*ls->diffs));
		ls->dirty_vm = calloc(vms, sizeof(*ls->dirty_vm));
		ls->vm_is_dirty = calloc(vms / 64 + 1, sizeof(*ls->vm_is_dirty));
		ls->model = s2t_model_create(&ls->board);
		ls->owes = true;
		ls->known = -1;
	}
	if (!ls || !ls->diffs || !ls->dirty_vm || !ls->vm_is_dirty || !ls->model ||
	    (options->logs && !s2t_model_set_logs(ls->model, true))) {
		snprintf(error->text, sizeof(error->text), "not enough memory for a model of board '%s'",
		         board->name);
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	ls->model->arena.made = s2t_want_large_pages;
	if ((options->invariants | options->forbidden) && !(ls->invariants = s2t_inv_check_create(ls))) {
		snprintf(error->text, sizeof(error->text),
		         "not enough memory to check invariants on board '%s'", board->name);
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	if (options->level == S2T_LEVEL_BODY) {
		ls->bodies = s2t_spec_machine_create(&ls->board, options->bodies);
		if (ls->bodies &&
		    (!options->logs || s2t_model_set_logs(s2t_spec_machine_state(ls->bodies), true)))
			return ls;
		snprintf(error->text, sizeof(error->text), "not enough memory for two models of board '%s'",
		         board->name);
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	char reason[256] = "it gave no reason";

	if (!s2t_constants_fit(ops, &ls->board, error)) {
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	ls->iut = ops->create(ops, &ls->board, reason, sizeof(reason));
	if (!ls->iut) {
		s2t_make_visible(reason);
		snprintf(error->text, sizeof(error->text), "implementation '%s' cannot have board '%s': %s",
		         ops->name, board->name, reason);
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	if (options->logs && !ops->events) {
		snprintf(error->text, sizeof(error->text),
		         "implementation '%s' does not tell its lock events; leave out --logs", ops->name);
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	if (options->logs)
		ops->events->record(ls->iut, true);
	s2t_view_init(&ls->view, ops, ls->iut, &ls->board);
	s2t_set_start_pages(ls);
	if ((!ops->image || options->map || ops->extra_count > 0 || options->watch != S2T_WATCH_NONE) &&
	    !s2t_entries_create(ls, error)) {
		s2t_lockstep_destroy(ls);
		return NULL;
	}
	ls->lock_bytes = 8 * (S2T_LOCK_NPT + 2 * vms); /* NPT and INFO of each VM */
	s2t_lockstep_full_every(ls, options->full_every);
	return ls;
}

/* What the options ask of a step, other than that it is taken and compared by the image, is decided here and not at each
 * step. Lockstep with bodies has another step, too. */
void s2t_lockstep_full_every(struct s2t_lockstep *ls, uint32_t steps)
{
	ls->options.full_every = steps;
	ls->plain = ls->options.spec == S2T_SPEC_LOW && !ls->options.logs && steps == 0 && !ls->entries &&
	            !ls->bodies;
}

void s2t_set_start_pages(struct s2t_lockstep *ls)
{
	for (size_t i = 0; ls->iut && ls->ops->set_page && i < ls->board.start_page_count; i++)
		ls->ops->set_page(ls->iut, ls->board.start_page[i].pfn, &ls->board.start_page[i].page);
}

/* A plug-in without a reset gets a new instance; if there is none to be had, the next step says so. */
void s2t_reset_iut(struct s2t_lockstep *ls)
{
	char reason[256];

	if (ls->entries)
		s2t_entries_before_reset(ls->entries);
	if (ls->iut && ls->ops->reset) {
		ls->ops->reset(ls->iut);
	} else {
		if (ls->entries)
			s2t_entries_before_destroy(ls->entries);
		if (ls->iut)
			ls->ops->destroy(ls->iut);
		ls->iut = ls->ops->create(ls->ops, &ls->board, reason, sizeof(reason));
		ls->view.iut = ls->iut;
		if (ls->entries)
			s2t_entries_after_create(ls);
		if (ls->iut && ls->options.logs)
			ls->ops->events->record(ls->iut, true);
	}
	s2t_set_start_pages(ls);
}

void s2t_lockstep_destroy(struct s2t_lockstep *ls)
{
	if (!ls)
		return;
	s2t_entries_destroy(ls->entries); /* it watches the memory of the instance */
	if (ls->iut)
		ls->ops->destroy(ls->iut);
	s2t_spec_machine_destroy(ls->bodies);
	s2t_model_destroy(ls->model);
	s2t_inv_check_destroy(ls->invariants);
	free(ls->diffs);
	free(ls->dirty_vm);
	free(ls->vm_is_dirty);
	free(ls->seen);
	s2t_written_free(&ls->written);
	free(ls->low_step);
	s2t_accounts_free(&ls->accounts);
	free(ls);
}

void s2t_mark_new_vm(struct s2t_lockstep *ls, uint32_t vmid)
{
	ls->vm_is_dirty[vmid / 64] |= UINT64_C(1) << (vmid % 64);
	ls->dirty_vm[ls->dirty_vm_count++] = vmid;
}

void s2t_lockstep_reset(struct s2t_lockstep *ls)
{
	s2t_model_reset(ls->model);
	if (ls->bodies) {
		s2t_model_reset(s2t_spec_machine_state(ls->bodies));
	} else {
		s2t_reset_iut(ls);
		s2t_view_flush(&ls->view);
	}
	if (ls->entries)
		s2t_entries_reset(ls);
	if (ls->invariants)
		s2t_inv_check_reset(ls->invariants);
	while (ls->dirty_vm_count > 0)
		ls->vm_is_dirty[ls->dirty_vm[--ls->dirty_vm_count] / 64] = 0;
	ls->dirty_contexts = 0;
	ls->owes = true;
	ls->step_number = 0;
	ls->step = (struct s2t_step){ .outcome = S2T_OK };
	ls->result = (struct s2t_result){ .outcome = S2T_OK };
	ls->low_steps = 0;
	ls->known = -1;
	ls->diffs->total = 0;
}

enum s2t_spec s2t_lockstep_form(const struct s2t_lockstep *ls, uint32_t number)
{
	for (size_t i = ls->low_steps; i-- > 0 && ls->low_step[i] >= number;)
		if (ls->low_step[i] == number)
			return S2T_SPEC_LOW;
	return ls->options.spec;
}

static struct s2t_diff *add_diff(struct s2t_lockstep *ls, enum s2t_diff_kind kind, uint64_t model, uint64_t iut)
{
	struct s2t_diff *diff = &ls->diffs->diff[ls->diffs->total++];

	memset(diff, 0, sizeof(*diff));
	diff->kind = kind;
	diff->model[0] = model;
	diff->iut[0] = iut;
	diff->iut_has_value = true;
	return diff;
}

/* Both sides agree now, but not on what was there before: a state that survived a reset, or changed between steps. */
static void add_stale(struct s2t_lockstep *ls)
{
	struct s2t_diff *diff = add_diff(ls, S2T_DIFF_STRAY, ls->stale_model, ls->stale->old);

	diff->window = (enum s2t_window)ls->stale->window;
	diff->address = ls->stale->addr;
	diff->before[0] = ls->stale_model;
	diff->text =
		"before the step it held another value than the model's entry: something survived a reset, or "
		"was changed outside of the calls";
}

/* What an implementation says that is no outcome counts as a crash. */
static void check_outcome(struct s2t_lockstep *ls)
{
	if ((unsigned)ls->result.outcome < S2T_OUTCOME_COUNT)
		return;
	ls->result.outcome = S2T_CRASH;
	ls->result.reason = "the implementation returned an outcome that is none, or set none";
}

/* An implementation that was lost since its last call, such as another process, says nothing of its state. */
static bool is_lost(struct s2t_lockstep *ls)
{
	const char *reason = "";
	const enum s2t_outcome outcome = ls->ops->health ? ls->ops->health(ls->iut, &reason) : S2T_OK;

	if (outcome == S2T_OK)
		return false;
	ls->result = (struct s2t_result){ outcome, 0, reason };
	return true;
}

/* The full comparison entry by entry, into `diffs`. */
static enum s2t_verdict look_at_entries(struct s2t_lockstep *ls, bool tables)
{
	if (ls->entries->no_memory)
		return S2T_NO_MEMORY;
	check_outcome(ls);
	ls->diffs->total = 0;
	if (ls->step.outcome == S2T_UNDEFINED)
		; /* at the end of a sequence: the last step was not run */
	else if (ls->result.outcome != ls->step.outcome)
		add_diff(ls, S2T_DIFF_OUTCOME, ls->step.outcome, ls->result.outcome);
	else if (!s2t_same_return(ls))
		add_diff(ls, S2T_DIFF_RETURN, ls->step.ret, ls->result.ret);
	s2t_entries_sweep(ls, tables, ls->diffs);
	if (is_lost(ls)) {
		ls->diffs->total = 0;
		add_diff(ls, S2T_DIFF_OUTCOME, ls->step.outcome, ls->result.outcome);
	}
	return ls->diffs->total ? S2T_DIVERGED : S2T_AGREED;
}

/* The full comparison of both states, into `diffs`. */
enum s2t_verdict s2t_look_again(struct s2t_lockstep *ls)
{
	const bool tables = ls->step.outcome == S2T_OK && ls->result.outcome == S2T_OK;
	bool no_memory;

	if (ls->entries)
		return look_at_entries(ls, tables);
	check_outcome(ls);
	ls->diffs->total = 0;
	if (ls->result.outcome != ls->step.outcome)
		add_diff(ls, S2T_DIFF_OUTCOME, ls->step.outcome, ls->result.outcome);
	else if (ls->result.ret != ls->step.ret)
		add_diff(ls, S2T_DIFF_RETURN, ls->step.ret, ls->result.ret);
	s2t_sweep(ls, tables, ls->diffs, &no_memory);
	if (no_memory)
		return S2T_NO_MEMORY;
	s2t_find_strays(ls, tables, ls->diffs);
	if (ls->diffs->total == 0 && ls->stale)
		add_stale(ls);
	return ls->diffs->total ? S2T_DIVERGED : S2T_AGREED;
}

/* An undefined call that the implementation was given all the same: it must only survive. */
static enum s2t_verdict survive(struct s2t_lockstep *ls)
{
	ls->ops->call(ls->iut, &ls->call, &ls->result);
	check_outcome(ls);
	if (ls->result.outcome <= S2T_UNDEFINED) {
		ls->result.outcome = S2T_UNDEFINED; /* the states are no longer related, whatever it says */
		return S2T_ENDED;
	}
	ls->diffs->total = 0;
	add_diff(ls, S2T_DIFF_OUTCOME, S2T_UNDEFINED, ls->result.outcome);
	return S2T_DIVERGED;
}

/* After a panic only outcomes and return values are compared. */
enum s2t_verdict s2t_after_panic(struct s2t_lockstep *ls)
{
	check_outcome(ls);
	ls->diffs->total = 0;
	if (ls->result.outcome != ls->step.outcome)
		add_diff(ls, S2T_DIFF_OUTCOME, ls->step.outcome, ls->result.outcome);
	else if (ls->result.ret != ls->step.ret)
		add_diff(ls, S2T_DIFF_RETURN, ls->step.ret, ls->result.ret);
	return ls->diffs->total ? S2T_DIVERGED : S2T_AGREED;
}

/* A call that is undefined in the model: the implementation must say so, too, and stays as it was. */
static enum s2t_verdict undefined_in_both(struct s2t_lockstep *ls)
{
	const struct s2t_result before = ls->result;

	ls->ops->call(ls->iut, &ls->call, &ls->result);
	check_outcome(ls);
	if (ls->result.outcome == S2T_UNDEFINED) {
		ls->result = before;
		return S2T_NOT_RUN;
	}
	ls->diffs->total = 0;
	add_diff(ls, S2T_DIFF_OUTCOME, S2T_UNDEFINED, ls->result.outcome);
	return S2T_DIVERGED;
}

/* A call outside the domain of the high form: skipped, unless the low form is defined there and no known
 * difference says so; then the implementation is not defined either, or that is a divergence. */
static enum s2t_verdict outside_domain(struct s2t_lockstep *ls)
{
	unsigned row;

	switch (s2t_known_domain(ls->model, &ls->board, ls->options.known, &ls->call, &row)) {
	case S2T_DOMAIN_SAME: return S2T_NOT_RUN;
	case S2T_DOMAIN_KNOWN:
		ls->stats.known[row]++;
		ls->known = (int)row;
		return S2T_NOT_RUN;
	case S2T_DOMAIN_UNKNOWN: break;
	}
	return undefined_in_both(ls);
}

enum s2t_verdict s2t_undefined_step(struct s2t_lockstep *ls, bool high)
{
	ls->stats.undefined++;
	const enum s2t_verdict verdict = high ? outside_domain(ls) : S2T_NOT_RUN;

	if (verdict != S2T_NOT_RUN)
		return verdict;
	if (ls->options.run_undefined)
		return survive(ls);
	return ls->options.compare_undefined && ls->known < 0 ? undefined_in_both(ls) : S2T_NOT_RUN;
}

/* Room to note that the model took the low form at the coming step. */
bool s2t_room_for_low(struct s2t_lockstep *ls)
{
	if (ls->low_steps < ls->low_step_room)
		return true;
	size_t room = ls->low_step_room ? 2 * ls->low_step_room : 64;
	uint32_t *grown = realloc(ls->low_step, room * sizeof(*grown));

	if (grown) {
		ls->low_step = grown;
		ls->low_step_room = room;
	}
	return grown;
}

/* Takes the model from one form of the step to the other. */
static void take_form(struct s2t_lockstep *ls, const struct s2t_mark *mark, enum s2t_spec spec)
{
	s2t_model_undo(ls->model, mark);
	s2t_model_step(ls->model, spec, &ls->call, &ls->step);
}

/*
 * A step that is not certainly the same as the high form. If it is an instance of a known difference, the model
 * takes the low form, and the step is compared with that. Returns whether both sides agree now. On false, the
 * divergence is from the low form where there is a known difference, so that this does not stand in the report.
 */
bool s2t_agrees_with_low(struct s2t_lockstep *ls, const struct s2t_mark *mark)
{
	const int row = s2t_known_take_low(ls->model, &ls->board, ls->options.known, mark, &ls->call,
	                                   &ls->step);

	if (row < 0)
		return false;
	if (!(ls->entries ? s2t_entries_compare_again(ls) : s2t_compare_step(ls)) &&
	    s2t_look_again(ls) != S2T_AGREED) {
		/* An implementation of the high form, perhaps, that only a second look can tell. */
		take_form(ls, mark, S2T_SPEC_HIGH);
		if (s2t_look_again(ls) == S2T_AGREED)
			return true;
		take_form(ls, mark, S2T_SPEC_LOW);
		ls->low_step[ls->low_steps++] = ls->step_number;
		ls->known = row;
		return false;
	}
	ls->low_step[ls->low_steps++] = ls->step_number;
	ls->known = row;
	ls->stats.known[row]++;
	return true;
}

/* Whether the step is certainly the same on both sides, or the same but for a known difference. */
static bool same_step(struct s2t_lockstep *ls, const struct s2t_mark *mark)
{
	uint64_t findings[S2T_FINDING_COUNT];

	if (ls->options.spec == S2T_SPEC_LOW)
		return s2t_compare_step(ls);
	memcpy(findings, ls->stats.findings, sizeof(findings));
	if (s2t_compare_step(ls))
		return true;
	memcpy(ls->stats.findings, findings, sizeof(findings));
	return s2t_agrees_with_low(ls, mark);
}

static bool full_comparison_is_due(const struct s2t_lockstep *ls)
{
	return ls->options.full_every && ls->step_number % ls->options.full_every == 0;
}

/* The verdict on a call that does not fit the C signature. */
static SELDOM_CALLED enum s2t_verdict unfit(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	ls->call = *call;
	ls->stats.unfit++;
	ls->step = (struct s2t_step){ .outcome = S2T_UNDEFINED, .case_id = (enum s2t_case)(2 * call->op) };
	return S2T_NOT_RUN;
}

/* The implementation's part of a step. */
static inline void call_iut(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	ls->ops->image->writes(ls->iut, &ls->step_writes);
	ls->ops->call(ls->iut, call, &ls->result);
	ls->stats.steps++;
}

/* A step that is not certainly the same on both sides. */
static SELDOM_CALLED enum s2t_verdict look_twice(struct s2t_lockstep *ls)
{
	if (s2t_model_out_of_memory(ls->model))
		return S2T_NO_MEMORY;
	ls->stats.second_looks++;
	return s2t_look_again(ls);
}

/* What comes after a step on which both sides agree or that was not run: the end of the sequence after a panic. */
static enum s2t_verdict end_after_panic(const struct s2t_lockstep *ls, enum s2t_verdict verdict)
{
	const bool panic = ls->step.outcome == S2T_PANIC;

	return verdict == S2T_AGREED && panic && !ls->options.after_panic ? S2T_ENDED : verdict;
}

static enum s2t_verdict take_step(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	const bool halted = s2t_model_halted(ls->model);
	const bool high = ls->options.spec == S2T_SPEC_HIGH;
	struct s2t_mark mark = { .journal = 0 }; /* of the high form */
	enum s2t_verdict verdict = S2T_AGREED;

	if (high)
		mark = s2t_model_mark(ls->model);
	if (ls->bodies)
		return s2t_body_step(ls, call);
	ls->step_number++;
	ls->known = -1;
	if (!s2t_call_fits(call))
		return unfit(ls, call);
	s2t_model_step(ls->model, ls->options.spec, call, &ls->step);
	ls->call = *call;
	if (s2t_model_out_of_memory(ls->model) || (high && !s2t_room_for_low(ls)))
		return S2T_NO_MEMORY;
	ls->stats.cases[ls->step.case_id]++;
	if (ls->step.outcome == S2T_UNDEFINED)
		return s2t_undefined_step(ls, high);
	call_iut(ls, call);
	if (halted)
		return s2t_after_panic(ls);
	if (!same_step(ls, &mark)) {
		verdict = look_twice(ls);
	} else if (full_comparison_is_due(ls)) {
		ls->stats.full_comparisons++;
		verdict = s2t_look_again(ls);
	}
	return end_after_panic(ls, verdict);
}

/* A plain step of the model that is not ok. */
static SELDOM_CALLED enum s2t_verdict plain_step_not_ok(struct s2t_lockstep *ls)
{
	if (ls->step.outcome == S2T_UNDEFINED)
		return s2t_undefined_step(ls, false);
	call_iut(ls, &ls->call);
	if (ls->step.case_id == (enum s2t_case)(2 * ls->call.op + 1)) /* halted before */
		return s2t_after_panic(ls);
	return end_after_panic(ls, s2t_compare_step(ls) ? S2T_AGREED : look_twice(ls));
}

/* The rest of a plain step, when the model has made its part. */
static inline enum s2t_verdict follow_model(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	if (SELDOM(s2t_model_out_of_memory(ls->model)))
		return S2T_NO_MEMORY;
	ls->stats.cases[ls->step.case_id]++;
	ls->call = *call; /* not before: the caller has just written it, in smaller words than a copy reads */
	if (SELDOM(ls->step.outcome != S2T_OK))
		return plain_step_not_ok(ls);
	call_iut(ls, call);
	return SELDOM(!s2t_compare_step(ls)) ? look_twice(ls) : S2T_AGREED;
}

/* The same of a plain lockstep, which asks nothing but this. */
static inline enum s2t_verdict take_plain_step(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	ls->step_number++;
	if (SELDOM(!s2t_call_fits(call)))
		return unfit(ls, call);
	s2t_model_step(ls->model, S2T_SPEC_LOW, call, &ls->step);
	return follow_model(ls, call);
}

/* What invariants make of a verdict: nothing, unless both sides agree and neither is halted. */
static inline enum s2t_verdict check_invariants(struct s2t_lockstep *ls, enum s2t_verdict verdict,
                                                enum s2t_inv_verdict (*check)(struct s2t_lockstep *ls))
{
	if (!ls->invariants || verdict != S2T_AGREED || s2t_model_halted(ls->model))
		return verdict;
	switch (check(ls)) {
	case S2T_INV_AGREED: break;
	case S2T_INV_DIVERGED: return S2T_DIVERGED;
	case S2T_INV_NO_MEMORY: return S2T_NO_MEMORY;
	}
	return verdict;
}

static SELDOM_CALLED enum s2t_verdict step_as_asked(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	const enum s2t_verdict verdict = check_invariants(
		ls, ls->entries ? s2t_entries_step(ls, call) : take_step(ls, call), s2t_inv_check_step);

	/* Two undefined sides, and two outcomes, have no events to compare. */
	if (!ls->options.logs || verdict == S2T_NOT_RUN || verdict == S2T_NO_MEMORY ||
	    ls->step.outcome == S2T_UNDEFINED || ls->result.outcome != ls->step.outcome)
		return verdict;
	return s2t_compare_events(ls) ? verdict : S2T_DIVERGED;
}

enum s2t_verdict s2t_lockstep_step(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	if (SELDOM(!ls->plain))
		return step_as_asked(ls, call);
	return check_invariants(ls, take_plain_step(ls, call), s2t_inv_check_step);
}

enum s2t_verdict s2t_lockstep_follow(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	ls->step_number++;
	return check_invariants(ls, follow_model(ls, call), s2t_inv_check_step);
}

static enum s2t_verdict end(struct s2t_lockstep *ls)
{
	bool no_memory;

	if (ls->bodies)
		return s2t_body_end(ls);
	ls->stats.sequences++;
	if (ls->step_number == 0 || ls->result.outcome > S2T_PANIC)
		return S2T_AGREED;
	ls->stats.full_comparisons++;
	if (ls->entries)
		return s2t_entries_sweep(ls, !s2t_model_halted(ls->model), NULL) ? S2T_AGREED
		                                                                 : s2t_look_again(ls);
	if (s2t_sweep(ls, !s2t_model_halted(ls->model), NULL, &no_memory))
		return S2T_AGREED;
	return no_memory ? S2T_NO_MEMORY : s2t_look_again(ls);
}

enum s2t_verdict s2t_lockstep_end(struct s2t_lockstep *ls)
{
	if (ls->entries && ls->entries->apart) {
		ls->stats.sequences++;
		return S2T_AGREED;
	}
	const enum s2t_verdict verdict = end(ls);

	return ls->result.outcome == S2T_OK ? check_invariants(ls, verdict, s2t_inv_check_end) : verdict;
}

void s2t_stats_add(struct s2t_stats *sum, const struct s2t_stats *more)
{
	sum->steps += more->steps;
	sum->sequences += more->sequences;
	sum->undefined += more->undefined;
	sum->unfit += more->unfit;
	sum->full_comparisons += more->full_comparisons;
	sum->second_looks += more->second_looks;
	sum->events += more->events;
	sum->events_known += more->events_known;
	for (int i = 0; i < S2T_CASE_COUNT; i++)
		sum->cases[i] += more->cases[i];
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		sum->findings[i] += more->findings[i];
	for (int i = 0; i < S2T_KNOWN_COUNT; i++)
		sum->known[i] += more->known[i];
	for (int i = 0; i < S2T_LEMMAS; i++)
		sum->primitives[i] |= more->primitives[i];
	s2t_invariant_findings_add(sum->invariants, more->invariants);
	sum->judged += more->judged;
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		sum->unjudged[i] += more->unjudged[i];
	for (int i = 0; i < S2T_MAX_RULES; i++)
		sum->rules[i] += more->rules[i];
	for (int i = 0; i < S2T_STATEMENT_COUNT; i++)
		sum->statements[i] += more->statements[i];
	for (int i = 0; i < S2T_MAX_EXTRA; i++)
		for (int outcome = 0; outcome <= S2T_UNDEFINED; outcome++)
			sum->extra[i][outcome] += more->extra[i][outcome];
}
