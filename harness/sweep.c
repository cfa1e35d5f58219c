/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The full comparison. Everything that the model wrote since the start state is compared entry by entry, and
 * every table that was written is walked from its root in the implementation's bytes, so that an entry that only
 * the implementation has is found, and tables that no abstract state has. What neither side wrote is as it was
 * at the start: a page, the tables of a VM or of an SMMU context that neither the model nor any write of the
 * implementation came by in the sequence is not read, unless a step has already been found to differ. The cost is proportional
 * to what was touched. With `lines_only` less than the tables is read, the lines that either side wrote (written.h): for
 * those who run many short sequences, and look for what no write tells of at the end of some of them.
 */
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "lockstep.h"
#include "rdata.h"

enum { ALL_CONTEXTS = (1 << S2T_SPT_CONTEXTS) - 1 };

static const uint64_t zeros[512];

/* The comparison in progress. */
struct sweep {
	struct s2t_lockstep *ls;
	struct s2t_diffs *diffs; /* NULL: the first difference ends it */
	bool whole;              /* tables are read as a whole */
	bool same;
	bool no_memory;
};

static bool done(const struct sweep *sweep)
{
	return !sweep->same && !sweep->diffs;
}

/* Notes a difference, once per entry; the caller fills the returned record in, unless it is NULL. */
static struct s2t_diff *differ(struct sweep *sweep, enum s2t_diff_kind kind, struct s2t_touch entry)
{
	struct s2t_diffs *diffs = sweep->diffs;

	sweep->same = false;
	if (!diffs)
		return NULL;
	for (size_t i = 0; i < diffs->total && i < S2T_MAX_DIFFS; i++) {
		const struct s2t_touch *old = &diffs->diff[i].entry;

		if (diffs->diff[i].kind == kind && old->kind == entry.kind && old->level == entry.level &&
		    old->a == entry.a && old->b == entry.b)
			return NULL;
	}
	if (diffs->total++ >= S2T_MAX_DIFFS)
		return NULL;
	struct s2t_diff *diff = &diffs->diff[diffs->total - 1];

	memset(diff, 0, sizeof(*diff));
	diff->kind = kind;
	diff->entry = entry;
	diff->iut_has_value = true;
	return diff;
}

/* The record of `entry` among what the model touched in the last step, or NULL: it was not touched. */
static const struct s2t_touch *touched(const struct sweep *sweep, const struct s2t_touch *entry)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(sweep->ls->model, &count);

	for (size_t i = 0; i < count; i++) {
		bool in_block = touch[i].kind == S2T_ENTRY_NPT_BLOCK && entry->kind == S2T_ENTRY_NPT &&
		                touch[i].b == (entry->b & ~UINT64_C(511));

		if (touch[i].a == entry->a && touch[i].level == entry->level &&
		    (in_block || (touch[i].kind == entry->kind && touch[i].b == entry->b)))
			return &touch[i];
	}
	return NULL;
}

static void compare_page(struct sweep *sweep, s2t_pfn pfn)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_page model = s2t_model_page(ls->model, pfn);
	struct s2t_page iut = s2t_view_page(&ls->view, pfn);
	struct s2t_touch entry = { .kind = S2T_ENTRY_S2PAGE, .b = pfn };

	if (model.owner == iut.owner && model.count == iut.count && model.gfn == iut.gfn)
		return;
	struct s2t_diff *diff = differ(sweep, S2T_DIFF_ENTRY, entry);

	if (!diff)
		return;
	const struct s2t_touch *touch = touched(sweep, &entry);

	diff->model[0] = model.owner;
	diff->model[1] = model.count;
	diff->model[2] = model.gfn;
	memcpy(diff->before, diff->model, sizeof(diff->before));
	if (touch) {
		diff->before[0] = (uint32_t)touch->old[0];
		diff->before[1] = touch->old[0] >> 32;
		diff->before[2] = touch->old[1];
	}
	diff->iut[0] = iut.owner;
	diff->iut[1] = iut.count;
	diff->iut[2] = iut.gfn;
	diff->window = S2T_WINDOW_EL2;
	s2t_view_record(&ls->view, pfn, &diff->address);
}

