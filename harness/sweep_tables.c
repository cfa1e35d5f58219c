/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The full comparison of tables: each that was written is walked from its root in the implementation's bytes, so that an
 * entry that only the implementation has is found, and tables that no abstract state has.
 */
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

static const uint64_t zeros[512];

static void malformed(struct s2t_sweep *sweep, enum s2t_entry_kind kind, unsigned level, uint32_t a,
                      s2t_addr serves, s2t_addr address, uint64_t descriptor, const char *text)
{
	struct s2t_touch entry = { .kind = (uint8_t)kind, .level = (uint8_t)level, .a = a, .b = serves };
	struct s2t_diff *diff = s2t_sweep_differ(sweep, S2T_DIFF_MALFORMED, entry);

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
static bool check_table(struct s2t_sweep *sweep, const struct space *space, unsigned level, s2t_addr serves,
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
static void compare_leaf(struct s2t_sweep *sweep, const struct space *space, s2t_addr serves, s2t_addr table)
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
		for (unsigned i = at; i < at + S2T_LINE_WORDS && !s2t_sweep_done(sweep); i++) {
			if (npt)
				s2t_sweep_npt(sweep, space->a, first + i);
			else
				s2t_sweep_spt(sweep, space->a, first + i);
		}
	}
}

static void walk_table(struct s2t_sweep *sweep, const struct space *space, unsigned level, s2t_addr table,
                       s2t_addr serves);

/* A descriptor that is not zero, of a table that leads on; `below` is the first address it serves. */
static void walk_descriptor(struct s2t_sweep *sweep, const struct space *space, unsigned level,
                            s2t_addr address, uint64_t descriptor, s2t_addr below)
{
	const bool last = level + 1 == space->levels;

	if (last && space->kind == S2T_ENTRY_NPT_TABLE && !s2t_view_is_table(descriptor))
		s2t_sweep_npt(sweep, space->a, below / 4096); /* a block: its 512 entries follow from it */
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
static void walk_table(struct s2t_sweep *sweep, const struct space *space, unsigned level, s2t_addr table,
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
			if (s2t_sweep_done(sweep))
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

void s2t_sweep_vm(struct s2t_sweep *sweep, uint32_t vmid)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct space space = { .kind = S2T_ENTRY_NPT_TABLE, .window = S2T_WINDOW_S2PT, .a = vmid, .levels = 3 };

	for (unsigned level = 0; level < 3; level++) {
		s2t_sweep_npt_next(sweep, vmid, level);
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
void s2t_sweep_contexts(struct s2t_sweep *sweep, uint32_t contexts)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct space space = { .kind = S2T_ENTRY_SPT_TABLE, .window = S2T_WINDOW_SMMU, .levels = 2 };

	for (unsigned level = 0; level < 2; level++) {
		s2t_sweep_spt_next(sweep, level);
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
void s2t_sweep_range(struct s2t_sweep *sweep, const struct s2t_touch *touch)
{
	struct s2t_lockstep *ls = sweep->ls;
	s2t_gfn first = touch->b >> 12 & ~UINT64_C(511);
	s2t_addr address;

	if (touch->kind == S2T_ENTRY_NPT_BLOCK) {
		for (unsigned i = 0; i < 512 && !s2t_sweep_done(sweep); i += 511) /* its first and last entry */
			s2t_sweep_npt(sweep, touch->a, touch->b + i);
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
