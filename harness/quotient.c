/* SPDX-License-Identifier: BSD-2-Clause */
/* The quotient: sums of hashed entries, and the name of a class. */
#include "quotient.h"

#include <stdlib.h>
#include <string.h>

#include "rng.h"

/* The frame bits of a descriptor, 47:12. */
#define FRAME UINT64_C(0x0000FFFFFFFFF000)

/* What an entry is, in the top bits of its key. */
enum tag {
	TAG_PAGE = 1,
	TAG_TOKEN,
	TAG_DATA_LOG,
	TAG_NPT,
	TAG_NPT_BLOCK,
	TAG_NPT_TABLE,
	TAG_NPT_NEXT,
	TAG_SPT,
	TAG_SPT_TABLE,
	TAG_SPT_NEXT,
	TAG_WORD, /* of the hypercall layer */
};

static const struct {
	const char *name, *text;
} reductions[S2T_REDUCTION_COUNT] = {
#define ROW(id, name, text) { name, text },
	S2T_REDUCTIONS(ROW)
#undef ROW
};

const char *s2t_reduction_name(enum s2t_reduction reduction)
{
	return reductions[reduction].name;
}

const char *s2t_reduction_text(enum s2t_reduction reduction)
{
	return reductions[reduction].text;
}

static bool reduces(const struct s2t_quotient *quotient, enum s2t_reduction reduction)
{
	return quotient->on >> reduction & 1;
}

/* `value` 0 stands for an entry as it is in the start state, and is never hashed. */
static struct s2t_fingerprint hash(enum tag tag, uint64_t key, uint64_t value)
{
	const uint64_t x = s2t_rng_mix((uint64_t)tag << 56 ^ key);
	const uint64_t lo = s2t_rng_mix(x + value * UINT64_C(0x9E3779B97F4A7C15));

	return (struct s2t_fingerprint){ lo, s2t_rng_mix(lo ^ (x << 32 | x >> 32)) };
}

static inline void plus(struct s2t_fingerprint *sum, struct s2t_fingerprint hash)
{
	sum->lo += hash.lo;
	sum->hi += hash.hi;
}

static inline void minus(struct s2t_fingerprint *sum, struct s2t_fingerprint hash)
{
	sum->lo -= hash.lo;
	sum->hi -= hash.hi;
}

/* A sum under way, and whether anything was added. */
struct sums {
	const struct s2t_quotient *quotient;
	const struct s2t_model *model;
	struct s2t_fingerprint *sum;
	bool changed;
};

/* The sum of a page (place 1..), or of what is common (place 0), with one order of the VMs. */
static inline struct s2t_fingerprint *sum_of(const struct sums *sums, unsigned order, unsigned place)
{
	return &sums->sum[order * (1 + sums->quotient->pages) + place];
}

/* The same within one SMMU context, which knows no VMs. */
static inline struct s2t_fingerprint *sum_of_context(const struct sums *sums, unsigned context, unsigned place)
{
	return sum_of(sums, sums->quotient->orders + context - 1, place);
}

static inline unsigned place_of_vm(const struct s2t_quotient *quotient, uint64_t vmid)
{
	return vmid <= quotient->board->corevisor ? quotient->vm_place[vmid] : 0;
}

/* A frame number without that of a page that changes places: the page itself, or the gfn that it has while it is the
 * host's. Returns its place, 0 for any other number. */
static inline unsigned take_page(const struct s2t_quotient *quotient, uint64_t *frame)
{
	for (unsigned i = 0; i < quotient->pages; i++) {
		if (*frame == quotient->page[i]) {
			*frame = UINT64_C(1) << 52;
			return 1 + i;
		}
		if (*frame == quotient->page[i] + quotient->board->smmu_host_offset) {
			*frame = UINT64_C(2) << 52;
			return 1 + i;
		}
	}
	return 0;
}

