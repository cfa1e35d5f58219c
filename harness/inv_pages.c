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

/* One VM more that maps the page: whether it is the second. */
static bool is_second_vm(const struct s2t_inv_state *state, struct verdict *verdict,
                         const struct s2t_inv_page *page, const struct s2t_inv_space *space)
{
	if (space->smmu || space->number == 0 || space->number >= state->board->corevisor || space->off ||
	    page->record.owner == S2T_NOBODY)
		return false;
	if (verdict->vm && verdict->vm != space->number)
		return true;
	verdict->vm = space->number;
	return false;
}

static void judge_entry(const struct s2t_inv_state *state, struct verdict *verdict,
                        const struct s2t_inv_page *page, const struct s2t_inv_entry *entry)
{
	struct s2t_inv_space space;
	uint32_t broken = s2t_inv_judge(state, verdict->side, entry, page->key, page->record, &space);

	if (s2t_inv_reading_of(entry, page->key) && is_second_vm(state, verdict, page, &space))
		broken |= S2T_INV(S2T_ONE_VM);
	verdict->broken |= broken;
	for (uint32_t set = broken & verdict->wanted; set;) {
		const enum s2t_invariant i = s2t_inv_take(&set);

		verdict->place[i] = s2t_inv_place_of(entry, &space, page->key, page->record);
		if (i == S2T_ONE_VM)
			verdict->place[i].bound = verdict->vm;
		verdict->wanted &= ~S2T_INV(i);
	}
}

static void judge_list(const struct s2t_inv_state *state, struct verdict *verdict,
                       const struct s2t_inv_page *page, uint32_t head)
{
	const struct s2t_inv_entry *entries = S2T_INV_ENTRIES(state);

	for (uint32_t ref = head; ref; ref = entries[(ref - 1) / 2].next[(ref - 1) % 2])
		judge_entry(state, verdict, page, &entries[(ref - 1) / 2]);
}

/* The entries that the page only counts. Each is read as a mapping of it by one side at least. */
static void judge_counted(const struct s2t_inv_state *state, struct verdict *verdict,
                          const struct s2t_inv_page *page)
{
	const uint32_t count[2] = { page->seen.host, page->seen.own }, number[2] = { 0, page->seen.vm };

	for (int i = 0; i < 2; i++) {
		if (count[i] == 0)
			continue;
		const struct s2t_inv_space space = s2t_inv_owner_of(state, number[i]);

		verdict->broken |= s2t_inv_maps(&space, page->key, S2T_READ_BY_BOTH, page->record,
		                                (uint32_t)state->board->corevisor);
		is_second_vm(state, verdict, page, &space);
	}
}

/* The entries of the list, all of them contexts' that belong to nobody and have one frame in common. */
static void judge_unbound(struct verdict *verdict, const struct s2t_inv_page *page)
{
	const struct s2t_inv_space nobody = { .smmu = true, .owner = S2T_NOBODY };
	uint32_t unless_zero;

	verdict->broken |= s2t_inv_dma(&nobody, page->seen.frame - 1, page->record, &unless_zero);
}

static void judge_maps(const struct s2t_inv_state *state, struct verdict *verdict,
                       const struct s2t_inv_page *page)
{
	const struct s2t_inv_seen *seen = &page->seen;

	judge_counted(state, verdict, page);
	if (seen->other == 0 && state->bound == 0 && seen->frame != 0 && seen->dma > 0)
		judge_unbound(verdict, page);
	else
		judge_list(state, verdict, page, page->head);
	if (state->blocks)
		judge_list(state, verdict, page, S2T_INV_REACHED(state)[page->reached].head);
}

/* The entry of a page that was linked last among those with a stamp below `before`. NULL: none. */
static const struct s2t_inv_entry *entry_before(const struct s2t_inv_state *state, uint32_t page,
                                                uint64_t before)
{
	const struct s2t_inv_entry *entry = &S2T_INV_ENTRIES(state)[state->last], *last = NULL;

	if (entry->stamp < before && entry->page == page && entry->linked && entry->linked != S2T_INV_ALONE)
		return entry;
	entry = S2T_INV_ENTRIES(state);
	for (const struct s2t_inv_entry *end = entry + state->entry.count; entry < end; entry++)
		if (entry->page == page && entry->stamp < before && (!last || entry->stamp > last->stamp) &&
		    entry->linked && entry->linked != S2T_INV_ALONE && !s2t_inv_is_block(entry))
			last = entry;
	return last;
}

