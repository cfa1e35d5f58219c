/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What speaks against a model without an implementation beside it: one check a call, each the whole of one argument
 * that the model is right. Every mutant of the model is linked with this, and the score of the mutants
 * (docs/mutants.md) says which check sees which.
 *
 *   judge vectors      steps from an independent reading of the Coq text (tests/test_vectors.c)
 *   judge cases        a row for each case and each disagreement of the two forms (test_cases.c, test_disagreements.c)
 *   judge units        atomic forms against their chains, journal, logs, other CPUs (test_model.c, test_logs.c,
 *                      test_oracle.c)
 *   judge forms        the high form of each operation against the low one, on random states
 *   judge invariants   what the ten operations may break of isolation, on random states
 *
 * Exit status: 0 nothing speaks against the model, 1 something does, 2 wrong usage, 3 missing resource.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "gen.h"
#include "trace.h"

/* The main functions of test programs, compiled with other names. */
int s2t_judge_vectors(void);
int s2t_judge_cases(void);
int s2t_judge_disagreements(void);
int s2t_judge_model(void);
int s2t_judge_logs(void);
int s2t_judge_oracle(void);

/* Steps on each board, and operations in a sequence. */
enum { FORMS_STEPS = 100000, FORMS_LENGTH = 512, INVARIANT_STEPS = 20000, INVARIANT_LENGTH = 64 };

static const uint64_t seed = 1;

/*
 * Random states: sequences on each board in turn. `step` runs one call; false ends the run, *end the sequence.
 */
struct judge {
	struct s2t_lockstep *ls; /* of which only the model is stepped */
	struct s2t_gen *gen;
	bool (*step)(struct judge *judge, const struct s2t_call *call, bool *end);
	char why[256];
};

/* Runs one sequence; returns its steps, 0 if the check has something to say. */
static uint32_t sequence(struct judge *judge, uint64_t number, uint32_t length)
{
	struct s2t_call call;
	uint32_t steps = 0;
	bool end = false;

	s2t_gen_begin(judge->gen, seed ^ (number + 1) * UINT64_C(0x9E3779B97F4A7C15), length);
	while (!end && steps < length && s2t_gen_next(judge->gen, &call)) {
		if (!judge->step(judge, &call, &end)) {
			char text[256];

			s2t_call_print(text, sizeof(text), &call);
			printf("board %s, sequence %llu, step %u: %s: %s\n", judge->ls->board.name,
			       (unsigned long long)number, (unsigned)steps + 1, text, judge->why);
			return 0;
		}
		steps++;
	}
	s2t_model_reset(judge->ls->model);
	return steps + 1;
}

/* 0, 1 or 3, on one named board. */
static int on_board(const char *name, struct judge *judge, uint32_t steps, uint32_t length)
{
	const struct s2t_lockstep_options options = { .level = S2T_LEVEL_BODY };
	struct s2t_error error = { .text = "not enough memory" };
	struct s2t_trace trace;
	int status = 3;

	if (!s2t_trace_load_board(&trace, name, &error)) {
		fprintf(stderr, "judge: %s\n", error.text);
		return 3;
	}
	judge->ls = s2t_lockstep_create(&trace.board, s2t_builtin(), &options, &error);
	judge->gen = judge->ls ? s2t_gen_create(&trace.board, judge->ls->model) : NULL;
	if (judge->gen)
		status = 0;
	else
		fprintf(stderr, "judge: %s\n", error.text);
	for (uint32_t done = 0, ran, number = 0; status == 0 && done < steps; done += ran) {
		ran = sequence(judge, number++, length);
		if (ran == 0)
			status = 1;
	}
	if (judge->gen)
		s2t_gen_destroy(judge->gen);
	s2t_lockstep_destroy(judge->ls);
	s2t_trace_free(&trace);
	return status;
}

static int on_random_states(bool (*step)(struct judge *, const struct s2t_call *, bool *), uint32_t steps,
                            uint32_t length)
{
	int status = 0;

	for (size_t i = 0; i < s2t_named_board_count && status == 0; i++) {
		struct judge judge = { .step = step };

		status = on_board(s2t_named_boards[i].name, &judge, steps, length);
	}
	return status;
}

/*
 * The two forms.
 */

