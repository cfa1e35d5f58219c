/* SPDX-License-Identifier: BSD-2-Clause */
/* `s2twin bench`: what a step costs, and where, and how that grows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "cmd.h"
#include "iuts.h"
#include "report.h"
#include "universe.h"

enum {
	OPT_SEED,
	OPT_BOARD,
	OPT_IUT,
	OPT_MAP,
	OPT_WATCH,
	OPT_MAX_LEN,
	OPT_LAYER,
	OPT_ROUNDS,
	OPT_GROWTH,
	OPT_ENTRIES,
	OPT_OPS,
	OPT_EXPLORE,
	OPT_JSON
};

static const struct s2t_option options[] = {
	[OPT_SEED] = { "seed", "N", "of the recorded sequences (default: 1)" },
	[OPT_BOARD] = { "board", "BOARD", "a named board or a board file (default: all named ones in turn)" },
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_WATCH] = S2T_OPTION_WATCH,
	[OPT_MAX_LEN] = { "max-len", "N", "operations in a sequence at most (default: 512)" },
	[OPT_LAYER] = { "layer", "memory|hypercall|all", "whose operations are drawn (default: memory)" },
	[OPT_ROUNDS] = { "rounds", "N", "rounds (default: 21)" },
	[OPT_GROWTH] = { "growth", NULL, "also with larger boards, more live entries and longer runs" },
	[OPT_ENTRIES] = { "entries", "N", "live entries of --growth, 10 to 10M (default: 1M)" },
	[OPT_OPS] = { "ops", "N", "operations of the run of --growth, 10k and more (default: 1M)" },
	[OPT_EXPLORE] = { "explore", "UNIVERSE",
	                  "also a search of that universe, such as contexts, on one thread" },
	[OPT_JSON] = { "json", NULL, "print the figures as JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"bench",
	"",
	options,
	"Records random sequences and runs them through each part alone and through lockstep, in one process on\n"
	"one core. Figures are CPU time, medians over the rounds. Compare figures of one run only; for two revisions\n"
	"there is `./dev bench --compare REV`.\n",
};

/* What the harness adds to both machines. */
static double overhead(const struct s2t_bench *bench)
{
	return bench->ns[S2T_BENCH_LOCKSTEP] - bench->ns[S2T_BENCH_IMPLEMENTATION] -
	       bench->ns[S2T_BENCH_MODEL_LOW];
}

/* What it takes to check all invariants: after each step, and from scratch at the end of one sequence in 256. */
static double invariants(const struct s2t_bench *bench)
{
	return bench->ns[S2T_BENCH_CHECKED] - bench->ns[S2T_BENCH_LOCKSTEP];
}

static double ratio(const struct s2t_bench *bench)
{
	return bench->ns[S2T_BENCH_IMPLEMENTATION] / bench->ns[S2T_BENCH_LOCKSTEP];
}

/* Calls for each entry written: a hypercall may give a VM 512 pages. */
static double per_entry(const struct s2t_bench *bench)
{
	return (double)bench->calls / (double)(bench->touches ? bench->touches : 1);
}

static void print_part(const struct s2t_bench *bench, const char *name, enum s2t_bench_part part)
{
	printf("  %-28s %7.1f ns a call  %7.2f M calls/s\n", name, bench->ns[part], 1e3 / bench->ns[part]);
}

static void print_ns(const char *name, double ns)
{
	printf("  %-28s %7.1f ns a call\n", name, ns);
}

