/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants that calls break on both sides: each is told once, by the step and by the check from scratch, and is a
 * divergence if it is forbidden. And sets of them, and their table in the documentation.
 */
#include "inv_rig.h"

static const struct {
	enum s2t_invariant broken;
	const char *before, *call;
	bool lasts; /* so that the check from scratch sees it, too */
} calls[] = {
	{ S2T_HOST_FLATMAP, "", "map_s2pt vmid=0 addr=0x40001000 level=3 pte=0x40002fff\n", true },
	{ S2T_HOST_S2_MAP, "", "assign_pfn_to_vm vmid=0 gfn=0x7 pfn=0x40001\n", true },
	{ S2T_HOST_ISO, TABLES, "map_s2pt vmid=0 addr=0x40005000 level=3 pte=0x40005fff\n", true },
	{ S2T_HOST_ISO, "assign_pfn_to_smmu vmid=1 gfn=0x7 pfn=0x40005\nmap_page_host addr=0x40005000\n",
	  "assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n", true },
	{ S2T_VM_ISO, TABLES, "map_pfn_vm vmid=2 addr=0x9000 pte=0x40005fff level=3\n", true },
	/* Only hardware maps page 0x80000. */
	{ S2T_VM_ISO, "", "prot_and_map_vm_s2pt vmid=1 addr=0x200000 pte=0x80001000 level=2\n", true },
	{ S2T_SMMU_VM, "", "el2_alloc_smmu_pgd cbndx=1 vmid=16 index=0\n", true },
	{ S2T_SMMU_ISO, TABLES VM_BANK, "map_spt cbndx=0 index=0 addr=0x8000 pte=0x40005fff\n", true },
	{ S2T_SMMU_COUNT, OFFSET HOST_BANK HOST_PAGE,
	  "map_spt cbndx=0 index=0 addr=0x41002000 pte=0x40002fff\n", true },
	{ S2T_SMMU_COUNT_0, OFFSET HOST_BANK HOST_PAGE,
	  "map_spt cbndx=0 index=0 addr=0x41002000 pte=0x40002fff\n", true },
	{ S2T_CORE_MAP, IMAGES, "map_s2pt vmid=16 addr=0x2100000 level=3 pte=0x40001fff\n", true },
	{ S2T_CORE_REMAP, IMAGES, "map_s2pt vmid=16 addr=0x2001000 level=3 pte=0x40001fff\n", true },
	{ S2T_CORE_ISO, "", "assign_pfn_to_vm vmid=16 gfn=0x7 pfn=0x40001\n", true },
	{ S2T_WRITE_ONCE, IMAGES, "map_s2pt vmid=16 addr=0x2000000 level=3 pte=0x40002fff\n", true },
	{ S2T_HW_WALK, "", "map_pfn_vm vmid=1 addr=0x200000 pte=0x90001000 level=2\n", true },
	{ S2T_ACTIVE_KEEPS, RUNNING, "clear_vm_page vmid=1 pfn=0x40005\n", true },
	{ S2T_STALE_DMA, TABLES VM_BANK CONTEXT "set_vm_poweroff vmid=1\nclear_vm_page vmid=1 pfn=0x40005\n",
	  "assign_pfn_to_vm vmid=2 gfn=0x7 pfn=0x40005\n", true },
	{ S2T_UNBOUND_ISO, TABLES, "map_spt cbndx=0 index=0 addr=0x8000 pte=0x40005fff\n", true },
	{ S2T_UNBOUND_COUNT, OFFSET HOST_PAGE, "map_spt cbndx=0 index=0 addr=0x41002000 pte=0x40002fff\n",
	  true },
	{ S2T_ONE_VM, TABLES, "map_pfn_vm vmid=2 addr=0x9000 pte=0x40005fff level=3\n", true },
	{ S2T_ONE_VM, TABLES, "map_pfn_vm vmid=2 addr=0x200000 pte=0x40000000 level=2\n", true },
};

