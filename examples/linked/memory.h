/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A memory manager as it stands in a hypervisor: functions without a machine among their arguments, names without a
 * prefix, a panic that does not return. It knows nothing of s2twin; plugin.c puts it under test.
 *
 * What would be global variables is one struct behind one pointer, so that several machines can live in one process.
 */
#ifndef LINKED_MEMORY_H
#define LINKED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;

enum {
	MAX_REGIONS = 32,
	MAX_VMS = 17,        /* the host, 15 VMs, EL2 */
	MAX_CELLS = 1 << 14, /* mappings and tables of one run; a power of two */
};

#define HOSTVISOR 0U
#define INVALID   0xffffffffU
#define INVALID64 0xffffffffffffffffULL

struct region {
	u64 base, size;
	bool ram;
};

struct s2_page {
	u32 owner, count;
	u64 gfn;
};

/* A cell of the one table of this manager, open addressing: what a key stands for, and two words. */
struct cell {
	u64 key; /* 0: free */
	u64 a, b;
};

struct memory {
	/* Set once. */
	struct region region[MAX_REGIONS];
	u32 regions;
	u64 max_share, max_smmu_count, host_offset;
	bool host_gfn_zero;
	u64 vm_limit[3], smmu_limit[2]; /* bytes of tables of each level, of a VM and of the SMMU */

	/* Cleared by memory_reset. */
	struct cell cell[MAX_CELLS];
	size_t cells;
	bool full;
	u64 vm_used[MAX_VMS][3], smmu_used[2]; /* bytes of tables handed out */
	u64 given[MAX_VMS];                    /* pages of content that a VM has supplied */
	u32 generation[16];                    /* of an SMMU context: what it held before is of another */
	u64 locked;                            /* one bit for each lock */
};

extern _Thread_local struct memory *mem; /* the machine that runs */

void memory_reset(void);
/* Does not return. Whoever links this file defines it. */
_Noreturn void panic(const char *why);

struct s2_page get_page(u64 pfn);
void set_page(u64 pfn, struct s2_page page);
u64 get_content(u64 pfn);

void acquire_lock_s2page(void);
void release_lock_s2page(void);
void clear_phys_page(u64 pfn);
void fetch_from_doracle(u32 vmid, u64 pfn); /* the VM fills the page with its next word */

/* Locks: 2 of the records, 3 of the SMMU's tables, 5 + vmid of a VM's. */
bool is_locked(u32 lock);

/* A stage-2 entry: its descriptor, and in *level 0, 2 or 3; an SMMU descriptor. */
u64 read_s2pt(u32 vmid, u64 addr, u32 *level);
u64 read_spt(u32 context, u64 iova);

u32 get_level_s2pt(u32 vmid, u64 addr);
u64 walk_s2pt(u32 vmid, u64 addr);
void map_s2pt(u32 vmid, u64 addr, u32 level, u64 pte);
void clear_pfn_host(u64 pfn);
void init_spt(u32 cbndx, u32 index);
u64 walk_spt(u32 cbndx, u32 index, u64 addr);
void map_spt(u32 cbndx, u32 index, u64 addr, u64 pte);
u64 unmap_spt(u32 cbndx, u32 index, u64 addr);

void map_page_host(u64 addr);
void clear_vm_page(u32 vmid, u64 pfn);
void assign_pfn_to_vm(u32 vmid, u64 gfn, u64 pfn);
void map_pfn_vm(u32 vmid, u64 addr, u64 pte, u32 level);
void map_vm_io(u32 vmid, u64 gpa, u64 pa);
void grant_vm_page(u32 vmid, u64 pfn);
void revoke_vm_page(u32 vmid, u64 pfn);
void assign_pfn_to_smmu(u32 vmid, u64 gfn, u64 pfn);
void update_smmu_page(u32 vmid, u32 cbndx, u32 index, u64 iova, u64 pte);
void unmap_smmu_page(u32 cbndx, u32 index, u64 iova);

#endif