static void compare_npt(struct sweep *sweep, s2t_vmid vmid, s2t_gfn gfn)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_npt_entry model = s2t_model_npt(ls->model, vmid, gfn);
	struct s2t_walk walk;
	struct s2t_npt_entry iut = s2t_view_npt(&ls->view, vmid, gfn, &walk);
	struct s2t_touch entry = { .kind = S2T_ENTRY_NPT, .a = (uint32_t)vmid, .b = gfn };

	if (model.pfn == iut.pfn && model.level == iut.level && model.pte == iut.pte)
		return;
	struct s2t_diff *diff = differ(sweep, S2T_DIFF_ENTRY, entry);

	if (!diff)
		return;
	const struct s2t_touch *touch = touched(sweep, &entry);
	struct s2t_npt_entry before = touch ? s2t_model_npt_before(ls->model, touch, gfn & 511) : model;

	diff->before[0] = before.pfn;
	diff->before[1] = before.level;
	diff->before[2] = before.pte;
	diff->model[0] = model.pfn;
	diff->model[1] = model.level;
	diff->model[2] = model.pte;
	diff->iut[0] = iut.pfn;
	diff->iut[1] = iut.level;
	diff->iut[2] = iut.pte;
	diff->window = S2T_WINDOW_S2PT;
	diff->walk = walk;
	diff->address = walk.step[walk.count - 1].address;
}

/* The value of an SMMU entry before the last step. */
struct context_search {
	s2t_gfn gfn;
	s2t_pte pte;
};

static void context_entry(void *ctx, s2t_gfn gfn, s2t_pte pte)
{
	struct context_search *search = ctx;

	if (gfn == search->gfn)
		search->pte = pte;
}

static s2t_pte spt_before(const struct sweep *sweep, unsigned context, s2t_gfn gfn, s2t_pte now)
{
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn };
	const struct s2t_touch *touch = touched(sweep, &entry);
	struct context_search search = { gfn, 0 };

	if (touch)
		return touch->old[0];
	entry = (struct s2t_touch){ .kind = S2T_ENTRY_SPT_CONTEXT, .a = context };
	touch = touched(sweep, &entry);
	if (!touch)
		return now;
	s2t_model_context_before(sweep->ls->model, touch, context_entry, &search);
	return search.pte;
}

static void compare_spt(struct sweep *sweep, unsigned context, s2t_gfn gfn)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_spt_entry model = s2t_model_spt(ls->model, context, gfn);
	struct s2t_walk walk;
	struct s2t_spt_entry iut = s2t_view_spt(&ls->view, context, gfn, &walk);
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn };

	if (model.pte == iut.pte)
		return;
	struct s2t_diff *diff = differ(sweep, S2T_DIFF_ENTRY, entry);

	if (!diff)
		return;
	s2t_pte before = spt_before(sweep, context, gfn, model.pte);

	diff->before[0] = s2t_view_output(before) / 4096;
	diff->before[1] = before;
	diff->model[0] = model.pfn;
	diff->model[1] = model.pte;
	diff->iut[0] = iut.pfn;
	diff->iut[1] = iut.pte;
	diff->window = S2T_WINDOW_SMMU;
	diff->walk = walk;
	diff->address = walk.step[walk.count - 1].address;
}

/* An entry of one word. `before` is the value before the last step if the model touched it, given relative to
 * `base` (cursors). */
static void compare_word(struct sweep *sweep, struct s2t_touch entry, uint64_t base, uint64_t model,
                         uint64_t iut, bool iut_has_value, enum s2t_window window, s2t_addr address)
{
	if (model == iut && iut_has_value)
		return;
	struct s2t_diff *diff = differ(sweep, S2T_DIFF_ENTRY, entry);

	if (!diff)
		return;
	const struct s2t_touch *touch = touched(sweep, &entry);

	diff->before[0] = touch ? base + touch->old[0] : model;
	diff->model[0] = model;
	diff->iut[0] = iut;
	diff->iut_has_value = iut_has_value;
	diff->window = window;
	diff->address = address;
}

