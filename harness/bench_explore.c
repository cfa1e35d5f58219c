/* SPDX-License-Identifier: BSD-2-Clause */
/* What a state costs an exploration: processor time, and memory. */
#include <string.h>

#include "bench.h"
#include "explore.h"
#include "universe.h"

bool s2t_bench_explore(const struct s2t_campaign_options *campaign, const char *universe,
                       struct s2t_bench_explore *bench, enum s2t_verdict *verdict, struct s2t_error *error)
{
	struct s2t_explore_options options = { .iut = campaign->iut,
		                               .lockstep = campaign->lockstep,
		                               .reductions = S2T_REDUCE_ALL,
		                               .depth = UINT32_MAX,
		                               .jobs = 1,
		                               .memory = UINT64_MAX };
	size_t part[S2T_MAX_PARTS + 1];
	struct s2t_trace trace;
	bool good = true;

	memset(bench, 0, sizeof(*bench));
	if (!s2t_universe_load(&trace, universe, error))
		return false;
	const unsigned parts = s2t_universe_parts(&trace, part);
	const double begin = s2t_bench_now(campaign->iut);

	options.board = &trace.board;
	for (unsigned i = 0; good && i < parts; i++) {
		struct s2t_explore_result result;

		options.call = &trace.call[part[i]];
		options.count = part[i + 1] - part[i];
		s2t_explore(&options, &result);
		bench->states += result.states;
		bench->transitions += result.transitions;
		bench->bytes += result.bytes;
		*verdict = result.end == S2T_EXPLORE_DIVERGED ? S2T_DIVERGED : S2T_AGREED;
		*error = result.error;
		good = result.end == S2T_EXPLORE_COMPLETE;
		s2t_explore_result_free(&result);
	}
	bench->seconds = s2t_bench_now(campaign->iut) - begin;
	s2t_trace_free(&trace);
	return good;
}
