/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: entries, the pages that they map, and what is newly broken. */
#include "inv_state.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXTS = 16 };

#define FIND(table, type, key)         ((type *)s2t_inv_table_find(&(table), sizeof(type), key))
#define MAKE(table, type, key, is_new) ((type *)s2t_inv_table_make(&(table), sizeof(type), key, is_new))
#define ENTRIES(state)                 ((struct s2t_inv_entry *)(state)->entry.item)
#define PAGES(state)                   ((struct s2t_inv_page *)(state)->page.item)
#define REACHED(state)                 ((struct s2t_inv_range *)(state)->reached.item)

bool s2t_inv_state_init(struct s2t_inv_state *state, const struct s2t_board *board)
{
	const size_t vms = (size_t)board->corevisor + 1;

	*state = (struct s2t_inv_state){ .board = board };
	state->counted = board->el2_smmu_cfg_size < CONTEXTS ? (UINT32_C(1) << board->el2_smmu_cfg_size) - 1
	                                                     : (UINT32_C(1) << CONTEXTS) - 1;
	state->off = calloc(vms, 1);
	state->active = calloc(vms, 1);
	state->is_worded = calloc(vms, 1);
	state->worded = calloc(vms, sizeof(*state->worded));
	if (!state->off || !state->active || !state->is_worded || !state->worded) {
		s2t_inv_state_free(state);
		return false;
	}
	s2t_inv_state_reset(state);
	return true;
}

void s2t_inv_state_free(struct s2t_inv_state *state)
{
	s2t_inv_table_free(&state->entry);
	s2t_inv_table_free(&state->page);
	s2t_inv_table_free(&state->range);
	s2t_inv_table_free(&state->reached);
	s2t_inv_table_free(&state->known);
	free(state->dirty);
	free(state->off);
	free(state->active);
	free(state->is_worded);
	free(state->worded);
	free(state->image);
	free(state->core);
	*state = (struct s2t_inv_state){ .board = NULL };
}

void s2t_inv_state_reset(struct s2t_inv_state *state)
{
	s2t_inv_table_reset(&state->entry);
	s2t_inv_table_reset(&state->page);
	s2t_inv_table_reset(&state->range);
	s2t_inv_table_reset(&state->reached);
	s2t_inv_table_reset(&state->known);
	while (state->worded_count > 0) {
		const uint32_t vmid = state->worded[--state->worded_count];

		state->off[vmid] = state->active[vmid] = state->is_worded[vmid] = 0;
	}
	for (unsigned context = 0; context < CONTEXTS; context++)
		state->cfg[context] = S2T_NOBODY;
	state->bound = 0;
	state->of_host = 0;
	state->of_nobody = (UINT32_C(1) << CONTEXTS) - 1;
	state->next_remap = state->board->remap_start;
	memset(state->dma, 0, sizeof(state->dma));
	state->blocks = state->covered = state->dirty_count = state->image_count = state->core_count = 0;
	state->all_dirty = state->no_memory = state->words_changed = false;
	state->words_broken = state->news = 0;
}

const struct s2t_inv_entry *s2t_inv_find_entry(const struct s2t_inv_state *state, uint64_t key)
{
	return FIND(state->entry, const struct s2t_inv_entry, key);
}

const struct s2t_inv_page *s2t_inv_find_page(const struct s2t_inv_state *state, s2t_pfn pfn)
{
	return FIND(state->page, const struct s2t_inv_page, pfn);
}

/*
 * Judging.
 */

static inline bool is_block(const struct s2t_inv_entry *entry)
{
	return entry->key >> 63;
}
static inline uint32_t space_of(const struct s2t_inv_entry *entry)
{
	return (uint32_t)(entry->key >> 36 & 0x7ffffff);
}
static inline s2t_gfn frame_of(const struct s2t_inv_entry *entry)
{
	return entry->key & ((UINT64_C(1) << 36) - 1);
}
static inline s2t_pfn page_of(const struct s2t_inv_entry *entry)
{
	return s2t_view_output(entry->pte) >> 12;
}

