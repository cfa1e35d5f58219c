/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LocksSpec.v. A lock is LockFalse or held by this CPU (LockOwn true); nothing else occurs above the lock
 * layers. After a halt acquiring and releasing are the identity, so a lock held at a panic stays held.
 */
#include "spec.h"

SELDOM_CALLED bool s2t_is_older(const struct s2t_model *adt, uint32_t id)
{
	for (unsigned i = adt->cpu.held_count - 1U; i-- > 0;)
		if (adt->cpu.older[i] == id)
			return true;
	return false;
}

SELDOM_CALLED void s2t_set_lock_own_too(struct s2t_model *adt, uint32_t id)
{
	struct s2t_cpu *cpu = &adt->cpu;

	/* Full in no state that steps lead to: none holds that many, and after a halt nothing is acquired. */
	if (cpu->held_count == S2T_MAX_HELD)
		return;
	cpu->older[cpu->held_count - 1] = cpu->newest;
	cpu->newest = id;
	cpu->held_count++;
}

SELDOM_CALLED void s2t_set_lock_false_of(struct s2t_model *adt, uint32_t id)
{
	struct s2t_cpu *cpu = &adt->cpu;

	if (cpu->newest == id) {
		cpu->held_count--;
		cpu->newest = cpu->older[cpu->held_count - 1];
		return;
	}
	for (unsigned i = 0; i + 1U < cpu->held_count; i++)
		if (cpu->older[i] == id) {
			cpu->held_count--;
			for (; i + 1U < cpu->held_count; i++)
				cpu->older[i] = cpu->older[i + 1];
		}
}

void s2t_set_locks_false(struct s2t_model *adt)
{
	adt->cpu.held_count = 0;
	adt->cpu.newest = S2T_NO_LOCK;
}

static inline bool acquire(struct s2t_model *adt, uint32_t id)
{
	rely(adt->cpu.held_count == 0 || s2t_lock_false(adt, id));
	/* Deeper than any chain of the nesting order (SMMU, INFO, S2PAGE, NPT or SPT): not representable. */
	rely(adt->cpu.held_count < S2T_MAX_HELD);
	when(s2t_pull(adt, id));
	s2t_set_lock_own(adt, id);
	adt->cpu.tstate = 0;
	return true;
}

static inline bool release(struct s2t_model *adt, uint32_t id)
{
	rely(s2t_lock_own(adt, id));
	when(s2t_push(adt, id));
	s2t_set_lock_false(adt, id);
	adt->cpu.tstate = 1;
	return true;
}

bool s2t_acquire_lock_pt_spec(struct s2t_model *adt, s2t_vmid vmid)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	return acquire(adt, s2t_npt_id(vmid));
}

bool s2t_acquire_lock_spt_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || acquire(adt, S2T_LOCK_SPT);
}

bool s2t_acquire_lock_s2page_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || acquire(adt, S2T_LOCK_S2PAGE);
}

bool s2t_acquire_lock_core_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || acquire(adt, S2T_LOCK_CORE);
}

bool s2t_acquire_lock_smmu_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || acquire(adt, S2T_LOCK_SMMU);
}

bool s2t_acquire_lock_vm_spec(struct s2t_model *adt, s2t_vmid vmid)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	return acquire(adt, s2t_info_id(adt, vmid));
}

bool s2t_release_lock_core_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || release(adt, S2T_LOCK_CORE);
}

bool s2t_release_lock_smmu_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || release(adt, S2T_LOCK_SMMU);
}

bool s2t_release_lock_vm_spec(struct s2t_model *adt, s2t_vmid vmid)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	return release(adt, s2t_info_id(adt, vmid));
}

bool s2t_release_lock_pt_spec(struct s2t_model *adt, s2t_vmid vmid)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	return release(adt, s2t_npt_id(vmid));
}

bool s2t_release_lock_spt_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || release(adt, S2T_LOCK_SPT);
}

bool s2t_release_lock_s2page_spec(struct s2t_model *adt)
{
	return adt->cpu.halt || release(adt, S2T_LOCK_S2PAGE);
}
