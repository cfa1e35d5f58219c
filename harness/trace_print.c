/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace printer: the shortest text that parses to the same board and calls.
 */
#include <inttypes.h>
#include <string.h>

#include "extra.h"
#include "trace.h"

/* Frames, addresses and descriptors read best in hex, small numbers in decimal. */
static bool in_hex(enum s2t_arg_kind kind)
{
	return s2t_arg_bits(kind) == 64 && kind != S2T_ARG_HVC && kind != S2T_ARG_PAGES;
}

int s2t_call_print(char *buf, size_t size, const struct s2t_call *call)
{
	return s2t_call_print_for(buf, size, NULL, call);
}

int s2t_call_print_for(char *buf, size_t size, const struct s2t_iut_ops *iut, const struct s2t_call *call)
{
	struct s2t_op_info row;
	const struct s2t_op_info *info = s2t_op_row(iut, call->op, &row);
	int len = snprintf(buf, size, "%s", info->name);

	for (unsigned i = 0; i < info->arg_count; i++) {
		const bool room = (size_t)len < size;

		len += snprintf(room ? buf + len : NULL, room ? size - (size_t)len : 0,
		                in_hex(info->arg[i].kind) ? " %s=0x%" PRIx64 : " %s=%" PRIu64,
		                info->arg[i].name, call->arg[i]);
	}
	return len;
}

/* Each line of the comment becomes a comment line; what a trace may not hold becomes a question mark. */
static void print_comment(FILE *out, const char *comment)
{
	bool line_start = true;

	for (const char *c = comment; *c != '\0'; c++) {
		if (line_start)
			fputs(*c == '\n' ? "#" : "# ", out);
		line_start = *c == '\n';
		if (*c == '\n' || *c == '\t' || (*c >= 0x20 && *c < 0x7f))
			putc(*c, out);
		else
			putc('?', out);
	}
	if (!line_start)
		putc('\n', out);
}

static void print_region(FILE *out, const struct s2t_region *region)
{
	fprintf(out, "config region=0x%" PRIx64 ":0x%" PRIx64 ":", region->base, region->size);
	if (region->index == S2T_NOMAP)
		fputs("none\n", out);
	else
		fprintf(out, "0x%" PRIx64 "\n", region->index);
}

static void print_regions(FILE *out, const struct s2t_board *board, const struct s2t_board *fallback)
{
	static const struct s2t_region empty = { 0, 0, S2T_NOMAP };
	bool same = board->region_count == fallback->region_count;

	for (uint32_t i = 0; same && i < board->region_count; i++) {
		const struct s2t_region *a = &board->region[i], *b = &fallback->region[i];

		same = a->base == b->base && a->size == b->size && a->index == b->index;
	}
	if (same)
		return;
	for (uint32_t i = 0; i < board->region_count; i++)
		print_region(out, &board->region[i]);
	if (board->region_count == 0)
		print_region(out, &empty);
}

static void print_board(FILE *out, const struct s2t_board *board)
{
	struct s2t_board fallback;

	s2t_board_default(&fallback);
	print_regions(out, board, &fallback);
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++) {
		const struct s2t_key_info *info = &s2t_key_table[key];
		uint64_t value = s2t_board_number(board, (enum s2t_key)key);
		bool hex = strncmp(info->fallback, "0x", 2) == 0;

		if (value != info->number)
			fprintf(out, hex ? "config %s=0x%" PRIx64 "\n" : "config %s=%" PRIu64 "\n", info->name,
			        value);
	}
	if (board->host_gfn_zero)
		fputs("config host_gfn=zero\n", out);
	for (size_t i = 0; i < board->start_page_count; i++) {
		const struct s2t_start_page *page = &board->start_page[i];

		fprintf(out, "page pfn=0x%" PRIx64 " owner=%" PRIu32 " count=%" PRIu32 " gfn=0x%" PRIx64 "\n",
		        page->pfn, page->page.owner, page->page.count, page->page.gfn);
	}
}

static void print_expect(FILE *out, const struct s2t_expect *expect)
{
	if (!expect->given)
		return;
	fprintf(out, " expect outcome=%s", s2t_outcome_name(expect->outcome));
	if (expect->has_ret)
		fprintf(out, " ret=0x%" PRIx64, expect->ret);
}

static bool print_trace(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_board *board,
                        const struct s2t_call *call, const struct s2t_expect *expect, size_t count,
                        const char *comment)
{
	fputs("s2twin-trace 1\n", out);
	if (comment != NULL)
		print_comment(out, comment);
	print_board(out, board);
	for (size_t i = 0; i < count; i++) {
		char line[256];

		(void)s2t_call_print_for(line, sizeof(line), iut, &call[i]);
		fputs(line, out);
		if (expect != NULL)
			print_expect(out, &expect[i]);
		putc('\n', out);
	}
	return !ferror(out);
}

bool s2t_trace_print(FILE *out, const struct s2t_board *board, const struct s2t_call *call, size_t count,
                     const char *comment)
{
	return print_trace(out, NULL, board, call, NULL, count, comment);
}

bool s2t_trace_print_for(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_board *board,
                         const struct s2t_call *call, size_t count, const char *comment)
{
	return print_trace(out, iut, board, call, NULL, count, comment);
}

bool s2t_trace_print_expecting(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_board *board,
                               const struct s2t_call *call, const struct s2t_expect *expect, size_t count,
                               const char *comment)
{
	return print_trace(out, iut, board, call, expect, count, comment);
}
