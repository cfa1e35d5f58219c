/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace parser: `config` and `page` lines, and where to point if they do not make a legal board.
 */
#include "trace_parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

static bool refuse_key(struct s2t_parse *parse, const struct s2t_word *word, const struct s2t_word *key)
{
	struct s2t_suggest suggest = s2t_suggest_for(key->at, key->len);
	struct s2t_quote quote = s2t_quote(key);

	if (s2t_word_is(key, "spec"))
		return s2t_scan_refuse(
			&parse->scan, word->at,
			"'spec' is a reserved key, without a meaning in version 1: remove the line");
	for (int k = 0; k < S2T_KEY_COUNT; k++)
		s2t_suggest_offer(&suggest, s2t_key_table[k].name);
	if (suggest.nearest != NULL)
		return s2t_scan_refuse(&parse->scan, word->at, "unknown key '%s'; did you mean '%s'?",
		                       quote.text, suggest.nearest);
	return s2t_scan_refuse(&parse->scan, word->at,
	                       "unknown key '%s'; `s2twin board default` shows them all", quote.text);
}

/* base:size:index; the first such line replaces the default list. */
static bool parse_region(struct s2t_parse *parse, const struct s2t_word *word, const struct s2t_word *value)
{
	struct s2t_trace *trace = parse->trace;
	struct s2t_board *board = &trace->board;
	struct s2t_region region = { 0, 0, S2T_NOMAP };
	struct s2t_word part[3];
	const char *end = value->at + value->len, *at = value->at;

	for (int i = 0; i < 3; i++) {
		const char *colon = i < 2 && at != NULL ? memchr(at, ':', (size_t)(end - at)) : end;

		if (at == NULL || colon == NULL)
			return s2t_scan_refuse(
				&parse->scan, value->at,
				"'%s' is not base:size:index, such as 0x40000000:0x10000:0x0 (or none "
				"for the index)",
				s2t_quote(value).text);
		part[i] = (struct s2t_word){ at, (size_t)(colon - at) };
		at = colon + (i < 2);
	}
	if (!s2t_scan_number(&parse->scan, &part[0], &region.base) ||
	    !s2t_scan_number(&parse->scan, &part[1], &region.size))
		return false;
	if (!s2t_word_is(&part[2], "none")) {
		if (!s2t_scan_number(&parse->scan, &part[2], &region.index))
			return false;
		if (region.index == S2T_NOMAP)
			return s2t_scan_refuse(
				&parse->scan, part[2].at,
				"index '%s' is beyond 2^24; a region without records has the index none",
				s2t_quote(&part[2]).text);
	}
	if (trace->at_key[S2T_KEY_REGION].line == 0)
		board->region_count = 0;
	if (board->region_count == S2T_MAX_REGIONS)
		return s2t_scan_refuse(&parse->scan, word->at, "region number %d; a board has at most %d",
		                       S2T_MAX_REGIONS + 1, S2T_MAX_REGIONS);
	trace->at_region[board->region_count] =
		(struct s2t_position){ parse->scan.line, s2t_scan_column(&parse->scan, word->at) };
	board->region[board->region_count++] = region;
	return true;
}

static bool parse_host_gfn(struct s2t_parse *parse, const struct s2t_word *value)
{
	bool zero = s2t_word_is(value, "zero");

	if (!zero && !s2t_word_is(value, "offset"))
		return s2t_scan_refuse(&parse->scan, value->at, "host_gfn is offset or zero, not '%s'",
		                       s2t_quote(value).text);
	parse->trace->board.host_gfn_zero = zero;
	return true;
}

static bool parse_value(struct s2t_parse *parse, enum s2t_key key, const struct s2t_word *word,
                        const struct s2t_word *value)
{
	struct s2t_position *at = &parse->trace->at_key[key];
	uint64_t number;

	if (key == S2T_KEY_REGION)
		return parse_region(parse, word, value);
	if (at->line != 0)
		return s2t_scan_refuse(&parse->scan, word->at,
		                       "%s is given twice; it stands on line %" PRIu32 " already",
		                       s2t_key_table[key].name, at->line);
	if (key == S2T_KEY_HOST_GFN)
		return parse_host_gfn(parse, value);
	if (!s2t_scan_number(&parse->scan, value, &number))
		return false;
	s2t_board_set_number(&parse->trace->board, key, number);
	return true;
}

bool s2t_parse_config(struct s2t_parse *parse, const struct s2t_word *first)
{
	struct s2t_word word, key, value, more;
	int k = 0;

	if (!s2t_scan_word(&parse->scan, &word))
		return s2t_scan_refuse(&parse->scan, first->at,
		                       "config lacks its key=value; `s2twin board default` shows "
		                       "them all");
	if (!s2t_word_split(&word, &key, &value)) {
		key = word;
		value.len = 0;
	}
	while (k < S2T_KEY_COUNT && !s2t_word_is(&key, s2t_key_table[k].name))
		k++;
	if (k == S2T_KEY_COUNT)
		return refuse_key(parse, &word, &key);
	if (key.len == word.len)
		return s2t_scan_refuse(&parse->scan, word.at,
		                       "'%s' has no value: write %s=VALUE, without blanks",
		                       s2t_key_table[k].name, s2t_key_table[k].name);
	if (!parse_value(parse, (enum s2t_key)k, &word, &value))
		return false;
	if (s2t_scan_word(&parse->scan, &more))
		return s2t_scan_refuse(&parse->scan, more.at, "'%s' is too much: a config line has one key",
		                       s2t_quote(&more).text);
	parse->trace->at_config = (struct s2t_position){ parse->scan.line,
		                                         s2t_scan_column(&parse->scan, word.at) };
	parse->trace->at_key[k] = parse->trace->at_config;
	return true;
}

