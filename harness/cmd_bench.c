/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin bench`: what a step costs, and where.
 *
 * Sequences are recorded once, then run through the implementation alone, the model alone and lockstep, in turn,
 * round after round; each figure is the median over the rounds of CPU time a call, so that a noisy machine
 * shifts all of them alike and their ratios hold.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "campaign.h"
#include "cmd.h"
#include "iuts.h"
#include "lockstep_parts.h"
#include "report.h"

enum { OPT_SEED, OPT_BOARD, OPT_IUT, OPT_MAP, OPT_WATCH, OPT_MAX_LEN, OPT_LAYER, OPT_ROUNDS, OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_SEED] = { "seed", "N", "of the recorded sequences (default: 1)" },
	[OPT_BOARD] = { "board", "BOARD", "a named board or a board file (default: all named ones in turn)" },
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_WATCH] = S2T_OPTION_WATCH,
	[OPT_MAX_LEN] = { "max-len", "N", "operations in a sequence at most (default: 512)" },
	[OPT_LAYER] = { "layer", "memory|hypercall|all", "whose operations are drawn (default: memory)" },
	[OPT_ROUNDS] = { "rounds", "N", "rounds (default: 9)" },
	[OPT_JSON] = { "json", NULL, "print the figures as JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"bench",
	"",
	options,
	"Records random sequences and runs them through each part alone and through lockstep, in one process on\n"
	"one core. Compare figures of one run only.\n",
};

enum { SEQUENCES = 96, MAX_ROUNDS = 101 };

/* Recorded sequences, of defined calls only. */
struct recording {
	size_t count;
	struct {
		size_t board;
		size_t length;
		struct s2t_call *call;
	} sequence[SEQUENCES];
	uint64_t calls;
};

enum part { IMPLEMENTATION, MODEL_LOW, MODEL_HIGH, LOCKSTEP, RUN, PARTS };

static const char *const part_names[PARTS] = {
	[IMPLEMENTATION] = "implementation alone",
	[MODEL_LOW] = "model alone, low",
	[MODEL_HIGH] = "model alone, high",
	[LOCKSTEP] = "lockstep",
	[RUN] = "run (with generator)",
};

static double cpu_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool record(struct recording *recording, struct s2t_runner *runner)
{
	for (size_t i = 0; i < SEQUENCES; i++) {
		if (s2t_runner_sequence(runner, i, UINT64_MAX) >= S2T_DIVERGED)
			return false;
		struct s2t_model *model = runner->lockstep[runner->board]->model;
		struct s2t_call *call = malloc((runner->call_count + 1) * sizeof(*call));
		size_t length = 0;

		if (!call)
			return false;
		for (size_t j = 0; j < runner->call_count; j++) {
			struct s2t_step step = { S2T_UNDEFINED, S2T_CASE_MPH_0, 0 };

			if (s2t_call_fits(&runner->call[j]))
				s2t_model_step(model, S2T_SPEC_LOW, &runner->call[j], &step);
			if (step.outcome != S2T_UNDEFINED)
				call[length++] = runner->call[j];
		}
		s2t_model_reset(model);
		recording->sequence[i].board = runner->board;
		recording->sequence[i].length = length;
		recording->sequence[i].call = call;
		recording->calls += length;
		recording->count++;
	}
	return true;
}

/* Runs sequence `i` through one part, reset included. */
static void run_sequence(struct s2t_runner *runner, const struct recording *recording, enum part part, size_t i)
{
	struct s2t_lockstep *ls = runner->lockstep[recording->sequence[i].board];
	const struct s2t_call *call = recording->sequence[i].call;
	const size_t length = recording->sequence[i].length;
	struct s2t_result result;
	struct s2t_step step;

	switch (part) {
	case IMPLEMENTATION:
		for (size_t j = 0; j < length; j++)
			ls->ops->call(ls->iut, &call[j], &result);
		s2t_reset_iut(ls);
		break;
	case MODEL_LOW:
	case MODEL_HIGH:
		for (size_t j = 0; j < length; j++)
			s2t_model_step(ls->model, part == MODEL_LOW ? S2T_SPEC_LOW : S2T_SPEC_HIGH, &call[j],
			               &step);
		s2t_model_reset(ls->model);
		break;
	case LOCKSTEP:
		for (size_t j = 0; j < length; j++)
			if (s2t_lockstep_step(ls, &call[j]) >= S2T_ENDED)
				break;
		s2t_lockstep_end(ls);
		s2t_lockstep_reset(ls);
		break;
	case RUN: s2t_runner_sequence(runner, i, UINT64_MAX); break;
	case PARTS: break;
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median nanoseconds a call of each part. */
static void measure(struct s2t_runner *runner, const struct recording *recording, unsigned rounds,
                    double ns[PARTS])
{
	static const unsigned repeat = 8;
	double sample[PARTS][MAX_ROUNDS];

	for (unsigned round = 0; round < rounds + 1; round++) {
		for (enum part part = 0; part < PARTS; part++) {
			uint64_t calls = recording->calls * repeat;
			double begin = cpu_now();

			for (unsigned k = 0; k < repeat; k++)
				for (size_t i = 0; i < recording->count; i++)
					run_sequence(runner, recording, part, i);
			if (round > 0) /* the first warms up */
				sample[part][round - 1] = (cpu_now() - begin) / (double)calls * 1e9;
		}
	}
	for (enum part part = 0; part < PARTS; part++) {
		qsort(sample[part], rounds, sizeof(double), by_value);
		ns[part] = sample[part][rounds / 2];
	}
}

/* Milliseconds to make both machines for 64 GiB of indexed memory. Negative: they cannot be had. */
static double start_64_gib(const struct s2t_campaign_options *campaign)
{
	struct s2t_board board;
	struct s2t_error error;

	s2t_board_default(&board);
	board.region_count = 1;
	board.region[0] = (struct s2t_region){ UINT64_C(1) << 30, UINT64_C(64) << 30, 0 };
	double begin = cpu_now();
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, campaign->iut, &campaign->lockstep, &error);
	double end = cpu_now();

	if (!ls)
		return -1;
	s2t_lockstep_destroy(ls);
	return (end - begin) * 1e3;
}

static void print_text(const struct recording *recording, const double ns[PARTS], double start)
{
	printf("%" PRIu64 " calls in %zu recorded sequences, CPU time, medians\n", recording->calls,
	       recording->count);
	for (enum part part = 0; part < PARTS; part++)
		printf("  %-22s %7.1f ns a call  %7.2f M calls/s\n", part_names[part], ns[part],
		       1e3 / ns[part]);
	printf("  %-22s %7.1f ns a call\n", "comparison, full and reset",
	       ns[LOCKSTEP] - ns[IMPLEMENTATION] - ns[MODEL_LOW]);
	printf("  %-22s %7.1f ns a call\n", "generator and undefined", ns[RUN] - ns[LOCKSTEP]);
	printf("lockstep / implementation alone: %.2f\n", ns[IMPLEMENTATION] / ns[LOCKSTEP]);
	printf("start of both machines on a board of 64 GiB: %.3f ms\n", start);
}

static void print_json(const struct recording *recording, const double ns[PARTS], double start)
{
	json_t *json = json_pack(
		"{s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "version",
		S2T_VERSION, "calls", (json_int_t)recording->calls, "impl_ops_per_s", 1e9 / ns[IMPLEMENTATION],
		"model_low_ops_per_s", 1e9 / ns[MODEL_LOW], "model_high_ops_per_s", 1e9 / ns[MODEL_HIGH],
		"lockstep_ops_per_s", 1e9 / ns[LOCKSTEP], "run_ops_per_s", 1e9 / ns[RUN], "lockstep_ratio",
		ns[IMPLEMENTATION] / ns[LOCKSTEP], "impl_ns", ns[IMPLEMENTATION], "model_low_ns", ns[MODEL_LOW],
		"model_high_ns", ns[MODEL_HIGH], "lockstep_ns", ns[LOCKSTEP], "comparison_ns",
		ns[LOCKSTEP] - ns[IMPLEMENTATION] - ns[MODEL_LOW], "run_ns", ns[RUN], "generator_ns",
		ns[RUN] - ns[LOCKSTEP], "start_64_gib_ms", start);

	json_dumpf(json, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(json);
}

static int bench(struct s2t_campaign_options *campaign, const char *board, unsigned rounds, bool json)
{
	struct s2t_error error = { .resource = false };
	struct recording recording = { .count = 0 };
	struct s2t_boards boards;
	struct s2t_runner runner;
	double ns[PARTS];
	int status = S2T_EXIT_AGREED;

	if (!s2t_boards_load(&boards, board, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	if (!s2t_boards_fit(&boards, campaign->iut, &campaign->lockstep, NULL, board != NULL, &error)) {
		fprintf(stderr, "%s\n", error.text);
		s2t_boards_free(&boards);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	campaign->boards = boards.board;
	campaign->board_count = boards.count;
	if (!s2t_runner_init(&runner, campaign, &error)) {
		s2t_boards_free(&boards);
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	}
	if (record(&recording, &runner)) {
		measure(&runner, &recording, rounds, ns);
		(json ? print_json : print_text)(&recording, ns, start_64_gib(campaign));
	} else {
		status = s2t_complain(&usage, S2T_EXIT_DIVERGED,
		                      "the recorded sequences diverge; `s2twin run --seed %" PRIu64
		                      "` shows how",
		                      campaign->seed);
	}
	for (size_t i = 0; i < recording.count; i++)
		free(recording.sequence[i].call);
	s2t_runner_free(&runner);
	s2t_boards_free(&boards);
	return s2t_finish(status);
}

