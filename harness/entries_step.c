/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A step of a lockstep that is compared entry by entry, with what an abstraction map has to say about it: calls that
 * are skipped, differences that are tolerated or taken over, panics after which the sequence goes on.
 */
#include "entries.h"
#include "extra.h"
#include "lockstep_parts.h"
#include "memwatch.h"

static enum s2t_panics panics_of(const struct s2t_lockstep *ls)
{
	return ls->entries->map ? ls->entries->map->panics : S2T_PANICS_STOP;
}

/* The known difference that the call is an instance of, or -1. The model stands after the step, and does so again. */
static int rule_of_step(struct s2t_lockstep *ls, const struct s2t_mark *mark)
{
	const struct s2t_mapfile *map = ls->entries->map;
	int rule;

	if (!map || s2t_is_extra(ls->call.op) || !(map->ruled >> ls->call.op & 1) ||
	    ls->step.outcome == S2T_UNDEFINED)
		return -1;
	s2t_model_undo(ls->model, mark);
	rule = s2t_mapfile_rule(map, ls->model, &ls->board, &ls->call, &ls->step);
	if (rule < 0 || map->rule[rule].action != S2T_RULE_SKIP)
		s2t_model_step(ls->model, ls->options.spec, &ls->call, &ls->step);
	return rule;
}

static void call_iut(struct s2t_lockstep *ls)
{
	struct s2t_memwatch *watch = ls->entries->watch;

	ls->result = (struct s2t_result){ .outcome = S2T_OUTCOME_COUNT };
	s2t_entries_begin_step(ls->entries);
	if (ls->ops->image)
		ls->ops->image->writes(ls->iut, &ls->step_writes);
	ls->ops->call(ls->iut, &ls->call, &ls->result);
	if (watch)
		s2t_memwatch_end(watch);
}

/* Whether the map says that the contents which a step writes are not known: those of any of its parts. */
static bool leaves_unknown(const struct s2t_lockstep *ls)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_calls(ls->ops, &ls->call, part);
	bool unknown = false;

	for (size_t i = 0; i < parts; i++)
		unknown |= ls->entries->map->unknown_after >> part[i].op & 1;
	return unknown;
}

/* After a step that wrote contents: whether they are known. */
static void note_contents(struct s2t_lockstep *ls)
{
	struct s2t_entries *e = ls->entries;
	const bool unknown = leaves_unknown(ls);
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	for (size_t i = 0; i < count; i++) {
		if (touch[i].kind != S2T_ENTRY_FLATMEM)
			continue;
		for (size_t j = 0; j < e->of_step_count; j++) {
			struct s2t_named *named = &e->named[e->of_step[j]];

			if (named->kind == S2T_ENTRY_FLATMEM && named->b == touch[i].b)
				named->unknown = unknown;
		}
		ls->stats.statements[S2T_STATEMENT_CONTENT] += unknown;
	}
}

/* The state of the implementation is that of the model from here on: what differed is said to be agreed. */
static void settle(struct s2t_lockstep *ls)
{
	ls->result.outcome = ls->step.outcome;
	ls->result.ret = ls->step.ret;
}

/* Releases what a panic left held; false: the implementation cannot. */
static bool release_locks(struct s2t_lockstep *ls)
{
	struct s2t_memwatch *watch = ls->entries->watch;

	if (!ls->ops->release_locks)
		return false;
	ls->ops->release_locks(ls->iut);
	if (watch)
		s2t_memwatch_accept(watch);
	return true;
}

/* Takes the implementation's state over. False: the model cannot have it, and stands after its own step again. */
static bool take_over(struct s2t_lockstep *ls, const struct s2t_mark *mark)
{
	if (s2t_entries_resync(ls)) {
		ls->step.outcome = S2T_OK;
		return true;
	}
	s2t_model_undo(ls->model, mark);
	s2t_op_step(ls->model, ls->options.spec, ls->ops, &ls->call, &ls->step);
	return false;
}

/* A step that differs, under a known difference. */
static enum s2t_verdict pass(struct s2t_lockstep *ls, const struct s2t_mark *mark, int rule)
{
	/* Where one side stays stopped there is nothing more to compare, and nothing to be taken over for it. */
	const bool stays = ls->result.outcome == S2T_PANIC && !ls->ops->release_locks;

	if ((unsigned)ls->result.outcome > S2T_PANIC)
		return s2t_look_again(ls); /* no difference makes a good thing of a crash */
	if (ls->entries->map->rule[rule].action == S2T_RULE_TOLERATE)
		s2t_entries_tolerate(ls);
	else if (!stays && !take_over(ls, mark))
		return s2t_look_again(ls);
	ls->stats.rules[rule]++;
	if (ls->result.outcome == S2T_PANIC && !stays)
		release_locks(ls);
	settle(ls);
	ls->entries->apart = stays || ls->step.outcome != S2T_OK;
	return ls->entries->apart ? S2T_ENDED : S2T_AGREED;
}

