/* SPDX-License-Identifier: BSD-2-Clause */
/* The quotient: which reductions hold for a set of calls. A symmetry holds if the set is closed under it. */
#include <stdlib.h>
#include <string.h>

#include "boards.h"
#include "quotient.h"
#include "rng.h"

#define FRAME UINT64_C(0x0000FFFFFFFFF000)

struct calls {
	const struct s2t_board *board;
	const struct s2t_call *call;
	size_t count;
};

bool s2t_makes_hypercalls(const struct s2t_call *call, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s2t_op_layer(call[i].op) == S2T_LAYER_HYPERCALL)
			return true;
	return false;
}

static bool same_call(const struct s2t_call *a, const struct s2t_call *b)
{
	return a->op == b->op && memcmp(a->arg, b->arg, sizeof(a->arg)) == 0;
}

static bool has_call(const struct calls *calls, const struct s2t_call *call)
{
	for (size_t i = 0; i < calls->count; i++)
		if (same_call(&calls->call[i], call))
			return true;
	return false;
}

static int compare_words(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorts, and drops repeats; returns how many are left. */
static size_t sort_words(uint64_t *word, size_t count)
{
	size_t kept = 0;

	qsort(word, count, sizeof(*word), compare_words);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || word[kept - 1] != word[i])
			word[kept++] = word[i];
	return kept;
}

static enum s2t_arg_kind kind_of(const struct s2t_call *call, unsigned arg)
{
	return s2t_op_table[call->op].arg[arg].kind;
}

static uint64_t frame_of(enum s2t_arg_kind kind, uint64_t word)
{
	switch (kind) {
	case S2T_ARG_GFN:
	case S2T_ARG_PFN: return word;
	case S2T_ARG_PTE: return (word & FRAME) >> 12;
	default: return word >> 12;
	}
}

static bool has_frame(enum s2t_arg_kind kind)
{
	return kind == S2T_ARG_GFN || kind == S2T_ARG_PFN || kind == S2T_ARG_IPA || kind == S2T_ARG_PA ||
	       kind == S2T_ARG_PTE || kind == S2T_ARG_IOVA;
}

/* The SMMU context of a call, or -1. */
static int context_of(const struct s2t_call *call)
{
	uint64_t cbndx = UINT64_MAX, index = UINT64_MAX;

	for (unsigned arg = 0; arg < s2t_op_table[call->op].arg_count; arg++)
		if (kind_of(call, arg) == S2T_ARG_CBNDX)
			cbndx = call->arg[arg];
		else if (kind_of(call, arg) == S2T_ARG_INDEX)
			index = call->arg[arg];
	return cbndx < 8 && index < 2 ? (int)(8 * index + cbndx) : -1;
}

static void name_context(struct s2t_quotient *quotient, unsigned context)
{
	if (quotient->context_place[context] == 0)
		quotient->context_place[context] = (uint16_t)++quotient->contexts;
}

static bool makes_hypercalls(const struct calls *calls)
{
	return s2t_makes_hypercalls(calls->call, calls->count);
}

/* The VMs, frames and contexts that the calls name. */
static bool read_calls(struct s2t_quotient *quotient, const struct calls *calls)
{
	quotient->vm_place = calloc(quotient->board->corevisor + 1, sizeof(*quotient->vm_place));
	quotient->frame = calloc(calls->count * S2T_MAX_ARGS + 1, sizeof(*quotient->frame));
	if (!quotient->vm_place || !quotient->frame)
		return false;
	for (size_t i = 0; i < calls->count; i++) {
		const struct s2t_call *call = &calls->call[i];

		for (unsigned a = 0; a < s2t_op_table[call->op].arg_count; a++) {
			const uint64_t word = call->arg[a];

			if (has_frame(kind_of(call, a)))
				quotient->frame[quotient->frames++] = frame_of(kind_of(call, a), word);
			if (kind_of(call, a) == S2T_ARG_VMID && word > 0 && word < quotient->board->corevisor &&
			    quotient->vm_place[word] == 0)
				quotient->vm_place[word] = (uint16_t)++quotient->vms;
		}
	}
	quotient->frames = sort_words(quotient->frame, quotient->frames);
	for (size_t i = 0; i < calls->count; i++) {
		const int context = context_of(&calls->call[i]);

		if (context >= 0)
			name_context(quotient, (unsigned)context);
	}
	/* The number of a hypercall can stand for any operation on any context. */
	for (unsigned context = 0; context < S2T_QUOTIENT_CONTEXTS && makes_hypercalls(calls); context++)
		name_context(quotient, context);
	return true;
}

