/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: descriptors, and the lists of those that map a page. */
#include <stdlib.h>
#include <string.h>

#include "inv_parts.h"

static void see(struct s2t_inv_seen *seen, const struct s2t_inv_entry *entry)
{
	const uint32_t space = s2t_inv_space_of(entry);

	if (space & S2T_INV_SMMU) {
		seen->frames = seen->dma > 0 && (seen->frames || seen->gfn != s2t_inv_frame_of(entry) + 1);
		seen->gfn = s2t_inv_frame_of(entry) + 1;
		seen->dma++;
	} else if (space == 0) {
		seen->host++;
	} else {
		if (seen->own == 0 && seen->other == 0)
			seen->vm = space;
		*(seen->vm == space ? &seen->own : &seen->other) += 1;
	}
}

static void forget(struct s2t_inv_seen *seen, const struct s2t_inv_entry *entry)
{
	const uint32_t space = s2t_inv_space_of(entry);

	if (space & S2T_INV_SMMU)
		seen->dma--;
	else if (space == 0)
		seen->host--;
	else
		*(seen->vm == space ? &seen->own : &seen->other) -= 1;
}

static struct s2t_inv_range *reached_by(struct s2t_inv_state *state, const struct s2t_inv_entry *block,
                                        unsigned list)
{
	bool is_new;
	struct s2t_inv_range *range = S2T_INV_MAKE(state->reached, struct s2t_inv_range,
	                                           (s2t_inv_page_of(block) >> 9) + list, &is_new);

	state->no_memory |= !range;
	return range;
}

/* The pages of a range that the sequence has met. */
static void soil_range(struct s2t_inv_state *state, uint64_t number)
{
	const struct s2t_inv_range *range = S2T_INV_FIND(state->reached, struct s2t_inv_range, number);

	for (unsigned word = 0; range && word < 8; word++)
		for (uint64_t used = range->used[word]; used; used &= used - 1)
			s2t_inv_soil(state,
			             S2T_INV_FIND(state->page, struct s2t_inv_page,
			                          number << 9 | word << 6 | (unsigned)__builtin_ctzll(used)));
}

/* An entry comes to a list. */
static void push(struct s2t_inv_state *state, size_t number, unsigned list, uint32_t *head)
{
	struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[number];
	const uint32_t ref = (uint32_t)(2 * number + list + 1);

	entry->next[list] = *head;
	entry->prev[list] = 0;
	if (*head)
		S2T_INV_ENTRIES(state)[(*head - 1) / 2].prev[(*head - 1) % 2] = ref;
	*head = ref;
	entry->linked |= (uint8_t)(1 << list);
}

/* An entry leaves a list. */
static void take(struct s2t_inv_state *state, const struct s2t_inv_entry *entry, unsigned list, uint32_t *head)
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

static void link_block(struct s2t_inv_state *state, size_t number)
{
	struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[number];
	const unsigned lists = s2t_inv_page_of(entry) & 511 ? 2 : 1;

	for (unsigned list = 0; list < lists; list++) {
		struct s2t_inv_range *range = reached_by(state, entry, list);

		if (!range)
			return;
		see(&range->seen, entry);
		push(state, number, list, &range->head);
		soil_range(state, range->key);
	}
	state->blocks++;
}

static void link_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, size_t number)
{
	struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[number];
	const uint32_t space = s2t_inv_space_of(entry);

	if (entry->trap != S2T_FINDING_FRAME_0 && !s2t_inv_page_of(entry))
		return;
	if (space >= state->board->corevisor && !(space & S2T_INV_SMMU)) {
		entry->linked = S2T_INV_ALONE;
		if (!s2t_inv_is_block(entry))
			s2t_inv_meet(state, side, s2t_inv_page_of(entry));
		return;
	}
	if (s2t_inv_is_block(entry)) {
		link_block(state, number);
		return;
	}
	struct s2t_inv_page *page = s2t_inv_meet(state, side, s2t_inv_page_of(entry));

	if (!page)
		return;
	see(&page->seen, entry);
	push(state, number, 0, &page->head);
	entry->page = (uint32_t)(page - S2T_INV_PAGES(state));
	s2t_inv_soil(state, page);
}

