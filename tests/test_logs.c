/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The logs of the locks: what each case appends, the automaton H_CalLock, the replay functions, and that undo
 * and reset take events and digests back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"
#include "gen.h"
#include "optable.h"
#include "spec.h"
#include "trace.h"

/* What a case leaves on the log of a lock. */
enum section {
	NONE,
	OPEN, /* WAIT, OPULL: the panic came before the end of the section */
	FULL, /* WAIT, OPULL, snapshot, REL */
};

enum table { NO_TABLE, HOST, VM /* of argument vmid */, SMMU };

/* Every case but 0 and 1 of each operation, which append nothing. */
static const struct row {
	enum s2t_case id;
	enum section s2page;
	enum table table;    /* whose lock is taken inside, */
	enum section inner;  /* and how */
	unsigned flatmem[2]; /* OFLATMEM in the low and in the high form */
} rows[] = {
	{ S2T_CASE_MPH_2, FULL, HOST, FULL, { 0, 0 } },
	{ S2T_CASE_MPH_3, FULL, HOST, FULL, { 0, 0 } },
	{ S2T_CASE_MPH_4, FULL, HOST, FULL, { 0, 0 } },
	{ S2T_CASE_MPH_5, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_MPH_6, OPEN, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_MPH_7, OPEN, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_CVP_2, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_CVP_3, FULL, HOST, FULL, { 1, 1 } },
	{ S2T_CASE_CVP_4, FULL, HOST, FULL, { 1, 1 } },
	{ S2T_CASE_CVP_5, OPEN, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_CVP_6, FULL, NO_TABLE, NONE, { 1, 1 } }, /* A1 */
	{ S2T_CASE_APV_2, FULL, HOST, FULL, { 1, 1 } },
	{ S2T_CASE_APV_3, FULL, HOST, FULL, { 1, 1 } },
	{ S2T_CASE_APV_4, OPEN, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_APV_5, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APV_6, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APV_7, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APV_8, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APV_9, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APV_10, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APV_11, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_MPV_2, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_MPV_3, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_MPV_4, NONE, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_MPV_5, NONE, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_MPV_6, NONE, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_MVI_2, FULL, VM, FULL, { 0, 0 } },
	{ S2T_CASE_MVI_3, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_MVI_4, OPEN, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_MVI_5, OPEN, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_GVP_2, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_GVP_3, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_GVP_4, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_RVP_2, FULL, HOST, FULL, { 1, 1 } },
	{ S2T_CASE_RVP_3, FULL, HOST, FULL, { 1, 1 } },
	{ S2T_CASE_RVP_4, OPEN, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_RVP_5, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_RVP_6, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_RVP_7, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APS_2, FULL, HOST, FULL, { 0, 1 } }, /* A2 */
	{ S2T_CASE_APS_3, FULL, HOST, FULL, { 0, 1 } },
	{ S2T_CASE_APS_4, OPEN, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_APS_5, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APS_6, FULL, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_APS_7, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_USP_2, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_USP_3, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_USP_4, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_USP_5, OPEN, SMMU, OPEN, { 0, 0 } },
	{ S2T_CASE_USP_6, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_USP_7, OPEN, NO_TABLE, NONE, { 0, 0 } },
	{ S2T_CASE_UMP_2, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_UMP_3, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_UMP_4, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_UMP_5, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_UMP_6, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_UMP_7, FULL, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_GLN_2, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_GLN_3, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_GLN_4, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_WKN_2, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_WKN_3, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_WKN_4, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_MPN_2, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_MPN_3, NONE, VM, FULL, { 0, 0 } },
	{ S2T_CASE_MPN_4, NONE, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_MPN_5, NONE, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_MPN_6, NONE, VM, OPEN, { 0, 0 } },
	{ S2T_CASE_CPH_2, NONE, HOST, FULL, { 0, 0 } },
	{ S2T_CASE_CPH_3, NONE, HOST, FULL, { 0, 0 } },
	{ S2T_CASE_CPH_4, NONE, HOST, OPEN, { 0, 0 } },
	{ S2T_CASE_IST_2, NONE, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_WST_2, NONE, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_WST_3, NONE, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_WST_4, NONE, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_MST_2, NONE, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_MST_3, NONE, SMMU, OPEN, { 0, 0 } },
	{ S2T_CASE_UST_2, NONE, SMMU, FULL, { 0, 0 } },
	{ S2T_CASE_UST_3, NONE, SMMU, FULL, { 0, 0 } },
};

