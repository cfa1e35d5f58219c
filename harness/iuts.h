/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands that run an implementation have in common: choosing it, and its boards. */
#ifndef S2T_HARNESS_IUTS_H
#define S2T_HARNESS_IUTS_H

#include "cmd.h"
#include "isolate.h"
#include "lockstep.h"
#include "trace.h"

/* What a command runs that is told nothing else: the implementation; and the options of the lockstep, with a full
 * comparison every `full_every` steps. */
const struct s2t_iut_ops *s2t_own_iut(const struct s2t_own *own);
struct s2t_lockstep_options s2t_own_lockstep(const struct s2t_own *own, uint32_t full_every);

#define S2T_OPTION_IUT                                                                                           \
	{                                                                                                        \
		"iut", "NAME|FILE.so|pipe:COMMAND",                                                              \
			"implementation under test: builtin; a form of the specification: spec:low, spec:high, " \
			"spec:top or spec:bottom; a shared object; or a process (default: builtin)"              \
	}
#define S2T_OPTION_MAP                                                                                         \
	{                                                                                                      \
		"map", "FILE", "abstraction map of the implementation (default: FILE.map beside FILE.so)"      \
	}
#define S2T_OPTION_WATCH                                                                                       \
	{                                                                                                      \
		"watch", "compare|protect|none",                                                               \
			"how to look for stray writes in the memory that a plug-in names (default: none)"      \
	}
#define S2T_OPTION_SPEC                                                                                        \
	{                                                                                                      \
		"spec", "low|high", "which Coq form of the operations the model runs (default: low)"           \
	}
#define S2T_OPTION_KNOWN                                                                                           \
	{                                                                                                          \
		"known", "NAMES",                                                                                  \
			"with --spec high: the differences to the low form to tolerate and count, such as A1,A3; " \
			"or none (default: all)"                                                                   \
	}
#define S2T_OPTION_LEVEL                                                                                       \
	{                                                                                                      \
		"level", "stack|body",                                                                         \
			"body: instead of an implementation, the bodies of the builtin one over the model's "  \
			"primitives (default: stack)"                                                          \
	}
#define S2T_OPTION_UNDEFINED                                                                                                                                        \
	{                                                                                                                                                           \
		"undefined", "skip|run|compare",                                                                                                                    \
			"run: give undefined calls to the implementation, which must only survive; compare: which must say that they are undefined (default: skip)" \
	}
#define S2T_OPTION_AFTER_PANIC                                                                                 \
	{                                                                                                      \
		"after-panic", NULL, "go on after a panic, comparing outcomes"                                 \
	}
#define S2T_OPTION_LOGS                                                                                        \
	{                                                                                                      \
		"logs", NULL, "compare the events of the locks, too: take, pull, snapshot, release"            \
	}
#define S2T_OPTION_INVARIANTS                                                                                   \
	{                                                                                                       \
		"invariants", "NAMES",                                                                          \
			"those to check, such as I6,A5 or -I10; or none (default: all; see docs/invariants.md)" \
	}
#define S2T_OPTION_FORBID                                                                                      \
	{                                                                                                      \
		"forbid", "NAMES",                                                                             \
			"invariants of which a breach on both sides is a divergence, too (default: none)"      \
	}
/* After the last option: reads the map of the implementation, and whether all options go together. False: after one
 * sentence, and args->status is set. */
bool s2t_iut_ready(struct s2t_args *args, const struct s2t_iut_ops *iut, struct s2t_lockstep_options *options);

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
		"hang-limit", "S",                                                                             \
			"with --isolate or pipe: a step that takes more than S seconds hangs (default: 5)"     \
	}
#define S2T_OPTION_MEMORY_LIMIT                                                                                \
	{                                                                                                      \
		"memory-limit", "MIB",                                                                         \
			"with --isolate: how much address space the child may have (default: no limit)"        \
	}

/* What these options set. A command without the last three leaves out the last two. */
struct s2t_iut_settings {
	const struct s2t_iut_ops **iut;
	struct s2t_lockstep_options *lockstep;
	const struct s2t_isolation **isolated; /* --isolate: it gets `isolation` */
	struct s2t_isolation *isolation;
};

/* Sets the current option of `args`, one of S2T_OPTION_…: iut_options.c. False after one sentence; args->status is set. */
bool s2t_args_iut(struct s2t_args *args, const struct s2t_iut_settings *set);

/* Every board that comes with the tool, or the one that the user names. */
struct s2t_boards {
	size_t count;
	struct s2t_board *board;
	struct s2t_trace *trace; /* where they were read from */
	size_t refused;          /* left out by s2t_boards_fit */
	struct s2t_refusal *refusal;
};

/* A board that the implementation cannot have. */
struct s2t_refusal {
	char board[32];
	char why[256];
};

/* `name` NULL: all of them. On false `error` says why. */
bool s2t_boards_load(struct s2t_boards *boards, const char *name, struct s2t_error *error);
void s2t_boards_free(struct s2t_boards *boards);

/* Gives the boards the constants of the implementation, and leaves out those that it cannot have (fit_boards.c). False:
 * none is left, or the user named the one that does not fit; `error` says why. */
bool s2t_boards_fit(struct s2t_boards *boards, const struct s2t_iut_ops *iut,
                    const struct s2t_lockstep_options *options, const struct s2t_isolation *isolation,
                    bool named, struct s2t_error *error);

#endif
