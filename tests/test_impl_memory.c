/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated memory of the built-in implementation: windows, journal, contents of pages; and the region
 * list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "regions.h"
#include "simmem.h"

static const uint64_t window_bytes[S2T_WINDOW_COUNT] = {
	[S2T_WINDOW_PAGES] = PHYS_SPACE,
	[S2T_WINDOW_S2PT] = UINT64_C(1) << 30,
	[S2T_WINDOW_SMMU] = 16 * PAGE_BYTES,
	[S2T_WINDOW_EL2] = UINT64_C(1) << 20,
};

static int set_up(void **state)
{
	struct s2t_mem *m = malloc(sizeof(*m));

	*state = m;
	return m && s2t_mem_init(m, window_bytes) ? 0 : -1;
}

static int tear_down(void **state)
{
	s2t_mem_destroy(*state);
	free(*state);
	return 0;
}

static void reads_allocate_nothing(void **state)
{
	struct s2t_mem *m = *state;

	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_S2PT, 0x12345678), 0);
	assert_int_equal(s2t_mem_load_content(m, 0x40000008), 0);
	assert_null(s2t_mem_page(m, S2T_WINDOW_S2PT, 0x12345678));
	assert_int_equal(m->tables.count + m->others.count, 0);
	assert_int_equal(m->contents.used, 0);
	assert_int_equal(m->fault, S2T_OK);
}

static void windows_are_apart(void **state)
{
	struct s2t_mem *m = *state;

	s2t_mem_store(m, S2T_WINDOW_S2PT, 0x3008, 1);
	s2t_mem_store(m, S2T_WINDOW_SMMU, 0x3008, 2);
	s2t_mem_store(m, S2T_WINDOW_EL2, 0x3008, 3);
	s2t_mem_store_content(m, 0x3008, 4);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_S2PT, 0x3008), 1);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_SMMU, 0x3008), 2);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, 0x3008), 3);
	assert_int_equal(s2t_mem_load_content(m, 0x3008), 4);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_S2PT, 0x3000), 0);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_S2PT, 0x3010), 0);
}

static void each_store_is_journaled(void **state)
{
	struct s2t_mem *m = *state;

	s2t_mem_store(m, S2T_WINDOW_S2PT, 0x2000010, 7);
	s2t_mem_store(m, S2T_WINDOW_S2PT, 0x2000010, 7);
	assert_int_equal(m->writes, 2);
	assert_int_equal(m->journal[0].window, S2T_WINDOW_S2PT);
	assert_int_equal(m->journal[0].whole_page, 0);
	assert_int_equal(m->journal[0].addr, 0x2000010);
	assert_int_equal(m->journal[0].old, 0);
	assert_int_equal(m->journal[1].old, 7);
}

static void undo_goes_back_to_a_mark(void **state)
{
	struct s2t_mem *m = *state;
	const uint64_t *page;

	for (uint64_t i = 0; i < 5000; i++)
		s2t_mem_store(m, S2T_WINDOW_EL2, 8 * (i % 700), i + 1);
	page = s2t_mem_page(m, S2T_WINDOW_EL2, 0);
	s2t_mem_undo(m, 1000);
	assert_int_equal(m->writes, 1000);
	for (uint64_t i = 0; i < 700; i++)
		assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, 8 * i), i < 300 ? 700 + i + 1 : i + 1);
	s2t_mem_undo(m, 0);
	for (uint64_t i = 0; i < 700; i++)
		assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, 8 * i), 0);
	assert_ptr_equal(page, s2t_mem_page(m, S2T_WINDOW_EL2, 0));
}

