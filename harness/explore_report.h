/* SPDX-License-Identifier: BSD-2-Clause */
/* What `s2twin explore` prints: universes, the result of each part, and the claim over all of them; as text and JSON. */
#ifndef S2T_HARNESS_EXPLORE_REPORT_H
#define S2T_HARNESS_EXPLORE_REPORT_H

#include <jansson.h>

#include "explore.h"
#include "universe.h"

/* An exploration of a universe, part after part. */
struct s2t_exploration {
	const char *name;
	struct s2t_explore_options explore; /* but for the calls, which are those of a part */
	const char *keep;                   /* where it is kept, or NULL */
	struct s2t_trace trace;
	unsigned parts;
	size_t part[S2T_MAX_PARTS +
	            1]; /* where they begin in the calls of the trace; and the end of the last */

	/* What became of all parts together. */
	enum s2t_explore_end end;
	uint64_t states, transitions, panics, undefined, bytes, resumed;
	uint32_t depth, reductions;
	double seconds;
	bool finding;
	uint32_t broken; /* invariants, on both sides */
	struct s2t_stats stats;
};

/* Adds what became of a part. */
void s2t_exploration_add(struct s2t_exploration *exploration, const struct s2t_explore_result *result);

void s2t_print_exploration_part(const struct s2t_exploration *exploration, unsigned part,
                                const struct s2t_explore_result *result);
json_t *s2t_exploration_part_json(const struct s2t_exploration *exploration, unsigned part,
                                  const struct s2t_explore_result *result);

/* What was claimed and how it was reduced; and what it took, the only line that another run does not repeat. */
void s2t_print_exploration_claim(const struct s2t_exploration *exploration);
void s2t_print_exploration_rates(const struct s2t_exploration *exploration);
/* All of it; `parts` are the JSON of the parts. */
json_t *s2t_exploration_json(const struct s2t_exploration *exploration, json_t *parts);

void s2t_print_universes(void);
json_t *s2t_universes_json(void);
/* One, with its parts. */
json_t *s2t_exploration_universe_json(const struct s2t_exploration *exploration);

#endif
