/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: descriptors, and the lists of those that map a page. */
#include <stdlib.h>
#include <string.h>

#include "inv_parts.h"

static void see(struct s2t_inv_seen *seen, const struct s2t_inv_entry *entry)
{
	const uint32_t space = s2t_inv_space_of(entry);

	if (space & S2T_INV_SMMU) {
		seen->frames |= seen->gfn && seen->gfn != s2t_inv_frame_of(entry) + 1;
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

/* The head of a list that an entry comes to, or leaves; `count` notes that. */
static uint32_t *head_of(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                         const struct s2t_inv_entry *entry, unsigned list,
                         void (*count)(struct s2t_inv_seen *seen, const struct s2t_inv_entry *entry))
{
	bool is_new;

	if (s2t_inv_is_block(entry)) {
		struct s2t_inv_range *range = S2T_INV_MAKE(state->reached, struct s2t_inv_range,
		                                           (s2t_inv_page_of(entry) >> 9) + list, &is_new);

		if (range) {
			count(&range->seen, entry);
			return &range->head;
		}
		state->no_memory = true;
		return NULL;
	}
	struct s2t_inv_page *page = s2t_inv_meet(state, side, s2t_inv_page_of(entry));

	if (!page)
		return NULL;
	count(&page->seen, entry);
	s2t_inv_soil(state, page);
	return &page->head;
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

static void link_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, size_t number)
{
	struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[number];
	const bool two = s2t_inv_is_block(entry) && (s2t_inv_page_of(entry) & 511);

	if (entry->trap != S2T_FINDING_FRAME_0 && !s2t_inv_page_of(entry))
		return;
	for (unsigned list = 0; list < (two ? 2 : 1); list++) {
		const uint32_t ref = (uint32_t)(2 * number + list + 1);
		uint32_t *head = head_of(state, side, entry, list, see);

		if (!head)
			return;
		entry->next[list] = *head;
		entry->prev[list] = 0;
		if (*head)
			S2T_INV_ENTRIES(state)[(*head - 1) / 2].prev[(*head - 1) % 2] = ref;
		*head = ref;
		entry->linked |= (uint8_t)(1 << list);
		if (s2t_inv_is_block(entry))
			soil_range(state, (s2t_inv_page_of(entry) >> 9) + list);
	}
	state->blocks += s2t_inv_is_block(entry);
}

static void unlink_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, size_t number)
{
	struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[number];

	for (unsigned list = 0; list < 2; list++) {
		if (!(entry->linked >> list & 1))
			continue;
		uint32_t *head = head_of(state, side, entry, list, forget); /* it is there */

		if (entry->prev[list])
			S2T_INV_ENTRIES(state)
		[(entry->prev[list] - 1) / 2].next[(entry->prev[list] - 1) % 2] = entry->next[list];
		else *head = entry->next[list];
		if (entry->next[list])
			S2T_INV_ENTRIES(state)
		[(entry->next[list] - 1) / 2].prev[(entry->next[list] - 1) % 2] = entry->prev[list];
		if (s2t_inv_is_block(entry))
			soil_range(state, (s2t_inv_page_of(entry) >> 9) + list);
	}
	state->blocks -= s2t_inv_is_block(entry) && entry->linked;
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
	uint32_t broken = entry->pte && entry->trap != S2T_FINDING_COUNT ? S2T_INV(S2T_HW_WALK) : 0;

	if (s2t_inv_space_of(entry) == 0 && s2t_inv_page_of(entry) &&
	    s2t_inv_page_of(entry) != s2t_inv_frame_of(entry))
		broken |= S2T_INV(S2T_HOST_FLATMAP);
	return broken;
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

	for (uint32_t broken = judge_descriptor(entry) & ~before; broken;)
		s2t_inv_news(state, s2t_inv_take(&broken),
		             (struct s2t_inv_place){ .smmu = (space & S2T_INV_SMMU) != 0,
		                                     .number = space & (S2T_INV_SMMU - 1),
		                                     .level = entry->level,
		                                     .gfn = s2t_inv_frame_of(entry),
		                                     .pfn = s2t_inv_page_of(entry),
		                                     .value = pte });
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
	}
	return entry;
}

static struct s2t_inv_range *range_of(struct s2t_inv_state *state, uint32_t space, s2t_gfn gfn)
{
	bool is_new;
	struct s2t_inv_range *range = S2T_INV_MAKE(state->range, struct s2t_inv_range,
	                                           (uint64_t)space << 27 | gfn >> 9, &is_new);

	state->no_memory |= !range;
	return range;
}

void s2t_inv_feed_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte)
{
	const uint64_t key = s2t_inv_entry_key(false, space, gfn);
	struct s2t_inv_entry *entry = S2T_INV_FIND(state->entry, struct s2t_inv_entry, key);
	const bool is_new = !entry;

	if (is_new && !pte)
		return;
	if (is_new && !(entry = make_entry(state, key, 3)))
		return;
	if (entry->pte == pte)
		return;
	const size_t number = (size_t)(entry - S2T_INV_ENTRIES(state));
	bool hidden = false;

	if (space & S2T_INV_SMMU) {
		state->dma[space & 15] += pte != 0;
		state->dma[space & 15] -= entry->pte != 0;
	} else if (is_new || state->covered) {
		struct s2t_inv_range *range = range_of(state, space, gfn);

		if (!range)
			return;
		range->used[gfn >> 6 & 7] |= UINT64_C(1) << (gfn & 63);
		hidden = range->head;
	}
	if (entry->linked)
		unlink_entry(state, side, number);
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
			unlink_entry(state, side, number);
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
	unlink_entry(state, side, number);
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
		unlink_entry(state, side, i);
		set_entry(state, entry, 0);
		count_context(state, side, entry);
		state->dma[context]--;
	}
}
