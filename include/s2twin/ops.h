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

enum { S2T_MAX_ARGS = 7 };

/* What an argument is. The C signatures of the verified code (the seed document) pass VMID, LEVEL,
 * CBNDX, INDEX, VCPUID and IMAGE as 32 bits, all others as 64. */
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
	/* What only the hypercall layer has. */
	S2T_ARG_VCPUID, /* virtual CPU of a VM, 0..7 */
	S2T_ARG_IMAGE,  /* boot image of a VM, 0..4 */
	S2T_ARG_SIZE,   /* bytes */
	S2T_ARG_PAGES,  /* how many pages */
	S2T_ARG_PROT,   /* attributes of an SMMU descriptor */
	S2T_ARG_MASK,   /* bit i: what an oracle says of boot image i */
	S2T_ARG_HVC,    /* number of a hypercall */
	S2T_ARG_WORD,   /* value of a register */
};

/*
 * X(ID, name, prefix of its case ids, returns a value, arguments in the order of the Coq definition).
 * MemManager's ten first, then the primitives of NPTOps and MmioSPTOps that are operations of their own.
 */
#define S2T_MEMORY_OPS(X, A)                                                                                   \
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

/*
 * The layers above: MemoryOps, VMPower, BootOps, MmioOps, MemHandler, FaultHandler and the traps. Most are sequences of
 * operations of the layers below, each with lock sections of its own.
 *
 * Four stand for traps, whose arguments are registers in the Coq text: host_fault (the address from HPFAR_EL2 and
 * FAR_EL2, ESR_EL2, and the register that a store would write), vcpu_run (what the host asks for and the guest brings
 * along), vcpu_exit (exit code, ESR_EL2 and registers of the guest) and hypercall (x0 is `number`; returns x0).
 * What the Coq text takes from an oracle there, and the verdict of verify_image, are arguments.
 */
#define S2T_HYPER_OPS(X, A)                                                                                    \
	X(CLEAR_VM_RANGE, clear_vm_range, CVR, false, A(VMID, vmid) A(PFN, pfn) A(PAGES, num))                 \
	X(PROT_AND_MAP_VM_S2PT, prot_and_map_vm_s2pt, PMV, false,                                              \
	  A(VMID, vmid) A(IPA, addr) A(PTE, pte) A(LEVEL, level))                                              \
	X(GRANT_STAGE2_SG_GPA, grant_stage2_sg_gpa, GSG, false, A(VMID, vmid) A(IPA, addr) A(SIZE, size))      \
	X(REVOKE_STAGE2_SG_GPA, revoke_stage2_sg_gpa, RSG, false, A(VMID, vmid) A(IPA, addr) A(SIZE, size))    \
	X(SET_VM_POWEROFF, set_vm_poweroff, SVO, false, A(VMID, vmid))                                         \
	X(REGISTER_KVM, register_kvm, RGK, true, )                                                             \
	X(REGISTER_VCPU, register_vcpu, RGV, false, A(VMID, vmid) A(VCPUID, vcpuid))                           \
	X(SET_BOOT_INFO, set_boot_info, SBI, true, A(VMID, vmid) A(IPA, load_addr) A(SIZE, size))              \
	X(REMAP_VM_IMAGE, remap_vm_image, RMI, false, A(VMID, vmid) A(PFN, pfn) A(IMAGE, load_idx))            \
	X(VERIFY_AND_LOAD_IMAGES, verify_and_load_images, VLI, false, A(VMID, vmid) A(MASK, valid))            \
	X(SEARCH_LOAD_INFO, search_load_info, SLI, true, A(VMID, vmid) A(IPA, addr))                           \
	X(EL2_FREE_SMMU_PGD, el2_free_smmu_pgd, FSP, false, A(CBNDX, cbndx) A(INDEX, index))                   \
	X(EL2_ALLOC_SMMU_PGD, el2_alloc_smmu_pgd, ASP, false, A(CBNDX, cbndx) A(VMID, vmid) A(INDEX, index))   \
	X(EL2_ARM_LPAE_MAP, el2_arm_lpae_map, ALM, false,                                                      \
	  A(IOVA, iova) A(PA, paddr) A(PROT, prot) A(CBNDX, cbndx) A(INDEX, index))                            \
	X(EL2_ARM_LPAE_IOVA_TO_PHYS, el2_arm_lpae_iova_to_phys, ITP, true,                                     \
	  A(IOVA, iova) A(CBNDX, cbndx) A(INDEX, index))                                                       \
	X(EL2_ARM_LPAE_CLEAR, el2_arm_lpae_clear, ALC, false, A(IOVA, iova) A(CBNDX, cbndx) A(INDEX, index))   \
	X(CLEAR_VM_STAGE2_RANGE, clear_vm_stage2_range, CSR, false, A(VMID, vmid) A(PA, start) A(SIZE, size))  \
	X(KVM_PHYS_ADDR_IOREMAP, kvm_phys_addr_ioremap, KPI, false,                                            \
	  A(VMID, vmid) A(IPA, gpa) A(PA, pa) A(SIZE, size))                                                   \
	X(HOST_FAULT, host_fault, HFT, false, A(IPA, addr) A(WORD, esr) A(WORD, data))                         \
	X(VCPU_RUN, vcpu_run, VRN, false,                                                                      \
	  A(VMID, vmid) A(VCPUID, vcpuid) A(IPA, pc) A(IPA, addr) A(PTE, pte) A(LEVEL, level))                 \
	X(VCPU_EXIT, vcpu_exit, VEX, false,                                                                    \
	  A(VMID, vmid) A(VCPUID, vcpuid) A(WORD, ec) A(WORD, esr) A(WORD, x0) A(WORD, x2) A(WORD, x3))        \
	X(HYPERCALL, hypercall, HVC, true,                                                                     \
	  A(HVC, number) A(WORD, x1) A(WORD, x2) A(WORD, x3) A(WORD, x4) A(WORD, x5))

/* All operations: those of the memory layers first. */
#define S2T_OPS(X, A) S2T_MEMORY_OPS(X, A) S2T_HYPER_OPS(X, A)

#define S2T_OP_ENUM_ARG(kind, name)
#define S2T_OP_ENUM(id, name, prefix, returns, args) S2T_OP_##id,
/* An operation: S2T_OP_ and its ID. */
enum s2t_op {
	S2T_OPS(S2T_OP_ENUM, S2T_OP_ENUM_ARG) S2T_OP_COUNT,
	/* The operations of the memory layers come first; those of the hypercall layer follow. */
	S2T_OP_MEMORY_COUNT = S2T_OP_CLEAR_VM_RANGE
};
#undef S2T_OP_ENUM
#undef S2T_OP_ENUM_ARG

/* Where an operation belongs: the memory layers (MemManager and below), or the hypercalls above them. */
enum s2t_layer { S2T_LAYER_MEMORY, S2T_LAYER_HYPERCALL };

static inline enum s2t_layer s2t_op_layer(uint32_t op)
{
	return op < S2T_OP_MEMORY_COUNT ? S2T_LAYER_MEMORY : S2T_LAYER_HYPERCALL;
}

/* One call: the arguments in the order of the table; unused ones are 0. */
struct s2t_call {
	uint32_t op; /* enum s2t_op */
	uint64_t arg[S2T_MAX_ARGS];
};

#ifdef __cplusplus
}
#endif
#endif
