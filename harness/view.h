/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The view: what the bytes of an implementation mean. This is the refinement relation of the Coq proofs
 * (relate_npt and relate_spt of NPTWalkProofHighAux and MmioSPTWalkRefine, relate_s2page of PageManagerRefine)
 * read as a function from memory to abstract entries. It decodes on its own: no code, mask or limit of the
 * implementation is used.
 */
#ifndef S2T_HARNESS_VIEW_H
#define S2T_HARNESS_VIEW_H

#include "s2twin/iut.h"
#include "seldom.h"
#include "s2twin/model.h"

enum { S2T_VIEW_PAGES = 512, S2T_VIEW_LEAVES = 512, S2T_VIEW_RECORDS = 256 };

struct s2t_view {
	const struct s2t_iut_ops *ops;
	const struct s2t_iut *iut;
	const struct s2t_board *board;
	struct s2t_el2_layout el2;

	/* Pages of the image found last; pointers to pages stay good, so this is never flushed. */
	struct {
		uint64_t key; /* window << 40 | address, + 1 */
		const uint64_t *words;
	} page[S2T_VIEW_PAGES];
	/* Leaf tables of 2 MiB ranges; flushed when a table above their descriptors changed. */
	uint64_t epoch; /* below 2^20; leaves of another epoch are empty */
	struct s2t_view_leaf {
		uint64_t key;         /* epoch << 44 | smmu << 43 | vmid or context << 27 | frame / 512 */
		const uint64_t *slot; /* the descriptor that leads to the table, or is a block */
		uint64_t table; /* that descriptor when `words` were those of its table; 0: they are unknown */
		const uint64_t *words;
	} leaf[S2T_VIEW_LEAVES];
	/* The record of a page. */
	struct {
		s2t_pfn key; /* pfn + 1 */
		const uint64_t *words;
		uint64_t offset;
	} record[S2T_VIEW_RECORDS];
	/* The page that begins with lock 0, and how many locks are in it; none as long as it was never written. */
	const uint64_t *locks;
	uint64_t lock_count;
};

/* One level of a table walk. */
struct s2t_walk_step {
	s2t_addr table; /* address of the table page, in its window */
	unsigned index; /* of the descriptor in it */
	s2t_addr address;
	uint64_t descriptor;
};

/* A walk as the relation reads it: it goes on from level to level while the descriptor is not 0, and at level 2
 * while it is a table. */
struct s2t_walk {
	unsigned count; /* steps taken, 1.. */
	struct s2t_walk_step step[4];
};

void s2t_view_init(struct s2t_view *view, const struct s2t_iut_ops *ops, const struct s2t_iut *iut,
                   const struct s2t_board *board);

/* Must be called when a root or second-level table changed other than by filling an empty slot, or the
 * implementation was reset. */
void s2t_view_flush(struct s2t_view *view);

/* Where a page is remembered, by its key - 1. */
static inline unsigned s2t_view_place(uint64_t page)
{
	_Static_assert(S2T_VIEW_PAGES == 1 << (64 - 55), "the hash keeps as many bits as there are pages");
	return (unsigned)(page * UINT64_C(0x9E3779B97F4A7C15) >> 55);
}

/* The words of a page, NULL if it was never written. */
const uint64_t *s2t_view_words_slow(struct s2t_view *view, enum s2t_window window, uint64_t address);

static inline const uint64_t *s2t_view_words(struct s2t_view *view, enum s2t_window window, uint64_t address)
{
	uint64_t key = (uint64_t)window << 40 | (address & ~UINT64_C(4095));
	unsigned i = s2t_view_place(key);

	if (SELDOM(view->page[i].key != key + 1))
		return s2t_view_words_slow(view, window, address);
	return view->page[i].words;
}

/* One word; `fallback` where the page was never written. */
static inline uint64_t s2t_view_word(struct s2t_view *view, enum s2t_window window, uint64_t address,
                                     uint64_t fallback)
{
	const uint64_t *words = s2t_view_words(view, window, address);

	return words ? words[address % 4096 / 8] : fallback;
}

/* A ticket lock is held while the ticket handed out next is not the one served now. */
static inline bool s2t_view_is_held(uint64_t word)
{
	return word != (word << 32 | word >> 32);
}

bool s2t_view_lock_held_slow(struct s2t_view *view, uint32_t lock);

static inline bool s2t_view_lock_held(struct s2t_view *view, uint32_t lock)
{
	if (lock >= view->lock_count)
		return s2t_view_lock_held_slow(view, lock);
	return s2t_view_is_held(view->locks[lock]);
}

/* How many of the 512 descriptors of a table are certainly 0 from the i-th on: most are. */
unsigned s2t_zeros_from(const uint64_t *words, unsigned i);

/* Abstract entries, decoded from the bytes. */
struct s2t_page s2t_view_page(struct s2t_view *view, s2t_pfn pfn);
struct s2t_npt_entry s2t_view_npt(struct s2t_view *view, s2t_vmid vmid, s2t_gfn gfn, struct s2t_walk *walk);
struct s2t_spt_entry s2t_view_spt(struct s2t_view *view, unsigned context, s2t_gfn gfn, struct s2t_walk *walk);
uint64_t s2t_view_data_log(struct s2t_view *view, s2t_vmid vmid);
bool s2t_view_token(struct s2t_view *view, s2t_pfn pfn, s2t_token *token); /* false: the page is not uniform */

