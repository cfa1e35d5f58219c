/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated physical memory: directories, pages, the journal and its undoing.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE, madvise */
#include "simmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* One pointer for each of the `pages` of a window, NULL all. Up to 2 GiB of address space, and no memory until
 * a page comes into being. NULL: not to be had. */
static uint64_t **map_directory(uint64_t pages)
{
	void *directory = mmap(NULL, (size_t)pages * sizeof(uint64_t *), PROT_READ | PROT_WRITE,
	                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return directory == MAP_FAILED ? NULL : directory;
}

bool s2t_mem_init(struct s2t_mem *m, const uint64_t bytes[S2T_WINDOW_COUNT])
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < S2T_WINDOW_COUNT; i++) {
		struct s2t_mem_window *w = &m->window[i];
		uint64_t pages = bytes[i] >> PAGE_SHIFT_4K;

		w->pages = pages;
		if (i == S2T_WINDOW_PAGES || pages == 0)
			continue;
		w->page = map_directory(pages);
		if (!w->page)
			return false;
	}
	return s2t_contents_init(&m->contents);
}

void s2t_mem_destroy(struct s2t_mem *m)
{
	for (int i = 0; i < S2T_WINDOW_COUNT; i++)
		if (m->window[i].page)
			munmap(m->window[i].page, (size_t)m->window[i].pages * sizeof(uint64_t *));
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
	const size_t bytes = m->slabs ? S2T_LARGE_SLAB_BYTES : S2T_SLAB_BYTES;

	slab = m->slabs ? aligned_alloc(bytes, bytes) : malloc(bytes);
	if (!slab)
		return false;
#ifdef MADV_HUGEPAGE
	if (m->slabs)
		madvise(slab, bytes, MADV_HUGEPAGE); /* a wish: without it all is as right, and slower */
#endif
	m->slab[m->slabs++] = slab;
	m->slab_used = 0;
	m->slab_pages = bytes / (S2T_SLAB_STRIDE * sizeof(*slab));
	return true;
}

uint64_t *s2t_mem_new_page(struct s2t_mem *m)
{
	uint64_t *words;

	if (m->slab_used == m->slab_pages && !new_slab(m)) {
		m->fault = S2T_CRASH;
		return NULL;
	}
	words = m->slab[m->slabs - 1] + m->slab_used++ * S2T_SLAB_STRIDE;
	memset(words, 0, PAGE_BYTES);
	return words;
}

/* Brings page number `page` of a window into being. */
static uint64_t *materialise(struct s2t_mem *m, struct s2t_mem_window *w, uint64_t page)
{
	uint64_t *words;

	if (page >= w->pages) {
		m->fault = S2T_WILD;
		return NULL;
	}
	words = s2t_mem_new_page(m);
	if (words && w->start)
		w->start(w->start_ctx, page << PAGE_SHIFT_4K, PAGE_WORDS, words);
	w->page[page] = words;
	return words;
}

uint64_t *s2t_mem_word(struct s2t_mem *m, enum s2t_window window, uint64_t addr)
{
	uint64_t *words = s2t_mem_page(m, window, addr);

	if (!words)
		words = materialise(m, &m->window[window], addr >> PAGE_SHIFT_4K);
	return words ? &words[s2t_word_in_page(addr)] : NULL;
}

bool s2t_mem_room(struct s2t_mem *m)
{
	size_t capacity = m->capacity ? 2 * m->capacity : 1024;
	struct s2t_write *journal;
	uint64_t **place;

	if (m->writes < m->capacity)
		return true;
	journal = realloc(m->journal, capacity * sizeof(*journal));
	place = journal ? realloc(m->place, capacity * sizeof(*place)) : NULL;
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

void s2t_mem_store_slowly(struct s2t_mem *m, enum s2t_window window, uint64_t addr, uint64_t value)
{
	uint64_t *word = s2t_mem_word(m, window, addr);

	if (word && s2t_mem_room(m))
		s2t_mem_store_at(m, window, addr, word, value);
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
