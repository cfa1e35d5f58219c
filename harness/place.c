/* SPDX-License-Identifier: BSD-2-Clause */
/* What a word of the image belongs to, and which writes belong to nothing. */
#include <string.h>

#include "lockstep.h"

enum { SPT_ROOTS = 16, MAX_RECORDS = 1 << 24 };

static bool within(s2t_addr address, s2t_addr start, uint64_t size)
{
	return address >= start && address - start < size;
}

/* The page whose ownership record has this index: the inverse of s2t_board_record_of. */
static bool page_of_record(const struct s2t_board *board, uint64_t index, s2t_pfn *pfn)
{
	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];

		if (region->index == S2T_NOMAP || index < region->index)
			continue;
		*pfn = (region->base + (index - region->index) * 4096 + 4095) / 4096;
		if (s2t_board_record_of(board, *pfn) == index)
			return true;
	}
	return false;
}

static struct s2t_place place_in_el2(struct s2t_lockstep *ls, s2t_addr at)
{
	const struct s2t_el2_layout *el2 = &ls->view.el2;
	const uint64_t vms = ls->board.corevisor + 1;
	struct s2t_place place = { .what = S2T_PLACE_NONE };

	if (within(at, el2->s2_pages, UINT64_C(16) * MAX_RECORDS) &&
	    page_of_record(&ls->board, (at - el2->s2_pages) / 16, &place.pfn)) {
		place.what = S2T_PLACE_PAGE;
	} else if (within(at, el2->locks, 8 * (S2T_LOCK_NPT + 2 * vms))) {
		place.what = S2T_PLACE_LOCK;
		place.number = (uint32_t)((at - el2->locks) / 8);
	} else if (within(at, el2->data_log, 8 * vms)) {
		place.what = S2T_PLACE_DATA_LOG;
		place.number = (uint32_t)((at - el2->data_log) / 8);
	} else if (within(at, el2->npt_next, 32 * vms) && (at - el2->npt_next) % 32 < 24) {
		place.what = S2T_PLACE_NPT;
		place.number = (uint32_t)((at - el2->npt_next) / 32);
	} else if (within(at, el2->spt_next, 16)) {
		place.what = S2T_PLACE_SPT;
	} else if (s2t_view_hyper_entry(&ls->view, at, &place.entry)) {
		place.what = S2T_PLACE_HYPER;
	}
	return place;
}

struct s2t_place s2t_place_of(struct s2t_lockstep *ls, const struct s2t_write *write)
{
	const struct s2t_board *board = &ls->board;
	struct s2t_place place = { .what = S2T_PLACE_NONE };
	const s2t_addr at = write->addr;

	switch ((enum s2t_window)write->window) {
	case S2T_WINDOW_PAGES:
		place.what = S2T_PLACE_TOKEN;
		place.pfn = at / 4096;
		break;
	case S2T_WINDOW_EL2: place = place_in_el2(ls, at); break;
	case S2T_WINDOW_S2PT: {
		if (!within(at, board->pt_pool_start, (board->corevisor + 1) * board->pt_pool_per_vm))
			break;
		uint64_t offset = (at - board->pt_pool_start) % board->pt_pool_per_vm;

		place.number = (uint32_t)((at - board->pt_pool_start) / board->pt_pool_per_vm);
		if (offset < 4096 || offset >= board->pgd_offset) /* the root table, or the other tables */
			place.what = S2T_PLACE_NPT;
		break;
	}
	case S2T_WINDOW_SMMU:
		if (within(at, board->smmu_pool_start, SPT_ROOTS * 8192) ||
		    within(at, board->smmu_pgd_start, board->smmu_pool_end - board->smmu_pgd_start))
			place.what = S2T_PLACE_SPT;
		break;
	case S2T_WINDOW_COUNT: break;
	}
	return place;
}

/* Whether a word lies in a table page that its pool has not handed out. */
static bool in_free_table(struct s2t_lockstep *ls, const struct s2t_write *write, const struct s2t_place *place)
{
	struct s2t_view *view = &ls->view;
	const bool npt = place->what == S2T_PLACE_NPT;

	if (write->window == S2T_WINDOW_EL2)
		return false;
	for (unsigned level = 0; level < (npt ? 3U : 2U); level++) {
		s2t_addr next = npt ? s2t_view_npt_next(view, place->number, level)
		                    : s2t_view_spt_next(view, level);
		s2t_addr end = npt ? s2t_view_npt_range(view, place->number, level + 1)
		                   : s2t_view_spt_range(view, level + 1);

		if (write->addr >= next && write->addr < end)
			return true;
	}
	return false;
}

void s2t_find_strays(struct s2t_lockstep *ls, bool tables, struct s2t_diffs *diffs)
{
	size_t count;
	const struct s2t_write *write = ls->ops->image->writes(ls->iut, &count);

	for (size_t i = ls->step_writes; i < count; i++) {
		const struct s2t_place place = s2t_place_of(ls, &write[i]);
		const bool table = place.what == S2T_PLACE_NPT || place.what == S2T_PLACE_SPT;
		uint64_t word = s2t_view_word(&ls->view, (enum s2t_window)write[i].window, write[i].addr, 0);

		if (place.what != S2T_PLACE_NONE &&
		    !(table && tables && word && in_free_table(ls, &write[i], &place)))
			continue;
		if (diffs->total++ >= S2T_MAX_DIFFS)
			continue;
		struct s2t_diff *diff = &diffs->diff[diffs->total - 1];

		memset(diff, 0, sizeof(*diff));
		diff->kind = S2T_DIFF_STRAY;
		diff->window = (enum s2t_window)write[i].window;
		diff->address = write[i].addr;
		diff->before[0] = write[i].old;
		diff->iut[0] = word;
		diff->iut_has_value = true;
		diff->text = table ? "a word of a table page that its pool has not handed out"
		                   : "a word that is no entry, lock, cursor or table";
	}
}
