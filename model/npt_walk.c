/* SPDX-License-Identifier: BSD-2-Clause */
/* NPTWalkSpec.v: one stage-2 table as a map, with the accounting of its table pages. */
#include "spec.h"

/* The nodes of npts[vmid] that a mapping at `addr` writes. False: out of memory. */
static bool nodes_of(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, struct s2t_npt_upper **upper,
                     struct s2t_npt_leaf **leaf)
{
	*upper = s2t_map_make(&adt->npt_upper, s2t_npt_upper_key(vmid, addr));
	if (SELDOM(!*upper))
		return !(adt->out_of_memory = true);
	*leaf = s2t_map_make(&adt->npt_leaf, s2t_npt_leaf_key(vmid, addr / PAGE_SIZE));
	if (SELDOM(!*leaf))
		return !(adt->out_of_memory = true);
	return true;
}

/* Writes one of the *_t flags (`level` 0 pgd_t, 1 pud_t, 2 pmd_t) if it changes. */
static inline void set_table(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, unsigned level,
                             uint64_t *slot, uint64_t value)
{
	if (SELDOM(*slot != value))
		s2t_set_table(adt, S2T_ENTRY_NPT_TABLE, level, vmid, addr, slot, value);
}

/* Writes one of the cursors if it moves. */
static inline void set_next(struct s2t_model *adt, s2t_vmid vmid, unsigned level, uint64_t value)
{
	uint64_t *slot = &adt->vm[vmid].next[level];

	if (SELDOM(*slot != value))
		s2t_set_table(adt, S2T_ENTRY_NPT_NEXT, level, vmid, 0, slot, value);
}

static bool pud_t(const struct s2t_npt_upper *upper, s2t_addr addr)
{
	return upper->pud_t[pud_index(addr) / 64] >> (pud_index(addr) % 64) & 1;
}

/* Whether a mapping at `addr` finds its tables as it leaves them. */
static bool tables_stay(const struct s2t_npt_upper *upper, const struct s2t_npt_leaf *leaf, s2t_addr addr,
                        uint64_t level)
{
	return upper->pgd_t && pud_t(upper, addr) && leaf->pmd_t == (level != 2);
}

/* pgd_next', pud_next' and pmd_next'. False: a pool would overflow. Cursors are kept relative to the start of their pool,
 * so the limits are the sizes of the pools. */
static __attribute__((noinline)) bool next_tables(const struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr,
                                                  uint64_t level, const struct s2t_npt_upper *upper,
                                                  const struct s2t_npt_leaf *leaf, uint64_t next[3])
{
	const uint64_t pgd_end = s2t_pud_start(adt, vmid) - s2t_pgd_start(adt, vmid); /* Coq: pud_start */
	const uint64_t pud_end = s2t_pmd_start(adt, vmid) - s2t_pud_start(adt, vmid); /* Coq: pmd_start */
	const uint64_t pmd_end = s2t_pool_end(adt, vmid) - s2t_pmd_start(adt, vmid);  /* Coq: pool_end */
	const uint64_t *now = adt->vm[vmid].next;

	next[0] = upper->pgd_t ? now[0] : now[0] + PAGE_SIZE;
	next[1] = pud_t(upper, addr) ? now[1] : now[1] + PAGE_SIZE;
	next[2] = level == 2 || leaf->pmd_t ? now[2] : now[2] + PAGE_SIZE;
	return next[0] <= pgd_end && next[1] <= pud_end && next[2] <= pmd_end;
}

static __attribute__((noinline)) void set_tables(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr,
                                                 uint64_t level, struct s2t_npt_upper *upper,
                                                 struct s2t_npt_leaf *leaf, const uint64_t next[3])
{
	uint64_t *pud_word = &upper->pud_t[pud_index(addr) / 64];

	set_table(adt, vmid, addr, 0, &upper->pgd_t, true);
	set_table(adt, vmid, addr, 1, pud_word, *pud_word | UINT64_C(1) << (pud_index(addr) % 64));
	set_table(adt, vmid, addr, 2, &leaf->pmd_t, level != 2);
	set_next(adt, vmid, 0, next[0]);
	set_next(adt, vmid, 1, next[1]);
	set_next(adt, vmid, 2, next[2]);
}

/*
 * Maps `pte` at `addr`: 512 entries for level 2, one otherwise. `*halt` tells that a pool would overflow or that
 * the page lies under a block; nothing is changed then. None: a level 2 descriptor that is a table.
 * Where all tables are there, the cursors stay where they are. That is within their pools: neither this function nor
 * s2t_model_set_npt_used takes one further.
 */
bool s2t_local_mmap(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte,
                    bool *halt)
{
	struct s2t_npt_upper *upper;
	struct s2t_npt_leaf *leaf;
	uint64_t next[3];

	*halt = true;
	if (level == 2)
		rely(pmd_table(pte) != PMD_TYPE_TABLE);
	when(nodes_of(adt, vmid, addr, &upper, &leaf));
	if (level != 2 && leaf->block) {
		adt->map_end = S2T_MAP_UNDER_BLOCK;
		return true;
	}
	const bool stay = tables_stay(upper, leaf, addr, level);

	if (!stay && !next_tables(adt, vmid, addr, level, upper, leaf, next)) {
		adt->map_end = S2T_MAP_EXHAUSTED;
		return true;
	}
	*halt = false;
	adt->map_end = S2T_MAP_OK;
	struct s2t_touch entry = { .a = (uint32_t)vmid };

	if (SELDOM(level == 2)) {
		entry.kind = S2T_ENTRY_NPT_BLOCK;
		entry.b = addr / PAGE_SIZE / PTRS_PER_PMD * PTRS_PER_PMD;
		s2t_set_word(adt, entry, &leaf->block, pte);
	} else {
		entry.kind = S2T_ENTRY_NPT;
		entry.b = addr / PAGE_SIZE;
		s2t_set_word(adt, entry, &leaf->pte[addr / PAGE_SIZE & 511], pte);
	}
	if (!stay)
		set_tables(adt, vmid, addr, level, upper, leaf, next);
	return true;
}

bool s2t_get_npt_level_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t *level)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	*level = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, s2t_npt_id(vmid)));
	struct s2t_npt_entry entry = s2t_pt(adt, vmid, addr / PAGE_SIZE);

	*level = phys_page(entry.pte) == 0 ? 0 : entry.level;
	return true;
}

bool s2t_walk_npt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte *pte)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	*pte = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, s2t_npt_id(vmid)));
	*pte = s2t_pt(adt, vmid, addr / PAGE_SIZE).pte;
	return true;
}

bool s2t_set_npt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte)
{
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	if (adt->cpu.halt)
		return true;
	rely(adt->cpu.tstate == 0);
	rely(s2t_lock_own(adt, s2t_npt_id(vmid)));
	rely(level == 2 || level == 3);
	rely(pte != 0);
	when(s2t_local_mmap(adt, vmid, addr, level, pte, &halt));
	adt->cpu.tstate = halt ? 0 : 1;
	adt->cpu.halt = halt;
	return true;
}
