/* SPDX-License-Identifier: BSD-2-Clause */
/* The invariants after a step: what is read from a side when it is asked for, and remembered nowhere. */
#include "inv_state.h"

#include "rdata.h"
#include "reads.h"

/* Whether a side holds a lock, and the first of them. */
static bool holds(const struct s2t_inv_side *side, uint32_t *lock)
{
	const uint32_t locks = (uint32_t)(S2T_LOCK_NPT + 2 * (side->ls->board.corevisor + 1));
	uint32_t held[S2T_MAX_HELD];

	if (side->model) {
		const bool any = s2t_model_locks(side->model, held) > 0;

		*lock = any ? held[0] : 0;
		return any;
	}
	if (!s2t_tells(side->ls->ops, S2T_TELLS_LOCKS))
		return false;
	for (*lock = S2T_LOCK_CORE; *lock < locks; ++*lock)
		if (s2t_read_lock(side->ls, *lock))
			return true;
	return false;
}

void s2t_inv_feed_locks(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	uint32_t lock;

	if (holds(side, &lock))
		s2t_inv_news(state, S2T_LOCKS_FREE, (struct s2t_inv_place){ .number = lock });
}

void s2t_inv_feed_release(struct s2t_inv_state *state, const struct s2t_inv_side *side, s2t_pfn pfn,
                          struct s2t_page before, struct s2t_page now)
{
	if (now.owner != 0 || before.owner == 0 || before.owner >= state->board->corevisor)
		return;
	if (!s2t_inv_side_is_zero(side, pfn))
		s2t_inv_news(state, S2T_ZERO_ON_RELEASE,
		             (struct s2t_inv_place){ .pfn = pfn, .number = before.owner });
}
