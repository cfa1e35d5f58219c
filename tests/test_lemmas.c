/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Body level: what one side alone does is found, whatever entry it is; what is undefined is undefined on both sides;
 * a report says what differs. That faults of the bodies are found is for tests/mutants/body-*.patch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"
#include "body_level.h"
#include "rdata.h"
#include "report.h"
#include "signature.h"
#include "spec_machine.h"
#include "trace.h"

static void parse(struct s2t_trace *trace, const char *operations)
{
	struct s2t_error error;
	char text[1024];

	snprintf(text, sizeof(text), "s2twin-trace 1\n%s\n", operations);
	if (!s2t_trace_parse(trace, S2T_TRACE, "test", text, strlen(text), &error))
		fail_msg("%s", error.text);
}

static struct s2t_lockstep *create(bool after_panic)
{
	struct s2t_board board;
	struct s2t_error error;
	const struct s2t_lockstep_options options = { .level = S2T_LEVEL_BODY, .after_panic = after_panic };
	struct s2t_lockstep *ls;

	s2t_board_default(&board);
	board.smmu_host_offset = 0x10000;
	ls = s2t_lockstep_create(&board, s2t_builtin(), &options, &error);
	assert_non_null(ls);
	return ls;
}

/* Runs operations, one a line, on both sides. */
static enum s2t_verdict run(struct s2t_lockstep *ls, const char *operations)
{
	enum s2t_verdict verdict = S2T_AGREED;
	struct s2t_trace trace;

	parse(&trace, operations);
	for (size_t i = 0; i < trace.count && verdict < S2T_ENDED; i++)
		verdict = s2t_lockstep_step(ls, &trace.call[i]);
	s2t_trace_free(&trace);
	return verdict;
}

/* Runs them on one side alone. */
static void run_alone(struct s2t_model *side, const char *operations)
{
	struct s2t_trace trace;
	struct s2t_step step;

	parse(&trace, operations);
	for (size_t i = 0; i < trace.count; i++)
		s2t_model_step(side, S2T_SPEC_LOW, &trace.call[i], &step);
	s2t_trace_free(&trace);
}

static bool has(const struct s2t_diffs *diffs, enum s2t_diff_kind kind, enum s2t_entry_kind entry)
{
	for (size_t i = 0; i < diffs->total && i < S2T_MAX_DIFFS; i++)
		if (diffs->diff[i].kind == kind &&
		    (kind != S2T_DIFF_ENTRY || diffs->diff[i].entry.kind == (uint8_t)entry))
			return true;
	return false;
}

static const char set_up[] = "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x40005\n"
			     "map_pfn_vm vmid=1 addr=0x7000 pte=0x40005fff level=3\n"
			     "map_page_host addr=0x40006000\n"
			     "update_smmu_page vmid=0 cbndx=1 index=0 iova=0x50006000 pte=0x40006003";

