/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where to look: the call of the operation that makes the write which went wrong. The names are those of the layer
 * interface that the operations are written against, and each operation changes an entry through one of them.
 */
#include <stdio.h>

#include "explain_internal.h"
#include "extra.h"

static const char *primitive_of_page(const struct s2t_diff *diff)
{
	static const char *const setters[] = { "set_pfn_owner", "set_pfn_count", "set_pfn_map" };

	for (unsigned i = 0; i < 3; i++)
		if (diff->model[i] != diff->iut[i])
			return setters[i];
	return setters[0];
}

const char *s2t_explain_primitive(const struct s2t_explanation *e, const struct s2t_diff *diff)
{
	const enum s2t_op op = (enum s2t_op)e->call.op;

	if (diff->kind != S2T_DIFF_ENTRY && diff->kind != S2T_DIFF_MALFORMED && diff->kind != S2T_DIFF_TOUCHED)
		return NULL;
	if (op > S2T_OP_UNMAP_SMMU_PAGE)
		return s2t_op_name(e->iut, op);
	switch ((enum s2t_entry_kind)diff->entry.kind) {
	case S2T_ENTRY_S2PAGE: return primitive_of_page(diff);
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK:
	case S2T_ENTRY_NPT_TABLE:
	case S2T_ENTRY_NPT_NEXT:
		if (op == S2T_OP_MAP_PAGE_HOST || op == S2T_OP_MAP_PFN_VM || op == S2T_OP_MAP_VM_IO)
			return "map_s2pt";
		return "clear_pfn_host";
	case S2T_ENTRY_SPT:
	case S2T_ENTRY_SPT_CONTEXT:
	case S2T_ENTRY_SPT_TABLE:
	case S2T_ENTRY_SPT_NEXT: return op == S2T_OP_UPDATE_SMMU_PAGE ? "map_spt" : "unmap_spt";
	case S2T_ENTRY_FLATMEM: return op == S2T_OP_CLEAR_VM_PAGE ? "clear_phys_page" : "fetch_from_doracle";
	case S2T_ENTRY_DATA_LOG: return "fetch_from_doracle";
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG:
	case S2T_ENTRY_KIND_COUNT: break;
	}
	return NULL;
}

void s2t_explain_where(struct s2t_explanation *e, const struct s2t_explained_diff *cause)
{
	const char *op = s2t_op_name(e->iut, e->call.op);
	const char *primitive = s2t_explain_primitive(e, &cause->diff);
	const bool inside = e->call.op > S2T_OP_UNMAP_SMMU_PAGE; /* the operation is a primitive */
	const char *part = s2t_explain_part(e, &cause->diff);
	char *text = e->look_at;
	const size_t size = sizeof(e->look_at);

	if (cause->fault == S2T_WRONG_EVENTS)
		snprintf(text, size, "where %s, or a function that it calls, takes and releases %s", op,
		         cause->name);
	else if (cause->fault == S2T_WRONG_LOCK)
		snprintf(text, size, "where %s, or a function that it calls, %s %s", op,
		         cause->diff.iut[0] ? "ends without releasing" : "releases", cause->name);
	else if (cause->fault == S2T_WRONG_UNSAFE)
		snprintf(text, size, "what %s ought to have refused, or undone", op);
	else if (cause->fault == S2T_WRONG_OUTCOME && e->context.lost)
		snprintf(text, size,
		         "the way through %s under a debugger: the replay below stops before the step", op);
	else if (cause->fault == S2T_WRONG_OUTCOME && s2t_is_extra(e->call.op))
		snprintf(text, size,
		         "the tests by which %s, and what it calls, tell whether a part of it panics", op);
	else if (cause->fault == S2T_WRONG_OUTCOME)
		snprintf(text, size, "the tests by which %s, and what it calls, tell case %s from the others",
		         op, s2t_case_row(e->step.case_id)->name);
	else if (cause->fault == S2T_WRONG_INDIRECT)
		snprintf(text, size, "what the entry starts as, and who else writes what it is read from");
	else if (part)
		snprintf(text, size, "what %s does for its part %s", op, part);
	else if (!primitive || inside)
		snprintf(text, size, "%s", op);
	else if (cause->fault == S2T_WRONG_MISSING_WRITE)
		snprintf(text, size, "the call of %s in %s: not made, or in the wrong place", primitive, op);
	else if (cause->fault == S2T_WRONG_EXTRA_WRITE && cause->diff.entry.kind != S2T_ENTRY_NPT_NEXT &&
	         cause->diff.entry.kind != S2T_ENTRY_SPT_NEXT)
		snprintf(text, size, "the call of %s in %s: its condition", primitive, op);
	else
		snprintf(text, size, "the call of %s in %s: its arguments, or what it does with them",
		         primitive, op);
}
