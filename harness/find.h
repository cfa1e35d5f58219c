/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A find: one divergence from the moment it is seen to what is told and kept of it.
 */
#ifndef S2T_HARNESS_FIND_H
#define S2T_HARNESS_FIND_H

#include <jansson.h>
#include <stdio.h>

#include "shrink.h"

/* Whether the corpus has a find already. */
enum s2t_novelty {
	S2T_NOVELTY_UNKNOWN, /* it was not looked up */
	S2T_NOVELTY_NEW,
	S2T_NOVELTY_KNOWN,
};

struct s2t_find {
	char origin[256];            /* "seed 0x5eed, sequence 4711", or the name of a file */
	struct s2t_sequence given;   /* as it was found, up to the divergence */
	struct s2t_observation seen; /* of its replay */
	/* Of so many replays so many diverged alike, so it was not shrunk; 0: each did, or it was not looked at. */
	unsigned replayed, repeated;
	bool was_shrunk;
	struct s2t_shrunk
		shrunk; /* what is told: of a find that was not shrunk, the sequence as it was given */
	enum s2t_novelty novelty;
	char path[4096]; /* of the kept trace; empty: none */
};

/* Replays a diverging sequence. False: `error` says why, for instance that it does not diverge; `find`
 * then needs no free. */
bool s2t_find_init(struct s2t_find *find, const struct s2t_trial_options *options,
                   const struct s2t_board *board, const struct s2t_call *call, size_t count, const char *origin,
                   struct s2t_error *error);
/* It was found in a kept trace: `path`, "-" for standard input. Seed, sequence and what it was shrunk from, of which the
 * comments tell, go into the origin. */
void s2t_find_from(struct s2t_find *find, const char *path);
/* Shrinks it, unless it diverges by chance: then `replayed` is set. On false, for which `error` says why, it is as
 * before. */
bool s2t_find_shrink(struct s2t_find *find, const struct s2t_trial_options *options,
                     const struct s2t_shrink_options *limits, struct s2t_error *error);
void s2t_find_free(struct s2t_find *find);

/* Brings machines to the divergence of the shrunk sequence and calls body(ctx, ls). With isolation this
 * happens in a child, so that what `body` changes in memory is lost. Returns what it returns, or an exit
 * status after a sentence on standard error; S2T_FIND_UNSTEADY after one that it did not diverge now. */
enum { S2T_FIND_UNSTEADY = -1 };
int s2t_find_present(const struct s2t_find *find, const struct s2t_trial_options *options,
                     int (*body)(void *ctx, struct s2t_lockstep *ls), void *ctx);

/* The options of `s2twin replay` that lead to the same divergence, each after a blank. Returns `buf`. */
enum { S2T_REPLAY_OPTIONS = 768 };
const char *s2t_find_replay_options(const struct s2t_trial_options *options, char *buf, size_t size);

/* Why it was not shrunk, if that is by chance: a clause. NULL: it is not. */
enum { S2T_CHANCE_TEXT = 160 };
const char *s2t_find_chance(const struct s2t_find *find, char *buf, size_t size);

/* The comment of a stored file: signature, origin, board, versions, and how it was shrunk. */
char *s2t_find_comment(const struct s2t_find *find, const struct s2t_trial_options *options, bool original);

/* The find as JSON: `divergence` is what s2t_report_divergence_json gives, NULL leaves it out. Nothing in it depends on the
 * clock. */
json_t *s2t_find_json(const struct s2t_find *find, const struct s2t_trial_options *options, json_t *divergence);

#endif
