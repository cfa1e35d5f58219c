/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation of the model and of the built-in implementation fails once. Nothing crashes or leaks; the step says
 * so and leaves the state as it was; and the same step, taken again when there is memory, does what it always does.
 *
 * The linker has malloc, calloc, realloc, aligned_alloc and mmap of the library go through here (--wrap).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"
#include "hyp.h"
#include "log.h"
#include "optable.h"
#include "scarce.h"
#include "spec.h"
#include "trace.h"

static void check_trace(void (*check)(const char *name, const struct s2t_trace *trace), const char *name,
                        const char *path, unsigned *count)
{
	struct s2t_trace trace;
	struct s2t_error error;

	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
		fail_msg("%s", error.text);
	if (trace.count < 64) {
		check(name, &trace);
		(*count)++;
	}
	s2t_trace_free(&trace);
}

/* Calls `check` for the seed of each case of the memory layers whose trace is short. */
static void for_each_case(void (*check)(const char *name, const struct s2t_trace *trace))
{
	unsigned count = 0;

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		const char *name = s2t_case_table[i].name;
		char path[256];

		if (s2t_op_layer(s2t_case_table[i].op) != S2T_LAYER_MEMORY)
			continue;
		snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/seeds/cases/%s.trace", name);
		check_trace(check, name, path, &count);
	}
	assert_true(count > 100);
}

/*
 * The model.
 */

static uint64_t digest(const struct s2t_model *m)
{
	uint64_t sum = m->cpu.halt + 2U * m->cpu.tstate;

	for (uint32_t lock = 0; lock < m->logs->lock_count; lock++)
		sum = sum * 31 + s2t_model_digest(m, lock) + s2t_model_lock_held(m, lock) +
		      s2t_model_log(m, lock, NULL, 0);
	for (uint64_t vmid = 0; vmid <= m->board.corevisor; vmid++)
		sum = sum * 31 + s2t_model_data_log(m, vmid);
	return sum;
}

static struct s2t_model *machine_of(const struct s2t_trace *trace, bool logs)
{
	const struct s2t_call walk = { S2T_OP_WALK_S2PT, { 0, 0 } };
	struct s2t_model *m = s2t_model_create(&trace->board);
	struct s2t_step step;

	assert_non_null(m);
	assert_true(s2t_model_set_logs(m, logs));
	if (logs) { /* so that there is an array of events */
		s2t_model_step(m, S2T_SPEC_LOW, &walk, &step);
		s2t_model_reset(m);
	}
	return m;
}

/* What becomes scarce in a step: memory itself, or first the room that logs or the journal have left. */
enum scarce { MEMORY, LOG, JOURNAL, SCARCE };

/* Leaves `room` of what is scarce. Where room is left in an array, only growing it takes memory. */
static void make_scarce(struct s2t_model *m, enum scarce scarce, size_t room)
{
	left = scarce == MEMORY ? room : PLENTY;
	arrays_stay = scarce != MEMORY;
	if (scarce == LOG && m->logs->count + room < m->logs->size)
		m->logs->size = m->logs->count + room;
	if (scarce == JOURNAL)
		m->journal_size = m->journal_count + S2T_STEP_ENTRIES - 1 + room;
}

/* The forms of an operation; the third, of those below MemManager, is the chain that the atomic form was proved to be. */
enum form { LOW, HIGH, CHAIN, FORMS };

struct chain {
	struct s2t_model *m;
	const struct s2t_call *call;
	uint64_t *ret;
};

static bool run_chain(void *ctx)
{
	const struct chain *chain = ctx;
	const uint64_t *a = chain->call->arg;
	struct s2t_model *m = chain->m;

	switch ((enum s2t_op)chain->call->op) {
	case S2T_OP_GET_LEVEL_S2PT: return s2t_get_level_s2pt_spec0(m, a[0], a[1], chain->ret);
	case S2T_OP_WALK_S2PT: return s2t_walk_s2pt_spec0(m, a[0], a[1], chain->ret);
	case S2T_OP_MAP_S2PT: return s2t_map_s2pt_spec0(m, a[0], a[1], a[2], a[3]);
	case S2T_OP_CLEAR_PFN_HOST: return s2t_clear_pfn_host_spec0(m, a[0]);
	case S2T_OP_INIT_SPT: return s2t_init_spt_spec0(m, a[0], a[1]);
	case S2T_OP_WALK_SPT: return s2t_walk_spt_spec0(m, a[0], a[1], a[2], chain->ret);
	case S2T_OP_MAP_SPT: return s2t_map_spt_spec0(m, a[0], a[1], a[2], a[3]);
	default: return s2t_unmap_spt_spec0(m, a[0], a[1], a[2], chain->ret);
	}
}

