/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TrapHandlerSpec.v, TrapHandlerSpec: the traps, and what each hypercall does. An operation of the hypercall layer is
 * the part of a trap with that name; a halt before it makes it the identity.
 */
#include "top_loops.h"

/* In a hypercall cur_vmid is the host's; three of them rely on its lock instead of the VM's. */
static bool host_info(const struct s2t_model *adt)
{
	return s2t_hlock(adt, s2t_info_id(adt, HOSTVISOR));
}

static uint64_t state_of(const struct s2t_model *adt, s2t_vmid vmid)
{
	return adt->info[vmid].vm[S2T_VM_STATE];
}

/* local_X that halts without a trace in hlock. */
static bool end(struct s2t_model *adt, bool halt, enum s2t_case ok, enum s2t_case panic)
{
	adt->case_id = halt ? panic : ok;
	return s2t_top_done(adt, halt);
}

static bool clear_range(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t num)
{
	bool cleared = false;

	when(s2t_clear_vm_loop_h(adt, num, pfn, vmid, &cleared));
	s2t_case(adt, num == 0 ? S2T_CASE_CVR_2 : cleared ? S2T_CASE_CVR_4 : S2T_CASE_CVR_3, S2T_CASE_CVR_5);
	return true;
}

static bool clear_vm_s2_range(struct s2t_model *adt, s2t_vmid vmid, s2t_addr start, uint64_t size)
{
	rely(s2t_hlock(adt, s2t_npt_id(vmid)));
	adt->case_id = S2T_CASE_CSR_2;
	if (state_of(adt, vmid) != POWEROFF)
		return true;
	when(clear_range(adt, vmid, start / PAGE_SIZE, size / PAGE_SIZE));
	s2t_case(adt, adt->case_id == S2T_CASE_CVR_4 ? S2T_CASE_CSR_4 : S2T_CASE_CSR_3, S2T_CASE_CSR_5);
	return true;
}

static bool share(struct s2t_model *adt, bool grant, s2t_vmid vmid, s2t_addr addr, uint64_t size)
{
	const uint64_t num = size / PAGE_SIZE + (size % PAGE_SIZE != 0);
	bool changed = false;

	when(s2t_share_stage2_loop_h(adt, grant, num, vmid, addr, &changed));
	if (grant)
		adt->case_id = num == 0 ? S2T_CASE_GSG_2 : changed ? S2T_CASE_GSG_4 : S2T_CASE_GSG_3;
	else
		s2t_case(adt,
		         num == 0  ? S2T_CASE_RSG_2
		         : changed ? S2T_CASE_RSG_4
		                   : S2T_CASE_RSG_3,
		         S2T_CASE_RSG_5);
	return true;
}

static bool set_vm_poweroff(struct s2t_model *adt, s2t_vmid vmid)
{
	rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
	s2t_set_vm(adt, vmid, S2T_VM_STATE, POWEROFF);
	adt->case_id = S2T_CASE_SVO_2;
	return true;
}

static bool register_kvm(struct s2t_model *adt, uint64_t *ret)
{
	const s2t_vmid vmid = adt->core[S2T_CORE_NEXT_VMID];

	rely(s2t_hlock(adt, S2T_LOCK_CORE));
	if (vmid >= adt->board.corevisor)
		return end(adt, true, S2T_CASE_RGK_2, S2T_CASE_RGK_3);
	s2t_set_core(adt, S2T_CORE_NEXT_VMID, vmid + 1);
	rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
	if (state_of(adt, vmid) != UNUSED)
		return end(adt, true, S2T_CASE_RGK_2, S2T_CASE_RGK_4);
	s2t_set_vm(adt, vmid, S2T_VM_STATE, READY);
	*ret = vmid;
	return end(adt, false, S2T_CASE_RGK_2, S2T_CASE_RGK_4);
}

/* It leaves the dirty word as it is. */
static bool register_vcpu(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
	if (state_of(adt, vmid) != READY)
		return end(adt, true, S2T_CASE_RGV_2, S2T_CASE_RGV_3);
	if (adt->info[vmid].vcpu[vcpuid][S2T_VCPU_STATE] != UNUSED)
		return end(adt, true, S2T_CASE_RGV_2, S2T_CASE_RGV_4);
	s2t_set_vcpu(adt, vmid, vcpuid, S2T_VCPU_STATE, READY);
	return end(adt, false, S2T_CASE_RGV_2, S2T_CASE_RGV_4);
}

