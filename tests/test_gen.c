/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: that a seed is a sequence, that its calls can be made, that it reaches every path that a
 * board admits, and that its sequences are long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"
#include "gen.h"
#include "optable.h"
#include "trace.h"

enum {
	MAX_LEN = 512,
	STEPS = 200000, /* of a board: seldom cases come some 25 times */
};

/* What many sequences on one board came to. */
struct tally {
	uint64_t steps, sequences, complete, undefined;
	uint64_t of_case[S2T_CASE_COUNT];
};

/* A board with its machine and generator. */
struct bench {
	struct s2t_trace board;
	struct s2t_model *model;
	struct s2t_gen *gen;
};

static void open_bench(struct bench *bench, const char *name, const char *text)
{
	struct s2t_error error;

	if (!s2t_trace_parse(&bench->board, S2T_BOARD_FILE, name, text, strlen(text), &error))
		fail_msg("%s", error.text);
	bench->model = s2t_model_create(&bench->board.board);
	assert_non_null(bench->model);
	bench->gen = s2t_gen_create(&bench->board.board, bench->model);
	assert_non_null(bench->gen);
}

static void close_bench(struct bench *bench)
{
	s2t_gen_destroy(bench->gen);
	s2t_model_destroy(bench->model);
	s2t_trace_free(&bench->board);
}

/* One sequence up to a panic, or on through it. Its calls go to `calls` unless that is NULL; returns how
 * many. */
static uint32_t run_sequence(struct bench *bench, uint64_t seed, uint32_t max_len, bool through_panic,
                             struct s2t_call *calls, struct tally *tally)
{
	struct s2t_call call;
	struct s2t_step step;
	uint32_t count = 0;
	bool panicked = false;

	s2t_model_reset(bench->model);
	s2t_gen_begin(bench->gen, seed, max_len);
	while ((through_panic || !panicked) && s2t_gen_next(bench->gen, &call)) {
		s2t_model_step(bench->model, S2T_SPEC_LOW, &call, &step);
		s2t_gen_learn(bench->gen, &call, &step);
		panicked |= step.outcome == S2T_PANIC;
		if (calls)
			calls[count] = call;
		if (tally) {
			tally->steps++;
			tally->undefined += step.outcome == S2T_UNDEFINED;
			tally->of_case[step.case_id]++;
		}
		count++;
	}
	if (tally) {
		tally->sequences++;
		tally->complete += count == max_len;
	}
	return count;
}

static void run_steps(struct bench *bench, uint64_t steps, bool through_panic, struct tally *tally)
{
	const uint64_t end = tally->steps + steps;

	for (uint64_t seed = 1; tally->steps < end; seed++)
		run_sequence(bench, seed, MAX_LEN, through_panic, NULL, tally);
}

/* Also where another sequence came before, and whatever the generator did then. */
static void same_seed_same_sequence(void **state)
{
	static struct s2t_call first[MAX_LEN], second[MAX_LEN];
	struct bench one, other;

	(void)state;
	for (size_t i = 0; i < s2t_named_board_count; i++) {
		open_bench(&one, s2t_named_boards[i].name, s2t_named_boards[i].text);
		open_bench(&other, s2t_named_boards[i].name, s2t_named_boards[i].text);
		for (uint64_t seed = 0; seed < 50; seed++) {
			uint32_t count = run_sequence(&one, seed, MAX_LEN, false, first, NULL);

			run_sequence(&other, seed + 1000, MAX_LEN, false, NULL, NULL);
			assert_int_equal(run_sequence(&other, seed, MAX_LEN, false, second, NULL), count);
			assert_memory_equal(first, second, count * sizeof(first[0]));
		}
		close_bench(&one);
		close_bench(&other);
	}
}

static void other_seed_other_sequence(void **state)
{
	static struct s2t_call calls[64][8];
	struct bench bench;

	(void)state;
	open_bench(&bench, "default", s2t_named_boards[0].text);
	for (uint64_t seed = 0; seed < 64; seed++) {
		memset(calls[seed], 0, sizeof(calls[seed]));
		run_sequence(&bench, seed, 8, false, calls[seed], NULL);
		for (uint64_t before = 0; before < seed; before++)
			assert_memory_not_equal(calls[before], calls[seed], sizeof(calls[0]));
	}
	close_bench(&bench);
}

static void length_is_kept(void **state)
{
	static struct s2t_call calls[MAX_LEN];
	struct bench bench;
	uint64_t complete = 0;

	(void)state;
	open_bench(&bench, "default", s2t_named_boards[0].text);
	for (uint32_t max_len = 1; max_len <= MAX_LEN; max_len += 7) {
		uint32_t count = run_sequence(&bench, max_len, max_len, true, calls, NULL);
		struct s2t_call call;

		assert_int_equal(count, max_len);
		assert_false(s2t_gen_next(bench.gen, &call));
	}
	/* Long sequences exist, too. */
	for (uint64_t seed = 0; seed < 200; seed++)
		complete += run_sequence(&bench, seed, 4000, false, NULL, NULL) == 4000;
	assert_in_range(complete, 1, 100);
	close_bench(&bench);
}

/* Board files; what they have in common with the named ones is left out. */
static const char *const odd_boards[] = {
	"s2twin-trace 1\nconfig region=0x40000000:0x1000:none\n",
	"s2twin-trace 1\nconfig region=0x40000000:0x1000:0x0\nconfig corevisor=1\n",
	"s2twin-trace 1\nconfig region=0x40000000:0x1:0x0\nconfig corevisor=2\n",
	"s2twin-trace 1\nconfig region=0xfffffffff000:0xfff:0x7\nconfig corevisor=65535\n"
	"config pt_pool_per_vm=0x2000000\n",
	"s2twin-trace 1\nconfig region=0x40000000:0x1000000000:0x0\nconfig max_share_count=0\n"
	"config el2_smmu_cfg_size=0\nconfig host_gfn=zero\n",
	"s2twin-trace 1\nconfig max_share_count=0xffffffff\nconfig el2_smmu_cfg_size=0xffffffff\n"
	"config smmu_host_offset=0xfffffff000000000\n",
};

