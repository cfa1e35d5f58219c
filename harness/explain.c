/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building an explanation: what differs is read from the machines that diverged; then a second pair of machines
 * takes the steps before that, so that all that has to do with the divergence is noted on the way.
 */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extra.h"
#include "rdata.h"
#include "s2twin/primitives.h"
#include "visible.h"

/* Of a sequence that short every step is listed with what it touched. */
enum { SHORT_SEQUENCE = 16 };

static void keep_diffs(struct s2t_explanation *e, const struct s2t_lockstep *ls)
{
	e->total = ls->diffs->total;
	e->count = e->total < S2T_MAX_DIFFS ? e->total : S2T_MAX_DIFFS;
	e->kind = ls->diffs->diff[0].kind;
	for (size_t i = 0; i < e->count; i++) {
		e->diff[i].diff = ls->diffs->diff[i];
		e->diff[i].record = S2T_NOMAP;
		snprintf(e->diff[i].text, sizeof(e->diff[i].text), "%s",
		         ls->diffs->diff[i].text ? ls->diffs->diff[i].text : "");
		s2t_diff_name(&e->board, &e->diff[i].diff, e->diff[i].name, sizeof(e->diff[i].name));
	}
}

/*
 * The pages that the divergence is about.
 */

static void add_page(struct s2t_explanation *e, s2t_pfn pfn)
{
	if (pfn == 0 || pfn >> 36 || e->pages == S2T_MAX_ROWS || s2t_explains_page(e, pfn))
		return;
	e->page[e->pages++] = pfn;
}

bool s2t_explains_page(const struct s2t_explanation *e, s2t_pfn pfn)
{
	for (size_t i = 0; i < e->pages; i++)
		if (e->page[i] == pfn)
			return true;
	return false;
}

static void add_pages_of_call(struct s2t_explanation *e, const struct s2t_call *call)
{
	struct s2t_op_info row;
	const struct s2t_op_info *info = s2t_op_row(e->iut, call->op, &row);

	for (unsigned i = 0; i < info->arg_count; i++) {
		switch (info->arg[i].kind) {
		case S2T_ARG_PFN: add_page(e, call->arg[i]); break;
		case S2T_ARG_PA: add_page(e, call->arg[i] >> 12); break;
		case S2T_ARG_PTE: add_page(e, s2t_view_output(call->arg[i]) >> 12); break;
		case S2T_ARG_IPA:
			if (call->op == S2T_OP_MAP_PAGE_HOST) /* the host's table maps each address to itself */
				add_page(e, call->arg[i] >> 12);
			break;
		default: break;
		}
	}
}

static void add_pages_of_diff(struct s2t_explanation *e, const struct s2t_diff *diff)
{
	if (diff->kind == S2T_DIFF_STRAY && diff->window == S2T_WINDOW_PAGES)
		add_page(e, diff->address >> 12);
	if (diff->kind != S2T_DIFF_ENTRY && diff->kind != S2T_DIFF_TOUCHED)
		return;
	switch ((enum s2t_entry_kind)diff->entry.kind) {
	case S2T_ENTRY_S2PAGE:
	case S2T_ENTRY_FLATMEM: add_page(e, diff->entry.b); break;
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK:
	case S2T_ENTRY_SPT:
		add_page(e, diff->model[0]);
		add_page(e, diff->iut[0]);
		add_page(e, diff->before[0]);
		break;
	default: break;
	}
}

static int by_pfn(const void *a, const void *b)
{
	s2t_pfn x = *(const s2t_pfn *)a, y = *(const s2t_pfn *)b;

	return (x > y) - (x < y);
}

static void find_pages(struct s2t_explanation *e)
{
	add_pages_of_call(e, &e->call);
	for (size_t i = 0; i < e->count; i++)
		add_pages_of_diff(e, &e->diff[i].diff);
	qsort(e->page, e->pages, sizeof(e->page[0]), by_pfn);
}

/*
 * The steps on the way.
 */

/* Whether a page of the divergence lies in the `pages` from `first`. */
static bool about_pages(const struct s2t_explanation *e, s2t_pfn first, uint64_t pages)
{
	for (size_t i = 0; i < e->pages; i++)
		if (e->page[i] - first < pages)
			return true;
	return false;
}

