/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: its start state, and what is in it. */
#include "inv_parts.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXTS = 16 };

bool s2t_inv_state_init(struct s2t_inv_state *state, const struct s2t_board *board)
{
	const size_t vms = (size_t)board->corevisor + 1;

	*state = (struct s2t_inv_state){ .board = board };
	state->counted = board->el2_smmu_cfg_size < CONTEXTS ? (UINT32_C(1) << board->el2_smmu_cfg_size) - 1
	                                                     : (UINT32_C(1) << CONTEXTS) - 1;
	state->off = calloc(vms, 1);
	state->active = calloc(vms, 1);
	state->is_worded = calloc(vms, 1);
	state->worded = calloc(vms, sizeof(*state->worded));
	state->tables = calloc(3 * (vms + 1), sizeof(*state->tables));
	state->pooled = calloc(3 * (vms + 1), sizeof(*state->pooled));
	if (!state->off || !state->active || !state->is_worded || !state->worded || !state->tables ||
	    !state->pooled) {
		s2t_inv_state_free(state);
		return false;
	}
	s2t_inv_state_reset(state);
	return true;
}

void s2t_inv_state_free(struct s2t_inv_state *state)
{
	s2t_inv_table_free(&state->entry);
	s2t_inv_table_free(&state->page);
	s2t_inv_table_free(&state->range);
	s2t_inv_table_free(&state->reached);
	s2t_inv_table_free(&state->known);
	free(state->dirty);
	free(state->off);
	free(state->active);
	free(state->is_worded);
	free(state->worded);
	free(state->tables);
	free(state->pooled);
	free(state->image);
	free(state->core);
	*state = (struct s2t_inv_state){ .board = NULL };
}

void s2t_inv_state_reset(struct s2t_inv_state *state)
{
	s2t_inv_table_reset(&state->entry, sizeof(struct s2t_inv_entry));
	s2t_inv_table_reset(&state->page, sizeof(struct s2t_inv_page));
	s2t_inv_table_reset(&state->range, sizeof(struct s2t_inv_range));
	s2t_inv_table_reset(&state->reached, sizeof(struct s2t_inv_range));
	s2t_inv_table_reset(&state->known, sizeof(uint64_t));
	while (state->worded_count > 0) {
		const uint32_t vmid = state->worded[--state->worded_count];

		state->off[vmid] = state->active[vmid] = state->is_worded[vmid] = 0;
	}
	while (state->pooled_count > 0)
		state->tables[state->pooled[--state->pooled_count]] = 0;
	for (unsigned context = 0; context < CONTEXTS; context++)
		state->cfg[context] = S2T_NOBODY;
	state->bound = 0;
	state->of_host = 0;
	state->of_nobody = (UINT32_C(1) << CONTEXTS) - 1;
	state->next_remap = state->board->remap_start;
	memset(state->dma, 0, sizeof(state->dma));
	state->blocks = state->covered = state->dirty_count = state->image_count = state->core_count = 0;
	state->all_dirty = state->no_memory = state->words_changed = state->ranged = state->due = false;
	state->words_broken = state->news = state->alone = 0;
}

const struct s2t_inv_entry *s2t_inv_find_entry(const struct s2t_inv_state *state, uint64_t key)
{
	return S2T_INV_FIND(state->entry, const struct s2t_inv_entry, key);
}

const struct s2t_inv_page *s2t_inv_find_page(const struct s2t_inv_state *state, s2t_pfn pfn)
{
	return S2T_INV_FIND(state->page, const struct s2t_inv_page, pfn);
}
