/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents of the pages of RAM: tokens, bytes, and the exact way back from each change.
 *
 * A journal record holds one old word. That is enough to take back a store into bytes and a fill of a token.
 * The two changes of form need more, and leave it on the `aside` stack under the number of their record: a
 * fill of bytes leaves the bytes, a store into a token leaves the mark that the page was one.
 */
#include "contents.h"

#include "simmem.h"

#include <stdlib.h>
#include <string.h>

bool s2t_contents_init(struct s2t_contents *c)
{
	unsigned bits = 10;

	c->slot = calloc((size_t)1 << bits, sizeof(*c->slot));
	c->shift = 64 - bits;
	return c->slot != NULL;
}

void s2t_contents_destroy(struct s2t_contents *c)
{
	free(c->slot);
	free(c->aside);
	free(c->spare);
}

void s2t_contents_shrink(struct s2t_contents *c)
{
	if (c->used <= S2T_CONTENTS_KEPT)
		return;
	memset(c->slot, 0, sizeof(*c->slot) << (64 - c->shift));
	c->used = 0;
}

/* The slot of `pfn`, or the free one where it belongs. Fibonacci hashing: neighbours land far apart. */
static struct s2t_content *find(const struct s2t_contents *c, s2t_pfn pfn)
{
	size_t mask = ((size_t)1 << (64 - c->shift)) - 1;
	size_t i = (size_t)((pfn * UINT64_C(0x9e3779b97f4a7c15)) >> c->shift);

	while (c->slot[i].key != 0 && c->slot[i].key != pfn + 1)
		i = (i + 1) & mask;
	return &c->slot[i];
}

static bool grow_table(struct s2t_contents *c)
{
	size_t old_count = (size_t)1 << (64 - c->shift);
	struct s2t_content *old = c->slot;
	struct s2t_content *grown = calloc(2 * old_count, sizeof(*grown));

	if (!grown)
		return false;
	c->slot = grown;
	c->shift--;
	for (size_t i = 0; i < old_count; i++)
		if (old[i].key)
			*find(c, old[i].key - 1) = old[i];
	free(old);
	return true;
}

/* The slot of `pfn`, made if there is none. NULL: beyond the window, or no host memory; noted as a fault. */
static struct s2t_content *demand(struct s2t_mem *m, s2t_pfn pfn)
{
	struct s2t_contents *c = &m->contents;
	struct s2t_content *slot;

	if (pfn >= m->window[S2T_WINDOW_PAGES].pages) {
		m->fault = S2T_WILD;
		return NULL;
	}
	slot = find(c, pfn);
	if (slot->key)
		return slot;
	if (2 * c->used >= (size_t)1 << (64 - c->shift)) {
		if (!grow_table(c)) {
			m->fault = S2T_CRASH;
			return NULL;
		}
		slot = find(c, pfn);
	}
	slot->key = pfn + 1;
	c->used++;
	return slot;
}

/* Puts `bytes` aside for the next journal record. */
static bool put_aside(struct s2t_mem *m, uint64_t *bytes)
{
	struct s2t_contents *c = &m->contents;

	if (c->asides == c->aside_capacity) {
		size_t capacity = c->aside_capacity ? 2 * c->aside_capacity : 16;
		struct s2t_aside *grown = realloc(c->aside, capacity * sizeof(*grown));

		if (!grown) {
			m->fault = S2T_CRASH;
			return false;
		}
		c->aside = grown;
		c->aside_capacity = capacity;
	}
	c->aside[c->asides].at = m->writes;
	c->aside[c->asides].bytes = bytes;
	c->asides++;
	return true;
}

/* A page of bytes to write on: a spare one, or a new one, with room in `spare` to keep it one day. */
static uint64_t *take_bytes(struct s2t_mem *m)
{
	struct s2t_contents *c = &m->contents;
	uint64_t *bytes;

	if (c->spares)
		return c->spare[--c->spares];
	if (c->pages_made == c->spare_capacity) {
		size_t capacity = c->spare_capacity ? 2 * c->spare_capacity : 16;
		uint64_t **grown = realloc(c->spare, capacity * sizeof(*grown));

		if (!grown) {
			m->fault = S2T_CRASH;
			return NULL;
		}
		c->spare = grown;
		c->spare_capacity = capacity;
	}
	bytes = s2t_mem_new_page(m, &m->others);
	if (bytes)
		c->pages_made++;
	return bytes;
}

