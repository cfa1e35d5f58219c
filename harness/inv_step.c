/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants after a step of a lockstep, and at the end of a sequence.
 *
 * A step is judged when both sides agree on it. The comparison has then read from the implementation's bytes what the
 * model has in each entry that either side wrote, so one bookkeeping stands for both, and what it finds newly broken is
 * broken on both. What no comparison of entries can see is left to the ends of sequences: there each side is judged
 * from scratch by itself, the implementation by a walk of its tables, and the bookkeeping is held against both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "entry.h"
#include "inv_place.h"
#include "inv_state.h"
#include "inv_tables.h"
#include "mapfile.h"
#include "rdata.h"
#include "reads.h"

struct s2t_inv_check {
	struct s2t_inv_state state;
	struct s2t_inv_side model; /* that the bookkeeping asks for what a step did not write */
	struct s2t_invariant_state unused[S2T_INVARIANT_COUNT];
};

struct s2t_inv_check *s2t_inv_check_create(struct s2t_lockstep *ls)
{
	struct s2t_inv_check *check = calloc(1, sizeof(*check));

	if (!check || !s2t_inv_state_init(&check->state, &ls->board)) {
		free(check);
		return NULL;
	}
	s2t_inv_side_begin(&check->model, ls, S2T_SIDE_MODEL, check->unused);
	s2t_inv_begin(&check->state, S2T_INVARIANTS_ALL);
	return check;
}

void s2t_inv_check_destroy(struct s2t_inv_check *check)
{
	if (!check)
		return;
	s2t_inv_state_free(&check->state);
	free(check);
}

void s2t_inv_check_reset(struct s2t_inv_check *check)
{
	s2t_inv_state_reset(&check->state);
	s2t_inv_begin(&check->state, S2T_INVARIANTS_ALL);
}

/* Counts one that both sides newly break. */
static void count(struct s2t_lockstep *ls, int invariant, const struct s2t_inv_place *place)
{
	struct s2t_invariant_finding *finding = &ls->stats.invariants[invariant];

	/* The place is asked for until it was found once in this sequence, and for ever if it is forbidden. */
	ls->invariants->state.wanted &= ~S2T_INV(invariant) | ls->options.forbidden;
	if (finding->steps++)
		return;
	finding->sequence = ls->sequence;
	finding->step = ls->step_number;
	finding->op = ls->call.op;
	finding->corevisor = (uint32_t)ls->board.corevisor;
	finding->place = *place;
	memcpy(finding->board, ls->board.name, sizeof(finding->board));
}

/* A difference: `model` and `iut` say who breaks it. */
static enum s2t_inv_verdict diverge(struct s2t_lockstep *ls, int invariant, bool model, bool iut,
                                    const char *where)
{
	struct s2t_diff *diff = &ls->diffs->diff[0];

	memset(diff, 0, sizeof(*diff));
	diff->kind = S2T_DIFF_INVARIANT;
	diff->entry.a = (uint32_t)invariant;
	diff->model[0] = model;
	diff->iut[0] = iut;
	diff->iut_has_value = true;
	snprintf(ls->broken_text, sizeof(ls->broken_text), "%s %s (%s): %s",
	         s2t_invariant_table[invariant].number, s2t_invariant_table[invariant].name,
	         s2t_invariant_table[invariant].text, where);
	diff->text = ls->broken_text;
	ls->diffs->total = 1;
	return S2T_INV_DIVERGED;
}

/*
 * From scratch.
 */

/*
 * Whether an invariant that one side alone breaks is a difference. Both sides have the same of what is compared; so it
 * can only be what is not, and a map says of that where they are meant to differ. And of an implementation that is read
 * entry by entry it is not known what it once had: nothing is said of changes.
 */
static bool is_judged_alone(struct s2t_lockstep *ls, int invariant)
{
	const struct s2t_mapfile *map = ls->entries ? ls->entries->map : NULL;

	if (map && (s2t_mapfile_hides(map) & S2T_INV(invariant))) {
		ls->stats.unjudged[invariant]++;
		return false;
	}
	return !ls->entries || (invariant != S2T_CORE_ISO && invariant != S2T_WRITE_ONCE &&
	                        invariant != S2T_ZERO_ON_RELEASE && invariant != S2T_ACTIVE_KEEPS);
}

/* Each side by itself. Without `books`, what is forbidden may not be so in this state either. */
static enum s2t_inv_verdict judge_state(struct s2t_lockstep *ls, const struct s2t_inv_state *books)
{
	struct s2t_invariants *now = malloc(sizeof(*now));
	enum s2t_inv_verdict verdict = S2T_INV_AGREED;
	const uint32_t checked = ls->options.invariants | ls->options.forbidden;
	const uint32_t forbidden = books ? 0 : ls->options.forbidden;
	char fault[160] = "";

