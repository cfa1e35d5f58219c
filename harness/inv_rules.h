/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the invariants say of one page, one mapping, one image: each a function of the values alone, so that the check
 * after a step and the one from scratch ask the same question.
 *
 * All return sets, bit 1 << invariant for each that is broken.
 */
#ifndef S2T_HARNESS_INV_RULES_H
#define S2T_HARNESS_INV_RULES_H

#include "invariants.h"
#include "s2twin/types.h"

#define S2T_INV(invariant) (UINT32_C(1) << (invariant))
#define S2T_NOBODY         UINT32_MAX /* owner of a device's page, or of a context bank that is free */

/* Takes the lowest out of a set that is not empty. */
static inline enum s2t_invariant s2t_inv_take(uint32_t *set)
{
	const int lowest = __builtin_ctz(*set);

	*set &= *set - 1;
	return (enum s2t_invariant)lowest;
}

/* Who reads a mapping so. */
enum { S2T_READ_BY_SPEC = 1, S2T_READ_BY_HARDWARE = 2, S2T_READ_BY_BOTH = 3 };

/* An address space: the stage-2 table of a VM, or a context of the SMMU. */
struct s2t_inv_space {
	bool smmu;
	bool off;        /* its VM is beyond VERIFIED: powered off */
	uint32_t number; /* vmid or context */
	uint32_t owner;  /* stage 2: the vmid; SMMU: to whom the bank is bound, S2T_NOBODY: to nobody */
};

/* Of a page record alone. */
static inline uint32_t s2t_inv_record(s2t_pfn pfn, struct s2t_page page, uint64_t smmu_host_offset)
{
	const bool elsewhere = (page.owner == 0) & (page.gfn != pfn + smmu_host_offset);
	const bool owned = (pfn == 0) & (page.owner != S2T_NOBODY);

	return (uint32_t)elsewhere << S2T_HOST_S2_MAP | (uint32_t)owned << S2T_PAGE_0_INVALID;
}

/* Of stage 2: frame `gfn` of `space` maps page `pfn`, whose record is `page`. In the Coq text frame 0 is no mapping; for
 * hardware it is. */
static inline uint32_t s2t_inv_maps(const struct s2t_inv_space *space, s2t_pfn pfn, unsigned reading,
                                    struct s2t_page page, uint32_t corevisor)
{
	if (page.owner == S2T_NOBODY || (pfn == 0 && !(reading & S2T_READ_BY_HARDWARE)))
		return 0;
	if (space->number == 0)
		return page.owner != 0 && page.count == 0 ? S2T_INV(S2T_HOST_ISO) : 0;
	if (space->number >= corevisor || space->off)
		return 0;
	return page.owner != space->number ? S2T_INV(S2T_VM_ISO) : 0;
}

/* The same of an SMMU context. `*unless_zero` are broken too, unless the page is all zero. */
static inline uint32_t s2t_inv_dma(const struct s2t_inv_space *space, s2t_gfn gfn, struct s2t_page page,
                                   uint32_t *unless_zero)
{
	uint32_t broken = 0;

	*unless_zero = 0;
	if (space->owner == S2T_NOBODY)
		return page.owner == S2T_NOBODY || page.gfn != gfn ? S2T_INV(S2T_UNBOUND_ISO) : 0;
	if (!space->off && (page.owner != space->owner || page.gfn != gfn))
		broken |= S2T_INV(S2T_SMMU_ISO);
	if (page.owner == 0 && page.count == 0 && space->owner == 0)
		broken |= S2T_INV(S2T_SMMU_COUNT_0);
	if (page.owner != space->owner && page.owner == 0)
		*unless_zero = S2T_INV(S2T_STALE_DMA);
	else if (page.owner != space->owner)
		broken |= S2T_INV(S2T_STALE_DMA);
	return broken;
}

/* Of a page of the host: `bound` contexts of the host, and `unbound` ones, have an entry at its frame. */
static inline uint32_t s2t_inv_counts(struct s2t_page page, unsigned bound, unsigned unbound)
{
	uint32_t broken = 0;

	if (page.owner != 0)
		return 0;
	if (page.count < bound)
		broken |= S2T_INV(S2T_SMMU_COUNT);
	if (page.count < unbound)
		broken |= S2T_INV(S2T_UNBOUND_COUNT);
	return broken;
}

/* To whom a context bank may be bound. */
static inline uint32_t s2t_inv_bank(uint64_t vmid, uint64_t corevisor)
{
	return vmid != S2T_NOBODY && vmid >= corevisor ? S2T_INV(S2T_SMMU_VM) : 0;
}

/* A boot image. */
struct s2t_inv_image {
	uint32_t vmid, number;
	uint64_t size, remap, mapped; /* bytes, byte address, pages */
};

static inline uint64_t s2t_inv_image_pages(const struct s2t_inv_image *image)
{
	return image->size / 4096 + (image->size % 4096 != 0);
}

static inline uint32_t s2t_inv_image(const struct s2t_inv_image *image, uint64_t next_remap)
{
	const uint64_t pages = s2t_inv_image_pages(image);
	uint32_t broken = 0;

	if (image->mapped > pages || image->remap / 4096 + pages > next_remap / 4096)
		broken |= S2T_INV(S2T_REMAP_ADDR);
	if ((image->size | image->remap | image->mapped) >> 63)
		broken |= S2T_INV(S2T_REMAP_RANGE);
	return broken;
}

/* Two different images. */
static inline uint32_t s2t_inv_images(const struct s2t_inv_image *a, const struct s2t_inv_image *b)
{
	const uint64_t first = a->remap / 4096, second = b->remap / 4096;

	return first >= second + s2t_inv_image_pages(b) || second >= first + s2t_inv_image_pages(a)
	               ? 0
	               : S2T_INV(S2T_REMAP_NO_OVERLAP);
}

static inline struct s2t_inv_place s2t_inv_image_place(const struct s2t_inv_image *image,
                                                       const struct s2t_inv_image *other)
{
	return (struct s2t_inv_place){ .number = image->vmid,
		                       .level = image->number,
		                       .bound = other ? other->vmid : 0,
		                       .count = other ? other->number : 0,
		                       .pfn = image->size,
		                       .gfn = image->remap,
		                       .value = image->mapped };
}

/* Whether a frame of EL2 is one of those that an image is yet to map. */
static inline bool s2t_inv_is_tail(const struct s2t_inv_image *image, s2t_gfn gfn)
{
	const uint64_t first = image->remap / 4096;

	return gfn >= first + image->mapped && gfn < first + s2t_inv_image_pages(image);
}

#endif
