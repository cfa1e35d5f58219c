/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of the operations of the hypercall layer. */
#include "gen_hyper.h"

/* Exception classes and numbers of a guest's calls, as the traps read them. */
enum { EC_HVC = 22, EC_SYSTEM = 30, EXIT_SYNC = 2, EXIT_INTERRUPT = 31 };
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

uint32_t s2t_gen_hyper_vm(struct s2t_gen *gen)
{
	const uint64_t next = s2t_model_core(gen->model, S2T_CORE_NEXT_VMID), first = gen->board.next_vmid;
	const uint32_t random = s2t_gen_below(gen, 256);

	if (random < 2)
		return (uint32_t)gen->board.corevisor + (random & 1);
	if (random < 8)
		return 0;
	if (random < 16 || next <= first)
		return s2t_gen_pick_vm(gen, random);
	if (random < 20)
		return (uint32_t)next; /* the one to come */
	return (uint32_t)(random < 160 ? next - 1 : first + s2t_gen_below(gen, (uint32_t)(next - first)));
}

uint64_t s2t_gen_hyper_ipa(struct s2t_gen *gen, uint32_t vmid)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	const uint64_t images = s2t_model_vm(gen->model, vmid, S2T_VM_IMAGES);

	if (images > 0 && (random & 3) == 0)
		return s2t_model_image(gen->model, vmid, random >> 8 & 3, S2T_IMAGE_ADDR) +
		       (random >> 16 & 0x3fff);
	if (gen->mapped.count > 0 && (random & 3) == 1)
		return gen->mapped.at[s2t_gen_below(gen, gen->mapped.count)].gfn << 12;
	return s2t_gen_pick_frame(gen, random >> 8) << 12 | ((random >> 4 & 15) == 0 ? 0x7f8 : 0);
}

/* An address in the registers of an SMMU, at the ends of the parts that are told apart. */
static uint64_t smmu_register(struct s2t_gen *gen)
{
	static const uint64_t offset[] = { 0,      8,      4,      0xfff,   0x1000, 0x1004, 0x101c,
		                           0x1020, 0x17fc, 0x1800, 0x7ffc,  0x8000, 0x8020, 0x8034,
		                           0x9020, 0xf034, 0xfffc, 0x10000, 0x10ffc };
	const uint32_t i = s2t_gen_below(gen, sizeof(offset) / sizeof(offset[0]));

	return gen->board.smmu_base + offset[i];
}

/* A bank of the first SMMU that is a VM's; any bank where there is none. */
static unsigned bank_of_vm(struct s2t_gen *gen)
{
	const unsigned first = s2t_gen_below(gen, 8);

	for (unsigned i = 0; i < 8; i++) {
		const uint64_t owner = s2t_model_smmu_cfg(gen->model, (first + i) & 7);

		if (owner > 0 && owner < gen->board.corevisor)
			return (first + i) & 7;
	}
	return first;
}

/* A write to a register that EL2 looks at: refused for one reason alone, or just let through. */
static void write_of_smmu(struct s2t_gen *gen, uint64_t arg[])
{
	const uint64_t random = s2t_rng_next(&gen->rng), bit = UINT64_C(1) << (random >> 8 & 31);
	const unsigned bank = bank_of_vm(gen);
	const uint64_t owner = s2t_model_smmu_cfg(gen->model, bank) & 0xff;

	arg[1] = ((random >> 16 & 1) ? 3u : 2u) << 22 | 1 << 6;
	switch (random & 7) {
	case 0:
		arg[0] = 0;
		arg[2] = GEN_ONE_OF(gen, UINT64_C(1) << 20, UINT64_C(1) << 22, ~(UINT64_C(1) << 21),
		                    UINT64_C(1) << 21);
		break;
	case 1:
		arg[0] = 8;
		arg[2] = bit;
		break;
	case 2:
	case 3:
		arg[0] = 0x1000 + 4 * bank;
		arg[2] = (random & 0x200) ? owner ^ 1 : owner | 0x100;
		break;
	case 4:
	case 5:
		arg[0] = 0x1000 + 4 * bank;
		arg[2] = owner | UINT64_C(0x10000) << (random >> 9 & 3);
		break;
	default:
		arg[0] = 0x8034 + 0x1000 * (random >> 9 & 7);
		arg[2] = bit;
		break;
	}
	arg[0] += gen->board.smmu_base;
}

