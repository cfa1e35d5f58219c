/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One simulated machine that runs the memory manager at EL2: its memory, its board, and whether it still
 * runs.
 */
#ifndef S2T_IMPL_HYP_H
#define S2T_IMPL_HYP_H

#include "prims.h"
#include "regions.h"
#include "s2twin/events.h"
#include "simmem.h"

/* The machine has stopped: every primitive leaves the state as it is, every getter returns 0. */
enum {
	S2T_STOP_HALTED = 1,    /* panic; until reset */
	S2T_STOP_UNDEFINED = 2, /* a rely failed; until the end of the call, which is then taken back */
	S2T_STOP_STUCK = 4,     /* waits for a lock for ever; until reset */
};

/* The ownership record that was used last. Records never move, so it stays true until another one is used. */
struct s2t_last_record {
	s2t_pfn pfn;
	uint64_t addr;         /* byte address in S2T_WINDOW_EL2; S2T_NO_RECORD */
	const uint64_t *words; /* the two words of the record, to read; all ones if there is none */
	uint64_t *place;       /* the same, to write; NULL: their page was not written when it was looked up */
	uint64_t start[2];     /* the start values that are read then */
};
#define S2T_NO_RECORD UINT64_MAX

/* A page that does not start with its default record, by number of the record. */
struct s2t_start_record {
	uint64_t record;
	struct s2t_page page;
};

/* The events of the last call, oldest first. */
struct s2t_events {
	struct s2t_lock_event *list;
	size_t count, capacity;
};

/* Two locks of each of 65536 VMs and those before them. */
enum { S2T_MAX_LOCK_PAGES = 2 * 65536 / PAGE_WORDS + 1 };

struct s2t_hyp {
	uint32_t stop; /* S2T_STOP_… */
	bool record_events;
	const char *why;                         /* of the first stop in this call */
	uint64_t *lock_page[S2T_MAX_LOCK_PAGES]; /* the locks, 512 a page */
	struct s2t_last_record last;
	struct s2t_el2_layout layout;
	struct s2t_limits limits;
	struct s2t_mem mem;
	struct s2t_regions regions;
	struct s2t_board board;
	struct s2t_start_record *start; /* ascending in record */
	size_t starts;
	struct s2t_events events;
};

enum { S2T_HYP_HOST = 0 }; /* the vmid of the host */

/* Lock numbers. FLATMEM, the contents of pages, has no lock, only events. */
enum {
	S2T_HYP_LOCK_FLATMEM = 0,
	S2T_HYP_LOCK_CORE = 1,
	S2T_HYP_LOCK_S2PAGE = 2,
	S2T_HYP_LOCK_SPT = 3,
	S2T_HYP_LOCK_SMMU = 4,
	S2T_HYP_LOCK_NPT = 5, /* + vmid; behind those of all VMs the locks INFO */
};

/* The lock of the entry of a VM in the VM table. */
static inline uint32_t s2t_info_lock(const struct s2t_board *board, uint32_t vmid)
{
	return S2T_HYP_LOCK_NPT + (uint32_t)board->corevisor + 1 + vmid;
}

/* Page pools of a VM, in the order of their cursors. Each holds the tables that descriptors of that level
 * name. */
enum s2t_npt_pool { S2T_POOL_PUD, S2T_POOL_PMD, S2T_POOL_PTE, S2T_NPT_POOLS };
/* Likewise of the SMMUs, whose walk is one level shorter. */
enum s2t_spt_pool { S2T_POOL_SMMU_PMD, S2T_POOL_SMMU_PTE, S2T_SPT_POOLS };

/* stop.c: a rely failed; `why` is static text. The first that fails in a call is the one reported. */
RARE void s2t_hyp_undefined(struct s2t_hyp *h, const char *why);
/* The machine, which was running, waits for ever. Returns false, as what has to wait fails. */
RARE bool s2t_hyp_stuck(struct s2t_hyp *h, const char *why);

/* A condition that the caller must have ensured. */
ALWAYS_INLINE void s2t_rely(struct s2t_hyp *h, bool condition, const char *otherwise)
{
	if (SELDOM(!condition))
		s2t_hyp_undefined(h, otherwise);
}

ALWAYS_INLINE uint64_t s2t_el2_load(struct s2t_hyp *h, uint64_t addr)
{
	return s2t_mem_load(&h->mem, S2T_WINDOW_EL2, addr);
}

ALWAYS_INLINE void s2t_el2_store(struct s2t_hyp *h, uint64_t addr, uint64_t value)
{
	s2t_mem_store(&h->mem, S2T_WINDOW_EL2, addr, value);
}

/* events.c: appends to the events of this call. */
RARE void s2t_hyp_append_event(struct s2t_hyp *h, uint32_t lock, enum s2t_event_kind kind);

/* The same, if events are recorded. */
ALWAYS_INLINE void s2t_hyp_event(struct s2t_hyp *h, uint32_t lock, enum s2t_event_kind kind)
{
	if (SELDOM(h->record_events))
		s2t_hyp_append_event(h, lock, kind);
}

/* pool.c: the next page of a pool, zeroed, as a byte address in its window. 0 after a panic: none is left. */
uint64_t s2t_pool_npt_page(struct s2t_hyp *h, uint32_t vmid, enum s2t_npt_pool pool);
uint64_t s2t_pool_spt_page(struct s2t_hyp *h, enum s2t_spt_pool pool);

/* Byte address in S2T_WINDOW_S2PT where the pools of a VM begin: its root table. */
static inline uint64_t s2t_npt_root(const struct s2t_board *board, uint64_t vmid)
{
	return board->pt_pool_start + vmid * board->pt_pool_per_vm;
}

/* layout.c: whether this implementation can have the board; if not, one sentence. */
bool s2t_hyp_accepts(const struct s2t_board *board, char *error, size_t error_size);
/* Where things are in S2T_WINDOW_EL2, for a board with `records` ownership records. */
void s2t_hyp_lay_out(struct s2t_el2_layout *layout, const struct s2t_board *board, uint64_t records);
/* Sorts the start pages of the board by record. False: no host memory. */
bool s2t_hyp_sort_starts(struct s2t_hyp *h);
/* Start values of S2T_WINDOW_EL2 (s2t_mem_start_fn over a struct s2t_hyp). */
void s2t_hyp_start_words(const void *hyp, uint64_t addr, size_t count, uint64_t *words);

#endif
