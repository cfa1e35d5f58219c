/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated physical memory: directories, pages, the journal and its undoing.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
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
	s2t_slabs_free(&m->tables);
	s2t_slabs_free(&m->others);
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

uint64_t *s2t_mem_new_page(struct s2t_mem *m, struct s2t_slabs *slabs)
{
	uint64_t *words = s2t_slabs_take(slabs);

	if (!words)
		m->fault = S2T_CRASH;
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
	words = s2t_mem_new_page(m, w->start ? &m->others : &m->tables);
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

void s2t_mem_give_back(struct s2t_mem *m)
{
	if (++m->resets % S2T_GIVE_BACK_EVERY == 0)
		s2t_slabs_give_back(&m->tables);
	s2t_contents_shrink(&m->contents);
}
