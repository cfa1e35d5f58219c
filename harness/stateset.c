/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of states: open addressing, linear probing, no locks. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise */
#include "stateset.h"

#include <stdatomic.h>
#include <sys/mman.h>

/* All zero: empty. A thread takes a slot with `lo`, then writes `hi`; neither is ever 0 in a slot that is taken. `rank`
 * is ~key, so that 0 is the greatest key. */
struct s2t_slot {
	_Atomic uint64_t lo, hi, rank;
};

static size_t slots_for(size_t count)
{
	size_t slots = 1024;

	while (slots / 4 * 3 < count)
		slots *= 2;
	return slots;
}

size_t s2t_stateset_bytes(size_t count)
{
	return slots_for(count) * sizeof(struct s2t_slot);
}

bool s2t_stateset_init(struct s2t_stateset *set, size_t count)
{
	const size_t slots = slots_for(count);

	set->bytes = slots * sizeof(*set->slot);
	set->slot = mmap(NULL, set->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	set->mask = slots - 1;
	set->count = 0;
	if (set->slot == MAP_FAILED)
		set->slot = NULL;
	/* Every look-up is somewhere else: with pages of 4 KiB each would walk the page tables, too. */
	if (set->slot)
		(void)madvise(set->slot, set->bytes, MADV_HUGEPAGE);
	return set->slot != NULL;
}

void s2t_stateset_free(struct s2t_stateset *set)
{
	if (set->slot)
		(void)munmap(set->slot, set->bytes);
	set->slot = NULL;
}

bool s2t_stateset_reserve(struct s2t_stateset *set, size_t count)
{
	struct s2t_stateset wider;
	size_t place;

	if (slots_for(count) <= set->mask + 1)
		return true;
	if (!s2t_stateset_init(&wider, count))
		return false;
	for (size_t i = 0; i <= set->mask; i++) {
		const struct s2t_fingerprint print = s2t_stateset_print(set, i);

		if (print.lo)
			(void)s2t_stateset_insert(&wider, &print, s2t_stateset_key(set, i), &place);
	}
	wider.count = set->count;
	s2t_stateset_free(set);
	*set = wider;
	return true;
}

/* Neither half is 0. */
static struct s2t_fingerprint filled(const struct s2t_fingerprint *print)
{
	return (struct s2t_fingerprint){ print->lo | (print->lo == 0), print->hi | (print->hi == 0) };
}

void s2t_stateset_prefetch(const struct s2t_stateset *set, const struct s2t_fingerprint *print)
{
	__builtin_prefetch((const void *)&set->slot[print->lo & set->mask], 1);
}

static void lower_key(struct s2t_slot *slot, uint64_t key)
{
	uint64_t rank = atomic_load_explicit(&slot->rank, memory_order_relaxed);

	while (rank < ~key && !atomic_compare_exchange_weak_explicit(
				      &slot->rank, &rank, ~key, memory_order_relaxed, memory_order_relaxed))
		continue;
}

bool s2t_stateset_insert(struct s2t_stateset *set, const struct s2t_fingerprint *print, uint64_t key,
                         size_t *slot)
{
	const struct s2t_fingerprint want = filled(print);

	for (size_t i = want.lo & set->mask;; i = (i + 1) & set->mask) {
		struct s2t_slot *at = &set->slot[i];
		uint64_t lo = atomic_load_explicit(&at->lo, memory_order_acquire), hi;

		if (lo == 0 && atomic_compare_exchange_strong_explicit(
				       &at->lo, &lo, want.lo, memory_order_acq_rel, memory_order_acquire)) {
			atomic_store_explicit(&at->hi, want.hi, memory_order_release);
			lower_key(at, key);
			*slot = i;
			return true;
		}
		if (lo != want.lo)
			continue;
		do
			hi = atomic_load_explicit(&at->hi, memory_order_acquire);
		while (hi == 0);
		if (hi != want.hi)
			continue;
		lower_key(at, key);
		return false;
	}
}

uint64_t s2t_stateset_key(const struct s2t_stateset *set, size_t slot)
{
	return ~atomic_load_explicit(&set->slot[slot].rank, memory_order_relaxed);
}

struct s2t_fingerprint s2t_stateset_print(const struct s2t_stateset *set, size_t slot)
{
	const struct s2t_slot *at = &set->slot[slot];

	return (struct s2t_fingerprint){ atomic_load_explicit(&at->lo, memory_order_relaxed),
		                         atomic_load_explicit(&at->hi, memory_order_relaxed) };
}
