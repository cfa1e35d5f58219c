/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: random operations that the state of the model makes interesting.
 *
 * Policy. Uniform arguments almost never meet: a page that is owned, shared and mapped at once needs the
 * same few numbers again and again. So each sequence draws a small working set (gen_set.c: two to four VMs,
 * a handful of pages around one place of RAM, at region edges and in devices, a few guest frames, one or
 * two SMMU contexts) and a character: its own weights over the operations, some of them zero ("swarm"), its
 * own share of blocks. A call is proposed from the working set, from what recent calls touched, and from
 * what the model says of the chosen page (gen_propose.c): its owner is asked about, its own gfn is used. A
 * few calls get words from the limits of the argument ranges, or raw ones (gen_spoil.c); most of the
 * undefined calls come from those.
 *
 * A panic ends a sequence, so a proposal that would panic is not made (gen_risk.c), but another one.
 * Instead, most sequences draw a step from which they seek a panic: a goal is drawn from the table of all
 * paths that panic and are within reach on the board, and followed call by call until it is met
 * (gen_goal.c); or, in three sequences of eight, any call that panics will do (gen_dare.c). The same table
 * holds feats that do not panic but need many calls, such as a page granted to the limit. One sequence in
 * sixteen begins with a history: one thing done hundreds of times (gen_history.c).
 *
 * Everything follows from the seed, the board and answers of the model.
 */
#include <stdlib.h>
#include <string.h>

#include "gen_internal.h"

/* Proposals for one call before a plain read is made instead. */
enum { GEN_TRIES = 6 };

/* Calls between two feats, at most. */
enum { GEN_FEAT_EVERY = 512 };

/* Calls that get an odd argument, in 256. */
enum { GEN_SPOIL_SHARE = 13 };

struct s2t_gen *s2t_gen_create(const struct s2t_board *board, const struct s2t_model *model)
{
	struct s2t_gen *gen = calloc(1, sizeof(*gen));

	if (!gen)
		return NULL;
	gen->model = model;
	gen->board = *board;
	gen->space = calloc((size_t)board->corevisor + 1, sizeof(*gen->space));
	if (!gen->space) {
		free(gen);
		return NULL;
	}
	s2t_gen_read_board(gen);
	return gen;
}

void s2t_gen_destroy(struct s2t_gen *gen)
{
	if (!gen)
		return;
	free(gen->space);
	free(gen);
}

/*
 * The step from which a panic is sought, one drawn evenly from one and a half times the usual length: a
 * third of the sequences runs to its end. One in eight of the long sequences may go on for its whole
 * length.
 */
static uint32_t draw_dare(struct s2t_gen *gen)
{
	uint32_t range = gen->max_len;

	if (range > 512 && !s2t_rng_chance(&gen->rng, 32))
		range = 512;
	/* Panics of the hypercall layer are many, most calls are expensive, and one panic is the end. */
	if (range > 192 && (gen->layers & S2T_GEN_HYPERCALL) && !s2t_rng_chance(&gen->rng, 32))
		range = 192;
	if (range > UINT32_MAX / 2)
		range = UINT32_MAX / 2;
	return s2t_gen_below(gen, range + range / 2 + 1);
}

void s2t_gen_forget(struct s2t_gen *gen)
{
	if (++gen->epoch == 0) {
		for (uint64_t vmid = 0; vmid <= gen->board.corevisor; vmid++)
			gen->space[vmid].epoch = 0;
		gen->epoch = 1;
	}
	gen->step = 0;
	gen->quiet = 0;
	gen->plan.goal = 0;
	gen->history.left = 0;
	gen->mapped.next = gen->mapped.count = 0;
	gen->smmu.next = gen->smmu.count = 0;
	gen->smmu_budget = 0;
}

