/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What traps to EL2: faults and calls of the host, runs and exits of vCPUs.
 *
 * The registers of the CPUs are arguments here, and are read only while the machine runs: after a panic a
 * trap does nothing, whatever is in them.
 */
#include "bodies.h"
#include "hypercalls.h"
#include "smmu_banks.h"
#include "vm.h"

#include <stddef.h>

#define PROT_LIMIT UINT64_C(0x7fffffffffffffff)

/* Why a vCPU left the guest, and of what class the trap was (Arm ARM, ESR_EL2.EC). */
enum { EXIT_TRAP = 2, EXIT_INTERRUPT = 31 };
enum { CLASS_HVC64 = 22, CLASS_SYS64 = 30 };
#define ESR_CLASS(esr)  ((esr) >> 26 & 63)
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008) /* in the low word of x0 */

void s2t_hyp_host_fault(struct s2t_hyp *h, uint64_t addr, uint64_t esr, uint64_t data)
{
	if (h->stop)
		return;
	s2t_rely(h, esr <= UINT32_MAX, "host fault: the syndrome is 2^32 or more");
	s2t_rely(h, addr < IPA_SPACE, "host fault: the address is 2^48 or more");
	if (!s2t_hyp_emulate_mmio(h, addr, esr, data) && !h->stop)
		s2t_body_map_page_host(h, addr);
}

/* A register whose value the verified code passes on in 32 bits. */
static uint32_t low(struct s2t_hyp *h, uint64_t reg)
{
	s2t_rely(h, reg <= UINT32_MAX, "trap: a register that is used as 32 bits has 2^32 or more");
	return (uint32_t)reg;
}

/* A vCPU that is fresh must start inside an image. */
static void first_run(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid, uint64_t pc)
{
	if (s2t_hyp_search_load_info(h, vmid, pc) == 0)
		PRIM(panic)(h, "vcpu_run: the vCPU would start outside all images");
	s2t_vcpu_has_run(h, vmid, vcpuid);
}

/* The host brings the page that the guest faulted on, if the vCPU left for that. */
static void next_run(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t pte, uint32_t level)
{
	if (addr >= h->board.vm_fault_min && addr < IPA_SPACE)
		s2t_hyp_prot_and_map_vm_s2pt(h, vmid, addr, pte, level);
}

void s2t_hyp_vcpu_run(struct s2t_hyp *h, const uint64_t *arg)
{
	uint32_t vmid, vcpuid, level;

	if (h->stop)
		return;
	vmid = low(h, arg[0]);
	vcpuid = low(h, arg[1]);
	level = low(h, arg[5]);
	if (!s2t_is_vm(h, vmid) || vcpuid >= S2T_HYP_VCPUS) {
		PRIM(panic)(h, "vcpu_run: no such VM, or no such vCPU");
		return;
	}
	s2t_vcpu_enter(h, vmid, vcpuid);
	if (h->stop)
		return;
	if (s2t_vcpu_is_fresh(h, vmid, vcpuid))
		first_run(h, vmid, vcpuid, arg[2]);
	else
		next_run(h, vmid, arg[3], arg[4], level);
}

/* A guest calls. True: it is nothing that EL2 does by itself, and the host is to see it. */
static bool guest_call(struct s2t_hyp *h, uint32_t vmid, uint64_t x0, uint64_t x2, uint64_t x3)
{
	if (!s2t_is_vm(h, vmid))
		PRIM(panic)(h, "vcpu_exit: a call of no VM");
	else if (x0 == h->board.hvc_kvm_set_desc_pfn)
		s2t_hyp_grant_stage2_sg_gpa(h, vmid, x2, x3);
	else if (x0 == h->board.hvc_kvm_unset_desc_pfn)
		s2t_hyp_revoke_stage2_sg_gpa(h, vmid, x2, x3);
	else
		return true;
	return false;
}

void s2t_hyp_vcpu_exit(struct s2t_hyp *h, const uint64_t *arg)
{
	const uint64_t ec = arg[2], class = ESR_CLASS(arg[3]), x0 = arg[4];
	uint32_t vmid, vcpuid;

	if (h->stop)
		return;
	vmid = low(h, arg[0]);
	vcpuid = low(h, arg[1]);
	s2t_rely_on_vmid(h, vmid);
	s2t_rely(h, vcpuid < S2T_HYP_VCPUS, "vcpu_exit: no such vCPU");
	if (ec == EXIT_TRAP && class == CLASS_SYS64)
		return;
	if (ec == EXIT_TRAP && class == CLASS_HVC64) {
		if (!guest_call(h, vmid, x0, arg[5], arg[6]))
			return;
		s2t_vcpu_has_run(h, vmid, vcpuid); /* whoever calls has run */
		if ((x0 & UINT32_MAX) == PSCI_SYSTEM_OFF)
			s2t_hyp_set_vm_poweroff(h, vmid);
	} else if (ec != EXIT_INTERRUPT) {
		PRIM(panic)(h, "vcpu_exit: a guest never exits so");
		return;
	}
	s2t_vcpu_leave(h, vmid, vcpuid);
}

