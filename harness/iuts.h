/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands that run an implementation have in common: choosing it, its boards, and keeping a find. */
#ifndef S2T_HARNESS_IUTS_H
#define S2T_HARNESS_IUTS_H

#include "cmd.h"
#include "lockstep.h"
#include "trace.h"

/* The implementation that the user names, or NULL after one sentence. */
const struct s2t_iut_ops *s2t_iut_by_name(struct s2t_args *args);

/* The level that the user names: false after one sentence. */
bool s2t_args_level(struct s2t_args *args, enum s2t_level *level);

/* Whether the options go with their level; else one sentence, and false. */
bool s2t_level_fits(const struct s2t_usage *usage, const struct s2t_lockstep_options *options,
                    const struct s2t_iut_ops *iut);

/* Every board that comes with the tool, or the one that the user names. */
struct s2t_boards {
	size_t count;
	struct s2t_board *board;
	struct s2t_trace *trace; /* where they were read from */
};

/* `name` NULL: all of them. On false `error` says why. */
bool s2t_boards_load(struct s2t_boards *boards, const char *name, struct s2t_error *error);
void s2t_boards_free(struct s2t_boards *boards);

/* Keeps a sequence as DIR/NAME.trace; the file appears whole or not at all. `path` gets its name. */
bool s2t_keep_trace(const char *dir, const char *name, const struct s2t_board *board, const struct s2t_call *call,
                    size_t count, const char *comment, char *path, size_t path_size, struct s2t_error *error);

#endif
