/* SPDX-License-Identifier: BSD-2-Clause */
/* The finds of a campaign: told apart by signature, shrunk, kept, counted. */
#include "finder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cmd.h"
#include "report.h"
#include "store.h"

const char s2t_unsteady_text[] =
	"diverged, but not on machines fresh from create: the implementation keeps something over "
	"a reset, or does not depend on its calls alone";

static bool fail(struct s2t_finder *finder)
{
	finder->failed = true;
	return false;
}

/* What `describe` needs at the divergence. */
struct description {
	const char *dir;
	const struct s2t_find *find;
	const struct s2t_trial_options *options;
};

/* Writes DIR/ID.END. */
static bool write_text(const struct description *d, const char *end, const char *text)
{
	char name[64];
	struct s2t_error error;

	(void)snprintf(name, sizeof(name), "%s.%s", d->find->seen.signature.id, end);
	if (text && s2t_store_write(d->dir, name, text, strlen(text), NULL, &error))
		return true;
	fprintf(stderr, "s2twin: %s%s\n", text ? error.text : "not enough memory to write ", text ? "" : name);
	return false;
}

static bool describe_json(const struct description *d, struct s2t_lockstep *ls)
{
	json_t *divergence = s2t_report_divergence_json(ls, d->find->shrunk.sequence.call, d->find->origin);
	json_t *object = s2t_find_json(d->find, d->options, divergence);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool good = out && json_dumpf(object, out, JSON_INDENT(2)) == 0 && putc('\n', out) != EOF;

	if (out && fclose(out) != 0)
		good = false;
	good = write_text(d, "json", good ? text : NULL);
	json_decref(object);
	free(text);
	return good;
}

static bool describe_html(const struct description *d, struct s2t_lockstep *ls)
{
	char *text = NULL, words[S2T_REPLAY_OPTIONS];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool good = out && s2t_report_find_html(out, ls, d->find,
	                                        s2t_find_replay_options(d->options, words, sizeof(words)));

	if (out && fclose(out) != 0)
		good = false;
	good = write_text(d, "html", good ? text : NULL);
	free(text);
	return good;
}

static int describe(void *ctx, struct s2t_lockstep *ls)
{
	const struct description *d = ctx;

	return describe_json(d, ls) && describe_html(d, ls) ? S2T_EXIT_DIVERGED : S2T_EXIT_INTERNAL;
}

bool s2t_finder_describe(const char *dir, const struct s2t_find *find, const struct s2t_trial_options *options,
                         struct s2t_error *error)
{
	struct description description = { dir, find, options };

	const int status = s2t_find_present(find, options, describe, &description);

	if (status == S2T_EXIT_DIVERGED)
		return true;
	error->resource = status != S2T_FIND_UNSTEADY;
	snprintf(error->text, sizeof(error->text), "the find %s could not be described",
	         find->seen.signature.id);
	return false;
}

bool s2t_finder_keep(const char *dir, struct s2t_find *find, const struct s2t_trial_options *options,
                     const struct s2t_shrink_options *limits, struct s2t_error *error)
{
	return s2t_store_open(dir, error) && s2t_store_original(dir, find, options, error) &&
	       s2t_find_shrink(find, options, limits, error) && s2t_store_find(dir, find, options, error) &&
	       s2t_finder_describe(dir, find, options, error);
}

static struct s2t_tally *look_up(struct s2t_finder *finder, const struct s2t_signature *signature)
{
	for (size_t i = 0; i < finder->tally_count; i++)
		if (s2t_signature_same(&finder->tally[i].signature, signature))
			return &finder->tally[i];
	return NULL;
}

static struct s2t_tally *add_tally(struct s2t_finder *finder, const struct s2t_find *find)
{
	struct s2t_tally *grown = realloc(finder->tally, (finder->tally_count + 1) * sizeof(*grown));

	if (!grown) {
		snprintf(finder->error.text, sizeof(finder->error.text), "not enough memory to note a find");
		return NULL;
	}
	finder->tally = grown;
	struct s2t_tally *tally = &grown[finder->tally_count++];

	*tally = (struct s2t_tally){ .signature = find->seen.signature, .novelty = find->novelty, .times = 1 };
	tally->given = find->shrunk.given;
	tally->length = find->shrunk.sequence.count;
	memcpy(tally->origin, find->origin, sizeof(tally->origin));
	memcpy(tally->path, find->path, sizeof(tally->path));
	return tally;
}

