/* SPDX-License-Identifier: BSD-2-Clause */
/* The value of a predicate. */
#include "predicate.h"

#include <string.h>

/* The argument of that name, 0 of an operation that has none. */
static uint64_t argument(const struct s2t_call *call, const char *name)
{
	const struct s2t_op_info *info = &s2t_op_table[call->op];

	for (unsigned i = 0; i < info->arg_count; i++)
		if (strcmp(info->arg[i].name, name) == 0)
			return call->arg[i];
	return 0;
}

static unsigned context_of(const uint64_t cbndx_index[2])
{
	return (unsigned)(8 * cbndx_index[1] + cbndx_index[0]);
}

static uint64_t state(const struct s2t_instance *of, enum s2t_state_query query, const uint64_t a[3])
{
	const struct s2t_model *m = of->before;
	const bool has_context = a[0] < 8 && a[1] < 2;

	switch (query) {
	case S2T_QUERY_OWNER: return s2t_model_page(m, a[0]).owner;
	case S2T_QUERY_COUNT: return s2t_model_page(m, a[0]).count;
	case S2T_QUERY_GFN: return s2t_model_page(m, a[0]).gfn;
	case S2T_QUERY_TOKEN: return s2t_model_token(m, a[0]);
	case S2T_QUERY_NPT_PFN: return s2t_model_npt(m, a[0], a[1] >> 12).pfn;
	case S2T_QUERY_NPT_LEVEL: return s2t_model_npt(m, a[0], a[1] >> 12).level;
	case S2T_QUERY_NPT_PTE: return s2t_model_npt(m, a[0], a[1] >> 12).pte;
	case S2T_QUERY_SPT_PFN: return has_context ? s2t_model_spt(m, context_of(a), a[2] >> 12).pfn : 0;
	case S2T_QUERY_SPT_PTE: return has_context ? s2t_model_spt(m, context_of(a), a[2] >> 12).pte : 0;
	case S2T_QUERY_LOCKED: return a[0] <= UINT32_MAX && s2t_model_lock_held(m, (uint32_t)a[0]);
	case S2T_QUERY_HALTED: return s2t_model_halted(m);
	case S2T_QUERY_COREVISOR: return of->board->corevisor;
	case S2T_QUERY_MAX_SHARE_COUNT: return of->board->max_share_count;
	case S2T_QUERY_EL2_SMMU_CFG_SIZE: return of->board->el2_smmu_cfg_size;
	case S2T_QUERY_SMMU_HOST_OFFSET: return of->board->smmu_host_offset;
	case S2T_QUERY_FRAME: return (a[0] & UINT64_C(0x0000fffffffff000)) >> 12;
	}
	return 0;
}

uint64_t s2t_predicate_value(const struct s2t_predicates *predicates, size_t root,
                             const struct s2t_instance *of)
{
	const struct s2t_node *node = &predicates->node[root];
	uint64_t x[3] = { 0, 0, 0 };

	switch (node->kind) {
	case S2T_NODE_NUMBER: return node->value;
	case S2T_NODE_ARGUMENT: return argument(of->call, node->argument);
	case S2T_NODE_OP: return node->value >> of->call->op & 1;
	case S2T_NODE_CASE: return of->step->case_id == (enum s2t_case)node->value;
	case S2T_NODE_TOOK: return s2t_model_took(of->before, (enum s2t_case)node->value);
	case S2T_NODE_OUTCOME: return of->step->outcome == (enum s2t_outcome)node->value;
	case S2T_NODE_AND:
		return s2t_predicate_value(predicates, node->operand[0], of) &&
		       s2t_predicate_value(predicates, node->operand[1], of);
	case S2T_NODE_OR:
		return s2t_predicate_value(predicates, node->operand[0], of) ||
		       s2t_predicate_value(predicates, node->operand[1], of);
	default: break;
	}
	for (unsigned i = 0; i < node->operands; i++)
		x[i] = s2t_predicate_value(predicates, node->operand[i], of);
	switch (node->kind) {
	case S2T_NODE_STATE: return state(of, (enum s2t_state_query)node->value, x);
	case S2T_NODE_NOT: return !x[0];
	case S2T_NODE_EQUAL: return x[0] == x[1];
	case S2T_NODE_UNEQUAL: return x[0] != x[1];
	case S2T_NODE_LESS: return x[0] < x[1];
	case S2T_NODE_LESS_EQUAL: return x[0] <= x[1];
	case S2T_NODE_GREATER: return x[0] > x[1];
	case S2T_NODE_GREATER_EQUAL: return x[0] >= x[1];
	case S2T_NODE_PLUS: return x[0] + x[1];
	case S2T_NODE_MINUS: return x[0] - x[1];
	case S2T_NODE_BIT_AND: return x[0] & x[1];
	case S2T_NODE_BIT_OR: return x[0] | x[1];
	case S2T_NODE_SHIFT_LEFT: return x[1] < 64 ? x[0] << x[1] : 0;
	case S2T_NODE_SHIFT_RIGHT: return x[1] < 64 ? x[0] >> x[1] : 0;
	default: return 0;
	}
}
