/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin run`: random lockstep.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "campaign.h"
#include "ci.h"
#include "cmd.h"
#include "finder.h"
#include "guard.h"
#include "interrupt.h"
#include "iuts.h"
#include "report.h"

enum {
	OPT_SEED,
	OPT_OPS,
	OPT_TIME,
	OPT_MAX_LEN,
	OPT_JOBS,
	OPT_BOARD,
	OPT_IUT,
	OPT_MAP,
	OPT_WATCH,
	OPT_SPEC,
	OPT_LEVEL,
	OPT_LAYER,
	OPT_KNOWN,
	OPT_OUT,
	OPT_KEEP_GOING,
	OPT_NO_SHRINK,
	OPT_ISOLATE,
	OPT_HANG_LIMIT,
	OPT_MEMORY_LIMIT,
	OPT_JUNIT,
	OPT_SARIF,
	OPT_UNDEFINED,
	OPT_AFTER_PANIC,
	OPT_FULL_EVERY,
	OPT_LOGS,
	OPT_INVARIANTS,
	OPT_FORBID,
	OPT_STRICT,
	OPT_JSON,
};

static const struct s2t_option options[] = {
	[OPT_SEED] = { "seed", "N", "of the random numbers; without it one is picked and printed" },
	[OPT_OPS] = { "ops", "N",
	              "stop after N operations over all sequences (default: 1M, unless --time is given)" },
	[OPT_TIME] = { "time", "S", "stop after S seconds" },
	[OPT_MAX_LEN] = { "max-len", "N", "operations in a sequence at most (default: 512)" },
	[OPT_JOBS] = { "jobs", "N", "threads (default: 1); the result does not depend on it" },
	[OPT_BOARD] = { "board", "BOARD", "a named board or a board file (default: all named ones in turn)" },
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_WATCH] = S2T_OPTION_WATCH,
	[OPT_SPEC] = S2T_OPTION_SPEC,
	[OPT_KNOWN] = S2T_OPTION_KNOWN,
	[OPT_LEVEL] = S2T_OPTION_LEVEL,
	[OPT_LAYER] = { "layer", "memory|hypercall|all", "whose operations are drawn (default: memory)" },
	[OPT_OUT] = { "out", "DIR", "where divergences are kept, each once (default: s2twin-out)" },
	[OPT_KEEP_GOING] = { "keep-going", NULL,
	                     "do not stop at a divergence: keep each new one, count the others" },
	[OPT_NO_SHRINK] = { "no-shrink", NULL, "keep and print a divergence as it was found" },
	[OPT_ISOLATE] = S2T_OPTION_ISOLATE,
	[OPT_HANG_LIMIT] = S2T_OPTION_HANG_LIMIT,
	[OPT_MEMORY_LIMIT] = S2T_OPTION_MEMORY_LIMIT,
	[OPT_JUNIT] = { "junit", "FILE", "write the result as JUnit XML, too" },
	[OPT_SARIF] = { "sarif", "FILE", "write the divergences as SARIF, too" },
	[OPT_UNDEFINED] = S2T_OPTION_UNDEFINED,
	[OPT_AFTER_PANIC] = S2T_OPTION_AFTER_PANIC,
	[OPT_FULL_EVERY] = { "full-every", "N",
	                     "compare the whole state every N steps, not only at ends of sequences" },
	[OPT_LOGS] = S2T_OPTION_LOGS,
	[OPT_INVARIANTS] = S2T_OPTION_INVARIANTS,
	[OPT_FORBID] = S2T_OPTION_FORBID,
	[OPT_STRICT] = { "strict", NULL, "exit status 1 for a finding, too" },
	[OPT_JSON] = { "json", NULL, "print the summary, and a divergence, as JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"run",
	"",
	options,
	"Runs random operations on the model and on the implementation, one at a time, and compares both after\n"
	"each, until a limit, a divergence or an interrupt. A divergence is shrunk, printed, and kept once by its\n"
	"signature: SIGNATURE.trace, SIGNATURE.orig.trace as it was found, .json, .html, and in .count how often it was\n"
	"seen. It is known if it was kept before, or is one of corpus/regressions. Without --isolate a crash of the\n"
	"implementation ends the run; its sequence is then DIR/crash-SEED-NUMBER.trace. A second interrupt ends the run at\n"
	"once, without a summary, also where the implementation hangs.\n",
};

struct settings {
	struct s2t_campaign_options campaign;
	struct s2t_finder finder;
	struct s2t_isolation isolation;
	struct s2t_regressions regressions;
	const char *board, *junit, *sarif;
	bool has_seed, strict, json;
};

static bool set_option(struct settings *set, struct s2t_args *args, int option)
{
	const struct s2t_iut_settings iut = { .iut = &set->campaign.iut,
		                              .lockstep = &set->campaign.lockstep,
		                              .isolated = &set->campaign.isolation,
		                              .isolation = &set->isolation };
	uint64_t number = 0;

	switch (option) {
	case OPT_SEED: set->has_seed = true; return s2t_args_number(args, 0, UINT64_MAX, &set->campaign.seed);
	case OPT_OPS: return s2t_args_number(args, 1, UINT64_MAX, &set->campaign.operations);
	case OPT_TIME:
		if (!s2t_args_number(args, 1, 1000000000, &number))
			return false;
		set->campaign.seconds = (double)number;
		return true;
	case OPT_MAX_LEN:
		if (!s2t_args_number(args, 1, 100000000, &number))
			return false;
		set->campaign.max_len = (uint32_t)number;
		return true;
	case OPT_JOBS:
		if (!s2t_args_number(args, 1, 256, &number))
			return false;
		set->campaign.jobs = (unsigned)number;
		return true;
	case OPT_BOARD: set->board = args->value; return true;
	case OPT_LAYER:
		if (!s2t_args_layers(args, &set->campaign.layers))
			return false;
		set->campaign.lockstep.layers = set->campaign.layers;
		return true;
	case OPT_OUT: set->finder.dir = args->value; return true;
	case OPT_KEEP_GOING: set->finder.keep_going = true; return true;
	case OPT_NO_SHRINK: set->finder.shrink = false; return true;
	case OPT_JUNIT: set->junit = args->value; return true;
	case OPT_SARIF: set->sarif = args->value; return true;
	case OPT_FULL_EVERY:
		if (!s2t_args_number(args, 1, UINT32_MAX, &number))
			return false;
		set->campaign.lockstep.full_every = (uint32_t)number;
		return true;
	case OPT_STRICT: set->strict = true; return true;
	case OPT_JSON: set->json = true; return true;
	default: return s2t_args_iut(args, &iut);
	}
}

/* A progress line that rewrites itself on a terminal, a plain line every five seconds elsewhere. */
struct progress {
	bool terminal;
	double next;
};

static void show_progress(void *ctx, uint64_t operations, uint64_t sequences, double seconds)
{
	struct progress *progress = ctx;

	if (seconds < progress->next)
		return;
	fprintf(stderr, "%s%" PRIu64 " operations, %" PRIu64 " sequences, %.0f s, %.2f M operations/s%s",
	        progress->terminal ? "\r" : "", operations, sequences, seconds,
	        (double)operations / seconds / 1e6, progress->terminal ? "   " : "\n");
	fflush(stderr);
	progress->next = seconds + (progress->terminal ? 0.2 : 5.0);
}

/* How long it took differs from run to run, so it does not stand in the report. */
static void print_shrink_time(const struct s2t_find *find)
{
	if (find->was_shrunk)
		fprintf(stderr, "shrunk from %zu to %zu operations in %.2f ms\n", find->shrunk.given,
		        find->shrunk.sequence.count, find->shrunk.seconds * 1e3);
}

/* What is told of the find that ended the campaign. */
struct telling {
	const struct settings *set;
	json_t *summary; /* NULL: as text */
};

static int tell(void *ctx, struct s2t_lockstep *ls)
{
	const struct telling *telling = ctx;
	const struct s2t_finder *finder = &telling->set->finder;
	const struct s2t_find *find = &finder->find;
	const struct s2t_call *steps = find->shrunk.sequence.call;
	char replay[S2T_REPLAY_OPTIONS];

	if (telling->summary) {
		json_t *divergence = s2t_report_divergence_json(ls, steps, find->origin);

		json_object_set_new(telling->summary, "divergence",
		                    s2t_find_json(find, &finder->trial, divergence));
		json_object_set_new(telling->summary, "trace", json_string(find->path));
		json_dumpf(telling->summary, stdout, JSON_INDENT(2));
		printf("\n");
		return S2T_EXIT_DIVERGED;
	}
	s2t_report_find(stdout, ls, find, s2t_find_replay_options(&finder->trial, replay, sizeof(replay)));
	return S2T_EXIT_DIVERGED;
}

/* One line for each new find of a campaign that goes on. */
static void tell_tally(void *ctx, const struct s2t_tally *tally)
{
	const struct settings *set = ctx;

	fprintf(set->json ? stderr : stdout, "found %s  %s  %s, %zu of %zu operations left, %s\n",
	        tally->signature.id, tally->signature.text, tally->origin, tally->length, tally->given,
	        tally->path);
	fflush(stdout);
}

static void print_tallies(const struct s2t_finder *finder, json_t *summary)
{
	json_t *array = summary ? json_array() : NULL;

	for (size_t i = 0; i < finder->tally_count; i++) {
		const struct s2t_tally *tally = &finder->tally[i];
		const bool is_new = tally->novelty == S2T_NOVELTY_NEW;

		if (summary)
			json_array_append_new(array, json_pack("{s:s, s:s, s:b, s:I, s:s, s:s}", "signature",
			                                       tally->signature.id, "difference",
			                                       tally->signature.text, "new", (int)is_new,
			                                       "times", (json_int_t)tally->times, "first",
			                                       tally->origin, "trace", tally->path));
		else
			printf("%s %s  %" PRIu64 " times  %s\n", tally->signature.id,
			       is_new ? "NEW  " : "known", tally->times, tally->signature.text);
	}
	if (summary)
		json_object_set_new(summary, "divergences", array);
}

/* What cannot be replayed is told by the machines that saw it. */
static void print_unsteady(const struct s2t_finder *finder, json_t *summary)
{
	const uint64_t kept = finder->unsteady < S2T_UNSTEADY_KEPT ? finder->unsteady : S2T_UNSTEADY_KEPT;
	json_t *array = json_array();

	for (uint64_t i = 0; i < kept; i++) {
		const struct s2t_unsteady *unsteady = &finder->kept[i];
		json_t *object = json_pack("{s:s, s:s}", "origin", unsteady->origin, "trace", unsteady->path);

		json_object_set(object, "divergence", unsteady->divergence);
		json_array_append_new(array, object);
		if (!summary)
			printf("unsteady: %s %s; kept as %s\n", unsteady->origin, s2t_unsteady_text,
			       unsteady->path);
	}
	if (!summary && finder->unsteady > kept)
		printf("unsteady: %" PRIu64 " more like that\n", finder->unsteady - kept);
	if (summary)
		json_object_set_new(summary, "unsteady",
		                    json_pack("{s:I, s:s, s:O}", "times", (json_int_t)finder->unsteady,
		                              "message", s2t_unsteady_text, "first", array));
	json_decref(array);
}

/* The run is one case; each signature that it found, and each find that cannot be replayed, is another. */
static int write_reports(const struct settings *set, const struct s2t_campaign *campaign, int status)
{
	struct s2t_ci ci = { .command = "run", .iut = set->campaign.iut };
	struct s2t_error error;
	char name[64], text[640];
	bool good;

	(void)snprintf(name, sizeof(name), "seed 0x%" PRIx64, set->campaign.seed);
	s2t_ci_add(&ci,
	           &(struct s2t_ci_case){ .name = name,
	                                  .result = status > S2T_EXIT_DIVERGED ? S2T_CI_ERROR : S2T_CI_PASSED,
	                                  .message = "the run was interrupted",
	                                  .seconds = campaign->seconds });
	for (size_t i = 0; i < set->finder.tally_count; i++) {
		const struct s2t_tally *tally = &set->finder.tally[i];

		(void)snprintf(text, sizeof(text), "Divergence (%s): %s; %" PRIu64 " times, first in %s",
		               tally->novelty == S2T_NOVELTY_NEW ? "new" : "known", tally->signature.text,
		               tally->times, tally->origin);
		s2t_ci_add(&ci, &(struct s2t_ci_case){ .name = tally->signature.id,
		                                       .result = S2T_CI_FAILED,
		                                       .rule = tally->signature.id,
		                                       .message = text,
		                                       .file = tally->path,
		                                       .line = s2t_ci_last_line(&ci, tally->path) });
	}
	for (uint64_t i = 0; i < set->finder.unsteady && i < S2T_UNSTEADY_KEPT; i++) {
		const struct s2t_unsteady *unsteady = &set->finder.kept[i];

		(void)snprintf(text, sizeof(text), "%s %s", unsteady->origin, s2t_unsteady_text);
		s2t_ci_add(&ci, &(struct s2t_ci_case){ .name = unsteady->origin,
		                                       .result = S2T_CI_FAILED,
		                                       .rule = "unsteady",
		                                       .message = text,
		                                       .file = unsteady->path,
		                                       .line = s2t_ci_last_line(&ci, unsteady->path) });
	}
	good = (!set->junit || s2t_junit_write(&ci, set->junit, &error)) &&
	       (!set->sarif || s2t_sarif_write(&ci, set->sarif, &error));
	s2t_ci_free(&ci);
	return good ? S2T_EXIT_AGREED : s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
}

static bool any_finding(const struct s2t_stats *stats)
{
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		if (stats->findings[i])
			return true;
	return s2t_invariants_found(stats) > 0;
}

/* What the status means; the summary goes to standard output. */
static int conclude(struct settings *set, const struct s2t_campaign *campaign, const struct s2t_boards *boards)
{
	static const char *const ends[] = { "agreed", "DIVERGED", "interrupted", "failed" };
	const bool went_on = campaign->end == S2T_CAMPAIGN_DONE && set->finder.tally_count > 0;
	const char *end = ends[went_on ? S2T_CAMPAIGN_DIVERGED : campaign->end];
	const struct s2t_lockstep_options *lockstep = &set->campaign.lockstep;
	json_t *summary = NULL;
	int status = S2T_EXIT_AGREED;

	if (campaign->end == S2T_CAMPAIGN_FAILED)
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", campaign->error.text);
	if (set->finder.failed || !s2t_finder_flush(&set->finder))
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", set->finder.error.text);
	if (set->json) {
		json_t *left_out = json_array();

		summary = s2t_report_summary_json(&campaign->stats, lockstep);
		json_object_set_new(summary, "version", json_string(S2T_VERSION));
		json_object_set_new(summary, "seed", json_sprintf("0x%" PRIx64, set->campaign.seed));
		json_object_set_new(summary, "result", json_string(end));
		for (size_t i = 0; i < boards->refused; i++)
			json_array_append_new(left_out,
			                      json_pack("{s:s, s:s}", "board", boards->refusal[i].board, "why",
			                                boards->refusal[i].why));
		json_object_set_new(summary, "boards_left_out", left_out);
		json_object_set_new(summary, "operations", json_integer((json_int_t)campaign->operations));
		json_object_set_new(summary, "timing",
		                    json_pack("{s:f, s:f}", "seconds", campaign->seconds, "operations_per_s",
		                              (double)campaign->operations / campaign->seconds));
	} else {
		s2t_report_summary(stdout, &campaign->stats, lockstep);
		for (size_t i = 0; i < boards->refused; i++)
			printf("board left out: %s\n", boards->refusal[i].why);
		printf("%s: %" PRIu64 " operations in %" PRIu64 " sequences on %zu board%s, seed 0x%" PRIx64
		       "\n",
		       end, campaign->operations, campaign->stats.sequences, boards->count,
		       boards->count == 1 ? "" : "s", set->campaign.seed);
	}
	struct telling telling = { set, summary };

	bool told = false; /* the summary, with a find */

	if (set->finder.keep_going)
		print_tallies(&set->finder, summary);
	if (set->finder.unsteady > 0)
		print_unsteady(&set->finder, summary);
	if (set->finder.has_find) {
		print_shrink_time(&set->finder.find);
		status = s2t_find_present(&set->finder.find, &set->finder.trial, tell, &telling);
		told = status == S2T_EXIT_DIVERGED;
		if (status == S2T_FIND_UNSTEADY)
			status = S2T_EXIT_DIVERGED;
	} else if (set->finder.tally_count > 0 || set->finder.unsteady > 0) {
		status = S2T_EXIT_DIVERGED;
	} else if (campaign->end == S2T_CAMPAIGN_INTERRUPTED) {
		status = S2T_EXIT_INTERRUPTED;
	} else if (set->strict && any_finding(&campaign->stats)) {
		status = S2T_EXIT_DIVERGED;
	}
	if (set->json) {
		if (!told) {
			json_dumpf(summary, stdout, JSON_INDENT(2));
			printf("\n");
		}
		json_decref(summary);
	} else {
		/* The last line, and the only one that another run of the same seed does not repeat. */
		printf("%.2f s, %.2f M operations/s\n", campaign->seconds,
		       (double)campaign->operations / campaign->seconds / 1e6);
	}
	const int written = write_reports(set, campaign, status);

	return s2t_finish(written > status ? written : status);
}

static int run(struct settings *set)
{
	struct s2t_boards boards;
	struct s2t_campaign campaign;
	struct s2t_error error = { .resource = false };
	struct progress progress = { .terminal = isatty(STDERR_FILENO), .next = 0.2 };

	if (!s2t_boards_load(&boards, set->board, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	if (set->campaign.lockstep.level == S2T_LEVEL_STACK &&
	    !s2t_boards_fit(&boards, set->campaign.iut, &set->campaign.lockstep, set->campaign.isolation,
	                    set->board != NULL, &error)) {
		fprintf(stderr, "%s\n", error.text);
		s2t_boards_free(&boards);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	if (!progress.terminal)
		progress.next = 5.0;
	if (!set->has_seed)
		set->campaign.seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	/* First of all, so that it is known whatever happens next. */
	fprintf(set->json ? stderr : stdout, "seed 0x%" PRIx64 "\n", set->campaign.seed);
	fflush(stdout);
	set->campaign.boards = boards.board;
	set->campaign.board_count = boards.count;
	set->campaign.progress = show_progress;
	set->campaign.progress_ctx = &progress;
	set->campaign.found = s2t_finder_found;
	set->campaign.found_ctx = &set->finder;
	set->finder.regressions = &set->regressions;
	set->finder.trial = (struct s2t_trial_options){ .iut = set->campaign.iut,
		                                        .lockstep = set->campaign.lockstep,
		                                        .isolation = set->campaign.isolation };
	set->finder.seed = set->campaign.seed;
	set->finder.told = set->finder.keep_going ? tell_tally : NULL;
	set->finder.told_ctx = set;
	const struct s2t_guard_options guard = { .dir = set->finder.dir,
		                                 .boards = boards.board,
		                                 .board_count = boards.count,
		                                 .iut = set->campaign.iut,
		                                 .spec = set->campaign.lockstep.spec,
		                                 .seed = set->campaign.seed };

	if (!set->campaign.isolation && !s2t_guard_arm(&guard)) {
		s2t_boards_free(&boards);
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "out of memory");
	}
	set->campaign.watch = set->campaign.isolation ? NULL : s2t_guard_watch;
	set->campaign.interrupted = s2t_interrupt_listen();
	set->finder.limits.interrupted = set->campaign.interrupted;
	s2t_campaign_run(&set->campaign, &campaign);
	if (progress.terminal)
		fprintf(stderr, "\r%79s\r", "");
	int status = conclude(set, &campaign, &boards);

	s2t_guard_disarm();
	s2t_finder_free(&set->finder);
	s2t_boards_free(&boards);
	return status;
}

int s2t_cmd_run(int argc, char **argv, const struct s2t_own *own)
{
	struct settings set = {
		.campaign = { .max_len = 512,
		              .jobs = 1,
		              .iut = s2t_own_iut(own),
		              .lockstep = s2t_own_lockstep(own, 0) },
		.finder = { .dir = "s2twin-out",
		            .shrink = true,
		            .limits = { .operations = S2T_SHRINK_OPERATIONS } },
		.isolation = { .hang_limit = S2T_HANG_LIMIT },
	};
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&set, &args, option))
			return args.status;
	if (!s2t_args_operands(&args, 0, 0))
		return args.status;
	if (set.campaign.layers & S2T_GEN_HYPERCALL &&
	    (set.campaign.lockstep.level == S2T_LEVEL_BODY || set.campaign.lockstep.spec != S2T_SPEC_LOW))
		return s2t_complain(&usage, S2T_EXIT_USAGE,
		                    "--layer hypercall and all go with --level stack and --spec low only");
	if (!s2t_iut_ready(&args, set.campaign.iut, &set.campaign.lockstep))
		return args.status;
	if (!set.campaign.operations && set.campaign.seconds <= 0)
		set.campaign.operations = 1000000;
	/* Those of the tree that one stands in. */
	if (!s2t_regressions_look(&set.regressions, "corpus"))
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "out of memory");
	const int status = run(&set);

	s2t_regressions_free(&set.regressions);
	return status;
}
