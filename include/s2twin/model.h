/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model: an executable twin of the Coq specifications of SeKVM's memory layers.
 *
 * A model is one abstract machine. It does no I/O, has no globals and never aborts; any number of machines
 * live side by side. One machine is used by one thread at a time.
 */
#ifndef S2TWIN_MODEL_H
#define S2TWIN_MODEL_H

#include "s2twin/board.h"
#include "s2twin/cases.h"
#include "s2twin/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

struct s2t_model;

/* Which of the two Coq forms of an operation runs. The operations of NPTOps and MmioSPTOps have one. */
enum s2t_spec {
	S2T_SPEC_LOW,  /* X_spec0: a chain of calls of the layer below; the reference */
	S2T_SPEC_HIGH, /* X_spec: one atomic step */
};

/* What one step did. */
struct s2t_step {
	enum s2t_outcome outcome; /* S2T_OK, S2T_PANIC or S2T_UNDEFINED */
	enum s2t_case case_id;
	uint64_t ret; /* of operations that return a value; 0 otherwise, after a halt and on S2T_UNDEFINED */
};

/* Kinds of abstract entries: the vocabulary of touched sets and of differences. */
enum s2t_entry_kind {
	S2T_ENTRY_S2PAGE,      /* b: pfn */
	S2T_ENTRY_NPT,         /* a: vmid, b: gfn; one stage-2 entry */
	S2T_ENTRY_NPT_BLOCK,   /* a: vmid, b: first gfn of the 512 */
	S2T_ENTRY_NPT_TABLE,   /* a: vmid, b: an address that the table serves, level: 0 PUD (pgd_t), 1 PMD (pud_t),
	                        * 2 PTE table (pmd_t) */
	S2T_ENTRY_NPT_NEXT,    /* a: vmid, level: 0 pgd, 1 pud, 2 pmd cursor (each names where the next lower table
	                        * comes from, as in the Coq text) */
	S2T_ENTRY_SPT,         /* a: context = 8*index + cbndx, b: gfn */
	S2T_ENTRY_SPT_CONTEXT, /* a: context; all of its entries and tables */
	S2T_ENTRY_SPT_TABLE,   /* a: context, b: an address that the table serves, level: 0 (pgd_t) or 1 (pmd_t) */
	S2T_ENTRY_SPT_NEXT,    /* level: 0 pgd, 1 pmd cursor */
	S2T_ENTRY_FLATMEM,     /* b: pfn */
	S2T_ENTRY_DATA_LOG,    /* a: vmid */
	S2T_ENTRY_KIND_COUNT
};

/* One entry that a step wrote, changed or not. `old` is its value before the step. */
struct s2t_touch {
	uint8_t kind;  /* enum s2t_entry_kind */
	uint8_t level; /* of tables and cursors */
	uint32_t a;
	uint64_t b;
	void *slot;      /* the model's own; not for users */
	uint64_t old[2]; /* S2PAGE: owner | count << 32, gfn; cursors: bytes used; all others: the word in [0] */
};

struct s2t_npt_entry {
	s2t_pfn pfn;
	uint32_t level; /* 0, 2 or 3 */
	s2t_pte pte;
};

struct s2t_spt_entry {
	s2t_pfn pfn;
	s2t_pte pte;
};

/* A machine in the start state of `board`, which is copied (its start_page array must live as long as the
 * machine). The board must be legal (s2t_board_check). NULL: out of memory. */
struct s2t_model *s2t_model_create(const struct s2t_board *board);
void s2t_model_destroy(struct s2t_model *m);

/* Back to the start state. Costs what was touched since. */
void s2t_model_reset(struct s2t_model *m);

/* One operation. On S2T_UNDEFINED the state is as before. */
void s2t_model_step(struct s2t_model *m, enum s2t_spec spec, const struct s2t_call *call, struct s2t_step *step);

/* The entries that the last step wrote, each once; none after S2T_UNDEFINED. Valid until the next step. */
const struct s2t_touch *s2t_model_touched(const struct s2t_model *m, size_t *count);

/* The i-th entry of a touched NPT (i = 0) or NPT_BLOCK (i = 0..511) before the last step. */
struct s2t_npt_entry s2t_model_npt_before(const struct s2t_model *m, const struct s2t_touch *touch, unsigned i);

/* Calls `entry` for each non-zero descriptor that a touched SPT_CONTEXT held before the last step, in no
 * particular order. */
void s2t_model_context_before(const struct s2t_model *m, const struct s2t_touch *touch,
                              void (*entry)(void *ctx, s2t_gfn gfn, s2t_pte pte), void *ctx);

/* Points in the history of one machine, to go back to. A mark is void once the machine was reset or taken
 * back beyond it. */
struct s2t_mark {
	size_t journal;
	uint64_t cpu[4];
};
struct s2t_mark s2t_model_mark(const struct s2t_model *m);
void s2t_model_undo(struct s2t_model *m, const struct s2t_mark *mark);

/* Queries. They change nothing, and any argument is legal: what does not exist reads as its default. */
struct s2t_page s2t_model_page(const struct s2t_model *m, s2t_pfn pfn);
bool s2t_model_page_tracked(const struct s2t_model *m, s2t_pfn pfn); /* has an ownership record */
struct s2t_npt_entry s2t_model_npt(const struct s2t_model *m, s2t_vmid vmid, s2t_gfn gfn);
bool s2t_model_npt_table(const struct s2t_model *m, s2t_vmid vmid, s2t_addr addr, unsigned level);
s2t_addr s2t_model_npt_next(const struct s2t_model *m, s2t_vmid vmid, unsigned level);
struct s2t_spt_entry s2t_model_spt(const struct s2t_model *m, unsigned context, s2t_gfn gfn);
bool s2t_model_spt_table(const struct s2t_model *m, unsigned context, s2t_addr iova, unsigned level);
s2t_addr s2t_model_spt_next(const struct s2t_model *m, unsigned level);
s2t_token s2t_model_token(const struct s2t_model *m, s2t_pfn pfn);
uint64_t s2t_model_data_log(const struct s2t_model *m, s2t_vmid vmid);
bool s2t_model_halted(const struct s2t_model *m);
bool s2t_model_out_of_memory(const struct s2t_model *m); /* a step could not be taken; until reset */
unsigned s2t_model_tstate(const struct s2t_model *m);

/* Lock ids are those of the Coq text above the Locks layer: FLATMEM 0, CORE 1, S2PAGE 2, SPT 3, SMMU 4,
 * NPT 5 + vmid, INFO 5 + corevisor + 1 + vmid. */
enum { S2T_LOCK_S2PAGE = 2, S2T_LOCK_SPT = 3, S2T_LOCK_NPT = 5 };
bool s2t_model_lock_held(const struct s2t_model *m, uint32_t lock);
/* The ids of all held locks, in the order in which they were taken; at most S2T_MAX_HELD. Returns how many. */
enum { S2T_MAX_HELD = 4 };
unsigned s2t_model_locks(const struct s2t_model *m, uint32_t locks[S2T_MAX_HELD]);

#ifdef __cplusplus
}
#endif
#endif
