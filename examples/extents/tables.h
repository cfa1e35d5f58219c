/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: one radix tree for stage 2 (four levels, root of 512 descriptors) and for the SMMU (three levels, root
 * of 1024). Each address space has one pool, and a table of any level takes the next free page of it; tables that are
 * no longer needed go back. Nothing is built before it is used, the root neither.
 *
 * A descriptor names a table, block or page by physical address in bits 47:12; the pool lies at `base` of a physical
 * memory that is this implementation's alone, so its tables are reached through a window of its own.
 */
#ifndef EXTENTS_TABLES_H
#define EXTENTS_TABLES_H

#include "s2twin/types.h"

/* Bits of a descriptor. Hardware ignores 58:55, which are for software: the first three mark what a descriptor is, for
 * who reads a dump; bit 57 alone stands where a page was taken away because it is a guest's now. */
#define PTE_FRAME      UINT64_C(0x0000fffffffff000)
#define PTE_TABLE      UINT64_C(3)
#define PTE_MARK_BLOCK (UINT64_C(1) << 55)
#define PTE_MARK_PAGE  (UINT64_C(1) << 56)
#define PTE_GUEST      (UINT64_C(1) << 57)
#define PTE_MARK_TABLE (UINT64_C(1) << 58)

enum { SHIFT_PAGE = 12, SHIFT_BLOCK = 21 };

struct space {
	s2t_addr base;   /* of the pool; its first pages are the roots */
	size_t roots;    /* pages */
	size_t pages;    /* in the pool, roots too */
	size_t used;     /* the pages below were handed out */
	unsigned top;    /* a descriptor of a root covers 2^top bytes */
	uint64_t **page; /* 512 descriptors each; NULL: never touched */
	s2t_addr freed;  /* list of tables that came back, linked by their first word; 0: none */
};

/* An empty space. False: out of memory. */
bool space_init(struct space *space, s2t_addr base, size_t roots, size_t pages, unsigned top);
void space_free(struct space *space);
/* Empties it. */
void space_reset(struct space *space);

/* Where a walk came to. */
struct place {
	uint64_t *slot; /* the descriptor; NULL: there is none, as a table is missing */
	unsigned shift; /* it covers 2^shift bytes */
};

/* Walks from the root at byte address `root` to the descriptor of `addr` that covers 2^bottom bytes, and no further
 * than to a block. `addr` is below 2^(top + 9), in the SMMU 2^(top + 10). */
struct place space_find(const struct space *space, s2t_addr root, s2t_addr addr, unsigned bottom);

/* The same, and builds the tables that are missing. `slot` NULL: the pool is exhausted, or out of memory. */
struct place space_build(struct space *space, s2t_addr root, s2t_addr addr, unsigned bottom);

/* Empties a descriptor that covers 2^shift bytes; the tables below it go back to the pool. */
void space_prune(struct space *space, uint64_t *slot, unsigned shift);

static inline bool is_table(uint64_t descriptor)
{
	return (descriptor & PTE_TABLE) == PTE_TABLE;
}

#endif
