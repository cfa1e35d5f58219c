/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four functions of a memory manager, as they stand in a hypervisor: a page is given to a VM, shared with the host, taken
 * back. A panic does not return there. Here it does, and the layers below do nothing more.
 */
#include "hypervisor.h"

void clear_vm_page(u32 vmid, u64 pfn)
{
	acquire_lock_s2page();
	if (get_pfn_owner(pfn) == vmid) {
		clear_pfn_host(pfn);
		set_pfn_owner(pfn, HOSTVISOR);
		set_pfn_count(pfn, 0U);
		set_pfn_map(pfn, pfn + HOST_OFFSET);
		clear_phys_page(pfn);
	}
	release_lock_s2page();
}

void assign_pfn_to_vm(u32 vmid, u64 gfn, u64 pfn)
{
	acquire_lock_s2page();
	u32 owner = get_pfn_owner(pfn);
	u32 count = get_pfn_count(pfn);

	if (owner == HOSTVISOR && count == 0U) {
		clear_pfn_host(pfn);
		set_pfn_owner(pfn, vmid);
		set_pfn_count(pfn, 0U);
		set_pfn_map(pfn, gfn);
		fetch_from_doracle(vmid, pfn, 1UL);
	} else if (owner == HOSTVISOR || owner != vmid) {
		panic();
	} else {
		u64 map = get_pfn_map(pfn);

		if (map != gfn && map != INVALID64)
			panic();
		if (map == INVALID64)
			set_pfn_map(pfn, gfn);
		if (count == INVALID)
			set_pfn_count(pfn, 0U);
	}
	release_lock_s2page();
}

void grant_vm_page(u32 vmid, u64 pfn)
{
	acquire_lock_s2page();
	u32 owner = get_pfn_owner(pfn);
	u32 count = get_pfn_count(pfn);

	if (owner == vmid && count < MAX_SHARE_COUNT)
		set_pfn_count(pfn, count + 1U);
	release_lock_s2page();
}

void revoke_vm_page(u32 vmid, u64 pfn)
{
	acquire_lock_s2page();
	u32 owner = get_pfn_owner(pfn);
	u32 count = get_pfn_count(pfn);

	if (owner == vmid && count > 0U) {
		set_pfn_count(pfn, count - 1U);
		if (count == 1U) {
#ifndef BODIES_FAULT
			clear_pfn_host(pfn);
#endif
			fetch_from_doracle(vmid, pfn, 1UL);
		}
	}
	release_lock_s2page();
}