static void compare_token(struct sweep *sweep, s2t_pfn pfn)
{
	struct s2t_touch entry = { .kind = S2T_ENTRY_FLATMEM, .b = pfn };
	s2t_token iut = 0;
	bool uniform = s2t_view_token(&sweep->ls->view, pfn, &iut);

	compare_word(sweep, entry, 0, s2t_model_token(sweep->ls->model, pfn), iut, uniform, S2T_WINDOW_PAGES,
	             pfn << 12);
}

static void compare_data_log(struct sweep *sweep, uint32_t vmid)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_touch entry = { .kind = S2T_ENTRY_DATA_LOG, .a = vmid };

	compare_word(sweep, entry, 0, s2t_model_data_log(ls->model, vmid), s2t_view_data_log(&ls->view, vmid),
	             true, S2T_WINDOW_EL2, ls->view.el2.data_log + UINT64_C(8) * vmid);
}

static void compare_hyper(struct sweep *sweep, const struct s2t_touch *entry)
{
	struct s2t_lockstep *ls = sweep->ls;
	uint64_t model[3];

	s2t_entry_now(ls->model, entry, model);
	compare_word(
		sweep,
		(struct s2t_touch){ .kind = entry->kind, .level = entry->level, .a = entry->a, .b = entry->b },
		0, model[0], s2t_view_hyper(&ls->view, entry), true, S2T_WINDOW_EL2,
		s2t_view_hyper_address(&ls->view, entry));
}

static void compare_npt_next(struct sweep *sweep, uint32_t vmid, unsigned level)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_touch entry = { .kind = S2T_ENTRY_NPT_NEXT, .level = (uint8_t)level, .a = vmid };

	compare_word(sweep, entry, s2t_view_npt_range(&ls->view, vmid, level),
	             s2t_model_npt_next(ls->model, vmid, level), s2t_view_npt_next(&ls->view, vmid, level),
	             true, S2T_WINDOW_EL2, ls->view.el2.npt_next + UINT64_C(32) * vmid + UINT64_C(8) * level);
}

static void compare_spt_next(struct sweep *sweep, unsigned level)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT_NEXT, .level = (uint8_t)level };

	compare_word(sweep, entry, s2t_view_spt_range(&ls->view, level), s2t_model_spt_next(ls->model, level),
	             s2t_view_spt_next(&ls->view, level), true, S2T_WINDOW_EL2,
	             ls->view.el2.spt_next + UINT64_C(8) * level);
}

static void compare_lock(struct sweep *sweep, uint32_t lock)
{
	struct s2t_lockstep *ls = sweep->ls;
	bool model = s2t_model_lock_held(ls->model, lock);
	bool iut = s2t_view_lock_held(&ls->view, lock);

	if (model == iut)
		return;
	struct s2t_diff *diff = differ(sweep, S2T_DIFF_LOCK, (struct s2t_touch){ .a = lock });

	if (!diff)
		return;
	diff->model[0] = model;
	diff->iut[0] = iut;
	diff->window = S2T_WINDOW_EL2;
	diff->address = ls->view.el2.locks + UINT64_C(8) * lock;
}

/*
 * Walking the implementation's tables.
 */

static void malformed(struct sweep *sweep, enum s2t_entry_kind kind, unsigned level, uint32_t a,
                      s2t_addr serves, s2t_addr address, uint64_t descriptor, const char *text)
{
	struct s2t_touch entry = { .kind = (uint8_t)kind, .level = (uint8_t)level, .a = a, .b = serves };
	struct s2t_diff *diff = differ(sweep, S2T_DIFF_MALFORMED, entry);

	if (!diff)
		return;
	diff->text = text;
	diff->iut[0] = descriptor;
	diff->window = kind == S2T_ENTRY_NPT_TABLE ? S2T_WINDOW_S2PT : S2T_WINDOW_SMMU;
	diff->address = address;
}

/* Whether this is the first slot that leads to the table at `table` of the range from `start`. */
static bool first_parent(struct s2t_lockstep *ls, s2t_addr start, s2t_addr table)
{
	uint64_t page = (table - start) / 4096;

	if (ls->seen[page / 64] >> (page % 64) & 1)
		return false;
	ls->seen[page / 64] |= UINT64_C(1) << (page % 64);
	return true;
}

