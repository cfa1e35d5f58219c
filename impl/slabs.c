/* SPDX-License-Identifier: BSD-2-Clause */
/* Slabs: where they come from, and what of them goes back. */
#define _DEFAULT_SOURCE /* madvise */
#include "slabs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static bool new_slab(struct s2t_slabs *slabs)
{
	if (slabs->count == slabs->capacity) {
		const size_t capacity = slabs->capacity ? 2 * slabs->capacity : 16;
		uint64_t **grown = realloc(slabs->slab, capacity * sizeof(*grown));

		if (!grown)
			return false;
		slabs->slab = grown;
		slabs->capacity = capacity;
	}
	const bool large = slabs->count > 0;
	const size_t bytes = large ? S2T_LARGE_SLAB_BYTES : S2T_SLAB_BYTES;
	uint64_t *slab = large ? aligned_alloc(bytes, bytes) : malloc(bytes);

	if (!slab)
		return false;
#ifdef MADV_HUGEPAGE /* wishes: without them all is as right, and slower or larger */
	if (large)
		madvise(slab, bytes, slabs->count < S2T_SLABS_KEPT ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
	slabs->slab[slabs->count++] = slab;
	slabs->used = 0;
	slabs->pages = bytes / (S2T_SLAB_STRIDE * sizeof(*slab));
	return true;
}

uint64_t *s2t_slabs_take(struct s2t_slabs *slabs)
{
	if (slabs->used == slabs->pages && !new_slab(slabs))
		return NULL;
	return memset(slabs->slab[slabs->count - 1] + slabs->used++ * S2T_SLAB_STRIDE, 0, PAGE_BYTES);
}

void s2t_slabs_give_back(struct s2t_slabs *slabs)
{
	/* What is private to this process and of no file reads as zeros afterwards (madvise(2)). */
	for (size_t i = S2T_SLABS_KEPT; i < slabs->count; i++)
		madvise(slabs->slab[i], S2T_LARGE_SLAB_BYTES, MADV_DONTNEED);
}

void s2t_slabs_free(struct s2t_slabs *slabs)
{
	while (slabs->count > 0)
		free(slabs->slab[--slabs->count]);
	free(slabs->slab);
	*slabs = (struct s2t_slabs){ .slab = NULL };
}
