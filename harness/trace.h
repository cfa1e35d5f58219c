/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces: one sequence as text (DESIGN section 7).
 */
#ifndef S2T_HARNESS_TRACE_H
#define S2T_HARNESS_TRACE_H

#include <stdio.h>

#include "boards.h"
#include "s2twin/iut.h"

/* Where something stands in a file; line 0: it does not. */
struct s2t_position {
	uint32_t line, column;
};

/* What a trace says that the model makes of an operation: `expect outcome=… ret=…` after its arguments. */
struct s2t_expect {
	bool given;
	bool has_ret;
	enum s2t_outcome outcome; /* ok, panic or undefined */
	uint64_t ret;
};

/* A trace, or a board file. `board.start_page` points to `pages`. */
struct s2t_trace {
	struct s2t_board board; /* named after the file */
	struct s2t_start_page *pages;
	size_t count; /* operations */
	struct s2t_call *call;
	uint32_t *line;            /* of each operation, 1 is the first */
	struct s2t_expect *expect; /* of each operation, */
	bool has_expect;           /* and whether any is given */

	struct s2t_position at_key[S2T_KEY_COUNT]; /* of `region` the last */
	struct s2t_position at_region[S2T_MAX_REGIONS];
	struct s2t_position at_config; /* the last `config` line, or else the version line */
};

enum s2t_trace_kind {
	S2T_TRACE,      /* at least one operation */
	S2T_BOARD_FILE, /* no operation needed */
};

/* Parses `text`. `name` stands for the file in messages. On false `error` holds "name:line:column: sentence"
 * and `trace` needs no free. */
bool s2t_trace_parse(struct s2t_trace *trace, enum s2t_trace_kind kind, const char *name, const char *text,
                     size_t len, struct s2t_error *error);
/* The same for a trace of operations (S2T_TRACE) that may be those that `iut` declares, too. */
bool s2t_trace_parse_for(struct s2t_trace *trace, const struct s2t_iut_ops *iut, const char *name,
                         const char *text, size_t len, struct s2t_error *error);

/* Reads a file, "-" for standard input. */
bool s2t_trace_load(struct s2t_trace *trace, enum s2t_trace_kind kind, const char *path,
                    struct s2t_error *error);
bool s2t_trace_load_for(struct s2t_trace *trace, const struct s2t_iut_ops *iut, const char *path,
                        struct s2t_error *error);

/* Reads the board that a user names: one that comes with the tool, else a board file. */
bool s2t_trace_load_board(struct s2t_trace *trace, const char *name_or_path, struct s2t_error *error);

/* s2t_board_check_physical with file, line and column of the `config` line that is to blame. `name` as for
 * s2t_trace_parse. */
bool s2t_trace_check_physical(const struct s2t_trace *trace, const char *name, struct s2t_error *error);

void s2t_trace_free(struct s2t_trace *trace);

/* Writes a trace that parses to the same board (but for its name) and calls. `comment` (may be NULL) becomes
 * comment lines. Only keys that differ from the defaults are written. Returns false on a write error.
 * A board without any region, which no file can ask for, is written with one empty region. */
bool s2t_trace_print(FILE *out, const struct s2t_board *board, const struct s2t_call *call, size_t count,
                     const char *comment);
/* The same where operations may be those that `iut` declares. */
bool s2t_trace_print_for(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_board *board,
                         const struct s2t_call *call, size_t count, const char *comment);

/* The same with what the model makes of each operation; `expect` has `count` elements. */
bool s2t_trace_print_expecting(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_board *board,
                               const struct s2t_call *call, const struct s2t_expect *expect, size_t count,
                               const char *comment);

/* One operation as in a trace, without a line end; returns its length like snprintf. Frame numbers, addresses
 * and descriptors in hex, vmids, levels and SMMU numbers in decimal. */
int s2t_call_print(char *buf, size_t size, const struct s2t_call *call);
/* The same where it may be one that `iut` declares. */
int s2t_call_print_for(char *buf, size_t size, const struct s2t_iut_ops *iut, const struct s2t_call *call);

#endif
