/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds: replayed, shrunk, presented. */
#include "find.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static bool no_memory(struct s2t_error *error, size_t count)
{
	snprintf(error->text, sizeof(error->text), "not enough memory for %zu operations", count);
	return false;
}

bool s2t_find_init(struct s2t_find *find, const struct s2t_trial_options *options,
                   const struct s2t_board *board, const struct s2t_call *call, size_t count, const char *origin,
                   struct s2t_error *error)
{
	struct s2t_trial trial;

	memset(find, 0, sizeof(*find));
	find->seen.verdict = S2T_NO_MEMORY; /* until it was replayed */
	error->resource = true;
	snprintf(find->origin, sizeof(find->origin), "%s", origin);
	for (char *c = find->origin; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	if (!s2t_trial_init(&trial, options, board, error))
		return false;
	s2t_trial_run(&trial, call, count, &find->seen);
	s2t_trial_free(&trial);
	if (find->seen.verdict != S2T_DIVERGED) {
		error->resource = find->seen.verdict == S2T_NO_MEMORY;
		snprintf(error->text, sizeof(error->text), "%s: %s", origin,
		         error->resource ? "out of memory, or no child process could run it"
		                         : "the two sides agree, so there is no divergence to look at");
		return false;
	}
	find->shrunk = (struct s2t_shrunk){ .given = count, .observation = find->seen };
	if (!s2t_sequence_init(&find->given, board, call, find->seen.step))
		return no_memory(error, count);
	if (s2t_sequence_init(&find->shrunk.sequence, board, call, find->seen.step))
		return true;
	s2t_sequence_free(&find->given);
	return no_memory(error, count);
}

#define SHORT_HANG 0.05 /* seconds; a step takes less than a microsecond */

/* Shrinks with a short limit on hangs, since each candidate that hangs takes that long. False if the
 * result does not hang as long as the user wants, too, or on any error. */
static bool shrink_hang(struct s2t_find *find, const struct s2t_trial_options *options,
                        const struct s2t_shrink_options *limits, struct s2t_shrunk *shrunk)
{
	const struct s2t_sequence *given = &find->given;
	struct s2t_isolation impatient = *options->isolation;
	struct s2t_trial_options quick = *options;
	struct s2t_observation observation;
	struct s2t_trial trial;
	struct s2t_error error;

	if (impatient.hang_limit > SHORT_HANG)
		impatient.hang_limit = SHORT_HANG;
	quick.isolation = &impatient;
	if (!s2t_shrink(&quick, limits, &given->board, given->call, given->count, &find->seen, shrunk, &error))
		return false;
	bool good = s2t_trial_init(&trial, options, &shrunk->sequence.board, &error);

	if (good) {
		s2t_trial_run(&trial, shrunk->sequence.call, shrunk->sequence.count, &observation);
		s2t_trial_free(&trial);
		good = observation.verdict == S2T_DIVERGED &&
		       s2t_signature_same(&observation.signature, &find->seen.signature);
	}
	if (!good)
		s2t_shrunk_free(shrunk);
	return good;
}

/* Whether the whole sequence diverges alike when it is replayed some times more. A candidate that is shorter would pass
 * or fail by chance, and the search for the shortest could take all the time it may. Of a long sequence one replay has to do. */
static bool is_steady(struct s2t_find *find, const struct s2t_trial_options *options,
                      const struct s2t_shrink_options *limits)
{
	enum { REPLAYS = 4, SHARE = 8 };
	const struct s2t_sequence *given = &find->given;
	const uint64_t most = limits->operations ? limits->operations / SHARE : UINT64_MAX;
	struct s2t_observation again;
	struct s2t_trial trial;
	struct s2t_error error;
	unsigned replayed = 1, repeated = 1; /* as it was seen */

	if (!s2t_trial_init(&trial, options, &given->board, &error))
		return true; /* without memory, the next one to ask for it says so */
	while (replayed <= REPLAYS && (replayed == 1 || trial.operations < most) &&
	       !(limits->interrupted && *limits->interrupted)) {
		s2t_trial_run(&trial, given->call, given->count, &again);
		if (again.verdict == S2T_NO_MEMORY) {
			repeated = replayed; /* which says nothing of it */
			break;
		}
		replayed++;
		repeated += again.verdict == S2T_DIVERGED && again.step == find->seen.step &&
		            s2t_signature_same(&again.signature, &find->seen.signature);
	}
	s2t_trial_free(&trial);
	if (repeated == replayed)
		return true;
	find->replayed = replayed;
	find->repeated = repeated;
	return false;
}

const char *s2t_find_chance(const struct s2t_find *find, char *buf, size_t size)
{
	if (!find->replayed)
		return NULL;
	(void)snprintf(
		buf, size,
		"not shrunk: it repeats in %u of %u replays, so the implementation does not depend on its calls "
		"alone",
		find->repeated, find->replayed);
	return buf;
}

bool s2t_find_shrink(struct s2t_find *find, const struct s2t_trial_options *options,
                     const struct s2t_shrink_options *limits, struct s2t_error *error)
{
	const struct s2t_sequence *given = &find->given;
	const bool hangs = find->seen.ending.how == S2T_END_HANG;
	struct s2t_shrunk shrunk;

	/* A process that hangs costs as much in each replay. */
	if (!options->isolation && strstr(find->seen.signature.text, "implementation=hang"))
		return true;
	if (hangs && !shrink_hang(find, options, limits, &shrunk))
		return true; /* to look at each candidate for as long as the user said would take hours */
	if (!hangs && !is_steady(find, options, limits))
		return true;
	if (!hangs &&
	    !s2t_shrink(options, limits, &given->board, given->call, given->count, &find->seen, &shrunk, error))
		return false;
	s2t_shrunk_free(&find->shrunk);
	find->shrunk = shrunk;
	find->was_shrunk = true;
	return true;
}

void s2t_find_free(struct s2t_find *find)
{
	s2t_sequence_free(&find->given);
	s2t_shrunk_free(&find->shrunk);
}

/* What happens at the divergence, here or in a child. */
struct presentation {
	const struct s2t_find *find;
	const struct s2t_trial_options *options;
	int (*body)(void *ctx, struct s2t_lockstep *ls);
	void *ctx;
	int *status; /* in shared memory if it happens in a child */
};

static int present(const struct presentation *present)
{
	const struct s2t_shrunk *shrunk = &present->find->shrunk;
	struct s2t_error error;
	struct s2t_lockstep *ls = s2t_lockstep_create(&shrunk->sequence.board, present->options->iut,
	                                              &present->options->lockstep, &error);
	int status = S2T_EXIT_INTERNAL;

	if (!ls)
		fprintf(stderr, "s2twin: %s\n", error.text);
	else if (s2t_trial_revisit(ls, shrunk->sequence.call, &shrunk->observation))
		status = present->body(present->ctx, ls);
	else if (s2t_model_out_of_memory(ls->model))
		fprintf(stderr, "s2twin: %s: not enough memory to replay it for the report\n",
		        present->find->origin);
	else
		status = S2T_FIND_UNSTEADY;
	if (status == S2T_FIND_UNSTEADY)
		fprintf(stderr,
		        "s2twin: %s: it diverged, but not when it was replayed for the report: the implementation does "
		        "not depend on its calls alone\n",
		        present->find->origin);
	s2t_lockstep_destroy(ls);
	return status;
}

static void present_in_child(void *ctx, int out)
{
	const struct presentation *presentation = ctx;

	(void)out;
	*presentation->status = present(presentation);
}

/* What the child shares. */
struct shared {
	struct s2t_pulse pulse;
	int status;
};

int s2t_find_present(const struct s2t_find *find, const struct s2t_trial_options *options,
                     int (*body)(void *ctx, struct s2t_lockstep *ls), void *ctx)
{
	struct presentation presentation = { find, options, body, ctx, NULL };
	struct s2t_isolation patient = { .hang_limit = 600 };
	struct shared *shared;
	int status = S2T_EXIT_INTERNAL;

	if (!options->isolation)
		return present(&presentation);
	shared = s2t_shared_alloc(sizeof(*shared));
	if (!shared) {
		fprintf(stderr, "s2twin: not enough memory to watch a child process\n");
		return status;
	}
	presentation.status = &shared->status;
	const struct s2t_ending ending = s2t_isolated(&patient, &shared->pulse, present_in_child,
	                                              &presentation);

	/* With the same calls it ends otherwise now, so it depends on more than these. */
	status = ending.how == S2T_END_DONE ? shared->status : S2T_FIND_UNSTEADY;
	if (ending.how != S2T_END_DONE)
		fprintf(stderr, "s2twin: %s: no report, because the replay for it did not end: %s\n",
		        find->origin, s2t_ending_text(&ending));
	s2t_shared_free(shared, sizeof(*shared));
	return status;
}

static const char *form(const struct s2t_trial_options *options)
{
	return options->lockstep.spec == S2T_SPEC_LOW ? "low" : "high";
}

const char *s2t_find_replay_options(const struct s2t_trial_options *options, char *buf, size_t size)
{
	const struct s2t_lockstep_options *lockstep = &options->lockstep;
	const bool high = lockstep->spec == S2T_SPEC_HIGH;
	const bool checks_all = lockstep->invariants == S2T_INVARIANTS_ALL;
	char known[32], invariants[S2T_INVARIANTS_TEXT], forbidden[S2T_INVARIANTS_TEXT];

	static const char *const watches[] = { [S2T_WATCH_NONE] = "",
		                               [S2T_WATCH_COMPARE] = " --watch=compare",
		                               [S2T_WATCH_PROTECT] = " --watch=protect" };

	(void)snprintf(
		buf, size, "%s%s%s%s%s%s%s%s%s%s%s%s%s", lockstep->chosen ? lockstep->chosen : "",
		watches[lockstep->watch], lockstep->level == S2T_LEVEL_BODY ? " --level body" : "",
		high ? " --spec high --known=" : "",
		high ? s2t_known_print(lockstep->known, known, sizeof(known)) : "",
		lockstep->run_undefined       ? " --undefined=run"
		: lockstep->compare_undefined ? " --undefined=compare"
					      : "",
		lockstep->after_panic ? " --after-panic" : "", lockstep->logs ? " --logs" : "",
		checks_all ? "" : " --invariants=",
		checks_all ? "" : s2t_invariants_print(lockstep->invariants, invariants, sizeof(invariants)),
		lockstep->forbidden ? " --forbid=" : "",
		lockstep->forbidden ? s2t_invariants_print(lockstep->forbidden, forbidden, sizeof(forbidden))
				    : "",
		options->isolation ? " --isolate" : "");
	return buf;
}

char *s2t_find_comment(const struct s2t_find *find, const struct s2t_trial_options *options, bool original)
{
	const struct s2t_shrunk *shrunk = &find->shrunk;
	char *text = NULL, replay[S2T_REPLAY_OPTIONS], chance[S2T_CHANCE_TEXT];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	s2t_find_replay_options(options, replay, sizeof(replay));
	fprintf(out, "signature %s: %s\n", find->seen.signature.id, find->seen.signature.text);
	fprintf(out, "%s, board %s, model %s, implementation %s %s, s2twin " S2T_VERSION "\n", find->origin,
	        find->given.board.name, form(options), options->iut->name, options->iut->version);
	if (*replay)
		fprintf(out, "Replay with:%s\n", replay);
	if (original)
		fprintf(out, "As it was found.\n");
	else if (find->was_shrunk)
		fprintf(out, "Shrunk from %zu operations%s.\n", shrunk->given,
		        shrunk->minimal ? "; none of these can be left out"
		                        : "; the limit was reached before the end");
	else if (s2t_find_chance(find, chance, sizeof(chance)))
		fprintf(out, "%s\n", chance);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

json_t *s2t_find_json(const struct s2t_find *find, const struct s2t_trial_options *options, json_t *divergence)
{
	const struct s2t_shrunk *shrunk = &find->shrunk;
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "signature",
	                           find->seen.signature.id, "difference", find->seen.signature.text, "origin",
	                           find->origin, "board", find->given.board.name, "model", form(options),
	                           "implementation", options->iut->name, "implementation_version",
	                           options->iut->version, "version", S2T_VERSION);

	if (find->was_shrunk)
		json_object_set_new(object, "shrunk",
		                    json_pack("{s:I, s:I, s:I, s:b}", "from", (json_int_t)shrunk->given, "to",
		                              (json_int_t)shrunk->sequence.count, "replays",
		                              (json_int_t)shrunk->replays, "minimal", (int)shrunk->minimal));
	if (find->replayed)
		json_object_set_new(object, "repeats",
		                    json_pack("{s:i, s:i}", "times", (int)find->repeated, "of",
		                              (int)find->replayed));
	if (find->novelty != S2T_NOVELTY_UNKNOWN)
		json_object_set_new(object, "new", json_boolean(find->novelty == S2T_NOVELTY_NEW));
	if (divergence)
		json_object_set_new(object, "divergence", divergence);
	return object;
}
