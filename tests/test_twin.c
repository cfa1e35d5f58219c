/* SPDX-License-Identifier: BSD-2-Clause */
/* The twin of s2twin/run.h: what a user's own test program does with the library. Public headers only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s2twin/run.h"

static char error[256];

/* The built-in implementation without its image, but for one fault: grant_vm_page is not made. */
static void forget_grants(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	*result = (struct s2t_result){ S2T_OK, 0, "" };
	if (call->op != S2T_OP_GRANT_VM_PAGE)
		s2t_builtin()->call(iut, call, result);
}

static const struct s2t_iut_ops *forgetful(void)
{
	static struct s2t_iut_ops ops;

	ops = *s2t_builtin();
	ops.name = "forgetful";
	ops.call = forget_grants;
	return &ops;
}

static struct s2t_twin *make(const char *board, const struct s2t_iut_ops *iut)
{
	struct s2t_twin *twin = s2t_twin_create(board, iut, error, sizeof(error));

	if (!twin)
		fail_msg("%s", error);
	return twin;
}

static enum s2t_twin_verdict line(struct s2t_twin *twin, const char *text)
{
	return s2t_twin_line(twin, text, error, sizeof(error));
}

static void agrees_skips_and_ends(void **state)
{
	struct s2t_twin *twin = make("default", NULL);

	(void)state;
	for (int round = 0; round < 2; round++) {
		assert_int_equal(line(twin, "assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40003"), S2T_TWIN_AGREES);
		assert_int_equal(line(twin, "map_pfn_vm vmid=1 addr=0x7000 pte=0x40003000 level=3"),
		                 S2T_TWIN_AGREES);
		assert_int_equal(line(twin, "walk_s2pt vmid=1 addr=0x7000"), S2T_TWIN_AGREES);
		assert_int_equal(s2t_twin_result(twin).ret, 0x40003fff);
		assert_int_equal(line(twin, "walk_s2pt vmid=99 addr=0x7000"), S2T_TWIN_SKIPPED);
		/* Not its place: both panic. */
		assert_int_equal(line(twin, "assign_pfn_to_vm vmid=1 gfn=0x8 pfn=0x40003"), S2T_TWIN_ENDED);
		assert_int_equal(s2t_twin_result(twin).outcome, S2T_PANIC);
		s2t_twin_reset(twin);
	}
	s2t_twin_destroy(twin);
}

static void refuses_a_line(void **state)
{
	struct s2t_twin *twin = make("tiny", NULL);

	(void)state;
	assert_int_equal(line(twin, "assign_pfn_to_vm vmid=1 gfn=0x7"), S2T_TWIN_FAILED);
	assert_non_null(strstr(error, "pfn"));
	assert_int_equal(line(twin, "asign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40003"), S2T_TWIN_FAILED);
	assert_non_null(strstr(error, "assign_pfn_to_vm"));
	/* It was not made, and the next one is. */
	/* What would be read and have no effect. */
	assert_int_equal(line(twin, "map_page_host addr=0x40000000 expect outcome=panic"), S2T_TWIN_FAILED);
	assert_non_null(strstr(error, "leave out expect"));
	assert_int_equal(line(twin, "config corevisor=3\nmap_page_host addr=0x40000000"), S2T_TWIN_FAILED);
	assert_non_null(strstr(error, "no config and no page line"));
	assert_int_equal(line(twin, "page pfn=0x40003 owner=1 count=0 gfn=0\nmap_page_host addr=0x40000000"),
	                 S2T_TWIN_FAILED);
	assert_int_equal(line(twin, "grant_vm_page vmid=0 pfn=0x40003"), S2T_TWIN_AGREES);
	assert_string_equal(error, "");
	s2t_twin_destroy(twin);
}

static void refuses_a_board_and_a_plugin(void **state)
{
	struct s2t_iut_ops older = *s2t_builtin();
	struct s2t_board board;

	(void)state;
	assert_null(s2t_twin_create("/no/such/board", NULL, error, sizeof(error)));
	assert_non_null(strstr(error, "/no/such/board"));
	older.abi = S2T_IUT_ABI + 1;
	assert_null(s2t_twin_create("default", &older, error, sizeof(error)));
	assert_non_null(strstr(error, "version"));
	s2t_board_default(&board);
	assert_true(s2t_board_is_good(&board, error, sizeof(error)));
	board.smmu_pool_end = board.smmu_pool_start;
	assert_false(s2t_board_is_good(&board, error, sizeof(error)));
	assert_non_null(strstr(error, "smmu_pool_end"));
	assert_null(s2t_twin_create_on(&board, NULL, error, sizeof(error)));
	assert_non_null(strstr(error, "smmu_pool_end"));
}

static void tells_a_difference(void **state)
{
	const struct s2t_start_page start = { 0x40003, { 1, 0, 7 } };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct s2t_twin *twin, *good;
	struct s2t_board board;

	(void)state;
	assert_non_null(out);
	s2t_board_default(&board);
	board.start_page = &start;
	board.start_page_count = 1;
	twin = s2t_twin_create_on(&board, forgetful(), error, sizeof(error));
	good = s2t_twin_create_on(&board, NULL, error, sizeof(error));
	assert_non_null(twin);
	assert_non_null(good);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(line(twin, "map_pfn_vm vmid=1 addr=0x7000 pte=0x40003000 level=3"),
		                 S2T_TWIN_AGREES);
		assert_int_equal(line(twin, "grant_vm_page vmid=1 pfn=0x40003"), S2T_TWIN_DIFFERS);
		assert_int_equal(line(good, "grant_vm_page vmid=1 pfn=0x40003"), S2T_TWIN_AGREES);
		if (round == 0)
			s2t_twin_report(twin, out);
		s2t_twin_reset(twin);
	}
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "implementation forgetful"));
	assert_non_null(strstr(text, "step 2 of 2"));
	assert_non_null(strstr(text, "s2page[0x40003]"));
	free(text);
	s2t_twin_destroy(twin);
	s2t_twin_destroy(good);
}

static void bodies_of_another_abi(void **state)
{
	char program[] = "s2twin", command[] = "run";
	char *argv[] = { program, command, NULL };
	const struct s2t_bodies bodies = { .abi = S2T_BODIES_ABI + 1, .size = sizeof(bodies) };

	(void)state;
	assert_int_equal(s2t_main_bodies(2, argv, &bodies), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_skips_and_ends),        cmocka_unit_test(refuses_a_line),
		cmocka_unit_test(refuses_a_board_and_a_plugin), cmocka_unit_test(tells_a_difference),
		cmocka_unit_test(bodies_of_another_abi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
