/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panics, locks and the list of what a call wrote.
 *
 * On the metal a panic stops the CPU. In a test bench it returns, as the hypervisor's own stub does there: the function
 * goes on, perhaps writes what it should not, and releases its locks. `panics continue` in the map file tells s2twin.
 * With EXTENTS_PANICS_STOP a panic jumps out of the call instead, with its locks held, which can be compared in full.
 */
#include "manager.h"

void panic(struct s2t_iut *m, const char *why)
{
	if (!m->panic)
		m->panic = why;
#ifdef EXTENTS_PANICS_STOP
	longjmp(*m->out, 1);
#endif
}

void trouble(struct s2t_iut *m, enum s2t_outcome kind, const char *why)
{
	m->trouble = why;
	m->trouble_kind = kind;
	longjmp(*m->out, 1);
}

void lock(struct s2t_iut *m, uint32_t id)
{
	uint64_t *word = &m->locked[id / LOCKS_IN_WORD];
	const uint64_t bit = UINT64_C(1) << id % LOCKS_IN_WORD;

	if (*word & bit)
		trouble(m, S2T_DEADLOCK, "a lock is taken that is held");
	*word |= bit;
}

void unlock(struct s2t_iut *m, uint32_t id)
{
	m->locked[id / LOCKS_IN_WORD] &= ~(UINT64_C(1) << id % LOCKS_IN_WORD);
}

void touch(struct s2t_iut *m, enum s2t_entry_kind kind, uint64_t a, uint64_t b)
{
	if (m->touched_count < MOST_TOUCHED)
		m->touched[m->touched_count++] = (struct s2t_entry){ .kind = kind, .a = (uint32_t)a, .b = b };
}
