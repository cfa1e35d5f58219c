/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without isolation a crash of the implementation ends the process. The guard sees to it that the sequence is
 * on disk then, as a trace, before the signal takes its course.
 */
#ifndef S2T_HARNESS_GUARD_H
#define S2T_HARNESS_GUARD_H

#include "campaign.h"

/* Catches SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT from now on. What is to be written is made ready:
 * `dir` must outlive the campaign. False: out of memory. One guard a process. */
bool s2t_guard_arm(const struct s2t_campaign_options *options, const char *dir);
void s2t_guard_disarm(void);

/* As struct s2t_campaign_options wants it: the calling thread runs that sequence from now on. */
void s2t_guard_watch(const struct s2t_runner *runner);

#endif
