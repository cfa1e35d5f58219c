/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces: every refusal of the parser with its message, what it accepts, and that printing and parsing are
 * inverse to each other. Refusals of boards are in test_boards.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "optable.h"
#include "trace.h"

#define V  "s2twin-trace 1\n"
#define OP "map_page_host addr=0x40000000\n"

/* A text, NULs and all, and the refusal that it gets, after "trace:". */
struct refusal {
	const char *text;
	size_t len;
	const char *message;
};
#define ROW(text, message)                                                                                     \
	{                                                                                                      \
		text, sizeof(text) - 1, message                                                                \
	}

/* clang-format off */
static const struct refusal version_rows[] = {
	ROW("", "1:1: the file is empty; a trace begins with the line 's2twin-trace 1'"),
	ROW(OP, "1:1: the first line must be exactly 's2twin-trace 1', and it is 'map_page_host addr=0x40000000'"),
	ROW("\n" V OP, "1:1: the first line must be exactly 's2twin-trace 1', and it is ''"),
	ROW("# c\n" V OP, "1:1: the first line must be exactly 's2twin-trace 1', and it is '# c'"),
	ROW(" " V OP, "1:1: the first line must be exactly 's2twin-trace 1', and it is ' s2twin-trace 1'"),
	ROW("s2twin-trace 1 # c\n" OP, "1:1: the first line must be exactly 's2twin-trace 1', and it is 's2twin-trace 1 # c'"),
	ROW("s2twin-trace\n" OP, "1:1: the first line must be exactly 's2twin-trace 1', and it is 's2twin-trace'"),
	ROW("s2twin-trace 2\n" OP, "1:14: trace version '2' is not understood; this s2twin understands version 1"),
	ROW("s2twin-trace 01\n" OP, "1:14: trace version '01' is not understood; this s2twin understands version 1"),
	ROW("\xef\xbb\xbf" V OP, "1:1: the file begins with a byte order mark: save it as UTF-8 without one"),
	ROW("s2twin-trace 1", "1:15: the last line does not end with LF, so the file is truncated: complete it, or add the line end"),
};

static const struct refusal text_rows[] = {
	ROW("\x7f" "ELF\x02\x01\0\n", "1:1: control byte 0x7f: a trace is text, not binary"),
	ROW(V "map_page_host\0 addr=1\n", "2:14: control byte 0x00: a trace is text, not binary"),
	ROW(V "# \x1b[31m\n" OP, "2:3: control byte 0x1b: a trace is text, not binary"),
	ROW(V "map_page_host\raddr=0\n", "2:14: control byte 0x0d: a trace is text, not binary"),
	ROW(V "# caf\xe9\n" OP, "2:6: byte 0xe9 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xc0\xaf\n" OP, "2:3: byte 0xc0 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xe0\x80\xaf\n" OP, "2:3: byte 0xe0 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xed\xa0\x80\n" OP, "2:3: byte 0xed is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xf0\x80\x80\x80\n" OP, "2:3: byte 0xf0 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xf4\x90\x80\x80\n" OP, "2:3: byte 0xf4 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xf5\x80\x80\x80\n" OP, "2:3: byte 0xf5 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xe2\x82\n" OP, "2:3: byte 0xe2 is not UTF-8: a trace is text, not binary"),
	ROW(V "# \xe2\x82(\n" OP, "2:3: byte 0xe2 is not UTF-8: a trace is text, not binary"),
	ROW("s2twin-trace 1\r\n" OP, "1:15: the line ends with CR LF, and a trace has LF alone: convert the file, for example with tr -d '\\r'"),
	ROW(V "map_page_host addr=0\r\n", "2:21: the line ends with CR LF, and a trace has LF alone: convert the file, for example with tr -d '\\r'"),
	ROW(V "map_page_host addr=0x4000", "2:26: the last line does not end with LF, so the file is truncated: complete it, or add the line end"),
	ROW(V OP "# the end", "3:10: the last line does not end with LF, so the file is truncated: complete it, or add the line end"),
};

