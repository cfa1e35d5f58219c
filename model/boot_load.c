/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BootAuxSpec.v, and verify_and_load_images of BootOpsSpec.v: boot images, taken from EL2's remap window and given to
 * their VM in blocks of 2 MiB. Each has one form.
 */
#include "hyper.h"

/* unmap_and_load_loop */
static bool unmap_and_load_loop(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, s2t_addr start,
                                s2t_addr target, s2t_addr remap, enum s2t_case *why)
{
	for (uint64_t i = 0; i < num; i++) {
		s2t_pte pte;

		rely(is_addr(start));
		rely(is_addr(target));
		rely(is_addr(remap));
		rely(start + PMD_SIZE >= target);
		const bool halted = adt->cpu.halt;

		when(s2t_make_room(adt));
		when(S2T_CALL_ONE(walk_s2pt, adt, adt->board.corevisor, remap, &pte));
		const s2t_pfn pfn = phys_page(pte) / PMD_SIZE * PTRS_PER_PMD;
		const s2t_gfn gfn = start / PAGE_SIZE;

		if (pfn == 0) {
			when(s2t_panic_spec(adt));
			if (!halted)
				*why = S2T_CASE_VLI_5;
		} else {
			when(S2T_CALL_ONE(prot_and_map_vm_s2pt, adt, vmid, gfn * PAGE_SIZE, pfn * PAGE_SIZE,
			                  2));
			if (adt->cpu.halt && !halted)
				*why = adt->case_id == S2T_CASE_PMV_5 ? S2T_CASE_VLI_6 : S2T_CASE_VLI_7;
		}
		remap += start + PMD_SIZE - target;
		start += PMD_SIZE;
		target = start;
	}
	return true;
}

/* `*blocks` counts the 2 MiB blocks of the image. */
static bool unmap_and_load(struct s2t_model *adt, s2t_vmid vmid, s2t_addr target_addr, s2t_addr remap_addr,
                           uint64_t num, uint64_t *blocks, enum s2t_case *why)
{
	rely(is_addr(target_addr));
	rely(is_addr(remap_addr));
	rely(is_gfn(num));
	rely(s2t_is_vm(adt, vmid));
	const s2t_addr start = target_addr / PMD_SIZE * PMD_SIZE;
	const s2t_addr end = target_addr + num * PAGE_SIZE;

	rely(end >= start);
	const uint64_t count = (end - start + 2097151) / PMD_SIZE;

	*blocks += count;
	return unmap_and_load_loop(adt, count, vmid, start, target_addr, remap_addr, why);
}

/* verify_and_load_loop; bit i of `valid` is the verdict on image i. */
static bool verify_and_load_loop(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, uint64_t valid,
                                 uint64_t *blocks, enum s2t_case *why)
{
	for (uint64_t idx = 0; idx < num; idx++) {
		uint64_t load_addr, remap_addr, mapped, good;

		rely(is_load_idx(idx));
		when(s2t_get_vm_image_spec(adt, vmid, idx, S2T_IMAGE_ADDR, &load_addr));
		when(s2t_get_vm_image_spec(adt, vmid, idx, S2T_IMAGE_REMAP, &remap_addr));
		when(s2t_get_vm_image_spec(adt, vmid, idx, S2T_IMAGE_MAPPED, &mapped));
		rely(is_addr(load_addr));
		rely(is_addr(remap_addr));
		rely(is_addr(mapped));
		when(unmap_and_load(adt, vmid, load_addr, remap_addr, mapped, blocks, why));
		const bool halted = adt->cpu.halt;

		when(s2t_verify_image_spec(adt, vmid, remap_addr, valid >> idx & 1, &good));
		if (good == 0) {
			when(s2t_panic_spec(adt));
			if (!halted)
				*why = S2T_CASE_VLI_8;
		}
	}
	return true;
}

bool s2t_verify_and_load_images_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t valid)
{
	enum s2t_case why = S2T_CASE_VLI_2;
	uint64_t state, cnt, blocks = 0;

	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	if (state == READY) {
		when(s2t_get_vm_next_load_idx_spec(adt, vmid, &cnt));
		when(verify_and_load_loop(adt, cnt, vmid, valid, &blocks, &why));
		when(s2t_make_room(adt));
		when(s2t_set_vm_state_spec(adt, vmid, VERIFIED));
		s2t_case(adt, blocks ? S2T_CASE_VLI_2 : S2T_CASE_VLI_3, why);
		return s2t_release_lock_vm_spec(adt, vmid);
	}
	adt->case_id = S2T_CASE_VLI_4;
	when(s2t_panic_spec(adt));
	return s2t_release_lock_vm_spec(adt, vmid);
}