static inline struct s2t_inv_space owner_of(const struct s2t_inv_state *state, uint32_t number)
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
static inline unsigned reading_of(const struct s2t_inv_entry *entry, s2t_pfn pfn)
{
	const s2t_pfn first = page_of(entry);
	const bool spec = first != 0 && (!is_block(entry) || pfn - first < 512);
	const bool hardware = (entry->trap == S2T_FINDING_COUNT || entry->trap == S2T_FINDING_UNALIGNED_BLOCK ||
	                       entry->trap == S2T_FINDING_FRAME_0) &&
	                      (!is_block(entry) || pfn >> 9 == first >> 9);

	return (spec ? S2T_READ_BY_SPEC : 0) | (hardware ? S2T_READ_BY_HARDWARE : 0);
}

/* What one entry breaks at a page; `place` gets where. */
static inline uint32_t judge(const struct s2t_inv_state *state, const struct s2t_inv_side *side,
                             const struct s2t_inv_entry *entry, s2t_pfn pfn, struct s2t_page page,
                             struct s2t_inv_space *space)
{
	const unsigned reading = reading_of(entry, pfn);
	uint32_t broken, unless_zero;

	*space = owner_of(state, space_of(entry));
	if (!reading)
		return 0;
	if (!space->smmu)
		return s2t_inv_maps(space, pfn, reading, page, (uint32_t)state->board->corevisor);
	broken = s2t_inv_dma(space, frame_of(entry), page, &unless_zero);
	return unless_zero && !s2t_inv_side_is_zero(side, pfn) ? broken | unless_zero : broken;
}

/* The frame at which an entry maps a page. */
static s2t_gfn maps_at(const struct s2t_inv_entry *entry, s2t_pfn pfn)
{
	if (!is_block(entry))
		return frame_of(entry);
	return frame_of(entry) + (reading_of(entry, pfn) & S2T_READ_BY_SPEC ? pfn - page_of(entry) : pfn & 511);
}

static struct s2t_inv_place place_of(const struct s2t_inv_entry *entry, const struct s2t_inv_space *space,
                                     s2t_pfn pfn, struct s2t_page page)
{
	return (struct s2t_inv_place){ .smmu = space->smmu,
		                       .number = space->number,
		                       .bound = space->owner,
		                       .owner = page.owner,
		                       .count = page.count,
		                       .pfn = pfn,
		                       .gfn = maps_at(entry, pfn),
		                       .value = page.gfn };
}

/* Judging a page: what is broken, and of `wanted` the first places. */
struct verdict {
	const struct s2t_inv_side *side;
	uint32_t broken, wanted;
	struct s2t_inv_place *place; /* one for each invariant */
	uint32_t vm;                 /* that maps it, 0: none so far */
};

static void judge_list(const struct s2t_inv_state *state, struct verdict *verdict,
                       const struct s2t_inv_page *page, uint32_t head)
{
	const struct s2t_inv_entry *entries = ENTRIES(state);

	for (uint32_t ref = head; ref; ref = entries[(ref - 1) / 2].next[(ref - 1) % 2]) {
		const struct s2t_inv_entry *entry = &entries[(ref - 1) / 2];
		struct s2t_inv_space space;
		uint32_t broken = judge(state, verdict->side, entry, page->key, page->record, &space);

		if (!space.smmu && space.number != 0 && space.number < state->board->corevisor && !space.off &&
		    page->record.owner != S2T_NOBODY && reading_of(entry, page->key)) {
			if (verdict->vm && verdict->vm != space.number)
				broken |= S2T_INV(S2T_ONE_VM);
			else
				verdict->vm = space.number;
		}
		verdict->broken |= broken;
		for (uint32_t set = broken & verdict->wanted, i = 0; set; i++, set >>= 1) {
			if (!(set & 1))
				continue;
			verdict->place[i] = place_of(entry, &space, page->key, page->record);
			if (i == S2T_ONE_VM)
				verdict->place[i].bound = verdict->vm;
			verdict->wanted &= ~(UINT32_C(1) << i);
		}
	}
}

/* How many of a set of contexts belong to the host, or to nobody, and are counted at all. */
static inline unsigned contexts_of(const struct s2t_inv_state *state, uint32_t set, uint32_t banks)
{
	return (unsigned)__builtin_popcount(set & banks & state->counted);
}

