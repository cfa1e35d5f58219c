/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goals: single paths through the specification that chance seldom takes, or that careful proposals avoid.
 *
 * A goal is a row: the path, the state of a page that it needs, the state of a page table that it needs. Each
 * step looks at the model and makes the call that brings the first unmet need nearer; once both are met, it
 * makes the call of the path. A page that cannot get there is exchanged for another one.
 */
#include "gen_internal.h"

enum page_need {
	PAGE_ANY,
	PAGE_DEVICE, /* owner INVALID */
	PAGE_FREE,   /* of the host, count 0 */
	PAGE_BUSY,   /* of the host, count > 0 */
	PAGE_OWNED,  /* of a VM */
	PAGE_IDLE,   /* of a VM, count 0 */
	PAGE_ONCE,   /* of a VM, count 1 */
	PAGE_FULL,   /* of a VM, count at the limit */
	PAGE_MAPPED, /* of the host, in reach of the SMMU at its own gfn, mapped there up to the limit */
};

enum table_need {
	TABLE_NONE,
	TABLE_HOST_BLOCK,      /* the host's stage-2 maps the page by a block */
	TABLE_VM_BLOCK,        /* plan.vmid maps plan.gfn by a block */
	TABLE_EXHAUSTED,       /* plan.vmid has no table left for a page at plan.addr */
	TABLE_EXHAUSTED_BLOCK, /* … for a block */
	TABLE_EXHAUSTED_HOST,  /* the same of the host, for a page */
	TABLE_EXHAUSTED_SMMU,  /* the SMMU pool has no table left for plan.context, plan.addr */
};

struct goal {
	enum s2t_case path;
	enum s2t_op op;
	enum page_need page;
	enum table_need table;
};

/* Row 0 is no goal. The feats, which do not panic, stand last. */
static const struct goal goals[] = {
	{ 0 },
	{ S2T_CASE_MPH_5, S2T_OP_MAP_PAGE_HOST, PAGE_IDLE, TABLE_NONE },
	{ S2T_CASE_MPH_6, S2T_OP_MAP_PAGE_HOST, PAGE_FREE, TABLE_HOST_BLOCK },
	{ S2T_CASE_MPH_7, S2T_OP_MAP_PAGE_HOST, PAGE_ANY, TABLE_EXHAUSTED_HOST },
	{ S2T_CASE_CVP_5, S2T_OP_CLEAR_VM_PAGE, PAGE_OWNED, TABLE_HOST_BLOCK },
	{ S2T_CASE_APV_4, S2T_OP_ASSIGN_PFN_TO_VM, PAGE_FREE, TABLE_HOST_BLOCK },
	{ S2T_CASE_APV_5, S2T_OP_ASSIGN_PFN_TO_VM, PAGE_BUSY, TABLE_NONE },
	{ S2T_CASE_APV_10, S2T_OP_ASSIGN_PFN_TO_VM, PAGE_OWNED, TABLE_NONE },
	{ S2T_CASE_APV_11, S2T_OP_ASSIGN_PFN_TO_VM, PAGE_OWNED, TABLE_NONE },
	{ S2T_CASE_APV_11, S2T_OP_ASSIGN_PFN_TO_VM, PAGE_DEVICE, TABLE_NONE },
	{ S2T_CASE_MPV_4, S2T_OP_MAP_PFN_VM, PAGE_ANY, TABLE_VM_BLOCK },
	{ S2T_CASE_MPV_5, S2T_OP_MAP_PFN_VM, PAGE_ANY, TABLE_EXHAUSTED },
	{ S2T_CASE_MPV_6, S2T_OP_MAP_PFN_VM, PAGE_ANY, TABLE_EXHAUSTED_BLOCK },
	{ S2T_CASE_MVI_4, S2T_OP_MAP_VM_IO, PAGE_DEVICE, TABLE_VM_BLOCK },
	{ S2T_CASE_MVI_5, S2T_OP_MAP_VM_IO, PAGE_DEVICE, TABLE_EXHAUSTED },
	{ S2T_CASE_RVP_4, S2T_OP_REVOKE_VM_PAGE, PAGE_ONCE, TABLE_HOST_BLOCK },
	{ S2T_CASE_APS_4, S2T_OP_ASSIGN_PFN_TO_SMMU, PAGE_FREE, TABLE_HOST_BLOCK },
	{ S2T_CASE_APS_5, S2T_OP_ASSIGN_PFN_TO_SMMU, PAGE_BUSY, TABLE_NONE },
	{ S2T_CASE_APS_7, S2T_OP_ASSIGN_PFN_TO_SMMU, PAGE_OWNED, TABLE_NONE },
	{ S2T_CASE_USP_5, S2T_OP_UPDATE_SMMU_PAGE, PAGE_OWNED, TABLE_EXHAUSTED_SMMU },
	{ S2T_CASE_USP_6, S2T_OP_UPDATE_SMMU_PAGE, PAGE_ANY, TABLE_NONE },
	{ S2T_CASE_USP_7, S2T_OP_UPDATE_SMMU_PAGE, PAGE_OWNED, TABLE_NONE },
	{ S2T_CASE_MPN_4, S2T_OP_MAP_S2PT, PAGE_ANY, TABLE_VM_BLOCK },
	{ S2T_CASE_MPN_5, S2T_OP_MAP_S2PT, PAGE_ANY, TABLE_EXHAUSTED },
	{ S2T_CASE_MPN_6, S2T_OP_MAP_S2PT, PAGE_ANY, TABLE_EXHAUSTED_BLOCK },
	{ S2T_CASE_CPH_4, S2T_OP_CLEAR_PFN_HOST, PAGE_ANY, TABLE_HOST_BLOCK },
	{ S2T_CASE_MST_3, S2T_OP_MAP_SPT, PAGE_ANY, TABLE_EXHAUSTED_SMMU },
	{ S2T_CASE_GVP_3, S2T_OP_GRANT_VM_PAGE, PAGE_FULL, TABLE_NONE },
	{ S2T_CASE_USP_4, S2T_OP_UPDATE_SMMU_PAGE, PAGE_MAPPED, TABLE_NONE },
};

