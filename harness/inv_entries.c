/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: descriptors of the last level, and the pages that they map. */
#include <stdlib.h>

#include "inv_parts.h"

/* A page that is mapped once less breaks nothing anew. Where a context is bound it is judged for all that: what the page
 * holds may have changed since. */
static inline __attribute__((always_inline)) void unlink_entry(struct s2t_inv_state *state,
                                                               struct s2t_inv_entry *entry, uint32_t space)
{
	struct s2t_inv_page *page = &S2T_INV_PAGES(state)[entry->page];
	const uint8_t linked = entry->linked;

	entry->linked = 0;
	if (linked == S2T_INV_COUNTED) {
		page->seen.host -= space == 0;
		page->seen.own -= space != 0;
	} else if (linked != S2T_INV_ALONE) {
		const bool smmu = space & S2T_INV_SMMU;

		page->seen.dma -= smmu;
		page->seen.other -= !smmu;
		s2t_inv_take_out(state, entry, 0, &page->head);
	}
	if (SELDOM(state->bound > 0) && (s2t_inv_could_dma(state, page) & ~page->broken))
		s2t_inv_soil(state, page);
}

/* What an entry more could break at its page: by counts that have it. */
static inline __attribute__((always_inline)) uint32_t could_entry_break(const struct s2t_inv_state *state,
                                                                        const struct s2t_inv_page *page,
                                                                        uint32_t space)
{
	if (space & S2T_INV_SMMU)
		return s2t_inv_could_dma(state, page);
	if (SELDOM(state->blocks > 0))
		return s2t_inv_could_stage2(state, page);
	if (page->record.owner == S2T_NOBODY)
		return 0;
	if (space == 0)
		return (uint32_t)((page->record.owner != 0) & (page->record.count == 0)) << S2T_HOST_ISO;
	return page->seen.other > 0                  ? S2T_INV(S2T_VM_ISO) | S2T_INV(S2T_ONE_VM)
	       : page->record.owner != page->seen.vm ? S2T_INV(S2T_VM_ISO)
	                                             : 0;
}

static inline __attribute__((always_inline)) void link_entry(struct s2t_inv_state *state,
                                                             const struct s2t_inv_side *side,
                                                             struct s2t_inv_entry *entry, uint32_t space,
                                                             s2t_gfn gfn)
{
	const s2t_pfn pfn = s2t_inv_page_of(entry);

	if (pfn == 0 && entry->trap != S2T_FINDING_FRAME_0)
		return;
	struct s2t_inv_page *page = s2t_inv_meet(state, side, pfn);

	if (SELDOM(!page))
		return;
	entry->page = (uint32_t)(page - S2T_INV_PAGES(state));
	entry->stamp = ++state->stamp;
	state->last = (uint32_t)(entry - S2T_INV_ENTRIES(state));
	if (SELDOM(space - state->board->corevisor < S2T_INV_SMMU - state->board->corevisor)) {
		entry->linked = S2T_INV_ALONE;
		return;
	}
	if (s2t_inv_see(&page->seen, space, gfn))
		entry->linked = S2T_INV_COUNTED;
	else
		s2t_inv_push(state, entry, 0, &page->head);
	if (could_entry_break(state, page, space) & ~page->broken)
		s2t_inv_soil(state, page);
}

void s2t_inv_unlink_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry)
{
	unlink_entry(state, entry, s2t_inv_space_of(entry));
}

void s2t_inv_link_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                        struct s2t_inv_entry *entry)
{
	link_entry(state, side, entry, s2t_inv_space_of(entry), s2t_inv_frame_of(entry));
}

