/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a step. Sequences are recorded once, then run through each part in turn, round after round; a figure is
 * the median over the rounds.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "boards.h"
#include "clock.h"
#include "extra.h"
#include "lockstep_parts.h"
#include "reads.h"

enum { SEQUENCES = 96, REPEAT = 2 };

/* A recorded sequence, of defined calls only, and what the low form touched in it. */
struct sequence {
	size_t board;
	size_t length;
	struct s2t_call *call;
	size_t touches;
	struct s2t_touch *touch; /* its `slot` is void; of table entries, old[0] is the descriptor written */
};

struct recording {
	size_t count;
	struct sequence sequence[SEQUENCES];
	uint64_t calls, touches;
	struct s2t_inv_check **check; /* one for each of so many boards */
	size_t boards;
	uint64_t checks; /* sequences that these have run, */
	bool owes;       /* and one of them is yet to be judged from scratch */
};

double s2t_bench_now(const struct s2t_iut_ops *iut)
{
	struct timespec time;

	if (iut->health)
		return s2t_now();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

uint64_t s2t_bench_resident(void)
{
	unsigned long long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

uint64_t s2t_bench_peak(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss : 0;
}

/* Adds what the last step of the model touched. */
static bool record_touches(struct sequence *sequence, const struct s2t_model *model, size_t *room)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);

	if (sequence->touches + count > *room) {
		size_t grown_room = 2 * (sequence->touches + count);
		struct s2t_touch *grown = realloc(sequence->touch, grown_room * sizeof(*grown));

		if (!grown)
			return false;
		sequence->touch = grown;
		*room = grown_room;
	}
	for (size_t i = 0; i < count; i++) {
		struct s2t_touch *copy = &sequence->touch[sequence->touches++];

		*copy = touch[i];
		if (copy->kind == S2T_ENTRY_NPT || copy->kind == S2T_ENTRY_NPT_BLOCK ||
		    copy->kind == S2T_ENTRY_SPT)
			copy->old[0] = *(const uint64_t *)copy->slot;
		copy->slot = NULL;
	}
	return true;
}

/* Keeps the defined calls of the sequence that the runner has just run, up to the first panic. */
static bool record_sequence(struct sequence *sequence, const struct s2t_runner *runner)
{
	struct s2t_model *model = runner->lockstep[runner->board]->model;
	size_t room = 0;
	bool good = true;

	sequence->board = runner->board;
	sequence->call = malloc((runner->call_count + 1) * sizeof(*sequence->call));
	for (size_t j = 0; sequence->call && good && j < runner->call_count; j++) {
		struct s2t_step step = { S2T_UNDEFINED, S2T_CASE_MPH_0, 0 };

		if (s2t_op_fits(runner->options->iut, &runner->call[j]))
			s2t_op_step(model, S2T_SPEC_LOW, runner->options->iut, &runner->call[j], &step);
		if (step.outcome == S2T_UNDEFINED)
			continue;
		sequence->call[sequence->length++] = runner->call[j];
		good = step.outcome == S2T_PANIC || record_touches(sequence, model, &room);
	}
	s2t_model_reset(model);
	return sequence->call && good;
}

static bool record(struct recording *recording, struct s2t_runner *runner, enum s2t_verdict *verdict)
{
	while (recording->count < SEQUENCES) {
		struct sequence *sequence = &recording->sequence[recording->count++];

		*verdict = s2t_runner_sequence(runner, recording->count - 1, UINT64_MAX);
		if (*verdict >= S2T_DIVERGED || !record_sequence(sequence, runner))
			return false;
		recording->calls += sequence->length;
		recording->touches += sequence->touches;
	}
	return true;
}

/* A check of all invariants for the lockstep of each board, in which it is put for one part: so both parts have the
 * same machines in the same memory. */
static bool make_checks(struct recording *recording, const struct s2t_runner *runner, size_t boards)
{
	recording->check = calloc(boards, sizeof(*recording->check));
	for (; recording->check && recording->boards < boards; recording->boards++) {
		recording->check[recording->boards] = s2t_inv_check_create(runner->lockstep[recording->boards]);
		if (!recording->check[recording->boards])
			return false;
	}
	return recording->check != NULL;
}

static void forget(struct recording *recording)
{
	while (recording->boards > 0)
		s2t_inv_check_destroy(recording->check[--recording->boards]);
	free(recording->check);
	for (size_t i = 0; i < recording->count; i++) {
		free(recording->sequence[i].call);
		free(recording->sequence[i].touch);
	}
}

static void call_all(struct s2t_lockstep *ls, const struct sequence *sequence)
{
	struct s2t_result result;

	for (size_t j = 0; j < sequence->length; j++)
		ls->ops->call(ls->iut, &sequence->call[j], &result);
}

