/* SPDX-License-Identifier: BSD-2-Clause */
/* Replaying traces one after the other: the verdict on each, and what they add up to. */
#ifndef S2T_HARNESS_REPLAY_H
#define S2T_HARNESS_REPLAY_H

#include "ci.h"
#include "find.h"
#include "regressions.h"
#include "trace.h"
#include "watch.h"

struct s2t_replay {
	/* Set by the caller. */
	struct s2t_trial_options trial;
	struct s2t_shrink_options limits;
	bool shrink, json;
	const char *out;        /* where divergences are kept; NULL: nowhere */
	struct s2t_watch watch; /* before the replay that counts */
	struct s2t_regressions regressions;
	struct s2t_ci ci;

	/* What they add up to. */
	unsigned traces, agreed, diverged, refused;
	size_t longest; /* operations of a trace */
	unsigned changed; /* traces that expect what the model no longer does */
	unsigned known, fixed,
		unknown; /* divergences of known signatures; regressions that agree; new divergences */
	struct s2t_stats stats;
	int status; /* the gravest */
};

/* Replays the trace in a file, "-" for standard input, and prints what there is to say. */
void s2t_replay_file(struct s2t_replay *replay, const char *path);

/* Prints a refusal, and counts it. `path` is what was refused. */
void s2t_replay_refuse(struct s2t_replay *replay, const char *path, const struct s2t_error *error);

/* Steps of a known difference between the forms of the model. */
uint64_t s2t_replay_known_steps(const struct s2t_stats *stats, unsigned name);

#endif
