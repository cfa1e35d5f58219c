/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MemRegionSpec.v and PageIndexSpec.v: which region covers an address, and which ownership record a page has.
 * PageManager and above key s2page by pfn; here it is only decided which pages have a record at all, and what
 * it says at the start.
 */
#include "spec.h"

/* The last region that covers `addr` wins: there is no early exit. */
bool s2t_mem_region_search_spec(const struct s2t_model *adt, s2t_addr addr, uint32_t *region)
{
	rely(is_memblock(adt->board.region_count));
	rely(is_addr(addr));
	*region = INVALID;
	for (uint32_t i = 0; i < adt->board.region_count; i++) {
		uint64_t base = adt->board.region[i].base;
		uint64_t size = adt->board.region[i].size;

		rely(is_addr(base));
		rely(is_addr(base + size));
		if (base <= addr && addr < base + size)
			*region = i;
	}
	return true;
}

bool s2t_get_s2_page_index_spec(const struct s2t_model *adt, s2t_addr addr, uint64_t *index)
{
	uint32_t region_index;

	rely(is_addr(addr));
	when(s2t_mem_region_search_spec(adt, addr, &region_index));
	*index = INVALID64;
	if (region_index == INVALID)
		return true;
	uint64_t page_index = adt->board.region[region_index].index;
	uint64_t base = adt->board.region[region_index].base;

	if (page_index == INVALID64)
		return true;
	rely(is_addr(page_index));
	rely(addr >= base);
	*index = page_index + (addr - base) / PAGE_SIZE;
	return true;
}

/* relate_s2page: a page without an index has owner INVALID, and no other page has. */
bool s2t_page_tracked(const struct s2t_model *adt, s2t_pfn pfn)
{
	uint64_t index;

	return is_gfn(pfn) && s2t_get_s2_page_index_spec(adt, pfn * PAGE_SIZE, &index) && index != INVALID64;
}

struct s2t_page s2t_start_s2page(const struct s2t_model *adt, s2t_pfn pfn)
{
	if (!s2t_page_tracked(adt, pfn))
		return (struct s2t_page){ INVALID, INVALID, INVALID64 };
	return (struct s2t_page){ HOSTVISOR, 0,
		                  adt->board.host_gfn_zero ? 0 : pfn + adt->board.smmu_host_offset };
}
