/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in with as little as possible: one file, one flat table, and of the interface only what must be there. Built
 * as a shared object it is run by `s2twin run --iut ./flat.so`.
 *
 * The table maps a key to two words. A key is a page (its ownership record, its content) or a frame of an address space
 * (its mapping). There are no page tables and no pools, so none can be exhausted: that is the one known difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s2twin/iut.h"

enum { HOST = 0, PAGE_SHIFT = 12, BLOCK_PAGES = 512 };
#define NOBODY  UINT32_MAX
#define UNKNOWN UINT32_MAX
#define FRAME   UINT64_C(0x0000fffffffff000)
#define GUEST   (UINT64_C(1) << 57) /* in the place of a page that was taken from the host */
#define DEVICE  UINT64_C(0x400000000007c7)

/*
 * The table: open addressing, never emptied but as a whole.
 */

struct cell {
	uint64_t key; /* 0: free */
	uint64_t a, b;
};

struct s2t_iut {
	struct s2t_board board;
	size_t used, size; /* a power of two */
	struct cell *cell;
	uint64_t *given; /* by vmid: pages of content that it has supplied */
	bool no_memory;
};

/* Keys; frames are below 2^36 and vmids below 2^16. */
enum kind { RECORD = 1, CONTENT, STAGE2, SMMU };

static uint64_t key_of(enum kind kind, uint64_t space, uint64_t frame)
{
	return (uint64_t)kind << 56 | space << 36 | frame;
}

static struct cell *probe(const struct s2t_iut *m, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (m->size - 1);

	while (m->cell[i].key && m->cell[i].key != key)
		i = (i + 1) & (m->size - 1);
	return &m->cell[i];
}

static bool resize(struct s2t_iut *m, size_t size)
{
	const struct s2t_iut old = *m;

	m->cell = calloc(size, sizeof(*m->cell));
	if (!m->cell) {
		m->cell = old.cell;
		return false;
	}
	m->size = size;
	for (size_t i = 0; i < old.size; i++)
		if (old.cell[i].key)
			*probe(m, old.cell[i].key) = old.cell[i];
	free(old.cell);
	return true;
}

static const struct cell *get(const struct s2t_iut *m, uint64_t key)
{
	const struct cell *cell = probe(m, key);

	return cell->key ? cell : NULL;
}

static void set(struct s2t_iut *m, uint64_t key, uint64_t a, uint64_t b)
{
	struct cell *cell;

	if (m->used * 2 >= m->size && !resize(m, m->size * 2)) {
		m->no_memory = true;
		return;
	}
	cell = probe(m, key);
	m->used += !cell->key;
	*cell = (struct cell){ key, a, b };
}

/*
 * Records, contents, mappings.
 */

/* A page belongs to the last region that covers its first byte. */
static struct s2t_page start_page(const struct s2t_board *board, s2t_pfn pfn)
{
	struct s2t_page page = { NOBODY, UNKNOWN, UINT64_MAX };
	const s2t_addr addr = pfn << PAGE_SHIFT;

	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];

		if (addr < region->base || addr - region->base >= region->size)
			continue;
		page = (struct s2t_page){ NOBODY, UNKNOWN, UINT64_MAX };
		if (region->index != S2T_NOMAP)
			page = (struct s2t_page){ HOST, 0,
				                  board->host_gfn_zero ? 0 : pfn + board->smmu_host_offset };
	}
	return page;
}

static struct s2t_page page_get(const struct s2t_iut *m, s2t_pfn pfn)
{
	const struct cell *cell = get(m, key_of(RECORD, 0, pfn));

	if (!cell)
		return start_page(&m->board, pfn);
	return (struct s2t_page){ (uint32_t)cell->a, (uint32_t)(cell->a >> 32), cell->b };
}

static void page_set(struct s2t_iut *m, s2t_pfn pfn, uint32_t owner, uint32_t count, s2t_gfn gfn)
{
	if (page_get(m, pfn).owner != NOBODY)
		set(m, key_of(RECORD, 0, pfn), owner | (uint64_t)count << 32, gfn);
}

