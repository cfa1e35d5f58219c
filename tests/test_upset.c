/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cannot be, in the middle of a step. Each row of tests/cases is taken again, and each time that the step asks what
 * other CPUs did, this CPU has lost its locks, or has no room for the one that it is about to have, or another CPU releases
 * what it does not hold. The step is then undefined and the state as before, or nothing is different. Locks that are held
 * before a step: test_busy.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases/row.h"
#include "log.h"
#include "spec.h"

/* Of a step that asks more often, so many questions at either end. */
enum { ENDS = 24 };

/* What goes wrong in the last step. */
struct upset {
	enum { HELD, FULL, GONE, CROWD, ILLEGAL, UPSETS } kind;
	uint32_t lock;     /* HELD: by this CPU, before the step */
	unsigned question; /* GONE, CROWD, ILLEGAL: when the oracle is asked for this time */
	unsigned asked;
};

/* As many locks as this CPU can hold, of which no step asks for the new ones. */
static void hold_most(struct s2t_model *m)
{
	for (uint32_t lock = 1000; m->cpu.held_count < S2T_MAX_HELD; lock++)
		s2t_set_lock_own(m, lock);
}

/* At its time it takes all locks from this CPU, or gives it too many, or says that another one releases what it does not
 * hold. */
static const struct s2t_other_event *meddle(void *ctx, const struct s2t_model *m, uint32_t lock, uint32_t cpu,
                                            size_t *count)
{
	static const struct s2t_other_event release = { .cpu = 9, .kind = S2T_EVENT_REL };
	static const struct s2t_other_event no_kind = { .cpu = 9, .kind = S2T_EVENT_KIND_COUNT };
	struct upset *upset = ctx;

	(void)cpu;
	*count = 0;
	if (upset->asked++ != upset->question)
		return NULL;
	if (upset->kind == GONE)
		s2t_set_locks_false((struct s2t_model *)(uintptr_t)m);
	if (upset->kind == CROWD)
		hold_most((struct s2t_model *)(uintptr_t)m);
	*count = upset->kind == ILLEGAL;
	return lock == S2T_LOCK_FLATMEM ? &no_kind : &release;
}

static uint64_t digest(const struct s2t_model *m)
{
	uint64_t sum = m->cpu.halt + 2U * m->cpu.tstate;

	for (uint32_t lock = 0; lock < m->logs->lock_count; lock++)
		sum = sum * 31 + s2t_model_digest(m, lock) + s2t_model_lock_held(m, lock);
	for (uint64_t vmid = 0; vmid <= m->board.corevisor; vmid++)
		sum = sum * 31 + s2t_model_data_log(m, vmid);
	return sum;
}

/* The operations of the two lower layers as chains; the model's step runs their atomic forms. */
struct chain {
	struct s2t_model *m;
	const struct s2t_call *call;
};

static bool run_chain(void *ctx)
{
	const struct chain *chain = ctx;
	const uint64_t *a = chain->call->arg;
	uint64_t word;

	switch ((enum s2t_op)chain->call->op) {
	case S2T_OP_GET_LEVEL_S2PT: return s2t_get_level_s2pt_spec0(chain->m, a[0], a[1], &word);
	case S2T_OP_WALK_S2PT: return s2t_walk_s2pt_spec0(chain->m, a[0], a[1], &word);
	case S2T_OP_MAP_S2PT: return s2t_map_s2pt_spec0(chain->m, a[0], a[1], a[2], a[3]);
	case S2T_OP_CLEAR_PFN_HOST: return s2t_clear_pfn_host_spec0(chain->m, a[0]);
	case S2T_OP_INIT_SPT: return s2t_init_spt_spec0(chain->m, a[0], a[1]);
	case S2T_OP_WALK_SPT: return s2t_walk_spt_spec0(chain->m, a[0], a[1], a[2], &word);
	case S2T_OP_MAP_SPT: return s2t_map_spt_spec0(chain->m, a[0], a[1], a[2], a[3]);
	default: return s2t_unmap_spt_spec0(chain->m, a[0], a[1], a[2], &word);
	}
}

/* LOW and HIGH as in a row, and */
enum { CHAIN = FORMS };

/* A row at work: a machine before its last step, and what the step is when nothing is wrong. */
struct victim {
	const char *name;
	const struct s2t_trace *trace;
	int form;
	struct s2t_model *m;
	struct s2t_mark mark; /* before the step */
	uint64_t state;       /* likewise */
	struct s2t_step good;
	unsigned *undefined; /* by kind of upset: steps that were, because of it */
};

