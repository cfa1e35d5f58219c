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
#include "explore.h"
#include "extra.h"
#include "finder.h"
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
	"one state is said in the result (reductions).\n",
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	if (interrupted)
		_exit(S2T_EXIT_INTERRUPTED); /* an implementation that does not return */
	interrupted = 1;
}

struct settings {
	struct s2t_explore_options explore;
	const char *name, *keep, *dir;
	bool list, print, strict, json, has_known;
	struct s2t_trace trace;
	unsigned parts;
	size_t part[S2T_MAX_PARTS + 1];
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

static bool set_option(struct settings *set, struct s2t_args *args, int option)
{
	struct s2t_explore_options *explore = &set->explore;
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
	case OPT_KEEP: set->keep = args->value; return true;
	case OPT_WITHOUT: return parse_without(args, &explore->reductions);
	case OPT_IUT: explore->iut = s2t_iut_by_name(args); return explore->iut != NULL;
	case OPT_MAP: return s2t_args_map(args);
	case OPT_SPEC: return s2t_args_spec(args, &explore->lockstep.spec);
	case OPT_KNOWN: set->has_known = true; return s2t_args_known(args, &explore->lockstep.known);
	case OPT_LEVEL: return s2t_args_level(args, &explore->lockstep.level);
	case OPT_OUT: set->dir = args->value; return true;
	case OPT_LIST: set->list = true; return true;
	case OPT_PRINT: set->print = true; return true;
	case OPT_STRICT: set->strict = true; return true;
	case OPT_JSON: set->json = true; return true;
	default: return false;
	}
}

static int list_universes(void)
{
	printf("%-10s %4s %5s %12s %8s %11s %10s %4s\n", "universe", "VMs", "pages", "guest frames", "contexts",
	       "share limit", "SMMU limit", "host");
	for (const struct s2t_universe *universe = s2t_universes; universe->name; universe++)
		printf("%-10s %4u %5u %12u %8u %11u %10u %4s\n", universe->name, universe->vms, universe->pages,
		       universe->frames, universe->contexts, universe->max_share_count,
		       universe->el2_smmu_cfg_size, universe->host ? "yes" : "no");
	return s2t_finish(S2T_EXIT_AGREED);
}

/* Reads the universe. Returns an exit status. */
static int load(struct settings *set)
{
	const struct s2t_universe *universe = s2t_universe_find(set->name);
	struct s2t_error error = { .resource = false };
	bool good;

	if (universe) {
		char *text = s2t_universe_text(universe);

		good = text && s2t_trace_parse(&set->trace, S2T_TRACE, set->name, text, strlen(text), &error);
		free(text);
	} else {
		good = s2t_trace_load(&set->trace, S2T_TRACE, set->name, &error);
		if (!good && access(set->name, F_OK) != 0 && !strchr(set->name, '/') && !strchr(set->name, '.'))
			return s2t_complain(&usage, S2T_EXIT_USAGE,
			                    "there is no universe '%s' (--list), and no such file",
			                    s2t_quote_text(set->name).text);
	}
	if (good && !s2t_trace_check_physical(&set->trace, set->name, &error)) {
		s2t_trace_free(&set->trace);
		good = false;
	}
	if (good)
		return S2T_EXIT_AGREED;
	fprintf(stderr, "%s\n", error.text);
	return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
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

static const char *const ends[] = {
	[S2T_EXPLORE_COMPLETE] = "complete",       [S2T_EXPLORE_BOUND] = "depth bound",
	[S2T_EXPLORE_DIVERGED] = "DIVERGED",       [S2T_EXPLORE_MEMORY] = "memory limit",
	[S2T_EXPLORE_INTERRUPTED] = "interrupted", [S2T_EXPLORE_FAILED] = "failed",
};

/* What became of all parts together. */
struct outcome {
	enum s2t_explore_end end;
	uint64_t states, transitions, panics, undefined, bytes, resumed;
	uint32_t depth, reductions;
	double seconds;
	bool finding;
	struct s2t_stats stats;
	json_t *parts;
};

static json_t *sequence_json(const struct s2t_explore_sequence *sequence)
{
	json_t *array = json_array();
	char line[256];

	for (size_t i = 0; i < sequence->count; i++) {
		(void)s2t_call_print(line, sizeof(line), &sequence->call[i]);
		json_array_append_new(array, json_string(line));
	}
	return array;
}

static json_t *part_json(const struct settings *set, unsigned part, const struct s2t_explore_result *result)
{
	json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s}", "calls",
	                           (json_int_t)(set->part[part + 1] - set->part[part]), "states",
	                           (json_int_t)result->states, "transitions", (json_int_t)result->transitions,
	                           "panics", (json_int_t)result->panics, "undefined",
	                           (json_int_t)result->undefined, "depth", (json_int_t)result->depth,
	                           "complete", (int)(result->end == S2T_EXPLORE_COMPLETE), "end",
	                           ends[result->end]);
	json_t *on = json_array(), *off = json_object(), *findings = json_object(), *cases = json_object();

	for (unsigned i = 0; i < S2T_CASE_COUNT; i++)
		if (result->cases[i])
			json_object_set_new(cases, s2t_case_row((enum s2t_case)i)->name,
			                    json_integer((json_int_t)result->cases[i]));

	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++) {
		const char *name = s2t_reduction_name((enum s2t_reduction)i);

		if (result->reductions >> i & 1)
			json_array_append_new(on, json_string(name));
		if (result->why_not[i])
			json_object_set_new(off, name, json_string(result->why_not[i]));
	}
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		if (result->finding[i].count)
			json_object_set_new(findings, s2t_finding_name((enum s2t_finding)i),
			                    sequence_json(&result->finding[i]));
	json_object_set_new(object, "cases", cases);
	json_object_set_new(object, "reductions", on);
	json_object_set_new(object, "not_reduced", off);
	json_object_set_new(object, "findings", findings);
	return object;
}