/* What the entries of a list could break at a page of this record. */
static inline uint32_t could_break(const struct s2t_inv_state *state, const struct s2t_inv_seen *seen,
                                   const struct s2t_page *page)
{
	uint32_t broken = 0;

	if (page->owner != S2T_NOBODY) {
		if (seen->host && page->owner != 0 && page->count == 0)
			broken |= S2T_INV(S2T_HOST_ISO);
		if (seen->other || (seen->own && page->owner != seen->vm))
			broken |= S2T_INV(S2T_VM_ISO);
		if (seen->other)
			broken |= S2T_INV(S2T_ONE_VM);
	}
	if (seen->dma && (seen->frames || page->gfn + 1 != seen->gfn || page->owner == S2T_NOBODY))
		broken |= S2T_INV(S2T_UNBOUND_ISO);
	if (seen->dma && state->bound > 0)
		broken |= S2T_INV(S2T_SMMU_ISO) | S2T_INV(S2T_SMMU_COUNT_0) | S2T_INV(S2T_STALE_DMA);
	return broken;
}

/* What could be broken at a page by those that map it. */
static inline uint32_t could_maps_break(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	uint32_t could = could_break(state, &page->seen, &page->record);

	if (state->blocks) {
		const struct s2t_inv_seen *reached = &REACHED(state)[page->reached].seen;

		could |= could_break(state, reached, &page->record);
		if ((reached->own || reached->other) && (page->seen.own || page->seen.other) &&
		    reached->vm != page->seen.vm)
			could |= S2T_INV(S2T_ONE_VM);
	}
	return could;
}

/* The same, and by its record, but not by the counts of contexts. */
static inline uint32_t could_be_broken(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	return s2t_inv_record(page->key, page->record, state->board->smmu_host_offset) |
	       could_maps_break(state, page);
}

/* What is known to be broken is not looked for. */
static uint32_t judge_page(const struct s2t_inv_state *state, struct verdict *verdict,
                           const struct s2t_inv_page *page, uint32_t known)
{
	verdict->broken = s2t_inv_record(page->key, page->record, state->board->smmu_host_offset);
	for (uint32_t set = verdict->broken & verdict->wanted, i = 0; set; i++, set >>= 1)
		if (set & 1)
			verdict->place[i] = (struct s2t_inv_place){ .pfn = page->key,
				                                    .owner = page->record.owner,
				                                    .gfn = page->record.gfn };
	if (could_maps_break(state, page) & ~known) {
		judge_list(state, verdict, page, page->head);
		if (state->blocks)
			judge_list(state, verdict, page, REACHED(state)[page->reached].head);
	}
	if (page->at_frame) {
		const unsigned bound = contexts_of(state, page->at_frame, state->of_host);
		const unsigned unbound = contexts_of(state, page->at_self, state->of_nobody);
		const uint32_t broken = s2t_inv_counts(page->record, bound, unbound);

		verdict->broken |= broken;
		for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
			if (broken & verdict->wanted & S2T_INV(i))
				verdict->place[i] = (struct s2t_inv_place){ .pfn = page->key,
					                                    .count = page->record.count,
					                                    .value = i == S2T_SMMU_COUNT
					                                                     ? bound
					                                                     : unbound };
	}
	return verdict->broken;
}

/* Brings the memory of a page up to date, and notes what is new. */
static void settle_page(struct s2t_inv_state *state, const struct s2t_inv_side *side, struct s2t_inv_page *page)
{
	page->dirty = false;
	if (!(could_be_broken(state, page) & ~page->broken) && !(page->at_frame && page->record.owner == 0))
		return;
	struct verdict verdict = { .side = side };
	const uint32_t broken = judge_page(state, &verdict, page, page->broken);
	const uint32_t news = broken & ~page->broken & ~state->news;

	page->broken |= broken;
	state->news |= news;
	if (!(news & state->wanted))
		return;
	verdict = (struct verdict){ .side = side, .wanted = news & state->wanted, .place = state->place };
	judge_page(state, &verdict, page, 0);
}

/*
 * Pages.
 */

static void soil(struct s2t_inv_state *state, struct s2t_inv_page *page)
{
	if (page->dirty)
		return;
	if (state->dirty_count == state->dirty_room) {
		const size_t room = state->dirty_room ? 2 * state->dirty_room : 64;
		size_t *grown = realloc(state->dirty, room * sizeof(*grown));

		if (!grown) {
			state->no_memory = true;
			return;
		}
		state->dirty = grown;
		state->dirty_room = room;
	}
	page->dirty = true;
	state->dirty[state->dirty_count++] = (size_t)(page - PAGES(state));
}

