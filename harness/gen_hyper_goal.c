/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goals of the hypercall layer: where a panic is sought that chance seldom meets, the calls that lead to it. The last one
 * is the one that panics; what of the others does not fit the state is not made, and the next try is another.
 */
#include "gen_hyper.h"

enum { BLOCK_SHIFT = 21, SCATTERED = 14, TRIES = 16 };

static void push(struct s2t_gen *gen, struct s2t_call call)
{
	if (gen->hyper.count < GEN_QUEUE)
		gen->hyper.queue[gen->hyper.count++] = call;
}

static bool is_free(struct s2t_gen *gen, uint64_t pfn)
{
	const struct s2t_page page = s2t_gen_page(gen, pfn);

	return page.owner == 0 && page.count == 0;
}

/* A page of the host, if one is met. */
static uint64_t free_page(struct s2t_gen *gen)
{
	uint64_t pfn = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		pfn = s2t_gen_ram_page(gen);
		if (is_free(gen, pfn))
			break;
	}
	return pfn;
}

/* The first page of 2 MiB that are the host's as far as both ends tell, if some are met. */
static uint64_t free_block(struct s2t_gen *gen)
{
	uint64_t pfn = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		pfn = s2t_gen_ram_page(gen) & ~(uint64_t)(GEN_BLOCK - 1);
		if (is_free(gen, pfn) && is_free(gen, pfn + GEN_BLOCK - 1))
			break;
	}
	return pfn;
}

static void map(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, uint64_t pfn)
{
	push(gen, (struct s2t_call){ S2T_OP_PROT_AND_MAP_VM_S2PT, { vmid, addr, pfn << 12 | 3, 3 } });
}

static void map_block(struct s2t_gen *gen, uint64_t vmid, uint64_t addr)
{
	push(gen,
	     (struct s2t_call){ S2T_OP_PROT_AND_MAP_VM_S2PT,
	                        { vmid, addr >> BLOCK_SHIFT << BLOCK_SHIFT, free_block(gen) << 12 | 1, 2 } });
}

static void ioremap(struct s2t_gen *gen, uint64_t vmid, uint64_t addr)
{
	push(gen, (struct s2t_call){ S2T_OP_KVM_PHYS_ADDR_IOREMAP,
	                             { vmid, addr, s2t_gen_device_pfn(gen) << 12, 0x1000 } });
}

static void exit_with(struct s2t_gen *gen, uint64_t vmid, uint64_t ec, uint64_t x0, uint64_t addr)
{
	push(gen,
	     (struct s2t_call){ S2T_OP_VCPU_EXIT, { vmid, 0, ec, UINT64_C(0x58000000), x0, addr, 0x1000 } });
}

/* A new VM with a vCPU; its vmid. */
static uint64_t new_vm(struct s2t_gen *gen)
{
	const uint64_t vmid = s2t_model_core(gen->model, S2T_CORE_NEXT_VMID);

	push(gen, (struct s2t_call){ S2T_OP_REGISTER_KVM, { 0 } });
	push(gen, (struct s2t_call){ S2T_OP_REGISTER_VCPU, { vmid, 0 } });
	return vmid;
}

/* An image of one page, in the remap window. */
static void image(struct s2t_gen *gen, uint64_t vmid, uint64_t load_addr)
{
	gen->hyper.load_addr = load_addr;
	push(gen, (struct s2t_call){ S2T_OP_SET_BOOT_INFO, { vmid, load_addr, 0x1000 } });
	push(gen, (struct s2t_call){ S2T_OP_REMAP_VM_IMAGE, { vmid, free_block(gen), 0 } });
}

static void verify(struct s2t_gen *gen, uint64_t vmid)
{
	push(gen, (struct s2t_call){ S2T_OP_VERIFY_AND_LOAD_IMAGES, { vmid, 31 } });
}

/* A VM that runs for the second time, so that it may have pages mapped. */
static uint64_t running_vm(struct s2t_gen *gen)
{
	const uint64_t vmid = new_vm(gen);

	image(gen, vmid, UINT64_C(1) << 30);
	verify(gen, vmid);
	push(gen, (struct s2t_call){ S2T_OP_VCPU_RUN, { vmid, 0, gen->hyper.load_addr } });
	exit_with(gen, vmid, 31, 0, 0);
	return vmid;
}

static void run(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, uint64_t pfn)
{
	push(gen,
	     (struct s2t_call){ S2T_OP_VCPU_RUN, { vmid, 0, gen->hyper.load_addr, addr, pfn << 12 | 3, 3 } });
}

