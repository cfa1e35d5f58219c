/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the selectors of a record stand for. Everything here is part of both versions of the inputs; decode_hyper.h has
 * what version 2 adds.
 *
 * A page is chosen first, then a place (a guest frame, perhaps with the VM or SMMU context that has it), then the rest;
 * so later arguments may refer to earlier ones. `s` is the selector, `[k]` an entry of a list, k the low bits of s
 * modulo the length of the list. An empty list gives way to the board's pages or frames.
 *
 *        page                     vmid                 guest frame of assign     address in a stage-2 space
 *  00-3f a page of the board      \                    \ where the owner of      where the page's owner has it
 *  40-7f owned by a VM [k] +1 -1  | of the place, or   /  the page has it, 00-5f mapped [k] +1 -1, 7f: +511
 *  80-bf recent [k] +1, bf: +512  / the owner, 00-9f   a frame, 60-bf            a frame
 *  c0-df edge of a region, device a VM, a0-df          newest mapping + 0 1 8 512 newest + 4K, 2M, 1G or 512G
 *  e0-ef the same as before       host                 a frame                   the page's own address
 *  f0-f3 the same as before       about EL2            host's gfn of the page    the page's own address
 *  f4-fb words at the limits of the range, and fc-ff a literal, for all kinds
 *
 *        address in an SMMU space        cbndx, index       level          physical address
 *  00-5f mapped [k], 40 on: +1, 5f: +512 \                  3              a device, 00-9f
 *  60-9f where the page's record says,   | of the place, or 3
 *        98 on: 2^28 frames beyond it    |
 *  a0-bf a frame                         / one of three     3              as a page, a0-f3
 *  c0-df newest + 4K, 2M, 1G or 512G     d0-f3 its low bits 2, d0-ef
 *  e0-f3 a frame                                            0 1 4 ~0, f0-f3
 */
#include "decode_internal.h"

#include "optable.h"

#define WORDS (S2T_SELECT_LITERAL - S2T_SELECT_LIMIT)

/* Just inside and outside of what holds on every board. */
static const uint64_t limit_word[][WORDS] = {
	[S2T_ARG_VMID] = { 0, 1, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_GFN] = { 0, GEN_PFN_END - 1, GEN_PFN_END, GEN_GFN_END - 1, GEN_GFN_END, UINT64_C(1) << 52,
	                  UINT64_MAX - 1, UINT64_MAX },
	[S2T_ARG_PFN] = { 0, GEN_PFN_END - 1, GEN_PFN_END, GEN_GFN_END - 1, GEN_GFN_END, UINT64_C(1) << 52,
	                  UINT64_MAX - 1, UINT64_MAX },
	[S2T_ARG_IPA] = { 0, (UINT64_C(1) << 21) - 1, UINT64_C(1) << 30, UINT64_C(1) << 39, GEN_ADDR_END - 1,
	                  GEN_ADDR_END, GEN_ADDR_END + 0x200000, UINT64_MAX },
	[S2T_ARG_PA] = { 0, GEN_PA_END - 1, GEN_PA_END, UINT64_C(1) << 47, GEN_ADDR_END - 1, GEN_ADDR_END,
	                 GEN_ADDR_END + 0x40000000, UINT64_MAX },
	[S2T_ARG_PTE] = { 0, 0xFFF, UINT64_C(0x0200000000000000), UINT64_MAX, GEN_FRAME,
	                  UINT64_C(0x0000010000000FFF), ~GEN_FRAME, 0x1000 },
	[S2T_ARG_LEVEL] = { 0, 1, 2, 3, 4, 0x80000003, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_CBNDX] = { 0, 7, 8, 9, 16, 0x80000000, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_INDEX] = { 0, 1, 2, 3, 8, 0x80000000, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_IOVA] = { 0, (UINT64_C(1) << 21) + 1, UINT64_C(1) << 30, GEN_PA_END - 1, GEN_PA_END,
	                   GEN_ADDR_END - 1, GEN_ADDR_END, UINT64_MAX },
	[S2T_ARG_VCPUID] = { 0, 1, 7, 8, 9, 16, 0x80000000, UINT32_MAX },
	[S2T_ARG_IMAGE] = { 0, 1, 4, 5, 6, 16, 0x80000000, UINT32_MAX },
	[S2T_ARG_SIZE] = { 0, 1, 0xFFF, 0x1000, 0x1001, GEN_ADDR_END - 1, GEN_ADDR_END, UINT64_MAX },
	[S2T_ARG_PAGES] = { 0, 1, 511, 512, 513, GEN_PFN_END - 1, GEN_PFN_END, UINT64_MAX },
	[S2T_ARG_PROT] = { 0, 0x7FF, 0xFFF, 0x1000, UINT64_C(1) << 62, INT64_MAX - 1, INT64_MAX, UINT64_MAX },
	[S2T_ARG_MASK] = { 0, 1, 0x1E, 0x1F, 0x10, 0x20, UINT64_C(1) << 63, UINT64_MAX },
	[S2T_ARG_HVC] = { 0, 1, 10, 13, 26, 27, 63, UINT64_MAX },
	[S2T_ARG_WORD] = { 0, 1, 1u << 21, 0xFFFF, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_MAX },
};