static bool set_boot_info(struct s2t_model *adt, s2t_vmid vmid, s2t_addr load_addr, uint64_t size,
                          uint64_t *ret)
{
	const uint64_t load_idx = adt->info[vmid].vm[S2T_VM_IMAGES], remap = adt->core[S2T_CORE_NEXT_REMAP];
	const uint64_t pgnum = size / PAGE_SIZE + (size % PAGE_SIZE != 0);

	rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
	rely(s2t_hlock(adt, S2T_LOCK_CORE));
	if (state_of(adt, vmid) != READY)
		return end(adt, true, S2T_CASE_SBI_2, S2T_CASE_SBI_4);
	*ret = load_idx;
	if (load_idx >= MAX_LOAD_INFO_NUM)
		return end(adt, false, S2T_CASE_SBI_3, S2T_CASE_SBI_4);
	if (pgnum == 0 || pgnum * PAGE_SIZE >= adt->board.remap_end - remap) {
		*ret = 0;
		return end(adt, true, S2T_CASE_SBI_2, pgnum == 0 ? S2T_CASE_SBI_6 : S2T_CASE_SBI_5);
	}
	s2t_set_core(adt, S2T_CORE_NEXT_REMAP, remap + pgnum * PAGE_SIZE);
	s2t_set_vm(adt, vmid, S2T_VM_IMAGES, load_idx + 1);
	s2t_set_image(adt, vmid, load_idx, S2T_IMAGE_ADDR, load_addr);
	s2t_set_image(adt, vmid, load_idx, S2T_IMAGE_SIZE, size);
	s2t_set_image(adt, vmid, load_idx, S2T_IMAGE_REMAP, remap);
	s2t_set_image(adt, vmid, load_idx, S2T_IMAGE_MAPPED, 0);
	return end(adt, false, S2T_CASE_SBI_2, S2T_CASE_SBI_4);
}

static bool remap_vm_image(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t load_idx)
{
	const s2t_vmid core = adt->board.corevisor;
	const uint64_t *image = adt->info[vmid].image[load_idx];
	const uint64_t mapped = image[S2T_IMAGE_MAPPED];
	bool halt;

	rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
	rely(s2t_hlock(adt, s2t_npt_id(core)));
	if (state_of(adt, vmid) != READY) {
		s2t_hlock_false(adt, s2t_info_id(adt, vmid));
		return end(adt, true, S2T_CASE_RMI_2, S2T_CASE_RMI_5);
	}
	if (load_idx >= adt->info[vmid].vm[S2T_VM_IMAGES])
		return end(adt, false, S2T_CASE_RMI_3, S2T_CASE_RMI_5);
	if (mapped >= (image[S2T_IMAGE_SIZE] + 4095) / PAGE_SIZE)
		return end(adt, false, S2T_CASE_RMI_4, S2T_CASE_RMI_5);
	rely(pfn < UINT64_C(1) << 52); /* a descriptor of more than 64 bits cannot be represented */
	when(s2t_local_mmap(adt, core, image[S2T_IMAGE_REMAP] + mapped * PAGE_SIZE, 3,
	                    (pfn * PAGE_SIZE) | PAGE_HYP, &halt));
	if (halt) {
		s2t_hlock_false(adt, s2t_info_id(adt, vmid));
		s2t_hlock_false(adt, s2t_npt_id(core));
	} else {
		s2t_set_image(adt, vmid, load_idx, S2T_IMAGE_MAPPED, mapped + 1);
	}
	return end(adt, halt, S2T_CASE_RMI_2,
	           adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_RMI_7 : S2T_CASE_RMI_6);
}

/* It takes the host's lock out of hlock for good, and gives back that of the VM. */
static bool verify(struct s2t_model *adt, s2t_vmid vmid)
{
	uint64_t blocks = 0;

	rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
	s2t_hlock_false(adt, s2t_info_id(adt, HOSTVISOR));
	if (state_of(adt, vmid) != READY)
		return end(adt, true, S2T_CASE_VLI_2, S2T_CASE_VLI_4);
	when(s2t_verify_and_load_loop_h(adt, adt->info[vmid].vm[S2T_VM_IMAGES], vmid, &blocks));
	if (adt->cpu.halt)
		return true;
	s2t_set_lock_false(adt, s2t_info_id(adt, vmid));
	when(s2t_make_room(adt));
	s2t_set_vm(adt, vmid, S2T_VM_STATE, VERIFIED);
	adt->case_id = blocks ? S2T_CASE_VLI_2 : S2T_CASE_VLI_3;
	return true;
}

