/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results for machines that show them to people: JUnit's XML, which every CI server reads, and SARIF 2.1.0,
 * which puts a divergence beside the line of the trace that it is at.
 */
#ifndef S2T_HARNESS_CI_H
#define S2T_HARNESS_CI_H

#include "boards.h"
#include "find.h"
#include "s2twin/iut.h"

enum s2t_ci_result { S2T_CI_PASSED, S2T_CI_FAILED, S2T_CI_ERROR };

/* One thing that was tried: a trace, or the run of a seed. All texts but the name may be NULL. */
struct s2t_ci_case {
	const char *name;
	enum s2t_ci_result result;
	const char *rule;    /* of a failure: the id of its signature, or "model-changed" */
	const char *message; /* of all but what passed, one sentence */
	const char *details;
	const char *file; /* where it is, */
	uint32_t line;    /* and on which line, 1 is the first; 0: not known */
	double seconds;
};

struct s2t_ci {
	const char *command;           /* "run" or "replay" */
	const struct s2t_iut_ops *iut; /* whose operations the traces may have; NULL: those of the table */
	size_t count, room;
	struct s2t_ci_case *one;
	bool no_memory;
};

/* Adds a case; the texts are copied. */
void s2t_ci_add(struct s2t_ci *ci, const struct s2t_ci_case *one);

/* Adds a find: `file` is where its shrunk trace is, whose last line is the one at fault. */
void s2t_ci_add_find(struct s2t_ci *ci, const char *name, const struct s2t_find *find, const char *file,
                     uint32_t line);

/* The line of the last operation in the file of a kept trace; 0: it cannot be read. */
uint32_t s2t_ci_last_line(const struct s2t_ci *ci, const char *path);

void s2t_ci_free(struct s2t_ci *ci);

/* Write to a file, "-" for standard output. False: `error` says why. */
bool s2t_junit_write(const struct s2t_ci *ci, const char *path, struct s2t_error *error);
bool s2t_sarif_write(const struct s2t_ci *ci, const char *path, struct s2t_error *error);

#endif
