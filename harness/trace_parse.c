/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace parser: the version line, the operations, and the order of lines.
 */
#include "trace_parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "extra.h"
#include "suggest.h"

static const char VERSION_WORD[] = "s2twin-trace";
static const char VERSION_LINE[] = "s2twin-trace 1";

static bool out_of_memory(struct s2t_parse *parse)
{
	(void)s2t_refuse_at(parse->error, parse->scan.name, parse->scan.line, 1, "out of memory");
	parse->error->resource = true;
	return false;
}

bool s2t_parse_grow(struct s2t_parse *parse, void *array, size_t *room, size_t used, size_t element)
{
	size_t more = *room == 0 ? 64 : 2 * *room;
	void *old, *grown;

	if (used < *room)
		return true;
	memcpy(&old, array, sizeof(old));
	grown = more > SIZE_MAX / element ? NULL : realloc(old, more * element);
	if (grown == NULL)
		return out_of_memory(parse);
	memcpy(array, &grown, sizeof(grown));
	*room = more;
	return true;
}

/* The names of all arguments, for a sentence. */
struct list {
	char text[128];
};

static struct list join(const char *const *names, unsigned count)
{
	struct list list = { "" };
	size_t used = 0;

	for (unsigned i = 0; i < count && used < sizeof(list.text); i++)
		used += (size_t)snprintf(list.text + used, sizeof(list.text) - used, "%s%s", i == 0 ? "" : " ",
		                         names[i]);
	return list;
}

/* The index of an argument, or `count` after a refusal. */
static unsigned argument_index(struct s2t_parse *parse, const struct s2t_word *first, const char *const *names,
                               unsigned count, const struct s2t_word *word, const struct s2t_word *key)
{
	struct s2t_suggest suggest = s2t_suggest_for(key->at, key->len);

	for (unsigned i = 0; i < count; i++) {
		if (s2t_word_is(key, names[i]))
			return i;
	}
	for (unsigned i = 0; i < count; i++)
		s2t_suggest_offer(&suggest, names[i]);
	if (suggest.nearest != NULL)
		(void)s2t_scan_refuse(&parse->scan, word->at, "%s has no argument '%s'; did you mean '%s'?",
		                      s2t_quote(first).text, s2t_quote(key).text, suggest.nearest);
	else
		(void)s2t_scan_refuse(&parse->scan, word->at, "%s has no argument '%s'; it takes %s",
		                      s2t_quote(first).text, s2t_quote(key).text, join(names, count).text);
	return count;
}

bool s2t_parse_arguments(struct s2t_parse *parse, const struct s2t_word *first, const char *const *names,
                         unsigned count, uint64_t *values, const char **at, bool *expect)
{
	struct s2t_word word, key, value;
	unsigned seen = 0;

	while (s2t_scan_word(&parse->scan, &word)) {
		if (expect != NULL && s2t_word_is(&word, "expect")) {
			*expect = true;
			break;
		}
		bool split = s2t_word_split(&word, &key, &value);
		unsigned i = argument_index(parse, first, names, count, &word, split ? &key : &word);

		if (i == count)
			return false;
		if (!split)
			return s2t_scan_refuse(&parse->scan, word.at,
			                       "'%s' has no value: write %s=NUMBER, without blanks", names[i],
			                       names[i]);
		if ((seen & 1u << i) != 0)
			return s2t_scan_refuse(&parse->scan, word.at, "%s is given twice", names[i]);
		if (!s2t_scan_number(&parse->scan, &value, &values[i]))
			return false;
		seen |= 1u << i;
		at[i] = word.at;
	}
	for (unsigned i = 0; i < count; i++) {
		if ((seen & 1u << i) == 0)
			return s2t_scan_refuse(&parse->scan, first->at, "%s lacks %s=; it takes %s",
			                       s2t_quote(first).text, names[i], join(names, count).text);
	}
	return true;
}

static bool refuse_operation(struct s2t_parse *parse, const struct s2t_word *first)
{
	struct s2t_suggest suggest = s2t_suggest_for(first->at, first->len);
	struct s2t_quote quote = s2t_quote(first);

	if (s2t_word_is(first, "expect"))
		return s2t_scan_refuse(&parse->scan, first->at,
		                       "'expect' belongs behind the arguments of an operation, on its line");
	for (int op = 0; op < S2T_OP_COUNT; op++)
		s2t_suggest_offer(&suggest, s2t_op_table[op].name);
	for (size_t i = 0; parse->iut && i < parse->iut->extra_count; i++)
		s2t_suggest_offer(&suggest, parse->iut->extra[i].name);
	s2t_suggest_offer(&suggest, "config");
	s2t_suggest_offer(&suggest, "page");
	if (suggest.nearest != NULL)
		return s2t_scan_refuse(&parse->scan, first->at, "unknown operation '%s'; did you mean '%s'?",
		                       quote.text, suggest.nearest);
	return s2t_scan_refuse(
		&parse->scan, first->at,
		"unknown operation '%s'; `s2twin spec` lists them, and run, replay, shrink, explain and "
		"promote also know those that the plug-in of --iut declares",
		quote.text);
}

static bool grow_calls(struct s2t_parse *parse)
{
	struct s2t_trace *trace = parse->trace;
	size_t lines_room = parse->call_room, expect_room = parse->call_room;

	return s2t_parse_grow(parse, &trace->line, &lines_room, trace->count, sizeof(*trace->line)) &&
	       s2t_parse_grow(parse, &trace->expect, &expect_room, trace->count, sizeof(*trace->expect)) &&
	       s2t_parse_grow(parse, &trace->call, &parse->call_room, trace->count, sizeof(*trace->call));
}

