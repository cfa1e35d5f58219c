/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goals: single paths through the specification that chance seldom takes, or that careful proposals avoid.
 *
 * A goal is a row: the path, the state of a page that it needs, the state of a page table that it needs. Each
 * step makes the call that brings the first unmet need nearer (gen_need.c); once both are met, it makes the
 * call of the path. A page that cannot get there is exchanged for another one.
 */
#include "gen_goal.h"

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
	{ S2T_CASE_CVP_5, S2T_OP_CLEAR_VM_PAGE, PAGE_FREE, TABLE_HOST_BLOCK },
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
	{ S2T_CASE_RVP_4, S2T_OP_REVOKE_VM_PAGE, PAGE_BUSY, TABLE_HOST_BLOCK },
	{ S2T_CASE_APS_4, S2T_OP_ASSIGN_PFN_TO_SMMU, PAGE_FREE, TABLE_HOST_BLOCK },
	{ S2T_CASE_APS_5, S2T_OP_ASSIGN_PFN_TO_SMMU, PAGE_BUSY, TABLE_NONE },
	{ S2T_CASE_APS_7, S2T_OP_ASSIGN_PFN_TO_SMMU, PAGE_OWNED, TABLE_NONE },
	{ S2T_CASE_USP_5, S2T_OP_UPDATE_SMMU_PAGE, PAGE_OWNED, TABLE_EXHAUSTED_SMMU },
	{ S2T_CASE_USP_5, S2T_OP_UPDATE_SMMU_PAGE, PAGE_FREE, TABLE_EXHAUSTED_SMMU },
	{ S2T_CASE_USP_6, S2T_OP_UPDATE_SMMU_PAGE, PAGE_ANY, TABLE_NONE },
	{ S2T_CASE_USP_7, S2T_OP_UPDATE_SMMU_PAGE, PAGE_OWNED, TABLE_NONE },
	{ S2T_CASE_USP_7, S2T_OP_UPDATE_SMMU_PAGE, PAGE_FREE, TABLE_NONE },
	{ S2T_CASE_USP_7, S2T_OP_UPDATE_SMMU_PAGE, PAGE_BUSY, TABLE_NONE },
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
	PLAN_CALLS = 24,  /* for preparations other than filling a pool or counting to a limit */
	CHEAP_CALLS = 32, /* a pool or a limit of this size is no reason to refrain */
};

/*
 * How a pool is filled: new paths of one level, each at `stride` from the last. 2 MiB takes a PTE table
 * each time, 1 GiB a PMD table, 512 GiB a PUD table. Of the levels that can be filled in the calls that
 * remain, one is drawn. Returns the calls that it takes, UINT64_MAX: none can.
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

/* Another page, guest frame and VM. */
static void draw_subject(struct s2t_gen *gen, const struct goal *goal)
{
	struct gen_plan *plan = &gen->plan;
	const uint64_t random = s2t_rng_next(&gen->rng);

	plan->pfn = goal->page == PAGE_DEVICE ? s2t_gen_device_pfn(gen) : s2t_gen_pick_page(gen, random);
	plan->gfn = s2t_gen_pick_frame(gen, random >> 8);
	plan->vmid = goal->table == TABLE_EXHAUSTED_HOST ? 0 : s2t_gen_pick_vm(gen, random >> 16);
}