static const struct refusal operation_rows[] = {
	ROW(V, "2:1: no operation; a trace has at least one, and `s2twin spec` lists them"),
	ROW(V "config corevisor=4\n\n", "4:1: no operation; a trace has at least one, and `s2twin spec` lists them"),
	ROW(V "map_page_hots addr=0\n", "2:1: unknown operation 'map_page_hots'; did you mean 'map_page_host'?"),
	ROW(V "frobnicate addr=0\n", "2:1: unknown operation 'frobnicate'; `s2twin spec` lists them, and run, replay, shrink, explain and promote also know those that the plug-in of --iut declares"),
	ROW(V "MAP_PAGE_HOST addr=0\n", "2:1: unknown operation 'MAP_PAGE_HOST'; `s2twin spec` lists them, and run, replay, shrink, explain and promote also know those that the plug-in of --iut declares"),
	ROW(V "map_page_hos addr=0\n", "2:1: unknown operation 'map_page_hos'; did you mean 'map_page_host'?"),
	ROW(V "conifg corevisor=4\n" OP, "2:1: unknown operation 'conifg'; did you mean 'config'?"),
	ROW(V "pgae pfn=0 owner=0 count=0 gfn=0\n" OP, "2:1: unknown operation 'pgae'; did you mean 'page'?"),
	ROW(V "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", "2:1: unknown operation 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'; `s2twin spec` lists them, and run, replay, shrink, explain and promote also know those that the plug-in of --iut declares"),
	ROW(V "caf\xc3\xa9 addr=0\n", "2:1: unknown operation 'caf\\xc3\\xa9'; `s2twin spec` lists them, and run, replay, shrink, explain and promote also know those that the plug-in of --iut declares"),
	ROW(V "\t  map_page_host addr=0 adr=0\n", "2:25: map_page_host has no argument 'adr'; did you mean 'addr'?"),
	ROW(V OP "expect outcome=ok\n", "3:1: 'expect' belongs behind the arguments of an operation, on its line"),
	ROW(V "map_page_host addr=0 expect\n", "2:1: expect lacks outcome=, which is ok, panic or undefined"),
	ROW(V "map_page_host expect outcome=ok\n", "2:1: map_page_host lacks addr=; it takes addr"),
	ROW(V "map_page_host addr=0 expect outcome=crash\n", "2:37: the model's outcome is ok, panic or undefined, and never 'crash'"),
	ROW(V "map_page_host addr=0 expect outcome=ok ret=0\n", "2:40: map_page_host returns no value: remove ret"),
	ROW(V "map_page_host addr=0 expect outcome=ok outcome=ok\n", "2:40: 'outcome=ok' is not expected here; behind expect stand outcome= and, where a value is returned, ret=, each once"),
	ROW(V "map_page_host addr=0 expect outcome\n", "2:29: 'outcome' is not expected here; behind expect stand outcome= and, where a value is returned, ret=, each once"),
	ROW(V "walk_s2pt vmid=0 addr=0 expect outcome=ok ret=x\n", "2:47: 'x' is not a number: decimal, or 0x and hexadecimal digits"),
	ROW(V "walk_s2pt vmid=0 addr=0 expect outcome=undefined ret=0\n", "2:1: what is undefined returns no value: remove ret"),
	ROW(V "walk_s2pt vmid=0 addr=0 expect outcome=ok vmid=0\n", "2:43: 'vmid=0' is not expected here; behind expect stand outcome= and, where a value is returned, ret=, each once"),
	ROW(V "map_page_host\n", "2:1: map_page_host lacks addr=; it takes addr"),
	ROW(V "map_pfn_vm vmid=1 addr=0 pte=0\n", "2:1: map_pfn_vm lacks level=; it takes vmid addr pte level"),
	ROW(V "map_page_host addr=0 vmid=1\n", "2:22: map_page_host has no argument 'vmid'; it takes addr"),
	ROW(V "map_page_host addr=0 addr=0\n", "2:22: addr is given twice"),
	ROW(V "map_page_host addr\n", "2:15: 'addr' has no value: write addr=NUMBER, without blanks"),
	ROW(V "map_page_host addr = 0\n", "2:15: 'addr' has no value: write addr=NUMBER, without blanks"),
	ROW(V "map_page_host =0\n", "2:15: map_page_host has no argument ''; it takes addr"),
	ROW(V "map_page_host 0x40000000\n", "2:15: map_page_host has no argument '0x40000000'; it takes addr"),
	ROW(V "map_page_host # addr=0\n", "2:1: map_page_host lacks addr=; it takes addr"),
};

