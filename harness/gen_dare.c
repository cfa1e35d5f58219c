/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panics by any road: a call whose arguments know nothing of each other, drawn again until the model would
 * panic. The goals of gen_goal.c lead to each case of the table; this finds the other ways into the same
 * cases, such as a mapping of a device page by the host.
 */
#include "gen_internal.h"
#include "optable.h"

enum { TRIES = 24 };

/* Operations that can panic; those with most ways to do so stand twice. */
static const uint8_t ops[] = {
	S2T_OP_MAP_PAGE_HOST,    S2T_OP_CLEAR_VM_PAGE,      S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_ASSIGN_PFN_TO_VM,
	S2T_OP_MAP_PFN_VM,       S2T_OP_MAP_VM_IO,          S2T_OP_REVOKE_VM_PAGE,   S2T_OP_ASSIGN_PFN_TO_SMMU,
	S2T_OP_UPDATE_SMMU_PAGE, S2T_OP_ASSIGN_PFN_TO_SMMU, S2T_OP_UPDATE_SMMU_PAGE, S2T_OP_UPDATE_SMMU_PAGE,
	S2T_OP_MAP_S2PT,         S2T_OP_CLEAR_PFN_HOST,     S2T_OP_MAP_SPT,          S2T_OP_REVOKE_VM_PAGE,
};

static uint64_t any_page(struct s2t_gen *gen, uint64_t random)
{
	return (random & 7) != 0 ? s2t_gen_pick_page(gen, random >> 3) : s2t_gen_device_pfn(gen);
}

/* The host, EL2, the page's owner, or a VM of the working set. */
static uint64_t any_vm(struct s2t_gen *gen, uint64_t pfn, uint64_t random)
{
	switch (random & 7) {
	case 0:
	case 1: return 0;
	case 2: return gen->board.corevisor;
	case 3:
	case 4:
	case 5: return s2t_gen_page(gen, pfn).owner;
	default: return s2t_gen_pick_vm(gen, random >> 3);
	}
}

/* The page's own frame, that frame with one bit flipped, or one of the working set. */
static uint64_t any_frame(struct s2t_gen *gen, uint64_t pfn, uint64_t random)
{
	const uint64_t own = s2t_gen_page(gen, pfn).gfn;

	if ((random & 3) == 0 || own == GEN_INVALID64)
		return s2t_gen_pick_frame(gen, random >> 2);
	return (random & 3) == 1 ? own : own ^ UINT64_C(1) << (random >> 8) % 36;
}

uint64_t s2t_gen_any_word(struct s2t_gen *gen, enum s2t_arg_kind kind, uint64_t pfn)
{
	const uint64_t random = s2t_rng_next(&gen->rng);

	switch (kind) {
	case S2T_ARG_VMID: return any_vm(gen, pfn, random);
	case S2T_ARG_GFN: return any_frame(gen, pfn, random);
	case S2T_ARG_PFN: return pfn;
	case S2T_ARG_IPA:
		if ((random >> 40 & 1) != 0)
			return pfn << 12 | (random >> 52);
		return any_frame(gen, pfn, random) << 12 | (random >> 52);
	case S2T_ARG_PA: return pfn << 12 | (random >> 52);
	case S2T_ARG_PTE: return s2t_gen_pte(pfn, random);
	case S2T_ARG_LEVEL: return (random & 3) != 0 ? 3 : 2;
	case S2T_ARG_CBNDX: return gen->context[random & 1] & 7;
	case S2T_ARG_INDEX: return gen->context[random & 1] >> 3;
	case S2T_ARG_IOVA: return any_frame(gen, pfn, random) << 12;
	default: break; /* kinds of the hypercall layer */
	}
	return 0;
}

bool s2t_gen_dare(struct s2t_gen *gen, struct s2t_call *call)
{
	for (unsigned tries = 0; tries < TRIES; tries++) {
		const uint64_t random = s2t_rng_next(&gen->rng);
		const uint64_t pfn = any_page(gen, random >> 8);

		*call = (struct s2t_call){ .op = ops[random % sizeof(ops)] };
		for (unsigned i = 0; i < s2t_op_table[call->op].arg_count; i++)
			call->arg[i] = s2t_gen_any_word(gen, s2t_op_table[call->op].arg[i].kind, pfn);
		if (s2t_gen_would_panic(gen, call))
			return true;
	}
	return false;
}