static void host_fault(struct s2t_gen *gen, uint64_t arg[])
{
	const uint64_t random = s2t_rng_next(&gen->rng);

	if (gen->hyper.sought == S2T_CASE_HFT_7 || (random >> 48 & 63) == 0) {
		write_of_smmu(gen, arg);
		return;
	}
	if ((random & 3) != 0 || gen->board.smmu_num == 0) {
		arg[0] = s2t_gen_pick_page(gen, random >> 8) << 12 | (random >> 32 & 0xff8);
		arg[1] = arg[2] = 0;
		return;
	}
	if ((random & 0x3c) == 0) { /* a bank of the working set gets its owner, or nearly so */
		const uint32_t context = gen->context[random >> 6 & 1];

		arg[0] = gen->board.smmu_base + 0x1000 + UINT64_C(4) * (context & 7);
		arg[1] = UINT64_C(2) << 22 | 1 << 6;
		arg[2] = (s2t_model_smmu_cfg(gen->model, context & 7) & 0xff) | ((random >> 12 & 1) << 16) |
		         (random >> 13 & 1) << 12 | ((random >> 16 & 7) == 0);
		return;
	}
	arg[0] = smmu_register(gen);
	arg[1] = ((random >> 8 & 7) < 6 ? 2 + (random >> 8 & 1) : random >> 11 & 1) << 22 | (random >> 12 & 1)
	                                                                                            << 6;
	arg[2] = GEN_ONE_OF(gen, 0, UINT64_C(1) << 21, 0xff, 0x10000, s2t_gen_hyper_vm(gen), random >> 20);
}

/* What the guest maps when it runs: a page or a block of RAM. */
static void fault_of_guest(struct s2t_gen *gen, uint32_t vmid, uint64_t *addr, uint64_t *pte, uint64_t *level)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	const bool block = (random & 255) < gen->block_share + 8u;
	const uint64_t pfn = s2t_gen_pick_page(gen, random >> 8);

	*addr = s2t_gen_hyper_ipa(gen, vmid);
	*pte = block ? s2t_gen_block_pte(pfn, random >> 16) : s2t_gen_pte(pfn, random >> 16);
	*level = block ? 2 : 3;
	if (block && (random >> 40 & 7) != 0)
		*addr &= ~UINT64_C(0x1fffff);
}

static void vcpu_exit(struct s2t_gen *gen, uint64_t arg[])
{
	const struct s2t_board *board = &gen->board;
	const uint64_t random = s2t_rng_next(&gen->rng);
	uint64_t class = (random & 15) < 13 ? EC_HVC : EC_SYSTEM;

	if ((random & 15) == 15 ||
	    gen->hyper.sought == S2T_CASE_VEX_10) /* another class, mostly one that is a bit away from those */
		class = (random >> 8 & 1) || gen->hyper.sought == S2T_CASE_VEX_10
		                ? class ^ UINT64_C(1) << (random >> 9 & 7) % 6
		                : random >> 10 & 63;

	arg[2] = (random >> 16 & 7) < 6    ? EXIT_SYNC
	         : (random >> 16 & 7) == 6 ? EXIT_INTERRUPT
	                                   : random >> 20 & 31;
	arg[3] = class << 26;
	arg[4] = GEN_ONE_OF(gen, board->hvc_kvm_set_desc_pfn, board->hvc_kvm_set_desc_pfn,
	                    board->hvc_kvm_unset_desc_pfn, board->hvc_kvm_unset_desc_pfn, PSCI_SYSTEM_OFF, 0);
	if ((random >> 48 & 15) == 0) /* which parts of x0 count differs from call to call */
		arg[4] |= UINT64_C(1) << 32;
	arg[5] = s2t_gen_hyper_ipa(gen, (uint32_t)arg[0]);
	arg[6] = GEN_ONE_OF(gen, 0, 1, 0x1000, 0x2000, 0x3001, UINT64_C(0x1000) << (random >> 40 & 7));
}

