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

static void plus(struct s2t_fingerprint *sum, struct s2t_fingerprint hash)
{
	sum->lo += hash.lo;
	sum->hi += hash.hi;
}

static void minus(struct s2t_fingerprint *sum, struct s2t_fingerprint hash)
{
	sum->lo -= hash.lo;
	sum->hi -= hash.hi;
}

/* The sum of a VM (class 1..) or of what is common (class 0), and of an SMMU context. */
static struct s2t_fingerprint *part(const struct s2t_quotient *quotient, struct s2t_fingerprint *sum,
                                    unsigned permutation, unsigned class)
{
	return &sum[permutation * (1 + quotient->vms + quotient->contexts) + class];
}

static unsigned class_of(const struct s2t_quotient *quotient, uint64_t vmid)
{
	return vmid <= quotient->board->corevisor ? quotient->vm_class[vmid] : 0;
}

/* A frame number with the pages that change places replaced by their places: the page itself, and the gfn that it has
 * while it is the host's. */
static uint64_t rename_frame(const struct s2t_quotient *quotient, unsigned permutation, uint64_t frame)
{
	for (unsigned i = 0; i < quotient->pages; i++) {
		const uint64_t place = quotient->permutation[permutation][i];

		if (frame == quotient->page[i])
			return UINT64_C(1) << 52 | place;
		if (frame == quotient->page[i] + quotient->board->smmu_host_offset)
			return UINT64_C(2) << 52 | place;
	}
	return frame;
}