static void step_all(struct s2t_lockstep *ls, const struct sequence *sequence)
{
	for (size_t j = 0; j < sequence->length; j++)
		if (s2t_lockstep_step(ls, &sequence->call[j]) >= S2T_ENDED)
			break;
}

/* The lockstep of one sequence with its three parts timed on their own. Asking for the time is a part of each that
 * `clock` seconds are taken off for. */
static void split_lockstep(struct s2t_lockstep *ls, const struct sequence *sequence, double clock,
                           double seconds[])
{
	double begin = s2t_bench_now(ls->ops), steps, sweep;

	step_all(ls, sequence);
	steps = s2t_bench_now(ls->ops);
	s2t_lockstep_end(ls);
	sweep = s2t_bench_now(ls->ops);
	s2t_lockstep_reset(ls);
	seconds[S2T_BENCH_STEPS] += steps - begin - clock;
	seconds[S2T_BENCH_SWEEP] += sweep - steps - clock;
	seconds[S2T_BENCH_RESET] += s2t_bench_now(ls->ops) - sweep - clock;
}

/* Reads each entry that the sequence touched, from the implementation as it is at the end of it. */
static void read_back(struct s2t_lockstep *ls, const struct sequence *sequence, double clock, double seconds[])
{
	uint64_t value[3];
	bool uniform;

	call_all(ls, sequence);
	double begin = s2t_bench_now(ls->ops);

	for (size_t j = 0; j < sequence->touches; j++)
		s2t_read_entry(ls, &sequence->touch[j], value, &uniform);
	seconds[S2T_BENCH_READ_BACK] += s2t_bench_now(ls->ops) - begin - clock;
	s2t_reset_iut(ls);
}

/* Seconds that asking for the time takes. */
static double clock_cost(const struct s2t_iut_ops *iut)
{
	enum { TIMES = 1000 };
	double begin = s2t_bench_now(iut), end = begin;

	for (int i = 0; i < TIMES; i++)
		end = s2t_bench_now(iut);
	return (end - begin) / TIMES;
}

/* Returns how many findings, so that no compiler leaves the work out. */
static uint64_t check_descriptors(const struct sequence *sequence)
{
	uint64_t findings = 0;

	for (size_t j = 0; j < sequence->touches; j++) {
		const struct s2t_touch *touch = &sequence->touch[j];

		if (touch->kind == S2T_ENTRY_NPT || touch->kind == S2T_ENTRY_NPT_BLOCK ||
		    touch->kind == S2T_ENTRY_SPT)
			findings += s2t_hardware_check(touch->old[0],
			                               touch->kind == S2T_ENTRY_NPT_BLOCK ? 2 : 3) !=
			            S2T_FINDING_COUNT;
	}
	return findings;
}

static void run_checked(struct s2t_lockstep *ls, struct recording *recording, const struct sequence *sequence)
{
	struct s2t_inv_check *own = ls->invariants;
	const uint32_t invariants = ls->options.invariants;

	ls->invariants = recording->check[sequence->board];
	ls->options.invariants = S2T_INVARIANTS_ALL;
	ls->sequence = recording->checks++; /* as the sequences of a long run */
	recording->owes |= ls->sequence % S2T_INV_SWEEP_EVERY == 0;
	ls->owes = recording->owes;
	step_all(ls, sequence);
	s2t_lockstep_end(ls);
	recording->owes = ls->owes;
	s2t_lockstep_reset(ls);
	ls->invariants = own;
	ls->options.invariants = invariants;
}