bool s2t_parse_call(struct s2t_parse *parse, const struct s2t_word *first)
{
	struct s2t_trace *trace = parse->trace;
	int op = s2t_op_find(parse->iut, first->at, first->len);
	const struct s2t_op_info *info;
	struct s2t_op_info row;
	struct s2t_call call = { 0 };
	struct s2t_expect expect = { .given = false };
	const char *names[S2T_MAX_ARGS], *at[S2T_MAX_ARGS];

	if (op < 0)
		return refuse_operation(parse, first);
	call.op = (uint32_t)op;
	info = s2t_op_row(parse->iut, call.op, &row);
	for (unsigned i = 0; i < info->arg_count; i++)
		names[i] = info->arg[i].name;
	if (!s2t_parse_arguments(parse, first, names, info->arg_count, call.arg, at, &expect.given) ||
	    (expect.given && !s2t_parse_expect(parse, first, info->returns, &expect)) || !grow_calls(parse))
		return false;
	trace->has_expect |= expect.given;
	trace->expect[trace->count] = expect;
	trace->line[trace->count] = parse->scan.line;
	trace->call[trace->count++] = call;
	return true;
}

/* The first line is the version line, to the letter. */
static bool parse_version(struct s2t_parse *parse)
{
	struct s2t_scan *scan = &parse->scan;
	struct s2t_word line = { scan->line_start, (size_t)(scan->line_end - scan->line_start) }, word, version;

	if (s2t_word_is(&line, VERSION_LINE))
		return true;
	if (s2t_scan_word(scan, &word) && word.at == line.at && s2t_word_is(&word, VERSION_WORD) &&
	    s2t_scan_word(scan, &version) && !s2t_word_is(&version, "1"))
		return s2t_scan_refuse(scan, version.at,
		                       "trace version '%s' is not understood; this s2twin understands "
		                       "version 1",
		                       s2t_quote(&version).text);
	return s2t_scan_refuse(scan, line.at, "the first line must be exactly '%s', and it is '%s'",
	                       VERSION_LINE, s2t_quote(&line).text);
}

static bool parse_line(struct s2t_parse *parse)
{
	struct s2t_scan *scan = &parse->scan;
	bool (*parse_rest)(struct s2t_parse *, const struct s2t_word *);
	struct s2t_word first;

	if (!s2t_scan_word(scan, &first))
		return true;
	if (s2t_word_is(&first, "config"))
		parse_rest = s2t_parse_config;
	else if (s2t_word_is(&first, "page"))
		parse_rest = s2t_parse_page;
	else
		return s2t_parse_call(parse, &first);
	if (parse->trace->count > 0)
		return s2t_scan_refuse(scan, first.at,
		                       "%s stands after the first operation, which is on line %" PRIu32
		                       ": move it before that",
		                       s2t_quote(&first).text, parse->trace->line[0]);
	return parse_rest(parse, &first);
}

static bool parse_text(struct s2t_parse *parse, enum s2t_trace_kind kind)
{
	enum s2t_scan_result result = s2t_scan_line(&parse->scan);

	if (result == S2T_SCAN_END)
		return s2t_refuse_at(parse->error, parse->scan.name, 1, 1,
		                     "the file is empty; a trace begins with the line '%s'", VERSION_LINE);
	if (result == S2T_SCAN_REFUSED || !parse_version(parse))
		return false;
	while ((result = s2t_scan_line(&parse->scan)) == S2T_SCAN_LINE) {
		if (!parse_line(parse))
			return false;
	}
	if (result == S2T_SCAN_REFUSED || !s2t_parse_check_board(parse))
		return false;
	if (kind == S2T_TRACE && parse->trace->count == 0)
		return s2t_refuse_at(parse->error, parse->scan.name, parse->scan.line + 1, 1,
		                     "no operation; a trace has at least one, and `s2twin spec` lists them");
	return true;
}

/* The board is called like the file, without its folder. */
static void name_board(struct s2t_board *board, const char *name)
{
	const char *slash = strrchr(name, '/');

	(void)snprintf(board->name, sizeof(board->name), "%.31s",
	               slash != NULL && slash[1] != '\0' ? slash + 1 : name);
	for (char *c = board->name; *c != '\0'; c++) {
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	}
}

static bool parse_trace(struct s2t_trace *trace, enum s2t_trace_kind kind, const struct s2t_iut_ops *iut,
                        const char *name, const char *text, size_t len, struct s2t_error *error)
{
	struct s2t_parse parse = { .trace = trace, .iut = iut, .error = error };
	bool good;

	parse.scan = (struct s2t_scan){
		.name = name, .next = text, .end = len > 0 ? text + len : text, .error = error
	};
	*trace = (struct s2t_trace){ .at_config = { 1, 1 } };
	s2t_board_default(&trace->board);
	good = parse_text(&parse, kind);
	free(parse.page_at);
	if (!good) {
		s2t_trace_free(trace);
		return false;
	}
	if (trace->at_config.line > 1 || trace->board.start_page_count > 0)
		name_board(&trace->board, name);
	return true;
}

bool s2t_trace_parse(struct s2t_trace *trace, enum s2t_trace_kind kind, const char *name, const char *text,
                     size_t len, struct s2t_error *error)
{
	return parse_trace(trace, kind, NULL, name, text, len, error);
}

bool s2t_trace_parse_for(struct s2t_trace *trace, const struct s2t_iut_ops *iut, const char *name,
                         const char *text, size_t len, struct s2t_error *error)
{
	return parse_trace(trace, S2T_TRACE, iut, name, text, len, error);
}

void s2t_trace_free(struct s2t_trace *trace)
{
	free(trace->pages);
	free(trace->call);
	free(trace->line);
	free(trace->expect);
	*trace = (struct s2t_trace){ 0 };
}
