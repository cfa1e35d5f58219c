/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of tables that were written: a hash table from table to lines. */
#include "written.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 256 };

/* What a key is of: a table of the implementation, by its window and number of its page, or one of the model, by whose
 * it is and the 2 MiB it serves. Neither is 0. */
enum { KEY_NPT = S2T_WINDOW_COUNT + 1, KEY_SPT };

static inline uint64_t key_of_page(uint32_t window, uint64_t address)
{
	return (uint64_t)(window + 1) << 60 | address >> 12;
}

static inline uint64_t key_of_model(uint64_t kind, uint32_t a, s2t_gfn gfn)
{
	return kind << 60 | (uint64_t)a << 32 | gfn >> 9;
}

static inline size_t place_of(const struct s2t_written *written, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (written->size - 1);

	while (written->place[i].key != key && written->place[i].key != 0)
		i = (i + 1) & (written->size - 1);
	return i;
}

static bool grow(struct s2t_written *written)
{
	struct s2t_written old = *written;
	const size_t size = old.size ? 2 * old.size : FIRST_SIZE;
	struct s2t_written_table *place = calloc(size, sizeof(*place));
	uint32_t *taken = malloc(size / 2 * sizeof(*taken));

	if (!place || !taken) {
		free(place);
		free(taken);
		return false;
	}
	*written = (struct s2t_written){ .place = place, .taken = taken, .size = size, .count = old.count };
	for (size_t i = 0; i < old.count; i++) {
		const struct s2t_written_table *table = &old.place[old.taken[i]];

		taken[i] = (uint32_t)place_of(written, table->key);
		place[taken[i]] = *table;
	}
	s2t_written_free(&old);
	return true;
}

/* The record of a table, which may be new. NULL: out of memory. */
static struct s2t_written_table *table_of(struct s2t_written *written, uint64_t key)
{
	if (written->count >= written->size / 2 && !grow(written))
		return NULL;
	const size_t i = place_of(written, key);

	if (written->place[i].key == 0) {
		written->place[i] = (struct s2t_written_table){ .key = key };
		written->taken[written->count++] = (uint32_t)i;
	}
	return &written->place[i];
}

void s2t_written_clear(struct s2t_written *written)
{
	while (written->count > 0)
		written->place[written->taken[--written->count]].key = 0;
}

void s2t_written_free(struct s2t_written *written)
{
	free(written->place);
	free(written->taken);
	memset(written, 0, sizeof(*written));
}

bool s2t_written_note_writes(struct s2t_written *written, const struct s2t_write *write, size_t count)
{
	struct s2t_written_table *table = NULL;
	uint64_t last = 0; /* most writes are to the table of the one before */

	for (size_t i = 0; i < count; i++, write++) {
		if (write->window != S2T_WINDOW_S2PT && write->window != S2T_WINDOW_SMMU)
			continue;
		const uint64_t key = key_of_page(write->window, write->addr);

		if (key != last) {
			table = table_of(written, key);
			if (!table)
				return false;
			last = key;
		}
		table->lines |= write->whole_page ? S2T_ALL_LINES : UINT64_C(1) << (write->addr >> 6 & 63);
	}
	return true;
}

bool s2t_written_note_touches(struct s2t_written *written, const struct s2t_touch *touch, size_t count)
{
	for (size_t i = 0; i < count; i++, touch++) {
		if (touch->kind != S2T_ENTRY_NPT && touch->kind != S2T_ENTRY_SPT)
			continue;
		struct s2t_written_table *table =
			table_of(written, key_of_model(touch->kind == S2T_ENTRY_NPT ? KEY_NPT : KEY_SPT,
		                                       touch->a, touch->b));

		if (!table)
			return false;
		table->lines |= UINT64_C(1) << (touch->b >> 3 & 63);
	}
	return true;
}

static uint64_t lines_of(const struct s2t_written *written, uint64_t key)
{
	if (written->count == 0)
		return 0;
	const struct s2t_written_table *table = &written->place[place_of(written, key)];

	return table->key ? table->lines : 0;
}

uint64_t s2t_written_lines(const struct s2t_written *written, enum s2t_window window, uint64_t table)
{
	return lines_of(written, key_of_page(window, table));
}

uint64_t s2t_written_npt_lines(const struct s2t_written *written, uint32_t a, s2t_gfn gfn)
{
	return lines_of(written, key_of_model(KEY_NPT, a, gfn));
}

uint64_t s2t_written_spt_lines(const struct s2t_written *written, uint32_t a, s2t_gfn gfn)
{
	return lines_of(written, key_of_model(KEY_SPT, a, gfn));
}