static bool free_smmu_pgd(struct s2t_model *adt, unsigned context)
{
	const s2t_vmid vmid = adt->smmu_cfg[context];

	rely(s2t_hlock(adt, S2T_LOCK_SMMU));
	rely(host_info(adt));
	if (vmid == INVALID)
		return end(adt, false, S2T_CASE_FSP_3, S2T_CASE_FSP_4);
	if (state_of(adt, vmid) != POWEROFF) {
		s2t_hlock_false(adt, S2T_LOCK_SMMU);
		return end(adt, true, S2T_CASE_FSP_2, S2T_CASE_FSP_4);
	}
	s2t_set_smmu(adt, context, INVALID);
	return end(adt, false, S2T_CASE_FSP_2, S2T_CASE_FSP_4);
}

static bool alloc_smmu_pgd(struct s2t_model *adt, uint64_t cbndx, s2t_vmid vmid, uint64_t index)
{
	const unsigned context = (unsigned)(index * SMMU_CTXT_BANKS + cbndx);

	rely(s2t_hlock(adt, S2T_LOCK_SMMU));
	rely(host_info(adt));
	rely(s2t_hlock(adt, S2T_LOCK_SPT));
	if (cbndx >= adt->board.smmu_context_banks) {
		s2t_hlock_false(adt, S2T_LOCK_SMMU);
		return end(adt, true, S2T_CASE_ASP_2, S2T_CASE_ASP_4);
	}
	if (adt->smmu_cfg[context] != INVALID)
		return end(adt, false, S2T_CASE_ASP_3, S2T_CASE_ASP_4);
	if (s2t_is_vm(adt, vmid) && state_of(adt, vmid) == VERIFIED) {
		s2t_hlock_false(adt, s2t_info_id(adt, vmid));
		s2t_hlock_false(adt, S2T_LOCK_SMMU);
		return end(adt, true, S2T_CASE_ASP_2, S2T_CASE_ASP_5);
	}
	s2t_set_smmu(adt, context, vmid);
	when(s2t_local_spt_clear(adt, cbndx, index));
	return end(adt, false, S2T_CASE_ASP_2, S2T_CASE_ASP_4);
}

/*
 * INFO of the owner that LPAE_MAP and CLEAR rely on. They look it up as smmu_id cbndx index, the wrong way round, so it
 * is the owner of another bank, or of none there is. Nobody has that of a bank that is free.
 */
static bool owner_info(const struct s2t_model *adt, unsigned context)
{
	const uint64_t swapped = context % SMMU_CTXT_BANKS * SMMU_CTXT_BANKS + context / SMMU_CTXT_BANKS;
	const s2t_vmid vmid = swapped < S2T_SPT_CONTEXTS ? adt->smmu_cfg[swapped] : INVALID;

	return vmid == INVALID || s2t_hlock(adt, s2t_info_id(adt, vmid));
}

static bool lpae_map(struct s2t_model *adt, s2t_addr iova, s2t_addr paddr, uint64_t prot, unsigned context)
{
	bool halt;

	rely(s2t_hlock(adt, S2T_LOCK_SMMU));
	rely(host_info(adt));
	rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
	rely(s2t_hlock(adt, s2t_npt_id(HOSTVISOR)));
	when(s2t_local_smmu_assign_page(adt, context, paddr / PAGE_SIZE, iova / PAGE_SIZE, &halt));
	s2t_top_done(adt, halt);
	if (halt)
		return true;
	rely(s2t_hlock(adt, S2T_LOCK_SMMU));
	rely(owner_info(adt, context));
	rely(s2t_hlock(adt, S2T_LOCK_SPT));
	when(s2t_local_smmu_map_page(adt, context, iova, paddr | prot | adt->board.smmu_pte_bits, &halt));
	return s2t_top_done(adt, halt);
}