/* The entries that map a page, for the places: that which was linked last comes first. This may look through all entries,
 * a few times in a sequence. */
static void judge_by_age(const struct s2t_inv_state *state, struct verdict *verdict,
                         const struct s2t_inv_page *page)
{
	const uint32_t number = (uint32_t)(page - S2T_INV_PAGES(state));
	const struct s2t_inv_entry *entry;

	for (uint64_t before = UINT64_MAX; verdict->wanted; before = entry->stamp) {
		entry = state->entry.count > 0 ? entry_before(state, number, before) : NULL;
		if (!entry)
			break;
		judge_entry(state, verdict, page, entry);
	}
}

/* How many of a set of contexts belong to the host, or to nobody, and are counted at all. Most processors that this runs on
 * can count bits; that they can is not known to the compiler, which would call a function for it. */
static inline unsigned contexts_of(const struct s2t_inv_state *state, uint32_t set, uint32_t banks)
{
	uint32_t bits = set & banks & state->counted;

	bits -= bits >> 1 & 0x5555;
	bits = (bits & 0x3333) + (bits >> 2 & 0x3333);
	bits = (bits + (bits >> 4)) & 0x0f0f;
	return (bits + (bits >> 8)) & 31;
}

/* What is broken by the counts of contexts. */
static inline uint32_t judge_counts(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	if (!page->at_frame || page->record.owner != 0)
		return 0;
	return s2t_inv_counts(page->record, contexts_of(state, page->at_frame, state->of_host),
	                      contexts_of(state, page->at_self, state->of_nobody));
}

uint32_t s2t_inv_could_blocks(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	const struct s2t_inv_seen *seen = &page->seen, *blocks = &S2T_INV_REACHED(state)[page->reached].seen;
	const uint32_t owner = page->record.owner;
	const bool foreign = ((seen->host | blocks->host) != 0) & (owner != 0) & (page->record.count == 0);
	const bool many = ((seen->other | blocks->other) != 0) |
	                  ((seen->own != 0) & (blocks->own != 0) & (seen->vm != blocks->vm));
	const bool not_own = ((seen->own != 0) & (owner != seen->vm)) |
	                     ((blocks->own != 0) & (owner != blocks->vm));

	return owner == S2T_NOBODY
	               ? 0
	               : (uint32_t)foreign << S2T_HOST_ISO | (uint32_t)(many | not_own) << S2T_VM_ISO |
	                         (uint32_t)many << S2T_ONE_VM;
}

/* What could be broken by its record, by those that map it, and by the counts of contexts. */
static inline uint32_t could_be_broken(const struct s2t_inv_state *state, const struct s2t_inv_page *page)
{
	return s2t_inv_record(page->key, page->record, state->board->smmu_host_offset) |
	       s2t_inv_could_stage2(state, page) | s2t_inv_could_dma(state, page) | judge_counts(state, page);
}

/* What is broken at a page. What is known to be broken is not looked for. */
static uint32_t judge_page(const struct s2t_inv_state *state, const struct s2t_inv_side *side,
                           const struct s2t_inv_page *page, uint32_t known)
{
	struct verdict verdict = { .side = side };

	verdict.broken = s2t_inv_record(page->key, page->record, state->board->smmu_host_offset) |
	                 judge_counts(state, page);
	if ((s2t_inv_could_stage2(state, page) | s2t_inv_could_dma(state, page)) & ~known)
		judge_maps(state, &verdict, page);
	return verdict.broken;
}

/* Where the invariants `wanted` are broken at a page. */
static void find_places(struct s2t_inv_state *state, const struct s2t_inv_side *side,
                        const struct s2t_inv_page *page, uint32_t wanted)
{
	const uint32_t record = s2t_inv_record(page->key, page->record, state->board->smmu_host_offset);
	const uint32_t counts = judge_counts(state, page);
	struct verdict verdict = { .side = side, .wanted = wanted & ~record & ~counts, .place = state->place };

	for (uint32_t set = record & wanted; set;)
		state->place[s2t_inv_take(&set)] = (struct s2t_inv_place){ .pfn = page->key,
			                                                   .owner = page->record.owner,
			                                                   .gfn = page->record.gfn };
	judge_by_age(state, &verdict, page);
	if (state->blocks)
		judge_list(state, &verdict, page, S2T_INV_REACHED(state)[page->reached].head);
	for (uint32_t set = counts & wanted; set;) {
		const enum s2t_invariant i = s2t_inv_take(&set);

		state->place[i] = (struct s2t_inv_place){
			.pfn = page->key,
			.count = page->record.count,
			.value = i == S2T_SMMU_COUNT ? contexts_of(state, page->at_frame, state->of_host)
			                             : contexts_of(state, page->at_self, state->of_nobody)
		};
	}
}

