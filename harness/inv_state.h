/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bookkeeping by which invariants are checked after each step: who maps a page, and what is broken already.
 *
 * It is fed with the values of the entries that a step wrote, and with nothing else. A page counts the entries that map
 * it: those of the host, of one VM, of other VMs and of contexts of the SMMU. By the counts and its record it is known
 * whether anything can be broken at it. The entries of other VMs and of contexts, of which a count says too little, are
 * in a list of the page, too; those that are only counted are looked for when a place is asked for. The work for a
 * written entry is constant but for the length of such a list; a block of 2 MiB asks for 512 records, and a change of
 * what a VM or a context is looks at all pages that the sequence has touched. What is broken at a page counts once in a
 * sequence.
 */
#ifndef S2T_HARNESS_INV_STATE_H
#define S2T_HARNESS_INV_STATE_H

#include "inv_side.h"

enum { S2T_INV_SMMU = 1 << 16 }; /* number of the address space of context 0; that of a VM is its vmid */

/* How an entry is linked, beside bits 0 and 1 for two lists: as a mapping of EL2, which is judged by itself, whosever page
 * it maps; or as one that its page counts, and is in no list. */
enum { S2T_INV_ALONE = 4, S2T_INV_COUNTED = 8 };

/* How many entries map a page, or reach a range by blocks. */
struct s2t_inv_seen {
	uint32_t host, dma;  /* entries of the host, and of contexts */
	uint32_t own, other; /* entries of VM `vm`, and of other VMs */
	uint32_t frame;      /* of contexts, if they have one in common, and 1; else 0 */
	uint16_t vm;
};

/* A descriptor. The lists are those of a page, or for a block of the one or two ranges of 2 MiB that it reaches. */
struct s2t_inv_entry {
	uint64_t key; /* block << 63 | space << 36 | frame */
	s2t_pte pte;
	uint64_t stamp;            /* rises with each linking */
	uint32_t next[2], prev[2]; /* 2 * number + list + 1; 0: none */
	uint32_t broken;           /* of a block: what it broke when it was written */
	uint32_t page, range;      /* of the last level: numbers of its page, while linked, and of its range */
	uint8_t level, linked; /* linked: bit i for list i, S2T_INV_ALONE, S2T_INV_COUNTED; 0: maps nothing */
	uint8_t trap;          /* enum s2t_finding of the descriptor */
	uint64_t unused;       /* makes 64 bytes */
};

enum { S2T_INV_DIRTY = 1 << 30 }; /* in `broken` of a page: it is to be judged at the end of the step */

struct s2t_inv_page {
	uint64_t key; /* pfn */
	struct s2t_page record;
	struct s2t_inv_seen seen;
	uint32_t head;     /* of the list of contexts' and other VMs' entries that map it */
	uint32_t broken;   /* ever since the sequence began */
	uint32_t reached;  /* number of its range of 2 MiB, since there are ranges */
	uint16_t at_frame; /* contexts with an entry at frame pfn + smmu_host_offset, whatever it maps */
	uint16_t at_self;  /* of these, those that map the page */
};

/* 2 MiB of an address space, or of physical memory. There are none before the first block of a sequence. */
struct s2t_inv_range {
	uint64_t key;  /* space << 27 | frame / 512; pfn / 512 */
	uint32_t head; /* physical: blocks that reach it; else the number of its block + 1, 0: none */
	struct s2t_inv_seen seen;
	uint64_t used[8]; /* which entries, or pages, there are */
};

struct s2t_inv_state {
	const struct s2t_board *board;
	struct s2t_inv_table entry, page, range, reached;
	struct s2t_inv_table known; /* pages of the implementation's tables */
	size_t blocks;              /* that map something */
	size_t covered;             /* ranges that have a block, over which no entry counts */
	bool ranged;                /* entries and pages are known to their ranges */
	uint64_t stamp;             /* of the entry that was linked last, */
	uint32_t last;              /* and its number */
	uint32_t dma[16];           /* entries of each context */
	uint32_t *tables; /* of the pools of each VM, and then of the SMMU, three each: how many there are */
	uint32_t *pooled; /* pools that have one, */
	size_t pooled_count;
	size_t *dirty;
	size_t dirty_count, dirty_room;
	bool all_dirty, no_memory;
	bool due; /* something is to be settled at the end of the step */