bool s2t_parse_page(struct s2t_parse *parse, const struct s2t_word *first)
{
	enum { PFN, OWNER, COUNT, GFN, ARGS };
	static const char *const names[ARGS] = { "pfn", "owner", "count", "gfn" };
	struct s2t_board *board = &parse->trace->board;
	size_t used = board->start_page_count, at_room = parse->page_room;
	uint64_t value[ARGS];
	const char *at[ARGS];

	if (!s2t_parse_arguments(parse, first, names, ARGS, value, at, NULL))
		return false;
	for (int i = OWNER; i <= COUNT; i++) {
		if (value[i] > UINT32_MAX)
			return s2t_scan_refuse(&parse->scan, at[i],
			                       "%s is 0x%" PRIx64 ", and has 32 bits: at most 0xffffffff",
			                       names[i], value[i]);
	}
	if (!s2t_parse_grow(parse, &parse->page_at, &at_room, used, sizeof(*parse->page_at)) ||
	    !s2t_parse_grow(parse, &parse->trace->pages, &parse->page_room, used, sizeof(*parse->trace->pages)))
		return false;
	parse->page_at[used] = (struct s2t_page_position){ parse->scan.line,
		                                           s2t_scan_column(&parse->scan, at[PFN]),
		                                           s2t_scan_column(&parse->scan, at[OWNER]) };
	parse->trace->pages[used] = (struct s2t_start_page){
		.pfn = value[PFN],
		.page = { .owner = (uint32_t)value[OWNER], .count = (uint32_t)value[COUNT], .gfn = value[GFN] },
	};
	board->start_page = parse->trace->pages;
	board->start_page_count++;
	return true;
}

/* Of several keys that do not fit together, the one that the file gives last; else its last config line. */
static struct s2t_position blame(const struct s2t_trace *trace, const struct s2t_fault *fault)
{
	struct s2t_position last = { 0, 0 };

	if (fault->what == S2T_FAULT_REGION && trace->at_region[fault->index].line != 0)
		return trace->at_region[fault->index];
	for (int k = 0; fault->what == S2T_FAULT_KEYS && k < S2T_KEY_COUNT; k++) {
		if ((fault->keys & UINT64_C(1) << k) != 0 && trace->at_key[k].line > last.line)
			last = trace->at_key[k];
	}
	return last.line != 0 ? last : trace->at_config;
}

bool s2t_trace_check_physical(const struct s2t_trace *trace, const char *name, struct s2t_error *error)
{
	struct s2t_position at;
	struct s2t_fault fault;
	struct s2t_error plain;

	if (s2t_board_check_physical_at(&trace->board, &fault, &plain))
		return true;
	at = blame(trace, &fault);
	return s2t_refuse_at(error, name, at.line, at.column, "%s", plain.text);
}

/* A page line by its page, then by where it stands. */
struct page_line {
	s2t_pfn pfn;
	size_t index;
};

static int by_page(const void *a, const void *b)
{
	const struct page_line *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn > y->pfn ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

static bool check_duplicates(struct s2t_parse *parse)
{
	size_t count = parse->trace->board.start_page_count, second = SIZE_MAX, first = 0;
	struct page_line *lines;

	if (count == 0)
		return true;
	lines = malloc(count * sizeof(*lines));
	if (lines == NULL) {
		(void)s2t_refuse_at(parse->error, parse->scan.name, parse->scan.line, 1, "out of memory");
		parse->error->resource = true;
		return false;
	}
	for (size_t i = 0; i < count; i++)
		lines[i] = (struct page_line){ parse->trace->pages[i].pfn, i };
	qsort(lines, count, sizeof(*lines), by_page);
	for (size_t i = 1; i < count; i++) {
		if (lines[i].pfn == lines[i - 1].pfn && lines[i].index < second) {
			second = lines[i].index;
			first = lines[i - 1].index;
		}
	}
	free(lines);
	if (second == SIZE_MAX)
		return true;
	return s2t_refuse_at(parse->error, parse->scan.name, parse->page_at[second].line,
	                     parse->page_at[second].pfn_column,
	                     "page 0x%" PRIx64 " is given twice; it stands on line %" PRIu32 " already",
	                     parse->trace->pages[second].pfn, parse->page_at[first].line);
}

bool s2t_parse_check_board(struct s2t_parse *parse)
{
	struct s2t_fault fault;
	struct s2t_error plain;
	struct s2t_position at;

	if (!check_duplicates(parse))
		return false;
	if (s2t_board_check_at(&parse->trace->board, &fault, &plain))
		return true;
	if (fault.what == S2T_FAULT_PAGE || fault.what == S2T_FAULT_OWNER) {
		const struct s2t_page_position *page = &parse->page_at[fault.index];

		at = (struct s2t_position){ page->line, fault.what == S2T_FAULT_PAGE ? page->pfn_column
			                                                             : page->owner_column };
	} else {
		at = blame(parse->trace, &fault);
	}
	(void)s2t_refuse_at(parse->error, parse->scan.name, at.line, at.column, "%s", plain.text);
	parse->error->resource = plain.resource;
	return false;
}
