/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes a board legal (DESIGN section 7, "Refused as a board"). Everything is decided on intervals of
 * pages, so a board of 64 GiB costs as much as one of 64 KiB.
 */
#include "boards.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE          UINT64_C(4096)
#define RECORD_COUNT  (UINT64_C(1) << 24) /* MAX_S2PAGE_NUM: records are numbered below it */
#define ADDR_SPACE    (UINT64_C(1) << 48) /* KVM_ADDR_SPACE: what is_addr allows */
#define PHYS_SPACE    (UINT64_C(1) << 40) /* KVM_PHYS_SIZE: what is_paddr allows, and simulated memory has */
#define MAX_COREVISOR UINT64_C(65535)
#define SMMU_ROOTS    (16 * UINT64_C(8192)) /* 2 SMMUs of 8 contexts, root tables of two pages */

#define KEY(id) (UINT64_C(1) << S2T_KEY_##id)

/* Page numbers are below 2^36. */
#define MAX_HOST_OFFSET (UINT64_MAX - ((UINT64_C(1) << 36) - 1))

/* Where a check of one board puts its verdict. */
struct verdict {
	const struct s2t_board *board;
	struct s2t_fault *fault;
	struct s2t_error *error;
};

static bool refuse(struct verdict *v, struct s2t_fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool refuse(struct verdict *v, struct s2t_fault fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(v->error->text, sizeof(v->error->text), format, args);
	va_end(args);
	v->error->resource = false;
	if (v->fault != NULL)
		*v->fault = fault;
	return false;
}

static struct s2t_fault keys(uint64_t mask)
{
	return (struct s2t_fault){ .what = S2T_FAULT_KEYS, .keys = mask };
}

static struct s2t_fault region(size_t index)
{
	return (struct s2t_fault){ .what = S2T_FAULT_REGION, .index = index };
}

static bool check_limits(struct verdict *v)
{
	const struct s2t_board *b = v->board;

	if (b->corevisor < 1 || b->corevisor > MAX_COREVISOR)
		return refuse(v, keys(KEY(COREVISOR)), "corevisor is %" PRIu64 "; it must be 1 to 65535",
		              b->corevisor);
	if (b->max_share_count > UINT32_MAX)
		return refuse(v, keys(KEY(MAX_SHARE_COUNT)),
		              "max_share_count is 0x%" PRIx64
		              "; counts have 32 bits, so it is at most 0xffffffff",
		              b->max_share_count);
	if (b->el2_smmu_cfg_size > UINT32_MAX)
		return refuse(v, keys(KEY(EL2_SMMU_CFG_SIZE)),
		              "el2_smmu_cfg_size is 0x%" PRIx64
		              "; counts have 32 bits, so it is at most 0xffffffff",
		              b->el2_smmu_cfg_size);
	if (b->smmu_host_offset > MAX_HOST_OFFSET)
		return refuse(
			v, keys(KEY(SMMU_HOST_OFFSET)),
			"smmu_host_offset is 0x%" PRIx64
			"; the gfn of a host page, pfn + smmu_host_offset, must fit 64 bits, so it is at most "
			"0x%" PRIx64,
			b->smmu_host_offset, MAX_HOST_OFFSET);
	return true;
}

/* One boundary of a chain of pools: a multiple of 4096, and not below the one before. */
struct boundary {
	enum s2t_key key;
	uint64_t value;
};

static bool check_chain(struct verdict *v, const struct boundary *chain, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (chain[i].value % PAGE != 0)
			return refuse(v, keys(UINT64_C(1) << chain[i].key),
			              "%s is 0x%" PRIx64 ", which is not a multiple of 4096",
			              s2t_key_table[chain[i].key].name, chain[i].value);
	}
	for (size_t i = 1; i < count; i++) {
		if (chain[i].value < chain[i - 1].value)
			return refuse(v, keys(UINT64_C(1) << chain[i].key | UINT64_C(1) << chain[i - 1].key),
			              "%s is 0x%" PRIx64 ", below %s, which is 0x%" PRIx64
			              "; each pool ends where the next begins",
			              s2t_key_table[chain[i].key].name, chain[i].value,
			              s2t_key_table[chain[i - 1].key].name, chain[i - 1].value);
	}
	return true;
}

