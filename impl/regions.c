/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The region list, cut into stretches of pages.
 *
 * A page belongs to a region if the byte address of its start does. So region [base, base + size) holds the
 * pages from base rounded up to base + size rounded up, and its first whole page has the record `index`: a
 * misaligned base leaves the partial page before it without one.
 */
#include "regions.h"

#include "arch.h"

#include <stdlib.h>

static uint64_t pages_below(uint64_t addr)
{
	return (addr >> PAGE_SHIFT_4K) + (addr % PAGE_BYTES != 0);
}

static uint64_t first_page(const struct s2t_region *region)
{
	return pages_below(region->base);
}

static uint64_t end_page(const struct s2t_region *region)
{
	return pages_below(region->base + region->size);
}

/* The region search: the last region that holds the page; NULL: none does. */
static const struct s2t_region *search(const struct s2t_board *board, s2t_pfn pfn)
{
	const struct s2t_region *found = NULL;

	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];

		if (first_page(region) <= pfn && pfn < end_page(region))
			found = region;
	}
	return found;
}

static int compare_u64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compare_extents(const void *a, const void *b)
{
	const struct s2t_extent *x = a, *y = b;

	return (x->record > y->record) - (x->record < y->record);
}

/* Notes which pages the records of a stretch belong to; `end` is the page after its last. */
static void add_extent(struct s2t_regions *r, const struct s2t_stretch *s, uint64_t end)
{
	struct s2t_extent *e = &r->extent[r->extents++];

	e->record = s->record;
	e->count = end - s->first;
	e->first = s->first;
	if (r->records < e->record + e->count)
		r->records = e->record + e->count;
}

/* Spreads the cells over the pages up to the last bound. */
static void set_cells(struct s2t_regions *r)
{
	uint64_t last_bound = r->stretch[r->stretches - 1].first;
	unsigned s = 0;

	r->cell_shift = 0;
	while (last_bound >> r->cell_shift >= S2T_REGION_CELLS)
		r->cell_shift++;
	for (uint64_t i = 0; i < S2T_REGION_CELLS; i++) {
		while (r->stretch[s].last < i << r->cell_shift)
			s++;
		r->cell[i] = (uint8_t)s;
	}
}

void s2t_regions_init(struct s2t_regions *r, const struct s2t_board *board)
{
	uint64_t bound[S2T_MAX_STRETCHES];
	size_t bounds = 0;

	bound[bounds++] = 0;
	for (uint32_t i = 0; i < board->region_count; i++) {
		bound[bounds++] = first_page(&board->region[i]);
		bound[bounds++] = end_page(&board->region[i]);
	}
	qsort(bound, bounds, sizeof(*bound), compare_u64);

	r->stretches = r->extents = 0;
	r->records = 0;
	for (size_t i = 0; i < bounds; i++) {
		const struct s2t_region *region;
		struct s2t_stretch *s;

		if (i + 1 < bounds && bound[i + 1] == bound[i])
			continue;
		region = search(board, bound[i]);
		s = &r->stretch[r->stretches++];
		s->first = bound[i];
		s->last = i + 1 < bounds ? bound[i + 1] - 1 : UINT64_MAX;
		s->record = S2T_NOMAP;
		if (region && region->index != S2T_NOMAP) {
			s->record = region->index + (s->first - first_page(region));
			add_extent(r, s, bound[i + 1]);
		}
	}
	set_cells(r);
	qsort(r->extent, r->extents, sizeof(*r->extent), compare_extents);
}
