/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the generator share: the board as it draws from it, the working set of the sequence, and
 * what it remembers of the calls so far.
 */
#ifndef S2T_HARNESS_GEN_INTERNAL_H
#define S2T_HARNESS_GEN_INTERNAL_H

#include "gen.h"
#include "optable.h"
#include "rng.h"
#include "seldom.h"

enum {
	/* Tables that a random number indexes, so powers of two; most entries stand in them several times. */
	GEN_OPS = 128,
	GEN_PAGES = 32,
	GEN_FRAMES = 8,
	GEN_VMS = 16,
	GEN_RECENT = 16,        /* mappings that are remembered */
	GEN_HISTORY_SHARE = 16, /* of 256 sequences so many have a history */
	GEN_EDGES = 8 * S2T_MAX_REGIONS
};

#define GEN_INVALID   UINT32_MAX /* owner or count "INVALID" */
#define GEN_INVALID64 UINT64_MAX
#define GEN_FRAME     UINT64_C(0x0000FFFFFFFFF000) /* the frame bits of a descriptor, 47:12 */
#define GEN_PFN_END   (UINT64_C(1) << 28)          /* is_pfn; also the frames of an IOVA */
#define GEN_GFN_END   (UINT64_C(1) << 36)          /* is_gfn */
#define GEN_PA_END    (UINT64_C(1) << 40)          /* is_paddr, is_smmu_addr */
#define GEN_ADDR_END  (UINT64_C(1) << 48)          /* is_addr */
#define GEN_BLOCK     512u                         /* pages of a 2 MiB block */

/* Frames base .. base + span. */
struct gen_range {
	uint64_t base;
	uint32_t span;
};

/* A mapping that some call made: of a VM, or of an SMMU context. */
struct gen_mapping {
	uint32_t space; /* vmid, or 8 * index + cbndx */
	uint64_t gfn;
};

struct gen_recent_mappings {
	uint32_t next, count;
	struct gen_mapping at[GEN_RECENT];
};

/* What is known of one stage-2 address space; void unless `epoch` is that of the sequence. */
struct gen_space {
	uint32_t epoch;
	uint32_t budget; /* so many mappings cannot exhaust a pool */
	bool blocks;     /* some block was mapped */
};

/* A goal under way, gen_goal.c. */
struct gen_plan {
	uint8_t goal;  /* row of the table of goals; 0: none */
	uint32_t left; /* calls before it is given up */
	uint64_t pfn, gfn, addr, stride;
	uint32_t vmid, context;
};

enum { GEN_QUEUE = 64 };

/* The hypercall layer, gen_hyper.c. */
struct gen_hyper {
	uint8_t by_number;    /* of the calls that have a number, those made by it, in 256 */
	bool daring;          /* the case that is sought panics */
	bool any_panic;       /* and any other panic will do */
	bool on_the_way;      /* the queue leads there (gen_hyper_goal.c), so few other calls come between */
	uint64_t fond;        /* names some cases whose panics will do, too */
	uint32_t sought;      /* enum s2t_case */
	uint32_t sought_left; /* calls before it is given up */
	uint64_t load_addr;   /* of the last image */
	uint32_t head, count; /* of the queue */
	struct s2t_call queue[GEN_QUEUE];
};

enum gen_history_kind {
	HISTORY_NONE,
	/* Pages that a VM fills: each, once it has it, is shared and taken back; or returned and given again. */
	HISTORY_SHARES,
	HISTORY_RETURNS,
	/* Mappings, each with a table of its own. */
	HISTORY_TABLES,
	HISTORY_SMMU_TABLES,
};

/* One thing done over and over, gen_history.c. */
struct gen_history {
	uint8_t kind;  /* enum gen_history_kind */
	uint32_t left; /* calls; 0: over */
	uint32_t vmid, context;
	uint64_t base, gfn; /* the first page, and what would be its frame */
	uint32_t window;    /* so many pages, at `at` the next; or the number of mappings so far */
	uint32_t at;
};