/* The events of the last step on one log, as kinds; checks lock, CPU, bound and pull on the way. */
static unsigned on_log(const struct s2t_model *m, uint32_t lock, uint32_t kinds[8])
{
	size_t count;
	const struct s2t_event *event = s2t_model_events(m, &count);
	unsigned found = 0;

	for (size_t i = 0; i < count; i++) {
		if (event[i].lock != lock)
			continue;
		assert_true(found < 8);
		kinds[found++] = event[i].kind;
		assert_int_equal(event[i].cpu, 0);
		if (event[i].kind == S2T_EVENT_WAIT)
			assert_int_equal(event[i].value, 10);
		else if (event[i].kind == S2T_EVENT_PULL)
			assert_int_equal(event[i].value, lock);
		else if (event[i].kind != S2T_EVENT_REL)
			assert_int_equal(event[i].value, s2t_model_digest(m, lock));
	}
	return found;
}

static unsigned expect_section(const struct s2t_model *m, uint32_t lock, enum section section)
{
	uint32_t kinds[8];
	const unsigned length = section == NONE ? 0 : section == OPEN ? 2 : 4;

	assert_int_equal(on_log(m, lock, kinds), length);
	if (section == NONE)
		return 0;
	assert_int_equal(kinds[0], S2T_EVENT_WAIT);
	assert_int_equal(kinds[1], S2T_EVENT_PULL);
	if (section == FULL) {
		assert_int_equal(kinds[2], lock == S2T_LOCK_S2PAGE ? S2T_EVENT_S2_PAGE
		                           : lock == S2T_LOCK_SPT  ? S2T_EVENT_SPT
		                                                   : S2T_EVENT_NPT);
		assert_int_equal(kinds[3], S2T_EVENT_REL);
	}
	return length;
}

static void expect_row(const struct s2t_model *m, const struct row *row, const struct s2t_call *call,
                       enum s2t_spec spec)
{
	const unsigned flatmem = row->flatmem[spec == S2T_SPEC_HIGH];
	const uint32_t lock = row->table == SMMU   ? S2T_LOCK_SPT
	                      : row->table == HOST ? S2T_LOCK_NPT
	                                           : S2T_LOCK_NPT + (uint32_t)call->arg[0];
	uint32_t kinds[8];
	size_t count;
	unsigned expected = flatmem + expect_section(m, S2T_LOCK_S2PAGE, row->s2page);

	if (row->table != NO_TABLE)
		expected += expect_section(m, lock, row->inner);
	assert_int_equal(on_log(m, S2T_LOCK_FLATMEM, kinds), flatmem);
	if (flatmem)
		assert_int_equal(kinds[0], S2T_EVENT_FLATMEM);
	s2t_model_events(m, &count);
	assert_int_equal(count, expected); /* and nothing on any other log */
}

static const struct row *row_of(enum s2t_case id)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* Runs the trace of a case, whose last step takes it, in one form. Returns whether that case came out. */
static bool run_case(const struct s2t_trace *trace, enum s2t_case id, enum s2t_spec spec)
{
	struct s2t_model *m = s2t_model_create(&trace->board);
	struct s2t_step step = { S2T_OK, S2T_CASE_COUNT, 0 };
	size_t count;

	assert_true(s2t_model_set_logs(m, true));
	for (size_t i = 0; i < trace->count; i++)
		s2t_model_step(m, spec, &trace->call[i], &step);
	const bool came = step.case_id == id;

	if (came && s2t_case_table[id].number > 1) {
		assert_non_null(row_of(id));
		expect_row(m, row_of(id), &trace->call[trace->count - 1], spec);
	} else if (came) {
		assert_null(s2t_model_events(m, &count));
		assert_int_equal(count, 0);
	}
	s2t_model_destroy(m);
	return came;
}