/* A chain knows no case; it then has that of its operation's first. */
static void run_step(struct s2t_model *m, enum form form, const struct s2t_call *call, struct s2t_step *step)
{
	if (form == CHAIN && call->op >= S2T_OP_GET_LEVEL_S2PT) {
		struct chain chain = { m, call, &step->ret };

		s2t_step_by(m, (enum s2t_op)call->op, run_chain, &chain, step);
	} else {
		s2t_model_step(m, form == HIGH ? S2T_SPEC_HIGH : S2T_SPEC_LOW, call, step);
	}
}

/* One step with little room. False: there was enough of it. */
static bool run_out(const char *name, struct s2t_model *m, enum form form, enum scarce scarce, size_t room,
                    const struct s2t_call *call, struct s2t_step *step)
{
	const size_t log_size = m->logs ? m->logs->size : 0, journal_size = m->journal_size;
	const uint64_t before = m->logs ? digest(m) : 0;

	make_scarce(m, scarce, room);
	run_step(m, form, call, step);
	left = PLENTY;
	arrays_stay = false;
	if (m->logs && scarce == LOG)
		m->logs->size = log_size;
	if (scarce == JOURNAL)
		m->journal_size = journal_size;
	if (!s2t_model_out_of_memory(m))
		return false;
	if (step->outcome != S2T_UNDEFINED)
		return true; /* only a digest could not be kept: the machine is for the reset */
	if (m->logs && digest(m) != before)
		fail_msg("%s: out of memory, and the state is not as before", name);
	m->out_of_memory = false;
	run_step(m, form, call, step);
	return true;
}

/* The last step of a trace, and each before it, with ever more room until there is enough. */
static void starve(const char *name, const struct s2t_trace *trace, enum form forms, enum scarce scarces)
{
	for (unsigned variant = 0; variant < 2U * forms; variant++) {
		const enum form form = (enum form)(variant % forms);
		const bool logs = variant >= forms;

		for (int scarce = MEMORY; scarce < (int)scarces; scarce++) {
			bool out = scarce != LOG || logs;

			for (size_t room = 0; out; room += 1 + (scarces == SCARCE ? 0 : room / 2)) {
				struct s2t_model *m = machine_of(trace, logs), *good = machine_of(trace, logs);
				struct s2t_step step, expected;

				out = false;
				for (size_t i = 0; i < trace->count; i++) {
					run_step(good, form, &trace->call[i], &expected);
					if (run_out(name, m, form, (enum scarce)scarce, room, &trace->call[i],
					            &step))
						out = true;
					if (step.outcome != expected.outcome ||
					    step.case_id != expected.case_id || step.ret != expected.ret)
						fail_msg(
							"%s: step %zu is another one after it ran out of memory",
							name, i + 1);
					if (s2t_model_out_of_memory(m))
						break;
				}
				s2t_model_destroy(m);
				s2t_model_destroy(good);
				assert_true(room < (scarces == SCARCE ? 100 : 1U << 16));
			}
		}
	}
}

static void starve_model(const char *name, const struct s2t_trace *trace)
{
	starve(name, trace, FORMS, SCARCE);
}

/* A step of the hypercall layer is many of those below: thousands of records and events, so only memory is scarce. */
static void starve_hyper(const char *name, const struct s2t_trace *trace)
{
	starve(name, trace, CHAIN, LOG);
}

static void test_steps_of_the_model(void **state)
{
	(void)state;
	for_each_case(starve_model);
}

static void test_hypercalls(void **state)
{
	static const char *const names[] = { "workload", "host-block", "not-negative-block-over-table" };
	unsigned count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[256];

		snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/hyper/%s.trace", names[i]);
		check_trace(starve_hyper, names[i], path, &count);
	}
	assert_int_equal(count, sizeof(names) / sizeof(*names));
}