/* Makes room to note `pages` table pages, all unseen. */
static bool clear_seen(struct s2t_lockstep *ls, uint64_t pages)
{
	size_t words = (size_t)(pages / 64 + 1);

	if (words > ls->seen_words) {
		uint64_t *grown = realloc(ls->seen, words * sizeof(*grown));

		if (!grown)
			return false;
		ls->seen = grown;
		ls->seen_words = words;
	}
	memset(ls->seen, 0, words * sizeof(*ls->seen));
	return true;
}

/* Tables of one address space: `kind` NPT_TABLE or SPT_TABLE, whose, and how their ranges lie. */
struct space {
	enum s2t_entry_kind kind;
	enum s2t_window window;
	uint32_t a;                 /* vmid or context */
	unsigned levels;            /* of tables below the root: 3 or 2 */
	s2t_addr base;              /* start of the lowest range: pages are numbered from here */
	s2t_addr start[3], next[3]; /* of the tables that a level's descriptors lead to */
};

/* Whether a descriptor leads to a proper table of its own. */
static bool check_table(struct sweep *sweep, const struct space *space, unsigned level, s2t_addr serves,
                        s2t_addr address, uint64_t descriptor)
{
	s2t_addr table = s2t_view_output(descriptor);
	const char *wrong = NULL;

	if (!s2t_view_is_table(descriptor))
		wrong = "a descriptor that is no table stands where a table belongs";
	else if (table < space->start[level] || table >= space->next[level])
		wrong = "a table lies outside the pages that its pool has handed out";
	else if (!first_parent(sweep->ls, space->base, table))
		wrong = "a table has two parents";
	else if (space->kind == S2T_ENTRY_NPT_TABLE
	                 ? !s2t_model_npt_table(sweep->ls->model, space->a, serves, level)
	                 : !s2t_model_spt_table(sweep->ls->model, space->a, serves, level))
		wrong = "a table that the model does not have";
	if (wrong)
		malformed(sweep, space->kind, level, space->a, serves, address, descriptor, wrong);
	return !wrong;
}

static inline bool same_line(const uint64_t *a, const uint64_t *b)
{
	uint64_t differing = 0;

	for (unsigned i = 0; i < S2T_LINE_WORDS; i++)
		differing |= a[i] ^ b[i];
	return differing == 0;
}

/* Takes the first line out of a set that has one; returns its first descriptor. */
static inline unsigned take_line(uint64_t *lines)
{
	const unsigned line = (unsigned)__builtin_ctzll(*lines);

	*lines &= *lines - 1;
	return line * S2T_LINE_WORDS;
}

/* The entries of a last-level table against the model's node. */
static void compare_leaf(struct sweep *sweep, const struct space *space, s2t_addr serves, s2t_addr table)
{
	struct s2t_lockstep *ls = sweep->ls;
	const bool npt = space->kind == S2T_ENTRY_NPT_TABLE;
	const s2t_gfn first = serves / 4096;
	const uint64_t *iut = s2t_view_words(&ls->view, space->window, table);
	const uint64_t *model = zeros;
	uint64_t lines = S2T_ALL_LINES;

	if (npt) {
		const struct s2t_npt_leaf *leaf = s2t_map_find(&ls->model->npt_leaf,
		                                               s2t_npt_leaf_key(space->a, first));

		model = leaf && !leaf->block ? leaf->pte : zeros;
	} else {
		const struct s2t_spt_leaf *leaf = s2t_map_find(&ls->model->spt_leaf,
		                                               s2t_spt_leaf_key(ls->model, space->a, first));

		model = leaf ? leaf->pte : zeros;
	}
	if (!sweep->whole)
		lines = s2t_written_lines(&ls->written, space->window, table) |
		        (npt ? s2t_written_npt_lines(&ls->written, space->a, first)
		             : s2t_written_spt_lines(&ls->written, space->a, first));
	iut = iut ? iut : zeros;
	if (sweep->whole && memcmp(iut, model, sizeof(zeros)) == 0)
		return;
	while (lines != 0) {
		const unsigned at = take_line(&lines);

		if (same_line(iut + at, model + at))
			continue;
		for (unsigned i = at; i < at + S2T_LINE_WORDS && !done(sweep); i++) {
			if (npt)
				compare_npt(sweep, space->a, first + i);
			else
				compare_spt(sweep, space->a, first + i);
		}
	}
}