static bool touches_leaf(const struct s2t_explanation *e, const struct s2t_model *model,
                         const struct s2t_touch *touch)
{
	if (touch->kind == S2T_ENTRY_SPT)
		return s2t_explains_page(e, s2t_view_output(touch->old[0]) >> 12) ||
		       s2t_explains_page(e, s2t_model_spt(model, touch->a, touch->b).pfn);
	const unsigned pages = touch->kind == S2T_ENTRY_NPT_BLOCK ? 512 : 1;

	for (unsigned i = 0; i < pages; i++) { /* a block may have come over pages */
		const struct s2t_npt_entry before = s2t_model_npt_before(model, touch, i);

		if (before.pte && s2t_explains_page(e, before.pfn))
			return true;
	}
	return about_pages(e, s2t_model_npt(model, touch->a, touch->b).pfn, pages);
}

/* Whether a touched entry is one that differs in the end, or is of the same table. */
static bool touches_diff(const struct s2t_explanation *e, const struct s2t_touch *touch)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct s2t_touch *entry = &e->diff[i].diff.entry;
		const bool leaf = touch->kind == S2T_ENTRY_NPT_BLOCK && entry->kind == S2T_ENTRY_NPT;

		if (e->diff[i].diff.kind != S2T_DIFF_ENTRY && e->diff[i].diff.kind != S2T_DIFF_MALFORMED &&
		    e->diff[i].diff.kind != S2T_DIFF_TOUCHED)
			continue;
		if (entry->a != touch->a || entry->kind == S2T_ENTRY_NPT_NEXT ||
		    entry->kind == S2T_ENTRY_SPT_NEXT)
			continue;
		if ((entry->kind == touch->kind && entry->level == touch->level && entry->b == touch->b) ||
		    (leaf && (entry->b & ~UINT64_C(511)) == touch->b))
			return true;
	}
	return false;
}

static bool touch_is_related(const struct s2t_explanation *e, const struct s2t_model *model,
                             const struct s2t_touch *touch)
{
	switch ((enum s2t_entry_kind)touch->kind) {
	case S2T_ENTRY_S2PAGE:
	case S2T_ENTRY_FLATMEM: return s2t_explains_page(e, touch->b);
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK:
	case S2T_ENTRY_SPT:
		return touches_leaf(e, model, touch) || touches_diff(e, touch) || s2t_explain_named(e, touch);
	default: return touches_diff(e, touch);
	}
}

static bool keep_touches(struct s2t_explanation *e, struct s2t_explained_step *step,
                         const struct s2t_touch *touch, size_t count)
{
	if (e->touches + count > e->touch_room || !e->touch) {
		const size_t room = 2 * (e->touches + count) + 64;
		struct s2t_touch *grown = realloc(e->touch, room * sizeof(*grown));

		if (!grown)
			return false;
		e->touch = grown;
		e->touch_room = room;
	}
	step->touch = e->touches;
	step->touches = count;
	if (count)
		memcpy(e->touch + e->touches, touch, count * sizeof(*touch));
	e->touches += count;
	return true;
}

/* Notes what the step just taken was and did. False: out of memory. */
static bool note_step(struct s2t_explanation *e, const struct s2t_lockstep *ls, const struct s2t_call *call,
                      enum s2t_verdict verdict)
{
	struct s2t_explained_step *step = &e->stepping[e->steps++];
	size_t count = 0;
	const struct s2t_touch *touch = NULL;

	step->number = ls->step_number;
	step->call = *call;
	step->verdict = verdict;
	if (!s2t_op_fits(e->iut, call)) {
		step->model = (struct s2t_step){ S2T_UNDEFINED, S2T_CASE_MPH_0, 0 };
		return true;
	}
	step->model = ls->step;
	if (verdict != S2T_NOT_RUN)
		step->iut = ls->result.outcome;
	if (ls->step.outcome != S2T_UNDEFINED)
		touch = s2t_model_touched(ls->model, &count);
	step->related = e->number == step->number;
	for (size_t i = 0; i < count && !step->related; i++)
		step->related = touch_is_related(e, ls->model, &touch[i]);
	if (!step->related && e->operations > SHORT_SEQUENCE)
		return true;
	return keep_touches(e, step, touch, count);
}

/* The steps before the divergence, on machines of their own. False: out of memory. */
static bool follow(struct s2t_explanation *e, struct s2t_mappers *mappers, struct s2t_lockstep *ls,
                   const struct s2t_call *call)
{
	s2t_lockstep_full_every(ls, 0);
	s2t_picture_begin(&e->picture, e);
	s2t_picture_column(&e->picture, mappers, ls->model, 0);
	for (uint32_t i = 0; i + 1 < e->number; i++) {
		enum s2t_verdict verdict = s2t_lockstep_step(ls, &call[i]);

		if (verdict == S2T_NO_MEMORY || !note_step(e, ls, &call[i], verdict))
			return false;
		if (verdict == S2T_DIVERGED) {
			e->unsteady = true;
			break;
		}
		if (e->stepping[i].model.outcome == S2T_UNDEFINED) /* nothing was touched */
			continue;
		s2t_explain_walk_note(e, ls);
		s2t_life_note(&e->life, ls->model, i + 1);
		if (!s2t_mappers_note(mappers, ls->model))
			return false;
		if (e->stepping[i].related)
			s2t_picture_column(&e->picture, mappers, ls->model, i + 1);
	}
	return s2t_invariants_check(ls, &e->before);
}

