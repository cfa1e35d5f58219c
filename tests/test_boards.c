/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boards: what makes one illegal, each with its message and the line it points at; the edges that are just
 * legal; the records of pages; and the boards that come with the tool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "trace.h"

#define V "s2twin-trace 1\n"

/* `config` and `page` lines, and the refusal that they get, after "board:". */
struct refusal {
	const char *lines;
	const char *message;
};

/* clang-format off */
static const struct refusal limit_rows[] = {
	{ "config corevisor=0\n", "2:8: corevisor is 0; it must be 1 to 65535" },
	{ "config corevisor=65536\n", "2:8: corevisor is 65536; it must be 1 to 65535" },
	{ "config max_share_count=0x100000000\n", "2:8: max_share_count is 0x100000000; counts have 32 bits, so it is at most 0xffffffff" },
	{ "config el2_smmu_cfg_size=0x100000000\n", "2:8: el2_smmu_cfg_size is 0x100000000; counts have 32 bits, so it is at most 0xffffffff" },
	{ "config smmu_host_offset=0xfffffff000000001\n", "2:8: smmu_host_offset is 0xfffffff000000001; the gfn of a host page, pfn + smmu_host_offset, must fit 64 bits, so it is at most 0xfffffff000000000" },
};

static const struct refusal stage2_rows[] = {
	{ "config pt_pool_start=0x10001\n", "2:8: pt_pool_start is 0x10001, which is not a multiple of 4096" },
	{ "config pt_pool_per_vm=0x2000800\n", "2:8: pt_pool_per_vm is 0x2000800, which is not a multiple of 4096" },
	{ "config pgd_offset=0x1001\n", "2:8: pgd_offset is 0x1001, which is not a multiple of 4096" },
	{ "config pud_offset=0x101800\n", "2:8: pud_offset is 0x101800, which is not a multiple of 4096" },
	{ "config pmd_offset=0x901001\n", "2:8: pmd_offset is 0x901001, which is not a multiple of 4096" },
	{ "config pgd_offset=0\n", "2:8: pgd_offset is 0x0, inside the root table, which is the first 0x1000 bytes of each pool" },
	{ "config pgd_offset=0x102000\n", "2:8: pud_offset is 0x101000, below pgd_offset, which is 0x102000; each pool ends where the next begins" },
	{ "config pud_offset=0x902000\n", "2:8: pmd_offset is 0x901000, below pud_offset, which is 0x902000; each pool ends where the next begins" },
	{ "config pmd_offset=0x2001000\n", "2:8: pt_pool_per_vm is 0x2000000, below pmd_offset, which is 0x2001000; each pool ends where the next begins" },
	{ "config pmd_offset=0x902000\nconfig corevisor=2\nconfig pud_offset=0x903000\nconfig max_share_count=1\n",
	  "4:8: pmd_offset is 0x902000, below pud_offset, which is 0x903000; each pool ends where the next begins" },
	{ "config pt_pool_start=0x1000000000000\n", "2:8: the stage-2 pools of vmid 0 to 16 end beyond 2^48 (pt_pool_start 0x1000000000000, pt_pool_per_vm 0x2000000)" },
	{ "config pt_pool_start=0xfffffffffffff000\n", "2:8: the stage-2 pools of vmid 0 to 16 end beyond 2^48 (pt_pool_start 0xfffffffffffff000, pt_pool_per_vm 0x2000000)" },
	{ "config pt_pool_per_vm=0xf0f0f0f1000\n", "2:8: the stage-2 pools of vmid 0 to 16 end beyond 2^48 (pt_pool_start 0x10000, pt_pool_per_vm 0xf0f0f0f1000)" },
	{ "config corevisor=65535\nconfig pt_pool_per_vm=0x100000000\n", "3:8: the stage-2 pools of vmid 0 to 65535 end beyond 2^48 (pt_pool_start 0x10000, pt_pool_per_vm 0x100000000)" },
};

