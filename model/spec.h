/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The specification in C: one function for each Coq definition, s2t_ + its Coq name, grouped by Coq file
 * (FILE.v below is FILE.md in VeriGu/VRM, proofs/sekvm/sekvm_layers). What has no Coq definition stands under
 * "not in Coq".
 *
 * RData is changed in place. A function returns true where Coq returns Some and false where it returns None;
 * after false the step is undefined and rolled back, so a half-done change is never seen. Values come back
 * through pointers. `rely is_int n` and `rely is_int64 n` have no line here where the type of n carries them.
 */
#ifndef S2T_MODEL_SPEC_H
#define S2T_MODEL_SPEC_H

#include "log.h"

/* Coq's `rely p; …` and `when x == f; …`: None if p is false, if f is None, which the compiler is told is rare. */
#define rely(p)                                                                                                \
	do {                                                                                                   \
		if (SELDOM(!(p)))                                                                              \
			return false;                                                                          \
	} while (0)
#define when(some) rely(some)

/* Not in Coq: takes the journal back (rdata.c). */
void s2t_rollback(struct s2t_model *adt, size_t count);

/* Not in Coq: a step that is whatever `run` makes of the functions below, instead of operation `op` (step.c). `run`
 * returns true for Some and false for None, and calls s2t_make_room before each of them. The case of the step is that
 * of the last function that has one. */
void s2t_step_by(struct s2t_model *adt, enum s2t_op op, bool (*run)(void *ctx), void *ctx,
                 struct s2t_step *step);
/* Room for S2T_STEP_ENTRIES more entries; false: out of memory. */
bool s2t_make_room_slow(struct s2t_model *adt);
static inline bool s2t_make_room(struct s2t_model *adt)
{
	return !SELDOM(adt->journal_count + S2T_STEP_ENTRIES > adt->journal_size) || s2t_make_room_slow(adt);
}

/* RData.v / Locks: lock ids. */
static inline uint32_t s2t_npt_id(s2t_vmid vmid)
{
	return S2T_LOCK_NPT + (uint32_t)vmid;
}
static inline uint32_t s2t_info_id(const struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_lock_info(&adt->board, vmid);
}
bool s2t_is_older(const struct s2t_model *adt, uint32_t id); /* held, and not taken last */
/* id @ lock = LockOwn true */
static inline bool s2t_lock_own(const struct s2t_model *adt, uint32_t id)
{
	return adt->cpu.newest == id || (SELDOM(adt->cpu.held_count > 1) && s2t_is_older(adt, id));
}
/* id @ lock = LockFalse */
static inline bool s2t_lock_false(const struct s2t_model *adt, uint32_t id)
{
	return !s2t_lock_own(adt, id);
}

/* lock # id == LockOwn true; the second beside another that is held */
void s2t_set_lock_own_too(struct s2t_model *adt, uint32_t id);
static inline void s2t_set_lock_own(struct s2t_model *adt, uint32_t id)
{
	if (adt->cpu.held_count > 0) {
		s2t_set_lock_own_too(adt, id);
	} else {
		adt->cpu.newest = id;
		adt->cpu.held_count = 1;
	}
}
/* lock # id == LockFalse; the second if another is held */
void s2t_set_lock_false_of(struct s2t_model *adt, uint32_t id);
void s2t_set_locks_false(struct s2t_model *adt); /* not in Coq: of all locks */
static inline void s2t_set_lock_false(struct s2t_model *adt, uint32_t id)
{
	if (adt->cpu.held_count > 1)
		s2t_set_lock_false_of(adt, id);
	else if (adt->cpu.newest == id)
		s2t_set_locks_false(adt);
}
/* … and H_CalLock ((id @ oracle) cpu l ++ l) = Some (_, LEMPTY, None), l its log: what MemManager relies on */
static inline bool s2t_lock_empty(struct s2t_model *adt, uint32_t id)
{
	return s2t_lock_false(adt, id) && (!SELDOM(adt->logs != NULL) || s2t_log_balanced(adt, id));
}

/* LocksSpec.v */
bool s2t_acquire_lock_pt_spec(struct s2t_model *adt, s2t_vmid vmid);
bool s2t_acquire_lock_spt_spec(struct s2t_model *adt);
bool s2t_acquire_lock_s2page_spec(struct s2t_model *adt);
bool s2t_release_lock_pt_spec(struct s2t_model *adt, s2t_vmid vmid);
bool s2t_release_lock_spt_spec(struct s2t_model *adt);
bool s2t_release_lock_s2page_spec(struct s2t_model *adt);
bool s2t_acquire_lock_core_spec(struct s2t_model *adt);
bool s2t_acquire_lock_smmu_spec(struct s2t_model *adt);
bool s2t_acquire_lock_vm_spec(struct s2t_model *adt, s2t_vmid vmid);
bool s2t_release_lock_core_spec(struct s2t_model *adt);
bool s2t_release_lock_smmu_spec(struct s2t_model *adt);
bool s2t_release_lock_vm_spec(struct s2t_model *adt, s2t_vmid vmid);

