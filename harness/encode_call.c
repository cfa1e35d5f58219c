/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a call: for each argument the first selector that means its value, where it stands. It is found by asking
 * the decoder, so that there is no second description of what selectors mean.
 */
#include <string.h>

#include "decode_internal.h"
#include "encode.h"
#include "optable.h"

enum {
	ATTRIBUTES = 16,  /* of a descriptor, that the last bytes of a record choose from */
	AS_IT_IS = 0x600, /* in those bytes: the frame of a block is not aligned */
	HAS_OFFSET = 0xE000,
	SAME_PAGE = 0xE0, /* this selector means the page before */
	NONE = S2T_INPUT_ARGS
};

/* What argument i of the record means when the others are as they are. */
static uint64_t meaning(struct s2t_decoder *d, const struct s2t_record *record, unsigned i)
{
	const uint64_t pfn = d->pfn;
	struct s2t_call call = { .op = record->op };

	s2t_decode_resolve(d, record, &call);
	d->pfn = pfn;
	return call.arg[i];
}

/* What argument i is. Registers of a hypercall are the arguments of the operation that its number names. */
static enum s2t_arg_kind kind_of(const struct s2t_decoder *d, const struct s2t_call *call, unsigned i)
{
	const int op = call->op == S2T_OP_HYPERCALL && i > 0 ? s2t_decode_by_number(&d->board, call->arg[0])
	                                                     : (int)call->op;

	if (op < 0)
		return S2T_ARG_WORD;
	if (op != (int)call->op)
		i--;
	return i < s2t_op_table[op].arg_count ? s2t_op_table[op].arg[i].kind : S2T_ARG_WORD;
}

/* Pages first, as other arguments refer to them, then places, then the rest. */
static unsigned rank(enum s2t_arg_kind kind)
{
	switch (kind) {
	case S2T_ARG_PFN:
	case S2T_ARG_PTE:
	case S2T_ARG_PA: return 0;
	case S2T_ARG_GFN:
	case S2T_ARG_IPA:
	case S2T_ARG_IOVA: return 1;
	case S2T_ARG_VMID:
	case S2T_ARG_LEVEL:
	case S2T_ARG_CBNDX:
	case S2T_ARG_INDEX:
	default: break;
	}
	return 2;
}

/* The n-th selector to try, n up to S2T_SELECT_LITERAL. For a page: first what the sequence did, then the board. */
static uint8_t nth_selector(bool page, unsigned n)
{
	if (n == 0)
		return page ? SAME_PAGE : 0;
	return (uint8_t)(page && n <= 0xC0 ? (n - 1 + 0x40) % 0xC0 : n - 1);
}

/* The selectors from..to of an argument that is neither page nor place, without those that only mean what one before
 * them does. Selectors of both layers. */
struct span {
	uint8_t from, to;
};

enum { MOST_SPANS = 6 };

/* An empty one is the last. */
static const struct span spans[][MOST_SPANS] = {
	[S2T_ARG_VMID] = { { 0x00, 0x0F }, { 0x60, 0x80 }, { 0xA0, 0xAF }, { 0xC0, 0xE0 }, { 0xF0, 0xFB } },
	[S2T_ARG_LEVEL] = { { 0x00, 0x00 }, { 0xD0, 0xD0 }, { 0xF0, 0xFB } },
	[S2T_ARG_CBNDX] = { { 0x00, 0x07 }, { 0x40, 0xFB } },
	[S2T_ARG_INDEX] = { { 0x00, 0x07 }, { 0xC0, 0xC1 }, { 0xD0, 0xD1 }, { 0xF0, 0xFB } },
	[S2T_ARG_VCPUID] = { { 0x00, 0x00 }, { 0x80, 0x87 }, { 0xF0, 0xFB } },
	[S2T_ARG_IMAGE] = { { 0x00, 0x00 }, { 0xA0, 0xAF }, { 0xF0, 0xFB } },
	[S2T_ARG_SIZE] = { { 0x00, 0x00 }, { 0x60, 0xFB } },
	[S2T_ARG_PAGES] = { { 0x00, 0x07 }, { 0xA0, 0xC7 }, { 0xE0, 0xFB } },
	[S2T_ARG_PROT] = { { 0x00, 0x0F }, { 0xC0, 0xFB } },
	[S2T_ARG_MASK] = { { 0x00, 0x00 }, { 0xD0, 0xFB } },
	[S2T_ARG_HVC] = { { 0x00, 0xFB } },
	[S2T_ARG_WORD] = { { 0x00, 0xFB } },
};

