/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exhaustive exploration: every sequence, of any length, over a list of calls. The states of the model are searched
 * breadth first, up to the quotient of quotient.h; from each of them each call is made on both sides and compared.
 *
 * A state is kept as its fingerprint and as a key: the state that it was first reached from and the call that led
 * there. To expand a state both machines go there along the tree of first calls; states come in the order of their
 * keys, so that the way from one to the next is mostly one step back and one step on. The least key wins, so states,
 * their order and every trace are the same whatever the number of threads.
 */
#ifndef S2T_HARNESS_EXPLORE_H
#define S2T_HARNESS_EXPLORE_H

#include <signal.h>

#include "campaign.h"
#include "lockstep.h"
#include "quotient.h"

/* Invariants of states. Those left out are of steps: exploration goes back and forth, and does not judge them. */
#define S2T_EXPLORE_INVARIANTS                                                                                 \
	((uint32_t)S2T_INVARIANTS_ALL &                                                                        \
	 ~(UINT32_C(1) << S2T_CORE_ISO | UINT32_C(1) << S2T_WRITE_ONCE | UINT32_C(1) << S2T_ZERO_ON_RELEASE |  \
	   UINT32_C(1) << S2T_ACTIVE_KEEPS))

/* Of a search under way. */
struct s2t_explore_progress {
	uint32_t depth;       /* of the states being expanded */
	uint64_t done, level; /* of them, and of how many */
	uint64_t states, transitions;
	double seconds;
};

struct s2t_explore_options {
	const struct s2t_iut_ops *iut;
	struct s2t_lockstep_options lockstep;
	const struct s2t_board *board;
	const struct s2t_call *call; /* from each state */
	size_t count;
	uint32_t reductions; /* wanted: a set of enum s2t_reduction */
	uint32_t depth;      /* states deeper than that are not expanded; UINT32_MAX: no bound */
	unsigned jobs;       /* threads */
	uint64_t memory;     /* bytes that the states may take */
	/* Where the search is kept, so that another with the same options goes on from there; NULL: nowhere. */
	const char *path;
	const volatile sig_atomic_t *interrupted;                                 /* NULL: never */
	void (*progress)(void *ctx, const struct s2t_explore_progress *progress); /* NULL: nobody is told */
	void *progress_ctx;
	/* Told by each thread of the sequence that it makes, which stays the same place in memory (guard.h); NULL: nobody
	 * is told. */
	void (*watch)(const struct s2t_runner *runner);
};

enum s2t_explore_end {
	S2T_EXPLORE_COMPLETE, /* every reachable state was expanded */
	S2T_EXPLORE_BOUND,    /* … up to the depth asked for */
	S2T_EXPLORE_DIVERGED,
	S2T_EXPLORE_MEMORY, /* the limit is reached */
	S2T_EXPLORE_INTERRUPTED,
	S2T_EXPLORE_FAILED, /* `error` says why */
};

/* A sequence of calls; no longer one reaches what it reaches. */
struct s2t_explore_sequence {
	struct s2t_call *call;
	size_t count; /* 0: there is none */
};

struct s2t_explore_result {
	enum s2t_explore_end end;
	struct s2t_error error;
	uint64_t states;      /* found, the start state among them */
	uint64_t expanded;    /* of them */
	uint64_t transitions; /* calls that both sides made and that were compared */
	uint64_t panics;      /* of them ended in one: no state follows */
	uint64_t undefined;   /* calls that were not made: undefined, or skipped as a known difference */
	uint32_t depth;       /* of the deepest state */
	uint64_t bytes;       /* that the states take */
	uint64_t resumed;     /* states that came from `path` */
	double seconds;       /* in this process */
	uint64_t cases[S2T_CASE_COUNT];
	struct s2t_stats
		stats; /* of this process, with the steps that only lead to a state: what was let pass */
	struct s2t_explore_sequence divergence, finding[S2T_FINDING_COUNT];
	/* To the first state at which both sides break each invariant of states in options->lockstep.invariants. */
	struct s2t_explore_sequence invariant[S2T_INVARIANT_COUNT];
	uint32_t reductions;                      /* those that were in effect, */
	const char *why_not[S2T_REDUCTION_COUNT]; /* and why others were not */
};

void s2t_explore(const struct s2t_explore_options *options, struct s2t_explore_result *result);
void s2t_explore_result_free(struct s2t_explore_result *result);

#endif