static void walk_table(struct sweep *sweep, const struct space *space, unsigned level, s2t_addr table,
                       s2t_addr serves);

/* A descriptor that is not zero, of a table that leads on; `below` is the first address it serves. */
static void walk_descriptor(struct sweep *sweep, const struct space *space, unsigned level, s2t_addr address,
                            uint64_t descriptor, s2t_addr below)
{
	const bool last = level + 1 == space->levels;

	if (last && space->kind == S2T_ENTRY_NPT_TABLE && !s2t_view_is_table(descriptor))
		compare_npt(sweep, space->a, below / 4096); /* a block: its 512 entries follow from it */
	else if (!check_table(sweep, space, level, below, address, descriptor))
		return;
	else if (last)
		compare_leaf(sweep, space, below, s2t_view_output(descriptor));
	else
		walk_table(sweep, space, level + 1, s2t_view_output(descriptor), below);
}

/* Which lines from the `first` on of a group of four are not all zero, as bits of a set. */
static inline uint64_t lines_in_use(const uint64_t *words, unsigned first)
{
	uint64_t any[4] = { 0 };

	for (unsigned line = 0; line < 4; line++)
		for (unsigned i = 0; i < S2T_LINE_WORDS; i++)
			any[line] |= words[(first + line) * S2T_LINE_WORDS + i];
	if ((any[0] | any[1] | any[2] | any[3]) == 0)
		return 0;
	return ((uint64_t)(any[0] != 0) | (uint64_t)(any[1] != 0) << 1 | (uint64_t)(any[2] != 0) << 2 |
	        (uint64_t)(any[3] != 0) << 3)
	       << first;
}

/* One table page of descriptors that lead on; `serves` is the first address it serves. */
static void walk_table(struct sweep *sweep, const struct space *space, unsigned level, s2t_addr table,
                       s2t_addr serves)
{
	struct s2t_lockstep *ls = sweep->ls;
	const uint64_t *words = s2t_view_words(&ls->view, space->window, table);
	const unsigned shift = 21 + 9 * (space->levels - 1 - level);
	uint64_t lines = 0;

	if (!words)
		return;
	if (!sweep->whole)
		lines = s2t_written_lines(&ls->written, space->window, table);
	else
		for (unsigned line = 0; line < S2T_TABLE_LINES; line += 4)
			lines |= lines_in_use(words, line);
	while (lines != 0) {
		const unsigned at = take_line(&lines);

		for (unsigned i = at; i < at + S2T_LINE_WORDS; i++) {
			if (words[i] == 0)
				continue;
			walk_descriptor(sweep, space, level, table + UINT64_C(8) * i, words[i],
			                serves + ((s2t_addr)i << shift));
			if (done(sweep))
				return;
		}
	}
}

/* Keeps a cursor within its range; that it differs from the model's is reported on its own. */
static void clamp(struct space *space, unsigned level, s2t_addr end)
{
	if (space->next[level] > end)
		space->next[level] = end;
	if (space->next[level] < space->start[level])
		space->next[level] = space->start[level];
}

static void sweep_vm(struct sweep *sweep, uint32_t vmid)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct space space = { .kind = S2T_ENTRY_NPT_TABLE, .window = S2T_WINDOW_S2PT, .a = vmid, .levels = 3 };

	for (unsigned level = 0; level < 3; level++) {
		compare_npt_next(sweep, vmid, level);
		space.start[level] = s2t_view_npt_range(&ls->view, vmid, level);
		space.next[level] = s2t_view_npt_next(&ls->view, vmid, level);
		clamp(&space, level, s2t_view_npt_range(&ls->view, vmid, level + 1));
	}
	space.base = space.start[0];
	if (!clear_seen(ls, (space.next[2] - space.base) / 4096)) {
		sweep->no_memory = true;
		return;
	}
	walk_table(sweep, &space, 0, s2t_view_npt_root(&ls->view, vmid), 0);
}

