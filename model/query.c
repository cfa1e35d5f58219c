/* SPDX-License-Identifier: BSD-2-Clause */
/* Queries: the state as a user sees it. They write only look-up caches. */
#include "spec.h"

static struct s2t_model *machine(const struct s2t_model *m)
{
	return (struct s2t_model *)(uintptr_t)m;
}

const struct s2t_touch *s2t_model_touched(const struct s2t_model *m, size_t *count)
{
	*count = m->journal_count - m->step_begin;
	return m->journal + m->step_begin;
}

/* The same of a page that was not asked for lately. Those that have no record, or whose record has been made, are
 * remembered. */
static __attribute__((noinline)) struct s2t_page page_slow(const struct s2t_model *m, s2t_pfn pfn)
{
	struct s2t_page_node *node = is_gfn(pfn) ? s2t_map_find(&machine(m)->s2page, pfn >> 9) : NULL;
	const size_t place = pfn % S2T_PAGE_CACHE;

	if (node || !s2t_page_tracked(m, pfn)) {
		struct s2t_page *page = node ? &node->page[pfn & 511] : &machine(m)->untracked;

		if (is_gfn(pfn)) {
			machine(m)->page_cache[place].key = pfn + 1;
			machine(m)->page_cache[place].page = page;
		}
		return *page;
	}
	const struct s2t_start_page *start = s2t_start_page_from(m, pfn);

	if (start < m->start + m->board.start_page_count && start->pfn == pfn)
		return start->page;
	return s2t_start_s2page(m, pfn);
}

struct s2t_page s2t_model_page(const struct s2t_model *m, s2t_pfn pfn)
{
	const size_t place = pfn % S2T_PAGE_CACHE;

	if (!SELDOM(m->page_cache[place].key != pfn + 1) && pfn != UINT64_MAX)
		return *m->page_cache[place].page;
	return page_slow(m, pfn);
}

bool s2t_model_page_tracked(const struct s2t_model *m, s2t_pfn pfn)
{
	return s2t_page_tracked(m, pfn);
}

struct s2t_npt_entry s2t_model_npt(const struct s2t_model *m, s2t_vmid vmid, s2t_gfn gfn)
{
	if (!s2t_is_vmid(m, vmid) || !is_gfn(gfn))
		return (struct s2t_npt_entry){ 0, 0, 0 };
	return s2t_pt(machine(m), vmid, gfn);
}

bool s2t_model_npt_table(const struct s2t_model *m, s2t_vmid vmid, s2t_addr addr, unsigned level)
{
	if (!s2t_is_vmid(m, vmid) || !is_addr(addr) || level > 2)
		return false;
	if (level == 2) {
		const struct s2t_npt_leaf *leaf = s2t_map_find(&machine(m)->npt_leaf,
		                                               s2t_npt_leaf_key(vmid, addr / PAGE_SIZE));

		return leaf && leaf->pmd_t;
	}
	const struct s2t_npt_upper *upper = s2t_map_find(&machine(m)->npt_upper, s2t_npt_upper_key(vmid, addr));

	if (!upper)
		return false;
	return level == 0 ? upper->pgd_t : upper->pud_t[pud_index(addr) / 64] >> (pud_index(addr) % 64) & 1;
}

s2t_addr s2t_model_npt_next(const struct s2t_model *m, s2t_vmid vmid, unsigned level)
{
	if (!s2t_is_vmid(m, vmid) || level > 2)
		return 0;
	s2t_addr start = level == 0   ? s2t_pgd_start(m, vmid)
	                 : level == 1 ? s2t_pud_start(m, vmid)
	                              : s2t_pmd_start(m, vmid);

	return start + m->vm[vmid].next[level];
}

struct s2t_spt_entry s2t_model_spt(const struct s2t_model *m, unsigned context, s2t_gfn gfn)
{
	if (context >= S2T_SPT_CONTEXTS || !is_pfn(gfn))
		return (struct s2t_spt_entry){ 0, 0 };
	s2t_pte pte = s2t_spt(machine(m), context, gfn);

	return (struct s2t_spt_entry){ phys_page(pte) / PAGE_SIZE, pte };
}

bool s2t_model_spt_table(const struct s2t_model *m, unsigned context, s2t_addr iova, unsigned level)
{
	if (context >= S2T_SPT_CONTEXTS || !is_smmu_addr(iova) || level > 1)
		return false;
	if (level == 1) {
		const struct s2t_spt_leaf *leaf = s2t_map_find(&machine(m)->spt_leaf,
		                                               s2t_spt_leaf_key(m, context, iova / PAGE_SIZE));

		return leaf && leaf->pmd_t;
	}
	const struct s2t_spt_upper *upper = s2t_map_find(&machine(m)->spt_upper, s2t_spt_upper_key(m, context));

	return upper && (upper->pgd_t[stage2_pgd_index(iova) / 64] >> (stage2_pgd_index(iova) % 64) & 1);
}

s2t_addr s2t_model_spt_next(const struct s2t_model *m, unsigned level)
{
	if (level > 1)
		return 0;
	return (level == 0 ? m->board.smmu_pgd_start : m->board.smmu_pmd_start) + m->spt_next[level];
}

