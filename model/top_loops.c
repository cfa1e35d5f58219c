/* SPDX-License-Identifier: BSD-2-Clause */
/* TrapHandlerSpec.v, AuxSpec: the loops over pages and images. They leap as those of MemoryOps do. */
#include "top_loops.h"

bool s2t_clear_vm_loop_h(struct s2t_model *adt, uint64_t num, s2t_pfn pfn, s2t_vmid vmid, bool *cleared)
{
	for (uint64_t k = 0; k < num && !adt->cpu.halt; k++) {
		bool halt;

		rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
		rely(s2t_hlock(adt, s2t_npt_id(HOSTVISOR)));
		if (k > 0) {
			k = s2t_next_tracked(adt, pfn + k) - pfn;
			if (k >= num)
				break;
		}
		when(s2t_make_room(adt));
		when(s2t_local_clear_vm_page(adt, vmid, pfn + k, &halt));
		*cleared |= adt->case_id != S2T_CASE_CVP_2;
		s2t_top_done(adt, halt);
	}
	return true;
}

/* assign_pfn_to_vm of a block's page, or of one page */
static bool assign(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn, bool *halt)
{
	rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
	rely(s2t_hlock(adt, s2t_npt_id(HOSTVISOR)));
	when(s2t_make_room(adt));
	return s2t_local_assign_pfn_to_vm(adt, vmid, gfn, pfn, halt);
}

/* Of a page, the halt of the mapping takes the place of that of the assignment. */
bool s2t_prot_and_map_vm_s2pt_spec_h(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte,
                                     uint64_t level)
{
	const s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;
	const s2t_gfn gfn = addr / PAGE_SIZE;
	bool halt = false, assigned;

	if (adt->cpu.halt)
		return true;
	for (uint64_t i = 0; level == 2 && i < PTRS_PER_PMD && !halt; i++)
		when(assign(adt, vmid, gfn / PTRS_PER_PMD * PTRS_PER_PMD + i, pfn + i, &halt));
	adt->case_id = S2T_CASE_PMV_5;
	if (halt)
		return s2t_top_done(adt, true);
	if (level != 2)
		when(assign(adt, vmid, gfn, pfn, &halt));
	assigned = !halt;
	rely(s2t_hlock(adt, s2t_npt_id(vmid)));
	when(s2t_local_map_pfn_vm(adt, vmid, addr, pte, level, &halt));
	if (level == 2)
		adt->case_id = halt ? S2T_CASE_PMV_8 : S2T_CASE_PMV_3;
	else if (halt)
		adt->case_id = adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_PMV_6 : S2T_CASE_PMV_7;
	else
		adt->case_id = assigned ? S2T_CASE_PMV_2 : S2T_CASE_PMV_9;
	return s2t_top_done(adt, halt);
}

static bool unmap_and_load_loop_h(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, s2t_addr start,
                                  s2t_addr target, s2t_addr remap)
{
	const s2t_vmid core = adt->board.corevisor;

	for (uint64_t i = 0; i < num && !adt->cpu.halt; i++) {
		rely(s2t_hlock(adt, s2t_npt_id(core)));
		const s2t_pte pte = is_addr(remap) ? s2t_pt(adt, core, remap / PAGE_SIZE).pte : 0;
		const s2t_pfn pfn = phys_page(pte) / PMD_SIZE * PTRS_PER_PMD;

		if (pte == 0) {
			adt->case_id = S2T_CASE_VLI_5;
			return s2t_top_done(adt, true);
		}
		when(s2t_prot_and_map_vm_s2pt_spec_h(adt, vmid, start, pfn * PAGE_SIZE, 2));
		if (adt->cpu.halt)
			adt->case_id = adt->case_id == S2T_CASE_PMV_5 ? S2T_CASE_VLI_6 : S2T_CASE_VLI_7;
		remap += start + PMD_SIZE - target;
		start += PMD_SIZE;
		target = start;
	}
	return true;
}

