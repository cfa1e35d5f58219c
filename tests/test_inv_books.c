/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the check after a step, spoiled in each of its parts, does not get past the check from scratch. */
#include "campaign.h"
#include "gen.h"
#include "inv_rig.h"

static void spoil_record(struct s2t_inv_state *books)
{
	((struct s2t_inv_page *)books->page.item)->record.count++;
}
static void spoil_entry(struct s2t_inv_state *books)
{
	((struct s2t_inv_entry *)books->entry.item)->pte ^= 1U << 6;
}
static void spoil_list(struct s2t_inv_state *books)
{
	((struct s2t_inv_entry *)books->entry.item)->linked = 0;
}
static void spoil_count(struct s2t_inv_state *books)
{
	((struct s2t_inv_page *)books->page.item)->seen.own++;
}
static void spoil_heads(struct s2t_inv_state *books)
{
	for (size_t i = 0; i < books->page.count; i++)
		((struct s2t_inv_page *)books->page.item)[i].head = 0;
}
static void spoil_bank(struct s2t_inv_state *books)
{
	books->cfg[3] = 1;
}
static void spoil_state(struct s2t_inv_state *books)
{
	books->off[2] ^= 1;
}
static void spoil_memory(struct s2t_inv_state *books)
{
	for (size_t i = 0; i < books->page.count; i++)
		((struct s2t_inv_page *)books->page.item)[i].broken = 0;
}

static void books_are_checked(void **state)
{
	static void (*const spoil[])(struct s2t_inv_state *) = { spoil_record, spoil_entry, spoil_list,
		                                                 spoil_count,  spoil_heads, spoil_bank,
		                                                 spoil_state,  spoil_memory };
	static struct s2t_invariants found;
	static struct s2t_invariant_state unused[S2T_INVARIANT_COUNT];

	(void)state;
	for (size_t i = 0; i <= sizeof(spoil) / sizeof(spoil[0]); i++) {
		struct s2t_inv_state books;
		struct s2t_inv_side side;
		struct s2t_trace trace;
		char fault[160] = "";
		struct s2t_lockstep *ls = begin(&trace,
		                                TABLES "map_pfn_vm vmid=2 addr=0x9000 pte=0x40005fff level=3\n",
		                                s2t_builtin(), 0);

		assert_true(s2t_inv_state_init(&books, &ls->board));
		s2t_inv_side_begin(&side, ls, S2T_SIDE_MODEL, unused);
		feed_all(ls, &books, &side);
		if (i > 0)
			spoil[i - 1](&books);
		assert_true(s2t_inv_sweep(ls, &books, &found, fault, sizeof(fault)));
		if ((fault[0] != '\0') != (i > 0))
			fail_msg("spoiled by %zu: '%s'", i, fault);
		s2t_inv_state_free(&books);
		s2t_inv_side_end(&side);
		end(ls, &trace);
	}
}

/*
 * The rhythm of the check from scratch in a campaign.
 */

static uint64_t spoiled_from; /* books are spoiled in each sequence from this one on */

struct find {
	uint64_t sequence;
	bool by_books;
};

static void spoil(const struct s2t_runner *runner)
{
	/* The books are the first that a check has. */
	if (runner->sequence >= spoiled_from)
		spoil_bank((struct s2t_inv_state *)runner->lockstep[runner->board]->invariants);
}

static bool note(void *ctx, uint64_t sequence, const struct s2t_board *board, const struct s2t_call *call,
                 size_t count, struct s2t_lockstep *ls)
{
	struct find *find = ctx;

	(void)board, (void)call, (void)count;
	find->sequence = sequence;
	find->by_books = ls && ls->diffs->diff[0].kind == S2T_DIFF_INVARIANT &&
	                 ls->diffs->diff[0].entry.a == S2T_INVARIANT_COUNT;
	return false;
}

/* The sequence in which a fault of the books is found, which is there from sequence `from` on. */
static uint64_t found_on(const struct s2t_board *board, uint32_t length, uint64_t seed, unsigned jobs,
                         uint64_t from)
{
	static struct s2t_campaign campaign;
	struct find find = { .sequence = UINT64_MAX };
	const struct s2t_campaign_options options = {
		.seed = seed,
		.operations = (S2T_INV_SWEEP_EVERY + 32) * UINT64_C(128),
		.max_len = length,
		.jobs = jobs,
		.boards = board,
		.board_count = 1,
		.iut = s2t_builtin(),
		.layers = S2T_GEN_MEMORY,
		.lockstep = { .invariants = S2T_INVARIANTS_ALL },
		.watch = spoil,
		.found = note,
		.found_ctx = &find,
	};

	spoiled_from = from;
	memset(&campaign, 0, sizeof(campaign));
	s2t_campaign_run(&options, &campaign);
	assert_int_equal(campaign.end, S2T_CAMPAIGN_DIVERGED);
	assert_true(find.by_books);
	return find.sequence;
}

static uint64_t found_at(uint64_t seed, unsigned jobs, uint64_t from)
{
	struct s2t_board board;

	s2t_board_default(&board);
	return found_on(&board, 128, seed, jobs, from);
}

static void rhythm(void **state)
{
	unsigned moved = 0; /* seeds by which sequence 0 ends in a panic */

	(void)state;
	for (uint64_t seed = 1; seed <= 16; seed++) {
		const uint64_t first = found_at(seed, 1, 0), second = found_at(seed, 1, first + 1);

		moved += first > 0;
		assert_true(first < 32);
		assert_in_range(second, S2T_INV_SWEEP_EVERY, S2T_INV_SWEEP_EVERY + 31);
		assert_int_equal(found_at(seed, 3, 0), first);
		assert_int_equal(found_at(seed, 3, first + 1), second);
	}
	assert_true(moved > 0);
}

/* Where each of the sequences that owe a check ends in a panic, the last one is judged up to before it. */
static void owed_after_panics(void **state)
{
	unsigned last = 0; /* seeds by which they all do */
	struct s2t_trace tiny;
	struct s2t_error error;

	(void)state;
	assert_true(s2t_trace_load_board(&tiny, "tiny", &error));
	for (uint64_t seed = 1; seed <= 32; seed++) {
		const uint64_t found = found_on(&tiny.board, 16384, seed, 1, 0);

		assert_true(found < 32);
		assert_int_equal(found_on(&tiny.board, 16384, seed, 3, 0), found);
		last += found == 31;
	}
	assert_true(last > 0);
	s2t_trace_free(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_are_checked),
		cmocka_unit_test(rhythm),
		cmocka_unit_test(owed_after_panics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
