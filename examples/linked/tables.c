/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the manager: one table of cells for records, contents, mappings, and the tables that exist. */
#include <string.h>

#include "memory.h"

enum { PAGE_SHIFT = 12, TABLE_BYTES = 4096 };
#define FRAME 0x0000fffffffff000ULL
#define GUEST (1ULL << 57) /* in the place of a page that was taken from the host */

_Thread_local struct memory *mem;

/* Keys: a kind, a space (a VM, or a context and its generation), a number of 36 bits at most. */
enum kind { RECORD = 1, CONTENT, PAGE, BLOCK, IO_PAGE, VM_TABLE, SMMU_TABLE = VM_TABLE + 3 };

static u64 key_of(unsigned kind, u64 space, u64 number)
{
	return (u64)kind << 60 | space << 36 | number;
}

static struct cell *probe(u64 key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 32) & (MAX_CELLS - 1);

	while (mem->cell[i].key && mem->cell[i].key != key)
		i = (i + 1) & (MAX_CELLS - 1);
	return &mem->cell[i];
}

static const struct cell *find(u64 key)
{
	const struct cell *cell = probe(key);

	return cell->key ? cell : NULL;
}

static void put(u64 key, u64 a, u64 b)
{
	struct cell *cell = probe(key);

	if (!cell->key && mem->cells > MAX_CELLS * 3 / 4) {
		mem->full = true;
		return;
	}
	mem->cells += !cell->key;
	*cell = (struct cell){ key, a, b };
}

void memory_reset(void)
{
	memset(mem->cell, 0, sizeof(mem->cell));
	memset(mem->vm_used, 0, sizeof(mem->vm_used));
	memset(mem->smmu_used, 0, sizeof(mem->smmu_used));
	memset(mem->given, 0, sizeof(mem->given));
	memset(mem->generation, 0, sizeof(mem->generation));
	mem->cells = 0;
	mem->full = false;
	mem->locked = 0;
}

/*
 * Locks. One CPU only, so a lock that is held stays held.
 */

static void lock(u32 id)
{
	mem->locked |= 1ULL << id;
}

static void unlock(u32 id)
{
	mem->locked &= ~(1ULL << id);
}

bool is_locked(u32 id)
{
	return id < 64 && (mem->locked >> id & 1);
}

void acquire_lock_s2page(void)
{
	lock(2);
}

void release_lock_s2page(void)
{
	unlock(2);
}

/*
 * Records and contents.
 */

static struct s2_page start_page(u64 pfn)
{
	const u64 addr = pfn << PAGE_SHIFT;

	for (u32 i = mem->regions; i-- > 0;) {
		const struct region *region = &mem->region[i];

		if (addr < region->base || addr - region->base >= region->size)
			continue;
		if (!region->ram)
			break;
		return (struct s2_page){ HOSTVISOR, 0, mem->host_gfn_zero ? 0 : pfn + mem->host_offset };
	}
	return (struct s2_page){ INVALID, INVALID, INVALID64 };
}

struct s2_page get_page(u64 pfn)
{
	const struct cell *cell = find(key_of(RECORD, 0, pfn));

	return cell ? (struct s2_page){ (u32)cell->a, (u32)(cell->a >> 32), cell->b } : start_page(pfn);
}

void set_page(u64 pfn, struct s2_page page)
{
	if (get_page(pfn).owner != INVALID)
		put(key_of(RECORD, 0, pfn), page.owner | (u64)page.count << 32, page.gfn);
}

u64 get_content(u64 pfn)
{
	const struct cell *cell = find(key_of(CONTENT, 0, pfn));

	return cell ? cell->a : 0;
}

void clear_phys_page(u64 pfn)
{
	put(key_of(CONTENT, 0, pfn), 0, 0);
}

void fetch_from_doracle(u32 vmid, u64 pfn)
{
	if (vmid < MAX_VMS)
		put(key_of(CONTENT, 0, pfn), 0xdaULL << 56 | (u64)vmid << 40 | mem->given[vmid]++, 0);
}

/*
 * Tables. They are only counted: which would have to exist, and how much of its pool each level has used.
 */

