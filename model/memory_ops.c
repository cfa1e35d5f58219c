/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MemoryOpsSpec.v: ranges of pages, each page by an operation of MemManager of its own. There is one form; what it calls
 * is in the form of the step.
 *
 * A loop of the Coq text goes on after a halt: what it calls does nothing any more, but the relies of the loop are
 * still tested. And most pages of a large range are none of the VM's. So, while nobody watches the locks, the loops
 * here leap over what changes nothing, once the first call has told whether its relies hold.
 */
#include "hyper.h"

s2t_pfn s2t_next_tracked(const struct s2t_model *adt, s2t_pfn pfn)
{
	s2t_pfn next = UINT64_MAX;

	for (uint32_t i = 0; i < adt->board.region_count; i++) {
		const struct s2t_region *region = &adt->board.region[i];
		const s2t_pfn first = region->base / PAGE_SIZE;
		const s2t_pfn end = (region->base + region->size + PAGE_SIZE - 1) / PAGE_SIZE;

		if (region->index == INVALID64 || pfn >= end)
			continue;
		if (pfn >= first)
			return pfn;
		if (first < next)
			next = first;
	}
	return next;
}

/* More operations than any machine of this size has pages for: out of memory, in short. */
enum { MOST_OPERATIONS = 1 << 22 };

static bool too_many(struct s2t_model *adt, uint64_t *made)
{
	if (++*made <= MOST_OPERATIONS)
		return false;
	return adt->out_of_memory = true;
}

/* Notes cases that the leaps pass over. */
static void leapt(struct s2t_model *adt, enum s2t_case case_id)
{
	adt->took[case_id / 64] |= UINT64_C(1) << (case_id % 64);
}

/* clear_vm_loop (Z.to_nat num) pfn vmid adt. `*cleared`: a page was vmid's. */
static bool clear_vm_loop(struct s2t_model *adt, uint64_t num, s2t_pfn pfn, s2t_vmid vmid, bool *cleared)
{
	uint64_t made = 0;

	for (uint64_t k = 0; k < num; k++) {
		rely(is_pfn(pfn + k));
		if (k > 0 && adt->cpu.halt) {
			rely(is_pfn(pfn + num - 1));
			return true;
		}
		if (k > 0 && !adt->logs && vmid < INVALID) {
			const s2t_pfn next = s2t_next_tracked(adt, pfn + k);

			if (next != pfn + k) {
				leapt(adt, S2T_CASE_CVP_2);
				k = next - pfn < num ? next - pfn : num;
				rely(is_pfn(pfn + k - 1));
				if (k == num)
					return true;
			}
		}
		const bool halted = adt->cpu.halt;

		rely(!too_many(adt, &made));
		when(s2t_make_room(adt));
		when(S2T_CALL(clear_vm_page, adt, vmid, pfn + k));
		*cleared |= !halted && adt->case_id != S2T_CASE_CVP_2;
	}
	return true;
}

bool s2t_clear_vm_range_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t num)
{
	bool cleared = false;

	rely(is_pfn(pfn));
	rely(is_pfn(num));
	when(clear_vm_loop(adt, num, pfn, vmid, &cleared));
	s2t_case(adt, num == 0 ? S2T_CASE_CVR_2 : cleared ? S2T_CASE_CVR_4 : S2T_CASE_CVR_3, S2T_CASE_CVR_5);
	return true;
}

static bool prot_and_map_vm_loop(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	for (uint64_t i = 0; i < num; i++) {
		rely(is_gfn(gfn + i));
		rely(is_pfn(pfn + i));
		when(s2t_make_room(adt));
		when(S2T_CALL(assign_pfn_to_vm, adt, vmid, gfn + i, pfn + i));
	}
	return true;
}

bool s2t_prot_and_map_vm_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte,
                                   uint64_t level)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	const s2t_addr target = phys_page(pte);
	const s2t_pfn pfn = target / PAGE_SIZE;
	const s2t_gfn gfn = addr / PAGE_SIZE;

	when(s2t_make_room(adt));
	if (level == 2) {
		when(prot_and_map_vm_loop(adt, PTRS_PER_PMD, vmid, gfn / PTRS_PER_PMD * PTRS_PER_PMD, pfn));
		const bool halted = adt->cpu.halt;

		when(s2t_make_room(adt));
		when(S2T_CALL(map_pfn_vm, adt, vmid, addr, pte, level));
		s2t_case(adt, S2T_CASE_PMV_3, halted ? S2T_CASE_PMV_5 : S2T_CASE_PMV_8);
		return true;
	}
	when(S2T_CALL(assign_pfn_to_vm, adt, vmid, gfn, pfn));
	const bool halted = adt->cpu.halt;

	when(S2T_CALL(map_pfn_vm, adt, vmid, addr, pte, 3));
	s2t_case(adt, S2T_CASE_PMV_2,
	         halted                                ? S2T_CASE_PMV_4
	         : adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_PMV_6
	                                               : S2T_CASE_PMV_7);
	return true;
}

