/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A campaign in child processes, which the parent feeds with blocks of sequences and watches. A child that
 * crashes, hangs, exits or runs out of memory is a divergence of the sequence that it ran; another one takes
 * its place. What is counted is the same as without isolation.
 *
 * A hang is believed when the sequence, run once more, hangs at the same step: the clock decides nothing
 * alone.
 */
#include "campaign_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { LOOK_MS = 20 };

/* What a child and its parent share. */
struct slot {
	struct s2t_pulse pulse;
	uint64_t limit;
	struct s2t_block block;
	bool ready;  /* its machines are set up */
	bool failed; /* they cannot be: `error` says why */
	struct s2t_error error;
};

struct worker {
	struct s2t_child child;
	struct slot *slot;
	struct s2t_call *call; /* shared: the sequence that runs */
	int go, wait;          /* a byte to `go` sends the child, which reads `wait`, on its next block */
	bool alive;
	struct entry *entry; /* of the block that it runs; NULL: idle */
};

/* A block in flight. */
struct entry {
	struct s2t_block block;
	enum { WAITING, RUNNING, READY } state;
	struct s2t_call *call; /* of a diverging sequence */
	bool has_hung;
	uint64_t hung_sequence; /* a hang yet to be confirmed */
	uint32_t hung_step;
};

struct team {
	const struct s2t_campaign_options *options;
	struct s2t_campaign *campaign;
	size_t call_bytes;
	unsigned count;
	struct worker *worker;
	uint64_t first, next; /* block to count next, block to begin next */
	struct entry entry[S2T_BLOCK_WINDOW];
};

/* The child's work. */
struct errand {
	struct team *team;
	struct worker *worker;
};

static void work(void *ctx, int out)
{
	struct errand *errand = ctx;
	struct slot *slot = errand->worker->slot;
	struct s2t_runner runner;
	char byte = 0;

	close(errand->worker->go);
	if (!s2t_runner_init(&runner, errand->team->options, &slot->error)) {
		slot->failed = true;
		return;
	}
	free(runner.call);
	runner.call = errand->worker->call;
	runner.pulse = &slot->pulse;
	slot->ready = true;
	while (read(errand->worker->wait, &byte, 1) == 1) {
		s2t_block_run(&runner, &slot->block, slot->limit);
		if (slot->block.verdict == S2T_DIVERGED)
			s2t_lockstep_reset(runner.lockstep[runner.board]);
		/* A child without memory has done its duty. */
		if (write(out, &byte, 1) != 1 || slot->block.verdict == S2T_NO_MEMORY)
			break;
	}
	runner.call = NULL;
	s2t_runner_free(&runner);
}

static bool fail(struct team *team, const char *what)
{
	team->campaign->end = S2T_CAMPAIGN_FAILED;
	snprintf(team->campaign->error.text, sizeof(team->campaign->error.text), "%s", what);
	return false;
}

static bool start(struct team *team, struct worker *worker)
{
	struct errand errand = { team, worker };
	struct s2t_ending ending;
	int ends[2];

	if (pipe(ends) != 0)
		return fail(team, "cannot make a pipe to a child process");
	worker->wait = ends[0];
	worker->go = ends[1];
	worker->slot->ready = worker->slot->failed = false;
	worker->alive = s2t_child_start(&worker->child, team->options->isolation, &worker->slot->pulse, work,
	                                &errand, &ending);
	close(worker->wait);
	if (worker->alive)
		return true;
	close(worker->go);
	return fail(team, s2t_ending_text(&ending));
}

/* Waits for a child that has ended, or kills it. */
static struct s2t_ending finish(struct worker *worker, bool kill)
{
	close(worker->go);
	worker->alive = false;
	return s2t_child_end(&worker->child, kill);
}