/*
 * The SMMU contexts of the set `contexts`. A root is 1024 descriptors in two pages.
 *
 * Contexts share the pools of tables, but a table belongs to one of them, so a context is compared on its own, like
 * the tables of a VM.
 */
static void sweep_contexts(struct sweep *sweep, uint32_t contexts)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct space space = { .kind = S2T_ENTRY_SPT_TABLE, .window = S2T_WINDOW_SMMU, .levels = 2 };

	for (unsigned level = 0; level < 2; level++) {
		compare_spt_next(sweep, level);
		space.start[level] = s2t_view_spt_range(&ls->view, level);
		space.next[level] = s2t_view_spt_next(&ls->view, level);
		clamp(&space, level, s2t_view_spt_range(&ls->view, level + 1));
	}
	space.base = space.start[0];
	if (!clear_seen(ls, (space.next[1] - space.base) / 4096)) {
		sweep->no_memory = true;
		return;
	}
	for (unsigned context = 0; context < S2T_SPT_CONTEXTS; context++) {
		s2t_addr root = s2t_view_spt_root(&ls->view, context);

		if (!(contexts >> context & 1))
			continue;
		space.a = context;
		walk_table(sweep, &space, 0, root, 0);
		walk_table(sweep, &space, 0, root + 4096, UINT64_C(512) << 30);
	}
}

/* A table or block that the model has: the walk finds it only if the implementation has it, too. */
static void compare_range(struct sweep *sweep, const struct s2t_touch *touch)
{
	struct s2t_lockstep *ls = sweep->ls;
	s2t_gfn first = touch->b >> 12 & ~UINT64_C(511);
	s2t_addr address;

	if (touch->kind == S2T_ENTRY_NPT_BLOCK) {
		for (unsigned i = 0; i < 512 && !done(sweep); i += 511) /* its first and last entry */
			compare_npt(sweep, touch->a, touch->b + i);
	} else if (touch->kind == S2T_ENTRY_NPT_TABLE) {
		if (!s2t_model_npt_table(ls->model, touch->a, touch->b, 2) ||
		    s2t_view_npt_pmd(&ls->view, touch->a, first, &address))
			return;
		malformed(sweep, S2T_ENTRY_NPT_TABLE, 2, touch->a, touch->b, address, 0, "a table is missing");
	} else if (s2t_model_spt_table(ls->model, touch->a, touch->b, 1) &&
	           !s2t_view_spt_pmd(&ls->view, touch->a, first, &address)) {
		malformed(sweep, S2T_ENTRY_SPT_TABLE, 1, touch->a, touch->b, address, 0, "a table is missing");
	}
}

/* Whether the record of a page that the model wrote has the same words, found without a look-up in the model. */
static inline bool same_record(struct s2t_view *view, const struct s2t_touch *touch)
{
	const struct s2t_page *page = touch->slot;
	uint64_t offset;
	const uint64_t *words = s2t_view_record(view, touch->b, &offset);

	return words && words[0] == (page->owner | (uint64_t)page->count << 32) && words[1] == page->gfn;
}

/* Likewise the content of a page. */
static inline bool same_token(struct s2t_view *view, const struct s2t_touch *touch)
{
	s2t_token token;

	return s2t_view_token(view, touch->b, &token) && token == *(const uint64_t *)touch->slot;
}

