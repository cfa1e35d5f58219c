/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the trace parser share: the state of one parse, and one function for each kind of line.
 */
#ifndef S2T_HARNESS_TRACE_PARSE_H
#define S2T_HARNESS_TRACE_PARSE_H

#include "scan.h"
#include "trace.h"

/* Where the words of a `page` line stand, for what can only be refused once the whole board is known. */
struct s2t_page_position {
	uint32_t line, pfn_column, owner_column;
};

struct s2t_parse {
	struct s2t_scan scan;
	struct s2t_trace *trace;
	const struct s2t_iut_ops *iut; /* that may declare operations; NULL: none does */
	struct s2t_error *error;
	struct s2t_page_position *page_at; /* as many as board.start_page_count */
	size_t page_room, call_room;
};

/* The rest of a line whose first word is `first`. */
bool s2t_parse_config(struct s2t_parse *parse, const struct s2t_word *first);
bool s2t_parse_page(struct s2t_parse *parse, const struct s2t_word *first);
bool s2t_parse_call(struct s2t_parse *parse, const struct s2t_word *first);

/* Arguments "name=number", each of `names` exactly once, in any order. `at` gets where their words begin. Unless
 * `expect` is NULL they may end with the word "expect", which then has been read and sets it. */
bool s2t_parse_arguments(struct s2t_parse *parse, const struct s2t_word *first, const char *const *names,
                         unsigned count, uint64_t *values, const char **at, bool *expect);

/* The rest of the line after "expect", for an operation that returns a value or not. */
bool s2t_parse_expect(struct s2t_parse *parse, const struct s2t_word *first, bool returns,
                      struct s2t_expect *expect);

/* Refuses a board that is not legal, pointing at the line to blame. */
bool s2t_parse_check_board(struct s2t_parse *parse);

/* Makes room for one more element; false with an error of the resource kind. */
bool s2t_parse_grow(struct s2t_parse *parse, void *array, size_t *room, size_t used, size_t element);

#endif
