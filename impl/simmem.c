/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated physical memory: directories, pages, the journal and its undoing.
 */
#include "simmem.h"

#include <stdlib.h>
#include <string.h>

bool s2t_mem_init(struct s2t_mem *m, const uint64_t bytes[S2T_WINDOW_COUNT])
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < S2T_WINDOW_COUNT; i++) {
		struct s2t_mem_window *w = &m->window[i];
		uint64_t pages = bytes[i] >> PAGE_SHIFT_4K;
		size_t chunks = (size_t)((pages + S2T_CHUNK_PAGES - 1) / S2T_CHUNK_PAGES);

		w->pages = pages;
		if (i == S2T_WINDOW_PAGES)
			continue;
		w->chunk = calloc(chunks ? chunks : 1, sizeof(*w->chunk));
		if (!w->chunk)
			return false;
	}
	return s2t_contents_init(&m->contents);
}

void s2t_mem_destroy(struct s2t_mem *m)
{
	for (int i = 0; i < S2T_WINDOW_COUNT; i++) {
		struct s2t_mem_window *w = &m->window[i];

		for (uint64_t c = 0; w->chunk && c * S2T_CHUNK_PAGES < w->pages; c++)
			free(w->chunk[c]);
		free(w->chunk);
	}
	for (size_t i = 0; i < m->slabs; i++)
		free(m->slab[i]);
	free(m->slab);
	free(m->journal);
	free(m->place);
	s2t_contents_destroy(&m->contents);
}

void s2t_mem_set_start(struct s2t_mem *m, enum s2t_window window, s2t_mem_start_fn start, const void *ctx)
{
	m->window[window].start = start;
	m->window[window].start_ctx = ctx;
}

uint64_t s2t_mem_load_unwritten(struct s2t_mem *m, enum s2t_window window, uint64_t addr)
{
	const struct s2t_mem_window *w = &m->window[window];
	uint64_t word = 0;

	if (addr >> PAGE_SHIFT_4K >= w->pages)
		m->fault = S2T_WILD;
	else if (w->start)
		w->start(w->start_ctx, addr, 1, &word);
	return word;
}

static bool new_slab(struct s2t_mem *m)
{
	uint64_t *slab;

	if (m->slabs == m->slab_capacity) {
		size_t capacity = m->slab_capacity ? 2 * m->slab_capacity : 16;
		uint64_t **grown = realloc(m->slab, capacity * sizeof(*grown));

		if (!grown)
			return false;
		m->slab = grown;
		m->slab_capacity = capacity;
	}
	slab = malloc((size_t)S2T_SLAB_PAGES * S2T_SLAB_STRIDE * sizeof(*slab));
	if (!slab)
		return false;
	m->slab[m->slabs++] = slab;
	m->slab_used = 0;
	return true;
}

uint64_t *s2t_mem_new_page(struct s2t_mem *m)
{
	uint64_t *words;

	if ((m->slabs == 0 || m->slab_used == S2T_SLAB_PAGES) && !new_slab(m)) {
		m->fault = S2T_CRASH;
		return NULL;
	}
	words = m->slab[m->slabs - 1] + m->slab_used++ * S2T_SLAB_STRIDE;
	memset(words, 0, PAGE_BYTES);
	return words;
}

uint64_t *s2t_mem_materialise(struct s2t_mem *m, enum s2t_window window, uint64_t addr)
{
	struct s2t_mem_window *w = &m->window[window];
	uint64_t page = addr >> PAGE_SHIFT_4K;
	uint64_t ***chunk;
	uint64_t *words;

	if (page >= w->pages) {
		m->fault = S2T_WILD;
		return NULL;
	}
	chunk = &w->chunk[page >> S2T_CHUNK_SHIFT];
	if (!*chunk)
		*chunk = calloc(S2T_CHUNK_PAGES, sizeof(**chunk));
	if (!*chunk) {
		m->fault = S2T_CRASH;
		return NULL;
	}
	words = s2t_mem_new_page(m);
	if (words && w->start)
		w->start(w->start_ctx, page << PAGE_SHIFT_4K, PAGE_WORDS, words);
	(*chunk)[page % S2T_CHUNK_PAGES] = words;
	return words;
}

bool s2t_mem_grow_journal(struct s2t_mem *m)
{
	size_t capacity = m->capacity ? 2 * m->capacity : 1024;
	struct s2t_write *journal = realloc(m->journal, capacity * sizeof(*journal));
	uint64_t **place = journal ? realloc(m->place, capacity * sizeof(*place)) : NULL;

	if (journal)
		m->journal = journal;
	if (!place) {
		m->fault = S2T_CRASH;
		return false;
	}
	m->place = place;
	m->capacity = capacity;
	return true;
}

void s2t_mem_undo(struct s2t_mem *m, size_t mark)
{
	size_t at = m->writes;

	while (at > mark) {
		const struct s2t_write *write = &m->journal[--at];

		if (m->place[at])
			*m->place[at] = write->old;
		else
			s2t_contents_undo(&m->contents, write, at);
	}
	m->writes = mark;
}