/* Runs sequence `i` through one part. READ_BACK and STEPS time themselves. */
static void run_sequence(struct s2t_runner *runner, struct recording *recording, enum s2t_bench_part part,
                         size_t i, double clock, double seconds[])
{
	const struct sequence *sequence = &recording->sequence[i];
	struct s2t_lockstep *ls = runner->lockstep[sequence->board];
	volatile uint64_t findings; /* has to be worked out, whoever reads it */
	struct s2t_step step;

	switch (part) {
	case S2T_BENCH_IMPLEMENTATION:
		call_all(ls, sequence);
		s2t_reset_iut(ls);
		break;
	case S2T_BENCH_MODEL_LOW:
	case S2T_BENCH_MODEL_HIGH:
		for (size_t j = 0; j < sequence->length; j++)
			s2t_op_step(ls->model, part == S2T_BENCH_MODEL_LOW ? S2T_SPEC_LOW : S2T_SPEC_HIGH,
			            ls->ops, &sequence->call[j], &step);
		s2t_model_reset(ls->model);
		break;
	case S2T_BENCH_CHECKED: run_checked(ls, recording, sequence); break;
	case S2T_BENCH_LOCKSTEP:
		step_all(ls, sequence);
		s2t_lockstep_end(ls);
		s2t_lockstep_reset(ls);
		break;
	case S2T_BENCH_RUN: s2t_runner_sequence(runner, i, UINT64_MAX); break;
	case S2T_BENCH_STEPS: split_lockstep(ls, sequence, clock, seconds); break;
	case S2T_BENCH_READ_BACK: read_back(ls, sequence, clock, seconds); break;
	case S2T_BENCH_HARDWARE:
		findings = check_descriptors(sequence);
		(void)findings;
		break;
	case S2T_BENCH_SWEEP: /* by STEPS */
	case S2T_BENCH_RESET:
	case S2T_BENCH_PARTS: break;
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Another process is slow. */
static unsigned repetitions(const struct s2t_runner *runner)
{
	return runner->options->iut->health ? 1 : REPEAT;
}

/* One round: seconds for each part, over all sequences and repetitions. */
static void take_round(struct s2t_runner *runner, struct recording *recording, double seconds[S2T_BENCH_PARTS])
{
	const unsigned repeat = repetitions(runner);
	const double clock = clock_cost(runner->options->iut);

	memset(seconds, 0, S2T_BENCH_PARTS * sizeof(*seconds));
	for (enum s2t_bench_part part = 0; part < S2T_BENCH_PARTS; part++) {
		double begin = s2t_bench_now(runner->options->iut);

		for (unsigned k = 0; k < repeat; k++)
			for (size_t i = 0; i < recording->count; i++)
				run_sequence(runner, recording, part, i, clock, seconds);
		if (part <= S2T_BENCH_RUN || part == S2T_BENCH_HARDWARE)
			seconds[part] = s2t_bench_now(runner->options->iut) - begin;
	}
}

/* Median nanoseconds a call of each part. */
static void measure(struct s2t_runner *runner, struct recording *recording, unsigned rounds,
                    double ns[S2T_BENCH_PARTS])
{
	double seconds[S2T_BENCH_MAX_ROUNDS][S2T_BENCH_PARTS], sample[S2T_BENCH_MAX_ROUNDS];
	const double calls = (double)(recording->calls * repetitions(runner));

	take_round(runner, recording, seconds[0]); /* warms up */
	for (unsigned round = 0; round < rounds; round++)
		take_round(runner, recording, seconds[round]);
	for (enum s2t_bench_part part = 0; part < S2T_BENCH_PARTS; part++) {
		for (unsigned round = 0; round < rounds; round++)
			sample[round] = seconds[round][part] / calls * 1e9;
		qsort(sample, rounds, sizeof(double), by_value);
		ns[part] = sample[rounds / 2];
	}
}

void s2t_bench_board(uint64_t mib, struct s2t_board *board)
{
	s2t_board_default(board);
	board->region_count = 1;
	board->region[0] = (struct s2t_region){ UINT64_C(1) << 30, mib << 20, 0 };
}

static double start_64_gib(const struct s2t_campaign_options *campaign)
{
	struct s2t_board board;
	struct s2t_error error;

	s2t_bench_board(65536, &board);
	double begin = s2t_bench_now(campaign->iut);
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, campaign->iut, &campaign->lockstep, &error);
	double end = s2t_bench_now(campaign->iut);

	if (!ls)
		return -1;
	s2t_lockstep_destroy(ls);
	return (end - begin) * 1e3;
}

bool s2t_bench_run(const struct s2t_campaign_options *campaign, unsigned rounds, struct s2t_bench *bench,
                   enum s2t_verdict *verdict, struct s2t_error *error)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	struct s2t_runner runner;

	*verdict = S2T_AGREED;
	if (!recording || !s2t_runner_init(&runner, campaign, error)) {
		if (!recording)
			snprintf(error->text, sizeof(error->text), "not enough memory to record sequences");
		free(recording);
		return false;
	}
	const bool recorded = record(recording, &runner, verdict) &&
	                      make_checks(recording, &runner, campaign->board_count);

	if (recorded) {
		measure(&runner, recording, rounds, bench->ns);
		bench->calls = recording->calls;
		bench->touches = recording->touches;
		bench->sequences = recording->count;
		bench->kib = s2t_bench_resident();
		bench->start_64_gib_ms = start_64_gib(campaign);
	} else if (*verdict < S2T_DIVERGED) {
		snprintf(error->text, sizeof(error->text), "not enough memory to record sequences");
	}
	forget(recording);
	free(recording);
	s2t_runner_free(&runner);
	return recorded;
}
