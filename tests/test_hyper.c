/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall layer of the model as sequences: the traces of corpus/hyper with the outcomes that they expect, and what
 * holds of every step, however many operations it is made of: its records say what each entry was before, its events
 * replay to the objects as they are, it is taken back whole, and leaps over pages that do not matter change nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "boards.h"
#include "entry.h"
#include "eval_writes.h"
#include "optable.h"
#include "rng.h"
#include "spec.h"
#include "trace.h"

enum { LOG_ROOM = 1 << 20, TRACES = 64 };

/* Of each lock: the newest snapshot of its log is the object, and unless halted it is free. */
static void expect_replay(const struct s2t_model *m, bool halted)
{
	static struct s2t_event log[LOG_ROOM];
	const struct s2t_board *board = s2t_model_board(m);

	for (uint32_t lock = 0; lock <= s2t_lock_info(board, board->corevisor); lock++) {
		const size_t count = s2t_model_log(m, lock, log, LOG_ROOM);
		struct s2t_lock_state state = { 0, S2T_LEMPTY, 0 };

		if (count > LOG_ROOM) /* a range of millions of pages */
			continue;
		for (size_t i = 0; i < count / 2; i++) {
			const struct s2t_event event = log[i];

			log[i] = log[count - 1 - i];
			log[count - 1 - i] = event;
		}
		if (lock != S2T_LOCK_FLATMEM)
			assert_true(s2t_H_CalLock(log, count, &state));
		assert_int_equal(state.status == S2T_LHOLD, s2t_model_lock_held(m, lock));
		if (!halted)
			assert_int_equal(state.status, S2T_LEMPTY);
		if (state.status == S2T_LEMPTY)
			assert_int_equal(s2t_CalState(board, lock, 0, log, count), s2t_model_digest(m, lock));
	}
}

/* `before` is a machine that has not yet taken the last step of `m`. */
static void expect_records(const struct s2t_model *before, const struct s2t_model *m)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(m, &count);

	for (size_t i = 0; i < count; i++) {
		uint64_t want[3], have[3];

		if (touch[i].kind == S2T_ENTRY_SPT_CONTEXT)
			continue; /* a number of the model's own */
		if (touch[i].kind != S2T_ENTRY_NPT && touch[i].kind != S2T_ENTRY_NPT_BLOCK) {
			s2t_entry_now(before, &touch[i], want);
			s2t_entry_before(m, &touch[i], have);
			assert_memory_equal(want, have, sizeof(want));
			continue;
		}
		for (unsigned page = 0; page < (touch[i].kind == S2T_ENTRY_NPT_BLOCK ? 512u : 1u); page++) {
			const struct s2t_npt_entry old = s2t_model_npt(before, touch[i].a, touch[i].b + page);
			const struct s2t_npt_entry said = s2t_model_npt_before(m, &touch[i], page);

			assert_int_equal(old.pfn, said.pfn);
			assert_int_equal(old.level, said.level);
			assert_int_equal(old.pte, said.pte);
		}
	}
}

/* Three machines make the same calls: one with logs, one without, and one that is a step behind. */
struct trio {
	struct s2t_model *logged, *quick, *behind;
	struct s2t_changes of_logged, of_quick;
	struct s2t_mark mark;
	enum s2t_spec spec;
	bool seen[S2T_CASE_COUNT];
};

static void open_trio(struct trio *t, const struct s2t_board *board, enum s2t_spec spec)
{
	*t = (struct trio){ .spec = spec };
	t->logged = s2t_model_create(board);
	t->quick = s2t_model_create(board);
	t->behind = s2t_model_create(board);
	assert_true(t->logged && t->quick && t->behind && s2t_model_set_logs(t->logged, true));
	t->of_logged = (struct s2t_changes){ .model = t->logged, .board = s2t_model_board(t->logged) };
	t->of_quick = (struct s2t_changes){ .model = t->quick, .board = s2t_model_board(t->quick) };
	t->mark = s2t_model_mark(t->quick);
}

static void close_trio(struct trio *t)
{
	s2t_changes_free(&t->of_logged);
	s2t_changes_free(&t->of_quick);
	s2t_model_destroy(t->logged);
	s2t_model_destroy(t->quick);
	s2t_model_destroy(t->behind);
}

static void reset_trio(struct trio *t)
{
	s2t_model_reset(t->logged);
	s2t_model_reset(t->quick);
	s2t_model_reset(t->behind);
	for (uint32_t lock = 0; lock <= s2t_lock_info(s2t_model_board(t->logged), 16); lock++)
		assert_int_equal(s2t_model_digest(t->logged, lock), 0);
}