static bool iova_to_phys(struct s2t_model *adt, s2t_addr iova, unsigned context, uint64_t *ret)
{
	rely(s2t_hlock(adt, S2T_LOCK_SPT));
	const s2t_pte pte = s2t_spt(adt, context, iova / PAGE_SIZE);

	*ret = phys_page(pte) + (iova & 4095);
	adt->case_id = pte ? S2T_CASE_ITP_3 : S2T_CASE_ITP_2;
	return true;
}

static bool lpae_clear(struct s2t_model *adt, s2t_addr iova, unsigned context)
{
	bool halt;

	rely(s2t_hlock(adt, S2T_LOCK_SMMU));
	rely(owner_info(adt, context));
	rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
	rely(s2t_hlock(adt, S2T_LOCK_SPT));
	when(s2t_local_smmu_clear(adt, context, iova, &halt));
	return s2t_top_done(adt, halt);
}

static bool ioremap(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa, uint64_t size)
{
	const uint64_t num = size / PAGE_SIZE + (size % PAGE_SIZE != 0);
	bool mapped = false;

	when(s2t_kvm_phys_addr_ioremap_loop_h(adt, num, vmid, gpa, pa, &mapped));
	if (!adt->cpu.halt)
		adt->case_id = num == 0 ? S2T_CASE_KPI_2 : mapped ? S2T_CASE_KPI_4 : S2T_CASE_KPI_3;
	else if (adt->case_id != S2T_CASE_KPI_5)
		adt->case_id = adt->case_id == S2T_CASE_MVI_4 ? S2T_CASE_KPI_6 : S2T_CASE_KPI_7;
	return true;
}

/* handle_host_mmio_spec_h: a bank that is free has the owner INVALID, which no value names. */
static bool host_mmio(struct s2t_model *adt, uint64_t index, s2t_addr fault_ipa, uint64_t hsr, uint64_t data)
{
	const uint64_t len = host_dabt_get_as(hsr), offset = fault_ipa & SMMU_OFFSET_MASK;
	bool refused = false;

	if ((hsr & ESR_ELx_WNR) == 0)
		return end(adt, len != 8 && len != 4, S2T_CASE_HFT_5, S2T_CASE_HFT_8);
	if (offset == ARM_SMMU_GR0_sCR0) {
		refused = (data >> sCR0_SMCFCFG_SHIFT & 1) == 0;
	} else if (offset == ARM_SMMU_GR0_sCR2) {
		refused = (data & 255) != 0;
	} else if (offset > ARM_SMMU_GR1_BASE && offset < ARM_SMMU_GR1_END) {
		const uint64_t context = index * SMMU_CTXT_BANKS + (offset - ARM_SMMU_GR1_BASE) / 4;

		rely(context < S2T_SPT_CONTEXTS); /* beyond the banks nothing is known */
		const uint64_t vmid = adt->smmu_cfg[context];

		refused = vmid != 0 &&
		          (data >> CBAR_TYPE_SHIFT != CBAR_TYPE_S2_TRANS || vmid != (data & CBAR_VMID_MASK));
	} else if (offset >= SMMU_GLOBAL_BASE) {
		refused = ((offset - SMMU_GLOBAL_BASE) & (PAGE_SIZE - 1)) == ARM_SMMU_CB_CONTEXTIDR;
	}
	return end(adt, refused || (len != 8 && len != 4), S2T_CASE_HFT_6,
	           refused ? S2T_CASE_HFT_7 : S2T_CASE_HFT_8);
}

/* host_npt_handler_spec */
static bool host_npt_handler(struct s2t_model *adt, s2t_addr fault, uint64_t esr, uint64_t data)
{
	const struct s2t_board *b = &adt->board;
	const s2t_addr page = fault / PAGE_SIZE * PAGE_SIZE; /* HPFAR_EL2 */
	uint64_t res = INVALID;
	bool halt;

	if (!is_addr(fault))
		return end(adt, true, S2T_CASE_HFT_9, S2T_CASE_HFT_9);
	rely(s2t_hlock(adt, S2T_LOCK_SMMU));
	for (uint64_t i = 0; i < b->smmu_num; i++)
		if (page >= b->smmu_base + i * b->smmu_size && page < b->smmu_base + (i + 1) * b->smmu_size)
			res = i;
	if (res != INVALID)
		return host_mmio(adt, res, fault, esr, data);
	rely(s2t_hlock(adt, S2T_LOCK_S2PAGE));
	rely(s2t_hlock(adt, s2t_npt_id(HOSTVISOR)));
	when(s2t_local_map_host(adt, fault, &halt));
	return s2t_top_done(adt, halt);
}

