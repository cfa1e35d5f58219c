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
                       bool *diverged, struct s2t_error *error)
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
	for (uint64_t i = 0; i < BOARD_SEQUENCES && !*diverged; i++) {
		*diverged = s2t_runner_sequence(&runner, i, UINT64_MAX) >= S2T_DIVERGED;
		operations += runner.call_count;
	}
	point->ns = (s2t_bench_now(campaign->iut) - begin) / (double)operations * 1e9;
	point->kib = more_than(s2t_bench_resident(), before);
	s2t_runner_free(&runner);
	return !*diverged;
}

static bool grow_boards(const struct s2t_campaign_options *campaign, struct s2t_bench_curve *curve,
                        bool *diverged, struct s2t_error *error)
{
	static const uint64_t mib[] = { 1, 16, 256, 4096, 65536 };

	for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++)
		if (!grow_board(campaign, mib[i], &curve->point[curve->count++], diverged, error))
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
static bool take(struct s2t_lockstep *ls, uint64_t n, bool *diverged)
{
	const struct s2t_call call = map_page(n);

	*diverged = s2t_lockstep_step(ls, &call) != S2T_AGREED;
	return !*diverged;
}

/* Maps pages until `limit` are live, and at each power of ten visits live ones once more, all over the tables. */
static bool grow_entries(const struct s2t_campaign_options *campaign, uint64_t limit,
                         struct s2t_bench_curve *curve, bool *diverged, struct s2t_error *error)
{
	const uint64_t before = s2t_bench_resident();
	struct s2t_board board;

	s2t_board_default(&board);
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, campaign->iut, &campaign->lockstep, error);
	uint64_t live = 0;

	for (uint64_t size = 10; ls && size <= limit && !*diverged; size *= 10) {
		while (live < size && take(ls, live, diverged))
			live++;
		struct s2t_bench_point *point = &curve->point[curve->count++];
		uint64_t at = 1;
		double begin = s2t_bench_now(campaign->iut);

		point->size = size;
		point->kib = more_than(s2t_bench_resident(), before);
		for (uint64_t i = 0; i < VISITS && !*diverged; i++) {
			at = at * UINT64_C(6364136223846793005) + 1442695040888963407U;
			take(ls, (at >> 33) % size, diverged);
		}
		point->ns = (s2t_bench_now(campaign->iut) - begin) / VISITS * 1e9;
	}
	if (ls && !*diverged)
		*diverged = s2t_lockstep_end(ls) != S2T_AGREED;
	s2t_lockstep_destroy(ls);
	return ls && !*diverged;
}

/* Sequences of the campaign one after the other; a point at each power of ten. */
static bool grow_run(const struct s2t_campaign_options *campaign, uint64_t limit, struct s2t_bench_curve *curve,
                     bool *diverged, struct s2t_error *error)
{
	struct s2t_runner runner;
	uint64_t operations = 0, sequence = 0, first = 0;

	if (!s2t_runner_init(&runner, campaign, error))
		return false;
	for (uint64_t size = 10000; size <= limit && !*diverged; size *= 10) {
		struct s2t_bench_point *point = &curve->point[curve->count++];
		double begin = s2t_bench_now(campaign->iut);

		while (operations < size && !*diverged) {
			*diverged = s2t_runner_sequence(&runner, sequence++, UINT64_MAX) >= S2T_DIVERGED;
			operations += runner.call_count;
		}
		point->size = operations;
		point->ns = (s2t_bench_now(campaign->iut) - begin) / (double)(operations - first) * 1e9;
		point->kib = s2t_bench_peak();
		first = operations;
	}
	s2t_runner_free(&runner);
	return !*diverged;
}

bool s2t_bench_grow(const struct s2t_campaign_options *campaign, uint64_t entries, uint64_t operations,
                    struct s2t_bench_growth *growth, bool *diverged, struct s2t_error *error)
{
	memset(growth, 0, sizeof(*growth));
	*diverged = false;
	/* The run comes first: it tells the peak of the process. */
	return grow_run(campaign, operations, &growth->run, diverged, error) &&
	       grow_boards(campaign, &growth->board, diverged, error) &&
	       grow_entries(campaign, entries, &growth->entries, diverged, error);
}