/* What each call needs stands first, where short instructions reach it. */
struct s2t_gen {
	const struct s2t_model *model;

	/* The sequence. */
	struct s2t_rng rng;
	/* What it draws next, worked out before the step: the first thing that hangs on it is a jump. */
	uint64_t ahead;
	uint32_t epoch;
	uint32_t step;
	uint32_t quiet; /* up to this step chance alone draws */
	uint32_t smmu_budget;
	struct gen_space *space; /* corevisor + 1 */
	uint32_t recent_first, recent_next;

	/* Its character. */
	uint8_t block_share; /* of mappings that are blocks, in 256 */
	bool host_blocks;
	bool reckless; /* the panic sought is any, not a goal */
	uint32_t max_len;
	uint32_t dare_at; /* from this step on a panic is sought */
	uint32_t feat_at; /* from this step on the next feat may begin */
	uint8_t op[GEN_OPS];

	/* Its working set. */
	/* Calls put what they touched in place of recent_first and later ones. */
	struct gen_range page[GEN_PAGES];
	uint64_t frame[GEN_FRAMES];
	uint32_t vm[GEN_VMS];
	uint32_t context[2]; /* may be the same */
	uint64_t home;       /* a page of RAM around which most of the working set lies */

	/* What the calls did. */
	struct gen_recent_mappings mapped, smmu;
	struct gen_plan plan;
	struct gen_history history;

	/* From the board. */
	uint32_t ram_count, device_count, edge_count;
	struct gen_range ram[S2T_MAX_REGIONS];    /* regions with ownership records */
	struct gen_range device[S2T_MAX_REGIONS]; /* regions without */
	uint64_t edge[GEN_EDGES];                 /* pages at and next to the ends of regions */
	struct s2t_board board;

	uint32_t layers;
	const struct s2t_iut_ops *iut; /* that declares operations; NULL: none does */
	struct s2t_model *trial;       /* the same, where calls are tried; NULL: only layer memory */
	struct gen_hyper hyper;
};

/* gen.c: what is remembered of the last sequence is void; the model must be in its start state. */
void s2t_gen_forget(struct s2t_gen *gen);

/* gen_set.c: the board's tables, once; character and working set, for each sequence. */
void s2t_gen_read_board(struct s2t_gen *gen);
void s2t_gen_draw_set(struct s2t_gen *gen);

/* gen_pick.c: any of a range of pages; pages of the board, VMs of the working set, descriptors. */
uint64_t s2t_gen_page_of(struct s2t_gen *gen, const struct gen_range *range);
uint64_t s2t_gen_ram_page(struct s2t_gen *gen);
uint64_t s2t_gen_device_pfn(struct s2t_gen *gen);
uint64_t s2t_gen_pte(uint64_t pfn, uint64_t random);
uint64_t s2t_gen_block_pte(uint64_t pfn, uint64_t random);

/* gen_propose.c: the arguments of call->op; the operation may become a kindred one that fits the state. Uses
 * bits 0..47 of `random`. Returns what s2t_gen_would_panic says of the call. */
bool s2t_gen_propose(struct s2t_gen *gen, struct s2t_call *call, uint64_t random);
/* gen_spoil.c: replaces arguments by words at the limits of their ranges, or by raw ones. */
void s2t_gen_spoil(struct s2t_gen *gen, struct s2t_call *call);

/* gen_risk.c: whether the model would panic. Only a forecast: nothing but the length of sequences hangs on
 * it. */