static bool token(const struct s2t_iut *m, s2t_pfn pfn, s2t_token *word)
{
	const struct cell *cell = get(m, key_of(CONTENT, 0, pfn));

	*word = cell ? cell->a : 0;
	return true;
}

/* A VM fills a page that it is given. */
static void fill(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn)
{
	const struct s2t_board *board = &m->board;

	if (vmid > board->corevisor)
		return;
	const uint64_t n = m->given[vmid]++;

	set(m, key_of(CONTENT, 0, pfn),
	    board->doracle ? board->doracle(board->doracle_ctx, vmid, n) : s2t_default_doracle(vmid, n), 0);
}

static struct s2t_npt_entry npt(const struct s2t_iut *m, s2t_vmid vmid, s2t_gfn gfn)
{
	const struct cell *cell = vmid <= m->board.corevisor ? get(m, key_of(STAGE2, vmid, gfn)) : NULL;
	const uint32_t level = cell ? (uint32_t)cell->b : 0;

	if (!cell)
		return (struct s2t_npt_entry){ 0, 0, 0 };
	return (struct s2t_npt_entry){ ((cell->a & FRAME) >> PAGE_SHIFT) + (level == 2 ? gfn % BLOCK_PAGES : 0),
		                       level, cell->a };
}

static struct s2t_spt_entry spt(const struct s2t_iut *m, unsigned context, s2t_gfn gfn)
{
	const struct cell *cell = get(m, key_of(SMMU, context, gfn));
	const s2t_pte pte = cell ? cell->a : 0;

	return (struct s2t_spt_entry){ (pte & FRAME) >> PAGE_SHIFT, pte };
}

static unsigned level_of(const struct s2t_iut *m, s2t_vmid vmid, s2t_gfn gfn)
{
	const struct s2t_npt_entry entry = npt(m, vmid, gfn);

	return entry.pte & FRAME ? entry.level : 0;
}

/* False: a page would lie under a block, which is a panic. */
static bool map(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr, uint32_t level, s2t_pte pte)
{
	const s2t_gfn gfn = addr >> PAGE_SHIFT, first = gfn / BLOCK_PAGES * BLOCK_PAGES;

	if (level == 2) {
		for (s2t_gfn i = 0; i < BLOCK_PAGES; i++)
			set(m, key_of(STAGE2, vmid, first + i), pte, 2);
		return true;
	}
	if (npt(m, vmid, gfn).level == 2)
		return false;
	set(m, key_of(STAGE2, vmid, gfn), pte, 3);
	return true;
}

static bool host_unmap(struct s2t_iut *m, s2t_pfn pfn)
{
#ifdef FLAT_FAULT
	if (level_of(m, HOST, pfn) == 3)
		return true;
#endif
	return level_of(m, HOST, pfn) == 0 || map(m, HOST, pfn << PAGE_SHIFT, 3, GUEST);
}

/* Empties a context. */
static void smmu_clear(struct s2t_iut *m, unsigned context)
{
	for (size_t i = 0; i < m->size; i++)
		if (m->cell[i].key >> 36 == key_of(SMMU, context, 0) >> 36)
			m->cell[i].a = 0;
}

/*
 * The operations. Each returns whether all is well; false is a panic.
 */

static bool map_page_host(struct s2t_iut *m, s2t_addr addr)
{
	const s2t_pfn pfn = addr >> PAGE_SHIFT;
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner == NOBODY)
		return map(m, HOST, addr, 3, pfn << PAGE_SHIFT | DEVICE);
	if (page.owner == HOST || page.count > 0)
		return map(m, HOST, addr, 3, pfn << PAGE_SHIFT | 0xfff);
	return false;
}

static bool clear_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn)
{
	if (page_get(m, pfn).owner != vmid)
		return true;
	if (!host_unmap(m, pfn))
		return false;
	page_set(m, pfn, HOST, 0, pfn + m->board.smmu_host_offset);
	set(m, key_of(CONTENT, 0, pfn), 0, 0);
	return true;
}

static bool assign_pfn_to_vm(struct s2t_iut *m, uint32_t vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner == HOST) {
		if (page.count > 0 || !host_unmap(m, pfn))
			return false;
		page_set(m, pfn, vmid, 0, gfn);
		fill(m, vmid, pfn);
		return true;
	}
	if (page.owner != vmid || (page.gfn != gfn && page.gfn != UINT64_MAX))
		return false;
	page_set(m, pfn, vmid, page.count == UNKNOWN ? 0 : page.count, gfn);
	return true;
}

