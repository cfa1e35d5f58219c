/* SPDX-License-Identifier: BSD-2-Clause */
/* BootCoreSpec.v: what EL2 gives out, a vmid or a range of its remap window. */
#include "hyper.h"

bool s2t_gen_vmid_spec(struct s2t_model *adt, uint64_t *vmid)
{
	*vmid = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_CORE));
	return s2t_gen_vmid_spec0(adt, vmid);
}

bool s2t_alloc_remap_addr_spec(struct s2t_model *adt, uint64_t pgnum, uint64_t *remap)
{
	rely(is_gfn(pgnum));
	*remap = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_CORE));
	return s2t_alloc_remap_addr_spec0(adt, pgnum, remap);
}

bool s2t_gen_vmid_spec0(struct s2t_model *adt, uint64_t *vmid)
{
	when(s2t_acquire_lock_core_spec(adt));
	when(s2t_get_next_vmid_spec(adt, vmid));
	rely(s2t_is_vmid(adt, *vmid));
	if (*vmid < adt->board.corevisor)
		when(s2t_set_next_vmid_spec(adt, *vmid + 1));
	else
		when(s2t_panic_spec(adt));
	when(s2t_release_lock_core_spec(adt));
	*vmid = s2t_check_spec(adt, *vmid);
	return true;
}

bool s2t_alloc_remap_addr_spec0(struct s2t_model *adt, uint64_t pgnum, uint64_t *remap)
{
	when(s2t_acquire_lock_core_spec(adt));
	when(s2t_get_next_remap_ptr_spec(adt, remap));
	rely(is_addr(*remap));
	rely(is_gfn(pgnum));
	if (*remap + pgnum * PAGE_SIZE < adt->board.remap_end)
		when(s2t_set_next_remap_ptr_spec(adt, *remap + pgnum * PAGE_SIZE));
	else
		when(s2t_panic_spec(adt));
	when(s2t_release_lock_core_spec(adt));
	*remap = s2t_check_spec(adt, *remap);
	return true;
}