static const struct refusal smmu_rows[] = {
	{ "config smmu_pool_start=0x10800\n", "2:8: smmu_pool_start is 0x10800, which is not a multiple of 4096" },
	{ "config smmu_pgd_start=0x110001\n", "2:8: smmu_pgd_start is 0x110001, which is not a multiple of 4096" },
	{ "config smmu_pmd_start=0x210001\n", "2:8: smmu_pmd_start is 0x210001, which is not a multiple of 4096" },
	{ "config smmu_pool_end=0x310001\n", "2:8: smmu_pool_end is 0x310001, which is not a multiple of 4096" },
	{ "config smmu_pgd_start=0x2f000\n", "2:8: smmu_pgd_start is 0x2f000, below the end of the 16 SMMU roots of 8192 bytes that begin at smmu_pool_start, 0x10000" },
	{ "config smmu_pool_start=0xf1000\n", "2:8: smmu_pgd_start is 0x110000, below the end of the 16 SMMU roots of 8192 bytes that begin at smmu_pool_start, 0xf1000" },
	{ "config smmu_pool_start=0xfffffffffffff000\n", "2:8: smmu_pgd_start is 0x110000, below the end of the 16 SMMU roots of 8192 bytes that begin at smmu_pool_start, 0xfffffffffffff000" },
	{ "config smmu_pmd_start=0x10f000\n", "2:8: smmu_pmd_start is 0x10f000, below smmu_pgd_start, which is 0x110000; each pool ends where the next begins" },
	{ "config smmu_pool_end=0x20f000\n", "2:8: smmu_pool_end is 0x20f000, below smmu_pmd_start, which is 0x210000; each pool ends where the next begins" },
	{ "config smmu_pool_end=0x1000000001000\n", "2:8: smmu_pool_end is 0x1000000001000, beyond 2^48" },
};

static const struct refusal region_rows[] = {
	{ "config region=0xffffffff0000:0x10000:0\n", "2:8: region 0xffffffff0000:0x10000 does not end below 2^48, as every address must" },
	{ "config region=0x1000000000000:0:none\n", "2:8: region 0x1000000000000:0x0 does not end below 2^48, as every address must" },
	{ "config region=0xfffffffffffff000:0x2000:none\n", "2:8: region 0xfffffffffffff000:0x2000 does not end below 2^48, as every address must" },
	{ "config region=0:0xffffffffffffffff:none\n", "2:8: region 0x0:0xffffffffffffffff does not end below 2^48, as every address must" },
	{ "config region=0:0x1000:0\nconfig region=0x40000000:0x10000:0x1000000\n", "3:8: region 0x40000000:0x10000:0x1000000 numbers its pages beyond 2^24, which is as many records as there are" },
	{ "config region=0x40000000:0x10000:0xfffff1\n", "2:8: region 0x40000000:0x10000:0xfffff1 numbers its pages beyond 2^24, which is as many records as there are" },
	{ "config region=0x40000000:0x1000000001:0\n", "2:8: region 0x40000000:0x1000000001:0x0 numbers its pages beyond 2^24, which is as many records as there are" },
	{ "config region=0x40000000:0x10000:0\nconfig region=0x80000000:0x10000:0xf\n", "3:8: pages 0x4000f and 0x80000 would share record 0xf; give the regions indices further apart" },
	/* A page that begins in the region counts, though it does not end there. */
	{ "config region=0x40000000:0x10001:0\nconfig region=0x80000000:0x10000:0x10\n", "3:8: pages 0x40010 and 0x80000 would share record 0x10; give the regions indices further apart" },
	{ "config region=0x80000000:0x10000:0x8\nconfig region=0x80008000:0x1000:0x8\n", "3:8: pages 0x80000 and 0x80008 would share record 0x8; give the regions indices further apart" },
	{ "config region=0x40000000:0x10000:0\nconfig region=0x40008000:0x1000:none\nconfig region=0x80000000:0x2000:8\n", "4:8: pages 0x80001 and 0x40009 would share record 0x9; give the regions indices further apart" },
	/* A misaligned base: its second page has the first record. */
	{ "config region=0x40000800:0x2000:5\nconfig region=0x80000000:0x1000:5\n", "3:8: pages 0x40001 and 0x80000 would share record 0x5; give the regions indices further apart" },
};

