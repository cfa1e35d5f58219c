/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator for the hypercall layer. Half of the calls follow a stretch of the life of a VM (gen_hyper_macro.c), the
 * others are drawn one by one (gen_hyper_args.c): any, or of an operation one of whose cases is sought.
 *
 * What a call does depends on too much to be forecast, so the model itself tries it, and is taken back. Until the step
 * from which a panic is sought, calls that panic are not made.
 */
#include "gen_hyper.h"

enum {
	TRIES = 8,
	SOUGHT_CALLS = 96, /* before another case is sought */
	WORK = 1024,       /* pages of a call at most, but for one in LONG calls */
	LONG = 64,
	LONG_WORK = 1 << 15
};

void s2t_gen_set_layers(struct s2t_gen *gen, uint32_t layers, struct s2t_model *model)
{
	gen->layers = layers;
	gen->trial = model;
}

/* A case of the layer in the low form: one that panics, or any other. Cases of many
 * conditions, such as a register out of range, are drawn more often; and so are pools that run out, on the boards where
 * they do. */
static uint32_t draw_case(struct s2t_gen *gen, bool panic)
{
	static const uint16_t manifold[] = { S2T_CASE_HVC_4, S2T_CASE_HVC_4, S2T_CASE_HVC_4,  S2T_CASE_HVC_4,
		                             S2T_CASE_HFT_7, S2T_CASE_HFT_7, S2T_CASE_VEX_10, S2T_CASE_VRN_8 };
	static const uint16_t exhausted[] = { S2T_CASE_PMV_7, S2T_CASE_PMV_8, S2T_CASE_KPI_7, S2T_CASE_RMI_6,
		                              S2T_CASE_VLI_7, S2T_CASE_ALM_8, S2T_CASE_VRN_11 };

	if (panic && s2t_rng_chance(&gen->rng, 96))
		return manifold[s2t_gen_below(gen, sizeof(manifold) / sizeof(manifold[0]))];
	if (panic && s2t_gen_has_small_pools(gen) && s2t_rng_chance(&gen->rng, 64))
		return exhausted[s2t_gen_below(gen, sizeof(exhausted) / sizeof(exhausted[0]))];
	for (;;) {
		const uint32_t i = s2t_gen_below(gen, S2T_CASE_COUNT);
		const struct s2t_case_info *info = &s2t_case_table[i];

		if (s2t_op_layer(info->op) == S2T_LAYER_HYPERCALL && (info->specs & S2T_CASE_IN_LOW) &&
		    info->number != 1 && (info->outcome == S2T_PANIC) == panic)
			return i;
	}
}

static void seek(struct s2t_gen *gen, bool daring)
{
	struct gen_hyper *hyper = &gen->hyper;

	if (hyper->sought_left > 0 && hyper->daring == daring) {
		hyper->sought_left--;
		return;
	}
	/* A panic that was not met in that many calls may be any. */
	hyper->any_panic = daring && (hyper->daring || gen->reckless);
	hyper->sought = draw_case(gen, daring);
	hyper->sought_left = SOUGHT_CALLS;
	hyper->daring = daring;
	if (daring) /* what leads to the panic comes first */
		hyper->head = hyper->count = 0;
	hyper->on_the_way = false;
}

static void propose(struct s2t_gen *gen, struct s2t_call *call)
{
	struct gen_hyper *hyper = &gen->hyper;
	const uint64_t random = s2t_rng_next(&gen->rng);

	*call = (struct s2t_call){ 0 };
	if (hyper->on_the_way && hyper->head < hyper->count && (random & 0x70) != 0) {
		*call = hyper->queue[hyper->head++];
	} else if ((random & 3) < (hyper->daring ? 2u : 1u)) {
		call->op = s2t_case_table[hyper->sought].op;
		s2t_gen_hyper_args(gen, call);
	} else if ((random >> 2 & 7) == 0) {
		call->op = S2T_OP_MEMORY_COUNT + s2t_gen_below(gen, S2T_OP_COUNT - S2T_OP_MEMORY_COUNT);
		s2t_gen_hyper_args(gen, call);
	} else {
		if (hyper->head == hyper->count)
			s2t_gen_queue_life(gen);
		if (hyper->head < hyper->count)
			*call = hyper->queue[hyper->head++];
		else
			*call = (struct s2t_call){ .op = S2T_OP_REGISTER_KVM };
		if ((random >> 8 & 255) < hyper->by_number)
			s2t_gen_as_hypercall(gen, call);
	}
}