/* host_vcpu_run_handler_spec: vcpu_run_process */
static bool vcpu_run(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, const uint64_t run[4])
{
	if (!s2t_is_vm(adt, vmid) || !is_vcpu(vcpuid))
		return end(adt, true, S2T_CASE_VRN_2, s2t_is_vm(adt, vmid) ? S2T_CASE_VRN_7 : S2T_CASE_VRN_6);
	const uint64_t *vcpu = adt->info[vmid].vcpu[vcpuid];

	if (state_of(adt, vmid) != VERIFIED || vcpu[S2T_VCPU_STATE] != READY)
		return end(adt, true, S2T_CASE_VRN_2, S2T_CASE_VRN_8);
	s2t_set_vcpu(adt, vmid, vcpuid, S2T_VCPU_STATE, ACTIVE);
	if (vcpu[S2T_VCPU_FRESH]) {
		rely(s2t_hlock(adt, s2t_info_id(adt, vmid)));
		if (s2t_search_load_info_loop_h(adt, vmid, run[0]) == 0)
			return end(adt, true, S2T_CASE_VRN_2, S2T_CASE_VRN_9);
		s2t_set_vcpu(adt, vmid, vcpuid, S2T_VCPU_FRESH, 0);
		return end(adt, false, S2T_CASE_VRN_2, S2T_CASE_VRN_9);
	}
	adt->case_id = S2T_CASE_VRN_3;
	if (run[1] < PAGE_SIZE || !is_addr(run[1]))
		return true;
	when(s2t_prot_and_map_vm_s2pt_spec_h(adt, vmid, run[1], run[2], run[3]));
	const bool assigned = adt->case_id != S2T_CASE_PMV_5;

	if (adt->case_id != S2T_CASE_PMV_9)
		s2t_case(adt, run[3] == 2 ? S2T_CASE_VRN_5 : S2T_CASE_VRN_4,
		         assigned ? S2T_CASE_VRN_11 : S2T_CASE_VRN_10);
	else
		adt->case_id = S2T_CASE_VRN_12;
	return true;
}

/* prep_exit_vm, of the two exits that come so far */
static bool exit_vm(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, bool trap, uint64_t x0)
{
	enum s2t_case ok = trap ? S2T_CASE_VEX_6 : S2T_CASE_VEX_8;

	if (trap && (x0 & INVALID) == PSCI_0_2_FN_SYSTEM_OFF) {
		when(set_vm_poweroff(adt, vmid));
		ok = S2T_CASE_VEX_7;
	}
	if (adt->info[vmid].vcpu[vcpuid][S2T_VCPU_STATE] != ACTIVE)
		return end(adt, true, ok, S2T_CASE_VEX_9);
	s2t_set_vcpu(adt, vmid, vcpuid, S2T_VCPU_STATE, READY);
	return end(adt, false, ok, S2T_CASE_VEX_9);
}

/* vm_exit_handler_spec */
static bool vcpu_exit(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, const struct s2t_exit *exit)
{
	const uint64_t exit_type = exit->esr >> 26 & 63;

	rely(is_vcpu(vcpuid));
	if (exit->ec == ARM_EXCEPTION_INTERRUPT)
		return exit_vm(adt, vmid, vcpuid, false, 0);
	if (exit->ec != ARM_EXCEPTION_TRAP || (exit_type != ESR_ELx_EC_SYS64 && exit_type != ESR_ELx_EC_HVC64))
		return end(adt, true, S2T_CASE_VEX_2, S2T_CASE_VEX_10);
	if (exit_type == ESR_ELx_EC_SYS64)
		return end(adt, false, S2T_CASE_VEX_2, S2T_CASE_VEX_10);
	if (exit->x0 == adt->board.hvc_kvm_set_desc_pfn) {
		when(share(adt, true, vmid, exit->x2, exit->x3));
		adt->case_id = S2T_CASE_VEX_3;
		return true;
	}
	if (exit->x0 != adt->board.hvc_kvm_unset_desc_pfn)
		return exit_vm(adt, vmid, vcpuid, true, exit->x0);
	when(share(adt, false, vmid, exit->x2, exit->x3));
	s2t_case(adt, S2T_CASE_VEX_4, S2T_CASE_VEX_5);
	return true;
}

