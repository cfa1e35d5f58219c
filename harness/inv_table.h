/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of the bookkeeping of invariants: emptied at no cost, and found again by a key. */
#ifndef S2T_HARNESS_INV_TABLE_H
#define S2T_HARNESS_INV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Out of the way of what runs after each step, so that that keeps its values in registers. */
#define S2T_INV_RARE __attribute__((noinline))

/* Items by a 64-bit key, in the order in which they came. */
struct s2t_inv_table {
	void *item; /* each begins with its key */
	size_t count;
	size_t limit;   /* items, beyond which there have to be more places */
	uint32_t *slot; /* number + 1; 0: free */
	size_t mask;    /* places - 1 */
	size_t room;    /* for items, and for twice as many places */
};

void s2t_inv_table_free(struct s2t_inv_table *table);
/* Empties it. The cost follows what is in it. */
void s2t_inv_table_reset(struct s2t_inv_table *table, size_t size);
/* Room for one item more of `size` bytes. False: out of memory. */
bool s2t_inv_table_grow(struct s2t_inv_table *table, size_t size);

static inline size_t s2t_inv_table_home(const struct s2t_inv_table *table, uint64_t key)
{
	return (key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & table->mask;
}

static inline size_t s2t_inv_table_place(const struct s2t_inv_table *table, size_t size, uint64_t key)
{
	size_t i = s2t_inv_table_home(table, key);

	while (table->slot[i]) {
		const uint64_t *item = (const void *)((const char *)table->item + (table->slot[i] - 1) * size);

		if (*item == key)
			break;
		i = (i + 1) & table->mask;
	}
	return i;
}

/* The item of a key, or NULL. */
static inline void *s2t_inv_table_find(const struct s2t_inv_table *table, size_t size, uint64_t key)
{
	if (!table->slot)
		return NULL;
	const uint32_t slot = table->slot[s2t_inv_table_place(table, size, key)];

	return slot ? (char *)table->item + (slot - 1) * size : NULL;
}

/* The same; a new item has its key and zeros, and `*is_new` is set. NULL: out of memory. Pointers to items are good
 * until the next one is made. */
static inline void *s2t_inv_table_make(struct s2t_inv_table *table, size_t size, uint64_t key, bool *is_new)
{
	*is_new = false;
	if (table->count == table->limit && !s2t_inv_table_grow(table, size))
		return NULL;
	const size_t place = s2t_inv_table_place(table, size, key);
	const uint32_t slot = table->slot[place];

	if (slot)
		return (char *)table->item + (slot - 1) * size;
	char *item = (char *)table->item + table->count * size;

	memset(item, 0, size);
	*(uint64_t *)(void *)item = key;
	table->slot[place] = (uint32_t)++table->count;
	*is_new = true;
	return item;
}

#endif