/* One row for each kind of thing that is compared: what one side does alone, and a difference that comes of it. */
static const struct row {
	const char *alone;
	enum s2t_diff_kind kind;
	enum s2t_entry_kind entry;
} rows[] = {
	{ "grant_vm_page vmid=1 pfn=0x40005", S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE },
	{ "grant_vm_page vmid=0 pfn=0x80100", S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE },
	{ "map_page_host addr=0x40007000", S2T_DIFF_ENTRY, S2T_ENTRY_NPT },
	{ "map_s2pt vmid=1 addr=0x200000 level=2 pte=0x40000ffd", S2T_DIFF_ENTRY, S2T_ENTRY_NPT_BLOCK },
	{ "map_s2pt vmid=1 addr=0x200000 level=3 pte=0x40000fff", S2T_DIFF_ENTRY, S2T_ENTRY_NPT_TABLE },
	{ "map_s2pt vmid=1 addr=0x7000 level=2 pte=0x40000ffd", S2T_DIFF_ENTRY, S2T_ENTRY_NPT_TABLE },
	{ "map_s2pt vmid=3 addr=0xffff80000000 level=3 pte=0x40000fff", S2T_DIFF_ENTRY, S2T_ENTRY_NPT_NEXT },
	{ "map_spt cbndx=1 index=0 addr=0x50007000 pte=0x40006003", S2T_DIFF_ENTRY, S2T_ENTRY_SPT },
	{ "map_spt cbndx=1 index=0 addr=0xffc0000000 pte=0", S2T_DIFF_ENTRY, S2T_ENTRY_SPT_TABLE },
	{ "map_spt cbndx=2 index=1 addr=0 pte=0", S2T_DIFF_ENTRY, S2T_ENTRY_SPT_NEXT },
	{ "init_spt cbndx=1 index=0", S2T_DIFF_ENTRY, S2T_ENTRY_SPT_CONTEXT },
	{ "clear_vm_page vmid=0 pfn=0x40005\nclear_vm_page vmid=1 pfn=0x40005", S2T_DIFF_ENTRY,
	  S2T_ENTRY_FLATMEM },
	{ "assign_pfn_to_vm vmid=2 gfn=9 pfn=0x40009", S2T_DIFF_ENTRY, S2T_ENTRY_DATA_LOG },
	{ "assign_pfn_to_vm vmid=2 gfn=9 pfn=0x40005", S2T_DIFF_LOCK, S2T_ENTRY_S2PAGE },
	{ "assign_pfn_to_vm vmid=2 gfn=9 pfn=0x40005", S2T_DIFF_CPU, S2T_ENTRY_S2PAGE },
};

/* The whole state, after something that one side did. */
static void a_lone_step_is_found_at_the_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int side = 0; side < 2; side++) {
			struct s2t_lockstep *ls = create(false);

			assert_int_equal(run(ls, set_up), S2T_AGREED);
			assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
			run_alone(side ? s2t_spec_machine_state(ls->bodies) : ls->model, rows[i].alone);
			assert_int_equal(s2t_lockstep_end(ls), S2T_DIVERGED);
			if (!has(ls->diffs, rows[i].kind, rows[i].entry))
				fail_msg("%s: no difference of kind %d, entry %d", rows[i].alone, rows[i].kind,
				         rows[i].entry);
			s2t_lockstep_reset(ls);
			assert_int_equal(run(ls, set_up), S2T_AGREED);
			assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
			s2t_lockstep_destroy(ls);
		}
}

/* No operation leaves tstate alone different. */
static void a_different_tstate_is_found(void **state)
{
	struct s2t_lockstep *ls = create(false);

	(void)state;
	assert_int_equal(run(ls, set_up), S2T_AGREED);
	ls->model->cpu.tstate = 0;
	assert_int_equal(s2t_lockstep_end(ls), S2T_DIVERGED);
	assert_int_equal(ls->diffs->total, 1);
	assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_CPU);
	assert_string_equal(ls->diffs->diff[0].text, "tstate");
	s2t_lockstep_destroy(ls);
}