static uint64_t size_argument(struct s2t_gen *gen)
{
	const uint64_t random = s2t_rng_next(&gen->rng);

	return GEN_ONE_OF(gen, 0, 1, 0xfff, 0x1000, 0x1000, 0x1001, 0x2000, 0x2000, 0x4000, 0x10000, 0x201000,
	                  0x601000, gen->board.remap_end - gen->board.remap_start, random >> 40);
}

static uint64_t argument(struct s2t_gen *gen, enum s2t_arg_kind kind, uint32_t vmid, uint32_t context)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	const uint64_t page = s2t_gen_pick_page(gen, random >> 8);

	switch (kind) {
	case S2T_ARG_VMID: return vmid;
	case S2T_ARG_VCPUID: return (random & 63) == 0 ? 8 : (random & 3) == 0 ? random >> 8 & 7 : 0;
	case S2T_ARG_IMAGE:
		return (random & 63) == 0 ? 5 : (random & 7) == 0 ? random >> 8 & 7 : random >> 8 & 1;
	case S2T_ARG_CBNDX: return (random & 63) == 0 ? 8 : context & 7;
	case S2T_ARG_INDEX: return (random & 63) == 0 ? 2 : context >> 3;
	case S2T_ARG_PFN: return (random & 31) == 0 ? random >> 8 & 1023 : page;
	case S2T_ARG_GFN: return s2t_gen_pick_frame(gen, random);
	case S2T_ARG_IPA: return s2t_gen_hyper_ipa(gen, vmid);
	case S2T_ARG_PA: return (random & 3) == 0 ? s2t_gen_device_pfn(gen) << 12 : page << 12;
	case S2T_ARG_IOVA:
		if (gen->smmu.count > 0 && (random & 1) == 0)
			return gen->smmu.at[s2t_gen_below(gen, gen->smmu.count)].gfn << 12;
		return s2t_gen_pick_frame(gen, random >> 8) << 12 & (GEN_PA_END - 1);
	case S2T_ARG_PTE: return s2t_gen_pte(page, random >> 16);
	case S2T_ARG_LEVEL: return (random & 7) == 0 ? 2 : 3;
	case S2T_ARG_SIZE: return size_argument(gen);
	case S2T_ARG_PAGES: return (random & 7) == 0 ? 0 : random >> 8 & ((random & 8) ? 7 : 1023);
	case S2T_ARG_PROT: return (random & 15) == 0 ? random & 0xfff0000000001fff : random >> 8 & 0x7c3;
	case S2T_ARG_MASK: return (random & 3) == 0 ? random >> 8 & 31 : 31;
	case S2T_ARG_HVC:
	case S2T_ARG_WORD: break;
	}
	return random >> (random & 63);
}

