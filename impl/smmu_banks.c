/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMMU context banks: who may have which, what the host may map for a device through them, and which of the
 * SMMU's registers it may touch.
 *
 * The tables of a bank belong to its owner: a VM that is verified has them as they are. The host sees
 * the registers only through EL2, which lets through what cannot make a device translate by other tables.
 */
#include "smmu_banks.h"

#include "bodies.h"
#include "locks.h"
#include "vm.h"

#define PROT_LIMIT UINT64_C(0x7fffffffffffffff)

/* Registers of an SMMU: 32 KiB of global ones, then 4 KiB for each context bank (SMMUv2 architecture). */
#define REGISTERS_MASK UINT64_C(0xffff)
#define CONTEXTS_START UINT64_C(0x8000)
#define CONTEXT_MASK   UINT64_C(0xfff)
#define GR0_SCR0       UINT64_C(0x0)
#define GR0_SCR2       UINT64_C(0x8)
#define GR1_START      UINT64_C(0x1000)
#define GR1_CBAR_END   UINT64_C(0x1800)
#define CB_CONTEXTIDR  UINT64_C(0x34)
#define SCR0_SMCFCFG   (UINT64_C(1) << 21) /* unmatched streams are refused */
#define SCR2_BPVMID    UINT64_C(0xff)      /* the VMID of streams that bypass the SMMU */
#define CBAR_VMID      UINT64_C(0xff)
#define CBAR_TYPE      16 /* and all above: 0 is stage 2 only */

/* Syndrome of a data abort (Arm ARM, ISS encoding): log2 of the size in bytes, and whether it was a store. */
#define ISS_SAS(esr) ((esr) >> 22 & 3)
#define ISS_WNR      (UINT64_C(1) << 6)

/* Whether the owners of banks may be used. It must hold their lock then. */
static bool runs_on(struct s2t_hyp *h, uint64_t cbndx, uint64_t index)
{
	if (h->stop)
		return false;
	s2t_rely(h, index < S2T_SMMUS, "SMMU banks: no such SMMU");
	s2t_rely(h, cbndx < S2T_SMMU_BANKS, "SMMU banks: no such context bank");
	s2t_rely(h, !s2t_lock_is_free(*s2t_lock_word(h, S2T_HYP_LOCK_SMMU)),
	         "SMMU banks: an owner is used without the lock");
	return !h->stop;
}

/* A vmid, or S2T_BANK_FREE. After a stop 0, which is the host's. */
static uint32_t get_owner(struct s2t_hyp *h, uint32_t cbndx, uint32_t index)
{
	return runs_on(h, cbndx, index)
	               ? (uint32_t)s2t_el2_load(h, s2t_bank_place(h, cbndx, index, S2T_BANK_OWNER))
	               : 0;
}

static void set_owner(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t vmid)
{
	if (runs_on(h, cbndx, index))
		s2t_el2_store(h, s2t_bank_place(h, cbndx, index, S2T_BANK_OWNER), vmid);
}

void s2t_hyp_free_smmu_pgd(struct s2t_hyp *h, uint32_t cbndx, uint32_t index)
{
	uint32_t owner;

	s2t_lock_take(h, S2T_HYP_LOCK_SMMU);
	owner = get_owner(h, cbndx, index);
	if (owner != S2T_BANK_FREE) {
		if (s2t_vm_is_on(h, owner))
			PRIM(panic)(h, "el2_free_smmu_pgd: the owner of the bank is not off");
		set_owner(h, cbndx, index, S2T_BANK_FREE);
	}
	s2t_lock_release(h, S2T_HYP_LOCK_SMMU);
}

/* Takes the entry of a bank's owner. A VM that is verified stops the machine: its banks stay as they are. */
static void lock_unverified(struct s2t_hyp *h, uint32_t vmid, const char *why)
{
	s2t_vm_lock(h, vmid);
	if (s2t_is_vm(h, vmid) && s2t_vm_load(h, vmid, S2T_VM_STATE) == S2T_HYP_VERIFIED)
		PRIM(panic)(h, why);
}

/* The owner is written first: a refusal leaves it in the bank. */
void s2t_hyp_alloc_smmu_pgd(struct s2t_hyp *h, uint32_t cbndx, uint32_t vmid, uint32_t index)
{
	s2t_lock_take(h, S2T_HYP_LOCK_SMMU);
	s2t_rely(h, h->stop || index < S2T_SMMUS, "el2_alloc_smmu_pgd: no such SMMU");
	if (cbndx >= h->board.smmu_context_banks) {
		PRIM(panic)(h, "el2_alloc_smmu_pgd: the SMMU has no such context bank");
	} else if (!h->stop && get_owner(h, cbndx, index) == S2T_BANK_FREE) {
		set_owner(h, cbndx, index, vmid);
		lock_unverified(h, vmid, "el2_alloc_smmu_pgd: the VM is verified");
		PRIM(init_spt)(h, cbndx, index);
		s2t_vm_unlock(h, vmid);
	}
	s2t_lock_release(h, S2T_HYP_LOCK_SMMU);
}

/* Gives page `pfn` to the VM that has the bank, as its frame `gfn`. */
static void assign_page(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t pfn, uint64_t gfn)
{
	uint32_t owner;

	s2t_lock_take(h, S2T_HYP_LOCK_SMMU);
	owner = get_owner(h, cbndx, index);
	if (owner != S2T_BANK_FREE) {
		lock_unverified(h, owner, "el2_arm_lpae_map: the VM is verified");
		if (s2t_is_vm(h, owner))
			s2t_body_assign_pfn_to_smmu(h, owner, gfn, pfn);
		s2t_vm_unlock(h, owner);
	}
	s2t_lock_release(h, S2T_HYP_LOCK_SMMU);
}