/* A page that the sequence has not met: it is judged as it was before the step, which has not changed what maps it. */
static void greet(struct s2t_inv_state *state, struct s2t_inv_page *page, struct s2t_page record)
{
	struct verdict verdict = { .side = NULL };
	bool is_new;
	struct s2t_inv_range *range = MAKE(state->reached, struct s2t_inv_range, page->key >> 9, &is_new);

	if (!range) {
		state->no_memory = true;
		return;
	}
	range->used[page->key >> 6 & 7] |= UINT64_C(1) << (page->key & 63);
	page->reached = (uint32_t)(range - REACHED(state));
	page->record = record;
	if (could_be_broken(state, page))
		page->broken = judge_page(state, &verdict, page, 0);
}

/* The page `pfn`, of which the step does not write the record. NULL: out of memory. */
static struct s2t_inv_page *meet(struct s2t_inv_state *state, const struct s2t_inv_side *side, s2t_pfn pfn)
{
	bool is_new;
	struct s2t_inv_page *page = MAKE(state->page, struct s2t_inv_page, pfn, &is_new);

	if (!page)
		state->no_memory = true;
	else if (is_new)
		greet(state, page, s2t_inv_side_page(side, pfn));
	return page;
}

/* What the change of a record breaks whatever maps the page. */
static void judge_change(struct s2t_inv_state *state, s2t_pfn pfn, struct s2t_page before, struct s2t_page now)
{
	const uint32_t corevisor = (uint32_t)state->board->corevisor;
	const struct s2t_inv_place place = { .pfn = pfn, .number = before.owner, .owner = now.owner };

	if (before.owner == now.owner)
		return;
	if (before.owner == corevisor || now.owner == corevisor)
		s2t_inv_news(state, S2T_CORE_ISO, place);
	if (before.owner != 0 && before.owner < corevisor && state->active[before.owner])
		s2t_inv_news(state, S2T_ACTIVE_KEEPS, place);
}

void s2t_inv_feed_page(struct s2t_inv_state *state, s2t_pfn pfn, struct s2t_page before, struct s2t_page now)
{
	bool is_new;
	struct s2t_inv_page *page = MAKE(state->page, struct s2t_inv_page, pfn, &is_new);

	if (!page) {
		state->no_memory = true;
		return;
	}
	if (is_new)
		greet(state, page, before);
	judge_change(state, pfn, page->record, now);
	page->record = now;
	soil(state, page);
}

/*
 * Entries.
 */

static void see(struct s2t_inv_seen *seen, const struct s2t_inv_entry *entry)
{
	const uint32_t space = space_of(entry);

	if (space & S2T_INV_SMMU) {
		seen->frames |= seen->gfn && seen->gfn != frame_of(entry) + 1;
		seen->gfn = frame_of(entry) + 1;
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
	const uint32_t space = space_of(entry);

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

	if (is_block(entry)) {
		struct s2t_inv_range *range = MAKE(state->reached, struct s2t_inv_range,
		                                   (page_of(entry) >> 9) + list, &is_new);

		if (range) {
			count(&range->seen, entry);
			return &range->head;
		}
		state->no_memory = true;
		return NULL;
	}
	struct s2t_inv_page *page = meet(state, side, page_of(entry));

	if (!page)
		return NULL;
	count(&page->seen, entry);
	soil(state, page);
	return &page->head;
}

/* The pages of a range that the sequence has met. */
static void soil_range(struct s2t_inv_state *state, uint64_t number)
{
	const struct s2t_inv_range *range = FIND(state->reached, struct s2t_inv_range, number);

	for (unsigned i = 0; range && i < 512; i++) {
		if (!range->used[i / 64]) {
			i |= 63;
			continue;
		}
		if (range->used[i / 64] >> (i % 64) & 1)
			soil(state, FIND(state->page, struct s2t_inv_page, number << 9 | i));
	}
}

static void link_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, size_t number)
{
	struct s2t_inv_entry *entry = &ENTRIES(state)[number];
	const bool two = is_block(entry) && (page_of(entry) & 511);

	if (entry->trap != S2T_FINDING_FRAME_0 && !page_of(entry))
		return;
	for (unsigned list = 0; list < (two ? 2 : 1); list++) {
		const uint32_t ref = (uint32_t)(2 * number + list + 1);
		uint32_t *head = head_of(state, side, entry, list, see);

		if (!head)
			return;
		entry->next[list] = *head;
		entry->prev[list] = 0;
		if (*head)
			ENTRIES(state)[(*head - 1) / 2].prev[(*head - 1) % 2] = ref;
		*head = ref;
		entry->linked |= (uint8_t)(1 << list);
		if (is_block(entry))
			soil_range(state, (page_of(entry) >> 9) + list);
	}
	state->blocks += is_block(entry);
}

