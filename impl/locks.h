/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket locks in the memory of EL2.
 *
 * A lock is one word: the ticket handed out next in bits 31..0, the ticket served now in bits 63..32. It is
 * free when the two are equal. One CPU runs here, so a ticket that is not served at once never will be.
 */
#ifndef S2T_IMPL_LOCKS_H
#define S2T_IMPL_LOCKS_H

#include "hyp.h"

#define TICKET_NEXT_MASK  UINT64_C(0xffffffff)
#define TICKET_SERVED_ONE (UINT64_C(1) << 32)

/* Whether the word of a lock says that nobody has it. */
static inline bool s2t_lock_is_free(uint64_t lock)
{
	return (uint32_t)lock == lock >> 32;
}

static inline uint64_t *s2t_lock_word(const struct s2t_hyp *h, uint32_t id)
{
	return &h->lock_page[id / PAGE_WORDS][id % PAGE_WORDS];
}

ALWAYS_INLINE void s2t_lock_store(struct s2t_hyp *h, uint32_t id, uint64_t value)
{
	s2t_mem_store_at(&h->mem, S2T_WINDOW_EL2, h->layout.locks + id * UINT64_C(8), s2t_lock_word(h, id),
	                 value);
}

/* locks.c: the events of taking a lock, which was free or not, and of releasing it. */
RARE void s2t_lock_take_events(struct s2t_hyp *h, uint32_t id, bool was_free);
RARE void s2t_lock_release_events(struct s2t_hyp *h, uint32_t id);

/* Takes lock `id`. One that is taken makes the machine stuck. After a stop neither this nor the release does
 * anything: what a panic found locked stays locked. False if the machine has stopped. */
ALWAYS_INLINE bool s2t_lock_take(struct s2t_hyp *h, uint32_t id)
{
	if (SELDOM(h->stop))
		return false; /* `id` may be that of no VM */
	uint64_t lock = *s2t_lock_word(h, id);
	uint32_t ticket = (uint32_t)(lock & TICKET_NEXT_MASK);
	bool was_free = s2t_lock_is_free(lock);

	s2t_lock_store(h, id, (lock & ~TICKET_NEXT_MASK) | (uint32_t)(ticket + 1));
	if (SELDOM(h->record_events))
		s2t_lock_take_events(h, id, was_free);
	if (SELDOM(!was_free))
		s2t_hyp_stuck(h, "waits for a lock that is taken and that nobody will release");
	return was_free;
}

ALWAYS_INLINE void s2t_lock_release(struct s2t_hyp *h, uint32_t id)
{
	if (SELDOM(h->stop))
		return;
	uint64_t lock = *s2t_lock_word(h, id);

	if (SELDOM(s2t_lock_is_free(lock))) {
		s2t_hyp_undefined(h, "releases a lock that it has not taken");
		return;
	}
	*s2t_lock_word(h, id) = lock + TICKET_SERVED_ONE; /* the journal has the word since this call took it */
	if (SELDOM(h->record_events))
		s2t_lock_release_events(h, id);
}

#endif
