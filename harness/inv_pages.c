/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: pages, what is broken at them, and what of that is new. */
#include <stdlib.h>

#include "inv_parts.h"

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
	const struct s2t_inv_entry *entries = S2T_INV_ENTRIES(state);

	for (uint32_t ref = head; ref; ref = entries[(ref - 1) / 2].next[(ref - 1) % 2]) {
		const struct s2t_inv_entry *entry = &entries[(ref - 1) / 2];
		struct s2t_inv_space space;
		uint32_t broken = s2t_inv_judge(state, verdict->side, entry, page->key, page->record, &space);

		if (!space.smmu && space.number != 0 && space.number < state->board->corevisor && !space.off &&
		    page->record.owner != S2T_NOBODY && s2t_inv_reading_of(entry, page->key)) {
			if (verdict->vm && verdict->vm != space.number)
				broken |= S2T_INV(S2T_ONE_VM);
			else
				verdict->vm = space.number;
		}
		verdict->broken |= broken;
		for (uint32_t set = broken & verdict->wanted; set;) {
			const enum s2t_invariant i = s2t_inv_take(&set);

			verdict->place[i] = s2t_inv_place_of(entry, &space, page->key, page->record);
			if (i == S2T_ONE_VM)
				verdict->place[i].bound = verdict->vm;
			verdict->wanted &= ~S2T_INV(i);
		}
	}
}

/* How many of a set of contexts belong to the host, or to nobody, and are counted at all. */
static inline unsigned contexts_of(const struct s2t_inv_state *state, uint32_t set, uint32_t banks)
{
	return (unsigned)__builtin_popcount(set & banks & state->counted);
}

/* What could be broken at a page by those that map it: the entries of its list, and the blocks that reach it. Without
 * branches: no processor could foretell them, and a wrong guess takes longer than all that is asked here. */
static inline uint32_t could_maps_break(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	static const struct s2t_inv_seen nothing = { .host = 0 };
	const uint32_t of_bound = S2T_INV(S2T_SMMU_ISO) | S2T_INV(S2T_SMMU_COUNT_0) | S2T_INV(S2T_STALE_DMA);
	const struct s2t_inv_seen *seen = &page->seen,
				  *blocks = state->blocks ? &S2T_INV_REACHED(state)[page->reached].seen
	                                                  : &nothing;
	const uint32_t owner = page->record.owner;
	const bool ram = owner != S2T_NOBODY, dma = seen->dma != 0;
	const bool foreign = ((seen->host | blocks->host) != 0) & (owner != 0) & (page->record.count == 0);
	const bool many = ((seen->other | blocks->other) != 0) |
	                  ((seen->own != 0) & (blocks->own != 0) & (seen->vm != blocks->vm));
	const bool not_own = ((seen->own != 0) & (owner != seen->vm)) |
	                     ((blocks->own != 0) & (owner != blocks->vm));
	const bool elsewhere = seen->frames | (page->record.gfn + 1 != seen->gfn) | !ram;

	return (uint32_t)(ram & foreign) << S2T_HOST_ISO | (uint32_t)(ram & (many | not_own)) << S2T_VM_ISO |
	       (uint32_t)(ram & many) << S2T_ONE_VM | (uint32_t)(dma & elsewhere) << S2T_UNBOUND_ISO |
	       (of_bound & (0 - (uint32_t)(dma & (state->bound > 0))));
}

/* What is broken by the counts of contexts. */
static inline uint32_t judge_counts(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	if (!page->at_frame || page->record.owner != 0)
		return 0;
	return s2t_inv_counts(page->record, contexts_of(state, page->at_frame, state->of_host),
	                      contexts_of(state, page->at_self, state->of_nobody));
}

/* The same, by its record and by the counts of contexts, too. */
static inline uint32_t could_be_broken(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	return s2t_inv_record(page->key, page->record, state->board->smmu_host_offset) |
	       could_maps_break(state, page) | judge_counts(state, page);
}