static void print_part(const struct settings *set, unsigned part, const struct s2t_explore_result *result)
{
	char line[256];
	unsigned reached = 0;

	for (unsigned i = 0; i < S2T_CASE_COUNT; i++)
		reached += result->cases[i] != 0;
	printf("part %u of %u: %zu calls, %s\n", part + 1, set->parts, set->part[part + 1] - set->part[part],
	       ends[result->end]);
	printf("  %" PRIu64 " states, %" PRIu64 " expanded, depth %" PRIu32 "\n", result->states,
	       result->expanded, result->depth);
	printf("  %" PRIu64 " transitions compared, %" PRIu64 " of them panics; %" PRIu64
	       " calls undefined; %u cases reached\n",
	       result->transitions, result->panics, result->undefined, reached);
	printf("  reduced:");
	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (result->reductions >> i & 1)
			printf(" %s", s2t_reduction_name((enum s2t_reduction)i));
	printf("\n");
	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (result->why_not[i])
			printf("  not reduced: %s: %s\n", s2t_reduction_name((enum s2t_reduction)i),
			       result->why_not[i]);
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++) {
		const struct s2t_explore_sequence *sequence = &result->finding[i];

		if (sequence->count == 0)
			continue;
		printf("  finding: %s, after\n", s2t_finding_text((enum s2t_finding)i));
		for (size_t k = 0; k < sequence->count; k++) {
			(void)s2t_call_print(line, sizeof(line), &sequence->call[k]);
			printf("    %s\n", line);
		}
	}
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
	const struct s2t_trial_options trial = { .iut = set->explore.iut, .lockstep = set->explore.lockstep };
	const struct s2t_shrink_options limits = { .operations = S2T_SHRINK_OPERATIONS };
	const struct s2t_explore_sequence *sequence = &result->divergence;
	struct s2t_error error;
	struct s2t_find find;
	char origin[128];

	(void)snprintf(origin, sizeof(origin), "universe %.80s, %zu calls", set->name, sequence->count);
	if (!s2t_find_init(&find, &trial, &set->trace.board, sequence->call, sequence->count, origin, &error))
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

