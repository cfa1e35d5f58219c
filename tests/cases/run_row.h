/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one row of a case table through the model, low and high, and through the built-in implementation. Each
 * runs twice: one machine stops before the step, so that everything can be compared with how it was.
 */
#ifndef S2T_TESTS_CASES_RUN_ROW_H
#define S2T_TESTS_CASES_RUN_ROW_H

#include <stdarg.h>

#include "cases/image_view.h"
#include "trace.h"

/* One row at work. */
struct run {
	const struct row *row;
	const char *who; /* "low", "high", "implementation" */
	const struct expectation *want;
	const struct s2t_trace *trace;
	unsigned problems;
};

static inline void problem(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void problem(struct run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s:%u: %s, %s: ", run->row->file, run->row->line, run->row->name, run->who);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	run->problems++;
}

/* Tables and their cursors cannot be compared after a step that halts: the refinement relation leaves them out. */
static inline bool compared(const struct entry *e, bool no_tables)
{
	const bool table = e->kind == NPT || e->kind == NPT_NEXT || e->kind == SPT || e->kind == SPT_NEXT;

	return !no_tables || !table;
}

static inline void compare_writes(struct run *run, const struct entries *changed, bool no_tables)
{
	const struct entries *want = &run->want->writes;
	size_t i = 0, j = 0;
	char text[128];

	while (i < want->count || j < changed->count) {
		int order = i == want->count      ? 1
		            : j == changed->count ? -1
		                                  : entry_order(&want->at[i], &changed->at[j]);
		const struct entry *named = order <= 0 ? &want->at[i] : &changed->at[j];
		const struct entry *wanted = order <= 0 ? &want->at[i++] : NULL;
		const struct entry *got = order >= 0 ? &changed->at[j++] : NULL;

		if (!compared(named, no_tables) ||
		    (wanted && got && memcmp(wanted->value, got->value, sizeof(got->value)) == 0))
			continue;
		if (wanted) {
			entry_print(text, sizeof(text), wanted);
			problem(run, "not written: %s", text);
		}
		if (got) {
			entry_print(text, sizeof(text), got);
			problem(run, "written: %s", text);
		}
	}
}

static inline void compare_result(struct run *run, enum s2t_outcome outcome, uint64_t ret, uint64_t held)
{
	const struct s2t_op_info *op = &s2t_op_table[run->trace->call[run->trace->count - 1].op];

	if (outcome != run->want->outcome)
		problem(run, "the outcome is %s", s2t_outcome_name(outcome));
	if (run->want->has_ret != (op->returns && run->want->outcome != S2T_UNDEFINED))
		problem(run, "the row must have ret= where a value is returned and nowhere else");
	if (run->want->has_ret && ret != run->want->ret)
		problem(run, "0x%" PRIx64 " is returned", ret);
	if (held != run->want->held)
		problem(run, "the locks held are 0x%" PRIx64 ", not 0x%" PRIx64, held, run->want->held);
}

/* The operations that lead to the step must go well; before an the last one may panic. */
static inline void check_given(struct run *run, size_t step, enum s2t_outcome outcome)
{
	bool may_panic = step + 2 == run->trace->count && s2t_case_table[run->want->case_id].number < 2;

	if (outcome != S2T_OK && !(may_panic && outcome == S2T_PANIC))
		problem(run, "operation %zu of `given`: %s", step + 1, s2t_outcome_name(outcome));
}

/*
 * The model in one form. That of the security proofs (TOP) goes on from the state to which the low form leads; a row
 * without `top` says that it does as the low form does. It keeps no tstate and asks for no case of the low form alone.
 */
static inline unsigned run_model(const struct row *row, const struct s2t_trace *trace, int form)
{
	static const char *const who[FORMS] = { "low", "high", "top" };
	static const enum s2t_spec specs[FORMS] = { S2T_SPEC_LOW, S2T_SPEC_HIGH, S2T_SPEC_TOP };
	const enum s2t_spec last = specs[form], given = form == TOP ? S2T_SPEC_LOW : last;
	struct run run = { row, who[form], &row->want[row->want[form].case_id < 0 ? LOW : form], trace, 0 };
	const struct s2t_case_info *info = &s2t_case_table[run.want->case_id];
	const struct s2t_call *when = &trace->call[trace->count - 1];
	struct s2t_model *before = s2t_model_create(&trace->board), *after = s2t_model_create(&trace->board);
	struct entries keys = { 0 }, old = { 0 }, new = { 0 }, changed = { 0 };
	struct s2t_step step = { 0 };
	unsigned tstate;

	if (!before || !after) {
		problem(&run, "the model cannot be had");
		goto out;
	}
	if (info->outcome != run.want->outcome || (form == LOW && !(info->specs & S2T_CASE_IN_LOW)) ||
	    (form == HIGH && !(info->specs & S2T_CASE_IN_HIGH)))
		problem(&run, "cases.h has %s otherwise", info->name);
	keys_of_board(&keys, &trace->board);
	entries_add_all(&keys, &run.want->writes);
	for (size_t i = 0; i < trace->count; i++) {
		keys_of_call(&keys, &trace->board, &trace->call[i]);
		s2t_model_step(after, i + 1 == trace->count ? last : given, &trace->call[i], &step);
		if (i + 1 == trace->count)
			break;
		check_given(&run, i, step.outcome);
		s2t_model_step(before, given, &trace->call[i], &step);
	}
	if ((int)step.case_id != run.want->case_id)
		problem(&run, "the case is %s, not %s", s2t_case_table[step.case_id].name, info->name);
	compare_result(&run, step.outcome, step.ret, model_held(after, &trace->board));
	if (s2t_model_halted(after) !=
	    (step.outcome == S2T_UNDEFINED ? s2t_model_halted(before) : step.outcome == S2T_PANIC))
		problem(&run, "the halt flag and the outcome disagree");
	/* A normal end leaves tstate 1, a fresh panic 0; otherwise nothing happens. */
	tstate = info->number < 2 ? s2t_model_tstate(before) : step.outcome == S2T_OK;
	/* In the layers above, one section may have ended well before the panic. */
	if (form != TOP && s2t_model_tstate(after) != tstate &&
	    (step.outcome == S2T_OK || s2t_op_layer(when->op) == S2T_LAYER_MEMORY))
		problem(&run, "tstate is not %u", tstate);
	if (!tables_follow_cursors(before, after, &trace->board, when))
		problem(&run, "tables and cursors disagree");
	keys_of_touched(&keys, &trace->board, after);
	entries_sort(&keys);
	model_view(before, &trace->board, &keys, &old);
	model_view(after, &trace->board, &keys, &new);
	entries_changed(&old, &new, &changed);
	compare_writes(&run, &changed, false);
out:
	entries_free(&keys);
	entries_free(&old);
	entries_free(&new);
	entries_free(&changed);
	s2t_model_destroy(before);
	s2t_model_destroy(after);
	return run.problems;
}

static inline unsigned run_implementation(const struct row *row, const struct s2t_trace *trace)
{
	const struct s2t_iut_ops *ops = s2t_builtin();
	struct run run = { row, "implementation", &row->want[LOW], trace, 0 };
	char error[256] = "";
	struct s2t_iut *before = ops->create(ops, &trace->board, error, sizeof(error));
	struct s2t_iut *after = ops->create(ops, &trace->board, error, sizeof(error));
	struct image old_image = { ops, before, &trace->board }, new_image = { ops, after, &trace->board };
	struct entries keys = { 0 }, old = { 0 }, new = { 0 }, changed = { 0 };
	struct s2t_result result = { 0 };

	if (!before || !after) {
		problem(&run, "it cannot be had: %s", error);
		goto out;
	}
	entries_add_all(&keys, &run.want->writes);
	for (size_t i = 0; i < trace->count; i++) {
		keys_of_call(&keys, &trace->board, &trace->call[i]);
		ops->call(after, &trace->call[i], &result);
		if (i + 1 == trace->count)
			break;
		check_given(&run, i, result.outcome);
		ops->call(before, &trace->call[i], &result);
	}
	compare_result(&run, result.outcome, result.ret, image_held(&new_image));
	keys_of_writes(&new_image, &keys);
	entries_sort(&keys);
	if (!image_view(&old_image, &keys, &old) || !image_view(&new_image, &keys, &new))
		problem(&run, "a page holds different words");
	entries_changed(&old, &new, &changed);
	compare_writes(&run, &changed,
	               run.want->outcome == S2T_PANIC && s2t_case_table[run.want->case_id].number > 1);
out:
	entries_free(&keys);
	entries_free(&old);
	entries_free(&new);
	entries_free(&changed);
	if (before)
		ops->destroy(before);
	if (after)
		ops->destroy(after);
	return run.problems;
}

/* Returns how many problems were printed. `model_only` counts the rows that no implementation can run: its
 * memory has 40 address bits, its arguments have those of a C signature. */
static inline unsigned run_row(const struct row *row, unsigned *model_only)
{
	char text[4096], name[300];
	struct s2t_trace trace;
	struct s2t_error error;
	unsigned problems;

	snprintf(name, sizeof(name), "%s:%u", row->file, row->line);
	if (!row_text(row, text, sizeof(text)) ||
	    !s2t_trace_parse(&trace, S2T_TRACE, name, text, strlen(text), &error)) {
		fprintf(stderr, "%s: the row is no trace\n%s\n", name, error.text);
		return 1;
	}
	problems = run_model(row, &trace, LOW) + run_model(row, &trace, HIGH);
	if (s2t_op_layer(trace.call[trace.count - 1].op) != S2T_LAYER_MEMORY)
		problems += run_model(row, &trace, TOP);
	if (s2t_board_check_physical(&trace.board, &error) && s2t_call_fits(&trace.call[trace.count - 1]))
		problems += run_implementation(row, &trace);
	else
		++*model_only;
	s2t_trace_free(&trace);
	return problems;
}

#endif