static void unlink_block(struct s2t_inv_state *state, struct s2t_inv_entry *entry)
{
	for (unsigned list = 0; list < 2; list++) {
		if (!(entry->linked >> list & 1))
			continue;
		struct s2t_inv_range *range = reached_by(state, entry, list); /* it is there */

		forget(&range->seen, entry);
		take(state, entry, list, &range->head);
		if (state->bound > 0)
			soil_range(state, range->key);
	}
	state->blocks--;
}

/* A page that is mapped once less breaks nothing anew. Where a context is bound it is judged for all that: what the page
 * holds may have changed since. */
static void unlink_entry(struct s2t_inv_state *state, size_t number)
{
	struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[number];

	if (entry->linked && entry->linked != S2T_INV_ALONE) {
		if (s2t_inv_is_block(entry)) {
			unlink_block(state, entry);
		} else {
			struct s2t_inv_page *page = &S2T_INV_PAGES(state)[entry->page];

			forget(&page->seen, entry);
			take(state, entry, 0, &page->head);
			if (state->bound > 0)
				s2t_inv_soil(state, page);
		}
	}
	entry->linked = 0;
}

/* The page of the host whose record gives this frame counts the contexts that have an entry there. */
static void count_context(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                          const struct s2t_inv_entry *entry)
{
	const uint64_t offset = state->board->smmu_host_offset;
	const uint16_t context = (uint16_t)(1U << (s2t_inv_space_of(entry) & 15));
	const s2t_pfn pfn = s2t_inv_frame_of(entry) - offset, mapped = s2t_inv_page_of(entry);

	if (!(s2t_inv_space_of(entry) & S2T_INV_SMMU) || s2t_inv_frame_of(entry) < offset)
		return;
	struct s2t_inv_page *page = s2t_inv_meet(state, side, pfn);

	if (!page)
		return;
	page->at_frame = (uint16_t)(mapped ? page->at_frame | context : page->at_frame & ~context);
	page->at_self = (uint16_t)(mapped == pfn ? page->at_self | context : page->at_self & ~context);
	s2t_inv_soil(state, page);
}

/* What a descriptor breaks by itself: before and after. */
static uint32_t judge_descriptor(const struct s2t_inv_entry *entry)
{
	const s2t_pfn page = s2t_inv_page_of(entry);
	const bool of_host = s2t_inv_space_of(entry) == 0;
	const bool elsewhere = of_host & (page != 0) & (page != s2t_inv_frame_of(entry));

	return (uint32_t)(entry->trap != S2T_FINDING_COUNT) << S2T_HW_WALK | (uint32_t)elsewhere
	                                                                             << S2T_HOST_FLATMAP;
}

uint32_t s2t_inv_judge_core(const struct s2t_inv_state *state, const struct s2t_inv_entry *entry,
                            struct s2t_inv_place *place)
{
	const s2t_gfn first = s2t_inv_frame_of(entry), end = state->next_remap / 4096;
	const unsigned pages = s2t_inv_is_block(entry) ? 512 : 1;
	uint32_t broken = 0;

	if (!s2t_inv_page_of(entry))
		return 0;
	*place = (struct s2t_inv_place){ .gfn = first > end ? first : end, .value = end * 4096 };
	if (first + pages > end)
		broken |= S2T_INV(S2T_CORE_MAP);
	for (size_t i = 0; i < state->image_count; i++)
		for (unsigned k = 0; k < pages; k++)
			if (s2t_inv_is_tail(&state->image[i], first + k))
				broken |= S2T_INV(S2T_CORE_REMAP);
	return broken;
}

static void note_core(struct s2t_inv_state *state, size_t number)
{
	if (state->core_count == state->core_room) {
		const size_t room = state->core_room ? 2 * state->core_room : 64;
		size_t *grown = realloc(state->core, room * sizeof(*grown));

		if (!grown) {
			state->no_memory = true;
			return;
		}
		state->core = grown;
		state->core_room = room;
	}
	state->core[state->core_count++] = number;
}

