/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking what a sequence starts from. Start pages go. Where many operations only fill a counter or a pool,
 * a board with a lower limit or a smaller pool does with fewer of them. Other keys of the board go back to
 * their defaults where the divergence does not need them; when regions change, pages of RAM keep their
 * distance from the start of theirs.
 */
#include <stdio.h>
#include <string.h>

#include "extra.h"
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

/* Where a frame of the old board's RAM is on the new one: in the region of the same number. A frame that
 * is none may be that of a host page in an SMMU. */
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
		struct s2t_op_info row;
		const struct s2t_op_info *info = s2t_op_row(shrink->options->iut, call->op, &row);

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
static bool try_defaults(struct s2t_shrink *shrink, uint64_t mask)
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
static uint64_t odd_keys(const struct s2t_board *board)
{
	struct s2t_board fallback;
	uint64_t mask = 0;

	s2t_board_default(&fallback);
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++)
		if (s2t_board_number(board, (enum s2t_key)key) !=
		    s2t_board_number(&fallback, (enum s2t_key)key))
			mask |= UINT64_C(1) << key;
	if (board->host_gfn_zero != fallback.host_gfn_zero)
		mask |= UINT64_C(1) << S2T_KEY_HOST_GFN;
	if (board->region_count != fallback.region_count)
		mask |= UINT64_C(1) << S2T_KEY_REGION;
	for (uint32_t i = 0; i < board->region_count && i < fallback.region_count; i++)
		if (board->region[i].base != fallback.region[i].base ||
		    board->region[i].size != fallback.region[i].size ||
		    board->region[i].index != fallback.region[i].index)
			mask |= UINT64_C(1) << S2T_KEY_REGION;
	return mask;
}

static bool restore_defaults(struct s2t_shrink *shrink)
{
	uint64_t mask = odd_keys(&shrink->best.board);
	bool changed = false;

	if (!mask)
		return false;
	if (try_defaults(shrink, mask))
		return true;
	for (int key = 0; key < S2T_KEY_COUNT; key++)
		if (mask >> key & 1)
			changed |= try_defaults(shrink, UINT64_C(1) << key);
	return changed;
}

/* What can be tightened: a limit, or the pool between two neighbouring keys of a chain, in pages. */
enum { LIMITS = 2, NPT_POOLS = 3, SPT_POOLS = 2, RESOURCES = LIMITS + NPT_POOLS + SPT_POOLS };

static const enum s2t_key limit_keys[LIMITS] = { S2T_KEY_MAX_SHARE_COUNT, S2T_KEY_EL2_SMMU_CFG_SIZE };
static const enum s2t_key npt_chain[] = { S2T_KEY_PGD_OFFSET, S2T_KEY_PUD_OFFSET, S2T_KEY_PMD_OFFSET,
	                                  S2T_KEY_PT_POOL_PER_VM };
static const enum s2t_key spt_chain[] = { S2T_KEY_SMMU_PGD_START, S2T_KEY_SMMU_PMD_START,
	                                  S2T_KEY_SMMU_POOL_END };

/* The chain that a pool is in, and where. */
static const enum s2t_key *chain_of(unsigned resource, unsigned *first, unsigned *last)
{
	const bool npt = resource < LIMITS + NPT_POOLS;

	*first = npt ? resource - LIMITS : resource - LIMITS - NPT_POOLS;
	*last = npt ? NPT_POOLS : SPT_POOLS;
	return npt ? npt_chain : spt_chain;
}

static uint64_t amount(const struct s2t_board *board, unsigned resource)
{
	unsigned first, last;

	if (resource < LIMITS)
		return s2t_board_number(board, limit_keys[resource]);
	const enum s2t_key *chain = chain_of(resource, &first, &last);

	return (s2t_board_number(board, chain[first + 1]) - s2t_board_number(board, chain[first])) / 4096;
}

