/* SPDX-License-Identifier: BSD-2-Clause */
/* Watching a replay, in this process or in a child. */
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "debugger.h"
#include "steplog.h"

/* What a child shares with its parent. */
struct shared {
	struct s2t_pulse pulse;
	bool good;
	struct s2t_error error;
};

struct watching {
	const struct s2t_watch *watch;
	const struct s2t_trace *trace;
	const char *path;
	const struct s2t_trial_options *options;
	FILE *log;
	struct shared *shared;
};

static bool take_steps(const struct watching *w, struct s2t_lockstep *ls)
{
	enum s2t_verdict verdict = S2T_AGREED;

	for (size_t i = 0; i < w->trace->count && verdict < S2T_ENDED; i++) {
		s2t_pulse_beat(&w->shared->pulse, 0, (uint32_t)i + 1);
		if (i + 1 == w->watch->stop_at)
			s2t_stop_here(ls->ops->call, &w->trace->call[i], w->watch->stop_at);
		verdict = s2t_lockstep_step(ls, &w->trace->call[i]);
		if (w->log && (!s2t_steplog_step(w->log, ls, w->path, verdict) || fflush(w->log) != 0))
			return false;
	}
	return true;
}

static void watch(void *ctx, int out)
{
	const struct watching *w = ctx;
	struct s2t_error *error = &w->shared->error;
	struct s2t_lockstep *ls = s2t_lockstep_create(&w->trace->board, w->options->iut, &w->options->lockstep,
	                                              error);

	(void)out;
	error->resource = !ls;
	errno = 0;
	w->shared->good = ls && take_steps(w, ls);
	if (ls && !w->shared->good) {
		snprintf(error->text, sizeof(error->text), "cannot write the log '%.200s': %s", w->watch->log,
		         errno ? strerror(errno) : "out of memory");
		error->resource = true;
	}
	s2t_lockstep_destroy(ls);
}

static bool watch_in_child(struct watching *w, struct s2t_error *error)
{
	const struct s2t_ending ending = s2t_isolated(w->options->isolation, &w->shared->pulse, watch, w);
	const uint32_t step = atomic_load(&w->shared->pulse.step);

	if (ending.how == S2T_END_DONE) {
		*error = w->shared->error;
		return w->shared->good;
	}
	if (ending.how == S2T_END_NO_FORK || step == 0) {
		snprintf(error->text, sizeof(error->text),
		         "the implementation could not be run in a child process");
		error->resource = true;
		return false;
	}
	return !w->log || s2t_steplog_lost(w->log, w->options->iut, &w->trace->call[step - 1], step, w->path,
	                                   s2t_ending_text(&ending));
}

bool s2t_watch_trace(const struct s2t_watch *wanted, const struct s2t_trace *trace, const char *path,
                     const struct s2t_trial_options *options, struct s2t_error *error)
{
	const bool to_stdout = wanted->log && strcmp(wanted->log, "-") == 0;
	struct watching w = { .watch = wanted, .trace = trace, .path = path, .options = options };
	bool good = false;

	w.shared = s2t_shared_alloc(sizeof(*w.shared));
	if (wanted->log)
		w.log = to_stdout ? stdout : fopen(wanted->log, "a");
	if (!w.shared || (wanted->log && !w.log)) {
		snprintf(error->text, sizeof(error->text), "cannot write the log '%.200s': %s",
		         wanted->log ? wanted->log : "", strerror(errno));
		error->resource = true;
	} else if (options->isolation && !wanted->stop_at) {
		good = watch_in_child(&w, error);
	} else {
		watch(&w, -1);
		good = w.shared->good;
		*error = w.shared->error;
	}
	if (w.log && !to_stdout)
		fclose(w.log);
	s2t_shared_free(w.shared, sizeof(*w.shared));
	return good;
}
