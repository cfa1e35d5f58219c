/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin explore`: every sequence over a list of calls, on a small board.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "explore_report.h"
#include "finder.h"
#include "guard.h"
#include "interrupt.h"
#include "iuts.h"
#include "report.h"
#include "scan.h"
#include "universe.h"

enum {
	OPT_DEPTH,
	OPT_JOBS,
	OPT_MEMORY,
	OPT_KEEP,
	OPT_WITHOUT,
	OPT_IUT,
	OPT_MAP,
	OPT_SPEC,
	OPT_KNOWN,
	OPT_LEVEL,
	OPT_UNDEFINED,
	OPT_INVARIANTS,
	OPT_FORBID,
	OPT_OUT,
	OPT_LIST,
	OPT_PRINT,
	OPT_STRICT,
	OPT_JSON,
};

static const struct s2t_option options[] = {
	[OPT_DEPTH] = { "depth", "N",
	                "make no call from states that take N calls to reach (default: no bound)" },
	[OPT_JOBS] = { "jobs", "N", "threads (default: one for each processor, at most 8)" },
	[OPT_MEMORY] = { "memory", "MIB", "stop when the states take more (default: 8192)" },
	[OPT_KEEP] = { "keep", "FILE",
	               "keep the search in FILE.1, FILE.2, ... for its parts, and go on from there" },
	[OPT_WITHOUT] = { "without", "LIST",
	                  "leave out reductions: data_log, tokens, counts, vms, pages, factor, or all" },
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_SPEC] = S2T_OPTION_SPEC,
	[OPT_KNOWN] = S2T_OPTION_KNOWN,
	[OPT_LEVEL] = S2T_OPTION_LEVEL,
	[OPT_UNDEFINED] = { "undefined", "skip|compare",
	                    "compare: what is undefined in the model must be so in the implementation (default: skip)" },
	[OPT_INVARIANTS] = S2T_OPTION_INVARIANTS,
	[OPT_FORBID] = S2T_OPTION_FORBID,
	[OPT_OUT] = { "out", "DIR", "where a divergence is kept (default: s2twin-out)" },
	[OPT_LIST] = { "list", NULL, "list the universes that have names" },
	[OPT_PRINT] = { "print", NULL, "print the universe as a trace" },
	[OPT_STRICT] = { "strict", NULL, "exit status 1 for a finding, too" },
	[OPT_JSON] = { "json", NULL, "print the result, and a divergence, as JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"explore",
	"[UNIVERSE]",
	options,
	"Searches all states that the model can reach by the calls of a universe, breadth first, and makes every call on\n"
	"both sides from each of them. UNIVERSE is a name (--list), or a trace: its board, and its operations, in any\n"
	"order. It ends with a divergence, which no shorter sequence reaches, or when no state is left. What counts as\n"
	"one state is said in the result (reductions). A second interrupt ends the search at once, without a summary, also\n"
	"where the implementation hangs.\n",
};

struct settings {
	struct s2t_exploration of;
	const char *dir;
	bool list, print, strict, json;
};

/* "vms,pages" */
static bool parse_without(struct s2t_args *args, uint32_t *reductions)
{
	for (const char *at = args->value;; at++) {
		const struct s2t_word word = { at, strcspn(at, ",") };
		unsigned i = 0;

		while (i < S2T_REDUCTION_COUNT &&
		       !s2t_word_is(&word, s2t_reduction_name((enum s2t_reduction)i)))
			i++;
		if (i < S2T_REDUCTION_COUNT) {
			*reductions &= ~(1U << i);
		} else if (s2t_word_is(&word, "all")) {
			*reductions = 0;
		} else {
			args->status = s2t_complain(
				&usage, S2T_EXIT_USAGE,
				"--without knows data_log, tokens, counts, vms, pages, factor and all, not '%s'",
				s2t_quote(&word).text);
			return false;
		}
		at += word.len;
		if (*at == '\0')
			return true;
	}
}

/* A search goes on after each call, so none may be that ends it. */
static bool parse_undefined(struct s2t_args *args, struct s2t_lockstep_options *lockstep)
{
	lockstep->compare_undefined = strcmp(args->value, "compare") == 0;
	if (lockstep->compare_undefined || strcmp(args->value, "skip") == 0)
		return true;
	args->status = s2t_complain(&usage, S2T_EXIT_USAGE, "--undefined is 'skip' or 'compare', not '%s'",
	                            s2t_quote_text(args->value).text);
	return false;
}

static bool set_option(struct settings *set, struct s2t_args *args, int option)
{
	struct s2t_explore_options *explore = &set->of.explore;
	const struct s2t_iut_settings iut = { .iut = &explore->iut, .lockstep = &explore->lockstep };
	uint64_t number = 0;

	switch (option) {
	case OPT_DEPTH:
		if (!s2t_args_number(args, 0, UINT32_MAX - 1, &number))
			return false;
		explore->depth = (uint32_t)number;
		return true;
	case OPT_JOBS:
		if (!s2t_args_number(args, 1, 256, &number))
			return false;
		explore->jobs = (unsigned)number;
		return true;
	case OPT_MEMORY:
		if (!s2t_args_number(args, 1, UINT64_C(1) << 40, &number))
			return false;
		explore->memory = number << 20;
		return true;
	case OPT_KEEP: set->of.keep = args->value; return true;
	case OPT_WITHOUT: return parse_without(args, &explore->reductions);
	case OPT_UNDEFINED: return parse_undefined(args, &explore->lockstep);
	case OPT_OUT: set->dir = args->value; return true;
	case OPT_LIST: set->list = true; return true;
	case OPT_PRINT: set->print = true; return true;
	case OPT_STRICT: set->strict = true; return true;
	case OPT_JSON: set->json = true; return true;
	default: return s2t_args_iut(args, &iut);
	}
}

struct progress {
	bool terminal;
	double next;
};

static void show_progress(void *ctx, const struct s2t_explore_progress *at)
{
	struct progress *progress = ctx;

	if (at->seconds < progress->next)
		return;
	/* Within a level the states that are left take as long as those before. */
	fprintf(stderr,
	        "%sdepth %" PRIu32 ", %" PRIu64 " of %" PRIu64 " states expanded (%.0f %%), %" PRIu64
	        " states, %.2f M states/min, %.2f M "
	        "transitions/s%s",
	        progress->terminal ? "\r" : "", at->depth, at->done, at->level,
	        100.0 * (double)at->done / (double)at->level, at->states,
	        (double)at->states / at->seconds * 60 / 1e6, (double)at->transitions / at->seconds / 1e6,
	        progress->terminal ? "   " : "\n");
	fflush(stderr);
	progress->next = at->seconds + (progress->terminal ? 0.2 : 5.0);
}

struct telling {
	const struct settings *set;
	const struct s2t_find *find;
	const struct s2t_trial_options *trial;
	json_t *summary;
};

static int tell(void *ctx, struct s2t_lockstep *ls)
{
	const struct telling *telling = ctx;
	char replay[S2T_REPLAY_OPTIONS];

	if (telling->summary) {
		json_t *divergence = s2t_report_divergence_json(ls, telling->find->shrunk.sequence.call,
		                                                telling->find->origin);

		json_object_set_new(telling->summary, "divergence",
		                    s2t_find_json(telling->find, telling->trial, divergence));
		json_dumpf(telling->summary, stdout, JSON_INDENT(2));
		printf("\n");
	} else {
		s2t_report_find(stdout, ls, telling->find,
		                s2t_find_replay_options(telling->trial, replay, sizeof(replay)));
	}
	return S2T_EXIT_DIVERGED;
}

/* Shrinks, keeps and tells the divergence of a part. Returns an exit status. */
static int report(const struct settings *set, const struct s2t_explore_result *result, json_t *summary)
{
	const struct s2t_explore_options *explore = &set->of.explore;
	const struct s2t_trial_options trial = { .iut = explore->iut, .lockstep = explore->lockstep };
	const struct s2t_shrink_options limits = { .operations = S2T_SHRINK_OPERATIONS };
	const struct s2t_explore_sequence *sequence = &result->divergence;
	struct s2t_error error;
	struct s2t_find find;
	char origin[128];

	(void)snprintf(origin, sizeof(origin), "universe %.80s, %zu call%s", set->of.name, sequence->count,
	               sequence->count == 1 ? "" : "s");
	if (!s2t_find_init(&find, &trial, &set->of.trace.board, sequence->call, sequence->count, origin,
	                   &error))
		return s2t_complain(&usage, error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_DIVERGED,
		                    "on fresh machines: %s", error.text);
	if (!s2t_finder_keep(set->dir, &find, &trial, &limits, &error))
		(void)s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	struct telling telling = { set, &find, &trial, summary };
	int status = s2t_find_present(&find, &trial, tell, &telling);

	if (status == S2T_FIND_UNSTEADY)
		status = S2T_EXIT_DIVERGED;
	s2t_find_free(&find);
	return status;
}

/* Explores one part. */
static void explore_part(struct s2t_exploration *of, unsigned part, struct s2t_explore_result *result)
{
	struct s2t_explore_options explore = of->explore;
	struct progress progress = { .terminal = isatty(STDERR_FILENO), .next = 1 };
	char path[4096];

	explore.board = &of->trace.board;
	explore.call = &of->trace.call[of->part[part]];
	explore.count = of->part[part + 1] - of->part[part];
	explore.progress = show_progress;
	explore.progress_ctx = &progress;
	explore.watch = s2t_guard_watch;
	if (of->keep) {
		(void)snprintf(path, sizeof(path), "%s.%u", of->keep, part + 1);
		explore.path = path;
	}
	s2t_explore(&explore, result);
	if (progress.terminal)
		fprintf(stderr, "\r%99s\r", "");
	s2t_exploration_add(of, result);
}

static int status_of(const struct settings *set)
{
	switch (set->of.end) {
	case S2T_EXPLORE_DIVERGED: return S2T_EXIT_DIVERGED;
	case S2T_EXPLORE_INTERRUPTED: return S2T_EXIT_INTERRUPTED;
	case S2T_EXPLORE_MEMORY:
	case S2T_EXPLORE_FAILED: return S2T_EXIT_INTERNAL;
	default:
		return set->strict && (set->of.finding || set->of.broken) ? S2T_EXIT_DIVERGED : S2T_EXIT_AGREED;
	}
}

static void print_json(json_t *json)
{
	(void)json_dumpf(json, stdout, JSON_INDENT(2));
	printf("\n");
}

/* What all parts came to; the last of them is `result`. Returns an exit status. */
static int conclude(struct settings *set, const struct s2t_explore_result *result, json_t *parts)
{
	json_t *summary = set->json ? s2t_exploration_json(&set->of, parts) : NULL;
	int status = status_of(set);

	if (!summary)
		s2t_print_exploration_claim(&set->of);
	if (set->of.end == S2T_EXPLORE_DIVERGED)
		status = report(set, result, summary);
	else if (summary)
		print_json(summary);
	if (!summary)
		s2t_print_exploration_rates(&set->of);
	json_decref(summary);
	return status;
}

/* Explores part after part, up to the first that does not end well. */
static int explore(struct settings *set)
{
	struct s2t_explore_result result = { .end = S2T_EXPLORE_COMPLETE };
	json_t *parts = json_array();
	unsigned part = 0;
	int status;

	for (; part < set->of.parts && result.end <= S2T_EXPLORE_BOUND; part++) {
		s2t_explore_result_free(&result);
		explore_part(&set->of, part, &result);
		if (result.end == S2T_EXPLORE_FAILED)
			break;
		if (set->json)
			json_array_append_new(parts, s2t_exploration_part_json(&set->of, part, &result));
		else
			s2t_print_exploration_part(&set->of, part, &result);
	}
	if (!set->json && result.end > S2T_EXPLORE_BOUND && result.end != S2T_EXPLORE_FAILED &&
	    part < set->of.parts)
		printf("parts from %u on: not begun\n", part + 1);
	if (result.end == S2T_EXPLORE_FAILED)
		status = s2t_complain(&usage, result.error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE, "%s",
		                      result.error.text);
	else
		status = conclude(set, &result, parts);
	json_decref(parts);
	s2t_explore_result_free(&result);
	return s2t_finish(status);
}

/* Which calls have to do with each other. */
static void take_apart(struct s2t_exploration *of)
{
	of->parts = 1;
	of->part[1] = of->trace.count;
	if (of->explore.reductions >> S2T_REDUCE_FACTOR & 1)
		of->parts = s2t_universe_parts(&of->trace, of->part);
	if (of->parts == 1)
		of->explore.reductions &= ~(1U << S2T_REDUCE_FACTOR);
}

static int print(struct settings *set)
{
	const struct s2t_trace *trace = &set->of.trace;

	if (!set->json) {
		(void)s2t_trace_print(stdout, &trace->board, trace->call, trace->count, NULL);
		return s2t_finish(S2T_EXIT_AGREED);
	}
	take_apart(&set->of);
	json_t *universe = s2t_exploration_universe_json(&set->of);

	print_json(universe);
	json_decref(universe);
	return s2t_finish(S2T_EXIT_AGREED);
}

static int list(const struct settings *set)
{
	json_t *universes = set->json ? s2t_universes_json() : NULL;

	if (universes)
		print_json(universes);
	else
		s2t_print_universes();
	json_decref(universes);
	return s2t_finish(S2T_EXIT_AGREED);
}

static int run(struct settings *set)
{
	const struct s2t_guard_options guard = { .dir = set->dir,
		                                 .iut = set->of.explore.iut,
		                                 .spec = set->of.explore.lockstep.spec,
		                                 .universe = set->of.name,
		                                 .boards = &set->of.trace.board,
		                                 .board_count = 1 };
	struct s2t_error error;
	int status;

	if (!s2t_universe_load(&set->of.trace, set->of.name, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	if (set->print) {
		status = print(set);
	} else if (!s2t_guard_arm(&guard)) {
		status = s2t_complain(&usage, S2T_EXIT_INTERNAL, "out of memory");
	} else {
		take_apart(&set->of);
		set->of.explore.interrupted = s2t_interrupt_listen();
		status = explore(set);
		s2t_guard_disarm();
	}
	s2t_trace_free(&set->of.trace);
	return status;
}

static unsigned default_jobs(void)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 1 ? 1 : processors > 8 ? 8 : (unsigned)processors;
}

int s2t_cmd_explore(int argc, char **argv, const struct s2t_own *own)
{
	struct settings set = {
		.of = { .name = s2t_universes[0].name,
		        .explore = { .iut = s2t_own_iut(own),
		                     .lockstep = s2t_own_lockstep(own, 0),
		                     .reductions = S2T_REDUCE_ALL,
		                     .depth = UINT32_MAX,
		                     .jobs = default_jobs(),
		                     .memory = UINT64_C(8) << 30 } },
		.dir = "s2twin-out",
	};
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&set, &args, option))
			return args.status;
	set.of.explore.lockstep.by_state = true;
	if (!s2t_args_operands(&args, 0, 1))
		return args.status;
	if (args.operand_count == 1)
		set.of.name = args.operand[0];
	if (!s2t_iut_ready(&args, set.of.explore.iut, &set.of.explore.lockstep))
		return args.status;
	return set.list ? list(&set) : run(&set);
}
