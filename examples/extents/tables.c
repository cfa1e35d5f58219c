/* SPDX-License-Identifier: BSD-2-Clause */
/* The radix tree, and the pool that its tables come from. */
#include "tables.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES = 4096, TABLE_SLOTS = 512, TABLE_BITS = 9 };

bool space_init(struct space *space, s2t_addr base, size_t roots, size_t pages, unsigned top)
{
	*space = (struct space){ .base = base, .roots = roots, .pages = pages, .used = roots, .top = top };
	space->page = calloc(pages, sizeof(*space->page));
	return space->page != NULL;
}

void space_free(struct space *space)
{
	for (size_t i = 0; space->page && i < space->used; i++)
		free(space->page[i]);
	free(space->page);
	space->page = NULL;
}

void space_reset(struct space *space)
{
	for (size_t i = 0; i < space->used; i++) {
		free(space->page[i]);
		space->page[i] = NULL;
	}
	space->used = space->roots;
	space->freed = 0;
}

/* The descriptors of the table at a physical address: the window onto the pool. NULL: no table of ours. */
static uint64_t *window(const struct space *space, s2t_addr address)
{
	const s2t_addr i = (address - space->base) / TABLE_BYTES;

	return i < space->used ? space->page[i] : NULL;
}

/* A page of the pool, all zeros. 0: there is none left, or no memory. */
static s2t_addr take_page(struct space *space)
{
	const s2t_addr again = space->freed;

	if (again) {
		uint64_t *table = window(space, again);

		space->freed = table[0];
		table[0] = 0;
		return again;
	}
	if (space->used == space->pages)
		return 0;
	space->page[space->used] = calloc(TABLE_SLOTS, sizeof(uint64_t));
	return space->page[space->used] ? space->base + space->used++ * TABLE_BYTES : 0;
}

static void give_back(struct space *space, s2t_addr address)
{
	uint64_t *table = window(space, address);

	memset(table, 0, TABLE_BYTES);
	table[0] = space->freed;
	space->freed = address;
}

/* The root has an index as wide as is left of the address; it spans two pages where that is more than nine bits. */
static uint64_t *root_slot(const struct space *space, s2t_addr root, s2t_addr addr)
{
	const s2t_addr at = root + (addr >> space->top) * sizeof(uint64_t);
	uint64_t *page = window(space, at);

	return page ? &page[at % TABLE_BYTES / sizeof(uint64_t)] : NULL;
}

struct place space_find(const struct space *space, s2t_addr root, s2t_addr addr, unsigned bottom)
{
	struct place place = { root_slot(space, root, addr), space->top };

	while (place.slot && place.shift > bottom && (*place.slot == 0 || is_table(*place.slot))) {
		uint64_t *table = *place.slot ? window(space, *place.slot & PTE_FRAME) : NULL;

		place.shift -= TABLE_BITS;
		place.slot = table ? &table[addr >> place.shift & (TABLE_SLOTS - 1)] : NULL;
	}
	return place;
}

static bool build_root(struct space *space, s2t_addr root, s2t_addr addr)
{
	const s2t_addr at = root + (addr >> space->top) * sizeof(uint64_t);
	const s2t_addr i = (at - space->base) / TABLE_BYTES;

	if (!space->page[i])
		space->page[i] = calloc(TABLE_SLOTS, sizeof(uint64_t));
	return space->page[i] != NULL;
}

struct place space_build(struct space *space, s2t_addr root, s2t_addr addr, unsigned bottom)
{
	const struct place none = { NULL, 0 };

	if (!build_root(space, root, addr))
		return none;
	/* Each round, the walk stops one level below the table that was built last. */
	for (unsigned shift = space->top; shift > bottom; shift -= TABLE_BITS) {
		const struct place place = space_find(space, root, addr, shift);

		if (place.shift > shift)
			return place; /* a block is in the way: the caller decides */
		if (*place.slot == 0) {
			const s2t_addr table = take_page(space);

			if (!table)
				return none;
			*place.slot = table | PTE_TABLE | PTE_MARK_TABLE;
		}
	}
	return space_find(space, root, addr, bottom);
}

void space_prune(struct space *space, uint64_t *slot, unsigned shift)
{
	const uint64_t descriptor = *slot;

	*slot = 0;
	if (shift == SHIFT_PAGE || descriptor == 0 || !is_table(descriptor))
		return;
	const s2t_addr address = descriptor & PTE_FRAME;
	uint64_t *table = window(space, address);

	for (unsigned i = 0; shift > SHIFT_BLOCK && i < TABLE_SLOTS; i++)
		space_prune(space, &table[i], shift - TABLE_BITS);
	give_back(space, address);
}
