/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of each operation of the hypercall layer, in the order in which they are chosen. Part of version 2 of
 * the inputs.
 *
 * The page of a descriptor or address is chosen first, then the VM, then the rest. Kinds that decode_hyper.h does not
 * list are those of decode_pick.c.
 */
#include "decode_hyper.h"

/* vcpu_run and prot_and_map_vm_s2pt: the page is chosen, the VM is known. */
static void set_mapping(struct s2t_resolving *r, unsigned addr, unsigned pte, unsigned level, uint64_t vmid)
{
	if (!s2t_decode_is_fixed(r, level, S2T_ARG_LEVEL))
		r->arg[level] = s2t_decode_level(r->select[level]);
	s2t_hyper_ipa(r, addr, vmid);
	/* A block mostly begins where one can. */
	if (r->arg[level] == 2 && r->select[addr] < S2T_SELECT_LIMIT && (r->extra >> 9 & 3) != 3)
		r->arg[addr] &= ~((UINT64_C(1) << S2T_HYPER_BLOCK_SHIFT) - 1);
	s2t_decode_finish_pte(r, pte, r->arg[level] == 2);
}

void s2t_decode_hyper(struct s2t_resolving *r, enum s2t_op op)
{
	uint64_t *arg = r->arg;

	switch (op) {
	case S2T_OP_CLEAR_VM_RANGE:
		s2t_hyper_pfn(r, 1);
		s2t_hyper_vm(r, 0);
		s2t_hyper_page_count(r, 2);
		break;
	case S2T_OP_PROT_AND_MAP_VM_S2PT:
		s2t_hyper_pte(r, 2);
		s2t_hyper_vm(r, 0);
		set_mapping(r, 1, 2, 3, arg[0]);
		break;
	case S2T_OP_GRANT_STAGE2_SG_GPA:
	case S2T_OP_REVOKE_STAGE2_SG_GPA:
		s2t_hyper_vm(r, 0);
		s2t_hyper_ipa(r, 1, arg[0]);
		s2t_hyper_size(r, 2);
		break;
	case S2T_OP_SET_VM_POWEROFF: s2t_hyper_vm(r, 0); break;
	case S2T_OP_REGISTER_VCPU:
		s2t_hyper_vm(r, 0);
		s2t_hyper_vcpu(r, 1, arg[0], S2T_UNUSED);
		break;
	case S2T_OP_SET_BOOT_INFO:
		s2t_hyper_vm(r, 0);
		s2t_hyper_load_address(r, 1, arg[0]);
		s2t_hyper_size(r, 2);
		break;
	case S2T_OP_REMAP_VM_IMAGE:
		s2t_hyper_pfn(r, 1);
		s2t_hyper_vm(r, 0);
		s2t_hyper_image(r, 2, arg[0]);
		break;
	case S2T_OP_VERIFY_AND_LOAD_IMAGES:
		s2t_hyper_vm(r, 0);
		s2t_hyper_mask(r, 1);
		break;
	case S2T_OP_SEARCH_LOAD_INFO:
		s2t_hyper_vm(r, 0);
		s2t_hyper_ipa(r, 1, arg[0]);
		break;
	case S2T_OP_EL2_FREE_SMMU_PGD: s2t_hyper_bank(r, 0, 1, UINT32_MAX); break;
	case S2T_OP_EL2_ALLOC_SMMU_PGD:
		s2t_hyper_vm(r, 1);
		s2t_hyper_bank(r, 0, 2, UINT32_MAX);
		break;
	case S2T_OP_EL2_ARM_LPAE_MAP:
		s2t_hyper_pa(r, 1, false);
		s2t_hyper_bits_of_smmu(r, 1);
		s2t_hyper_iova(r, 0, 3, 4);
		s2t_hyper_prot(r, 2);
		break;
	case S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS:
	case S2T_OP_EL2_ARM_LPAE_CLEAR: s2t_hyper_iova(r, 0, 1, 2); break;
	case S2T_OP_CLEAR_VM_STAGE2_RANGE:
		s2t_hyper_pa(r, 1, false);
		s2t_hyper_vm(r, 0);
		s2t_hyper_size(r, 2);
		break;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP:
		s2t_hyper_pa(r, 2, true);
		s2t_hyper_vm(r, 0);
		s2t_hyper_ipa(r, 1, arg[0]);
		s2t_hyper_size(r, 3);
		break;
	case S2T_OP_HOST_FAULT: s2t_hyper_host_fault(r); break;
	case S2T_OP_VCPU_RUN:
		s2t_hyper_pte(r, 4);
		s2t_hyper_vm(r, 0);
		s2t_hyper_vcpu(r, 1, arg[0], S2T_READY);
		s2t_hyper_ipa(r, 2, arg[0]);
		set_mapping(r, 3, 4, 5, arg[0]);
		break;
	case S2T_OP_VCPU_EXIT: s2t_hyper_vcpu_exit(r); break;
	case S2T_OP_HYPERCALL: s2t_hyper_hypercall(r); break;
	default: break; /* register_kvm has no arguments, and the memory layers are not for this */
	}
}
