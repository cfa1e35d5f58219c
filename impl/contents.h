/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents of the pages of RAM, the window S2T_WINDOW_PAGES.
 *
 * A page that one word fills is held as that word, its token. It turns into 4 KiB of bytes when part of it is
 * written, and back into a token when it is filled. All pages start as zeros.
 */
#ifndef S2T_IMPL_CONTENTS_H
#define S2T_IMPL_CONTENTS_H

#include "s2twin/iut.h"

struct s2t_mem;

/* A reset keeps so many pages in the table: 192 KiB of slots at most. */
enum { S2T_CONTENTS_KEPT = 1 << 12 };

/* One page of RAM that was ever written. */
struct s2t_content {
	uint64_t key;    /* pfn + 1; 0: free slot of the hash table */
	uint64_t token;  /* the word that fills the page, where bytes == NULL */
	uint64_t *bytes; /* the 512 words otherwise */
};

/* What the journal record number `at` has no room for. */
struct s2t_aside {
	size_t at;
	uint64_t *bytes; /* the bytes that a fill replaced; NULL: the store turned a token into bytes */
};

struct s2t_contents {
	struct s2t_content *slot; /* open addressing, linear probing, at most half full */
	unsigned shift;           /* 64 - log2 of the number of slots */
	size_t used;
	struct s2t_aside *aside; /* a stack, ascending in `at` */
	size_t asides, aside_capacity;
	uint64_t **spare; /* pages of bytes to use again; room for all there are */
	size_t spares, spare_capacity, pages_made;
};

bool s2t_contents_init(struct s2t_contents *c);
void s2t_contents_destroy(struct s2t_contents *c);

/* After a reset, when every page holds zeros: forgets which pages there were if they are many. */
void s2t_contents_shrink(struct s2t_contents *c);

/* Fills page `pfn` with `token`: one record in the journal, whatever was there before. */
void s2t_mem_fill(struct s2t_mem *m, s2t_pfn pfn, s2t_token token);

/* One word of the contents, at physical byte address `addr`, a multiple of 8. */
uint64_t s2t_mem_load_content(struct s2t_mem *m, uint64_t addr);
void s2t_mem_store_content(struct s2t_mem *m, uint64_t addr, uint64_t value);

/* The word that fills page `pfn`; false: its words differ. Scans the bytes of a page that has some. */
bool s2t_mem_token(const struct s2t_mem *m, s2t_pfn pfn, s2t_token *token);

/* Takes back the journal record number `at`, the newest. */
void s2t_contents_undo(struct s2t_contents *c, const struct s2t_write *write, size_t at);

#endif