static const struct refusal page_rows[] = {
	{ "page pfn=0x50000 owner=0 count=0 gfn=0\n", "2:6: page 0x50000 has no ownership record: no region with an index covers it" },
	{ "page pfn=0x90000 owner=0 count=0 gfn=0\n", "2:6: page 0x90000 has no ownership record: no region with an index covers it" },
	{ "page pfn=0x1000000040001 owner=0 count=0 gfn=0\n", "2:6: page 0x1000000040001 has no ownership record: no region with an index covers it" },
	{ "page pfn=0x40001 owner=17 count=0 gfn=0\n", "2:18: page 0x40001 has owner 0x11, above corevisor, which is 16" },
	{ "page pfn=0x40001 owner=0xffffffff count=0 gfn=0\n", "2:18: page 0x40001 has owner 0xffffffff, above corevisor, which is 16" },
	{ "page pfn=0x40001 count=0 gfn=0 owner=5\nconfig corevisor=4\n", "2:32: page 0x40001 has owner 0x5, above corevisor, which is 4" },
	{ "page pfn=0x80001 owner=0 count=0 gfn=0\nconfig region=0x40000000:0x10000:0\n", "2:6: page 0x80001 has no ownership record: no region with an index covers it" },
};

static const struct refusal physical_rows[] = {
	{ "config region=0xffffff0000:0x10001:0\n", "2:8: region 0xffffff0000:0x10001 ends beyond 2^40, and an implementation has 40 bits of memory (`s2twin eval` takes it)" },
	{ "config region=0x10000000000:0x1000:none\n", "2:8: region 0x10000000000:0x1000 ends beyond 2^40, and an implementation has 40 bits of memory (`s2twin eval` takes it)" },
	{ "config corevisor=1\nconfig pt_pool_per_vm=0x8000000000\n", "3:8: the stage-2 pools end beyond 2^40, and an implementation has 40 bits of memory (`s2twin eval` takes it)" },
	{ "config smmu_pool_end=0x10000001000\n", "2:8: the SMMU pools end beyond 2^40, and an implementation has 40 bits of memory (`s2twin eval` takes it)" },
};

/* Each is as near to a refusal as a legal board gets. */
static const char *const legal[] = {
	"config corevisor=1\n",
	"config corevisor=65535\n",
	"config max_share_count=0xffffffff\nconfig el2_smmu_cfg_size=0\n",
	"config smmu_host_offset=0xfffffff000000000\n",
	/* Empty pools. */
	"config pgd_offset=0x101000\nconfig pud_offset=0x101000\nconfig pmd_offset=0x101000\nconfig pt_pool_per_vm=0x101000\n",
	"config smmu_pgd_start=0x30000\nconfig smmu_pmd_start=0x30000\nconfig smmu_pool_end=0x30000\n",
	"config pt_pool_start=0\nconfig corevisor=1\nconfig pt_pool_per_vm=0x800000000000\n",
	"config pt_pool_per_vm=0xf0f0f0ef000\n",
	"config smmu_pool_start=0xf0000\n",
	"config smmu_pool_end=0x1000000000000\n",
	"config region=0xffffffff0000:0xffff:0\n",
	"config region=0:0xffffffffffff:none\n",
	"config region=0x40000000:0x1000000000:0\n",
	"config region=0x40000000:0x10000:0xfffff0\n",
	"config region=0x40000000:0x10000:0\nconfig region=0x80000000:0x10000:0x10\n",
	"config region=0x40000000:0x10000:0\nconfig region=0x40000000:0x10000:0\n",
	/* The record that the hidden page would have had is free. */
	"config region=0x40000000:0x10000:0\nconfig region=0x40008000:0x1000:none\nconfig region=0x80000000:0x1000:8\n",
	/* The partial first page has no record, so these two do not meet. */
	"config region=0x40000800:0x1800:5\nconfig region=0x80000000:0x1000:6\n",
	/* Not a single page begins here. */
	"config region=0x40000001:0xffe:0\nconfig region=0x80000000:0x1000:0\n",
	"page pfn=0x4000f owner=16 count=0xffffffff gfn=0xffffffffffffffff\n",
};

static const char *const legal_physical[] = {
	"config region=0xffffff0000:0x10000:0\n",
	"config pt_pool_start=0\nconfig corevisor=1\nconfig pt_pool_per_vm=0x8000000000\n",
	"config smmu_pool_end=0x10000000000\n",
};
/* clang-format on */

static bool parse(struct s2t_trace *trace, const char *lines, struct s2t_error *error)
{
	char text[1024];

	snprintf(text, sizeof(text), V "%s", lines);
	return s2t_trace_parse(trace, S2T_BOARD_FILE, "board", text, strlen(text), error);
}