static void unlink_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, size_t number)
{
	struct s2t_inv_entry *entry = &ENTRIES(state)[number];

	for (unsigned list = 0; list < 2; list++) {
		if (!(entry->linked >> list & 1))
			continue;
		uint32_t *head = head_of(state, side, entry, list, forget); /* it is there */

		if (entry->prev[list])
			ENTRIES(state)
		[(entry->prev[list] - 1) / 2].next[(entry->prev[list] - 1) % 2] = entry->next[list];
		else *head = entry->next[list];
		if (entry->next[list])
			ENTRIES(state)
		[(entry->next[list] - 1) / 2].prev[(entry->next[list] - 1) % 2] = entry->prev[list];
		if (is_block(entry))
			soil_range(state, (page_of(entry) >> 9) + list);
	}
	state->blocks -= is_block(entry) && entry->linked;
	entry->linked = 0;
}

/* The page of the host whose record gives this frame counts the contexts that have an entry there. */
static void count_context(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                          const struct s2t_inv_entry *entry)
{
	const uint64_t offset = state->board->smmu_host_offset;
	const uint16_t context = (uint16_t)(1U << (space_of(entry) & 15));
	const s2t_pfn pfn = frame_of(entry) - offset, mapped = page_of(entry);

	if (!(space_of(entry) & S2T_INV_SMMU) || frame_of(entry) < offset)
		return;
	struct s2t_inv_page *page = meet(state, side, pfn);

	if (!page)
		return;
	page->at_frame = (uint16_t)(mapped ? page->at_frame | context : page->at_frame & ~context);
	page->at_self = (uint16_t)(mapped == pfn ? page->at_self | context : page->at_self & ~context);
	soil(state, page);
}

/* What a descriptor breaks by itself: before and after. */
static uint32_t judge_descriptor(const struct s2t_inv_entry *entry)
{
	uint32_t broken = entry->pte && entry->trap != S2T_FINDING_COUNT ? S2T_INV(S2T_HW_WALK) : 0;

	if (space_of(entry) == 0 && page_of(entry) && page_of(entry) != frame_of(entry))
		broken |= S2T_INV(S2T_HOST_FLATMAP);
	return broken;
}

static uint32_t judge_core(const struct s2t_inv_state *state, const struct s2t_inv_entry *entry,
                           struct s2t_inv_place *place)
{
	const s2t_gfn first = frame_of(entry), end = state->next_remap / 4096;
	const unsigned pages = is_block(entry) ? 512 : 1;
	uint32_t broken = 0;

	if (!page_of(entry))
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
	const s2t_pfn page = page_of(entry);

	entry->pte = pte;
	entry->trap = (uint8_t)(pte ? s2t_hardware_check(pte, entry->level) : S2T_FINDING_COUNT);
	if (space_of(entry) == state->board->corevisor) {
		struct s2t_inv_place place;
		const uint32_t core = judge_core(state, entry, &place);

		for (int i = S2T_CORE_MAP; i <= S2T_CORE_REMAP; i++)
			if (!page && (core & S2T_INV(i)))
				s2t_inv_news(state, (enum s2t_invariant)i, place);
		state->words_broken |= core;
		if (page && page != page_of(entry))
			s2t_inv_news(state, S2T_WRITE_ONCE,
			             (struct s2t_inv_place){
					     .gfn = frame_of(entry), .pfn = page, .value = page_of(entry) });
	}
	const uint32_t space = space_of(entry);

	for (uint32_t broken = judge_descriptor(entry) & ~before; broken;)
		s2t_inv_news(state, s2t_inv_take(&broken),
		             (struct s2t_inv_place){ .smmu = (space & S2T_INV_SMMU) != 0,
		                                     .number = space & (S2T_INV_SMMU - 1),
		                                     .level = entry->level,
		                                     .gfn = frame_of(entry),
		                                     .pfn = page_of(entry),
		                                     .value = pte });
}

static struct s2t_inv_entry *make_entry(struct s2t_inv_state *state, uint64_t key, unsigned level)
{
	bool is_new;
	struct s2t_inv_entry *entry = MAKE(state->entry, struct s2t_inv_entry, key, &is_new);

