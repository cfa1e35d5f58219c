/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Histories: one thing done over and over in one sequence, as often as it takes for a counter of 6, 8 or more bits to
 * come round, for a hash table to grow, or for the hundredth table of a pool to be handed out. Chance draws four to
 * twelve pages and never gets there.
 *
 * A history is a walk. One kind walks over pages that one VM is given, and makes it supply contents at each: from page
 * to page, or, with a window of one or a few pages, at the same again and again. The others walk through an address
 * space so that each step takes a new table. Other calls stand between the steps, now and then.
 */
#include "gen_internal.h"

enum {
	SHORTEST = 6, /* log2 of the steps of a history */
	LONGEST = 30,
	TABLES = 8,      /* LONGEST of one that takes tables: each costs two pages of memory */
	BETWEEN = 12,    /* of 256 calls during a history so many are others */
	LOOKS = 8,       /* pages in a row that do not suit before it is given up */
	BLOCK_ORDER = 21 /* log2 of the bytes that one table of the last level spans */
};

/* 2^k and up to 15 more, each k as likely as any other; at most what is left of the sequence. */
static uint32_t draw_length(struct s2t_gen *gen, unsigned longest)
{
	unsigned order = SHORTEST;

	while (order < longest && gen->max_len >> (order + 1) != 0)
		order++;
	order = SHORTEST + s2t_gen_below(gen, order - SHORTEST + 1);
	return (UINT32_C(1) << order) + 1 + s2t_gen_below(gen, 16);
}

static void draw_window(struct s2t_gen *gen, struct gen_history *history)
{
	const struct gen_range *range = &gen->ram[s2t_gen_below(gen, gen->ram_count)];
	const uint32_t random = s2t_gen_below(gen, 8);

	history->base = range->base;
	history->window = range->span + 1;
	if (random < 3) {
		/* Few pages: each page's content is replaced many times. */
		history->window = random == 0 && range->span >= 7 ? 8 : 1;
		history->base += s2t_gen_below(gen, range->span + 2 - history->window);
	}
	history->at = s2t_gen_below(gen, history->window);
	history->gfn = s2t_gen_pick_frame(gen, random);
}

void s2t_gen_draw_history(struct s2t_gen *gen)
{
	struct gen_history *history = &gen->history;
	const uint64_t random = s2t_rng_next(&gen->rng);

	*history = (struct gen_history){ .kind = HISTORY_NONE };
	if (random >> 56 >= GEN_HISTORY_SHARE || gen->max_len < 2u << SHORTEST)
		return;
	history->kind = (random & 7) < 4   ? HISTORY_SHARES
	                : (random & 7) < 6 ? HISTORY_RETURNS
	                : (random & 7) < 7 ? HISTORY_TABLES
	                                   : HISTORY_SMMU_TABLES;
	if (gen->ram_count == 0)
		history->kind = HISTORY_TABLES;
	/* Of few spaces, for the sake of memory and caches. */
	history->vmid = history->kind == HISTORY_TABLES ? (uint32_t)(random >> 8 & 1)
	                                                : s2t_gen_pick_vm(gen, random >> 8);
	history->context = gen->context[0] & 1;
	history->left = draw_length(gen, history->kind >= HISTORY_TABLES ? TABLES : LONGEST);
	if (history->kind < HISTORY_TABLES) {
		draw_window(gen, history);
		if (history->vmid == 0)
			history->vmid = 1;
		/* A page gives a content only every second time. */
		if (history->window < history->left)
			history->left *= 2;
	}
	if (gen->dare_at < history->left)
		gen->dare_at = history->left + history->left / 8;
}

/* One more content of the VM at the page, or what has to come before that. False: not at this page. */
static bool draw_content(struct s2t_gen *gen, struct s2t_call *call, uint64_t pfn)
{
	const struct gen_history *history = &gen->history;
	const struct s2t_page page = s2t_gen_page(gen, pfn);

	call->arg[0] = history->vmid;
	call->arg[1] = pfn;
	if (page.owner == 0 && page.count == 0) {
		call->op = S2T_OP_ASSIGN_PFN_TO_VM;
		call->arg[1] = (history->gfn + pfn - history->base) & (GEN_GFN_END - 1);
		call->arg[2] = pfn;
	} else if (page.owner != history->vmid || page.count == GEN_INVALID) {
		return false;
	} else if (history->kind == HISTORY_RETURNS) {
		call->op = S2T_OP_CLEAR_VM_PAGE;
	} else {
		call->op = page.count == 0 ? S2T_OP_GRANT_VM_PAGE : S2T_OP_REVOKE_VM_PAGE;
	}
	return true;
}

static bool walk_pages(struct s2t_gen *gen, struct s2t_call *call)
{
	struct gen_history *history = &gen->history;

	for (unsigned look = 0; look < LOOKS; look++) {
		const uint64_t pfn = history->base + history->at;

		history->at = history->at + 1 < history->window ? history->at + 1 : 0;
		if (pfn < GEN_PFN_END && draw_content(gen, call, pfn))
			return true;
	}
	return false;
}

static void walk_tables(struct s2t_gen *gen, struct s2t_call *call)
{
	struct gen_history *history = &gen->history;
	const uint64_t addr = (uint64_t)history->at++ << BLOCK_ORDER;

	if (history->kind == HISTORY_TABLES) {
		*call = (struct s2t_call){ .op = S2T_OP_MAP_PFN_VM,
			                   .arg = { history->vmid, addr, gen->home << 12 | 0xFFF, 3 } };
		return;
	}
	*call = (struct s2t_call){ .op = S2T_OP_MAP_SPT,
		                   .arg = { history->context, 0, addr, gen->home << 12 | 0xFFF } };
}

bool s2t_gen_history_step(struct s2t_gen *gen, struct s2t_call *call)
{
	struct gen_history *history = &gen->history;

	if (s2t_rng_chance(&gen->rng, BETWEEN))
		return false;
	history->left--;
	if (history->kind >= HISTORY_TABLES)
		walk_tables(gen, call);
	else if (!walk_pages(gen, call))
		history->left = 0;
	if (history->left > 0 && !s2t_gen_would_panic(gen, call))
		return true;
	/* Over, or the pool is empty, which is a goal's. */
	history->left = 0;
	return false;
}
