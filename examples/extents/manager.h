/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manager: who owns which page, what lies where in which address space, who holds which lock.
 *
 * Written from the contract of the operations, with designs of its own where the contract leaves room:
 *   - ownership is kept as runs of pages (runs.h), and so is the content of pages;
 *   - the gfn of a VM's page is kept as its distance from the pfn, so that a stretch of memory that was given to a VM
 *     in order is one run; the gfn of a host page is not kept at all and reads as 0;
 *   - tables are built when first needed, from one pool for each address space (tables.h);
 *   - descriptors carry marks in the bits that the hardware leaves to software;
 *   - a panic returns: the function that found the fault goes on behind it (panic.c says how to have it otherwise).
 */
#ifndef EXTENTS_MANAGER_H
#define EXTENTS_MANAGER_H

#include <setjmp.h>

#include "runs.h"
#include "s2twin/iut.h"
#include "tables.h"

enum { HOST = 0 };
#define NOBODY  UINT32_MAX /* owner of what is not RAM */
#define UNKNOWN UINT32_MAX /* count of a page that only a device of its VM has reached so far */
#define UNFIXED UINT64_MAX /* gfn of a page whose VM has not chosen one yet */

/* Lock ids as in the interface: of the ownership records, of the SMMU's tables, of the tables of VM v. */
enum { LOCK_RECORDS = 2, LOCK_SMMU = 3, LOCK_VM = 5, LOCKS_IN_WORD = 64 };

/* The most that one call writes: two records or contents, one table entry. */
enum { MOST_TOUCHED = 8 };

struct s2t_iut {
	struct s2t_board board;
	struct runs owners, start; /* a: owner | count << 32, b: gfn - pfn; now, and at the start */
	struct runs contents;      /* a: the word that fills the page */
	struct space **vm;         /* by vmid; NULL: no table yet */
	struct space smmu;
	uint64_t *locked; /* one bit for each lock */

	/* The present call. */
	const char *panic;   /* why it panicked; stays until reset, as does the machine's halt */
	const char *trouble; /* why it cannot be done at all */
	enum s2t_outcome trouble_kind;
	jmp_buf *out;
	struct s2t_entry touched[MOST_TOUCHED];
	size_t touched_count;
};

/* manager.c: an empty machine with the start state of its board; back to it; what is left at the end. */
bool manager_init(struct s2t_iut *m, const struct s2t_board *board);
void manager_reset(struct s2t_iut *m);
void manager_free(struct s2t_iut *m);

/* panic.c: something that must not be. Returns, unless built otherwise. */
void panic(struct s2t_iut *m, const char *why);
/* What an implementation in a test bench has to say beside: a call that no table can take, a lock that will never be
 * free, no memory. Leaves the call. */
_Noreturn void trouble(struct s2t_iut *m, enum s2t_outcome kind, const char *why);
void lock(struct s2t_iut *m, uint32_t id);
void unlock(struct s2t_iut *m, uint32_t id);
void touch(struct s2t_iut *m, enum s2t_entry_kind kind, uint64_t a, uint64_t b);

/* pages.c: the record of a page, and its content. A page that nobody owns has all ones, and keeps them. */
struct s2t_page page_get(const struct s2t_iut *m, s2t_pfn pfn);
void page_set(struct s2t_iut *m, s2t_pfn pfn, struct s2t_page page);
s2t_token content_get(const struct s2t_iut *m, s2t_pfn pfn);
void content_set(struct s2t_iut *m, s2t_pfn pfn, s2t_token token);
struct value record_of(s2t_pfn pfn, struct s2t_page page);

/* mappings.c: stage 2 of VM `vmid` and the 16 contexts of the SMMU. Each takes and releases its lock. */
struct s2t_npt_entry vm_entry(const struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr);
struct s2t_spt_entry smmu_entry(const struct s2t_iut *m, unsigned context, s2t_addr iova);
s2t_pte vm_walk(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr);
unsigned vm_level(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr);
void vm_map(struct s2t_iut *m, s2t_vmid vmid, s2t_addr addr, unsigned level, s2t_pte pte);
void host_unmap(struct s2t_iut *m, s2t_pfn pfn);
void smmu_clear(struct s2t_iut *m, unsigned cbndx, unsigned index);
s2t_pte smmu_walk(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova);
void smmu_map(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova, s2t_pte pte);
s2t_pte smmu_unmap(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova);

/* calls.c: MemManager's ten. */
void map_page_host(struct s2t_iut *m, s2t_addr addr);
void clear_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn);
void assign_pfn_to_vm(struct s2t_iut *m, uint32_t vmid, s2t_gfn gfn, s2t_pfn pfn);
void map_pfn_vm(struct s2t_iut *m, uint32_t vmid, s2t_addr addr, s2t_pte pte, uint32_t level);
void map_vm_io(struct s2t_iut *m, uint32_t vmid, s2t_addr gpa, s2t_addr pa);
void grant_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn);
void revoke_vm_page(struct s2t_iut *m, uint32_t vmid, s2t_pfn pfn);
void assign_pfn_to_smmu(struct s2t_iut *m, uint32_t vmid, s2t_gfn gfn, s2t_pfn pfn);
void update_smmu_page(struct s2t_iut *m, uint32_t vmid, unsigned cbndx, unsigned index, s2t_addr iova,
                      s2t_pte pte);
void unmap_smmu_page(struct s2t_iut *m, unsigned cbndx, unsigned index, s2t_addr iova);

#endif
