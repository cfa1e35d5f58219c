/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of predicates. From the loosest to the tightest: or, and, not, comparisons, |, &, shifts, + and -.
 */
#include "map_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

enum { MAX_DEPTH = 64, MAX_NODES = 4096 };

#define ALL_OPS ((UINT64_C(1) << S2T_OP_COUNT) - 1)

#define NONE UINT32_MAX /* no node: something was refused */

static uint32_t add(struct s2t_map_parse *parse, struct s2t_node node)
{
	struct s2t_predicates *p = &parse->map->predicates;

	if (parse->refused)
		return NONE;
	if (p->count == MAX_NODES) {
		(void)s2t_map_refuse(parse, &parse->token, "the predicates of a map have at most %d parts",
		                     MAX_NODES);
		return NONE;
	}
	if (p->count == p->room) {
		const size_t room = p->room ? 2 * p->room : 64;
		struct s2t_node *grown = realloc(p->node, room * sizeof(*grown));

		if (!grown) {
			(void)s2t_map_refuse(parse, &parse->token, "not enough memory for this predicate");
			parse->error->resource = true;
			return NONE;
		}
		p->node = grown;
		p->room = room;
	}
	p->node[p->count] = node;
	return (uint32_t)p->count++;
}

static uint32_t add_number(struct s2t_map_parse *parse, enum s2t_node_kind kind, uint64_t value)
{
	return add(parse, (struct s2t_node){ .kind = kind, .value = value });
}

static uint32_t add_pair(struct s2t_map_parse *parse, enum s2t_node_kind kind, uint32_t left, uint32_t right)
{
	if (left == NONE || right == NONE)
		return NONE;
	return add(parse, (struct s2t_node){ .kind = kind, .operands = 2, .operand = { left, right } });
}

static uint32_t parse_or(struct s2t_map_parse *parse);

/*
 * What the model is asked.
 */

/* Each query has its arguments, and where two share a name, a field after a dot. */
static const struct {
	const char *name, *field;
	enum s2t_state_query query;
	unsigned arguments;
	const char *usage;
} queries[] = {
	{ "owner", NULL, S2T_QUERY_OWNER, 1, "owner(pfn)" },
	{ "count", NULL, S2T_QUERY_COUNT, 1, "count(pfn)" },
	{ "gfn", NULL, S2T_QUERY_GFN, 1, "gfn(pfn)" },
	{ "token", NULL, S2T_QUERY_TOKEN, 1, "token(pfn)" },
	{ "npt", "pfn", S2T_QUERY_NPT_PFN, 2, "npt(vmid, addr).pfn, .level or .pte" },
	{ "npt", "level", S2T_QUERY_NPT_LEVEL, 2, "npt(vmid, addr).pfn, .level or .pte" },
	{ "npt", "pte", S2T_QUERY_NPT_PTE, 2, "npt(vmid, addr).pfn, .level or .pte" },
	{ "spt", "pfn", S2T_QUERY_SPT_PFN, 3, "spt(cbndx, index, addr).pfn or .pte" },
	{ "spt", "pte", S2T_QUERY_SPT_PTE, 3, "spt(cbndx, index, addr).pfn or .pte" },
	{ "locked", NULL, S2T_QUERY_LOCKED, 1, "locked(lock)" },
	{ "halted", NULL, S2T_QUERY_HALTED, 0, "halted" },
	{ "corevisor", NULL, S2T_QUERY_COREVISOR, 0, "corevisor" },
	{ "max_share_count", NULL, S2T_QUERY_MAX_SHARE_COUNT, 0, "max_share_count" },
	{ "el2_smmu_cfg_size", NULL, S2T_QUERY_EL2_SMMU_CFG_SIZE, 0, "el2_smmu_cfg_size" },
	{ "smmu_host_offset", NULL, S2T_QUERY_SMMU_HOST_OFFSET, 0, "smmu_host_offset" },
	{ "frame", NULL, S2T_QUERY_FRAME, 1, "frame(pte)" },
};
enum { QUERIES = sizeof(queries) / sizeof(queries[0]) };