/* Journals a change of the contents, after s2t_mem_room(). */
static void log_write(struct s2t_mem *m, uint32_t whole_page, uint64_t addr, uint64_t old)
{
	s2t_mem_log(m, S2T_WINDOW_PAGES, whole_page, addr, old, NULL);
}

void s2t_mem_fill(struct s2t_mem *m, s2t_pfn pfn, s2t_token token)
{
	struct s2t_content *slot = demand(m, pfn);
	uint64_t addr = pfn << PAGE_SHIFT_4K;

	if (!slot || !s2t_mem_room(m))
		return;
	if (slot->bytes) {
		if (!put_aside(m, slot->bytes))
			return;
		log_write(m, 1, addr, slot->bytes[0]);
		slot->bytes = NULL;
	} else {
		log_write(m, 1, addr, slot->token);
	}
	slot->token = token;
}

/* Turns a token into bytes, for the store that makes the next journal record. */
static bool turn_into_bytes(struct s2t_mem *m, struct s2t_content *slot)
{
	uint64_t *bytes;

	if (!put_aside(m, NULL))
		return false;
	bytes = take_bytes(m);
	if (!bytes) {
		m->contents.asides--;
		return false;
	}
	for (size_t i = 0; i < PAGE_WORDS; i++)
		bytes[i] = slot->token;
	slot->bytes = bytes;
	return true;
}

/* Takes back turn_into_bytes(): the page is `token` again. */
static void turn_into_token(struct s2t_contents *c, struct s2t_content *slot, s2t_token token)
{
	c->spare[c->spares++] = slot->bytes;
	slot->bytes = NULL;
	slot->token = token;
	c->asides--;
}

void s2t_mem_store_content(struct s2t_mem *m, uint64_t addr, uint64_t value)
{
	struct s2t_content *slot = demand(m, addr >> PAGE_SHIFT_4K);
	uint64_t *word;

	if (!slot || !s2t_mem_room(m))
		return;
	if (!slot->bytes && !turn_into_bytes(m, slot))
		return;
	word = &slot->bytes[s2t_word_in_page(addr)];
	log_write(m, 0, addr, *word);
	*word = value;
}

uint64_t s2t_mem_load_content(struct s2t_mem *m, uint64_t addr)
{
	const struct s2t_content *slot;

	if (addr >> PAGE_SHIFT_4K >= m->window[S2T_WINDOW_PAGES].pages) {
		m->fault = S2T_WILD;
		return 0;
	}
	slot = find(&m->contents, addr >> PAGE_SHIFT_4K);
	if (slot->key == 0)
		return 0;
	return slot->bytes ? slot->bytes[s2t_word_in_page(addr)] : slot->token;
}

bool s2t_mem_token(const struct s2t_mem *m, s2t_pfn pfn, s2t_token *token)
{
	const struct s2t_content *slot = find(&m->contents, pfn);

	*token = 0;
	if (slot->key == 0)
		return true;
	if (!slot->bytes) {
		*token = slot->token;
		return true;
	}
	for (size_t i = 1; i < PAGE_WORDS; i++)
		if (slot->bytes[i] != slot->bytes[0])
			return false;
	*token = slot->bytes[0];
	return true;
}

void s2t_contents_undo(struct s2t_contents *c, const struct s2t_write *write, size_t at)
{
	struct s2t_content *slot = find(c, write->addr >> PAGE_SHIFT_4K);
	const struct s2t_aside *aside = c->asides ? &c->aside[c->asides - 1] : NULL;
	bool form_changed = aside && aside->at == at;

	if (form_changed && aside->bytes) {
		slot->bytes = aside->bytes;
		c->asides--;
	} else if (form_changed) {
		turn_into_token(c, slot, write->old);
	} else if (write->whole_page) {
		slot->token = write->old;
	} else {
		slot->bytes[s2t_word_in_page(write->addr)] = write->old;
	}
}
