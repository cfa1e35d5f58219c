/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin spec`: the operations, the domains of their arguments, and their cases.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "optable.h"
#include "scan.h"
#include "suggest.h"

enum { OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_JSON] = { "json", NULL, "print JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"spec",
	"[OP]",
	options,
	"OP is an operation, such as map_page_host, or one of its cases, such as MPH-2. Without it, all are listed.\n"
	"A step whose arguments lie outside the domain of the specification is undefined.\n",
};

#define VMID "vmid 0..corevisor"
#define VM   "vmid 1..corevisor-1"
#define SMMU "cbndx 0..7, index 0..1"

/* What each form of an operation relies on for its arguments: a call outside is case 0. */
static const struct {
	const char *low, *high;
} domains[S2T_OP_COUNT] = {
	[S2T_OP_MAP_PAGE_HOST] = { "addr < 2^48", "addr < 2^40" },
	[S2T_OP_CLEAR_VM_PAGE] = { "pfn < 2^28, any vmid", VMID ", pfn < 2^28" },
	[S2T_OP_ASSIGN_PFN_TO_VM] = { "gfn < 2^36, pfn < 2^28; for APV-2 and APV-3 also " VMID,
	                              VMID ", gfn < 2^36, pfn < 2^28" },
	[S2T_OP_MAP_PFN_VM] = { VMID ", addr < 2^48; level 2 is a block, any other a page",
	                        VMID ", addr < 2^48; level 2 is a block, any other a page" },
	[S2T_OP_MAP_VM_IO] = { "gpa < 2^48, pa < 2^48; where it maps also " VMID,
	                       VMID ", gpa < 2^48, pa < 2^48" },
	[S2T_OP_GRANT_VM_PAGE] = { "pfn < 2^36, any vmid", VMID ", pfn < 2^28" },
	[S2T_OP_REVOKE_VM_PAGE] = { "pfn < 2^36, any vmid; for RVP-2 to RVP-4 also pfn < 2^28, for RVP-2 and RVP-3 "
	                            "also " VMID,
	                            VMID ", pfn < 2^28" },
	[S2T_OP_ASSIGN_PFN_TO_SMMU] = { VMID ", gfn < 2^36, pfn < 2^28", VMID ", gfn < 2^36, pfn < 2^28" },
	[S2T_OP_UPDATE_SMMU_PAGE] = { "iova < 2^48, any vmid; where it maps also iova < 2^40, " SMMU,
	                              VMID ", " SMMU ", iova < 2^40" },
	[S2T_OP_UNMAP_SMMU_PAGE] = { SMMU ", iova < 2^40", SMMU ", iova < 2^40" },
	[S2T_OP_GET_LEVEL_S2PT] = { VMID ", addr < 2^48", NULL },
	[S2T_OP_WALK_S2PT] = { VMID ", addr < 2^48", NULL },
	[S2T_OP_MAP_S2PT] = { VMID
	                      ", addr < 2^48; unless halted also level 2 or 3, pte not 0, and for level 2 not "
	                      "a table (bits 1:0 not 3)",
	                      NULL },
	[S2T_OP_CLEAR_PFN_HOST] = { "pfn < 2^28", NULL },
	[S2T_OP_INIT_SPT] = { SMMU, NULL },
	[S2T_OP_WALK_SPT] = { SMMU ", addr < 2^40", NULL },
	[S2T_OP_MAP_SPT] = { SMMU ", addr < 2^40", NULL },
	[S2T_OP_UNMAP_SPT] = { SMMU ", addr < 2^40", NULL },
	[S2T_OP_CLEAR_VM_RANGE] = { "pfn, num < 2^28, all pages of the range < 2^28, and that of clear_vm_page",
	                            NULL },
	[S2T_OP_PROT_AND_MAP_VM_S2PT] = { VMID ", addr < 2^48, its pages < 2^28, and that of assign_pfn_to_vm",
	                                  NULL },
	[S2T_OP_GRANT_STAGE2_SG_GPA] = { VM ", addr, size < 2^48, all pages < 2^48, and that of grant_vm_page",
	                                 NULL },
	[S2T_OP_REVOKE_STAGE2_SG_GPA] = { VM
	                                  ", addr, size < 2^48, all pages < 2^48, and that of revoke_vm_page",
	                                  NULL },
	[S2T_OP_SET_VM_POWEROFF] = { VMID, VMID },
	[S2T_OP_REGISTER_KVM] = { "every call", "every call" },
	[S2T_OP_REGISTER_VCPU] = { VMID ", vcpuid 0..7", VMID ", vcpuid 0..7" },
	[S2T_OP_SET_BOOT_INFO] = { VMID ", load_addr, size < 2^48", VMID ", load_addr, size < 2^48" },
	[S2T_OP_REMAP_VM_IMAGE] = { VMID ", pfn < 2^28, load_idx 0..4", VMID ", pfn < 2^28, load_idx 0..4" },
	[S2T_OP_VERIFY_AND_LOAD_IMAGES] = { "unless halted " VMID ", and that of assign_pfn_to_vm", NULL },
	[S2T_OP_SEARCH_LOAD_INFO] = { VMID, VMID },
	[S2T_OP_EL2_FREE_SMMU_PGD] = { "unless halted " SMMU, SMMU },
	[S2T_OP_EL2_ALLOC_SMMU_PGD] = { "unless halted " SMMU " for banks that exist, and " VMID,
	                                VMID ", " SMMU },
	[S2T_OP_EL2_ARM_LPAE_MAP] = { "iova, paddr < 2^40, prot < 2^63 - 1 without bits 12 to 47, and unless halted " SMMU,
	                              NULL },
	[S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS] = { SMMU ", iova < 2^40", SMMU ", iova < 2^40" },
	[S2T_OP_EL2_ARM_LPAE_CLEAR] = { "unless halted " SMMU "; where the bank is taken iova < 2^40",
	                                SMMU ", iova < 2^40" },
	[S2T_OP_CLEAR_VM_STAGE2_RANGE] = { VMID ", start, size < 2^48; where it clears that of clear_vm_range",
	                                   NULL },
	[S2T_OP_KVM_PHYS_ADDR_IOREMAP] = { VMID ", gpa, size < 2^48, pa < 2^40, also at the last page", NULL },
	[S2T_OP_HOST_FAULT] = { "unless halted addr < 2^48, esr < 2^32, smmu_num below 2; SMMU banks that exist",
	                        NULL },
	[S2T_OP_VCPU_RUN] = { "where it maps that of prot_and_map_vm_s2pt", NULL },
	[S2T_OP_VCPU_EXIT] = { "unless halted " VMID ", vcpuid 0..7, and that of the call of the guest", NULL },
	[S2T_OP_HYPERCALL] = { "that of what it calls", NULL },
};

static const char *kind_name(enum s2t_arg_kind kind)
{
	switch (kind) {
	case S2T_ARG_VMID: return "vmid";
	case S2T_ARG_GFN: return "guest frame number";
	case S2T_ARG_PFN: return "physical frame number";
	case S2T_ARG_IPA: return "intermediate physical address, bytes";
	case S2T_ARG_PA: return "physical address, bytes";
	case S2T_ARG_PTE: return "descriptor";
	case S2T_ARG_LEVEL: return "level: 2 a 2 MiB block, 3 a 4 KiB page";
	case S2T_ARG_CBNDX: return "SMMU context bank";
	case S2T_ARG_INDEX: return "SMMU";
	case S2T_ARG_IOVA: return "I/O virtual address, bytes";
	case S2T_ARG_VCPUID: return "virtual CPU of a VM";
	case S2T_ARG_IMAGE: return "boot image of a VM";
	case S2T_ARG_SIZE: return "bytes";
	case S2T_ARG_PAGES: return "number of pages";
	case S2T_ARG_PROT: return "attributes of an SMMU descriptor";
	case S2T_ARG_MASK: return "bit i: boot image i verifies";
	case S2T_ARG_HVC: return "number of a hypercall";
	case S2T_ARG_WORD: return "value of a register";
	}
	return "";
}

/* A primitive has one definition, which both specs share. */
static bool has_two_forms(enum s2t_op op)
{
	return domains[op].high != NULL;
}

static const char *specs_name(unsigned specs)
{
	if (specs == S2T_CASE_IN_LOW)
		return "low only";
	if (specs == S2T_CASE_IN_TOP)
		return "top only";
	return specs == S2T_CASE_IN_HIGH ? "high only" : "";
}

/* The definition of an operation that has one form. Traps have none of these arguments. */
struct definition {
	char text[64];
};

static struct definition definition_of(enum s2t_op op)
{
	struct definition name = { "" };

	switch (op) {
	case S2T_OP_HOST_FAULT: return (struct definition){ "handle_host_stage2_fault_spec" };
	case S2T_OP_VCPU_RUN: return (struct definition){ "host_vcpu_run_handler_raw_spec" };
	case S2T_OP_VCPU_EXIT: return (struct definition){ "vm_exit_handler_raw_spec" };
	case S2T_OP_HYPERCALL: return (struct definition){ "host_hvc_dispatcher_spec" };
	default: (void)snprintf(name.text, sizeof(name.text), "%s_spec", s2t_op_table[op].name); return name;
	}
}

static void print_operation(enum s2t_op op)
{
	const struct s2t_op_info *info = &s2t_op_table[op];

	printf("%s (%s.v, ", info->name, info->file);
	if (has_two_forms(op))
		printf("low %s_spec0, high %s_spec)\n", info->name, info->name);
	else
		printf("%s)\n", definition_of(op).text);
	for (unsigned i = 0; i < info->arg_count; i++)
		printf("  %-6s %2u bits  %s\n", info->arg[i].name, s2t_arg_bits(info->arg[i].kind),
		       kind_name(info->arg[i].kind));
	if (info->returns)
		printf("  returns a value\n");
	if (has_two_forms(op))
		printf("  domain, low:  %s\n  domain, high: %s\n", domains[op].low, domains[op].high);
	else
		printf("  domain: %s\n", domains[op].low);
	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		const struct s2t_case_info *row = &s2t_case_table[i];

		if (row->op == op && row->number < 2)
			printf("  %-7s %-9s %-9s  %s\n", row->name, s2t_outcome_name(row->outcome),
			       specs_name(row->specs), row->text);
	}
	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		const struct s2t_case_info *row = &s2t_case_table[i];

		if (row->op == op && row->number >= 2)
			printf("  %-7s %-9s %-9s  %s\n", row->name, s2t_outcome_name(row->outcome),
			       specs_name(row->specs), row->text);
	}
}

static json_t *cases_json(enum s2t_op op)
{
	json_t *cases = json_array();

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		const struct s2t_case_info *row = &s2t_case_table[i];

		if (row->op == op)
			(void)json_array_append_new(
				cases, json_pack("{s:s, s:s, s:b, s:b, s:s}", "case", row->name, "outcome",
			                         s2t_outcome_name(row->outcome), "low",
			                         (row->specs & S2T_CASE_IN_LOW) != 0, "high",
			                         (row->specs & S2T_CASE_IN_HIGH) != 0, "text", row->text));
	}
	return cases;
}

static json_t *operation_json(enum s2t_op op)
{
	const struct s2t_op_info *info = &s2t_op_table[op];
	const char *high = has_two_forms(op) ? domains[op].high : domains[op].low;
	const struct definition definition = definition_of(op);
	json_t *arguments = json_array();

	for (unsigned i = 0; i < info->arg_count; i++)
		(void)json_array_append_new(arguments, json_pack("{s:s, s:s, s:i}", "name", info->arg[i].name,
		                                                 "kind", kind_name(info->arg[i].kind), "bits",
		                                                 (int)s2t_arg_bits(info->arg[i].kind)));
	return json_pack("{s:s, s:s, s:s, s:{s:s+, s:s+}, s:b, s:o, s:{s:s, s:s}, s:o}", "name", info->name,
	                 "prefix", info->prefix, "file", info->file, "definition", "low",
	                 has_two_forms(op) ? info->name : definition.text, has_two_forms(op) ? "_spec0" : "",
	                 "high", definition.text, "", "returns", (int)info->returns, "arguments", arguments,
	                 "domain", "low", domains[op].low, "high", high, "cases", cases_json(op));
}

static int print_json(int first, int end)
{
	json_t *list = json_array();
	json_t *json;
	int bad;

	for (int op = first; op < end; op++)
		(void)json_array_append_new(list, operation_json((enum s2t_op)op));
	json = json_pack("{s:o}", "operations", list);
	bad = json == NULL || json_dumpf(json, stdout, JSON_INDENT(2)) != 0;
	json_decref(json);
	if (bad && !ferror(stdout))
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "out of memory");
	putchar('\n');
	return s2t_finish(S2T_EXIT_AGREED);
}

/* The operation of that name, or with a case of that name; -1: none. */
static int find_operation(const char *name)
{
	int found = s2t_case_by_name(name);

	return found >= 0 ? (int)s2t_case_table[found].op : s2t_op_by_name(name, strlen(name));
}

static int refuse_operation(const char *name)
{
	struct s2t_suggest suggest = s2t_suggest_for(name, strlen(name));

	for (int op = 0; op < S2T_OP_COUNT; op++)
		s2t_suggest_offer(&suggest, s2t_op_table[op].name);
	if (suggest.nearest != NULL)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "unknown operation '%s'; did you mean '%s'?",
		                    s2t_quote_text(name).text, suggest.nearest);
	return s2t_complain(&usage, S2T_EXIT_USAGE, "unknown operation '%s'; `s2twin spec` lists them",
	                    s2t_quote_text(name).text);
}

int s2t_cmd_spec(int argc, char **argv, const struct s2t_own *own)
{
	struct s2t_args args;
	bool json = false;
	int option, first = 0, end = S2T_OP_COUNT;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE) {
		if (option == S2T_ARGS_EXIT)
			return args.status;
		json = json || option == OPT_JSON;
	}
	if (!s2t_args_operands(&args, 0, 1))
		return args.status;
	if (args.operand_count == 1) {
		first = find_operation(args.operand[0]);
		if (first < 0)
			return refuse_operation(args.operand[0]);
		end = first + 1;
	}
	if (json)
		return print_json(first, end);
	for (int op = first; op < end; op++) {
		if (op > first)
			putchar('\n');
		print_operation((enum s2t_op)op);
	}
	return s2t_finish(S2T_EXIT_AGREED);
}