static uint64_t rename_pte(const struct s2t_quotient *quotient, unsigned permutation, s2t_pte pte)
{
	const uint64_t frame = (pte & FRAME) >> 12, renamed = rename_frame(quotient, permutation, frame);

	return renamed == frame ? pte : s2t_rng_mix(renamed) ^ (pte & ~FRAME);
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

static void add_page(const struct s2t_quotient *quotient, struct s2t_fingerprint *sum, s2t_pfn pfn,
                     const struct s2t_page *page, void (*op)(struct s2t_fingerprint *, struct s2t_fingerprint))
{
	const unsigned class = class_of(quotient, page->owner);
	/* Whose page it is says the sum that it is in; other owners by their number. */
	const uint64_t owner = class != 0 ? 0 : 1 + (uint64_t)page->owner;

	for (unsigned i = 0; i < quotient->permutations; i++) {
		const uint64_t gfn = s2t_rng_mix(rename_frame(quotient, i, page->gfn));

		op(part(quotient, sum, i, class),
		   hash(TAG_PAGE, rename_frame(quotient, i, pfn),
		        s2t_rng_mix(gfn + class_of_count(quotient, page->count)) + owner));
	}
}

static void touch_page(const struct s2t_quotient *quotient, const struct s2t_model *model,
                       const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	const struct s2t_page now = s2t_model_page(model, touch->b);
	const struct s2t_page before = { (uint32_t)touch->old[0], (uint32_t)(touch->old[0] >> 32),
		                         touch->old[1] };

	if (now.owner == before.owner && now.count == before.count && now.gfn == before.gfn)
		return;
	add_page(quotient, sum, touch->b, &before, minus);
	add_page(quotient, sum, touch->b, &now, plus);
}

static void touch_token(const struct s2t_quotient *quotient, const struct s2t_model *model,
                        const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	uint64_t now = s2t_model_token(model, touch->b), before = touch->old[0];

	if (reduces(quotient, S2T_REDUCE_TOKENS)) {
		now = now != 0;
		before = before != 0;
	}
	for (unsigned i = 0; i < quotient->permutations && now != before; i++) {
		const uint64_t key = rename_frame(quotient, i, touch->b);

		if (before)
			minus(part(quotient, sum, i, 0), hash(TAG_TOKEN, key, before));
		if (now)
			plus(part(quotient, sum, i, 0), hash(TAG_TOKEN, key, now));
	}
}

/* A number that has no page in it. */
static void touch_number(const struct s2t_quotient *quotient, struct s2t_fingerprint *sum, unsigned class,
                         enum tag tag, uint64_t key, uint64_t before, uint64_t now)
{
	for (unsigned i = 0; i < quotient->permutations && now != before; i++) {
		if (before)
			minus(part(quotient, sum, i, class), hash(tag, key, before));
		if (now)
			plus(part(quotient, sum, i, class), hash(tag, key, now));
	}
}

/* A descriptor under a frame of its space. */
static void touch_pte(const struct s2t_quotient *quotient, struct s2t_fingerprint *sum, unsigned class,
                      enum tag tag, s2t_gfn gfn, s2t_pte before, s2t_pte now)
{
	for (unsigned i = 0; i < quotient->permutations && now != before; i++) {
		const uint64_t key = rename_frame(quotient, i, gfn);

		if (before)
			minus(part(quotient, sum, i, class), hash(tag, key, rename_pte(quotient, i, before)));
		if (now)
			plus(part(quotient, sum, i, class), hash(tag, key, rename_pte(quotient, i, now)));
	}
}

/* VMs that no call names, and EL2, have no sum of their own: their number goes into the key. */
static uint64_t space_key(const struct s2t_quotient *quotient, const struct s2t_touch *touch, uint64_t key)
{
	return class_of(quotient, touch->a) != 0 || touch->a == 0 ? key : key ^ s2t_rng_mix(touch->a);
}

/* A new block: it hides the pages that were mapped in its range, which can only be at frames that some call names. */
static void touch_block(const struct s2t_quotient *quotient, const struct s2t_model *model,
                        const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	const unsigned class = class_of(quotient, touch->a);
	const struct s2t_npt_entry first = s2t_model_npt_before(model, touch, 0);
	const s2t_pte now = s2t_model_npt(model, touch->a, touch->b).pte;

	touch_number(quotient, sum, class, TAG_NPT_BLOCK, space_key(quotient, touch, touch->b),
	             first.level == 2 ? first.pte : 0, now);
	for (size_t i = 0; i < quotient->frames && first.level != 2; i++) {
		const s2t_gfn gfn = quotient->frame[i];

		if (gfn >> 9 == touch->b >> 9)
			touch_pte(quotient, sum, class, TAG_NPT, space_key(quotient, touch, gfn),
			          s2t_model_npt_before(model, touch, gfn & 511).pte, 0);
	}
}

/* A table is there or not; `old` is the word of one or 64 of them that it stands in. */
static void touch_npt_table(const struct s2t_quotient *quotient, const struct s2t_model *model,
                            const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	const unsigned shift = touch->level == 0 ? 39 : touch->level == 1 ? 30 : 21;
	const unsigned bit = touch->level == 1 ? touch->b >> 30 & 63 : 0;
	const bool before = touch->level == 1 ? touch->old[0] >> bit & 1 : touch->old[0] != 0;

	touch_number(quotient, sum, class_of(quotient, touch->a), TAG_NPT_TABLE,
	             space_key(quotient, touch, (uint64_t)touch->level << 48 | touch->b >> shift), before,
	             s2t_model_npt_table(model, touch->a, touch->b, touch->level));
}

static void touch_spt_table(const struct s2t_quotient *quotient, const struct s2t_model *model,
                            const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	const unsigned shift = touch->level == 0 ? 30 : 21;
	const bool before = touch->level == 0 ? touch->old[0] >> (touch->b >> 30 & 63) & 1 : touch->old[0] != 0;

	touch_number(quotient, sum, quotient->context_class[touch->a], TAG_SPT_TABLE,
	             (uint64_t)touch->level << 48 | touch->b >> shift, before,
	             s2t_model_spt_table(model, touch->a, touch->b, touch->level));
}

/* Cursors as bytes used, which is what `old` has; so those of all VMs are alike. */
static void touch_npt_next(const struct s2t_quotient *quotient, const struct s2t_model *model,
                           const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	const struct s2t_board *board = quotient->board;
	const uint64_t offset[] = { board->pgd_offset, board->pud_offset, board->pmd_offset };
	const uint64_t start = board->pt_pool_start + touch->a * board->pt_pool_per_vm + offset[touch->level];

	touch_number(quotient, sum, class_of(quotient, touch->a), TAG_NPT_NEXT,
	             space_key(quotient, touch, touch->level), touch->old[0],
	             s2t_model_npt_next(model, touch->a, touch->level) - start);
}

static void touch_spt_next(const struct s2t_quotient *quotient, const struct s2t_model *model,
                           const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	const struct s2t_board *board = quotient->board;
	const uint64_t start = touch->level == 0 ? board->smmu_pgd_start : board->smmu_pmd_start;

	touch_number(quotient, sum, 0, TAG_SPT_NEXT, touch->level, touch->old[0],
	             s2t_model_spt_next(model, touch->level) - start);
}

/* A word of the hypercall layer: of a VM, of EL2, or of an SMMU bank. */
static void touch_word(const struct s2t_quotient *quotient, const struct s2t_model *model,
                       const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
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
	touch_number(quotient, sum, 0, TAG_WORD, key, touch->old[0], now);
}

static void empty_context(const struct s2t_quotient *quotient, unsigned context, struct s2t_fingerprint *sum)
{
	for (unsigned i = 0; i < quotient->permutations; i++)
		*part(quotient, sum, i, quotient->context_class[context]) = (struct s2t_fingerprint){ 0, 0 };
}

static void add_touch(const struct s2t_quotient *quotient, const struct s2t_model *model,
                      const struct s2t_touch *touch, struct s2t_fingerprint *sum)
{
	switch ((enum s2t_entry_kind)touch->kind) {
	case S2T_ENTRY_S2PAGE: touch_page(quotient, model, touch, sum); break;
	case S2T_ENTRY_NPT:
		touch_pte(quotient, sum, class_of(quotient, touch->a), TAG_NPT,
		          space_key(quotient, touch, touch->b), s2t_model_npt_before(model, touch, 0).pte,
		          s2t_model_npt(model, touch->a, touch->b).pte);
		break;
	case S2T_ENTRY_NPT_BLOCK: touch_block(quotient, model, touch, sum); break;
	case S2T_ENTRY_NPT_TABLE: touch_npt_table(quotient, model, touch, sum); break;
	case S2T_ENTRY_NPT_NEXT: touch_npt_next(quotient, model, touch, sum); break;
	case S2T_ENTRY_SPT:
		touch_pte(quotient, sum, quotient->context_class[touch->a], TAG_SPT, touch->b, touch->old[0],
		          s2t_model_spt(model, touch->a, touch->b).pte);
		break;
	case S2T_ENTRY_SPT_CONTEXT: empty_context(quotient, touch->a, sum); break;
	case S2T_ENTRY_SPT_TABLE: touch_spt_table(quotient, model, touch, sum); break;
	case S2T_ENTRY_SPT_NEXT: touch_spt_next(quotient, model, touch, sum); break;
	case S2T_ENTRY_FLATMEM: touch_token(quotient, model, touch, sum); break;
	case S2T_ENTRY_DATA_LOG:
		if (!reduces(quotient, S2T_REDUCE_DATA_LOG))
			touch_number(quotient, sum, class_of(quotient, touch->a), TAG_DATA_LOG,
			             space_key(quotient, touch, 0), touch->old[0],
			             s2t_model_data_log(model, touch->a));
		break;
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG: touch_word(quotient, model, touch, sum); break;
	case S2T_ENTRY_KIND_COUNT: break;
	}
}

void s2t_quotient_add(const struct s2t_quotient *quotient, const struct s2t_model *model,
                      struct s2t_fingerprint *sum)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);

	for (size_t i = 0; i < count; i++)
		add_touch(quotient, model, &touch[i], sum);
}

/* The sum of a part as a summand of the whole: no longer linear, so that entries cannot move from part to part. */
static struct s2t_fingerprint seal(const struct s2t_fingerprint *sum, uint64_t name)
{
	const uint64_t lo = s2t_rng_mix(sum->lo + s2t_rng_mix(sum->hi ^ name));

	return (struct s2t_fingerprint){ lo, s2t_rng_mix(sum->hi + s2t_rng_mix(lo + name)) };
}

struct s2t_fingerprint s2t_quotient_name(const struct s2t_quotient *quotient, const struct s2t_fingerprint *sum)
{
	const bool alike = reduces(quotient, S2T_REDUCE_VMS);
	struct s2t_fingerprint least = { UINT64_MAX, UINT64_MAX };

	for (unsigned i = 0; i < quotient->permutations; i++) {
		struct s2t_fingerprint whole = *sum++;

		for (unsigned vm = 1; vm <= quotient->vms; vm++)
			plus(&whole, seal(sum++, alike ? 1 : vm));
		for (unsigned context = 0; context < quotient->contexts; context++)
			plus(&whole, seal(sum++, 1000000 + context));
		if (whole.hi < least.hi || (whole.hi == least.hi && whole.lo < least.lo))
			least = whole;
	}
	return least;
}
