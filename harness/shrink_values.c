/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking values. An argument is made of fields: a frame number, which may stand in a pfn or gfn, in the
 * upper bits of an address or in a descriptor; the offset within a page; the other bits of a descriptor; a
 * vmid; a level; an SMMU number. Fields of one value move together to a plainer one, and where that changes
 * the divergence, those of physical or of guest frames alone, and then each alone. A host page's frame in an
 * SMMU, pfn + smmu_host_offset, goes with its pfn.
 */
#include <stdlib.h>

#include "extra.h"
#include "shrink.h"

enum field_kind { FRAME, OFFSET, BITS, VMID, LEVEL, UNIT, FIELD_KINDS };

#define PAGE_OFFSET UINT64_C(0xfff)
#define PTE_FRAME   UINT64_C(0x0000fffffffff000)

/* Where a field stands in the draft. Owners of start pages have 32 bits, all else 64. */
struct field {
	enum field_kind kind;
	bool guest;         /* of frames: in an address space of a VM or of a device */
	bool page;          /* in a start page */
	size_t index, part; /* of the operation or page, and its argument or member */
	uint64_t mask;
	unsigned shift;
};

struct fields {
	struct s2t_shrink *shrink;
	struct field *field;
	size_t count;
	s2t_pfn ram; /* the first page with an ownership record */
};

enum { PAGE_PFN, PAGE_OWNER, PAGE_GFN };

static uint64_t get(const struct s2t_sequence *sequence, const struct field *field)
{
	const struct s2t_start_page *page = &sequence->pages[field->page ? field->index : 0];
	uint64_t word;

	if (!field->page)
		word = sequence->call[field->index].arg[field->part];
	else
		word = field->part == PAGE_PFN     ? page->pfn
		       : field->part == PAGE_OWNER ? page->page.owner
		                                   : page->page.gfn;
	return (word & field->mask) >> field->shift;
}

static void set(struct s2t_sequence *sequence, const struct field *field, uint64_t value)
{
	const uint64_t bits = value << field->shift & field->mask;

	if (!field->page) {
		uint64_t *word = &sequence->call[field->index].arg[field->part];

		*word = (*word & ~field->mask) | bits;
		return;
	}
	struct s2t_start_page *page = &sequence->pages[field->index];

	if (field->part == PAGE_PFN)
		page->pfn = bits;
	else if (field->part == PAGE_OWNER)
		page->page.owner = (uint32_t)bits;
	else
		page->page.gfn = bits;
}

static void add(struct fields *fields, enum field_kind kind, bool guest, bool page, size_t index, size_t part,
                uint64_t mask, unsigned shift)
{
	fields->field[fields->count++] = (struct field){ kind, guest, page, index, part, mask, shift };
}

static void add_argument(struct fields *fields, size_t index, size_t part, enum s2t_arg_kind kind)
{
	const uint64_t all = UINT64_MAX;

	switch (kind) {
	case S2T_ARG_VMID: add(fields, VMID, false, false, index, part, all, 0); break;
	case S2T_ARG_LEVEL: add(fields, LEVEL, false, false, index, part, all, 0); break;
	case S2T_ARG_CBNDX:
	case S2T_ARG_INDEX: add(fields, UNIT, false, false, index, part, all, 0); break;
	case S2T_ARG_PFN: add(fields, FRAME, false, false, index, part, all, 0); break;
	case S2T_ARG_GFN: add(fields, FRAME, true, false, index, part, all, 0); break;
	case S2T_ARG_PTE:
		add(fields, FRAME, false, false, index, part, PTE_FRAME, 12);
		add(fields, BITS, false, false, index, part, ~PTE_FRAME, 0);
		break;
	case S2T_ARG_IPA:
	case S2T_ARG_PA:
	case S2T_ARG_IOVA:
		add(fields, FRAME, kind != S2T_ARG_PA, false, index, part, ~PAGE_OFFSET, 12);
		add(fields, OFFSET, false, false, index, part, PAGE_OFFSET, 0);
		break;
	case S2T_ARG_VCPUID:
	case S2T_ARG_IMAGE: add(fields, UNIT, false, false, index, part, all, 0); break;
	case S2T_ARG_SIZE:
	case S2T_ARG_PAGES:
	case S2T_ARG_PROT:
	case S2T_ARG_MASK:
	case S2T_ARG_HVC:
	case S2T_ARG_WORD: add(fields, BITS, false, false, index, part, all, 0); break;
	}
}