/* The same with a descriptor. */
static inline unsigned take_page_of_pte(const struct s2t_quotient *quotient, s2t_pte *pte)
{
	uint64_t frame = (*pte & FRAME) >> 12;
	const unsigned place = take_page(quotient, &frame);

	if (place)
		*pte = s2t_rng_mix(frame) ^ (*pte & ~FRAME);
	return place;
}

typedef void apply(struct s2t_fingerprint *sum, struct s2t_fingerprint hash);

/* Adds or takes away an entry in which no VM stands that may change places. */
static inline void put(struct sums *sums, apply *op, unsigned place, enum tag tag, uint64_t key, uint64_t value)
{
	const struct s2t_fingerprint summand = hash(tag, key, value);

	for (unsigned order = 0; value && order < sums->quotient->orders; order++)
		op(sum_of(sums, order, place), summand);
	sums->changed = true;
}

/* One that belongs to a VM. */
static inline void put_of_vm(struct sums *sums, apply *op, unsigned place, uint32_t vmid, enum tag tag,
                             uint64_t key, uint64_t value)
{
	const struct s2t_quotient *quotient = sums->quotient;
	const unsigned vm = place_of_vm(quotient, vmid);

	if (!vm)
		put(sums, op, place, tag, vmid ? key ^ s2t_rng_mix(vmid) : key, value);
	for (unsigned order = 0; vm && value && order < quotient->orders; order++)
		op(sum_of(sums, order, place), hash(tag, key ^ quotient->vm_name[order][vm - 1], value));
	sums->changed = true;
}

/* One that belongs to an SMMU context. */
static inline void put_of_context(struct sums *sums, apply *op, unsigned place, uint32_t context, enum tag tag,
                                  uint64_t key, uint64_t value)
{
	if (value)
		op(sum_of_context(sums, sums->quotient->context_place[context], place),
		   hash(tag, key | (uint64_t)context << 50, value));
	sums->changed = true;
}

/* A count above both limits only ever becomes one less, and one more never; 0xffffffff has a meaning of its own. */
static uint64_t class_of_count(const struct s2t_quotient *quotient, uint32_t count)
{
	const struct s2t_board *board = quotient->board;

	if (!reduces(quotient, S2T_REDUCE_COUNTS) || count == UINT32_MAX || count <= board->max_share_count ||
	    count <= board->el2_smmu_cfg_size)
		return count;
	return UINT32_MAX - 1;
}

static void put_record(struct sums *sums, apply *op, s2t_pfn pfn, uint32_t owner, uint32_t count, s2t_gfn gfn)
{
	const unsigned place = take_page(sums->quotient, &pfn);

	(void)take_page(sums->quotient, &gfn); /* its own, if any */
	put_of_vm(sums, op, place, owner, TAG_PAGE, pfn,
	          s2t_rng_mix(s2t_rng_mix(gfn) + class_of_count(sums->quotient, count)));
}

static void touch_record(struct sums *sums, const struct s2t_touch *touch)
{
	const struct s2t_page now = *(const struct s2t_page *)touch->slot;
	const uint32_t owner = (uint32_t)touch->old[0], count = (uint32_t)(touch->old[0] >> 32);

	if (now.owner == owner && now.count == count && now.gfn == touch->old[1])
		return;
	put_record(sums, minus, touch->b, owner, count, touch->old[1]);
	put_record(sums, plus, touch->b, now.owner, now.count, now.gfn);
}

static void touch_token(struct sums *sums, const struct s2t_touch *touch)
{
	uint64_t frame = touch->b, now = *(const uint64_t *)touch->slot, before = touch->old[0];
	const unsigned place = take_page(sums->quotient, &frame);

	if (reduces(sums->quotient, S2T_REDUCE_TOKENS)) {
		now = now != 0;
		before = before != 0;
	}
	if (now == before)
		return;
	put(sums, minus, place, TAG_TOKEN, frame, before);
	put(sums, plus, place, TAG_TOKEN, frame, now);
}