enum {
	GOAL_COUNT = sizeof(goals) / sizeof(goals[0]),
	FEAT_COUNT = 2, /* the last rows */
	PANIC_COUNT = GOAL_COUNT - FEAT_COUNT - 1,
	PLAN_CALLS = 24, /* for preparations other than filling a pool or counting to a limit */
	CHEAP_CALLS = 32, /* a pool or a limit of this size is no reason to refrain */
};

enum progress { READY, CALLED, HOPELESS };

static bool is_filling(enum table_need table)
{
	return table >= TABLE_EXHAUSTED;
}

/*
 * How a pool is filled: new paths of one level, each at `stride` from the last. 2 MiB takes a PTE table each
 * time, 1 GiB a PMD table, 512 GiB a PUD table. Of the levels that can be filled in the calls that remain, one
 * is drawn. Returns the calls that it takes, UINT64_MAX: none can.
 */
static uint64_t draw_stride(struct s2t_gen *gen, struct gen_plan *plan, enum table_need table)
{
	const uint64_t calls = gen->max_len - gen->step;
	const bool smmu = table == TABLE_EXHAUSTED_SMMU;
	const unsigned levels = smmu || table == TABLE_EXHAUSTED_BLOCK ? 2 : 3;
	const unsigned top = smmu ? 30 : 39; /* log2 of what the tables of level 0 span */
	unsigned choice[3], choices = 0;
	uint64_t left[3];

	for (unsigned level = 0; level < levels; level++) {
		left[level] = smmu ? s2t_gen_smmu_tables_left(gen, level)
		                   : s2t_gen_tables_left(gen, plan->vmid, level);
		if (left[level] < calls)
			choice[choices++] = level;
	}
	if (choices == 0)
		return UINT64_MAX;
	choices = choice[s2t_gen_below(gen, choices)];
	plan->stride = UINT64_C(1) << (top - 9 * choices);
	plan->addr = plan->stride * s2t_gen_below(gen, 4);
	return left[choices] + 1;
}

/* The calls that counting up or filling a pool takes, beside the other preparations. */
static uint64_t draw_long_part(struct s2t_gen *gen, const struct goal *goal)
{
	if (is_filling(goal->table))
		return draw_stride(gen, &gen->plan, goal->table);
	if (goal->page == PAGE_FULL)
		return gen->board.max_share_count;
	if (goal->page == PAGE_MAPPED)
		return gen->board.el2_smmu_cfg_size;
	return 0;
}

/* A goal that takes hundreds of calls is started that much less often: it crowds out everything else. */
static bool start(struct s2t_gen *gen, unsigned row)
{
	const struct goal *goal = &goals[row];
	struct gen_plan *plan = &gen->plan;
	uint64_t calls;

	*plan = (struct gen_plan){ 0 };
	plan->pfn = goal->page == PAGE_DEVICE ? s2t_gen_device_pfn(gen) : s2t_gen_pick_page(gen, s2t_rng_next(&gen->rng));
	plan->gfn = s2t_gen_pick_frame(gen, s2t_rng_next(&gen->rng));
	plan->vmid = goal->table == TABLE_EXHAUSTED_HOST ? 0 : s2t_gen_pick_vm(gen, s2t_rng_next(&gen->rng));
	plan->context = gen->context[0];
	calls = draw_long_part(gen, goal);
	if (calls > gen->max_len - gen->step ||
	    (calls > CHEAP_CALLS && s2t_gen_below(gen, (uint32_t)calls) >= CHEAP_CALLS))
		return false;
	if (calls > CHEAP_CALLS) {
		/* Hundreds of tables: always of the same spaces, for the sake of memory and caches. */
		plan->vmid = plan->vmid != 0 ? 1 : 0;
		plan->context = plan->context & 1;
	}
	plan->left = (uint32_t)calls * 2 + PLAN_CALLS;
	plan->goal = (uint8_t)row;
	return true;
}

