/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking what a sequence starts from: the start pages, and the keys of the board, which go back to their defaults
 * where the divergence does not need them. When regions change, pages of RAM keep their distance from the start of
 * theirs.
 */
#include <stdio.h>
#include <string.h>

#include "optable.h"
#include "shrink.h"

/* The draft without its start pages from `first` to before `end`. */
static bool try_without_pages(struct s2t_shrink *shrink, size_t first, size_t end)
{
	struct s2t_sequence *draft = &shrink->draft;

	s2t_shrink_draft(shrink);
	memmove(draft->pages + first, draft->pages + end,
	        (draft->board.start_page_count - end) * sizeof(*draft->pages));
	draft->board.start_page_count -= end - first;
	return s2t_shrink_try_board(shrink);
}

static bool remove_pages(struct s2t_shrink *shrink)
{
	bool changed = false;

	for (size_t chunk = shrink->best.board.start_page_count; chunk > 0; chunk /= 2) {
		for (size_t end = shrink->best.board.start_page_count; end > 0;) {
			const size_t first = end > chunk ? end - chunk : 0;

			changed |= try_without_pages(shrink, first, end);
			end = first;
		}
	}
	return changed;
}

/* Smaller counts in the start pages that are left. */
static bool lower_counts(struct s2t_shrink *shrink)
{
	bool changed = false;

	for (size_t i = 0; i < shrink->best.board.start_page_count; i++) {
		for (uint32_t count = 0; count < 4 && count < shrink->best.pages[i].page.count; count++) {
			s2t_shrink_draft(shrink);
			shrink->draft.pages[i].page.count = count;
			if (s2t_shrink_try_board(shrink)) {
				changed = true;
				break;
			}
		}
	}
	return changed;
}

/* Where a frame of the old board's RAM is on the new one: in the region of the same number. A frame that is none may
 * be that of a host page in an SMMU. */
static bool translate(const struct s2t_board *from, const struct s2t_board *to, uint64_t *frame)
{
	for (uint32_t i = from->region_count; i-- > 0;) {
		const struct s2t_region *old = &from->region[i];
		const uint64_t first = (old->base + 4095) / 4096;

		if (old->index == S2T_NOMAP || *frame < first || *frame - first > old->size / 4096)
			continue;
		if (i >= to->region_count)
			return false;
		*frame = (to->region[i].base + 4095) / 4096 + (*frame - first);
		return true;
	}
	return false;
}

static uint64_t translated(const struct s2t_board *from, const struct s2t_board *to, uint64_t frame)
{
	uint64_t host = frame - from->smmu_host_offset;

	if (translate(from, to, &frame))
		return frame;
	return translate(from, to, &host) ? host + to->smmu_host_offset : frame;
}

/* Takes all frames of the draft from the best's board to the draft's. */
static void translate_draft(struct s2t_shrink *shrink)
{
	const struct s2t_board *from = &shrink->best.board, *to = &shrink->draft.board;
	const uint64_t output = UINT64_C(0x0000fffffffff000);

	for (size_t i = 0; i < shrink->draft.count; i++) {
		struct s2t_call *call = &shrink->draft.call[i];
		const struct s2t_op_info *info = &s2t_op_table[call->op];

		for (unsigned k = 0; k < info->arg_count; k++) {
			uint64_t *arg = &call->arg[k];

			switch (info->arg[k].kind) {
			case S2T_ARG_PFN:
			case S2T_ARG_GFN: *arg = translated(from, to, *arg); break;
			case S2T_ARG_IPA:
			case S2T_ARG_PA:
			case S2T_ARG_IOVA: *arg = translated(from, to, *arg >> 12) << 12 | (*arg & 4095); break;
			case S2T_ARG_PTE:
				*arg = (*arg & ~output) |
				       (translated(from, to, (*arg & output) >> 12) << 12 & output);
				break;
			default: break;
			}
		}
	}
	for (size_t i = 0; i < to->start_page_count; i++) {
		shrink->draft.pages[i].pfn = translated(from, to, shrink->draft.pages[i].pfn);
		shrink->draft.pages[i].page.gfn = translated(from, to, shrink->draft.pages[i].page.gfn);
	}
}

/* The board keys of `mask` as by default, with frames translated or as they are. */
static bool try_defaults(struct s2t_shrink *shrink, uint32_t mask)
{
	struct s2t_board fallback;

	s2t_board_default(&fallback);
	for (int translating = 1; translating >= 0; translating--) {
		struct s2t_board *board = &shrink->draft.board;

		s2t_shrink_draft(shrink);
		for (int key = 0; key < S2T_KEY_HOST_GFN; key++)
			if (mask >> key & 1)
				s2t_board_set_number(board, (enum s2t_key)key,
				                     s2t_board_number(&fallback, (enum s2t_key)key));
		if (mask >> S2T_KEY_HOST_GFN & 1)
			board->host_gfn_zero = fallback.host_gfn_zero;
		if (mask >> S2T_KEY_REGION & 1) {
			board->region_count = fallback.region_count;
			memcpy(board->region, fallback.region, sizeof(board->region));
		}
		if (translating)
			translate_draft(shrink);
		if (s2t_shrink_try_board(shrink))
			return true;
	}
	return false;
}

/* The keys that are not at their default. */
static uint32_t odd_keys(const struct s2t_board *board)
{
	struct s2t_board fallback;
	uint32_t mask = 0;

	s2t_board_default(&fallback);
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++)
		if (s2t_board_number(board, (enum s2t_key)key) != s2t_board_number(&fallback, (enum s2t_key)key))
			mask |= UINT32_C(1) << key;
	if (board->host_gfn_zero != fallback.host_gfn_zero)
		mask |= UINT32_C(1) << S2T_KEY_HOST_GFN;
	if (board->region_count != fallback.region_count)
		mask |= UINT32_C(1) << S2T_KEY_REGION;
	for (uint32_t i = 0; i < board->region_count && i < fallback.region_count; i++)
		if (board->region[i].base != fallback.region[i].base ||
		    board->region[i].size != fallback.region[i].size ||
		    board->region[i].index != fallback.region[i].index)
			mask |= UINT32_C(1) << S2T_KEY_REGION;
	return mask;
}

static bool restore_defaults(struct s2t_shrink *shrink)
{
	uint32_t mask = odd_keys(&shrink->best.board);
	bool changed = false;

	if (!mask)
		return false;
	if (try_defaults(shrink, mask)) {
		(void)snprintf(shrink->best.board.name, sizeof(shrink->best.board.name), "default");
		return true;
	}
	for (int key = 0; key < S2T_KEY_COUNT; key++)
		if (mask >> key & 1)
			changed |= try_defaults(shrink, UINT32_C(1) << key);
	return changed;
}

bool s2t_shrink_board(struct s2t_shrink *shrink)
{
	bool changed = remove_pages(shrink);

	changed |= lower_counts(shrink);
	changed |= restore_defaults(shrink);
	return changed;
}
