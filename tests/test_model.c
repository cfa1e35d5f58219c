/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model's own mechanics: journal, undo, reset, the doracle hook, queries; and the two layers of NPTOps and
 * MmioSPTOps held against each other: the atomic form of each operation does what the chain over NPTWalk,
 * MmioSPTWalk and Locks does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"
#include "gen.h"
#include "spec.h"
#include "trace.h"

static void board_of(const char *name, struct s2t_trace *trace)
{
	struct s2t_error error;

	assert_true(s2t_trace_load_board(trace, name, &error));
}

/* A digest of all that can be seen of the entries that a list of calls may touch. */
static uint64_t mix(uint64_t digest, uint64_t value)
{
	digest = (digest ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	return digest ^ digest >> 29;
}

static uint64_t digest_of(const struct s2t_model *m, const struct s2t_call *calls, size_t count)
{
	uint64_t digest = mix(s2t_model_halted(m), s2t_model_tstate(m));
	uint32_t locks[S2T_MAX_HELD];

	for (unsigned i = s2t_model_locks(m, locks); i-- > 0;)
		digest = mix(digest, locks[i]);
	for (size_t i = 0; i < count; i++) {
		for (unsigned j = 0; j < S2T_MAX_ARGS; j++) {
			const uint64_t value = calls[i].arg[j];
			const s2t_pfn frames[] = { value, value >> 12, (value & 0xfffffffff000) >> 12 };

			for (unsigned k = 0; k < 3; k++) {
				struct s2t_page page = s2t_model_page(m, frames[k]);

				digest = mix(digest, page.owner);
				digest = mix(digest, page.count);
				digest = mix(digest, page.gfn);
				digest = mix(digest, s2t_model_token(m, frames[k]));
				for (s2t_vmid vmid = 0; vmid < 4; vmid++)
					digest = mix(digest, s2t_model_npt(m, vmid, frames[k]).pte);
				for (unsigned context = 0; context < 16; context++)
					digest = mix(digest, s2t_model_spt(m, context, frames[k]).pte);
			}
		}
	}
	for (s2t_vmid vmid = 0; vmid <= 16; vmid++) {
		digest = mix(digest, s2t_model_data_log(m, vmid));
		for (unsigned level = 0; level < 3; level++)
			digest = mix(digest, s2t_model_npt_next(m, vmid, level));
	}
	for (unsigned level = 0; level < 2; level++)
		digest = mix(digest, s2t_model_spt_next(m, level));
	return digest;
}

enum { LENGTH = 60 };

/* A generated sequence; the model runs it to its end. */
static size_t generate(struct s2t_gen *gen, struct s2t_model *m, uint64_t seed, struct s2t_call calls[LENGTH])
{
	struct s2t_step step;
	size_t count = 0;

	s2t_gen_begin(gen, seed, LENGTH);
	while (count < LENGTH && s2t_gen_next(gen, &calls[count])) {
		s2t_model_step(m, S2T_SPEC_LOW, &calls[count], &step);
		s2t_gen_learn(gen, &calls[count], &step);
		count++;
	}
	return count;
}

/* Undo to any mark gives the state that was there; reset gives the state of a new machine. */
static void test_undo_and_reset(void **state)
{
	(void)state;
	for (size_t b = 0; b < s2t_named_board_count; b++) {
		struct s2t_trace trace;
		struct s2t_call calls[LENGTH];
		struct s2t_mark marks[LENGTH];
		uint64_t digests[LENGTH];
		struct s2t_step step;

		board_of(s2t_named_boards[b].name, &trace);
		struct s2t_model *m = s2t_model_create(&trace.board), *fresh = s2t_model_create(&trace.board);
		struct s2t_gen *gen = s2t_gen_create(&trace.board, m);

		for (uint64_t seed = 0; seed < 40; seed++) {
			size_t count = generate(gen, m, seed, calls);
			const uint64_t at_start = digest_of(fresh, calls, count);

			s2t_model_reset(m);
			assert_int_equal(digest_of(m, calls, count), at_start);
			for (size_t i = 0; i < count; i++) {
				marks[i] = s2t_model_mark(m);
				digests[i] = digest_of(m, calls, count);
				s2t_model_step(m, S2T_SPEC_LOW, &calls[i], &step);
			}
			for (size_t i = count; i > 0; i -= i > 7 ? 7 : i) { /* some marks are skipped */
				s2t_model_undo(m, &marks[i - 1]);
				assert_int_equal(digest_of(m, calls, count), digests[i - 1]);
			}
			s2t_model_reset(m);
			assert_int_equal(digest_of(m, calls, count), at_start);
		}
		s2t_gen_destroy(gen);
		s2t_model_destroy(m);
		s2t_model_destroy(fresh);
		s2t_trace_free(&trace);
	}
}

/* Undo of init_spt brings back what the context held, whatever was mapped since. */
static void test_undo_of_init_spt(void **state)
{
	const struct s2t_call map = { S2T_OP_MAP_SPT, { 1, 0, 0x5000, 0x40005003 } };
	const struct s2t_call other = { S2T_OP_MAP_SPT, { 1, 0, 0x5000, 0x40006003 } };
	const struct s2t_call init = { S2T_OP_INIT_SPT, { 1, 0 } };
	struct s2t_step step;

	(void)state;
	struct s2t_model *m = default_model();

	s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
	struct s2t_mark mark = s2t_model_mark(m);

	for (int i = 0; i < 3; i++) {
		s2t_model_step(m, S2T_SPEC_LOW, &init, &step);
		assert_int_equal(s2t_model_spt(m, 1, 5).pte, 0);
		s2t_model_step(m, S2T_SPEC_LOW, &other, &step);
		assert_int_equal(s2t_model_spt(m, 1, 5).pte, 0x40006003);
		s2t_model_step(m, S2T_SPEC_LOW, &init, &step);
		assert_int_equal(s2t_model_spt(m, 1, 5).pte, 0);
		s2t_model_undo(m, &mark);
		assert_int_equal(s2t_model_spt(m, 1, 5).pte, 0x40005003);
	}
	s2t_model_destroy(m);
}

/* A machine that took a step back is the same as one that never made it, in what it will write, too. */
static void test_no_trace_of_what_was_taken_back(void **state)
{
	const struct s2t_call map = { S2T_OP_MAP_SPT, { 1, 0, 0x5000, 0x40005003 } };
	const struct s2t_call init = { S2T_OP_INIT_SPT, { 1, 0 } };
	struct s2t_step step;
	size_t count[2];

	(void)state;
	struct s2t_model *m = default_model(), *fresh = default_model();
	const struct s2t_mark mark = s2t_model_mark(m);

	s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
	s2t_model_undo(m, &mark);
	s2t_model_step(m, S2T_SPEC_LOW, &init, &step);
	s2t_model_step(fresh, S2T_SPEC_LOW, &init, &step);
	assert_int_equal(m->spt_generation[1], fresh->spt_generation[1]);
	s2t_model_touched(m, &count[0]);
	s2t_model_touched(fresh, &count[1]);
	assert_int_equal(count[0], count[1]);
	s2t_model_destroy(m);
	s2t_model_destroy(fresh);
}

/* The chain over the layer below, for the operations that have one. */
static bool run_chain(struct s2t_model *m, const struct s2t_call *call, uint64_t *ret)
{
	const uint64_t *a = call->arg;

	switch (call->op) {
	case S2T_OP_GET_LEVEL_S2PT: return s2t_get_level_s2pt_spec0(m, a[0], a[1], ret);
	case S2T_OP_WALK_S2PT: return s2t_walk_s2pt_spec0(m, a[0], a[1], ret);
	case S2T_OP_MAP_S2PT: return s2t_map_s2pt_spec0(m, a[0], a[1], a[2], a[3]);
	case S2T_OP_CLEAR_PFN_HOST: return s2t_clear_pfn_host_spec0(m, a[0]);
	case S2T_OP_INIT_SPT: return s2t_init_spt_spec0(m, a[0], a[1]);
	case S2T_OP_WALK_SPT: return s2t_walk_spt_spec0(m, a[0], a[1], a[2], ret);
	case S2T_OP_MAP_SPT: return s2t_map_spt_spec0(m, a[0], a[1], a[2], a[3]);
	default: return s2t_unmap_spt_spec0(m, a[0], a[1], a[2], ret);
	}
}

/* Whether two machines touched the same entries in their last step. */
static void assert_same_touches(const struct s2t_model *a, const struct s2t_model *b)
{
	size_t count_a, count_b;
	const struct s2t_touch *touch_a = s2t_model_touched(a, &count_a);
	const struct s2t_touch *touch_b = s2t_model_touched(b, &count_b);

	assert_int_equal(count_a, count_b);
	for (size_t i = 0; i < count_a; i++) {
		assert_int_equal(touch_a[i].kind, touch_b[i].kind);
		assert_int_equal(touch_a[i].a, touch_b[i].a);
		assert_int_equal(touch_a[i].b, touch_b[i].b);
		assert_int_equal(touch_a[i].old[0], touch_b[i].old[0]);
		assert_int_equal(*(uint64_t *)touch_a[i].slot, *(uint64_t *)touch_b[i].slot);
	}
}

/* Both forms are undefined for the same calls, before and after a halt, and do the same otherwise. */
static void test_atomic_forms_are_their_chains(void **state)
{
	uint64_t compared[S2T_OP_COUNT] = { 0 };

	(void)state;
	for (size_t b = 0; b < s2t_named_board_count; b++) {
		struct s2t_trace trace;

		board_of(s2t_named_boards[b].name, &trace);
		struct s2t_model *atomic = s2t_model_create(&trace.board),
				 *chain = s2t_model_create(&trace.board);
		struct s2t_gen *gen = s2t_gen_create(&trace.board, atomic);

		for (uint64_t seed = 0; seed < 300; seed++) {
			struct s2t_call call;

			s2t_gen_begin(gen, seed, 200);
			for (unsigned i = 0; i < 200 && s2t_gen_next(gen, &call); i++) {
				struct s2t_step step, chain_step;

				s2t_model_step(atomic, S2T_SPEC_LOW, &call, &step);
				s2t_gen_learn(gen, &call, &step);
				if (call.op < S2T_OP_GET_LEVEL_S2PT) {
					s2t_model_step(chain, S2T_SPEC_LOW, &call, &chain_step);
					continue;
				}
				uint64_t ret = 0;

				chain->step_begin = chain->journal_count;
				struct s2t_cpu before = chain->cpu;
				bool some = run_chain(chain, &call, &ret);

				assert_int_equal(some, step.outcome != S2T_UNDEFINED);
				compared[call.op]++;
				if (!some) {
					s2t_rollback(chain, chain->step_begin);
					chain->cpu = before;
					continue;
				}
				assert_int_equal(ret, step.ret);
				assert_int_equal(chain->cpu.halt, atomic->cpu.halt);
				assert_int_equal(chain->cpu.tstate, atomic->cpu.tstate);
				assert_int_equal(chain->cpu.held_count, atomic->cpu.held_count);
				assert_same_touches(atomic, chain);
				if (step.outcome == S2T_PANIC && i % 2)
					break; /* every other sequence goes on after its panic */
			}
			s2t_model_reset(atomic);
			s2t_model_reset(chain);
		}
		s2t_gen_destroy(gen);
		s2t_model_destroy(atomic);
		s2t_model_destroy(chain);
		s2t_trace_free(&trace);
	}
	for (int op = S2T_OP_GET_LEVEL_S2PT; op < S2T_OP_MEMORY_COUNT; op++)
		assert_true(compared[op] > 100);
}

static s2t_token odd_doracle(void *ctx, s2t_vmid vmid, uint64_t n)
{
	return *(uint64_t *)ctx + vmid * 1000 + n;
}

static void test_doracle_hook(void **state)
{
	const struct s2t_call assign = { S2T_OP_ASSIGN_PFN_TO_VM, { 3, 7, 0x40005 } };
	const struct s2t_call other = { S2T_OP_ASSIGN_PFN_TO_VM, { 3, 8, 0x40006 } };
	uint64_t base = 5000000;
	struct s2t_board board;
	struct s2t_step step;

	(void)state;
	s2t_board_default(&board);
	board.doracle = odd_doracle;
	board.doracle_ctx = &base;
	struct s2t_model *m = s2t_model_create(&board);

	s2t_model_step(m, S2T_SPEC_LOW, &assign, &step);
	s2t_model_step(m, S2T_SPEC_LOW, &other, &step);
	assert_int_equal(s2t_model_token(m, 0x40005), 5003000);
	assert_int_equal(s2t_model_token(m, 0x40006), 5003001);
	assert_int_equal(s2t_model_data_log(m, 3), 2);
	s2t_model_destroy(m);
}

/* A query of what does not exist reads as its default. */
static void test_queries_take_anything(void **state)
{
	(void)state;
	struct s2t_model *m = default_model();

	assert_int_equal(s2t_model_page(m, UINT64_MAX).owner, UINT32_MAX);
	assert_int_equal(s2t_model_npt(m, UINT64_MAX, UINT64_MAX).pte, 0);
	assert_int_equal(s2t_model_npt(m, 17, 0).pte, 0);
	assert_false(s2t_model_npt_table(m, 0, UINT64_MAX, 0));
	assert_int_equal(s2t_model_spt(m, 16, 0).pte, 0);
	assert_int_equal(s2t_model_spt(m, 0, UINT64_MAX).pte, 0);
	assert_int_equal(s2t_model_token(m, UINT64_MAX - 1), 0);
	assert_int_equal(s2t_model_data_log(m, UINT64_MAX), 0);
	assert_int_equal(s2t_model_page(m, 0x40005).gfn, 0x40005 + 1000000000);
	assert_false(s2t_model_lock_held(m, S2T_LOCK_FLATMEM));
	assert_false(s2t_model_lock_held(m, UINT32_MAX));
	s2t_model_destroy(m);
}

/* A machine whose nodes take more than 16 MiB gives them back at a reset, and goes on as a new one; a smaller one keeps
 * them for the next sequence. */
static void test_reset_gives_back_much_memory(void **state)
{
	enum { MANY = 18000, FEW = 1000 }; /* nodes of 4 KiB */
	const struct s2t_call assign = { .op = S2T_OP_ASSIGN_PFN_TO_VM, .arg = { 3, 9, 0x40005 } };
	struct s2t_step step;

	(void)state;
	struct s2t_model *m = default_model();

	for (int many = 1; many >= 0; many--) {
		s2t_model_step(m, S2T_SPEC_LOW, &assign, &step);
		assert_int_equal(step.outcome, S2T_OK);
		assert_int_equal(s2t_model_page(m, 0x40005).owner, 3);
		for (uint64_t i = 1; i <= (many ? MANY : FEW); i++)
			assert_true(s2t_model_set_token(m, i << 9, i));
		assert_int_equal(s2t_model_token(m, FEW << 9), FEW);
		s2t_model_reset(m);
		assert_true(many ? m->arena.slabs == S2T_HOT_SLABS : m->arena.slabs > S2T_HOT_SLABS);
		assert_int_equal(s2t_model_token(m, FEW << 9), 0);
		assert_int_equal(s2t_model_page(m, 0x40005).owner, 0);
		assert_int_equal(s2t_model_page(m, 0x40005).gfn, 0x40005 + 1000000000);
	}
	/* What one sequence in many needs is given back in time. */
	for (int i = 0; i < 256; i++)
		s2t_model_reset(m);
	assert_int_equal(m->arena.slabs, S2T_HOT_SLABS);
	assert_int_equal(s2t_model_token(m, FEW << 9), 0);
	s2t_model_destroy(m);
}

/* A context of an SMMU that is emptied, and that taken back, can be emptied again; with logs, too. */
static void emptied_again(void **state)
{
	const struct s2t_call map = { S2T_OP_MAP_SPT, { 1, 0, 0x1000, 0x40001003 } };
	const struct s2t_call empty = { S2T_OP_INIT_SPT, { 1, 0 } };

	(void)state;
	for (int logs = 0; logs < 2; logs++) {
		struct s2t_model *m = default_model();
		struct s2t_step step;

		assert_true(s2t_model_set_logs(m, logs));
		s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
		s2t_model_step(m, S2T_SPEC_LOW, &empty, &step);
		s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
		const struct s2t_mark mark = s2t_model_mark(m);

		s2t_model_step(m, S2T_SPEC_LOW, &empty, &step);
		assert_int_equal(s2t_model_spt(m, 1, 1).pte, 0);
		s2t_model_undo(m, &mark);
		assert_int_equal(s2t_model_spt(m, 1, 1).pte, 0x40001003);
		s2t_model_step(m, S2T_SPEC_LOW, &empty, &step);
		assert_int_equal(s2t_model_spt(m, 1, 1).pte, 0);
		s2t_model_destroy(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_undo_and_reset),
		cmocka_unit_test(test_undo_of_init_spt),
		cmocka_unit_test(test_no_trace_of_what_was_taken_back),
		cmocka_unit_test(test_atomic_forms_are_their_chains),
		cmocka_unit_test(test_doracle_hook),
		cmocka_unit_test(test_queries_take_anything),
		cmocka_unit_test(test_reset_gives_back_much_memory),
		cmocka_unit_test(emptied_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
