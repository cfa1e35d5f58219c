/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations: names, arguments, and which of them return a value.
 * One row adds an operation to the parser, the printer, the generator, the
 * statistics and the documentation.
 */
#ifndef S2TWIN_OPS_H
#define S2TWIN_OPS_H

#include "s2twin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { S2T_MAX_ARGS = 5 };

/* What an argument is. The C signatures of the verified code (the seed document) pass VMID, LEVEL,
 * CBNDX and INDEX as 32 bits, all others as 64. */
enum s2t_arg_kind {
	S2T_ARG_VMID,  /* virtual machine */
	S2T_ARG_GFN,   /* guest frame */
	S2T_ARG_PFN,   /* physical frame */
	S2T_ARG_IPA,   /* byte address in a stage-2 address space */
	S2T_ARG_PA,    /* physical byte address */
	S2T_ARG_PTE,   /* descriptor */
	S2T_ARG_LEVEL, /* 2: a 2 MiB block; 3: a 4 KiB page */
	S2T_ARG_CBNDX, /* SMMU context bank, 0..7 */
	S2T_ARG_INDEX, /* SMMU, 0..1 */
	S2T_ARG_IOVA,  /* byte address in a device's address space */
};

/*
 * X(ID, name, prefix of its case ids, returns a value, arguments in the order of the Coq definition).
 * MemManager's ten first, then the primitives of NPTOps and MmioSPTOps that are operations of their own.
 */
#define S2T_OPS(X, A)                                                                                          \
	X(MAP_PAGE_HOST, map_page_host, MPH, false, A(IPA, addr))                                              \
	X(CLEAR_VM_PAGE, clear_vm_page, CVP, false, A(VMID, vmid) A(PFN, pfn))                                 \
	X(ASSIGN_PFN_TO_VM, assign_pfn_to_vm, APV, false, A(VMID, vmid) A(GFN, gfn) A(PFN, pfn))               \
	X(MAP_PFN_VM, map_pfn_vm, MPV, false, A(VMID, vmid) A(IPA, addr) A(PTE, pte) A(LEVEL, level))          \
	X(MAP_VM_IO, map_vm_io, MVI, false, A(VMID, vmid) A(IPA, gpa) A(PA, pa))                               \
	X(GRANT_VM_PAGE, grant_vm_page, GVP, false, A(VMID, vmid) A(PFN, pfn))                                 \
	X(REVOKE_VM_PAGE, revoke_vm_page, RVP, false, A(VMID, vmid) A(PFN, pfn))                               \
	X(ASSIGN_PFN_TO_SMMU, assign_pfn_to_smmu, APS, false, A(VMID, vmid) A(GFN, gfn) A(PFN, pfn))           \
	X(UPDATE_SMMU_PAGE, update_smmu_page, USP, false,                                                      \
	  A(VMID, vmid) A(CBNDX, cbndx) A(INDEX, index) A(IOVA, iova) A(PTE, pte))                             \
	X(UNMAP_SMMU_PAGE, unmap_smmu_page, UMP, false, A(CBNDX, cbndx) A(INDEX, index) A(IOVA, iova))         \
	X(GET_LEVEL_S2PT, get_level_s2pt, GLN, true, A(VMID, vmid) A(IPA, addr))                               \
	X(WALK_S2PT, walk_s2pt, WKN, true, A(VMID, vmid) A(IPA, addr))                                         \
	X(MAP_S2PT, map_s2pt, MPN, false, A(VMID, vmid) A(IPA, addr) A(LEVEL, level) A(PTE, pte))              \
	X(CLEAR_PFN_HOST, clear_pfn_host, CPH, false, A(PFN, pfn))                                             \
	X(INIT_SPT, init_spt, IST, false, A(CBNDX, cbndx) A(INDEX, index))                                     \
	X(WALK_SPT, walk_spt, WST, true, A(CBNDX, cbndx) A(INDEX, index) A(IOVA, addr))                        \
	X(MAP_SPT, map_spt, MST, false, A(CBNDX, cbndx) A(INDEX, index) A(IOVA, addr) A(PTE, pte))             \
	X(UNMAP_SPT, unmap_spt, UST, true, A(CBNDX, cbndx) A(INDEX, index) A(IOVA, addr))

#define S2T_OP_ENUM_ARG(kind, name)
#define S2T_OP_ENUM(id, name, prefix, returns, args) S2T_OP_##id,
/* An operation: S2T_OP_ and its ID. */
enum s2t_op { S2T_OPS(S2T_OP_ENUM, S2T_OP_ENUM_ARG) S2T_OP_COUNT };
#undef S2T_OP_ENUM
#undef S2T_OP_ENUM_ARG

/* One call: the arguments in the order of the table; unused ones are 0. */
struct s2t_call {
	uint32_t op; /* enum s2t_op */
	uint64_t arg[S2T_MAX_ARGS];
};

#ifdef __cplusplus
}
#endif
#endif
