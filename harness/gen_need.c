/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preparations: the call that brings a page or a page table nearer to the state that a goal needs. Each
 * looks at the model anew, so it does not matter what happened in between.
 */
#include "gen_goal.h"

enum progress s2t_gen_make(struct s2t_call *call, enum s2t_op op, uint64_t a, uint64_t b, uint64_t c)
{
	*call = (struct s2t_call){ .op = op, .arg = { a, b, c } };
	return CALLED;
}

/* The page of a VM, whatever its count. */
static enum progress get_owned(struct s2t_gen *gen, struct s2t_page page, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;

	if (page.owner == GEN_INVALID || plan->vmid == 0)
		return HOPELESS;
	if (page.owner != 0)
		return READY;
	return s2t_gen_make(call, S2T_OP_ASSIGN_PFN_TO_VM, plan->vmid, plan->gfn, plan->pfn);
}

/* The page of a VM with that count. */
static enum progress get_count(struct s2t_gen *gen, struct s2t_page page, uint32_t count, struct s2t_call *call)
{
	const uint64_t pfn = gen->plan.pfn;

	if (page.owner == 0 || page.owner == GEN_INVALID)
		return get_owned(gen, page, call);
	if (page.count == count)
		return READY;
	if (page.count == GEN_INVALID)
		return s2t_gen_make(call, S2T_OP_ASSIGN_PFN_TO_VM, page.owner,
		                    page.gfn < GEN_GFN_END ? page.gfn : gen->plan.gfn, pfn);
	if (page.count < count)
		return s2t_gen_make(call, S2T_OP_GRANT_VM_PAGE, page.owner, pfn, 0);
	return s2t_gen_make(call, S2T_OP_REVOKE_VM_PAGE, page.owner, pfn, 0);
}

static enum progress get_host(struct s2t_gen *gen, struct s2t_page page, bool busy, struct s2t_call *call)
{
	const uint64_t pfn = gen->plan.pfn;

	if (page.owner == GEN_INVALID)
		return HOPELESS;
	if (page.owner != 0)
		return s2t_gen_make(call, S2T_OP_CLEAR_VM_PAGE, page.owner, pfn, 0);
	if ((page.count > 0) == busy)
		return READY;
	return s2t_gen_make(call, busy ? S2T_OP_GRANT_VM_PAGE : S2T_OP_REVOKE_VM_PAGE, 0, pfn, 0);
}

/* update_smmu_page of plan.pfn by its owner, in plan.context. */
enum progress s2t_gen_make_update(const struct s2t_gen *gen, struct s2t_page page, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;

	(void)s2t_gen_make(call, S2T_OP_UPDATE_SMMU_PAGE, page.owner, plan->context & 7, plan->context >> 3);
	call->arg[3] = page.gfn << 12;
	call->arg[4] = plan->pfn << 12 | 0xFFF;
	return CALLED;
}

static enum progress get_mapped(struct s2t_gen *gen, struct s2t_page page, struct s2t_call *call)
{
	if (page.owner != 0)
		return get_host(gen, page, false, call);
	if (page.gfn >= GEN_PFN_END)
		return HOPELESS;
	if (page.count >= gen->board.el2_smmu_cfg_size)
		return READY;
	return s2t_gen_make_update(gen, page, call);
}

enum progress s2t_gen_get_page(struct s2t_gen *gen, enum page_need need, struct s2t_call *call)
{
	const struct s2t_page page = s2t_gen_page(gen, gen->plan.pfn);

	switch (need) {
	case PAGE_ANY: return READY;
	case PAGE_DEVICE: return page.owner == GEN_INVALID ? READY : HOPELESS;
	case PAGE_FREE: return get_host(gen, page, false, call);
	case PAGE_BUSY: return get_host(gen, page, true, call);
	case PAGE_OWNED: return get_owned(gen, page, call);
	case PAGE_IDLE: return get_count(gen, page, 0, call);
	case PAGE_ONCE: return get_count(gen, page, 1, call);
	case PAGE_FULL: return get_count(gen, page, (uint32_t)gen->board.max_share_count, call);
	case PAGE_MAPPED: return get_mapped(gen, page, call);
	}
	return HOPELESS;
}