	if (!now || !s2t_inv_sweep(ls, books, now, fault, sizeof(fault))) {
		free(now);
		return S2T_INV_NO_MEMORY;
	}
	ls->stats.judged++;
	for (int i = 0; verdict == S2T_INV_AGREED && i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_state *model = &now->state[S2T_SIDE_MODEL][i];
		const struct s2t_invariant_state *iut = &now->state[S2T_SIDE_IUT][i];

		const bool alone = (checked & S2T_INV(i)) && !model->broken != !iut->broken &&
		                   is_judged_alone(ls, i);

		if (alone || (model->broken && (forbidden & S2T_INV(i))))
			verdict = diverge(ls, i, model->broken, iut->broken,
			                  iut->broken ? iut->first : model->first);
	}
	if (verdict == S2T_INV_AGREED && fault[0])
		verdict = diverge(ls, S2T_INVARIANT_COUNT, false, true, fault);
	free(now);
	return verdict;
}

/*
 * After a step.
 */

/* Kinds of entries among those that a step wrote, each a bit. */
#define KIND(kind) (UINT32_C(1) << (kind))

enum {
	WORDS = KIND(S2T_ENTRY_VM) | KIND(S2T_ENTRY_VCPU) | KIND(S2T_ENTRY_IMAGE) | KIND(S2T_ENTRY_CORE) |
	        KIND(S2T_ENTRY_SMMU_CFG),
	ENTRIES = KIND(S2T_ENTRY_NPT) | KIND(S2T_ENTRY_NPT_BLOCK) | KIND(S2T_ENTRY_SPT) |
	          KIND(S2T_ENTRY_SPT_CONTEXT),
	TABLES = KIND(S2T_ENTRY_NPT_TABLE) | KIND(S2T_ENTRY_SPT_TABLE),
	CURSORS = KIND(S2T_ENTRY_NPT_NEXT) | KIND(S2T_ENTRY_SPT_NEXT)
};

static S2T_INV_RARE void feed_record(struct s2t_lockstep *ls, const struct s2t_touch *touch)
{
	const struct s2t_page now = *(const struct s2t_page *)touch->slot;
	const struct s2t_page before = { (uint32_t)touch->old[0], (uint32_t)(touch->old[0] >> 32),
		                         touch->old[1] };

	s2t_inv_feed_page(&ls->invariants->state, touch->b, before, now);
	if (before.owner != now.owner)
		s2t_inv_feed_release(&ls->invariants->state, &ls->invariants->model, touch->b, before, now);
}

/* The records, which are told first. Returns the kinds of all entries. */
static inline uint32_t feed_records(struct s2t_lockstep *ls, const struct s2t_touch *touch, size_t count)
{
	uint32_t kinds = 0;

	for (const struct s2t_touch *end = touch + count; touch < end; touch++) {
		kinds |= KIND(touch->kind);
		if (touch->kind == S2T_ENTRY_S2PAGE)
			feed_record(ls, touch);
	}
	return kinds;
}

static S2T_INV_RARE bool feed_words(struct s2t_inv_check *check, const struct s2t_touch *touch, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (touch[i].kind >= S2T_ENTRY_VM)
			s2t_inv_feed_word(&check->state, &touch[i], *(const uint64_t *)touch[i].slot);
	return !check->state.words_changed || s2t_inv_read_images(&check->state, &check->model);
}

/* A context that was emptied has its entries elsewhere: what stands there now is asked for. */
static S2T_INV_RARE void feed_contexts(struct s2t_lockstep *ls, const struct s2t_touch *touch, size_t count)
{
	struct s2t_inv_check *check = ls->invariants;

	for (size_t i = 0; i < count; i++)
		if (touch[i].kind == S2T_ENTRY_SPT_CONTEXT)
			s2t_inv_feed_context(&check->state, &check->model, touch[i].a);
	for (size_t i = 0; i < count; i++)
		if (touch[i].kind == S2T_ENTRY_SPT)
			s2t_inv_feed_entry(&check->state, &check->model, S2T_INV_SMMU | touch[i].a, touch[i].b,
			                   s2t_model_spt(ls->model, touch[i].a, touch[i].b).pte);
}

/* A cursor that went back: tables that were handed out are free again. */
static inline bool is_lowered(const struct s2t_touch *touch)
{
	return (KIND(touch->kind) & CURSORS) && *(const uint64_t *)touch->slot < touch->old[0];
}

