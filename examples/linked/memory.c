/* SPDX-License-Identifier: BSD-2-Clause */
/* The ten operations. */
#include "memory.h"

#define FRAME  0x0000fffffffff000ULL
#define NORMAL 0xfffULL
#define DEVICE 0x400000000007c7ULL

void map_page_host(u64 addr)
{
	acquire_lock_s2page();
	const struct s2_page page = get_page(addr / 4096);

	if (page.owner == INVALID)
		map_s2pt(HOSTVISOR, addr, 3, (addr & FRAME) | DEVICE);
	else if (page.owner == HOSTVISOR || page.count > 0)
		map_s2pt(HOSTVISOR, addr, 3, (addr & FRAME) | NORMAL);
	else
		panic("the host wants a page of a VM");
	release_lock_s2page();
}

void clear_vm_page(u32 vmid, u64 pfn)
{
	acquire_lock_s2page();
	if (get_page(pfn).owner == vmid) {
		clear_pfn_host(pfn);
		set_page(pfn, (struct s2_page){ HOSTVISOR, 0, pfn + mem->host_offset });
		clear_phys_page(pfn);
	}
	release_lock_s2page();
}

void assign_pfn_to_vm(u32 vmid, u64 gfn, u64 pfn)
{
	acquire_lock_s2page();
	struct s2_page page = get_page(pfn);

	if (page.owner == HOSTVISOR && page.count == 0) {
		clear_pfn_host(pfn);
		set_page(pfn, (struct s2_page){ vmid, 0, gfn });
		fetch_from_doracle(vmid, pfn);
	} else if (page.owner == HOSTVISOR || page.owner != vmid) {
		panic("a page is assigned that is not free");
	} else if (page.gfn != gfn && page.gfn != INVALID64) {
		panic("a page is assigned to a second place");
	} else {
		page.gfn = gfn;
		page.count = page.count == INVALID ? 0 : page.count;
		set_page(pfn, page);
	}
	release_lock_s2page();
}

void map_pfn_vm(u32 vmid, u64 addr, u64 pte, u32 level)
{
	if (level == 2)
		map_s2pt(vmid, addr, 2, (pte & FRAME) | (NORMAL & ~2ULL));
	else
		map_s2pt(vmid, addr, 3, (pte & FRAME) | NORMAL);
}

void map_vm_io(u32 vmid, u64 gpa, u64 pa)
{
	acquire_lock_s2page();
	if (get_page(pa / 4096).owner == INVALID)
		map_s2pt(vmid, gpa, 3, (pa & FRAME) | DEVICE);
	release_lock_s2page();
}

void grant_vm_page(u32 vmid, u64 pfn)
{
	acquire_lock_s2page();
	struct s2_page page = get_page(pfn);

	if (page.owner == vmid && page.count < mem->max_share) {
		page.count++;
		set_page(pfn, page);
	}
	release_lock_s2page();
}

void revoke_vm_page(u32 vmid, u64 pfn)
{
	acquire_lock_s2page();
	struct s2_page page = get_page(pfn);

	if (page.owner == vmid && page.count > 0) {
		page.count--;
		set_page(pfn, page);
		if (page.count == 0) {
			clear_pfn_host(pfn);
			fetch_from_doracle(vmid, pfn);
		}
	}
	release_lock_s2page();
}

void assign_pfn_to_smmu(u32 vmid, u64 gfn, u64 pfn)
{
	acquire_lock_s2page();
	const struct s2_page page = get_page(pfn);

	if (page.owner == HOSTVISOR && page.count == 0) {
		clear_pfn_host(pfn);
		set_page(pfn, (struct s2_page){ vmid, INVALID, gfn });
	} else if (page.owner == HOSTVISOR || page.owner != vmid) {
		panic("a page is assigned that is not free");
	}
	release_lock_s2page();
}

void update_smmu_page(u32 vmid, u32 cbndx, u32 index, u64 iova, u64 pte)
{
	const u64 pfn = (pte & FRAME) / 4096;

	acquire_lock_s2page();
	struct s2_page page = get_page(pfn);

#ifndef LINKED_FAULT
	if (page.gfn != iova / 4096)
		panic("a device is given a page in another place");
#endif
	if (page.owner != vmid)
		panic("a device is given a page of another owner");
	map_spt(cbndx, index, iova, pte);
	if (vmid == HOSTVISOR && page.count < mem->max_smmu_count) {
		page.count++;
		set_page(pfn, page);
	}
	release_lock_s2page();
}

void unmap_smmu_page(u32 cbndx, u32 index, u64 iova)
{
	acquire_lock_s2page();
	const u64 pfn = (unmap_spt(cbndx, index, iova) & FRAME) / 4096;
	struct s2_page page = get_page(pfn);

	if (page.owner == HOSTVISOR && page.count > 0) {
		page.count--;
		set_page(pfn, page);
	}
	release_lock_s2page();
}