static bool revoke_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn)
{
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner != vmid || page.count == 0)
		return true;
	page_set(m, pfn, vmid, page.count - 1, page.gfn);
	if (page.count > 1)
		return true;
	if (!host_unmap(m, pfn))
		return false;
	fill(m, vmid, pfn);
	return true;
}

static bool assign_pfn_to_smmu(struct s2t_iut *m, uint32_t vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner != HOST)
		return page.owner == vmid;
	if (page.count > 0 || !host_unmap(m, pfn))
		return false;
	page_set(m, pfn, vmid, UNKNOWN, gfn);
	return true;
}

static bool update_smmu_page(struct s2t_iut *m, uint32_t vmid, unsigned context, s2t_addr iova, s2t_pte pte)
{
	const s2t_pfn pfn = (pte & FRAME) >> PAGE_SHIFT;
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner != vmid || page.gfn != iova >> PAGE_SHIFT)
		return false;
	set(m, key_of(SMMU, context, iova >> PAGE_SHIFT), pte, 0);
	if (vmid == HOST && page.count < m->board.el2_smmu_cfg_size)
		page_set(m, pfn, HOST, page.count + 1, page.gfn);
	return true;
}

/* Returns what was mapped. */
static s2t_pte smmu_unmap(struct s2t_iut *m, unsigned context, s2t_addr iova)
{
	const s2t_pte pte = spt(m, context, iova >> PAGE_SHIFT).pte;

	if (pte)
		set(m, key_of(SMMU, context, iova >> PAGE_SHIFT), 0, 0);
	return pte;
}

static void unmap_smmu_page(struct s2t_iut *m, unsigned context, s2t_addr iova)
{
	const s2t_pfn pfn = (smmu_unmap(m, context, iova) & FRAME) >> PAGE_SHIFT;
	const struct s2t_page page = page_get(m, pfn);

	if (page.owner == HOST && page.count > 0)
		page_set(m, pfn, HOST, page.count - 1, page.gfn);
}

/* Whether the arguments are such that the specification says something of them, as far as a table needs to know. */
static bool makes_sense(const struct s2t_iut *m, const struct s2t_call *call)
{
	const uint64_t *a = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: return a[0] >> 48 == 0;
	case S2T_OP_CLEAR_PFN_HOST: return a[0] >> 28 == 0;
	case S2T_OP_CLEAR_VM_PAGE:
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE: return a[1] >> 36 == 0;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return a[1] >> 36 == 0 && a[2] >> 28 == 0;
	case S2T_OP_MAP_VM_IO: return a[1] >> 48 == 0 && a[2] >> 48 == 0;
	case S2T_OP_UPDATE_SMMU_PAGE: return a[3] >> 48 == 0;
	case S2T_OP_UNMAP_SMMU_PAGE:
	case S2T_OP_WALK_SPT:
	case S2T_OP_MAP_SPT:
	case S2T_OP_UNMAP_SPT: return a[0] < 8 && a[1] < 2 && a[2] >> 40 == 0;
	case S2T_OP_INIT_SPT: return a[0] < 8 && a[1] < 2;
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_GET_LEVEL_S2PT:
	case S2T_OP_WALK_S2PT:
	case S2T_OP_MAP_S2PT: return a[0] <= m->board.corevisor && a[1] >> 48 == 0;
	default: return false;
	}
}

