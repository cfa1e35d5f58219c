/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of abstraction maps: words, statements, and the errors with their line and column. Predicates are in
 * map_predicate.c; the grammar is in docs/plugin.md.
 */
#include "map_parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

/* A file of more bytes is no map. */
enum { MAX_MAP = 1 << 20 };

bool s2t_map_refuse(struct s2t_map_parse *parse, const struct s2t_map_token *at, const char *format, ...)
{
	char sentence[512];
	va_list args;

	if (parse->refused)
		return false;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	parse->refused = true;
	return s2t_refuse_at(parse->error, parse->name, at->line, at->column, "%s", sentence);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* To the next byte that is no blank, line end or comment. */
static void skip_blanks(struct s2t_map_parse *parse)
{
	while (parse->at < parse->end) {
		if (*parse->at == '\n') {
			parse->line++;
			parse->line_start = parse->at + 1;
		} else if (*parse->at == '#') {
			while (parse->at + 1 < parse->end && parse->at[1] != '\n')
				parse->at++;
		} else if (*parse->at != ' ' && *parse->at != '\t') {
			return;
		}
		parse->at++;
	}
}

/* How many bytes from `at` on make a sign: the longest that there is. */
static size_t sign_length(const char *at, const char *end)
{
	static const char *const signs[] = { "!=", "<=", ">=", "<<", ">>", "(", ")", ",",
		                             ".",  "=",  "<",  ">",  "+",  "-", "&", "|" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const size_t len = strlen(signs[i]);

		if ((size_t)(end - at) >= len && memcmp(at, signs[i], len) == 0)
			return len;
	}
	return 0;
}

/* The name between quotes. */
static bool scan_string(struct s2t_map_parse *parse, struct s2t_map_token *token)
{
	const char *at = parse->at + 1;

	while (at < parse->end && *at != '"' && (unsigned char)*at >= ' ' && (unsigned char)*at < 0x7f)
		at++;
	token->kind = S2T_TOKEN_STRING;
	token->word = (struct s2t_word){ parse->at + 1, (size_t)(at - parse->at) - 1 };
	if (at == parse->end || *at != '"')
		return s2t_map_refuse(parse, token, "the name has no closing '\"' in its line");
	parse->at = at + 1;
	return true;
}

bool s2t_map_next(struct s2t_map_parse *parse)
{
	struct s2t_map_token *token = &parse->token;
	const char *at;
	size_t len;

	skip_blanks(parse);
	at = parse->at;
	*token = (struct s2t_map_token){ .kind = S2T_TOKEN_END,
		                         .word = { at, 0 },
		                         .line = parse->line,
		                         .column = (uint32_t)(at - parse->line_start) + 1 };
	if (at == parse->end)
		return true;
	if (*at == '"')
		return scan_string(parse, token);
	if (is_letter(*at) || is_digit(*at)) {
		while (at < parse->end && (is_letter(*at) || is_digit(*at)))
			at++;
		token->kind = is_digit(*parse->at) ? S2T_TOKEN_NUMBER : S2T_TOKEN_WORD;
		len = (size_t)(at - parse->at);
	} else {
		token->kind = S2T_TOKEN_SIGN;
		len = sign_length(at, parse->end);
		if (len == 0)
			return s2t_map_refuse(parse, token, "'%s' has no meaning in a map",
			                      s2t_quote(&(struct s2t_word){ at, 1 }).text);
	}
	token->word = (struct s2t_word){ parse->at, len };
	parse->at += len;
	return true;
}

bool s2t_map_is(const struct s2t_map_parse *parse, const char *text)
{
	return parse->token.kind != S2T_TOKEN_STRING && s2t_word_is(&parse->token.word, text);
}

bool s2t_map_accept(struct s2t_map_parse *parse, const char *text)
{
	return s2t_map_is(parse, text) && s2t_map_next(parse);
}

const char *s2t_map_quote(const struct s2t_map_parse *parse, struct s2t_quote *quote)
{
	if (parse->token.kind == S2T_TOKEN_END)
		return "the end of the file";
	*quote = s2t_quote(&parse->token.word);
	return quote->text;
}

bool s2t_map_expect(struct s2t_map_parse *parse, const char *text)
{
	struct s2t_quote quote;

	return s2t_map_accept(parse, text) ||
	       s2t_map_refuse(parse, &parse->token, "'%s' belongs here, not '%s'", text,
	                      s2t_map_quote(parse, &quote));
}

bool s2t_map_number(struct s2t_map_parse *parse, uint64_t *value)
{
	const struct s2t_map_token token = parse->token;
	struct s2t_error error;
	struct s2t_scan scan = { .name = "", .line_start = token.word.at, .line = token.line, .error = &error };
	struct s2t_quote quote;

	if (token.kind != S2T_TOKEN_NUMBER || !s2t_scan_number(&scan, &token.word, value))
		return s2t_map_refuse(parse, &token, "'%s' is no number: decimal, or 0x and at most 16 digits",
		                      s2t_map_quote(parse, &quote));
	return s2t_map_next(parse);
}

bool s2t_map_operations(struct s2t_map_parse *parse, uint64_t *set)
{
	do {
		const int op = parse->token.kind == S2T_TOKEN_WORD
		                       ? s2t_op_by_name(parse->token.word.at, parse->token.word.len)
		                       : -1;
		struct s2t_quote quote;

		if (op < 0) {
			struct s2t_suggest suggest = s2t_suggest_for(parse->token.word.at,
			                                             parse->token.word.len);

			for (int i = 0; i < S2T_OP_COUNT; i++)
				s2t_suggest_offer(&suggest, s2t_op_table[i].name);
			return s2t_map_refuse(parse, &parse->token, "'%s' is no operation; %s%s%s",
			                      s2t_map_quote(parse, &quote),
			                      suggest.nearest ? "did you mean '" : "`s2twin spec` lists them",
			                      suggest.nearest ? suggest.nearest : "",
			                      suggest.nearest ? "'?" : "");
		}
		*set |= UINT64_C(1) << op;
		if (!s2t_map_next(parse))
			return false;
	} while (s2t_map_accept(parse, ","));
	return !parse->refused;
}

/* One of `count` words; its number goes to `choice`. */
static bool choose(struct s2t_map_parse *parse, const char *what, const char *const *words, unsigned count,
                   unsigned *choice)
{
	char list[80] = "";
	struct s2t_quote quote;

	for (unsigned i = 0; i < count; i++) {
		if (s2t_map_is(parse, words[i])) {
			*choice = i;
			return s2t_map_next(parse);
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
		         i == 0           ? ""
		         : i + 1 == count ? " or "
		                          : ", ",
		         words[i]);
	}
	return s2t_map_refuse(parse, &parse->token, "%s is %s, not '%s'", what, list,
	                      s2t_map_quote(parse, &quote));
}

/* A statement that may stand once. */
static bool once(struct s2t_map_parse *parse, const struct s2t_map_token *at, unsigned what, const char *name)
{
	if (parse->seen >> what & 1)
		return s2t_map_refuse(parse, at, "'%s' stands here a second time: once is all", name);
	parse->seen |= 1U << what;
	return true;
}

enum { SEEN_NPT, SEEN_SPT, SEEN_HOST_GFN, SEEN_PANICS };

static bool parse_mask(struct s2t_map_parse *parse, const struct s2t_map_token *at)
{
	static const char *const tables[] = { "npt", "spt" };
	unsigned which = 0;

	return choose(parse, "what mask is for", tables, 2, &which) &&
	       once(parse, at, which ? SEEN_SPT : SEEN_NPT, which ? "mask spt" : "mask npt") &&
	       s2t_map_number(parse, which ? &parse->map->spt_mask : &parse->map->npt_mask);
}

static bool parse_host_gfn(struct s2t_map_parse *parse, const struct s2t_map_token *at)
{
	static const char *const ways[] = { "ignore", "zero", "offset" };
	unsigned which = 0;

	if (!s2t_map_expect(parse, "-") || !s2t_map_expect(parse, "gfn") ||
	    !once(parse, at, SEEN_HOST_GFN, "host-gfn") || !choose(parse, "host-gfn", ways, 3, &which))
		return false;
	parse->map->host_gfn = (enum s2t_host_gfn)(S2T_HOST_GFN_IGNORED + which);
	return true;
}

static bool parse_panics(struct s2t_map_parse *parse, const struct s2t_map_token *at)
{
	static const char *const ways[] = { "stop", "continue", "resync" };
	unsigned which = 0;

	if (!once(parse, at, SEEN_PANICS, "panics") || !choose(parse, "panics", ways, 3, &which))
		return false;
	parse->map->panics = (enum s2t_panics)which;
	return true;
}

static bool parse_known(struct s2t_map_parse *parse)
{
	static const char *const actions[] = { "skip", "tolerate", "resync" };
	struct s2t_mapfile *map = parse->map;
	struct s2t_rule *rule = &map->rule[map->rule_count];
	const struct s2t_map_token name = parse->token;
	unsigned action = 0;

	if (map->rule_count == S2T_MAX_RULES)
		return s2t_map_refuse(parse, &name, "a map has at most %d known differences", S2T_MAX_RULES);
	if (name.kind != S2T_TOKEN_STRING || name.word.len == 0 || name.word.len >= S2T_RULE_NAME)
		return s2t_map_refuse(
			parse, &name,
			"a known difference has a name of 1 to %d characters between quotes, such as \"one pool\"",
			S2T_RULE_NAME - 1);
	memcpy(rule->name, name.word.at, name.word.len);
	rule->name[name.word.len] = '\0';
	for (size_t i = 0; i < map->rule_count; i++)
		if (strcmp(map->rule[i].name, rule->name) == 0)
			return s2t_map_refuse(parse, &name, "there is a known difference \"%s\" already",
			                      rule->name);
	if (!s2t_map_next(parse) || !s2t_map_expect(parse, "when") || !s2t_map_predicate(parse, rule) ||
	    !s2t_map_expect(parse, "then") || !choose(parse, "what to do", actions, 3, &action))
		return false;
	rule->action = (enum s2t_rule_action)action;
	map->ruled |= rule->ops;
	map->rule_count++;
	return true;
}

static bool parse_statement(struct s2t_map_parse *parse)
{
	const struct s2t_map_token at = parse->token;
	struct s2t_quote quote;

	if (s2t_map_accept(parse, "mask"))
		return parse_mask(parse, &at);
	if (s2t_map_accept(parse, "host"))
		return parse_host_gfn(parse, &at);
	if (s2t_map_accept(parse, "content"))
		return s2t_map_expect(parse, "unknown") && s2t_map_expect(parse, "after") &&
		       s2t_map_operations(parse, &parse->map->unknown_after);
	if (s2t_map_accept(parse, "panics"))
		return parse_panics(parse, &at);
	if (s2t_map_accept(parse, "known"))
		return parse_known(parse);
	return s2t_map_refuse(parse, &at,
	                      "'%s' begins no statement; there are mask, host-gfn, content, panics and known",
	                      s2t_map_quote(parse, &quote));
}

struct s2t_mapfile *s2t_mapfile_parse(const char *name, const char *text, size_t len, struct s2t_error *error)
{
	static const char version[] = "s2twin-map 1";
	struct s2t_map_parse parse = { .map = calloc(1, sizeof(*parse.map)),
		                       .name = name,
		                       .at = text,
		                       .end = text + len,
		                       .line_start = text,
		                       .line = 1,
		                       .error = error };
	const struct s2t_map_token first = { .line = 1, .column = 1 };
	const size_t version_len = sizeof(version) - 1;

	error->resource = true;
	snprintf(error->text, sizeof(error->text), "not enough memory for the map '%s'",
	         s2t_quote_text(name).text);
	if (!parse.map)
		return NULL;
	error->resource = false;
	if (len < version_len || memcmp(text, version, version_len) != 0 ||
	    (len > version_len && text[version_len] != '\n')) {
		const bool crlf = len > version_len && memcmp(text, version, version_len) == 0 &&
		                  text[version_len] == '\r';

		if (crlf)
			(void)s2t_map_refuse(
				&parse, &first,
				"lines end with CR LF here, and with LF in a map; convert the file, for "
				"example with tr -d '\\r'");
		else
			(void)s2t_map_refuse(&parse, &first, "the first line of a map is '%s'", version);
		s2t_mapfile_free(parse.map);
		return NULL;
	}
	parse.at += version_len;
	bool good = s2t_map_next(&parse);

	while (good && parse.token.kind != S2T_TOKEN_END)
		good = parse_statement(&parse) && !parse.refused;
	if (good)
		return parse.map;
	s2t_mapfile_free(parse.map);
	return NULL;
}

struct s2t_mapfile *s2t_mapfile_load(const char *path, struct s2t_error *error)
{
	FILE *in = fopen(path, "rb");
	char *text = in ? malloc(MAX_MAP) : NULL;
	const size_t len = text ? fread(text, 1, MAX_MAP, in) : 0;
	const bool unread = !in || !text || ferror(in);
	const int number = in && !text ? ENOMEM : errno;
	struct s2t_mapfile *map = NULL;

	if (unread)
		(void)s2t_refuse_at(error, path, 1, 1, "cannot read this map: %s", strerror(number));
	else if (len == MAX_MAP)
		(void)s2t_refuse_at(error, path, 1, 1, "a map has less than %d bytes", MAX_MAP);
	else
		map = s2t_mapfile_parse(path, text, len, error);
	if (unread)
		error->resource = number == ENOMEM || number == EIO;
	free(text);
	if (in)
		fclose(in);
	return map;
}