static void test_making_a_model(void **state)
{
	struct s2t_model *m = NULL;
	struct s2t_board board;
	size_t room;

	(void)state;
	s2t_board_default(&board);
	for (room = 0; !m; room++) {
		left = room;
		m = s2t_model_create(&board);
		left = PLENTY;
	}
	assert_in_range(room, 3, 10);
	left = 0;
	assert_false(s2t_model_set_logs(m, true));
	left = PLENTY;
	assert_true(s2t_model_set_logs(m, true));
	/* The first event of all has two arrays made. */
	for (room = 0; room < 3; room++) {
		const struct s2t_call walk = { S2T_OP_WALK_S2PT, { 0, 0 } };
		struct s2t_step step;

		left = room;
		s2t_model_step(m, S2T_SPEC_LOW, &walk, &step);
		left = PLENTY;
		assert_int_equal(step.outcome, room < 2 ? S2T_UNDEFINED : S2T_OK);
	}
	s2t_model_destroy(m);
}

/* What another CPU wrote may need memory, too. */
static const struct s2t_other_event *write_of_another(void *ctx, const struct s2t_model *m, uint32_t lock,
                                                      uint32_t cpu, size_t *count)
{
	const struct s2t_other_event *event = ctx;

	(void)m;
	(void)lock;
	(void)cpu;
	*count = 1;
	return event;
}

static void test_other_cpus(void **state)
{
	static const struct s2t_other_write record = { .at = 0x40001, .page = { 1, 0, 7 } };
	static const struct s2t_other_write entry = { .at = 0x1000, .where = 1, .value = 0x40001003 };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	for (int smmu = 0; smmu < 2; smmu++) {
		const uint32_t lock = smmu ? S2T_LOCK_SPT : S2T_LOCK_S2PAGE;
		struct s2t_other_event event = { .cpu = 9,
			                         .kind = s2t_snapshot_kind(&board, lock),
			                         .write = smmu ? &entry : &record,
			                         .writes = 1 };
		const struct s2t_oracle oracle = { .cpu = 3, .events = write_of_another, .ctx = &event };
		struct s2t_model *m = s2t_model_create(&board);

		assert_true(s2t_model_set_logs(m, true) && s2t_model_set_oracle(m, &oracle));
		left = 0;
		assert_false(s2t_log_others(m, lock));
		left = PLENTY;
		assert_true(s2t_model_out_of_memory(m));
		m->out_of_memory = false;
		/* A full journal. */
		const size_t size = m->journal_size;

		arrays_stay = true;
		m->journal_size = m->journal_count;
		assert_false(s2t_log_others(m, lock));
		m->journal_size = size;
		arrays_stay = false;
		assert_true(s2t_model_out_of_memory(m));
		s2t_model_destroy(m);
	}
}

/* Of very many nodes a reset keeps some. */
static void test_too_many_nodes(void **state)
{
	enum { NODES = 4200 };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);

	for (int again = 0; again < 2; again++) {
		for (uint64_t i = 0; i < NODES; i++)
			assert_true(s2t_model_set_token(m, i << 9, i + 1));
		assert_int_equal(s2t_model_token(m, (NODES - 1) << 9), NODES);
		s2t_model_reset(m);
		assert_int_equal(s2t_model_token(m, (NODES - 1) << 9), 0);
	}
	s2t_model_destroy(m);
}

/* A machine that has grown beyond what it keeps gives all its nodes back at a reset, and begins anew. */
static void test_too_many_slabs(void **state)
{
	enum { NODES = 17500, RAM = 0x40001 };
	const struct s2t_page page = { 3, 1, 7 };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);

	for (int again = 0; again < 2; again++) {
		const uint64_t nodes = again ? 1 : NODES;

		assert_true(s2t_model_set_page(m, RAM, page));
		for (uint64_t i = 0; i < nodes; i++)
			assert_true(s2t_model_set_token(m, i << 9, i + 1));
		assert_int_equal(s2t_model_token(m, (nodes - 1) << 9), nodes);
		s2t_model_reset(m);
		assert_int_equal(m->arena.slabs, again);
		assert_int_equal(s2t_model_token(m, (nodes - 1) << 9), 0);
		assert_int_equal(s2t_model_page(m, RAM).owner, 0);
	}
	s2t_model_destroy(m);
}