static void print_text(const struct s2t_bench *bench, bool elsewhere)
{
	printf("%" PRIu64 " calls in %" PRIu64 " recorded sequences, %s, medians\n", bench->calls,
	       bench->sequences,
	       elsewhere ? "time by the clock (the implementation is another process)" : "CPU time");
	print_part(bench, "implementation alone", S2T_BENCH_IMPLEMENTATION);
	print_part(bench, "model alone, low", S2T_BENCH_MODEL_LOW);
	print_part(bench, "model alone, high", S2T_BENCH_MODEL_HIGH);
	print_part(bench, "lockstep", S2T_BENCH_LOCKSTEP);
	print_ns("  steps of both, compared", bench->ns[S2T_BENCH_STEPS]);
	print_ns("  sweep at the end", bench->ns[S2T_BENCH_SWEEP]);
	print_ns("  reset of both", bench->ns[S2T_BENCH_RESET]);
	print_part(bench, "lockstep with invariants", S2T_BENCH_CHECKED);
	print_part(bench, "run (with generator)", S2T_BENCH_RUN);
	print_ns("comparison, full and reset", overhead(bench));
	print_ns("model, comparison and reset", overhead(bench) + bench->ns[S2T_BENCH_MODEL_LOW]);
	print_ns("read-back of what was touched", bench->ns[S2T_BENCH_READ_BACK]);
	print_ns("hardware walk", bench->ns[S2T_BENCH_HARDWARE]);
	print_ns("all invariants", invariants(bench));
	print_ns("generator and undefined", bench->ns[S2T_BENCH_RUN] - bench->ns[S2T_BENCH_LOCKSTEP]);
	printf("lockstep / implementation alone: %.2f\n", ratio(bench));
	printf("entries written: %.2f a call; %.1f ns each in lockstep, %.1f ns in the implementation alone\n",
	       1 / per_entry(bench), bench->ns[S2T_BENCH_LOCKSTEP] * per_entry(bench),
	       bench->ns[S2T_BENCH_IMPLEMENTATION] * per_entry(bench));
	printf("resident: %.1f MiB\n", (double)bench->kib / 1024);
	printf("start of both machines on a board of 64 GiB: %.3f ms\n", bench->start_64_gib_ms);
}

static void print_growth_text(const struct s2t_bench_growth *growth)
{
	printf("run, as it gets longer (peak of the process)\n");
	for (size_t i = 0; i < growth->run.count; i++) {
		const struct s2t_bench_point *point = &growth->run.point[i];

		printf("  %12" PRIu64 " operations %7.1f ns each %10.1f MiB\n", point->size, point->ns,
		       (double)point->kib / 1024);
	}
	printf("board of one region, run (resident, more than before it)\n");
	for (size_t i = 0; i < growth->board.count; i++) {
		const struct s2t_bench_point *point = &growth->board.point[i];

		printf("  %12" PRIu64 " MiB        %7.1f ns each %10.1f MiB, made in %.3f ms\n", point->size,
		       point->ns, (double)point->kib / 1024, point->ms);
	}
	printf("live entries in one sequence, lockstep of steps all over them (resident, more than before it)\n");
	for (size_t i = 0; i < growth->entries.count; i++) {
		const struct s2t_bench_point *point = &growth->entries.point[i];

		printf("  %12" PRIu64 " entries    %7.1f ns each %10.1f MiB\n", point->size, point->ns,
		       (double)point->kib / 1024);
	}
}

static void print_explore_text(const struct s2t_bench_explore *explore, const char *universe)
{
	const double states = (double)explore->states;

	printf("exploration of %s, one thread: %" PRIu64 " states, %" PRIu64 " transitions\n", universe,
	       explore->states, explore->transitions);
	printf("  %-28s %10.0f\n", "states a second", states / explore->seconds);
	printf("  %-28s %7.1f ns\n", "a transition", 1e9 * explore->seconds / (double)explore->transitions);
	printf("  %-28s %7.1f\n", "bytes a state", (double)explore->bytes / states);
}

static json_t *json_of_explore(const struct s2t_bench_explore *explore, const char *universe)
{
	const double states = (double)explore->states;

	return json_pack("{s:s, s:I, s:I, s:f, s:f, s:f}", "universe", universe, "states",
	                 (json_int_t)explore->states, "transitions", (json_int_t)explore->transitions,
	                 "states_per_s", states / explore->seconds, "transition_ns",
	                 1e9 * explore->seconds / (double)explore->transitions, "bytes_per_state",
	                 (double)explore->bytes / states);
}