/* Chance alone draws the calls up to the step from which something else may want one. */
static void set_quiet(struct s2t_gen *gen)
{
	uint32_t quiet = gen->dare_at < gen->feat_at ? gen->dare_at : gen->feat_at;

	if (gen->iut || (gen->layers & S2T_GEN_HYPERCALL) || gen->history.left > 0 || gen->plan.goal != 0)
		quiet = 0;
	gen->quiet = quiet < gen->max_len ? quiet : gen->max_len;
}

APART void s2t_gen_begin(struct s2t_gen *gen, uint64_t sequence_seed, uint32_t max_len)
{
	s2t_gen_forget(gen);
	s2t_rng_seed(&gen->rng, sequence_seed);
	gen->max_len = max_len;
	gen->dare_at = draw_dare(gen);
	gen->reckless = s2t_rng_chance(&gen->rng, 96);
	gen->feat_at = s2t_gen_below(gen, GEN_FEAT_EVERY);
	s2t_gen_draw_set(gen);
	if (gen->layers & S2T_GEN_HYPERCALL)
		s2t_gen_hyper_begin(gen);
	s2t_gen_draw_history(gen);
	set_quiet(gen);
	gen->ahead = s2t_rng_peek(&gen->rng);
}

/*
 * A call that does not panic. A mapping that would becomes a look at the same place, any other call is thrown
 * away for a new one.
 */
static void careful(struct s2t_gen *gen, struct s2t_call *call)
{
	uint64_t random = s2t_rng_take(&gen->rng, gen->ahead);

	for (unsigned tries = 1;; tries++) {
		bool panics;

		*call = (struct s2t_call){ .op = gen->op[random % GEN_OPS] };
		panics = s2t_gen_propose(gen, call, random >> 7);
		if (SELDOM(random >> 56 < GEN_SPOIL_SHARE)) {
			s2t_gen_spoil(gen, call);
			panics = s2t_gen_would_panic(gen, call);
		}
		if (!SELDOM(panics))
			return;
		if (call->op == S2T_OP_MAP_PFN_VM || call->op == S2T_OP_MAP_S2PT ||
		    call->op == S2T_OP_MAP_VM_IO) {
			call->op = (random >> 55 & 1) != 0 ? S2T_OP_GET_LEVEL_S2PT : S2T_OP_WALK_S2PT;
			call->arg[2] = call->arg[3] = 0;
			return;
		}
		if (tries == GEN_TRIES)
			break;
		random = s2t_rng_next(&gen->rng);
	}
	*call = (struct s2t_call){ .op = S2T_OP_WALK_S2PT };
	call->arg[1] = gen->home << 12;
}

/* A call that something other than chance wants now; false: nothing does. */
static APART bool wanted(struct s2t_gen *gen, struct s2t_call *call)
{
	if (gen->iut && s2t_gen_extra(gen, call))
		return true;
	if ((gen->layers & S2T_GEN_HYPERCALL) && s2t_gen_hyper_next(gen, call))
		return true;
	if (gen->history.left > 0) {
		*call = (struct s2t_call){ 0 };
		if (s2t_gen_history_step(gen, call))
			return true;
	} else if (gen->plan.goal == 0) {
		if (gen->step > gen->dare_at) {
			if (gen->reckless && s2t_gen_dare(gen, call))
				return true;
			if (!gen->reckless)
				s2t_gen_start_panic(gen);
		} else if (gen->step > gen->feat_at) {
			s2t_gen_start_feat(gen);
			gen->feat_at = gen->step + s2t_gen_below(gen, GEN_FEAT_EVERY);
		}
	}
	if (gen->plan.goal != 0) {
		*call = (struct s2t_call){ 0 };
		if (s2t_gen_plan_step(gen, call))
			return true;
	}
	return false;
}

bool s2t_gen_next(struct s2t_gen *gen, struct s2t_call *call)
{
	bool made = false;

	if (SELDOM(gen->step >= gen->quiet)) {
		if (gen->step >= gen->max_len)
			return false;
		gen->step++;
		made = wanted(gen, call);
		set_quiet(gen);
		gen->ahead = s2t_rng_peek(&gen->rng);
	} else {
		gen->step++;
	}
	if (!made)
		careful(gen, call);
	gen->ahead = s2t_rng_peek(&gen->rng);
	return true;
}

