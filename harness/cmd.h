/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The `s2twin` command: its commands, exit statuses, and the options that all of them read alike.
 */
#ifndef S2T_HARNESS_CMD_H
#define S2T_HARNESS_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "s2twin/iut.h"
#include "s2twin/model.h"
#include "s2twin/primitives.h"

#include "plugin.h"

#ifndef S2T_VERSION
#define S2T_VERSION "0.1.0"
#endif

enum s2t_exit {
	S2T_EXIT_AGREED = 0,
	S2T_EXIT_DIVERGED = 1,
	S2T_EXIT_USAGE = 2,    /* wrong usage or bad input */
	S2T_EXIT_INTERNAL = 3, /* an internal error, or a resource that is missing */
	S2T_EXIT_INTERRUPTED = 130,
};

/* What the program that the command is part of brings along (run.h); members NULL: nothing of the kind. */
struct s2t_own {
	struct s2t_plugin *plugin;       /* room for the one that --iut loads; main closes it */
	const struct s2t_iut_ops *iut;   /* linked in; the default instead of the builtin */
	const struct s2t_bodies *bodies; /* then they are the default level, too */
};

/* A command. `run` gets the arguments from its own name on and returns an exit status. */
struct s2t_command {
	const char *name;
	const char *purpose; /* one line */
	int (*run)(int argc, char **argv, const struct s2t_own *own);
};
extern const struct s2t_command s2t_commands[]; /* ends with a NULL name */

int s2t_cmd_run(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_replay(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_shrink(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_promote(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_explain(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_eval(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_spec(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_board(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_bench(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_explore(int argc, char **argv, const struct s2t_own *own);
int s2t_cmd_convert(int argc, char **argv, const struct s2t_own *own);

/* An option of a command; a list ends with a NULL name. --help and --version need no row. */
struct s2t_option {
	const char *name;  /* without the dashes; one letter: a short option */
	const char *value; /* what it takes, such as "N"; NULL: nothing */
	const char *text;  /* one line for --help, with the default */
};

struct s2t_usage {
	const char *command;
	const char *operands; /* such as "TRACE..." */
	const struct s2t_option *option;
	const char *notes; /* further lines of --help, or NULL */
};

enum { S2T_MAX_OPTIONS = 40 };
enum { S2T_ARGS_DONE = -1, S2T_ARGS_EXIT = -2 };

/* A walk over the arguments of a command; options may stand before or after operands. */
struct s2t_args {
	const struct s2t_usage *usage;
	const struct s2t_own *own;
	int argc;
	char **argv;
	struct option option[S2T_MAX_OPTIONS + 3]; /* for getopt_long; help and version after our own */
	char letters[2 * S2T_MAX_OPTIONS + 2];
	int current;       /* the option that `value` belongs to */
	const char *value; /* of the option just returned, or NULL */
	bool has_known;    /* --known was given, */
	bool isolated;     /* --isolate, */
	bool has_memory;   /* --memory-limit */
	int status;        /* with S2T_ARGS_EXIT: what the command returns */
	int operand_count; /* after S2T_ARGS_DONE */
	char **operand;
};

void s2t_args_begin(struct s2t_args *args, const struct s2t_usage *usage, int argc, char **argv,
                    const struct s2t_own *own);

/* The next option as its index in usage->option. S2T_ARGS_DONE: no more. S2T_ARGS_EXIT: the command ends now
 * with args->status, everything there is to say was said. */
int s2t_args_next(struct s2t_args *args);

/* After S2T_ARGS_DONE: whether there are at least `least` and at most `most` operands; else one sentence, and
 * args->status is set. */
bool s2t_args_operands(struct s2t_args *args, int least, int most);

/* The value of the current option. On false there was one sentence, and args->status is set.
 * A number is decimal or 0x…, and may end in k, M or G for thousands, millions, milliards. */
bool s2t_args_number(struct s2t_args *args, uint64_t least, uint64_t most, uint64_t *number);
bool s2t_args_spec(struct s2t_args *args, enum s2t_spec *spec);
/* The same, and top. */
bool s2t_args_any_spec(struct s2t_args *args, enum s2t_spec *spec);
bool s2t_args_layers(struct s2t_args *args, uint32_t *layers);  /* a set as in gen.h */
bool s2t_args_known(struct s2t_args *args, uint32_t *known);    /* a set as in known.h */
bool s2t_args_invariants(struct s2t_args *args, uint32_t *set); /* a set as in invariants.h */

/* "s2twin COMMAND: sentence" on standard error; returns `status`. */
int s2t_complain(const struct s2t_usage *usage, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Flushes standard output; returns `status`, or S2T_EXIT_INTERNAL after a sentence if it cannot be written. */
int s2t_finish(int status);

#endif