static uint32_t parse_query(struct s2t_map_parse *parse, const struct s2t_map_token *name, size_t row)
{
	struct s2t_node node = { .kind = S2T_NODE_STATE, .operands = queries[row].arguments };
	bool good = true;

	for (unsigned i = 0; i < node.operands && good; i++) {
		good = s2t_map_accept(parse, i == 0 ? "(" : ",");
		if (!good)
			break;
		node.operand[i] = parse_or(parse);
		if (node.operand[i] == NONE)
			return NONE;
	}
	good = good && (node.operands == 0 || s2t_map_accept(parse, ")"));
	if (good && queries[row].field) {
		good = s2t_map_accept(parse, ".");
		while (good && row < QUERIES && s2t_word_is(&name->word, queries[row].name) &&
		       !s2t_map_is(parse, queries[row].field))
			row++;
		good = good && row < QUERIES && s2t_word_is(&name->word, queries[row].name) &&
		       s2t_map_next(parse);
	}
	if (!good) {
		for (row = 0; !s2t_word_is(&name->word, queries[row].name);)
			row++;
		(void)s2t_map_refuse(parse, name, "this is written %s", queries[row].usage);
		return NONE;
	}
	node.value = queries[row].query;
	return add(parse, node);
}

/*
 * op=…, case=…, took=… and outcome=…
 */

static uint32_t parse_case_of(struct s2t_map_parse *parse, enum s2t_node_kind kind)
{
	const struct s2t_map_token at = parse->token;
	const char *start = at.word.at;
	char name[24];
	int number;

	/* Three tokens, such as MPV-5. */
	while (parse->token.kind == S2T_TOKEN_WORD || s2t_map_is(parse, "-"))
		if (!s2t_map_next(parse))
			return NONE;
	const size_t len = parse->token.kind == S2T_TOKEN_NUMBER
	                           ? (size_t)(parse->token.word.at + parse->token.word.len - start)
	                           : 0;

	(void)snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : 0), start);
	number = s2t_case_by_name(name);
	if (number < 0) {
		(void)s2t_map_refuse(parse, &at, "there is no case '%s'; `s2twin spec` lists them",
		                     s2t_quote_text(name).text);
		return NONE;
	}
	return s2t_map_next(parse) ? add_number(parse, kind, (uint64_t)number) : NONE;
}

static uint32_t parse_case(struct s2t_map_parse *parse)
{
	return parse_case_of(parse, S2T_NODE_CASE);
}

static uint32_t parse_took(struct s2t_map_parse *parse)
{
	return parse_case_of(parse, S2T_NODE_TOOK);
}

static uint32_t parse_outcome(struct s2t_map_parse *parse)
{
	for (unsigned i = S2T_OK; i <= S2T_PANIC; i++)
		if (s2t_map_is(parse, s2t_outcome_name((enum s2t_outcome)i)))
			return s2t_map_next(parse) ? add_number(parse, S2T_NODE_OUTCOME, i) : NONE;
	(void)s2t_map_refuse(parse, &parse->token, "the outcome of a step that is run is ok or panic");
	return NONE;
}

static uint32_t parse_list(struct s2t_map_parse *parse, uint32_t (*one)(struct s2t_map_parse *))
{
	uint32_t list = one(parse);

	while (list != NONE && s2t_map_accept(parse, ","))
		list = add_pair(parse, S2T_NODE_OR, list, one(parse));
	return list;
}

static uint32_t parse_ops(struct s2t_map_parse *parse)
{
	uint64_t set = 0;

	return s2t_map_operations(parse, &set) ? add_number(parse, S2T_NODE_OP, set) : NONE;
}

/* After `op`, `case`, `took` or `outcome`. */
static uint32_t parse_membership(struct s2t_map_parse *parse, char which)
{
	const bool unequal = s2t_map_is(parse, "!=");
	uint32_t node;

	if (!unequal && !s2t_map_is(parse, "=")) {
		(void)s2t_map_refuse(parse, &parse->token,
		                     "op, case, took and outcome stand before '=' or '!=' and a list of names");
		return NONE;
	}
	if (!s2t_map_next(parse))
		return NONE;
	if (which == 'o')
		node = parse_ops(parse);
	else
		node = parse_list(parse, which == 'c' ? parse_case : which == 't' ? parse_took : parse_outcome);
	if (!unequal || node == NONE)
		return node;
	return add(parse, (struct s2t_node){ .kind = S2T_NODE_NOT, .operands = 1, .operand = { node } });
}

/*
 * Expressions.
 */

/* The argument of that name, as the table of operations has it. */
static const char *argument_name(const struct s2t_word *word)
{
	for (int op = 0; op < S2T_OP_COUNT; op++)
		for (unsigned i = 0; i < s2t_op_table[op].arg_count; i++)
			if (s2t_word_is(word, s2t_op_table[op].arg[i].name))
				return s2t_op_table[op].arg[i].name;
	return NULL;
}