/* A number of a VM, in which no page stands. */
static void touch_number(struct sums *sums, uint32_t vmid, enum tag tag, uint64_t key, uint64_t before,
                         uint64_t now)
{
	if (now == before)
		return;
	put_of_vm(sums, minus, 0, vmid, tag, key, before);
	put_of_vm(sums, plus, 0, vmid, tag, key, now);
}

/* A descriptor of a page, under a frame of a VM. */
static void put_npt(struct sums *sums, apply *op, uint32_t vmid, s2t_gfn gfn, s2t_pte pte)
{
	const unsigned of_gfn = take_page(sums->quotient, &gfn),
		       of_pte = take_page_of_pte(sums->quotient, &pte);

	put_of_vm(sums, op, of_gfn ? of_gfn : of_pte, vmid, TAG_NPT, gfn, pte);
}

static void touch_npt(struct sums *sums, const struct s2t_touch *touch)
{
	const s2t_pte now = *(const s2t_pte *)touch->slot;

	if (now == touch->old[0])
		return;
	put_npt(sums, minus, touch->a, touch->b, touch->old[0]);
	put_npt(sums, plus, touch->a, touch->b, now);
}

/* What is stored under a new block, whether or not the step wrote it before the block. */
static s2t_pte under_block(const struct sums *sums, const struct s2t_touch *block, s2t_gfn gfn)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(sums->model, &count);

	for (size_t i = 0; i < count; i++)
		if (touch[i].kind == S2T_ENTRY_NPT && touch[i].a == block->a && touch[i].b == gfn)
			return *(const s2t_pte *)touch[i].slot;
	return s2t_model_npt_before(sums->model, block, gfn & 511).pte;
}

/* A new block: it hides the pages that were mapped in its range, which can only be at frames that some call names. */
static void touch_block(struct sums *sums, const struct s2t_touch *touch)
{
	const struct s2t_quotient *quotient = sums->quotient;

	touch_number(sums, touch->a, TAG_NPT_BLOCK, touch->b >> 9, touch->old[0],
	             *(const s2t_pte *)touch->slot);
	for (size_t i = 0; i < quotient->frames && touch->old[0] == 0; i++)
		if (quotient->frame[i] >> 9 == touch->b >> 9)
			put_npt(sums, minus, touch->a, quotient->frame[i],
			        under_block(sums, touch, quotient->frame[i]));
}

/* A table is there or not; `old` is the word of one or 64 of them that it stands in. */
static void touch_npt_table(struct sums *sums, const struct s2t_touch *touch)
{
	const unsigned shift = touch->level == 0 ? 39 : touch->level == 1 ? 30 : 21;
	const unsigned bit = touch->level == 1 ? touch->b >> 30 & 63 : 0;
	const bool before = touch->level == 1 ? touch->old[0] >> bit & 1 : touch->old[0] != 0;

	touch_number(sums, touch->a, TAG_NPT_TABLE, (uint64_t)touch->level << 48 | touch->b >> shift, before,
	             s2t_model_npt_table(sums->model, touch->a, touch->b, touch->level));
}

/* Cursors as bytes used, which is what `old` has; so those of all VMs are alike. */
static void touch_npt_next(struct sums *sums, const struct s2t_touch *touch)
{
	const struct s2t_board *board = sums->quotient->board;
	const uint64_t offset[] = { board->pgd_offset, board->pud_offset, board->pmd_offset };
	const uint64_t start = board->pt_pool_start + touch->a * board->pt_pool_per_vm + offset[touch->level];

	touch_number(sums, touch->a, TAG_NPT_NEXT, touch->level, touch->old[0],
	             s2t_model_npt_next(sums->model, touch->a, touch->level) - start);
}