static bool look_back(struct s2t_explanation *e, struct s2t_lockstep *ls, const struct s2t_call *call,
                      struct s2t_error *error)
{
	struct s2t_lockstep *past = s2t_lockstep_create(&ls->board, ls->ops, &ls->options, error);
	struct s2t_mappers mappers;

	s2t_mappers_begin(&mappers, &e->picture);
	bool good = past && follow(e, &mappers, past, call) && note_step(e, ls, &e->call, S2T_DIVERGED) &&
	            s2t_invariants_check(ls, &e->after) && s2t_picture_end(&e->picture, e, ls);

	if (good) {
		s2t_explain_walk_note(e, ls);
		s2t_life_note(&e->life, ls->model, e->number);
		s2t_life_end(&e->life, ls);
	} else if (past) {
		snprintf(error->text, sizeof(error->text),
		         "not enough memory to explain a sequence of %u operations", (unsigned)e->number);
		error->resource = true;
	}
	s2t_mappers_free(&mappers);
	s2t_lockstep_destroy(past);
	return good;
}

static void begin(struct s2t_explanation *e, const struct s2t_lockstep *ls,
                  const struct s2t_explain_context *context)
{
	const char *reason;

	if (context)
		e->context = *context;
	if (!ls->bodies && ls->ops->health && ls->ops->health(ls->iut, &reason) != S2T_OK)
		e->context.lost = true;
	e->board = ls->board;
	e->options = ls->options;
	const struct s2t_bodies *bodies = ls->bodies ? ls->options.bodies : NULL;

	e->iut_name = bodies ? bodies->name : ls->ops->name;
	e->iut_version = bodies ? bodies->version : ls->ops->version;
	e->iut = ls->ops;
	e->bodies = ls->bodies != NULL;
	e->reads = ls->entries != NULL;
	e->other = e->bodies ? "body" : "implementation";
	e->number = ls->step_number;
	e->operations = e->context.operations ? e->context.operations : ls->step_number;
	e->call = ls->call;
	e->step = ls->step;
	e->form = s2t_lockstep_form(ls, ls->step_number);
	if (ls->known >= 0 && e->form != ls->options.spec) {
		const struct s2t_known_info known = s2t_known_info((unsigned)ls->known);

		snprintf(e->known, sizeof(e->known), "%s  %s", s2t_known_names[known.name], known.text);
	}
	e->result = ls->result;
	snprintf(e->reason, sizeof(e->reason), "%s", ls->result.reason ? ls->result.reason : "");
	s2t_make_visible(e->reason);
	e->result.reason = e->reason;
	keep_diffs(e, ls);
}

struct s2t_explanation *s2t_explain(struct s2t_lockstep *ls, const struct s2t_call *call,
                                    const struct s2t_explain_context *context, struct s2t_error *error)
{
	struct s2t_explanation *e = calloc(1, sizeof(*e));

	if (e) {
		begin(e, ls, context);
		e->stepping = calloc(e->number, sizeof(*e->stepping));
	}
	if (!e || !e->stepping || !s2t_words_of_step(ls, &e->word, &e->words)) {
		snprintf(error->text, sizeof(error->text), "not enough memory for an explanation");
		error->resource = true;
		s2t_explanation_free(e);
		return NULL;
	}
	s2t_explain_leaves(e, ls);
	find_pages(e);
	if (!look_back(e, ls, call, error)) {
		s2t_explanation_free(e);
		return NULL;
	}
	for (size_t i = 0; i < e->count; i++)
		if (e->diff[i].diff.kind == S2T_DIFF_ENTRY && e->diff[i].diff.entry.kind == S2T_ENTRY_S2PAGE)
			e->diff[i].record = s2t_board_record_of(&e->board, e->diff[i].diff.entry.b);
	s2t_explain_walk_finish(e, ls);
	s2t_explain_cause(e, ls);
	return e;
}

void s2t_explanation_free(struct s2t_explanation *explanation)
{
	if (!explanation)
		return;
	free(explanation->word);
	free(explanation->stepping);
	free(explanation->touch);
	free(explanation);
}
