/* SPDX-License-Identifier: BSD-2-Clause */
/* The process at the other end of a pipe: lines to it, lines from it, and what has become of it. */
#ifndef S2T_HARNESS_PIPE_CHILD_H
#define S2T_HARNESS_PIPE_CHILD_H

#include <sys/types.h>

#include "s2twin/types.h"

enum { S2T_PIPE_LINE = 65536 }; /* bytes of a line at most */

struct s2t_pipe_child {
	pid_t pid;    /* 0: none runs */
	int to;       /* a socket: its standard input; */
	int from;     /* another: its standard output */
	char *text;   /* S2T_PIPE_LINE bytes: what it has said and nobody has read */
	size_t used;  /* bytes of them, … */
	size_t read;  /* … and how many of those were read */
	bool greeted; /* it has said something: it has started */
	double limit; /* seconds that an answer may take then */
	/* Why no more is heard of it, and what that is; S2T_OK while it is well. */
	enum s2t_outcome outcome;
	char reason[256];
};

/* Starts `command` in a shell; after its first answer each may take `limit` seconds. False: child->reason says why. */
bool s2t_pipe_start(struct s2t_pipe_child *child, const char *command, double limit);

/* Says something, whole lines. Says nothing once the child is not well. */
void s2t_pipe_say(struct s2t_pipe_child *child, const char *text, size_t len);

/* The next line that it says, without its end, good until the next call; NULL: it is not well. */
char *s2t_pipe_hear(struct s2t_pipe_child *child);

/* It is no longer well: what it has done is a crash, for a reason that `format` gives. The first reason stays. */
void s2t_pipe_fail(struct s2t_pipe_child *child, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends it: by the end of its input, or if that does not help, by force. */
void s2t_pipe_end(struct s2t_pipe_child *child);

#endif