/* The calls that counting up or filling a pool takes, beside the other preparations. */
static uint64_t draw_long_part(struct s2t_gen *gen, const struct goal *goal)
{
	if (s2t_gen_is_filling(goal->table))
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
	draw_subject(gen, goal);
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

		if (filling && !s2t_gen_is_filling(goals[row].table))
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

/* A VM other than the owner; the host if there is no other. */
static uint64_t other_vm(const struct s2t_gen *gen, uint32_t owner)
{
	return owner != 0 && owner < gen->board.corevisor ? owner + 1 : owner == 1 ? 0 : 1;
}

/* A frame that is not `gfn`, of 36 bits: the next; one with another bit, which may be one that is cut off somewhere; or
 * the same in the lower 28 bits, which is all that an SMMU maps, though the refusals of the low form look at 36. */
static uint64_t other_frame(struct s2t_gen *gen, uint64_t gfn)
{
	const uint64_t random = s2t_rng_next(&gen->rng);

	switch (random & 3) {
	case 0: gfn ^= UINT64_C(1) << s2t_rng_scale(random, 36); break;
	case 1: gfn += (1 + (random >> 8 & 7)) << ((random & 4) != 0 ? 28 : 32); break;
	default: gfn++; break;
	}
	return gfn & (GEN_GFN_END - 1);
}

/* The call of the goal, both needs met. */
static void finish(struct s2t_gen *gen, const struct goal *goal, struct s2t_call *call)
{
	const struct gen_plan *plan = &gen->plan;
	const struct s2t_page page = s2t_gen_page(gen, plan->pfn);
	const bool filled = s2t_gen_is_filling(goal->table), block = goal->table == TABLE_EXHAUSTED_BLOCK;
	const uint64_t addr = filled ? plan->addr : plan->gfn << 12;

	switch (goal->op) {
	case S2T_OP_MAP_PAGE_HOST:
		(void)s2t_gen_make(call, goal->op, filled ? addr : plan->pfn << 12, 0, 0);
		break;
	case S2T_OP_CLEAR_VM_PAGE:
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE: (void)s2t_gen_make(call, goal->op, page.owner, plan->pfn, 0); break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU:
		(void)s2t_gen_make(call, goal->op, plan->vmid, plan->gfn, plan->pfn);
		if (goal->path == S2T_CASE_APV_10) {
			call->arg[0] = page.owner;
			call->arg[1] = other_frame(gen, page.gfn);
		} else if (goal->page == PAGE_OWNED) {
			call->arg[0] = other_vm(gen, page.owner);
		} else if (goal->page != PAGE_DEVICE && s2t_gen_below(gen, 4) == 0) {
			call->arg[0] = 0;
		}
		break;
	case S2T_OP_MAP_PFN_VM: (void)s2t_gen_make_map(gen, addr, block, call); break;
	case S2T_OP_MAP_VM_IO: (void)s2t_gen_make(call, goal->op, plan->vmid, addr, plan->pfn << 12); break;
	case S2T_OP_UPDATE_SMMU_PAGE:
		(void)s2t_gen_make_update(gen, page, call);
		if (goal->path == S2T_CASE_USP_6)
			call->arg[0] = other_vm(gen, page.owner);
		if (goal->path == S2T_CASE_USP_7)
			call->arg[3] = other_frame(gen, page.gfn) << 12;
		else if (page.gfn >= GEN_PFN_END)
			call->arg[3] = ((page.gfn + 1) & (GEN_PFN_END - 1)) << 12;
		break;
	case S2T_OP_MAP_S2PT:
		(void)s2t_gen_make_map(gen, addr, block, call);
		call->op = goal->op;
		call->arg[3] = call->arg[2];
		call->arg[2] = block ? 2 : 3;
		break;
	case S2T_OP_MAP_SPT:
		(void)s2t_gen_make(call, goal->op, plan->context & 7, plan->context >> 3,
		                   addr & (GEN_PA_END - 1));
		call->arg[3] = plan->pfn << 12 | 0xFFF;
		break;
	default: (void)s2t_gen_make(call, goal->op, plan->pfn, 0, 0); break; /* clear_pfn_host */
	}
}

/* False: no call came of it, and the plan is over. */
bool s2t_gen_plan_step(struct s2t_gen *gen, struct s2t_call *call)
{
	struct gen_plan *plan = &gen->plan;
	const struct goal *goal = &goals[plan->goal];

	for (unsigned tries = 0; tries < 8 && plan->left > 0; tries++) {
		const uint32_t vmid = plan->vmid;
		enum progress progress = s2t_gen_get_page(gen, goal->page, call);

		if (progress == READY)
			progress = s2t_gen_get_table(gen, goal->table, goal->op == S2T_OP_UPDATE_SMMU_PAGE,
			                             call);
		plan->left--;
		if (progress == READY) {
			finish(gen, goal, call);
			plan->goal = 0;
			return true;
		}
		/* A panic on the way, under a block for instance, would be another goal's. */
		if (progress == CALLED && !s2t_gen_would_panic(gen, call))
			return true;
		draw_subject(gen, goal);
		/* The pool that is being filled stays the same. */
		if (s2t_gen_is_filling(goal->table))
			plan->vmid = vmid;
	}
	plan->goal = 0;
	return false;
}