s2t_token s2t_model_token(const struct s2t_model *m, s2t_pfn pfn)
{
	const struct s2t_token_node *node = s2t_map_find(&machine(m)->flatmem, pfn >> 9);

	return node ? node->token[pfn & 511] : 0;
}

uint64_t s2t_model_data_log(const struct s2t_model *m, s2t_vmid vmid)
{
	return s2t_is_vmid(m, vmid) ? m->vm[vmid].data_log : 0;
}

uint64_t s2t_model_vm(const struct s2t_model *m, s2t_vmid vmid, enum s2t_vm_field field)
{
	return s2t_is_vmid(m, vmid) && field < S2T_VM_FIELD_COUNT ? m->info[vmid].vm[field] : 0;
}

uint64_t s2t_model_vcpu(const struct s2t_model *m, s2t_vmid vmid, uint64_t vcpuid, enum s2t_vcpu_field field)
{
	if (!s2t_is_vmid(m, vmid) || vcpuid >= VCPU_PER_VM || field >= S2T_VCPU_FIELD_COUNT)
		return 0;
	return m->info[vmid].vcpu[vcpuid][field];
}

uint64_t s2t_model_image(const struct s2t_model *m, s2t_vmid vmid, uint64_t load_idx,
                         enum s2t_image_field field)
{
	if (!s2t_is_vmid(m, vmid) || load_idx >= MAX_LOAD_INFO_NUM || field >= S2T_IMAGE_FIELD_COUNT)
		return 0;
	return m->info[vmid].image[load_idx][field];
}

uint64_t s2t_model_core(const struct s2t_model *m, enum s2t_core_field field)
{
	return field < S2T_CORE_FIELD_COUNT ? m->core[field] : 0;
}

uint64_t s2t_model_smmu_cfg(const struct s2t_model *m, unsigned context)
{
	return context < S2T_SPT_CONTEXTS ? m->smmu_cfg[context] : INVALID;
}

bool s2t_model_took(const struct s2t_model *m, enum s2t_case case_id)
{
	if (!m->is_sequence)
		return case_id == m->taken;
	return case_id == m->taken || (case_id < S2T_CASE_COUNT && m->took[case_id / 64] >> (case_id % 64) & 1);
}

const struct s2t_board *s2t_model_board(const struct s2t_model *m)
{
	return &m->board;
}

bool s2t_model_halted(const struct s2t_model *m)
{
	return m->cpu.halt;
}

unsigned s2t_model_tstate(const struct s2t_model *m)
{
	return m->cpu.tstate;
}

bool s2t_model_lock_held(const struct s2t_model *m, uint32_t lock)
{
	return lock != S2T_NO_LOCK && s2t_lock_own(m, lock);
}

unsigned s2t_model_locks(const struct s2t_model *m, uint32_t locks[S2T_MAX_HELD])
{
	const unsigned count = m->cpu.held_count;

	for (unsigned i = 0; i + 1 < count; i++)
		locks[i] = m->cpu.older[i];
	if (count > 0)
		locks[count - 1] = m->cpu.newest;
	return count;
}

bool s2t_model_out_of_memory(const struct s2t_model *m)
{
	return m->out_of_memory;
}

struct s2t_npt_entry s2t_model_npt_before(const struct s2t_model *m, const struct s2t_touch *touch, unsigned i)
{
	const struct s2t_npt_leaf *leaf = s2t_map_find(&machine(m)->npt_leaf,
	                                               s2t_npt_leaf_key(touch->a, touch->b));
	s2t_pte pte = touch->old[0];

	if (touch->kind == S2T_ENTRY_NPT_BLOCK) {
		if (pte) /* a block replaced a block */
			return (struct s2t_npt_entry){ phys_page(pte) / PAGE_SIZE + i, 2, pte };
		/* A block hides the pages under it but does not write them; other operations of the same step may. */
		const struct s2t_touch *record = s2t_find_record(machine(m), S2T_ENTRY_NPT, 0, &leaf->pte[i]);

		pte = record ? record->old[0] : leaf->pte[i];
	}
	return (struct s2t_npt_entry){ phys_page(pte) / PAGE_SIZE, pte ? 3 : 0, pte };
}

void s2t_model_context_before(const struct s2t_model *m, const struct s2t_touch *touch,
                              void (*entry)(void *ctx, s2t_gfn gfn, s2t_pte pte), void *ctx)
{
	const struct s2t_map *map = &m->spt_leaf;
	const uint64_t first_key = touch->old[0] << 23 | (uint64_t)touch->a << 19;

	for (size_t i = 0; map->mask && i <= map->mask; i++) {
		if (!map->node[i] || (map->key[i] - 1) >> 19 != first_key >> 19)
			continue;
		const struct s2t_spt_leaf *leaf = map->node[i];
		s2t_gfn first = ((map->key[i] - 1) & ((1 << 19) - 1)) << 9;

		for (unsigned j = 0; j < 512; j++)
			if (leaf->pte[j])
				entry(ctx, first + j, leaf->pte[j]);
	}
}