static void check_refusals(const struct refusal *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct s2t_trace trace;
		struct s2t_error error;
		char message[512];

		snprintf(message, sizeof(message), "board:%s", row[i].message);
		assert_false(parse(&trace, row[i].lines, &error));
		assert_string_equal(error.text, message);
	}
}
#define CHECK(rows) check_refusals(rows, sizeof(rows) / sizeof((rows)[0]))

static void refuses_limits(void **state)
{
	(void)state;
	CHECK(limit_rows);
}

static void refuses_stage2_pools(void **state)
{
	(void)state;
	CHECK(stage2_rows);
}

static void refuses_smmu_pools(void **state)
{
	(void)state;
	CHECK(smmu_rows);
}

static void refuses_regions(void **state)
{
	(void)state;
	CHECK(region_rows);
}

static void refuses_start_pages(void **state)
{
	(void)state;
	CHECK(page_rows);
}

/* One region too many in a file, and in a board that a program made. */
static void refuses_the_32nd_region(void **state)
{
	char lines[32 * 48] = "";
	struct s2t_trace trace;
	struct s2t_error error;
	struct s2t_board board;
	char text[32 * 48 + 32];

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		         "config region=0x4%04x000:0x1000:%u\n", i, i);
	snprintf(text, sizeof(text), V "%s", lines);
	assert_false(s2t_trace_parse(&trace, S2T_BOARD_FILE, "board", text, strlen(text), &error));
	assert_string_equal(error.text, "board:33:8: region number 32; a board has at most 31");
	*strrchr(lines, 'c') = '\0'; /* the last "config" */
	snprintf(text, sizeof(text), V "%s", lines);
	assert_true(s2t_trace_parse(&trace, S2T_BOARD_FILE, "board", text, strlen(text), &error));
	assert_int_equal(trace.board.region_count, 31);
	s2t_trace_free(&trace);
	s2t_board_default(&board);
	board.region_count = 32;
	assert_false(s2t_board_check(&board, &error));
	assert_string_equal(error.text, "32 regions; a board has at most 31");
}

static void accepts_the_edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		struct s2t_trace trace;
		struct s2t_error error;

		if (!parse(&trace, legal[i], &error))
			fail_msg("%s\n%s", error.text, legal[i]);
		s2t_trace_free(&trace);
	}
}

static void refuses_what_40_bits_cannot_hold(void **state)
{
	struct s2t_trace trace;
	struct s2t_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(physical_rows) / sizeof(physical_rows[0]); i++) {
		char message[512];

		snprintf(message, sizeof(message), "board:%s", physical_rows[i].message);
		assert_true(parse(&trace, physical_rows[i].lines, &error));
		assert_true(s2t_board_check(&trace.board, &error));
		assert_false(s2t_board_check_physical(&trace.board, &error));
		assert_string_equal(error.text, strstr(physical_rows[i].message, ": ") + 2);
		assert_false(s2t_trace_check_physical(&trace, "board", &error));
		assert_string_equal(error.text, message);
		s2t_trace_free(&trace);
	}
	for (size_t i = 0; i < sizeof(legal_physical) / sizeof(legal_physical[0]); i++) {
		assert_true(parse(&trace, legal_physical[i], &error));
		assert_true(s2t_trace_check_physical(&trace, "board", &error));
		s2t_trace_free(&trace);
	}
}

/* DESIGN section 7, read once more and written down by hand. */
static void has_the_defaults(void **state)
{
	struct s2t_board b;

	(void)state;
	s2t_board_default(&b);
	assert_string_equal(b.name, "default");
	assert_int_equal(b.region_count, 3);
	assert_true(b.region[0].base == 0x40000000 && b.region[0].size == 0x10000 && b.region[0].index == 0);
	assert_true(b.region[1].base == 0x80000000 && b.region[1].size == 0x400000 &&
	            b.region[1].index == 0x100);
	assert_true(b.region[2].base == 0x90000000 && b.region[2].size == 0x4000 &&
	            b.region[2].index == S2T_NOMAP);
	assert_int_equal(b.corevisor, 16);
	assert_int_equal(b.max_share_count, 100);
	assert_int_equal(b.el2_smmu_cfg_size, 16);
	assert_int_equal(b.smmu_host_offset, 1000000000);
	assert_false(b.host_gfn_zero);
	assert_int_equal(b.pt_pool_start, 65536);
	assert_int_equal(b.pt_pool_per_vm, 33554432);
	assert_int_equal(b.pgd_offset, 4096);
	assert_int_equal(b.pud_offset, 1052672);
	assert_int_equal(b.pmd_offset, 9441280);
	assert_int_equal(b.smmu_pool_start, 65536);
	assert_int_equal(b.smmu_pgd_start, 1114112);
	assert_int_equal(b.smmu_pmd_start, 2162688);
	assert_int_equal(b.smmu_pool_end, 3211264);
	assert_int_equal(b.start_page_count, 0);
	assert_null(b.doracle);
}