/* The value of an entry, wherever it stands in lists. */
static void set_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry, s2t_pte pte)
{
	const uint32_t before = judge_descriptor(entry);
	const s2t_pfn page = s2t_inv_page_of(entry);

	entry->pte = pte;
	entry->trap = (uint8_t)(pte ? s2t_hardware_check(pte, entry->level) : S2T_FINDING_COUNT);
	if (s2t_inv_space_of(entry) == state->board->corevisor) {
		struct s2t_inv_place place;
		const uint32_t core = s2t_inv_judge_core(state, entry, &place);

		for (int i = S2T_CORE_MAP; i <= S2T_CORE_REMAP; i++)
			if (!page && (core & S2T_INV(i)))
				s2t_inv_news(state, (enum s2t_invariant)i, place);
		state->words_broken |= core;
		if (page && page != s2t_inv_page_of(entry))
			s2t_inv_news(state, S2T_WRITE_ONCE,
			             (struct s2t_inv_place){ .gfn = s2t_inv_frame_of(entry),
			                                     .pfn = page,
			                                     .value = s2t_inv_page_of(entry) });
	}
	const uint32_t space = s2t_inv_space_of(entry);

	for (uint32_t broken = judge_descriptor(entry) & ~before & ~state->news; broken;)
		s2t_inv_news(state, s2t_inv_take(&broken),
		             (struct s2t_inv_place){ .smmu = (space & S2T_INV_SMMU) != 0,
		                                     .number = space & (S2T_INV_SMMU - 1),
		                                     .level = entry->level,
		                                     .gfn = s2t_inv_frame_of(entry),
		                                     .pfn = s2t_inv_page_of(entry),
		                                     .value = pte });
}

static struct s2t_inv_range *range_of(struct s2t_inv_state *state, uint32_t space, s2t_gfn gfn)
{
	bool is_new;
	struct s2t_inv_range *range = S2T_INV_MAKE(state->range, struct s2t_inv_range,
	                                           (uint64_t)space << 27 | gfn >> 9, &is_new);

	state->no_memory |= !range;
	return range;
}

/* A new entry of the last level of stage 2 is known to its range of 2 MiB, for the blocks that come over it. */
static void note_range(struct s2t_inv_state *state, struct s2t_inv_entry *entry)
{
	const s2t_gfn gfn = s2t_inv_frame_of(entry);
	struct s2t_inv_range *range = range_of(state, s2t_inv_space_of(entry), gfn);

	if (!range)
		return;
	range->used[gfn >> 6 & 7] |= UINT64_C(1) << (gfn & 63);
	entry->range = (uint32_t)(range - S2T_INV_RANGES(state));
}

static struct s2t_inv_entry *make_entry(struct s2t_inv_state *state, uint64_t key, unsigned level)
{
	bool is_new;
	struct s2t_inv_entry *entry = S2T_INV_MAKE(state->entry, struct s2t_inv_entry, key, &is_new);

	if (!entry) {
		state->no_memory = true;
		return NULL;
	}
	if (is_new) {
		entry->level = (uint8_t)level;
		entry->trap = S2T_FINDING_COUNT;
		if (s2t_inv_space_of(entry) == state->board->corevisor)
			note_core(state, (size_t)(entry - S2T_INV_ENTRIES(state)));
		if (level == 3 && !(s2t_inv_space_of(entry) & S2T_INV_SMMU))
			note_range(state, entry);
	}
	return entry;
}

void s2t_inv_feed_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte)
{
	const uint64_t key = s2t_inv_entry_key(false, space, gfn);
	struct s2t_inv_entry *entry = pte ? make_entry(state, key, 3)
	                                  : S2T_INV_FIND(state->entry, struct s2t_inv_entry, key);

	if (!entry || entry->pte == pte || state->no_memory)
		return;
	const size_t number = (size_t)(entry - S2T_INV_ENTRIES(state));
	bool hidden = false;

	if (space & S2T_INV_SMMU) {
		state->dma[space & 15] += pte != 0;
		state->dma[space & 15] -= entry->pte != 0;
	} else if (state->covered) {
		hidden = S2T_INV_RANGES(state)[entry->range].head;
	}
	if (entry->linked)
		unlink_entry(state, number);
	set_entry(state, entry, pte);
	if (!hidden)
		link_entry(state, side, number);
	count_context(state, side, &S2T_INV_ENTRIES(state)[number]);
}