/* The hypercall layer. Any number will do for smmu_pte_bits and the numbers of calls. */
static bool check_hypercalls(struct verdict *v)
{
	const struct s2t_board *b = v->board;
	const struct boundary window[] = { { S2T_KEY_REMAP_START, b->remap_start },
		                           { S2T_KEY_REMAP_END, b->remap_end } };
	const struct boundary registers[] = { { S2T_KEY_SMMU_BASE, b->smmu_base } };

	if (b->next_vmid > b->corevisor + 1)
		return refuse(v, keys(KEY(NEXT_VMID) | KEY(COREVISOR)),
		              "next_vmid is %" PRIu64 "; it is at most corevisor + 1, which is %" PRIu64,
		              b->next_vmid, b->corevisor + 1);
	if (!check_chain(v, window, 2) || !check_chain(v, registers, 1))
		return false;
	if (b->remap_end > ADDR_SPACE)
		return refuse(v, keys(KEY(REMAP_END)), "remap_end is 0x%" PRIx64 ", beyond 2^48", b->remap_end);
	if (b->smmu_num > 2)
		return refuse(v, keys(KEY(SMMU_NUM)), "smmu_num is %" PRIu64 "; there are at most 2 SMMUs",
		              b->smmu_num);
	if (b->smmu_base > ADDR_SPACE || b->smmu_size > (ADDR_SPACE - b->smmu_base) / 2)
		return refuse(v, keys(KEY(SMMU_BASE) | KEY(SMMU_SIZE)),
		              "the registers of two SMMUs, each 0x%" PRIx64 " bytes from 0x%" PRIx64
		              " on, end beyond 2^48",
		              b->smmu_size, b->smmu_base);
	if (b->smmu_context_banks > 8)
		return refuse(v, keys(KEY(SMMU_CONTEXT_BANKS)),
		              "smmu_context_banks is %" PRIu64 "; an SMMU has at most 8",
		              b->smmu_context_banks);
	if (b->vm_fault_min < 1)
		return refuse(v, keys(KEY(VM_FAULT_MIN)),
		              "vm_fault_min is 0, which stands for no fault; it is at least 1");
	return true;
}

static bool check_stage2_pools(struct verdict *v)
{
	const struct s2t_board *b = v->board;
	const struct boundary start = { S2T_KEY_PT_POOL_START, b->pt_pool_start };
	const struct boundary chain[] = {
		{ S2T_KEY_PGD_OFFSET, b->pgd_offset },
		{ S2T_KEY_PUD_OFFSET, b->pud_offset },
		{ S2T_KEY_PMD_OFFSET, b->pmd_offset },
		{ S2T_KEY_PT_POOL_PER_VM, b->pt_pool_per_vm },
	};

	if (!check_chain(v, &start, 1))
		return false;
	if (b->pgd_offset < PAGE)
		return refuse(v, keys(KEY(PGD_OFFSET)),
		              "pgd_offset is 0x%" PRIx64
		              ", inside the root table, which is the first 0x1000 bytes of each pool",
		              b->pgd_offset);
	if (!check_chain(v, chain, sizeof(chain) / sizeof(chain[0])))
		return false;
	if (b->pt_pool_start > ADDR_SPACE ||
	    b->pt_pool_per_vm > (ADDR_SPACE - b->pt_pool_start) / (b->corevisor + 1))
		return refuse(v, keys(KEY(PT_POOL_START) | KEY(PT_POOL_PER_VM) | KEY(COREVISOR)),
		              "the stage-2 pools of vmid 0 to %" PRIu64
		              " end beyond 2^48 (pt_pool_start 0x%" PRIx64 ", pt_pool_per_vm 0x%" PRIx64 ")",
		              b->corevisor, b->pt_pool_start, b->pt_pool_per_vm);
	return true;
}

static bool check_smmu_pools(struct verdict *v)
{
	const struct s2t_board *b = v->board;
	const struct boundary start = { S2T_KEY_SMMU_POOL_START, b->smmu_pool_start };
	const struct boundary chain[] = {
		{ S2T_KEY_SMMU_PGD_START, b->smmu_pgd_start },
		{ S2T_KEY_SMMU_PMD_START, b->smmu_pmd_start },
		{ S2T_KEY_SMMU_POOL_END, b->smmu_pool_end },
	};

	if (!check_chain(v, &start, 1) || !check_chain(v, chain, sizeof(chain) / sizeof(chain[0])))
		return false;
	if (b->smmu_pgd_start < b->smmu_pool_start || b->smmu_pgd_start - b->smmu_pool_start < SMMU_ROOTS)
		return refuse(v, keys(KEY(SMMU_POOL_START) | KEY(SMMU_PGD_START)),
		              "smmu_pgd_start is 0x%" PRIx64
		              ", below the end of the 16 SMMU roots of 8192 bytes that "
		              "begin at smmu_pool_start, 0x%" PRIx64,
		              b->smmu_pgd_start, b->smmu_pool_start);
	if (b->smmu_pool_end > ADDR_SPACE)
		return refuse(v, keys(KEY(SMMU_POOL_END)), "smmu_pool_end is 0x%" PRIx64 ", beyond 2^48",
		              b->smmu_pool_end);
	return true;
}

