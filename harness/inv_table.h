/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of the bookkeeping of invariants: emptied at no cost, and found again by a key. */
#ifndef S2T_HARNESS_INV_TABLE_H
#define S2T_HARNESS_INV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Items by a 64-bit key, in the order in which they came. */
struct s2t_inv_table {
	void *item; /* each begins with its key */
	size_t count, room;
	uint64_t *slot; /* epoch << 32 | number; another epoch: free */
	size_t mask;
	uint32_t epoch;
};

void s2t_inv_table_free(struct s2t_inv_table *table);
void s2t_inv_table_reset(struct s2t_inv_table *table);
/* Room for one item more of `size` bytes. False: out of memory. */
bool s2t_inv_table_grow(struct s2t_inv_table *table, size_t size);

static inline size_t s2t_inv_table_place(const struct s2t_inv_table *table, size_t size, uint64_t key)
{
	size_t i = (key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & table->mask;

	while (table->slot[i] >> 32 == table->epoch) {
		const uint64_t *item =
			(const void *)((const char *)table->item + (uint32_t)table->slot[i] * size);

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
	const uint64_t slot = table->slot[s2t_inv_table_place(table, size, key)];

	return slot >> 32 == table->epoch ? (char *)table->item + (uint32_t)slot * size : NULL;
}

/* The same; a new item has its key and zeros, and `*is_new` is set. NULL: out of memory. Pointers to items are good
 * until the next one is made. */
static inline void *s2t_inv_table_make(struct s2t_inv_table *table, size_t size, uint64_t key, bool *is_new)
{
	*is_new = false;
	if (table->count == table->room && !s2t_inv_table_grow(table, size))
		return NULL;
	const size_t place = s2t_inv_table_place(table, size, key);
	const uint64_t slot = table->slot[place];

	if (slot >> 32 == table->epoch)
		return (char *)table->item + (uint32_t)slot * size;
	char *item = (char *)table->item + table->count * size;

	memset(item, 0, size);
	*(uint64_t *)(void *)item = key;
	table->slot[place] = (uint64_t)table->epoch << 32 | table->count++;
	*is_new = true;
	return item;
}

#endif
