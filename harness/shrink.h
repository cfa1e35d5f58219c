/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking: the shortest and plainest sequence that still shows a divergence of the same signature.
 *
 * First operations go (delta debugging), then arguments, the start pages and the board get plain values;
 * values that are linked, such as a frame in a pfn, an address and a descriptor, change together. Every
 * candidate is replayed, and counts only if it diverges with the same signature, so that it never slips to
 * another fault. Nothing depends on the clock: the same input gives the same result.
 */
#ifndef S2T_HARNESS_SHRINK_H
#define S2T_HARNESS_SHRINK_H

#include <signal.h>

#include "sequence.h"
#include "trial.h"

/* Enough to shrink a thousand operations, in some seconds at worst. */
#define S2T_SHRINK_OPERATIONS UINT64_C(20000000)

struct s2t_shrink_options {
	/* Operations that all replays may run; 0: no limit. Beyond it the best so far is the result. */
	uint64_t operations;
	const volatile sig_atomic_t *interrupted; /* NULL: never; ends it likewise */
};

struct s2t_shrunk {
	struct s2t_sequence sequence;       /* ends with the diverging operation */
	struct s2t_observation observation; /* of its replay */
	size_t given;                       /* operations of the sequence that it was shrunk from */
	bool minimal; /* without any one of its operations it does not diverge so: each was tried */
	uint64_t replays;
	double seconds; /* for people; not for files that are compared */
};

/* Shrinks a sequence. `found` is what its replay shows, a divergence. False: `error` says why, and
 * `shrunk` needs no free. */
bool s2t_shrink(const struct s2t_trial_options *options, const struct s2t_shrink_options *limits,
                const struct s2t_board *board, const struct s2t_call *call, size_t count,
                const struct s2t_observation *found, struct s2t_shrunk *shrunk, struct s2t_error *error);
void s2t_shrunk_free(struct s2t_shrunk *shrunk);

/*
 * The parts (shrink.c, shrink_values.c, shrink_board.c).
 */

/* The work in progress. A candidate is made in `draft`, from `best`, and tried. */
struct s2t_shrink {
	const struct s2t_trial_options *options;
	const struct s2t_shrink_options *limits;
	struct s2t_signature want;
	struct s2t_sequence best, draft;
	struct s2t_observation observation; /* of `best` */
	bool must_be_shorter;               /* only a candidate with fewer operations is good */
	struct s2t_trial trial;             /* on the board of `best` */
	uint64_t replays, operations;       /* of trials before this one */
};

/* Whether a limit was reached: nothing more is tried. */
bool s2t_shrink_is_over(const struct s2t_shrink *shrink);

/* Begins a candidate: `draft` becomes a copy of `best`. */
void s2t_shrink_draft(struct s2t_shrink *shrink);

/* Replays the draft on the board of `best`, whose start state it shares. If its signature is the wanted
 * one it becomes the best, cut at its divergence. */
bool s2t_shrink_try(struct s2t_shrink *shrink);

/* Likewise for a draft with a board of its own; one that is not legal is not tried. */
bool s2t_shrink_try_board(struct s2t_shrink *shrink);

/* Fewer operations. Returns whether that changed anything; likewise the others. */
bool s2t_shrink_operations(struct s2t_shrink *shrink);
/* Plainer arguments. */
bool s2t_shrink_values(struct s2t_shrink *shrink);
/* Limits and pools so small that fewer operations exceed them; fewer and plainer start pages; and else a
 * board nearer to the default. */
bool s2t_shrink_board(struct s2t_shrink *shrink);

#endif
