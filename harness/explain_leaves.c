/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Differing table entries that the full comparison passed by. It stops above a table that is malformed or that
 * one side lacks, which is enough to see that the two differ; a report also needs the entries below that the last
 * step wrote, above all the one that the operation names.
 */
#include <string.h>

#include "explain.h"

static bool is_listed(const struct s2t_explanation *e, const struct s2t_touch *entry)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct s2t_diff *diff = &e->diff[i].diff;

		if (diff->kind == S2T_DIFF_ENTRY && diff->entry.kind == entry->kind &&
		    diff->entry.a == entry->a && diff->entry.b == entry->b)
			return true;
	}
	return false;
}

static void list(struct s2t_explanation *e, const struct s2t_diff *diff, const struct s2t_walk *walk)
{
	const size_t value = sizeof(diff->model);

	if (memcmp(diff->model, diff->iut, value) == 0 || e->count == S2T_MAX_DIFFS ||
	    is_listed(e, &diff->entry))
		return;
	struct s2t_explained_diff *place = &e->diff[e->count++];

	e->total++;
	memset(place, 0, sizeof(*place));
	place->diff = *diff;
	place->diff.walk = *walk;
	place->diff.address = walk->step[walk->count - 1].address;
	place->record = S2T_NOMAP;
	s2t_diff_name(&e->board, diff, place->name, sizeof(place->name));
}

/* Compares one stage-2 entry; `touch`: how the model wrote it, or NULL. */
static void look_at_npt(struct s2t_explanation *e, struct s2t_lockstep *ls, uint32_t vmid, s2t_gfn gfn,
                        const struct s2t_touch *touch)
{
	struct s2t_walk walk;
	const struct s2t_npt_entry iut = s2t_view_npt(&ls->view, vmid, gfn, &walk);
	const struct s2t_npt_entry model = s2t_model_npt(ls->model, vmid, gfn);
	const struct s2t_npt_entry before = touch ? s2t_model_npt_before(ls->model, touch, 0) : model;
	const struct s2t_diff diff = {
		.kind = S2T_DIFF_ENTRY,
		.entry = { .kind = S2T_ENTRY_NPT, .a = vmid, .b = gfn },
		.before = { before.pfn, before.level, before.pte },
		.model = { model.pfn, model.level, model.pte },
		.iut = { iut.pfn, iut.level, iut.pte },
		.iut_has_value = true,
		.window = S2T_WINDOW_S2PT,
	};

	list(e, &diff, &walk);
}

static void look_at_spt(struct s2t_explanation *e, struct s2t_lockstep *ls, uint32_t context, s2t_gfn gfn,
                        const struct s2t_touch *touch)
{
	struct s2t_walk walk;
	const struct s2t_spt_entry iut = s2t_view_spt(&ls->view, context, gfn, &walk);
	const struct s2t_spt_entry model = s2t_model_spt(ls->model, context, gfn);
	const s2t_pte before = touch ? touch->old[0] : model.pte;
	const struct s2t_diff diff = {
		.kind = S2T_DIFF_ENTRY,
		.entry = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn },
		.before = { s2t_view_output(before) >> 12, before },
		.model = { model.pfn, model.pte },
		.iut = { iut.pfn, iut.pte },
		.iut_has_value = true,
		.window = S2T_WINDOW_SMMU,
	};

	list(e, &diff, &walk);
}

void s2t_explain_leaves(struct s2t_explanation *e, struct s2t_lockstep *ls)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	if (e->bodies || e->reads || ls->step.outcome != S2T_OK || ls->result.outcome != S2T_OK)
		return; /* two models, and a plug-in, are compared entry by entry; after a panic tables are not related */
	for (size_t i = 0; i < count; i++) {
		if (touch[i].kind == S2T_ENTRY_NPT || touch[i].kind == S2T_ENTRY_NPT_BLOCK)
			look_at_npt(e, ls, touch[i].a, touch[i].b, &touch[i]);
		else if (touch[i].kind == S2T_ENTRY_SPT)
			look_at_spt(e, ls, touch[i].a, touch[i].b, &touch[i]);
	}
	for (size_t i = 0; i < e->words; i++) {
		const struct s2t_touch *entry = &e->word[i].entry;

		if (!e->word[i].is_entry)
			continue;
		if (entry->kind == S2T_ENTRY_NPT || entry->kind == S2T_ENTRY_NPT_BLOCK)
			look_at_npt(e, ls, entry->a, entry->b, NULL);
		else if (entry->kind == S2T_ENTRY_SPT)
			look_at_spt(e, ls, entry->a, entry->b, NULL);
	}
}
