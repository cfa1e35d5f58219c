/* SPDX-License-Identifier: BSD-2-Clause */
/* What an abstraction map says of an entry, and of a step. */
#include "mapfile.h"

#include <stdio.h>
#include <stdlib.h>

#include "input.h"

enum { HOST = 0 };

const char *s2t_rule_action_name(enum s2t_rule_action action)
{
	static const char *const names[] = {
		[S2T_RULE_SKIP] = "skip",
		[S2T_RULE_TOLERATE] = "tolerate",
		[S2T_RULE_RESYNC] = "resync",
	};

	return names[action];
}

void s2t_mapfile_normalise(const struct s2t_mapfile *map, const struct s2t_board *board,
                           const struct s2t_touch *entry, uint64_t model[3], uint64_t iut[3])
{
	if (!map)
		return;
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK:
		model[2] &= ~map->npt_mask;
		iut[2] &= ~map->npt_mask;
		break;
	case S2T_ENTRY_SPT:
		model[1] &= ~map->spt_mask;
		iut[1] &= ~map->spt_mask;
		break;
	case S2T_ENTRY_S2PAGE:
		if (model[0] != HOST || map->host_gfn == S2T_HOST_GFN_COMPARED)
			break;
		model[2] = map->host_gfn == S2T_HOST_GFN_IS_OFFSET ? entry->b + board->smmu_host_offset : 0;
		if (map->host_gfn == S2T_HOST_GFN_IGNORED)
			iut[2] = 0;
		break;
	default: break;
	}
}

int s2t_mapfile_rule(const struct s2t_mapfile *map, const struct s2t_model *before,
                     const struct s2t_board *board, const struct s2t_call *call, const struct s2t_step *step)
{
	const struct s2t_instance instance = { before, board, call, step };

	for (size_t i = 0; i < map->rule_count; i++)
		if ((map->rule[i].ops >> call->op & 1) &&
		    s2t_predicate_value(&map->predicates, map->rule[i].when, &instance))
			return (int)i;
	return -1;
}

void s2t_mapfile_free(struct s2t_mapfile *map)
{
	if (!map)
		return;
	free(map->predicates.node);
	free(map);
}
