/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the nodes of a model's maps. Nodes are carved out of slabs, so that the many tables of a sequence lie in few
 * pages of the host, and are given back all at once.
 */
#ifndef S2T_MODEL_ARENA_H
#define S2T_MODEL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* The first slab is small; all others have the size, and are aligned like, a large page of the host. */
	S2T_FIRST_SLAB = 1 << 18,
	S2T_SLAB = 1 << 21,
	/* So many slabs are all that most sequences need. Memory of the later ones comes from the host little by little. */
	S2T_HOT_SLABS = 2,
};

struct s2t_arena {
	unsigned char **slab;
	size_t slabs, room;
	size_t opened;     /* slabs that nodes were carved out of */
	size_t used, size; /* bytes of the last of them */
	/* Told of each new slab that is hot, but for the first, before it is used: this layer knows no more than ISO C. NULL:
	 * nobody. */
	void (*made)(void *slab, size_t bytes);
};

/* `bytes` zero bytes, fewer than a slab has, at a multiple of 64. NULL: out of memory. */
void *s2t_arena_take(struct s2t_arena *arena, size_t bytes);

/* Takes all nodes away, and gives all slabs back but the hot ones. */
void s2t_arena_shrink(struct s2t_arena *arena);

/* Gives everything back. */
void s2t_arena_free(struct s2t_arena *arena);

#endif
