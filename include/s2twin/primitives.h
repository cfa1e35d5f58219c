/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies only: some of MemManager's ten functions, written in C against the primitives of the layers below.
 *
 * The library supplies the primitives (each is the specification of the same name), the state they work on, and the
 * checks: a body over specified primitives must do what the low specification of its function says, which is the
 * lemma that the code proof of the function states. It must end in the same outcome, write the same entries with the
 * same values, leave the same locks held, and call no primitive that the layer interface of its proof does not list.
 * docs/lemmas.md has that list; `s2twin run --level body` prints it with what was seen.
 *
 * A relation that fails in a primitive makes the step undefined, and a panic halts the machine: in both cases the body
 * runs on, its primitives have no effect, and those that return a value return 0. So it needs no test of its own.
 */
#ifndef S2TWIN_PRIMITIVES_H
#define S2TWIN_PRIMITIVES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct s2t_spec_machine; /* the state; belongs to the library */

/*
 * Arguments that the verified code has as 32 bits (vmid, level, cbndx, index, count) are 64 wide here, so that one
 * that does not fit is seen and reported; the primitive gets the low 32 bits, as from a C call.
 */

/* The lock of the ownership records. */
void s2t_spec_prim_acquire_lock_s2page(struct s2t_spec_machine *m);
void s2t_spec_prim_release_lock_s2page(struct s2t_spec_machine *m);

/* The ownership record of page `pfn`: owner, count, and frame number in the owner's address space (`map`). A page
 * without a record reads as all ones and ignores what is set. Only with the lock held. */
uint32_t s2t_spec_prim_get_pfn_owner(struct s2t_spec_machine *m, uint64_t pfn);
void s2t_spec_prim_set_pfn_owner(struct s2t_spec_machine *m, uint64_t pfn, uint64_t vmid);
uint32_t s2t_spec_prim_get_pfn_count(struct s2t_spec_machine *m, uint64_t pfn);
void s2t_spec_prim_set_pfn_count(struct s2t_spec_machine *m, uint64_t pfn, uint64_t count);
uint64_t s2t_spec_prim_get_pfn_map(struct s2t_spec_machine *m, uint64_t pfn);
void s2t_spec_prim_set_pfn_map(struct s2t_spec_machine *m, uint64_t pfn, uint64_t gfn);

/* The content of a page: zeros; or what VM `vmid` supplies next, for `pgnum` pages from `pfn` on. */
void s2t_spec_prim_clear_phys_page(struct s2t_spec_machine *m, uint64_t pfn);
void s2t_spec_prim_fetch_from_doracle(struct s2t_spec_machine *m, uint64_t vmid, uint64_t pfn, uint64_t pgnum);

/* Stage-2 tables; `addr` is an IPA in bytes. Each takes the lock of its VM and releases it. The level of a frame is 0
 * (not mapped), 2 (part of a 2 MiB block) or 3 (a page); map takes 2 or 3. clear_pfn_host takes a page out of the
 * host's table, if it is there, and panics under a block. */
uint32_t s2t_spec_prim_get_level_s2pt(struct s2t_spec_machine *m, uint64_t vmid, uint64_t addr);
uint64_t s2t_spec_prim_walk_s2pt(struct s2t_spec_machine *m, uint64_t vmid, uint64_t addr);
void s2t_spec_prim_map_s2pt(struct s2t_spec_machine *m, uint64_t vmid, uint64_t addr, uint64_t level,
                            uint64_t pte);
void s2t_spec_prim_clear_pfn_host(struct s2t_spec_machine *m, uint64_t pfn);

/* Tables of the SMMU, of context (index, cbndx); `addr` is an IOVA in bytes. Each takes the lock of the SMMU's tables
 * and releases it. unmap returns the descriptor that was there, 0 for none. */
void s2t_spec_prim_init_spt(struct s2t_spec_machine *m, uint64_t cbndx, uint64_t index);
uint64_t s2t_spec_prim_walk_spt(struct s2t_spec_machine *m, uint64_t cbndx, uint64_t index, uint64_t addr);
void s2t_spec_prim_map_spt(struct s2t_spec_machine *m, uint64_t cbndx, uint64_t index, uint64_t addr,
                           uint64_t pte);
uint64_t s2t_spec_prim_unmap_spt(struct s2t_spec_machine *m, uint64_t cbndx, uint64_t index, uint64_t addr);

/* Halts. `why` says in a few words which check failed; static text. */
void s2t_spec_prim_panic(struct s2t_spec_machine *m, const char *why);

/* Numbers that the verified code has as constants, and a board may choose: how often a VM page is shared at most, how
 * often an SMMU mapping of a host page is counted at most, and the gfn of host page 0. No primitives. */
uint32_t s2t_spec_max_share_count(const struct s2t_spec_machine *m);
uint32_t s2t_spec_el2_smmu_cfg_size(const struct s2t_spec_machine *m);
uint64_t s2t_spec_smmu_host_offset(const struct s2t_spec_machine *m);

enum { S2T_BODIES_ABI = 1 };

/*
 * The bodies, with the arguments of the verified code. NULL: not supplied; the library runs its own there.
 */
struct s2t_bodies {
	uint32_t abi;     /* S2T_BODIES_ABI */
	uint32_t size;    /* sizeof(struct s2t_bodies) */
	const char *name; /* for reports, such as "page.c"; and which of them */
	const char *version;

	void (*map_page_host)(struct s2t_spec_machine *m, uint64_t addr);
	void (*clear_vm_page)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t pfn);
	void (*assign_pfn_to_vm)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t gfn, uint64_t pfn);
	void (*map_pfn_vm)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t addr, uint64_t pte,
	                   uint32_t level);
	void (*map_vm_io)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t gpa, uint64_t pa);
	void (*grant_vm_page)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t pfn);
	void (*revoke_vm_page)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t pfn);
	void (*assign_pfn_to_smmu)(struct s2t_spec_machine *m, uint32_t vmid, uint64_t gfn, uint64_t pfn);
	void (*update_smmu_page)(struct s2t_spec_machine *m, uint32_t vmid, uint32_t cbndx, uint32_t index,
	                         uint64_t iova, uint64_t pte);
	void (*unmap_smmu_page)(struct s2t_spec_machine *m, uint32_t cbndx, uint32_t index, uint64_t iova);
};

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