/* A page of a VM, shared; the host maps a block over it; then the host or the guest wants its entry. */
static void host_block(struct s2t_gen *gen, enum s2t_case sought)
{
	const uint64_t vmid = s2t_gen_hyper_vm(gen), pfn = free_page(gen);
	const uint64_t addr = s2t_gen_pick_frame(gen, s2t_rng_next(&gen->rng)) << 12;

	map(gen, vmid, addr, pfn);
	push(gen, (struct s2t_call){ S2T_OP_GRANT_STAGE2_SG_GPA, { vmid, addr, 0x1000 } });
	map_block(gen, 0, pfn << 12);
	if (sought == S2T_CASE_RSG_5) {
		push(gen, (struct s2t_call){ S2T_OP_REVOKE_STAGE2_SG_GPA, { vmid, addr, 0x1000 } });
	} else if (sought == S2T_CASE_VEX_5) {
		exit_with(gen, vmid, 2, gen->board.hvc_kvm_unset_desc_pfn, addr);
	} else if (sought == S2T_CASE_CVR_5) {
		push(gen, (struct s2t_call){ S2T_OP_CLEAR_VM_RANGE, { vmid, pfn, 1 } });
	} else if (sought == S2T_CASE_CSR_5) {
		push(gen, (struct s2t_call){ S2T_OP_SET_VM_POWEROFF, { vmid } });
		push(gen, (struct s2t_call){ S2T_OP_CLEAR_VM_STAGE2_RANGE, { vmid, pfn << 12, 0x1000 } });
	} else {
		push(gen, (struct s2t_call){ S2T_OP_HOST_FAULT, { (pfn ^ 1) << 12 } });
	}
}

/* A block of a VM, or of EL2 where an image is to be; then a page in it. */
static void guest_block(struct s2t_gen *gen, enum s2t_case sought)
{
	const uint64_t addr = (1 + (uint64_t)s2t_gen_below(gen, 64)) << BLOCK_SHIFT;
	uint64_t vmid;

	if (sought == S2T_CASE_RMI_7) {
		map_block(gen, gen->board.corevisor, s2t_model_core(gen->model, S2T_CORE_NEXT_REMAP));
		image(gen, new_vm(gen), addr);
		return;
	}
	vmid = sought == S2T_CASE_VRN_11 ? running_vm(gen) : new_vm(gen);
	map_block(gen, vmid, addr);
	if (sought == S2T_CASE_VRN_11)
		run(gen, vmid, addr + 0x1000, free_page(gen));
	else if (sought == S2T_CASE_KPI_6)
		ioremap(gen, vmid, addr + 0x1000);
	else
		map(gen, vmid, addr + 0x1000, free_page(gen));
}

/* Mappings that each take tables, until a small pool is empty; then one more, page or block. */
static void exhaust(struct s2t_gen *gen, enum s2t_case sought)
{
	/* A block takes no PTE table: then PMD tables are to run out. */
	const bool block = sought == S2T_CASE_PMV_8 || sought == S2T_CASE_VLI_7;
	const unsigned shift = block || s2t_gen_below(gen, 2) == 0 ? 30 : BLOCK_SHIFT;
	const uint64_t first = UINT64_C(1) << 36, last = first + ((uint64_t)SCATTERED << shift);
	const uint64_t vmid = sought == S2T_CASE_RMI_6 ? gen->board.corevisor : new_vm(gen);

	if (sought == S2T_CASE_VLI_7)
		image(gen, vmid, last);
	for (uint64_t i = 0; i < SCATTERED; i++)
		if (sought == S2T_CASE_RMI_6)
			map(gen, vmid, first + (i << shift), free_page(gen));
		else
			ioremap(gen, vmid, first + (i << shift));
	if (sought == S2T_CASE_VLI_7)
		verify(gen, vmid);
	else if (sought == S2T_CASE_PMV_8)
		map_block(gen, vmid, last);
	else if (sought == S2T_CASE_PMV_7)
		map(gen, vmid, last, free_page(gen));
	else if (sought == S2T_CASE_RMI_6)
		image(gen, new_vm(gen), first);
}

/* The same through a bank of a VM. Bits of the frame that EL2 adds have to be those of the page. */
static void exhaust_smmu(struct s2t_gen *gen)
{
	const uint64_t vmid = new_vm(gen), context = s2t_gen_below(gen, 16);
	const uint64_t bits = gen->board.smmu_pte_bits >> 12 & (GEN_PFN_END - 1);
	const unsigned shift = s2t_gen_below(gen, 2) ? 30 : BLOCK_SHIFT;

	push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD, { context & 7, vmid, context >> 3 } });
	for (uint64_t i = 0; i < SCATTERED; i++)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_MAP,
		                             { i << shift, (free_page(gen) | bits) << 12, 0x743, context & 7,
		                               context >> 3 } });
}

