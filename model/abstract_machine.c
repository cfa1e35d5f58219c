/* SPDX-License-Identifier: BSD-2-Clause */
/* AbstractMachineSpec.v: what MemManager uses of the bottom layer. */
#include "spec.h"

bool s2t_panic_spec(struct s2t_model *adt)
{
	adt->cpu.halt = true;
	return true;
}

uint64_t s2t_check_spec(const struct s2t_model *adt, uint64_t n)
{
	return adt->cpu.halt ? 0 : n;
}

bool s2t_fetch_from_doracle_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t pgnum)
{
	if (adt->cpu.halt)
		return true;
	rely(s2t_is_vmid(adt, vmid));
	rely(is_pfn(pfn));
	rely(is_pfn(pgnum));
	rely(is_pfn(pfn + pgnum - 1));
	when(s2t_pull_flatmem(adt));
	uint64_t logn = adt->vm[vmid].data_log;

	for (uint64_t n = 0; n < pgnum; n++) {
		when(s2t_make_room(adt));
		when(s2t_set_flatmem(adt, pfn + n, s2t_doracle(adt, vmid, logn + n)));
	}
	s2t_set_word(adt, (struct s2t_touch){ .kind = S2T_ENTRY_DATA_LOG, .a = (uint32_t)vmid },
	             &adt->vm[vmid].data_log, logn + pgnum);
	return s2t_push_flatmem(adt);
}

bool s2t_clear_phys_page_spec(struct s2t_model *adt, s2t_pfn pfn)
{
	if (adt->cpu.halt)
		return true;
	rely(is_pfn(pfn));
	when(s2t_pull_flatmem(adt));
	when(s2t_set_flatmem(adt, pfn, 0));
	adt->cpu.tstate = 1;
	return s2t_push_flatmem(adt);
}
