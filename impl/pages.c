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
#include "locks.h"

#define RECORD_BYTES      UINT64_C(16)
#define RECORD_LOW        UINT64_C(0xffffffff) /* owner */
#define RECORD_GFN_OFFSET UINT64_C(8)

/* Reads a record as long as its page was never written. */
static OUT_OF_LINE void read_start(struct s2t_hyp *h)
{
	struct s2t_last_record *last = &h->last;

	last->start[0] = s2t_el2_load(h, last->addr);
	last->start[1] = s2t_el2_load(h, last->addr + RECORD_GFN_OFFSET);
	last->words = last->start;
}

static OUT_OF_LINE void find_record(struct s2t_hyp *h, uint64_t pfn)
{
	static const uint64_t all_ones[2] = { UINT64_MAX, UINT64_MAX };
	struct s2t_last_record *last = &h->last;
	uint64_t record = s2t_regions_record(&h->regions, pfn);
	uint64_t *page;

	last->pfn = pfn;
	last->addr = S2T_NO_RECORD;
	last->words = all_ones;
	last->place = NULL;
	if (record == S2T_NOMAP)
		return;
	last->addr = h->layout.s2_pages + RECORD_BYTES * record;
	page = s2t_mem_page(&h->mem, S2T_WINDOW_EL2, last->addr);
	if (page)
		last->words = last->place = &page[s2t_word_in_page(last->addr)];
	else
		read_start(h);
}

/* Looks up the record of `pfn`; false: it has none. */
static inline bool have_record(struct s2t_hyp *h, uint64_t pfn)
{
	if (h->last.pfn != pfn)
		find_record(h, pfn);
	return h->last.addr != S2T_NO_RECORD;
}

/* Word 0 or 1 of the record of `pfn`; all ones if it has none. */
static inline uint64_t load_word(struct s2t_hyp *h, uint64_t pfn, unsigned word)
{
	have_record(h, pfn);
	return h->last.words[word];
}

/* Stores the first word that is written in a page of records. */
static OUT_OF_LINE void store_first(struct s2t_hyp *h, uint64_t addr, uint64_t value)
{
	s2t_el2_store(h, addr, value);
	find_record(h, h->last.pfn);
}

/* Word 0 or 1 of the record that have_record() found. */
ALWAYS_INLINE void store_word(struct s2t_hyp *h, unsigned word, uint64_t value)
{
	uint64_t addr = h->last.addr + sizeof(uint64_t) * word;
	uint64_t *place = h->last.place;

	if (place)
		s2t_mem_store_at(&h->mem, S2T_WINDOW_EL2, addr, &place[word], value);
	else
		store_first(h, addr, value);
}

/* Why a primitive on page `pfn` has nothing to do. */
static RARE void refuse(struct s2t_hyp *h, uint64_t pfn)
{
	s2t_rely(h, pfn < GFN_SPACE, "page manager: the page number is 2^36 or more");
	if (!h->stop)
		s2t_hyp_undefined(h, "page manager: an ownership record is used without its lock");
}

/* Whether a primitive on page `pfn` has anything to do. It must hold the lock of the records then. */
static inline bool runs_on(struct s2t_hyp *h, uint64_t pfn)
{
	bool held = !s2t_lock_is_free(*s2t_lock_word(h, S2T_HYP_LOCK_S2PAGE));

	if (pfn < GFN_SPACE && !h->stop && held)
		return true;
	refuse(h, pfn);
	return false;
}

uint32_t PRIM(get_pfn_owner)(struct s2t_hyp *h, uint64_t pfn)
{
	return runs_on(h, pfn) ? (uint32_t)(load_word(h, pfn, 0) & RECORD_LOW) : 0;
}

void PRIM(set_pfn_owner)(struct s2t_hyp *h, uint64_t pfn, uint32_t vmid)
{
	if (!runs_on(h, pfn) || !have_record(h, pfn))
		return;
	if (vmid > h->board.corevisor)
		s2t_hyp_undefined(h, "set_pfn_owner: no such VM");
	else
		store_word(h, 0, (load_word(h, pfn, 0) & ~RECORD_LOW) | vmid);
}

uint32_t PRIM(get_pfn_count)(struct s2t_hyp *h, uint64_t pfn)
{
	return runs_on(h, pfn) ? (uint32_t)(load_word(h, pfn, 0) >> 32) : 0;
}

void PRIM(set_pfn_count)(struct s2t_hyp *h, uint64_t pfn, uint32_t count)
{
	if (runs_on(h, pfn) && have_record(h, pfn))
		store_word(h, 0, (load_word(h, pfn, 0) & RECORD_LOW) | (uint64_t)count << 32);
}

uint64_t PRIM(get_pfn_map)(struct s2t_hyp *h, uint64_t pfn)
{
	return runs_on(h, pfn) ? load_word(h, pfn, 1) : 0;
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
