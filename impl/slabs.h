/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of the host for pages of the simulated one. Pages are carved out of allocations, of which the first is small and
 * all others have the size of a large page of the host.
 */
#ifndef S2T_IMPL_SLABS_H
#define S2T_IMPL_SLABS_H

#include "arch.h"

#include <stddef.h>

enum {
	S2T_SLAB_BYTES = 1 << 18,
	S2T_LARGE_SLAB_BYTES = 1 << 21,
	/* Words from one page to the next in a slab: one cache line more than a page, because tables use
	 * their first descriptors most, and those would all fall into the same cache sets otherwise. */
	S2T_SLAB_STRIDE = PAGE_WORDS + 8,
	/* So many slabs, 8 MiB, are kept as they are: large pages of the host, so that walks of many tables take few
	 * entries of its TLB. Pages in later slabs, which few sequences come by, are small ones and may be lent. */
	S2T_SLABS_KEPT = 5,
};

struct s2t_slabs {
	uint64_t **slab;
	size_t count, capacity;
	size_t used, pages; /* of the newest: pages taken, and how many it has */
};

/* A page of zeros. It stays where it is until the slabs are freed. NULL: no host memory. */
uint64_t *s2t_slabs_take(struct s2t_slabs *slabs);

/* Gives the memory of all pages after those that are kept back to the host. They must be all zero, and read so afterwards:
 * each has memory again from its next write on. */
void s2t_slabs_give_back(struct s2t_slabs *slabs);

void s2t_slabs_free(struct s2t_slabs *slabs);

#endif
