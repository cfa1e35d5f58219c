/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setters: the state as an implementation has it, where a known difference says that it is right. No Coq definition
 * stands behind them; they go through the journal like the writes of a step, and belong to the last one.
 */
#include "spec.h"

/* A word, if it is another. */
static void set_if_new(struct s2t_model *adt, struct s2t_touch entry, uint64_t *slot, uint64_t value)
{
	if (*slot != value)
		s2t_set_word(adt, entry, slot, value);
}

bool s2t_model_set_page(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page page)
{
	if (!s2t_page_tracked(adt, pfn) || page.owner == INVALID || !s2t_make_room(adt) ||
	    !s2t_s2page(adt, pfn))
		return false;
	s2t_set_s2page(adt, pfn, page);
	return true;
}

/* A block of this step is none: the table that it replaced is still there. */
static void keep_table(struct s2t_model *adt, struct s2t_npt_leaf *leaf)
{
	for (size_t i = adt->step_begin; i < adt->journal_count; i++) {
		const struct s2t_touch touch = adt->journal[i];

		if (touch.slot == &leaf->pmd_t)
			s2t_set_word(adt, touch, &leaf->pmd_t, touch.old[0]);
	}
}

bool s2t_model_set_npt(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, struct s2t_npt_entry entry)
{
	const s2t_pfn in_block = entry.level == 2 ? gfn & (PTRS_PER_PMD - 1) : 0;
	struct s2t_touch block = { .kind = S2T_ENTRY_NPT_BLOCK,
		                   .a = (uint32_t)vmid,
		                   .b = gfn & ~UINT64_C(511) };
	struct s2t_touch page = { .kind = S2T_ENTRY_NPT, .a = (uint32_t)vmid, .b = gfn };
	struct s2t_npt_leaf *leaf;
	bool halt;

	if (!s2t_is_vmid(adt, vmid) || !is_gfn(gfn) || !s2t_make_room(adt))
		return false;
	leaf = s2t_map_find(&adt->npt_leaf, s2t_npt_leaf_key(vmid, gfn));
	if (leaf && leaf->block && entry.level != 2) {
		set_if_new(adt, block, &leaf->block, 0);
		keep_table(adt, leaf);
	}
	if (entry.pte == 0) {
		if (leaf)
			set_if_new(adt, page, &leaf->pte[gfn & 511], 0);
		return entry.level == 0 && entry.pfn == 0;
	}
	return (entry.level == 2 || entry.level == 3) &&
	       entry.pfn == phys_page(entry.pte) / PAGE_SIZE + in_block &&
	       s2t_local_mmap(adt, vmid, gfn * PAGE_SIZE, entry.level, entry.pte, &halt) && !halt;
}

bool s2t_model_set_spt(struct s2t_model *adt, unsigned context, s2t_gfn gfn, struct s2t_spt_entry entry)
{
	struct s2t_touch touch = { .kind = S2T_ENTRY_SPT, .a = context, .b = gfn };
	struct s2t_spt_leaf *leaf;
	bool halt;

	if (context >= S2T_SPT_CONTEXTS || !is_smmu_addr(gfn * PAGE_SIZE) ||
	    entry.pfn != phys_page(entry.pte) / PAGE_SIZE || !s2t_make_room(adt))
		return false;
	leaf = s2t_map_find(&adt->spt_leaf, s2t_spt_leaf_key(adt, context, gfn));
	if (entry.pte != 0)
		return s2t_local_spt_map(adt, context % SMMU_CTXT_BANKS, context / SMMU_CTXT_BANKS,
		                         gfn * PAGE_SIZE, entry.pte, &halt) &&
		       !halt;
	if (leaf)
		set_if_new(adt, touch, &leaf->pte[gfn & 511], 0);
	return true;
}

bool s2t_model_set_token(struct s2t_model *adt, s2t_pfn pfn, s2t_token token)
{
	return is_gfn(pfn) && s2t_make_room(adt) && s2t_set_flatmem(adt, pfn, token);
}

bool s2t_model_set_data_log(struct s2t_model *adt, s2t_vmid vmid, uint64_t pages)
{
	if (!s2t_is_vmid(adt, vmid) || !s2t_make_room(adt))
		return false;
	set_if_new(adt, (struct s2t_touch){ .kind = S2T_ENTRY_DATA_LOG, .a = (uint32_t)vmid },
	           &adt->vm[vmid].data_log, pages);
	return true;
}