/* Where guest frames are: three places an input, so that calls meet, and as each new 2 MiB, 1 GiB and 512 GiB cost both
 * sides tables. The second and third are ends of tables of each level, of IOVAs (2^28), and of what assign takes. */
static const uint64_t home[4] = { 0, 4, 508, 1u << 18 };
static const uint64_t second[8] = { 512,      1023,           (1u << 18) - 1,  1u << 18,
	                            5u << 18, (1u << 27) - 1, GEN_PFN_END - 1, GEN_PFN_END };
static const uint64_t third[8] = { 1024,     2u << 18, 3u << 18,          (1u << 27) + 512,
	                           7u << 18, 2u << 27, UINT64_C(1) << 35, GEN_GFN_END - 2 };

/* Low bits and attributes: mostly those of the operations themselves, then every bit outside the frame. */
static const uint64_t attribute[16] = {
	0xFFF,
	0x7FF,
	0x3,
	0x1,
	0xFFD,
	UINT64_C(0x400000000007C7),
	UINT64_C(0x40000000000753),
	UINT64_C(0x0200000000000000),
	UINT64_C(0x0200000000000FFF),
	UINT64_C(0x0010000000000FFF),
	UINT64_C(0x0180000000000FFF),
	UINT64_C(0xFFF0000000000FFF),
	UINT64_C(0x000F000000000FFF),
	0x0,
	0xFFF,
	0xFFF,
};

/* How far the next place is: a page, then what a PTE, a PMD and a PUD table span, in pages. */
static uint64_t stride(uint8_t s)
{
	static const uint64_t step[16] = {
		1, 1, 1, 1, 1, 1, 1, 1, 512, 512, 512, 1u << 18, 1u << 18, 1u << 18, 1u << 27, 1u << 27,
	};

	return step[s & 15];
}

/*
 * Tables of the board.
 */

static uint64_t last_page(const struct s2t_region *region)
{
	return (region->base + region->size - 1) >> 12;
}

static void read_pages(struct s2t_decoder *d)
{
	/* From the first page of a region; with BACK from its last one. */
	enum { BACK = 1 << 16 };
	static const uint32_t offset[] = { 0, 1, 5, 3, BACK, 2, 4, 7, 511, 512, BACK + 1, 8, 6, 9, 513, 255 };
	uint32_t count = 0;

	for (unsigned i = 0; i < sizeof(offset) / sizeof(offset[0]); i++) {
		for (uint32_t r = 0; r < d->board.region_count && count < DECODE_PAGES; r++) {
			const struct s2t_region *region = &d->board.region[r];
			const uint32_t distance = offset[i] & (BACK - 1);

			if (region->size == 0 || region->index == S2T_NOMAP ||
			    last_page(region) - (region->base >> 12) < distance)
				continue;
			d->page[count++] = (offset[i] & BACK) != 0 ? last_page(region) - distance
			                                           : (region->base >> 12) + distance;
		}
	}
	if (count == 0)
		d->page[count++] = 0x40000;
	for (uint32_t i = count; i < DECODE_PAGES; i++)
		d->page[i] = d->page[i - count];
}

