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

static const char not_taken[] = "releases a lock that it has not taken";

static inline uint64_t lock_addr(const struct s2t_hyp *h, uint32_t id)
{
	return h->layout.locks + id * UINT64_C(8);
}

/* NULL: no host memory for it; noted as a fault. */
static inline uint64_t *lock_word(struct s2t_hyp *h, uint32_t id)
{
	if (id < PAGE_WORDS)
		return &h->lock_page[id];
	return s2t_mem_word(&h->mem, S2T_WINDOW_EL2, lock_addr(h, id));
}

static inline void store(struct s2t_hyp *h, uint32_t id, uint64_t *word, uint64_t value)
{
	s2t_mem_store_at(&h->mem, S2T_WINDOW_EL2, lock_addr(h, id), word, value);
}

bool s2t_lock_take(struct s2t_hyp *h, uint32_t id)
{
	uint64_t *word, lock;
	uint32_t ticket;

	if (h->stop)
		return false;
	word = lock_word(h, id);
	if (!word)
		return false;
	lock = *word;
	ticket = (uint32_t)(lock & TICKET_NEXT_MASK);
	store(h, id, word, (lock & ~TICKET_NEXT_MASK) | (uint32_t)(ticket + 1));
	if (s2t_lock_is_free(lock))
		return true;
	s2t_hyp_stuck(h, "waits for a lock that is taken and that nobody will release");
	return false;
}

void s2t_lock_release(struct s2t_hyp *h, uint32_t id)
{
	uint64_t *word;

	if (h->stop)
		return;
	word = lock_word(h, id);
	if (!word)
		return;
	if (s2t_lock_is_free(*word))
		s2t_hyp_undefined(h, not_taken);
	else
		store(h, id, word, *word + TICKET_SERVED_ONE);
}

void PRIM(acquire_lock_s2page)(struct s2t_hyp *h)
{
	s2t_lock_take(h, S2T_HYP_LOCK_S2PAGE);
}

void PRIM(release_lock_s2page)(struct s2t_hyp *h)
{
	s2t_lock_release(h, S2T_HYP_LOCK_S2PAGE);
}