	if (!entry) {
		state->no_memory = true;
		return NULL;
	}
	if (is_new) {
		entry->level = (uint8_t)level;
		entry->trap = S2T_FINDING_COUNT;
		if (space_of(entry) == state->board->corevisor)
			note_core(state, (size_t)(entry - ENTRIES(state)));
	}
	return entry;
}

static struct s2t_inv_range *range_of(struct s2t_inv_state *state, uint32_t space, s2t_gfn gfn)
{
	bool is_new;
	struct s2t_inv_range *range = MAKE(state->range, struct s2t_inv_range, (uint64_t)space << 27 | gfn >> 9,
	                                   &is_new);

	state->no_memory |= !range;
	return range;
}

void s2t_inv_feed_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte)
{
	const uint64_t key = s2t_inv_entry_key(false, space, gfn);
	struct s2t_inv_entry *entry = FIND(state->entry, struct s2t_inv_entry, key);
	const bool is_new = !entry;

	if (is_new && !pte)
		return;
	if (is_new && !(entry = make_entry(state, key, 3)))
		return;
	if (entry->pte == pte)
		return;
	const size_t number = (size_t)(entry - ENTRIES(state));
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
	count_context(state, side, &ENTRIES(state)[number]);
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
	const s2t_pfn base = page_of(entry), first = base & ~UINT64_C(511);
	struct s2t_inv_space space = owner_of(state, space_of(entry));
	uint32_t broken = 0;

	if (!entry->linked || space.off || space.number >= state->board->corevisor ||
	    !could_block_break(state->board, &space, first))
		return;
	for (unsigned i = 0; !broken && i < 1024; i++) {
		const s2t_pfn pfn = first + i;

		if (i == 512 && base == first)
			break;
		if (!reading_of(entry, pfn))
			continue;
		const struct s2t_page page = s2t_inv_side_page(side, pfn);

		broken = judge(state, side, entry, pfn, page, &space);
		if (!(broken & ~entry->broken))
			continue;
		for (int k = 0; k < S2T_INVARIANT_COUNT; k++)
			if (broken & ~entry->broken & S2T_INV(k))
				s2t_inv_news(state, (enum s2t_invariant)k, place_of(entry, &space, pfn, page));
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
		const size_t number = (size_t)(entry - ENTRIES(state));

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
	const size_t number = (size_t)(entry - ENTRIES(state));
	const bool was = entry->pte != 0;

	range->head = pte ? (uint32_t)number + 1 : 0;
	state->covered += pte != 0;
	state->covered -= was;
	if (was != (pte != 0))
		hide(state, side, space, gfn, pte != 0);
	unlink_entry(state, side, number);
	set_entry(state, &ENTRIES(state)[number], pte);
	link_entry(state, side, number);
	judge_block(state, side, &ENTRIES(state)[number]);
}

void s2t_inv_feed_context(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t context)
{
	for (size_t i = 0; state->dma[context] > 0 && i < state->entry.count; i++) {
		struct s2t_inv_entry *entry = &ENTRIES(state)[i];

		if (space_of(entry) != (S2T_INV_SMMU | context) || !entry->pte)
			continue;
		unlink_entry(state, side, i);
		set_entry(state, entry, 0);
		count_context(state, side, entry);
		state->dma[context]--;
	}
}

/*
 * Words.
 */

static void note_vm(struct s2t_inv_state *state, uint32_t vmid)
{
	if (state->is_worded[vmid])
		return;
	state->is_worded[vmid] = 1;
	state->worded[state->worded_count++] = vmid;
}

void s2t_inv_feed_word(struct s2t_inv_state *state, const struct s2t_touch *entry, uint64_t value)
{
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_VM:
		note_vm(state, entry->a);
		state->words_changed |= entry->level == S2T_VM_IMAGES;
		if (entry->level == S2T_VM_STATE && state->off[entry->a] != (value > S2T_VERIFIED)) {
			state->off[entry->a] = value > S2T_VERIFIED;
			state->all_dirty = true;
		}
		break;
	case S2T_ENTRY_VCPU:
		note_vm(state, entry->a);
		if (entry->level == S2T_VCPU_STATE) {
			const uint8_t bit = (uint8_t)(1 << (entry->b & 7));

			state->active[entry->a] &= (uint8_t)~bit;
			state->active[entry->a] |= value == S2T_ACTIVE ? bit : 0;
		}
		break;
	case S2T_ENTRY_IMAGE: state->words_changed = true; break;
	case S2T_ENTRY_CORE:
		if (entry->level == S2T_CORE_NEXT_REMAP) {
			state->next_remap = value;
			state->words_changed = true;
		}
		break;
	case S2T_ENTRY_SMMU_CFG:
		if (state->cfg[entry->a & 15] == (uint32_t)value)
			break;
		if (s2t_inv_bank(value, state->board->corevisor) &&
		    !s2t_inv_bank(state->cfg[entry->a & 15], state->board->corevisor))
			s2t_inv_news(
				state, S2T_SMMU_VM,
				(struct s2t_inv_place){ .smmu = true, .number = entry->a, .value = value });
		const uint32_t bank = UINT32_C(1) << (entry->a & 15);

		state->of_host = value == 0 ? state->of_host | bank : state->of_host & ~bank;
		state->of_nobody = (uint32_t)value == S2T_NOBODY ? state->of_nobody | bank
		                                                 : state->of_nobody & ~bank;
		state->bound += state->cfg[entry->a & 15] == S2T_NOBODY;
		state->bound -= (uint32_t)value == S2T_NOBODY;
		state->cfg[entry->a & 15] = (uint32_t)value;
		state->all_dirty = true;
		break;
	default: break;
	}
}