#define NUMBER(digits, message) ROW(V "map_page_host addr=" digits "\n", "2:20: " message)
static const struct refusal number_rows[] = {
	NUMBER("", "a number is missing here: decimal, or 0x and hexadecimal digits"),
	NUMBER("-1", "'-1' is negative, and numbers are 0 to 0xffffffffffffffff"),
	NUMBER("0x", "'0x' is not a number: hexadecimal digits are missing"),
	NUMBER("0X10", "'0X10' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("1f", "'1f' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("0x1g", "'0x1g' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("+1", "'+1' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("1.5", "'1.5' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("1,", "'1,' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("1k", "'1k' is not a number: decimal, or 0x and hexadecimal digits"),
	NUMBER("0x10000000000000000", "'0x10000000000000000' has more than 64 bits; the largest number is 0xffffffffffffffff"),
	NUMBER("18446744073709551616", "'18446744073709551616' has more than 64 bits; the largest number is 0xffffffffffffffff"),
	NUMBER("18446744073709551620", "'18446744073709551620' has more than 64 bits; the largest number is 0xffffffffffffffff"),
	NUMBER("99999999999999999999999999999999999999999", "'9999999999999999999999999999999999999999...' has more than 64 bits; the largest number is 0xffffffffffffffff"),
};

#define REGION(text, message) ROW(V "config region=" text "\n" OP, message)
#define PAGE(text, message)   ROW(V "page " text "\n" OP, message)
static const struct refusal config_rows[] = {
	ROW(V "config\n" OP, "2:1: config lacks its key=value; `s2twin board default` shows them all"),
	ROW(V "config max_shared_count=3\n" OP, "2:8: unknown key 'max_shared_count'; did you mean 'max_share_count'?"),
	ROW(V "config colour=3\n" OP, "2:8: unknown key 'colour'; `s2twin board default` shows them all"),
	ROW(V "config spec=low\n" OP, "2:8: 'spec' is a reserved key, without a meaning in version 1: remove the line"),
	ROW(V "config spec\n" OP, "2:8: 'spec' is a reserved key, without a meaning in version 1: remove the line"),
	ROW(V "config corevisor\n" OP, "2:8: 'corevisor' has no value: write corevisor=VALUE, without blanks"),
	ROW(V "config corevisor=\n" OP, "2:18: a number is missing here: decimal, or 0x and hexadecimal digits"),
	ROW(V "config corevisor=x\n" OP, "2:18: 'x' is not a number: decimal, or 0x and hexadecimal digits"),
	ROW(V "config corevisor=4 max_share_count=3\n" OP, "2:20: 'max_share_count=3' is too much: a config line has one key"),
	ROW(V "config corevisor=4\nconfig corevisor=4\n" OP, "3:8: corevisor is given twice; it stands on line 2 already"),
	ROW(V "config host_gfn=zero\n\nconfig host_gfn=zero\n" OP, "4:8: host_gfn is given twice; it stands on line 2 already"),
	ROW(V "config host_gfn=1\n" OP, "2:17: host_gfn is offset or zero, not '1'"),
	ROW(V OP "config corevisor=4\n", "3:1: config stands after the first operation, which is on line 2: move it before that"),
	ROW(V OP "page pfn=0x40001 owner=0 count=0 gfn=0\n", "3:1: page stands after the first operation, which is on line 2: move it before that"),
	REGION("", "2:15: '' is not base:size:index, such as 0x40000000:0x10000:0x0 (or none for the index)"),
	REGION("0x40000000:0x10000", "2:15: '0x40000000:0x10000' is not base:size:index, such as 0x40000000:0x10000:0x0 (or none for the index)"),
	REGION("0x40000000:0x10000:0:0", "2:34: '0:0' is not a number: decimal, or 0x and hexadecimal digits"),
	REGION("0x40000000::0", "2:26: a number is missing here: decimal, or 0x and hexadecimal digits"),
	REGION("0x40000000:0x10000:", "2:34: a number is missing here: decimal, or 0x and hexadecimal digits"),
	REGION("0x40000000:0x10000:all", "2:34: 'all' is not a number: decimal, or 0x and hexadecimal digits"),
	REGION("none:0x10000:0", "2:15: 'none' is not a number: decimal, or 0x and hexadecimal digits"),
	REGION("0x40000000:-1:0", "2:26: '-1' is negative, and numbers are 0 to 0xffffffffffffffff"),
	REGION("0x40000000:0x10000:0xffffffffffffffff", "2:34: index '0xffffffffffffffff' is beyond 2^24; a region without records has the index none"),
	PAGE("", "2:1: page lacks pfn=; it takes pfn owner count gfn"),
	PAGE("pfn=0x40001 owner=0 count=0", "2:1: page lacks gfn=; it takes pfn owner count gfn"),
	PAGE("pfn=0x40001 owner=0 count=0 gfn=0 gfn=0", "2:40: gfn is given twice"),
	PAGE("pfn=0x40001 owner=0 cuont=0 gfn=0", "2:26: page has no argument 'cuont'; did you mean 'count'?"),
	PAGE("pfn=0x40001 owner=0 count=0x100000000 gfn=0", "2:26: count is 0x100000000, and has 32 bits: at most 0xffffffff"),
	PAGE("pfn=0x40001 owner=0x100000000 count=0 gfn=0", "2:18: owner is 0x100000000, and has 32 bits: at most 0xffffffff"),
	ROW(V "page pfn=0x40001 owner=1 count=0 gfn=0\npage pfn=0x40002 owner=1 count=0 gfn=0\npage gfn=0 count=1 owner=2 pfn=0x40001\n" OP,
	    "4:28: page 0x40001 is given twice; it stands on line 2 already"),
	ROW(V "page pfn=0x40001 owner=1 count=0 gfn=0\npage pfn=0x40002 owner=1 count=0 gfn=0\n"
	    "page pfn=0x40001 owner=1 count=0 gfn=0\npage pfn=0x40002 owner=1 count=0 gfn=0\n" OP,
	    "4:6: page 0x40001 is given twice; it stands on line 2 already"),
};
/* clang-format on */

static void check_refusals(const struct refusal *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct s2t_trace trace;
		struct s2t_error error;
		char message[1200];

		snprintf(message, sizeof(message), "trace:%s", row[i].message);
		assert_false(s2t_trace_parse(&trace, S2T_TRACE, "trace", row[i].text, row[i].len, &error));
		assert_string_equal(error.text, message);
		assert_false(error.resource);
	}
}
#define CHECK(rows) check_refusals(rows, sizeof(rows) / sizeof((rows)[0]))

static void refuses_versions(void **state)
{
	(void)state;
	CHECK(version_rows);
}

static void refuses_what_is_no_text(void **state)
{
	(void)state;
	CHECK(text_rows);
}

static void refuses_operations(void **state)
{
	(void)state;
	CHECK(operation_rows);
}

static void refuses_numbers(void **state)
{
	(void)state;
	CHECK(number_rows);
}

static void refuses_config_and_page_lines(void **state)
{
	(void)state;
	CHECK(config_rows);
}

static void refuses_files(void **state)
{
	static const char missing[] = "no-such-folder/no-such.trace";
	struct s2t_trace trace;
	struct s2t_error error;

	(void)state;
	assert_false(s2t_trace_load(&trace, S2T_TRACE, missing, &error));
	assert_string_equal(error.text,
	                    "no-such-folder/no-such.trace:1:1: cannot read this file: No such file or "
	                    "directory");
	assert_false(s2t_trace_load(&trace, S2T_TRACE, "/", &error));
	assert_string_equal(error.text, "/:1:1: cannot read this file: Is a directory");
	assert_false(s2t_trace_load_board(&trace, "no-such-board", &error));
	assert_string_equal(error.text,
	                    "no-such-board:1:1: neither a board that comes with s2twin (`s2twin board` "
	                    "lists them) nor a file");
}

/* A long name must not push the sentence out of the message, nor a control byte in it reach the terminal. */
static void cuts_file_names(void **state)
{
	struct s2t_trace trace;
	struct s2t_error error;
	char name[3000];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 3] = '\x1b';
	name[sizeof(name) - 1] = '\0';
	assert_false(s2t_trace_parse(&trace, S2T_TRACE, name, V, sizeof(V) - 1, &error));
	assert_memory_equal(error.text, "...nnn", 6);
	assert_non_null(strstr(error.text, "nn?n:2:1: no operation; a trace has at least one"));
}

static struct s2t_trace parse(enum s2t_trace_kind kind, const char *text)
{
	struct s2t_trace trace;
	struct s2t_error error;

	if (!s2t_trace_parse(&trace, kind, "dir/test.trace", text, strlen(text), &error))
		fail_msg("%s", error.text);
	return trace;
}

static void accepts_the_grammar(void **state)
{
	struct s2t_trace trace = parse(S2T_TRACE,
	                               V "# gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x99\x82\n"
	                                 "\n \t\n"
	                                 "config\tregion=0x40000000:65536:none# first\n"
	                                 "config region=4096:0x1000:007\n"
	                                 "  config host_gfn=zero   # start values only\n"
	                                 "page gfn=0xFFFFFFFFFFFFFFFF count=4294967295 owner=0x1 pfn=1\n"
	                                 "\tmap_pfn_vm level=3 pte=0x00000000000000000000aBcDeF "
	                                 "addr=18446744073709551615 vmid=1#x\n" OP);

	(void)state;
	assert_int_equal(trace.board.region_count, 2);
	assert_int_equal(trace.board.region[0].size, 65536);
	assert_true(trace.board.region[0].index == S2T_NOMAP);
	assert_int_equal(trace.board.region[1].index, 7);
	assert_true(trace.board.host_gfn_zero);
	assert_string_equal(trace.board.name, "test.trace");
	assert_int_equal(trace.board.start_page_count, 1);
	assert_true(trace.board.start_page[0].page.gfn == UINT64_MAX);
	assert_true(trace.board.start_page[0].page.count == UINT32_MAX);
	assert_int_equal(trace.count, 2);
	assert_int_equal(trace.call[0].op, S2T_OP_MAP_PFN_VM);
	assert_int_equal(trace.call[0].arg[0], 1);
	assert_true(trace.call[0].arg[1] == UINT64_MAX);
	assert_int_equal(trace.call[0].arg[2], 0xabcdef);
	assert_int_equal(trace.call[0].arg[3], 3);
	assert_int_equal(trace.line[0], 9);
	assert_int_equal(trace.line[1], 10);
	s2t_trace_free(&trace);

	trace = parse(S2T_BOARD_FILE, V);
	assert_string_equal(trace.board.name, "default");
	assert_int_equal(trace.count, 0);
	s2t_trace_free(&trace);
}

static void prints_calls(void **state)
{
	const struct s2t_call call = { S2T_OP_UPDATE_SMMU_PAGE, { 1, 7, 1, 0x7000, 0x40001fff } };
	char text[128], small[8];
	int len = s2t_call_print(text, sizeof(text), &call);

	(void)state;
	assert_string_equal(text, "update_smmu_page vmid=1 cbndx=7 index=1 iova=0x7000 pte=0x40001fff");
	assert_int_equal(len, strlen(text));
	assert_int_equal(s2t_call_print(small, sizeof(small), &call), len);
	assert_string_equal(small, "update_");
}

/* SplitMix64: numbers for the round trips. */
static uint64_t next_number(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool coin(uint64_t *seed)
{
	return (next_number(seed) & 1) != 0;
}

enum { CALLS = 40, PAGES = 8 };

/* A legal board that differs from the defaults here and there; `pages` become its start pages. */
static struct s2t_board random_board(uint64_t *seed, struct s2t_start_page *pages)
{
	struct s2t_board board;

	s2t_board_default(&board);
	if (coin(seed)) {
		board.region_count = 1 + (uint32_t)(next_number(seed) % S2T_MAX_REGIONS);
		for (uint32_t i = 0; i < board.region_count; i++) {
			board.region[i] =
				(struct s2t_region){ (5 + i) * UINT64_C(0x10000000) + next_number(seed) % 4096,
				                     next_number(seed) % 0x100000, i * 0x200 };
			if (i > 0 && coin(seed))
				board.region[i].index = S2T_NOMAP;
		}
		board.region[0] = (struct s2t_region){ 0x40000000, 0x10000, 0 };
	}
	board.corevisor = coin(seed) ? 1 + next_number(seed) % 64 : board.corevisor;
	board.max_share_count = coin(seed) ? next_number(seed) >> 32 : board.max_share_count;
	board.el2_smmu_cfg_size = coin(seed) ? next_number(seed) >> 32 : board.el2_smmu_cfg_size;
	board.smmu_host_offset = coin(seed) ? next_number(seed) >> 1 : board.smmu_host_offset;
	board.host_gfn_zero = coin(seed);
	board.pt_pool_start += coin(seed) ? 0x5000 : 0;
	board.pmd_offset += coin(seed) ? 0x3000 : 0;
	board.smmu_pmd_start += coin(seed) ? 0x2000 : 0;
	board.start_page = pages;
	for (size_t i = 0; i < PAGES && coin(seed); i++) {
		pages[i] = (struct s2t_start_page){ 0x40000 + i,
			                            { (uint32_t)(next_number(seed) % (board.corevisor + 1)),
			                              (uint32_t)next_number(seed), next_number(seed) } };
		if (s2t_board_record_of(&board, pages[i].pfn) != S2T_NOMAP)
			board.start_page_count = i + 1;
	}
	return board;
}

static struct s2t_call random_call(uint64_t *seed)
{
	struct s2t_call call = { (uint32_t)(next_number(seed) % S2T_OP_COUNT), { 0 } };

	for (unsigned i = 0; i < s2t_op_table[call.op].arg_count; i++)
		call.arg[i] = next_number(seed) >> (next_number(seed) % 64);
	return call;
}

static void assert_same_board(const struct s2t_board *a, const struct s2t_board *b)
{
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++)
		assert_true(s2t_board_number(a, (enum s2t_key)key) == s2t_board_number(b, (enum s2t_key)key));
	assert_int_equal(a->host_gfn_zero, b->host_gfn_zero);
	assert_int_equal(a->region_count, b->region_count);
	assert_memory_equal(a->region, b->region, a->region_count * sizeof(a->region[0]));
	assert_int_equal(a->start_page_count, b->start_page_count);
	for (size_t i = 0; i < a->start_page_count; i++) {
		const struct s2t_start_page *x = &a->start_page[i], *y = &b->start_page[i];

		assert_true(x->pfn == y->pfn && x->page.owner == y->page.owner &&
		            x->page.count == y->page.count && x->page.gfn == y->page.gfn);
	}
}

static char *print_trace(const struct s2t_board *board, const struct s2t_call *call, size_t count,
                         const char *comment)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_true(s2t_trace_print(out, board, call, count, comment));
	assert_int_equal(fclose(out), 0);
	return text;
}

