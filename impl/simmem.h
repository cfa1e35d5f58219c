/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated physical memory: windows of 8-byte words, sparse, each word its start value until written, and a
 * journal of every word written, by which a call is rolled back and the whole memory reset.
 *
 * The windows S2PT, SMMU and EL2 are arrays of pointers to 4 KiB pages; a page comes into being with its first
 * write and stays until destroy. The window PAGES, the contents of RAM, is kept by contents.c,
 * because most pages of RAM hold one word 512 times.
 */
#ifndef S2T_IMPL_SIMMEM_H
#define S2T_IMPL_SIMMEM_H

#include "arch.h"
#include "contents.h"
#include "inline.h"
#include "slabs.h"
#include "s2twin/iut.h"

/* At each so many resets the memory of tables that few sequences write goes back to the host (slabs.h). */
enum { S2T_GIVE_BACK_EVERY = 256 };

/* The start values of `count` words from byte address `addr` on, all in one page; NULL function: zeros. */
typedef void (*s2t_mem_start_fn)(const void *ctx, uint64_t addr, size_t count, uint64_t *words);

struct s2t_mem_window {
	uint64_t pages;  /* the window holds pages 0..pages-1 */
	uint64_t **page; /* the words of each; NULL: not written yet */
	s2t_mem_start_fn start;
	const void *start_ctx;
};

struct s2t_mem {
	struct s2t_mem_window window[S2T_WINDOW_COUNT];
	struct s2t_write *journal;
	uint64_t **place; /* of each record of the journal: the word that it wrote; NULL: see contents.c */
	size_t writes, capacity;
	struct s2t_contents contents;
	struct s2t_slabs tables; /* pages of windows that start as zeros */
	struct s2t_slabs others;
	unsigned resets;
	/* S2T_OK; S2T_WILD: access beyond a window; S2T_CRASH: no host memory for a write. */
	enum s2t_outcome fault;
};

/* `bytes`: size of each window, a multiple of 4096; that of S2T_WINDOW_PAGES bounds the pages of RAM. False:
 * no host memory; destroy may still be called. */
bool s2t_mem_init(struct s2t_mem *m, const uint64_t bytes[S2T_WINDOW_COUNT]);
void s2t_mem_destroy(struct s2t_mem *m);

/* Start values other than zero for one window; before its first write. */
void s2t_mem_set_start(struct s2t_mem *m, enum s2t_window window, s2t_mem_start_fn start, const void *ctx);

/* Takes back all writes after the first `mark`, newest first, and forgets them. mark = 0 is a reset. Pages
 * stay where they are. Costs what is taken back; needs no memory. */
void s2t_mem_undo(struct s2t_mem *m, size_t mark);

/* After a reset: gives memory back to the host now and then, so that a long run stays small. No page moves. */
void s2t_mem_give_back(struct s2t_mem *m);

/* The word at byte address `addr`, a multiple of 8, in a page that comes into being if need be. NULL: beyond
 * the window, or no host memory; noted as a fault. The pointer is good until destroy. */
uint64_t *s2t_mem_word(struct s2t_mem *m, enum s2t_window window, uint64_t addr);

/* Makes room for one more record in the journal. False: no host memory, noted as a fault; nothing may be
 * written then. */
bool s2t_mem_room(struct s2t_mem *m);

/* The slow ways out of the inline functions below, and a zeroed page for contents.c. */
OUT_OF_LINE uint64_t s2t_mem_load_unwritten(struct s2t_mem *m, enum s2t_window window, uint64_t addr);
OUT_OF_LINE void s2t_mem_store_slowly(struct s2t_mem *m, enum s2t_window window, uint64_t addr, uint64_t value);
uint64_t *s2t_mem_new_page(struct s2t_mem *m, struct s2t_slabs *slabs);

/* The 512 words of the page around byte address `addr`; NULL: never written, or beyond the window. */
ALWAYS_INLINE uint64_t *s2t_mem_page(const struct s2t_mem *m, enum s2t_window window, uint64_t addr)
{
	const struct s2t_mem_window *w = &m->window[window];
	uint64_t page = addr >> PAGE_SHIFT_4K;

	return page < w->pages ? w->page[page] : NULL;
}

static inline size_t s2t_word_in_page(uint64_t addr)
{
	return (size_t)(addr / sizeof(uint64_t)) % PAGE_WORDS;
}

/* The word at byte address `addr`, a multiple of 8. Allocates nothing. Beyond the window: 0 and a fault. */
ALWAYS_INLINE uint64_t s2t_mem_load(struct s2t_mem *m, enum s2t_window window, uint64_t addr)
{
	const uint64_t *words = s2t_mem_page(m, window, addr);

	if (SELDOM(!words))
		return s2t_mem_load_unwritten(m, window, addr);
	return words[s2t_word_in_page(addr)];
}

/* Appends to the journal, which must have room; `place` is the word that is about to be written. */
ALWAYS_INLINE void s2t_mem_log(struct s2t_mem *m, enum s2t_window window, uint32_t whole_page, uint64_t addr,
                               uint64_t old, uint64_t *place)
{
	struct s2t_write *w = &m->journal[m->writes];

	w->window = window;
	w->whole_page = whole_page;
	w->addr = addr;
	w->old = old;
	m->place[m->writes++] = place;
}

/* Stores at `word`, the one at byte address `addr`. A store that changes nothing is journaled, too: it was
 * made. */
ALWAYS_INLINE void s2t_mem_store_at(struct s2t_mem *m, enum s2t_window window, uint64_t addr, uint64_t *word,
                                    uint64_t value)
{
	if (SELDOM(m->writes == m->capacity)) {
		s2t_mem_store_slowly(m, window, addr, value);
		return;
	}
	s2t_mem_log(m, window, 0, addr, *word, word);
	*word = value;
}

/* Stores at byte address `addr`, a multiple of 8, in a page that comes into being if need be. Beyond the
 * window: nothing but a fault. */
ALWAYS_INLINE void s2t_mem_store(struct s2t_mem *m, enum s2t_window window, uint64_t addr, uint64_t value)
{
	uint64_t *words = s2t_mem_page(m, window, addr);

	if (SELDOM(!words)) {
		s2t_mem_store_slowly(m, window, addr, value);
		return;
	}
	s2t_mem_store_at(m, window, addr, &words[s2t_word_in_page(addr)], value);
}

#endif