static void test_events_of_every_case(void **state)
{
	(void)state;
	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		const struct s2t_case_info *info = &s2t_case_table[id];
		const char *from = id == S2T_CASE_CVP_6 ? "CVP-4" : info->name;
		struct s2t_trace trace;
		struct s2t_error error;
		char path[128];

		if (s2t_op_layer(info->op) != S2T_LAYER_MEMORY)
			continue; /* no seeds */
		snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/seeds/cases/%s.trace", from);
		if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
			fail_msg("%s", error.text);
		if (info->specs & S2T_CASE_IN_LOW)
			assert_true(run_case(&trace, (enum s2t_case)id, S2T_SPEC_LOW));
		/* Some of the traces are outside the domain of the high form on the way. */
		if (!run_case(&trace, (enum s2t_case)id, S2T_SPEC_HIGH) && (info->specs & S2T_CASE_IN_HIGH))
			assert_true(info->number == 0);
		s2t_trace_free(&trace);
	}
}

static struct s2t_event ev(uint32_t cpu, enum s2t_event_kind kind, uint64_t value)
{
	return (struct s2t_event){ S2T_LOCK_S2PAGE, (uint32_t)kind, cpu, value };
}

/* w1:3 is WAIT_LOCK 3 by CPU 1, s a shared event, r a release. */
static const struct history {
	const char *text;
	bool some;
	struct s2t_lock_state state;
} histories[] = {
	{ "", true, { 0, S2T_LEMPTY, 0 } },
	{ "w0:3", true, { 3, S2T_LHOLD, 0 } },
	{ "w1:3 s1 s1", true, { 1, S2T_LHOLD, 1 } },
	{ "w1:3 s1 s1 s1", true, { 0, S2T_LHOLD, 1 } },
	{ "w1:3 s1 s1 s1 s1", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:0 s1", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:0 r1", true, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 s1 r1", true, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 s1 r1 w0:2 s0 r0", true, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 s1 r0", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 s0", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 w1:2", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 w0:2", false, { 0, S2T_LEMPTY, 0 } },
	{ "s1", false, { 0, S2T_LEMPTY, 0 } },
	{ "r1", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 r1 r1", false, { 0, S2T_LEMPTY, 0 } },
	{ "w1:2 r1 s1", false, { 0, S2T_LEMPTY, 0 } },
};

static size_t parse_history(const char *text, struct s2t_event log[16])
{
	size_t count = 0;

	for (; *text; text += *text == ' ') {
		const uint32_t cpu = (uint32_t)(text[1] - '0');
		const enum s2t_event_kind kind = *text == 'w'   ? S2T_EVENT_WAIT
		                                 : *text == 'r' ? S2T_EVENT_REL
		                                                : S2T_EVENT_S2_PAGE;

		log[count++] = ev(cpu, kind, kind == S2T_EVENT_WAIT ? (uint64_t)(text[3] - '0') : 7);
		text += kind == S2T_EVENT_WAIT ? 4 : 2;
	}
	return count;
}

static void test_h_cal_lock(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
		const struct history *history = &histories[i];
		struct s2t_lock_state lock;
		struct s2t_event log[16];
		const size_t count = parse_history(history->text, log);

		if (s2t_H_CalLock(log, count, &lock) != history->some)
			fail_msg("H_CalLock of '%s' is %s", history->text, history->some ? "None" : "Some");
		if (history->some && memcmp(&lock, &history->state, sizeof(lock)) != 0)
			fail_msg("H_CalLock of '%s' is (%u, %d, %u)", history->text, lock.self_c,
			         (int)lock.status, lock.cpu);
	}
}

