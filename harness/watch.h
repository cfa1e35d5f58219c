/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching a replay step by step, for who wants to see each step (`s2twin replay --log`, --stop-at).
 */
#ifndef S2T_HARNESS_WATCH_H
#define S2T_HARNESS_WATCH_H

#include "trace.h"
#include "trial.h"

struct s2t_watch {
	const char *log;  /* the file that gets a line for each step, "-" standard output; NULL: none */
	uint32_t stop_at; /* s2t_stop_here is called before this step, 1 is the first; 0: never */
};

/* Replays a trace up to its end or a divergence, which is not reported here. Lines are appended to the log, each
 * written out before the next step. With isolation this happens in a child process, unless it is to be stopped; a call
 * that does not return has a line, too. False: `error` says why. */
bool s2t_watch_trace(const struct s2t_watch *watch, const struct s2t_trace *trace, const char *path,
                     const struct s2t_trial_options *options, struct s2t_error *error);

#endif