static void note_page(struct s2t_gen *gen, uint64_t pfn)
{
	gen->page[gen->recent_next] = (struct gen_range){ .base = pfn };
	gen->recent_next = gen->recent_next + 1 < GEN_PAGES ? gen->recent_next + 1 : gen->recent_first;
}

static void note_mapping(struct gen_recent_mappings *recent, uint64_t space, uint64_t gfn)
{
	recent->at[recent->next] = (struct gen_mapping){ .space = (uint32_t)space, .gfn = gfn };
	recent->next = (recent->next + 1) % GEN_RECENT;
	recent->count += recent->count < GEN_RECENT;
}

/* A stage-2 mapping may have taken tables. */
static void note_stage2(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block)
{
	struct gen_space *space;

	if (vmid > gen->board.corevisor)
		return;
	space = s2t_gen_space(gen, vmid);
	space->budget -= space->budget > 0;
	space->blocks |= block;
	note_mapping(&gen->mapped, vmid, addr >> 12);
}

static void note_smmu(struct s2t_gen *gen, uint64_t cbndx, uint64_t index, uint64_t iova)
{
	gen->smmu_budget -= gen->smmu_budget > 0;
	note_mapping(&gen->smmu, 8 * index + cbndx, iova >> 12);
}

/* Of a call beyond the memory layers. */
static APART void learn_beyond(struct s2t_gen *gen, const struct s2t_call *call, const struct s2t_step *step)
{
	const uint64_t *arg = call->arg;

	if (call->op >= S2T_OP_EXTRA) {
		s2t_gen_learn_extra(gen, call, step);
		return;
	}
	s2t_gen_hyper_learn(gen, call);
	if (call->op == S2T_OP_EL2_ARM_LPAE_MAP)
		note_smmu(gen, arg[3], arg[4], arg[0]);
	else if (call->op == S2T_OP_VCPU_RUN)
		note_stage2(gen, arg[0], arg[3], true);
	else if (call->op == S2T_OP_PROT_AND_MAP_VM_S2PT)
		note_stage2(gen, arg[0], arg[1], true);
}

/* Of a panic: whoever goes on from here gets the usual mix. */
static void learn_panic(struct s2t_gen *gen)
{
	gen->dare_at = UINT32_MAX;
	gen->plan.goal = 0;
	gen->history.left = 0;
	set_quiet(gen);
}

void s2t_gen_learn(struct s2t_gen *gen, const struct s2t_call *call, const struct s2t_step *step)
{
	const uint64_t *arg = call->arg;
	struct gen_space *host;

	if (SELDOM(step->outcome != S2T_OK)) {
		if (step->outcome == S2T_PANIC)
			learn_panic(gen);
		return;
	}
	switch (call->op) {
	case S2T_OP_MAP_PAGE_HOST:
		host = s2t_gen_space(gen, 0);
		host->budget -= host->budget > 0;
		note_page(gen, arg[0] >> 12);
		break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: note_page(gen, arg[2]); break;
	case S2T_OP_MAP_PFN_VM: note_stage2(gen, arg[0], arg[1], arg[3] == 2); break;
	case S2T_OP_MAP_VM_IO:
		if (step->case_id == S2T_CASE_MVI_2)
			note_stage2(gen, arg[0], arg[1], false);
		break;
	case S2T_OP_MAP_S2PT: note_stage2(gen, arg[0], arg[1], arg[2] == 2); break;
	case S2T_OP_UPDATE_SMMU_PAGE: note_smmu(gen, arg[1], arg[2], arg[3]); break;
	case S2T_OP_MAP_SPT: note_smmu(gen, arg[0], arg[1], arg[2]); break;
	default:
		if (SELDOM(call->op >= S2T_OP_MEMORY_COUNT))
			learn_beyond(gen, call, step);
		break;
	}
}