static void add_edge(struct s2t_decoder *d, uint32_t *count, uint64_t pfn)
{
	if (*count < DECODE_EDGES && pfn < GEN_PFN_END)
		d->edge[(*count)++] = pfn;
}

static void read_edges(struct s2t_decoder *d)
{
	static const uint64_t low[] = { 0x9000, 0x9001, 0x9200 };
	static const uint64_t odd[] = { 0, 1, 2, 511, 512, GEN_PFN_END - 1, GEN_PFN_END - 512 };
	uint32_t count = 0;

	for (uint32_t r = 0; r < d->board.region_count && count < 8; r++) {
		const struct s2t_region *region = &d->board.region[r];

		if (region->size == 0 || region->index != S2T_NOMAP)
			continue;
		add_edge(d, &count, region->base >> 12);
		add_edge(d, &count, (region->base >> 12) + 1);
		add_edge(d, &count, last_page(region));
	}
	for (unsigned i = 0; i < sizeof(low) / sizeof(low[0]); i++)
		add_edge(d, &count, low[i]);
	d->devices = count;
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		add_edge(d, &count, odd[i]);
	for (uint32_t r = 0; r < d->board.region_count; r++) {
		const struct s2t_region *region = &d->board.region[r];

		if (region->size == 0)
			continue;
		add_edge(d, &count, (region->base >> 12) - 1);
		add_edge(d, &count, last_page(region) + 1);
		add_edge(d, &count, last_page(region));
	}
	for (uint32_t i = count; i < DECODE_EDGES; i++)
		d->edge[i] = d->edge[i - count];
}

static void read_vms(struct s2t_decoder *d)
{
	static const uint32_t vm[DECODE_VMS - 2] = { 1, 2, 1, 2, 1, 1, 2, 1, 1, 2, 1, 0, 3, 4 };
	const uint32_t corevisor = (uint32_t)d->board.corevisor;

	for (unsigned i = 0; i < DECODE_VMS - 2; i++)
		d->vm[i] = vm[i] <= corevisor ? vm[i] : 1;
	d->vm[DECODE_VMS - 2] = corevisor - 1;
	d->vm[DECODE_VMS - 1] = corevisor;
}

void s2t_decode_read_board(struct s2t_decoder *d)
{
	read_pages(d);
	read_edges(d);
	read_vms(d);
	for (size_t i = 0; i < d->board.start_page_count && d->start_owned < DECODE_OWNED; i++)
		if (d->board.start_page[i].page.owner != 0)
			d->start_owned_pfn[d->start_owned++] = d->board.start_page[i].pfn;
}

void s2t_decode_choose_frames(struct s2t_decoder *d, uint8_t places)
{
	static const uint64_t near[DECODE_FRAMES - 6] = { 0, 1, 2, 3, 0, 1, 2, 5, 0, 1 };
	uint64_t *frame = d->frame;

	for (unsigned i = 0; i < DECODE_FRAMES - 6; i++)
		frame[i] = home[places & 3] + near[i];
	for (unsigned i = 0; i < 3; i++)
		frame[DECODE_FRAMES - 6 + i] = second[places >> 2 & 7] + (i & 1);
	for (unsigned i = 0; i < 3; i++)
		frame[DECODE_FRAMES - 3 + i] = third[places >> 5] + (i & 1);
}

/*
 * Selectors of one kind each; `s` is below S2T_SELECT_LIMIT.
 */

static uint64_t nth_page(const struct decode_pages *pages, uint32_t k)
{
	return pages->pfn[(pages->next - 1 - k % pages->count) % DECODE_RECENT];
}

const struct decode_place *s2t_decode_nth(const struct decode_places *places, uint32_t k)
{
	return &places->at[(places->next - 1 - k % places->count) % DECODE_RECENT];
}