/* map_pfn_vm of plan.pfn in plan.vmid. */
enum progress s2t_gen_make_map(const struct s2t_gen *gen, uint64_t addr, bool block, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;

	(void)s2t_gen_make(call, S2T_OP_MAP_PFN_VM, plan->vmid, addr,
	                   (plan->pfn << 12 & GEN_FRAME) | (block ? 0xFFD : 0xFFF));
	call->arg[3] = block ? 2 : 3;
	return CALLED;
}

/* A block whose frame is not 0: the host's entry is to read as mapped. */
static enum progress get_block(uint64_t vmid, uint64_t gfn, struct s2t_call *call)
{
	const uint64_t frame = (gfn & ~(uint64_t)(GEN_BLOCK - 1)) << 12 & GEN_FRAME;

	(void)s2t_gen_make(call, S2T_OP_MAP_PFN_VM, vmid, gfn << 12, frame != 0 ? frame | 0xFFD : 0x200FFD);
	call->arg[3] = 2;
	return CALLED;
}

static enum progress fill(struct s2t_gen *gen, bool block, struct s2t_call *call)
{
	struct gen_plan *plan = &gen->plan;
	uint64_t addr;

	/* What a block covers takes no table. */
	for (unsigned i = 0; s2t_gen_under_block(gen, plan->vmid, plan->addr >> 12); i++) {
		if (i == 8)
			return HOPELESS;
		plan->addr = (plan->addr + plan->stride) & (GEN_ADDR_END - 1);
	}
	addr = plan->addr;
	if (s2t_gen_exhausted(gen, plan->vmid, addr, block))
		return READY;
	plan->addr = (addr + plan->stride) & (GEN_ADDR_END - 1);
	return s2t_gen_make_map(gen, addr, block, call);
}

static enum progress fill_smmu(struct s2t_gen *gen, struct s2t_page page, bool of_page, struct s2t_call *call)
{
	struct gen_plan *plan = &gen->plan;
	uint64_t addr = plan->addr & (GEN_PA_END - 1);

	if (of_page) {
		if (page.gfn >= GEN_PFN_END)
			return HOPELESS;
		/* Any context that lacks a table at the page's own gfn will do. */
		for (uint32_t context = 0; context < 16; context++) {
			if (s2t_gen_smmu_exhausted(gen, context, page.gfn << 12)) {
				plan->context = context;
				return READY;
			}
		}
	} else if (s2t_gen_smmu_exhausted(gen, plan->context, addr)) {
		return READY;
	}
	plan->addr = (addr + plan->stride) & (GEN_PA_END - 1);
	(void)s2t_gen_make(call, S2T_OP_MAP_SPT, plan->context & 7, plan->context >> 3, addr);
	call->arg[3] = plan->pfn << 12 | 0xFFF;
	return CALLED;
}

enum progress s2t_gen_get_table(struct s2t_gen *gen, enum table_need need, bool of_page, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;

	switch (need) {
	case TABLE_NONE: return READY;
	case TABLE_HOST_BLOCK:
		if (s2t_gen_host_block(gen, plan->pfn))
			return READY;
		return get_block(0, plan->pfn, call);
	case TABLE_VM_BLOCK:
		if (s2t_gen_under_block(gen, plan->vmid, plan->gfn))
			return READY;
		return get_block(plan->vmid, plan->gfn, call);
	case TABLE_EXHAUSTED:
	case TABLE_EXHAUSTED_HOST: return fill(gen, false, call);
	case TABLE_EXHAUSTED_BLOCK: return fill(gen, true, call);
	case TABLE_EXHAUSTED_SMMU: return fill_smmu(gen, s2t_gen_page(gen, plan->pfn), of_page, call);
	}
	return HOPELESS;
}