/* Explores one part; adds to the outcome. */
static void explore_part(struct settings *set, unsigned part, struct outcome *outcome,
                         struct s2t_explore_result *result)
{
	struct s2t_explore_options explore = set->explore;
	struct progress progress = { .terminal = isatty(STDERR_FILENO), .next = 1 };
	char path[4096];

	explore.board = &set->trace.board;
	explore.call = &set->trace.call[set->part[part]];
	explore.count = set->part[part + 1] - set->part[part];
	explore.interrupted = &interrupted;
	explore.progress = show_progress;
	explore.progress_ctx = &progress;
	if (set->keep) {
		(void)snprintf(path, sizeof(path), "%s.%u", set->keep, part + 1);
		explore.path = path;
	}
	s2t_explore(&explore, result);
	if (progress.terminal)
		fprintf(stderr, "\r%99s\r", "");
	outcome->states += result->states;
	outcome->transitions += result->transitions;
	outcome->panics += result->panics;
	outcome->undefined += result->undefined;
	outcome->bytes += result->bytes;
	outcome->resumed += result->resumed;
	outcome->seconds += result->seconds;
	outcome->reductions |= result->reductions;
	s2t_stats_add(&outcome->stats, &result->stats);
	if (result->depth > outcome->depth)
		outcome->depth = result->depth;
	if (result->end > outcome->end)
		outcome->end = result->end;
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		outcome->finding = outcome->finding || result->finding[i].count > 0;
}

static void print_claim(const struct settings *set, const struct outcome *outcome)
{
	const struct s2t_lockstep_options *lockstep = &set->explore.lockstep;
	const char *except = lockstep->map                     ? ", but for what the map lets pass"
	                     : lockstep->spec == S2T_SPEC_HIGH ? ", but for the known differences"
	                                                       : "";
	const size_t calls = set->trace.count;

	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (outcome->reductions >> i & 1)
			printf("reduction %-9s %s\n", s2t_reduction_name((enum s2t_reduction)i),
			       s2t_reduction_text((enum s2t_reduction)i));
	s2t_report_passed(stdout, &outcome->stats, lockstep);
	if (outcome->resumed)
		printf("%" PRIu64 " states came from %s\n", outcome->resumed, set->keep);
	if (outcome->end <= S2T_EXPLORE_BOUND && outcome->transitions == 0)
		printf("nothing was compared: no call could be made from any state\n");
	else if (outcome->end == S2T_EXPLORE_COMPLETE)
		printf("no sequence of any length over %s%zu call%s on this board diverges%s\n",
		       calls == 1 ? "this " : "these ", calls, calls == 1 ? "" : "s", except);
	else if (outcome->end == S2T_EXPLORE_BOUND)
		printf("no sequence of up to %" PRIu32 " of these %zu calls on this board diverges%s\n",
		       set->explore.depth, calls, except);
	else if (outcome->end != S2T_EXPLORE_DIVERGED)
		printf("not finished (%s): of what was explored nothing diverged\n", ends[outcome->end]);
}

static json_t *summary_json(const struct settings *set, const struct outcome *outcome)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s}", "version", S2T_VERSION,
	                           "universe", set->name, "calls", (json_int_t)set->trace.count, "states",
	                           (json_int_t)outcome->states, "transitions", (json_int_t)outcome->transitions,
	                           "panics", (json_int_t)outcome->panics, "undefined",
	                           (json_int_t)outcome->undefined, "depth", (json_int_t)outcome->depth,
	                           "complete", (int)(outcome->end == S2T_EXPLORE_COMPLETE), "end",
	                           ends[outcome->end]);

	s2t_report_passed_json(object, &outcome->stats, &set->explore.lockstep);
	json_object_set(object, "parts", outcome->parts);
	json_object_set_new(object, "timing",
	                    json_pack("{s:f, s:f, s:f, s:f}", "seconds", outcome->seconds, "states_per_s",
	                              (double)outcome->states / outcome->seconds, "transitions_per_s",
	                              (double)outcome->transitions / outcome->seconds, "bytes_per_state",
	                              (double)outcome->bytes / (double)outcome->states));
	return object;
}