uint64_t s2t_decode_page(const struct s2t_decoder *d, uint8_t s)
{
	static const uint64_t from_owned[4] = { 0, 0, 1, UINT64_MAX };
	const uint32_t k = s & 15, move = s >> 4 & 3;

	if (s >= 0xE0)
		return d->pfn;
	if (s >= 0xC0)
		return d->edge[s & (DECODE_EDGES - 1)];
	if (s >= 0x80 && d->recent.count > 0)
		return (nth_page(&d->recent, k) + (s == 0xBF ? 512 : move == 2)) & (GEN_PFN_END - 1);
	if (s >= 0x40 && s < 0x80 && d->owned_count > 0)
		return (d->owned[k % d->owned_count] + from_owned[move]) & (GEN_PFN_END - 1);
	return d->page[s & (DECODE_PAGES - 1)];
}

bool s2t_decode_has_place(const struct s2t_decoder *d, struct s2t_page page)
{
	return page.owner != 0 && page.owner <= d->board.corevisor && page.gfn < GEN_GFN_END;
}

/* A place in a stage-2 space; `space` is UINT32_MAX where none goes with it. */
struct decode_place s2t_decode_place(const struct s2t_decoder *d, uint8_t s)
{
	static const uint64_t neighbour[4] = { 0, 0, 1, UINT64_MAX };
	struct decode_place place = { UINT32_MAX, d->frame[s & (DECODE_FRAMES - 1)] };

	if (s >= 0xE0)
		return (struct decode_place){ 0, d->pfn };
	if (s >= 0xC0 && d->mapped.count > 0) {
		place = *s2t_decode_nth(&d->mapped, 0);
		place.gfn += stride(s);
	} else if (s >= 0x40 && s < 0x80 && d->mapped.count > 0) {
		place = *s2t_decode_nth(&d->mapped, s & 15);
		place.gfn += s == 0x7F ? 511 : neighbour[s >> 4 & 3];
	} else if (s < 0x40) {
		const struct s2t_page page = s2t_gen_page(d->gen, d->pfn);

		if (s2t_decode_has_place(d, page))
			return (struct decode_place){ page.owner, page.gfn };
	}
	place.gfn &= GEN_GFN_END - 1;
	return place;
}

uint64_t s2t_decode_frame(const struct s2t_decoder *d, uint8_t s)
{
	static const uint64_t step[4] = { 0, 1, 8, 512 };

	if (s >= 0xF0)
		return d->pfn + d->board.smmu_host_offset;
	if (s >= 0xC0 && s < 0xE0 && d->mapped.count > 0)
		return (s2t_decode_nth(&d->mapped, 0)->gfn + step[s & 3]) & (GEN_GFN_END - 1);
	if (s < 0x60) {
		const struct s2t_page page = s2t_gen_page(d->gen, d->pfn);

		if (s2t_decode_has_place(d, page))
			return page.gfn;
	}
	return d->frame[s & (DECODE_FRAMES - 1)];
}

/* A place in an SMMU space. */
struct decode_place s2t_decode_iova(const struct s2t_decoder *d, uint8_t s)
{
	struct decode_place place = { UINT32_MAX, d->frame[s & (DECODE_FRAMES - 1)] };

	if (s < 0x60 && d->smmu.count > 0) {
		place = *s2t_decode_nth(&d->smmu, s & 15);
		place.gfn += s < 0x40 ? 0 : (s < 0x5F ? 1 : 512);
	} else if (s >= 0x60 && s < 0xA0) {
		const uint64_t gfn = s2t_gen_page(d->gen, d->pfn).gfn;

		if (gfn < GEN_PFN_END && s >= 0x98)
			return (struct decode_place){ UINT32_MAX, gfn + GEN_PFN_END };
		if (gfn < GEN_PFN_END)
			place.gfn = gfn;
	} else if (s >= 0xC0 && s < 0xE0 && d->smmu.count > 0) {
		place = *s2t_decode_nth(&d->smmu, 0);
		place.gfn += stride(s);
	}
	place.gfn &= GEN_PFN_END - 1;
	return place;
}

static uint64_t pick_vmid(const struct s2t_decoder *d, uint8_t s, uint32_t space)
{
	const uint64_t corevisor = d->board.corevisor;

	if (s >= 0xF0)
		return corevisor - 1 + (s & 3);
	if (s >= 0xE0)
		return 0;
	if (s < 0xA0) {
		if (space != UINT32_MAX)
			return space;
		const uint32_t owner = s2t_gen_page(d->gen, d->pfn).owner;

		if (owner != 0 && owner <= corevisor)
			return owner;
	}
	return d->vm[s & (DECODE_VMS - 1)];
}