static void check_call(const struct s2t_call *call)
{
	assert_in_range(call->op, 0, S2T_OP_COUNT - 1);
	if (!s2t_call_fits(call)) {
		char text[256];

		s2t_call_print(text, sizeof(text), call);
		fail_msg("an argument does not fit the C signature: %s", text);
	}
	for (unsigned i = s2t_op_table[call->op].arg_count; i < S2T_MAX_ARGS; i++)
		assert_int_equal(call->arg[i], 0);
}

static void arguments_fit(void **state)
{
	static struct s2t_call calls[MAX_LEN];
	const size_t odd_count = sizeof(odd_boards) / sizeof(odd_boards[0]);

	(void)state;
	for (size_t i = 0; i < s2t_named_board_count + odd_count; i++) {
		struct bench bench;

		if (i < s2t_named_board_count)
			open_bench(&bench, s2t_named_boards[i].name, s2t_named_boards[i].text);
		else
			open_bench(&bench, "odd board", odd_boards[i - s2t_named_board_count]);
		for (uint64_t seed = 0; seed < 100; seed++) {
			uint32_t count = run_sequence(&bench, seed, MAX_LEN, true, calls, NULL);

			for (uint32_t step = 0; step < count; step++)
				check_call(&calls[step]);
		}
		close_bench(&bench);
	}
}

static bool reachable_in_run(enum s2t_case id)
{
	const struct s2t_case_info *info = &s2t_case_table[id];

	if (!(info->specs & S2T_CASE_IN_LOW)) /* CVP-6 */
		return false;
	if (s2t_op_layer(info->op) != S2T_LAYER_MEMORY)
		return false;
	return info->number != 1; /* a sequence ends with the panic */
}

static void report_missing(const struct tally *tally)
{
	unsigned missing = 0;

	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		if (tally->of_case[id] == 0 && reachable_in_run((enum s2t_case)id)) {
			print_error("%s was not reached\n", s2t_case_table[id].name);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

static void every_case_is_reached(void **state)
{
	struct tally tally = { 0 };
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < s2t_named_board_count; i++) {
		open_bench(&bench, s2t_named_boards[i].name, s2t_named_boards[i].text);
		run_steps(&bench, STEPS, false, &tally);
		close_bench(&bench);
	}
	report_missing(&tally);
}

/* With --after-panic; the mix stays as it was, plans that no longer lead anywhere do not take it over. */
static void the_mix_goes_on_after_a_panic(void **state)
{
	struct tally tally = { 0 };
	struct bench bench;
	uint64_t halted = 0;

	(void)state;
	open_bench(&bench, "default", s2t_named_boards[0].text);
	run_steps(&bench, STEPS, true, &tally);
	close_bench(&bench);
	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		if (s2t_case_table[id].number == 1)
			halted += tally.of_case[id];
	}
	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		const struct s2t_case_info *info = &s2t_case_table[id];

		if (info->number == 1 && s2t_op_layer(info->op) == S2T_LAYER_MEMORY)
			assert_in_range(1000 * tally.of_case[id] / halted,
			                info->op <= S2T_OP_UNMAP_SMMU_PAGE ? 20 : 1, 200);
	}
}

/* Panics end sequences and undefined calls test nothing, but some of either there must be. */
static void sequences_are_long_and_defined(void **state)
{
	(void)state;
	for (size_t i = 0; i < s2t_named_board_count; i++) {
		struct tally tally = { 0 };
		struct bench bench;

		open_bench(&bench, s2t_named_boards[i].name, s2t_named_boards[i].text);
		run_steps(&bench, STEPS, false, &tally);
		close_bench(&bench);
		assert_in_range(tally.steps / tally.sequences, 300, 400);
		assert_in_range(100 * tally.complete / tally.sequences, 28, 40);
		assert_in_range(1000 * tally.undefined / tally.steps, 15, 35);
	}
}

/* Each operation has a share; the ten of MemManager have most of them. */
static void every_operation_has_its_share(void **state)
{
	struct tally tally = { 0 };
	struct bench bench;
	uint64_t of_op[S2T_OP_COUNT] = { 0 }, of_primitives = 0;

	(void)state;
	open_bench(&bench, "default", s2t_named_boards[0].text);
	run_steps(&bench, STEPS, false, &tally);
	close_bench(&bench);
	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		of_op[s2t_case_table[id].op] += tally.of_case[id];
		if (s2t_case_table[id].op > S2T_OP_UNMAP_SMMU_PAGE)
			of_primitives += tally.of_case[id];
	}
	for (int op = 0; op < S2T_OP_MEMORY_COUNT; op++)
		assert_in_range(1000 * of_op[op] / tally.steps, op <= S2T_OP_UNMAP_SMMU_PAGE ? 20 : 1, 200);
	assert_in_range(100 * of_primitives / tally.steps, 10, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_sequence),
		cmocka_unit_test(other_seed_other_sequence),
		cmocka_unit_test(length_is_kept),
		cmocka_unit_test(arguments_fit),
		cmocka_unit_test(every_case_is_reached),
		cmocka_unit_test(the_mix_goes_on_after_a_panic),
		cmocka_unit_test(sequences_are_long_and_defined),
		cmocka_unit_test(every_operation_has_its_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
