/* SPDX-License-Identifier: BSD-2-Clause */
/* Shrinking: candidates, operations, and the order of things. */
#include "shrink.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "extra.h"

/* A replay costs about as much as that many operations beside those that it runs; in a child of its own,
 * that many. */
enum { RESET_OPERATIONS = 50, FORK_OPERATIONS = 5000 };

/* Sequences up to these lengths are tried without any two, any three of their operations. */
enum { MAX_PAIRS = 32, MAX_TRIPLES = 14 };

bool s2t_shrink_is_over(const struct s2t_shrink *shrink)
{
	const struct s2t_shrink_options *limits = shrink->limits;
	const uint64_t each = shrink->options->isolation ? FORK_OPERATIONS : RESET_OPERATIONS;
	const uint64_t operations = shrink->operations + shrink->trial.operations +
	                            each * (shrink->replays + shrink->trial.replays);

	return (limits->operations && operations >= limits->operations) ||
	       (limits->interrupted && *limits->interrupted);
}

void s2t_shrink_draft(struct s2t_shrink *shrink)
{
	s2t_sequence_assign(&shrink->draft, &shrink->best);
}

/* Whether the draft, just replayed, shows the wanted divergence. If so it is the best from now on. */
static bool adopt(struct s2t_shrink *shrink, const struct s2t_observation *observation)
{
	if (observation->verdict != S2T_DIVERGED ||
	    !s2t_signature_same(&observation->signature, &shrink->want) ||
	    (shrink->must_be_shorter && observation->step >= shrink->best.count))
		return false;
	shrink->draft.count = observation->step;
	shrink->observation = *observation;
	s2t_sequence_assign(&shrink->best, &shrink->draft);
	return true;
}

bool s2t_shrink_try(struct s2t_shrink *shrink)
{
	struct s2t_observation observation;

	if (shrink->draft.count == 0 || s2t_shrink_is_over(shrink))
		return false;
	s2t_trial_run(&shrink->trial, shrink->draft.call, shrink->draft.count, &observation);
	return adopt(shrink, &observation);
}

bool s2t_shrink_try_board(struct s2t_shrink *shrink)
{
	struct s2t_board *board = &shrink->draft.board;
	struct s2t_observation observation;
	struct s2t_trial trial;
	struct s2t_error error;

	if (s2t_shrink_is_over(shrink) || !s2t_board_check(board, &error) ||
	    !s2t_board_check_physical(board, &error))
		return false;
	if (!s2t_trial_init(&trial, shrink->options, board, &error))
		return false;
	s2t_trial_run(&trial, shrink->draft.call, shrink->draft.count, &observation);
	const bool adopted = adopt(shrink, &observation);

	if (adopted) {
		/* The machines read their start pages where they are. */
		struct s2t_sequence sequence = shrink->best;
		struct s2t_trial old = shrink->trial;

		shrink->best = shrink->draft;
		shrink->draft = sequence;
		shrink->trial = trial;
		shrink->trial.board = &shrink->best.board;
		trial = old;
	}
	shrink->replays += trial.replays;
	shrink->operations += trial.operations;
	s2t_trial_free(&trial);
	return adopted;
}

/* The best without its operations from `first` to before `end`. */
static bool try_without(struct s2t_shrink *shrink, size_t first, size_t end)
{
	struct s2t_sequence *draft = &shrink->draft;

	s2t_shrink_draft(shrink);
	memmove(draft->call + first, draft->call + end, (draft->count - end) * sizeof(*draft->call));
	draft->count -= end - first;
	return s2t_shrink_try(shrink);
}

/* Without the operations that `gone` counts up (its indices ascend). */
static bool try_without_all(struct s2t_shrink *shrink, const size_t *gone, unsigned number)
{
	struct s2t_sequence *draft = &shrink->draft;
	size_t kept = 0;

	s2t_shrink_draft(shrink);
	for (size_t i = 0; i < shrink->best.count; i++) {
		if (number > 0 && *gone == i) {
			gone++;
			number--;
		} else {
			draft->call[kept++] = shrink->best.call[i];
		}
	}
	draft->count = kept;
	return s2t_shrink_try(shrink);
}

/* Chunks of half the length, then of a quarter, and so on; from the end, since what is near the divergence
 * matters most rarely. The last operation is the one that diverges. */
static bool remove_chunks(struct s2t_shrink *shrink)
{
	const size_t before = shrink->best.count;

	for (size_t chunk = shrink->best.count / 2; chunk > 0; chunk /= 2) {
		size_t end = shrink->best.count - 1;

		while (end > 0) {
			const size_t first = end > chunk ? end - chunk : 0;

			try_without(shrink, first, end);
			end = first < shrink->best.count ? first : shrink->best.count - 1;
		}
	}
	return shrink->best.count < before;
}

