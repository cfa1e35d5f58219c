/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PageManagerSpec.v: the ownership record of a page. The ranges are tested before the halt, all else after it. MemManager
 * is made of the getters: they are inline, so that it finds a page once. The setters are in page_manager.c.
 */
#ifndef S2T_MODEL_PAGE_MANAGER_H
#define S2T_MODEL_PAGE_MANAGER_H

#include "spec.h"

/* The page of a getter or setter that is not halted: rely S2PAGE is held. */
static inline bool s2t_own_page(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page **page)
{
	rely(s2t_lock_own(adt, S2T_LOCK_S2PAGE));
	*page = s2t_s2page(adt, pfn);
	return *page;
}

/* What a getter sees: after a halt, zeros. */
static inline bool s2t_see_page(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page *page)
{
	struct s2t_page *own;

	*page = (struct s2t_page){ 0, 0, 0 };
	if (adt->cpu.halt)
		return true;
	when(s2t_own_page(adt, pfn, &own));
	*page = *own;
	return true;
}

static inline bool s2t_get_pfn_owner_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t *owner)
{
	struct s2t_page page;

	rely(is_gfn(pfn));
	when(s2t_see_page(adt, pfn, &page));
	*owner = page.owner;
	return true;
}

static inline bool s2t_get_pfn_count_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t *count)
{
	struct s2t_page page;

	rely(is_gfn(pfn));
	when(s2t_see_page(adt, pfn, &page));
	*count = page.count;
	return true;
}

static inline bool s2t_get_pfn_map_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_gfn *gfn)
{
	struct s2t_page page;

	rely(is_gfn(pfn));
	when(s2t_see_page(adt, pfn, &page));
	*gfn = page.gfn;
	return true;
}

#endif
