/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ten operations of the memory manager: who owns a page, who shares it, who may map it.
 *
 * Each runs under the lock of the ownership records, except map_pfn_vm, which does not look at them. A
 * refused request stops the machine. After a stop the rest of a body runs without effect.
 */
#include "bodies.h"

#include "arch.h"

#define HOST            0u
#define OWNER_NONE      UINT32_MAX /* not RAM: a device */
#define COUNT_SMMU_ONLY UINT32_MAX /* a VM page that only a device of the VM has reached so far */
#define GFN_NOT_FIXED   UINT64_MAX

static uint64_t pfn_of(uint64_t descriptor)
{
	return (descriptor & DESC_OUTPUT) >> PAGE_SHIFT_4K;
}

/* A VM page with a count, even the mark COUNT_SMMU_ONLY, is shared: the host may map it. */
void BODY(map_page_host)(MACHINE *m, uint64_t addr)
{
	uint64_t pfn = addr >> PAGE_SHIFT_4K;
	uint64_t page = pfn << PAGE_SHIFT_4K;
	uint32_t owner, count;

	PRIM(acquire_lock_s2page)(m);
	owner = PRIM(get_pfn_owner)(m, pfn);
	count = PRIM(get_pfn_count)(m, pfn);
	if (owner == OWNER_NONE)
		PRIM(map_s2pt)(m, HOST, addr, LEVEL_PAGE, page | S2_DEVICE_RW);
	else if (owner == HOST || count > 0)
		PRIM(map_s2pt)(m, HOST, addr, LEVEL_PAGE, page | S2_NORMAL_RWX);
	else
		PRIM(panic)(m, "map_page_host: page of a VM that does not share it");
	PRIM(release_lock_s2page)(m);
}

/* The VM's own mappings are not looked for: the VM is dead. */
void BODY(clear_vm_page)(MACHINE *m, uint32_t vmid, uint64_t pfn)
{
	PRIM(acquire_lock_s2page)(m);
	if (PRIM(get_pfn_owner)(m, pfn) == vmid) {
		PRIM(clear_pfn_host)(m, pfn);
		PRIM(set_pfn_owner)(m, pfn, HOST);
		PRIM(set_pfn_count)(m, pfn, 0);
		PRIM(set_pfn_map)(m, pfn, pfn + PRIM(limits)(m)->smmu_host_offset);
		PRIM(clear_phys_page)(m, pfn);
	}
	PRIM(release_lock_s2page)(m);
}

/* The VM has the page already: adopt its frame number if none was fixed, and let the VM itself reach it. */
static void assign_again(MACHINE *m, uint64_t gfn, uint64_t pfn, uint32_t count)
{
	uint64_t mapped_at = PRIM(get_pfn_map)(m, pfn);

	if (mapped_at != GFN_NOT_FIXED && mapped_at != gfn) {
		PRIM(panic)(m, "assign_pfn_to_vm: the VM has the page at another frame");
		return;
	}
	if (mapped_at == GFN_NOT_FIXED)
		PRIM(set_pfn_map)(m, pfn, gfn);
	if (count == COUNT_SMMU_ONLY)
		PRIM(set_pfn_count)(m, pfn, 0);
}

void BODY(assign_pfn_to_vm)(MACHINE *m, uint32_t vmid, uint64_t gfn, uint64_t pfn)
{
	uint32_t owner, count;

	PRIM(acquire_lock_s2page)(m);
	owner = PRIM(get_pfn_owner)(m, pfn);
	count = PRIM(get_pfn_count)(m, pfn);
	if (owner == HOST && count == 0) {
		PRIM(clear_pfn_host)(m, pfn);
		PRIM(set_pfn_owner)(m, pfn, vmid);
		PRIM(set_pfn_map)(m, pfn, gfn);
		PRIM(fetch_from_doracle)(m, vmid, pfn, 1);
	} else if (owner == HOST) {
		PRIM(panic)(m, "assign_pfn_to_vm: a device of the host reaches the page");
	} else if (owner == vmid) {
		assign_again(m, gfn, pfn, count);
	} else {
		PRIM(panic)(m, "assign_pfn_to_vm: page of another owner");
	}
	PRIM(release_lock_s2page)(m);
}

void BODY(map_pfn_vm)(MACHINE *m, uint32_t vmid, uint64_t addr, uint64_t pte, uint32_t level)
{
	uint64_t page = (pte & DESC_OUTPUT) | S2_NORMAL_RWX;

	if (level == LEVEL_BLOCK)
		PRIM(map_s2pt)(m, vmid, addr, LEVEL_BLOCK, page & ~DESC_TABLE_BIT);
	else
		PRIM(map_s2pt)(m, vmid, addr, LEVEL_PAGE, page);
}

