/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PageManagerSpec.v: the ownership record of a page. Setters do nothing for pages without one. The ranges are
 * tested before the halt, all else after it.
 */
#include "spec.h"

/* What getters see after a halt. */
static const struct s2t_page nothing = { 0, 0, 0 };

/* The page of a setter that is not halted: rely S2PAGE is held. */
static inline bool own_page(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page **page)
{
	rely(s2t_lock_own(adt, S2T_LOCK_S2PAGE));
	*page = s2t_s2page(adt, pfn);
	return *page;
}

/* The page of a getter. */
static inline bool see_page(struct s2t_model *adt, s2t_pfn pfn, const struct s2t_page **page)
{
	struct s2t_page *own;

	if (SELDOM(adt->cpu.halt))
		return true;
	when(own_page(adt, pfn, &own));
	*page = own;
	return true;
}

bool s2t_get_pfn_owner_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t *owner)
{
	const struct s2t_page *page = &nothing;

	rely(is_gfn(pfn));
	when(see_page(adt, pfn, &page));
	*owner = page->owner;
	return true;
}

bool s2t_set_pfn_owner_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_vmid vmid)
{
	struct s2t_page *old;

	rely(is_gfn(pfn));
	if (adt->cpu.halt)
		return true;
	when(own_page(adt, pfn, &old));
	struct s2t_page page = *old;

	if (page.owner == INVALID)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	page.owner = (uint32_t)vmid;
	s2t_set_s2page_at(adt, pfn, old, page);
	return true;
}

bool s2t_get_pfn_count_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t *count)
{
	const struct s2t_page *page = &nothing;

	rely(is_gfn(pfn));
	when(see_page(adt, pfn, &page));
	*count = page->count;
	return true;
}

bool s2t_set_pfn_count_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t count)
{
	struct s2t_page *old;

	rely(is_gfn(pfn));
	if (adt->cpu.halt)
		return true;
	when(own_page(adt, pfn, &old));
	struct s2t_page page = *old;

	if (page.owner == INVALID)
		return true;
	page.count = count;
	s2t_set_s2page_at(adt, pfn, old, page);
	return true;
}

bool s2t_get_pfn_map_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_gfn *gfn)
{
	const struct s2t_page *page = &nothing;

	rely(is_gfn(pfn));
	when(see_page(adt, pfn, &page));
	*gfn = page->gfn;
	return true;
}

bool s2t_set_pfn_map_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_gfn gfn)
{
	struct s2t_page *old;

	rely(is_gfn(pfn));
	if (adt->cpu.halt)
		return true;
	when(own_page(adt, pfn, &old));
	struct s2t_page page = *old;

	if (page.owner == INVALID)
		return true;
	page.gfn = gfn;
	s2t_set_s2page_at(adt, pfn, old, page);
	return true;
}
