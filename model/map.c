/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparse maps: open addressing with linear probing; keys are never removed one by one. */
#include "map.h"

#include <stdlib.h>
#include <string.h>

void s2t_map_init(struct s2t_map *map, size_t node_size, struct s2t_arena *arena)
{
	memset(map, 0, sizeof(*map));
	map->node_size = node_size;
	map->arena = arena;
}

void s2t_map_free(struct s2t_map *map)
{
	free(map->key);
	free(map->node);
	free(map->used);
	free(map->spare);
	s2t_map_init(map, map->node_size, map->arena);
}

/* Room for every node among the spare ones. */
static bool make_room(struct s2t_map *map)
{
	size_t size = map->spare_count + map->count;

	if (size <= map->spare_size)
		return true;
	void **grown = realloc(map->spare, 2 * size * sizeof(*grown));

	if (!grown)
		return false;
	map->spare = grown;
	map->spare_size = 2 * size;
	return true;
}

void s2t_map_recycle(struct s2t_map *map)
{
	const bool room = make_room(map); /* without it they are the arena's alone */

	for (size_t i = 0; i < map->count; i++) {
		const uint32_t place = map->used[i];

		if (room)
			map->spare[map->spare_count++] = map->node[place];
		map->cache[s2t_map_hash(map->key[place] - 1) >> (64 - S2T_MAP_CACHE_BITS)].key = 0;
		map->node[place] = NULL;
		map->key[place] = 0;
	}
	map->count = 0;
}

/* The place of `key`, or the free place where it would go. The table is never full. */
static size_t place_of(const uint64_t *keys, size_t mask, uint64_t key)
{
	size_t i = (s2t_map_hash(key) >> 20) & mask;

	while (keys[i] && keys[i] != key + 1)
		i = (i + 1) & mask;
	return i;
}

static void remember(struct s2t_map *map, uint64_t key, void *node)
{
	size_t place = s2t_map_hash(key) >> (64 - S2T_MAP_CACHE_BITS);

	map->cache[place].key = key + 1;
	map->cache[place].node = node;
}

void *s2t_map_find_slow(struct s2t_map *map, uint64_t key)
{
	if (!map->mask)
		return NULL;
	void *node = map->node[place_of(map->key, map->mask, key)];

	if (node)
		remember(map, key, node);
	return node;
}

static bool grow(struct s2t_map *map)
{
	size_t mask = map->mask ? 2 * map->mask + 1 : 63;
	uint64_t *keys = calloc(mask + 1, sizeof(*keys));
	void **nodes = calloc(mask + 1, sizeof(*nodes));
	uint32_t *used = realloc(map->used, (mask + 1) * sizeof(*used));

	if (used)
		map->used = used;
	if (!keys || !nodes || !used) {
		free(keys);
		free(nodes);
		return false;
	}
	for (size_t i = 0; i < map->count; i++) {
		const uint32_t from = used[i];
		size_t to = place_of(keys, mask, map->key[from] - 1);

		keys[to] = map->key[from];
		nodes[to] = map->node[from];
		used[i] = (uint32_t)to;
	}
	free(map->key);
	free(map->node);
	map->key = keys;
	map->node = nodes;
	map->mask = mask;
	return true;
}

void *s2t_map_make_slow(struct s2t_map *map, uint64_t key)
{
	size_t i = map->mask ? place_of(map->key, map->mask, key) : 0;

	if (map->mask && map->node[i]) {
		remember(map, key, map->node[i]);
		return map->node[i];
	}
	if (map->count >= map->mask / 2) {
		if (!grow(map))
			return NULL;
		i = place_of(map->key, map->mask, key);
	}
	void *node = map->spare_count ? map->spare[--map->spare_count]
	                              : s2t_arena_take(map->arena, map->node_size);

	if (!node)
		return NULL;
	map->key[i] = key + 1;
	map->node[i] = node;
	map->used[map->count++] = (uint32_t)i;
	remember(map, key, node);
	return node;
}