static void same_changes(const struct s2t_changes *a, const struct s2t_changes *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_int_equal(a->change[i].kind, b->change[i].kind);
		assert_memory_equal(a->change[i].key, b->change[i].key, sizeof(a->change[i].key));
		assert_memory_equal(a->change[i].value, b->change[i].value, sizeof(a->change[i].value));
		assert_int_equal(a->change[i].field, b->change[i].field);
	}
}

/* One step of all three. Every fourth one is taken back and taken again first. */
static struct s2t_step step_trio(struct trio *t, const struct s2t_call *call, size_t number, bool replay)
{
	struct s2t_step step, logged;

	s2t_model_step(t->quick, t->spec, call, &step);
	assert_false(s2t_model_out_of_memory(t->quick));
	expect_records(t->behind, t->quick);
	assert_true(s2t_changes_collect(&t->of_quick, step.outcome));
	if (number % 4 == 0) {
		const struct s2t_mark mark = s2t_model_mark(t->behind);

		s2t_model_step(t->behind, t->spec, call, &logged);
		s2t_model_undo(t->behind, &mark);
	}
	s2t_model_step(t->behind, t->spec, call, &logged);
	s2t_model_step(t->logged, t->spec, call, &logged);
	assert_true(s2t_changes_collect(&t->of_logged, logged.outcome));
	assert_int_equal(step.outcome, logged.outcome);
	assert_int_equal(step.case_id, logged.case_id);
	assert_int_equal(step.ret, logged.ret);
	assert_int_equal(s2t_case_table[step.case_id].op, call->op);
	assert_int_equal(s2t_case_table[step.case_id].outcome, step.outcome);
	assert_true(s2t_case_table[step.case_id].specs &
	            (t->spec == S2T_SPEC_LOW ? S2T_CASE_IN_LOW : S2T_CASE_IN_HIGH));
	assert_true(s2t_model_took(t->quick, step.case_id));
	if (step.case_id == S2T_CASE_CSR_4) /* pages given back: by the range that it is made of */
		assert_true(s2t_model_took(t->quick, S2T_CASE_CVR_4));
	for (int id = 0; id < S2T_CASE_COUNT; id++)
		assert_int_equal(s2t_model_took(t->quick, (enum s2t_case)id),
		                 s2t_model_took(t->logged, (enum s2t_case)id));
	same_changes(&t->of_quick, &t->of_logged);
	if (replay)
		expect_replay(t->logged, s2t_model_halted(t->logged));
	t->seen[step.case_id] = true;
	return step;
}

static void run_trace(const char *path)
{
	struct s2t_trace trace;
	struct s2t_error error;
	struct trio t;

	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
		fail_msg("%s", error.text);
	for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_HIGH; spec++) {
		open_trio(&t, &trace.board, (enum s2t_spec)spec);
		for (size_t i = 0; i < trace.count; i++) {
			const struct s2t_expect *expect = &trace.expect[i];
			/* A range of 2^18 pages is 2^18 sections; replaying them once is enough. */
			const struct s2t_step step =
				step_trio(&t, &trace.call[i], i,
			                  trace.call[i].op != S2T_OP_CLEAR_VM_STAGE2_RANGE && i < 44);

			assert_true(expect->given);
			if (spec == S2T_SPEC_LOW &&
			    (step.outcome != expect->outcome || (expect->has_ret && step.ret != expect->ret)))
				fail_msg("%s:%u: the step is %s", path, (unsigned)trace.line[i],
				         s2t_case_table[step.case_id].name);
		}
		reset_trio(&t);
		close_trio(&t);
	}
	s2t_trace_free(&trace);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void test_traces(void **state)
{
	static char name[TRACES][300];
	size_t count = 0;
	DIR *dir = opendir(S2T_SOURCE_DIR "/corpus/hyper");
	const struct dirent *entry;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!strstr(entry->d_name, ".trace"))
			continue;
		assert_true(count < TRACES);
		snprintf(name[count++], sizeof(name[0]), S2T_SOURCE_DIR "/corpus/hyper/%s", entry->d_name);
	}
	closedir(dir);
	qsort(name, count, sizeof(name[0]), by_name);
	for (size_t i = 0; i < count; i++)
		run_trace(name[i]);
	assert_true(count >= 18);
}

/* Calls with few values, so that they meet. */
static uint64_t pick(struct s2t_rng *rng, const uint64_t *values, unsigned count)
{
	return values[s2t_rng_next(rng) % count];
}
#define PICK(...) pick(rng, (const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8)

