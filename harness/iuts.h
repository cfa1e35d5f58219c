/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands that run an implementation have in common: choosing it, and its boards. */
#ifndef S2T_HARNESS_IUTS_H
#define S2T_HARNESS_IUTS_H

#include "cmd.h"
#include "isolate.h"
#include "lockstep.h"
#include "trace.h"

/* The implementation that the user names, or NULL after one sentence. */
const struct s2t_iut_ops *s2t_iut_by_name(struct s2t_args *args);

/* The level that the user names: false after one sentence. */
bool s2t_args_level(struct s2t_args *args, enum s2t_level *level);

/* Whether the options go with their level; else one sentence, and false. */
bool s2t_level_fits(const struct s2t_usage *usage, const struct s2t_lockstep_options *options,
                    const struct s2t_iut_ops *iut);

/* Options of the commands that can run an implementation in a child process. */
#define S2T_OPTION_ISOLATE                                                                                     \
	{                                                                                                      \
		"isolate", NULL,                                                                               \
			"run the implementation in a child process: a crash or a hang is a divergence, too"    \
	}
#define S2T_OPTION_HANG_LIMIT                                                                                  \
	{                                                                                                      \
		"hang-limit", "S", "with --isolate: a step that takes more than S seconds hangs (default: 5)"  \
	}
#define S2T_OPTION_MEMORY_LIMIT                                                                                \
	{                                                                                                      \
		"memory-limit", "MIB",                                                                         \
			"with --isolate: how much address space the child may have (default: no limit)"        \
	}
bool s2t_args_hang_limit(struct s2t_args *args, struct s2t_isolation *isolation);
bool s2t_args_memory_limit(struct s2t_args *args, struct s2t_isolation *isolation);

/* Every board that comes with the tool, or the one that the user names. */
struct s2t_boards {
	size_t count;
	struct s2t_board *board;
	struct s2t_trace *trace; /* where they were read from */
};

/* `name` NULL: all of them. On false `error` says why. */
bool s2t_boards_load(struct s2t_boards *boards, const char *name, struct s2t_error *error);
void s2t_boards_free(struct s2t_boards *boards);

#endif
