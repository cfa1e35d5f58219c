/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TrapHandlerSpec.v: the hypercall layer as the security proofs have it. local_X changes the shared objects in one step
 * of its own; a trap is a sequence of them.
 *
 * There are no domains here, but hlock: an object that an operation left behind in a halt is false there, and whoever
 * relies on it is undefined. The locks of the machine stand for it, held for false.
 *
 * As in hyper.h, what comes from registers and oracles is an argument; cur_vmid is the host's in a hypercall.
 */
#ifndef S2T_MODEL_TOP_H
#define S2T_MODEL_TOP_H

#include "hyper.h"

/* id @ hlock, and hlock # id == false */
static inline bool s2t_hlock(const struct s2t_model *adt, uint32_t id)
{
	return s2t_lock_false(adt, id);
}
void s2t_hlock_false(struct s2t_model *adt, uint32_t id);

/* local_X: None only for lack of memory. `*halt` is their halt'. */
bool s2t_local_map_host(struct s2t_model *adt, s2t_addr addr, bool *halt);
bool s2t_local_clear_vm_page(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, bool *halt);
bool s2t_local_assign_pfn_to_vm(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn, bool *halt);
bool s2t_local_map_pfn_vm(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte, uint64_t level,
                          bool *halt);
bool s2t_local_map_io(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa, bool *halt);
bool s2t_local_grant_vm_page(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn);
bool s2t_local_revoke_vm_page(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, bool *halt);
bool s2t_local_smmu_assign_page(struct s2t_model *adt, unsigned context, s2t_pfn pfn, s2t_gfn gfn, bool *halt);
bool s2t_local_smmu_map_page(struct s2t_model *adt, unsigned context, s2t_addr iova, s2t_pte pte, bool *halt);
bool s2t_local_smmu_clear(struct s2t_model *adt, unsigned context, s2t_addr iova, bool *halt);

/* The traps and their parts: top_traps.c. */
bool s2t_top_step(struct s2t_model *adt, const struct s2t_call *call, uint64_t *ret);

#endif
