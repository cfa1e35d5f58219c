/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board: what both sides are told about the machine before the first operation.
 */
#ifndef S2TWIN_BOARD_H
#define S2TWIN_BOARD_H

#include "s2twin/types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum { S2T_MAX_REGIONS = 31 };
#define S2T_NOMAP UINT64_MAX /* region index "none": its pages have no ownership record */

/* A range of physical memory. Pages of an indexed region have ownership records numbered from `index`.
 * Regions may overlap (the last one wins) and need not be page aligned. */
struct s2t_region {
	uint64_t base;  /* byte address */
	uint64_t size;  /* bytes */
	uint64_t index; /* record of the first page, or S2T_NOMAP */
};

/* A page that does not start with its default record. */
struct s2t_start_page {
	s2t_pfn pfn;
	struct s2t_page page;
};

/* A board. s2twin has some by name (`s2twin board`), and a file can describe others. */
struct s2t_board {
	char name[32];
	uint32_t region_count; /* 0..S2T_MAX_REGIONS */
	struct s2t_region region[S2T_MAX_REGIONS];

	uint64_t corevisor;         /* vmid of EL2 itself; legal vmids are 0..corevisor */
	uint64_t max_share_count;   /* a VM page is shared at most that often */
	uint64_t el2_smmu_cfg_size; /* an SMMU mapping of a host page is counted at most that often */
	uint64_t smmu_host_offset;  /* in pages; gfn of a host page = pfn + smmu_host_offset */
	bool host_gfn_zero;         /* host pages start with gfn 0 instead (start values only) */

	/* Stage-2 pools, bytes. pool(v) = pt_pool_start + v * pt_pool_per_vm holds the root table of VM v; its
	 * PUD, PMD and PTE tables come from pool(v) + pgd_offset, + pud_offset, + pmd_offset; each range ends
	 * where the next begins, the last at pool(v + 1). */
	uint64_t pt_pool_start, pt_pool_per_vm, pgd_offset, pud_offset, pmd_offset;

	/* SMMU pools, byte addresses. Root of context (index, cbndx) = smmu_pool_start + (8*index + cbndx)*8192. */
	uint64_t smmu_pool_start, smmu_pgd_start, smmu_pmd_start, smmu_pool_end;

	/* The hypercall layer. */
	uint64_t next_vmid; /* what the first register_kvm gives out */
	uint64_t remap_start,
		remap_end; /* bytes; where EL2 maps boot images; what is allotted ends below the end */
	uint64_t smmu_num; /* SMMUs with registers: 0, 1, or 2 (each host fault is undefined then) */
	uint64_t smmu_base, smmu_size; /* bytes; registers of SMMU 0, those of SMMU 1 follow */
	uint64_t smmu_context_banks;   /* of each SMMU; 0..8 */
	uint64_t smmu_pte_bits;        /* set in each SMMU descriptor (PTE_AF_OR_SH_IS) */
	uint64_t vm_fault_min;         /* lowest address of a VM's fault that vcpu_run maps */
	/* Numbers of the hypercalls. If two are equal, the first one here is meant. */
	uint64_t hvc_timer_set_cntvoff, hvc_clear_vm_s2_range, hvc_set_boot_info, hvc_remap_vm_image,
		hvc_verify_vm_image, hvc_smmu_free_pgd, hvc_smmu_alloc_pgd, hvc_smmu_lpae_map,
		hvc_smmu_lpae_iova_to_phys, hvc_smmu_clear, hvc_register_kvm, hvc_register_vcpu,
		hvc_phys_addr_ioremap;
	/* Numbers of the guest's calls. */
	uint64_t hvc_kvm_set_desc_pfn, hvc_kvm_unset_desc_pfn;

	/* Start state. The array belongs to whoever made the board and outlives it. */
	size_t start_page_count;
	const struct s2t_start_page *start_page;

	/* What VM `vmid` puts into the n-th page that it is given. NULL: s2t_default_doracle. */
	s2t_token (*doracle)(void *doracle_ctx, s2t_vmid vmid, uint64_t n);
	void *doracle_ctx;
};

/* 0xDA << 56 | (vmid & 0xFFFF) << 40 | (n & 0xFFFFFFFFFF): different for each page a VM is given. */
static inline s2t_token s2t_default_doracle(s2t_vmid vmid, uint64_t n)
{
	return (UINT64_C(0xDA) << 56) | ((vmid & 0xFFFF) << 40) | (n & UINT64_C(0xFFFFFFFFFF));
}

/* The board of a trace without any `config` line: three regions, and the numbers of the Coq text. */
void s2t_board_default(struct s2t_board *board);

/* Whether a board can be had, by a model and by an implementation of 40 address bits; else `error` says why not, in one
 * sentence. */
bool s2t_board_is_good(const struct s2t_board *board, char *error, size_t error_size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
