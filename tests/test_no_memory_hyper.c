/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of the hypercall layer without memory, by the rows of tests/cases: in each form each step runs out of memory,
 * of room in the journal and of room in the logs at ever later places, of room in the journal at each. It is then
 * undefined, leaves the state as it was, and does what it always does once there is enough. The layers below:
 * test_no_memory.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases/row.h"
#include "log.h"
#include "scarce.h"
#include "spec.h"

struct starving {
	const char *name;
	const struct s2t_trace *trace;
	int form;
	bool logs;
	struct s2t_step good;
	unsigned out; /* steps that ran out of something */
};

static enum s2t_spec spec_of(int form, bool last)
{
	return form == HIGH ? S2T_SPEC_HIGH : form == TOP && last ? S2T_SPEC_TOP : S2T_SPEC_LOW;
}

/* A machine before the last step. */
static struct s2t_model *machine(const struct starving *s)
{
	struct s2t_model *m = s2t_model_create(&s->trace->board);
	struct s2t_step step;

	assert_true(m && s2t_model_set_logs(m, s->logs));
	for (size_t i = 0; i + 1 < s->trace->count; i++)
		s2t_model_step(m, spec_of(s->form, false), &s->trace->call[i], &step);
	return m;
}

static void last_step(const struct starving *s, struct s2t_model *m, struct s2t_step *step)
{
	s2t_model_step(m, spec_of(s->form, true), &s->trace->call[s->trace->count - 1], step);
}

/* The locks and the halt, and with logs all that they guard. */
static uint64_t digest(const struct s2t_model *m)
{
	uint64_t sum = m->cpu.halt + 2U * m->cpu.tstate;

	for (uint32_t lock = 0; lock <= s2t_lock_info(&m->board, m->board.corevisor); lock++)
		sum = sum * 31 + (m->logs ? s2t_model_digest(m, lock) : 0) + s2t_model_lock_held(m, lock);
	return sum;
}

static void complain(const struct starving *s, enum scarce scarce, size_t room, const char *what)
{
	fail_msg("%s, form %d, scarce %d, room %zu: %s", s->name, s->form, scarce, room, what);
}

/* The step with so much room; then the machine is as before. `again`: it is then taken with enough. False: there was. */
static bool run_out(struct starving *s, struct s2t_model *m, enum scarce scarce, size_t room, bool again)
{
	const struct s2t_mark mark = s2t_model_mark(m);
	const uint64_t before = digest(m);
	struct s2t_step step;
	size_t writes;
	bool out;

	if (scarce != MEMORY) { /* then the arrays have room for the step */
		last_step(s, m, &step);
		s2t_model_undo(m, &mark);
	}
	const struct room all = make_scarce(m, scarce, room);

	last_step(s, m, &step);
	make_plenty(m, scarce, all);
	out = s2t_model_out_of_memory(m);
	s->out += out;
	/* Not undefined, when only a digest could not be kept: the machine is for the reset. */
	if (out && step.outcome == S2T_UNDEFINED) {
		s2t_model_touched(m, &writes);
		if (writes != 0 || digest(m) != before)
			complain(s, scarce, room, "the state is not as before");
		m->out_of_memory = false;
		if (again)
			last_step(s, m, &step);
	} else {
		again = true;
	}
	if (again &&
	    (step.outcome != s->good.outcome || step.case_id != s->good.case_id || step.ret != s->good.ret))
		complain(s, scarce, room, "the step is another one");
	s2t_model_undo(m, &mark);
	return out;
}

/* Each place where the journal may be full, one after the other, on one machine. */
static void starve_journal(struct starving *s)
{
	struct s2t_model *m = machine(s);

	for (size_t room = 0; run_out(s, m, JOURNAL, room, room % 64 == 0); room++)
		assert_true(room < 1U << 16);
	s2t_model_destroy(m);
}

/* Ever fewer places: what a step has got once it keeps, so each needs a new machine. */
static void starve_of(struct starving *s, enum scarce scarce)
{
	bool out = true;

	for (size_t room = 0; out; room += 1 + room / (scarce == MEMORY ? 8 : 2)) {
		struct s2t_model *m = machine(s);

		out = run_out(s, m, scarce, room, true);
		s2t_model_destroy(m);
		assert_true(!out || room < 1U << 20);
	}
}

static void starve(struct starving *s)
{
	struct s2t_model *m = machine(s);

	last_step(s, m, &s->good);
	s2t_model_destroy(m);
	starve_of(s, MEMORY);
	if (s->logs || s->form == HIGH)
		starve_of(s, JOURNAL);
	else
		starve_journal(s);
	if (s->logs)
		starve_of(s, LOG);
}

static void test_rows(void **state)
{
	const enum s2t_op op = *(const enum s2t_op *)*state;
	struct table table;
	char name[ROW_NAME];
	unsigned out = 0, left_out = 0;

	table_of(op, &table);
	for (size_t i = 0; i < table.count; i++) {
		struct s2t_trace trace;

		row_trace(&table.row[i], &trace, name);
		const bool without_logs = takes_long(&trace.call[trace.count - 1]);

		left_out += without_logs;
		for (int form = LOW; form <= TOP; form++)
			for (int logs = 0; logs <= (form != TOP && !without_logs); logs++) {
				struct starving s = { name, &trace, form, logs, { 0 }, 0 };

				starve(&s);
				out += s.out;
			}
		s2t_trace_free(&trace);
	}
	table_free(&table);
	tell_left_out(left_out, "low and high");
	assert_true(out > 20);
}

int main(void)
{
	struct CMUnitTest tests[S2T_OP_COUNT - S2T_OP_MEMORY_COUNT];
	enum s2t_op op[S2T_OP_COUNT - S2T_OP_MEMORY_COUNT];

	for (int i = 0; i < S2T_OP_COUNT - S2T_OP_MEMORY_COUNT; i++) {
		op[i] = (enum s2t_op)(S2T_OP_MEMORY_COUNT + i);
		tests[i] = (struct CMUnitTest){ s2t_op_table[op[i]].name, test_rows, NULL, NULL, &op[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
