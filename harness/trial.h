/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trials: replaying a sequence to see whether, where and how it diverges. One trial is good for any number of
 * sequences on one board; with isolation each replay runs in a child process, so that it may also crash or
 * hang.
 */
#ifndef S2T_HARNESS_TRIAL_H
#define S2T_HARNESS_TRIAL_H

#include "isolate.h"
#include "lockstep.h"
#include "signature.h"

struct s2t_trial_options {
	const struct s2t_iut_ops *iut;
	struct s2t_lockstep_options lockstep;
	const struct s2t_isolation *isolation; /* NULL: in this process */
};

/* What a replay came to. */
struct s2t_observation {
	enum s2t_verdict verdict; /* S2T_AGREED, S2T_DIVERGED or S2T_NO_MEMORY */
	uint32_t step; /* the last one taken, 1 is the first; S2T_DIVERGED: after it the two sides differ */
	struct s2t_signature signature;
	struct s2t_ending ending; /* S2T_END_DONE unless an isolated call did not return */
};

struct s2t_trial {
	struct s2t_trial_options options;
	const struct s2t_board *board;
	uint64_t replays, operations; /* so far */
	struct s2t_lockstep *ls;      /* without isolation: stands at the end of the last replay */
	struct s2t_stats stats;       /* of the last replay; none if its child did not finish */
	struct s2t_trial_shared *shared;
};

/* Machines in the start state of `board`, which must outlive the trial. False: `error` says why. */
bool s2t_trial_init(struct s2t_trial *trial, const struct s2t_trial_options *options,
                    const struct s2t_board *board, struct s2t_error *error);
void s2t_trial_free(struct s2t_trial *trial);

/* Replays from the start state. The step is found exactly: where a full comparison shows a difference that those of
 * steps passed by, further replays narrow down the step that made it. The time grows with the length of the sequence,
 * not with its square. */
void s2t_trial_run(struct s2t_trial *trial, const struct s2t_call *call, size_t count,
                   struct s2t_observation *observation);

/* Brings `ls`, which is in its start state, to the divergence that `observation` found, or to an earlier step if
 * everything compared before that one shows that the difference was there; for a report. A call that does not return is
 * not made. False: it does not diverge there now. */
bool s2t_trial_revisit(struct s2t_lockstep *ls, const struct s2t_call *call,
                       const struct s2t_observation *observation);

#endif