static bool find_fields(struct fields *fields)
{
	const struct s2t_sequence *best = &fields->shrink->best;
	const size_t most = best->count * S2T_MAX_ARGS * 2 + best->board.start_page_count * 3;

	fields->count = 0;
	fields->field = calloc(most, sizeof(*fields->field));
	if (!fields->field)
		return false;
	for (size_t i = 0; i < best->count; i++) {
		struct s2t_op_info row;
		const struct s2t_op_info *info = s2t_op_row(fields->shrink->options->iut, best->call[i].op,
		                                            &row);

		for (unsigned part = 0; part < info->arg_count; part++)
			add_argument(fields, i, part, info->arg[part].kind);
	}
	for (size_t i = 0; i < best->board.start_page_count; i++) {
		add(fields, FRAME, false, true, i, PAGE_PFN, UINT64_MAX, 0);
		add(fields, VMID, false, true, i, PAGE_OWNER, UINT64_MAX, 0);
		add(fields, FRAME, true, true, i, PAGE_GFN, UINT64_MAX, 0);
	}
	return true;
}

/* How far a value is from plain. Frames: the numbers below 16, then the first pages of RAM, then all
 * others. A page is plainer than a block, and both than levels that do not exist. */
static uint64_t cost(const struct fields *fields, enum field_kind kind, uint64_t value)
{
	static const uint64_t levels[] = { 2, 3, 1, 0 };
	const uint64_t few = 16;

	if (kind == LEVEL)
		return value < 4 ? levels[value] : value;
	if (kind != FRAME || value < few)
		return value;
	if (value - fields->ram < few)
		return few + (value - fields->ram);
	return value > UINT64_MAX - 2 * few ? UINT64_MAX : value + 2 * few;
}

/* Which fields move. */
enum link { LINK_ALL, LINK_SPACE, LINK_NONE, LINKS };

/* Moves the fields that go with field `leader` from `from` to `to`. Returns how many, and sets `*pages` if
 * one stands in a start page. */
static size_t move(const struct fields *fields, size_t leader, enum link link, uint64_t from, uint64_t to,
                   bool *pages)
{
	const struct field *first = &fields->field[leader];
	struct s2t_sequence *draft = &fields->shrink->draft;
	const uint64_t offset = fields->shrink->best.board.smmu_host_offset;
	size_t moved = 0;

	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->field[i];
		uint64_t value = get(draft, field);

		if (field->kind != first->kind || (link == LINK_SPACE && field->guest != first->guest) ||
		    (link == LINK_NONE && i != leader))
			continue;
		if (value == from)
			set(draft, field, to);
		else if (link == LINK_ALL && field->kind == FRAME && field->guest && value == from + offset)
			set(draft, field, to + offset);
		else
			continue;
		moved++;
		*pages |= field->page;
	}
	return moved;
}

static bool try_move(const struct fields *fields, size_t leader, enum link link, uint64_t from, uint64_t to)
{
	const enum field_kind kind = fields->field[leader].kind;
	bool pages = false;

	if (cost(fields, kind, to) >= cost(fields, kind, from))
		return false;
	s2t_shrink_draft(fields->shrink);
	move(fields, leader, link, from, to, &pages);
	return pages ? s2t_shrink_try_board(fields->shrink) : s2t_shrink_try(fields->shrink);
}

