/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two walks to a differing entry.
 *
 * The implementation's is read from its bytes. The model has no bytes: it knows which tables there are and how
 * far the cursors of their pools have moved. But each pool hands out its pages in order, so the cursor before the
 * step that made a table is the address of that table.
 */
#include <string.h>

#include "explain.h"

static bool is_walked(const struct s2t_diff *diff)
{
	return diff->kind == S2T_DIFF_ENTRY && (diff->walk.count != 0 || diff->address == UINT64_MAX) &&
	       (diff->entry.kind == S2T_ENTRY_NPT || diff->entry.kind == S2T_ENTRY_SPT);
}

/* Bits of a frame number below the part that selects a table of `level` (0: the one under the root). */
static unsigned table_shift(bool smmu, unsigned level)
{
	return (smmu ? 18U : 27U) - 9 * level;
}

static const struct s2t_touch *cursor_touch(const struct s2t_touch *touch, size_t count,
                                            enum s2t_entry_kind kind, const struct s2t_touch *table)
{
	for (size_t i = 0; i < count; i++)
		if (touch[i].kind == kind && touch[i].level == table->level &&
		    (kind == S2T_ENTRY_SPT_NEXT || touch[i].a == table->a))
			return &touch[i];
	return NULL;
}

static void note_table(struct s2t_explained_diff *diff, struct s2t_lockstep *ls, const struct s2t_touch *touch,
                       size_t count, const struct s2t_touch *table)
{
	const bool smmu = table->kind == S2T_ENTRY_SPT_TABLE;
	const unsigned shift = table_shift(smmu, table->level);
	const struct s2t_touch *cursor = cursor_touch(touch, count,
	                                              smmu ? S2T_ENTRY_SPT_NEXT : S2T_ENTRY_NPT_NEXT, table);

	if (diff->diff.entry.a != table->a || diff->diff.entry.b >> shift != table->b >> 12 >> shift)
		return;
	diff->model_table[table->level] = 0;
	if (!cursor) /* the table went away under a block */
		return;
	diff->model_table[table->level] = cursor->old[0] +
	                                  (smmu ? s2t_view_spt_range(&ls->view, table->level)
	                                        : s2t_view_npt_range(&ls->view, table->a, table->level));
}

void s2t_explain_walk_note(struct s2t_explanation *e, struct s2t_lockstep *ls)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	if (ls->step.outcome == S2T_UNDEFINED)
		return;
	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *diff = &e->diff[i];
		const bool smmu = diff->diff.entry.kind == S2T_ENTRY_SPT;

		if (!is_walked(&diff->diff))
			continue;
		for (size_t j = 0; j < count; j++) {
			if (touch[j].kind == (smmu ? S2T_ENTRY_SPT_TABLE : S2T_ENTRY_NPT_TABLE))
				note_table(diff, ls, touch, count, &touch[j]);
			else if (smmu && touch[j].kind == S2T_ENTRY_SPT_CONTEXT &&
			         touch[j].a == diff->diff.entry.a)
				memset(diff->model_table, 0, sizeof(diff->model_table));
		}
	}
}

static struct s2t_tree_level *add_level(struct s2t_tree *tree, unsigned level, s2t_addr table, unsigned index,
                                        uint64_t descriptor)
{
	struct s2t_tree_level *at = &tree->level[tree->count++];

	at->level = level;
	at->placed = table != 0;
	at->table = table;
	at->index = index;
	at->address = table + UINT64_C(8) * index;
	s2t_descriptor_decode(descriptor, level, &at->descriptor);
	return at;
}

/* The model's walk: down to the entry, or to the first table that it does not have. */
static void model_tree(struct s2t_explained_diff *diff, struct s2t_lockstep *ls)
{
	const struct s2t_touch *entry = &diff->diff.entry;
	const bool smmu = entry->kind == S2T_ENTRY_SPT;
	const unsigned below = smmu ? 2 : 3,
		       first = smmu ? 1 : 0; /* tables below the root; level of the root */
	const struct s2t_npt_entry npt = s2t_model_npt(ls->model, entry->a, entry->b);
	s2t_addr table = smmu ? s2t_view_spt_root(&ls->view, entry->a) : s2t_view_npt_root(&ls->view, entry->a);

	for (unsigned i = 0; i < below; i++) {
		const bool there = smmu ? s2t_model_spt_table(ls->model, entry->a, entry->b << 12, i)
		                        : s2t_model_npt_table(ls->model, entry->a, entry->b << 12, i);
		const unsigned width = smmu && i == 0 ? 10 : 9;
		const unsigned index = (unsigned)(entry->b >> table_shift(smmu, i)) & ((1U << width) - 1);
		const bool block = !smmu && i == 2 && npt.level == 2;

		if (block || !there) {
			add_level(&diff->model, first + i, table, index, block ? npt.pte : 0);
			return;
		}
		add_level(&diff->model, first + i, table, index, diff->model_table[i] | 3);
		table = diff->model_table[i];
	}
	add_level(&diff->model, 3, table, (unsigned)entry->b & 511,
	          smmu ? s2t_model_spt(ls->model, entry->a, entry->b).pte : npt.pte);
}

void s2t_explain_walk_finish(struct s2t_explanation *e, struct s2t_lockstep *ls)
{
	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *diff = &e->diff[i];
		const struct s2t_walk *walk = &diff->diff.walk;
		const unsigned first = diff->diff.entry.kind == S2T_ENTRY_SPT ? 1 : 0;

		if (!is_walked(&diff->diff))
			continue;
		for (unsigned level = 0; level < walk->count; level++)
			add_level(&diff->iut, first + level, walk->step[level].table, walk->step[level].index,
			          walk->step[level].descriptor);
		model_tree(diff, ls);
	}
}