bool s2t_gen_would_panic(struct s2t_gen *gen, const struct s2t_call *call);
/* The same of those who know the operation: a mapping of a VM, legal or not; of an SMMU; an assignment. */
bool s2t_gen_stage2_panics(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block);
bool s2t_gen_smmu_panics(struct s2t_gen *gen, uint64_t cbndx, uint64_t index, uint64_t iova);
bool s2t_gen_assign_panics(struct s2t_gen *gen, const struct s2t_call *call);
bool s2t_gen_under_block(struct s2t_gen *gen, uint64_t vmid, uint64_t gfn);
bool s2t_gen_host_block(struct s2t_gen *gen, uint64_t pfn);
bool s2t_gen_exhausted(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block);
bool s2t_gen_smmu_exhausted(struct s2t_gen *gen, unsigned context, uint64_t iova);
/* Tables left in a pool: level 0..2 of a VM; level 0..1 of the SMMU. */
uint64_t s2t_gen_tables_left(const struct s2t_gen *gen, uint64_t vmid, unsigned level);
uint64_t s2t_gen_smmu_tables_left(const struct s2t_gen *gen, unsigned level);

/* gen_goal.c: starts a plan that ends in a panic, or in a state that chance seldom meets; its next call. */
void s2t_gen_start_panic(struct s2t_gen *gen);
void s2t_gen_start_feat(struct s2t_gen *gen);
bool s2t_gen_plan_step(struct s2t_gen *gen, struct s2t_call *call);

/* gen_history.c: whether the sequence has a history, and which; its next call, or false: another kind of call. */
void s2t_gen_draw_history(struct s2t_gen *gen);
bool s2t_gen_history_step(struct s2t_gen *gen, struct s2t_call *call);

/* gen_extra.c: a call that the implementation declares, or false: it is not the turn of one; and what the model made
 * of one. */
bool s2t_gen_extra(struct s2t_gen *gen, struct s2t_call *call);
void s2t_gen_learn_extra(struct s2t_gen *gen, const struct s2t_call *call, const struct s2t_step *step);

/* gen_dare.c: any word of a kind, for an operation about a page. */
uint64_t s2t_gen_any_word(struct s2t_gen *gen, enum s2t_arg_kind kind, uint64_t pfn);
/* gen_dare.c: a call that panics, its arguments drawn one by one; false: none was found, try again later. */
bool s2t_gen_dare(struct s2t_gen *gen, struct s2t_call *call);

/* gen_hyper.c: as s2t_gen_begin, s2t_gen_next and s2t_gen_learn; next is false where the other layer's turn is. */
void s2t_gen_hyper_begin(struct s2t_gen *gen);
bool s2t_gen_hyper_next(struct s2t_gen *gen, struct s2t_call *call);
void s2t_gen_hyper_learn(struct s2t_gen *gen, const struct s2t_call *call);

static inline uint32_t s2t_gen_below(struct s2t_gen *gen, uint32_t bound)
{
	return s2t_rng_below(&gen->rng, bound);
}

static inline struct s2t_page s2t_gen_page(const struct s2t_gen *gen, uint64_t pfn)
{
	return s2t_model_page(gen->model, pfn);
}

/* A page of the working set, or one that a recent call was about. Uses bits 0..4 of `random`. */
static inline uint64_t s2t_gen_pick_page(struct s2t_gen *gen, uint64_t random)
{
	const struct gen_range *slot = &gen->page[random % GEN_PAGES];

	return SELDOM(slot->span != 0) ? s2t_gen_page_of(gen, slot) : slot->base;
}

/* A guest frame of the working set. Uses bits 0..2. */
static inline uint64_t s2t_gen_pick_frame(const struct s2t_gen *gen, uint64_t random)
{
	return gen->frame[random % GEN_FRAMES];
}

/* A VM of the working set, seldom the host. Uses bits 0..3. */
static inline uint32_t s2t_gen_pick_vm(const struct s2t_gen *gen, uint64_t random)
{
	return gen->vm[random % GEN_VMS];
}

/* The record of a legal VM, fresh if this sequence has not used it. */
static inline struct gen_space *s2t_gen_space(struct s2t_gen *gen, uint64_t vmid)
{
	struct gen_space *space = &gen->space[vmid];

	if (SELDOM(space->epoch != gen->epoch))
		*space = (struct gen_space){ .epoch = gen->epoch };
	return space;
}

#endif
