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

/* What chance alone seldom does, and a faulty implementation gets wrong there only. */
enum sight {
	DRAWS_65, /* in one sequence, so many pages were filled by one VM */
	DRAWS_257,
	REFILLED_33, /* and one page so often */
	TABLES_101,  /* PTE tables of one VM */
	SMMU_TABLES_101,
	USP_5_HOST, /* refusals of a page of the host */
	USP_7_HOST,
	USP_7_HIGH,  /* the right I/O frame, but for bits beyond the 28 that an SMMU maps */
	APV_10_HIGH, /* a guest frame that is wrong above bit 31 only */
	APV_5_HOST,  /* calls for VM 0 */
	CVP_5_HOST,
	RVP_4_HOST,
	MST_EMPTY,          /* map_spt of nothing where no table is */
	HIGH_VM_LOW_RECORD, /* the first record of all, for a VM whose counter begins another page */
	SIGHTS,
};

static const char *const sight_text[SIGHTS] = {
	"65 contents of one VM",
	"257 contents of one VM",
	"33 contents of one page",
	"101 PTE tables of one VM",
	"101 third-level SMMU tables",
	"USP-5 of a page of the host",
	"USP-7 of a page of the host",
	"USP-7 for high bits alone",
	"APV-10 for high bits alone",
	"APV-5 for VM 0",
	"CVP-5 of a page of the host",
	"RVP-4 of a page of the host",
	"map_spt of nothing without a table",
	"the first record for VM 512 or 513",
};

/* What one sequence has had so far. */
struct counts {
	uint32_t refilled[1024]; /* by the lower bits of the page */
	bool sight[SIGHTS];
	bool no_table; /* before the call */
};

/* Calls that fill pages with contents. */
static bool fills(enum s2t_case id)
{
	return id == S2T_CASE_APV_2 || id == S2T_CASE_APV_3 || id == S2T_CASE_RVP_2 || id == S2T_CASE_RVP_3;
}

static void look_at_call(const struct bench *bench, const struct s2t_call *call, const struct s2t_step *step,
                         struct counts *counts)
{
	const uint64_t *arg = call->arg;
	const uint64_t pfn = call->op == S2T_OP_UPDATE_SMMU_PAGE ? arg[4] >> 12 & 0xFFFFFFF : arg[2];
	const struct s2t_page page = s2t_model_page(bench->model, pfn);
	const uint64_t iova_frame = arg[3] >> 12;
	bool *sight = counts->sight;

	switch (step->case_id) {
	case S2T_CASE_USP_5: sight[USP_5_HOST] |= page.owner == 0; break;
	case S2T_CASE_USP_7:
		sight[USP_7_HOST] |= page.owner == 0;
		sight[USP_7_HIGH] |= iova_frame != page.gfn && (iova_frame ^ page.gfn) % (1 << 28) == 0;
		break;
	case S2T_CASE_APV_10: sight[APV_10_HIGH] |= (uint32_t)arg[1] == (uint32_t)page.gfn; break;
	case S2T_CASE_APV_5: sight[APV_5_HOST] |= arg[0] == 0; break;
	case S2T_CASE_CVP_5: sight[CVP_5_HOST] |= arg[0] == 0; break;
	case S2T_CASE_RVP_4: sight[RVP_4_HOST] |= arg[0] == 0; break;
	case S2T_CASE_MST_2: sight[MST_EMPTY] |= arg[3] == 0 && counts->no_table; break;
	default: break;
	}
	if (!fills(step->case_id))
		return;
	const uint64_t filled = call->op == S2T_OP_REVOKE_VM_PAGE ? arg[1] : arg[2];
	const uint64_t contents = s2t_model_data_log(bench->model, arg[0]);

	sight[DRAWS_65] |= contents >= 65;
	sight[DRAWS_257] |= contents >= 257;
	sight[REFILLED_33] |= ++counts->refilled[filled % 1024] >= 33;
	sight[HIGH_VM_LOW_RECORD] |= arg[0] / 2 == 256 && filled == bench->board.board.region[0].base >> 12;
}