uint64_t s2t_decode_device(const struct s2t_decoder *d, uint8_t s)
{
	return s < 0xA0 ? d->edge[s % d->devices] : s2t_decode_page(d, s);
}

uint64_t s2t_decode_level(uint8_t s)
{
	static const uint64_t odd[4] = { 0, 1, 4, UINT32_MAX };

	return s < 0xD0 ? 3 : (s < 0xF0 ? 2 : odd[s & 3]);
}

/*
 * Arguments.
 */

bool s2t_decode_is_fixed(struct s2t_resolving *r, unsigned i, enum s2t_arg_kind kind)
{
	const uint8_t s = r->select[i];

	if (s < S2T_SELECT_LIMIT)
		return false;
	r->arg[i] = s >= S2T_SELECT_LITERAL ? r->literal[i] : limit_word[kind][s - S2T_SELECT_LIMIT];
	return true;
}

void s2t_decode_pfn(struct s2t_resolving *r, unsigned i)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_PFN))
		r->arg[i] = s2t_decode_page(r->d, r->select[i]);
	r->d->pfn = r->arg[i] & (GEN_PFN_END - 1);
}

void s2t_decode_pte(struct s2t_resolving *r, unsigned i)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_PTE))
		r->arg[i] = s2t_decode_page(r->d, r->select[i]) << 12;
	r->d->pfn = (r->arg[i] & GEN_FRAME) >> 12 & (GEN_PFN_END - 1);
}

/* Attributes, and a block's alignment (but one time in four), to the page of a descriptor. */
void s2t_decode_finish_pte(struct s2t_resolving *r, unsigned i, bool block)
{
	const uint32_t extra = r->extra;

	if (r->select[i] >= S2T_SELECT_LIMIT)
		return;
	if (block && (extra >> 9 & 3) != 3)
		r->arg[i] &= ~((UINT64_C(1) << 21) - 1);
	r->arg[i] |= attribute[extra & 15];
	if (block)
		r->arg[i] &= ~UINT64_C(2);
}

/* A stage-2 address; returns the VM that goes with it. */
static uint32_t set_ipa(struct s2t_resolving *r, unsigned i)
{
	if (s2t_decode_is_fixed(r, i, S2T_ARG_IPA))
		return UINT32_MAX;
	const struct decode_place place = s2t_decode_place(r->d, r->select[i]);

	r->arg[i] = place.gfn << 12 | r->offset;
	return place.space;
}

/* An SMMU address and, before it, its context. */
static void set_iova(struct s2t_resolving *r, unsigned cbndx, unsigned iova)
{
	static const uint32_t usual[4] = { 0, 9, 0, 15 };
	const uint8_t *select = r->select;
	uint32_t context = usual[select[cbndx] & 3];

	if (!s2t_decode_is_fixed(r, iova, S2T_ARG_IOVA)) {
		const struct decode_place place = s2t_decode_iova(r->d, select[iova]);

		r->arg[iova] = place.gfn << 12 | r->offset;
		if (place.space != UINT32_MAX)
			context = place.space;
	}
	if (!s2t_decode_is_fixed(r, cbndx, S2T_ARG_CBNDX))
		r->arg[cbndx] = select[cbndx] < 0xD0 ? context & 7 : select[cbndx] & 7;
	if (!s2t_decode_is_fixed(r, cbndx + 1, S2T_ARG_INDEX))
		r->arg[cbndx + 1] = select[cbndx + 1] < 0xD0 ? context >> 3 : select[cbndx + 1] & 1;
}

static void set_vmid(struct s2t_resolving *r, unsigned i, uint32_t space)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_VMID))
		r->arg[i] = pick_vmid(r->d, r->select[i], space);
}