/* All that the model wrote since the start state, but for entries of tables, which the walk compares. */
static void sweep_journal(struct sweep *sweep, bool tables)
{
	const struct s2t_model *model = sweep->ls->model;

	for (size_t i = 0; i < model->journal_count && !done(sweep); i++) {
		const struct s2t_touch *touch = &model->journal[i];

		switch ((enum s2t_entry_kind)touch->kind) {
		case S2T_ENTRY_S2PAGE:
			if (!same_record(&sweep->ls->view, touch))
				compare_page(sweep, touch->b);
			break;
		case S2T_ENTRY_FLATMEM:
			if (!same_token(&sweep->ls->view, touch))
				compare_token(sweep, touch->b);
			break;
		case S2T_ENTRY_DATA_LOG: compare_data_log(sweep, touch->a); break;
		case S2T_ENTRY_NPT_BLOCK:
			if (tables)
				compare_range(sweep, touch);
			break;
		case S2T_ENTRY_NPT_TABLE:
			if (tables && touch->level == 2)
				compare_range(sweep, touch);
			break;
		case S2T_ENTRY_SPT_TABLE:
			if (tables && touch->level == 1)
				compare_range(sweep, touch);
			break;
		case S2T_ENTRY_VM:
		case S2T_ENTRY_VCPU:
		case S2T_ENTRY_IMAGE:
		case S2T_ENTRY_CORE:
		case S2T_ENTRY_SMMU_CFG: compare_hyper(sweep, touch); break;
		default: break;
		}
	}
}

/* What the last step touched on either side, whether or not the model's journal or a walk would come by it. */
static void sweep_step(struct sweep *sweep)
{
	struct s2t_lockstep *ls = sweep->ls;
	size_t touches, writes;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &touches);
	const struct s2t_write *write = ls->ops->image->writes(ls->iut, &writes);

	for (size_t i = 0; i < touches; i++) {
		if (touch[i].kind >= S2T_ENTRY_NPT && touch[i].kind <= S2T_ENTRY_NPT_NEXT)
			s2t_mark_vm(ls, touch[i].a);
		else if (touch[i].kind >= S2T_ENTRY_SPT && touch[i].kind <= S2T_ENTRY_SPT_NEXT)
			ls->dirty_contexts |= touch[i].kind == S2T_ENTRY_SPT_NEXT ? 0
			                                                          : UINT32_C(1) << touch[i].a;
	}
	for (size_t i = ls->step_writes; i < writes && !done(sweep); i++) {
		struct s2t_place place = s2t_place_of(ls, &write[i]);

		switch (place.what) {
		case S2T_PLACE_PAGE: compare_page(sweep, place.pfn); break;
		case S2T_PLACE_TOKEN: compare_token(sweep, place.pfn); break;
		case S2T_PLACE_LOCK: compare_lock(sweep, place.number); break;
		case S2T_PLACE_DATA_LOG: compare_data_log(sweep, place.number); break;
		case S2T_PLACE_NPT: s2t_mark_vm(ls, place.number); break;
		case S2T_PLACE_SPT: ls->dirty_contexts = ALL_CONTEXTS; break;
		case S2T_PLACE_HYPER: compare_hyper(sweep, &place.entry); break;
		case S2T_PLACE_NONE: /* s2t_find_strays */ break;
		}
	}
}

/* Notes which lines of tables either side wrote in this sequence. */
static bool note_written(struct s2t_lockstep *ls)
{
	size_t writes;
	const struct s2t_write *write = ls->ops->image->writes(ls->iut, &writes);

	s2t_written_clear(&ls->written);
	return s2t_written_note_writes(&ls->written, write, writes) &&
	       s2t_written_note_touches(&ls->written, ls->model->journal, ls->model->journal_count);
}

bool s2t_sweep(struct s2t_lockstep *ls, bool tables, struct s2t_diffs *diffs, bool *no_memory)
{
	struct sweep sweep = { .ls = ls, .diffs = diffs, .same = true };
	uint32_t locks[S2T_MAX_HELD];

	sweep.whole = diffs || !ls->lines_only;
	if (tables && !sweep.whole && !note_written(ls)) {
		*no_memory = true;
		return false;
	}
	for (unsigned i = s2t_model_locks(ls->model, locks); i-- > 0;)
		compare_lock(&sweep, locks[i]);
	sweep_step(&sweep);
	sweep_journal(&sweep, tables);
	for (uint32_t i = 0; tables && i < ls->dirty_vm_count && !done(&sweep); i++)
		sweep_vm(&sweep, ls->dirty_vm[i]);
	if (tables && ls->dirty_contexts && !done(&sweep))
		sweep_contexts(&sweep, diffs ? ALL_CONTEXTS : ls->dirty_contexts);
	*no_memory = sweep.no_memory;
	return sweep.same && !sweep.no_memory;
}
