/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mapped where: stage 2 of the VMs, and the contexts of the SMMU. */
#include "manager.h"

#include <stdlib.h>

enum { PAGE_BYTES = 4096, VM_TOP = 39, BLOCK_PAGES = 512, ROOT_BYTES = 8192 };
enum { BANKS = 8, SMMUS = 2, ADDRESS_BITS = 48, IOVA_BITS = 40 };

/*
 * Stage 2.
 */

static s2t_addr vm_root(const struct s2t_iut *m, s2t_vmid vmid)
{
	return m->board.pt_pool_start + vmid * m->board.pt_pool_per_vm;
}

/* The address space of a VM, made when first asked for. A VM or an address that does not exist is no panic: the callers
 * of this layer have made sure of that. */
static struct space *vm_space(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr)
{
	if (vmid > m->board.corevisor || addr >> ADDRESS_BITS)
		trouble(m, S2T_UNDEFINED, "no such VM, or an address that no table has");
	if (m->vm[vmid])
		return m->vm[vmid];
	struct space *space = malloc(sizeof(*space));
	const size_t pages = (size_t)(m->board.pt_pool_per_vm / PAGE_BYTES);

	if (!space || !space_init(space, vm_root(m, vmid), 1, pages, VM_TOP)) {
		free(space);
		trouble(m, S2T_CRASH, "out of memory");
	}
	m->vm[vmid] = space;
	return space;
}

/* The descriptor as it stands in the table, marks and all. */
struct s2t_npt_entry vm_entry(const struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr)
{
	const struct s2t_npt_entry none = { 0, 0, 0 };

	if (vmid > m->board.corevisor || addr >> ADDRESS_BITS || !m->vm[vmid])
		return none;
	const struct place place = space_find(m->vm[vmid], vm_root(m, vmid), addr, SHIFT_PAGE);

	if (!place.slot || *place.slot == 0)
		return none;
	const s2t_pfn frame = (*place.slot & PTE_FRAME) / PAGE_BYTES;

	if (place.shift == SHIFT_PAGE)
		return (struct s2t_npt_entry){ frame, 3, *place.slot };
	return (struct s2t_npt_entry){ frame + addr / PAGE_BYTES % BLOCK_PAGES, 2, *place.slot };
}

/* The entry, as one who holds the lock sees it. */
static struct s2t_npt_entry vm_look(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr)
{
	(void)vm_space(m, vmid, addr);
	lock(m, LOCK_VM + (uint32_t)vmid);
	const struct s2t_npt_entry entry = vm_entry(m, vmid, addr);

	unlock(m, LOCK_VM + (uint32_t)vmid);
	return entry;
}

s2t_pte vm_walk(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr)
{
	return vm_look(m, vmid, addr).pte;
}

/* A descriptor without a frame maps nothing, whatever else it says. */
static unsigned level_of(struct s2t_npt_entry entry)
{
	return entry.pte & PTE_FRAME ? entry.level : 0;
}

unsigned vm_level(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr)
{
	return level_of(vm_look(m, vmid, addr));
}

static void map_block(struct s2t_iut *m, struct space *space, s2t_vmid vmid, s2t_addr addr, s2t_pte pte)
{
	const struct place place = space_build(space, vm_root(m, vmid), addr, SHIFT_BLOCK);

	if (!place.slot) {
		panic(m, "the pool of the VM is exhausted");
		return;
	}
	space_prune(space, place.slot, SHIFT_BLOCK);
	*place.slot = pte | PTE_MARK_BLOCK;
	touch(m, S2T_ENTRY_NPT_BLOCK, vmid, addr / PAGE_BYTES / BLOCK_PAGES * BLOCK_PAGES);
}

static void map_page(struct s2t_iut *m, struct space *space, s2t_vmid vmid, s2t_addr addr, s2t_pte pte)
{
	const struct place place = space_build(space, vm_root(m, vmid), addr, SHIFT_PAGE);

	if (!place.slot)
		panic(m, "the pool of the VM is exhausted");
	else if (place.shift != SHIFT_PAGE)
		panic(m, "a page is mapped under a block");
	else
		*place.slot = pte | PTE_MARK_PAGE;
	touch(m, S2T_ENTRY_NPT, vmid, addr / PAGE_BYTES);
}

