/* SPDX-License-Identifier: BSD-2-Clause */
/* Exploration: breadth first, level by level, each level in chunks that the threads share. */
#include "explore_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum {
	CHUNK_STATES = 1 << 14,
	CHUNK_CALLS = 1 << 20,  /* from all states of a chunk, if that is more than one */
	FEW_STATES = 256,       /* too few for threads */
	FIRST_STATES = 1 << 12, /* room for so many to begin with */
};

void s2t_explore_count(struct s2t_explore_counts *sum, const struct s2t_explore_counts *more)
{
	sum->transitions += more->transitions;
	sum->panics += more->panics;
	sum->undefined += more->undefined;
	for (unsigned i = 0; i < S2T_CASE_COUNT; i++)
		sum->cases[i] += more->cases[i];
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		sum->finding[i] = s2t_first_place(sum->finding[i], more->finding[i]);
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		sum->invariant[i] = s2t_first_place(sum->invariant[i], more->invariant[i]);
}

void s2t_explore_no_counts(struct s2t_explore_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		counts->finding[i] = S2T_NOWHERE;
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		counts->invariant[i] = S2T_NOWHERE;
}

bool s2t_search_append(struct s2t_search *search, uint64_t key)
{
	if (search->states == search->room) {
		const uint64_t room = search->room ? 2 * search->room : FIRST_STATES;
		uint64_t *wider = realloc(search->key, room * sizeof(*wider));

		if (!wider)
			return false;
		search->key = wider;
		search->room = room;
	}
	search->key[search->states++] = key;
	return true;
}

static uint64_t bytes_taken(const struct s2t_search *search)
{
	return search->room * sizeof(*search->key) + s2t_stateset_bytes(search->set.count);
}

static void *work(void *worker)
{
	s2t_explore_work(worker);
	return NULL;
}