static json_t *json_of(const struct s2t_bench *bench)
{
	const double *ns = bench->ns;

	return json_pack(
		"{s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f,"
		" s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:f}",
		"version", S2T_VERSION, "calls", (json_int_t)bench->calls, "impl_ops_per_s",
		1e9 / ns[S2T_BENCH_IMPLEMENTATION], "model_low_ops_per_s", 1e9 / ns[S2T_BENCH_MODEL_LOW],
		"model_high_ops_per_s", 1e9 / ns[S2T_BENCH_MODEL_HIGH], "lockstep_ops_per_s",
		1e9 / ns[S2T_BENCH_LOCKSTEP], "run_ops_per_s", 1e9 / ns[S2T_BENCH_RUN], "lockstep_ratio",
		ratio(bench), "impl_ns", ns[S2T_BENCH_IMPLEMENTATION], "model_low_ns", ns[S2T_BENCH_MODEL_LOW],
		"model_high_ns", ns[S2T_BENCH_MODEL_HIGH], "lockstep_ns", ns[S2T_BENCH_LOCKSTEP],
		"comparison_ns", overhead(bench), "run_ns", ns[S2T_BENCH_RUN], "generator_ns",
		ns[S2T_BENCH_RUN] - ns[S2T_BENCH_LOCKSTEP], "read_back_ns", ns[S2T_BENCH_READ_BACK],
		"hardware_walk_ns", ns[S2T_BENCH_HARDWARE], "checked_ns", ns[S2T_BENCH_CHECKED],
		"invariants_ns", invariants(bench), "sweep_ns", ns[S2T_BENCH_SWEEP], "reset_ns",
		ns[S2T_BENCH_RESET], "steps_ns", ns[S2T_BENCH_STEPS], "start_64_gib_ms", bench->start_64_gib_ms,
		"resident_kib", (json_int_t)bench->kib, "entries_written", (json_int_t)bench->touches,
		"lockstep_entry_ns", ns[S2T_BENCH_LOCKSTEP] * per_entry(bench));
}

static json_t *json_of_curve(const struct s2t_bench_curve *curve, const char *size)
{
	json_t *points = json_array();

	for (size_t i = 0; i < curve->count; i++) {
		const struct s2t_bench_point *point = &curve->point[i];
		json_t *json = json_pack("{s:I, s:f, s:I}", size, (json_int_t)point->size, "ns", point->ns,
		                         "kib", (json_int_t)point->kib);

		if (point->ms > 0)
			json_object_set_new(json, "create_ms", json_real(point->ms));
		json_array_append_new(points, json);
	}
	return points;
}

static void print_json(const struct s2t_bench *bench, const struct s2t_bench_growth *growth, json_t *explore)
{
	json_t *json = json_of(bench);

	if (explore)
		json_object_set_new(json, "explore", explore);

	if (growth)
		json_object_set_new(json, "growth",
		                    json_pack("{s:o, s:o, s:o}", "run",
		                              json_of_curve(&growth->run, "operations"), "board",
		                              json_of_curve(&growth->board, "mib"), "entries",
		                              json_of_curve(&growth->entries, "entries")));
	json_dumpf(json, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(json);
}

/* What the options say. */
struct wishes {
	const char *board, *universe;
	uint64_t rounds, entries, operations;
	bool growth, json;
};

static int measure(const struct s2t_campaign_options *campaign, const struct wishes *wishes)
{
	struct s2t_error error = { .resource = false };
	struct s2t_bench_growth growth;
	struct s2t_bench_explore explore;
	struct s2t_bench bench;
	enum s2t_verdict verdict = S2T_AGREED;
	const bool good = s2t_bench_run(campaign, (unsigned)wishes->rounds, &bench, &verdict, &error) &&
	                  (!wishes->growth || s2t_bench_grow(campaign, wishes->entries, wishes->operations,
	                                                     &growth, &verdict, &error)) &&
	                  (!wishes->universe ||
	                   s2t_bench_explore(campaign, wishes->universe, &explore, &verdict, &error));

	if (verdict == S2T_DIVERGED && wishes->universe)
		return s2t_complain(
			&usage, S2T_EXIT_DIVERGED,
			"the recorded sequences diverge, or the exploration; `s2twin explore %s` shows how",
			wishes->universe);
	if (verdict == S2T_DIVERGED)
		return s2t_complain(&usage, S2T_EXIT_DIVERGED,
		                    "the recorded sequences diverge; `s2twin run --seed %" PRIu64 "` shows how",
		                    campaign->seed);
	if (!good)
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s",
		                    verdict == S2T_NO_MEMORY ? "out of memory" : error.text);
	if (wishes->json) {
		print_json(&bench, wishes->growth ? &growth : NULL,
		           wishes->universe ? json_of_explore(&explore, wishes->universe) : NULL);
		return S2T_EXIT_AGREED;
	}
	print_text(&bench, campaign->iut->health);
	if (wishes->growth)
		print_growth_text(&growth);
	if (wishes->universe)
		print_explore_text(&explore, wishes->universe);
	return S2T_EXIT_AGREED;
}