/* It returns load_idx + 1, load_idx being what it was called with: images 0, 1, 1, 1, 1. None is verified. */
bool s2t_verify_and_load_loop_h(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, uint64_t *blocks)
{
	for (uint64_t n = 0; n < num; n++) {
		const uint64_t *image = adt->info[vmid].image[n == 0 ? 0 : 1];
		const s2t_addr start = image[S2T_IMAGE_ADDR] / PMD_SIZE * PMD_SIZE;
		const s2t_addr end = image[S2T_IMAGE_ADDR] + image[S2T_IMAGE_MAPPED] * PAGE_SIZE;
		const uint64_t count = (end - start + 2097151) / PMD_SIZE;

		rely(is_addr(end)); /* what cannot be represented */
		*blocks += count;
		when(unmap_and_load_loop_h(adt, count, vmid, start, image[S2T_IMAGE_ADDR],
		                           image[S2T_IMAGE_REMAP]));
	}
	return true;
}

bool s2t_kvm_phys_addr_ioremap_loop_h(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, s2t_addr gpa,
                                      s2t_addr pa, bool *mapped)
{
	for (uint64_t i = 0; i < num && !adt->cpu.halt; i++) {
		bool halt;

		rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
		rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
		rely(s2t_hlock(adt, s2t_npt_id(vmid)));
		rely(is_addr(gpa + i * PAGE_SIZE) &&
		     is_addr(pa + i * PAGE_SIZE)); /* what cannot be represented */
		when(s2t_make_room(adt));
		when(s2t_local_map_io(adt, vmid, gpa + i * PAGE_SIZE, pa + i * PAGE_SIZE, &halt));
		*mapped |= adt->case_id == S2T_CASE_MVI_2;
		s2t_top_done(adt, halt);
	}
	return true;
}

/* grant_stage2_loop, revoke_stage2_loop: a page in a block is taken for the first one of the block, and a halt in the
 * midst does not end the loop, but the next mapped page is undefined. */
bool s2t_share_stage2_loop_h(struct s2t_model *adt, bool grant, uint64_t num, s2t_vmid vmid, s2t_addr addr,
                             bool *changed)
{
	for (uint64_t k = 0; k < num; k++) {
		bool halt = adt->cpu.halt;

		rely(s2t_hlock(adt, s2t_npt_id(vmid)));
		k = (s2t_next_mapped(adt, vmid, addr + k * PAGE_SIZE) - addr) / PAGE_SIZE;
		if (k >= num || !is_addr(addr + k * PAGE_SIZE))
			return true;
		const s2t_pfn pfn = phys_page(s2t_pt(adt, vmid, addr / PAGE_SIZE + k).pte) / PAGE_SIZE;
		struct s2t_page before;

		if (pfn == 0)
			continue;
		rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
		when(s2t_make_room(adt));
		before = s2t_model_page(adt, pfn);
		if (grant) {
			when(s2t_local_grant_vm_page(adt, vmid, pfn));
		} else {
			rely(s2t_hlock(adt, s2t_npt_id(HOSTVISOR)));
			when(s2t_local_revoke_vm_page(adt, vmid, pfn, &halt));
		}
		*changed |= before.count != s2t_model_page(adt, pfn).count;
		s2t_top_done(adt, halt);
	}
	return true;
}

uint64_t s2t_search_load_info_loop_h(const struct s2t_model *adt, s2t_vmid vmid, uint64_t addr)
{
	const struct s2t_vm_info *info = &adt->info[vmid];
	uint64_t ret = 0;

	for (uint64_t idx = 0; idx < info->vm[S2T_VM_IMAGES]; idx++) {
		const uint64_t *image = info->image[idx];

		if (addr >= image[S2T_IMAGE_ADDR] && addr - image[S2T_IMAGE_ADDR] < image[S2T_IMAGE_SIZE])
			ret = addr - image[S2T_IMAGE_ADDR] + image[S2T_IMAGE_REMAP];
	}
	return ret;
}