/* Descriptors that are not what they were, and tables. */
static inline void feed_entries(struct s2t_lockstep *ls, const struct s2t_touch *touch, size_t count,
                                bool contexts)
{
	struct s2t_inv_check *check = ls->invariants;

	for (const struct s2t_touch *end = touch + count; touch < end; touch++) {
		if (touch->kind == S2T_ENTRY_NPT || (touch->kind == S2T_ENTRY_SPT && contexts)) {
			const s2t_pte pte = *(const s2t_pte *)touch->slot;
			const uint32_t smmu = touch->kind == S2T_ENTRY_SPT ? S2T_INV_SMMU : 0;

			if (pte != touch->old[0])
				s2t_inv_feed_entry(&check->state, &check->model, smmu | touch->a, touch->b,
				                   pte);
		} else if (touch->kind == S2T_ENTRY_NPT_BLOCK) {
			s2t_inv_feed_block(&check->state, &check->model, touch->a, touch->b,
			                   *(const s2t_pte *)touch->slot);
		} else if ((KIND(touch->kind) & TABLES) || is_lowered(touch)) {
			if (s2t_inv_feed_table(&check->state, ls->model, touch) && ls->view.ops && !ls->entries)
				s2t_inv_feed_table_page(&check->state, ls, touch);
		}
	}
}

/* What the implementation alone broke, in what the comparison does not look at. */
static enum s2t_inv_verdict tell_alone(struct s2t_lockstep *ls, uint32_t alone)
{
	const enum s2t_invariant invariant = s2t_inv_take(&alone);
	char where[128];

	s2t_inv_place_text(&ls->board, invariant, &ls->invariants->state.place[invariant], where,
	                   sizeof(where));
	return diverge(ls, (int)invariant, false, true, where);
}

/* What the step broke on both sides, and on one. */
static S2T_INV_RARE enum s2t_inv_verdict tell(struct s2t_lockstep *ls)
{
	const struct s2t_inv_state *state = &ls->invariants->state;
	const uint32_t checked = ls->options.invariants | ls->options.forbidden;
	enum s2t_inv_verdict verdict = S2T_INV_AGREED;
	char where[128];

	for (uint32_t news = state->news & checked; news;) {
		const enum s2t_invariant invariant = s2t_inv_take(&news);

		count(ls, (int)invariant, &state->place[invariant]);
		if (verdict == S2T_INV_DIVERGED || !(ls->options.forbidden & S2T_INV(invariant)))
			continue;
		s2t_inv_place_text(&ls->board, invariant, &state->place[invariant], where, sizeof(where));
		verdict = diverge(ls, (int)invariant, true, true, where);
	}
	const uint32_t alone = state->alone & checked;

	return verdict == S2T_INV_AGREED && alone ? tell_alone(ls, alone) : verdict;
}

/* A step that wrote something, or holds a lock. */
static S2T_INV_RARE enum s2t_inv_verdict judge_step(struct s2t_lockstep *ls, const struct s2t_touch *touch,
                                                    size_t touches)
{
	struct s2t_inv_check *check = ls->invariants;

	check->state.news = check->state.alone = 0;
	/* The model's locks. Those of the implementation are compared with them. */
	if (SELDOM(ls->model->cpu.held_count > 0))
		s2t_inv_feed_locks(&check->state, &check->model);
	const uint32_t kinds = feed_records(ls, touch, touches);
	const bool emptied = kinds & KIND(S2T_ENTRY_SPT_CONTEXT);

	if (SELDOM(kinds & WORDS) && !feed_words(check, touch, touches))
		return S2T_INV_NO_MEMORY;
	if (SELDOM(emptied))
		feed_contexts(ls, touch, touches);
	if (kinds & (ENTRIES | TABLES | CURSORS))
		feed_entries(ls, touch, touches, !emptied);
	if (!s2t_inv_settle(&check->state, &check->model))
		return S2T_INV_NO_MEMORY;
	return check->state.news | check->state.alone ? tell(ls) : S2T_INV_AGREED;
}

enum s2t_inv_verdict s2t_inv_check_step(struct s2t_lockstep *ls)
{
	const struct s2t_model *model = ls->model;
	const size_t touches = model->journal_count - model->step_begin;
	const uint32_t every = ls->options.full_every;

	if (SELDOM(ls->options.by_state))
		return every && ls->step_number % every == 0 ? judge_state(ls, NULL) : S2T_INV_AGREED;
	if (touches == 0 && model->cpu.held_count == 0)
		return S2T_INV_AGREED;
	return judge_step(ls, model->journal + model->step_begin, touches);
}

enum s2t_inv_verdict s2t_inv_check_end(struct s2t_lockstep *ls)
{
	if (ls->options.by_state)
		return judge_state(ls, NULL);
	if (!ls->owes)
		return S2T_INV_AGREED;
	ls->owes = false;
	return judge_state(ls, &ls->invariants->state);
}
