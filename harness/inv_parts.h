/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the bookkeeping of invariants share: inv_pages.c, inv_entries.c, inv_words.c. */
#ifndef S2T_HARNESS_INV_PARTS_H
#define S2T_HARNESS_INV_PARTS_H

#include "inv_state.h"

#define S2T_INV_FIND(table, type, key)         ((type *)s2t_inv_table_find(&(table), sizeof(type), key))
#define S2T_INV_MAKE(table, type, key, is_new) ((type *)s2t_inv_table_make(&(table), sizeof(type), key, is_new))
#define S2T_INV_ENTRIES(state)                 ((struct s2t_inv_entry *)(state)->entry.item)
#define S2T_INV_PAGES(state)                   ((struct s2t_inv_page *)(state)->page.item)
#define S2T_INV_RANGES(state)                  ((struct s2t_inv_range *)(state)->range.item)
#define S2T_INV_REACHED(state)                 ((struct s2t_inv_range *)(state)->reached.item)

static inline bool s2t_inv_is_block(const struct s2t_inv_entry *entry)
{
	return entry->key >> 63;
}
static inline uint32_t s2t_inv_space_of(const struct s2t_inv_entry *entry)
{
	return (uint32_t)(entry->key >> 36 & 0x7ffffff);
}
static inline s2t_gfn s2t_inv_frame_of(const struct s2t_inv_entry *entry)
{
	return entry->key & ((UINT64_C(1) << 36) - 1);
}
static inline s2t_pfn s2t_inv_page_of(const struct s2t_inv_entry *entry)
{
	return s2t_view_output(entry->pte) >> 12;
}

static inline struct s2t_inv_space s2t_inv_owner_of(const struct s2t_inv_state *state, uint32_t number)
{
	struct s2t_inv_space space = { .number = number, .owner = number };

	if (number & S2T_INV_SMMU) {
		space.smmu = true;
		space.number = number & (S2T_INV_SMMU - 1);
		space.owner = state->cfg[space.number];
	}
	if (space.owner != 0 && space.owner <= state->board->corevisor)
		space.off = state->off[space.owner];
	return space;
}

/* Who reads the entry as a mapping of this page. */
static inline unsigned s2t_inv_reading_of(const struct s2t_inv_entry *entry, s2t_pfn pfn)
{
	const s2t_pfn first = s2t_inv_page_of(entry);
	const bool spec = first != 0 && (!s2t_inv_is_block(entry) || pfn - first < 512);
	const bool hardware = (entry->trap == S2T_FINDING_COUNT || entry->trap == S2T_FINDING_UNALIGNED_BLOCK ||
	                       entry->trap == S2T_FINDING_FRAME_0) &&
	                      (!s2t_inv_is_block(entry) || pfn >> 9 == first >> 9);

	return (spec ? S2T_READ_BY_SPEC : 0) | (hardware ? S2T_READ_BY_HARDWARE : 0);
}

/* What one entry breaks at a page; `place` gets where. */
static inline uint32_t s2t_inv_judge(const struct s2t_inv_state *state, const struct s2t_inv_side *side,
                                     const struct s2t_inv_entry *entry, s2t_pfn pfn, struct s2t_page page,
                                     struct s2t_inv_space *space)
{
	const unsigned reading = s2t_inv_reading_of(entry, pfn);
	uint32_t broken, unless_zero;

	*space = s2t_inv_owner_of(state, s2t_inv_space_of(entry));
	if (!reading)
		return 0;
	if (!space->smmu)
		return s2t_inv_maps(space, pfn, reading, page, (uint32_t)state->board->corevisor);
	broken = s2t_inv_dma(space, s2t_inv_frame_of(entry), page, &unless_zero);
	return unless_zero && !s2t_inv_side_is_zero(side, pfn) ? broken | unless_zero : broken;
}

/* The frame at which an entry maps a page. */
static inline s2t_gfn s2t_inv_maps_at(const struct s2t_inv_entry *entry, s2t_pfn pfn)
{
	if (!s2t_inv_is_block(entry))
		return s2t_inv_frame_of(entry);
	return s2t_inv_frame_of(entry) +
	       (s2t_inv_reading_of(entry, pfn) & S2T_READ_BY_SPEC ? pfn - s2t_inv_page_of(entry) : pfn & 511);
}

static inline struct s2t_inv_place s2t_inv_place_of(const struct s2t_inv_entry *entry,
                                                    const struct s2t_inv_space *space, s2t_pfn pfn,
                                                    struct s2t_page page)
{
	return (struct s2t_inv_place){ .smmu = space->smmu,
		                       .number = space->number,
		                       .bound = space->owner,
		                       .owner = page.owner,
		                       .count = page.count,
		                       .pfn = pfn,
		                       .gfn = s2t_inv_maps_at(entry, pfn),
		                       .value = page.gfn };
}

/* A page that the step may have changed something for: it is judged at the end of the step. */
void s2t_inv_soil(struct s2t_inv_state *state, struct s2t_inv_page *page);
/* The page `pfn`, of which the step does not write the record. NULL: out of memory. */
struct s2t_inv_page *s2t_inv_meet(struct s2t_inv_state *state, const struct s2t_inv_side *side, s2t_pfn pfn);
/* Judges the pages that are dirty, and notes what is new. */
void s2t_inv_settle_pages(struct s2t_inv_state *state, const struct s2t_inv_side *side);
/* What an entry of EL2's table breaks, and where. */
uint32_t s2t_inv_judge_core(const struct s2t_inv_state *state, const struct s2t_inv_entry *entry,
                            struct s2t_inv_place *place);

#endif