/* The setters, with and without memory, and out of range. */
static void test_setters(void **state)
{
	const uint64_t none = UINT64_C(1) << 36, pfn = 0x40001;
	const struct s2t_page page = { 1, 0, 7 };
	const struct s2t_npt_entry npt = { pfn, 3, pfn << 12 | 0xfff }, no_npt = { 0, 0, 0 };
	const struct s2t_spt_entry spt = { pfn, pfn << 12 | 3 }, no_spt = { 0, 0 };
	const struct s2t_touch next_vmid = { .kind = S2T_ENTRY_CORE, .level = S2T_CORE_NEXT_VMID };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);
	const size_t size = m->journal_size;

	/* There is no room in the journal; then there is, but no memory for what is not there yet. */
	for (int room = 0; room < 2; room++) {
		m->journal_size = room ? size : 0;
		left = 0;
		assert_false(s2t_model_set_page(m, pfn, page));
		assert_false(s2t_model_set_npt(m, 1, 7, npt));
		assert_false(s2t_model_set_spt(m, 1, 7, spt));
		assert_false(s2t_model_set_token(m, pfn, 1));
		if (!room) {
			assert_false(s2t_model_set_word(m, &next_vmid, 2));
			assert_false(s2t_model_set_data_log(m, 1, 5));
			assert_false(s2t_model_set_npt_used(m, 1, 0, 4096));
			assert_false(s2t_model_set_spt_used(m, 0, 4096));
		}
		left = PLENTY;
		m->out_of_memory = false;
	}
	assert_true(s2t_model_set_npt(m, 1, 7, no_npt)); /* where nothing was */
	assert_true(s2t_model_set_spt(m, 1, 7, no_spt));
	assert_false(s2t_model_set_npt(m, 1, 7, (struct s2t_npt_entry){ 5, 0, 0 }));
	assert_false(s2t_model_set_npt(m, 1, 7, (struct s2t_npt_entry){ 0, 1, 0 }));
	assert_false(s2t_model_set_npt(m, 99, 7, npt));
	assert_false(s2t_model_set_npt(m, 1, none, npt));
	assert_false(s2t_model_set_spt(m, 16, 7, spt));
	assert_false(s2t_model_set_spt(m, 1, UINT64_C(1) << 28, spt));
	assert_false(s2t_model_set_token(m, none, 1));
	assert_false(s2t_model_set_data_log(m, 99, 5));
	assert_false(s2t_model_set_npt_used(m, 99, 0, 0));
	assert_false(s2t_model_set_npt_used(m, 1, 3, 0));
	assert_false(s2t_model_set_spt_used(m, 2, 0));
	assert_false(s2t_model_set_spt_used(m, 0, 8));
	assert_false(s2t_model_set_spt_used(m, 1, UINT64_C(1) << 40));
	/* Pools that are used up have no table for an entry. */
	assert_true(s2t_model_set_npt_used(m, 1, 0, board.pud_offset - board.pgd_offset));
	assert_false(s2t_model_set_npt(m, 1, 7, npt));
	assert_true(s2t_model_set_spt_used(m, 0, board.smmu_pmd_start - board.smmu_pgd_start));
	assert_false(s2t_model_set_spt(m, 1, 7, spt));
	s2t_model_destroy(m);
}

/* The form of the bottom layers clears the table of a bank entry by entry, and runs out of room in the midst. */
static void test_clearing_a_table(void **state)
{
	const struct s2t_call init = { S2T_OP_INIT_SPT, { 1, 0 } };
	struct s2t_board board;
	struct s2t_step step;

	(void)state;
	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);
	const size_t size = m->journal_size;

	for (uint64_t i = 0; i < 40; i++) {
		const struct s2t_call map = { S2T_OP_MAP_SPT, { 1, 0, i << 12, 0x40001003 } };

		s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
	}
	for (size_t room = 0; room < 40; room++) {
		make_scarce(m, JOURNAL, room);
		s2t_model_step(m, S2T_SPEC_BOTTOM, &init, &step);
		arrays_stay = false;
		m->journal_size = size;
		assert_true(s2t_model_out_of_memory(m));
		assert_int_equal(step.outcome, S2T_UNDEFINED);
		assert_int_equal(s2t_model_spt(m, 1, 0).pte, 0x40001003);
		m->out_of_memory = false;
	}
	s2t_model_step(m, S2T_SPEC_BOTTOM, &init, &step);
	assert_int_equal(step.outcome, S2T_OK);
	assert_int_equal(s2t_model_spt(m, 1, 39).pte, 0);
	s2t_model_destroy(m);
}