static bool too_long(struct s2t_gen *gen, const struct s2t_call *call)
{
	const uint64_t work = s2t_gen_work(gen, call);

	return work > WORK && (work > LONG_WORK || s2t_gen_below(gen, LONG) != 0);
}

static struct s2t_step try_on_model(struct s2t_gen *gen, const struct s2t_call *call)
{
	const struct s2t_mark mark = s2t_model_mark(gen->trial);
	struct s2t_step step;

	s2t_model_step(gen->trial, S2T_SPEC_LOW, call, &step);
	s2t_model_undo(gen->trial, &mark);
	return step;
}

/* Panics that need a state which few sequences come to: exhausted pools, blocks in the way. */
static bool is_rare(enum s2t_case id)
{
	switch (id) {
	case S2T_CASE_CVR_5:
	case S2T_CASE_PMV_6:
	case S2T_CASE_PMV_7:
	case S2T_CASE_PMV_8:
	case S2T_CASE_RSG_5:
	case S2T_CASE_RGK_4:
	case S2T_CASE_RMI_6:
	case S2T_CASE_RMI_7:
	case S2T_CASE_VLI_7:
	case S2T_CASE_ALM_8:
	case S2T_CASE_CSR_5:
	case S2T_CASE_KPI_6:
	case S2T_CASE_KPI_7:
	case S2T_CASE_HFT_4:
	case S2T_CASE_VRN_11:
	case S2T_CASE_VEX_5: return true;
	default: return false;
	}
}

/* Whether a call is made that would end like that. */
static bool wanted(struct s2t_gen *gen, const struct s2t_step *step)
{
	struct gen_hyper *hyper = &gen->hyper;

	if (step->case_id == hyper->sought) {
		hyper->sought_left = 0;
		return true;
	}
	switch (step->outcome) {
	case S2T_OK: return true;
	case S2T_PANIC:
		return hyper->any_panic || (is_rare(step->case_id) && s2t_rng_chance(&gen->rng, 16)) ||
		       (hyper->daring && s2t_rng_mix(hyper->fond ^ step->case_id) >> 61 == 0);
	default: return s2t_rng_chance(&gen->rng, 32);
	}
}

bool s2t_gen_hyper_next(struct s2t_gen *gen, struct s2t_call *call)
{
	if ((gen->layers & S2T_GEN_MEMORY) && s2t_rng_chance(&gen->rng, 128))
		return false;
	seek(gen, gen->step > gen->dare_at);
	for (unsigned tries = 0; tries < TRIES; tries++) {
		struct s2t_step step;

		propose(gen, call);
		if (too_long(gen, call))
			continue;
		if (s2t_model_halted(gen->model))
			return true;
		step = try_on_model(gen, call);
		if (wanted(gen, &step))
			return true;
	}
	*call = (struct s2t_call){ S2T_OP_SEARCH_LOAD_INFO, { gen->board.next_vmid, gen->hyper.load_addr } };
	return true;
}

void s2t_gen_hyper_begin(struct s2t_gen *gen)
{
	static const uint8_t by_number[4] = { 0, 64, 128, 255 };

	gen->hyper = (struct gen_hyper){ .by_number = by_number[s2t_gen_below(gen, 4)],
		                         .fond = s2t_rng_next(&gen->rng) };
	/* Blocks take 2 MiB of the host's pages, and a board has little of them: before anything else is done. */
	if (s2t_gen_has_small_pools(gen) && s2t_rng_chance(&gen->rng, 96))
		gen->dare_at = 0;
}

/* Stage-2 mappings of a VM may have taken tables, or be blocks. */
void s2t_gen_hyper_learn(struct s2t_gen *gen, const struct s2t_call *call)
{
	const struct s2t_op_info *info = &s2t_op_table[call->op];

	for (unsigned i = 0; i < info->arg_count; i++)
		if (info->arg[i].kind == S2T_ARG_VMID && call->arg[i] <= gen->board.corevisor) {
			struct gen_space *space = s2t_gen_space(gen, call->arg[i]);

			space->budget = 0;
			space->blocks = true;
		}
	s2t_gen_space(gen, 0)->budget = 0;
	gen->smmu_budget = 0;
}