/* What a step left in the entries that it touched, and in the CPU. */
struct effect {
	struct s2t_step step;
	unsigned held;
	uint32_t lock[S2T_MAX_HELD];
	size_t count;
	struct {
		struct s2t_touch entry;
		uint64_t after[2];
	} write[64];
};

static void run_form(struct s2t_model *m, enum s2t_spec spec, const struct s2t_call *call,
                     struct effect *effect)
{
	size_t count;
	const struct s2t_touch *touch;

	s2t_model_step(m, spec, call, &effect->step);
	effect->held = s2t_model_locks(m, effect->lock);
	touch = s2t_model_touched(m, &count);
	effect->count = count < 64 ? count : 64;
	for (size_t i = 0; i < effect->count; i++) {
		const size_t words = touch[i].kind == S2T_ENTRY_S2PAGE ? 2 : 1;

		effect->write[i].entry = touch[i];
		if (words == 1)
			effect->write[i].entry.old[1] = 0;
		effect->write[i].after[1] = 0;
		memcpy(effect->write[i].after, touch[i].slot, words * sizeof(uint64_t));
	}
}

/* Whether `a` wrote nothing that differs from what `b` left there. */
static bool writes_within(const struct effect *a, const struct effect *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const uint64_t *other = a->write[i].entry.old;

		for (size_t j = 0; j < b->count; j++)
			if (b->write[j].entry.slot == a->write[i].entry.slot &&
			    b->write[j].entry.kind == a->write[i].entry.kind)
				other = b->write[j].after;
		if (memcmp(other, a->write[i].after, sizeof(a->write[i].after)) != 0)
			return false;
	}
	return true;
}

static bool same_locks(const struct effect *a, const struct effect *b)
{
	for (unsigned i = 0; i < a->held; i++) {
		bool found = false;

		for (unsigned j = 0; j < b->held; j++)
			found |= a->lock[i] == b->lock[j];
		if (!found)
			return false;
	}
	return a->held == b->held;
}

static bool same_effect(const struct effect *a, const struct effect *b)
{
	return a->step.outcome == b->step.outcome && a->step.ret == b->step.ret && same_locks(a, b) &&
	       writes_within(a, b) && writes_within(b, a);
}

/* Both forms from the present state; the state that is left is that of the low one. */
static bool forms_agree(struct judge *judge, const struct s2t_call *call, bool *end)
{
	struct s2t_model *m = judge->ls->model;
	const struct s2t_mark mark = s2t_model_mark(m);
	struct effect high, low;
	unsigned row;

	run_form(m, S2T_SPEC_HIGH, call, &high);
	s2t_model_undo(m, &mark);
	run_form(m, S2T_SPEC_LOW, call, &low);
	*end = low.step.outcome == S2T_PANIC;
	s2t_gen_learn(judge->gen, call, &low.step);
	if (same_effect(&high, &low))
		return true;
	snprintf(judge->why, sizeof(judge->why),
	         "the high form takes case %s, the low form %s, and they differ",
	         s2t_case_table[high.step.case_id].name, s2t_case_table[low.step.case_id].name);
	s2t_model_undo(m, &mark);
	if (high.step.outcome == S2T_UNDEFINED) {
		const bool known = s2t_known_domain(m, &judge->ls->board, S2T_KNOWN_ALL, call, &row) ==
		                   S2T_DOMAIN_KNOWN;

		s2t_model_step(m, S2T_SPEC_LOW, call, &low.step);
		return known;
	}
	s2t_model_step(m, S2T_SPEC_HIGH, call, &high.step);
	return s2t_known_take_low(m, &judge->ls->board, S2T_KNOWN_ALL, &mark, call, &high.step) >= 0;
}

/*
 * The invariants.
 */

/*
 * Only calls that the rest of the hypervisor makes: a VM is none but the host's number, and what is mapped into a VM is
 * its own page. Primitives check nothing, and blocks reach beyond one page.
 */
