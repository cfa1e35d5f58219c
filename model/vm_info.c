/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AbstractMachineSpec.v: the words of a VM, of EL2 and of the SMMU's banks, each behind its lock. After a halt getters
 * return 0 and setters do nothing, and no range is looked at.
 */
#include "hyper.h"

/* rely is_vmid vmid, and INFO is held */
static bool own_info(const struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_is_vmid(adt, vmid) && s2t_lock_own(adt, s2t_info_id(adt, vmid));
}

bool s2t_get_next_vmid_spec(struct s2t_model *adt, uint64_t *vmid)
{
	*vmid = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, S2T_LOCK_CORE));
	*vmid = adt->core[S2T_CORE_NEXT_VMID];
	return true;
}

bool s2t_set_next_vmid_spec(struct s2t_model *adt, uint64_t vmid)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, S2T_LOCK_CORE));
	s2t_set_core(adt, S2T_CORE_NEXT_VMID, vmid);
	return true;
}

bool s2t_get_next_remap_ptr_spec(struct s2t_model *adt, uint64_t *remap)
{
	*remap = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, S2T_LOCK_CORE));
	*remap = adt->core[S2T_CORE_NEXT_REMAP];
	return true;
}

bool s2t_set_next_remap_ptr_spec(struct s2t_model *adt, uint64_t remap)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_own(adt, S2T_LOCK_CORE));
	s2t_set_core(adt, S2T_CORE_NEXT_REMAP, remap);
	return true;
}

static bool get_vm(struct s2t_model *adt, s2t_vmid vmid, enum s2t_vm_field field, uint64_t *value)
{
	*value = 0;
	if (adt->cpu.halt)
		return true;
	rely(own_info(adt, vmid));
	*value = adt->info[vmid].vm[field];
	return true;
}

static bool set_vm(struct s2t_model *adt, s2t_vmid vmid, enum s2t_vm_field field, uint64_t value)
{
	if (adt->cpu.halt)
		return true;
	rely(own_info(adt, vmid));
	s2t_set_vm(adt, vmid, field, value);
	return true;
}

bool s2t_get_vm_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t *state)
{
	return get_vm(adt, vmid, S2T_VM_STATE, state);
}

bool s2t_set_vm_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t state)
{
	return set_vm(adt, vmid, S2T_VM_STATE, state);
}

bool s2t_get_vm_next_load_idx_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t *load_idx)
{
	return get_vm(adt, vmid, S2T_VM_IMAGES, load_idx);
}

bool s2t_set_vm_next_load_idx_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx)
{
	return set_vm(adt, vmid, S2T_VM_IMAGES, load_idx);
}

static bool get_vcpu(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, enum s2t_vcpu_field field,
                     uint64_t *value)
{
	*value = 0;
	if (adt->cpu.halt)
		return true;
	rely(is_vcpu(vcpuid));
	rely(own_info(adt, vmid));
	*value = adt->info[vmid].vcpu[vcpuid][field];
	return true;
}

bool s2t_get_vcpu_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t *state)
{
	return get_vcpu(adt, vmid, vcpuid, S2T_VCPU_STATE, state);
}

bool s2t_set_vcpu_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t state)
{
	if (adt->cpu.halt)
		return true;
	rely(is_vcpu(vcpuid));
	rely(own_info(adt, vmid));
	s2t_set_vcpu(adt, vmid, vcpuid, S2T_VCPU_STATE, state);
	return true;
}

/* The registers of a vCPU belong to the CPU on which it runs: no lock guards them. */
bool s2t_get_vcpu_fresh(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t *fresh)
{
	*fresh = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	*fresh = adt->info[vmid].vcpu[vcpuid][S2T_VCPU_FRESH];
	return true;
}

bool s2t_set_vcpu_fresh(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t fresh)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	s2t_set_vcpu(adt, vmid, vcpuid, S2T_VCPU_FRESH, fresh);
	return true;
}

bool s2t_get_vm_image_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx, enum s2t_image_field field,
                           uint64_t *value)
{
	*value = 0;
	if (adt->cpu.halt)
		return true;
	rely(is_load_idx(load_idx));
	rely(own_info(adt, vmid));
	*value = adt->info[vmid].image[load_idx][field];
	return true;
}

bool s2t_set_vm_image_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx, enum s2t_image_field field,
                           uint64_t value)
{
	if (adt->cpu.halt)
		return true;
	rely(is_load_idx(load_idx));
	rely(own_info(adt, vmid));
	s2t_set_image(adt, vmid, load_idx, field, value);
	return true;
}

bool s2t_get_smmu_cfg_vmid_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, uint64_t *vmid)
{
	*vmid = 0;
	if (adt->cpu.halt)
		return true;
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(s2t_lock_own(adt, S2T_LOCK_SMMU));
	*vmid = adt->smmu_cfg[index * SMMU_CTXT_BANKS + cbndx];
	return true;
}

bool s2t_set_smmu_cfg_vmid_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, uint64_t vmid)
{
	if (adt->cpu.halt)
		return true;
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(s2t_lock_own(adt, S2T_LOCK_SMMU));
	s2t_set_smmu(adt, (unsigned)(index * SMMU_CTXT_BANKS + cbndx), vmid);
	return true;
}

bool s2t_get_smmu_num_context_banks_spec(struct s2t_model *adt, uint64_t index, uint64_t *num)
{
	*num = 0;
	if (adt->cpu.halt)
		return true;
	rely(is_smmu(index));
	*num = adt->board.smmu_context_banks;
	return true;
}

bool s2t_verify_image_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, bool valid, uint64_t *result)
{
	*result = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	*result = valid;
	return true;
}