/* Whether the calls are the same with VMs `a` and `b` in each other's place. */
static bool closed_under_vms(const struct calls *calls, uint64_t a, uint64_t b)
{
	for (size_t i = 0; i < calls->count; i++) {
		struct s2t_call call = calls->call[i];

		for (unsigned arg = 0; arg < s2t_op_table[call.op].arg_count; arg++)
			if (kind_of(&call, arg) == S2T_ARG_VMID && (call.arg[arg] == a || call.arg[arg] == b))
				call.arg[arg] ^= a ^ b;
		if (!has_call(calls, &call))
			return false;
	}
	return true;
}

static const char *why_no_vms(const struct s2t_quotient *quotient, const struct calls *calls)
{
	uint64_t last = 0;

	if (makes_hypercalls(calls))
		return "hypercalls give out numbers of VMs and windows of images in order";
	if (quotient->vms < 2)
		return "the operations name fewer than two VMs";
	if (quotient->vms > S2T_QUOTIENT_VMS)
		return "the operations name more than four VMs";
	if (calls->board->start_page_count > 0)
		return "the board has pages that do not start as the host's";
	if (calls->board->doracle && !(quotient->on & 1U << S2T_REDUCE_TOKENS))
		return "what the VMs supply differs";
	for (uint64_t vmid = 1; vmid < calls->board->corevisor; vmid++) {
		if (!quotient->vm_place[vmid])
			continue;
		if (last && !closed_under_vms(calls, last, vmid))
			return "some operation is there for one VM only";
		last = vmid;
	}
	return NULL;
}

static bool among(const uint64_t *word, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++)
		if (word[i] == value)
			return true;
	return false;
}

static bool is_block(const struct s2t_call *call)
{
	return (call->op == S2T_OP_MAP_PFN_VM && call->arg[3] == 2) ||
	       (call->op == S2T_OP_MAP_S2PT && call->arg[2] == 2);
}

/* An argument that means a page wherever it stands: its number, its address as the host has it, or as a device of the
 * host has it, a descriptor. Guest frames and addresses must not look like pages. */
static bool means_page(const struct s2t_call *call, unsigned arg)
{
	switch (kind_of(call, arg)) {
	case S2T_ARG_PFN:
	case S2T_ARG_PA:
	case S2T_ARG_IOVA: return true;
	case S2T_ARG_PTE: return !is_block(call);
	case S2T_ARG_IPA:
		return call->op == S2T_OP_MAP_PAGE_HOST ||
		       (kind_of(call, 0) == S2T_ARG_VMID && call->arg[0] == 0);
	default: return false;
	}
}

/* The page that an argument means, if it does. */
static s2t_pfn page_of(const struct calls *calls, const struct s2t_call *call, unsigned arg)
{
	const uint64_t frame = frame_of(kind_of(call, arg), call->arg[arg]);

	return kind_of(call, arg) == S2T_ARG_IOVA ? frame - calls->board->smmu_host_offset : frame;
}

static uint64_t swap_pages(const struct calls *calls, const struct s2t_call *call, unsigned arg, s2t_pfn a,
                           s2t_pfn b)
{
	const s2t_pfn page = page_of(calls, call, arg);

	if (page != a && page != b)
		return call->arg[arg];
	/* The numbers of the host's devices are an offset away, not one bit. */
	return call->arg[arg] + (a + b - 2 * page) * (kind_of(call, arg) == S2T_ARG_PFN ? 1 : 4096);
}

static bool closed_under_pages(const struct calls *calls, s2t_pfn a, s2t_pfn b)
{
	for (size_t i = 0; i < calls->count; i++) {
		struct s2t_call call = calls->call[i];

		for (unsigned arg = 0; arg < s2t_op_table[call.op].arg_count; arg++)
			if (has_frame(kind_of(&call, arg)) && means_page(&call, arg))
				call.arg[arg] = swap_pages(calls, &call, arg, a, b);
		if (!has_call(calls, &call))
			return false;
	}
	return true;
}

/* Whether a frame is one of the pages, or the number that one of them has with the SMMU while it is the host's. */
static bool looks_like_page(const struct calls *calls, const uint64_t *page, size_t pages, uint64_t frame)
{
	return among(page, pages, frame) || among(page, pages, frame - calls->board->smmu_host_offset);
}

/* Every number of a page must be one by its meaning, too, and no call may make an entry of two pages. */
static const char *why_pages_mix(const struct calls *calls, const uint64_t *page, size_t pages)
{
	for (size_t i = 0; i < calls->count; i++) {
		const struct s2t_call *call = &calls->call[i];
		s2t_pfn other = UINT64_MAX;

		for (unsigned arg = 0; arg < s2t_op_table[call->op].arg_count; arg++) {
			const uint64_t frame = frame_of(kind_of(call, arg), call->arg[arg]);

			if (!has_frame(kind_of(call, arg)) || !looks_like_page(calls, page, pages, frame))
				continue;
			if (!means_page(call, arg) || !among(page, pages, page_of(calls, call, arg)))
				return "some guest frame, device address or block has the number of a page";
			if (other != UINT64_MAX && other != page_of(calls, call, arg))
				return "some operation has to do with two pages";
			other = page_of(calls, call, arg);
		}
	}
	return NULL;
}