/* A block that the sequence has met no page of: devices break nothing, and the host's pages not under the host. */
static bool could_block_break(const struct s2t_board *board, const struct s2t_inv_space *space, s2t_pfn first)
{
	const uint64_t start = first * 4096, end = start + 1024 * UINT64_C(4096);

	if (space->number == 0 && board->start_page_count == 0)
		return false;
	for (uint32_t i = 0; i < board->region_count; i++)
		if (board->region[i].index != S2T_NOMAP && board->region[i].base < end &&
		    board->region[i].base + board->region[i].size > start)
			return true;
	return false;
}

/* Whether a block breaks an invariant at any of its pages: those that the sequence has met are judged one by one. */
static void judge_block(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                        struct s2t_inv_entry *entry)
{
	const s2t_pfn base = s2t_inv_page_of(entry), first = base & ~UINT64_C(511);
	struct s2t_inv_space space = s2t_inv_owner_of(state, s2t_inv_space_of(entry));
	uint32_t broken = 0;

	if (!entry->linked || space.off || space.number >= state->board->corevisor ||
	    !could_block_break(state->board, &space, first))
		return;
	for (unsigned i = 0; !broken && i < 1024; i++) {
		const s2t_pfn pfn = first + i;

		if (i == 512 && base == first)
			break;
		if (!s2t_inv_reading_of(entry, pfn))
			continue;
		const struct s2t_page page = s2t_inv_side_page(side, pfn);

		broken = s2t_inv_judge(state, side, entry, pfn, page, &space);
		if (!(broken & ~entry->broken))
			continue;
		for (int k = 0; k < S2T_INVARIANT_COUNT; k++)
			if (broken & ~entry->broken & S2T_INV(k))
				s2t_inv_news(state, (enum s2t_invariant)k,
				             s2t_inv_place_of(entry, &space, pfn, page));
	}
	entry->broken = broken;
}

/* Puts the entries under a block out of sight, or back. */
static void hide(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space, s2t_gfn gfn,
                 bool hidden)
{
	uint64_t used[8];

	memcpy(used, range_of(state, space, gfn)->used, sizeof(used));
	for (unsigned i = 0; i < 512; i++) {
		if (!used[i / 64])
			i |= 63;
		if (!(used[i / 64] >> (i % 64) & 1))
			continue;
		const struct s2t_inv_entry *entry =
			s2t_inv_find_entry(state, s2t_inv_entry_key(false, space, gfn | i));
		const size_t number = (size_t)(entry - S2T_INV_ENTRIES(state));

		if (hidden)
			unlink_entry(state, number);
		else if (entry->pte)
			link_entry(state, side, number);
	}
}

void s2t_inv_feed_block(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte)
{
	struct s2t_inv_entry *entry = make_entry(state, s2t_inv_entry_key(true, space, gfn), 2);
	struct s2t_inv_range *range = range_of(state, space, gfn);

	if (!entry || !range || entry->pte == pte)
		return;
	const size_t number = (size_t)(entry - S2T_INV_ENTRIES(state));
	const bool was = entry->pte != 0;

	range->head = pte ? (uint32_t)number + 1 : 0;
	state->covered += pte != 0;
	state->covered -= was;
	if (was != (pte != 0))
		hide(state, side, space, gfn, pte != 0);
	unlink_entry(state, number);
	set_entry(state, &S2T_INV_ENTRIES(state)[number], pte);
	link_entry(state, side, number);
	judge_block(state, side, &S2T_INV_ENTRIES(state)[number]);
}

void s2t_inv_feed_context(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t context)
{
	for (size_t i = 0; state->dma[context] > 0 && i < state->entry.count; i++) {
		struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[i];

		if (s2t_inv_space_of(entry) != (S2T_INV_SMMU | context) || !entry->pte)
			continue;
		unlink_entry(state, i);
		set_entry(state, entry, 0);
		count_context(state, side, entry);
		state->dma[context]--;
	}
}
