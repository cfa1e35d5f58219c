/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the invariants: words of the hypercall layer, and the end of a step. */
#include <stdlib.h>

#include "inv_parts.h"

static void note_vm(struct s2t_inv_state *state, uint32_t vmid)
{
	if (state->is_worded[vmid])
		return;
	state->is_worded[vmid] = 1;
	state->worded[state->worded_count++] = vmid;
}

void s2t_inv_feed_word(struct s2t_inv_state *state, const struct s2t_touch *entry, uint64_t value)
{
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_VM:
		note_vm(state, entry->a);
		if (entry->level == S2T_VM_IMAGES)
			state->words_changed = state->due = true;
		if (entry->level == S2T_VM_STATE && state->off[entry->a] != (value > S2T_VERIFIED)) {
			state->off[entry->a] = value > S2T_VERIFIED;
			state->all_dirty = state->due = true;
		}
		break;
	case S2T_ENTRY_VCPU:
		note_vm(state, entry->a);
		if (entry->level == S2T_VCPU_STATE) {
			const uint8_t bit = (uint8_t)(1 << (entry->b & 7));

			state->active[entry->a] &= (uint8_t)~bit;
			state->active[entry->a] |= value == S2T_ACTIVE ? bit : 0;
		}
		break;
	case S2T_ENTRY_IMAGE: state->words_changed = state->due = true; break;
	case S2T_ENTRY_CORE:
		if (entry->level == S2T_CORE_NEXT_REMAP) {
			state->next_remap = value;
			state->words_changed = state->due = true;
		}
		break;
	case S2T_ENTRY_SMMU_CFG:
		if (state->cfg[entry->a & 15] == (uint32_t)value)
			break;
		if (s2t_inv_bank(value, state->board->corevisor) &&
		    !s2t_inv_bank(state->cfg[entry->a & 15], state->board->corevisor))
			s2t_inv_news(
				state, S2T_SMMU_VM,
				(struct s2t_inv_place){ .smmu = true, .number = entry->a, .value = value });
		const uint32_t bank = UINT32_C(1) << (entry->a & 15);

		state->of_host = value == 0 ? state->of_host | bank : state->of_host & ~bank;
		state->of_nobody = (uint32_t)value == S2T_NOBODY ? state->of_nobody | bank
		                                                 : state->of_nobody & ~bank;
		state->bound += state->cfg[entry->a & 15] == S2T_NOBODY;
		state->bound -= (uint32_t)value == S2T_NOBODY;
		state->cfg[entry->a & 15] = (uint32_t)value;
		state->all_dirty = state->due = true;
		break;
	default: break;
	}
}

bool s2t_inv_read_images(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	const size_t most = state->worded_count * S2T_IMAGES;

	if (most > state->image_room) {
		struct s2t_inv_image *grown = realloc(state->image, most * sizeof(*grown));

		if (!grown)
			return false;
		state->image = grown;
		state->image_room = most;
	}
	state->image_count = 0;
	for (size_t i = 0; i < state->worded_count; i++) {
		const uint32_t vmid = state->worded[i];
		const uint64_t count = s2t_inv_side_word(side, S2T_ENTRY_VM, S2T_VM_IMAGES, vmid, 0);

		for (uint32_t k = 0; k < S2T_IMAGES && k < count; k++)
			state->image[state->image_count++] = s2t_inv_side_image(side, vmid, k);
	}
	return true;
}

/* Images, and where they are mapped, all of them: images are few, and their words are written rarely. */
static void judge_words(struct s2t_inv_state *state, uint32_t *broken, struct s2t_inv_place *place)
{
	struct s2t_inv_place here;

	if (state->next_remap == 0 && state->board->remap_start != 0) {
		*broken |= S2T_INV(S2T_REMAP_PTR);
		place[S2T_REMAP_PTR] = (struct s2t_inv_place){ .value = 0 };
	}
	for (size_t i = 0; i < state->image_count; i++) {
		const uint32_t alone = s2t_inv_image(&state->image[i], state->next_remap);

		for (int k = S2T_REMAP_ADDR; k <= S2T_REMAP_RANGE; k++)
			if (alone & S2T_INV(k))
				place[k] = s2t_inv_image_place(&state->image[i], NULL);
		*broken |= alone;
		for (size_t j = 0; j < i; j++) {
			if (!s2t_inv_images(&state->image[i], &state->image[j]))
				continue;
			*broken |= S2T_INV(S2T_REMAP_NO_OVERLAP);
			place[S2T_REMAP_NO_OVERLAP] = s2t_inv_image_place(&state->image[j], &state->image[i]);
		}
	}
	for (size_t i = 0; i < state->core_count; i++) {
		const uint32_t core = s2t_inv_judge_core(state, &S2T_INV_ENTRIES(state)[state->core[i]], &here);

		for (int k = S2T_CORE_MAP; k <= S2T_CORE_REMAP; k++)
			if (core & S2T_INV(k))
				place[k] = here;
		*broken |= core;
	}
}

static void settle_words(struct s2t_inv_state *state)
{
	struct s2t_inv_place place[S2T_INVARIANT_COUNT];
	uint32_t broken = 0;

	state->words_changed = false;
	judge_words(state, &broken, place);
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (broken & ~state->words_broken & S2T_INV(i))
			s2t_inv_news(state, (enum s2t_invariant)i, place[i]);
	state->words_broken = broken;
}

S2T_INV_RARE bool s2t_inv_settle_all(struct s2t_inv_state *state, const struct s2t_inv_side *side)
{
	state->due = false;
	if (state->words_changed)
		settle_words(state);
	if (state->dirty_count > 0 || state->all_dirty)
		s2t_inv_settle_pages(state, side);
	return !state->no_memory;
}