/* The word of an entry of the hypercall layer (S2T_ENTRY_VM and later), and where in S2T_WINDOW_EL2 it is. */
s2t_addr s2t_view_hyper_address(const struct s2t_view *view, const struct s2t_touch *entry);
uint64_t s2t_view_hyper(struct s2t_view *view, const struct s2t_touch *entry);
/* The entry whose word is at `at` of S2T_WINDOW_EL2; false: there is none. */
bool s2t_view_hyper_entry(const struct s2t_view *view, s2t_addr at, struct s2t_touch *entry);

const uint64_t *s2t_view_record_slow(struct s2t_view *view, s2t_pfn pfn, uint64_t *offset);

/* The record of a page: its two words and its offset in S2T_WINDOW_EL2. NULL: its page of records was never
 * written, or the page has no record (offset UINT64_MAX). */
static inline const uint64_t *s2t_view_record(struct s2t_view *view, s2t_pfn pfn, uint64_t *offset)
{
	unsigned i = pfn % S2T_VIEW_RECORDS;

	if (SELDOM(view->record[i].key != pfn + 1))
		return s2t_view_record_slow(view, pfn, offset);
	*offset = view->record[i].offset;
	return view->record[i].words;
}

/* The descriptor of level 0 to 2 on the walk to a frame, and its address; 0 and UINT64_MAX if a table above is missing. */
uint64_t s2t_view_npt_table(struct s2t_view *view, s2t_vmid vmid, s2t_gfn gfn, unsigned level,
                            s2t_addr *address);
/* Of the SMMU, level 0 or 1, likewise. */
uint64_t s2t_view_spt_table(struct s2t_view *view, unsigned context, s2t_gfn gfn, unsigned level,
                            s2t_addr *address);

/* The last of them: of the 2 MiB range that holds a frame. */
static inline uint64_t s2t_view_npt_pmd(struct s2t_view *view, s2t_vmid vmid, s2t_gfn gfn, s2t_addr *address)
{
	return s2t_view_npt_table(view, vmid, gfn, 2, address);
}
static inline uint64_t s2t_view_spt_pmd(struct s2t_view *view, unsigned context, s2t_gfn gfn, s2t_addr *address)
{
	return s2t_view_spt_table(view, context, gfn, 1, address);
}

/*
 * The same two with a memory, for the comparison after a step. A table that is found once is remembered by the
 * place of its descriptor, which says each time whether it still leads there.
 */
enum { S2T_VIEW_SMMU = 1 << 16 }; /* space of context 0; that of a VM is its vmid */

static inline uint64_t s2t_view_leaf_key(const struct s2t_view *view, uint32_t space, s2t_gfn gfn)
{
	return view->epoch << 44 | (uint64_t)space << 27 | gfn >> 9;
}
struct s2t_view_leaf *s2t_view_leaf_slow(struct s2t_view *view, uint32_t space, s2t_gfn gfn);

/* The leaf of the range that holds a frame, with `words` for its present descriptor. NULL: there is no descriptor, or
 * it is not 0 and the page that it leads to was never written. */
static inline const struct s2t_view_leaf *s2t_view_leaf(struct s2t_view *view, uint32_t space, s2t_gfn gfn)
{
	const uint64_t key = s2t_view_leaf_key(view, space, gfn);
	const struct s2t_view_leaf *leaf = &view->leaf[key * UINT64_C(0x9E3779B97F4A7C15) >> 55];

	if (SELDOM(leaf->key != key || *leaf->slot != leaf->table))
		return s2t_view_leaf_slow(view, space, gfn);
	return leaf;
}

/* Addresses that the board gives. */
static inline s2t_addr s2t_view_npt_root(const struct s2t_view *view, s2t_vmid vmid)
{
	return view->board->pt_pool_start + vmid * view->board->pt_pool_per_vm;
}
static inline s2t_addr s2t_view_spt_root(const struct s2t_view *view, unsigned context)
{
	return view->board->smmu_pool_start + context * UINT64_C(8192);
}
/* Start (`level` 0 PUD, 1 PMD, 2 PTE tables) and, with level + 1, end of the table ranges of a VM. */
s2t_addr s2t_view_npt_range(const struct s2t_view *view, s2t_vmid vmid, unsigned level);
s2t_addr s2t_view_spt_range(const struct s2t_view *view, unsigned level);

/* Cursors. */
static inline s2t_addr s2t_view_npt_next(struct s2t_view *view, s2t_vmid vmid, unsigned level)
{
	const s2t_addr at = view->el2.npt_next + 32 * vmid + UINT64_C(8) * level;
	const uint64_t *words = s2t_view_words(view, S2T_WINDOW_EL2, at);

	return SELDOM(!words) ? s2t_view_npt_range(view, vmid, level) : words[at % 4096 / 8];
}
static inline s2t_addr s2t_view_spt_next(struct s2t_view *view, unsigned level)
{
	const s2t_addr at = view->el2.spt_next + UINT64_C(8) * level;
	const uint64_t *words = s2t_view_words(view, S2T_WINDOW_EL2, at);

	return SELDOM(!words) ? s2t_view_spt_range(view, level) : words[at % 4096 / 8];
}

/* Bits 47:12 of a descriptor. */
static inline s2t_addr s2t_view_output(uint64_t descriptor)
{
	return descriptor & UINT64_C(0x0000fffffffff000);
}
static inline bool s2t_view_is_table(uint64_t descriptor)
{
	return (descriptor & 3) == 3;
}

#endif