/* Records of a long step are found through an index. Its serial number may begin anew; and without memory for the index
 * they are gone through, among them two flags of tables that share a word. */
static void test_the_index_of_a_step(void **state)
{
	enum { MANY = 100, FAR = 1 << 18 };
	const struct s2t_spt_entry spt = { 0x40001, 0x40001003 };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	for (int starve = 0; starve < 2; starve++) {
		struct s2t_model *m = s2t_model_create(&board);
		const struct s2t_mark mark = s2t_model_mark(m);
		size_t count;

		assert_true(s2t_model_set_spt(m, 1, 7, spt) && s2t_model_set_spt(m, 1, FAR, spt));
		for (uint64_t i = 0; i < MANY; i++)
			assert_true(s2t_model_set_token(m, 0x40000 + i, i + 1));
		s2t_model_undo(m, &mark); /* all nodes are there now, and the index */
		if (starve) {
			free(m->index);
			m->index = NULL;
			m->index_size = 0;
			left = 0;
		} else {
			m->index_serial = UINT32_MAX;
		}
		for (unsigned again = 0; again < 2; again++) {
			for (uint64_t i = 0; i < MANY; i++)
				assert_true(s2t_model_set_token(m, 0x40000 + i, again + i + 1));
			assert_true(s2t_model_set_spt(m, 1, 7, spt) && s2t_model_set_spt(m, 1, FAR, spt));
		}
		left = PLENTY;
		assert_int_equal(s2t_model_out_of_memory(m), starve);
		assert_true(starve || m->index_serial < 100);
		s2t_model_touched(m, &count);
		/* Once each: pages' contents, 2 entries, the flags of the 2 tables of each, and the 2 cursors. */
		assert_int_equal(count, MANY + 2 + 4 + 2);
		s2t_model_undo(m, &mark);
		assert_int_equal(s2t_model_token(m, 0x40000 + MANY - 1), 0);
		assert_false(s2t_model_spt_table(m, 1, 7 << 12, 0));
		assert_false(s2t_model_spt_table(m, 1, (uint64_t)FAR << 12, 0));
		s2t_model_destroy(m);
	}
}

/* Pages far apart, so that the maps grow; without room to keep their nodes, a reset frees them. */
static void test_many_nodes(void **state)
{
	struct s2t_board board;
	struct s2t_step step;

	(void)state;
	s2t_board_default(&board);
	for (size_t room = 0; room < 8; room++) {
		struct s2t_model *m = s2t_model_create(&board);

		for (uint64_t i = 0; i < 200; i++) {
			const struct s2t_call call = { S2T_OP_MAP_SPT, { i & 7, 0, i << 21, 0x40001003 } };

			left = room;
			s2t_model_step(m, S2T_SPEC_LOW, &call, &step);
			left = PLENTY;
			if (s2t_model_out_of_memory(m)) {
				assert_int_equal(step.outcome, S2T_UNDEFINED);
				m->out_of_memory = false;
				s2t_model_step(m, S2T_SPEC_LOW, &call, &step);
			}
			assert_int_equal(step.outcome, S2T_OK);
		}
		left = 0;
		s2t_model_reset(m);
		left = PLENTY;
		assert_int_equal(s2t_model_spt(m, 1, 512).pte, 0);
		s2t_model_destroy(m);
	}
}

/*
 * The implementation.
 */

static void starve_iut(const char *name, const struct s2t_trace *trace)
{
	const struct s2t_iut_ops *ops = s2t_builtin();
	bool out = true;

	for (size_t room = 0; out; room++) {
		struct s2t_iut *iut = ops->create(ops, &trace->board, NULL, 0);
		struct s2t_iut *good = ops->create(ops, &trace->board, NULL, 0);

		ops->events->record(iut, true);
		out = false;
		for (size_t i = 0; i < trace->count; i++) {
			struct s2t_result result, expected;
			size_t before, after;

			ops->call(good, &trace->call[i], &expected);
			(void)ops->image->writes(iut, &before);
			left = room;
			ops->call(iut, &trace->call[i], &result);
			left = PLENTY;
			if (result.outcome == S2T_CRASH) {
				out = true;
				assert_string_equal(result.reason, "no memory for the simulated machine");
				(void)ops->image->writes(iut, &after);
				assert_int_equal(before, after);
				ops->call(iut, &trace->call[i], &result);
			}
			if (result.outcome != expected.outcome || result.ret != expected.ret)
				fail_msg("%s: call %zu is another one after it ran out of memory", name, i + 1);
		}
		ops->destroy(iut);
		ops->destroy(good);
		assert_true(room < 100);
	}
}