static uint64_t any_argument(struct s2t_rng *rng, enum s2t_arg_kind kind)
{
	switch (kind) {
	case S2T_ARG_VMID: return PICK(1, 1, 1, 1, 1, 1, 2, 2, 2, 0, 3, 16, 17);
	case S2T_ARG_VCPUID: return PICK(0, 0, 0, 0, 1, 1, 7, 8);
	case S2T_ARG_PFN:
		return PICK(0x40003, 0x40004, 0x40005, 0x80000, 0x80001, 0x80200, 0x90000, 0, 0xfffffff);
	case S2T_ARG_GFN: return PICK(0x200, 0x201, 0x400, 0x7, 0x50005);
	case S2T_ARG_IPA:
		return PICK(0x200000, 0x201000, 0x400000, 0x40004123, 0x80001000, 0, 0x7000, 0xfffffffff000);
	case S2T_ARG_PA: return PICK(0x40003000, 0x40004000, 0x40005000, 0x80000000, 0x90000000, 0x3ffff000, 0);
	case S2T_ARG_PTE:
		return PICK(0x40003000, 0x40004000, 0x40005fff, 0x80000000, 0x80200000, 0x90000000, 0);
	case S2T_ARG_IOVA: return PICK(0x50003000, 0x50004000, 0x50005123, 0x7000, 0x200000, 0x10000000000);
	case S2T_ARG_LEVEL: return PICK(2, 3, 3, 3, 0);
	case S2T_ARG_CBNDX: return PICK(0, 0, 0, 1, 7, 8);
	case S2T_ARG_INDEX: return PICK(0, 0, 0, 0, 1, 2);
	case S2T_ARG_IMAGE: return PICK(0, 0, 0, 1, 4, 5);
	/* With logs there are no leaps. */
	case S2T_ARG_SIZE: return PICK(0, 1, 0x1000, 0x2001, 0x10000, 0x201000, 0x601000);
	case S2T_ARG_PAGES: return PICK(0, 1, 2, 0x11, 0x3ff);
	case S2T_ARG_PROT: return PICK(0, 0x40, 0x743, 0x1000);
	case S2T_ARG_MASK: return PICK(0x1f, 0x1f, 0x1f, 0x1f, 1, 0);
	case S2T_ARG_HVC: return 12 + s2t_rng_next(rng) % 15;
	case S2T_ARG_WORD: break;
	}
	return PICK(0, 1, 1, 2, 2, 11, 12, 31, 0x58000000, 0x58000000, 0x78000000, 0x84000008, 0x1000, 0x40,
	            0x200000, 0x400000, 0x80000, 0x40005000, 0x50005000, 0x90000000, 0x800040, 0x800000);
}

/* Half of the calls continue the life of a VM where it stands. */
static void next_call(struct s2t_rng *rng, const struct s2t_model *m, struct s2t_call *call)
{
	const uint64_t vmid = PICK(1, 1, 1, 2);
	const uint64_t state = s2t_model_vm(m, vmid, S2T_VM_STATE);
	const bool runs = s2t_model_vcpu(m, vmid, 0, S2T_VCPU_STATE) == S2T_ACTIVE;

	call->op = (uint32_t)(s2t_rng_next(rng) % S2T_OP_COUNT);
	if (s2t_rng_next(rng) % 4 != 0)
		call->op = (uint32_t)(S2T_OP_MEMORY_COUNT +
		                      s2t_rng_next(rng) % (S2T_OP_COUNT - S2T_OP_MEMORY_COUNT));
	for (unsigned i = 0; i < S2T_MAX_ARGS; i++)
		call->arg[i] = i < s2t_op_table[call->op].arg_count
		                       ? any_argument(rng, s2t_op_table[call->op].arg[i].kind)
		                       : 0;
	if (s2t_rng_next(rng) % 2 != 0)
		return;
	if (state == S2T_UNUSED)
		*call = (struct s2t_call){ S2T_OP_REGISTER_KVM, { 0 } };
	else if (state == S2T_READY && s2t_model_vcpu(m, vmid, 0, S2T_VCPU_STATE) == S2T_UNUSED)
		*call = (struct s2t_call){ S2T_OP_REGISTER_VCPU, { vmid, 0 } };
	else if (state == S2T_READY && s2t_model_vm(m, vmid, S2T_VM_IMAGES) == 0)
		*call = (struct s2t_call){ S2T_OP_SET_BOOT_INFO, { vmid, PICK(0x200000, 0x201000), 0x2000 } };
	else if (state == S2T_READY)
		*call = (struct s2t_call){ (uint32_t)PICK(S2T_OP_REMAP_VM_IMAGE, S2T_OP_VERIFY_AND_LOAD_IMAGES),
			                   { vmid, PICK(0x80000, 0x80200, 31), 0 } };
	else if (state == S2T_VERIFIED && !runs)
		*call = (struct s2t_call){ S2T_OP_VCPU_RUN,
			                   { vmid, 0, 0x200000 + PICK(0, 0x1000), PICK(0, 0x600000, 0x7000),
			                     PICK(0x40003000, 0x40004000, 0x80200000), PICK(2, 3) } };
	else if (runs)
		*call = (struct s2t_call){ S2T_OP_VCPU_EXIT,
			                   { vmid, 0, PICK(2, 2, 31), UINT64_C(0x58000000),
			                     PICK(11, 12, 0x84000008), PICK(0x7000, 0x600000, 0x200000),
			                     0x3000 } };
}