/* The newest snapshot of the kind that the function asks for, or what there was. */
static void test_replay_functions(void **state)
{
	const struct s2t_event log[] = {
		ev(1, S2T_EVENT_S2_PAGE, 11), ev(1, S2T_EVENT_NPT, 12),     ev(1, S2T_EVENT_SPT, 13),
		ev(1, S2T_EVENT_FLATMEM, 14), ev(0, S2T_EVENT_S2_PAGE, 21), ev(0, S2T_EVENT_PULL, 2),
		ev(0, S2T_EVENT_REL, 0),
	};

	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	assert_int_equal(s2t_CalS2Page(5, log, 0), 5);
	assert_int_equal(s2t_CalS2Page(5, log, 4), 11);
	assert_int_equal(s2t_CalS2Page(5, log, 7), 21);
	assert_int_equal(s2t_CalNPT(5, log, 7), 12);
	assert_int_equal(s2t_CalSPT(5, log, 7), 13);
	assert_int_equal(s2t_CalFlatmem(5, log, 7), 14);
	assert_int_equal(s2t_CalNPT(5, log, 1), 5);
	assert_int_equal(s2t_CalState(&board, S2T_LOCK_FLATMEM, 5, log, 7), 14);
	assert_int_equal(s2t_CalState(&board, S2T_LOCK_S2PAGE, 5, log, 7), 21);
	assert_int_equal(s2t_CalState(&board, S2T_LOCK_SPT, 5, log, 7), 13);
	assert_int_equal(s2t_CalState(&board, S2T_LOCK_NPT + 16, 5, log, 7), 12);
}

enum { LENGTH = 80, LOG_ROOM = 4096 };

/* The log of a lock, oldest first. */
static size_t read_log(const struct s2t_model *m, uint32_t lock, struct s2t_event *log)
{
	const size_t count = s2t_model_log(m, lock, log, LOG_ROOM);

	assert_true(count <= LOG_ROOM);
	for (size_t i = 0; i < count / 2; i++) {
		const struct s2t_event event = log[i];

		log[i] = log[count - 1 - i];
		log[count - 1 - i] = event;
	}
	return count;
}

/* While nothing is held: H_CalLock says that every lock is free, and the replay of each log that began
 * with the start state is the object as it is. So every write to an object happens inside a section of its
 * lock. */
static void expect_replay(const struct s2t_model *m, struct s2t_event *log)
{
	for (uint32_t lock = 0; lock <= S2T_LOCK_NPT + 16; lock++) {
		const size_t count = read_log(m, lock, log);
		struct s2t_lock_state state = { 0, S2T_LEMPTY, 0 };

		assert_int_equal(s2t_CalState(s2t_model_board(m), lock, 0, log, count),
		                 s2t_model_digest(m, lock));
		if (lock != S2T_LOCK_FLATMEM)
			assert_true(s2t_H_CalLock(log, count, &state));
		assert_int_equal(state.status, S2T_LEMPTY);
	}
}

struct memory {
	struct s2t_mark mark;
	size_t length[S2T_LOCK_NPT + 17];
	uint64_t digest[S2T_LOCK_NPT + 17];
};

static void remember(const struct s2t_model *m, struct memory *memory)
{
	memory->mark = s2t_model_mark(m);
	for (uint32_t lock = 0; lock <= S2T_LOCK_NPT + 16; lock++) {
		memory->length[lock] = s2t_model_log(m, lock, NULL, 0);
		memory->digest[lock] = s2t_model_digest(m, lock);
	}
}

static void expect_as_remembered(const struct s2t_model *m, const struct memory *memory)
{
	for (uint32_t lock = 0; lock <= S2T_LOCK_NPT + 16; lock++) {
		assert_int_equal(s2t_model_log(m, lock, NULL, 0), memory->length[lock]);
		assert_int_equal(s2t_model_digest(m, lock), memory->digest[lock]);
	}
}

/* Random sequences in both forms: replay after each step, nothing appended by an undefined one, undo to
 * random points, and the same logs again. */