/* A block may have lost the low bits of its frame, or of its address. */
static bool same_block(uint64_t pfn, uint64_t other)
{
	return (pfn ^ other) >> 9 == 0;
}

/* Whether a selector that is no limit could mean a page or a place; d->pfn is the record's. It is right where it says no. */
static inline bool may_mean(const struct s2t_decoder *d, uint32_t op, enum s2t_arg_kind kind, uint8_t s,
                            uint64_t word)
{
	switch (kind) {
	case S2T_ARG_PFN: return s2t_decode_page(d, s) == word;
	case S2T_ARG_PTE: return same_block(s2t_decode_page(d, s), (word & GEN_FRAME) >> 12);
	case S2T_ARG_PA: return s2t_decode_device(d, s) == word >> 12;
	case S2T_ARG_GFN: return s2t_decode_frame(d, s) == word;
	case S2T_ARG_IOVA: return s2t_decode_iova(d, s).gfn == word >> 12;
	default:
		return (op == S2T_OP_MAP_PAGE_HOST && s2t_decode_page(d, s) == word >> 12) ||
		       s2t_decode_place(d, s).gfn == word >> 12;
	}
}

/* The same of the hypercall layer: what it adds is tried. */
static bool hyper_may_mean(const struct s2t_decoder *d, uint32_t op, enum s2t_arg_kind kind, uint8_t s,
                           uint64_t word)
{
	const bool free = (s & 0xF0) == 0xB0, own = s >= 0xE0;

	switch (kind) {
	case S2T_ARG_PFN:
	case S2T_ARG_PTE: return free || may_mean(d, op, kind, s, word);
	case S2T_ARG_PA:
		return free || s2t_decode_page(d, s) == word >> 12 || s2t_decode_device(d, s) == word >> 12 ||
		       (d->board.smmu_pte_bits & GEN_FRAME) != 0;
	case S2T_ARG_IOVA: return own || may_mean(d, op, kind, s, word);
	case S2T_ARG_IPA:
		return op == S2T_OP_HOST_FAULT || own || s < 0x40 || (s >= 0x80 && s < 0xA0) ||
		       same_block(s2t_decode_place(d, s).gfn, word >> 12);
	default: return true;
	}
}

/* The first selector by which argument i, a page or a place, means what its literal is; S2T_SELECT_LITERAL: none. */
static uint8_t find_place(struct s2t_decoder *d, struct s2t_record *record, unsigned i, enum s2t_arg_kind kind)
{
	const bool page = rank(kind) == 0, memory = s2t_op_layer(record->op) == S2T_LAYER_MEMORY;
	const uint64_t before = d->pfn, word = record->literal[i];
	struct s2t_call call = { .op = record->op };

	s2t_decode_resolve(d, record, &call);
	const uint64_t pfn = page ? before : d->pfn;

	d->pfn = pfn;
	for (unsigned n = 0; n <= S2T_SELECT_LITERAL; n++) {
		const uint8_t s = nth_selector(page, n);

		if (s < S2T_SELECT_LIMIT && !(memory ? may_mean(d, record->op, kind, s, word)
		                                     : hyper_may_mean(d, record->op, kind, s, word)))
			continue;
		d->pfn = before;
		record->select[i] = s;
		if (meaning(d, record, i) == word)
			return s;
		d->pfn = pfn;
	}
	d->pfn = before;
	return S2T_SELECT_LITERAL;
}

/* The same of any other argument. */
static uint8_t find_selector(struct s2t_decoder *d, struct s2t_record *record, unsigned i,
                             enum s2t_arg_kind kind)
{
	const struct span *span = spans[kind];

	for (unsigned k = 0; k < MOST_SPANS && (k == 0 || span[k].to != 0); k++) {
		for (unsigned s = span[k].from; s <= span[k].to; s++) {
			record->select[i] = (uint8_t)s;
			if (meaning(d, record, i) == record->literal[i])
				return (uint8_t)s;
		}
	}
	return S2T_SELECT_LITERAL;
}