/* Gives an idle child the next block that waits. Returns false when there is none. */
static bool assign(struct team *team, struct worker *worker)
{
	const bool alone = team->count == 1;
	struct entry *entry = NULL;
	char byte = 0;

	for (uint64_t n = team->first; n < team->next && !entry; n++)
		if (team->entry[n % S2T_BLOCK_WINDOW].state == WAITING)
			entry = &team->entry[n % S2T_BLOCK_WINDOW];
	/* A child alone runs the blocks in order, so that it knows where the campaign ends. */
	if (!entry && team->next < team->first + (alone ? 1 : S2T_BLOCK_WINDOW)) {
		entry = &team->entry[team->next % S2T_BLOCK_WINDOW];
		memset(entry, 0, sizeof(*entry));
		entry->block.number = team->next++;
	}
	if (!entry)
		return false;
	entry->state = RUNNING;
	worker->entry = entry;
	worker->slot->block = entry->block;
	/* The first block may run up to the limit; of later ones it is not known where it lies. */
	worker->slot->limit = entry->block.number == team->first
	                              ? s2t_campaign_rest(team->options, team->campaign)
	                              : UINT64_MAX;
	worker->child.since = s2t_now();
	return write(worker->go, &byte, 1) == 1;
}

/* The sequence in the child's shared memory is one that diverged. */
static bool keep_calls(struct team *team, const struct worker *worker, struct entry *entry, size_t count)
{
	entry->call = calloc(count + 1, sizeof(*entry->call));
	if (!entry->call)
		return fail(team, "not enough memory for a diverging sequence");
	memcpy(entry->call, worker->call, count * sizeof(*entry->call));
	entry->block.call_count = count;
	return true;
}

/* A child has finished its block. */
static bool collect(struct team *team, struct worker *worker)
{
	struct entry *entry = worker->entry;

	worker->entry = NULL;
	entry->block = worker->slot->block;
	entry->state = READY;
	if (entry->block.verdict == S2T_NO_MEMORY && team->options->isolation->memory_limit)
		entry->block.verdict = S2T_DIVERGED;
	return entry->block.verdict != S2T_DIVERGED || keep_calls(team, worker, entry, entry->block.call_count);
}

/* A child has ended in the middle of a sequence. */
static bool bury(struct team *team, struct worker *worker, bool hangs)
{
	struct slot *slot = worker->slot;
	struct entry *entry = worker->entry;
	const struct s2t_ending ending = finish(worker, hangs);
	const uint64_t sequence = atomic_load(&slot->pulse.sequence);
	const uint32_t step = atomic_load(&slot->pulse.step);

	worker->entry = NULL;
	if (slot->failed)
		return fail(team, slot->error.text);
	if (ending.how == S2T_END_DONE) {
		if (entry)
			entry->state = WAITING;
		return start(team, worker);
	}
	if (!slot->ready || !entry || step == 0) {
		fail(team, "the implementation did not live to its first call: ");
		strncat(team->campaign->error.text, s2t_ending_text(&ending), 80);
		return false;
	}
	/* What the block had done before the sequence; that one's steps are not counted, but its
	 * operations. */
	entry->block = slot->block;
	entry->state = READY;
	if (hangs && !(entry->has_hung && entry->hung_sequence == sequence && entry->hung_step == step)) {
		entry->has_hung = true;
		entry->hung_sequence = sequence;
		entry->hung_step = step;
		entry->block.first = (unsigned)(sequence % S2T_BLOCK_SEQUENCES);
		entry->block.verdict = S2T_AGREED;
		return start(team, worker);
	}
	entry->block.operations += step;
	entry->block.sequence = sequence;
	entry->block.verdict = S2T_DIVERGED;
	return keep_calls(team, worker, entry, step) && start(team, worker);
}