/* A register of a hypercall just inside or outside of its range, given the others. */
static uint64_t edge(struct s2t_gen *gen, enum s2t_arg_kind kind, unsigned i, unsigned args, const uint64_t *x)
{
	const uint64_t corevisor = gen->board.corevisor;
	/* The other summand, of an address and a size. */
	const uint64_t other = kind == S2T_ARG_SIZE ? x[i - 1] : x[args - 1];

	switch (kind) {
	case S2T_ARG_VMID: return GEN_ONE_OF(gen, 0, corevisor - 1, corevisor, corevisor + 1);
	case S2T_ARG_PFN: return GEN_ONE_OF(gen, GEN_PFN_END - 1, GEN_PFN_END);
	case S2T_ARG_IMAGE: return GEN_ONE_OF(gen, 4, 5);
	case S2T_ARG_VCPUID:
	case S2T_ARG_CBNDX: return GEN_ONE_OF(gen, 7, 8);
	case S2T_ARG_INDEX: return GEN_ONE_OF(gen, 1, 2);
	case S2T_ARG_IOVA: return GEN_ONE_OF(gen, GEN_PA_END - 1, GEN_PA_END);
	case S2T_ARG_PROT:
		return GEN_ONE_OF(gen, UINT64_C(0x1000) << s2t_gen_below(gen, 36), INT64_MAX - 1, INT64_MAX,
		                  UINT64_C(0x7ff0000000000fff));
	case S2T_ARG_IPA:
	case S2T_ARG_PA:
	case S2T_ARG_SIZE:
		return GEN_ONE_OF(gen, GEN_PA_END - other, GEN_PA_END - other - 1, GEN_ADDR_END - other,
		                  GEN_ADDR_END - other - 1, UINT64_C(0) - other, UINT64_C(1) - other,
		                  GEN_PA_END, GEN_PA_END - 1, GEN_ADDR_END, GEN_ADDR_END - 1);
	default: return s2t_rng_next(&gen->rng);
	}
}

/* The registers of a hypercall: those of an operation that has a number, now and then with one at the end of its range or
 * beyond. */
static void hypercall(struct s2t_gen *gen, struct s2t_call *call)
{
	uint64_t random;

	do {
		call->op = S2T_OP_CLEAR_VM_RANGE + s2t_gen_below(gen, S2T_OP_HYPERCALL - S2T_OP_CLEAR_VM_RANGE);
	} while (!s2t_gen_as_hypercall(gen, &(struct s2t_call){ .op = call->op }) ||
	         s2t_gen_below(gen, 5) > s2t_op_table[call->op].arg_count); /* each register as often */
	const struct s2t_op_info *info = &s2t_op_table[call->op];
	const unsigned args = info->arg_count < 5 ? info->arg_count : 5;

	s2t_gen_hyper_args(gen, call);
	s2t_gen_as_hypercall(gen, call);
	random = s2t_rng_next(&gen->rng);
	if (args > 0 && ((random & 7) == 0 || gen->hyper.sought == S2T_CASE_HVC_4)) {
		const unsigned i = (unsigned)((random >> 8) % args);

		call->arg[1 + i] = (random & 0x80) && (random & 0x70) == 0
		                           ? random >> (random >> 16 & 63)
		                           : edge(gen, info->arg[i].kind, i, args, call->arg + 1);
	}
	if ((random >> 3 & 31) == 0)
		call->arg[0] = (random >> 32 & 3) ? gen->board.hvc_timer_set_cntvoff : random >> 34 & 63;
}