/* Takes what is missing on the way down, `levels` of them, from the pools; all of it or nothing. */
static bool take_tables(unsigned kind, u64 space, u64 addr, unsigned top, unsigned levels, u64 *used,
                        const u64 *limit)
{
	u64 key[3];
	bool missing[3];

	for (unsigned i = 0; i < levels; i++) {
		key[i] = key_of(kind + i, space, addr >> (top - 9 * i));
		missing[i] = !find(key[i]);
		if (used[i] + (missing[i] ? TABLE_BYTES : 0) > limit[i])
			return false;
	}
	for (unsigned i = 0; i < levels; i++)
		if (missing[i]) {
			put(key[i], 1, 0);
			used[i] += TABLE_BYTES;
		}
	return true;
}

u64 read_s2pt(u32 vmid, u64 addr, u32 *level)
{
	const struct cell *block = find(key_of(BLOCK, vmid, addr >> 21));
	const struct cell *page = block ? NULL : find(key_of(PAGE, vmid, addr >> PAGE_SHIFT));

	*level = block ? 2 : page ? 3 : 0;
	return block ? block->a : page ? page->a : 0;
}

static void local_map(u32 vmid, u64 addr, u32 level, u64 pte)
{
	u32 now;

	(void)read_s2pt(vmid, addr, &now);
	if (level != 2 && now == 2)
		panic("a page is mapped under a block");
	if (!take_tables(VM_TABLE, vmid, addr, 39, level == 2 ? 2 : 3, mem->vm_used[vmid], mem->vm_limit))
		panic("a pool of the VM is exhausted");
	if (level == 2)
		put(key_of(BLOCK, vmid, addr >> 21), pte, 0);
	else
		put(key_of(PAGE, vmid, addr >> PAGE_SHIFT), pte, 0);
}

u32 get_level_s2pt(u32 vmid, u64 addr)
{
	u32 level;

	return read_s2pt(vmid, addr, &level) & FRAME ? level : 0;
}

u64 walk_s2pt(u32 vmid, u64 addr)
{
	u32 level;

	return read_s2pt(vmid, addr, &level);
}

void map_s2pt(u32 vmid, u64 addr, u32 level, u64 pte)
{
	lock(5 + vmid);
	local_map(vmid, addr, level, pte);
	unlock(5 + vmid);
}

void clear_pfn_host(u64 pfn)
{
	const u64 addr = pfn << PAGE_SHIFT;

	lock(5 + HOSTVISOR);
	if (get_level_s2pt(HOSTVISOR, addr) != 0)
		local_map(HOSTVISOR, addr, 3, GUEST);
	unlock(5 + HOSTVISOR);
}

/* A context that was emptied is another space: nothing of what it held before is found. */
static u64 space_of(u32 context)
{
	return (u64)context | (u64)mem->generation[context] << 4;
}

u64 read_spt(u32 context, u64 iova)
{
	const struct cell *cell = find(key_of(IO_PAGE, space_of(context), iova >> PAGE_SHIFT));

	return cell ? cell->a : 0;
}

void init_spt(u32 cbndx, u32 index)
{
	mem->generation[8 * index + cbndx]++;
}

u64 walk_spt(u32 cbndx, u32 index, u64 addr)
{
	return read_spt(8 * index + cbndx, addr);
}

void map_spt(u32 cbndx, u32 index, u64 addr, u64 pte)
{
	const u64 space = space_of(8 * index + cbndx);

	lock(3);
	if (!take_tables(SMMU_TABLE, space, addr, 30, 2, mem->smmu_used, mem->smmu_limit))
		panic("a pool of the SMMU is exhausted");
	put(key_of(IO_PAGE, space, addr >> PAGE_SHIFT), pte, 0);
	unlock(3);
}

u64 unmap_spt(u32 cbndx, u32 index, u64 addr)
{
	const u64 pte = read_spt(8 * index + cbndx, addr);

	if (pte)
		put(key_of(IO_PAGE, space_of(8 * index + cbndx), addr >> PAGE_SHIFT), 0, 0);
	return pte;
}