/* Has the threads expand the states up to `end`. */
static void run_chunk(struct s2t_search *search, uint64_t end)
{
	const unsigned jobs = end - search->next < FEW_STATES ? 1 : search->options->jobs;
	pthread_t thread[256];
	unsigned started = 1;

	atomic_store(&search->taken, search->next);
	search->chunk_end = end;
	for (unsigned i = 0; i < search->options->jobs; i++)
		s2t_explore_no_counts(&search->worker[i].counts);
	while (started < jobs && pthread_create(&thread[started], NULL, work, &search->worker[started]) == 0)
		started++;
	s2t_explore_work(&search->worker[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(thread[i], NULL);
	/* What a thread that was not started found in an earlier chunk does not count again. */
	for (unsigned i = started; i < search->options->jobs; i++) {
		search->worker[i].fresh_count = 0;
		search->worker[i].divergence = S2T_NOWHERE;
	}
}

struct fresh {
	uint64_t key;
	size_t slot;
};

static int compare_fresh(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* The new states of the chunk become states, in the order of their keys. */
static bool take_fresh(struct s2t_search *search, struct s2t_error *error)
{
	const uint64_t first = search->states;
	size_t count = 0;

	for (unsigned i = 0; i < search->options->jobs; i++)
		count += search->worker[i].fresh_count;
	struct fresh *fresh = malloc((count + 1) * sizeof(*fresh));
	size_t *slot = malloc((count + 1) * sizeof(*slot));
	bool good = fresh && slot;

	snprintf(error->text, sizeof(error->text), "not enough memory for %zu more states", count);
	for (unsigned i = 0, k = 0; good && i < search->options->jobs; i++)
		for (size_t j = 0; j < search->worker[i].fresh_count; j++, k++) {
			fresh[k].slot = search->worker[i].fresh[j];
			fresh[k].key = s2t_stateset_key(&search->set, fresh[k].slot);
		}
	if (good)
		qsort(fresh, count, sizeof(*fresh), compare_fresh);
	for (size_t i = 0; good && i < count; i++) {
		slot[i] = fresh[i].slot;
		good = s2t_search_append(search, fresh[i].key);
	}
	search->set.count += count;
	if (good && count > 0)
		search->deepest = search->depth + 1;
	good = good && (!search->file || s2t_explore_save(search, first, slot, error));
	free(fresh);
	free(slot);
	return good;
}

/* The end of the next chunk, with room for all that it can find; `*stop`: there is none, because of that. */
static uint64_t next_chunk(struct s2t_search *search, enum s2t_explore_end *stop)
{
	const struct s2t_explore_options *options = search->options;
	uint64_t states = CHUNK_CALLS / options->count;
	size_t need;

	if (states > CHUNK_STATES)
		states = CHUNK_STATES;
	if (states == 0)
		states = 1;
	if (states > search->end - search->next)
		states = search->end - search->next;
	need = search->set.count + states * options->count;
	/* While it grows the old one is there, too. */
	if (s2t_stateset_bytes(need) > s2t_stateset_bytes(search->set.count) &&
	    bytes_taken(search) + s2t_stateset_bytes(need) > options->memory) {
		*stop = S2T_EXPLORE_MEMORY;
		return 0;
	}
	if (!s2t_stateset_reserve(&search->set, need)) {
		*stop = S2T_EXPLORE_MEMORY;
		return 0;
	}
	return search->next + states;
}

static struct s2t_explore_sequence sequence_to(const struct s2t_search *search, struct s2t_place_in place)
{
	struct s2t_explore_sequence sequence = { .count = place.call >= 0 };
	const uint64_t calls = search->options->count;

	if (place.state == UINT64_MAX)
		return (struct s2t_explore_sequence){ .count = 0 };
	for (uint64_t state = place.state; state != 0; state = search->key[state] / calls)
		sequence.count++;
	sequence.call = calloc(sequence.count + 1, sizeof(*sequence.call));
	if (!sequence.call)
		return (struct s2t_explore_sequence){ .count = 0 };
	size_t at = sequence.count;

	if (place.call >= 0)
		sequence.call[--at] = search->options->call[place.call];
	for (uint64_t state = place.state; state != 0; state = search->key[state] / calls)
		sequence.call[--at] = search->options->call[search->key[state] % calls];
	return sequence;
}

/* What the threads brought from a chunk. Returns whether the search goes on. */
static bool gather(struct s2t_search *search, uint64_t end, struct s2t_explore_result *result)
{
	struct s2t_place_in divergence = S2T_NOWHERE;

	for (unsigned i = 0; i < search->options->jobs; i++) {
		struct s2t_explore_worker *worker = &search->worker[i];

		if (worker->failed) {
			result->end = S2T_EXPLORE_FAILED;
			result->error = worker->error;
			return false;
		}
		s2t_explore_count(&search->counts, &worker->counts);
		divergence = s2t_first_place(divergence, worker->divergence);
	}
	search->next = end;
	if (!take_fresh(search, &result->error)) {
		result->end = S2T_EXPLORE_FAILED;
		return false;
	}
	if (divergence.state == UINT64_MAX)
		return true;
	result->end = S2T_EXPLORE_DIVERGED;
	result->divergence = sequence_to(search, divergence);
	return false;
}

static void tell(const struct s2t_search *search, uint64_t level_begin, double seconds)
{
	const struct s2t_explore_progress progress = { .depth = search->depth,
		                                       .done = search->next - level_begin,
		                                       .level = search->end - level_begin,
		                                       .states = search->states,
		                                       .transitions = search->counts.transitions,
		                                       .seconds = seconds };

	if (search->options->progress)
		search->options->progress(search->options->progress_ctx, &progress);
}

static void search_levels(struct s2t_search *search, struct s2t_explore_result *result, double begin)
{
	const struct s2t_explore_options *options = search->options;
	uint64_t level_begin = search->next;

	for (;;) {
		if (search->next == search->end) {
			if (search->end == search->states)
				break;
			search->end = search->states;
			search->depth++;
			level_begin = search->next;
		}
		result->end = S2T_EXPLORE_BOUND;
		if (search->depth >= options->depth)
			return;
		result->end = S2T_EXPLORE_INTERRUPTED;
		if (options->interrupted && *options->interrupted)
			return;
		const uint64_t end = next_chunk(search, &result->end);

		if (end == 0)
			return;
		run_chunk(search, end);
		if (!gather(search, end, result))
			return;
		tell(search, level_begin, s2t_now() - begin);
	}
	result->end = S2T_EXPLORE_COMPLETE;
}

static bool begin_search(struct s2t_search *search, struct s2t_error *error)
{
	const struct s2t_explore_options *options = search->options;
	struct s2t_fingerprint *zero;
	size_t slot;

	snprintf(error->text, sizeof(error->text), "not enough memory to begin");
	search->worker = calloc(options->jobs, sizeof(*search->worker));
	if (!search->worker ||
	    !s2t_quotient_init(&search->quotient, options->board, options->call, options->count,
	                       options->reductions) ||
	    !s2t_stateset_init(&search->set, FIRST_STATES) || !s2t_search_append(search, 0))
		return false;
	s2t_explore_no_counts(&search->counts);
	zero = calloc(search->quotient.sums, sizeof(*zero));
	if (!zero)
		return false;
	const struct s2t_fingerprint start = s2t_quotient_name(&search->quotient, zero);

	(void)s2t_stateset_insert(&search->set, &start, 0, &slot);
	free(zero);
	search->set.count = 1;
	search->end = 1;
	for (unsigned i = 0; i < options->jobs; i++)
		if (!s2t_explore_worker_init(&search->worker[i], search, error))
			return false;
	return !options->path || s2t_explore_open(search, error);
}

static void conclude(const struct s2t_search *search, struct s2t_explore_result *result)
{
	result->states = search->states;
	result->expanded = search->next;
	result->transitions = search->counts.transitions;
	result->panics = search->counts.panics;
	result->undefined = search->counts.undefined;
	result->depth = search->deepest;
	result->bytes = bytes_taken(search);
	result->reductions = search->quotient.on;
	memcpy(result->why_not, search->quotient.why_not, sizeof(result->why_not));
	memcpy(result->cases, search->counts.cases, sizeof(result->cases));
	for (unsigned i = 0; i < search->options->jobs; i++)
		s2t_stats_add(&result->stats, &search->worker[i].ls->stats);
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		result->finding[i] = sequence_to(search, search->counts.finding[i]);
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		result->invariant[i] = sequence_to(search, search->counts.invariant[i]);
}

void s2t_explore(const struct s2t_explore_options *options, struct s2t_explore_result *result)
{
	struct s2t_search search = { .options = options };
	const double begin = s2t_now();

	memset(result, 0, sizeof(*result));
	result->error.resource = true; /* unless it is said */
	if (begin_search(&search, &result->error)) {
		result->resumed = search.states > 1 ? search.states : 0;
		search_levels(&search, result, begin);
		conclude(&search, result);
	} else {
		result->end = S2T_EXPLORE_FAILED;
	}
	if (search.file && fclose(search.file) != 0 && result->end != S2T_EXPLORE_FAILED) {
		result->end = S2T_EXPLORE_FAILED;
		snprintf(result->error.text, sizeof(result->error.text), "cannot write '%s'", options->path);
	}
	for (unsigned i = 0; search.worker && i < options->jobs; i++)
		s2t_explore_worker_free(&search.worker[i]);
	free(search.worker);
	s2t_stateset_free(&search.set);
	s2t_quotient_free(&search.quotient);
	free(search.key);
	result->seconds = s2t_now() - begin;
}

void s2t_explore_result_free(struct s2t_explore_result *result)
{
	free(result->divergence.call);
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		free(result->finding[i].call);
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		free(result->invariant[i].call);
}