static void broken_by_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const uint32_t bit = S2T_INV(calls[i].broken);
		struct s2t_trace trace, more;
		struct s2t_error error;
		char text[256];
		struct s2t_lockstep *ls = begin(&trace,
		                                *calls[i].before ? calls[i].before : "clear_pfn_host pfn=0x1\n",
		                                s2t_builtin(), bit);

		snprintf(text, sizeof(text), "s2twin-trace 1\n%s", calls[i].call);
		assert_true(s2t_trace_parse(&more, S2T_TRACE, "call", text, strlen(text), &error));
		assert_int_equal(s2t_lockstep_step(ls, &more.call[0]), S2T_AGREED);
		if (ls->stats.invariants[calls[i].broken].steps != 1)
			fail_msg("%s is not reported after %s", s2t_invariant_table[calls[i].broken].number,
			         calls[i].call);
		assert_state(ls, calls[i].broken, true, true);
		/* It is not new a second time, and the end finds nothing that was not reported. */
		assert_int_equal(s2t_lockstep_step(ls, &(struct s2t_call){ .op = S2T_OP_WALK_S2PT }),
		                 S2T_AGREED);
		assert_int_equal(ls->stats.invariants[calls[i].broken].steps, 1);
		assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
		s2t_trace_free(&more);
		end(ls, &trace);
	}
}

static void forbidden(void **state)
{
	const struct s2t_call *call;
	struct s2t_trace trace;

	(void)state;
	struct s2t_lockstep *ls = begin(&trace, TABLES, s2t_builtin(), S2T_INV(S2T_HOST_ISO));

	ls->options.forbidden = S2T_INV(S2T_HOST_ISO);
	call = &(const struct s2t_call){ S2T_OP_MAP_S2PT, { 0, 0x40005000, 3, 0x40005fff } };
	assert_int_equal(s2t_lockstep_step(ls, call), S2T_DIVERGED);
	assert_int_equal(ls->diffs->total, 1);
	assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_INVARIANT);
	assert_int_equal(ls->diffs->diff[0].entry.a, S2T_HOST_ISO);
	assert_non_null(strstr(ls->diffs->diff[0].text, "I6 host_iso"));
	end(ls, &trace);
}

static void sets(void **state)
{
	uint32_t set;
	const char *bad;
	size_t len;
	char text[S2T_INVARIANTS_TEXT];

	(void)state;
	assert_true(s2t_invariants_parse("all", &set, &bad, &len));
	assert_int_equal(set, S2T_INVARIANTS_ALL);
	assert_true(s2t_invariants_parse("none", &set, &bad, &len));
	assert_int_equal(set, 0);
	assert_true(s2t_invariants_parse("I6,one_vm", &set, &bad, &len));
	assert_int_equal(set, S2T_INV(S2T_HOST_ISO) | S2T_INV(S2T_ONE_VM));
	assert_string_equal(s2t_invariants_print(set, text, sizeof(text)), "I6,A9");
	assert_true(s2t_invariants_parse("-I6,-A1", &set, &bad, &len));
	assert_int_equal(set, S2T_INVARIANTS_ALL & ~(S2T_INV(S2T_HOST_ISO) | S2T_INV(S2T_HW_WALK)));
	assert_true(strlen(s2t_invariants_print(set, text, sizeof(text))) < sizeof(text) - 1);
	assert_false(s2t_invariants_parse("", &set, &bad, &len));
	assert_false(s2t_invariants_parse("I6,", &set, &bad, &len));
	assert_false(s2t_invariants_parse("I20", &set, &bad, &len));
	assert_int_equal(len, 3);
	assert_false(s2t_invariants_parse("books", &set, &bad, &len));
}

/* The table of docs/invariants.md is this one. */
static void documented(void **state)
{
	FILE *file = fopen(S2T_SOURCE_DIR "/docs/invariants.md", "r");
	static char text[65536];
	char row[512];

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_info *info = &s2t_invariant_table[i];

		snprintf(row, sizeof(row), "\n| %s | %s | %s |", info->number, info->name, info->text);
		if (!strstr(text, row))
			fail_msg("docs/invariants.md lacks %s", row + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_by_calls),
		cmocka_unit_test(forbidden),
		cmocka_unit_test(sets),
		cmocka_unit_test(documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