/* map_pfn_vm and map_s2pt; `pte` and `level` are places of arguments. */
static void map_stage2(struct s2t_resolving *r, unsigned pte, unsigned level)
{
	s2t_decode_pte(r, pte);
	set_vmid(r, 0, set_ipa(r, 1));
	if (!s2t_decode_is_fixed(r, level, S2T_ARG_LEVEL))
		r->arg[level] = s2t_decode_level(r->select[level]);
	s2t_decode_finish_pte(r, pte, r->arg[level] == 2);
}

/* A host page, by its address; d0 to df: beyond the newest mapping, so that the host's pools can be emptied. */
static void map_page_host(struct s2t_resolving *r)
{
	struct s2t_decoder *d = r->d;
	const uint8_t s = r->select[0];

	if (s2t_decode_is_fixed(r, 0, S2T_ARG_IPA))
		d->pfn = r->arg[0] >> 12 & (GEN_PFN_END - 1);
	else if (s >= 0xD0 && s < 0xE0)
		r->arg[0] = s2t_decode_place(d, s).gfn << 12 | r->offset;
	else
		r->arg[0] = (d->pfn = s2t_decode_page(d, s)) << 12 | r->offset;
}

/* Mostly a device. */
static void map_vm_io(struct s2t_resolving *r)
{
	struct s2t_decoder *d = r->d;
	const uint8_t s = r->select[2];

	if (!s2t_decode_is_fixed(r, 2, S2T_ARG_PA))
		r->arg[2] = s2t_decode_device(d, s) << 12 | r->offset;
	d->pfn = r->arg[2] >> 12 & (GEN_PFN_END - 1);
	set_vmid(r, 0, set_ipa(r, 1));
}

void s2t_decode_resolve(struct s2t_decoder *d, const struct s2t_record *record, struct s2t_call *call)
{
	struct s2t_resolving r = { .d = d,
		                   .select = record->select,
		                   .literal = record->literal,
		                   .extra = record->extra,
		                   .arg = call->arg };

	if ((record->extra & 0xE000) == 0xE000)
		r.offset = record->extra & 0xFFF;
	switch ((enum s2t_op)record->op) {
	case S2T_OP_MAP_PAGE_HOST: map_page_host(&r); break;
	case S2T_OP_CLEAR_VM_PAGE:
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE:
		s2t_decode_pfn(&r, 1);
		set_vmid(&r, 0, UINT32_MAX);
		break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU:
		s2t_decode_pfn(&r, 2);
		if (!s2t_decode_is_fixed(&r, 1, S2T_ARG_GFN))
			r.arg[1] = s2t_decode_frame(d, record->select[1]);
		set_vmid(&r, 0, UINT32_MAX);
		break;
	case S2T_OP_MAP_PFN_VM: map_stage2(&r, 2, 3); break;
	case S2T_OP_MAP_S2PT: map_stage2(&r, 3, 2); break;
	case S2T_OP_MAP_VM_IO: map_vm_io(&r); break;
	case S2T_OP_UPDATE_SMMU_PAGE:
		s2t_decode_pte(&r, 4);
		set_iova(&r, 1, 3);
		set_vmid(&r, 0, UINT32_MAX);
		s2t_decode_finish_pte(&r, 4, false);
		break;
	case S2T_OP_MAP_SPT:
		s2t_decode_pte(&r, 3);
		set_iova(&r, 0, 2);
		s2t_decode_finish_pte(&r, 3, false);
		break;
	case S2T_OP_UNMAP_SMMU_PAGE:
	case S2T_OP_WALK_SPT:
	case S2T_OP_UNMAP_SPT: set_iova(&r, 0, 2); break;
	case S2T_OP_INIT_SPT:
		if (!s2t_decode_is_fixed(&r, 0, S2T_ARG_CBNDX))
			r.arg[0] = record->select[0] & 7;
		if (!s2t_decode_is_fixed(&r, 1, S2T_ARG_INDEX))
			r.arg[1] = record->select[1] & 1;
		break;
	case S2T_OP_GET_LEVEL_S2PT:
	case S2T_OP_WALK_S2PT: set_vmid(&r, 0, set_ipa(&r, 1)); break;
	case S2T_OP_CLEAR_PFN_HOST: s2t_decode_pfn(&r, 0); break;
	default: s2t_decode_hyper(&r, (enum s2t_op)record->op); break;
	}
}
