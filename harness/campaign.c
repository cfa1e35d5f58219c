/* SPDX-License-Identifier: BSD-2-Clause */
/* A campaign: blocks of sequences, run by threads, counted in order. */
#include "campaign_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "rng.h"
#include "seldom.h"

bool s2t_runner_init(struct s2t_runner *runner, const struct s2t_campaign_options *options,
                     struct s2t_error *error)
{
	memset(runner, 0, sizeof(*runner));
	runner->options = options;
	runner->lockstep = calloc(options->board_count, sizeof(struct s2t_lockstep *));
	runner->gen = calloc(options->board_count, sizeof(struct s2t_gen *));
	runner->call = calloc(options->max_len, sizeof(*runner->call));
	if (!runner->lockstep || !runner->gen || !runner->call)
		goto no_memory;
	for (size_t i = 0; i < options->board_count; i++) {
		runner->lockstep[i] = s2t_lockstep_create(&options->boards[i], options->iut, &options->lockstep,
		                                          error);
		if (!runner->lockstep[i]) {
			s2t_runner_free(runner);
			return false;
		}
		runner->gen[i] = s2t_gen_create(&options->boards[i], runner->lockstep[i]->model);
		if (!runner->gen[i])
			goto no_memory;
		if (options->layers & S2T_GEN_HYPERCALL)
			s2t_gen_set_layers(runner->gen[i], options->layers, runner->lockstep[i]->model);
		s2t_gen_declare(runner->gen[i], options->iut);
	}
	return true;
no_memory:
	snprintf(error->text, sizeof(error->text),
	         "not enough memory for %zu boards and sequences of %u operations", options->board_count,
	         (unsigned)options->max_len);
	s2t_runner_free(runner);
	return false;
}

void s2t_runner_free(struct s2t_runner *runner)
{
	for (size_t i = 0; runner->lockstep && i < runner->options->board_count; i++)
		s2t_lockstep_destroy(runner->lockstep[i]);
	for (size_t i = 0; runner->gen && i < runner->options->board_count; i++)
		s2t_gen_destroy(runner->gen[i]);
	free(runner->lockstep);
	free(runner->gen);
	free(runner->call);
	memset(runner, 0, sizeof(*runner));
}

static void begin(struct s2t_runner *runner, uint64_t number)
{
	runner->board = s2t_board_of(runner->options, number);
	struct s2t_lockstep *ls = runner->lockstep[runner->board];

	runner->call_count = 0;
	runner->sequence = number;
	ls->sequence = number;
	ls->owes = runner->owes;
	if (runner->options->watch)
		runner->options->watch(runner);
	s2t_gen_begin(runner->gen[runner->board], s2t_rng_mix(runner->options->seed) ^ s2t_rng_mix(number + 1),
	              runner->options->max_len);
}

static enum s2t_verdict take_steps(struct s2t_runner *runner, uint64_t limit)
{
	struct s2t_lockstep *ls = runner->lockstep[runner->board];
	struct s2t_gen *gen = runner->gen[runner->board];
	enum s2t_verdict verdict = S2T_AGREED;

	if (limit > runner->options->max_len)
		limit = runner->options->max_len;
	for (struct s2t_call *call = runner->call; call < runner->call + limit && s2t_gen_next(gen, call);
	     call++) {
		runner->call_count++;
		if (SELDOM(runner->pulse != NULL))
			s2t_pulse_beat(runner->pulse, runner->sequence, (uint32_t)runner->call_count);
		verdict = s2t_lockstep_step(ls, call);
		if (SELDOM(verdict >= S2T_ENDED))
			break;
		s2t_gen_learn(gen, call, &ls->step);
	}
	return verdict;
}

static enum s2t_verdict end(struct s2t_runner *runner, enum s2t_verdict verdict)
{
	struct s2t_lockstep *ls = runner->lockstep[runner->board];

	if (verdict < S2T_DIVERGED)
		verdict = s2t_lockstep_end(ls);
	runner->owes = ls->owes;
	if (verdict < S2T_DIVERGED)
		s2t_lockstep_reset(ls);
	return runner->verdict = verdict;
}

enum s2t_verdict s2t_runner_sequence(struct s2t_runner *runner, uint64_t number, uint64_t limit)
{
	begin(runner, number);
	return end(runner, take_steps(runner, limit));
}

/* What is owed after all sequences of a block, for each ended in a panic: the last one is run again, up to before that,
 * and then judged from scratch. (One that goes on after its panic is halved until it has none.) Its steps were counted. */
static void pay(struct s2t_runner *runner, struct s2t_block *block)
{
	struct s2t_lockstep *ls = runner->lockstep[runner->board];
	uint64_t length = block->call_count > 0 ? block->call_count - 1 : 0;

	for (; ls->invariants && block->owes && length > 0 && block->verdict < S2T_DIVERGED; length /= 2) {
		const struct s2t_stats counted = ls->stats;

		runner->owes = true;
		begin(runner, block->sequence);
		const enum s2t_verdict verdict = take_steps(runner, length);

		ls->stats = counted;
		if (verdict < S2T_DIVERGED)
			ls->stats.sequences--; /* it ends a second time */
		block->verdict = end(runner, verdict);
		block->owes = runner->owes;
	}
	block->call_count = runner->call_count;
}