/* Plainer values for one that is `from`, the plainest first, until one of them keeps the divergence. */
static bool try_values(const struct fields *fields, size_t leader, enum link link, uint64_t from)
{
	enum { SMALL = 6 };
	const enum field_kind kind = fields->field[leader].kind;

	for (uint64_t i = 0; i < SMALL; i++)
		if (try_move(fields, leader, link, from, kind == LEVEL ? 3 - (i & 3) : i))
			return true;
	if (kind == LEVEL)
		return false;
	for (uint64_t i = 0; i < SMALL && kind == FRAME; i++)
		if (try_move(fields, leader, link, from, fields->ram + i))
			return true;
	if (try_move(fields, leader, link, from, from & ~UINT64_C(511)) ||
	    try_move(fields, leader, link, from, from & UINT64_C(511)))
		return true;
	/* From the largest step down, so that a long way takes few of them. */
	for (unsigned shift = 1; shift < 64 && from >> shift; shift++)
		if (try_move(fields, leader, link, from, from - (from >> shift)))
			return true;
	for (int bit = 63; bit >= 0; bit--)
		if (from >> bit & 1 && try_move(fields, leader, link, from, from & ~(UINT64_C(1) << bit)))
			return true;
	return false;
}

/* Whether an earlier field is the leader of the same move. */
static bool was_led(const struct fields *fields, size_t leader, enum link link)
{
	const struct s2t_sequence *best = &fields->shrink->best;
	const struct field *field = &fields->field[leader];
	const uint64_t value = get(best, field);
	bool same = false, different = false;

	for (size_t i = 0; i < fields->count; i++) {
		const struct field *other = &fields->field[i];

		if (i == leader || other->kind != field->kind || get(best, other) != value)
			continue;
		if (link == LINK_ALL && i < leader)
			return true;
		if (link == LINK_SPACE && i < leader && other->guest == field->guest)
			return true;
		same = true;
		different |= other->guest != field->guest;
	}
	/* What would move the same fields as a wider link has been tried. */
	return (link == LINK_SPACE && !different) || (link == LINK_NONE && !same);
}

/* All frames of a 2 MiB range together: blocks and neighbours stay what they are. */
static bool try_groups(const struct fields *fields)
{
	struct s2t_shrink *shrink = fields->shrink;
	bool changed = false;

	for (size_t leader = 0; leader < fields->count; leader++) {
		const uint64_t group = get(&shrink->best, &fields->field[leader]) >> 9;
		const uint64_t targets[] = { 0, fields->ram >> 9 };

		for (size_t t = 0; t < 2 && fields->field[leader].kind == FRAME; t++) {
			bool pages = false;

			if (group <= targets[t] || group == fields->ram >> 9)
				continue;
			s2t_shrink_draft(shrink);
			for (size_t i = 0; i < fields->count; i++) {
				const struct field *field = &fields->field[i];
				const uint64_t value = get(&shrink->draft, field);

				if (field->kind != FRAME || value >> 9 != group)
					continue;
				set(&shrink->draft, field, targets[t] << 9 | (value & 511));
				pages |= field->page;
			}
			if (pages ? s2t_shrink_try_board(shrink) : s2t_shrink_try(shrink)) {
				changed = true;
				break;
			}
		}
	}
	return changed;
}

static bool shrink_fields(struct fields *fields)
{
	struct s2t_shrink *shrink = fields->shrink;
	const size_t length = shrink->best.count;
	bool changed = try_groups(fields);

	for (int link = LINK_ALL; link < LINKS; link++) {
		for (size_t i = 0; i < fields->count; i++) {
			if (shrink->best.count < length || s2t_shrink_is_over(shrink))
				return true; /* the fields are others now */
			if (was_led(fields, i, (enum link)link))
				continue;
			while (try_values(fields, i, (enum link)link, get(&shrink->best, &fields->field[i]))) {
				changed = true;
				if (shrink->best.count < length)
					return true;
			}
		}
	}
	return changed;
}

/* Long sequences are those that use something up: their values are many, and none of them matters. */
enum { MAX_LENGTH = 256 };

bool s2t_shrink_values(struct s2t_shrink *shrink)
{
	struct fields fields = { .shrink = shrink, .ram = UINT64_MAX };
	const struct s2t_board *board = &shrink->best.board;

	for (uint32_t i = 0; i < board->region_count && fields.ram == UINT64_MAX; i++)
		if (board->region[i].index != S2T_NOMAP && board->region[i].size > 0)
			fields.ram = (board->region[i].base + PAGE_OFFSET) / 4096;
	if (shrink->best.count > MAX_LENGTH || !find_fields(&fields))
		return false;
	bool changed = shrink_fields(&fields);

	free(fields.field);
	return changed;
}
