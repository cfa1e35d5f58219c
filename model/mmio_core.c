/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MmioRawSpec.v, MmioCoreAuxSpec.v, MmioCoreSpec.v and MmioOpsAuxSpec.v: an access of the host to the registers of an
 * SMMU. Nothing of an SMMU but its tables and the owners of its banks is modelled, so an access only passes or halts.
 *
 * The two forms of these layers say the same, once registers are arguments; here stands that of the chains.
 */
#include "hyper.h"

bool s2t_smmu_init_pte_spec(const struct s2t_model *adt, uint64_t prot, s2t_addr addr, s2t_pte *pte)
{
	rely(is_addr(addr));
	rely(prot < MAX_SMMU_PROT);
	*pte = addr | prot | adt->board.smmu_pte_bits;
	return true;
}

/* A write below SMMU_GLOBAL_BASE: `*ret` 0 refuses it. */
bool s2t_handle_smmu_global_access_spec(struct s2t_model *adt, uint64_t data, uint64_t offset,
                                        uint64_t smmu_index, uint64_t *ret)
{
	uint64_t vmid;

	*ret = 1;
	if (offset <= ARM_SMMU_GR1_BASE) {
		if (offset == ARM_SMMU_GR0_sCR0)
			*ret = data >> sCR0_SMCFCFG_SHIFT & 1;
		else if (offset == ARM_SMMU_GR0_sCR2)
			*ret = (data & 255) == 0;
	} else if (offset < ARM_SMMU_GR1_END) {
		const uint64_t n = (offset - ARM_SMMU_GR1_BASE) / 4;

		when(s2t_get_smmu_cfg_vmid_spec(adt, n, smmu_index, &vmid));
		rely(s2t_is_vmid(adt, vmid));
		const uint64_t type = data >> CBAR_TYPE_SHIFT;
		const uint64_t t_vmid = data & CBAR_VMID_MASK;

		if (vmid != 0)
			*ret = type == CBAR_TYPE_S2_TRANS && vmid == t_vmid;
	}
	*ret = s2t_check_spec(adt, *ret);
	return true;
}

/* A write to a context bank: `*ret` 0 refuses it, 2 has the value replaced by the root of the bank's table. */
bool s2t_handle_smmu_cb_access_spec(struct s2t_model *adt, uint64_t offset, uint64_t *ret)
{
	rely(offset >= SMMU_GLOBAL_BASE);
	const uint64_t cb_offset = (offset - SMMU_GLOBAL_BASE) & (PAGE_SIZE - 1);

	*ret = s2t_check_spec(adt, cb_offset == ARM_SMMU_CB_TTBR0 ? 2 : cb_offset != ARM_SMMU_CB_CONTEXTIDR);
	return true;
}

/* __handle_smmu_write, __handle_smmu_read */
static bool access_of_size(struct s2t_model *adt, uint64_t len, enum s2t_case ok)
{
	adt->case_id = len == 8 || len == 4 ? ok : S2T_CASE_HFT_8;
	return len == 8 || len == 4 || s2t_panic_spec(adt);
}

bool s2t_handle_smmu_write_spec(struct s2t_model *adt, uint64_t data, s2t_addr fault_ipa, uint64_t len,
                                uint64_t index)
{
	const uint64_t offset = fault_ipa & SMMU_OFFSET_MASK;
	uint64_t ret;

	if (offset < SMMU_GLOBAL_BASE)
		when(s2t_handle_smmu_global_access_spec(adt, data, offset, index, &ret));
	else
		when(s2t_handle_smmu_cb_access_spec(adt, offset, &ret));
	if (ret == 0) {
		adt->case_id = S2T_CASE_HFT_7;
		return s2t_panic_spec(adt);
	}
	if (ret == 2)
		rely(is_smmu_cfg((offset - SMMU_GLOBAL_BASE) >> ARM_SMMU_PGSHIFT));
	return access_of_size(adt, len, S2T_CASE_HFT_6);
}

bool s2t_handle_smmu_read_spec(struct s2t_model *adt, uint64_t len)
{
	return access_of_size(adt, len, S2T_CASE_HFT_5);
}

bool s2t_is_smmu_range_spec(struct s2t_model *adt, s2t_addr fault, uint64_t *res)
{
	const s2t_addr addr = fault / PAGE_SIZE * PAGE_SIZE; /* HPFAR_EL2, without the bits of FAR_EL2 */

	rely(is_addr(addr));
	*res = INVALID;
	if (adt->cpu.halt)
		return true;
	rely(is_smmu(adt->board.smmu_num));
	for (uint64_t i = 0; i < adt->board.smmu_num; i++) {
		const uint64_t size = adt->board.smmu_size, base = adt->board.smmu_base + i * size;

		rely(is_addr(base));
		rely(is_addr(base + size));
		if (base <= addr && addr < base + size)
			*res = i;
	}
	return true;
}

bool s2t_handle_host_mmio_spec(struct s2t_model *adt, s2t_addr addr, uint64_t index, uint64_t hsr,
                               uint64_t data)
{
	const uint64_t len = host_dabt_get_as(hsr);

	if ((hsr & ESR_ELx_WNR) == 0)
		return s2t_handle_smmu_read_spec(adt, len);
	return s2t_handle_smmu_write_spec(adt, data, addr, len, index);
}
