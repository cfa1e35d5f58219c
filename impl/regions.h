/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a physical page to its ownership record.
 *
 * The rule: of all regions that hold the byte address of the page, the last one in the list counts; a region
 * without index gives its pages no record. create() applies the rule once to every stretch of pages between
 * two region bounds; a table of cells then says at which of these at most 63 stretches a look-up begins.
 */
#ifndef S2T_IMPL_REGIONS_H
#define S2T_IMPL_REGIONS_H

#include "s2twin/board.h"

enum { S2T_MAX_STRETCHES = 2 * S2T_MAX_REGIONS + 1, S2T_REGION_CELLS = 256 };

/* Pages first..last have the records record, record + 1, …, or none (S2T_NOMAP). */
struct s2t_stretch {
	uint64_t first;
	uint64_t last;
	uint64_t record;
};

/* The way back: records record..record + count - 1 are those of pages first, first + 1, … */
struct s2t_extent {
	uint64_t record;
	uint64_t count;
	uint64_t first;
};

struct s2t_regions {
	size_t stretches;
	struct s2t_stretch stretch[S2T_MAX_STRETCHES]; /* all pages, ascending */
	/* The stretch of the first page of each cell of 2^cell_shift pages. The last cell has no end. */
	uint8_t cell[S2T_REGION_CELLS];
	unsigned cell_shift;
	size_t extents;
	struct s2t_extent extent[S2T_MAX_STRETCHES]; /* ascending in record */
	uint64_t records;                            /* all records are below this number */
};

/* `board` has at most S2T_MAX_REGIONS regions, none of which wraps around 2^64. */
void s2t_regions_init(struct s2t_regions *r, const struct s2t_board *board);

/* The record of page `pfn`; S2T_NOMAP: it has none. */
static inline uint64_t s2t_regions_record(const struct s2t_regions *r, s2t_pfn pfn)
{
	uint64_t cell = pfn >> r->cell_shift;
	const struct s2t_stretch *s;

	if (cell >= S2T_REGION_CELLS)
		cell = S2T_REGION_CELLS - 1;
	for (s = &r->stretch[r->cell[cell]]; s->last < pfn; s++)
		;
	return s->record == S2T_NOMAP ? S2T_NOMAP : s->record + (pfn - s->first);
}

#endif