#define HANDLE(good, call) ((good) ? (call) : end(adt, true, S2T_CASE_HVC_4, S2T_CASE_HVC_4))

/* host_hvc_handler_spec. The ranges are its own. */
static bool hypercall(struct s2t_model *adt, const uint64_t *x, uint64_t *x0)
{
	const struct s2t_board *b = &adt->board;
	const uint64_t arg = x[0], arg1 = x[1], arg2 = x[2], arg3 = x[3], arg4 = x[4], arg5 = x[5];
	const uint64_t pages = (arg4 + 4095) / PAGE_SIZE * PAGE_SIZE; /* of PHYS_ADDR_IOREMAP */
	const bool vm = s2t_is_vm(adt, arg1), bank1 = is_smmu_cfg(arg1), bank2 = is_smmu_cfg(arg2);
	uint64_t index;

	if (arg == b->hvc_timer_set_cntvoff)
		return true;
	if (arg == b->hvc_clear_vm_s2_range)
		return HANDLE(vm && is_paddr(arg2) && is_paddr(arg3), clear_vm_s2_range(adt, arg1, arg2, arg3));
	if (arg == b->hvc_set_boot_info)
		return HANDLE(vm && is_paddr(arg2) && is_paddr(arg1) && arg3 < KVM_PFN_SPACE &&
		                      is_pfn(arg2 + arg3),
		              set_boot_info(adt, arg1, arg2, arg3, &index));
	if (arg == b->hvc_remap_vm_image)
		return HANDLE(vm && is_pfn(arg3) && is_load_idx(arg3), remap_vm_image(adt, arg1, arg2, arg3));
	if (arg == b->hvc_verify_vm_image)
		return HANDLE(vm, verify(adt, arg1));
	if (arg == b->hvc_smmu_free_pgd)
		return HANDLE(bank1 && is_smmu(arg2),
		              free_smmu_pgd(adt, (unsigned)(arg2 * SMMU_CTXT_BANKS + arg1)));
	if (arg == b->hvc_smmu_alloc_pgd)
		return HANDLE(bank1 && arg2 < b->corevisor && is_smmu(arg3),
		              alloc_smmu_pgd(adt, arg1, arg2, arg3));
	if (arg == b->hvc_smmu_lpae_map)
		return HANDLE(is_paddr(arg1) && is_paddr(arg2) && arg3 < MAX_SMMU_PROT &&
		                      phys_page(arg3) == 0 && is_smmu_cfg(arg4) && is_smmu(arg5),
		              lpae_map(adt, arg1, arg2, arg3, (unsigned)(arg5 * SMMU_CTXT_BANKS + arg4)));
	if (arg == b->hvc_smmu_lpae_iova_to_phys)
		return HANDLE(is_paddr(arg1) && bank2 && is_smmu(arg3),
		              iova_to_phys(adt, arg1, (unsigned)(arg3 * SMMU_CTXT_BANKS + arg2), x0));
	if (arg == b->hvc_smmu_clear)
		return HANDLE(is_paddr(arg1) && bank2 && is_smmu(arg3),
		              lpae_clear(adt, arg1, (unsigned)(arg3 * SMMU_CTXT_BANKS + arg2)));
	if (arg == b->hvc_phys_addr_ioremap)
		return HANDLE(vm && is_addr(arg2) && is_paddr(arg3) && is_paddr(arg4) &&
		                      is_addr(arg2 + pages) && is_paddr(arg3 + pages),
		              ioremap(adt, arg1, arg2, arg3, arg4));
	if (arg == b->hvc_register_kvm)
		return register_kvm(adt, x0);
	if (arg == b->hvc_register_vcpu)
		return HANDLE(vm && is_vcpu(arg2), register_vcpu(adt, arg1, arg2));
	return arg < 26 || arg > 29; /* encryption is not modelled */
}

static bool hypercall_step(struct s2t_model *adt, const uint64_t *x, uint64_t *x0)
{
	*x0 = x[0];
	adt->case_id = S2T_CASE_HVC_3;
	when(hypercall(adt, x, x0));
	if (adt->cpu.halt)
		*x0 = 0;
	if (adt->case_id != S2T_CASE_HVC_3 && adt->case_id != S2T_CASE_HVC_4)
		s2t_case(adt, S2T_CASE_HVC_2, S2T_CASE_HVC_5);
	return true;
}