/* A VM is verified that has a bank; then the host wants to change what the bank translates. */
static void verified_bank(struct s2t_gen *gen, enum s2t_case sought)
{
	const uint64_t vmid = new_vm(gen), context = s2t_gen_below(gen, 16);
	const uint64_t cbndx = context & 7, index = context >> 3, iova = 0x1000;

	if (sought != S2T_CASE_ASP_5)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD, { cbndx, vmid, index } });
	verify(gen, vmid);
	if (sought == S2T_CASE_ASP_5)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD, { cbndx, vmid, index } });
	else if (sought == S2T_CASE_ALM_5)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_MAP,
		                             { iova, free_page(gen) << 12, 0x743, cbndx, index } });
	else
		push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_CLEAR, { iova, cbndx, index } });
}

/* Two images, of which the second one alone does not verify. */
static void second_image(struct s2t_gen *gen)
{
	const uint64_t vmid = new_vm(gen);

	push(gen, (struct s2t_call){ S2T_OP_SET_BOOT_INFO, { vmid, UINT64_C(1) << 30, 0x1000 } });
	push(gen, (struct s2t_call){ S2T_OP_SET_BOOT_INFO, { vmid, UINT64_C(1) << 31, 0x1000 } });
	push(gen, (struct s2t_call){ S2T_OP_VERIFY_AND_LOAD_IMAGES, { vmid, 1 } });
}

/* A write to the CBAR of a bank of a VM, wrong in its VMID or in its type alone. */
static void wrong_cbar(struct s2t_gen *gen)
{
	const uint64_t vmid = new_vm(gen), bank = s2t_gen_below(gen, 8);
	const uint64_t data = s2t_gen_below(gen, 2) ? vmid ^ 1
	                                            : vmid | UINT64_C(0x10000) << s2t_gen_below(gen, 4);

	push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD, { bank, vmid, 0 } });
	push(gen, (struct s2t_call){ S2T_OP_HOST_FAULT,
	                             { gen->board.smmu_base + 0x1000 + 4 * bank, 2u << 22 | 1u << 6, data } });
}

/* A vCPU that runs is to run. */
static void run_twice(struct s2t_gen *gen)
{
	const uint64_t vmid = running_vm(gen);

	run(gen, vmid, 0, 0);
	run(gen, vmid, 0, 0);
}

/* An image over the border of two blocks, whole or without its second half. */
static void two_blocks(struct s2t_gen *gen)
{
	const uint64_t vmid = new_vm(gen), load_addr = (UINT64_C(1) << 30) + 511 * 4096,
		       block = free_block(gen);
	const uint64_t other = is_free(gen, block + GEN_BLOCK) ? block + GEN_BLOCK : block - GEN_BLOCK;

	push(gen, (struct s2t_call){ S2T_OP_SET_BOOT_INFO, { vmid, load_addr, 0x2000 } });
	push(gen, (struct s2t_call){ S2T_OP_REMAP_VM_IMAGE, { vmid, block, 0 } });
	if (s2t_gen_below(gen, 4) != 0)
		push(gen, (struct s2t_call){ S2T_OP_REMAP_VM_IMAGE, { vmid, other, 0 } });
	verify(gen, vmid);
}

bool s2t_gen_has_small_pools(const struct s2t_gen *gen)
{
	return (gen->board.pmd_offset - gen->board.pud_offset) >> 12 < SCATTERED;
}

bool s2t_gen_queue_goal(struct s2t_gen *gen)
{
	const enum s2t_case sought = (enum s2t_case)gen->hyper.sought;

	if (!gen->hyper.daring)
		return false;
	switch (sought) {
	case S2T_CASE_CVR_5:
	case S2T_CASE_RSG_5:
	case S2T_CASE_VEX_5:
	case S2T_CASE_CSR_5:
	case S2T_CASE_HFT_4: host_block(gen, sought); return true;
	case S2T_CASE_PMV_6:
	case S2T_CASE_KPI_6:
	case S2T_CASE_VRN_11:
	case S2T_CASE_RMI_7: guest_block(gen, sought); return true;
	case S2T_CASE_PMV_7:
	case S2T_CASE_PMV_8:
	case S2T_CASE_KPI_7:
	case S2T_CASE_RMI_6:
	case S2T_CASE_VLI_7: exhaust(gen, sought); return true;
	case S2T_CASE_ALM_8: exhaust_smmu(gen); return true;
	case S2T_CASE_ASP_5:
	case S2T_CASE_ALM_5:
	case S2T_CASE_ALC_5: verified_bank(gen, sought); return true;
	case S2T_CASE_VLI_8: second_image(gen); return true;
	case S2T_CASE_HFT_7: wrong_cbar(gen); return true;
	case S2T_CASE_VRN_8: run_twice(gen); return true;
	case S2T_CASE_VLI_5:
	case S2T_CASE_VLI_6: two_blocks(gen); return true;
	case S2T_CASE_ASP_4:
		push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD,
		                             { gen->board.smmu_context_banks, new_vm(gen), 0 } });
		return true;
	default: return false;
	}
}