static void beyond_a_window_is_wild(void **state)
{
	struct s2t_mem *m = *state;

	s2t_mem_store(m, S2T_WINDOW_SMMU, 16 * PAGE_BYTES - 8, 1);
	assert_int_equal(m->fault, S2T_OK);
	s2t_mem_store(m, S2T_WINDOW_SMMU, 16 * PAGE_BYTES, 1);
	assert_int_equal(m->fault, S2T_WILD);
	assert_int_equal(m->writes, 1);
	m->fault = S2T_OK;
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_SMMU, UINT64_MAX - 7), 0);
	assert_int_equal(m->fault, S2T_WILD);
	m->fault = S2T_OK;
	s2t_mem_fill(m, PFN_SPACE, 1);
	assert_int_equal(m->fault, S2T_WILD);
	m->fault = S2T_OK;
	s2t_mem_store_content(m, PHYS_SPACE, 1);
	assert_int_equal(m->fault, S2T_WILD);
	m->fault = S2T_OK;
	s2t_mem_load_content(m, PHYS_SPACE);
	assert_int_equal(m->fault, S2T_WILD);
	assert_int_equal(m->writes, 1);
}

static void address_is_start(const void *ctx, uint64_t addr, size_t count, uint64_t *words)
{
	for (size_t i = 0; i < count; i++)
		words[i] = *(const uint64_t *)ctx + addr + 8 * i;
}

static void start_values_show_before_and_after_a_write(void **state)
{
	struct s2t_mem *m = *state;
	const uint64_t salt = 5;

	s2t_mem_set_start(m, S2T_WINDOW_EL2, address_is_start, &salt);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, 0x5018), 0x501d);
	assert_null(s2t_mem_page(m, S2T_WINDOW_EL2, 0x5018));
	s2t_mem_store(m, S2T_WINDOW_EL2, 0x5018, 1);
	assert_int_equal(m->journal[0].old, 0x501d);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, 0x5ff8), 0x5ffd);
	s2t_mem_undo(m, 0);
	assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, 0x5018), 0x501d);
}

static void expect_token(const struct s2t_mem *m, s2t_pfn pfn, bool uniform, uint64_t token)
{
	s2t_token got;

	assert_int_equal(s2t_mem_token(m, pfn, &got), uniform);
	if (uniform)
		assert_int_equal(got, token);
}

static void a_fill_is_one_record_and_no_bytes(void **state)
{
	struct s2t_mem *m = *state;

	expect_token(m, 0x40001, true, 0);
	s2t_mem_fill(m, 0x40001, 77);
	s2t_mem_fill(m, 0x40001, 78);
	assert_int_equal(m->writes, 2);
	assert_int_equal(m->journal[1].window, S2T_WINDOW_PAGES);
	assert_int_equal(m->journal[1].whole_page, 1);
	assert_int_equal(m->journal[1].addr, 0x40001000);
	assert_int_equal(m->journal[1].old, 77);
	assert_int_equal(m->tables.count + m->others.count, 0);
	assert_int_equal(s2t_mem_load_content(m, 0x40001ff8), 78);
	expect_token(m, 0x40001, true, 78);
	s2t_mem_undo(m, 1);
	expect_token(m, 0x40001, true, 77);
	s2t_mem_undo(m, 0);
	expect_token(m, 0x40001, true, 0);
}

static void a_partial_store_makes_bytes(void **state)
{
	struct s2t_mem *m = *state;

	s2t_mem_fill(m, 3, 9);
	s2t_mem_store_content(m, 0x3ff8, 10);
	assert_int_equal(m->journal[1].whole_page, 0);
	assert_int_equal(m->journal[1].old, 9);
	expect_token(m, 3, false, 0);
	assert_int_equal(s2t_mem_load_content(m, 0x3ff0), 9);
	assert_int_equal(s2t_mem_load_content(m, 0x3ff8), 10);
	for (uint64_t addr = 0x3000; addr < 0x3ff8; addr += 8)
		s2t_mem_store_content(m, addr, 10);
	expect_token(m, 3, true, 10);
	s2t_mem_undo(m, 2);
	expect_token(m, 3, false, 0);
	s2t_mem_undo(m, 1);
	expect_token(m, 3, true, 9);
	assert_int_equal(m->contents.spares, 1);
}

