/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for nodes: slabs, and what is carved out of them. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

static bool new_slab(struct s2t_arena *arena)
{
	const size_t bytes = arena->slabs ? S2T_SLAB : S2T_FIRST_SLAB;

	if (arena->slabs == arena->room) {
		const size_t room = arena->room ? 2 * arena->room : 8;
		unsigned char **grown = realloc(arena->slab, room * sizeof(*grown));

		if (!grown)
			return false;
		arena->slab = grown;
		arena->room = room;
	}
	unsigned char *slab = aligned_alloc(arena->slabs ? bytes : LINE, bytes);

	if (!slab)
		return false;
	if (arena->slabs > 0 && arena->slabs < S2T_HOT_SLABS && arena->made)
		arena->made(slab, bytes);
	arena->slab[arena->slabs++] = slab;
	return true;
}

/* Goes on in the next slab, which may be new. */
static bool next_slab(struct s2t_arena *arena)
{
	if (arena->opened == arena->slabs && !new_slab(arena))
		return false;
	arena->used = 0;
	arena->size = arena->opened++ ? S2T_SLAB : S2T_FIRST_SLAB;
	return true;
}

void *s2t_arena_take(struct s2t_arena *arena, size_t bytes)
{
	/* One cache line more than whole pages: tables use their first entries most, and those of many would all fall into
	 * the same sets of the caches otherwise. */
	const size_t stride = (bytes + LINE - 1) / LINE * LINE + (bytes % 4096 ? 0 : LINE);

	if (arena->size - arena->used < stride && !next_slab(arena))
		return NULL;
	void *node = arena->slab[arena->opened - 1] + arena->used;

	arena->used += stride;
	return memset(node, 0, bytes);
}

void s2t_arena_shrink(struct s2t_arena *arena)
{
	while (arena->slabs > S2T_HOT_SLABS)
		free(arena->slab[--arena->slabs]);
	arena->opened = 0;
	arena->used = arena->size = 0;
}

void s2t_arena_free(struct s2t_arena *arena)
{
	while (arena->slabs > 0)
		free(arena->slab[--arena->slabs]);
	free(arena->slab);
	*arena = (struct s2t_arena){ .made = arena->made };
}
