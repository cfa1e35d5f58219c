/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Growth: what a step costs, and how much memory there is, as the board, the live entries of one sequence, and the
 * length of a run grow. Each curve should be flat, or say what makes it rise.
 */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "boards.h"

enum { BOARD_SEQUENCES = 300, VMS = 8, VISITS = 20000 };

static uint64_t more_than(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* Making both machines, and sequences of the generator on them. */
static bool grow_board(const struct s2t_campaign_options *campaign, uint64_t mib, struct s2t_bench_point *point,
                       enum s2t_verdict *verdict, struct s2t_error *error)
{
	struct s2t_campaign_options options = *campaign;
	struct s2t_board board;
	struct s2t_runner runner;
	uint64_t before = s2t_bench_resident(), operations = 0;
	double begin = s2t_bench_now(campaign->iut);

	s2t_bench_board(mib, &board);
	options.boards = &board;
	options.board_count = 1;
	if (!s2t_runner_init(&runner, &options, error))
		return false;
	point->size = mib;
	point->ms = (s2t_bench_now(campaign->iut) - begin) * 1e3;
	begin = s2t_bench_now(campaign->iut);
	for (uint64_t i = 0; i < BOARD_SEQUENCES && *verdict < S2T_DIVERGED; i++) {
		*verdict = s2t_runner_sequence(&runner, i, UINT64_MAX);
		operations += runner.call_count;
	}
	point->ns = (s2t_bench_now(campaign->iut) - begin) / (double)operations * 1e9;
	point->kib = more_than(s2t_bench_resident(), before);
	s2t_runner_free(&runner);
	return *verdict < S2T_DIVERGED;
}

static bool grow_boards(const struct s2t_campaign_options *campaign, struct s2t_bench_curve *curve,
                        enum s2t_verdict *verdict, struct s2t_error *error)
{
	static const uint64_t mib[] = { 1, 16, 256, 4096, 65536 };

	for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++)
		if (!grow_board(campaign, mib[i], &curve->point[curve->count++], verdict, error))
			return false;
	return true;
}

/* map_pfn_vm of page `n`: VMs in turn, and in each VM one guest page after the other, so that tables fill up. */
static struct s2t_call map_page(uint64_t n)
{
	return (struct s2t_call){ .op = S2T_OP_MAP_PFN_VM,
		                  .arg = { 1 + n % VMS, n / VMS * 4096, (n % 65536 + 1) << 12, 3 } };
}

/* The lockstep of one more step; false: it does not agree. */
static bool take(struct s2t_lockstep *ls, uint64_t n, enum s2t_verdict *verdict)
{
	const struct s2t_call call = map_page(n);

	*verdict = s2t_lockstep_step(ls, &call);
	return *verdict == S2T_AGREED;
}

/* Maps pages until `limit` are live, and at each power of ten visits live ones once more, all over the tables. */
static bool grow_entries(const struct s2t_campaign_options *campaign, uint64_t limit,
                         struct s2t_bench_curve *curve, enum s2t_verdict *verdict, struct s2t_error *error)
{
	const uint64_t before = s2t_bench_resident();
	struct s2t_board board;

	s2t_board_default(&board);
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, campaign->iut, &campaign->lockstep, error);
	uint64_t live = 0;

	for (uint64_t size = 10; ls && size <= limit && *verdict == S2T_AGREED; size *= 10) {
		while (live < size && take(ls, live, verdict))
			live++;
		if (live < size)
			break;
		struct s2t_bench_point *point = &curve->point[curve->count++];
		uint64_t at = 1;
		double begin = s2t_bench_now(campaign->iut);

		point->size = size;
		point->kib = more_than(s2t_bench_resident(), before);
		for (uint64_t i = 0; i < VISITS && *verdict == S2T_AGREED; i++) {
			at = at * UINT64_C(6364136223846793005) + 1442695040888963407U;
			take(ls, (at >> 33) % size, verdict);
		}
		point->ns = (s2t_bench_now(campaign->iut) - begin) / VISITS * 1e9;
	}
	if (ls && *verdict == S2T_AGREED)
		*verdict = s2t_lockstep_end(ls);
	s2t_lockstep_destroy(ls);
	return ls && *verdict < S2T_DIVERGED;
}

/* Sequences of the campaign one after the other; a point at each power of ten. */
static bool grow_run(const struct s2t_campaign_options *campaign, uint64_t limit, struct s2t_bench_curve *curve,
                     enum s2t_verdict *verdict, struct s2t_error *error)
{
	struct s2t_runner runner;
	uint64_t operations = 0, sequence = 0, first = 0;

	if (!s2t_runner_init(&runner, campaign, error))
		return false;
	for (uint64_t size = 10000; size <= limit && *verdict < S2T_DIVERGED; size *= 10) {
		struct s2t_bench_point *point = &curve->point[curve->count++];
		double begin = s2t_bench_now(campaign->iut);

		while (operations < size && *verdict < S2T_DIVERGED) {
			*verdict = s2t_runner_sequence(&runner, sequence++, UINT64_MAX);
			operations += runner.call_count;
		}
		point->size = operations;
		point->ns = (s2t_bench_now(campaign->iut) - begin) / (double)(operations - first) * 1e9;
		point->kib = s2t_bench_peak();
		first = operations;
	}
	s2t_runner_free(&runner);
	return *verdict < S2T_DIVERGED;
}

bool s2t_bench_grow(const struct s2t_campaign_options *campaign, uint64_t entries, uint64_t operations,
                    struct s2t_bench_growth *growth, enum s2t_verdict *verdict, struct s2t_error *error)
{
	memset(growth, 0, sizeof(*growth));
	*verdict = S2T_AGREED;
	/* The run comes first: it tells the peak of the process. */
	return grow_run(campaign, operations, &growth->run, verdict, error) &&
	       grow_boards(campaign, &growth->board, verdict, error) &&
	       grow_entries(campaign, entries, &growth->entries, verdict, error);
}
