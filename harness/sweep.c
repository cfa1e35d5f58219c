/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The full comparison. Everything that the model wrote since the start state is compared entry by entry (sweep_entries.c),
 * and every table that was written is walked (sweep_tables.c). What neither side wrote is as it was
 * at the start: a page, the tables of a VM or of an SMMU context that neither the model nor any write of the
 * implementation came by in the sequence is not read, unless a step has already been found to differ. The cost is proportional
 * to what was touched. With `lines_only` less than the tables is read, the lines that either side wrote (written.h): for
 * those who run many short sequences, and look for what no write tells of at the end of some of them.
 */
#include "sweep.h"

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
static void sweep_journal(struct s2t_sweep *sweep, bool tables)
{
	const struct s2t_model *model = sweep->ls->model;

	for (size_t i = 0; i < model->journal_count && !s2t_sweep_done(sweep); i++) {
		const struct s2t_touch *touch = &model->journal[i];

		switch ((enum s2t_entry_kind)touch->kind) {
		case S2T_ENTRY_S2PAGE:
			if (!same_record(&sweep->ls->view, touch))
				s2t_sweep_page(sweep, touch->b);
			break;
		case S2T_ENTRY_FLATMEM:
			if (!same_token(&sweep->ls->view, touch))
				s2t_sweep_token(sweep, touch->b);
			break;
		case S2T_ENTRY_DATA_LOG: s2t_sweep_data_log(sweep, touch->a); break;
		case S2T_ENTRY_NPT_BLOCK:
			if (tables)
				s2t_sweep_range(sweep, touch);
			break;
		case S2T_ENTRY_NPT_TABLE:
			if (tables && touch->level == 2)
				s2t_sweep_range(sweep, touch);
			break;
		case S2T_ENTRY_SPT_TABLE:
			if (tables && touch->level == 1)
				s2t_sweep_range(sweep, touch);
			break;
		case S2T_ENTRY_VM:
		case S2T_ENTRY_VCPU:
		case S2T_ENTRY_IMAGE:
		case S2T_ENTRY_CORE:
		case S2T_ENTRY_SMMU_CFG: s2t_sweep_hyper(sweep, touch); break;
		default: break;
		}
	}
}

/* What the last step touched on either side, whether or not the model's journal or a walk would come by it. */
static void sweep_step(struct s2t_sweep *sweep)
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
	for (size_t i = ls->step_writes; i < writes && !s2t_sweep_done(sweep); i++) {
		struct s2t_place place = s2t_place_of(ls, &write[i]);

		switch (place.what) {
		case S2T_PLACE_PAGE: s2t_sweep_page(sweep, place.pfn); break;
		case S2T_PLACE_TOKEN: s2t_sweep_token(sweep, place.pfn); break;
		case S2T_PLACE_LOCK: s2t_sweep_lock(sweep, place.number); break;
		case S2T_PLACE_DATA_LOG: s2t_sweep_data_log(sweep, place.number); break;
		case S2T_PLACE_NPT: s2t_mark_vm(ls, place.number); break;
		case S2T_PLACE_SPT: ls->dirty_contexts = S2T_ALL_CONTEXTS; break;
		case S2T_PLACE_HYPER: s2t_sweep_hyper(sweep, &place.entry); break;
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
	struct s2t_sweep sweep = { .ls = ls, .diffs = diffs, .same = true };
	uint32_t locks[S2T_MAX_HELD];

	sweep.whole = diffs || !ls->lines_only;
	if (tables && !sweep.whole && !note_written(ls)) {
		*no_memory = true;
		return false;
	}
	for (unsigned i = s2t_model_locks(ls->model, locks); i-- > 0;)
		s2t_sweep_lock(&sweep, locks[i]);
	sweep_step(&sweep);
	sweep_journal(&sweep, tables);
	for (uint32_t i = 0; tables && i < ls->dirty_vm_count && !s2t_sweep_done(&sweep); i++)
		s2t_sweep_vm(&sweep, ls->dirty_vm[i]);
	if (tables && ls->dirty_contexts && !s2t_sweep_done(&sweep))
		s2t_sweep_contexts(&sweep, diffs ? S2T_ALL_CONTEXTS : ls->dirty_contexts);
	*no_memory = sweep.no_memory;
	return sweep.same && !sweep.no_memory;
}
