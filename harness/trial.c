/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays, in this process or in a child. */
#include "trial.h"

#include <stdio.h>
#include <string.h>

#include "entries.h"
#include "extra.h"

/* What a child tells its parent. */
struct s2t_trial_shared {
	struct s2t_pulse pulse;
	struct s2t_observation observation;
	struct s2t_stats stats;
	struct s2t_error error;
};

bool s2t_trial_init(struct s2t_trial *trial, const struct s2t_trial_options *options,
                    const struct s2t_board *board, struct s2t_error *error)
{
	*trial = (struct s2t_trial){ .options = *options, .board = board };
	if (!options->isolation) {
		trial->ls = s2t_lockstep_create(board, options->iut, &options->lockstep, error);
		return trial->ls != NULL;
	}
	trial->shared = s2t_shared_alloc(sizeof(*trial->shared));
	if (!trial->shared)
		snprintf(error->text, sizeof(error->text), "not enough memory to watch a child process");
	return trial->shared != NULL;
}

void s2t_trial_free(struct s2t_trial *trial)
{
	s2t_lockstep_destroy(trial->ls);
	s2t_shared_free(trial->shared, sizeof(*trial->shared));
	trial->ls = NULL;
	trial->shared = NULL;
}

/* Takes the steps, with a full comparison after step `from` and every `every`-th one from there on. */
static enum s2t_verdict take(struct s2t_lockstep *ls, const struct s2t_call *call, size_t count,
                             struct s2t_pulse *pulse, uint32_t from, uint32_t every)
{
	enum s2t_verdict verdict = S2T_AGREED;

	for (uint32_t number = 1; number <= count && verdict < S2T_ENDED; number++) {
		if (pulse)
			s2t_pulse_beat(pulse, 0, number);
		s2t_lockstep_full_every(ls, number >= from && (number - from) % every == 0);
		verdict = s2t_lockstep_step(ls, &call[number - 1]);
	}
	return verdict;
}

/* Whether a divergence was seen at its step, and not by a full comparison, which may come later. */
static bool is_exact(const struct s2t_lockstep *ls)
{
	return ls->options.full_every == 0;
}

static void start(struct s2t_lockstep *ls)
{
	s2t_lockstep_reset(ls);
	memset(&ls->stats, 0, sizeof(ls->stats));
}

/* Comparing everything after each step of a long sequence takes time by the square of its length. */
enum { LOOKS = 256 };

/* Full comparisons said that both sides agree after step `low`, and no longer after step `high`: finds the step by
 * replays that look again at ever fewer steps, and at last after each. */
static enum s2t_verdict narrow(struct s2t_lockstep *ls, const struct s2t_call *call, struct s2t_pulse *pulse,
                               uint32_t low, uint32_t high)
{
	for (;;) {
		const uint32_t every = (high - low + LOOKS - 1) / LOOKS;

		start(ls);
		enum s2t_verdict verdict = take(ls, call, high, pulse, low + every, every);
		const bool at_end = verdict < S2T_DIVERGED;

		if (at_end)
			verdict = s2t_lockstep_end(ls);
		if (verdict != S2T_DIVERGED || every == 1 || (!at_end && is_exact(ls)))
			return verdict;
		high = ls->step_number;
		low = at_end ? low + (high - 1 - low) / every * every : high - every;
	}
}

static void observe(struct s2t_lockstep *ls, const struct s2t_trial_options *options,
                    const struct s2t_call *call, size_t count, struct s2t_pulse *pulse,
                    struct s2t_observation *observation)
{
	uint32_t every = options->lockstep.full_every;

	if (options->lockstep.full_default && count / LOOKS > every)
		every = (uint32_t)(count / LOOKS);
	start(ls);
	enum s2t_verdict verdict = take(ls, call, count, pulse, every ? every : UINT32_MAX, every ? every : 1);
	const bool at_end = verdict < S2T_DIVERGED;

	if (at_end)
		verdict = s2t_lockstep_end(ls);
	if (verdict == S2T_DIVERGED && every != 1 && (at_end || !is_exact(ls)))
		verdict = narrow(ls, call, pulse, every ? (ls->step_number - 1) / every * every : 0,
		                 ls->step_number);
	*observation = (struct s2t_observation){ .verdict = verdict, .step = ls->step_number };
	if (verdict == S2T_DIVERGED)
		s2t_signature_of(ls, &observation->signature);
}

/* What a child needs to know. */
struct errand {
	struct s2t_trial *trial;
	const struct s2t_call *call;
	size_t count;
};

