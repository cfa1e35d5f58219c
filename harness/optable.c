/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables behind every list of operations, arguments and cases: S2T_OPS and S2T_CASES as data.
 */
#include "optable.h"

#include "seldom.h"

#include <string.h>

/* The ten of MemManager stand first in S2T_OPS, then the stage-2 primitives, those of the SMMU, and the layers above. */
#define COQ_FILE(op)                                                                                           \
	((op) <= S2T_OP_UNMAP_SMMU_PAGE         ? "MemManagerSpec"                                             \
	 : (op) <= S2T_OP_CLEAR_PFN_HOST        ? "NPTOpsSpec"                                                 \
	 : (op) <= S2T_OP_UNMAP_SPT             ? "MmioSPTOpsSpec"                                             \
	 : (op) <= S2T_OP_REVOKE_STAGE2_SG_GPA  ? "MemoryOpsSpec"                                              \
	 : (op) == S2T_OP_SET_VM_POWEROFF       ? "VMPowerSpec"                                                \
	 : (op) <= S2T_OP_SEARCH_LOAD_INFO      ? "BootOpsSpec"                                                \
	 : (op) == S2T_OP_EL2_ARM_LPAE_MAP      ? "MemHandlerSpec"                                             \
	 : (op) <= S2T_OP_EL2_ARM_LPAE_CLEAR    ? "MmioOpsSpec"                                                \
	 : (op) <= S2T_OP_KVM_PHYS_ADDR_IOREMAP ? "MemHandlerSpec"                                             \
	 : (op) == S2T_OP_HOST_FAULT            ? "FaultHandlerSpec"                                           \
	 : (op) <= S2T_OP_VCPU_EXIT             ? "TrapHandlerRawSpec"                                         \
	                                        : "TrapDispatcherSpec")