void vm_map(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr, unsigned level, s2t_pte pte)
{
	struct space *space = vm_space(m, vmid, addr);

	if (level < 2 || level > 3 || pte == 0 || (level == 2 && is_table(pte)))
		trouble(m, S2T_UNDEFINED, "a descriptor that is none of this level");
	lock(m, LOCK_VM + (uint32_t)vmid);
	if (level == 2)
		map_block(m, space, vmid, addr, pte);
	else
		map_page(m, space, vmid, addr, pte);
	unlock(m, LOCK_VM + (uint32_t)vmid);
}

/* The host must no longer reach the page: where it is mapped, a descriptor stays that says why it is not. */
void host_unmap(struct s2t_iut *m, s2t_pfn pfn)
{
	const s2t_addr addr = pfn * PAGE_BYTES;
	struct space *space = vm_space(m, HOST, addr);

	lock(m, LOCK_VM + HOST);
	if (level_of(vm_entry(m, HOST, addr)) != 0)
		map_page(m, space, HOST, addr, PTE_GUEST);
	unlock(m, LOCK_VM + HOST);
}

/*
 * The SMMU.
 */

static s2t_addr smmu_root(const struct s2t_iut *m, unsigned context)
{
	return m->board.smmu_pool_start + context * (s2t_addr)ROOT_BYTES;
}

static unsigned context_of(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova)
{
	if (cbndx >= BANKS || index >= SMMUS || iova >> IOVA_BITS)
		trouble(m, S2T_UNDEFINED, "no such context, or an IOVA that no table has");
	return BANKS * index + cbndx;
}

struct s2t_spt_entry smmu_entry(const struct s2t_iut *m, unsigned context, s2t_addr iova)
{
	struct s2t_spt_entry entry = { 0, 0 };

	if (context >= BANKS * SMMUS || iova >> IOVA_BITS)
		return entry;
	const struct place place = space_find(&m->smmu, smmu_root(m, context), iova, SHIFT_PAGE);

	if (place.slot && place.shift == SHIFT_PAGE)
		entry = (struct s2t_spt_entry){ (*place.slot & PTE_FRAME) / PAGE_BYTES, *place.slot };
	return entry;
}

void smmu_clear(struct s2t_iut *m, unsigned cbndx, unsigned index)
{
	const unsigned context = context_of(m, cbndx, index, 0);

	lock(m, LOCK_SMMU);
	for (s2t_addr iova = 0; iova >> IOVA_BITS == 0; iova += UINT64_C(1) << m->smmu.top) {
		const struct place place = space_find(&m->smmu, smmu_root(m, context), iova, m->smmu.top);

		if (place.slot && *place.slot)
			space_prune(&m->smmu, place.slot, place.shift);
	}
	touch(m, S2T_ENTRY_SPT_CONTEXT, context, 0);
	unlock(m, LOCK_SMMU);
}

s2t_pte smmu_walk(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova)
{
	const unsigned context = context_of(m, cbndx, index, iova);

	lock(m, LOCK_SMMU);
	const s2t_pte pte = smmu_entry(m, context, iova).pte;

	unlock(m, LOCK_SMMU);
	return pte;
}

void smmu_map(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova, s2t_pte pte)
{
	const unsigned context = context_of(m, cbndx, index, iova);

	lock(m, LOCK_SMMU);
	const struct place place = space_build(&m->smmu, smmu_root(m, context), iova, SHIFT_PAGE);

	if (place.slot)
		*place.slot = pte;
	else
		panic(m, "the pool of the SMMU is exhausted");
	touch(m, S2T_ENTRY_SPT, context, iova / PAGE_BYTES);
	unlock(m, LOCK_SMMU);
}

s2t_pte smmu_unmap(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova)
{
	const unsigned context = context_of(m, cbndx, index, iova);

	lock(m, LOCK_SMMU);
	const struct place place = space_find(&m->smmu, smmu_root(m, context), iova, SHIFT_PAGE);
	const s2t_pte pte = place.slot ? *place.slot : 0;

	if (pte) {
		*place.slot = 0;
		touch(m, S2T_ENTRY_SPT, context, iova / PAGE_BYTES);
	}
	unlock(m, LOCK_SMMU);
	return pte;
}