/* Moves to the block what the lockstep of the board has counted. */
static void collect(struct s2t_runner *runner, struct s2t_block *block)
{
	struct s2t_stats *stats = &runner->lockstep[runner->board]->stats;

	s2t_stats_add(&block->stats, stats);
	memset(stats, 0, sizeof(*stats));
}

void s2t_block_run(struct s2t_runner *runner, struct s2t_block *block, uint64_t limit)
{
	bool counted = false; /* there is something to collect */

	memset(&block->stats, 0, sizeof(block->stats));
	block->operations = 0;
	block->verdict = S2T_AGREED;
	if (block->first == 0)
		block->owes = block->number % (S2T_INV_SWEEP_EVERY / S2T_BLOCK_SEQUENCES) == 0;
	while (block->first < S2T_BLOCK_SEQUENCES && block->operations < limit &&
	       block->verdict < S2T_DIVERGED) {
		block->sequence = block->number * S2T_BLOCK_SEQUENCES + block->first++;
		if (counted && s2t_board_of(runner->options, block->sequence) != runner->board)
			collect(runner, block);
		runner->owes = block->owes;
		block->verdict = s2t_runner_sequence(runner, block->sequence, limit - block->operations);
		block->owes = runner->owes;
		counted = true;
		block->call_count = runner->call_count;
		block->operations += runner->call_count;
	}
	if (counted) {
		pay(runner, block);
		collect(runner, block);
	}
}

/* What the threads share. */
struct crew {
	const struct s2t_campaign_options *options;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	uint64_t next;  /* block to hand out */
	uint64_t first; /* block to count next */
	bool stop;
	bool failed; /* a thread could not set up */
	struct s2t_error error;
	struct s2t_block block[S2T_BLOCK_WINDOW];
};

static void *work(void *arg)
{
	struct crew *crew = arg;
	struct s2t_runner runner;
	struct s2t_error error;
	bool good = s2t_runner_init(&runner, crew->options, &error);

	pthread_mutex_lock(&crew->mutex);
	if (!good) {
		crew->failed = true;
		crew->error = error;
	}
	while (good && !crew->stop) {
		if (crew->next == crew->first + S2T_BLOCK_WINDOW) {
			pthread_cond_wait(&crew->changed, &crew->mutex);
			continue;
		}
		struct s2t_block *block = &crew->block[crew->next % S2T_BLOCK_WINDOW];

		block->number = crew->next++;
		block->first = 0;
		pthread_mutex_unlock(&crew->mutex);
		s2t_block_run(&runner, block, UINT64_MAX);
		good = block->verdict < S2T_NO_MEMORY;
		if (block->verdict == S2T_DIVERGED)
			s2t_lockstep_reset(runner.lockstep[runner.board]);
		pthread_mutex_lock(&crew->mutex);
		block->ready = true;
		pthread_cond_broadcast(&crew->changed);
	}
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->mutex);
	if (runner.lockstep)
		s2t_runner_free(&runner);
	return NULL;
}

uint64_t s2t_campaign_rest(const struct s2t_campaign_options *options, const struct s2t_campaign *campaign)
{
	return options->operations ? options->operations - campaign->operations : UINT64_MAX;
}

/* Tells of the diverging sequence that a block ended at. `runner` has just run it, or else runs it again (and if
 * that does not diverge, no machine stands at the divergence). Returns whether to go on. */
static bool tell(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                 struct s2t_runner *runner, const struct s2t_block *block, bool just_run)
{
	runner->owes = true; /* which may be what it diverged by */
	const bool again = just_run ||
	                   s2t_runner_sequence(runner, block->sequence, block->call_count) == S2T_DIVERGED;
	struct s2t_lockstep *ls = runner->lockstep[runner->board];
	const bool go_on = options->found(options->found_ctx, block->sequence, &options->boards[runner->board],
	                                  runner->call, runner->call_count, again ? ls : NULL);

	campaign->finds++;
	s2t_lockstep_reset(ls);
	memset(&ls->stats, 0, sizeof(ls->stats)); /* the block has them */
	if (!go_on)
		campaign->end = S2T_CAMPAIGN_DIVERGED;
	return go_on;
}

bool s2t_block_count(struct s2t_campaign *campaign, const struct s2t_block *block)
{
	s2t_stats_add(&campaign->stats, &block->stats);
	campaign->operations += block->operations;
	if (block->verdict != S2T_NO_MEMORY)
		return true;
	campaign->end = S2T_CAMPAIGN_FAILED;
	snprintf(campaign->error.text, sizeof(campaign->error.text), "out of memory in sequence %llu",
	         (unsigned long long)block->sequence);
	return false;
}

