/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays find the step of a divergence exactly, also of one that the comparisons of steps pass by, and do not compare
 * everything after each step on the way: the time of that grows by the square of a sequence.
 *
 * The fault is made by a shim around the built-in implementation: one call does something else as well, and what it
 * wrote then does not stand among the writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "trial.h"

enum { STEPS = 3000, AT = 1234, LATER = 2000, MOST_WRITES = 1 << 16 };

static struct {
	uint32_t calls, all_calls;
	uint32_t at; /* the call that does more, 0: none does */
	bool hidden;
	size_t hidden_from, hidden_to; /* writes */
	struct s2t_write left[MOST_WRITES];
	struct s2t_image_ops image;
} shim;

static const struct s2t_call extra = { .op = S2T_OP_GRANT_VM_PAGE, .arg = { 1, 0x40005 } };

static void shim_reset(struct s2t_iut *iut)
{
	shim.calls = 0;
	shim.hidden_from = shim.hidden_to = 0;
	s2t_builtin()->reset(iut);
}

static void shim_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	struct s2t_result ignored;

	shim.all_calls++;
	s2t_builtin()->call(iut, call, result);
	if (++shim.calls != shim.at)
		return;
	s2t_builtin()->image->writes(iut, &shim.hidden_from);
	s2t_builtin()->call(iut, &extra, &ignored);
	s2t_builtin()->image->writes(iut, &shim.hidden_to);
	if (!shim.hidden)
		shim.hidden_to = shim.hidden_from;
}

static const struct s2t_write *shim_writes(const struct s2t_iut *iut, size_t *count)
{
	const struct s2t_write *write = s2t_builtin()->image->writes(iut, count);
	const size_t hidden = shim.hidden_to - shim.hidden_from;

	if (hidden == 0)
		return write;
	assert_true(*count <= MOST_WRITES);
	memcpy(shim.left, write, shim.hidden_from * sizeof(*write));
	memcpy(shim.left + shim.hidden_from, write + shim.hidden_to,
	       (*count - shim.hidden_to) * sizeof(*write));
	*count -= hidden;
	return shim.left;
}

/* A sequence that gives page 0x40005 to VM 1 and has nothing more to do with it until step `later`, 0: at all. */
static struct s2t_call *sequence(uint32_t later)
{
	static struct s2t_call call[STEPS];

	for (uint32_t i = 0; i < STEPS; i++)
		call[i] = (struct s2t_call){ .op = S2T_OP_MAP_PAGE_HOST,
			                     .arg = { 0x80000000 + i % 100 * UINT64_C(4096) } };
	call[0] = (struct s2t_call){ .op = S2T_OP_ASSIGN_PFN_TO_VM, .arg = { 1, 7, 0x40005 } };
	if (later)
		call[later - 1] = extra;
	return call;
}

static struct s2t_iut_ops shim_ops(uint32_t at, bool hidden)
{
	struct s2t_iut_ops ops = *s2t_builtin();

	memset(&shim, 0, sizeof(shim));
	shim.at = at;
	shim.hidden = hidden;
	shim.image = *ops.image;
	shim.image.writes = shim_writes;
	ops.reset = shim_reset;
	ops.call = shim_call;
	ops.image = &shim.image;
	return ops;
}

/* Replays; the divergence is expected at step `observed`, and what is reported at step `reported`. */
static void expect(uint32_t full_every, uint32_t at, bool hidden, uint32_t later, uint32_t observed,
                   uint32_t reported)
{
	const struct s2t_iut_ops ops = shim_ops(at, hidden);
	const struct s2t_trial_options options = { .iut = &ops, .lockstep = { .full_every = full_every } };
	const struct s2t_call *call = sequence(later);
	struct s2t_observation observation;
	struct s2t_board board;
	struct s2t_trial trial;
	struct s2t_error error;

	s2t_board_default(&board);
	assert_true(s2t_trial_init(&trial, &options, &board, &error));
	s2t_trial_run(&trial, call, STEPS, &observation);
	assert_int_equal(observation.verdict, observed ? S2T_DIVERGED : S2T_AGREED);
	assert_int_equal(observation.step, observed ? observed : STEPS);
	assert_true(shim.all_calls <= 4 * STEPS);
	s2t_trial_free(&trial);
	if (!observed)
		return;

	struct s2t_lockstep *ls = s2t_lockstep_create(&board, &ops, &options.lockstep, &error);

	assert_non_null(ls);
	shim.calls = shim.all_calls = 0;
	shim.hidden_from = shim.hidden_to = 0;
	assert_true(s2t_trial_revisit(ls, call, &observation));
	assert_int_equal(ls->step_number, reported);
	assert_true(ls->diffs->total > 0);
	assert_true(shim.all_calls <= 4 * STEPS);
	if (observed == reported)
		assert_true(ls->stats.full_comparisons <= 2);
	else
		assert_true(ls->stats.full_comparisons <= 512);
	s2t_lockstep_destroy(ls);
}

static void agreement(void **state)
{
	(void)state;
	expect(0, 0, false, 0, 0, 0);
	expect(64, 0, false, LATER, 0, 0);
}

/* Where nobody asked how often everything is compared, the length of the sequence says. */
static void by_length(void **state)
{
	struct s2t_trial_options options = { .iut = s2t_builtin(), .lockstep = { .full_every = 1 } };
	struct s2t_observation observation;
	struct s2t_board board;
	struct s2t_trial trial;
	struct s2t_error error;

	(void)state;
	s2t_board_default(&board);
	for (int by_default = 0; by_default < 2; by_default++) {
		options.lockstep.full_default = by_default;
		assert_true(s2t_trial_init(&trial, &options, &board, &error));
		s2t_trial_run(&trial, sequence(0), STEPS, &observation);
		assert_int_equal(observation.verdict, S2T_AGREED);
		assert_true(by_default ? trial.stats.full_comparisons < 300
		                       : trial.stats.full_comparisons > STEPS / 2);
		s2t_trial_free(&trial);
	}
}

static void seen_at_its_step(void **state)
{
	(void)state;
	expect(0, AT, false, 0, AT, AT);
	expect(64, AT, false, 0, AT, AT);
	expect(1, AT, false, 0, AT, AT);
	expect(0, 1, false, 0, 1, 1);
	expect(0, STEPS, false, 0, STEPS, STEPS);
}

static void passed_by(void **state)
{
	static const uint32_t every[] = { 0, 1, 7, 64, 5000 };

	(void)state;
	for (size_t i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
		expect(every[i], AT, true, 0, AT, AT);
		expect(every[i], 2, true, 0, 2, 2);
		expect(every[i], 64 * 20, true, 0, 64 * 20, 64 * 20); /* where a full comparison is due */
		expect(every[i], STEPS, true, 0, STEPS, STEPS);
	}
}

/* A later step comes by what differs; the report goes back to the step that made it. */
static void passed_by_first(void **state)
{
	(void)state;
	expect(0, AT, true, LATER, LATER, AT);
	expect(5000, AT, true, LATER, LATER, AT);
	expect(64, AT, true, LATER, AT, AT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreement),        cmocka_unit_test(by_length),
		cmocka_unit_test(seen_at_its_step), cmocka_unit_test(passed_by),
		cmocka_unit_test(passed_by_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
