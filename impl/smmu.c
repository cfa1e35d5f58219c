/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMMU page tables: three levels, pages only, one tree for each context bank of each SMMU.
 *
 * A root is two level 1 tables side by side, 1024 descriptors in 8 KiB; the roots of all contexts lie one
 * after the other from the start of the pool. Below it the contexts share two pools of tables. Emptying a
 * context does not give its tables back.
 */
#include "locks.h"

enum { SMMU_COUNT = 2, SMMU_CONTEXT_BANKS = 8, ROOT_DESCRIPTORS = 1024 };
#define ROOT_BYTES (ROOT_DESCRIPTORS * DESC_BYTES)

ALWAYS_INLINE uint64_t load(struct s2t_hyp *h, uint64_t slot)
{
	return s2t_mem_load(&h->mem, S2T_WINDOW_SMMU, slot);
}

ALWAYS_INLINE void store(struct s2t_hyp *h, uint64_t slot, uint64_t desc)
{
	s2t_mem_store(&h->mem, S2T_WINDOW_SMMU, slot, desc);
}

static uint64_t root_of(const struct s2t_hyp *h, uint32_t cbndx, uint32_t index)
{
	return h->board.smmu_pool_start + (SMMU_CONTEXT_BANKS * index + cbndx) * ROOT_BYTES;
}

/* Byte address of the descriptor of `iova` in the table of `level` at `table`. */
static uint64_t slot_of(uint64_t table, uint64_t iova, unsigned level)
{
	return table +
	       DESC_BYTES * (level == LEVEL_SMMU_ROOT ? smmu_root_index(iova) : desc_index(iova, level));
}

/* The slot of the page descriptor of `iova`; 0: a table on the way is missing. */
static uint64_t page_slot(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t iova)
{
	uint64_t table = root_of(h, cbndx, index);

	for (unsigned level = LEVEL_SMMU_ROOT; level < LEVEL_PAGE; level++) {
		uint64_t next = load(h, slot_of(table, iova, level));

		if (next == 0)
			return 0;
		table = next & DESC_OUTPUT;
	}
	return slot_of(table, iova, LEVEL_PAGE);
}

/* The same, making the tables that are missing; 0 after a panic. */
static uint64_t demand_page_slot(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t iova)
{
	uint64_t table = root_of(h, cbndx, index);

	for (unsigned level = LEVEL_SMMU_ROOT; level < LEVEL_PAGE; level++) {
		uint64_t slot = slot_of(table, iova, level);
		uint64_t next = load(h, slot);

		if (next == 0) {
			next = s2t_pool_spt_page(h, (enum s2t_spt_pool)(level - LEVEL_SMMU_ROOT));
			if (h->stop)
				return 0;
			next |= DESC_TABLE;
			store(h, slot, next);
		}
		table = next & DESC_OUTPUT;
	}
	return slot_of(table, iova, LEVEL_PAGE);
}

static void rely_on_context(struct s2t_hyp *h, uint32_t cbndx, uint32_t index)
{
	s2t_rely(h, index < SMMU_COUNT, "SMMU tables: no such SMMU");
	s2t_rely(h, cbndx < SMMU_CONTEXT_BANKS, "SMMU tables: no such context bank");
}

static void rely_on_iova(struct s2t_hyp *h, uint64_t iova)
{
	s2t_rely(h, iova < IOVA_SPACE, "SMMU tables: the address is 2^40 or more");
}

/* Clears one page of a root: only descriptors that say something need the store, and few do. */
static void clear_root_page(struct s2t_hyp *h, uint64_t table)
{
	const uint64_t *desc = s2t_mem_page(&h->mem, S2T_WINDOW_SMMU, table);

	for (uint64_t line = 0; desc && line < PAGE_WORDS; line += 8) {
		const uint64_t *d = &desc[line];

		if ((d[0] | d[1] | d[2] | d[3] | d[4] | d[5] | d[6] | d[7]) == 0)
			continue;
		for (uint64_t i = line; i < line + 8; i++)
			if (desc[i] != 0)
				store(h, table + DESC_BYTES * i, 0);
	}
}

void PRIM(init_spt)(struct s2t_hyp *h, uint32_t cbndx, uint32_t index)
{
	uint64_t root;

	rely_on_context(h, cbndx, index);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_SPT))
		return;
	root = root_of(h, cbndx, index);
	clear_root_page(h, root);
	clear_root_page(h, root + PAGE_BYTES);
	s2t_lock_release(h, S2T_HYP_LOCK_SPT);
}

uint64_t PRIM(walk_spt)(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t addr)
{
	uint64_t slot, desc;

	rely_on_context(h, cbndx, index);
	rely_on_iova(h, addr);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_SPT))
		return 0;
	slot = page_slot(h, cbndx, index, addr);
	desc = slot ? load(h, slot) : 0;
	s2t_lock_release(h, S2T_HYP_LOCK_SPT);
	return desc;
}

void PRIM(map_spt)(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t addr, uint64_t pte)
{
	uint64_t slot;

	rely_on_context(h, cbndx, index);
	rely_on_iova(h, addr);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_SPT))
		return;
	slot = demand_page_slot(h, cbndx, index, addr);
	if (slot)
		store(h, slot, pte);
	s2t_lock_release(h, S2T_HYP_LOCK_SPT);
}

uint64_t PRIM(unmap_spt)(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t addr)
{
	uint64_t slot, desc;

	rely_on_context(h, cbndx, index);
	rely_on_iova(h, addr);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_SPT))
		return 0;
	slot = page_slot(h, cbndx, index, addr);
	desc = slot ? load(h, slot) : 0;
	if (desc != 0)
		store(h, slot, 0);
	s2t_lock_release(h, S2T_HYP_LOCK_SPT);
	return desc;
}