static void a_fill_over_bytes_can_be_taken_back(void **state)
{
	struct s2t_mem *m = *state;

	s2t_mem_store_content(m, 0x3100, 5);
	s2t_mem_store_content(m, 0x3108, 6);
	s2t_mem_fill(m, 3, 9);
	s2t_mem_store_content(m, 0x3100, 7);
	s2t_mem_fill(m, 3, 11);
	assert_int_equal(m->writes, 5);
	expect_token(m, 3, true, 11);
	s2t_mem_undo(m, 4);
	assert_int_equal(s2t_mem_load_content(m, 0x3100), 7);
	assert_int_equal(s2t_mem_load_content(m, 0x3108), 9);
	s2t_mem_undo(m, 3);
	expect_token(m, 3, true, 9);
	s2t_mem_undo(m, 2);
	assert_int_equal(s2t_mem_load_content(m, 0x3100), 5);
	assert_int_equal(s2t_mem_load_content(m, 0x3108), 6);
	assert_int_equal(s2t_mem_load_content(m, 0x3110), 0);
	s2t_mem_undo(m, 0);
	expect_token(m, 3, true, 0);
	assert_int_equal(m->contents.asides, 0);
}

/* Three pages as plain arrays beside the memory; any history, taken back to any mark. */
enum { PLAIN_PAGES = 3, PLAIN_STEPS = 40 };
typedef uint64_t plain_pages[PLAIN_PAGES][PAGE_WORDS];

static void compare_pages(struct s2t_mem *m, plain_pages plain)
{
	for (uint64_t p = 0; p < PLAIN_PAGES; p++) {
		bool uniform = true;

		for (uint64_t i = 0; i < PAGE_WORDS; i++) {
			assert_int_equal(s2t_mem_load_content(m, p * PAGE_BYTES + 8 * i), plain[p][i]);
			uniform = uniform && plain[p][i] == plain[p][0];
		}
		expect_token(m, p, uniform, plain[p][0]);
	}
}

static void any_history_can_be_taken_back(void **state)
{
	struct s2t_mem *m = *state;
	plain_pages *after = calloc(PLAIN_STEPS + 1, sizeof(*after));
	size_t mark[PLAIN_STEPS + 1] = { 0 };
	uint64_t random = 1;
	int step = 0;
	size_t pages_made = 0;

	assert_non_null(after);
	for (int round = 0; round < 200; round++) {
		while (step < PLAIN_STEPS) {
			uint64_t page, word;

			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			page = (random >> 33) % PLAIN_PAGES;
			word = (random >> 40) % 4;
			memcpy(after[step + 1], after[step], sizeof(after[step]));
			if (random >> 63) {
				for (size_t i = 0; i < PAGE_WORDS; i++)
					after[step + 1][page][i] = word;
				s2t_mem_fill(m, page, word);
			} else {
				after[step + 1][page][word] = random;
				s2t_mem_store_content(m, page * PAGE_BYTES + 8 * word, random);
			}
			mark[++step] = m->writes;
		}
		compare_pages(m, after[step]);
		step = (int)((random >> 20) % PLAIN_STEPS);
		s2t_mem_undo(m, mark[step]);
		compare_pages(m, after[step]);
	}
	s2t_mem_undo(m, 0);
	pages_made = m->contents.pages_made;
	assert_int_equal(m->contents.spares, pages_made);
	assert_true(pages_made <= PLAIN_STEPS);
	free(after);
}

static void resets_do_not_let_memory_grow(void **state)
{
	struct s2t_mem *m = *state;
	size_t slabs = 0, used = 0, capacity = 0;

	for (int round = 0; round < 1000; round++) {
		for (uint64_t i = 0; i < 100; i++) {
			s2t_mem_store(m, S2T_WINDOW_S2PT, i * PAGE_BYTES, i);
			s2t_mem_fill(m, i, i);
			s2t_mem_store_content(m, i * PAGE_BYTES, i + 1);
			s2t_mem_fill(m, i, i);
		}
		s2t_mem_undo(m, 0);
		if (round == 0) {
			slabs = m->tables.count + m->others.count;
			used = m->tables.used + m->others.used;
			capacity = m->capacity;
		}
	}
	assert_int_equal(m->tables.count + m->others.count, slabs);
	assert_int_equal(m->tables.used + m->others.used, used);
	assert_int_equal(m->capacity, capacity);
	assert_int_equal(m->contents.used, 100);
}

