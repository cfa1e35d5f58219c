/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 page tables: four levels of 512 descriptors, one tree for each VM.
 *
 * The root table of a VM is the first page of its pools. Tables are never freed. A block replaces a table
 * below it without further ado; a page under a block is refused. Only the host's pages are unmapped, and each
 * leaves a tombstone.
 */
#include "hypercalls.h"
#include "locks.h"

/* Where a walk ended: the descriptor there, and its level. */
struct leaf {
	uint64_t slot; /* byte address in S2T_WINDOW_S2PT */
	uint64_t desc; /* 0: nothing mapped */
	unsigned level;
};

ALWAYS_INLINE uint64_t load(struct s2t_hyp *h, uint64_t slot)
{
	return s2t_mem_load(&h->mem, S2T_WINDOW_S2PT, slot);
}

ALWAYS_INLINE void store(struct s2t_hyp *h, uint64_t slot, uint64_t desc)
{
	s2t_mem_store(&h->mem, S2T_WINDOW_S2PT, slot, desc);
}

/* Whether the walk goes on below a descriptor. Above level 2 EL2 writes tables only. */
static inline bool is_table(uint64_t desc, unsigned level)
{
	return level < LEVEL_BLOCK || (level == LEVEL_BLOCK && (desc & DESC_TYPE) == DESC_TABLE);
}

/* The descriptor of `addr` in the table of `level` at `table`. */
ALWAYS_INLINE struct leaf look(struct s2t_hyp *h, uint64_t table, uint64_t addr, unsigned level)
{
	uint64_t slot = table + DESC_BYTES * desc_index(addr, level);

	return (struct leaf){ slot, load(h, slot), level };
}

static inline struct leaf walk(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	struct leaf at = look(h, s2t_npt_root(&h->board, vmid), addr, LEVEL_STAGE2_ROOT);

	for (unsigned l = LEVEL_STAGE2_ROOT + 1; l <= LEVEL_PAGE && at.desc != 0 && is_table(at.desc, at.level);
	     l++)
		at = look(h, at.desc & DESC_OUTPUT, addr, l);
	return at;
}

/* 2 or 3; 0: nothing there that has an output address. A tombstone counts as nothing, and so does a mapping
 * of page 0. */
static unsigned mapped_level(const struct leaf *at)
{
	return (at->desc & DESC_OUTPUT) ? at->level : 0;
}

/* Has the empty descriptor at `slot`, of `level`, name a new table. Returns the descriptor; 0 after a panic. */
static OUT_OF_LINE uint64_t add_table(struct s2t_hyp *h, uint32_t vmid, uint64_t slot, unsigned level)
{
	uint64_t next = s2t_pool_npt_page(h, vmid, (enum s2t_npt_pool)level);

	if (h->stop)
		return 0;
	next |= DESC_TABLE;
	store(h, slot, next);
	return next;
}

/* From a table of `level` one level down on the way to `addr`, where a table is made if it is missing.
 * 0 after a panic. */
ALWAYS_INLINE uint64_t descend(struct s2t_hyp *h, uint32_t vmid, uint64_t table, uint64_t addr, unsigned level)
{
	struct leaf at = look(h, table, addr, level);

	if (at.desc == 0) {
		at.desc = add_table(h, vmid, at.slot, level);
	} else if (!is_table(at.desc, level)) {
		PRIM(panic)(h, "map_s2pt: page under a 2 MiB block");
		return 0;
	}
	return at.desc & DESC_OUTPUT;
}

/* Writes `desc` at `level`, which is 2 or 3, making the tables on the way that are missing. */
static inline void map(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, unsigned level, uint64_t desc)
{
	uint64_t table = descend(h, vmid, s2t_npt_root(&h->board, vmid), addr, LEVEL_STAGE2_ROOT);

	if (!h->stop)
		table = descend(h, vmid, table, addr, LEVEL_STAGE2_ROOT + 1);
	if (!h->stop && level == LEVEL_PAGE)
		table = descend(h, vmid, table, addr, LEVEL_BLOCK);
	if (!h->stop)
		store(h, table + DESC_BYTES * desc_index(addr, level), desc);
}

static void rely_on_address(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	s2t_rely(h, vmid <= h->board.corevisor, "stage-2 tables: no such VM");
	s2t_rely(h, addr < IPA_SPACE, "stage-2 tables: the address is 2^48 or more");
}

uint32_t PRIM(get_level_s2pt)(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	struct leaf at;

	rely_on_address(h, vmid, addr);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_NPT + vmid))
		return 0;
	at = walk(h, vmid, addr);
	s2t_lock_release(h, S2T_HYP_LOCK_NPT + vmid);
	return mapped_level(&at);
}

uint64_t PRIM(walk_s2pt)(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	struct leaf at;

	rely_on_address(h, vmid, addr);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_NPT + vmid))
		return 0;
	at = walk(h, vmid, addr);
	s2t_lock_release(h, S2T_HYP_LOCK_NPT + vmid);
	return at.desc;
}

/* An empty descriptor ends the walk for all addresses that it serves. */
uint64_t s2t_npt_gap(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	uint64_t served;
	struct leaf at;

	if (h->record_events)
		return 0;
	rely_on_address(h, vmid, addr);
	if (!s2t_lock_take(h, S2T_HYP_LOCK_NPT + vmid))
		return 0;
	at = walk(h, vmid, addr);
	s2t_lock_release(h, S2T_HYP_LOCK_NPT + vmid);
	served = PAGE_BYTES << 9 * (LEVEL_PAGE - at.level);
	return at.desc == 0 ? served - addr % served : 0;
}

void PRIM(map_s2pt)(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint32_t level, uint64_t pte)
{
	rely_on_address(h, vmid, addr);
	if (h->stop)
		return;
	s2t_rely(h, level == LEVEL_BLOCK || level == LEVEL_PAGE, "map_s2pt: neither a block nor a page");
	s2t_rely(h, pte != 0, "map_s2pt: the descriptor is 0");
	s2t_rely(h, level != LEVEL_BLOCK || !is_table(pte, level), "map_s2pt: a block of the table type");
	if (!s2t_lock_take(h, S2T_HYP_LOCK_NPT + vmid))
		return;
	map(h, vmid, addr, level, pte);
	s2t_lock_release(h, S2T_HYP_LOCK_NPT + vmid);
}

void PRIM(clear_pfn_host)(struct s2t_hyp *h, uint64_t pfn)
{
	struct leaf at;

	s2t_rely(h, pfn < PFN_SPACE, "clear_pfn_host: the page is beyond 40 bits of physical address");
	if (!s2t_lock_take(h, S2T_HYP_LOCK_NPT + S2T_HYP_HOST))
		return;
	at = walk(h, S2T_HYP_HOST, pfn << PAGE_SHIFT_4K);
	if (mapped_level(&at) == LEVEL_BLOCK)
		PRIM(panic)(h, "clear_pfn_host: the host has the page under a 2 MiB block");
	else if (mapped_level(&at) == LEVEL_PAGE)
		store(h, at.slot, DESC_TOMBSTONE);
	s2t_lock_release(h, S2T_HYP_LOCK_NPT + S2T_HYP_HOST);
}
