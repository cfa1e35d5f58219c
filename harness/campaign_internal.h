/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two ways to run a campaign share: blocks of sequences, counted in their order. */
#ifndef S2T_HARNESS_CAMPAIGN_INTERNAL_H
#define S2T_HARNESS_CAMPAIGN_INTERNAL_H

#include "campaign.h"

enum {
	S2T_BLOCK_SEQUENCES = 32, /* what a thread or process takes at a time */
	S2T_BLOCK_WINDOW = 64,    /* blocks in flight at most */
};

/* What one block did. */
struct s2t_block {
	uint64_t number;
	unsigned first; /* of its sequences yet to run */
	bool ready;
	bool owes; /* as of a runner */
	struct s2t_stats stats;
	uint64_t operations;
	enum s2t_verdict verdict;
	uint64_t sequence; /* the last one run, */
	size_t call_count; /* and how long it was */
};

/* Runs what is left of the sequences of a block up to the first that diverges, at most `limit` operations. */
void s2t_block_run(struct s2t_runner *runner, struct s2t_block *block, uint64_t limit);

/* Adds a block to what the campaign has done. Returns false when it ran out of memory, which ends the
 * campaign. */
bool s2t_block_count(struct s2t_campaign *campaign, const struct s2t_block *block);

/* Whether a limit was reached, or the user interrupted; shows progress. */
bool s2t_campaign_over(const struct s2t_campaign_options *options, struct s2t_campaign *campaign, double begin);

/* How many operations may still run. */
uint64_t s2t_campaign_rest(const struct s2t_campaign_options *options, const struct s2t_campaign *campaign);

/* The campaign in child processes (campaign_isolated.c). */
void s2t_campaign_run_isolated(const struct s2t_campaign_options *options, struct s2t_campaign *campaign,
                               double begin);

#endif