/* Half of the time an empty pool is sought first: most boards refuse that, as it takes too many calls. */
void s2t_gen_start_panic(struct s2t_gen *gen)
{
	bool filling = s2t_rng_chance(&gen->rng, 128);

	for (unsigned tries = 0; tries < 8; tries++) {
		unsigned row = 1 + s2t_gen_below(gen, PANIC_COUNT);

		if (filling && !is_filling(goals[row].table))
			continue;
		if (start(gen, row))
			return;
		filling = false;
	}
}

void s2t_gen_start_feat(struct s2t_gen *gen)
{
	(void)start(gen, GOAL_COUNT - 1 - s2t_gen_below(gen, FEAT_COUNT));
}

static enum progress make(struct s2t_call *call, enum s2t_op op, uint64_t a, uint64_t b, uint64_t c)
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
	return make(call, S2T_OP_ASSIGN_PFN_TO_VM, plan->vmid, plan->gfn, plan->pfn);
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
		return make(call, S2T_OP_ASSIGN_PFN_TO_VM, page.owner,
		            page.gfn < GEN_GFN_END ? page.gfn : gen->plan.gfn, pfn);
	if (page.count < count)
		return make(call, S2T_OP_GRANT_VM_PAGE, page.owner, pfn, 0);
	return make(call, S2T_OP_REVOKE_VM_PAGE, page.owner, pfn, 0);
}

static enum progress get_host(struct s2t_gen *gen, struct s2t_page page, bool busy, struct s2t_call *call)
{
	const uint64_t pfn = gen->plan.pfn;

	if (page.owner == GEN_INVALID)
		return HOPELESS;
	if (page.owner != 0)
		return make(call, S2T_OP_CLEAR_VM_PAGE, page.owner, pfn, 0);
	if ((page.count > 0) == busy)
		return READY;
	return make(call, busy ? S2T_OP_GRANT_VM_PAGE : S2T_OP_REVOKE_VM_PAGE, 0, pfn, 0);
}

/* update_smmu_page of the page by its owner, in the context of the plan. */
static void update(const struct s2t_gen *gen, struct s2t_page page, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;

	(void)make(call, S2T_OP_UPDATE_SMMU_PAGE, page.owner, plan->context & 7, plan->context >> 3);
	call->arg[3] = page.gfn << 12;
	call->arg[4] = plan->pfn << 12 | 0xFFF;
}

static enum progress get_mapped(struct s2t_gen *gen, struct s2t_page page, struct s2t_call *call)
{
	if (page.owner != 0)
		return get_host(gen, page, false, call);
	if (page.gfn >= GEN_PFN_END)
		return HOPELESS;
	if (page.count >= gen->board.el2_smmu_cfg_size)
		return READY;
	update(gen, page, call);
	return CALLED;
}

static enum progress get_page(struct s2t_gen *gen, enum page_need need, struct s2t_call *call)
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

/* A map call of a kind that fits: 2 MiB blocks at one step, single pages at another. */
static enum progress map_for(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block, struct s2t_call *call)
{
	const uint64_t frame = gen->plan.pfn << 12 & GEN_FRAME;

	(void)make(call, S2T_OP_MAP_PFN_VM, vmid, addr, block ? frame | 0xFFD : frame | 0xFFF);
	call->arg[3] = block ? 2 : 3;
	return CALLED;
}

/* A block whose frame is not 0: the host's entry is to read as mapped. */
static enum progress get_block(uint64_t vmid, uint64_t gfn, struct s2t_call *call)
{
	const uint64_t frame = (gfn & ~(uint64_t)(GEN_BLOCK - 1)) << 12 & GEN_FRAME;

	(void)make(call, S2T_OP_MAP_PFN_VM, vmid, gfn << 12, frame != 0 ? frame | 0xFFD : 0x200FFD);
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
	return map_for(gen, plan->vmid, addr, block, call);
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
	(void)make(call, S2T_OP_MAP_SPT, plan->context & 7, plan->context >> 3, addr);
	call->arg[3] = plan->pfn << 12 | 0xFFF;
	return CALLED;
}

