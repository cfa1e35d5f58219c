/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boards: the defaults, the named ones, and what makes a board legal.
 */
#ifndef S2T_HARNESS_BOARDS_H
#define S2T_HARNESS_BOARDS_H

#include "s2twin/board.h"

/* One sentence that a user can act on, with file, line and column where there are some. */
struct s2t_error {
	char text[1024];
	bool resource; /* not the input is at fault but this machine: out of memory, a read that failed (exit 3) */
};

/*
 * The keys of a `config` line. N(ID, name and member of struct s2t_board, default, what it is) is a
 * number; `region` and `host_gfn` have a syntax of their own.
 */
#define S2T_NUMBER_KEYS(N)                                                                                     \
	N(COREVISOR, corevisor, 16, "vmid of EL2 itself, 1 to 65535; legal vmids are 0 to corevisor")          \
	N(MAX_SHARE_COUNT, max_share_count, 100, "a page of a VM is shared at most that often")                \
	N(EL2_SMMU_CFG_SIZE, el2_smmu_cfg_size, 16, "SMMU mappings of a host page are counted up to that")     \
	N(SMMU_HOST_OFFSET, smmu_host_offset, 1000000000, "gfn of a host page = pfn + smmu_host_offset")       \
	N(PT_POOL_START, pt_pool_start, 0x10000, "first byte of the stage-2 pool of vmid 0")                   \
	N(PT_POOL_PER_VM, pt_pool_per_vm, 0x2000000, "bytes from the stage-2 pool of one vmid to the next")    \
	N(PGD_OFFSET, pgd_offset, 0x1000, "bytes from the start of a stage-2 pool to its PUD tables")          \
	N(PUD_OFFSET, pud_offset, 0x101000, "bytes from the start of a stage-2 pool to its PMD tables")        \
	N(PMD_OFFSET, pmd_offset, 0x901000, "bytes from the start of a stage-2 pool to its PTE tables")        \
	N(SMMU_POOL_START, smmu_pool_start, 0x10000, "first byte of the 16 SMMU roots of 8192 bytes")          \
	N(SMMU_PGD_START, smmu_pgd_start, 0x110000, "first byte of the second-level SMMU tables")              \
	N(SMMU_PMD_START, smmu_pmd_start, 0x210000, "first byte of the third-level SMMU tables")               \
	N(SMMU_POOL_END, smmu_pool_end, 0x310000, "end of the third-level SMMU tables")                        \
	N(NEXT_VMID, next_vmid, 1, "what the first register_kvm gives out, 0 to corevisor + 1")                \
	N(REMAP_START, remap_start, 0x2000000, "first byte of the window where EL2 maps boot images")          \
	N(REMAP_END, remap_end, 0x4000000, "what set_boot_info allots of that window ends below this")         \
	N(SMMU_NUM, smmu_num, 1, "SMMUs with registers, 0 to 2; with 2 each host_fault is undefined")          \
	N(SMMU_BASE, smmu_base, 0x2b400000, "first byte of the registers of SMMU 0")                           \
	N(SMMU_SIZE, smmu_size, 0x10000, "bytes of registers of an SMMU; those of SMMU 1 follow")              \
	N(SMMU_CONTEXT_BANKS, smmu_context_banks, 8, "context banks of each SMMU, 0 to 8")                     \
	N(SMMU_PTE_BITS, smmu_pte_bits, 0x10000, "bits that each SMMU descriptor gets (PTE_AF_OR_SH_IS)")      \
	N(VM_FAULT_MIN, vm_fault_min, 1, "lowest address of a VM's fault that vcpu_run maps")                  \
	N(HVC_TIMER_SET_CNTVOFF, hvc_timer_set_cntvoff, 13, "number of a hypercall")                           \
	N(HVC_CLEAR_VM_S2_RANGE, hvc_clear_vm_s2_range, 14, "number of a hypercall")                           \
	N(HVC_SET_BOOT_INFO, hvc_set_boot_info, 15, "number of a hypercall")                                   \
	N(HVC_REMAP_VM_IMAGE, hvc_remap_vm_image, 16, "number of a hypercall")                                 \
	N(HVC_VERIFY_VM_IMAGE, hvc_verify_vm_image, 17, "number of a hypercall")                               \
	N(HVC_SMMU_FREE_PGD, hvc_smmu_free_pgd, 18, "number of a hypercall")                                   \
	N(HVC_SMMU_ALLOC_PGD, hvc_smmu_alloc_pgd, 19, "number of a hypercall")                                 \
	N(HVC_SMMU_LPAE_MAP, hvc_smmu_lpae_map, 20, "number of a hypercall")                                   \
	N(HVC_SMMU_LPAE_IOVA_TO_PHYS, hvc_smmu_lpae_iova_to_phys, 21, "number of a hypercall")                 \
	N(HVC_SMMU_CLEAR, hvc_smmu_clear, 22, "number of a hypercall")                                         \
	N(HVC_PHYS_ADDR_IOREMAP, hvc_phys_addr_ioremap, 23, "number of a hypercall")                           \
	N(HVC_REGISTER_KVM, hvc_register_kvm, 24, "number of a hypercall (26 in the C text)")                  \
	N(HVC_REGISTER_VCPU, hvc_register_vcpu, 25, "number of a hypercall (27 in the C text)")                \
	N(HVC_KVM_SET_DESC_PFN, hvc_kvm_set_desc_pfn, 11, "number of the call by which a guest grants pages")  \
	N(HVC_KVM_UNSET_DESC_PFN, hvc_kvm_unset_desc_pfn, 12, "number of the call that takes them back")

