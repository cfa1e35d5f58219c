/* SPDX-License-Identifier: BSD-2-Clause */
/* MemHandlerSpec.v: hypercalls about the memory of a VM. There is one form; what it calls is in the form of the step. */
#include "hyper.h"

bool s2t_clear_vm_stage2_range_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr start, uint64_t size)
{
	uint64_t power;

	rely(is_addr(start));
	rely(is_addr(size));
	when(S2T_FORM(get_vm_poweron, adt, vmid, &power));
	adt->case_id = S2T_CASE_CSR_2;
	if (power != 0)
		return true;
	when(S2T_CALL_ONE(clear_vm_range, adt, vmid, start / PAGE_SIZE, size / PAGE_SIZE));
	s2t_case(adt, adt->case_id == S2T_CASE_CVR_4 ? S2T_CASE_CSR_4 : S2T_CASE_CSR_3, S2T_CASE_CSR_5);
	return true;
}

/* The case where the first of the two steps of el2_arm_lpae_map halts; that of the second one is in case_id. */
static enum s2t_case map_panic(enum s2t_case case_id)
{
	switch (case_id) {
	case S2T_CASE_ALM_5:
	case S2T_CASE_ALM_9: return case_id;
	case S2T_CASE_USP_5: return S2T_CASE_ALM_8;
	case S2T_CASE_USP_6:
	case S2T_CASE_USP_7: return S2T_CASE_ALM_7;
	default: return S2T_CASE_ALM_6;
	}
}

bool s2t_el2_arm_lpae_map_spec(struct s2t_model *adt, s2t_addr iova, s2t_addr paddr, uint64_t prot,
                               uint64_t cbndx, uint64_t index)
{
	s2t_pte pte;

	rely(is_smmu_addr(iova));
	rely(is_paddr(paddr));
	rely(prot < MAX_SMMU_PROT);
	rely(phys_page(prot) == 0);
	const s2t_pfn pfn = paddr / PAGE_SIZE;
	const s2t_gfn gfn = iova / PAGE_SIZE;

	when(s2t_smmu_init_pte_spec(adt, prot, paddr, &pte));
	when(S2T_FORM(smmu_assign_page, adt, cbndx, index, pfn, gfn));
	const enum s2t_case first = adt->case_id;
	const bool halted = adt->cpu.halt;

	when(S2T_FORM(smmu_map_page, adt, cbndx, index, iova, pte));
	if (adt->cpu.halt)
		adt->case_id = map_panic(halted ? first : adt->case_id);
	return true;
}

/* kvm_phys_addr_ioremap_loop. After a halt only its relies are left; they hold if they do for the last page. */
static bool ioremap_loop(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa,
                         bool *mapped, enum s2t_case *why)
{
	for (uint64_t i = 0; i < num; i++) {
		if (i > 0 && adt->cpu.halt)
			i = num - 1;
		rely(is_addr(gpa + i * PAGE_SIZE));
		rely(is_paddr(pa + i * PAGE_SIZE));
		const bool halted = adt->cpu.halt;

		when(s2t_make_room(adt));
		adt->case_id = S2T_CASE_KPI_5; /* unless map_vm_io is called */
		when(S2T_FORM(map_io, adt, vmid, gpa + i * PAGE_SIZE, pa + i * PAGE_SIZE));
		*mapped |= adt->case_id == S2T_CASE_MVI_2;
		if (adt->cpu.halt && !halted)
			*why = adt->case_id == S2T_CASE_MVI_4   ? S2T_CASE_KPI_6
			       : adt->case_id == S2T_CASE_MVI_5 ? S2T_CASE_KPI_7
			                                        : S2T_CASE_KPI_5;
	}
	return true;
}

bool s2t_kvm_phys_addr_ioremap_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa,
                                    uint64_t size)
{
	const uint64_t num = size / PAGE_SIZE + (size % PAGE_SIZE != 0); /* (size + 4095) / PAGE_SIZE */
	enum s2t_case why = S2T_CASE_KPI_5;
	bool mapped = false;

	rely(is_addr(gpa));
	rely(is_paddr(pa));
	rely(is_addr(size));
	rely(is_addr(gpa + num));
	rely(is_addr(pa + num));
	when(ioremap_loop(adt, num, vmid, gpa, pa, &mapped, &why));
	s2t_case(adt, num == 0 ? S2T_CASE_KPI_2 : mapped ? S2T_CASE_KPI_4 : S2T_CASE_KPI_3, why);
	return true;
}