/* clang-format off */
#define ARG_ROW(kind, name) { #name, S2T_ARG_##kind },
#define OP_ROW(id, name, prefix, returns, args)                                                                \
	[S2T_OP_##id] = { #name,                                                                               \
	                  #prefix,                                                                             \
	                  COQ_FILE(S2T_OP_##id),                                                               \
	                  S2T_OP_##id < S2T_OP_MEMORY_COUNT ? S2T_LAYER_MEMORY : S2T_LAYER_HYPERCALL,          \
	                  returns,                                                                             \
	                  sizeof((struct s2t_arg_info[]){ args NO_ROW }) / sizeof(struct s2t_arg_info) - 1,    \
	                  { args NO_ROW } },
#define NO_ROW { NULL, S2T_ARG_WORD }

const struct s2t_op_info s2t_op_table[S2T_OP_COUNT] = { S2T_OPS(OP_ROW, ARG_ROW) };

/* A case names its operation by the prefix only. */
#define NO_ARG(kind, name)
#define PREFIX_ROW(id, name, prefix, returns, args) OP_OF_##prefix = S2T_OP_##id,
enum { S2T_OPS(PREFIX_ROW, NO_ARG) };

#define L  S2T_CASE_IN_LOW
#define H  S2T_CASE_IN_HIGH
#define LH (S2T_CASE_IN_LOW | S2T_CASE_IN_HIGH)
#define T  S2T_CASE_IN_TOP

#define COMMON_ROWS(id, name, prefix, returns, args)                                                           \
	[S2T_CASE_##prefix##_0] = { #prefix "-0", S2T_OP_##id, 0, S2T_UNDEFINED, LH,                           \
	                            "a rely fails, or a lock that it needs is busy" },                         \
	[S2T_CASE_##prefix##_1] = { #prefix "-1", S2T_OP_##id, 1, S2T_PANIC, LH,                               \
	                            "halted before the call: nothing done" },
#define CASE_ROW(prefix, number, outcome, specs, text)                                                         \
	[S2T_CASE_##prefix##_##number] = { #prefix "-" #number, (enum s2t_op)OP_OF_##prefix, number,           \
	                                   S2T_##outcome, specs, text },

const struct s2t_case_info s2t_case_table[S2T_CASE_COUNT] = { S2T_OPS(COMMON_ROWS, NO_ARG) S2T_CASES(CASE_ROW) };
/* clang-format on */

int s2t_op_by_name(const char *name, size_t len)
{
	for (int op = 0; op < S2T_OP_COUNT; op++) {
		const char *row = s2t_op_table[op].name;

		if (len > 0 && row[0] == name[0] && strlen(row) == len && memcmp(row, name, len) == 0)
			return op;
	}
	return -1;
}

int s2t_case_by_name(const char *name)
{
	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		if (strcmp(s2t_case_table[i].name, name) == 0)
			return i;
	}
	return -1;
}

unsigned s2t_arg_bits(enum s2t_arg_kind kind)
{
	switch (kind) {
	case S2T_ARG_VMID:
	case S2T_ARG_LEVEL:
	case S2T_ARG_CBNDX:
	case S2T_ARG_INDEX:
	case S2T_ARG_VCPUID:
	case S2T_ARG_IMAGE: return 32;
	case S2T_ARG_GFN:
	case S2T_ARG_PFN:
	case S2T_ARG_IPA:
	case S2T_ARG_PA:
	case S2T_ARG_PTE:
	case S2T_ARG_IOVA:
	case S2T_ARG_SIZE:
	case S2T_ARG_PAGES:
	case S2T_ARG_PROT:
	case S2T_ARG_MASK:
	case S2T_ARG_HVC:
	case S2T_ARG_WORD: break;
	}
	return 64;
}

/* The bits that no argument of each operation may have: the rows of s2t_arg_bits, spelt out for speed. */
#define NARROW                                      (UINT64_MAX << 32)
#define NARROW_VMID                                 NARROW
#define NARROW_LEVEL                                NARROW
#define NARROW_CBNDX                                NARROW
#define NARROW_INDEX                                NARROW
#define NARROW_GFN                                  0
#define NARROW_PFN                                  0
#define NARROW_IPA                                  0
#define NARROW_PA                                   0
#define NARROW_PTE                                  0
#define NARROW_IOVA                                 0
#define NARROW_VCPUID                               NARROW
#define NARROW_IMAGE                                NARROW
#define NARROW_SIZE                                 0
#define NARROW_PAGES                                0
#define NARROW_PROT                                 0
#define NARROW_MASK                                 0
#define NARROW_HVC                                  0
#define NARROW_WORD                                 0
#define NARROW_ARG(kind, name)                      NARROW_##kind,
#define NARROW_ROW(id, name, prefix, returns, args) [S2T_OP_##id] = { args 0 },
static const uint64_t narrow[S2T_OP_COUNT][S2T_MAX_ARGS + 1] = { S2T_OPS(NARROW_ROW, NARROW_ARG) };

bool s2t_call_fits(const struct s2t_call *call)
{
	const uint64_t *row = narrow[call->op];
	const uint64_t *arg = call->arg;
	uint64_t beyond = (arg[0] & row[0]) | (arg[1] & row[1]) | (arg[2] & row[2]) | (arg[3] & row[3]);

	/* In the memory manager all 32-bit arguments are among the first four. */
	for (unsigned i = 4; SELDOM(call->op >= S2T_OP_MEMORY_COUNT) && i < S2T_MAX_ARGS; i++)
		beyond |= arg[i] & row[i];
	return beyond == 0;
}

const char *s2t_outcome_name(enum s2t_outcome outcome)
{
	static const char *const names[S2T_OUTCOME_COUNT] = {
		[S2T_OK] = "ok",       [S2T_PANIC] = "panic", [S2T_UNDEFINED] = "undefined",
		[S2T_CRASH] = "crash", [S2T_HANG] = "hang",   [S2T_DEADLOCK] = "deadlock",
		[S2T_WILD] = "wild",
	};

	return (unsigned)outcome < S2T_OUTCOME_COUNT ? names[outcome] : "?";
}

const char *s2t_entry_kind_name(enum s2t_entry_kind kind)
{
	static const char *const names[S2T_ENTRY_KIND_COUNT] = {
		[S2T_ENTRY_S2PAGE] = "s2page",
		[S2T_ENTRY_NPT] = "npt",
		[S2T_ENTRY_NPT_BLOCK] = "npt_block",
		[S2T_ENTRY_NPT_TABLE] = "npt_table",
		[S2T_ENTRY_NPT_NEXT] = "npt_next",
		[S2T_ENTRY_SPT] = "spt",
		[S2T_ENTRY_SPT_CONTEXT] = "spt_context",
		[S2T_ENTRY_SPT_TABLE] = "spt_table",
		[S2T_ENTRY_SPT_NEXT] = "spt_next",
		[S2T_ENTRY_FLATMEM] = "flatmem",
		[S2T_ENTRY_DATA_LOG] = "data_log",
		[S2T_ENTRY_VM] = "vm",
		[S2T_ENTRY_VCPU] = "vcpu",
		[S2T_ENTRY_IMAGE] = "image",
		[S2T_ENTRY_CORE] = "core",
		[S2T_ENTRY_SMMU_CFG] = "smmu_cfg",
	};

	return (unsigned)kind < S2T_ENTRY_KIND_COUNT ? names[kind] : "?";
}