/* The last step with something wrong; then the machine goes back. Returns how often the oracle was asked. */
static unsigned run_upset(const struct victim *v, struct upset *upset, struct s2t_step *step, bool *restored)
{
	const struct s2t_oracle oracle = { .cpu = 3, .events = meddle, .ctx = upset };
	const struct s2t_call *last = &v->trace->call[v->trace->count - 1];
	struct chain chain = { v->m, last };

	assert_true(s2t_model_set_oracle(v->m, &oracle));
	if (upset->kind == HELD)
		s2t_set_lock_own(v->m, upset->lock);
	if (upset->kind == FULL)
		hold_most(v->m);
	const uint64_t before = digest(v->m);

	if (v->form == CHAIN)
		s2t_step_by(v->m, (enum s2t_op)last->op, run_chain, &chain, step);
	else
		s2t_model_step(v->m, v->form == HIGH ? S2T_SPEC_HIGH : S2T_SPEC_LOW, last, step);
	*restored = digest(v->m) == before;
	s2t_model_undo(v->m, &v->mark);
	return upset->asked;
}

/* Counts steps that were undefined because of `upset`, and holds all others to what they are without it. */
static void try_upset(const struct victim *v, struct upset upset)
{
	struct s2t_step step;
	bool restored;

	run_upset(v, &upset, &step, &restored);
	if (digest(v->m) != v->state)
		fail_msg("%s, form %d: the step was not taken back", v->name, v->form);
	if (step.outcome == S2T_UNDEFINED && v->good.outcome != S2T_UNDEFINED) {
		if (!restored)
			fail_msg(
				"%s, form %d: undefined, but the state is not as before (kind %d, lock %u, question %u)",
				v->name, v->form, upset.kind, upset.lock, upset.question);
		v->undefined[upset.kind]++;
	} else if (step.outcome != v->good.outcome || step.case_id != v->good.case_id) {
		fail_msg("%s, form %d: case %s (kind %d, lock %u, question %u)", v->name, v->form,
		         s2t_case_table[step.case_id].name, upset.kind, upset.lock, upset.question);
	}
}

static void upset_row(const char *name, const struct s2t_trace *trace, int form, unsigned *undefined)
{
	struct victim v = { name, trace, form, s2t_model_create(&trace->board), .undefined = undefined };
	struct upset none = { .kind = GONE, .question = UINT32_MAX };
	bool restored;

	assert_true(v.m && s2t_model_set_logs(v.m, true));
	for (size_t i = 0; i + 1 < trace->count; i++)
		s2t_model_step(v.m, form == HIGH ? S2T_SPEC_HIGH : S2T_SPEC_LOW, &trace->call[i], &v.good);
	v.mark = s2t_model_mark(v.m);
	v.state = digest(v.m);
	const unsigned questions = run_upset(&v, &none, &v.good, &restored);

	/* Atomic forms take a lock only to keep it at a halt: of one that they have they do not ask. */
	for (uint32_t lock = 1; form == CHAIN && lock <= s2t_lock_info(&trace->board, 0); lock++)
		try_upset(&v, (struct upset){ .kind = HELD, .lock = lock });
	try_upset(&v, (struct upset){ .kind = FULL });
	for (unsigned i = 0; i < questions; i++) {
		if (i == ENDS && questions > 2 * ENDS)
			i = questions - ENDS;
		for (int kind = GONE; kind <= ILLEGAL; kind++)
			try_upset(&v, (struct upset){ .kind = kind, .question = i });
	}
	s2t_model_destroy(v.m);
}

static void upset_operation(enum s2t_op op, unsigned *undefined, unsigned *left_out)
{
	const bool below = op >= S2T_OP_GET_LEVEL_S2PT && op < S2T_OP_MEMORY_COUNT;
	struct table table;
	char name[ROW_NAME];

	table_of(op, &table);
	for (size_t i = 0; i < table.count; i++) {
		struct s2t_trace trace;

		row_trace(&table.row[i], &trace, name);
		if (takes_long(&trace.call[trace.count - 1])) {
			++*left_out;
		} else {
			upset_row(name, &trace, LOW, undefined);
			upset_row(name, &trace, HIGH, undefined);
			if (below)
				upset_row(name, &trace, CHAIN, undefined);
		}
		s2t_trace_free(&trace);
	}
	table_free(&table);
}

static void test_memory(void **state)
{
	unsigned undefined[UPSETS] = { 0 }, left_out = 0;

	(void)state;
	for (int op = 0; op < S2T_OP_MEMORY_COUNT; op++)
		upset_operation((enum s2t_op)op, undefined, &left_out);
	tell_left_out(left_out, "low and high");
	for (int kind = HELD; kind < UPSETS; kind++)
		assert_true(undefined[kind] > 10); /* each way stops a good many */
}

static void test_hypercalls(void **state)
{
	unsigned undefined[UPSETS] = { 0 }, left_out = 0;

	(void)state;
	for (int op = S2T_OP_MEMORY_COUNT; op < S2T_OP_COUNT; op++)
		upset_operation((enum s2t_op)op, undefined, &left_out);
	tell_left_out(left_out, "low and high");
	for (int kind = FULL; kind < UPSETS; kind++)
		assert_true(undefined[kind] > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_hypercalls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