static uint32_t refuse_name(struct s2t_map_parse *parse, const struct s2t_map_token *at)
{
	struct s2t_suggest suggest = s2t_suggest_for(at->word.at, at->word.len);

	for (int op = 0; op < S2T_OP_COUNT; op++)
		for (unsigned i = 0; i < s2t_op_table[op].arg_count; i++)
			s2t_suggest_offer(&suggest, s2t_op_table[op].arg[i].name);
	for (size_t i = 0; i < QUERIES; i++)
		s2t_suggest_offer(&suggest, queries[i].name);
	if (suggest.nearest)
		(void)s2t_map_refuse(parse, at, "there is no '%s' here; did you mean '%s'?",
		                     s2t_quote(&at->word).text, suggest.nearest);
	else
		(void)s2t_map_refuse(parse, at,
		                     "'%s' is no argument and nothing that the model can be asked: see the "
		                     "grammar in docs/plugin.md",
		                     s2t_quote(&at->word).text);
	return NONE;
}

static uint32_t parse_name(struct s2t_map_parse *parse)
{
	const struct s2t_map_token at = parse->token;
	const char *argument = argument_name(&at.word);

	if (!s2t_map_next(parse))
		return NONE;
	if (s2t_word_is(&at.word, "op") || s2t_word_is(&at.word, "case") || s2t_word_is(&at.word, "took") ||
	    s2t_word_is(&at.word, "outcome"))
		return parse_membership(parse, at.word.len == 7 ? 'u' : at.word.at[0]);
	/* gfn is both an argument and, with brackets, a query. */
	for (size_t row = 0; row < QUERIES; row++)
		if (s2t_word_is(&at.word, queries[row].name) && (!argument || s2t_map_is(parse, "(")))
			return parse_query(parse, &at, row);
	if (!argument)
		return refuse_name(parse, &at);
	return add(parse, (struct s2t_node){ .kind = S2T_NODE_ARGUMENT, .argument = argument });
}

static bool enter(struct s2t_map_parse *parse)
{
	return ++parse->depth <= MAX_DEPTH ||
	       s2t_map_refuse(parse, &parse->token, "this predicate is nested more than %d deep", MAX_DEPTH);
}

static uint32_t parse_primary(struct s2t_map_parse *parse)
{
	uint64_t value;
	uint32_t node;
	struct s2t_quote quote;

	if (parse->token.kind == S2T_TOKEN_NUMBER)
		return s2t_map_number(parse, &value) ? add_number(parse, S2T_NODE_NUMBER, value) : NONE;
	if (s2t_map_is(parse, "(")) {
		if (!enter(parse) || !s2t_map_next(parse))
			return NONE;
		node = parse_or(parse);
		parse->depth--;
		return node != NONE && s2t_map_expect(parse, ")") ? node : NONE;
	}
	if (parse->token.kind == S2T_TOKEN_WORD && !s2t_map_is(parse, "then") && !s2t_map_is(parse, "and") &&
	    !s2t_map_is(parse, "or"))
		return parse_name(parse);
	(void)s2t_map_refuse(parse, &parse->token,
	                     "a number, an argument, or something that the model can be asked belongs "
	                     "here, not '%s'",
	                     s2t_map_quote(parse, &quote));
	return NONE;
}

/* The levels between comparison and primary, loosest first. */
static const struct {
	const char *sign;
	enum s2t_node_kind kind;
	unsigned level;
} operators[] = {
	{ "|", S2T_NODE_BIT_OR, 0 },       { "&", S2T_NODE_BIT_AND, 1 }, { "<<", S2T_NODE_SHIFT_LEFT, 2 },
	{ ">>", S2T_NODE_SHIFT_RIGHT, 2 }, { "+", S2T_NODE_PLUS, 3 },    { "-", S2T_NODE_MINUS, 3 },
};

static uint32_t parse_operators(struct s2t_map_parse *parse, unsigned level)
{
	uint32_t node = level == 4 ? parse_primary(parse) : parse_operators(parse, level + 1);

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]) && node != NONE && level < 4; i++) {
		if (operators[i].level != level || !s2t_map_accept(parse, operators[i].sign))
			continue;
		node = add_pair(parse, operators[i].kind, node, parse_operators(parse, level + 1));
		i = (size_t)-1; /* any of the level may follow */
	}
	return parse->refused ? NONE : node;
}

