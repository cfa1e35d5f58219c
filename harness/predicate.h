/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Predicates over a call, the model's state before it and what the model made of it: the part between `when` and `then`
 * of a known difference.
 */
#ifndef S2T_HARNESS_PREDICATE_H
#define S2T_HARNESS_PREDICATE_H

#include "optable.h"

/* What a node of an expression is. Values are 64 bits, unsigned; a truth value is 0 or 1. */
enum s2t_node_kind {
	S2T_NODE_NUMBER,
	S2T_NODE_ARGUMENT, /* named `argument`; of an operation that does not have it: 0 */
	S2T_NODE_OP,       /* `value`: a set of operations */
	S2T_NODE_CASE,     /* `value`: an enum s2t_case */
	S2T_NODE_TOOK,     /* `value`: an enum s2t_case, that of the step or of a part of it */
	S2T_NODE_OUTCOME,  /* `value`: an enum s2t_outcome */
	S2T_NODE_STATE,    /* `value`: an enum s2t_state_query; operands its arguments */
	S2T_NODE_NOT,
	S2T_NODE_AND,
	S2T_NODE_OR,
	S2T_NODE_EQUAL,
	S2T_NODE_UNEQUAL,
	S2T_NODE_LESS,
	S2T_NODE_LESS_EQUAL,
	S2T_NODE_GREATER,
	S2T_NODE_GREATER_EQUAL,
	S2T_NODE_PLUS,
	S2T_NODE_MINUS,
	S2T_NODE_BIT_AND,
	S2T_NODE_BIT_OR,
	S2T_NODE_SHIFT_LEFT,
	S2T_NODE_SHIFT_RIGHT,
};

/* What a predicate asks of the model. */
enum s2t_state_query {
	S2T_QUERY_OWNER,
	S2T_QUERY_COUNT,
	S2T_QUERY_GFN,
	S2T_QUERY_TOKEN,
	S2T_QUERY_NPT_PFN,
	S2T_QUERY_NPT_LEVEL,
	S2T_QUERY_NPT_PTE,
	S2T_QUERY_SPT_PFN,
	S2T_QUERY_SPT_PTE,
	S2T_QUERY_LOCKED,
	S2T_QUERY_HALTED,
	/* Of the board. */
	S2T_QUERY_COREVISOR,
	S2T_QUERY_MAX_SHARE_COUNT,
	S2T_QUERY_EL2_SMMU_CFG_SIZE,
	S2T_QUERY_SMMU_HOST_OFFSET,
	/* Of nothing but its argument: the frame that a descriptor names. */
	S2T_QUERY_FRAME,
};

struct s2t_node {
	enum s2t_node_kind kind;
	unsigned operands;   /* 0..3, */
	uint32_t operand[3]; /* numbers of nodes */
	uint64_t value;
	const char *argument; /* from the table of operations */
};

enum { S2T_MAX_RULES = 64, S2T_RULE_NAME = 64 };

/* The statements of a map that are no known differences. */
enum s2t_statement {
	S2T_STATEMENT_MASK_NPT,
	S2T_STATEMENT_MASK_SPT,
	S2T_STATEMENT_HOST_GFN,
	S2T_STATEMENT_CONTENT,
	S2T_STATEMENT_PANICS,
	S2T_STATEMENT_COUNT
};

struct s2t_predicates {
	size_t count, room;
	struct s2t_node *node;
};

/* What a predicate is about. */
struct s2t_instance {
	const struct s2t_model *before;
	const struct s2t_board *board;
	const struct s2t_call *call;
	const struct s2t_step *step;
};

uint64_t s2t_predicate_value(const struct s2t_predicates *predicates, size_t root,
                             const struct s2t_instance *instance);

#endif