static void test_random_sequences(void **state)
{
	static struct memory memory[LENGTH + 1];
	static struct s2t_call calls[LENGTH];
	static struct s2t_event log[LOG_ROOM];
	uint64_t steps = 0;

	(void)state;
	for (size_t b = 0; b < s2t_named_board_count; b++) {
		struct s2t_trace trace;
		struct s2t_error error;
		struct s2t_step step;

		assert_true(s2t_trace_load_board(&trace, s2t_named_boards[b].name, &error));
		struct s2t_model *m = s2t_model_create(&trace.board);
		struct s2t_gen *gen = s2t_gen_create(&trace.board, m);

		assert_true(s2t_model_set_logs(m, true));
		for (uint64_t seed = 0; seed < 60; seed++) {
			const enum s2t_spec spec = seed % 2 ? S2T_SPEC_HIGH : S2T_SPEC_LOW;
			size_t count = 0;

			s2t_gen_begin(gen, seed, LENGTH);
			while (count < LENGTH && s2t_gen_next(gen, &calls[count])) {
				remember(m, &memory[count]);
				s2t_model_step(m, spec, &calls[count], &step);
				s2t_gen_learn(gen, &calls[count], &step);
				if (step.outcome == S2T_UNDEFINED)
					expect_as_remembered(m, &memory[count]);
				if (!s2t_model_halted(m))
					expect_replay(m, log);
				count++;
				steps++;
			}
			remember(m, &memory[count]);
			for (size_t at = count; at > 0;) {
				at = at > 7 ? at - 7 : 0;
				s2t_model_undo(m, &memory[at].mark);
				expect_as_remembered(m, &memory[at]);
			}
			for (size_t i = 0; i < count; i++)
				s2t_model_step(m, spec, &calls[i], &step);
			expect_as_remembered(m, &memory[count]);
			s2t_model_reset(m);
			expect_as_remembered(m, &memory[0]);
		}
		s2t_gen_destroy(gen);
		s2t_model_destroy(m);
		s2t_trace_free(&trace);
	}
	assert_true(steps > 10000);
}

/* The digest of a lock after some operations, written as in a trace. */
static uint64_t digest_after(const char *operations, uint32_t lock)
{
	struct s2t_trace trace;
	struct s2t_error error;
	struct s2t_step step;
	char text[1024];

	snprintf(text, sizeof(text), "s2twin-trace 1\n%s", operations);
	if (!s2t_trace_parse(&trace, S2T_TRACE, "test", text, strlen(text), &error))
		fail_msg("%s", error.text);
	struct s2t_model *m = s2t_model_create(&trace.board);

	assert_true(s2t_model_set_logs(m, true));
	for (size_t i = 0; i < trace.count; i++) {
		s2t_model_step(m, S2T_SPEC_LOW, &trace.call[i], &step);
		assert_int_equal(step.outcome, S2T_OK);
	}
	const uint64_t digest = s2t_model_digest(m, lock);

	s2t_model_destroy(m);
	s2t_trace_free(&trace);
	return digest;
}