	/* The words of the hypercall layer. */
	uint8_t *off;     /* of each VM: it is beyond VERIFIED */
	uint8_t *active;  /* of each VM: a bit for each active vCPU */
	uint32_t *worded; /* VMs whose words were written, and in `is_worded` whether one was */
	uint8_t *is_worded;
	size_t worded_count;
	uint32_t cfg[16];
	unsigned bound;                       /* contexts that are */
	uint32_t of_host, of_nobody, counted; /* contexts: sets; those that count_smmu_map looks at */
	uint64_t next_remap;
	bool words_changed;
	size_t image_count, image_room;
	struct s2t_inv_image *image;
	size_t core_count, core_room;
	size_t *core; /* numbers of the entries of EL2's table */
	uint32_t words_broken;

	/* What the step broke that was not broken before. */
	uint32_t news;
	uint32_t alone;  /* of the implementation alone */
	uint32_t wanted; /* those of which the place is asked for */
	struct s2t_inv_place place[S2T_INVARIANT_COUNT];
};

/* False: out of memory. */
bool s2t_inv_state_init(struct s2t_inv_state *state, const struct s2t_board *board);
void s2t_inv_state_free(struct s2t_inv_state *state);
/* The start state, in which nothing is mapped. */
void s2t_inv_state_reset(struct s2t_inv_state *state);

/* A step begins, of which the places of these are asked for. */
static inline void s2t_inv_begin(struct s2t_inv_state *state, uint32_t wanted)
{
	state->news = state->alone = 0;
	state->wanted = wanted;
}

/* The record of a page; `before` is what it was before the step. To be told before all else of the step. */
void s2t_inv_feed_page(struct s2t_inv_state *state, s2t_pfn pfn, struct s2t_page before, struct s2t_page now);
/* A descriptor of the last level, or of a block (0: there is none any more). `side` is asked for the records of pages
 * that the step did not write. */
void s2t_inv_feed_entry(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte);
void s2t_inv_feed_block(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t space,
                        s2t_gfn gfn, s2t_pte pte);
/* A context of the SMMU was emptied. */
void s2t_inv_feed_context(struct s2t_inv_state *state, const struct s2t_inv_side *side, uint32_t context);
/* A word of the hypercall layer. After the last of them, if `words_changed`, the images are to be read; false: out of
 * memory. After the pages, and before the entries. */
void s2t_inv_feed_word(struct s2t_inv_state *state, const struct s2t_touch *entry, uint64_t value);
bool s2t_inv_read_images(struct s2t_inv_state *state, const struct s2t_inv_side *side);
/* The step is told: `news` has what it broke. False: out of memory. */
bool s2t_inv_settle_all(struct s2t_inv_state *state, const struct s2t_inv_side *side);
static inline bool s2t_inv_settle(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	return state->due ? s2t_inv_settle_all(state, side) : !state->no_memory;
}

/* Something broken that the bookkeeping has no memory of. */
static inline void s2t_inv_news(struct s2t_inv_state *state, enum s2t_invariant invariant,
                                struct s2t_inv_place place)
{
	if (state->news & S2T_INV(invariant))
		return;
	state->news |= S2T_INV(invariant);
	state->place[invariant] = place;
}

/* The same of the implementation, where the model has nothing that could be broken. */
static inline void s2t_inv_news_alone(struct s2t_inv_state *state, enum s2t_invariant invariant,
                                      struct s2t_inv_place place)
{
	if ((state->news | state->alone) & S2T_INV(invariant))
		return;
	state->alone |= S2T_INV(invariant);
	state->place[invariant] = place;
}

/*
 * What a step is asked that no list has to be kept of (inv_asked.c).
 */

/* The locks of a side. */
void s2t_inv_feed_locks(struct s2t_inv_state *state, const struct s2t_inv_side *side);
/* A page got another owner: whether one that went from a VM to the host is zero. */
void s2t_inv_feed_release(struct s2t_inv_state *state, const struct s2t_inv_side *side, s2t_pfn pfn,
                          struct s2t_page before, struct s2t_page now);

/* For the check of the bookkeeping. */
const struct s2t_inv_entry *s2t_inv_find_entry(const struct s2t_inv_state *state, uint64_t key);
const struct s2t_inv_page *s2t_inv_find_page(const struct s2t_inv_state *state, s2t_pfn pfn);
static inline uint64_t s2t_inv_entry_key(bool block, uint32_t space, s2t_gfn gfn)
{
	return (uint64_t)block << 63 | (uint64_t)space << 36 | gfn;
}

#endif