static void prints_what_it_parses(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct s2t_start_page pages[PAGES];
		struct s2t_board board = random_board(&seed, pages);
		struct s2t_call call[CALLS];
		size_t count = 1 + next_number(&seed) % CALLS;
		struct s2t_trace trace;
		struct s2t_error error;
		char *text, *again;

		for (size_t i = 0; i < count; i++)
			call[i] = random_call(&seed);
		text = print_trace(&board, call, count, "two lines\nwith \x1b and\ttab");
		if (!s2t_trace_parse(&trace, S2T_TRACE, "trace", text, strlen(text), &error))
			fail_msg("%s\n%s", error.text, text);
		assert_same_board(&board, &trace.board);
		assert_int_equal(trace.count, count);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(trace.call[i].op, call[i].op);
			assert_memory_equal(trace.call[i].arg, call[i].arg, sizeof(call[i].arg));
		}
		again = print_trace(&trace.board, trace.call, trace.count, "two lines\nwith ? and\ttab");
		assert_string_equal(text, again);
		s2t_trace_free(&trace);
		free(again);
		free(text);
	}
}

static void prints_only_what_differs(void **state)
{
	struct s2t_call call = { S2T_OP_GRANT_VM_PAGE, { 1, 0x40001 } };
	struct s2t_board board;
	char *text;

	(void)state;
	s2t_board_default(&board);
	text = print_trace(&board, &call, 1, NULL);
	assert_string_equal(text, V "grant_vm_page vmid=1 pfn=0x40001\n");
	free(text);
	board.max_share_count = 3;
	board.pmd_offset = 0x902000;
	board.host_gfn_zero = true;
	text = print_trace(&board, &call, 1, "seed 1\n\nboard x");
	assert_string_equal(text,
	                    V "# seed 1\n#\n# board x\nconfig max_share_count=3\nconfig pmd_offset=0x902000\n"
	                      "config host_gfn=zero\ngrant_vm_page vmid=1 pfn=0x40001\n");
	free(text);
	board.region_count = 0;
	text = print_trace(&board, &call, 1, NULL);
	assert_non_null(strstr(text, "config region=0x0:0x0:none\n"));
	free(text);
}