static struct s2t_trace named(const char *name)
{
	struct s2t_trace trace;
	struct s2t_error error;

	if (!s2t_trace_load_board(&trace, name, &error))
		fail_msg("%s", error.text);
	if (!s2t_trace_check_physical(&trace, name, &error))
		fail_msg("%s", error.text);
	return trace;
}

static bool same_keys(const struct s2t_board *a, const struct s2t_board *b)
{
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++) {
		if (s2t_board_number(a, (enum s2t_key)key) != s2t_board_number(b, (enum s2t_key)key))
			return false;
	}
	return a->host_gfn_zero == b->host_gfn_zero && a->region_count == b->region_count &&
	       memcmp(a->region, b->region, a->region_count * sizeof(a->region[0])) == 0;
}

static void names_its_boards(void **state)
{
	static const char *const names[] = { "default", "tiny",    "lowlimits", "zeropage",
		                             "overlap", "zerogfn", "odd" };
	struct s2t_board fallback;

	(void)state;
	assert_int_equal(s2t_named_board_count, sizeof(names) / sizeof(names[0]));
	s2t_board_default(&fallback);
	for (size_t i = 0; i < s2t_named_board_count; i++) {
		struct s2t_trace trace = named(names[i]);

		assert_string_equal(s2t_named_boards[i].name, names[i]);
		assert_string_equal(trace.board.name, names[i]);
		assert_int_equal(same_keys(&trace.board, &fallback), i == 0);
		s2t_trace_free(&trace);
	}
}

/* What the boards are for (DESIGN section 7). */
static void boards_are_what_they_are_for(void **state)
{
	struct s2t_trace trace = named("lowlimits");

	(void)state;
	assert_int_equal(trace.board.max_share_count, 3);
	assert_int_equal(trace.board.el2_smmu_cfg_size, 2);
	assert_int_equal(trace.board.smmu_host_offset, 0x10000);
	s2t_trace_free(&trace);

	trace = named("tiny");
	assert_in_range((trace.board.pud_offset - trace.board.pgd_offset) / 4096, 2, 10);
	assert_in_range((trace.board.pmd_offset - trace.board.pud_offset) / 4096, 2, 10);
	assert_in_range((trace.board.pt_pool_per_vm - trace.board.pmd_offset) / 4096, 2, 10);
	assert_in_range((trace.board.smmu_pmd_start - trace.board.smmu_pgd_start) / 4096, 2, 10);
	assert_in_range((trace.board.smmu_pool_end - trace.board.smmu_pmd_start) / 4096, 2, 10);
	s2t_trace_free(&trace);

	trace = named("zeropage");
	assert_int_equal(s2t_board_record_of(&trace.board, 0), 0);
	assert_int_equal(s2t_board_start_page(&trace.board, 0).gfn, trace.board.smmu_host_offset);
	s2t_trace_free(&trace);

	trace = named("zerogfn");
	assert_int_equal(s2t_board_start_page(&trace.board, 0x40003).gfn, 0);
	s2t_trace_free(&trace);

	trace = named("odd");
	assert_true(trace.board.corevisor > 255);
	assert_int_equal(trace.board.region_count, S2T_MAX_REGIONS);
	assert_true(trace.board.start_page_count > 0);
	s2t_trace_free(&trace);
}

/* pfn and its record; NONE: it has none. */
struct record {
	s2t_pfn pfn;
	uint64_t record;
};
#define NONE S2T_NOMAP

