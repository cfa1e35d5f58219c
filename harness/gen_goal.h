/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a goal of the generator needs before its call can be made, and how it is brought about.
 */
#ifndef S2T_HARNESS_GEN_GOAL_H
#define S2T_HARNESS_GEN_GOAL_H

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

static inline bool s2t_gen_is_filling(enum table_need table)
{
	return table >= TABLE_EXHAUSTED;
}

/* READY: the need is met; CALLED: *call brings it nearer; HOPELESS: not with this page or address. */
enum progress { READY, CALLED, HOPELESS };

/* gen_need.c: of plan.pfn; of plan.vmid, plan.gfn, plan.addr or plan.context. The SMMU pool is wanted empty
 * at the page's own gfn if `of_page`, else at plan.addr. */
enum progress s2t_gen_get_page(struct s2t_gen *gen, enum page_need need, struct s2t_call *call);
enum progress s2t_gen_get_table(struct s2t_gen *gen, enum table_need need, bool of_page, struct s2t_call *call);

/* Calls that the needs and the goals themselves make; all return CALLED. */
enum progress s2t_gen_make(struct s2t_call *call, enum s2t_op op, uint64_t a, uint64_t b, uint64_t c);
enum progress s2t_gen_make_map(const struct s2t_gen *gen, uint64_t addr, bool block, struct s2t_call *call);
enum progress s2t_gen_make_update(const struct s2t_gen *gen, struct s2t_page page, struct s2t_call *call);

#endif
