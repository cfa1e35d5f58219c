/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a sequence works on, and its character: drawn anew for each one, so that thousands of short sequences
 * try thousands of combinations ("swarm").
 */
#include "gen_internal.h"

/* Weights of the operations before a sequence makes its own of them; the first ten together have 85 %. */
static const uint8_t weight[S2T_OP_MEMORY_COUNT] = {
	[S2T_OP_MAP_PAGE_HOST] = 48,    [S2T_OP_CLEAR_VM_PAGE] = 28,
	[S2T_OP_ASSIGN_PFN_TO_VM] = 52, [S2T_OP_MAP_PFN_VM] = 48,
	[S2T_OP_MAP_VM_IO] = 16,        [S2T_OP_GRANT_VM_PAGE] = 36,
	[S2T_OP_REVOKE_VM_PAGE] = 36,   [S2T_OP_ASSIGN_PFN_TO_SMMU] = 24,
	[S2T_OP_UPDATE_SMMU_PAGE] = 32, [S2T_OP_UNMAP_SMMU_PAGE] = 20,
	[S2T_OP_GET_LEVEL_S2PT] = 10,   [S2T_OP_WALK_S2PT] = 10,
	[S2T_OP_MAP_S2PT] = 12,         [S2T_OP_CLEAR_PFN_HOST] = 6,
	[S2T_OP_INIT_SPT] = 1,          [S2T_OP_WALK_SPT] = 6,
	[S2T_OP_MAP_SPT] = 10,          [S2T_OP_UNMAP_SPT] = 4,
};

/* Guest frames at the ends of tables of each level, of IOVAs (2^28) and of what assign takes (2^36). */
static const uint64_t frame_edge[] = {
	0,
	511,
	512,
	(UINT64_C(1) << 18) - 1,
	UINT64_C(1) << 18,
	(UINT64_C(1) << 27) - 1,
	UINT64_C(1) << 27,
	GEN_PFN_END - 1,
	GEN_PFN_END,
	GEN_GFN_END - 1,
};

static void add_edge(struct s2t_gen *gen, uint64_t addr)
{
	uint64_t pfn = addr >> 12;

	if (gen->edge_count + 3 > GEN_EDGES)
		return;
	gen->edge[gen->edge_count++] = pfn;
	if (pfn > 0)
		gen->edge[gen->edge_count++] = pfn - 1;
	if (pfn + 1 < GEN_PFN_END)
		gen->edge[gen->edge_count++] = pfn + 1;
}

void s2t_gen_read_board(struct s2t_gen *gen)
{
	const struct s2t_board *board = &gen->board;

	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];
		uint64_t first = region->base >> 12, last;
		struct gen_range range;

		if (region->size == 0)
			continue;
		last = (region->base + region->size - 1) >> 12;
		range.base = first;
		range.span = last - first < UINT32_MAX / 2 ? (uint32_t)(last - first) : UINT32_MAX / 2;
		if (region->index != S2T_NOMAP)
			gen->ram[gen->ram_count++] = range;
		else
			gen->device[gen->device_count++] = range;
		add_edge(gen, region->base);
		add_edge(gen, region->base + region->size - 1);
	}
}

/* Each operation is dropped by one sequence in eight, and its share is drawn from a sixteenfold range. */
static void draw_weights(struct s2t_gen *gen)
{
	static const uint8_t factor[8] = { 0, 1, 2, 4, 4, 4, 8, 16 };
	uint64_t random = s2t_rng_next(&gen->rng);
	uint32_t mine[S2T_OP_MEMORY_COUNT], total = 0, sum = 0, filled = 0;

	for (unsigned op = 0; op < S2T_OP_MEMORY_COUNT; op++) {
		mine[op] = (uint32_t)weight[op] * factor[random & 7];
		random >>= 3;
		total += mine[op];
	}
	if (total == 0) {
		mine[S2T_OP_ASSIGN_PFN_TO_VM] = 1;
		total = 1;
	}
	for (unsigned op = 0; op < S2T_OP_MEMORY_COUNT; op++) {
		uint32_t end;

		sum += mine[op];
		end = sum * GEN_OPS / total;
		while (filled < end)
			gen->op[filled++] = (uint8_t)op;
	}
}

/* A VM next to one of the two highest powers of two: where its number takes another bit, and where its counters or
 * tables begin another page. Only these few, as each VM costs tables. */
static uint32_t vm_at_edge(const struct s2t_gen *gen, uint32_t random)
{
	const uint32_t corevisor = (uint32_t)gen->board.corevisor;
	uint32_t edge = 1, vmid;

	while (edge <= corevisor / 2)
		edge *= 2;
	edge >>= random & 1;
	vmid = edge + (random >> 1 & 1) - (random >> 2 & 1);
	return vmid > 0 && vmid <= corevisor ? vmid : corevisor;
}

/* Two to four VMs, each in every second, third or fourth place of the table. In most sequences the host has
 * one place, in some EL2 itself has a share, in others a VM
 * with a high number. */
