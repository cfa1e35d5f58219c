/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which boards this implementation can have, where EL2 keeps its data on them, and what that data starts as.
 */
#include "smmu_banks.h"
#include "vm.h"

#include <stdio.h>
#include <stdlib.h>

#define SMMU_ROOTS_BYTES (S2T_ALL_BANKS * S2T_SMMU_ROOT_BYTES)
#define RECORD_BYTES     UINT64_C(16)
#define RECORD_SPACE     (UINT64_C(1) << 24) /* ownership records that there can be */

static bool page_aligned(uint64_t addr)
{
	return addr % PAGE_BYTES == 0;
}

/* The sentence that says what is wrong with a region; NULL: nothing. */
static const char *refuse_region(const struct s2t_region *region)
{
	uint64_t pages;

	if (region->base > PHYS_SPACE || region->size > PHYS_SPACE - region->base)
		return "a region ends beyond 40 bits of physical address";
	if (region->index == S2T_NOMAP)
		return NULL;
	pages = region->size / PAGE_BYTES + 1;
	if (region->index > RECORD_SPACE || pages > RECORD_SPACE - region->index + 1)
		return "the ownership records of a region end beyond record 2^24";
	return NULL;
}

static const char *refuse_pools(const struct s2t_board *b)
{
	uint64_t vms = b->corevisor + 1;

	if (!page_aligned(b->pt_pool_start) || !page_aligned(b->pt_pool_per_vm) ||
	    !page_aligned(b->pgd_offset) || !page_aligned(b->pud_offset) || !page_aligned(b->pmd_offset) ||
	    !page_aligned(b->smmu_pool_start) || !page_aligned(b->smmu_pgd_start) ||
	    !page_aligned(b->smmu_pmd_start) || !page_aligned(b->smmu_pool_end))
		return "a table pool does not start and end at a page";
	if (b->pgd_offset < TABLE_BYTES || b->pud_offset < b->pgd_offset || b->pmd_offset < b->pud_offset ||
	    b->pt_pool_per_vm < b->pmd_offset)
		return "the stage-2 pools of a VM overlap or are not in order";
	if (b->pt_pool_start > PHYS_SPACE || b->pt_pool_per_vm > (PHYS_SPACE - b->pt_pool_start) / vms)
		return "the stage-2 pools end beyond 40 bits of physical address";
	if (b->smmu_pool_end > PHYS_SPACE)
		return "the SMMU pools end beyond 40 bits of physical address";
	if (b->smmu_pgd_start < b->smmu_pool_start ||
	    b->smmu_pgd_start - b->smmu_pool_start < SMMU_ROOTS_BYTES ||
	    b->smmu_pmd_start < b->smmu_pgd_start || b->smmu_pool_end < b->smmu_pmd_start)
		return "the SMMU pools overlap or are not in order";
	return NULL;
}

static const char *refuse(const struct s2t_board *b)
{
	if (b->region_count > S2T_MAX_REGIONS)
		return "more than 31 regions";
	for (uint32_t i = 0; i < b->region_count; i++) {
		const char *why = refuse_region(&b->region[i]);

		if (why)
			return why;
	}
	if (b->corevisor < 1 || b->corevisor > UINT16_MAX)
		return "the vmid of EL2 is not in 1..65535";
	if (b->max_share_count > UINT32_MAX || b->el2_smmu_cfg_size > UINT32_MAX)
		return "a limit on counts does not fit 32 bits";
	return refuse_pools(b);
}

bool s2t_hyp_accepts(const struct s2t_board *board, char *error, size_t error_size)
{
	const char *why = refuse(board);

	if (why && error_size)
		snprintf(error, error_size, "the built-in implementation cannot have this board: %s", why);
	return !why;
}

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

void s2t_hyp_lay_out(struct s2t_el2_layout *layout, const struct s2t_board *board, uint64_t records)
{
	uint64_t vms = board->corevisor + 1;

	layout->locks = 0;
	layout->npt_next = layout->locks + whole_pages(8 * (S2T_HYP_LOCK_NPT + 2 * vms));
	layout->spt_next = layout->npt_next + whole_pages(32 * vms);
	layout->data_log = layout->spt_next + PAGE_BYTES;
	layout->vms = layout->data_log + whole_pages(8 * vms);
	layout->images = layout->vms + whole_pages(S2T_VM_BYTES * vms);
	layout->core = layout->images + whole_pages(S2T_VM_BYTES * vms);
	layout->smmu_banks = layout->core + PAGE_BYTES;
	layout->s2_pages = layout->smmu_banks + PAGE_BYTES;
	layout->end = layout->s2_pages + whole_pages(RECORD_BYTES * records);
}