/* The pages of a region: those whose address k * 4096 lies in it. The partial first page of a misaligned
 * region is not one of them. Page `first` has the record `index`, the next one the next. */
struct pages {
	s2t_pfn first, end;
};

static struct pages pages_of(const struct s2t_region *r)
{
	return (struct pages){ (r->base + PAGE - 1) / PAGE, (r->base + r->size + PAGE - 1) / PAGE };
}

static bool check_region_list(struct verdict *v)
{
	const struct s2t_board *b = v->board;

	if (b->region_count > S2T_MAX_REGIONS)
		return refuse(v, keys(KEY(REGION)), "%" PRIu32 " regions; a board has at most %d",
		              b->region_count, S2T_MAX_REGIONS);
	for (size_t i = 0; i < b->region_count; i++) {
		const struct s2t_region *r = &b->region[i];
		struct pages pages;

		if (r->base >= ADDR_SPACE || r->size >= ADDR_SPACE - r->base)
			return refuse(v, region(i),
			              "region 0x%" PRIx64 ":0x%" PRIx64
			              " does not end below 2^48, as every address must",
			              r->base, r->size);
		pages = pages_of(r);
		if (r->index == S2T_NOMAP)
			continue;
		if (r->index >= RECORD_COUNT || pages.end - pages.first > RECORD_COUNT - r->index)
			return refuse(v, region(i),
			              "region 0x%" PRIx64 ":0x%" PRIx64 ":0x%" PRIx64
			              " numbers its pages beyond 2^24, which is as many records as there are",
			              r->base, r->size, r->index);
	}
	return true;
}

