/* SPDX-License-Identifier: BSD-2-Clause */
/* Records and contents of pages, over runs. */
#include "manager.h"

/* How a record is kept. Of a host page the gfn is dropped: its place in an SMMU follows from its pfn. */
struct value record_of(s2t_pfn pfn, struct s2t_page page)
{
	return (struct value){ page.owner | (uint64_t)page.count << 32,
		               page.owner == HOST ? 0 : page.gfn - pfn };
}

struct s2t_page page_get(const struct s2t_iut *m, s2t_pfn pfn)
{
	const struct value value = runs_get(&m->owners, pfn);
	const uint32_t owner = (uint32_t)value.a;

	return (struct s2t_page){ .owner = owner,
		                  .count = (uint32_t)(value.a >> 32),
		                  .gfn = owner == HOST     ? 0
		                         : owner == NOBODY ? UNFIXED
		                                           : value.b + pfn };
}

void page_set(struct s2t_iut *m, s2t_pfn pfn, struct s2t_page page)
{
	if (page_get(m, pfn).owner == NOBODY)
		return;
	touch(m, S2T_ENTRY_S2PAGE, 0, pfn);
	if (!runs_set(&m->owners, pfn, pfn + 1, record_of(pfn, page)))
		trouble(m, S2T_CRASH, "out of memory");
}

s2t_token content_get(const struct s2t_iut *m, s2t_pfn pfn)
{
	return runs_get(&m->contents, pfn).a;
}

void content_set(struct s2t_iut *m, s2t_pfn pfn, s2t_token token)
{
	touch(m, S2T_ENTRY_FLATMEM, 0, pfn);
	if (!runs_set(&m->contents, pfn, pfn + 1, (struct value){ token, 0 }))
		trouble(m, S2T_CRASH, "out of memory");
}