void BODY(map_vm_io)(MACHINE *m, uint32_t vmid, uint64_t gpa, uint64_t pa)
{
	PRIM(acquire_lock_s2page)(m);
	if (PRIM(get_pfn_owner)(m, pa >> PAGE_SHIFT_4K) == OWNER_NONE)
		PRIM(map_s2pt)(m, vmid, gpa, LEVEL_PAGE, (pa & DESC_OUTPUT) | S2_DEVICE_RW);
	PRIM(release_lock_s2page)(m);
}

void BODY(grant_vm_page)(MACHINE *m, uint32_t vmid, uint64_t pfn)
{
	uint32_t owner, count;

	PRIM(acquire_lock_s2page)(m);
	owner = PRIM(get_pfn_owner)(m, pfn);
	count = PRIM(get_pfn_count)(m, pfn);
	if (owner == vmid && count < PRIM(limits)(m)->max_share_count)
		PRIM(set_pfn_count)(m, pfn, count + 1);
	PRIM(release_lock_s2page)(m);
}

/* With the last share goes the host's mapping; what the VM writes from now on the host does not see. */
void BODY(revoke_vm_page)(MACHINE *m, uint32_t vmid, uint64_t pfn)
{
	uint32_t owner, count;

	PRIM(acquire_lock_s2page)(m);
	owner = PRIM(get_pfn_owner)(m, pfn);
	count = PRIM(get_pfn_count)(m, pfn);
	if (owner == vmid && count > 0) {
		PRIM(set_pfn_count)(m, pfn, count - 1);
		if (count == 1) {
			PRIM(clear_pfn_host)(m, pfn);
			PRIM(fetch_from_doracle)(m, vmid, pfn, 1);
		}
	}
	PRIM(release_lock_s2page)(m);
}

void BODY(assign_pfn_to_smmu)(MACHINE *m, uint32_t vmid, uint64_t gfn, uint64_t pfn)
{
	uint32_t owner, count;

	PRIM(acquire_lock_s2page)(m);
	owner = PRIM(get_pfn_owner)(m, pfn);
	count = PRIM(get_pfn_count)(m, pfn);
	if (owner == HOST && count == 0) {
		PRIM(clear_pfn_host)(m, pfn);
		PRIM(set_pfn_owner)(m, pfn, vmid);
		PRIM(set_pfn_map)(m, pfn, gfn);
		PRIM(set_pfn_count)(m, pfn, COUNT_SMMU_ONLY);
	} else if (owner == HOST) {
		PRIM(panic)(m, "assign_pfn_to_smmu: a device of the host reaches the page");
	} else if (owner != vmid) {
		PRIM(panic)(m, "assign_pfn_to_smmu: page of another owner");
	}
	PRIM(release_lock_s2page)(m);
}

/* A host page counts its SMMU mappings: it is not given away while a device of the host reaches it. */
void BODY(update_smmu_page)(MACHINE *m, uint32_t vmid, uint32_t cbndx, uint32_t index, uint64_t iova,
                            uint64_t pte)
{
	uint64_t pfn = pfn_of(pte);
	uint64_t gfn = iova >> PAGE_SHIFT_4K;
	uint64_t mapped_at;
	uint32_t owner;

	PRIM(acquire_lock_s2page)(m);
	owner = PRIM(get_pfn_owner)(m, pfn);
	mapped_at = PRIM(get_pfn_map)(m, pfn);
	if (vmid != owner) {
		PRIM(panic)(m, "update_smmu_page: page of another owner");
	} else if (gfn != mapped_at) {
		PRIM(panic)(m, "update_smmu_page: the owner has the page at another frame");
	} else {
		PRIM(map_spt)(m, cbndx, index, iova, pte);
		if (owner == HOST) {
			uint32_t count = PRIM(get_pfn_count)(m, pfn);

			if (count < PRIM(limits)(m)->el2_smmu_cfg_size)
				PRIM(set_pfn_count)(m, pfn, count + 1);
		}
	}
	PRIM(release_lock_s2page)(m);
}

/* Where nothing was mapped the descriptor is 0, and the count of pfn 0 is what goes down. */
void BODY(unmap_smmu_page)(MACHINE *m, uint32_t cbndx, uint32_t index, uint64_t iova)
{
	uint64_t pfn;

	PRIM(acquire_lock_s2page)(m);
	pfn = pfn_of(PRIM(unmap_spt)(m, cbndx, index, iova));
	if (PRIM(get_pfn_owner)(m, pfn) == HOST) {
		uint32_t count = PRIM(get_pfn_count)(m, pfn);

		if (count > 0)
			PRIM(set_pfn_count)(m, pfn, count - 1);
	}
	PRIM(release_lock_s2page)(m);
}