/* The cursor `next` of a pool goes back to where the step found it: then the step made no tables of the pool. */
static void drop_tables(struct s2t_model *adt, const struct s2t_touch *next, uint64_t bytes)
{
	const bool smmu = next->kind == S2T_ENTRY_SPT_NEXT;
	const enum s2t_entry_kind tables = smmu ? S2T_ENTRY_SPT_TABLE : S2T_ENTRY_NPT_TABLE;
	bool none = false;

	for (size_t i = adt->step_begin; i < adt->journal_count; i++) {
		const struct s2t_touch *touch = &adt->journal[i];

		none |= touch->kind == next->kind && touch->a == next->a && touch->level == next->level &&
		        touch->old[0] == bytes;
	}
	for (size_t i = adt->journal_count; none && i-- > adt->step_begin;) {
		const struct s2t_touch touch = adt->journal[i];

		if (touch.kind == tables && touch.level == next->level && (smmu || touch.a == next->a) &&
		    (*(const uint64_t *)touch.slot & ~touch.old[0]))
			s2t_set_word(adt, touch, (uint64_t *)(uintptr_t)touch.slot, touch.old[0]);
	}
}

bool s2t_model_set_npt_used(struct s2t_model *adt, s2t_vmid vmid, unsigned level, uint64_t bytes)
{
	if (!s2t_is_vmid(adt, vmid) || level > 2)
		return false;
	const uint64_t end[3] = { s2t_pud_start(adt, vmid) - s2t_pgd_start(adt, vmid),
		                  s2t_pmd_start(adt, vmid) - s2t_pud_start(adt, vmid),
		                  s2t_pool_end(adt, vmid) - s2t_pmd_start(adt, vmid) };
	const struct s2t_touch entry = { .kind = S2T_ENTRY_NPT_NEXT,
		                         .level = (uint8_t)level,
		                         .a = (uint32_t)vmid };

	if (bytes > end[level] || bytes % PAGE_SIZE || !s2t_make_room(adt))
		return false;
	drop_tables(adt, &entry, bytes);
	set_if_new(adt, entry, &adt->vm[vmid].next[level], bytes);
	return true;
}

bool s2t_model_set_spt_used(struct s2t_model *adt, unsigned level, uint64_t bytes)
{
	const struct s2t_board *board = &adt->board;
	const struct s2t_touch entry = { .kind = S2T_ENTRY_SPT_NEXT, .level = (uint8_t)level };

	if (level > 1 || bytes % PAGE_SIZE ||
	    bytes > (level == 0 ? board->smmu_pmd_start - board->smmu_pgd_start
	                        : board->smmu_pool_end - board->smmu_pmd_start) ||
	    !s2t_make_room(adt))
		return false;
	drop_tables(adt, &entry, bytes);
	set_if_new(adt, entry, &adt->spt_next[level], bytes);
	return true;
}

/* VMs, vCPUs, images, EL2, the owners of banks. */
static uint64_t *word_of(struct s2t_model *adt, const struct s2t_touch *entry)
{
	const bool vm = s2t_is_vmid(adt, entry->a);

	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_VM:
		return vm && entry->level < S2T_VM_FIELD_COUNT ? &adt->info[entry->a].vm[entry->level] : NULL;
	case S2T_ENTRY_VCPU:
		return vm && is_vcpu(entry->b) && entry->level < S2T_VCPU_FIELD_COUNT
		               ? &adt->info[entry->a].vcpu[entry->b][entry->level]
		               : NULL;
	case S2T_ENTRY_IMAGE:
		return vm && is_load_idx(entry->b) && entry->level < S2T_IMAGE_FIELD_COUNT
		               ? &adt->info[entry->a].image[entry->b][entry->level]
		               : NULL;
	case S2T_ENTRY_CORE: return entry->level < S2T_CORE_FIELD_COUNT ? &adt->core[entry->level] : NULL;
	case S2T_ENTRY_SMMU_CFG: return entry->a < S2T_SPT_CONTEXTS ? &adt->smmu_cfg[entry->a] : NULL;
	default: return NULL;
	}
}

/* Whether some state of the specification has that word there. Addresses and sizes may be any. */
static bool word_fits(const struct s2t_model *adt, const struct s2t_touch *entry, uint64_t value)
{
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_VM: return value <= (entry->level == S2T_VM_STATE ? ACTIVE : MAX_LOAD_INFO_NUM);
	case S2T_ENTRY_VCPU: return value <= (entry->level == S2T_VCPU_STATE ? ACTIVE : 1);
	case S2T_ENTRY_CORE: return entry->level != S2T_CORE_NEXT_VMID || value <= adt->board.corevisor + 1;
	case S2T_ENTRY_SMMU_CFG: return value == INVALID || s2t_is_vmid(adt, value);
	default: return true;
	}
}

bool s2t_model_set_word(struct s2t_model *adt, const struct s2t_touch *entry, uint64_t value)
{
	uint64_t *slot = word_of(adt, entry);

	if (!slot || !word_fits(adt, entry, value) || !s2t_make_room(adt))
		return false;
	set_if_new(
		adt,
		(struct s2t_touch){ .kind = entry->kind, .level = entry->level, .a = entry->a, .b = entry->b },
		slot, value);
	return true;
}

bool s2t_model_resume(struct s2t_model *adt)
{
	if (adt->logs)
		return false;
	adt->cpu.halt = false;
	s2t_set_locks_false(adt);
	adt->cpu.tstate = 1;
	return true;
}