/* Puts selectors in place of as many literals as can be. Returns how many are left. */
static unsigned make_symbolic(struct s2t_decoder *d, const struct s2t_call *call, struct s2t_record *record)
{
	const struct s2t_op_info *op = &s2t_op_table[record->op];
	unsigned literals = op->arg_count;

	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < op->arg_count; i++) {
			const enum s2t_arg_kind kind = kind_of(d, call, i);

			if (rank(kind) == turn)
				record->select[i] = turn < 2 ? find_place(d, record, i, kind)
				                             : find_selector(d, record, i, kind);
			literals -= rank(kind) == turn && record->select[i] < S2T_SELECT_LITERAL;
		}
	}
	return literals;
}

static struct s2t_record literal_record(const struct s2t_call *call, uint32_t extra)
{
	struct s2t_record record = { .op = call->op, .extra = extra };

	memset(record.select, S2T_SELECT_LITERAL, sizeof(record.select));
	memcpy(record.literal, call->arg, sizeof(record.literal));
	return record;
}

/* The last bytes of a record by which a descriptor, argument `i`, has the attributes that it has; 0: there are none. */
static uint32_t attributes_of(struct s2t_decoder *d, const struct s2t_call *call, unsigned i)
{
	for (uint32_t form = 0; form < ATTRIBUTES; form++) {
		struct s2t_record record = literal_record(call, form);

		record.select[i] = SAME_PAGE;
		if (((meaning(d, &record, i) ^ call->arg[i]) & ~GEN_FRAME) == 0)
			return form;
	}
	return 0;
}

/* The record with the fewest literals, `*literals`: with a block's frame aligned or as it is. */
static struct s2t_record best_record(struct s2t_decoder *d, const struct s2t_call *call, unsigned *literals)
{
	const struct s2t_op_info *op = &s2t_op_table[call->op];
	uint32_t offset = 0, extra = 0;
	unsigned pte = NONE;
	bool block = false;

	for (unsigned i = 0; i < op->arg_count; i++) {
		const enum s2t_arg_kind kind = kind_of(d, call, i);

		block |= kind == S2T_ARG_LEVEL && call->arg[i] == 2;

		if (kind == S2T_ARG_PTE)
			pte = i;
		if (kind == S2T_ARG_IPA || kind == S2T_ARG_IOVA || kind == S2T_ARG_PA)
			offset |= call->arg[i] & 0xFFF;
	}
	/* Attributes and offset share their low bits. */
	if (offset != 0)
		extra = HAS_OFFSET | offset;
	else if (pte != NONE)
		extra = attributes_of(d, call, pte);
	struct s2t_record best = literal_record(call, extra);

	*literals = make_symbolic(d, call, &best);
	if (*literals > 0 && pte != NONE && offset == 0 && block) {
		struct s2t_record record = literal_record(call, extra | AS_IT_IS);
		const unsigned left = make_symbolic(d, call, &record);

		if (left < *literals) {
			*literals = left;
			best = record;
		}
	}
	return best;
}

static size_t put_record(unsigned version, const struct s2t_record *record, uint8_t *at)
{
	const unsigned count = s2t_op_table[record->op].arg_count;
	const size_t size = s2t_record_size(version);
	uint8_t *literal = at + size;

	memset(at, 0, size);
	at[0] = (uint8_t)(record->op | (record->dare ? S2T_RECORD_DARE : 0));
	at[size - 2] = (uint8_t)record->extra;
	at[size - 1] = (uint8_t)(record->extra >> 8);
	for (unsigned i = 0; i < count; i++) {
		at[1 + i] = record->select[i];
		if (record->select[i] < S2T_SELECT_LITERAL)
			continue;
		for (unsigned byte = 0; byte < S2T_LITERAL_BYTES; byte++)
			*literal++ = (uint8_t)(record->literal[i] >> 8 * byte);
	}
	return (size_t)(literal - at);
}

size_t s2t_encode_call(struct s2t_decoder *d, const struct s2t_call *call, bool dare, uint8_t *out,
                       unsigned *literals)
{
	struct s2t_record record = best_record(d, call, literals);
	struct s2t_call decoded = { .op = call->op };

	record.dare = dare;
	s2t_decode_resolve(d, &record, &decoded);
	return put_record(d->version, &record, out);
}
