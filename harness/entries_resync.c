/* SPDX-License-Identifier: BSD-2-Clause */
/* Resynchronisation: what a step named is read from the implementation and written into the model. */
#include "entries.h"
#include "entry.h"

static bool set_page(struct s2t_lockstep *ls, s2t_pfn pfn)
{
	const struct s2t_mapfile *map = ls->entries->map;
	struct s2t_page page = s2t_read_page(ls, pfn);
	const struct s2t_page model = s2t_model_page(ls->model, pfn);

	if (!s2t_model_page_tracked(ls->model, pfn))
		return page.owner == model.owner && page.count == model.count && page.gfn == model.gfn;
	/* The model's own way to say the gfn of a host page. */
	if (page.owner == 0 && map && map->host_gfn != S2T_HOST_GFN_COMPARED)
		page.gfn = model.owner == 0 ? model.gfn : pfn + ls->board.smmu_host_offset;
	return s2t_model_set_page(ls->model, pfn, page);
}

static bool set_npt(struct s2t_lockstep *ls, uint32_t vmid, s2t_gfn gfn)
{
	struct s2t_npt_entry entry = s2t_read_npt(ls, vmid, gfn);

	if (ls->entries->map)
		entry.pte &= ~ls->entries->map->npt_mask;
	return s2t_model_set_npt(ls->model, vmid, gfn, entry);
}

static bool set_block(struct s2t_lockstep *ls, uint32_t vmid, s2t_gfn first)
{
	if (s2t_read_npt(ls, vmid, first).level == 2)
		return set_npt(ls, vmid, first);
	for (unsigned i = 0; i < 512; i++)
		if (!set_npt(ls, vmid, first + i))
			return false;
	return true;
}

static bool set_spt(struct s2t_lockstep *ls, uint32_t context, s2t_gfn gfn)
{
	struct s2t_spt_entry entry = s2t_read_spt(ls, context, gfn);

	if (ls->entries->map)
		entry.pte &= ~ls->entries->map->spt_mask;
	return s2t_model_set_spt(ls->model, context, gfn, entry);
}

static bool set_entry(struct s2t_lockstep *ls, const struct s2t_named *named)
{
	const struct s2t_touch entry = s2t_named_entry(named);
	uint64_t value[3];
	bool uniform;

	switch ((enum s2t_entry_kind)entry.kind) {
	case S2T_ENTRY_S2PAGE: return set_page(ls, entry.b);
	case S2T_ENTRY_NPT: return set_npt(ls, entry.a, entry.b);
	case S2T_ENTRY_NPT_BLOCK: return set_block(ls, entry.a, entry.b);
	case S2T_ENTRY_SPT: return set_spt(ls, entry.a, entry.b);
	default: break;
	}
	if (!s2t_read_entry(ls, &entry, value, &uniform) || named->unknown)
		return true; /* nothing is known of it, so the model keeps its own */
	switch ((enum s2t_entry_kind)entry.kind) {
	case S2T_ENTRY_FLATMEM: return uniform && s2t_model_set_token(ls->model, entry.b, value[0]);
	case S2T_ENTRY_DATA_LOG: return s2t_model_set_data_log(ls->model, entry.a, value[0]);
	case S2T_ENTRY_NPT_NEXT:
		return s2t_model_set_npt_used(ls->model, entry.a, entry.level,
		                              value[0] - s2t_view_npt_range(&ls->view, entry.a, entry.level));
	case S2T_ENTRY_SPT_NEXT:
		return s2t_model_set_spt_used(ls->model, entry.level,
		                              value[0] - s2t_view_spt_range(&ls->view, entry.level));
	default: return s2t_model_set_word(ls->model, &entry, value[0]);
	}
}

bool s2t_entries_resync(struct s2t_lockstep *ls)
{
	struct s2t_entries *e = ls->entries;

	if (!s2t_model_resume(ls->model))
		return false;
	/* Cursors last: setting an entry may have moved them. */
	for (unsigned cursors = 0; cursors < 2; cursors++)
		for (size_t i = 0; i < e->of_step_count; i++) {
			const struct s2t_named *named = &e->named[e->of_step[i]];
			const bool cursor = named->kind == S2T_ENTRY_NPT_NEXT ||
			                    named->kind == S2T_ENTRY_SPT_NEXT;

			if (cursor == (cursors == 1) && !set_entry(ls, named))
				return false;
		}
	return true;
}