int s2t_cmd_bench(int argc, char **argv, const struct s2t_own *own)
{
	struct s2t_campaign_options campaign = {
		.seed = 1, .max_len = 512, .jobs = 1, .iut = s2t_own_iut(own)
	};
	const char *board = NULL;
	uint64_t max_len = 512, rounds = 9;
	bool json = false, good = true;
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE) {
		if (option == S2T_ARGS_EXIT)
			return args.status;
		if (option == OPT_SEED)
			good = s2t_args_number(&args, 0, UINT64_MAX, &campaign.seed);
		else if (option == OPT_BOARD)
			board = args.value;
		else if (option == OPT_IUT)
			good = (campaign.iut = s2t_iut_by_name(&args)) != NULL;
		else if (option == OPT_MAP)
			good = s2t_args_map(&args);
		else if (option == OPT_WATCH)
			good = s2t_args_watch(&args, &campaign.lockstep.watch);
		else if (option == OPT_MAX_LEN)
			good = s2t_args_number(&args, 1, 1000000, &max_len);
		else if (option == OPT_LAYER)
			good = s2t_args_layers(&args, &campaign.layers);
		else if (option == OPT_ROUNDS)
			good = s2t_args_number(&args, 1, MAX_ROUNDS, &rounds);
		else
			json = true;
		if (!good)
			return args.status;
	}
	if (!s2t_args_operands(&args, 0, 0) || !s2t_iut_ready(&args, campaign.iut, &campaign.lockstep))
		return args.status;
	campaign.max_len = (uint32_t)max_len;
	return bench(&campaign, board, (unsigned)rounds, json);
}