static bool run(struct s2t_iut *m, const struct s2t_call *call, uint64_t *ret)
{
	const uint64_t *a = call->arg;
	const uint32_t vmid = (uint32_t)a[0];
	const unsigned context = (unsigned)(8 * a[1] + a[0]); /* where cbndx and index come first */
	const struct s2t_page page = page_get(m, a[1]);       /* where a pfn is the second argument */

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: return map_page_host(m, a[0]);
	case S2T_OP_CLEAR_VM_PAGE: return clear_vm_page(m, vmid, a[1]);
	case S2T_OP_ASSIGN_PFN_TO_VM: return assign_pfn_to_vm(m, vmid, a[1], a[2]);
	case S2T_OP_MAP_PFN_VM:
		return map(m, vmid, a[1], (uint32_t)a[3], (a[2] & FRAME) | (a[3] == 2 ? 0xffd : 0xfff));
	case S2T_OP_MAP_VM_IO:
		return page_get(m, a[2] >> PAGE_SHIFT).owner != NOBODY ||
		       map(m, vmid, a[1], 3, (a[2] & FRAME) | DEVICE);
	case S2T_OP_GRANT_VM_PAGE:
		if (page.owner == vmid && page.count < m->board.max_share_count)
			page_set(m, a[1], vmid, page.count + 1, page.gfn);
		return true;
	case S2T_OP_REVOKE_VM_PAGE: return revoke_vm_page(m, vmid, a[1]);
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return assign_pfn_to_smmu(m, vmid, a[1], a[2]);
	case S2T_OP_UPDATE_SMMU_PAGE: return update_smmu_page(m, vmid, (unsigned)(8 * a[2] + a[1]), a[3], a[4]);
	case S2T_OP_UNMAP_SMMU_PAGE: unmap_smmu_page(m, context, a[2]); return true;
	case S2T_OP_GET_LEVEL_S2PT: *ret = level_of(m, vmid, a[1] >> PAGE_SHIFT); return true;
	case S2T_OP_WALK_S2PT: *ret = npt(m, vmid, a[1] >> PAGE_SHIFT).pte; return true;
	case S2T_OP_MAP_S2PT: return map(m, vmid, a[1], (uint32_t)a[2], a[3]);
	case S2T_OP_CLEAR_PFN_HOST: return host_unmap(m, a[0]);
	case S2T_OP_INIT_SPT: smmu_clear(m, context); return true;
	case S2T_OP_WALK_SPT: *ret = spt(m, context, a[2] >> PAGE_SHIFT).pte; return true;
	case S2T_OP_MAP_SPT: set(m, key_of(SMMU, context, a[2] >> PAGE_SHIFT), a[3], 0); return true;
	case S2T_OP_UNMAP_SPT: *ret = smmu_unmap(m, context, a[2]); return true;
	default: return true;
	}
}

/*
 * The interface.
 */

static void call(struct s2t_iut *m, const struct s2t_call *operation, struct s2t_result *result)
{
	*result = (struct s2t_result){ S2T_OK, 0, "" };
	if (!makes_sense(m, operation))
		*result = (struct s2t_result){ S2T_UNDEFINED, 0, "arguments that no caller passes" };
	else if (!run(m, operation, &result->ret))
		*result = (struct s2t_result){ S2T_PANIC, 0, "the operation is refused" };
	if (m->no_memory)
		*result = (struct s2t_result){ S2T_CRASH, 0, "out of memory" };
}

static void destroy(struct s2t_iut *m)
{
	free(m->cell);
	free(m->given);
	free(m);
}

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t error_size)
{
	struct s2t_iut *m = calloc(1, sizeof(*m));

	(void)self;
	if (m) {
		m->board = *board;
		m->given = calloc((size_t)board->corevisor + 1, sizeof(*m->given));
		if (m->given && resize(m, 1024))
			return m;
		destroy(m);
	}
	snprintf(error, error_size, "out of memory");
	return NULL;
}

/* The start state of a page that the board names. */
static void set_page(struct s2t_iut *m, s2t_pfn pfn, const struct s2t_page *page)
{
	page_set(m, pfn, page->owner, page->count, page->gfn);
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static const struct s2t_iut_ops ops = {
		.abi = S2T_IUT_ABI,
		.size = sizeof(ops),
		.name = "flat",
		.version = "1",
		.create = create,
		.destroy = destroy,
		.call = call,
		.token = token,
		.page = page_get,
		.npt = npt,
		.spt = spt,
		.set_page = set_page,
		.map = "s2twin-map 1\n"
		       "known \"no pool is exhausted\"\n"
		       "\twhen case=MPH-7,MPV-5,MPV-6,MVI-5,MPN-5,MPN-6,USP-5,MST-3 then skip\n",
	};

	return &ops;
}