#define S2T_KEY_ENUM(id, name, value, text) S2T_KEY_##id,
enum s2t_key { S2T_NUMBER_KEYS(S2T_KEY_ENUM) S2T_KEY_HOST_GFN, S2T_KEY_REGION, S2T_KEY_COUNT };
#undef S2T_KEY_ENUM

struct s2t_key_info {
	const char *name;
	const char *text;
	const char *fallback; /* the default as in a board file; NULL of `region`, which has several */
	uint64_t number;      /* the default of a number key */
	size_t offset;        /* of a number key in struct s2t_board */
};
extern const struct s2t_key_info s2t_key_table[S2T_KEY_COUNT];

/* The value of a number key. */
uint64_t s2t_board_number(const struct s2t_board *board, enum s2t_key key);
void s2t_board_set_number(struct s2t_board *board, enum s2t_key key, uint64_t value);

/* A board that comes with the tool: its name, what it is for, and its text as a board file (a trace without
 * operations), which is how it is defined. */
struct s2t_named_board {
	const char *name;
	const char *purpose;
	const char *text;
};
extern const struct s2t_named_board s2t_named_boards[];
extern const size_t s2t_named_board_count;

/* The named board of that name, or NULL. */
const struct s2t_named_board *s2t_named_board_find(const char *name);

/* What a refusal of a board is about, so that whoever read the board from a file can point at the line. */
struct s2t_fault {
	enum { S2T_FAULT_KEYS, S2T_FAULT_REGION, S2T_FAULT_PAGE, S2T_FAULT_OWNER } what;
	uint64_t keys; /* S2T_FAULT_KEYS: bit k for each enum s2t_key that has a part in it */
	size_t index;  /* of the region or of the start page */
};

/* Whether an abstract machine can have this board; `error` gets a sentence without file and line. `fault` may
 * be NULL. The cost depends on the number of regions and start pages, not on their size. */
bool s2t_board_check(const struct s2t_board *board, struct s2t_error *error);
bool s2t_board_check_at(const struct s2t_board *board, struct s2t_fault *fault, struct s2t_error *error);

/* Whether an implementation in 40 bits of physical address space can have this (legal) board, too. */
bool s2t_board_check_physical(const struct s2t_board *board, struct s2t_error *error);
bool s2t_board_check_physical_at(const struct s2t_board *board, struct s2t_fault *fault,
                                 struct s2t_error *error);

/* The ownership record of a page: the index of its last covering region plus its distance from the base of
 * that region in pages; S2T_NOMAP if it has none. */
uint64_t s2t_board_record_of(const struct s2t_board *board, s2t_pfn pfn);

/* The record that a page starts with, `page` lines included (which are searched one by one). */
struct s2t_page s2t_board_start_page(const struct s2t_board *board, s2t_pfn pfn);

#endif
