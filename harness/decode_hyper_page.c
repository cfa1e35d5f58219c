/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages in records of the hypercall layer, as descriptors and physical addresses too. Part of version 2 of the inputs.
 *
 * The selectors are those of decode_pick.c, but that b0-b7 stand for the next page of the host and b8-be for a block of
 * such.
 */
#include "decode_hyper.h"

static bool is_free(const struct s2t_decoder *d, uint64_t pfn)
{
	const struct s2t_page page = s2t_model_page(d->model, pfn);

	return page.owner == 0 && page.count == 0;
}

/* The first page of the host from the newest page on; a page of the board where none is near. */
static uint64_t free_page(const struct s2t_decoder *d)
{
	enum { NEAR = 64 };
	const uint64_t newest = d->recent.count ? d->recent.pfn[(d->recent.next - 1) % DECODE_RECENT]
	                                        : d->page[0];

	for (uint64_t pfn = newest; pfn < newest + NEAR; pfn++)
		if (is_free(d, pfn))
			return pfn;
	for (unsigned i = 0; i < DECODE_PAGES; i++)
		if (is_free(d, d->page[i]))
			return d->page[i];
	return d->page[0];
}

/* The first page of the first 2 MiB that are the host's, as far as some of its pages tell; a page of the board where
 * there are none. */
static uint64_t free_block(const struct s2t_decoder *d)
{
	enum { BLOCKS = 8, STEP = 73 }; /* 511 is a multiple of it */

	for (uint32_t r = 0; r < d->board.region_count; r++) {
		const struct s2t_region *region = &d->board.region[r];
		const uint64_t end = (region->base + region->size) >> 12;
		uint64_t pfn = ((region->base >> 12) + GEN_BLOCK - 1) & ~(uint64_t)(GEN_BLOCK - 1);

		if (region->index == S2T_NOMAP)
			continue;
		for (unsigned n = 0; n < BLOCKS && pfn + GEN_BLOCK <= end; n++, pfn += GEN_BLOCK) {
			uint64_t i = 0;

			while (i < GEN_BLOCK && is_free(d, pfn + i))
				i += STEP;
			if (i >= GEN_BLOCK)
				return pfn;
		}
	}
	return d->page[0];
}

/* A page, or the page of a descriptor or address. False: the selector is one of decode_pick.c. */
static bool set_free(struct s2t_resolving *r, unsigned i, unsigned shift)
{
	const uint8_t s = r->select[i];

	if (s < 0xB0 || s >= 0xBF)
		return false;
	r->d->pfn = s < 0xB8 ? free_page(r->d) : free_block(r->d);
	r->arg[i] = r->d->pfn << shift;
	return true;
}

void s2t_hyper_pfn(struct s2t_resolving *r, unsigned i)
{
	if (!set_free(r, i, 0))
		s2t_decode_pfn(r, i);
}

void s2t_hyper_pte(struct s2t_resolving *r, unsigned i)
{
	if (!set_free(r, i, 12))
		s2t_decode_pte(r, i);
}

void s2t_hyper_pa(struct s2t_resolving *r, unsigned i, bool device)
{
	const uint8_t s = r->select[i];

	if (!device && set_free(r, i, 12))
		r->arg[i] |= r->offset;
	else if (!s2t_decode_is_fixed(r, i, S2T_ARG_PA))
		r->arg[i] = (device ? s2t_decode_device(r->d, s) : s2t_decode_page(r->d, s)) << 12 | r->offset;
	r->d->pfn = r->arg[i] >> 12 & (GEN_PFN_END - 1);
}
