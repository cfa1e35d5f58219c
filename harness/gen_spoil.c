/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The minority of calls with arguments that no state suggests: words at the limits of each kind's range, on
 * either side, and raw numbers of any magnitude. Many of them are undefined.
 */
#include "gen_internal.h"
#include "optable.h"

#define WORDS 8

/* At and beyond the limits that hold on every board. */
static const uint64_t limit_word[][WORDS] = {
	[S2T_ARG_VMID] = { 0, 1, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_GFN] = { 0, GEN_PFN_END - 1, GEN_PFN_END, GEN_GFN_END - 1, GEN_GFN_END, UINT64_C(1) << 52,
	                  UINT64_MAX - 1, UINT64_MAX },
	[S2T_ARG_PFN] = { 0, GEN_PFN_END - 1, GEN_PFN_END, GEN_GFN_END - 1, GEN_GFN_END, UINT64_C(1) << 52,
	                  UINT64_MAX - 1, UINT64_MAX },
	[S2T_ARG_IPA] = { 0, (UINT64_C(1) << 21) - 1, UINT64_C(1) << 30, UINT64_C(1) << 39, GEN_ADDR_END - 1,
	                  GEN_ADDR_END, GEN_ADDR_END + 0x200000, UINT64_MAX },
	[S2T_ARG_PA] = { 0, GEN_PA_END - 1, GEN_PA_END, UINT64_C(1) << 47, GEN_ADDR_END - 1, GEN_ADDR_END,
	                 GEN_ADDR_END + 0x40000000, UINT64_MAX },
	[S2T_ARG_PTE] = { 0, 3, UINT64_C(1) << 57, UINT64_MAX, GEN_FRAME, ~GEN_FRAME, UINT64_C(1) << 48,
	                  UINT64_C(1) << 63 },
	[S2T_ARG_LEVEL] = { 0, 1, 2, 3, 4, 0x80000003, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_CBNDX] = { 0, 7, 8, 9, 16, 0x80000000, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_INDEX] = { 0, 1, 2, 3, 8, 0x80000000, UINT32_MAX - 1, UINT32_MAX },
	[S2T_ARG_IOVA] = { 0, (UINT64_C(1) << 21) + 1, UINT64_C(1) << 30, GEN_PA_END - 1, GEN_PA_END,
	                   GEN_ADDR_END - 1, GEN_ADDR_END, UINT64_MAX },
};

static uint64_t spoilt(struct s2t_gen *gen, enum s2t_arg_kind kind)
{
	uint64_t random = s2t_rng_next(&gen->rng), word;

	if ((random & 1) != 0) {
		/* Raw, each magnitude as likely as any other. Only 256 numbers but for their last 9 bits:
		 * each new 2 MiB range would cost both sides a fresh table. */
		word = s2t_rng_mix(random >> 8 & 0xFF) >> (random >> 10 & 63);
		word ^= random >> 16 & 0x1FF;
		return s2t_arg_bits(kind) == 32 ? word & UINT32_MAX : word;
	}
	if (kind == S2T_ARG_VMID && (random & 2) != 0)
		return gen->board.corevisor + ((random & 4) != 0);
	return limit_word[kind][random >> 8 & (WORDS - 1)];
}

APART void s2t_gen_spoil(struct s2t_gen *gen, struct s2t_call *call)
{
	const struct s2t_op_info *op = &s2t_op_table[call->op];
	uint64_t random = s2t_rng_next(&gen->rng);
	uint32_t chosen = s2t_rng_scale(random, op->arg_count);

	/* One time in eight all of them. */
	for (uint32_t i = 0; i < op->arg_count; i++) {
		if (i == chosen || (random & 7) == 0)
			call->arg[i] = spoilt(gen, op->arg[i].kind);
	}
}