static void map_page(struct s2t_hyp *h, uint32_t cbndx, uint32_t index, uint64_t iova, uint64_t pte)
{
	uint32_t owner;

	s2t_lock_take(h, S2T_HYP_LOCK_SMMU);
	owner = get_owner(h, cbndx, index);
	if (owner != S2T_BANK_FREE) {
		lock_unverified(h, owner, "el2_arm_lpae_map: the VM is verified");
		s2t_body_update_smmu_page(h, owner, cbndx, index, iova, pte);
		s2t_vm_unlock(h, owner);
	}
	s2t_lock_release(h, S2T_HYP_LOCK_SMMU);
}

void s2t_hyp_lpae_map(struct s2t_hyp *h, uint64_t iova, uint64_t paddr, uint64_t prot, uint32_t cbndx,
                      uint32_t index)
{
	s2t_rely(h, iova < IOVA_SPACE, "el2_arm_lpae_map: the iova is 2^40 or more");
	s2t_rely(h, paddr < PHYS_SPACE, "el2_arm_lpae_map: the page is beyond 40 bits of physical address");
	s2t_rely(h, prot < PROT_LIMIT && (prot & DESC_OUTPUT) == 0,
	         "el2_arm_lpae_map: the attributes have bits of an address");
	assign_page(h, cbndx, index, paddr >> PAGE_SHIFT_4K, iova >> PAGE_SHIFT_4K);
	map_page(h, cbndx, index, iova, paddr | prot | h->board.smmu_pte_bits);
}

uint64_t s2t_hyp_lpae_iova_to_phys(struct s2t_hyp *h, uint64_t iova, uint32_t cbndx, uint32_t index)
{
	return (PRIM(walk_spt)(h, cbndx, index, iova) & DESC_OUTPUT) + iova % PAGE_BYTES;
}

void s2t_hyp_lpae_clear(struct s2t_hyp *h, uint64_t iova, uint32_t cbndx, uint32_t index)
{
	uint32_t owner;

	s2t_lock_take(h, S2T_HYP_LOCK_SMMU);
	owner = get_owner(h, cbndx, index);
	if (owner != S2T_BANK_FREE) {
		lock_unverified(h, owner, "el2_arm_lpae_clear: the VM is verified");
		s2t_body_unmap_smmu_page(h, cbndx, index, iova);
		s2t_vm_unlock(h, owner);
	}
	s2t_lock_release(h, S2T_HYP_LOCK_SMMU);
}

/* The number of the SMMU whose registers begin in or hold `page`, where HPFAR_EL2 puts the fault; S2T_SMMUS: none.
 * Two SMMUs are more than the verified code can look through. */
static uint32_t smmu_at(struct s2t_hyp *h, uint64_t page)
{
	const struct s2t_board *b = &h->board;
	uint32_t found = S2T_SMMUS;

	s2t_rely(h, b->smmu_num < S2T_SMMUS, "is_smmu_range: more SMMUs than it can look through");
	for (uint32_t i = 0; i < b->smmu_num && !h->stop; i++) {
		uint64_t base = b->smmu_base + i * b->smmu_size;

		s2t_rely(h, base < IPA_SPACE && b->smmu_size < IPA_SPACE - base,
		         "is_smmu_range: the registers of an SMMU end beyond 2^48");
		if (page >= base && page - base < b->smmu_size)
			found = i;
	}
	return found;
}

/* Whether the host may give bank `bank` the type and the VMID in `data`: those of its owner, at stage 2. */
static bool may_write_cbar(struct s2t_hyp *h, uint64_t bank, uint32_t index, uint64_t data)
{
	uint32_t owner;

	if (!runs_on(h, bank, index))
		return false;
	owner = get_owner(h, (uint32_t)bank, index);
	s2t_rely(h, owner <= h->board.corevisor, "handle_smmu_global_access: the bank has no owner");
	return owner == S2T_HYP_HOST || (data >> CBAR_TYPE == 0 && (data & CBAR_VMID) == owner);
}

/* Whether the host may write `data` to the register at `offset`. What it writes to the TTBR0 of a bank does not
 * get there: EL2 puts the bank's own value in its place. */
static bool may_write(struct s2t_hyp *h, uint64_t offset, uint32_t index, uint64_t data)
{
	if (offset >= CONTEXTS_START)
		return (offset & CONTEXT_MASK) != CB_CONTEXTIDR;
	if (offset > GR1_START && offset < GR1_CBAR_END)
		return may_write_cbar(h, (offset - GR1_START) / 4, index, data);
	if (offset == GR0_SCR0)
		return (data & SCR0_SMCFCFG) != 0;
	if (offset == GR0_SCR2)
		return (data & SCR2_BPVMID) == 0;
	return true;
}

bool s2t_hyp_emulate_mmio(struct s2t_hyp *h, uint64_t addr, uint64_t esr, uint64_t data)
{
	uint32_t index;

	s2t_lock_take(h, S2T_HYP_LOCK_SMMU);
	index = smmu_at(h, addr - addr % PAGE_BYTES);
	if (index < S2T_SMMUS) {
		if ((esr & ISS_WNR) && !may_write(h, addr & REGISTERS_MASK, index, data))
			PRIM(panic)(h, "host fault: the host may not write that to this register of the SMMU");
		if (ISS_SAS(esr) < 2)
			PRIM(panic)(h, "host fault: an SMMU register is accessed by other than 4 or 8 bytes");
	}
	s2t_lock_release(h, S2T_HYP_LOCK_SMMU);
	return index < S2T_SMMUS;
}
