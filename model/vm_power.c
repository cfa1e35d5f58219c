/* SPDX-License-Identifier: BSD-2-Clause */
/* VMPowerSpec.v: whether a VM is powered off. */
#include "hyper.h"

bool s2t_set_vm_poweroff_spec(struct s2t_model *adt, s2t_vmid vmid)
{
	rely(s2t_is_vmid(adt, vmid));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, s2t_info_id(adt, vmid)));
	return s2t_set_vm_poweroff_spec0(adt, vmid);
}

bool s2t_get_vm_poweron_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t *power)
{
	rely(s2t_is_vmid(adt, vmid));
	*power = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, s2t_info_id(adt, vmid)));
	return s2t_get_vm_poweron_spec0(adt, vmid, power);
}

bool s2t_set_vm_poweroff_spec0(struct s2t_model *adt, s2t_vmid vmid)
{
	rely(s2t_is_vmid(adt, vmid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_set_vm_state_spec(adt, vmid, POWEROFF));
	adt->case_id = S2T_CASE_SVO_2;
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_get_vm_poweron_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t *power)
{
	uint64_t state;

	rely(s2t_is_vmid(adt, vmid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	when(s2t_release_lock_vm_spec(adt, vmid));
	*power = s2t_check_spec(adt, state != POWEROFF);
	return true;
}