static enum progress get_table(struct s2t_gen *gen, const struct goal *goal, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;

	switch (goal->table) {
	case TABLE_NONE: return READY;
	case TABLE_HOST_BLOCK:
		return s2t_gen_host_block(gen, plan->pfn) ? READY : get_block(0, plan->pfn, call);
	case TABLE_VM_BLOCK:
		return s2t_gen_under_block(gen, plan->vmid, plan->gfn)
		               ? READY
		               : get_block(plan->vmid, plan->gfn, call);
	case TABLE_EXHAUSTED:
	case TABLE_EXHAUSTED_HOST: return fill(gen, false, call);
	case TABLE_EXHAUSTED_BLOCK: return fill(gen, true, call);
	case TABLE_EXHAUSTED_SMMU:
		return fill_smmu(gen, s2t_gen_page(gen, plan->pfn), goal->op == S2T_OP_UPDATE_SMMU_PAGE, call);
	}
	return HOPELESS;
}

/* A VM other than the owner; the host if there is no other. */
static uint64_t other_vm(const struct s2t_gen *gen, uint32_t owner)
{
	return owner != 0 && owner < gen->board.corevisor ? owner + 1 : owner == 1 ? 0 : 1;
}

/* The call of the goal, both needs met. */
static void finish(struct s2t_gen *gen, const struct goal *goal, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;
	const struct s2t_page page = s2t_gen_page(gen, plan->pfn);
	const bool filled = is_filling(goal->table), block = goal->table == TABLE_EXHAUSTED_BLOCK;
	const uint64_t addr = filled ? plan->addr : plan->gfn << 12;

	switch (goal->op) {
	case S2T_OP_MAP_PAGE_HOST: (void)make(call, goal->op, filled ? addr : plan->pfn << 12, 0, 0); break;
	case S2T_OP_CLEAR_VM_PAGE:
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE: (void)make(call, goal->op, page.owner, plan->pfn, 0); break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU:
		(void)make(call, goal->op, plan->vmid, plan->gfn, plan->pfn);
		if (goal->path == S2T_CASE_APV_10) {
			call->arg[0] = page.owner;
			call->arg[1] = (page.gfn + 1) & (GEN_GFN_END - 1);
		} else if (goal->page == PAGE_OWNED) {
			call->arg[0] = other_vm(gen, page.owner);
		}
		break;
	case S2T_OP_MAP_PFN_VM: (void)map_for(gen, plan->vmid, addr, block, call); break;
	case S2T_OP_MAP_VM_IO: (void)make(call, goal->op, plan->vmid, addr, plan->pfn << 12); break;
	case S2T_OP_UPDATE_SMMU_PAGE:
		update(gen, page, call);
		if (goal->path == S2T_CASE_USP_6)
			call->arg[0] = other_vm(gen, page.owner);
		if (goal->path == S2T_CASE_USP_7 || page.gfn >= GEN_PFN_END)
			call->arg[3] = ((page.gfn + 1) & (GEN_PFN_END - 1)) << 12;
		break;
	case S2T_OP_MAP_S2PT:
		(void)map_for(gen, plan->vmid, addr, block, call);
		call->op = goal->op;
		call->arg[3] = call->arg[2];
		call->arg[2] = block ? 2 : 3;
		break;
	case S2T_OP_MAP_SPT:
		(void)make(call, goal->op, plan->context & 7, plan->context >> 3, addr & (GEN_PA_END - 1));
		call->arg[3] = plan->pfn << 12 | 0xFFF;
		break;
	default: (void)make(call, goal->op, plan->pfn, 0, 0); break; /* clear_pfn_host */
	}
}

/* False: no call came of it, and the plan is over. */
bool s2t_gen_plan_step(struct s2t_gen *gen, struct s2t_call *call)
{
	struct gen_plan *plan = &gen->plan;
	const struct goal *goal = &goals[plan->goal];

	for (unsigned tries = 0; tries < 8 && plan->left > 0; tries++) {
		enum progress progress = get_page(gen, goal->page, call);

		if (progress == READY)
			progress = get_table(gen, goal, call);
		plan->left--;
		if (progress == READY) {
			finish(gen, goal, call);
			plan->goal = 0;
			return true;
		}
		/* A panic on the way, under a block for instance, would be another goal's. */
		if (progress == CALLED && !s2t_gen_would_panic(gen, call))
			return true;
		plan->pfn = goal->page == PAGE_DEVICE ? s2t_gen_device_pfn(gen) : s2t_gen_pick_page(gen, s2t_rng_next(&gen->rng));
		plan->gfn = s2t_gen_pick_frame(gen, s2t_rng_next(&gen->rng));
		if (goal->table != TABLE_EXHAUSTED_HOST)
			plan->vmid = s2t_gen_pick_vm(gen, s2t_rng_next(&gen->rng));
	}
	plan->goal = 0;
	return false;
}
