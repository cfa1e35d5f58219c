/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An implementation in another process: `--iut pipe:COMMAND`. It is spoken to in lines over the standard input and
 * output of COMMAND; examples/pipe/README.md has the protocol. One process runs for each instance.
 *
 * A process that dies, does not answer in time, or answers what it was not asked gives an outcome and one sentence.
 */
#ifndef S2T_HARNESS_PIPE_H
#define S2T_HARNESS_PIPE_H

#include "boards.h"
#include "s2twin/iut.h"

enum { S2T_PIPE_START_LIMIT = 60 }; /* seconds that a process may take to start: an emulator needs them */

/* Whether --iut VALUE names a process. */
bool s2t_pipe_is(const char *value);

/* Runs the command of "pipe:COMMAND" once, to hear its name and what it can do. NULL: `error` says why. */
const struct s2t_iut_ops *s2t_pipe_open(const char *value, struct s2t_error *error);
/* Seconds that any other answer of a process may take; S2T_HANG_LIMIT if nothing else was said. */
void s2t_pipe_set_limit(const struct s2t_iut_ops *ops, double seconds);
void s2t_pipe_close(const struct s2t_iut_ops *ops);

#endif
