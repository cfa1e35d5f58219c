/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page manager: ownership records, and the contents that change hands with a page.
 *
 * A record is 16 bytes of the array s2_pages: word 0 holds the owner in bits 31..0 and the count in bits
 * 63..32, word 1 the gfn. A page without a record reads as all ones and ignores writes.
 *
 * Each primitive first checks the page number, stopped or not, and then does nothing if the machine has
 * stopped.
 */
#include "hyp.h"

#define RECORD_BYTES      UINT64_C(16)
#define RECORD_LOW        UINT64_C(0xffffffff) /* owner */
#define RECORD_GFN_OFFSET UINT64_C(8)

static const char beyond_gfn[] = "page manager: the page number is 2^36 or more";
static const char not_locked[] = "page manager: an ownership record is used without its lock";

static void find_record(struct s2t_hyp *h, uint64_t pfn)
{
	struct s2t_last_record *last = &h->last;
	uint64_t record = s2t_regions_record(&h->regions, pfn);
	uint64_t *page;

	last->pfn = pfn;
	last->addr = S2T_NO_RECORD;
	last->words = NULL;
	if (record == S2T_NOMAP)
		return;
	last->addr = h->layout.s2_pages + RECORD_BYTES * record;
	page = s2t_mem_page(&h->mem, S2T_WINDOW_EL2, last->addr);
	if (page)
		last->words = &page[s2t_word_in_page(last->addr)];
}

/* The place of the record of `pfn`; false: it has none. */
static inline bool have_record(struct s2t_hyp *h, uint64_t pfn)
{
	if (h->last.pfn != pfn)
		find_record(h, pfn);
	return h->last.addr != S2T_NO_RECORD;
}

/* Word 0 or 1 of the record that have_record() found. */
static inline uint64_t load_word(struct s2t_hyp *h, unsigned word)
{
	const struct s2t_last_record *last = &h->last;

	return last->words ? last->words[word] : s2t_el2_load(h, last->addr + sizeof(uint64_t) * word);
}

static inline void store_word(struct s2t_hyp *h, unsigned word, uint64_t value)
{
	struct s2t_last_record *last = &h->last;

	if (last->words) {
		s2t_mem_store_at(&h->mem, S2T_WINDOW_EL2, last->addr + sizeof(uint64_t) * word,
		                 &last->words[word], value);
	} else {
		s2t_el2_store(h, last->addr + sizeof(uint64_t) * word, value);
		find_record(h, last->pfn);
	}
}

/* Whether a primitive on page `pfn` has anything to do. It must hold the lock of the records then. */
static inline bool runs_on(struct s2t_hyp *h, uint64_t pfn)
{
	s2t_rely(h, pfn < GFN_SPACE, beyond_gfn);
	if (h->stop)
		return false;
	s2t_rely(h, !s2t_lock_is_free(h->lock_page[0][S2T_HYP_LOCK_S2PAGE]), not_locked);
	return !h->stop;
}

uint32_t PRIM(get_pfn_owner)(struct s2t_hyp *h, uint64_t pfn)
{
	if (!runs_on(h, pfn))
		return 0;
	return have_record(h, pfn) ? (uint32_t)(load_word(h, 0) & RECORD_LOW) : UINT32_MAX;
}

void PRIM(set_pfn_owner)(struct s2t_hyp *h, uint64_t pfn, uint32_t vmid)
{
	if (!runs_on(h, pfn) || !have_record(h, pfn))
		return;
	if (vmid > h->board.corevisor)
		s2t_hyp_undefined(h, "set_pfn_owner: no such VM");
	else
		store_word(h, 0, (load_word(h, 0) & ~RECORD_LOW) | vmid);
}

uint32_t PRIM(get_pfn_count)(struct s2t_hyp *h, uint64_t pfn)
{
	if (!runs_on(h, pfn))
		return 0;
	return have_record(h, pfn) ? (uint32_t)(load_word(h, 0) >> 32) : UINT32_MAX;
}

void PRIM(set_pfn_count)(struct s2t_hyp *h, uint64_t pfn, uint32_t count)
{
	if (runs_on(h, pfn) && have_record(h, pfn))
		store_word(h, 0, (load_word(h, 0) & RECORD_LOW) | (uint64_t)count << 32);
}

uint64_t PRIM(get_pfn_map)(struct s2t_hyp *h, uint64_t pfn)
{
	if (!runs_on(h, pfn))
		return 0;
	return have_record(h, pfn) ? load_word(h, 1) : UINT64_MAX;
}

void PRIM(set_pfn_map)(struct s2t_hyp *h, uint64_t pfn, uint64_t gfn)
{
	if (runs_on(h, pfn) && have_record(h, pfn))
		store_word(h, 1, gfn);
}

void PRIM(clear_phys_page)(struct s2t_hyp *h, uint64_t pfn)
{
	if (h->stop)
		return;
	if (pfn >= PFN_SPACE)
		s2t_hyp_undefined(h, "clear_phys_page: the page is beyond 40 bits of physical address");
	else
		s2t_mem_fill(&h->mem, pfn, 0);
	s2t_hyp_event(h, S2T_HYP_LOCK_FLATMEM, S2T_EVENT_FLATMEM);
}

static uint64_t supplied(const struct s2t_board *board, uint32_t vmid, uint64_t n)
{
	return board->doracle ? board->doracle(board->doracle_ctx, vmid, n) : s2t_default_doracle(vmid, n);
}

/* The board says what a VM supplies. Each VM has a counter of the pages it has supplied so far. */
void PRIM(fetch_from_doracle)(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn, uint64_t pgnum)
{
	uint64_t counter = h->layout.data_log + 8 * (uint64_t)vmid;

	if (h->stop)
		return;
	s2t_rely(h, vmid <= h->board.corevisor, "fetch_from_doracle: no such VM");
	s2t_rely(h, pfn < PFN_SPACE && pgnum < PFN_SPACE && pfn + pgnum - 1 < PFN_SPACE,
	         "fetch_from_doracle: pages beyond 40 bits of physical address");
	for (uint64_t i = 0; i < pgnum && !h->stop; i++) {
		uint64_t n = s2t_el2_load(h, counter);

		s2t_mem_fill(&h->mem, pfn + i, supplied(&h->board, vmid, n));
		s2t_el2_store(h, counter, n + 1);
	}
	s2t_hyp_event(h, S2T_HYP_LOCK_FLATMEM, S2T_EVENT_FLATMEM);
}
