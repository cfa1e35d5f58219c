/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of the board, and descriptors.
 */
#include "gen_internal.h"

/* Low bits and attributes: mostly those of the operations themselves, then every bit outside the frame. */
static const uint64_t attribute[16] = {
	0xFFF,
	0xFFF,
	0xFFF,
	0x3,
	0x7FF,
	0x1,
	0xFFD,
	UINT64_C(0x400000000007C7),
	UINT64_C(0x40000000000753),
	UINT64_C(0x0200000000000000), /* PAGE_GUEST, the tombstone */
	UINT64_C(0x0200000000000FFF),
	UINT64_C(0x0010000000000FFF), /* bit 52 */
	UINT64_C(0x0180000000000FFF), /* bits 55 and 56 */
	UINT64_C(0xFFF0000000000FFF),
	UINT64_C(0x000F000000000FFF), /* bits 48..51, above the frame */
	0x0,
};

/* Descriptors as a whole: nothing, a frame of 0, all ones, a frame beyond the physical address space. */
static const uint64_t odd_pte[8] = {
	0,
	0xFFF,
	UINT64_C(0x0200000000000000),
	UINT64_MAX,
	UINT64_C(0x0000FFFFFFFFF000),
	UINT64_C(0x0000010000000FFF),
	UINT64_C(0xFFFF000000000FFF),
	0x1000,
};

APART uint64_t s2t_gen_page_of(struct s2t_gen *gen, const struct gen_range *range)
{
	return range->base + s2t_gen_below(gen, range->span + 1);
}

/* Any page of any RAM region; 0x40000 on a board without one. */
uint64_t s2t_gen_ram_page(struct s2t_gen *gen)
{
	const struct gen_range *range;

	if (gen->ram_count == 0)
		return 0x40000;
	range = &gen->ram[s2t_gen_below(gen, gen->ram_count)];
	return s2t_gen_page_of(gen, range);
}

/* A page without ownership record, as far as the list of regions tells: of a region without index, or one
 * next to a region's end, or low memory. */
APART uint64_t s2t_gen_device_pfn(struct s2t_gen *gen)
{
	uint64_t random = s2t_rng_next(&gen->rng);
	const struct gen_range *range;

	if (gen->device_count > 0 && (random & 7) != 0) {
		range = &gen->device[s2t_rng_scale(random, gen->device_count)];
		return range->base + (random >> 8 & 3 & range->span);
	}
	if (gen->edge_count > 0 && (random & 8) != 0)
		return gen->edge[s2t_rng_scale(random, gen->edge_count)];
	return (random >> 8 & 3) == 0 ? GEN_PFN_END - 1 - (random >> 10 & 1) : 0x9000 + (random >> 10 & 3);
}

/* Uses bits 0..11 of `random`. */
uint64_t s2t_gen_pte(uint64_t pfn, uint64_t random)
{
	if ((random & 31) == 0)
		return odd_pte[random >> 5 & 7];
	return (pfn << 12 & GEN_FRAME) | attribute[random >> 8 & 15];
}

/* Low bits 01 or none; unaligned one time in four. Uses bits 0..13 of `random`. */
uint64_t s2t_gen_block_pte(uint64_t pfn, uint64_t random)
{
	if ((random >> 12 & 3) != 0)
		pfn &= ~(uint64_t)(GEN_BLOCK - 1);
	return s2t_gen_pte(pfn, random) & ~UINT64_C(2);
}