/* A page whose memory went back to the host is where it was, reads as zeros, and can be written again. */
static void pages_stay_where_they_are(void **state)
{
	enum { PAGES = 4000 }; /* twice as many as are kept */
	struct s2t_mem *m = *state;
	const uint64_t *page[PAGES];

	for (int round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < PAGES; i++) {
			assert_int_equal(s2t_mem_load(m, S2T_WINDOW_S2PT, i * PAGE_BYTES + 8), 0);
			s2t_mem_store(m, S2T_WINDOW_S2PT, i * PAGE_BYTES + 8, i + 1);
			page[i] = round ? page[i] : s2t_mem_page(m, S2T_WINDOW_S2PT, i * PAGE_BYTES);
			assert_ptr_equal(s2t_mem_page(m, S2T_WINDOW_S2PT, i * PAGE_BYTES), page[i]);
			assert_int_equal(page[i][1], i + 1);
		}
		assert_true(m->tables.count > S2T_SLABS_KEPT);
		s2t_mem_undo(m, 0);
		for (int i = 0; i < S2T_GIVE_BACK_EVERY; i++)
			s2t_mem_give_back(m);
		for (uint64_t i = 0; i < PAGES; i++)
			assert_int_equal(page[i][1], 0);
	}
}

/* Pages of a window that does not start as zeros are never given back. */
static void start_values_outlive_resets(void **state)
{
	enum { PAGES = 256 };
	struct s2t_mem *m = *state;
	const uint64_t salt = 5;

	s2t_mem_set_start(m, S2T_WINDOW_EL2, address_is_start, &salt);
	for (uint64_t i = 0; i < 4000; i++)
		s2t_mem_store(m, S2T_WINDOW_S2PT, i * PAGE_BYTES, 1);
	for (uint64_t i = 0; i < PAGES; i++)
		s2t_mem_store(m, S2T_WINDOW_EL2, i * PAGE_BYTES, 1);
	s2t_mem_undo(m, 0);
	for (int i = 0; i < S2T_GIVE_BACK_EVERY; i++)
		s2t_mem_give_back(m);
	for (uint64_t i = 0; i < PAGES; i++)
		assert_int_equal(s2t_mem_load(m, S2T_WINDOW_EL2, i * PAGE_BYTES + 8), i * PAGE_BYTES + 13);
}

/* Which pages of RAM there were is forgotten if they were many; their contents are zeros. */
static void contents_forget_pages(void **state)
{
	struct s2t_mem *m = *state;

	for (uint64_t round = 0; round < 20; round++) {
		for (uint64_t i = 0; i < 1000; i++)
			s2t_mem_fill(m, 1000 * round + i, i + 1);
		s2t_mem_store_content(m, 1000 * round * PAGE_BYTES, 77);
		expect_token(m, 1000 * round, false, 0);
		s2t_mem_undo(m, 0);
		s2t_mem_give_back(m);
		assert_true(m->contents.used <= S2T_CONTENTS_KEPT);
		expect_token(m, 1000 * round, true, 0);
		expect_token(m, 1000 * round + 1, true, 0);
	}
	assert_true(m->contents.shift >= 64 - 14);
}

static void many_pages_of_contents(void **state)
{
	struct s2t_mem *m = *state;

	for (uint64_t i = 0; i < 20000; i++)
		s2t_mem_fill(m, i * 13001, i);
	for (uint64_t i = 0; i < 20000; i++)
		expect_token(m, i * 13001, true, i);
	expect_token(m, 1, true, 0);
}

/* The rule for one byte address, as the specification words it. */
static uint64_t record_by_the_rule(const struct s2t_board *board, uint64_t addr)
{
	uint64_t record = S2T_NOMAP;

	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *r = &board->region[i];

		if (r->base <= addr && addr < r->base + r->size)
			record = r->index == S2T_NOMAP ? S2T_NOMAP : r->index + (addr - r->base) / 4096;
	}
	return record;
}