static int status_of(const struct settings *set, const struct outcome *outcome)
{
	switch (outcome->end) {
	case S2T_EXPLORE_DIVERGED: return S2T_EXIT_DIVERGED;
	case S2T_EXPLORE_INTERRUPTED: return S2T_EXIT_INTERRUPTED;
	case S2T_EXPLORE_MEMORY:
	case S2T_EXPLORE_FAILED: return S2T_EXIT_INTERNAL;
	default: return set->strict && outcome->finding ? S2T_EXIT_DIVERGED : S2T_EXIT_AGREED;
	}
}

/* Explores part after part, up to the first that does not end well. */
static int explore(struct settings *set)
{
	struct outcome outcome = { .end = S2T_EXPLORE_COMPLETE, .parts = json_array() };
	struct s2t_explore_result result = { .end = S2T_EXPLORE_COMPLETE };
	int status;

	unsigned part = 0;

	for (; part < set->parts && result.end <= S2T_EXPLORE_BOUND; part++) {
		s2t_explore_result_free(&result);
		explore_part(set, part, &outcome, &result);
		if (result.end == S2T_EXPLORE_FAILED)
			break;
		if (set->json)
			json_array_append_new(outcome.parts, part_json(set, part, &result));
		else
			print_part(set, part, &result);
	}
	if (!set->json && result.end > S2T_EXPLORE_BOUND && part < set->parts)
		printf("parts from %u on: not begun\n", part + 1);
	status = status_of(set, &outcome);
	if (outcome.end == S2T_EXPLORE_FAILED) {
		(void)s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", result.error.text);
	} else {
		json_t *summary = set->json ? summary_json(set, &outcome) : NULL;

		if (!set->json)
			print_claim(set, &outcome);
		if (outcome.end == S2T_EXPLORE_DIVERGED) {
			status = report(set, &result, summary);
		} else if (set->json) {
			json_dumpf(summary, stdout, JSON_INDENT(2));
			printf("\n");
		}
		json_decref(summary);
		if (!set->json) /* the last line, and the only one that another run does not repeat */
			printf("%.2f s, %.2f M states/min, %.2f M transitions/s, %.0f bytes a state\n",
			       outcome.seconds, (double)outcome.states / outcome.seconds * 60 / 1e6,
			       (double)outcome.transitions / outcome.seconds / 1e6,
			       (double)outcome.bytes / (double)outcome.states);
	}
	json_decref(outcome.parts);
	s2t_explore_result_free(&result);
	return s2t_finish(status);
}

static int run(struct settings *set)
{
	struct sigaction action = { .sa_handler = on_signal };
	int status = load(set);

	if (status != S2T_EXIT_AGREED)
		return status;
	if (set->print) {
		(void)s2t_trace_print(stdout, &set->trace.board, set->trace.call, set->trace.count, NULL);
		s2t_trace_free(&set->trace);
		return s2t_finish(S2T_EXIT_AGREED);
	}
	set->parts = 1;
	set->part[1] = set->trace.count;
	if (set->explore.reductions >> S2T_REDUCE_FACTOR & 1)
		set->parts = s2t_universe_parts(&set->trace, set->part);
	if (set->parts == 1)
		set->explore.reductions &= ~(1U << S2T_REDUCE_FACTOR);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = explore(set);
	s2t_trace_free(&set->trace);
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
		.explore = { .iut = s2t_own_iut(own),
		             .lockstep = s2t_own_lockstep(own, 0),
		             .reductions = S2T_REDUCE_ALL,
		             .depth = UINT32_MAX,
		             .jobs = default_jobs(),
		             .memory = UINT64_C(8) << 30 },
		.name = s2t_universes[0].name,
		.dir = "s2twin-out",
	};
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&set, &args, option))
			return args.status;
	if (!s2t_args_operands(&args, 0, 1))
		return args.status;
	if (args.operand_count == 1)
		set.name = args.operand[0];
	if (set.has_known && set.explore.lockstep.spec == S2T_SPEC_LOW)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "--known has a meaning only with --spec high");
	if (!s2t_iut_ready(&args, set.explore.iut, &set.explore.lockstep))
		return args.status;
	return set.list ? list_universes() : run(&set);
}