/* AbstractMachineSpec.v */
bool s2t_panic_spec(struct s2t_model *adt);
uint64_t s2t_check_spec(const struct s2t_model *adt, uint64_t n); /* check_spec and check64_spec */
bool s2t_fetch_from_doracle_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t pgnum);
bool s2t_clear_phys_page_spec(struct s2t_model *adt, s2t_pfn pfn);

/* MemRegionSpec.v: the region's number, or INVALID */
bool s2t_mem_region_search_spec(const struct s2t_model *adt, s2t_addr addr, uint32_t *region);

/* PageIndexSpec.v: the page's index, or INVALID64 */
bool s2t_get_s2_page_index_spec(const struct s2t_model *adt, s2t_addr addr, uint64_t *index);

/* PageManagerRefine.v: relate_s2page, and the value that it leaves open (DESIGN section 7) */
bool s2t_page_tracked(const struct s2t_model *adt, s2t_pfn pfn);
struct s2t_page s2t_start_s2page(const struct s2t_model *adt, s2t_pfn pfn);

/* PageManagerSpec.v: the setters; the getters are in page_manager.h */
bool s2t_set_pfn_owner_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_vmid vmid);
bool s2t_set_pfn_count_spec(struct s2t_model *adt, s2t_pfn pfn, uint32_t count);
bool s2t_set_pfn_map_spec(struct s2t_model *adt, s2t_pfn pfn, s2t_gfn gfn);

/* NPTWalkSpec.v */
bool s2t_local_mmap(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte,
                    bool *halt);
bool s2t_get_npt_level_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t *level);
bool s2t_walk_npt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte *pte);
bool s2t_set_npt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte);

/* NPTOpsSpec.v: the atomic form, and the chain over NPTWalk and Locks that it was proved to be */
bool s2t_get_level_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t *level);
bool s2t_walk_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte *pte);
bool s2t_map_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte);
bool s2t_clear_pfn_host_spec(struct s2t_model *adt, s2t_pfn pfn);
bool s2t_get_level_s2pt_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t *level);
bool s2t_walk_s2pt_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte *pte);
bool s2t_map_s2pt_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte);
bool s2t_clear_pfn_host_spec0(struct s2t_model *adt, s2t_pfn pfn);

/* MmioSPTWalkSpec.v */
bool s2t_local_spt_map(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte,
                       bool *halt);
bool s2t_local_spt_clear(struct s2t_model *adt, uint64_t cbndx, uint64_t index); /* shared by two definitions */
bool s2t_clear_smmu_pt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index);
bool s2t_walk_smmu_pt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte);
bool s2t_set_smmu_pt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte);

/* MmioSPTOpsSpec.v: likewise in two forms */
bool s2t_init_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index);
bool s2t_walk_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte);
bool s2t_map_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte);
bool s2t_unmap_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte);
bool s2t_init_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index);
bool s2t_walk_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte);
bool s2t_map_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte);
bool s2t_unmap_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte);

/* MemManagerSpec.v: the low form, a chain over PageManager, NPTOps and MmioSPTOps … */
bool s2t_map_page_host_spec0(struct s2t_model *adt, s2t_addr addr);
bool s2t_clear_vm_page_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_assign_pfn_to_vm_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn);
bool s2t_map_pfn_vm_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte, uint64_t level);
bool s2t_map_vm_io_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa);
bool s2t_grant_vm_page_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_revoke_vm_page_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_assign_pfn_to_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn);
bool s2t_update_smmu_page_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index,
                                s2t_addr iova, s2t_pte pte);
bool s2t_unmap_smmu_page_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova);

/* … and the high form, one atomic step */
bool s2t_map_page_host_spec(struct s2t_model *adt, s2t_addr addr);
bool s2t_clear_vm_page_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_assign_pfn_to_vm_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn);
bool s2t_map_pfn_vm_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte, uint64_t level);
bool s2t_map_vm_io_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa);
bool s2t_grant_vm_page_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_revoke_vm_page_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_assign_pfn_to_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn);
bool s2t_update_smmu_page_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index,
                               s2t_addr iova, s2t_pte pte);
bool s2t_unmap_smmu_page_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova);

#endif