static bool is_lawful(const struct s2t_model *m, const struct s2t_board *board, const struct s2t_call *call)
{
	const bool is_vm = call->arg[0] != 0 && call->arg[0] < board->corevisor;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST:
	case S2T_OP_UPDATE_SMMU_PAGE:
	case S2T_OP_UNMAP_SMMU_PAGE: return true;
	case S2T_OP_CLEAR_VM_PAGE:
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_MAP_VM_IO:
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return is_vm;
	case S2T_OP_MAP_PFN_VM:
		return is_vm && call->arg[3] != 2 &&
		       s2t_model_page(m, (call->arg[2] & UINT64_C(0xfffffffff000)) >> 12).owner == call->arg[0];
	default: return false;
	}
}

/* What the specification itself breaks, from a state in which all invariants hold. */
static const struct {
	enum s2t_case case_id;
	enum s2t_invariant invariant;
} expected[] = {
	/* The VM is dead: its own tables, and those of its devices, are not looked at. */
	{ S2T_CASE_CVP_3, S2T_VM_ISO },
	{ S2T_CASE_CVP_3, S2T_UNBOUND_ISO },
	{ S2T_CASE_CVP_3, S2T_UNBOUND_COUNT },
	{ S2T_CASE_CVP_4, S2T_VM_ISO },
	{ S2T_CASE_CVP_4, S2T_UNBOUND_ISO },
	{ S2T_CASE_CVP_4, S2T_UNBOUND_COUNT },
	/* The count 0xffffffff let the host map the page; it goes to 0, and the mapping stays. */
	{ S2T_CASE_APV_7, S2T_HOST_ISO },
	{ S2T_CASE_APV_9, S2T_HOST_ISO },
};

/* What no operation promises. */
static bool is_of_hardware(int invariant)
{
	return invariant == S2T_HW_WALK;
}

/* The specification takes a mapping of page 0 for none, and so leaves it; hardware does not. */
static bool is_of_page_0(const struct s2t_call *call)
{
	const struct s2t_op_info *info = &s2t_op_table[call->op];

	for (unsigned i = 0; i < info->arg_count; i++)
		if (info->arg[i].kind == S2T_ARG_PFN && call->arg[i] == 0)
			return true;
	return false;
}

static bool is_expected(enum s2t_case case_id, int invariant)
{
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (expected[i].case_id == case_id && (int)expected[i].invariant == invariant)
			return true;
	return false;
}

/* A step that breaks what it may is taken back, so that all invariants hold before each. */
static bool invariants_hold(struct judge *judge, const struct s2t_call *call, bool *end)
{
	struct s2t_model *m = judge->ls->model;
	const struct s2t_mark mark = s2t_model_mark(m);
	struct s2t_invariants invariants;
	struct s2t_step step;
	bool broken = false;

	if (!is_lawful(m, &judge->ls->board, call))
		return true;
	s2t_model_step(m, S2T_SPEC_LOW, call, &step);
	*end = step.outcome == S2T_PANIC;
	s2t_gen_learn(judge->gen, call, &step);
	if (!s2t_invariants_check(judge->ls, &invariants))
		return true;
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_state *state = &invariants.state[S2T_SIDE_MODEL][i];

		if (!state->broken || is_of_hardware(i))
			continue;
		broken = true;
		if (is_expected(step.case_id, i) || is_of_page_0(call))
			continue;
		snprintf(judge->why, sizeof(judge->why), "case %s breaks %s: %s",
		         s2t_case_table[step.case_id].name, s2t_invariant_table[i].name, state->first);
		return false;
	}
	if (broken)
		s2t_model_undo(m, &mark);
	return true;
}

int main(int argc, char **argv)
{
	const char *check = argc == 2 ? argv[1] : "";

	if (strcmp(check, "vectors") == 0)
		return s2t_judge_vectors() != 0;
	if (strcmp(check, "cases") == 0)
		return (s2t_judge_cases() != 0) | (s2t_judge_disagreements() != 0);
	if (strcmp(check, "units") == 0)
		return (s2t_judge_model() != 0) | (s2t_judge_logs() != 0) | (s2t_judge_oracle() != 0);
	if (strcmp(check, "forms") == 0)
		return on_random_states(forms_agree, FORMS_STEPS, FORMS_LENGTH);
	if (strcmp(check, "invariants") == 0)
		return on_random_states(invariants_hold, INVARIANT_STEPS, INVARIANT_LENGTH);
	fprintf(stderr, "judge: the check is vectors, cases, units, forms or invariants\n");
	return 2;
}