/* Brings the memory of a page up to date, and notes what is new. */
static void judge_anew(struct s2t_inv_state *state, const struct s2t_inv_side *side, struct s2t_inv_page *page)
{
	const uint32_t broken = judge_page(state, side, page, page->broken);
	const uint32_t news = broken & ~page->broken & ~state->news;

	page->broken |= broken;
	state->news |= news;
	if (news & state->wanted)
		find_places(state, side, page, news & state->wanted);
}

void s2t_inv_settle_pages(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	struct s2t_inv_page *pages = S2T_INV_PAGES(state);

	for (size_t i = 0; state->all_dirty && i < state->page.count; i++)
		if (could_be_broken(state, &pages[i]) & ~pages[i].broken)
			judge_anew(state, side, &pages[i]);
	for (size_t i = 0; i < state->dirty_count; i++) {
		struct s2t_inv_page *page = &pages[state->dirty[i]];

		page->broken &= ~(uint32_t)S2T_INV_DIRTY;
		if (!state->all_dirty)
			judge_anew(state, side, page);
	}
	state->all_dirty = false;
	state->dirty_count = 0;
}

/*
 * Pages.
 */

S2T_INV_RARE void s2t_inv_soil(struct s2t_inv_state *state, struct s2t_inv_page *page)
{
	if (page->broken & S2T_INV_DIRTY)
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
	page->broken |= S2T_INV_DIRTY;
	state->due = true;
	state->dirty[state->dirty_count++] = (size_t)(page - S2T_INV_PAGES(state));
}

void s2t_inv_doubt(struct s2t_inv_state *state, struct s2t_inv_page *page)
{
	if (could_be_broken(state, page) & ~page->broken)
		s2t_inv_soil(state, page);
}

/* It is judged as it was before the step, which has not changed what maps it. */
S2T_INV_RARE void s2t_inv_greet(struct s2t_inv_state *state, struct s2t_inv_page *page, struct s2t_page record)
{
	page->record = record;
	if (state->ranged)
		s2t_inv_range_page(state, page);
	/* Only blocks can map it. */
	page->broken = state->blocks ? judge_page(state, NULL, page, 0)
	                             : s2t_inv_record(page->key, record, state->board->smmu_host_offset);
}

/* What the change of a record breaks whatever maps the page. */
static void judge_change(struct s2t_inv_state *state, s2t_pfn pfn, struct s2t_page before, struct s2t_page now)
{
	const uint32_t corevisor = (uint32_t)state->board->corevisor;
	const struct s2t_inv_place place = { .pfn = pfn, .number = before.owner, .owner = now.owner };

	if (before.owner == corevisor || now.owner == corevisor)
		s2t_inv_news(state, S2T_CORE_ISO, place);
	if (before.owner != 0 && before.owner < corevisor && state->active[before.owner])
		s2t_inv_news(state, S2T_ACTIVE_KEEPS, place);
}

void s2t_inv_feed_page(struct s2t_inv_state *state, s2t_pfn pfn, struct s2t_page before, struct s2t_page now)
{
	bool is_new;
	struct s2t_inv_page *page = S2T_INV_MAKE(state->page, struct s2t_inv_page, pfn, &is_new);

	if (SELDOM(!page)) {
		state->no_memory = true;
		return;
	}
	if (SELDOM(is_new))
		s2t_inv_greet(state, page, before);
	const struct s2t_page was = page->record;
	const bool counts_more = was.owner == now.owner && was.gfn == now.gfn && now.count >= was.count;

	page->record = now;
	if (was.owner != now.owner)
		judge_change(state, pfn, was, now);
	/* One that counts more breaks nothing anew: it is looked at only for what it may hold where a context is bound. */
	const uint32_t could = !counts_more       ? could_be_broken(state, page)
	                       : state->bound > 0 ? s2t_inv_could_dma(state, page)
	                                          : 0;

	if (could & ~page->broken)
		s2t_inv_soil(state, page);
}