bool s2t_inv_read_images(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	const size_t most = state->worded_count * S2T_IMAGES;

	if (most > state->image_room) {
		struct s2t_inv_image *grown = realloc(state->image, most * sizeof(*grown));

		if (!grown)
			return false;
		state->image = grown;
		state->image_room = most;
	}
	state->image_count = 0;
	for (size_t i = 0; i < state->worded_count; i++) {
		const uint32_t vmid = state->worded[i];
		const uint64_t count = s2t_inv_side_word(side, S2T_ENTRY_VM, S2T_VM_IMAGES, vmid, 0);

		for (uint32_t k = 0; k < S2T_IMAGES && k < count; k++)
			state->image[state->image_count++] = s2t_inv_side_image(side, vmid, k);
	}
	return true;
}

/* Images, and where they are mapped, all of them: images are few, and their words are written rarely. */
static void judge_words(struct s2t_inv_state *state, uint32_t *broken, struct s2t_inv_place *place)
{
	struct s2t_inv_place here;

	if (state->next_remap == 0 && state->board->remap_start != 0) {
		*broken |= S2T_INV(S2T_REMAP_PTR);
		place[S2T_REMAP_PTR] = (struct s2t_inv_place){ .value = 0 };
	}
	for (size_t i = 0; i < state->image_count; i++) {
		const uint32_t alone = s2t_inv_image(&state->image[i], state->next_remap);

		for (int k = S2T_REMAP_ADDR; k <= S2T_REMAP_RANGE; k++)
			if (alone & S2T_INV(k))
				place[k] = s2t_inv_image_place(&state->image[i], NULL);
		*broken |= alone;
		for (size_t j = 0; j < i; j++) {
			if (!s2t_inv_images(&state->image[i], &state->image[j]))
				continue;
			*broken |= S2T_INV(S2T_REMAP_NO_OVERLAP);
			place[S2T_REMAP_NO_OVERLAP] = s2t_inv_image_place(&state->image[j], &state->image[i]);
		}
	}
	for (size_t i = 0; i < state->core_count; i++) {
		const uint32_t core = judge_core(state, &ENTRIES(state)[state->core[i]], &here);

		for (int k = S2T_CORE_MAP; k <= S2T_CORE_REMAP; k++)
			if (core & S2T_INV(k))
				place[k] = here;
		*broken |= core;
	}
}

static void settle_words(struct s2t_inv_state *state)
{
	struct s2t_inv_place place[S2T_INVARIANT_COUNT];
	uint32_t broken = 0;

	state->words_changed = false;
	judge_words(state, &broken, place);
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (broken & ~state->words_broken & S2T_INV(i))
			s2t_inv_news(state, (enum s2t_invariant)i, place[i]);
	state->words_broken = broken;
}

bool s2t_inv_settle(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	if (state->words_changed)
		settle_words(state);
	if (state->all_dirty) {
		for (size_t i = 0; i < state->page.count; i++)
			settle_page(state, side, &PAGES(state)[i]);
		state->all_dirty = false;
	} else {
		for (size_t i = 0; i < state->dirty_count; i++)
			settle_page(state, side, &PAGES(state)[state->dirty[i]]);
	}
	state->dirty_count = 0;
	return !state->no_memory;
}