static void the_last_region_decides(void **state)
{
	static const struct record overlap[] = {
		{ 0x3ffff, NONE },
		{ 0x40000, 0 },
		{ 0x40008, 8 },
		{ 0x40009, NONE },
		{ 0x4000a, NONE },
		{ 0x4000b, 0xb },
		{ 0x4000d, 0xd },
		{ 0x4000e, 0x40 },
		{ 0x40010, 0x42 },
		{ 0x40011, 0x43 },
		{ 0x40012, NONE },
		{ 0x80000, NONE },
		{ 0x80001, 0x80 },
		{ 0x80003, 0x82 },
		{ 0x80004, 0x100 },
		{ 0x80005, 0x101 },
		{ 0x80006, NONE },
		{ UINT64_MAX, NONE },
		{ UINT64_C(1) << 52 | 0x40000, NONE },
	};
	struct s2t_trace trace = named("overlap");

	(void)state;
	for (size_t i = 0; i < sizeof(overlap) / sizeof(overlap[0]); i++)
		assert_true(s2t_board_record_of(&trace.board, overlap[i].pfn) == overlap[i].record);
	s2t_trace_free(&trace);
}

static void pages_start_with_their_records(void **state)
{
	struct s2t_trace trace;
	struct s2t_error error;
	struct s2t_page page;

	(void)state;
	assert_true(parse(&trace, "page pfn=0x40001 owner=3 count=2 gfn=9\n", &error));
	page = s2t_board_start_page(&trace.board, 0x40001);
	assert_true(page.owner == 3 && page.count == 2 && page.gfn == 9);
	page = s2t_board_start_page(&trace.board, 0x40002);
	assert_true(page.owner == 0 && page.count == 0 && page.gfn == 0x40002 + UINT64_C(1000000000));
	page = s2t_board_start_page(&trace.board, 0x90000);
	assert_true(page.owner == UINT32_MAX && page.count == UINT32_MAX && page.gfn == UINT64_MAX);
	s2t_trace_free(&trace);
}

/* The check by intervals against one that looks at every page, on small boards full of overlaps. */
static bool two_pages_share_a_record(const struct s2t_board *board, s2t_pfn pages)
{
	bool taken[256] = { false };

	for (s2t_pfn pfn = 0; pfn < pages; pfn++) {
		uint64_t record = s2t_board_record_of(board, pfn);

		if (record == S2T_NOMAP)
			continue;
		assert_in_range(record, 0, 255);
		if (taken[record])
			return true;
		taken[record] = true;
	}
	return false;
}

static void checks_records_exactly(void **state)
{
	uint32_t seed = 1;
	unsigned shared = 0, rounds = 20000;

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		struct s2t_board board;
		struct s2t_error error;
		bool share;

		s2t_board_default(&board);
		seed = seed * 1664525 + 1013904223;
		board.region_count = 1 + (seed >> 16) % 5;
		for (uint32_t i = 0; i < board.region_count; i++) {
			uint32_t r[3];

			for (int k = 0; k < 3; k++)
				r[k] = (seed = seed * 1664525 + 1013904223) >> 12;
			board.region[i] = (struct s2t_region){ r[0] % 64 * 1024, r[1] % 64 * 1024,
				                               r[2] % 32 * 4 };
			if (r[2] % 5 == 0)
				board.region[i].index = S2T_NOMAP;
		}
		share = two_pages_share_a_record(&board, 64);
		assert_int_equal(s2t_board_check(&board, &error), !share);
		shared += share;
	}
	assert_in_range(shared, rounds / 10, rounds - rounds / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_limits),
		cmocka_unit_test(refuses_stage2_pools),
		cmocka_unit_test(refuses_smmu_pools),
		cmocka_unit_test(refuses_regions),
		cmocka_unit_test(refuses_start_pages),
		cmocka_unit_test(refuses_the_32nd_region),
		cmocka_unit_test(accepts_the_edges),
		cmocka_unit_test(refuses_what_40_bits_cannot_hold),
		cmocka_unit_test(has_the_defaults),
		cmocka_unit_test(names_its_boards),
		cmocka_unit_test(boards_are_what_they_are_for),
		cmocka_unit_test(the_last_region_decides),
		cmocka_unit_test(pages_start_with_their_records),
		cmocka_unit_test(checks_records_exactly),
	};

	return cmocka_run_group_tests_name("boards", tests, NULL, NULL);
}
