/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: blocks of 2 MiB, the pages that they reach, and the entries that lie under them. */
#include <string.h>

#include "inv_parts.h"
#include "rdata.h"

static struct s2t_inv_range *make(struct s2t_inv_state *state, struct s2t_inv_table *table, uint64_t key)
{
	bool is_new;
	struct s2t_inv_range *range = S2T_INV_MAKE(*table, struct s2t_inv_range, key, &is_new);

	state->no_memory |= !range;
	return range;
}

static struct s2t_inv_range *range_of(struct s2t_inv_state *state, uint32_t space, s2t_gfn gfn)
{
	return make(state, &state->range, (uint64_t)space << 27 | gfn >> 9);
}

static struct s2t_inv_range *reached_by(struct s2t_inv_state *state, const struct s2t_inv_entry *block,
                                        unsigned list)
{
	return make(state, &state->reached, (s2t_inv_page_of(block) >> 9) + list);
}

void s2t_inv_range_page(struct s2t_inv_state *state, struct s2t_inv_page *page)
{
	struct s2t_inv_range *range = make(state, &state->reached, page->key >> 9);

	if (!range)
		return;
	range->used[page->key >> 6 & 7] |= UINT64_C(1) << (page->key & 63);
	page->reached = (uint32_t)(range - S2T_INV_REACHED(state));
}

void s2t_inv_range_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry)
{
	const s2t_gfn gfn = s2t_inv_frame_of(entry);
	struct s2t_inv_range *range;

	if (s2t_inv_space_of(entry) & S2T_INV_SMMU)
		return;
	range = range_of(state, s2t_inv_space_of(entry), gfn);
	if (!range)
		return;
	range->used[gfn >> 6 & 7] |= UINT64_C(1) << (gfn & 63);
	entry->range = (uint32_t)(range - S2T_INV_RANGES(state));
}

/* Many sequences have no block. From the first one on all is known to its range. */
static void begin_ranges(struct s2t_inv_state *state)
{
	state->ranged = true;
	for (size_t i = 0; i < state->page.count; i++)
		s2t_inv_range_page(state, &S2T_INV_PAGES(state)[i]);
	for (size_t i = 0; i < state->entry.count; i++)
		if (!s2t_inv_is_block(&S2T_INV_ENTRIES(state)[i]))
			s2t_inv_range_entry(state, &S2T_INV_ENTRIES(state)[i]);
}

/* The pages of a range that the sequence has met. */
static void doubt_range(struct s2t_inv_state *state, uint64_t number)
{
	const struct s2t_inv_range *range = S2T_INV_FIND(state->reached, struct s2t_inv_range, number);

	for (unsigned word = 0; range && word < 8; word++)
		for (uint64_t used = range->used[word]; used; used &= used - 1)
			s2t_inv_doubt(state,
			              S2T_INV_FIND(state->page, struct s2t_inv_page,
			                           number << 9 | word << 6 | (unsigned)__builtin_ctzll(used)));
}

static void link_block(struct s2t_inv_state *state, struct s2t_inv_entry *entry)
{
	const uint32_t space = s2t_inv_space_of(entry);
	const unsigned lists = s2t_inv_page_of(entry) & 511 ? 2 : 1;

	if (entry->trap != S2T_FINDING_FRAME_0 && !s2t_inv_page_of(entry))
		return;
	if (space >= state->board->corevisor) {
		entry->linked = S2T_INV_ALONE;
		return;
	}
	for (unsigned list = 0; list < lists; list++) {
		struct s2t_inv_range *range = reached_by(state, entry, list);

		if (!range)
			return;
		s2t_inv_see(&range->seen, space, s2t_inv_frame_of(entry));
		s2t_inv_push(state, entry, list, &range->head);
	}
	state->blocks++;
	for (unsigned list = 0; list < lists; list++)
		doubt_range(state, (s2t_inv_page_of(entry) >> 9) + list);
}

static void forget(struct s2t_inv_seen *seen, uint32_t space)
{
	if (space == 0)
		seen->host--;
	else
		*(seen->vm == space ? &seen->own : &seen->other) -= 1;
}

static void unlink_block(struct s2t_inv_state *state, struct s2t_inv_entry *entry)
{
	for (unsigned list = 0; list < 2; list++) {
		if (!(entry->linked >> list & 1))
			continue;
		struct s2t_inv_range *range = reached_by(state, entry, list); /* it is there */

		forget(&range->seen, s2t_inv_space_of(entry));
		s2t_inv_take_out(state, entry, list, &range->head);
		if (state->bound > 0)
			doubt_range(state, range->key);
	}
	state->blocks -= entry->linked && entry->linked != S2T_INV_ALONE;
	entry->linked = 0;
}

