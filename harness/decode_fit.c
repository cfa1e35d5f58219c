/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records that do not dare: a call that would panic gives way to one that does not, mostly about the same page or place,
 * so that long sequences are the rule. Part of version 1 of the inputs; that the forecast (gen_risk.c) is what the model
 * does, is tested.
 */
#include "decode_internal.h"

static void make(struct s2t_call *call, enum s2t_op op, uint64_t a, uint64_t b, uint64_t c)
{
	*call = (struct s2t_call){ .op = op, .arg = { a, b, c } };
}

/* A foreign page gets shared; under a block, or without a table left, the place is looked at. */
static void fit_map_page_host(struct s2t_decoder *d, struct s2t_call *call)
{
	const uint64_t pfn = call->arg[0] >> 12;
	const struct s2t_page page = s2t_gen_page(d->gen, pfn);

	if (page.owner != 0 && page.owner != GEN_INVALID && page.count == 0)
		make(call, S2T_OP_GRANT_VM_PAGE, page.owner, pfn, 0);
	else
		make(call, S2T_OP_WALK_S2PT, 0, call->arg[0], 0);
}

/* A page that the host's SMMU uses is given back; an owned one goes to its owner again, where it is; a device gets
 * mapped. */
static void fit_assign(struct s2t_decoder *d, struct s2t_call *call)
{
	const uint64_t pfn = call->arg[2];
	const struct s2t_page page = s2t_gen_page(d->gen, pfn);

	if (page.owner == 0 && page.count != 0) {
		make(call, S2T_OP_REVOKE_VM_PAGE, 0, pfn, 0);
	} else if (page.owner == 0) {
		make(call, S2T_OP_WALK_S2PT, 0, pfn << 12, 0);
	} else if (page.owner == GEN_INVALID) {
		make(call, S2T_OP_MAP_PAGE_HOST, pfn << 12, 0, 0);
	} else {
		call->arg[0] = page.owner;
		if (page.gfn < GEN_GFN_END)
			call->arg[1] = page.gfn;
	}
}

/* The page's owner maps it where the record says; if no SMMU reaches that: map_spt. */
static void fit_update(struct s2t_decoder *d, struct s2t_call *call)
{
	uint64_t *arg = call->arg;
	const struct s2t_page page = s2t_gen_page(d->gen, (arg[4] & GEN_FRAME) >> 12);

	if (page.owner != GEN_INVALID && page.gfn < GEN_PFN_END) {
		arg[0] = page.owner;
		arg[3] = page.gfn << 12 | (arg[3] & 0xFFF);
	} else {
		const uint64_t pte = arg[4];

		make(call, S2T_OP_MAP_SPT, arg[1], arg[2], arg[3]);
		call->arg[3] = pte;
	}
}

void s2t_decode_fit(struct s2t_decoder *d, struct s2t_call *call)
{
	const uint64_t *arg = call->arg;

	if (!s2t_gen_would_panic(d->gen, call))
		return;
	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: fit_map_page_host(d, call); break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: fit_assign(d, call); break;
	case S2T_OP_UPDATE_SMMU_PAGE: fit_update(d, call); break;
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_MAP_VM_IO:
	case S2T_OP_MAP_S2PT: make(call, S2T_OP_WALK_S2PT, arg[0], arg[1], 0); return;
	case S2T_OP_MAP_SPT: make(call, S2T_OP_WALK_SPT, arg[0], arg[1], arg[2]); return;
	case S2T_OP_CLEAR_PFN_HOST: make(call, S2T_OP_WALK_S2PT, 0, arg[0] << 12, 0); return;
	default: make(call, S2T_OP_WALK_S2PT, 0, arg[1] << 12, 0); return; /* clear_vm_page, revoke_vm_page */
	}
	/* One repair may need another, as the update of a page without tables does. */
	if (s2t_gen_would_panic(d->gen, call))
		make(call, S2T_OP_WALK_S2PT, 0, d->pfn << 12, 0);
}