/* Both sides panicked, and agree as far as that is compared. */
static enum s2t_verdict after_agreed_panic(struct s2t_lockstep *ls, const struct s2t_mark *mark)
{
	if (panics_of(ls) != S2T_PANICS_STOP)
		ls->stats.statements[S2T_STATEMENT_PANICS]++;
	if (panics_of(ls) == S2T_PANICS_RESYNC && ls->ops->release_locks && take_over(ls, mark)) {
		release_locks(ls);
		settle(ls);
		return S2T_AGREED;
	}
	return ls->options.after_panic ? S2T_AGREED : S2T_ENDED;
}

/* What the hardware makes of the descriptors that the step wrote, on which both sides agree. */
static void note_findings(struct s2t_lockstep *ls)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	for (size_t i = 0; ls->step.outcome == S2T_OK && i < count; i++) {
		enum s2t_finding finding = S2T_FINDING_COUNT;

		if (touch[i].kind == S2T_ENTRY_NPT_BLOCK)
			finding = s2t_hardware_check(*(const uint64_t *)touch[i].slot, 2);
		else if (touch[i].kind == S2T_ENTRY_NPT || touch[i].kind == S2T_ENTRY_SPT)
			finding = s2t_hardware_check(*(const uint64_t *)touch[i].slot, 3);
		if (finding != S2T_FINDING_COUNT)
			ls->stats.findings[finding]++;
	}
}

static bool same_step(struct s2t_lockstep *ls, const struct s2t_mark *mark)
{
	return s2t_entries_compare_step(ls) || (ls->options.spec == S2T_SPEC_HIGH &&
	                                        !s2t_is_extra(ls->call.op) && s2t_agrees_with_low(ls, mark));
}

static enum s2t_verdict compare(struct s2t_lockstep *ls, const struct s2t_mark *mark, int rule)
{
	enum s2t_verdict verdict = S2T_AGREED;

	if (!same_step(ls, mark)) {
		if (s2t_model_out_of_memory(ls->model) || ls->entries->no_memory)
			return S2T_NO_MEMORY;
		if (rule >= 0)
			return pass(ls, mark, rule);
		ls->stats.second_looks++;
		verdict = s2t_look_again(ls);
	} else if (ls->options.full_every && ls->step_number % ls->options.full_every == 0) {
		ls->stats.full_comparisons++;
		verdict = s2t_look_again(ls);
	}
	if (verdict == S2T_AGREED)
		note_findings(ls);
	return verdict == S2T_AGREED && ls->step.outcome == S2T_PANIC ? after_agreed_panic(ls, mark) : verdict;
}

enum s2t_verdict s2t_entries_step(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	const bool halted = s2t_model_halted(ls->model);
	const bool high = ls->options.spec == S2T_SPEC_HIGH, extra = s2t_is_extra(call->op);
	const struct s2t_mark mark = s2t_model_mark(ls->model);
	int rule;

	ls->call = *call;
	ls->step_number++;
	ls->known = -1;
	if (!ls->iut)
		return S2T_NO_MEMORY;
	if (ls->entries->watch) {
		s2t_memwatch_enter(ls->entries->watch);
		s2t_memwatch_begin(ls->entries->watch);
	}
	if (!s2t_op_fits(ls->ops, call)) {
		ls->stats.unfit++;
		ls->step = (struct s2t_step){ .outcome = S2T_UNDEFINED, .case_id = s2t_op_unfit(call->op) };
		return S2T_NOT_RUN;
	}
	s2t_op_step(ls->model, ls->options.spec, ls->ops, call, &ls->step);
	if (s2t_model_out_of_memory(ls->model) || (high && !s2t_room_for_low(ls)))
		return S2T_NO_MEMORY;
	if (high && extra) /* its parts take the low form */
		ls->low_step[ls->low_steps++] = ls->step_number;
	rule = rule_of_step(ls, &mark);
	if (rule >= 0 && ls->entries->map->rule[rule].action == S2T_RULE_SKIP) {
		ls->stats.rules[rule]++;
		settle(ls);
		return S2T_NOT_RUN;
	}
	if (extra)
		ls->stats.extra[call->op - S2T_OP_EXTRA][ls->step.outcome]++;
	else
		ls->stats.cases[ls->step.case_id]++;
	if (ls->step.outcome == S2T_UNDEFINED)
		return s2t_undefined_step(ls, high && !extra);
	call_iut(ls);
	ls->stats.steps++;
	if (halted)
		return s2t_after_panic(ls);
	s2t_entries_of_step(ls);
	if (ls->entries->map)
		note_contents(ls);
	return compare(ls, &mark, rule);
}