/* Whether any of `pages` is in a region with records. All others are devices, which break nothing. */
static bool has_ram(const struct s2t_board *board, s2t_pfn first, unsigned pages)
{
	const uint64_t start = first * 4096, end = start + pages * UINT64_C(4096);

	for (uint32_t i = 0; i < board->region_count; i++)
		if (board->region[i].index != S2T_NOMAP && board->region[i].base < end &&
		    board->region[i].base + board->region[i].size > start)
			return true;
	return false;
}

/* The records of the 512 pages from `first` on, or NULL: they have to be asked for one by one. */
static const struct s2t_page *records_of(const struct s2t_inv_side *side, s2t_pfn first)
{
	const struct s2t_page_node *node = side->model ? s2t_map_find(&side->model->s2page, first >> 9) : NULL;

	return node ? node->page : NULL;
}

/* What a block breaks at one of its pages, which belongs to somebody. */
static uint32_t judge_in_block(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                               const struct s2t_inv_entry *entry, s2t_pfn pfn, struct s2t_page page)
{
	struct s2t_inv_space space;
	const uint32_t broken = s2t_inv_judge(state, side, entry, pfn, page, &space);

	for (uint32_t set = broken & ~entry->broken & ~state->news; set;)
		s2t_inv_news(state, s2t_inv_take(&set), s2t_inv_place_of(entry, &space, pfn, page));
	return broken;
}

/* Whether a block breaks an invariant at any of its pages: those that the sequence has met are judged one by one. Of the
 * others the host's own break nothing under the host. */
static void judge_block(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                        struct s2t_inv_entry *entry)
{
	const s2t_pfn base = s2t_inv_page_of(entry), first = base & ~UINT64_C(511);
	const struct s2t_inv_space space = s2t_inv_owner_of(state, s2t_inv_space_of(entry));
	uint32_t broken = 0;

	if (!entry->linked || space.off || space.number >= state->board->corevisor ||
	    (space.number == 0 && state->board->start_page_count == 0) || !has_ram(state->board, first, 1024))
		return;
	for (s2t_pfn from = first; !broken && from < base + 512; from += 512) {
		const struct s2t_page *records = records_of(side, from);

		if (!records && !has_ram(state->board, from, 512))
			continue;
		for (unsigned i = 0; !broken && i < 512; i++) {
			const struct s2t_page page = records ? records[i] : s2t_inv_side_page(side, from + i);

			if (page.owner != S2T_NOBODY && page.owner != space.number)
				broken = judge_in_block(state, side, entry, from + i, page);
		}
	}
	entry->broken = broken;
}

/* Puts the entries under a block out of sight, or back. */
static void hide(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space, s2t_gfn gfn,
                 bool hidden)
{
	uint64_t used[8];

	memcpy(used, range_of(state, space, gfn)->used, sizeof(used));
	for (unsigned word = 0; word < 8; word++)
		for (; used[word]; used[word] &= used[word] - 1) {
			const s2t_gfn frame = gfn | word << 6 | (unsigned)__builtin_ctzll(used[word]);
			struct s2t_inv_entry *entry = S2T_INV_FIND(state->entry, struct s2t_inv_entry,
			                                           s2t_inv_entry_key(false, space, frame));

			if (!hidden && entry->pte)
				s2t_inv_link_entry(state, side, entry);
			else if (hidden && entry->linked)
				s2t_inv_unlink_entry(state, entry);
		}
}

S2T_INV_RARE void s2t_inv_feed_block(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                                     uint32_t space, s2t_gfn gfn, s2t_pte pte)
{
	if (!state->ranged)
		begin_ranges(state);
	struct s2t_inv_entry *entry = s2t_inv_make_entry(state, s2t_inv_entry_key(true, space, gfn), 2);
	struct s2t_inv_range *range = range_of(state, space, gfn);

	if (!entry || !range || entry->pte == pte)
		return;
	const bool was = entry->pte != 0;

	range->head = pte ? (uint32_t)(entry - S2T_INV_ENTRIES(state)) + 1 : 0;
	state->covered += pte != 0;
	state->covered -= was;
	if (was != (pte != 0))
		hide(state, side, space, gfn, pte != 0);
	unlink_block(state, entry);
	s2t_inv_set_entry(state, entry, pte);
	link_block(state, entry);
	judge_block(state, side, entry);
}