static void draw_vms(struct s2t_gen *gen)
{
	const uint32_t corevisor = (uint32_t)gen->board.corevisor;
	uint64_t random = s2t_rng_next(&gen->rng);
	const uint32_t count = 2 + s2t_gen_below(gen, 3);

	for (uint32_t i = 0; i < count; i++) {
		if (corevisor == 1)
			gen->vm[i] = 1;
		else if (random >> 62 == 0 || corevisor < 5)
			gen->vm[i] = 1 + s2t_gen_below(gen, corevisor - 1 < 8 ? corevisor - 1 : 8);
		else
			gen->vm[i] = 1 + i;
	}
	if ((random & 7) < 2 && corevisor > 1)
		gen->vm[0] = corevisor - (uint32_t)(random & 1);
	else if ((random & 7) < 4)
		gen->vm[0] = vm_at_edge(gen, (uint32_t)(random >> 8));
	for (uint32_t i = count; i < GEN_VMS; i++)
		gen->vm[i] = gen->vm[i - count];
	if ((random >> 3 & 3) != 0)
		gen->vm[GEN_VMS - 1] = 0;
}

static uint64_t start_page(struct s2t_gen *gen)
{
	const uint32_t count = (uint32_t)gen->board.start_page_count;

	return gen->board.start_page[s2t_gen_below(gen, count)].pfn;
}

static struct gen_range draw_page(struct s2t_gen *gen, uint32_t i)
{
	uint32_t random = (uint32_t)s2t_rng_next(&gen->rng), low = random >> 8 & 7;
	struct gen_range page = { .base = gen->home + low };

	switch (i < 3 ? 0 : random & 15) {
	case 5: page.base = gen->home + GEN_BLOCK - 1 + (low & 1); break;
	case 6:
	case 7:
		if (gen->edge_count > 0)
			page.base = gen->edge[s2t_gen_below(gen, gen->edge_count)];
		break;
	case 8: page.base = gen->page[i - 1].base + 1; break;
	case 9: page.base = s2t_gen_device_pfn(gen); break;
	case 10: page.base = low < 6 ? low / 3 : GEN_PFN_END - 1; break;
	case 11: page.base = s2t_gen_ram_page(gen); break;
	case 12:
	case 13:
		if (gen->board.start_page_count > 0)
			page.base = start_page(gen);
		break;
	case 14: page.base = gen->home + (random >> 8 & (GEN_BLOCK - 1)); break;
	case 15: page.base = gen->home; break;
	default: break;
	}
	if (page.base >= GEN_PFN_END)
		page.base = GEN_PFN_END - 1;
	return page;
}

/* Four to twelve pages, three of them at home, the others anywhere. One sequence in eight works on hundreds
 * of pages instead. */
static void draw_pages(struct s2t_gen *gen)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	uint32_t count;

	/* The first record of all is next to whatever lies before the records: one sequence in eight is about it. */
	gen->home = (random & 7) == 0 && gen->ram_count > 0 ? gen->ram[0].base : s2t_gen_ram_page(gen);
	if ((random >> 3 & 3) != 0)
		gen->home &= ~(uint64_t)(GEN_BLOCK - 1);
	/* Alignment may have left the region: then from its first page. */
	if (gen->ram_count > 0 && s2t_gen_page(gen, gen->home).owner == GEN_INVALID)
		gen->home = gen->ram[s2t_gen_below(gen, gen->ram_count)].base;
	count = 4 + s2t_gen_below(gen, 9);
	for (uint32_t i = 0; i < count; i++)
		gen->page[i] = draw_page(gen, i);
	gen->recent_first = GEN_PAGES - 8;
	if (s2t_rng_chance(&gen->rng, 32)) {
		gen->page[0] = (struct gen_range){ gen->home, 255 };
		gen->page[1] = (struct gen_range){ s2t_gen_ram_page(gen), 63 };
		gen->recent_first = GEN_PAGES - 18;
	}
	gen->recent_next = gen->recent_first;
	for (uint32_t i = count; i < GEN_PAGES; i++)
		gen->page[i] = gen->page[i - count];
}

static uint64_t draw_place(struct s2t_gen *gen)
{
	uint64_t random = s2t_rng_next(&gen->rng);

	switch (random & 7) {
	case 0: return gen->home;
	case 1:
	case 2: return frame_edge[s2t_rng_scale(random, sizeof(frame_edge) / sizeof(frame_edge[0]))];
	case 3: return (random >> 32 & 3) << 18;
	case 4:
	case 5: return (random >> 32 & 7) << 9;
	default: return random >> 32 & 15;
	}
}

/* One to three places, each with neighbours: each place costs tables in every VM. */
static void draw_frames(struct s2t_gen *gen)
{
	static const uint32_t neighbour[8] = { 1, 1, 2, 3, 511, 512, 8, 9 };
	static const uint32_t run[4] = { 3, 4, 8, 8 };
	uint64_t random = s2t_rng_next(&gen->rng), place = 0;

	for (uint32_t i = 0; i < GEN_FRAMES; i++) {
		if (i % run[random & 3] == 0)
			gen->frame[i] = place = draw_place(gen);
		else
			gen->frame[i] = place + neighbour[random >> (3 * i) & 7];
		if (gen->frame[i] >= GEN_GFN_END)
			gen->frame[i] = GEN_GFN_END - 1;
	}
}

void s2t_gen_draw_set(struct s2t_gen *gen)
{
	static const uint8_t block_share[8] = { 0, 0, 4, 8, 8, 16, 48, 96 };
	uint64_t random;

	draw_weights(gen);
	draw_vms(gen);
	draw_pages(gen);
	draw_frames(gen);
	random = s2t_rng_next(&gen->rng);
	gen->block_share = block_share[random & 7];
	gen->host_blocks = (random >> 3 & 7) == 0;
	gen->context[0] = (uint32_t)(random >> 8 & 15);
	gen->context[1] = (random >> 6 & 1) != 0 ? (uint32_t)(random >> 12 & 15) : gen->context[0];
}
