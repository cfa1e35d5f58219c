/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of the bookkeeping: open addressing. */
#include <stdlib.h>

#include "inv_table.h"

/* Places of a table that is empty. Most sequences need no more, and these few lie near each other in the caches, however
 * many a long sequence once took. */
enum { FEW = 256 };

void s2t_inv_table_free(struct s2t_inv_table *table)
{
	free(table->item);
	free(table->slot);
	*table = (struct s2t_inv_table){ .item = NULL };
}

void s2t_inv_table_reset(struct s2t_inv_table *table, size_t size)
{
	/* From the first place of an item on to a free one nothing stays, so this leaves none behind. */
	if (8 * table->count < table->mask) {
		for (size_t i = 0; i < table->count; i++) {
			const uint64_t *key = (const void *)((const char *)table->item + i * size);

			for (size_t place = s2t_inv_table_home(table, *key); table->slot[place];
			     place = (place + 1) & table->mask)
				table->slot[place] = 0;
		}
	} else if (table->slot) {
		memset(table->slot, 0, (table->mask + 1) * sizeof(*table->slot));
	}
	table->count = 0;
	if (table->slot) {
		table->mask = FEW - 1;
		table->limit = FEW / 2;
	}
}

bool s2t_inv_table_grow(struct s2t_inv_table *table, size_t size)
{
	const size_t slots = table->slot ? 2 * (table->mask + 1) : FEW;

	if (slots / 2 > table->room) {
		uint32_t *slot = realloc(table->slot, slots * sizeof(*slot));

		if (slot)
			table->slot = slot;
		char *item = slot && slots <= UINT32_MAX / 2 ? realloc(table->item, slots / 2 * size) : NULL;

		if (!item)
			return false;
		table->item = item;
		table->room = slots / 2;
	}
	memset(table->slot, 0, slots * sizeof(*table->slot));
	table->mask = slots - 1;
	table->limit = slots / 2;
	for (size_t i = 0; i < table->count; i++) {
		const uint64_t *key = (const void *)((const char *)table->item + i * size);

		table->slot[s2t_inv_table_place(table, size, *key)] = (uint32_t)i + 1;
	}
	return true;
}