static void put_spt(struct sums *sums, apply *op, uint32_t context, s2t_gfn gfn, s2t_pte pte)
{
	const unsigned of_gfn = take_page(sums->quotient, &gfn),
		       of_pte = take_page_of_pte(sums->quotient, &pte);

	put_of_context(sums, op, of_gfn ? of_gfn : of_pte, context, TAG_SPT, gfn, pte);
}

static void touch_spt(struct sums *sums, const struct s2t_touch *touch)
{
	const s2t_pte now = *(const s2t_pte *)touch->slot;

	if (now == touch->old[0])
		return;
	put_spt(sums, minus, touch->a, touch->b, touch->old[0]);
	put_spt(sums, plus, touch->a, touch->b, now);
}

static void touch_spt_table(struct sums *sums, const struct s2t_touch *touch)
{
	const unsigned shift = touch->level == 0 ? 30 : 21;
	const uint64_t key = (uint64_t)touch->level << 48 | touch->b >> shift;
	const bool before = touch->level == 0 ? touch->old[0] >> (touch->b >> 30 & 63) & 1 : touch->old[0] != 0;
	const bool now = s2t_model_spt_table(sums->model, touch->a, touch->b, touch->level);

	if (now == before)
		return;
	put_of_context(sums, minus, 0, touch->a, TAG_SPT_TABLE, key, before);
	put_of_context(sums, plus, 0, touch->a, TAG_SPT_TABLE, key, now);
}

static void touch_spt_next(struct sums *sums, const struct s2t_touch *touch)
{
	const struct s2t_board *board = sums->quotient->board;
	const uint64_t start = touch->level == 0 ? board->smmu_pgd_start : board->smmu_pmd_start;

	touch_number(sums, 0, TAG_SPT_NEXT, touch->level, touch->old[0],
	             s2t_model_spt_next(sums->model, touch->level) - start);
}

static void empty_context(struct sums *sums, uint32_t context)
{
	struct s2t_fingerprint *sum = sum_of_context(sums, sums->quotient->context_place[context], 0);

	for (unsigned i = 0; i <= sums->quotient->pages; i++) {
		sums->changed = sums->changed || sum[i].lo || sum[i].hi;
		sum[i] = (struct s2t_fingerprint){ 0, 0 };
	}
}

/* A word of the hypercall layer: of a VM, of EL2, or of an SMMU bank. */
static void touch_word(struct sums *sums, const struct s2t_touch *touch)
{
	const struct s2t_model *model = sums->model;
	const uint64_t key = (uint64_t)touch->kind << 48 | (uint64_t)touch->level << 40 |
	                     (touch->b & 0xff) << 32 | touch->a;
	uint64_t now = 0;

	if (touch->kind == S2T_ENTRY_VM)
		now = s2t_model_vm(model, touch->a, (enum s2t_vm_field)touch->level);
	else if (touch->kind == S2T_ENTRY_VCPU)
		now = s2t_model_vcpu(model, touch->a, touch->b, (enum s2t_vcpu_field)touch->level);
	else if (touch->kind == S2T_ENTRY_IMAGE)
		now = s2t_model_image(model, touch->a, touch->b, (enum s2t_image_field)touch->level);
	else if (touch->kind == S2T_ENTRY_CORE)
		now = s2t_model_core(model, (enum s2t_core_field)touch->level);
	else
		now = s2t_model_smmu_cfg(model, touch->a);
	touch_number(sums, 0, TAG_WORD, key, touch->old[0], now);
}

