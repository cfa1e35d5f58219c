/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which states of a model count as one, and a name for each class: what `explore` stores instead of states.
 *
 * A state is a sum of hashes, one for each abstract entry that differs from the start state, so that a step costs what
 * it touched. No entry has to do with more than one page of those that change places. So the sum is kept apart for
 * what is common and for each page, where the page stands without its number, and the order in which the parts are
 * added up says nothing. VMs do not come apart like that: there is a sum for each order of them, and the name is the
 * least. docs/explore.md argues for each reduction.
 */
#ifndef S2T_HARNESS_QUOTIENT_H
#define S2T_HARNESS_QUOTIENT_H

#include "optable.h"
#include "s2twin/board.h"

/* The reductions. Each can be left out. */
#define S2T_REDUCTIONS(X)                                                                                      \
	X(DATA_LOG, "data_log",                                                                                \
	  "how many pages a VM has supplied is compared at each step, and no part of a state")                 \
	X(TOKENS, "tokens", "the content of a page is zero or not: no operation reads it")                     \
	X(COUNTS, "counts",                                                                                    \
	  "counts above both limits but 0xffffffff are one: counting down from there takes 2^32 calls")        \
	X(VMS, "vms", "VMs that the operations treat alike may change places")                                 \
	X(PAGES, "pages", "pages that the operations treat alike may change places")                           \
	X(FACTOR, "factor", "the tables of a VM, which nothing else reads or writes, are explored on their own")

#define S2T_REDUCTION_ENUM(id, name, text) S2T_REDUCE_##id,
enum s2t_reduction { S2T_REDUCTIONS(S2T_REDUCTION_ENUM) S2T_REDUCTION_COUNT };
#undef S2T_REDUCTION_ENUM

enum { S2T_REDUCE_ALL = (1 << S2T_REDUCTION_COUNT) - 1 };

const char *s2t_reduction_name(enum s2t_reduction reduction);
const char *s2t_reduction_text(enum s2t_reduction reduction);

/* 128 bits: with ten million states, two of them have the same by chance in one of 10^24 searches. */
struct s2t_fingerprint {
	uint64_t lo, hi;
};

enum {
	S2T_QUOTIENT_PAGES = 8, /* that may change places */
	S2T_QUOTIENT_VMS = 4,
	S2T_QUOTIENT_ORDERS = 24, /* of them */
	S2T_QUOTIENT_CONTEXTS = 16,
};

struct s2t_quotient {
	const struct s2t_board *board;
	uint32_t on; /* a set of enum s2t_reduction: those in effect */
	/* Of each vmid: 1.. for those that may change places, 0 for all others. */
	uint16_t *vm_place;
	unsigned vms, orders;
	uint64_t vm_name[S2T_QUOTIENT_ORDERS][S2T_QUOTIENT_VMS]; /* what stands for a VM, in each order */
	/* Of each SMMU context: 1.. for those that the operations name, 0 for all others. */
	uint16_t context_place[S2T_QUOTIENT_CONTEXTS];
	unsigned contexts;
	unsigned pages; /* that may change places, ascending */
	s2t_pfn page[S2T_QUOTIENT_PAGES];
	size_t frames; /* that the operations name: of VMs and of the host, ascending */
	s2t_gfn *frame;
	size_t sums; /* fingerprints in a sum: (orders + contexts) × (1 + pages) */
	/* Why a reduction that was asked for is not in effect; NULL: it is, or was not asked for. */
	const char *why_not[S2T_REDUCTION_COUNT];
};

/* Whether any of the calls is one of the hypercall layer. */
bool s2t_makes_hypercalls(const struct s2t_call *call, size_t count);

/* For sequences over these calls on this board, with the reductions in `wanted` that hold there. False: out of
 * memory. */
bool s2t_quotient_init(struct s2t_quotient *quotient, const struct s2t_board *board,
                       const struct s2t_call *call, size_t count, uint32_t wanted);
void s2t_quotient_free(struct s2t_quotient *quotient);

/* Adds to `sum` what the last step of the model changed. The sum of the start state is all zero. Returns whether there
 * was anything. */
bool s2t_quotient_add(const struct s2t_quotient *quotient, const struct s2t_model *model,
                      struct s2t_fingerprint *sum);

/* A state in parts: what is common together with what has to do with page 1, page 2, …; if no pages change places, all of
 * it in one. What can be said of each page by itself is the same of two states with the same parts. Returns how many. */
unsigned s2t_quotient_parts(const struct s2t_quotient *quotient, const struct s2t_fingerprint *sum,
                            struct s2t_fingerprint part[S2T_QUOTIENT_PAGES]);

/* The name of a state's class. */
struct s2t_fingerprint s2t_quotient_name(const struct s2t_quotient *quotient,
                                         const struct s2t_fingerprint *sum);

#endif
