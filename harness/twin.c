/* SPDX-License-Identifier: BSD-2-Clause */
/* The twin of run.h: a lockstep that a user's own test drives. */
#include "s2twin/run.h"

#include <stdlib.h>
#include <string.h>

#include "constants.h"
#include "extra.h"
#include "lockstep.h"
#include "plugin.h"
#include "report.h"
#include "trace.h"

struct s2t_twin {
	struct s2t_trace trace; /* of a board that was read; it has the start pages */
	bool has_trace;
	struct s2t_plugin plugin;
	struct s2t_lockstep *ls;
	/* The steps of the sequence, for a report. */
	struct s2t_call *call;
	size_t count, room;
};

static void tell(char *error, size_t error_size, const char *why)
{
	if (error_size > 0)
		snprintf(error, error_size, "%s", why);
}

/* The implementation, checked, and its map; then the machines. Of a board that was read there is a `name`. */
static bool start(struct s2t_twin *twin, const struct s2t_board *board, const char *name,
                  const struct s2t_iut_ops *iut, struct s2t_error *why)
{
	struct s2t_lockstep_options options = { .known = S2T_KNOWN_ALL, .full_every = 1 };

	if (!s2t_plugin_link(&twin->plugin, iut ? iut : s2t_builtin(), why) ||
	    !s2t_plugin_read_map(&twin->plugin, twin->plugin.ops, why))
		return false;
	if (name && (!s2t_constants_apply(twin->plugin.ops, &twin->trace, name, why) ||
	             !s2t_trace_check_physical(&twin->trace, name, why)))
		return false;
	if (!name && (!s2t_constants_fit(twin->plugin.ops, board, why) || !s2t_board_check(board, why) ||
	              !s2t_board_check_physical(board, why)))
		return false;
	options.map = twin->plugin.map;
	twin->ls = s2t_lockstep_create(name ? &twin->trace.board : board, twin->plugin.ops, &options, why);
	return twin->ls;
}

static struct s2t_twin *create(const char *name, const struct s2t_board *board, const struct s2t_iut_ops *iut,
                               char *error, size_t error_size)
{
	struct s2t_twin *twin = calloc(1, sizeof(*twin));
	struct s2t_error why = { .resource = false };

	if (!twin) {
		tell(error, error_size, "out of memory");
		return NULL;
	}
	twin->has_trace = name && s2t_trace_load_board(&twin->trace, name, &why);
	if ((twin->has_trace || !name) && start(twin, board, name, iut, &why))
		return twin;
	tell(error, error_size, why.text);
	s2t_twin_destroy(twin);
	return NULL;
}

struct s2t_twin *s2t_twin_create(const char *board, const struct s2t_iut_ops *iut, char *error,
                                 size_t error_size)
{
	return create(board, NULL, iut, error, error_size);
}

struct s2t_twin *s2t_twin_create_on(const struct s2t_board *board, const struct s2t_iut_ops *iut, char *error,
                                    size_t error_size)
{
	return create(NULL, board, iut, error, error_size);
}

void s2t_twin_destroy(struct s2t_twin *twin)
{
	if (!twin)
		return;
	s2t_lockstep_destroy(twin->ls);
	s2t_plugin_close(&twin->plugin);
	if (twin->has_trace)
		s2t_trace_free(&twin->trace);
	free(twin->call);
	free(twin);
}

static bool make_room(struct s2t_twin *twin)
{
	if (twin->count < twin->room)
		return true;
	const size_t room = twin->room ? 2 * twin->room : 64;
	struct s2t_call *grown = realloc(twin->call, room * sizeof(*grown));

	if (!grown)
		return false;
	twin->call = grown;
	twin->room = room;
	return true;
}

static enum s2t_twin_verdict verdict_of(enum s2t_verdict verdict)
{
	switch (verdict) {
	case S2T_AGREED: return S2T_TWIN_AGREES;
	case S2T_NOT_RUN: return S2T_TWIN_SKIPPED;
	case S2T_ENDED: return S2T_TWIN_ENDED;
	case S2T_DIVERGED: return S2T_TWIN_DIFFERS;
	case S2T_NO_MEMORY: break;
	}
	return S2T_TWIN_FAILED;
}

enum s2t_twin_verdict s2t_twin_step(struct s2t_twin *twin, const struct s2t_call *call)
{
	if (!s2t_op_exists(twin->plugin.ops, call->op))
		return S2T_TWIN_SKIPPED;
	if (!make_room(twin))
		return S2T_TWIN_FAILED;
	twin->call[twin->count++] = *call;
	return verdict_of(s2t_lockstep_step(twin->ls, call));
}

enum s2t_twin_verdict s2t_twin_line(struct s2t_twin *twin, const char *line, char *error, size_t error_size)
{
	static const char version[] = "s2twin-trace 1\n";
	const size_t len = strlen(line), size = sizeof(version) + len;
	char *text = malloc(size + 1);
	struct s2t_error why = { .resource = false };
	struct s2t_trace trace;

	tell(error, error_size, "");
	if (!text) {
		tell(error, error_size, "out of memory");
		return S2T_TWIN_FAILED;
	}
	snprintf(text, size + 1, "%s%s\n", version, line);
	const bool good = s2t_trace_parse_for(&trace, twin->plugin.ops, "line", text, size, &why);

	free(text);
	if (!good) {
		tell(error, error_size, why.text);
		return S2T_TWIN_FAILED;
	}
	const bool has_board = trace.at_config.line > 1 || trace.board.start_page_count > 0;
	enum s2t_twin_verdict verdict = S2T_TWIN_AGREES;

	/* They would be read and have no effect. */
	if (has_board || trace.has_expect) {
		tell(error, error_size,
		     has_board
		             ? "line:2:1: the board of a twin is made with it: no config and no page line here"
		             : "line:2:1: what a trace expects is for `s2twin replay`: leave out expect");
		s2t_trace_free(&trace);
		return S2T_TWIN_FAILED;
	}
	for (size_t i = 0; i < trace.count && verdict <= S2T_TWIN_SKIPPED; i++)
		verdict = s2t_twin_step(twin, &trace.call[i]);
	s2t_trace_free(&trace);
	return verdict;
}

void s2t_twin_reset(struct s2t_twin *twin)
{
	s2t_lockstep_reset(twin->ls);
	twin->count = 0;
}

struct s2t_result s2t_twin_result(const struct s2t_twin *twin)
{
	return twin->ls->result;
}

void s2t_twin_report(struct s2t_twin *twin, FILE *out)
{
	if (twin->ls->diffs->total > 0)
		s2t_report_divergence(out, twin->ls, twin->call, "a twin");
}