static uint32_t parse_comparison(struct s2t_map_parse *parse)
{
	static const struct {
		const char *sign;
		enum s2t_node_kind kind;
	} signs[] = {
		{ "=", S2T_NODE_EQUAL },       { "!=", S2T_NODE_UNEQUAL }, { "<", S2T_NODE_LESS },
		{ "<=", S2T_NODE_LESS_EQUAL }, { ">", S2T_NODE_GREATER },  { ">=", S2T_NODE_GREATER_EQUAL },
	};
	const uint32_t left = parse_operators(parse, 0);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) && left != NONE; i++)
		if (s2t_map_accept(parse, signs[i].sign))
			return add_pair(parse, signs[i].kind, left, parse_operators(parse, 0));
	return left;
}

static uint32_t parse_not(struct s2t_map_parse *parse)
{
	uint32_t node;

	if (!s2t_map_accept(parse, "not"))
		return parse_comparison(parse);
	if (!enter(parse))
		return NONE;
	node = parse_not(parse);
	parse->depth--;
	if (node == NONE)
		return NONE;
	return add(parse, (struct s2t_node){ .kind = S2T_NODE_NOT, .operands = 1, .operand = { node } });
}

static uint32_t parse_and(struct s2t_map_parse *parse)
{
	uint32_t node = parse_not(parse);

	while (node != NONE && s2t_map_accept(parse, "and"))
		node = add_pair(parse, S2T_NODE_AND, node, parse_not(parse));
	return node;
}

static uint32_t parse_or(struct s2t_map_parse *parse)
{
	uint32_t node = parse_and(parse);

	while (node != NONE && s2t_map_accept(parse, "or"))
		node = add_pair(parse, S2T_NODE_OR, node, parse_and(parse));
	return parse->refused ? NONE : node;
}

/* The operations that a predicate can hold of: at least those. */
static uint64_t ops_of(const struct s2t_predicates *p, uint32_t number)
{
	const struct s2t_node *node = &p->node[number];

	switch (node->kind) {
	case S2T_NODE_OP: return node->value;
	case S2T_NODE_CASE: return UINT64_C(1) << s2t_case_table[node->value].op;
	case S2T_NODE_TOOK: /* sequences are made of operations of the layers below */
		return UINT64_C(1) << s2t_case_table[node->value].op |
		       ~((UINT64_C(1) << S2T_OP_MEMORY_COUNT) - 1);
	case S2T_NODE_AND: return ops_of(p, node->operand[0]) & ops_of(p, node->operand[1]);
	case S2T_NODE_OR: return ops_of(p, node->operand[0]) | ops_of(p, node->operand[1]);
	default: return ALL_OPS;
	}
}

static bool has_argument(enum s2t_op op, const char *name)
{
	for (unsigned i = 0; i < s2t_op_table[op].arg_count; i++)
		if (strcmp(s2t_op_table[op].arg[i].name, name) == 0)
			return true;
	return false;
}

/* A name that no operation of the predicate has is a mistake. */
static bool check_arguments(struct s2t_map_parse *parse, const struct s2t_rule *rule, size_t first,
                            const struct s2t_map_token *at)
{
	const struct s2t_predicates *p = &parse->map->predicates;

	for (size_t i = first; i < p->count; i++) {
		bool found = p->node[i].kind != S2T_NODE_ARGUMENT;

		for (int op = 0; op < S2T_OP_COUNT && !found; op++)
			found = (rule->ops >> op & 1) && has_argument((enum s2t_op)op, p->node[i].argument);
		if (!found)
			return s2t_map_refuse(parse, at,
			                      "the operations of this predicate have no argument '%s'; `s2twin "
			                      "spec` lists those that they have",
			                      p->node[i].argument);
	}
	return true;
}

bool s2t_map_predicate(struct s2t_map_parse *parse, struct s2t_rule *rule)
{
	const struct s2t_map_token at = parse->token;
	const size_t first = parse->map->predicates.count;

	parse->depth = 0;
	const uint32_t root = parse_or(parse);

	if (root == NONE)
		return false;
	rule->when = root;
	rule->ops = ops_of(&parse->map->predicates, root);
	if (rule->ops == 0)
		return s2t_map_refuse(parse, &at, "this predicate holds of no operation at all");
	return check_arguments(parse, rule, first, &at);
}
