/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of pages: each page by an operation of its own, under locks of its own.
 *
 * What a loop relies on of all its addresses is asked before it starts, because a rely counts even behind a
 * panic. So the loop may end at a panic. And it leaps over what it would leave as it is: a range may be 2^48
 * bytes. While events are recorded it does not: each page is an event.
 */
#include "hypercalls.h"

#include "bodies.h"
#include "vm.h"

#define BLOCK_PAGES 512u

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) >> PAGE_SHIFT_4K;
}

/* Relies on `addr` and the addresses of the next `pages` - 1 pages being below `space`. */
static void rely_on_range(struct s2t_hyp *h, uint64_t addr, uint64_t pages, uint64_t space,
                          const char *otherwise)
{
	s2t_rely(h, addr < space && (pages == 0 || pages - 1 <= (space - 1 - addr) >> PAGE_SHIFT_4K),
	         otherwise);
}

/* How many pages from `pfn` on cannot be a VM's, because they have no ownership record. */
static uint64_t leap_over_devices(const struct s2t_hyp *h, uint32_t vmid, uint64_t pfn)
{
	if (h->record_events || vmid > h->board.corevisor)
		return 0;
	return s2t_regions_gap(&h->regions, pfn);
}

void s2t_hyp_clear_vm_range(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn, uint64_t pages)
{
	s2t_rely(h, pfn < PFN_SPACE && pages < PFN_SPACE && pages <= PFN_SPACE - pfn,
	         "clear_vm_range: pages beyond 40 bits of physical address");
	for (uint64_t i = 0; i < pages && !h->stop; i++) {
		uint64_t leap = leap_over_devices(h, vmid, pfn + i);

		if (leap >= pages - i)
			break;
		i += leap;
		s2t_body_clear_vm_page(h, vmid, pfn + i);
	}
}

void s2t_hyp_prot_and_map_vm_s2pt(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t pte, uint32_t level)
{
	uint64_t gfn = addr >> PAGE_SHIFT_4K;
	uint64_t pfn = (pte & DESC_OUTPUT) >> PAGE_SHIFT_4K;
	uint64_t pages = 1;

	if (level == LEVEL_BLOCK) {
		pages = BLOCK_PAGES;
		gfn -= gfn % BLOCK_PAGES;
	}
	s2t_rely_on_vmid(h, vmid);
	s2t_rely(h, addr < IPA_SPACE, "prot_and_map_vm_s2pt: the address is 2^48 or more");
	s2t_rely(h, pfn <= PFN_SPACE - pages,
	         "prot_and_map_vm_s2pt: the pages are beyond 40 bits of physical address");
	for (uint64_t i = 0; i < pages && !h->stop; i++)
		s2t_body_assign_pfn_to_vm(h, vmid, gfn + i, pfn + i);
	s2t_body_map_pfn_vm(h, vmid, addr, pte, level);
}

/* Runs `on_page` on each page that a VM has mapped at [addr, addr + size). */
static void each_mapped_page(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t size,
                             void (*on_page)(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn))
{
	s2t_rely(h, s2t_is_vm(h, vmid), "guest call: no such VM");
	s2t_rely(h, addr < IPA_SPACE && size < IPA_SPACE,
	         "guest call: the address or the size is 2^48 or more");
	rely_on_range(h, addr, pages_of(size), IPA_SPACE, "guest call: the range ends beyond 2^48");
	for (uint64_t end = addr + size; addr < end && !h->stop; addr += PAGE_BYTES) {
		uint64_t gap = s2t_npt_gap(h, vmid, addr) & ~(PAGE_BYTES - 1);
		uint64_t desc, pfn;
		uint32_t level;

		if (gap >= end - addr)
			break;
		addr += gap;
		desc = PRIM(walk_s2pt)(h, vmid, addr);
		level = PRIM(get_level_s2pt)(h, vmid, addr);
		pfn = (desc & DESC_OUTPUT) >> PAGE_SHIFT_4K;
		if (pfn == 0)
			continue;
		if (level == LEVEL_BLOCK)
			pfn += addr >> PAGE_SHIFT_4K & (BLOCK_PAGES - 1);
		on_page(h, vmid, pfn);
	}
}

void s2t_hyp_grant_stage2_sg_gpa(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t size)
{
	each_mapped_page(h, vmid, addr, size, s2t_body_grant_vm_page);
}

void s2t_hyp_revoke_stage2_sg_gpa(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t size)
{
	each_mapped_page(h, vmid, addr, size, s2t_body_revoke_vm_page);
}

/* After a stop every VM counts as off. */
void s2t_hyp_clear_vm_stage2_range(struct s2t_hyp *h, uint32_t vmid, uint64_t start, uint64_t size)
{
	s2t_rely(h, start < IPA_SPACE && size < IPA_SPACE,
	         "clear_vm_stage2_range: the address or the size is 2^48 or more");
	if (!s2t_vm_is_on(h, vmid))
		s2t_hyp_clear_vm_range(h, vmid, start >> PAGE_SHIFT_4K, size >> PAGE_SHIFT_4K);
}

static void map_io(struct s2t_hyp *h, uint32_t vmid, uint64_t gpa, uint64_t pa)
{
	s2t_vm_lock(h, vmid);
	if (s2t_vm_load(h, vmid, S2T_VM_STATE) != S2T_HYP_READY)
		PRIM(panic)(h, "kvm_phys_addr_ioremap: the VM is not ready");
	if (!h->stop)
		s2t_body_map_vm_io(h, vmid, gpa, pa);
	s2t_vm_unlock(h, vmid);
}

void s2t_hyp_phys_addr_ioremap(struct s2t_hyp *h, uint32_t vmid, uint64_t gpa, uint64_t pa, uint64_t size)
{
	uint64_t pages = pages_of(size);

	s2t_rely(h, size < IPA_SPACE, "kvm_phys_addr_ioremap: the size is 2^48 or more");
	s2t_rely(h, gpa < IPA_SPACE && pages < IPA_SPACE - gpa && pages < IPA_SPACE - pa,
	         "kvm_phys_addr_ioremap: the range ends beyond 2^48");
	rely_on_range(h, gpa, pages, IPA_SPACE, "kvm_phys_addr_ioremap: the range ends beyond 2^48");
	rely_on_range(h, pa, pages, PHYS_SPACE,
	              "kvm_phys_addr_ioremap: the pages are beyond 40 bits of physical address");
	for (uint64_t i = 0; i < pages && !h->stop; i++)
		map_io(h, vmid, gpa + i * PAGE_BYTES, pa + i * PAGE_BYTES);
}
