/* SPDX-License-Identifier: BSD-2-Clause */
/* Watching a replay. */
#include "watch.h"

#include <errno.h>
#include <string.h>

#include "debugger.h"
#include "steplog.h"

static bool fail(const struct s2t_watch *watch, struct s2t_error *error)
{
	snprintf(error->text, sizeof(error->text), "cannot write the log '%.200s': %s", watch->log,
	         errno ? strerror(errno) : "out of memory");
	error->resource = true;
	return false;
}

static bool take_steps(const struct s2t_watch *watch, struct s2t_lockstep *ls, const struct s2t_trace *trace,
                       const char *path, FILE *log)
{
	enum s2t_verdict verdict = S2T_AGREED;

	for (size_t i = 0; i < trace->count && verdict < S2T_ENDED; i++) {
		if (i + 1 == watch->stop_at)
			s2t_stop_here(ls->ops->call, &trace->call[i], watch->stop_at);
		verdict = s2t_lockstep_step(ls, &trace->call[i]);
		if (log && (!s2t_steplog_step(log, ls, path, verdict) || fflush(log) != 0))
			return false;
	}
	return true;
}

bool s2t_watch_trace(const struct s2t_watch *watch, const struct s2t_trace *trace, const char *path,
                     const struct s2t_iut_ops *iut, const struct s2t_lockstep_options *options,
                     struct s2t_error *error)
{
	const bool to_stdout = watch->log && strcmp(watch->log, "-") == 0;
	struct s2t_lockstep *ls = s2t_lockstep_create(&trace->board, iut, options, error);
	FILE *log = NULL;
	bool good;

	if (!ls)
		return false;
	errno = 0;
	if (watch->log)
		log = to_stdout ? stdout : fopen(watch->log, "a");
	good = (log || !watch->log) && take_steps(watch, ls, trace, path, log);
	if (log && !to_stdout && fclose(log) != 0)
		good = false;
	s2t_lockstep_destroy(ls);
	return good || fail(watch, error);
}