static int compare_starts(const void *a, const void *b)
{
	const struct s2t_start_record *x = a, *y = b;

	return (x->record > y->record) - (x->record < y->record);
}

bool s2t_hyp_sort_starts(struct s2t_hyp *h)
{
	size_t count = h->board.start_page_count;

	h->starts = 0;
	h->start = malloc((count ? count : 1) * sizeof(*h->start));
	if (!h->start)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct s2t_start_page *page = &h->board.start_page[i];
		uint64_t record = s2t_regions_record(&h->regions, page->pfn);

		if (record == S2T_NOMAP)
			continue;
		h->start[h->starts].record = record;
		h->start[h->starts].page = page->page;
		h->starts++;
	}
	qsort(h->start, h->starts, sizeof(*h->start), compare_starts);
	return true;
}

/* Start values of the words of records: word 0 owner and count, word 1 gfn. `word` counts from s2_pages. */
static void start_records(const struct s2t_hyp *h, uint64_t word, size_t count, uint64_t *words)
{
	const struct s2t_regions *r = &h->regions;
	uint64_t end = word + count;
	size_t low = 0, high = h->starts;

	for (size_t i = 0; i < r->extents; i++) {
		const struct s2t_extent *e = &r->extent[i];
		uint64_t from = 2 * e->record > word ? 2 * e->record : word;
		uint64_t to = 2 * (e->record + e->count) < end ? 2 * (e->record + e->count) : end;

		for (uint64_t w = from | 1; w < to && !h->board.host_gfn_zero; w += 2)
			words[w - word] = e->first + (w / 2 - e->record) + h->board.smmu_host_offset;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->start[middle].record < word / 2)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < h->starts && 2 * h->start[low].record < end; low++) {
		const struct s2t_start_record *s = &h->start[low];

		if (2 * s->record >= word)
			words[2 * s->record - word] = s->page.owner | (uint64_t)s->page.count << 32;
		if (2 * s->record + 1 < end)
			words[2 * s->record + 1 - word] = s->page.gfn;
	}
}

/* Start values of the pool cursors of the VMs: four words each, the last one unused. */
static void start_npt_next(const struct s2t_hyp *h, uint64_t word, size_t count, uint64_t *words)
{
	const uint64_t offset[4] = { h->board.pgd_offset, h->board.pud_offset, h->board.pmd_offset };

	for (size_t i = 0; i < count; i++) {
		uint64_t vmid = (word + i) / 4;
		size_t pool = (size_t)((word + i) % 4);

		if (vmid <= h->board.corevisor && pool < S2T_NPT_POOLS)
			words[i] = s2t_npt_root(&h->board, vmid) + offset[pool];
	}
}

static void start_spt_next(const struct s2t_hyp *h, uint64_t word, size_t count, uint64_t *words)
{
	const uint64_t start[S2T_SPT_POOLS] = { h->board.smmu_pgd_start, h->board.smmu_pmd_start };

	for (size_t i = 0; i < count && word + i < S2T_SPT_POOLS; i++)
		words[i] = start[word + i];
}

static void start_core(const struct s2t_hyp *h, uint64_t word, size_t count, uint64_t *words)
{
	const uint64_t start[S2T_CORE_FIELD_COUNT] = { h->board.next_vmid, h->board.remap_start };

	for (size_t i = 0; i < count && word + i < S2T_CORE_FIELD_COUNT; i++)
		words[i] = start[word + i];
}

/* Start values of the SMMU context banks: all free, each with a root of its own. */
static void start_banks(const struct s2t_hyp *h, uint64_t word, size_t count, uint64_t *words)
{
	for (size_t i = 0; i < count && word + i < 2 * S2T_ALL_BANKS; i++) {
		uint64_t bank = (word + i) / 2;

		words[i] = (word + i) % 2 == 0 ? S2T_BANK_FREE
		                               : h->board.smmu_pool_start + bank * S2T_SMMU_ROOT_BYTES;
	}
}

void s2t_hyp_start_words(const void *hyp, uint64_t addr, size_t count, uint64_t *words)
{
	const struct s2t_hyp *h = hyp;
	const struct s2t_el2_layout *l = &h->layout;

	if (addr >= l->s2_pages)
		start_records(h, (addr - l->s2_pages) / 8, count, words);
	else if (addr >= l->smmu_banks)
		start_banks(h, (addr - l->smmu_banks) / 8, count, words);
	else if (addr >= l->core)
		start_core(h, (addr - l->core) / 8, count, words);
	else if (addr >= l->spt_next && addr < l->data_log)
		start_spt_next(h, (addr - l->spt_next) / 8, count, words);
	else if (addr >= l->npt_next && addr < l->spt_next)
		start_npt_next(h, (addr - l->npt_next) / 8, count, words);
}