/* A find whose signature is new in this run: shrunk and kept. */
static bool examine(struct s2t_finder *finder, struct s2t_find *find)
{
	struct s2t_error *error = &finder->error;

	error->resource = true;
	if (!s2t_store_open(finder->dir, error) ||
	    !s2t_store_original(finder->dir, find, &finder->trial, error) ||
	    (finder->shrink && !s2t_find_shrink(find, &finder->trial, &finder->limits, error)) ||
	    !s2t_store_find(finder->dir, find, &finder->trial, error))
		return false;
	if (finder->regressions && s2t_regressions_have(finder->regressions, find->seen.signature.id))
		find->novelty = S2T_NOVELTY_KNOWN;
	if (!s2t_finder_describe(finder->dir, find, &finder->trial, error))
		return false;
	struct s2t_tally *tally = add_tally(finder, find);

	if (tally && finder->told)
		finder->told(finder->told_ctx, tally);
	return tally != NULL;
}

/* Once a second is often enough to count repeats. */
static bool count_again(struct s2t_finder *finder, struct s2t_tally *tally)
{
	tally->times++;
	tally->uncounted++;
	if (s2t_now() - finder->counted_at < 1)
		return true;
	finder->counted_at = s2t_now();
	return s2t_finder_flush(finder);
}

/* A repeat, counted; what is not certainly one is looked at in full. Machines are made once a board. */
static bool is_repeat(struct s2t_finder *finder, const struct s2t_board *board, const struct s2t_call *call,
                      size_t count)
{
	struct s2t_observation observation;
	struct s2t_error error;
	unsigned i = 0;

	while (i < S2T_PROBES && finder->probe[i].board && finder->probe[i].board != board)
		i++;
	if (i == S2T_PROBES || finder->tally_count == 0)
		return false;
	if (!finder->probe[i].board && !s2t_trial_init(&finder->probe[i], &finder->trial, board, &error)) {
		finder->probe[i].board = NULL;
		return false;
	}
	s2t_trial_run(&finder->probe[i], call, count, &observation);
	struct s2t_tally *tally = observation.verdict == S2T_DIVERGED ? look_up(finder, &observation.signature)
	                                                              : NULL;

	if (tally && !count_again(finder, tally))
		fail(finder);
	return tally != NULL;
}

/* A sequence of the campaign that diverged. */
struct found {
	uint64_t sequence;
	const struct s2t_board *board;
	const struct s2t_call *call;
	size_t count;
	struct s2t_lockstep *ls; /* that it diverged on; NULL: a child's */
	char origin[96];
};

/* Whether the find diverges on other fresh machines, too. A divergence that comes from somewhere else than its calls
 * seldom does. Each child begins with the same memory, so there it does. */
static bool shows_again(const struct s2t_finder *finder, const struct s2t_find *find)
{
	struct s2t_observation again;
	struct s2t_trial trial;
	struct s2t_error error;

	if (finder->trial.isolation || !s2t_trial_init(&trial, &finder->trial, &find->given.board, &error))
		return true; /* without memory, the next one to ask for it says so */
	s2t_trial_run(&trial, find->given.call, find->given.count, &again);
	s2t_trial_free(&trial);
	return again.verdict != S2T_AGREED &&
	       (again.verdict != S2T_DIVERGED ||
	        (again.step == find->seen.step && s2t_signature_same(&again.signature, &find->seen.signature)));
}

static bool write_unsteady(struct s2t_finder *finder, const struct found *found, const char *name)
{
	char comment[256], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)snprintf(comment, sizeof(comment),
	               "%s, board %s, s2twin " S2T_VERSION
	               "\nDiverged after the sequences before it, but not on fresh machines.",
	               found->origin, found->board->name);
	bool good = out && s2t_trace_print_for(out, finder->trial.iut, found->board, found->call, found->count,
	                                       comment);

	if (out && fclose(out) != 0)
		good = false;
	if (!good)
		(void)snprintf(finder->error.text, sizeof(finder->error.text), "not enough memory to keep %s",
		               name);
	good = good && s2t_store_open(finder->dir, &finder->error) &&
	       s2t_store_write(finder->dir, name, text, size, NULL, &finder->error);
	free(text);
	return good;
}

