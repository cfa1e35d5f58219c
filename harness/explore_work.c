/* SPDX-License-Identifier: BSD-2-Clause */
/* Exploration: one thread, which takes its machines from state to state and makes every call from each. */
#include "explore_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace.h"

/* States handed out at a time: neighbours, so that the way between them is short. */
enum { HANDFUL = 32 };

static uint32_t wanted_invariants(const struct s2t_lockstep_options *lockstep)
{
	return (lockstep->invariants | lockstep->forbidden) & S2T_EXPLORE_INVARIANTS;
}

bool s2t_explore_worker_init(struct s2t_explore_worker *worker, struct s2t_search *search,
                             struct s2t_error *error)
{
	const struct s2t_explore_options *options = search->options;

	memset(worker, 0, sizeof(*worker));
	worker->search = search;
	worker->error.resource = true;
	/* They are judged state by state, not step by step. */
	struct s2t_lockstep_options lockstep = options->lockstep;

	lockstep.invariants = lockstep.forbidden = S2T_INVARIANTS_NONE;
	worker->ls = s2t_lockstep_create(options->board, options->iut, &lockstep, error);
	if (!worker->ls || !wanted_invariants(&options->lockstep))
		return worker->ls != NULL;
	worker->invariants = calloc(1, sizeof(*worker->invariants));
	snprintf(error->text, sizeof(error->text), "not enough memory to check invariants");
	return worker->invariants && s2t_stateset_init(&worker->judged, 0);
}

void s2t_explore_worker_free(struct s2t_explore_worker *worker)
{
	s2t_lockstep_destroy(worker->ls);
	free(worker->invariants);
	s2t_stateset_free(&worker->judged);
	free(worker->state);
	free(worker->runner.call);
	free(worker->point);
	free(worker->sum);
	free(worker->fresh);
}

static bool fail(struct s2t_explore_worker *worker, const char *why)
{
	worker->failed = true;
	snprintf(worker->error.text, sizeof(worker->error.text), "%s", why);
	return false;
}

/* Room for a way of `depth` steps. */
static bool make_room(struct s2t_explore_worker *worker, uint32_t depth)
{
	const size_t sums = worker->search->quotient.sums, room = (size_t)depth + 16;

	if (depth < worker->room)
		return true;
	uint64_t *state = realloc(worker->state, room * sizeof(*state));

	if (state)
		worker->state = state;
	/* One more: the call that is made from there. */
	struct s2t_call *call = realloc(worker->runner.call, (room + 1) * sizeof(*call));

	if (call)
		worker->runner.call = call;
	struct s2t_point *point = realloc(worker->point, room * sizeof(*point));

	if (point)
		worker->point = point;
	/* One more: that of the state that a call leads to. */
	struct s2t_fingerprint *sum = realloc(worker->sum, (room + 1) * sums * sizeof(*sum));

	if (sum)
		worker->sum = sum;
	if (!state || !call || !point || !sum)
		return fail(worker, "not enough memory");
	if (worker->room == 0) {
		memset(sum, 0, sums * sizeof(*sum));
		worker->state[0] = 0;
		if (s2t_can_rewind(worker->ls))
			worker->point[0] = s2t_point_take(worker->ls);
	}
	worker->room = (uint32_t)room;
	return true;
}

static struct s2t_fingerprint *sum_at(const struct s2t_explore_worker *worker, uint32_t depth)
{
	return &worker->sum[depth * worker->search->quotient.sums];
}

/* Puts the sum of the state that the last step led to in the place of that one step deeper. Returns whether it is
 * another state. */
static bool sum_up(struct s2t_explore_worker *worker)
{
	const struct s2t_quotient *quotient = &worker->search->quotient;
	struct s2t_fingerprint *sum = sum_at(worker, worker->depth + 1);

	memcpy(sum, sum_at(worker, worker->depth), quotient->sums * sizeof(*sum));
	return s2t_quotient_add(quotient, worker->ls->model, sum);
}

static const struct s2t_call *call_of(const struct s2t_search *search, uint64_t key)
{
	return &search->options->call[key % search->options->count];
}

/* A step on the way to a state: it agreed when the state was found. */
static bool fail_again(struct s2t_explore_worker *worker)
{
	const struct s2t_lockstep *ls = worker->ls;
	const char *reason = NULL;
	char call[256];

	(void)s2t_call_print(call, sizeof(call), &ls->call);
	if (ls->ops->health && !ls->bodies && ls->ops->health(ls->iut, &reason) != S2T_OK)
		snprintf(worker->error.text, sizeof(worker->error.text), "the implementation is lost at %s: %s",
		         call, reason ? reason : "it gives no reason");
	else
		snprintf(
			worker->error.text, sizeof(worker->error.text),
			"%s agreed once and does not when it is made again from the same state: one side depends on more "
			"than its state; `s2twin run` may show it",
			call);
	worker->failed = true;
	return false;
}

