/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a campaign does with its finds: the first one ends it, or with keep-going each new one is shrunk and
 * kept, and repeats are counted.
 */
#ifndef S2T_HARNESS_FINDER_H
#define S2T_HARNESS_FINDER_H

#include "find.h"
#include "regressions.h"

/* One signature of this run. */
struct s2t_tally {
	struct s2t_signature signature;
	enum s2t_novelty novelty; /* when it was first seen in this run */
	char origin[256];         /* of the first find */
	size_t given, length;     /* operations, before and after shrinking */
	uint64_t times;           /* in this run, */
	uint64_t uncounted;       /* and of them not yet in the folder */
	char path[4096];
};

/* A find that did not show again on machines of its own. */
struct s2t_unsteady {
	char origin[96];
	char path[4096];    /* of the sequence */
	json_t *divergence; /* as the machines saw it that were there; NULL: they were in a child */
};
/* What is said of one. */
extern const char s2t_unsteady_text[];

enum { S2T_PROBES = 16, S2T_UNSTEADY_KEPT = 16 };

struct s2t_finder {
	/* Set by the caller. */
	struct s2t_trial_options trial;
	struct s2t_shrink_options limits;
	const char *dir;
	const struct s2t_regressions *regressions; /* divergences that are known; NULL: none */
	uint64_t seed;
	bool shrink, keep_going;
	/* Told of each new signature when going on; may be NULL. */
	void (*told)(void *ctx, const struct s2t_tally *tally);
	void *told_ctx;

	/* What came of it. */
	struct s2t_tally *tally;
	size_t tally_count;
	bool has_find; /* without keep-going: `find`, shrunk and kept */
	struct s2t_find find;
	uint64_t unsteady; /* finds that did not show again on machines of their own; the first ones: */
	struct s2t_unsteady kept[S2T_UNSTEADY_KEPT];
	bool failed; /* `error` says why: the campaign ends */
	struct s2t_error error;
	double counted_at;
	struct s2t_trial probe[S2T_PROBES]; /* on the boards that finds were on; without a board: unused */
};

/* As struct s2t_campaign_options wants it. */
bool s2t_finder_found(void *finder, uint64_t sequence, const struct s2t_board *board,
                      const struct s2t_call *call, size_t count, struct s2t_lockstep *ls);

/* Counts in the folder what is not counted yet. */
bool s2t_finder_flush(struct s2t_finder *finder);

void s2t_finder_free(struct s2t_finder *finder);

/* Writes what is told of a kept find beside its trace: ID.json and ID.html. False: `error` says why; if that is not for
 * lack of a resource, the find did not show again. */
bool s2t_finder_describe(const char *dir, const struct s2t_find *find, const struct s2t_trial_options *options,
                         struct s2t_error *error);

/* All that is done with a single find: the sequence as it was found is kept, shrunk, kept again, and told in files. */
bool s2t_finder_keep(const char *dir, struct s2t_find *find, const struct s2t_trial_options *options,
                     const struct s2t_shrink_options *limits, struct s2t_error *error);

#endif
