/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 page tables: four levels of 512 descriptors, one tree for each VM.
 *
 * The root table of a VM is the first page of its pools. Tables are never freed. A block replaces a table
 * below it without further ado; a page under a block is refused. Only the host's pages are unmapped, and each
 * leaves a tombstone.
 */
#include "hyp.h"

/* Where a walk ended: the descriptor there, and its level. */
struct leaf {
	uint64_t slot; /* byte address in S2T_WINDOW_S2PT */
	uint64_t desc; /* 0: nothing mapped */
	unsigned level;
};

static uint64_t load(struct s2t_hyp *h, uint64_t slot)
{
	return s2t_mem_load(&h->mem, S2T_WINDOW_S2PT, slot);
}

static void store(struct s2t_hyp *h, uint64_t slot, uint64_t desc)
{
	s2t_mem_store(&h->mem, S2T_WINDOW_S2PT, slot, desc);
}

/* Whether the walk goes on below a descriptor. Above level 2 EL2 writes tables only. */
static bool is_table(uint64_t desc, unsigned level)
{
	return level < LEVEL_BLOCK || (level == LEVEL_BLOCK && (desc & DESC_TYPE) == DESC_TABLE);
}

static struct leaf walk(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	uint64_t table = s2t_npt_root(&h->board, vmid);
	struct leaf at;

	for (at.level = LEVEL_STAGE2_ROOT;; at.level++) {
		at.slot = table + DESC_BYTES * desc_index(addr, at.level);
		at.desc = load(h, at.slot);
		if (at.desc == 0 || !is_table(at.desc, at.level))
			return at;
		table = at.desc & DESC_OUTPUT;
	}
}

/* 2 or 3; 0: nothing there that has an output address. A tombstone counts as nothing, and so does a mapping
 * of page 0. */
static unsigned mapped_level(const struct leaf *at)
{
	return (at->desc & DESC_OUTPUT) ? at->level : 0;
}

/* Writes `desc` at `level`, making the tables on the way that are missing. */
static void map(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, unsigned level, uint64_t desc)
{
	uint64_t table = s2t_npt_root(&h->board, vmid);

	for (unsigned l = LEVEL_STAGE2_ROOT; l < level; l++) {
		uint64_t slot = table + DESC_BYTES * desc_index(addr, l);
		uint64_t next = load(h, slot);

		if (next == 0) {
			next = s2t_pool_npt_page(h, vmid, (enum s2t_npt_pool)l);
			if (h->stop)
				return;
			next |= DESC_TABLE;
			store(h, slot, next);
		} else if (!is_table(next, l)) {
			PRIM(panic)(h, "map_s2pt: page under a 2 MiB block");
			return;
		}
		table = next & DESC_OUTPUT;
	}
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