/* A call from where the machines are. A crash of the implementation leaves it behind as the last one (guard.h). */
static enum s2t_verdict step(struct s2t_explore_worker *worker, const struct s2t_call *call)
{
	worker->runner.call[worker->depth] = *call;
	worker->runner.call_count = worker->depth + 1;
	return s2t_lockstep_step(worker->ls, call);
}

/* From the state where the machines are to one that was found from it. */
static bool go_on(struct s2t_explore_worker *worker, uint64_t state)
{
	if (step(worker, call_of(worker->search, worker->search->key[state])) != S2T_AGREED)
		return fail_again(worker);
	(void)sum_up(worker);
	worker->depth++;
	worker->state[worker->depth] = state;
	if (s2t_can_rewind(worker->ls))
		worker->point[worker->depth] = s2t_point_take(worker->ls);
	return true;
}

/* Back to the state at `depth` of the way. An implementation that cannot go back starts again. */
static bool go_back(struct s2t_explore_worker *worker, uint32_t depth)
{
	if (s2t_can_rewind(worker->ls)) {
		worker->depth = depth;
		return s2t_rewind(worker->ls, &worker->point[depth]) ||
		       fail(worker, "the implementation cannot go back to its snapshot");
	}
	s2t_lockstep_reset(worker->ls);
	for (worker->depth = 0; worker->depth < depth;)
		if (!go_on(worker, worker->state[worker->depth + 1]))
			return false;
	return true;
}

/* Takes the machines to a state at `depth`. */
static bool go_to(struct s2t_explore_worker *worker, uint64_t state, uint32_t depth)
{
	const struct s2t_search *search = worker->search;
	uint32_t common = depth;

	if (!make_room(worker, depth))
		return false;
	/* The way to it, from its end, as far as it is not the way to where they are. */
	while (common > worker->depth || worker->state[common] != state) {
		worker->state[common--] = state;
		state = search->key[state] / search->options->count;
	}
	if (common < worker->depth && !go_back(worker, common))
		return false;
	while (worker->depth < depth)
		if (!go_on(worker, worker->state[worker->depth + 1]))
			return false;
	return true;
}

static bool note_fresh(struct s2t_explore_worker *worker, size_t slot)
{
	if (worker->fresh_count == worker->fresh_room) {
		const size_t room = worker->fresh_room ? 2 * worker->fresh_room : 1024;
		size_t *fresh = realloc(worker->fresh, room * sizeof(*fresh));

		if (!fresh)
			return fail(worker, "not enough memory");
		worker->fresh = fresh;
		worker->fresh_room = room;
	}
	worker->fresh[worker->fresh_count++] = slot;
	return true;
}

static void note_divergence(struct s2t_explore_worker *worker, uint64_t state, int64_t call)
{
	worker->divergence = s2t_first_place(worker->divergence, (struct s2t_place_in){ state, call });
}

static void note_findings(struct s2t_explore_worker *worker, const uint64_t *before, struct s2t_place_in place)
{
	struct s2t_explore_counts *counts = &worker->counts;

	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		if (worker->ls->stats.findings[i] != before[i])
			counts->finding[i] = s2t_first_place(counts->finding[i], place);
}

/* A state that some call led to. */
static bool add_pending(struct s2t_explore_worker *worker)
{
	size_t slot;

	if (!worker->has_pending)
		return true;
	worker->has_pending = false;
	return !s2t_stateset_insert(&worker->search->set, &worker->pending, worker->pending_key, &slot) ||
	       note_fresh(worker, slot);
}

/* The state one step deeper, under this key. Its place in the set comes from memory while the next call is made. */
static bool add(struct s2t_explore_worker *worker, uint64_t key)
{
	const struct s2t_search *search = worker->search;
	const struct s2t_fingerprint name = s2t_quotient_name(&search->quotient,
	                                                      sum_at(worker, worker->depth + 1));
	struct s2t_fingerprint *recent = &worker->recent[name.lo % S2T_EXPLORE_RECENT];

	/* This thread's keys only rise, so that one for a state that it met before is of no use. */
	if (recent->lo == name.lo && recent->hi == name.hi)
		return true;
	*recent = name;
	if (!add_pending(worker))
		return false;
	worker->pending = name;
	worker->pending_key = key;
	worker->has_pending = true;
	s2t_stateset_prefetch(&search->set, &name);
	return true;
}

/* A step that both sides made and agreed on: the state that it led to. Goes back. */
static bool arrive(struct s2t_explore_worker *worker, struct s2t_place_in place)
{
	const uint64_t key = place.state * worker->search->options->count + (uint64_t)place.call;
	size_t touched;

	(void)s2t_model_touched(worker->ls->model, &touched);
	if (touched > 0 && sum_up(worker) && !add(worker, key))
		return false;
	return go_back(worker, worker->depth);
}