static void add_touch(struct sums *sums, const struct s2t_touch *touch)
{
	switch ((enum s2t_entry_kind)touch->kind) {
	case S2T_ENTRY_S2PAGE: touch_record(sums, touch); break;
	case S2T_ENTRY_NPT: touch_npt(sums, touch); break;
	case S2T_ENTRY_NPT_BLOCK: touch_block(sums, touch); break;
	case S2T_ENTRY_NPT_TABLE: touch_npt_table(sums, touch); break;
	case S2T_ENTRY_NPT_NEXT: touch_npt_next(sums, touch); break;
	case S2T_ENTRY_SPT: touch_spt(sums, touch); break;
	case S2T_ENTRY_SPT_CONTEXT: empty_context(sums, touch->a); break;
	case S2T_ENTRY_SPT_TABLE: touch_spt_table(sums, touch); break;
	case S2T_ENTRY_SPT_NEXT: touch_spt_next(sums, touch); break;
	case S2T_ENTRY_FLATMEM: touch_token(sums, touch); break;
	case S2T_ENTRY_DATA_LOG:
		if (!reduces(sums->quotient, S2T_REDUCE_DATA_LOG))
			touch_number(sums, touch->a, TAG_DATA_LOG, 0, touch->old[0],
			             s2t_model_data_log(sums->model, touch->a));
		break;
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG: touch_word(sums, touch); break;
	case S2T_ENTRY_KIND_COUNT: break;
	}
}

bool s2t_quotient_add(const struct s2t_quotient *quotient, const struct s2t_model *model,
                      struct s2t_fingerprint *sum)
{
	struct sums sums = { quotient, model, sum, false };
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);

	for (size_t i = 0; i < count; i++)
		add_touch(&sums, &touch[i]);
	return sums.changed;
}

/* The sum of a page as a summand of the whole: no longer linear, so that entries cannot move from page to page. */
static struct s2t_fingerprint seal(struct s2t_fingerprint sum)
{
	const uint64_t lo = s2t_rng_mix(sum.lo ^ (sum.hi << 32 | sum.hi >> 32));

	return (struct s2t_fingerprint){ lo, s2t_rng_mix(sum.hi + lo) };
}

/* What all SMMU contexts have of each page, after what they have in common. */
static void sum_contexts(const struct s2t_quotient *quotient, const struct s2t_fingerprint *sum,
                         struct s2t_fingerprint smmu[1 + S2T_QUOTIENT_PAGES])
{
	const unsigned parts = 1 + quotient->pages;

	memset(smmu, 0, (1 + S2T_QUOTIENT_PAGES) * sizeof(*smmu));
	for (unsigned context = 0; context < quotient->contexts; context++)
		for (unsigned part = 0; part < parts; part++)
			plus(&smmu[part], sum[(quotient->orders + context) * parts + part]);
}

unsigned s2t_quotient_parts(const struct s2t_quotient *quotient, const struct s2t_fingerprint *sum,
                            struct s2t_fingerprint part[S2T_QUOTIENT_PAGES])
{
	struct s2t_fingerprint smmu[1 + S2T_QUOTIENT_PAGES], common;

	sum_contexts(quotient, sum, smmu);
	common = smmu[0];
	plus(&common, sum[0]);
	part[0] = common;
	for (unsigned page = 1; page <= quotient->pages; page++) {
		struct s2t_fingerprint own = smmu[page];

		/* The pages differ in their number, and so do their parts. */
		plus(&own, sum[page]);
		plus(&own, hash(TAG_PAGE, page, 1));
		part[page - 1] = seal(own);
		plus(&part[page - 1], common);
	}
	return quotient->pages ? quotient->pages : 1;
}

struct s2t_fingerprint s2t_quotient_name(const struct s2t_quotient *quotient, const struct s2t_fingerprint *sum)
{
	struct s2t_fingerprint least = { UINT64_MAX, UINT64_MAX }, smmu[1 + S2T_QUOTIENT_PAGES];

	sum_contexts(quotient, sum, smmu);
	for (unsigned order = 0; order < quotient->orders; order++) {
		struct s2t_fingerprint whole = smmu[0];

		plus(&whole, *sum++);
		for (unsigned page = 1; page <= quotient->pages; page++) {
			struct s2t_fingerprint part = smmu[page];

			plus(&part, *sum++);
			plus(&whole, seal(part));
		}
		if (whole.hi < least.hi || (whole.hi == least.hi && whole.lo < least.lo))
			least = whole;
	}
	return least;
}