/* A run of pages that one region decides, with the records that they have. */
struct run {
	s2t_pfn first;
	uint64_t record, count;
	size_t region;
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int by_record(const void *a, const void *b)
{
	return by_number(&((const struct run *)a)->record, &((const struct run *)b)->record);
}

/* Between two neighbouring region edges all pages have the same last region. */
static size_t indexed_runs(const struct s2t_board *b, struct run *runs)
{
	s2t_pfn edge[2 * S2T_MAX_REGIONS];
	size_t edges = 0, count = 0;

	for (size_t i = 0; i < b->region_count; i++) {
		struct pages pages = pages_of(&b->region[i]);

		edge[edges++] = pages.first;
		edge[edges++] = pages.end;
	}
	qsort(edge, edges, sizeof(edge[0]), by_number);
	for (size_t e = 0; e + 1 < edges; e++) {
		size_t last = b->region_count;
		struct pages pages = { 0 };

		while (last > 0) {
			pages = pages_of(&b->region[last - 1]);
			if (pages.first <= edge[e] && edge[e + 1] <= pages.end)
				break;
			last--;
		}
		if (edge[e] == edge[e + 1] || last == 0 || b->region[last - 1].index == S2T_NOMAP)
			continue;
		runs[count++] = (struct run){ edge[e], b->region[last - 1].index + (edge[e] - pages.first),
			                      edge[e + 1] - edge[e], last - 1 };
	}
	return count;
}

static bool check_records(struct verdict *v)
{
	struct run runs[2 * S2T_MAX_REGIONS];
	size_t count = indexed_runs(v->board, runs);

	qsort(runs, count, sizeof(runs[0]), by_record);
	for (size_t i = 0; i + 1 < count; i++) {
		const struct run *low = &runs[i], *high = &runs[i + 1];

		if (high->record - low->record < low->count)
			return refuse(v, region(low->region > high->region ? low->region : high->region),
			              "pages 0x%" PRIx64 " and 0x%" PRIx64 " would share record 0x%" PRIx64
			              "; give the regions indices further apart",
			              low->first + (high->record - low->record), high->first, high->record);
	}
	return true;
}

static int by_pfn(const void *a, const void *b)
{
	const s2t_pfn x = *(const s2t_pfn *)a, y = *(const s2t_pfn *)b;

	return (x > y) - (x < y);
}

/* A page given twice: the parser points at the second line itself, so this is for boards made in C. */
static bool check_start_pages_differ(struct verdict *v)
{
	const struct s2t_board *b = v->board;
	bool good = true;

	if (b->start_page_count == 0)
		return true;
	s2t_pfn *pfn = malloc(b->start_page_count * sizeof(*pfn));

	if (!pfn) {
		refuse(v, keys(0), "not enough memory to check %zu pages", b->start_page_count);
		v->error->resource = true;
		return false;
	}
	for (size_t i = 0; i < b->start_page_count; i++)
		pfn[i] = b->start_page[i].pfn;
	qsort(pfn, b->start_page_count, sizeof(*pfn), by_pfn);
	for (size_t i = 1; good && i < b->start_page_count; i++)
		if (pfn[i] == pfn[i - 1])
			good = refuse(v, keys(0), "page 0x%" PRIx64 " is given twice", pfn[i]);
	free(pfn);
	return good;
}

static bool check_start_pages(struct verdict *v)
{
	const struct s2t_board *b = v->board;

	for (size_t i = 0; i < b->start_page_count; i++) {
		const struct s2t_start_page *p = &b->start_page[i];

		if (s2t_board_record_of(b, p->pfn) == S2T_NOMAP)
			return refuse(v, (struct s2t_fault){ .what = S2T_FAULT_PAGE, .index = i },
			              "page 0x%" PRIx64
			              " has no ownership record: no region with an index covers it",
			              p->pfn);
		if (p->page.owner > b->corevisor)
			return refuse(v, (struct s2t_fault){ .what = S2T_FAULT_OWNER, .index = i },
			              "page 0x%" PRIx64 " has owner 0x%" PRIx32
			              ", above corevisor, which is %" PRIu64,
			              p->pfn, p->page.owner, b->corevisor);
	}
	return true;
}

bool s2t_board_check_at(const struct s2t_board *board, struct s2t_fault *fault, struct s2t_error *error)
{
	struct verdict v = { board, fault, error };

	return check_limits(&v) && check_stage2_pools(&v) && check_smmu_pools(&v) && check_hypercalls(&v) &&
	       check_region_list(&v) && check_records(&v) && check_start_pages(&v) &&
	       check_start_pages_differ(&v);
}

bool s2t_board_check(const struct s2t_board *board, struct s2t_error *error)
{
	return s2t_board_check_at(board, NULL, error);
}

bool s2t_board_check_physical_at(const struct s2t_board *b, struct s2t_fault *fault, struct s2t_error *error)
{
	struct verdict v = { b, fault, error };

	for (size_t i = 0; i < b->region_count; i++) {
		const struct s2t_region *r = &b->region[i];

		if (r->base + r->size > PHYS_SPACE)
			return refuse(
				&v, region(i),
				"region 0x%" PRIx64 ":0x%" PRIx64
				" ends beyond 2^40, and an implementation has 40 bits of memory (`s2twin eval` takes it)",
				r->base, r->size);
	}
	if (b->pt_pool_start + b->pt_pool_per_vm * (b->corevisor + 1) > PHYS_SPACE)
		return refuse(&v, keys(KEY(PT_POOL_START) | KEY(PT_POOL_PER_VM) | KEY(COREVISOR)),
		              "the stage-2 pools end beyond 2^40, and an implementation has 40 bits of memory "
		              "(`s2twin eval` takes it)");
	if (b->smmu_pool_end > PHYS_SPACE)
		return refuse(&v, keys(KEY(SMMU_POOL_END)),
		              "the SMMU pools end beyond 2^40, and an implementation has 40 bits of memory "
		              "(`s2twin eval` takes it)");
	return true;
}

bool s2t_board_check_physical(const struct s2t_board *board, struct s2t_error *error)
{
	return s2t_board_check_physical_at(board, NULL, error);
}

bool s2t_board_is_good(const struct s2t_board *board, char *error, size_t error_size)
{
	struct s2t_error why;

	if (s2t_board_check(board, &why) && s2t_board_check_physical(board, &why))
		return true;
	if (error_size > 0)
		snprintf(error, error_size, "%s", why.text);
	return false;
}
