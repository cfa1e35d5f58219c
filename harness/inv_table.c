/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of the bookkeeping: open addressing. */
#include <stdlib.h>

#include "inv_table.h"

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
}

bool s2t_inv_table_grow(struct s2t_inv_table *table, size_t size)
{
	const size_t room = table->room ? 2 * table->room : 64, mask = 2 * room - 1;
	uint32_t *slot = calloc(mask + 1, sizeof(*slot));
	char *item = realloc(table->item, room * size);

	if (item)
		table->item = item;
	if (!slot || !item || room > UINT32_MAX / 2) {
		free(slot);
		return false;
	}
	free(table->slot);
	table->slot = slot;
	table->mask = mask;
	table->room = room;
	for (size_t i = 0; i < table->count; i++) {
		const uint64_t *key = (const void *)(item + i * size);

		slot[s2t_inv_table_place(table, size, *key)] = (uint32_t)i + 1;
	}
	return true;
}