/* Counts a block. After a divergence, `runner` runs the rest of it. Returns false when the campaign is
 * over. */
static bool count_block(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                        struct s2t_runner *runner, struct s2t_block *block, bool just_run)
{
	for (;; just_run = true) {
		if (!s2t_block_count(campaign, block))
			return false;
		if (block->verdict != S2T_DIVERGED)
			return true;
		if (!tell(options, campaign, runner, block, just_run))
			return false;
		if ((options->interrupted && *options->interrupted) ||
		    s2t_campaign_rest(options, campaign) == 0)
			return true;
		s2t_block_run(runner, block, s2t_campaign_rest(options, campaign));
	}
}

bool s2t_campaign_over(const struct s2t_campaign_options *options, struct s2t_campaign *campaign, double begin)
{
	campaign->seconds = s2t_now() - begin;
	if (options->interrupted && *options->interrupted) {
		campaign->end = S2T_CAMPAIGN_INTERRUPTED;
		return true;
	}
	if (options->progress)
		options->progress(options->progress_ctx, campaign->operations, campaign->stats.sequences,
		                  campaign->seconds);
	return (options->operations && campaign->operations >= options->operations) ||
	       (options->seconds > 0 && campaign->seconds >= options->seconds);
}

static void run_alone(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                      struct s2t_runner *runner, double begin)
{
	struct s2t_block block = { .number = 0 };

	while (!s2t_campaign_over(options, campaign, begin)) {
		block.first = 0;
		s2t_block_run(runner, &block, s2t_campaign_rest(options, campaign));
		if (!count_block(options, campaign, runner, &block, true))
			break;
		block.number++;
	}
}

/* Counts the blocks of the crew in order. One that goes beyond the limit is run again, up to the limit. */
static void count_crew(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                       struct s2t_runner *runner, struct crew *crew, double begin)
{
	while (!s2t_campaign_over(options, campaign, begin)) {
		struct s2t_block *block = &crew->block[crew->first % S2T_BLOCK_WINDOW];

		pthread_mutex_lock(&crew->mutex);
		while (!block->ready && !crew->failed)
			pthread_cond_wait(&crew->changed, &crew->mutex);
		pthread_mutex_unlock(&crew->mutex);
		if (crew->failed) {
			campaign->end = S2T_CAMPAIGN_FAILED;
			campaign->error = crew->error;
			return;
		}
		const bool too_much = block->operations > s2t_campaign_rest(options, campaign);

		if (too_much) {
			block->first = 0;
			s2t_block_run(runner, block, s2t_campaign_rest(options, campaign));
		}
		if (!count_block(options, campaign, runner, block, too_much))
			return;
		pthread_mutex_lock(&crew->mutex);
		block->ready = false;
		crew->first++;
		pthread_cond_broadcast(&crew->changed);
		pthread_mutex_unlock(&crew->mutex);
	}
}

static void run_crew(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                     struct s2t_runner *runner, double begin)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	pthread_t *thread = calloc(options->jobs, sizeof(*thread));
	unsigned started = 0;

	if (crew && thread) {
		crew->options = options;
		pthread_mutex_init(&crew->mutex, NULL);
		pthread_cond_init(&crew->changed, NULL);
		while (started < options->jobs && pthread_create(&thread[started], NULL, work, crew) == 0)
			started++;
	}
	if (started == 0) {
		campaign->end = S2T_CAMPAIGN_FAILED;
		snprintf(campaign->error.text, sizeof(campaign->error.text), "cannot start %u threads",
		         options->jobs);
	} else {
		count_crew(options, campaign, runner, crew, begin);
		pthread_mutex_lock(&crew->mutex);
		crew->stop = true;
		pthread_cond_broadcast(&crew->changed);
		pthread_mutex_unlock(&crew->mutex);
		while (started > 0)
			pthread_join(thread[--started], NULL);
	}
	if (crew && thread) {
		pthread_cond_destroy(&crew->changed);
		pthread_mutex_destroy(&crew->mutex);
	}
	free(crew);
	free(thread);
}

void s2t_campaign_run(const struct s2t_campaign_options *options, struct s2t_campaign *campaign)
{
	struct s2t_runner runner;
	double begin = s2t_now();

	memset(campaign, 0, sizeof(*campaign));
	if (options->isolation) {
		s2t_campaign_run_isolated(options, campaign, begin);
		campaign->seconds = s2t_now() - begin;
		return;
	}
	if (!s2t_runner_init(&runner, options, &campaign->error)) {
		campaign->end = S2T_CAMPAIGN_FAILED;
		return;
	}
	if (options->jobs > 1)
		run_crew(options, campaign, &runner, begin);
	else
		run_alone(options, campaign, &runner, begin);
	campaign->seconds = s2t_now() - begin;
	s2t_runner_free(&runner);
}