void s2t_gen_hyper_args(struct s2t_gen *gen, struct s2t_call *call)
{
	const struct s2t_op_info *info = &s2t_op_table[call->op];
	const struct s2t_board *board = &gen->board;
	const uint64_t random = s2t_rng_next(&gen->rng);
	const uint32_t vmid = s2t_gen_hyper_vm(gen);
	const uint32_t context = (random & 7) == 0 ? random >> 8 & 15 : gen->context[random >> 8 & 1];
	uint64_t *arg = call->arg;

	for (unsigned i = 0; i < S2T_MAX_ARGS; i++)
		arg[i] = i < info->arg_count ? argument(gen, info->arg[i].kind, vmid, context) : 0;
	switch ((enum s2t_op)call->op) {
	case S2T_OP_HOST_FAULT: host_fault(gen, arg); break;
	case S2T_OP_VCPU_EXIT: vcpu_exit(gen, arg); break;
	case S2T_OP_VCPU_RUN: fault_of_guest(gen, vmid, &arg[3], &arg[4], &arg[5]); break;
	case S2T_OP_PROT_AND_MAP_VM_S2PT: fault_of_guest(gen, vmid, &arg[1], &arg[2], &arg[3]); break;
	case S2T_OP_EL2_ALLOC_SMMU_PGD:
		if ((random >> 16 & 3) == 0)
			arg[1] = 0; /* for the host itself */
		break;
	case S2T_OP_SET_BOOT_INFO:
		if ((random >> 16 & 3) == 0) /* what is left of the remap window, and a page less */
			arg[2] = board->remap_end - s2t_model_core(gen->model, S2T_CORE_NEXT_REMAP) -
			         (random >> 18 & 4096);
		break;
	case S2T_OP_CLEAR_VM_STAGE2_RANGE:
		arg[1] = s2t_gen_pick_page(gen, random >> 16) << 12;
		if ((random >> 40 & 31) == 0) /* elsewhere, by a high bit */
			arg[1] ^= UINT64_C(1) << (32 + (random >> 45 & 15));
		break;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP:
		if ((random >> 16 & 3) != 0)
			arg[2] = s2t_gen_device_pfn(gen) << 12;
		break;
	case S2T_OP_HYPERCALL: hypercall(gen, call); break;
	default: break;
	}
}

bool s2t_gen_as_hypercall(const struct s2t_gen *gen, struct s2t_call *call)
{
	const struct s2t_board *board = &gen->board;
	uint64_t number;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_STAGE2_RANGE: number = board->hvc_clear_vm_s2_range; break;
	case S2T_OP_SET_BOOT_INFO: number = board->hvc_set_boot_info; break;
	case S2T_OP_REMAP_VM_IMAGE: number = board->hvc_remap_vm_image; break;
	case S2T_OP_VERIFY_AND_LOAD_IMAGES: number = board->hvc_verify_vm_image; break;
	case S2T_OP_EL2_FREE_SMMU_PGD: number = board->hvc_smmu_free_pgd; break;
	case S2T_OP_EL2_ALLOC_SMMU_PGD: number = board->hvc_smmu_alloc_pgd; break;
	case S2T_OP_EL2_ARM_LPAE_MAP: number = board->hvc_smmu_lpae_map; break;
	case S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS: number = board->hvc_smmu_lpae_iova_to_phys; break;
	case S2T_OP_EL2_ARM_LPAE_CLEAR: number = board->hvc_smmu_clear; break;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP: number = board->hvc_phys_addr_ioremap; break;
	case S2T_OP_REGISTER_KVM: number = board->hvc_register_kvm; break;
	case S2T_OP_REGISTER_VCPU: number = board->hvc_register_vcpu; break;
	default: return false;
	}
	for (unsigned i = 5; i > 0; i--)
		call->arg[i] = call->arg[i - 1];
	call->arg[0] = number;
	call->op = S2T_OP_HYPERCALL;
	return true;
}

uint64_t s2t_gen_work(const struct s2t_gen *gen, const struct s2t_call *call)
{
	const struct s2t_board *board = &gen->board;
	const uint64_t *arg = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_RANGE: return arg[2];
	case S2T_OP_GRANT_STAGE2_SG_GPA:
	case S2T_OP_REVOKE_STAGE2_SG_GPA:
	case S2T_OP_CLEAR_VM_STAGE2_RANGE: return arg[2] / 4096;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP: return arg[3] / 4096;
	case S2T_OP_VCPU_EXIT: return arg[2] == EXIT_SYNC ? arg[6] / 4096 : 0;
	case S2T_OP_HYPERCALL:
		if (arg[0] == board->hvc_clear_vm_s2_range)
			return arg[3] / 4096;
		return arg[0] == board->hvc_phys_addr_ioremap ? arg[4] / 4096 : 0;
	default: return 0;
	}
}