/* Any two operations that only go together, such as a grant and its revocation. */
static bool remove_pair(struct s2t_shrink *shrink)
{
	const size_t count = shrink->best.count;

	for (size_t i = 0; count <= MAX_PAIRS && i + 2 < count; i++)
		for (size_t k = i + 1; k + 1 < count; k++)
			if (try_without_all(shrink, (size_t[]){ i, k }, 2))
				return true;
	return false;
}

static bool remove_triple(struct s2t_shrink *shrink)
{
	const size_t count = shrink->best.count;

	for (size_t i = 0; count <= MAX_TRIPLES && i + 3 < count; i++)
		for (size_t k = i + 1; k + 2 < count; k++)
			for (size_t l = k + 1; l + 1 < count; l++)
				if (try_without_all(shrink, (size_t[]){ i, k, l }, 3))
					return true;
	return false;
}

/* Operations that neither side took a step for. */
static void remove_idle(struct s2t_shrink *shrink)
{
	struct s2t_model *model = s2t_model_create(&shrink->best.board);
	struct s2t_sequence *draft = &shrink->draft;
	size_t kept = 0;

	s2t_shrink_draft(shrink);
	for (size_t i = 0; model && i < shrink->best.count; i++) {
		const struct s2t_call *call = &shrink->best.call[i];
		struct s2t_step step = { .outcome = S2T_UNDEFINED };

		if (s2t_op_fits(shrink->options->iut, call))
			s2t_op_step(model, shrink->options->lockstep.spec, shrink->options->iut, call, &step);
		if (step.outcome != S2T_UNDEFINED || i + 1 == shrink->best.count)
			draft->call[kept++] = *call;
	}
	s2t_model_destroy(model);
	draft->count = kept;
	if (kept < shrink->best.count)
		s2t_shrink_try(shrink);
}

bool s2t_shrink_operations(struct s2t_shrink *shrink)
{
	const size_t before = shrink->best.count;

	while (remove_chunks(shrink) || remove_pair(shrink) || remove_triple(shrink))
		continue;
	return shrink->best.count < before;
}

/* Values may cross each other's ways for ever; so many rounds are enough for all that was ever seen. */
enum { MAX_ROUNDS = 8 };

/* The last thing tried is always the best without each single one of its operations. */
static void shrink_all(struct s2t_shrink *shrink, struct s2t_shrunk *shrunk)
{
	bool changed = true;

	remove_idle(shrink);
	s2t_shrink_operations(shrink);
	for (int round = 0; changed; round++) {
		changed = round < MAX_ROUNDS && s2t_shrink_board(shrink);
		if (changed)
			s2t_shrink_operations(shrink);
		changed |= round < MAX_ROUNDS && s2t_shrink_values(shrink);
		changed |= s2t_shrink_operations(shrink);
	}
	shrunk->minimal = !s2t_shrink_is_over(shrink);
}

bool s2t_shrink(const struct s2t_trial_options *options, const struct s2t_shrink_options *limits,
                const struct s2t_board *board, const struct s2t_call *call, size_t count,
                const struct s2t_observation *found, struct s2t_shrunk *shrunk, struct s2t_error *error)
{
	const double begin = s2t_now();
	struct s2t_shrink shrink = {
		.options = options, .limits = limits, .want = found->signature, .observation = *found
	};

	*shrunk = (struct s2t_shrunk){ .given = count };
	if (!s2t_sequence_init(&shrink.best, board, call, found->step) ||
	    !s2t_sequence_init(&shrink.draft, board, call, found->step)) {
		s2t_sequence_free(&shrink.best);
		snprintf(error->text, sizeof(error->text), "not enough memory to shrink %zu operations", count);
		return false;
	}
	if (!s2t_trial_init(&shrink.trial, options, &shrink.best.board, error)) {
		s2t_sequence_free(&shrink.best);
		s2t_sequence_free(&shrink.draft);
		return false;
	}
	shrink_all(&shrink, shrunk);
	shrunk->replays = shrink.replays + shrink.trial.replays;
	shrunk->observation = shrink.observation;
	shrunk->sequence = shrink.best;
	shrunk->seconds = s2t_now() - begin;
	s2t_trial_free(&shrink.trial);
	s2t_sequence_free(&shrink.draft);
	return true;
}

void s2t_shrunk_free(struct s2t_shrunk *shrunk)
{
	s2t_sequence_free(&shrunk->sequence);
}
