/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page pools for tables: each hands out its pages from first to last, and none comes back.
 *
 * A pool is a range of a window and a cursor in the memory of EL2. Its pages were never written, so they are
 * zero when they are handed out.
 */
#include "hyp.h"

/* Takes the page at the cursor; `end` is the byte address after the last page of the pool. */
static OUT_OF_LINE uint64_t bump(struct s2t_hyp *h, uint64_t cursor, uint64_t end, const char *exhausted)
{
	uint64_t page = s2t_el2_load(h, cursor);

	if (page + TABLE_BYTES > end) {
		PRIM(panic)(h, exhausted);
		return 0;
	}
	s2t_el2_store(h, cursor, page + TABLE_BYTES);
	return page;
}

uint64_t s2t_pool_npt_page(struct s2t_hyp *h, uint32_t vmid, enum s2t_npt_pool pool)
{
	static const char *const exhausted[S2T_NPT_POOLS] = {
		"map_s2pt: no page left for a PUD table",
		"map_s2pt: no page left for a PMD table",
		"map_s2pt: no page left for a PTE table",
	};
	uint64_t root = s2t_npt_root(&h->board, vmid);
	uint64_t end = pool == S2T_POOL_PUD   ? root + h->board.pud_offset
	               : pool == S2T_POOL_PMD ? root + h->board.pmd_offset
	                                      : root + h->board.pt_pool_per_vm;

	return bump(h, h->layout.npt_next + 32 * (uint64_t)vmid + 8 * (uint64_t)pool, end, exhausted[pool]);
}

uint64_t s2t_pool_spt_page(struct s2t_hyp *h, enum s2t_spt_pool pool)
{
	static const char *const exhausted[S2T_SPT_POOLS] = {
		"map_spt: no page left for a PMD table",
		"map_spt: no page left for a PTE table",
	};
	uint64_t end = pool == S2T_POOL_SMMU_PMD ? h->board.smmu_pmd_start : h->board.smmu_pool_end;

	return bump(h, h->layout.spt_next + 8 * (uint64_t)pool, end, exhausted[pool]);
}
