/* SPDX-License-Identifier: BSD-2-Clause */
/* The full comparison of single entries: the value on each side, and what a difference is told by. */
#include <string.h>

#include "entry.h"
#include "sweep.h"

/* Notes a difference, once per entry; the caller fills the returned record in, unless it is NULL. */
struct s2t_diff *s2t_sweep_differ(struct s2t_sweep *sweep, enum s2t_diff_kind kind, struct s2t_touch entry)
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
static const struct s2t_touch *touched(const struct s2t_sweep *sweep, const struct s2t_touch *entry)
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

void s2t_sweep_page(struct s2t_sweep *sweep, s2t_pfn pfn)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_page model = s2t_model_page(ls->model, pfn);
	struct s2t_page iut = s2t_view_page(&ls->view, pfn);
	struct s2t_touch entry = { .kind = S2T_ENTRY_S2PAGE, .b = pfn };

	if (model.owner == iut.owner && model.count == iut.count && model.gfn == iut.gfn)
		return;
	struct s2t_diff *diff = s2t_sweep_differ(sweep, S2T_DIFF_ENTRY, entry);

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

void s2t_sweep_npt(struct s2t_sweep *sweep, s2t_vmid vmid, s2t_gfn gfn)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_npt_entry model = s2t_model_npt(ls->model, vmid, gfn);
	struct s2t_walk walk;
	struct s2t_npt_entry iut = s2t_view_npt(&ls->view, vmid, gfn, &walk);
	struct s2t_touch entry = { .kind = S2T_ENTRY_NPT, .a = (uint32_t)vmid, .b = gfn };

	if (model.pfn == iut.pfn && model.level == iut.level && model.pte == iut.pte)
		return;
	struct s2t_diff *diff = s2t_sweep_differ(sweep, S2T_DIFF_ENTRY, entry);

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
static s2t_pte spt_before(const struct s2t_sweep *sweep, unsigned context, s2t_gfn gfn, s2t_pte now)
{
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn };
	const struct s2t_touch *touch = touched(sweep, &entry);

	if (touch)
		return touch->old[0];
	entry = (struct s2t_touch){ .kind = S2T_ENTRY_SPT_CONTEXT, .a = context };
	touch = touched(sweep, &entry);
	return touch ? s2t_emptied_before(sweep->ls->model, touch, gfn) : now;
}

void s2t_sweep_spt(struct s2t_sweep *sweep, unsigned context, s2t_gfn gfn)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_spt_entry model = s2t_model_spt(ls->model, context, gfn);
	struct s2t_walk walk;
	struct s2t_spt_entry iut = s2t_view_spt(&ls->view, context, gfn, &walk);
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn };

	if (model.pte == iut.pte)
		return;
	struct s2t_diff *diff = s2t_sweep_differ(sweep, S2T_DIFF_ENTRY, entry);

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
static void compare_word(struct s2t_sweep *sweep, struct s2t_touch entry, uint64_t base, uint64_t model,
                         uint64_t iut, bool iut_has_value, enum s2t_window window, s2t_addr address)
{
	if (model == iut && iut_has_value)
		return;
	struct s2t_diff *diff = s2t_sweep_differ(sweep, S2T_DIFF_ENTRY, entry);

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

void s2t_sweep_token(struct s2t_sweep *sweep, s2t_pfn pfn)
{
	struct s2t_touch entry = { .kind = S2T_ENTRY_FLATMEM, .b = pfn };
	s2t_token iut = 0;
	bool uniform = s2t_view_token(&sweep->ls->view, pfn, &iut);

	compare_word(sweep, entry, 0, s2t_model_token(sweep->ls->model, pfn), iut, uniform, S2T_WINDOW_PAGES,
	             pfn << 12);
}

void s2t_sweep_data_log(struct s2t_sweep *sweep, uint32_t vmid)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_touch entry = { .kind = S2T_ENTRY_DATA_LOG, .a = vmid };

	compare_word(sweep, entry, 0, s2t_model_data_log(ls->model, vmid), s2t_view_data_log(&ls->view, vmid),
	             true, S2T_WINDOW_EL2, ls->view.el2.data_log + UINT64_C(8) * vmid);
}

void s2t_sweep_hyper(struct s2t_sweep *sweep, const struct s2t_touch *entry)
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

void s2t_sweep_npt_next(struct s2t_sweep *sweep, uint32_t vmid, unsigned level)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_touch entry = { .kind = S2T_ENTRY_NPT_NEXT, .level = (uint8_t)level, .a = vmid };

	compare_word(sweep, entry, s2t_view_npt_range(&ls->view, vmid, level),
	             s2t_model_npt_next(ls->model, vmid, level), s2t_view_npt_next(&ls->view, vmid, level),
	             true, S2T_WINDOW_EL2, ls->view.el2.npt_next + UINT64_C(32) * vmid + UINT64_C(8) * level);
}

void s2t_sweep_spt_next(struct s2t_sweep *sweep, unsigned level)
{
	struct s2t_lockstep *ls = sweep->ls;
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT_NEXT, .level = (uint8_t)level };

	compare_word(sweep, entry, s2t_view_spt_range(&ls->view, level), s2t_model_spt_next(ls->model, level),
	             s2t_view_spt_next(&ls->view, level), true, S2T_WINDOW_EL2,
	             ls->view.el2.spt_next + UINT64_C(8) * level);
}

void s2t_sweep_lock(struct s2t_sweep *sweep, uint32_t lock)
{
	struct s2t_lockstep *ls = sweep->ls;
	bool model = s2t_model_lock_held(ls->model, lock);
	bool iut = s2t_view_lock_held(&ls->view, lock);

	if (model == iut)
		return;
	struct s2t_diff *diff = s2t_sweep_differ(sweep, S2T_DIFF_LOCK, (struct s2t_touch){ .a = lock });

	if (!diff)
		return;
	diff->model[0] = model;
	diff->iut[0] = iut;
	diff->window = S2T_WINDOW_EL2;
	diff->address = ls->view.el2.locks + UINT64_C(8) * lock;
}
