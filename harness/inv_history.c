/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants that speak of a change and not of a state, from scratch: what a sequence wrote is gone through
 * backwards, the journal of the model, or the words of the implementation's image. Of an implementation that has only
 * reads nothing is known here.
 */
#include <stdlib.h>

#include "inv_history.h"
#include "rdata.h"

/* The value that an entry, or a word, had when the writes behind this point were yet to come. */
struct later {
	uint64_t key, value;
	bool changed; /* the owner of a page, behind this point */
	bool placed;  /* of a word: what it belongs to is known */
	struct s2t_place place;
};

struct history {
	struct s2t_inv_side *side;
	struct s2t_inv_table later;
	uint8_t *active; /* of each VM: its active vCPUs at this point */
	bool no_memory;
};

static void note(struct history *history, enum s2t_invariant invariant, struct s2t_inv_place place)
{
	s2t_inv_side_broken(history->side, invariant, &place);
}

/* Goes back over a write of `key`, which holds `now` at the end. Returns what is remembered of the key, and in `*wrote` what
 * was written. NULL: out of memory. */
static struct later *go_back(struct history *history, uint64_t key, uint64_t old, uint64_t now, uint64_t *wrote)
{
	bool is_last;
	struct later *later = s2t_inv_table_make(&history->later, sizeof(*later), key, &is_last);

	if (!later) {
		history->no_memory = true;
		return NULL;
	}
	*wrote = is_last ? now : later->value;
	later->value = old;
	return later;
}

static void owner_changes(struct history *history, s2t_pfn pfn, uint32_t old, uint32_t now, bool *changed)
{
	const uint32_t corevisor = (uint32_t)history->side->ls->board.corevisor;
	const struct s2t_inv_place place = { .pfn = pfn, .number = old, .owner = now };

	const bool is_last = !*changed;

	if (old == now)
		return;
	*changed = true;
	if (old == corevisor || now == corevisor)
		note(history, S2T_CORE_ISO, place);
	if (old == 0 || old >= corevisor)
		return;
	if (history->active[old])
		note(history, S2T_ACTIVE_KEEPS, place);
	if (now == 0 && is_last && !s2t_inv_side_is_zero(history->side, pfn))
		note(history, S2T_ZERO_ON_RELEASE, place);
}

static void core_changes(struct history *history, s2t_gfn gfn, s2t_addr address, uint64_t old, uint64_t now)
{
	const s2t_pfn before = s2t_view_output(old) >> 12, after = s2t_view_output(now) >> 12;

	if (before && before != after)
		note(history, S2T_WRITE_ONCE,
		     (struct s2t_inv_place){ .level = address != 0,
		                             .gfn = address ? address : gfn,
		                             .pfn = before,
		                             .value = after });
}

static void vcpu_changes(struct history *history, uint32_t vmid, unsigned vcpu, uint64_t old)
{
	history->active[vmid] &= (uint8_t) ~(1 << vcpu);
	history->active[vmid] |= (uint8_t)((old == S2T_ACTIVE) << vcpu);
}

static void go_back_in_journal(struct history *history)
{
	const struct s2t_model *model = history->side->model;
	struct later *later;
	uint64_t wrote;

	for (size_t i = model->journal_count; i-- > 0 && !history->no_memory;) {
		const struct s2t_touch *touch = &model->journal[i];
		const uint64_t key = (uint64_t)touch->kind << 56 | touch->b;

		if (touch->kind == S2T_ENTRY_S2PAGE) {
			const struct s2t_page *page = touch->slot;

			later = go_back(history, key, (uint32_t)touch->old[0], page->owner, &wrote);
			if (later)
				owner_changes(history, touch->b, (uint32_t)touch->old[0], (uint32_t)wrote,
				              &later->changed);
		} else if (touch->kind == S2T_ENTRY_NPT && touch->a == model->board.corevisor) {
			if (go_back(history, key, touch->old[0], *(const uint64_t *)touch->slot, &wrote))
				core_changes(history, touch->b, 0, touch->old[0], wrote);
		} else if (touch->kind == S2T_ENTRY_VCPU && touch->level == S2T_VCPU_STATE) {
			vcpu_changes(history, touch->a, touch->b & 7, touch->old[0]);
		}
	}
}

/* A word of EL2's data. */
static void word_changes(struct history *history, const struct s2t_write *write, uint64_t wrote,
                         struct later *later)
{
	const struct s2t_place *place = &later->place;

	if (place->what == S2T_PLACE_PAGE && write->addr % 16 == 0)
		owner_changes(history, place->pfn, (uint32_t)write->old, (uint32_t)wrote, &later->changed);
	else if (place->what == S2T_PLACE_HYPER && place->entry.kind == S2T_ENTRY_VCPU &&
	         place->entry.level == S2T_VCPU_STATE)
		vcpu_changes(history, place->entry.a, place->entry.b & 7, write->old);
}

static void go_back_in_image(struct history *history)
{
	struct s2t_lockstep *ls = history->side->ls;
	const s2t_addr core = s2t_view_npt_range(&ls->view, ls->board.corevisor, 2);
	const s2t_addr core_end = s2t_view_npt_range(&ls->view, ls->board.corevisor, 3);
	size_t count;
	const struct s2t_write *writes = ls->ops->image->writes(ls->iut, &count);
	uint64_t wrote;

	for (size_t i = count; i-- > 0 && !history->no_memory;) {
		const struct s2t_write *write = &writes[i];
		const uint64_t key = (uint64_t)write->window << 40 | write->addr;
		const bool leaf = write->window == S2T_WINDOW_S2PT && write->addr >= core &&
		                  write->addr < core_end;

		if (write->window != S2T_WINDOW_EL2 && !leaf)
			continue;
		struct later *later = go_back(history, key, write->old,
		                              s2t_view_word(&ls->view, (enum s2t_window)write->window,
		                                            write->addr, write->old),
		                              &wrote);
		if (!later)
			return;
		if (leaf) {
			core_changes(history, 0, write->addr, write->old, wrote);
			continue;
		}
		if (!later->placed)
			later->place = s2t_place_of(ls, write);
		later->placed = true;
		word_changes(history, write, wrote, later);
	}
}

bool s2t_inv_history(struct s2t_inv_side *side)
{
	const uint32_t vms = (uint32_t)side->ls->board.corevisor + 1;
	struct history history = { .side = side, .active = calloc(vms, 1) };

	for (uint32_t vmid = 0; history.active && vmid < vms; vmid++)
		for (unsigned vcpu = 0; vcpu < S2T_VCPUS; vcpu++)
			vcpu_changes(&history, vmid, vcpu,
			             s2t_inv_side_word(side, S2T_ENTRY_VCPU, S2T_VCPU_STATE, vmid, vcpu));
	if (!history.active)
		history.no_memory = true;
	else if (side->model)
		go_back_in_journal(&history);
	else if (side->ls->ops->image && !side->ls->entries)
		go_back_in_image(&history);
	s2t_inv_table_free(&history.later);
	free(history.active);
	return !history.no_memory;
}