static void run_errand(void *ctx, int out)
{
	struct errand *errand = ctx;
	struct s2t_trial *trial = errand->trial;
	struct s2t_trial_shared *shared = trial->shared;
	struct s2t_lockstep *ls = s2t_lockstep_create(trial->board, trial->options.iut,
	                                              &trial->options.lockstep, &shared->error);

	(void)out;
	shared->observation = (struct s2t_observation){ .verdict = S2T_NO_MEMORY };
	if (!ls)
		return;
	observe(ls, &trial->options, errand->call, errand->count, &shared->pulse, &shared->observation);
	shared->stats = ls->stats;
}

/* What the model makes of the step that did not return. */
static bool model_step(const struct s2t_trial *trial, const struct s2t_call *call, uint32_t step_number,
                       struct s2t_step *step)
{
	struct s2t_model *model = s2t_model_create(trial->board);

	for (uint32_t i = 0; model && i < step_number; i++)
		if (s2t_op_fits(trial->options.iut, &call[i]))
			s2t_op_step(model, trial->options.lockstep.spec, trial->options.iut, &call[i], step);
	s2t_model_destroy(model);
	return model != NULL;
}

static void run_isolated(struct s2t_trial *trial, const struct s2t_call *call, size_t count,
                         struct s2t_observation *observation)
{
	struct s2t_trial_shared *shared = trial->shared;
	struct errand errand = { trial, call, count };
	struct s2t_ending ending = s2t_isolated(trial->options.isolation, &shared->pulse, run_errand, &errand);
	const uint32_t step_number = atomic_load(&shared->pulse.step);
	struct s2t_step step = { S2T_OK, S2T_CASE_MPH_0, 0 };

	memset(&trial->stats, 0, sizeof(trial->stats));
	if (ending.how == S2T_END_DONE) {
		*observation = shared->observation;
		trial->stats = shared->stats;
		if (observation->verdict != S2T_NO_MEMORY || !trial->options.isolation->memory_limit)
			return;
		ending.how = S2T_END_MEMORY;
	}
	*observation = (struct s2t_observation){ .verdict = S2T_NO_MEMORY, .ending = ending };
	if (ending.how == S2T_END_NO_FORK || step_number == 0 || !model_step(trial, call, step_number, &step))
		return;
	observation->verdict = S2T_DIVERGED;
	observation->step = step_number;
	s2t_signature_of_ending(trial->options.iut, &call[step_number - 1], &step, &ending,
	                        &observation->signature);
}

void s2t_trial_run(struct s2t_trial *trial, const struct s2t_call *call, size_t count,
                   struct s2t_observation *observation)
{
	trial->replays++;
	trial->operations += count;
	if (!trial->ls) {
		run_isolated(trial, call, count, observation);
		return;
	}
	observe(trial->ls, &trial->options, call, count, NULL, observation);
	trial->stats = trial->ls->stats;
}

/* The step that did not return, on the model alone. */
static void pretend(struct s2t_lockstep *ls, const struct s2t_call *call, const struct s2t_ending *ending)
{
	ls->call = *call;
	ls->step_number++;
	s2t_op_step(ls->model, ls->options.spec, ls->ops, call, &ls->step);
	if (ls->entries)
		s2t_entries_begin_step(ls->entries);
	else
		ls->ops->image->writes(ls->iut, &ls->step_writes);
	ls->result = (struct s2t_result){ s2t_ending_outcome(ending), 0, s2t_ending_text(ending) };
	memset(&ls->diffs->diff[0], 0, sizeof(ls->diffs->diff[0]));
	ls->diffs->diff[0].kind = S2T_DIFF_OUTCOME;
	ls->diffs->diff[0].model[0] = ls->step.outcome;
	ls->diffs->diff[0].iut[0] = ls->result.outcome;
	ls->diffs->diff[0].iut_has_value = true;
	ls->diffs->total = 1;
}

bool s2t_trial_revisit(struct s2t_lockstep *ls, const struct s2t_call *call,
                       const struct s2t_observation *observation)
{
	const uint32_t before = observation->step - 1;
	enum s2t_verdict verdict = take(ls, call, before, NULL, before, 1);

	if (verdict < S2T_ENDED && observation->ending.how != S2T_END_DONE) {
		pretend(ls, &call[before], &observation->ending);
		return true;
	}
	if (verdict == S2T_DIVERGED &&
	    !is_exact(ls)) /* at an earlier step, which the comparisons of steps passed by */
		verdict = narrow(ls, call, NULL, 0, ls->step_number);
	s2t_lockstep_full_every(ls, 1);
	if (verdict < S2T_ENDED)
		verdict = s2t_lockstep_step(ls, &call[before]);
	if (observation->ending.how != S2T_END_DONE)
		return false;
	return verdict == S2T_DIVERGED || s2t_lockstep_end(ls) == S2T_DIVERGED;
}