/* A step that meets it, before any comparison of the whole state. */
static void a_step_finds_what_it_touches(void **state)
{
	static const struct {
		const char *alone, *step;
		enum s2t_verdict verdict;
		enum s2t_diff_kind first;
	} row[] = {
		{ "grant_vm_page vmid=1 pfn=0x40005", "grant_vm_page vmid=1 pfn=0x40005", S2T_DIVERGED,
		  S2T_DIFF_ENTRY },
		/* The same tables, other entries. */
		{ "map_page_host addr=0x40007000", "map_page_host addr=0x40008000", S2T_AGREED,
		  S2T_DIFF_ENTRY },
		/* The table that the step takes comes from another place. */
		{ "map_page_host addr=0x40200000", "map_page_host addr=0x40400000", S2T_DIVERGED,
		  S2T_DIFF_ENTRY },
		{ "map_page_host addr=0x40200000", "map_page_host addr=0x40200000", S2T_DIVERGED,
		  S2T_DIFF_TOUCHED },
		{ "map_page_host addr=0x40007000", "walk_s2pt vmid=0 addr=0x40007000", S2T_DIVERGED,
		  S2T_DIFF_RETURN },
		{ "assign_pfn_to_vm vmid=2 gfn=9 pfn=0x40006", "grant_vm_page vmid=3 pfn=0x40006", S2T_DIVERGED,
		  S2T_DIFF_OUTCOME },
		{ "assign_pfn_to_vm vmid=2 gfn=9 pfn=0x40006", "unmap_smmu_page cbndx=8 index=0 iova=0",
		  S2T_DIVERGED, S2T_DIFF_LOCK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (int side = 0; side < 2; side++) {
			struct s2t_lockstep *ls = create(false);

			assert_int_equal(run(ls, set_up), S2T_AGREED);
			run_alone(side ? s2t_spec_machine_state(ls->bodies) : ls->model, row[i].alone);
			if (run(ls, row[i].step) != row[i].verdict)
				fail_msg("%s, then %s: another verdict", row[i].alone, row[i].step);
			if (row[i].verdict == S2T_DIVERGED)
				assert_int_equal(ls->diffs->diff[0].kind, row[i].first);
			else
				assert_int_equal(s2t_lockstep_end(ls), S2T_DIVERGED);
			s2t_lockstep_destroy(ls);
		}
}

/* Where the specification is undefined the body is, too, and says why; nothing of the step stays. */
static void undefined_together(void **state)
{
	static const char own[] = "a rely that the operation begins with fails";
	static const struct {
		const char *call, *reason;
	} row[] = {
		{ "map_page_host addr=0x1000000000000", own },
		{ "clear_vm_page vmid=1 pfn=0x10000000", own },
		{ "assign_pfn_to_vm vmid=1 gfn=0x1000000000 pfn=0x40008", own },
		{ "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x10000000", own },
		{ "assign_pfn_to_vm vmid=17 gfn=7 pfn=0x40008", "a rely of set_pfn_owner fails" },
		{ "map_pfn_vm vmid=1 addr=0x1000000000000 pte=0 level=3", own },
		{ "map_pfn_vm vmid=17 addr=0 pte=0 level=3", "a rely of map_s2pt fails" },
		{ "map_vm_io vmid=1 gpa=0x1000000000000 pa=0", own },
		{ "map_vm_io vmid=1 gpa=0 pa=0x1000000000000", own },
		{ "map_vm_io vmid=17 gpa=0 pa=0x90000000", "a rely of map_s2pt fails" },
		{ "grant_vm_page vmid=1 pfn=0x1000000000000", own },
		{ "grant_vm_page vmid=1 pfn=0x1000000000", "a rely of get_pfn_owner fails" },
		{ "revoke_vm_page vmid=1 pfn=0x1000000000000", own },
		{ "revoke_vm_page vmid=1 pfn=0x1000000000", "a rely of get_pfn_owner fails" },
		{ "assign_pfn_to_smmu vmid=17 gfn=7 pfn=0x40008", own },
		{ "assign_pfn_to_smmu vmid=1 gfn=0x1000000000 pfn=0x40008", own },
		{ "assign_pfn_to_smmu vmid=1 gfn=7 pfn=0x10000000", own },
		{ "update_smmu_page vmid=1 cbndx=0 index=0 iova=0x1000000000000 pte=0", own },
		{ "update_smmu_page vmid=1 cbndx=8 index=0 iova=0x7000 pte=0x40005003",
		  "a rely of map_spt fails" },
		{ "unmap_smmu_page cbndx=0 index=0 iova=0x1000000000000", own },
		{ "unmap_smmu_page cbndx=0 index=2 iova=0", "a rely of unmap_spt fails" },
	};
	struct s2t_lockstep *ls = create(false);

	(void)state;
	assert_int_equal(run(ls, set_up), S2T_AGREED);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(run(ls, row[i].call), S2T_AGREED);
		assert_int_equal(ls->step.outcome, S2T_UNDEFINED);
		assert_int_equal(ls->result.outcome, S2T_UNDEFINED);
		assert_string_equal(ls->result.reason, row[i].reason);
	}
	assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
	assert_int_equal(ls->stats.undefined, 0);
	s2t_lockstep_destroy(ls);
}

/* A panic, why, and what comes after it, which is compared like everything else. */
static void panics(void **state)
{
	struct s2t_lockstep *ls = create(true);

	(void)state;
	assert_int_equal(run(ls, set_up), S2T_AGREED);
	assert_int_equal(run(ls, "assign_pfn_to_vm vmid=2 gfn=7 pfn=0x40005"), S2T_AGREED);
	assert_int_equal(ls->result.outcome, S2T_PANIC);
	assert_string_equal(ls->result.reason, "assign_pfn_to_vm: page of another owner");
	assert_int_equal(run(ls, "grant_vm_page vmid=1 pfn=0x40005"), S2T_AGREED);
	assert_int_equal(ls->result.outcome, S2T_PANIC);
	assert_string_equal(ls->result.reason, "halted in an earlier step");
	assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
	s2t_lockstep_reset(ls);
	assert_int_equal(run(ls, "map_pfn_vm vmid=1 addr=0 pte=0x40000000 level=2\n"
	                         "map_pfn_vm vmid=1 addr=0 pte=0x40000000 level=3"),
	                 S2T_AGREED);
	assert_int_equal(ls->result.outcome, S2T_PANIC);
	assert_string_equal(ls->result.reason, "map_s2pt halts");
	s2t_lockstep_destroy(ls);
}

/* The tables: locks in pairs, no primitive that stands in no interface, every one that stands in some. */
static void interfaces(void **state)
{
	const uint32_t lock = 1U << S2T_PRIMITIVE_ACQUIRE_LOCK_S2PAGE,
		       unlock = 1U << S2T_PRIMITIVE_RELEASE_LOCK_S2PAGE;
	uint32_t all = 0;

	(void)state;
	for (int op = 0; op < S2T_LEMMAS; op++) {
		assert_int_equal(!(s2t_lemma_interface[op] & lock), !(s2t_lemma_interface[op] & unlock));
		assert_int_equal(!(s2t_lemma_interface[op] & lock), op == S2T_OP_MAP_PFN_VM);
		all |= s2t_lemma_interface[op];
	}
	assert_int_equal(all, (1U << S2T_PRIMITIVE_GET_LEVEL_S2PT) - 1);
}

/* What a report of a divergence at body level says. */
static void report(void **state)
{
	struct s2t_lockstep *ls = create(false);
	struct s2t_trace trace;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	run_alone(ls->model, "map_page_host addr=0x40005000");
	parse(&trace, "map_page_host addr=0x40005000");
	assert_int_equal(s2t_lockstep_step(ls, &trace.call[0]), S2T_DIVERGED);
	s2t_report_divergence(out, ls, trace.call, "here");
	fclose(out);
	assert_non_null(strstr(text, "DIVERGENCE  touched  step 1 of 1\n"));
	assert_non_null(strstr(text, "bodies of builtin "));
	assert_non_null(strstr(text, " · here\n"));
	assert_non_null(strstr(text, "OUTCOME     model ok    body ok\n"));
	assert_non_null(strstr(text, " npt_next[0][pmd] "));
	assert_non_null(strstr(text, "   only the body wrote it\n"));
	assert_null(strstr(text, "read at"));
	free(text);

	struct s2t_signature signature;

	s2t_signature_of(ls, &signature);
	assert_non_null(strstr(signature.text, " kind=touched "));

	json_t *json = s2t_report_divergence_json(ls, trace.call, "here");

	assert_string_equal(json_string_value(json_object_get(json, "kind")), "touched");
	json_decref(json);
	s2t_trace_free(&trace);
	s2t_lockstep_destroy(ls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lone_step_is_found_at_the_end),
		cmocka_unit_test(a_different_tstate_is_found),
		cmocka_unit_test(a_step_finds_what_it_touches),
		cmocka_unit_test(undefined_together),
		cmocka_unit_test(panics),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