/* What is known to be broken is not looked for. */
static uint32_t judge_page(const struct s2t_inv_state *state, struct verdict *verdict,
                           const struct s2t_inv_page *page, uint32_t known)
{
	verdict->broken = s2t_inv_record(page->key, page->record, state->board->smmu_host_offset);
	for (uint32_t set = verdict->broken & verdict->wanted; set;)
		verdict->place[s2t_inv_take(&set)] = (struct s2t_inv_place){ .pfn = page->key,
			                                                     .owner = page->record.owner,
			                                                     .gfn = page->record.gfn };
	if (could_maps_break(state, page) & ~known) {
		judge_list(state, verdict, page, page->head);
		if (state->blocks)
			judge_list(state, verdict, page, S2T_INV_REACHED(state)[page->reached].head);
	}
	const uint32_t counts = judge_counts(state, page);

	verdict->broken |= counts;
	for (uint32_t set = counts & verdict->wanted; set;) {
		const enum s2t_invariant i = s2t_inv_take(&set);

		verdict->place[i] = (struct s2t_inv_place){
			.pfn = page->key,
			.count = page->record.count,
			.value = i == S2T_SMMU_COUNT ? contexts_of(state, page->at_frame, state->of_host)
			                             : contexts_of(state, page->at_self, state->of_nobody)
		};
	}
	return verdict->broken;
}

/* Brings the memory of a page up to date, and notes what is new. */
static void judge_anew(struct s2t_inv_state *state, const struct s2t_inv_side *side, struct s2t_inv_page *page)
{
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

/* Most pages that a step changes something for have nothing broken that was not so before. */
static inline void settle_page(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                               struct s2t_inv_page *page)
{
	page->dirty = false;
	if (could_be_broken(state, page) & ~page->broken)
		judge_anew(state, side, page);
}

void s2t_inv_settle_pages(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	struct s2t_inv_page *pages = S2T_INV_PAGES(state);

	if (state->all_dirty)
		for (size_t i = 0; i < state->page.count; i++)
			settle_page(state, side, &pages[i]);
	else
		for (size_t i = 0; i < state->dirty_count; i++)
			settle_page(state, side, &pages[state->dirty[i]]);
	state->all_dirty = false;
	state->dirty_count = 0;
}

/*
 * Pages.
 */

void s2t_inv_soil(struct s2t_inv_state *state, struct s2t_inv_page *page)
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
	state->dirty[state->dirty_count++] = (size_t)(page - S2T_INV_PAGES(state));
}

/* A page that the sequence has not met: it is judged as it was before the step, which has not changed what maps it. */
static void greet(struct s2t_inv_state *state, struct s2t_inv_page *page, struct s2t_page record)
{
	struct verdict verdict = { .side = NULL };
	bool is_new;
	struct s2t_inv_range *range = S2T_INV_MAKE(state->reached, struct s2t_inv_range, page->key >> 9,
	                                           &is_new);

	if (!range) {
		state->no_memory = true;
		return;
	}
	range->used[page->key >> 6 & 7] |= UINT64_C(1) << (page->key & 63);
	page->reached = (uint32_t)(range - S2T_INV_REACHED(state));
	page->record = record;
	if (could_be_broken(state, page))
		page->broken = judge_page(state, &verdict, page, 0);
}

/* The page `pfn`, of which the step does not write the record. NULL: out of memory. */
struct s2t_inv_page *s2t_inv_meet(struct s2t_inv_state *state, const struct s2t_inv_side *side, s2t_pfn pfn)
{
	bool is_new;
	struct s2t_inv_page *page = S2T_INV_MAKE(state->page, struct s2t_inv_page, pfn, &is_new);

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
	struct s2t_inv_page *page = S2T_INV_MAKE(state->page, struct s2t_inv_page, pfn, &is_new);

	if (!page) {
		state->no_memory = true;
		return;
	}
	if (is_new)
		greet(state, page, before);
	if (page->record.owner == now.owner && page->record.count == now.count && page->record.gfn == now.gfn)
		return;
	judge_change(state, pfn, page->record, now);
	/* One that counts more breaks nothing anew: it is looked at only for what it may hold where a context is bound. */
	const bool counts_more = page->record.owner == now.owner && page->record.gfn == now.gfn &&
	                         now.count >= page->record.count;

	page->record = now;
	if (!counts_more || state->bound > 0)
		s2t_inv_soil(state, page);
}