static void test_calls(void **state)
{
	(void)state;
	for_each_case(starve_iut);
}

static void test_making_an_instance(void **state)
{
	struct s2t_iut *iut = NULL;
	struct s2t_board board;
	char error[128];
	size_t room;

	(void)state;
	s2t_board_default(&board);
	for (room = 0; !iut; room++) {
		left = room;
		strcpy(error, "nothing");
		iut = s2t_builtin()->create(s2t_builtin(), &board, error, room & 1 ? sizeof(error) : 0);
		left = PLENTY;
		assert_string_equal(error,
		                    iut || !(room & 1) ? "nothing" : "no memory for the simulated machine");
	}
	assert_in_range(room, 6, 20);
	/* Contents of pages are not in the image, nor is what is no window. */
	assert_null(s2t_builtin()->image->page(iut, S2T_WINDOW_PAGES, 0));
	assert_null(s2t_builtin()->image->page(iut, S2T_WINDOW_COUNT, 0));
	s2t_builtin()->destroy(iut);
	s2t_builtin()->destroy(NULL);
}

static const uint64_t bytes_of_windows[S2T_WINDOW_COUNT] = {
	[S2T_WINDOW_PAGES] = PHYS_SPACE,
	[S2T_WINDOW_S2PT] = UINT64_C(1) << 30,
	[S2T_WINDOW_SMMU] = 0,
	[S2T_WINDOW_EL2] = UINT64_C(1) << 20,
};

/* One change of the memory, which may need room for its table, its journal, what is put aside, and new pages. */
static void change(struct s2t_mem *m, unsigned i)
{
	const uint64_t pfn = 0x40000 + i / 4;

	switch (i % 4) {
	case 0: s2t_mem_fill(m, pfn, i); break;
	case 1: s2t_mem_store_content(m, pfn << PAGE_SHIFT_4K | 8, i); break;
	case 2: s2t_mem_fill(m, pfn, i); break;
	default: s2t_mem_store(m, S2T_WINDOW_S2PT, (uint64_t)i << PAGE_SHIFT_4K, i); break;
	}
}

/* `first` shifts the changes against the growth of each array. */
static void starve_memory(unsigned first)
{
	enum { CHANGES = 4000 };

	for (size_t room = 0; room < 4; room++) {
		struct s2t_mem m;
		unsigned failures = 0;

		assert_true(s2t_mem_init(&m, bytes_of_windows));
		if (first >= 4)
			s2t_mem_store_content(&m, 0x50000000, 1);
		for (unsigned i = first % 4; i < CHANGES; i++) {
			const size_t writes = m.writes;

			left = room;
			change(&m, i);
			left = PLENTY;
			if (m.fault == S2T_OK)
				continue;
			failures++;
			assert_int_equal(m.fault, S2T_CRASH);
			assert_int_equal(m.writes, writes);
			m.fault = S2T_OK;
			change(&m, i);
			assert_int_equal(m.fault, S2T_OK);
			assert_int_equal(m.writes, writes + 1);
		}
		assert_true(room > 1 || failures > 0);
		s2t_mem_undo(&m, 0);
		assert_int_equal(s2t_mem_load_content(&m, 0x40000008), 0);
		s2t_mem_destroy(&m);
	}
}

static void test_memory(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 8; first++)
		starve_memory(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_of_the_model),
		cmocka_unit_test(test_hypercalls),
		cmocka_unit_test(test_making_a_model),
		cmocka_unit_test(test_other_cpus),
		cmocka_unit_test(test_setters),
		cmocka_unit_test(test_too_many_nodes),
		cmocka_unit_test(test_too_many_slabs),
		cmocka_unit_test(test_clearing_a_table),
		cmocka_unit_test(test_the_index_of_a_step),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_making_an_instance),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
