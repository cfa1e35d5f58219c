/* SPDX-License-Identifier: BSD-2-Clause */
/* MmioSPTWalkSpec.v: the SMMU tables as a map, with the accounting of their shared table pages. */
#include "spec.h"

/* SMMU_TTBR names a context by its root address; here it is its number. */
static unsigned context_of(uint64_t cbndx, uint64_t index)
{
	return (unsigned)(index * SMMU_CTXT_BANKS + cbndx);
}

/* Writes a flag (`level` 0 spt_pgd_t, 1 spt_pmd_t) or a cursor if it changes. */
static inline void set_if_new(struct s2t_model *adt, enum s2t_entry_kind kind, unsigned level, unsigned context,
                              s2t_addr addr, uint64_t *slot, uint64_t value)
{
	if (SELDOM(*slot != value))
		s2t_set_table(adt, kind, level, context, addr, slot, value);
}

/* spt_pgd_next' and spt_pmd_next'. False: a pool would overflow. */
static __attribute__((noinline)) bool next_tables(const struct s2t_model *adt, bool pgd_t, bool pmd_t,
                                                  uint64_t next[2])
{
	const struct s2t_board *board = &adt->board;

	next[0] = pgd_t ? adt->spt_next[0] : adt->spt_next[0] + PAGE_SIZE;
	next[1] = pmd_t ? adt->spt_next[1] : adt->spt_next[1] + PAGE_SIZE;
	return next[0] <= board->smmu_pmd_start - board->smmu_pgd_start &&
	       next[1] <= board->smmu_pool_end - board->smmu_pmd_start;
}

/*
 * Writes `pte` (which may be 0: the tables are then made for an empty entry) at `addr`. `*halt` tells that a
 * pool would overflow; nothing is changed then. Where both tables are there, the cursors stay where they are. That is
 * within their pools: neither this function nor s2t_model_set_spt_used takes one further.
 */
bool s2t_local_spt_map(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte,
                       bool *halt)
{
	const unsigned context = context_of(cbndx, index);
	const s2t_gfn gfn = addr / PAGE_SIZE;
	struct s2t_spt_upper *upper = s2t_map_make(&adt->spt_upper, s2t_spt_upper_key(adt, context));
	struct s2t_spt_leaf *leaf = s2t_map_make(&adt->spt_leaf, s2t_spt_leaf_key(adt, context, gfn));
	uint64_t next[2];

	*halt = true;
	if (SELDOM(!upper || !leaf))
		return !(adt->out_of_memory = true);
	uint64_t *pgd_word = &upper->pgd_t[stage2_pgd_index(addr) / 64];
	const uint64_t pgd_bit = UINT64_C(1) << (stage2_pgd_index(addr) % 64);
	const bool pgd_t = *pgd_word & pgd_bit, pmd_t = leaf->pmd_t;

	if (!(pgd_t && pmd_t) && !next_tables(adt, pgd_t, pmd_t, next)) {
		adt->map_end = S2T_MAP_EXHAUSTED;
		return true;
	}
	*halt = false;
	adt->map_end = S2T_MAP_OK;
	const struct s2t_touch entry = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn };

	s2t_set_word(adt, entry, &leaf->pte[gfn & 511], pte);
	if (pgd_t && pmd_t)
		return true;
	set_if_new(adt, S2T_ENTRY_SPT_TABLE, 0, context, addr, pgd_word, *pgd_word | pgd_bit);
	set_if_new(adt, S2T_ENTRY_SPT_TABLE, 1, context, addr, &leaf->pmd_t, true);
	set_if_new(adt, S2T_ENTRY_SPT_NEXT, 0, 0, 0, &adt->spt_next[0], next[0]);
	set_if_new(adt, S2T_ENTRY_SPT_NEXT, 1, 0, 0, &adt->spt_next[1], next[1]);
	return true;
}

/*
 * smmu_pt_clear_spec (AbstractMachineSpec.v), of which clear_smmu_pt is made: its loop over the 1024 words of the root
 * writes the first of them each time. What begins with iova = 2^30 stays; here, the entries of one word go.
 */
static bool smmu_pt_clear(struct s2t_model *adt, unsigned context)
{
	struct s2t_spt_upper *upper = s2t_map_find(&adt->spt_upper, s2t_spt_upper_key(adt, context));
	const struct s2t_touch entry = { .kind = S2T_ENTRY_SPT_TABLE, .a = context };

	if (!upper || !(upper->pgd_t[0] & 1))
		return true;
	s2t_set_word(adt, entry, &upper->pgd_t[0], upper->pgd_t[0] & ~UINT64_C(1));
	for (s2t_gfn gfn = 0; gfn < UINT64_C(1) << 18; gfn += 512) {
		struct s2t_spt_leaf *leaf = s2t_map_find(&adt->spt_leaf, s2t_spt_leaf_key(adt, context, gfn));

		if (!leaf)
			continue;
		set_if_new(adt, S2T_ENTRY_SPT_TABLE, 1, context, gfn * PAGE_SIZE, &leaf->pmd_t, false);
		for (unsigned i = 0; i < 512; i++) {
			when(s2t_make_room(adt));
			set_if_new(adt, S2T_ENTRY_SPT, 0, context, gfn + i, &leaf->pte[i], 0);
		}
	}
	return true;
}

static bool has_table(const struct s2t_spt_upper *upper)
{
	uint64_t tables = 0;

	for (size_t i = 0; upper && i < sizeof(upper->pgd_t) / sizeof(upper->pgd_t[0]); i++)
		tables |= upper->pgd_t[i];
	return tables != 0;
}

/* Empties a context; its tables are not given back. */
bool s2t_local_spt_clear(struct s2t_model *adt, uint64_t cbndx, uint64_t index)
{
	const unsigned context = context_of(cbndx, index);
	struct s2t_touch entry = { .kind = S2T_ENTRY_SPT_CONTEXT, .a = context };
	const uint64_t generations = adt->spt_generations;

	if (adt->spec == S2T_SPEC_BOTTOM)
		return smmu_pt_clear(adt, context);
	entry.old[1] = generations;
	/* Without a table nothing is mapped, and the context keeps its generation: a node alone may be left of a step
	 * that was taken back. */
	if (has_table(s2t_map_find(&adt->spt_upper, s2t_spt_upper_key(adt, context))))
		adt->spt_generations = generations + 1;
	s2t_set_word(adt, entry, &adt->spt_generation[context],
	             adt->spt_generations == generations ? adt->spt_generation[context] : generations + 1);
	return true;
}

bool s2t_clear_smmu_pt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index)
{
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, S2T_LOCK_SPT));
	when(s2t_local_spt_clear(adt, cbndx, index));
	adt->cpu.tstate = 1;
	return true;
}

bool s2t_walk_smmu_pt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte)
{
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(addr));
	*pte = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, S2T_LOCK_SPT));
	*pte = s2t_spt(adt, context_of(cbndx, index), addr / PAGE_SIZE);
	return true;
}

bool s2t_set_smmu_pt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte)
{
	bool halt;

	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(addr));
	if (adt->cpu.halt)
		return true;
	rely(adt->cpu.tstate == 0);
	rely(s2t_lock_own(adt, S2T_LOCK_SPT));
	when(s2t_local_spt_map(adt, cbndx, index, addr, pte, &halt));
	adt->cpu.tstate = halt ? 0 : 1;
	adt->cpu.halt = halt;
	return true;
}