/* Counts the sequences of each sight; `run` of them on one board. */
static void watch_board(struct bench *bench, uint64_t run, uint64_t sequences[SIGHTS])
{
	const struct s2t_board *board = &bench->board.board;

	for (uint64_t seed = 0; seed < run; seed++) {
		struct counts counts = { .no_table = false };
		struct s2t_step step = { .outcome = S2T_OK };
		struct s2t_call call;

		s2t_model_reset(bench->model);
		s2t_gen_begin(bench->gen, seed, MAX_LEN);
		while (step.outcome != S2T_PANIC && s2t_gen_next(bench->gen, &call)) {
			counts.no_table = call.op == S2T_OP_MAP_SPT &&
			                  !s2t_model_spt_table(bench->model,
			                                       (unsigned)(8 * call.arg[1] + call.arg[0]),
			                                       call.arg[2], 1);
			s2t_model_step(bench->model, S2T_SPEC_LOW, &call, &step);
			s2t_gen_learn(bench->gen, &call, &step);
			look_at_call(bench, &call, &step, &counts);
		}
		for (s2t_vmid vmid = 0; vmid <= 1; vmid++)
			counts.sight[TABLES_101] |= s2t_model_npt_next(bench->model, vmid, 2) >=
			                            board->pt_pool_start + vmid * board->pt_pool_per_vm +
			                                    board->pmd_offset + 101 * 4096;
		counts.sight[SMMU_TABLES_101] |= s2t_model_spt_next(bench->model, 1) >=
		                                 board->smmu_pmd_start + 101 * 4096;
		for (int i = 0; i < SIGHTS; i++)
			sequences[i] += counts.sight[i];
	}
}

/* All boards in turn, as `run` has them: each sight some ten times or more within 10000 sequences, three seconds. */
static void rare_situations_are_frequent(void **state)
{
	enum { RUN = 1500 };
	uint64_t sequences[SIGHTS] = { 0 };

	(void)state;
	for (size_t i = 0; i < s2t_named_board_count; i++) {
		struct bench bench;

		open_bench(&bench, s2t_named_boards[i].name, s2t_named_boards[i].text);
		watch_board(&bench, RUN, sequences);
		close_bench(&bench);
	}
	for (int i = 0; i < SIGHTS; i++) {
		if (sequences[i] < 8)
			fail_msg("%s: in %u of %u sequences", sight_text[i], (unsigned)sequences[i],
			         (unsigned)(RUN * s2t_named_board_count));
	}
}

/* Each sequence has its own operations: of any, many have none, and others several times the usual share. */
static void sequences_have_a_character(void **state)
{
	enum { RUN = 600, LENGTH = 300 };
	static uint32_t share[RUN][S2T_OP_COUNT];
	static struct s2t_call calls[MAX_LEN];
	struct bench bench;
	uint32_t run = 0;

	(void)state;
	open_bench(&bench, "default", s2t_named_boards[0].text);
	for (uint64_t seed = 0; run < RUN; seed++) {
		if (run_sequence(&bench, seed, MAX_LEN, false, calls, NULL) < LENGTH)
			continue;
		for (uint32_t i = 0; i < LENGTH; i++)
			share[run][calls[i].op]++;
		run++;
	}
	close_bench(&bench);
	for (int op = 0; op < S2T_OP_MEMORY_COUNT; op++) {
		uint32_t sum = 0, few = 0, many = 0;

		for (uint32_t i = 0; i < RUN; i++)
			sum += share[i][op];
		for (uint32_t i = 0; i < RUN; i++) {
			few += 8 * RUN * share[i][op] < sum;
			many += RUN * share[i][op] > 2 * sum;
		}
		assert_in_range(few, RUN / 50, RUN);
		assert_in_range(many, RUN / 50, RUN / 2);
	}
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
		cmocka_unit_test(rare_situations_are_frequent),
		cmocka_unit_test(sequences_have_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