/* Equal objects have equal digests, however they came to be, and other objects others. */
static void test_digests(void **state)
{
	static const struct {
		uint32_t lock;
		const char *one, *other;
		bool equal;
	} pairs[] = {
		{ S2T_LOCK_S2PAGE,
		  "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x40005\nassign_pfn_to_vm vmid=2 gfn=8 pfn=0x40006\n",
		  "assign_pfn_to_vm vmid=2 gfn=8 pfn=0x40006\nassign_pfn_to_vm vmid=1 gfn=7 pfn=0x40005\n",
		  true },
		{ S2T_LOCK_S2PAGE, "grant_vm_page vmid=0 pfn=0x40005\nrevoke_vm_page vmid=0 pfn=0x40005\n",
		  "grant_vm_page vmid=1 pfn=0x40005\n", true },
		{ S2T_LOCK_S2PAGE, "grant_vm_page vmid=0 pfn=0x40005\n", "grant_vm_page vmid=0 pfn=0x40006\n",
		  false },
		{ S2T_LOCK_S2PAGE, "grant_vm_page vmid=0 pfn=0x40005\n", "walk_s2pt vmid=0 addr=0\n", false },
		{ S2T_LOCK_FLATMEM,
		  "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x40005\nclear_vm_page vmid=1 pfn=0x40005\n",
		  "walk_s2pt vmid=0 addr=0\n", true },
		/* The order of two mappings of one table does not show; a page that a block hides does not either. */
		{ S2T_LOCK_NPT + 1,
		  "map_s2pt vmid=1 addr=0x1000 level=3 pte=0x5fff\nmap_s2pt vmid=1 addr=0 level=3 pte=0x6fff\n",
		  "map_s2pt vmid=1 addr=0 level=3 pte=0x6fff\nmap_s2pt vmid=1 addr=0x1000 level=3 pte=0x5fff\n",
		  true },
		{ S2T_LOCK_NPT + 1,
		  "map_s2pt vmid=1 addr=0x1000 level=3 pte=0x5fff\nmap_s2pt vmid=1 addr=0 level=2 pte=0x200ffd\n",
		  "map_s2pt vmid=1 addr=0 level=3 pte=0x6fff\nmap_s2pt vmid=1 addr=0 level=2 pte=0x200ffd\n",
		  true },
		/* But the cursor remembers that there was a table of pages. */
		{ S2T_LOCK_NPT + 1,
		  "map_s2pt vmid=1 addr=0x1000 level=3 pte=0x5fff\nmap_s2pt vmid=1 addr=0 level=2 pte=0x200ffd\n",
		  "map_s2pt vmid=1 addr=0 level=2 pte=0x200ffd\n", false },
		{ S2T_LOCK_NPT + 1, "map_s2pt vmid=1 addr=0 level=3 pte=0x5fff\n",
		  "map_s2pt vmid=2 addr=0 level=3 pte=0x5fff\n", false },
		/* Emptying a context leaves only the cursors. */
		{ S2T_LOCK_SPT, "map_spt cbndx=1 index=0 addr=0x1000 pte=0x5003\ninit_spt cbndx=1 index=0\n",
		  "map_spt cbndx=2 index=1 addr=0x9000 pte=0x8003\ninit_spt cbndx=2 index=1\n", true },
		{ S2T_LOCK_SPT, "map_spt cbndx=1 index=0 addr=0x1000 pte=0x5003\ninit_spt cbndx=1 index=0\n",
		  "init_spt cbndx=1 index=0\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const uint64_t one = digest_after(pairs[i].one, pairs[i].lock);
		const uint64_t other = digest_after(pairs[i].other, pairs[i].lock);

		if ((one == other) != pairs[i].equal)
			fail_msg("pair %zu: digests are %s", i, one == other ? "equal" : "different");
	}
}

static void test_switching(void **state)
{
	const struct s2t_call grant = { S2T_OP_GRANT_VM_PAGE, { 0, 0x40005 } };
	const struct s2t_oracle none = { 0, NULL, NULL };
	struct s2t_event event;
	struct s2t_step step;
	size_t count;

	(void)state;
	struct s2t_model *m = default_model();

	/* Off at first: nothing is recorded, and there is no place for an oracle. */
	s2t_model_step(m, S2T_SPEC_LOW, &grant, &step);
	assert_null(s2t_model_events(m, &count));
	assert_int_equal(s2t_model_log(m, S2T_LOCK_S2PAGE, &event, 1), 0);
	assert_int_equal(s2t_model_digest(m, S2T_LOCK_S2PAGE), 0);
	assert_false(s2t_model_set_oracle(m, &none));
	/* Only in the start state. */
	assert_false(s2t_model_set_logs(m, true));
	s2t_model_reset(m);
	assert_true(s2t_model_set_logs(m, true));
	assert_true(s2t_model_set_logs(m, true));
	assert_true(s2t_model_set_oracle(m, &none));
	s2t_model_step(m, S2T_SPEC_LOW, &grant, &step);
	assert_int_equal(s2t_model_log(m, S2T_LOCK_S2PAGE, &event, 1), 4);
	assert_int_equal(event.kind, S2T_EVENT_REL);
	assert_int_equal(s2t_model_log(m, 1000, &event, 1), 0);
	assert_false(s2t_model_set_logs(m, false));
	/* They stay on over a reset. */
	s2t_model_reset(m);
	assert_int_equal(s2t_model_log(m, S2T_LOCK_S2PAGE, &event, 1), 0);
	s2t_model_step(m, S2T_SPEC_LOW, &grant, &step);
	assert_int_equal(s2t_model_log(m, S2T_LOCK_S2PAGE, &event, 1), 4);
	s2t_model_reset(m);
	assert_true(s2t_model_set_logs(m, false));
	s2t_model_step(m, S2T_SPEC_LOW, &grant, &step);
	assert_null(s2t_model_events(m, &count));
	s2t_model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_of_every_case),
		cmocka_unit_test(test_h_cal_lock),
		cmocka_unit_test(test_replay_functions),
		cmocka_unit_test(test_random_sequences),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_switching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
