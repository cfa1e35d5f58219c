/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A long run in constant memory: sequences that each write tables which none before them wrote leave no more behind than
 * a few megabytes, on both sides. Each VM has tables of its own, so each sequence has another VM.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "boards.h"
#include "lockstep.h"
#include "simmem.h"

enum {
	TABLES = 64,                         /* of a sequence */
	SEQUENCES = 2 * S2T_GIVE_BACK_EVERY, /* 128 MiB of tables in all */
	BOUND = 64 << 20,                    /* sanitizers take some 30 MiB */
};

/* Bytes of this process that are in memory. */
static size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t size, pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu %zu", &size, &pages), 2);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* One sequence: a page in each of many ranges of 2 MiB, of a VM that no other sequence has. */
static void map(struct s2t_lockstep *ls, unsigned sequence)
{
	for (uint64_t i = 0; i < TABLES; i++) {
		const struct s2t_call call = {
			.op = S2T_OP_MAP_S2PT,
			.arg = { 1 + sequence, i << 21, 3, UINT64_C(0x40001fff) },
		};

		assert_int_equal(s2t_lockstep_step(ls, &call), S2T_AGREED);
		assert_int_equal(ls->step.outcome, S2T_OK);
	}
	assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
}

static void test_tables_of_many_sequences(void **state)
{
	const struct s2t_lockstep_options options = { .spec = S2T_SPEC_LOW };
	struct s2t_board board;
	struct s2t_error error;

	(void)state;
	s2t_board_default(&board);
	board.corevisor = SEQUENCES + 1;
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, s2t_builtin(), &options, &error);

	assert_non_null(ls);
	const size_t before = resident();

	for (unsigned i = 0; i < SEQUENCES; i++) {
		map(ls, i);
		s2t_lockstep_reset(ls);
	}
	const size_t after = resident();

	assert_in_range(after, 0, before + BOUND);
	s2t_lockstep_destroy(ls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_of_many_sequences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
