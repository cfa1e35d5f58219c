/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the check after a step, spoiled in each of its parts, does not get past the check from scratch. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