/* What stands behind `expect` is kept, and printed as it was. */
static void keeps_expectations(void **state)
{
	static const char text[] = V "map_page_host addr=0x0 expect outcome=panic\n"
				     "walk_s2pt vmid=0 addr=0x0 expect outcome=ok ret=0x3\n"
				     "walk_s2pt vmid=17 addr=0x0 expect outcome=undefined\n"
				     "map_page_host addr=0x1000\n";
	struct s2t_trace trace;
	struct s2t_error error;
	char *again = NULL;
	size_t len;

	(void)state;
	if (!s2t_trace_parse(&trace, S2T_TRACE, "trace", text, strlen(text), &error))
		fail_msg("%s", error.text);
	assert_true(trace.has_expect);
	assert_true(trace.expect[0].given && trace.expect[0].outcome == S2T_PANIC && !trace.expect[0].has_ret);
	assert_true(trace.expect[1].given && trace.expect[1].outcome == S2T_OK && trace.expect[1].has_ret);
	assert_int_equal(trace.expect[1].ret, 3);
	assert_true(trace.expect[2].given && trace.expect[2].outcome == S2T_UNDEFINED);
	assert_false(trace.expect[3].given);
	FILE *out = open_memstream(&again, &len);

	assert_non_null(out);
	assert_true(s2t_trace_print_expecting(out, NULL, &trace.board, trace.call, trace.expect, trace.count,
	                                      NULL));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, again);
	free(again);
	s2t_trace_free(&trace);
}