/* The pages are those that some call names by their number and that have an ownership record. */
static const char *why_no_pages(struct s2t_quotient *quotient, const struct calls *calls)
{
	uint64_t *page = quotient->page;
	const char *why;

	quotient->pages = 0;
	if (makes_hypercalls(calls))
		return "hypercalls tell pages apart: by blocks, windows and device addresses";
	for (size_t i = 0; i < calls->count; i++)
		for (unsigned arg = 0; arg < s2t_op_table[calls->call[i].op].arg_count; arg++) {
			const uint64_t pfn = calls->call[i].arg[arg];

			if (kind_of(&calls->call[i], arg) != S2T_ARG_PFN || among(page, quotient->pages, pfn) ||
			    s2t_board_record_of(calls->board, pfn) == S2T_NOMAP)
				continue;
			if (quotient->pages == S2T_QUOTIENT_PAGES)
				return "the operations name more than eight pages";
			page[quotient->pages++] = pfn;
		}
	quotient->pages = (unsigned)sort_words(page, quotient->pages);
	if (quotient->pages < 2)
		return "the operations name fewer than two pages";
	if (calls->board->start_page_count > 0)
		return "the board has pages that do not start as the host's";
	if (page[0] == 0)
		return "page 0 is among them, whose number is in many descriptors";
	if (page[0] >> 9 != page[quotient->pages - 1] >> 9)
		return "they are not all in one range of 2 MiB";
	if ((why = why_pages_mix(calls, page, quotient->pages)) != NULL)
		return why;
	for (unsigned i = 1; i < quotient->pages; i++)
		if (!closed_under_pages(calls, page[i - 1], page[i]))
			return "some operation is there for one page only";
	return NULL;
}

/* The names of the VMs in each order of them: all permutations (Heap's algorithm). */
static void order_vms(struct s2t_quotient *quotient)
{
	uint64_t name[S2T_QUOTIENT_VMS];
	unsigned turn[S2T_QUOTIENT_VMS] = { 0, 0, 0, 0 }, i = 1;

	for (unsigned vm = 0; vm < S2T_QUOTIENT_VMS; vm++)
		name[vm] = s2t_rng_mix(UINT64_C(1) << 32 | vm);
	memcpy(quotient->vm_name[0], name, sizeof(name));
	quotient->orders = 1;
	while (i < quotient->vms) {
		if (turn[i] == i) {
			turn[i++] = 0;
			continue;
		}
		const unsigned j = i % 2 ? turn[i] : 0;
		const uint64_t swapped = name[i];

		name[i] = name[j];
		name[j] = swapped;
		memcpy(quotient->vm_name[quotient->orders++], name, sizeof(name));
		turn[i]++;
		i = 1;
	}
}

bool s2t_quotient_init(struct s2t_quotient *quotient, const struct s2t_board *board,
                       const struct s2t_call *call, size_t count, uint32_t wanted)
{
	const struct calls calls = { board, call, count };

	memset(quotient, 0, sizeof(*quotient));
	quotient->board = board;
	quotient->on = wanted;
	if (!read_calls(quotient, &calls)) {
		s2t_quotient_free(quotient);
		return false;
	}
	if (wanted >> S2T_REDUCE_VMS & 1)
		quotient->why_not[S2T_REDUCE_VMS] = why_no_vms(quotient, &calls);
	if (wanted >> S2T_REDUCE_PAGES & 1)
		quotient->why_not[S2T_REDUCE_PAGES] = why_no_pages(quotient, &calls);
	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (quotient->why_not[i])
			quotient->on &= ~(1U << i);
	if (!(quotient->on >> S2T_REDUCE_PAGES & 1))
		quotient->pages = 0;
	if (!(quotient->on >> S2T_REDUCE_VMS & 1)) {
		memset(quotient->vm_place, 0, (board->corevisor + 1) * sizeof(*quotient->vm_place));
		quotient->vms = 0;
	}
	order_vms(quotient);
	quotient->sums = (size_t)(quotient->orders + quotient->contexts) * (1 + quotient->pages);
	return true;
}

void s2t_quotient_free(struct s2t_quotient *quotient)
{
	free(quotient->vm_place);
	free(quotient->frame);
	quotient->vm_place = NULL;
	quotient->frame = NULL;
}