static void compare_regions(const struct s2t_board *board, uint64_t from, uint64_t to)
{
	struct s2t_regions regions;

	s2t_regions_init(&regions, board);
	for (uint64_t pfn = from; pfn < to; pfn++)
		assert_int_equal(s2t_regions_record(&regions, pfn), record_by_the_rule(board, pfn * 4096));
	assert_int_equal(s2t_regions_record(&regions, GFN_SPACE - 1), S2T_NOMAP);
	for (size_t i = 0; i < regions.extents; i++) {
		const struct s2t_extent *e = &regions.extent[i];

		assert_int_equal(s2t_regions_record(&regions, e->first), e->record);
		assert_int_equal(s2t_regions_record(&regions, e->first + e->count - 1),
		                 e->record + e->count - 1);
		assert_true(e->record + e->count <= regions.records);
	}
}

static void last_region_wins(void **state)
{
	const struct s2t_board board = {
		.region_count = 6,
		.region = { { 0x10000, 0x20000, 0 },
		            { 0x18000, 0x8000, 100 },       /* inside the first */
		            { 0x1c000, 0x2000, S2T_NOMAP }, /* a hole in the second */
		            { 0x1c800, 0x1000, 200 },       /* misaligned: the page at 0x1d000 only */
		            { 0x2f001, 0x1fff, 300 },       /* misaligned base, up to 0x31000 */
		            { 0x40000, 0, 400 } },          /* empty */
	};
	struct s2t_regions regions;

	(void)state;
	compare_regions(&board, 0, 0x60);
	s2t_regions_init(&regions, &board);
	assert_int_equal(s2t_regions_record(&regions, 0x17), 7);
	assert_int_equal(s2t_regions_record(&regions, 0x18), 100);
	assert_int_equal(s2t_regions_record(&regions, 0x1c), S2T_NOMAP);
	assert_int_equal(s2t_regions_record(&regions, 0x1d), 200);
	assert_int_equal(s2t_regions_record(&regions, 0x1e), 106);
	assert_int_equal(s2t_regions_record(&regions, 0x2f), 31);
	assert_int_equal(s2t_regions_record(&regions, 0x30), 300);
	assert_int_equal(s2t_regions_record(&regions, 0x31), S2T_NOMAP);
	assert_int_equal(s2t_regions_record(&regions, 0x40), S2T_NOMAP);
}

static void all_counts_of_regions(void **state)
{
	struct s2t_board board = { .region_count = 0 };
	uint64_t random = 3;

	(void)state;
	for (uint32_t n = 0; n <= S2T_MAX_REGIONS; n++) {
		for (int round = 0; round < 20; round++) {
			board.region_count = n;
			for (uint32_t i = 0; i < n; i++) {
				random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
				board.region[i].base = (random >> 30) % 0x60000;
				board.region[i].size = (random >> 50) % 0x8000;
				board.region[i].index = random >> 62 ? i * UINT64_C(100) : S2T_NOMAP;
			}
			compare_regions(&board, 0, 0x70);
		}
	}
}

#define MEMORY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_TEST(reads_allocate_nothing),
		MEMORY_TEST(windows_are_apart),
		MEMORY_TEST(each_store_is_journaled),
		MEMORY_TEST(undo_goes_back_to_a_mark),
		MEMORY_TEST(beyond_a_window_is_wild),
		MEMORY_TEST(start_values_show_before_and_after_a_write),
		MEMORY_TEST(a_fill_is_one_record_and_no_bytes),
		MEMORY_TEST(a_partial_store_makes_bytes),
		MEMORY_TEST(a_fill_over_bytes_can_be_taken_back),
		MEMORY_TEST(any_history_can_be_taken_back),
		MEMORY_TEST(resets_do_not_let_memory_grow),
		MEMORY_TEST(pages_stay_where_they_are),
		MEMORY_TEST(start_values_outlive_resets),
		MEMORY_TEST(contents_forget_pages),
		MEMORY_TEST(many_pages_of_contents),
		cmocka_unit_test(last_region_wins),
		cmocka_unit_test(all_counts_of_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