/* The page of the host whose record gives this frame counts the contexts that have an entry there. */
static void count_context(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                          const struct s2t_inv_entry *entry)
{
	const uint16_t context = (uint16_t)(1U << (s2t_inv_space_of(entry) & 15));
	const s2t_pfn pfn = s2t_inv_frame_of(entry) - state->board->smmu_host_offset,
		      mapped = s2t_inv_page_of(entry);
	struct s2t_inv_page *page = s2t_inv_meet(state, side, pfn);

	if (!page)
		return;
	const uint32_t before = (uint32_t)page->at_frame << 16 | page->at_self;

	page->at_frame = (uint16_t)(mapped ? page->at_frame | context : page->at_frame & ~context);
	page->at_self = (uint16_t)(mapped == pfn ? page->at_self | context : page->at_self & ~context);
	/* One context less breaks nothing anew. */
	if (((uint32_t)page->at_frame << 16 | page->at_self) & ~before)
		s2t_inv_doubt(state, page);
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

static S2T_INV_RARE void note_core(struct s2t_inv_state *state, size_t number)
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

/* An entry of EL2's table gets the value `pte`. */
static S2T_INV_RARE void set_core(struct s2t_inv_state *state, struct s2t_inv_entry *entry, s2t_pfn before)
{
	const s2t_pfn now = s2t_inv_page_of(entry);
	struct s2t_inv_place place;
	const uint32_t core = s2t_inv_judge_core(state, entry, &place);

	for (int i = S2T_CORE_MAP; i <= S2T_CORE_REMAP; i++)
		if (!before && (core & S2T_INV(i)))
			s2t_inv_news(state, (enum s2t_invariant)i, place);
	state->words_broken |= core;
	if (before && before != now)
		s2t_inv_news(
			state, S2T_WRITE_ONCE,
			(struct s2t_inv_place){ .gfn = s2t_inv_frame_of(entry), .pfn = before, .value = now });
}

/* Whether an entry of the host stands where it ought not to: before and after. */
static inline bool comes_elsewhere(s2t_gfn gfn, s2t_pfn before, s2t_pfn now)
{
	return (now != 0) & (now != gfn) & ((before == 0) | (before == gfn));
}

static S2T_INV_RARE void note_descriptor(struct s2t_inv_state *state, const struct s2t_inv_entry *entry,
                                         uint32_t broken)
{
	const uint32_t space = s2t_inv_space_of(entry), wanted = broken & ~state->news & state->wanted;

	state->news |= broken;
	for (uint32_t set = wanted; set;)
		state->place[s2t_inv_take(&set)] = (struct s2t_inv_place){ .smmu = (space & S2T_INV_SMMU) != 0,
			                                                   .number = space & (S2T_INV_SMMU - 1),
			                                                   .level = entry->level,
			                                                   .gfn = s2t_inv_frame_of(entry),
			                                                   .pfn = s2t_inv_page_of(entry),
			                                                   .value = entry->pte };
}

static inline void set_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry, uint32_t space,
                             s2t_gfn gfn, unsigned level, s2t_pte pte)
{
	const s2t_pfn before = s2t_inv_page_of(entry);
	const uint8_t trap = (uint8_t)s2t_hardware_check(pte, level);
	uint32_t broken = (uint32_t)((trap != S2T_FINDING_COUNT) & (entry->trap == S2T_FINDING_COUNT))
	                  << S2T_HW_WALK;

	entry->pte = pte;
	entry->trap = trap;
	if (space == 0)
		broken |= (uint32_t)comes_elsewhere(gfn, before, s2t_inv_page_of(entry)) << S2T_HOST_FLATMAP;
	else if (SELDOM(space == state->board->corevisor))
		set_core(state, entry, before);
	if (broken & ~state->news)
		note_descriptor(state, entry, broken);
}

void s2t_inv_set_entry(struct s2t_inv_state *state, struct s2t_inv_entry *entry, s2t_pte pte)
{
	set_entry(state, entry, s2t_inv_space_of(entry), s2t_inv_frame_of(entry), entry->level, pte);
}

struct s2t_inv_entry *s2t_inv_make_entry(struct s2t_inv_state *state, uint64_t key, unsigned level)
{
	bool is_new;
	struct s2t_inv_entry *entry = S2T_INV_MAKE(state->entry, struct s2t_inv_entry, key, &is_new);

	if (SELDOM(!entry)) {
		state->no_memory = true;
		return NULL;
	}
	if (!is_new)
		return entry;
	entry->level = (uint8_t)level;
	entry->trap = S2T_FINDING_COUNT;
	if (SELDOM(s2t_inv_space_of(entry) == state->board->corevisor))
		note_core(state, (size_t)(entry - S2T_INV_ENTRIES(state)));
	if (SELDOM(state->ranged) && level == 3)
		s2t_inv_range_entry(state, entry);
	return entry;
}

void s2t_inv_feed_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte)
{
	const uint64_t key = s2t_inv_entry_key(false, space, gfn);
	struct s2t_inv_entry *entry = pte ? s2t_inv_make_entry(state, key, 3)
	                                  : S2T_INV_FIND(state->entry, struct s2t_inv_entry, key);
	bool hidden = false;

	if (SELDOM(!entry || entry->pte == pte))
		return;
	if (space & S2T_INV_SMMU) {
		state->dma[space & 15] += pte != 0;
		state->dma[space & 15] -= entry->pte != 0;
	} else if (SELDOM(state->covered > 0)) {
		hidden = S2T_INV_RANGES(state)[entry->range].head;
	}
	if (entry->linked)
		unlink_entry(state, entry, space);
	set_entry(state, entry, space, gfn, 3, pte);
	if (!hidden)
		link_entry(state, side, entry, space, gfn);
	if ((space & S2T_INV_SMMU) && gfn >= state->board->smmu_host_offset)
		count_context(state, side, entry);
}

void s2t_inv_feed_context(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t context)
{
	for (size_t i = 0; state->dma[context] > 0 && i < state->entry.count; i++) {
		struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[i];

		if (s2t_inv_space_of(entry) != (S2T_INV_SMMU | context) || !entry->pte)
			continue;
		if (entry->linked)
			s2t_inv_unlink_entry(state, entry);
		s2t_inv_set_entry(state, entry, 0);
		if (s2t_inv_frame_of(entry) >= state->board->smmu_host_offset)
			count_context(state, side, entry);
		state->dma[context]--;
	}
}