/* The calls of the host, in the order in which their numbers are looked for. */
#define HYPERCALLS(X)                                                                                          \
	X(timer_set_cntvoff)                                                                                   \
	X(clear_vm_s2_range)                                                                                   \
	X(set_boot_info)                                                                                       \
	X(remap_vm_image)                                                                                      \
	X(verify_vm_image)                                                                                     \
	X(smmu_free_pgd)                                                                                       \
	X(smmu_alloc_pgd)                                                                                      \
	X(smmu_lpae_map)                                                                                       \
	X(smmu_lpae_iova_to_phys)                                                                              \
	X(smmu_clear)                                                                                          \
	X(register_kvm)                                                                                        \
	X(register_vcpu)                                                                                       \
	X(phys_addr_ioremap)

#define HYPERCALL_ENUM(name) CALL_##name,
enum hypercall { HYPERCALLS(HYPERCALL_ENUM) NO_CALL };

/* Which call a number is. */
static enum hypercall find(const struct s2t_board *board, uint64_t number)
{
#define HYPERCALL_NUMBER(name) board->hvc_##name,
	const uint64_t numbers[] = { HYPERCALLS(HYPERCALL_NUMBER) };
	unsigned i = 0;

	while (i < NO_CALL && numbers[i] != number)
		i++;
	return (enum hypercall)i;
}

/* Whether [addr, addr + size) is in `space`, and does not wrap around. */
static bool fits(uint64_t addr, uint64_t size, uint64_t space)
{
	return addr < space && size < space - addr;
}

static bool is_bank(uint64_t cbndx, uint64_t index)
{
	return cbndx < S2T_SMMU_BANKS && index < S2T_SMMUS;
}

/* Whether the registers x1..x5 are in the range that a call has for them. */
static bool in_range(const struct s2t_hyp *h, enum hypercall hypercall, const uint64_t *x)
{
	switch (hypercall) {
	case CALL_clear_vm_s2_range: return s2t_is_vm(h, x[1]) && x[2] < IPA_SPACE && x[3] < IPA_SPACE;
	case CALL_set_boot_info: return s2t_is_vm(h, x[1]) && fits(x[2], x[3], PHYS_SPACE);
	case CALL_remap_vm_image: return s2t_is_vm(h, x[1]) && x[2] < PFN_SPACE && x[3] < S2T_HYP_IMAGES;
	case CALL_verify_vm_image: return s2t_is_vm(h, x[1]);
	case CALL_smmu_free_pgd: return is_bank(x[1], x[2]);
	case CALL_smmu_alloc_pgd: return is_bank(x[1], x[3]) && x[2] < h->board.corevisor;
	case CALL_smmu_lpae_map:
		return x[1] < IOVA_SPACE && x[2] < PHYS_SPACE && x[3] < PROT_LIMIT &&
		       (x[3] & DESC_OUTPUT) == 0 && is_bank(x[4], x[5]);
	case CALL_smmu_lpae_iova_to_phys:
	case CALL_smmu_clear: return x[1] < IOVA_SPACE && is_bank(x[2], x[3]);
	case CALL_register_vcpu: return s2t_is_vm(h, x[1]) && x[2] < S2T_HYP_VCPUS;
	case CALL_phys_addr_ioremap:
		return x[1] <= h->board.corevisor && fits(x[2], x[4], IPA_SPACE) &&
		       fits(x[3], x[4], PHYS_SPACE);
	default: return true; /* it looks at no register, or is none */
	}
}

/* Makes the call, whose registers are in range. Returns x0. */
static uint64_t make(struct s2t_hyp *h, enum hypercall hypercall, const uint64_t *x)
{
	const uint32_t w1 = (uint32_t)x[1], w2 = (uint32_t)x[2], w3 = (uint32_t)x[3];

	switch (hypercall) {
	case CALL_clear_vm_s2_range: s2t_hyp_clear_vm_stage2_range(h, w1, x[2], x[3]); break;
	case CALL_set_boot_info: s2t_hyp_set_boot_info(h, w1, x[2], x[3]); break;
	case CALL_remap_vm_image: s2t_hyp_remap_vm_image(h, w1, x[2], w3); break;
	case CALL_verify_vm_image: s2t_hyp_verify_and_load_images(h, w1, UINT64_MAX); break;
	case CALL_smmu_free_pgd: s2t_hyp_free_smmu_pgd(h, w1, w2); break;
	case CALL_smmu_alloc_pgd: s2t_hyp_alloc_smmu_pgd(h, w1, w2, w3); break;
	case CALL_smmu_lpae_map: s2t_hyp_lpae_map(h, x[1], x[2], x[3], (uint32_t)x[4], (uint32_t)x[5]); break;
	case CALL_smmu_lpae_iova_to_phys: return s2t_hyp_lpae_iova_to_phys(h, x[1], w2, w3);
	case CALL_smmu_clear: s2t_hyp_lpae_clear(h, x[1], w2, w3); break;
	case CALL_register_kvm: return s2t_hyp_register_kvm(h);
	case CALL_register_vcpu: s2t_hyp_register_vcpu(h, w1, w2); break;
	case CALL_phys_addr_ioremap: s2t_hyp_phys_addr_ioremap(h, w1, x[2], x[3], x[4]); break;
	default: break; /* the timer, which has no state here, or no call */
	}
	return x[0];
}

uint64_t s2t_hyp_hypercall(struct s2t_hyp *h, const uint64_t *arg)
{
	enum hypercall hypercall;

	if (h->stop)
		return 0;
	hypercall = find(&h->board, arg[0]);
	if (in_range(h, hypercall, arg))
		return make(h, hypercall, arg);
	PRIM(panic)(h, "hypercall: a register is out of range");
	return 0;
}
