/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lockstep with the high form: each known difference, at the shortest sequence to it, is a divergence unless it
 * is declared, is counted if it is, and excuses nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lockstep.h"
#include "trace.h"

/* A seed for each row of the table of known differences, in its order. */
static const struct seed {
	const char *file;
	enum s2t_known_name name;
	enum s2t_diff_kind kind; /* of the first difference, if it is not declared */
} seeds[S2T_KNOWN_COUNT] = {
	{ "A1-mapped", S2T_KNOWN_A1, S2T_DIFF_ENTRY },
	{ "A1-block", S2T_KNOWN_A1, S2T_DIFF_OUTCOME },
	{ "A2-fresh", S2T_KNOWN_A2, S2T_DIFF_ENTRY },
	{ "A2-mapped", S2T_KNOWN_A2, S2T_DIFF_ENTRY },
	{ "A3", S2T_KNOWN_A3, S2T_DIFF_ENTRY },
	{ "A5-map_page_host", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
	{ "A5-clear_vm_page", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
	{ "A5-assign_pfn_to_vm", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
	{ "A5-map_vm_io", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
	{ "A5-grant_vm_page", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
	{ "A5-revoke_vm_page", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
	{ "A5-update_smmu_page", S2T_KNOWN_A5, S2T_DIFF_OUTCOME },
};

/* What the implementation does beside the last call: a trace of one call, before or after it. */
static const char *before_last, *after_last;

static void load(struct s2t_trace *trace, const char *text)
{
	struct s2t_error error;
	bool good = s2t_trace_parse(trace, S2T_TRACE, "test", text, strlen(text), &error);

	if (!good)
		print_error("%s\n", error.text);
	assert_true(good);
}

static void call_beside(struct s2t_iut *iut, const char *line)
{
	struct s2t_trace trace;
	struct s2t_result result;
	char text[256];

	if (!line)
		return;
	snprintf(text, sizeof(text), "s2twin-trace 1\n%s\n", line);
	load(&trace, text);
	s2t_builtin()->call(iut, &trace.call[0], &result);
	assert_int_equal(result.outcome, S2T_OK);
	s2t_trace_free(&trace);
}

static void spoilt_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	call_beside(iut, before_last);
	s2t_builtin()->call(iut, call, result);
	call_beside(iut, after_last);
}

/* Replays a seed against the high form; at its last step the implementation does also what `before` and `after`
 * say. The lockstep stands after the last step. */
static struct s2t_lockstep *replay(const char *file, uint32_t known, const char *before, const char *after,
                                   enum s2t_verdict *verdict)
{
	const struct s2t_lockstep_options options = { .spec = S2T_SPEC_HIGH, .known = known };
	struct s2t_iut_ops ops = *s2t_builtin();
	static struct s2t_iut_ops lasting; /* the lockstep keeps a pointer */
	struct s2t_trace trace;
	struct s2t_error error;
	char path[256];

	ops.call = spoilt_call;
	lasting = ops;
	snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/seeds/disagreements/%s.trace", file);
	assert_true(s2t_trace_load(&trace, S2T_TRACE, path, &error));
	struct s2t_lockstep *ls = s2t_lockstep_create(&trace.board, &lasting, &options, &error);

	assert_non_null(ls);
	for (size_t i = 0; i < trace.count; i++) {
		const bool last = i + 1 == trace.count;

		before_last = last ? before : NULL;
		after_last = last ? after : NULL;
		*verdict = s2t_lockstep_step(ls, &trace.call[i]);
		if (!last)
			assert_int_equal(*verdict, S2T_AGREED);
	}
	s2t_trace_free(&trace);
	return ls;
}

static uint64_t known_steps(const struct s2t_lockstep *ls)
{
	uint64_t steps = 0;

	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++)
		steps += ls->stats.known[row];
	return steps;
}

static void every_difference_is_counted(void **state)
{
	(void)state;
	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++) {
		const uint32_t alone = UINT32_C(1) << seeds[row].name;
		const uint32_t sets[] = { S2T_KNOWN_ALL, alone };

		assert_int_equal(s2t_known_info(row).name, seeds[row].name);
		for (unsigned i = 0; i < 2; i++) {
			enum s2t_verdict verdict;
			struct s2t_lockstep *ls = replay(seeds[row].file, sets[i], NULL, NULL, &verdict);

			if (verdict >= S2T_DIVERGED || ls->stats.known[row] != 1)
				print_error("%s: not tolerated\n", seeds[row].file);
			assert_true(verdict < S2T_DIVERGED);
			assert_int_equal(ls->stats.known[row], 1);
			assert_int_equal(known_steps(ls), 1);
			assert_int_equal(ls->known, row);
			assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
			s2t_lockstep_destroy(ls);
		}
	}
}

static void every_difference_diverges_unless_declared(void **state)
{
	(void)state;
	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++) {
		const uint32_t others = (uint32_t)S2T_KNOWN_ALL & ~(UINT32_C(1) << seeds[row].name);
		const uint32_t sets[] = { S2T_KNOWN_NONE, others };

		for (unsigned i = 0; i < 2; i++) {
			enum s2t_verdict verdict;
			struct s2t_lockstep *ls = replay(seeds[row].file, sets[i], NULL, NULL, &verdict);

			if (verdict != S2T_DIVERGED)
				print_error("%s: does not diverge\n", seeds[row].file);
			assert_int_equal(verdict, S2T_DIVERGED);
			assert_int_equal(ls->diffs->diff[0].kind, seeds[row].kind);
			assert_int_equal(known_steps(ls), 0);
			assert_int_equal(s2t_lockstep_form(ls, ls->step_number), S2T_SPEC_HIGH);
			s2t_lockstep_destroy(ls);
		}
	}
}

/* A fault at the very step of a known difference: one more thing done, before or after. */
static void nothing_else_is_excused(void **state)
{
	static const struct fault {
		const char *file, *before, *after;
		enum s2t_entry_kind entry; /* that differs */
	} faults[] = {
		{ "A1-mapped", NULL, "grant_vm_page vmid=0 pfn=0x40005", S2T_ENTRY_S2PAGE },
		{ "A1-mapped", NULL, "map_page_host addr=0x40006000", S2T_ENTRY_NPT },
		{ "A1-mapped", NULL, "assign_pfn_to_vm vmid=2 gfn=0x7 pfn=0x40006", S2T_ENTRY_S2PAGE },
		{ "A1-block", "grant_vm_page vmid=1 pfn=0x80005", NULL, S2T_ENTRY_S2PAGE },
		{ "A1-block", "assign_pfn_to_vm vmid=1 gfn=0x8 pfn=0x40006", NULL, S2T_ENTRY_FLATMEM },
		{ "A2-fresh", NULL, "revoke_vm_page vmid=1 pfn=0x40005", S2T_ENTRY_S2PAGE },
		{ "A2-fresh", NULL, "assign_pfn_to_vm vmid=1 gfn=0x8 pfn=0x40006", S2T_ENTRY_DATA_LOG },
		{ "A2-mapped", NULL, "map_page_host addr=0x40005000", S2T_ENTRY_NPT },
		{ "A3", "assign_pfn_to_smmu vmid=1 gfn=0x8 pfn=0x40006", NULL, S2T_ENTRY_S2PAGE },
		{ "A3", "assign_pfn_to_vm vmid=2 gfn=0x8 pfn=0x40006", NULL, S2T_ENTRY_DATA_LOG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct fault *fault = &faults[i];
		enum s2t_verdict verdict;
		struct s2t_lockstep *ls = replay(fault->file, S2T_KNOWN_ALL, fault->before, fault->after,
		                                 &verdict);
		bool found = false;

		for (size_t d = 0; verdict == S2T_DIVERGED && d < ls->diffs->total; d++)
			found |= ls->diffs->diff[d].kind == S2T_DIFF_ENTRY &&
			         ls->diffs->diff[d].entry.kind == (uint8_t)fault->entry;
		if (!found)
			print_error("%s, %s: not found\n", fault->file,
			            fault->before ? fault->before : fault->after);
		assert_true(found);
		/* The report is about the fault alone. */
		assert_int_equal(known_steps(ls), 0);
		assert_int_equal(s2t_lockstep_form(ls, ls->step_number), S2T_SPEC_LOW);
		s2t_lockstep_destroy(ls);
	}
}

/* What a VM puts into its pages, as a doracle that gives no answer twice. */
static s2t_token fickle(void *ctx, s2t_vmid vmid, uint64_t n)
{
	uint64_t *calls = ctx;

	(void)vmid;
	return n << 32 | ++*calls;
}

/*
 * A difference is taken for known only where the two forms differ in the values declared. The model does, so the
 * declaration is given another board or call than the model to compute them from.
 */
static void other_values_are_not_declared(void **state)
{
	static const struct {
		const char *file;
		uint64_t more_offset, more_gfn;
		bool fickle;
		int row;
	} rows[] = {
		{ "A1-block", 0, 0, false, 1 }, { "A1-block", 1, 0, false, -1 }, { "A2-fresh", 0, 0, false, 2 },
		{ "A2-fresh", 0, 0, true, -1 }, { "A3", 0, 0, false, 4 },        { "A3", 0, 1, false, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct s2t_trace trace;
		struct s2t_error error;
		struct s2t_step step;
		struct s2t_mark mark = { 0 };
		uint64_t calls = 0;
		char path[256];

		snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/seeds/disagreements/%s.trace",
		         rows[i].file);
		assert_true(s2t_trace_load(&trace, S2T_TRACE, path, &error));
		if (rows[i].fickle) {
			trace.board.doracle = fickle;
			trace.board.doracle_ctx = &calls;
		}
		struct s2t_model *model = s2t_model_create(&trace.board);

		assert_non_null(model);
		for (size_t s = 0; s < trace.count; s++) {
			mark = s2t_model_mark(model);
			s2t_model_step(model, S2T_SPEC_HIGH, &trace.call[s], &step);
		}
		const struct s2t_step high = step;
		const s2t_pfn pfn = trace.call[trace.count - 1].arg[trace.count == 3 ? 1 : 2];
		const struct s2t_page page = s2t_model_page(model, pfn);
		const s2t_token token = s2t_model_token(model, pfn);

		trace.board.smmu_host_offset += rows[i].more_offset;
		trace.call[trace.count - 1].arg[1] += rows[i].more_gfn;
		assert_int_equal(s2t_known_take_low(model, &trace.board, S2T_KNOWN_ALL, &mark,
		                                    &trace.call[trace.count - 1], &step),
		                 rows[i].row);
		if (rows[i].row < 0) {
			assert_int_equal(step.case_id, high.case_id);
			assert_int_equal(step.outcome, high.outcome);
			/* The model stands in the high form again (where a fickle doracle gives another token). */
			const struct s2t_page again = s2t_model_page(model, pfn);

			assert_int_equal(again.owner, page.owner);
			assert_int_equal(again.count, page.count);
			assert_int_equal(again.gfn, page.gfn + rows[i].more_gfn);
			assert_true(rows[i].fickle || s2t_model_token(model, pfn) == token);
		}
		s2t_model_destroy(model);
		s2t_trace_free(&trace);
	}
}

/* An implementation that does what the high form says needs no excuse: here it maps the page for the host again
 * after clear_vm_page unmapped it, which leaves the host's entry as it was. */
static void the_high_form_itself_agrees(void **state)
{
	const uint32_t sets[] = { S2T_KNOWN_NONE, S2T_KNOWN_ALL };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		enum s2t_verdict verdict;
		struct s2t_lockstep *ls = replay("A1-mapped", sets[i], NULL, "map_page_host addr=0x40005000",
		                                 &verdict);

		assert_int_equal(verdict, S2T_AGREED);
		assert_int_equal(known_steps(ls), 0);
		assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
		s2t_lockstep_destroy(ls);
	}
}

/* After a difference was tolerated the model has the state of the low form: what comes next is compared with it. */
static void both_sides_go_on_from_the_low_form(void **state)
{
	const struct s2t_call assign = { S2T_OP_ASSIGN_PFN_TO_VM, { 1, 0x8, 0x40006 } };
	const struct s2t_call walk = { S2T_OP_WALK_S2PT, { 0, 0x40005000 } };
	enum s2t_verdict verdict;
	struct s2t_lockstep *ls = replay("A2-fresh", S2T_KNOWN_ALL, NULL, NULL, &verdict);

	(void)state;
	assert_int_equal(verdict, S2T_AGREED);
	assert_int_equal(s2t_lockstep_step(ls, &assign), S2T_AGREED);
	assert_int_equal(s2t_model_data_log(ls->model, 1), 1);
	assert_int_equal(s2t_lockstep_form(ls, 1), S2T_SPEC_LOW);
	assert_int_equal(s2t_lockstep_form(ls, 2), S2T_SPEC_HIGH);
	assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
	s2t_lockstep_destroy(ls);

	ls = replay("A1-mapped", S2T_KNOWN_ALL, NULL, NULL, &verdict);
	assert_int_equal(s2t_lockstep_step(ls, &walk), S2T_AGREED);
	assert_true(ls->step.ret == UINT64_C(1) << 57);
	s2t_lockstep_destroy(ls);
}

static void sets_are_written_as_names(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t set;
	} rows[] = {
		{ "all", true, S2T_KNOWN_ALL },
		{ "none", true, S2T_KNOWN_NONE },
		{ "A1", true, 1 << S2T_KNOWN_A1 },
		{ "A1,A3", true, 1 << S2T_KNOWN_A1 | 1 << S2T_KNOWN_A3 },
		{ "A5,A5", true, 1 << S2T_KNOWN_A5 },
		{ "A1,A2,A3,A5", true, S2T_KNOWN_ALL },
		{ "", false, 0 },
		{ "A", false, 0 },
		{ "A4", false, 0 },
		{ "a1", false, 0 },
		{ "A1,", false, 0 },
		{ "A1, A2", false, 0 },
		{ "all,A1", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[16];
		uint32_t set, again;

		assert_int_equal(s2t_known_parse(rows[i].text, &set), rows[i].good);
		if (!rows[i].good)
			continue;
		assert_int_equal(set, rows[i].set);
		assert_true(s2t_known_parse(s2t_known_print(set, text, sizeof(text)), &again));
		assert_int_equal(again, set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_difference_is_counted),
		cmocka_unit_test(every_difference_diverges_unless_declared),
		cmocka_unit_test(nothing_else_is_excused),
		cmocka_unit_test(other_values_are_not_declared),
		cmocka_unit_test(the_high_form_itself_agrees),
		cmocka_unit_test(both_sides_go_on_from_the_low_form),
		cmocka_unit_test(sets_are_written_as_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