/* Leaves `less` of a resource; what comes behind a pool moves up. */
static void tighten(struct s2t_board *board, unsigned resource, uint64_t less)
{
	const uint64_t gone = amount(board, resource) - less;
	unsigned first, last;

	if (resource < LIMITS) {
		s2t_board_set_number(board, limit_keys[resource], less);
		return;
	}
	const enum s2t_key *chain = chain_of(resource, &first, &last);

	for (unsigned i = first + 1; i <= last; i++)
		s2t_board_set_number(board, chain[i], s2t_board_number(board, chain[i]) - 4096 * gone);
}

/* A shorter sequence with `less` of a resource, as it is or without its operation number `without`. */
static bool try_with_less(struct s2t_shrink *shrink, unsigned resource, uint64_t less, size_t without)
{
	struct s2t_sequence *draft = &shrink->draft;

	s2t_shrink_draft(shrink);
	tighten(&draft->board, resource, less);
	if (without < draft->count) {
		draft->count--;
		memmove(draft->call + without, draft->call + without + 1,
		        (draft->count - without) * sizeof(*draft->call));
	}
	return s2t_shrink_try_board(shrink);
}

/* First next to nothing of a resource, for sequences that use it up by one kind of operation; then one
 * less of it and one operation less, for those that use it up in several ways. */
static bool use_less(struct s2t_shrink *shrink, unsigned resource)
{
	enum { LEAST = 3, LONG = 64 };
	const uint64_t now = amount(&shrink->best.board, resource);

	for (uint64_t less = 0; less <= LEAST && less < now; less++)
		if (try_with_less(shrink, resource, less, SIZE_MAX))
			return true;
	if (now == 0 || shrink->best.count > LONG || now > shrink->best.count + 1)
		return false;
	for (size_t i = 0; i + 1 < shrink->best.count; i++)
		if (try_with_less(shrink, resource, now - 1, i))
			return true;
	return false;
}

/* Whether an operation uses up a resource. */
static bool uses(enum s2t_op op, unsigned resource)
{
	switch (op) {
	case S2T_OP_GRANT_VM_PAGE: return resource == 0;
	case S2T_OP_UPDATE_SMMU_PAGE: return resource == 1 || resource >= LIMITS + NPT_POOLS;
	case S2T_OP_MAP_SPT: return resource >= LIMITS + NPT_POOLS;
	case S2T_OP_MAP_PAGE_HOST:
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_MAP_VM_IO:
	case S2T_OP_MAP_S2PT: return resource >= LIMITS && resource < LIMITS + NPT_POOLS;
	default: return false;
	}
}

static bool tighten_all(struct s2t_shrink *shrink)
{
	enum { SHORT = 8 }; /* what is longer is worth trying everything */
	const struct s2t_sequence *best = &shrink->best;
	bool changed = false;

	shrink->must_be_shorter = true;
	for (unsigned resource = 0; resource < RESOURCES; resource++)
		while (best->count > 1 &&
		       (best->count > SHORT || uses((enum s2t_op)best->call[best->count - 1].op, resource)) &&
		       use_less(shrink, resource))
			changed = true;
	shrink->must_be_shorter = false;
	return changed;
}

/* Boards are told apart by name, so one that differs from what it was has another. */
static void rename_board(struct s2t_board *board)
{
	static const char shrunk[] = ", shrunk";
	const size_t len = strlen(board->name);

	if (!odd_keys(board) && board->start_page_count == 0)
		(void)snprintf(board->name, sizeof(board->name), "default");
	else if (!strstr(board->name, shrunk) && len + sizeof(shrunk) <= sizeof(board->name))
		memcpy(board->name + len, shrunk, sizeof(shrunk));
}

bool s2t_shrink_board(struct s2t_shrink *shrink)
{
	bool changed = tighten_all(shrink);

	changed |= remove_pages(shrink);

	changed |= lower_counts(shrink);
	changed |= restore_defaults(shrink);
	if (changed)
		rename_board(&shrink->best.board);
	return changed;
}
