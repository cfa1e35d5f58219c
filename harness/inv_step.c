/* SPDX-License-Identifier: BSD-2-Clause */
/* The invariants after a step of a lockstep: what is newly broken, and on which side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inv_rules.h"
#include "lockstep.h"

struct s2t_inv_check {
	struct s2t_invariants now;
	uint32_t broken[S2T_SIDES]; /* before the step */
};

struct s2t_inv_check *s2t_inv_check_create(struct s2t_lockstep *ls)
{
	(void)ls;
	return calloc(1, sizeof(struct s2t_inv_check));
}

void s2t_inv_check_destroy(struct s2t_inv_check *check)
{
	free(check);
}

void s2t_inv_check_reset(struct s2t_inv_check *check)
{
	memset(check->broken, 0, sizeof(check->broken));
}

/* Counts what both sides newly break. */
static void count(struct s2t_lockstep *ls, uint32_t set)
{
	const struct s2t_invariants *now = &ls->invariants->now;

	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		struct s2t_invariant_finding *finding = &ls->stats.invariants[i];

		if (!(set >> i & 1) || finding->steps++)
			continue;
		finding->sequence = ls->sequence;
		finding->step = ls->step_number;
		finding->op = ls->call.op;
		snprintf(finding->board, sizeof(finding->board), "%s", ls->board.name);
		snprintf(finding->first, sizeof(finding->first), "%s", now->state[S2T_SIDE_MODEL][i].first);
	}
}

/* The first of a set, as a difference. */
static enum s2t_inv_verdict diverge(struct s2t_lockstep *ls, uint32_t set)
{
	const struct s2t_inv_check *check = ls->invariants;
	struct s2t_diff *diff = &ls->diffs->diff[0];
	int i = 0;

	while (!(set >> i & 1))
		i++;
	const struct s2t_invariant_state *model = &check->now.state[S2T_SIDE_MODEL][i];
	const struct s2t_invariant_state *iut = &check->now.state[S2T_SIDE_IUT][i];

	memset(diff, 0, sizeof(*diff));
	diff->kind = S2T_DIFF_INVARIANT;
	diff->entry.a = (uint32_t)i;
	diff->model[0] = model->broken;
	diff->iut[0] = iut->broken;
	diff->iut_has_value = true;
	snprintf(ls->broken_text, sizeof(ls->broken_text), "%s %s (%s): %s", s2t_invariant_table[i].number,
	         s2t_invariant_table[i].name, s2t_invariant_table[i].text,
	         iut->broken ? iut->first : model->first);
	diff->text = ls->broken_text;
	ls->diffs->total = 1;
	return S2T_INV_DIVERGED;
}

static enum s2t_inv_verdict look(struct s2t_lockstep *ls)
{
	struct s2t_inv_check *check = ls->invariants;
	uint32_t broken[S2T_SIDES], alone, both;

	if (!s2t_invariants_check(ls, &check->now))
		return S2T_INV_NO_MEMORY;
	for (int side = 0; side < S2T_SIDES; side++)
		broken[side] = s2t_invariants_broken(&check->now, side) &
		               (ls->options.invariants | ls->options.forbidden);
	both = broken[0] & broken[1] & ~(check->broken[0] & check->broken[1]);
	alone = (broken[0] ^ broken[1]) & ~(check->broken[0] ^ check->broken[1]);
	memcpy(check->broken, broken, sizeof(broken));
	count(ls, both);
	alone |= both & ls->options.forbidden;
	return alone ? diverge(ls, alone) : S2T_INV_AGREED;
}

enum s2t_inv_verdict s2t_inv_check_step(struct s2t_lockstep *ls)
{
	const uint32_t every = ls->options.full_every;

	return every && (ls->step_number <= every || ls->step_number % every == 0) ? look(ls) : S2T_INV_AGREED;
}

enum s2t_inv_verdict s2t_inv_check_end(struct s2t_lockstep *ls)
{
	return look(ls);
}
