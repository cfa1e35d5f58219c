/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in implementation without memory: each allocation fails once. The call says so and leaves the state as it
 * was; made again when there is memory, it does what it always does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case_seeds.h"
#include "hyp.h"
#include "scarce.h"

static void starve_iut(const char *name, const struct s2t_trace *trace)
{
	const struct s2t_iut_ops *ops = s2t_builtin();
	bool out = true;

	for (size_t room = 0; out; room++) {
		struct s2t_iut *iut = ops->create(ops, &trace->board, NULL, 0);
		struct s2t_iut *good = ops->create(ops, &trace->board, NULL, 0);

		ops->events->record(iut, true);
		out = false;
		for (size_t i = 0; i < trace->count; i++) {
			struct s2t_result result, expected;
			size_t before, after;

			ops->call(good, &trace->call[i], &expected);
			(void)ops->image->writes(iut, &before);
			left = room;
			ops->call(iut, &trace->call[i], &result);
			left = PLENTY;
			if (result.outcome == S2T_CRASH) {
				out = true;
				assert_string_equal(result.reason, "no memory for the simulated machine");
				(void)ops->image->writes(iut, &after);
				assert_int_equal(before, after);
				ops->call(iut, &trace->call[i], &result);
			}
			if (result.outcome != expected.outcome || result.ret != expected.ret)
				fail_msg("%s: call %zu is another one after it ran out of memory", name, i + 1);
		}
		ops->destroy(iut);
		ops->destroy(good);
		assert_true(room < 100);
	}
}

static void test_calls(void **state)
{
	(void)state;
	for_each_case(starve_iut);
}

static void test_making_an_instance(void **state)
{
	struct s2t_iut *iut = NULL;
	struct s2t_board board;
	char error[128];
	size_t room;

	(void)state;
	s2t_board_default(&board);
	for (room = 0; !iut; room++) {
		left = room;
		strcpy(error, "nothing");
		iut = s2t_builtin()->create(s2t_builtin(), &board, error, room & 1 ? sizeof(error) : 0);
		left = PLENTY;
		assert_string_equal(error,
		                    iut || !(room & 1) ? "nothing" : "no memory for the simulated machine");
	}
	assert_in_range(room, 6, 20);
	/* Contents of pages are not in the image, nor is what is no window. */
	assert_null(s2t_builtin()->image->page(iut, S2T_WINDOW_PAGES, 0));
	assert_null(s2t_builtin()->image->page(iut, S2T_WINDOW_COUNT, 0));
	s2t_builtin()->destroy(iut);
	s2t_builtin()->destroy(NULL);
}

static const uint64_t bytes_of_windows[S2T_WINDOW_COUNT] = {
	[S2T_WINDOW_PAGES] = PHYS_SPACE,
	[S2T_WINDOW_S2PT] = UINT64_C(1) << 30,
	[S2T_WINDOW_SMMU] = 0,
	[S2T_WINDOW_EL2] = UINT64_C(1) << 20,
};

/* One change of the memory, which may need room for its table, its journal, what is put aside, and new pages. */
static void change(struct s2t_mem *m, unsigned i)
{
	const uint64_t pfn = 0x40000 + i / 4;

	switch (i % 4) {
	case 0: s2t_mem_fill(m, pfn, i); break;
	case 1: s2t_mem_store_content(m, pfn << PAGE_SHIFT_4K | 8, i); break;
	case 2: s2t_mem_fill(m, pfn, i); break;
	default: s2t_mem_store(m, S2T_WINDOW_S2PT, (uint64_t)i << PAGE_SHIFT_4K, i); break;
	}
}

/* `first` shifts the changes against the growth of each array. */
static void starve_memory(unsigned first)
{
	enum { CHANGES = 4000 };

	for (size_t room = 0; room < 4; room++) {
		struct s2t_mem m;
		unsigned failures = 0;

		assert_true(s2t_mem_init(&m, bytes_of_windows));
		if (first >= 4)
			s2t_mem_store_content(&m, 0x50000000, 1);
		for (unsigned i = first % 4; i < CHANGES; i++) {
			const size_t writes = m.writes;

			left = room;
			change(&m, i);
			left = PLENTY;
			if (m.fault == S2T_OK)
				continue;
			failures++;
			assert_int_equal(m.fault, S2T_CRASH);
			assert_int_equal(m.writes, writes);
			m.fault = S2T_OK;
			change(&m, i);
			assert_int_equal(m.fault, S2T_OK);
			assert_int_equal(m.writes, writes + 1);
		}
		assert_true(room > 1 || failures > 0);
		s2t_mem_undo(&m, 0);
		assert_int_equal(s2t_mem_load_content(&m, 0x40000008), 0);
		s2t_mem_destroy(&m);
	}
}

static void test_memory(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 8; first++)
		starve_memory(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_making_an_instance),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
