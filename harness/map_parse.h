/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two halves of the parser of abstraction maps share.
 */
#ifndef S2T_HARNESS_MAP_PARSE_H
#define S2T_HARNESS_MAP_PARSE_H

#include "mapfile.h"
#include "scan.h"

enum s2t_token_kind { S2T_TOKEN_END, S2T_TOKEN_WORD, S2T_TOKEN_NUMBER, S2T_TOKEN_STRING, S2T_TOKEN_SIGN };

struct s2t_map_token {
	enum s2t_token_kind kind;
	struct s2t_word word;
	uint32_t line, column;
};

struct s2t_map_parse {
	struct s2t_mapfile *map;
	const char *name;
	const char *at, *end, *line_start;
	uint32_t line;
	struct s2t_map_token token; /* the one to be read next */
	unsigned seen;              /* statements that may stand once */
	unsigned depth;             /* of brackets and negations in a predicate */
	bool refused;
	struct s2t_error *error;
};

/* Puts "file:line:column: sentence" into the error, the first time; returns false. */
bool s2t_map_refuse(struct s2t_map_parse *parse, const struct s2t_map_token *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Goes to the next token. */
bool s2t_map_next(struct s2t_map_parse *parse);
/* Whether the token is this word or sign; and then goes on; or else refuses it. */
bool s2t_map_is(const struct s2t_map_parse *parse, const char *text);
bool s2t_map_accept(struct s2t_map_parse *parse, const char *text);
bool s2t_map_expect(struct s2t_map_parse *parse, const char *text);
/* The token as messages quote it. */
const char *s2t_map_quote(const struct s2t_map_parse *parse, struct s2t_quote *quote);

bool s2t_map_number(struct s2t_map_parse *parse, uint64_t *value);
/* Names of operations with commas between them, added to a set. */
bool s2t_map_operations(struct s2t_map_parse *parse, uint64_t *set);
/* What stands between `when` and `then` (map_predicate.c). */
bool s2t_map_predicate(struct s2t_map_parse *parse, struct s2t_rule *rule);

#endif