static void reports_write_errors(void **state)
{
	struct s2t_board board;
	FILE *out = fopen("/dev/null", "r"); /* cannot be written */

	(void)state;
	assert_non_null(out);
	s2t_board_default(&board);
	assert_false(s2t_trace_print(out, &board, NULL, 0, NULL));
	fclose(out);
}

/* A file larger than any buffer of the reader. */
static void loads_large_files(void **state)
{
	enum { LINES = 200000 };
	const char *folder = getenv("S2T_SCRATCH");
	char path[4096];
	struct s2t_trace trace;
	struct s2t_error error;
	FILE *out;

	(void)state;
	snprintf(path, sizeof(path), "%s/large-%ld.trace", folder != NULL ? folder : "/tmp", (long)getpid());
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(V, out);
	for (int i = 0; i < LINES; i++)
		fprintf(out, "map_page_host addr=0x%x000\n", i);
	assert_int_equal(fclose(out), 0);
	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
		fail_msg("%s", error.text);
	assert_int_equal(trace.count, LINES);
	assert_int_equal(trace.call[LINES - 1].arg[0], (LINES - 1) * UINT64_C(4096));
	assert_int_equal(trace.line[LINES - 1], LINES + 1);
	s2t_trace_free(&trace);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_versions),
		cmocka_unit_test(refuses_what_is_no_text),
		cmocka_unit_test(refuses_operations),
		cmocka_unit_test(refuses_numbers),
		cmocka_unit_test(refuses_config_and_page_lines),
		cmocka_unit_test(refuses_files),
		cmocka_unit_test(cuts_file_names),
		cmocka_unit_test(accepts_the_grammar),
		cmocka_unit_test(prints_calls),
		cmocka_unit_test(prints_what_it_parses),
		cmocka_unit_test(prints_only_what_differs),
		cmocka_unit_test(keeps_expectations),
		cmocka_unit_test(reports_write_errors),
		cmocka_unit_test(loads_large_files),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