/* Of three calls the first one that goes well, or the third one. */
static void choose_call(struct s2t_rng *rng, struct trio *t, struct s2t_call *call)
{
	for (unsigned tries = 0; tries < 3; tries++) {
		const struct s2t_mark mark = s2t_model_mark(t->behind);
		struct s2t_step step;

		next_call(rng, t->behind, call);
		s2t_model_step(t->behind, t->spec, call, &step);
		s2t_model_undo(t->behind, &mark);
		if (step.outcome == S2T_OK)
			break;
	}
}

static const char board_text[] = "s2twin-trace 1\n"
				 "config smmu_host_offset=0x10000\n"
				 "config smmu_pte_bits=0x703\n"
				 "config smmu_context_banks=7\n"
				 "config pud_offset=0x4000\n"
				 "config pmd_offset=0x9000\n"
				 "config pt_pool_per_vm=0x11000\n"
				 "config smmu_pgd_start=0x30000\n"
				 "config smmu_pmd_start=0x32000\n"
				 "config smmu_pool_end=0x35000\n";

static void test_random_sequences(void **state)
{
	static struct trio t;
	struct s2t_trace trace;
	struct s2t_error error;
	unsigned reached[2] = { 0 };

	(void)state;
	assert_true(s2t_trace_parse(&trace, S2T_BOARD_FILE, "board", board_text, strlen(board_text), &error));
	for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_HIGH; spec++) {
		open_trio(&t, &trace.board, (enum s2t_spec)spec);
		for (uint64_t seed = 0; seed < 300; seed++) {
			struct s2t_rng rng;

			s2t_rng_seed(&rng, seed);

			for (size_t i = 0; i < 60; i++) {
				struct s2t_call call;

				choose_call(&rng, &t, &call);
				if (step_trio(&t, &call, i, i % 8 == 0).outcome == S2T_PANIC && i % 3 != 0)
					break;
			}
			reset_trio(&t);
		}
		for (int id = 0; id < S2T_CASE_COUNT; id++)
			reached[spec] += t.seen[id];
		close_trio(&t);
	}
	print_message("%u cases in the low form, %u in the high one\n", reached[0], reached[1]);
	assert_in_range(reached[0], 130, S2T_CASE_COUNT);
	assert_in_range(reached[1], 130, S2T_CASE_COUNT);
	s2t_trace_free(&trace);
}

/* More pages than any machine of this size has take longer than anybody waits: the model says that it cannot hold them. */
static void test_ranges_without_end(void **state)
{
	enum { BLOCKS = (1 << 13) + 1 };
	static const struct s2t_call calls[] = {
		{ S2T_OP_CLEAR_VM_RANGE, { 1, 0x40000, BLOCKS * 512 } },
		{ S2T_OP_REVOKE_STAGE2_SG_GPA, { 1, 0, BLOCKS * UINT64_C(0x200000) } },
	};
	struct s2t_board board;
	struct s2t_step step;

	(void)state;
	s2t_board_default(&board);
	board.region_count = 1;
	board.region[0] = (struct s2t_region){ 0x40000000, BLOCKS * UINT64_C(0x200000), 0 };
	struct s2t_model *m = s2t_model_create(&board);

	assert_non_null(m);
	for (uint64_t i = 0; i < BLOCKS; i++) {
		const struct s2t_call map = { S2T_OP_MAP_PFN_VM, { 1, i << 21, 0x40000000 + (i << 21), 2 } };

		s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
		assert_int_equal(step.outcome, S2T_OK);
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		size_t writes;

		s2t_model_step(m, S2T_SPEC_LOW, &calls[i], &step);
		assert_int_equal(step.outcome, S2T_UNDEFINED);
		assert_true(s2t_model_out_of_memory(m));
		s2t_model_touched(m, &writes);
		assert_int_equal(writes, 0);
		m->out_of_memory = false;
	}
	s2t_model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_random_sequences),
		cmocka_unit_test(test_ranges_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