/* A bank of an operation; what names none is not what a trap would let through. */
static bool bank(uint64_t cbndx, uint64_t index, unsigned *context)
{
	*context = (unsigned)(index * SMMU_CTXT_BANKS + cbndx);
	return is_smmu(index) && is_smmu_cfg(cbndx);
}

/* A vmid is looked up where it stands, so it must be one. */
static bool top_of_vm(struct s2t_model *adt, const struct s2t_call *call, uint64_t *ret)
{
	const uint64_t *a = call->arg;
	const struct s2t_exit exit = { a[2], a[3], a[4], a[5], a[6] };

	rely(s2t_is_vmid(adt, a[0]));
	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_RANGE:
		rely(is_pfn(a[1]) && is_pfn(a[2]));
		return clear_range(adt, a[0], a[1], a[2]);
	case S2T_OP_PROT_AND_MAP_VM_S2PT:
		rely(is_addr(a[1]));
		return s2t_prot_and_map_vm_s2pt_spec_h(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_GRANT_STAGE2_SG_GPA: return share(adt, true, a[0], a[1], a[2]);
	case S2T_OP_REVOKE_STAGE2_SG_GPA: return share(adt, false, a[0], a[1], a[2]);
	case S2T_OP_SET_VM_POWEROFF: return set_vm_poweroff(adt, a[0]);
	case S2T_OP_REGISTER_VCPU: rely(is_vcpu(a[1])); return register_vcpu(adt, a[0], a[1]);
	case S2T_OP_SET_BOOT_INFO:
		rely(is_addr(a[1]) && is_addr(a[2]));
		return set_boot_info(adt, a[0], a[1], a[2], ret);
	case S2T_OP_REMAP_VM_IMAGE: rely(is_load_idx(a[2])); return remap_vm_image(adt, a[0], a[1], a[2]);
	case S2T_OP_VERIFY_AND_LOAD_IMAGES: return verify(adt, a[0]);
	case S2T_OP_SEARCH_LOAD_INFO:
		*ret = s2t_search_load_info_loop_h(adt, a[0], a[1]);
		adt->case_id = *ret ? S2T_CASE_SLI_2 : S2T_CASE_SLI_3;
		return true;
	case S2T_OP_CLEAR_VM_STAGE2_RANGE:
		rely(is_paddr(a[1]) && is_paddr(a[2]));
		return clear_vm_s2_range(adt, a[0], a[1], a[2]);
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP:
		rely(is_addr(a[1]) && is_paddr(a[2]) && is_paddr(a[3]));
		return ioremap(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_VCPU_EXIT: return vcpu_exit(adt, a[0], a[1], &exit);
	default: return false;
	}
}

bool s2t_top_step(struct s2t_model *adt, const struct s2t_call *call, uint64_t *ret)
{
	const uint64_t *a = call->arg;
	unsigned context;

	if (adt->cpu.halt)
		return true;
	switch ((enum s2t_op)call->op) {
	case S2T_OP_REGISTER_KVM: return register_kvm(adt, ret);
	case S2T_OP_EL2_FREE_SMMU_PGD: rely(bank(a[0], a[1], &context)); return free_smmu_pgd(adt, context);
	case S2T_OP_EL2_ALLOC_SMMU_PGD:
		rely(bank(a[0], a[2], &context) && s2t_is_vmid(adt, a[1]));
		return alloc_smmu_pgd(adt, a[0], a[1], a[2]);
	case S2T_OP_EL2_ARM_LPAE_MAP:
		rely(bank(a[3], a[4], &context) && is_paddr(a[0]) && is_paddr(a[1]));
		return lpae_map(adt, a[0], a[1], a[2], context);
	case S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS:
		rely(bank(a[1], a[2], &context) && is_paddr(a[0]));
		return iova_to_phys(adt, a[0], context, ret);
	case S2T_OP_EL2_ARM_LPAE_CLEAR:
		rely(bank(a[1], a[2], &context) && is_paddr(a[0]));
		return lpae_clear(adt, a[0], context);
	case S2T_OP_HOST_FAULT: return host_npt_handler(adt, a[0], a[1], a[2]);
	case S2T_OP_VCPU_RUN: return vcpu_run(adt, a[0], a[1], a + 2);
	case S2T_OP_HYPERCALL: return hypercall_step(adt, a, ret);
	default: return top_of_vm(adt, call, ret);
	}
}
