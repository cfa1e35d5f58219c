/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the bookkeeping of invariants share: inv_pages.c, inv_entries.c, inv_blocks.c, inv_words.c. */
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

/* An entry comes to the list that begins at `*head`, as its list `list`, or leaves it. */
static inline void s2t_inv_push(struct s2t_inv_state *state, struct s2t_inv_entry *entry, unsigned list,
                                uint32_t *head)
{
	struct s2t_inv_entry *entries = S2T_INV_ENTRIES(state);
	const uint32_t ref = (uint32_t)(2 * (entry - entries) + list + 1);

	entry->next[list] = *head;
	entry->prev[list] = 0;
	if (*head)
		entries[(*head - 1) / 2].prev[(*head - 1) % 2] = ref;
	*head = ref;
	entry->linked |= (uint8_t)(1 << list);
}
static inline void s2t_inv_take_out(struct s2t_inv_state *state, const struct s2t_inv_entry *entry,
                                    unsigned list, uint32_t *head)
{
	struct s2t_inv_entry *entries = S2T_INV_ENTRIES(state);
	const uint32_t next = entry->next[list], prev = entry->prev[list];

	if (prev)
		entries[(prev - 1) / 2].next[(prev - 1) % 2] = next;
	else
		*head = next;
	if (next)
		entries[(next - 1) / 2].prev[(next - 1) % 2] = prev;
}

/* A page that is to be judged at the end of the step; and one that is if anything could be newly broken at it. */
void s2t_inv_soil(struct s2t_inv_state *state, struct s2t_inv_page *page);
void s2t_inv_doubt(struct s2t_inv_state *state, struct s2t_inv_page *page);
/* Judges the pages that are dirty, and notes what is new. */
void s2t_inv_settle_pages(struct s2t_inv_state *state, const struct s2t_inv_side *side);

/* A page that the sequence has not met, and its record before the step. */
void s2t_inv_greet(struct s2t_inv_state *state, struct s2t_inv_page *page, struct s2t_page record);

/* The page `pfn`, of which the step does not write the record. NULL: out of memory. */
static inline struct s2t_inv_page *s2t_inv_meet(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                                                s2t_pfn pfn)
{
	bool is_new;
	struct s2t_inv_page *page = S2T_INV_MAKE(state->page, struct s2t_inv_page, pfn, &is_new);

	if (SELDOM(!page))
		state->no_memory = true;
	else if (SELDOM(is_new))
		s2t_inv_greet(state, page, s2t_inv_side_page(side, pfn));
	return page;
}

/*
 * What could be broken at a page by those that map it, and is not if the counts say no. Without branches where no
 * processor could foretell them: a wrong guess takes longer than all that is asked here.
 */

/* Blocks count where they reach. */
uint32_t s2t_inv_could_blocks(const struct s2t_inv_state *state, const struct s2t_inv_page *page);

static inline uint32_t s2t_inv_could_stage2(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	const struct s2t_inv_seen *seen = &page->seen;
	const uint32_t owner = page->record.owner;

	if (SELDOM(state->blocks > 0) && S2T_INV_REACHED(state)[page->reached].head)
		return s2t_inv_could_blocks(state, page);
	const bool foreign = (seen->host != 0) & (owner != 0) & (page->record.count == 0);
	const bool many = seen->other != 0, not_own = (seen->own != 0) & (owner != seen->vm);

	return owner == S2T_NOBODY
	               ? 0
	               : (uint32_t)foreign << S2T_HOST_ISO | (uint32_t)(many | not_own) << S2T_VM_ISO |
	                         (uint32_t)many << S2T_ONE_VM;
}
static inline uint32_t s2t_inv_could_dma(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	const uint32_t of_bound = S2T_INV(S2T_SMMU_ISO) | S2T_INV(S2T_SMMU_COUNT_0) | S2T_INV(S2T_STALE_DMA);
	const struct s2t_inv_seen *seen = &page->seen;

	if (seen->dma == 0)
		return 0;
	const bool elsewhere = (seen->frame == 0) | (page->record.gfn + 1 != seen->frame) |
	                       (page->record.owner == S2T_NOBODY);

	return (uint32_t)elsewhere << S2T_UNBOUND_ISO | (state->bound > 0 ? of_bound : 0);
}

/* An entry, which is made if there is none. NULL: out of memory. */
struct s2t_inv_entry *s2t_inv_make_entry(struct s2t_inv_state *state, uint64_t key, unsigned level);
/* One entry more. Returns whether a count says all of it; if not, it is to be in a list, too. */
static inline bool s2t_inv_see(struct s2t_inv_seen *seen, uint32_t space, s2t_gfn gfn)
{
	if (space & S2T_INV_SMMU) {
		seen->frame = seen->dma++ == 0 || seen->frame == gfn + 1 ? (uint32_t)gfn + 1 : 0;
		return false;
	}
	if (space == 0) {
		seen->host++;
		return true;
	}
	if (seen->own == 0 && seen->other == 0)
		seen->vm = (uint16_t)space;
	if (seen->vm == space) {
		seen->own++;
		return true;
	}
	seen->other++;
	return false;
}

/* The entries of the last level leave their pages, and come to them. */
void s2t_inv_unlink_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry);
void s2t_inv_link_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                        struct s2t_inv_entry *entry);
/* The value of an entry that is not linked: what it breaks by itself is noted. */
void s2t_inv_set_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry, s2t_pte pte);

/* A page, or an entry of the last level of stage 2, becomes known to its range of 2 MiB, for the blocks. */
void s2t_inv_range_page(struct s2t_inv_state *state, struct s2t_inv_page *page);
void s2t_inv_range_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry);

/* What an entry of EL2's table breaks, and where. */
uint32_t s2t_inv_judge_core(const struct s2t_inv_state *state, const struct s2t_inv_entry *entry,
                            struct s2t_inv_place *place);

#endif
