/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A campaign: random sequences in lockstep until a limit, a divergence or an interrupt.
 *
 * Sequences are numbered; each depends on the campaign's seed and its number alone, so the order in which
 * threads run them shows in no result. What is counted is a prefix of the sequences.
 */
#ifndef S2T_HARNESS_CAMPAIGN_H
#define S2T_HARNESS_CAMPAIGN_H

#include <signal.h>

#include "gen.h"
#include "isolate.h"
#include "lockstep.h"

struct s2t_runner;

struct s2t_campaign_options {
	uint64_t seed;
	uint64_t operations; /* generated calls over all sequences, undefined ones too; 0: no limit */
	double seconds;      /* 0: no limit */
	uint32_t max_len;    /* operations in a sequence, 1.. */
	unsigned jobs;       /* threads or child processes, 1.. */
	const struct s2t_board *boards; /* they take turns: s2t_board_of */
	size_t board_count;
	const struct s2t_iut_ops *iut;
	uint32_t layers; /* whose operations are generated, a set as in gen.h */
	struct s2t_lockstep_options lockstep;
	const struct s2t_isolation *isolation; /* sequences run in `jobs` child processes; NULL: in threads */
	const volatile sig_atomic_t *interrupted; /* NULL: never */
	/* Told of each sequence before it runs, from the thread that runs it; may be NULL. */
	void (*watch)(const struct s2t_runner *runner);
	/* Told now and then, from the calling thread; may be NULL. */
	void (*progress)(void *ctx, uint64_t operations, uint64_t sequences, double seconds);
	void *progress_ctx;
	/* Told of each diverging sequence, in the order of their numbers, from the calling thread. `ls` are the
	 * machines at the divergence; NULL: it ran in a child process. Returns whether the campaign goes on. */
	bool (*found)(void *ctx, uint64_t sequence, const struct s2t_board *board, const struct s2t_call *call,
	              size_t count, struct s2t_lockstep *ls);
	void *found_ctx;
};

enum s2t_campaign_end {
	S2T_CAMPAIGN_DONE,     /* a limit was reached */
	S2T_CAMPAIGN_DIVERGED, /* and `found` did not want to go on */
	S2T_CAMPAIGN_INTERRUPTED,
	S2T_CAMPAIGN_FAILED, /* `error` says why */
};

struct s2t_campaign {
	enum s2t_campaign_end end;
	struct s2t_stats stats;
	uint64_t operations;
	double seconds;
	uint64_t finds; /* diverging sequences */
	struct s2t_error error;
};

/* The board of a sequence. Eight in a row have the same: the memory of both machines is in the caches then. */
static inline size_t s2t_board_of(const struct s2t_campaign_options *options, uint64_t sequence)
{
	return sequence / 8 % options->board_count;
}

void s2t_campaign_run(const struct s2t_campaign_options *options, struct s2t_campaign *campaign);

/* One sequence and the machines that run it. */
struct s2t_runner {
	const struct s2t_campaign_options *options;
	struct s2t_lockstep **lockstep; /* one for each board */
	struct s2t_gen **gen;
	struct s2t_call *call; /* of the last sequence */
	size_t call_count;
	uint64_t sequence; /* its number, */
	size_t board;      /* and its board */
	enum s2t_verdict verdict;
	bool owes; /* the next sequence that ends without a panic is judged from scratch, which clears this */
	struct s2t_pulse *pulse; /* told of each step; NULL: nobody watches */
};

bool s2t_runner_init(struct s2t_runner *runner, const struct s2t_campaign_options *options,
                     struct s2t_error *error);
void s2t_runner_free(struct s2t_runner *runner);

/* Runs sequence `number`, at most `limit` operations of it. After S2T_DIVERGED the machines stay as they are;
 * else they are reset. */
enum s2t_verdict s2t_runner_sequence(struct s2t_runner *runner, uint64_t number, uint64_t limit);

#endif