static int bench_boards(struct s2t_campaign_options *campaign, const struct wishes *wishes)
{
	struct s2t_error error = { .resource = false };
	struct s2t_boards boards;
	int status;

	if (!s2t_boards_load(&boards, wishes->board, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	if (s2t_boards_fit(&boards, campaign->iut, &campaign->lockstep, NULL, wishes->board != NULL, &error)) {
		campaign->boards = boards.board;
		campaign->board_count = boards.count;
		status = measure(campaign, wishes);
	} else {
		fprintf(stderr, "%s\n", error.text);
		status = error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	s2t_boards_free(&boards);
	return s2t_finish(status);
}

/* Before all that takes long. */
static bool is_universe(const char *name)
{
	struct s2t_error error;
	struct s2t_trace trace;

	if (s2t_universe_load(&trace, name, &error)) {
		s2t_trace_free(&trace);
		return true;
	}
	(void)s2t_complain(&usage, S2T_EXIT_USAGE, "%s", error.text);
	return false;
}

int s2t_cmd_bench(int argc, char **argv, const struct s2t_own *own)
{
	struct s2t_campaign_options campaign = {
		.seed = 1, .max_len = 512, .jobs = 1, .iut = s2t_own_iut(own)
	};
	struct wishes wishes = { .rounds = 21, .entries = 1000000, .operations = 1000000 };
	const struct s2t_iut_settings iut = { .iut = &campaign.iut, .lockstep = &campaign.lockstep };
	uint64_t max_len = 512;
	bool good = true;
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE) {
		if (option == S2T_ARGS_EXIT)
			return args.status;
		if (option == OPT_SEED)
			good = s2t_args_number(&args, 0, UINT64_MAX, &campaign.seed);
		else if (option == OPT_BOARD)
			wishes.board = args.value;
		else if (option == OPT_MAX_LEN)
			good = s2t_args_number(&args, 1, 1000000, &max_len);
		else if (option == OPT_LAYER)
			good = s2t_args_layers(&args, &campaign.layers);
		else if (option == OPT_ROUNDS)
			good = s2t_args_number(&args, 1, S2T_BENCH_MAX_ROUNDS, &wishes.rounds);
		else if (option == OPT_GROWTH)
			wishes.growth = true;
		else if (option == OPT_ENTRIES)
			good = s2t_args_number(&args, 10, 10000000, &wishes.entries);
		else if (option == OPT_OPS)
			good = s2t_args_number(&args, 10000, UINT64_C(1000000000000), &wishes.operations);
		else if (option == OPT_EXPLORE)
			wishes.universe = args.value;
		else if (option == OPT_JSON)
			wishes.json = true;
		else
			good = s2t_args_iut(&args, &iut);
		if (!good)
			return args.status;
	}
	if (wishes.universe && !is_universe(wishes.universe))
		return S2T_EXIT_USAGE;
	if (!s2t_args_operands(&args, 0, 0) || !s2t_iut_ready(&args, campaign.iut, &campaign.lockstep))
		return args.status;
	campaign.max_len = (uint32_t)max_len;
	return bench_boards(&campaign, &wishes);
}