/* A divergence that fresh machines do not show, or not each time: something survived a reset, or memory ran out because
 * of the sequences before, or the implementation has a state that all its instances share. It is told from the machines
 * that saw it, and kept as it is. Of many, the first are told and the others counted. */
static bool note_unsteady(struct s2t_finder *finder, const struct found *found)
{
	char name[64];

	if (finder->unsteady++ >= S2T_UNSTEADY_KEPT)
		return finder->keep_going;
	struct s2t_unsteady *unsteady = &finder->kept[finder->unsteady - 1];

	fprintf(stderr, "s2twin: %s %s\n", found->origin, s2t_unsteady_text);
	if (found->ls) {
		s2t_report_divergence(stderr, found->ls, found->call, found->origin);
		unsteady->divergence = s2t_report_divergence_json(found->ls, found->call, found->origin);
	}
	(void)snprintf(name, sizeof(name), "unsteady-%" PRIx64 "-%" PRIu64 ".trace", finder->seed,
	               found->sequence);
	memcpy(unsteady->origin, found->origin, sizeof(unsteady->origin));
	(void)snprintf(unsteady->path, sizeof(unsteady->path), "%s/%s", finder->dir, name);
	return write_unsteady(finder, found, name) ? finder->keep_going : fail(finder);
}

/* The run ends for want of a place to keep a divergence, and what it was is told at least. */
static void tell_lost(const struct s2t_find *find, const struct found *found)
{
	fprintf(stderr, "s2twin: %s diverges, %s %s, and that %s%s%s\n", found->origin, find->seen.signature.id,
	        find->seen.signature.text, find->path[0] ? "is kept without a report as " : "cannot be kept",
	        find->path, found->ls ? ":" : "");
	if (found->ls)
		s2t_report_divergence(stderr, found->ls, found->call, found->origin);
}

bool s2t_finder_found(void *ctx, uint64_t sequence, const struct s2t_board *board, const struct s2t_call *call,
                      size_t count, struct s2t_lockstep *ls)
{
	struct found found = { sequence, board, call, count, ls, "" };
	struct s2t_finder *finder = ctx;
	struct s2t_find *find = &finder->find;

	if (is_repeat(finder, board, call, count))
		return finder->keep_going && !finder->failed;
	(void)snprintf(found.origin, sizeof(found.origin), "seed 0x%" PRIx64 ", sequence %" PRIu64,
	               finder->seed, sequence);
	if (!s2t_find_init(find, &finder->trial, board, call, count, found.origin, &finder->error)) {
		if (finder->error.resource)
			return fail(finder);
		return note_unsteady(finder, &found);
	}
	if (!shows_again(finder, find)) {
		s2t_find_free(find);
		return note_unsteady(finder, &found);
	}
	if (!examine(finder, find)) {
		if (finder->error.resource)
			tell_lost(find, &found);
		s2t_find_free(find);
		return finder->error.resource ? fail(finder) : note_unsteady(finder, &found);
	}
	if (finder->keep_going)
		s2t_find_free(find);
	else
		finder->has_find = true;
	return finder->keep_going;
}

bool s2t_finder_flush(struct s2t_finder *finder)
{
	char origin[64];

	(void)snprintf(origin, sizeof(origin), "seed 0x%" PRIx64, finder->seed);
	for (size_t i = 0; i < finder->tally_count; i++) {
		struct s2t_tally *tally = &finder->tally[i];

		if (!tally->uncounted)
			continue;
		if (!s2t_store_count(finder->dir, tally->signature.id, tally->uncounted, origin,
		                     &finder->error))
			return fail(finder);
		tally->uncounted = 0;
	}
	return true;
}

void s2t_finder_free(struct s2t_finder *finder)
{
	if (finder->has_find)
		s2t_find_free(&finder->find);
	for (unsigned i = 0; i < S2T_UNSTEADY_KEPT; i++)
		json_decref(finder->kept[i].divergence);
	for (unsigned i = 0; i < S2T_PROBES; i++)
		s2t_trial_free(&finder->probe[i]);
	free(finder->tally);
	finder->has_find = false;
	finder->tally = NULL;
	finder->tally_count = 0;
}
