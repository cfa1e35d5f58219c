/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sparse maps: 64-bit keys to nodes that the map owns. What the Coq text has as a total ZMap with a default
 * is here a map of nodes, each holding a run of consecutive keys; a missing node stands for defaults.
 */
#ifndef S2T_MODEL_MAP_H
#define S2T_MODEL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* What is seldom true. The compiler moves what it leads to out of the way of all else. */
#define SELDOM(condition) __builtin_expect((condition), 0)
/* A function that is seldom called: as a part of its callers it would be in the way there. */
#define SELDOM_CALLED __attribute__((noinline, cold))

enum { S2T_MAP_CACHE_BITS = 8, S2T_MAP_CACHE = 1 << S2T_MAP_CACHE_BITS };

struct s2t_map {
	size_t node_size;
	struct s2t_arena *arena; /* whence the nodes are, and with which they go */
	uint64_t *key;           /* open addressing; key + 1, 0 is a free place */
	void **node;
	uint32_t *used; /* the places taken, in the order in which they were */
	size_t mask;    /* places - 1; 0: no table yet */
	size_t count;   /* nodes */
	/* Nodes that no key has, all zero: the last one freed is the first one used again. */
	void **spare;
	size_t spare_count, spare_size;
	/* The nodes found last, by hash: nearly every look-up ends here. */
	struct {
		uint64_t key; /* + 1; 0: none */
		void *node;
	} cache[S2T_MAP_CACHE];
};

/* A pointer that is never NULL, which the compiler is told. */
static inline void *s2t_not_null(void *pointer)
{
	if (!pointer)
		__builtin_unreachable();
	return pointer;
}

void s2t_map_init(struct s2t_map *map, size_t node_size, struct s2t_arena *arena);
void s2t_map_free(struct s2t_map *map); /* as it was after init; the nodes are the arena's */

/* Forgets all keys. The nodes, which must be zero, are kept for others. */
void s2t_map_recycle(struct s2t_map *map);

void *s2t_map_find_slow(struct s2t_map *map, uint64_t key);
void *s2t_map_make_slow(struct s2t_map *map, uint64_t key);

static inline uint64_t s2t_map_hash(uint64_t key)
{
	return key * UINT64_C(0x9E3779B97F4A7C15);
}

/* The node of `key`, or NULL. Changes nothing but the cache. */
static inline void *s2t_map_find(struct s2t_map *map, uint64_t key)
{
	size_t place = s2t_map_hash(key) >> (64 - S2T_MAP_CACHE_BITS);

	if (SELDOM(map->cache[place].key != key + 1))
		return s2t_map_find_slow(map, key);
	return s2t_not_null(map->cache[place].node);
}

/* The node of `key`, made of zeros if there was none; NULL: out of memory. */
static inline void *s2t_map_make(struct s2t_map *map, uint64_t key)
{
	size_t place = s2t_map_hash(key) >> (64 - S2T_MAP_CACHE_BITS);

	if (SELDOM(map->cache[place].key != key + 1))
		return s2t_map_make_slow(map, key);
	return s2t_not_null(map->cache[place].node);
}

#endif