/* One call from the state where the machines are. */
static bool make_call(struct s2t_explore_worker *worker, struct s2t_place_in place)
{
	struct s2t_lockstep *ls = worker->ls;
	const uint32_t depth = worker->depth;
	uint64_t findings[S2T_FINDING_COUNT];

	memcpy(findings, ls->stats.findings, sizeof(findings));
	const enum s2t_verdict verdict = step(worker, &worker->search->options->call[place.call]);

	worker->counts.cases[ls->step.case_id]++;
	switch (verdict) {
	case S2T_NOT_RUN:
		worker->counts.undefined++;
		ls->step_number--;
		return true;
	case S2T_AGREED:
		worker->counts.transitions++;
		note_findings(worker, findings, place);
		/* At body level undefined calls are run, and change nothing. */
		if (ls->step.outcome == S2T_UNDEFINED)
			worker->counts.undefined++;
		return arrive(worker, place);
	case S2T_ENDED:
		worker->counts.transitions++;
		worker->counts.panics++;
		return go_back(worker, depth);
	case S2T_DIVERGED:
		worker->counts.transitions++;
		note_divergence(worker, place.state, place.call);
		return go_back(worker, depth);
	case S2T_NO_MEMORY: break;
	}
	return fail(worker, "not enough memory");
}

/* Whether this thread has judged states with all the parts of this one. Then what this one breaks, they break: an
 * invariant is broken by what there is of one page, or in common. */
static bool is_judged(struct s2t_explore_worker *worker, bool *no_memory)
{
	struct s2t_fingerprint part[S2T_QUOTIENT_PAGES];
	const unsigned parts = s2t_quotient_parts(&worker->search->quotient, sum_at(worker, worker->depth),
	                                          part);
	unsigned fresh = 0;
	size_t slot;

	*no_memory = !s2t_stateset_reserve(&worker->judged, worker->judged.count + parts);
	for (unsigned i = 0; i < parts && !*no_memory; i++)
		fresh += s2t_stateset_insert(&worker->judged, &part[i], 0, &slot);
	worker->judged.count += fresh;
	return fresh == 0;
}

/* What invariants both sides break in this state. Broken on one side is a divergence, and so is one that is forbidden. */
static bool judge(struct s2t_explore_worker *worker, uint64_t state)
{
	const uint32_t forbidden = worker->search->options->lockstep.forbidden & S2T_EXPLORE_INVARIANTS;
	const uint32_t wanted = wanted_invariants(&worker->search->options->lockstep);
	const struct s2t_place_in place = { state, -1 };
	bool no_memory;

	if (!worker->invariants || is_judged(worker, &no_memory))
		return true;
	if (no_memory || !s2t_invariants_check(worker->ls, worker->invariants))
		return fail(worker, "not enough memory");
	const uint32_t model = wanted & s2t_invariants_broken(worker->invariants, S2T_SIDE_MODEL);
	const uint32_t iut = wanted & s2t_invariants_broken(worker->invariants, S2T_SIDE_IUT);

	if (model != iut || (model & forbidden))
		note_divergence(worker, state, -1);
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (model & iut & UINT32_C(1) << i)
			worker->counts.invariant[i] = s2t_first_place(worker->counts.invariant[i], place);
	return true;
}

static bool expand(struct s2t_explore_worker *worker, uint64_t state)
{
	enum s2t_verdict verdict;

	if (!go_to(worker, state, worker->search->depth))
		return false;
	worker->runner.call_count = worker->depth;
	verdict = s2t_lockstep_end(worker->ls);
	if (verdict == S2T_NO_MEMORY)
		return fail(worker, "not enough memory");
	if (verdict == S2T_DIVERGED)
		note_divergence(worker, state, -1);
	if (verdict != S2T_DIVERGED && !judge(worker, state))
		return false;
	for (size_t i = 0; i < worker->search->options->count; i++)
		if (!make_call(worker, (struct s2t_place_in){ state, (int64_t)i }))
			return false;
	return true;
}

void s2t_explore_work(struct s2t_explore_worker *worker)
{
	struct s2t_search *search = worker->search;

	s2t_explore_no_counts(&worker->counts);
	worker->divergence = S2T_NOWHERE;
	worker->fresh_count = 0;
	if (search->options->watch)
		search->options->watch(&worker->runner);
	while (!worker->failed) {
		uint64_t state = atomic_fetch_add(&search->taken, HANDFUL);
		const uint64_t end = state + HANDFUL < search->chunk_end ? state + HANDFUL : search->chunk_end;

		if (state >= search->chunk_end)
			break;
		while (state < end && expand(worker, state))
			state++;
		if (!add_pending(worker))
			break;
	}
	if (search->options->watch)
		search->options->watch(NULL);
}
