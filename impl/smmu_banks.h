/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The context banks of the SMMUs, in the memory of EL2: whose each one is, and its register TTBR0. A bank
 * belongs to one VM, or to the host, from its allocation until that VM is off and the bank is freed.
 */
#ifndef S2T_IMPL_SMMU_BANKS_H
#define S2T_IMPL_SMMU_BANKS_H

#include "hyp.h"

enum { S2T_SMMUS = 2, S2T_SMMU_BANKS = 8, S2T_ALL_BANKS = S2T_SMMUS * S2T_SMMU_BANKS };
#define S2T_BANK_BYTES      UINT64_C(16)
#define S2T_BANK_FREE       UINT64_C(0xffffffff) /* the owner of a bank that nobody has */
#define S2T_SMMU_ROOT_BYTES UINT64_C(8192)       /* two tables side by side */

/* The words of a bank. */
enum s2t_bank_word { S2T_BANK_OWNER, S2T_BANK_TTBR0 };

/* Byte address of a word of a bank that there is. */
static inline uint64_t s2t_bank_place(const struct s2t_hyp *h, uint32_t cbndx, uint32_t index,
                                      enum s2t_bank_word word)
{
	return h->layout.smmu_banks + S2T_BANK_BYTES * (S2T_SMMU_BANKS * index + cbndx) + 8 * (uint64_t)word;
}

/* The operations on banks; `index` names the SMMU, `cbndx` its bank. Each takes the lock of the SMMUs,
 * iova_to_phys none but that of the tables. */
void s2t_hyp_alloc_smmu_pgd(struct s2t_hyp *h, uint32_t cbndx, uint32_t vmid, uint32_t index);
void s2t_hyp_free_smmu_pgd(struct s2t_hyp *h, uint32_t cbndx, uint32_t index);
void s2t_hyp_lpae_map(struct s2t_hyp *h, uint64_t iova, uint64_t paddr, uint64_t prot, uint32_t cbndx,
                      uint32_t index);
uint64_t s2t_hyp_lpae_iova_to_phys(struct s2t_hyp *h, uint64_t iova, uint32_t cbndx, uint32_t index);
void s2t_hyp_lpae_clear(struct s2t_hyp *h, uint64_t iova, uint32_t cbndx, uint32_t index);

/* The host, at IPA `addr` with syndrome `esr`, reads a register of an SMMU or writes `data` to it, and may or
 * may not. False, and nothing done: no SMMU has its registers there. */
bool s2t_hyp_emulate_mmio(struct s2t_hyp *h, uint64_t addr, uint64_t esr, uint64_t data);

#endif
