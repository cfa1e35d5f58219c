/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket locks in the memory of EL2.
 *
 * A lock is one word: the ticket handed out next in bits 31..0, the ticket served now in bits 63..32. It is
 * free when the two are equal. One CPU runs here, so a ticket that is not served at once never will be.
 */
#include "hyp.h"

#define TICKET_NEXT_MASK  UINT64_C(0xffffffff)
#define TICKET_SERVED_ONE (UINT64_C(1) << 32)

static const char wait_for_ever[] = "waits for a lock that is taken and that nobody will release";
static const char not_taken[] = "releases a lock that it has not taken";

static inline uint64_t *lock_word(const struct s2t_hyp *h, uint32_t id)
{
	return &h->lock_page[id / PAGE_WORDS][id % PAGE_WORDS];
}

static inline void store(struct s2t_hyp *h, uint32_t id, uint64_t value)
{
	s2t_mem_store_at(&h->mem, S2T_WINDOW_EL2, h->layout.locks + id * UINT64_C(8), lock_word(h, id), value);
}

/* What lock `id` guards, as the kind of event that shows it. */
static enum s2t_event_kind snapshot_of(uint32_t id)
{
	if (id == S2T_HYP_LOCK_S2PAGE)
		return S2T_EVENT_S2_PAGE;
	return id == S2T_HYP_LOCK_SPT ? S2T_EVENT_SPT : S2T_EVENT_NPT;
}

bool s2t_lock_take(struct s2t_hyp *h, uint32_t id)
{
	if (h->stop)
		return false; /* `id` may be that of no VM */
	uint64_t lock = *lock_word(h, id);
	uint32_t ticket = (uint32_t)(lock & TICKET_NEXT_MASK);

	store(h, id, (lock & ~TICKET_NEXT_MASK) | (uint32_t)(ticket + 1));
	s2t_hyp_event(h, id, S2T_EVENT_WAIT);
	if (!s2t_lock_is_free(lock))
		return s2t_hyp_stuck(h, wait_for_ever);
	s2t_hyp_event(h, id, S2T_EVENT_PULL);
	return true;
}

void s2t_lock_release(struct s2t_hyp *h, uint32_t id)
{
	if (h->stop)
		return;
	uint64_t lock = *lock_word(h, id);

	if (s2t_lock_is_free(lock)) {
		s2t_hyp_undefined(h, not_taken);
		return;
	}
	s2t_hyp_event(h, id, snapshot_of(id));
	store(h, id, lock + TICKET_SERVED_ONE);
	s2t_hyp_event(h, id, S2T_EVENT_REL);
}

void PRIM(acquire_lock_s2page)(struct s2t_hyp *h)
{
	s2t_lock_take(h, S2T_HYP_LOCK_S2PAGE);
}

void PRIM(release_lock_s2page)(struct s2t_hyp *h)
{
	s2t_lock_release(h, S2T_HYP_LOCK_S2PAGE);
}
