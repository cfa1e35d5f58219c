/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the exploration share. */
#ifndef S2T_HARNESS_EXPLORE_INTERNAL_H
#define S2T_HARNESS_EXPLORE_INTERNAL_H

#include <stdatomic.h>
#include <stdio.h>

#include "explore.h"
#include "rewind.h"
#include "stateset.h"

/* A state, and a call made from it: 0 the first; -1: none, the state itself. Nowhere: state UINT64_MAX. */
struct s2t_place_in {
	uint64_t state;
	int64_t call;
};
#define S2T_NOWHERE ((struct s2t_place_in){ UINT64_MAX, -1 })

/* The one that a search without threads would have met first. */
static inline struct s2t_place_in s2t_first_place(struct s2t_place_in a, struct s2t_place_in b)
{
	return a.state < b.state || (a.state == b.state && a.call <= b.call) ? a : b;
}

/* What expanding states came to. */
struct s2t_explore_counts {
	uint64_t transitions, panics, undefined;
	uint64_t cases[S2T_CASE_COUNT];
	struct s2t_place_in finding[S2T_FINDING_COUNT], invariant[S2T_INVARIANT_COUNT];
};
void s2t_explore_no_counts(struct s2t_explore_counts *counts);
void s2t_explore_count(struct s2t_explore_counts *sum, const struct s2t_explore_counts *more);

struct s2t_search {
	const struct s2t_explore_options *options;
	struct s2t_quotient quotient;
	struct s2t_stateset set;
	/* Of each state but the first: parent × count + call. Parents come before their children. */
	uint64_t *key;
	uint64_t states, room;
	uint32_t depth;     /* of the states that are being expanded: */
	uint64_t next, end; /* those from `next` on, of the level that ends before `end` */
	uint32_t deepest;
	struct s2t_explore_counts counts;
	FILE *file;

	/* Of the chunk that the threads are working on. */
	_Atomic uint64_t taken; /* states handed out */
	uint64_t chunk_end;
	struct s2t_explore_worker *worker;
};

/* Each of a thread's calls leads to a state that it met not long ago in two of five cases that lead anywhere. */
enum { S2T_EXPLORE_RECENT = 1 << 13 };

/* One thread, its machines, and where they stand. */
struct s2t_explore_worker {
	struct s2t_search *search;
	struct s2t_lockstep *ls;
	/* The way from the start state to where the machines are: at each depth the state, the way back to it, and
	 * its sum (s2t_quotient). Rooms of the arrays are `room` and one more sum. */
	uint32_t depth, room;
	uint64_t *state;
	struct s2t_runner runner; /* the calls of that way, and the one that is being made */
	struct s2t_point *point;
	struct s2t_fingerprint *sum;

	/* The state that the last call led to, whose place in the set is on its way from memory. */
	struct s2t_fingerprint pending;
	uint64_t pending_key;
	bool has_pending;
	struct s2t_fingerprint recent[S2T_EXPLORE_RECENT]; /* states that calls led to not long ago */

	/* Of which parts of a state (s2t_quotient_parts) the invariants are known. */
	struct s2t_stateset judged;
	struct s2t_invariants *invariants; /* room for a result; NULL: they are not asked for */

	/* What came of the chunk. */
	struct s2t_explore_counts counts;
	size_t *fresh; /* slots of new states */
	size_t fresh_count, fresh_room;
	struct s2t_place_in divergence;
	bool failed;
	struct s2t_error error;
};

bool s2t_explore_worker_init(struct s2t_explore_worker *worker, struct s2t_search *search,
                             struct s2t_error *error);
void s2t_explore_worker_free(struct s2t_explore_worker *worker);

/* Expands states of the chunk until none is left. */
void s2t_explore_work(struct s2t_explore_worker *worker);

/* A new state, in the order of the keys. False: out of memory. */
bool s2t_search_append(struct s2t_search *search, uint64_t key);

/*
 * explore_keep.c: a search on disk. The file grows by a record for each chunk; one that was cut short is dropped.
 */

/* Opens the file, and reads the search in it. False: `error` says why. */
bool s2t_explore_open(struct s2t_search *search, struct s2t_error *error);
/* Adds what the last chunk brought: the states from `first` on, whose slots are given. */
bool s2t_explore_save(struct s2t_search *search, uint64_t first, const size_t *slot, struct s2t_error *error);

#endif
