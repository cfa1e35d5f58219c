/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PageManagerSpec.v: the setters of the ownership record of a page. They do nothing for pages without one. The ranges are
 * tested before the halt, all else after it.
 */
#include "page_manager.h"

bool s2t_set_pfn_owner_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_vmid vmid)
{
	struct s2t_page *old;

	rely(is_gfn(pfn));
	if (adt->cpu.halt)
		return true;
	when(s2t_own_page(adt, pfn, &old));
	struct s2t_page page = *old;

	if (page.owner == INVALID)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	page.owner = (uint32_t)vmid;
	s2t_set_s2page_at(adt, pfn, old, page);
	return true;
}

bool s2t_set_pfn_count_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t count)
{
	struct s2t_page *old;

	rely(is_gfn(pfn));
	if (adt->cpu.halt)
		return true;
	when(s2t_own_page(adt, pfn, &old));
	struct s2t_page page = *old;

	if (page.owner == INVALID)
		return true;
	page.count = count;
	s2t_set_s2page_at(adt, pfn, old, page);
	return true;
}

bool s2t_set_pfn_map_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_gfn gfn)
{
	struct s2t_page *old;

	rely(is_gfn(pfn));
	if (adt->cpu.halt)
		return true;
	when(s2t_own_page(adt, pfn, &old));
	struct s2t_page page = *old;

	if (page.owner == INVALID)
		return true;
	page.gfn = gfn;
	s2t_set_s2page_at(adt, pfn, old, page);
	return true;
}
