/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ten operations. Each takes the lock of the records, looks at one of them, and changes a record, a content or a
 * mapping. Where a panic returns, what stands behind it runs: the lock is released, and assign_pfn_to_vm lets the VM
 * write to a page that it did not get.
 */
#include "manager.h"

enum { PAGE_BYTES = 4096 };

/* Descriptors: normal memory and device memory, both readable, writable and executable where that makes sense. */
#define NORMAL       UINT64_C(0xfff)
#define NORMAL_BLOCK UINT64_C(0xffd)
#define DEVICE       UINT64_C(0x400000000007c7)

/* The content that a page has once its VM runs. It comes from outside and is nobody's to predict; some word stands for
 * it, so that what should have been zeroed shows. */
static s2t_token written_by(uint32_t vmid)
{
	return UINT64_C(0xe47e000000000000) | vmid;
}

static const char *const not_yours = "the page is another's", *const in_use = "the host's devices use the page";

/* The host may have a page that is its own, a device, or shared with it. */
void map_page_host(struct s2t_iut *m, s2t_addr addr)
{
	const s2t_pfn pfn = addr / PAGE_BYTES;

	lock(m, LOCK_RECORDS);
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner == NOBODY)
		vm_map(m, HOST, addr, 3, (pfn * PAGE_BYTES) | DEVICE);
	else if (page.owner == HOST || page.count > 0)
		vm_map(m, HOST, addr, 3, (pfn * PAGE_BYTES) | NORMAL);
	else
		panic(m, not_yours);
	unlock(m, LOCK_RECORDS);
}

/* A VM has ended: its page comes back to the host, empty. */
void clear_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn)
{
	lock(m, LOCK_RECORDS);
	if (page_get(m, pfn).owner == vmid) {
		host_unmap(m, pfn);
		page_set(m, pfn, (struct s2t_page){ .owner = HOST });
#ifndef EXTENTS_FAULT
		content_set(m, pfn, 0);
#endif
	}
	unlock(m, LOCK_RECORDS);
}

/* A host page that no device uses becomes the VM's; `count` is 0, or UNKNOWN if it is for a device of the VM. */
static void take_from_host(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn, uint32_t count, s2t_gfn gfn)
{
	if (page_get(m, pfn).count != 0) {
		panic(m, in_use);
		return;
	}
	host_unmap(m, pfn);
	page_set(m, pfn, (struct s2t_page){ .owner = vmid, .count = count, .gfn = gfn });
}

void assign_pfn_to_vm(struct s2t_iut *m, uint32_t vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	lock(m, LOCK_RECORDS);
	struct s2t_page page = page_get(m, pfn);

	if (page.owner == HOST) {
		take_from_host(m, vmid, pfn, 0, gfn);
		content_set(m, pfn, written_by(vmid));
	} else if (page.owner != vmid) {
		panic(m, not_yours);
	} else if (page.gfn != gfn && page.gfn != UNFIXED) {
		panic(m, "the VM has the page in another place");
	} else {
		/* It was given before, for a device or without a place. */
		page.gfn = gfn;
		if (page.count == UNKNOWN)
			page.count = 0;
		page_set(m, pfn, page);
	}
	unlock(m, LOCK_RECORDS);
}

/* Only the frame of the descriptor counts. Whose it is was asked when it was assigned. */
void map_pfn_vm(struct s2t_iut *m, uint32_t vmid, s2t_addr addr, s2t_pte pte, uint32_t level)
{
	if (level == 2)
		vm_map(m, vmid, addr, 2, (pte & PTE_FRAME) | NORMAL_BLOCK);
	else
		vm_map(m, vmid, addr, 3, (pte & PTE_FRAME) | NORMAL);
}

/* A device for a VM. RAM is not mapped this way, and whoever tries is not told. */
void map_vm_io(struct s2t_iut *m, uint32_t vmid, s2t_addr gpa, s2t_addr pa)
{
	lock(m, LOCK_RECORDS);
	if (page_get(m, pa / PAGE_BYTES).owner == NOBODY)
		vm_map(m, vmid, gpa, 3, (pa & PTE_FRAME) | DEVICE);
	unlock(m, LOCK_RECORDS);
}

void grant_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn)
{
	lock(m, LOCK_RECORDS);
	struct s2t_page page = page_get(m, pfn);

	if (page.owner == vmid && page.count < m->board.max_share_count) {
		page.count++;
		page_set(m, pfn, page);
	}
	unlock(m, LOCK_RECORDS);
}

/* With the last share the host loses the page, and the VM writes what it likes again. */
void revoke_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn)
{
	lock(m, LOCK_RECORDS);
	struct s2t_page page = page_get(m, pfn);

	if (page.owner == vmid && page.count > 0) {
		page.count--;
		page_set(m, pfn, page);
		if (page.count == 0) {
			host_unmap(m, pfn);
			content_set(m, pfn, written_by(vmid));
		}
	}
	unlock(m, LOCK_RECORDS);
}

void assign_pfn_to_smmu(struct s2t_iut *m, uint32_t vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	lock(m, LOCK_RECORDS);
	const uint32_t owner = page_get(m, pfn).owner;

	if (owner == HOST)
		take_from_host(m, vmid, pfn, UNKNOWN, gfn);
	else if (owner != vmid)
		panic(m, not_yours);
	unlock(m, LOCK_RECORDS);
}

/* Where an owner has the page. A host page has its place by its number. */
static s2t_gfn place_of(const struct s2t_iut *m, s2t_pfn pfn, struct s2t_page page)
{
	return page.owner == HOST ? pfn + m->board.smmu_host_offset : page.gfn;
}

void update_smmu_page(struct s2t_iut *m, uint32_t vmid, unsigned cbndx, unsigned index, s2t_addr iova,
                      s2t_pte pte)
{
	const s2t_pfn pfn = (pte & PTE_FRAME) / PAGE_BYTES;

	lock(m, LOCK_RECORDS);
	struct s2t_page page = page_get(m, pfn);

	if (page.owner != vmid) {
		panic(m, not_yours);
	} else if (place_of(m, pfn, page) != iova / PAGE_BYTES) {
		panic(m, "the owner has the page in another place");
	} else {
		smmu_map(m, cbndx, index, iova, pte);
		if (vmid == HOST && page.count < m->board.el2_smmu_cfg_size) {
			page.count++;
			page_set(m, pfn, page);
		}
	}
	unlock(m, LOCK_RECORDS);
}

/* A host page is one mapping closer to being free. */
void unmap_smmu_page(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova)
{
	lock(m, LOCK_RECORDS);
	const s2t_pte pte = smmu_unmap(m, cbndx, index, iova);
	const s2t_pfn pfn = (pte & PTE_FRAME) / PAGE_BYTES;
	struct s2t_page page = page_get(m, pfn);

	if (pte != 0 && page.owner == HOST && page.count > 0) {
		page.count--;
		page_set(m, pfn, page);
	}
	unlock(m, LOCK_RECORDS);
}
