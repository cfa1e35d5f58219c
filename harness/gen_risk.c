/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Foresight: whether a call would end in a panic. Calls that are undefined do not.
 */
#include "gen_internal.h"

/* Tables that pools of this size still hand out; `next` and `end` are addresses. */
static uint64_t tables(uint64_t next, uint64_t end)
{
	return next < end ? (end - next) >> 12 : 0;
}

uint64_t s2t_gen_tables_left(const struct s2t_gen *gen, uint64_t vmid, unsigned level)
{
	const struct s2t_board *board = &gen->board;
	const uint64_t end[3] = { board->pud_offset, board->pmd_offset, board->pt_pool_per_vm };

	return tables(s2t_model_npt_next(gen->model, vmid, level),
	              board->pt_pool_start + vmid * board->pt_pool_per_vm + end[level]);
}

uint64_t s2t_gen_smmu_tables_left(const struct s2t_gen *gen, unsigned level)
{
	return tables(s2t_model_spt_next(gen->model, level),
	              level == 0 ? gen->board.smmu_pmd_start : gen->board.smmu_pool_end);
}

/* Whether mapping addr would need a table of an empty pool. */
bool s2t_gen_exhausted(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block)
{
	const unsigned levels = block ? 2 : 3;

	for (unsigned level = 0; level < levels; level++) {
		if (s2t_gen_tables_left(gen, vmid, level) == 0 &&
		    !s2t_model_npt_table(gen->model, vmid, addr, level))
			return true;
	}
	return false;
}

bool s2t_gen_smmu_exhausted(struct s2t_gen *gen, unsigned context, uint64_t iova)
{
	for (unsigned level = 0; level < 2; level++) {
		if (s2t_gen_smmu_tables_left(gen, level) == 0 &&
		    !s2t_model_spt_table(gen->model, context, iova, level))
			return true;
	}
	return false;
}

/* The raw level: a block whose frame is 0 counts, too. */
bool s2t_gen_under_block(struct s2t_gen *gen, uint64_t vmid, uint64_t gfn)
{
	return s2t_gen_space(gen, vmid)->blocks && s2t_model_npt(gen->model, vmid, gfn).level == 2;
}

/* What clear_pfn_host sees: only a block with a frame. */
bool s2t_gen_host_block(struct s2t_gen *gen, uint64_t pfn)
{
	struct s2t_npt_entry entry;

	if (!s2t_gen_space(gen, 0)->blocks)
		return false;
	entry = s2t_model_npt(gen->model, 0, pfn);
	return entry.level == 2 && (entry.pte & GEN_FRAME) != 0;
}

/* A mapping takes at most one table of each pool, so one look at the cursors is good for many mappings. */
bool s2t_gen_stage2_panics(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block)
{
	struct gen_space *space;
	uint64_t least;

	if (vmid > gen->board.corevisor || addr >= GEN_ADDR_END)
		return false;
	if (!block && s2t_gen_under_block(gen, vmid, addr >> 12))
		return true;
	space = s2t_gen_space(gen, vmid);
	if (space->budget > 0)
		return false;
	/* A PTE table stands on tables of both other levels. */
	if (!block && s2t_model_npt_table(gen->model, vmid, addr, 2))
		return false;
	least = s2t_gen_tables_left(gen, vmid, 0);
	for (unsigned level = 1; level < 3; level++) {
		uint64_t left = s2t_gen_tables_left(gen, vmid, level);

		least = left < least ? left : least;
	}
	space->budget = least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
	return least == 0 && s2t_gen_exhausted(gen, vmid, addr, block);
}

bool s2t_gen_smmu_panics(struct s2t_gen *gen, uint64_t cbndx, uint64_t index, uint64_t iova)
{
	uint64_t least, other;

	if (cbndx > 7 || index > 1 || iova >= GEN_PA_END || gen->smmu_budget > 0)
		return false;
	least = s2t_gen_smmu_tables_left(gen, 0);
	other = s2t_gen_smmu_tables_left(gen, 1);
	least = other < least ? other : least;
	gen->smmu_budget = least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
	return least == 0 && s2t_gen_smmu_exhausted(gen, (unsigned)(8 * index + cbndx), iova);
}

bool s2t_gen_assign_panics(struct s2t_gen *gen, const struct s2t_call *call)
{
	const uint64_t vmid = call->arg[0], gfn = call->arg[1], pfn = call->arg[2];
	const bool to_smmu = call->op == S2T_OP_ASSIGN_PFN_TO_SMMU;
	struct s2t_page page;

	if (gfn >= GEN_GFN_END || pfn >= GEN_PFN_END || (to_smmu && vmid > gen->board.corevisor))
		return false;
	page = s2t_gen_page(gen, pfn);
	if (page.owner == 0)
		return page.count != 0 || s2t_gen_host_block(gen, pfn);
	if (page.owner != vmid)
		return true;
	return !to_smmu && page.gfn != gfn && page.gfn != GEN_INVALID64;
}

static bool update_panics(struct s2t_gen *gen, const struct s2t_call *call)
{
	const uint64_t *arg = call->arg;
	struct s2t_page page;

	if (arg[3] >= GEN_ADDR_END)
		return false;
	page = s2t_gen_page(gen, (arg[4] & GEN_FRAME) >> 12);
	return page.owner != arg[0] || page.gfn != arg[3] >> 12 ||
	       s2t_gen_smmu_panics(gen, arg[1], arg[2], arg[3]);
}

bool s2t_gen_would_panic(struct s2t_gen *gen, const struct s2t_call *call)
{
	const uint64_t *arg = call->arg;
	struct s2t_page page;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST:
		if (arg[0] >= GEN_ADDR_END)
			return false;
		page = s2t_gen_page(gen, arg[0] >> 12);
		if (page.owner != 0 && page.owner != GEN_INVALID && page.count == 0)
			return true;
		return s2t_gen_stage2_panics(gen, 0, arg[0], false);
	case S2T_OP_CLEAR_VM_PAGE:
		return arg[1] < GEN_PFN_END && s2t_gen_host_block(gen, arg[1]) &&
		       s2t_gen_page(gen, arg[1]).owner == arg[0];
	case S2T_OP_REVOKE_VM_PAGE:
		if (arg[1] >= GEN_PFN_END || !s2t_gen_host_block(gen, arg[1]))
			return false;
		page = s2t_gen_page(gen, arg[1]);
		return page.owner == arg[0] && page.count == 1;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return s2t_gen_assign_panics(gen, call);
	case S2T_OP_MAP_PFN_VM: return s2t_gen_stage2_panics(gen, arg[0], arg[1], arg[3] == 2);
	case S2T_OP_MAP_VM_IO:
		return arg[2] < GEN_ADDR_END && s2t_gen_page(gen, arg[2] >> 12).owner == GEN_INVALID &&
		       s2t_gen_stage2_panics(gen, arg[0], arg[1], false);
	case S2T_OP_UPDATE_SMMU_PAGE: return update_panics(gen, call);
	case S2T_OP_MAP_S2PT:
		/* Undefined: another level, no descriptor, a table for a block. */
		if ((arg[2] != 2 && arg[2] != 3) || arg[3] == 0 || (arg[2] == 2 && (arg[3] & 3) == 3))
			return false;
		return s2t_gen_stage2_panics(gen, arg[0], arg[1], arg[2] == 2);
	case S2T_OP_CLEAR_PFN_HOST: return arg[0] < GEN_PFN_END && s2t_gen_host_block(gen, arg[0]);
	case S2T_OP_MAP_SPT: return s2t_gen_smmu_panics(gen, arg[0], arg[1], arg[2]);
	default: return false;
	}
}