s2t_addr s2t_next_mapped(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr)
{
	const s2t_addr offset = addr % PAGE_SIZE;

	while (is_addr(addr)) {
		const struct s2t_npt_upper *upper = s2t_map_find(&adt->npt_upper,
		                                                 s2t_npt_upper_key(vmid, addr));
		unsigned shift = 39;

		if (upper)
			shift = upper->pud_t[pud_index(addr) / 64] >> (pud_index(addr) % 64) & 1 ? 21 : 30;
		if (shift == 21 && s2t_map_find(&adt->npt_leaf, s2t_npt_leaf_key(vmid, addr / PAGE_SIZE)))
			break;
		addr = ((addr >> shift) + 1) << shift | offset;
	}
	return addr;
}

/* What a guest shares or takes back: one page of its address space. */
static bool share_page(struct s2t_model *adt, bool grant, s2t_vmid vmid, s2t_addr addr, bool *changed)
{
	s2t_pte pte;
	uint64_t level;

	when(s2t_make_room(adt));
	when(S2T_CALL_ONE(walk_s2pt, adt, vmid, addr, &pte));
	when(S2T_CALL_ONE(get_level_s2pt, adt, vmid, addr, &level));
	const s2t_addr pte_pa = phys_page(pte);

	if (pte_pa == 0)
		return true;
	s2t_pfn pfn = pte_pa / PAGE_SIZE;

	if (level == 2)
		pfn += addr / PAGE_SIZE & 511;
	if (grant) {
		when(S2T_CALL(grant_vm_page, adt, vmid, pfn));
		*changed |= adt->case_id == S2T_CASE_GVP_2;
	} else {
		when(S2T_CALL(revoke_vm_page, adt, vmid, pfn));
		*changed |= adt->case_id < S2T_CASE_RVP_6;
	}
	return true;
}

/* grant_stage2_loop, revoke_stage2_loop */
static bool share_loop(struct s2t_model *adt, bool grant, uint64_t num, s2t_vmid vmid, s2t_addr addr,
                       bool *changed)
{
	uint64_t made = 0;

	for (uint64_t k = 0; k < num; k++) {
		rely(is_addr(addr + k * PAGE_SIZE));
		if (k > 0 && adt->cpu.halt) {
			rely(is_addr(addr + (num - 1) * PAGE_SIZE));
			return true;
		}
		if (k > 0 && !adt->logs) {
			const uint64_t next = (s2t_next_mapped(adt, vmid, addr + k * PAGE_SIZE) - addr) /
			                      PAGE_SIZE;

			if (next != k) {
				leapt(adt, S2T_CASE_WKN_2);
				leapt(adt, S2T_CASE_GLN_2);
			}
			k = next < num ? next : num;
			rely(is_addr(addr + (k - 1) * PAGE_SIZE));
			if (k == num)
				return true;
		}
		rely(!too_many(adt, &made));
		when(share_page(adt, grant, vmid, addr + k * PAGE_SIZE, changed));
	}
	return true;
}

bool s2t_grant_stage2_sg_gpa_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t size)
{
	bool changed = false;

	rely(s2t_is_vm(adt, vmid));
	rely(is_addr(addr));
	rely(is_addr(size));
	const uint64_t num = (size + 4095) / PAGE_SIZE;

	when(share_loop(adt, true, num, vmid, addr, &changed));
	adt->case_id = num == 0 ? S2T_CASE_GSG_2 : changed ? S2T_CASE_GSG_4 : S2T_CASE_GSG_3;
	return true;
}

bool s2t_revoke_stage2_sg_gpa_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t size)
{
	bool changed = false;

	rely(s2t_is_vm(adt, vmid));
	rely(is_addr(addr));
	rely(is_addr(size));
	const uint64_t num = (size + 4095) / PAGE_SIZE;

	when(share_loop(adt, false, num, vmid, addr, &changed));
	s2t_case(adt, num == 0 ? S2T_CASE_RSG_2 : changed ? S2T_CASE_RSG_4 : S2T_CASE_RSG_3, S2T_CASE_RSG_5);
	return true;
}
