/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What traps bring in records of the hypercall layer: the fault of a host, the exit of a guest, and hypercalls by their
 * number. Part of version 2 of the inputs. The registers of a hypercall are the arguments of the operation that its
 * number names.
 */
#include "decode_hyper.h"

/* An address in RAM, or a register of an SMMU; what an access to that would be. */
void s2t_hyper_host_fault(struct s2t_resolving *r)
{
	static const uint64_t reg[32] = { 0,      8,      4,      0xFFF,  0x1000, 0x1004, 0x101C, 0x1020,
		                          0x17FC, 0x1800, 0x7FFC, 0x8000, 0x8020, 0x8034, 0x9020, 0xF034,
		                          0xFFFC, 0x1000, 0x1004, 0x1008, 0x100C, 0x1010, 0x1014, 0x1018,
		                          0x101C, 0,      8,      0,      8,      0x1002, 0x8034, 0x10000 };
	static const uint64_t word[16] = { 1u << 21, 0xFF, 0x10000, 1, 0x200100, 0xFFFF, 0x1FF };
	struct s2t_decoder *d = r->d;
	const struct s2t_board *board = &d->board;
	const uint8_t *s = r->select;

	if (s2t_decode_is_fixed(r, 0, S2T_ARG_IPA))
		d->pfn = r->arg[0] >> 12 & (GEN_PFN_END - 1);
	else if (s[0] < 0xA0)
		r->arg[0] = (d->pfn = s2t_decode_page(d, s[0])) << 12 | r->offset;
	else if (s[0] < 0xE0)
		r->arg[0] = board->smmu_base + reg[s[0] & 31];
	else if (s[0] < 0xF0)
		r->arg[0] = s2t_decode_place(d, 0xC0 | (s[0] & 15)).gfn << 12 | r->offset;
	else
		r->arg[0] = d->pfn << 12 | r->offset;
	/* Bit 6: a write. Bits 22 and 23: 1, 2, 4 or 8 bytes; most selectors say 4 or 8. */
	if (!s2t_decode_is_fixed(r, 1, S2T_ARG_WORD))
		r->arg[1] = (s[1] & 1u) << 6 | (s[1] < 0x80 ? 2u | (s[1] >> 1 & 1u) : s[1] >> 1 & 3u) << 22;
	if (s2t_decode_is_fixed(r, 2, S2T_ARG_WORD))
		return;
	const uint64_t bank = (r->arg[0] - board->smmu_base - 0x1000) >> 2 & 7;

	if (s[2] < 0x60)
		r->arg[2] = s2t_model_smmu_cfg(d->model, (unsigned)bank) & 0xFF;
	else if (s[2] < 0x80)
		r->arg[2] = 0;
	else
		r->arg[2] = s[2] < 0xC0 ? word[s[2] & 7] : s[2] & 0x1F;
}

/* Exit code, class and registers of a guest, as the traps read them. */
void s2t_hyper_vcpu_exit(struct s2t_resolving *r)
{
	enum { EXIT_TRAP = 2, EXIT_INTERRUPT = 31 };
	static const uint64_t hvc = 22, system = 30;
	const struct s2t_board *board = &r->d->board;
	const uint8_t *s = r->select;

	s2t_hyper_vm(r, 0);
	s2t_hyper_vcpu(r, 1, r->arg[0], S2T_ACTIVE);
	if (!s2t_decode_is_fixed(r, 2, S2T_ARG_WORD))
		r->arg[2] = s[2] < 0xC0 ? EXIT_TRAP : (s[2] < 0xE0 ? EXIT_INTERRUPT : s[2] & 31);
	if (!s2t_decode_is_fixed(r, 3, S2T_ARG_WORD))
		r->arg[3] = (s[3] < 0xC0 ? hvc : s[3] < 0xE0 ? system : s[3] & 63u) << 26;
	if (!s2t_decode_is_fixed(r, 4, S2T_ARG_WORD))
		r->arg[4] = s[4] < 0x40   ? board->hvc_kvm_set_desc_pfn
		            : s[4] < 0x80 ? board->hvc_kvm_unset_desc_pfn
		            : s[4] < 0xA0 ? UINT64_C(0x84000008) /* PSCI SYSTEM_OFF */
		            : s[4] < 0xB0 ? UINT64_C(0x184000008)
		                          : s[4] & 31;
	s2t_hyper_ipa(r, 5, r->arg[0]);
	s2t_hyper_size(r, 6);
}

/* Operations by hypercall, in the order of their selectors. */
static const uint8_t by_number[] = {
	S2T_OP_REGISTER_KVM,           S2T_OP_REGISTER_VCPU,
	S2T_OP_SET_BOOT_INFO,          S2T_OP_REMAP_VM_IMAGE,
	S2T_OP_VERIFY_AND_LOAD_IMAGES, S2T_OP_CLEAR_VM_STAGE2_RANGE,
	S2T_OP_EL2_FREE_SMMU_PGD,      S2T_OP_EL2_ALLOC_SMMU_PGD,
	S2T_OP_EL2_ARM_LPAE_MAP,       S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS,
	S2T_OP_EL2_ARM_LPAE_CLEAR,     S2T_OP_KVM_PHYS_ADDR_IOREMAP,
};
enum { NUMBERS = sizeof(by_number) };

static uint64_t number_of(const struct s2t_board *board, unsigned i)
{
	const uint64_t number[NUMBERS] = {
		board->hvc_register_kvm,           board->hvc_register_vcpu,   board->hvc_set_boot_info,
		board->hvc_remap_vm_image,         board->hvc_verify_vm_image, board->hvc_clear_vm_s2_range,
		board->hvc_smmu_free_pgd,          board->hvc_smmu_alloc_pgd,  board->hvc_smmu_lpae_map,
		board->hvc_smmu_lpae_iova_to_phys, board->hvc_smmu_clear,      board->hvc_phys_addr_ioremap,
	};

	return number[i];
}

int s2t_decode_by_number(const struct s2t_board *board, uint64_t number)
{
	for (unsigned i = 0; i < NUMBERS; i++)
		if (number_of(board, i) == number)
			return by_number[i];
	return -1;
}

void s2t_hyper_hypercall(struct s2t_resolving *r)
{
	const struct s2t_board *board = &r->d->board;
	const uint8_t s = r->select[0];
	struct s2t_resolving registers = *r;

	if (!s2t_decode_is_fixed(r, 0, S2T_ARG_HVC))
		r->arg[0] = s < 0xE0   ? number_of(board, s % NUMBERS)
		            : s < 0xE8 ? board->hvc_timer_set_cntvoff
		                       : UINT64_C(32) + (s & 31);
	const int op = s2t_decode_by_number(board, r->arg[0]);

	registers.select++;
	registers.literal++;
	registers.arg++;
	if (op >= 0)
		s2t_decode_hyper(&registers, (enum s2t_op)op);
	for (unsigned i = op < 0 ? 0 : s2t_op_table[op].arg_count; i < 5; i++)
		if (!s2t_decode_is_fixed(&registers, i, S2T_ARG_WORD))
			registers.arg[i] = registers.select[i];
}
