/* SPDX-License-Identifier: BSD-2-Clause */
/* The events of locks, and the lock of the ownership records. */
#include "locks.h"

/* What lock `id` guards, as the kind of event that shows it. */
static enum s2t_event_kind snapshot_of(uint32_t id)
{
	if (id == S2T_HYP_LOCK_S2PAGE)
		return S2T_EVENT_S2_PAGE;
	return id == S2T_HYP_LOCK_SPT ? S2T_EVENT_SPT : S2T_EVENT_NPT;
}

void s2t_lock_take_events(struct s2t_hyp *h, uint32_t id, bool was_free)
{
	s2t_hyp_append_event(h, id, S2T_EVENT_WAIT);
	if (was_free)
		s2t_hyp_append_event(h, id, S2T_EVENT_PULL);
}

void s2t_lock_release_events(struct s2t_hyp *h, uint32_t id)
{
	s2t_hyp_append_event(h, id, snapshot_of(id));
	s2t_hyp_append_event(h, id, S2T_EVENT_REL);
}

void PRIM(acquire_lock_s2page)(struct s2t_hyp *h)
{
	s2t_lock_take(h, S2T_HYP_LOCK_S2PAGE);
}

void PRIM(release_lock_s2page)(struct s2t_hyp *h)
{
	s2t_lock_release(h, S2T_HYP_LOCK_S2PAGE);
}