static bool look_at_children(struct team *team)
{
	struct pollfd polled[256];
	bool good = true;

	for (unsigned i = 0; i < team->count; i++)
		polled[i] = (struct pollfd){ .fd = team->worker[i].child.alive, .events = POLLIN };
	if (poll(polled, team->count, LOOK_MS) < 0 && errno != EINTR)
		return fail(team, "cannot watch the child processes");
	for (unsigned i = 0; i < team->count && good; i++) {
		struct worker *worker = &team->worker[i];
		char byte;

		if (polled[i].revents)
			good = read(worker->child.alive, &byte, 1) == 1 ? collect(team, worker)
			                                                : bury(team, worker, false);
		else if (worker->entry && s2t_child_hangs(&worker->child, team->options->isolation))
			good = bury(team, worker, true);
	}
	return good;
}

/* Counts the first block, which is ready. Returns false when the campaign is over. */
static bool count_first(struct team *team)
{
	const struct s2t_campaign_options *options = team->options;
	struct s2t_campaign *campaign = team->campaign;
	struct entry *entry = &team->entry[team->first % S2T_BLOCK_WINDOW];
	struct s2t_block *block = &entry->block;

	if (block->operations > s2t_campaign_rest(options, campaign)) {
		block->first = 0;
		entry->state = WAITING;
		free(entry->call);
		entry->call = NULL;
		return true;
	}
	if (!s2t_block_count(campaign, block))
		return false;
	bool go_on = true;

	if (block->verdict == S2T_DIVERGED) {
		campaign->finds++;
		go_on = options->found(options->found_ctx, block->sequence,
		                       &options->boards[s2t_board_of(options, block->sequence)], entry->call,
		                       block->call_count, NULL);
		free(entry->call);
		entry->call = NULL;
		if (!go_on)
			campaign->end = S2T_CAMPAIGN_DIVERGED;
	}
	if (block->first < S2T_BLOCK_SEQUENCES && s2t_campaign_rest(options, campaign) > 0) {
		entry->state = WAITING; /* for the rest of it */
		return go_on;
	}
	team->first++;
	return go_on;
}

static void run(struct team *team, double begin)
{
	for (unsigned i = 0; i < team->count; i++)
		if (!start(team, &team->worker[i]))
			return;
	while (!s2t_campaign_over(team->options, team->campaign, begin)) {
		for (unsigned i = 0; i < team->count; i++)
			while (!team->worker[i].entry && assign(team, &team->worker[i]))
				continue;
		if (!look_at_children(team))
			return;
		while (team->first < team->next && team->entry[team->first % S2T_BLOCK_WINDOW].state == READY &&
		       !s2t_campaign_over(team->options, team->campaign, begin))
			if (!count_first(team))
				return;
	}
}

static bool make_room(struct team *team)
{
	team->call_bytes = (size_t)team->options->max_len * sizeof(struct s2t_call);
	team->worker = calloc(team->count, sizeof(*team->worker));
	for (unsigned i = 0; team->worker && i < team->count; i++) {
		team->worker[i].slot = s2t_shared_alloc(sizeof(struct slot));
		team->worker[i].call = s2t_shared_alloc(team->call_bytes);
		if (!team->worker[i].slot || !team->worker[i].call)
			return fail(team, "not enough memory for the child processes");
	}
	return team->worker || fail(team, "not enough memory for the child processes");
}

void s2t_campaign_run_isolated(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                               double begin)
{
	struct team *team = calloc(1, sizeof(*team));

	if (!team) {
		campaign->end = S2T_CAMPAIGN_FAILED;
		snprintf(campaign->error.text, sizeof(campaign->error.text), "out of memory");
		return;
	}
	team->options = options;
	team->campaign = campaign;
	team->count = options->jobs;
	if (make_room(team))
		run(team, begin);
	for (unsigned i = 0; team->worker && i < team->count; i++) {
		if (team->worker[i].alive)
			finish(&team->worker[i], true);
		s2t_shared_free(team->worker[i].slot, sizeof(struct slot));
		s2t_shared_free(team->worker[i].call, team->call_bytes);
	}
	for (unsigned i = 0; i < S2T_BLOCK_WINDOW; i++)
		free(team->entry[i].call);
	free(team->worker);
	free(team);
}
