/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of the operations that an implementation declares. Nothing is known of one but the kinds of its arguments and
 * what it means: so its arguments are drawn about one page, and drawn again where one of its parts would panic.
 */
#include "extra.h"
#include "gen_internal.h"

enum {
	SHARE = 32,    /* of 256 calls so many are extra ones, */
	RAW_SHARE = 8, /* and of 256 of these so many get raw words */
	TRIES = 6,
};

void s2t_gen_declare(struct s2t_gen *gen, const struct s2t_iut_ops *iut)
{
	gen->iut = iut->extra_count > 0 ? iut : NULL;
}

/* A page of the host is offered to VMs, as most operations do that say a VM and a page. */
static uint64_t draw_word(struct s2t_gen *gen, enum s2t_arg_kind kind, uint64_t pfn)
{
	if (kind == S2T_ARG_VMID && s2t_gen_page(gen, pfn).owner == 0 && s2t_rng_chance(&gen->rng, 192))
		return s2t_gen_pick_vm(gen, s2t_rng_next(&gen->rng));
	return s2t_gen_any_word(gen, kind, pfn);
}

static void draw(struct s2t_gen *gen, struct s2t_call *call)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	const uint64_t pfn = (random & 15) != 0 ? s2t_gen_pick_page(gen, random >> 4) : s2t_gen_device_pfn(gen);
	const bool raw = s2t_rng_chance(&gen->rng, RAW_SHARE);
	struct s2t_op_info row;

	*call = (struct s2t_call){ .op = S2T_OP_EXTRA + s2t_gen_below(gen, (uint32_t)gen->iut->extra_count) };
	s2t_op_row(gen->iut, call->op, &row);
	for (unsigned i = 0; i < row.arg_count; i++) {
		call->arg[i] = raw ? s2t_rng_next(&gen->rng) : draw_word(gen, row.arg[i].kind, pfn);
		if (s2t_arg_bits(row.arg[i].kind) == 32)
			call->arg[i] &= UINT32_MAX;
	}
}

/* A forecast: each part is looked at from the present state. */
static bool would_panic(struct s2t_gen *gen, const struct s2t_call *call)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_parts(gen->iut, call, part);

	for (size_t i = 0; i < parts; i++)
		if (s2t_gen_would_panic(gen, &part[i]))
			return true;
	return false;
}

bool s2t_gen_extra(struct s2t_gen *gen, struct s2t_call *call)
{
	if (!s2t_rng_chance(&gen->rng, SHARE))
		return false;
	for (unsigned tries = 0; tries < TRIES; tries++) {
		draw(gen, call);
		if (gen->step > gen->dare_at || !would_panic(gen, call))
			return true;
	}
	return false;
}

void s2t_gen_learn_extra(struct s2t_gen *gen, const struct s2t_call *call, const struct s2t_step *step)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_parts(gen->iut, call, part);

	for (size_t i = 0; i < parts; i++)
		s2t_gen_learn(gen, &part[i], step);
}
