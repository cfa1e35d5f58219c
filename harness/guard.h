/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without isolation a crash of the implementation ends the process, and so does an implementation that calls exit. The
 * guard sees to it that the sequence is on disk then, as a trace, before the signal takes its course; and that the exit
 * status of a process that was ended is none of a command's that came to its end.
 */
#ifndef S2T_HARNESS_GUARD_H
#define S2T_HARNESS_GUARD_H

#include "campaign.h"

struct s2t_guard_options {
	const char *dir;                /* where the trace goes; it must outlive the guard */
	const struct s2t_board *boards; /* one is that of the sequence */
	size_t board_count;
	const struct s2t_iut_ops *iut;
	enum s2t_spec spec;
	uint64_t seed;        /* that sequences come from by their number; */
	const char *universe; /* or what they explore; NULL: they are numbered */
};

/* Catches SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT from now on. What is to be written is made ready. False: out of
 * memory. One guard a process. */
bool s2t_guard_arm(const struct s2t_guard_options *options);
void s2t_guard_disarm(void);

/* Between the two, exit() does not end this process with the status it was given: S2T_EXIT_INTERNAL instead, after the
 * trace of an armed guard, or a sentence. In a child of it exit() is as ever. */
void s2t_guard_enter(void);
void s2t_guard_leave(void);

/* As struct s2t_campaign_options wants it: the calling thread runs that sequence from now on; its board, number, calls
 * and their count are looked at when it crashes. */
void s2t_guard_watch(const struct s2t_runner *runner);

#endif
