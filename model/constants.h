/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Constants and ranges of the specification (Constants.v). Those that a board sets are read from the board.
 */
#ifndef S2T_MODEL_CONSTANTS_H
#define S2T_MODEL_CONSTANTS_H

#include "s2twin/types.h"

#define INVALID          UINT32_MAX /* owner and count */
#define INVALID64        UINT64_MAX /* gfn, page index */
#define PAGE_SIZE        UINT64_C(4096)
#define PTRS_PER_PMD     UINT64_C(512)
#define HOSTVISOR        UINT64_C(0)
#define KVM_ADDR_SPACE   (UINT64_C(1) << 48)
#define KVM_PHYS_SIZE    (UINT64_C(1) << 40)
#define KVM_PFN_SPACE    (UINT64_C(1) << 28)
#define KVM_GFN_SPACE    (UINT64_C(1) << 36)
#define SMMU_ADDR_SPACE  (UINT64_C(1) << 40)
#define MAX_MEMBLOCK_NUM UINT64_C(32)
#define SMMU_NUM         UINT64_C(2)
#define SMMU_CTXT_BANKS  UINT64_C(8)
#define PHYS_MASK        (KVM_ADDR_SPACE - 1)
#define PAGE_MASK        (UINT64_C(1152921504606842880)) /* 2^60 - 4096 */

/* Descriptors. */
#define PMD_TYPE_TABLE    UINT64_C(3)
#define NOT_PMD_TABLE_BIT (~UINT64_C(2))
#define PAGE_S2_KERNEL    UINT64_C(0xfff)             /* normal memory, read, write, execute */
#define PAGE_S2_DEVICE    UINT64_C(18014398509483847) /* 0x40000000000747: execute never */
#define S2_RDWR           UINT64_C(0xc0)
#define PAGE_GUEST        (UINT64_C(1) << 57)         /* tombstone: the page is a guest's */
#define PAGE_HYP          UINT64_C(18014398509483859) /* 0x40000000000753: EL2's own view of a page */

/* Virtual machines. */
#define UNUSED            UINT64_C(0) /* states of VMs and of vCPUs */
#define MAPPED            UINT64_C(1)
#define READY             UINT64_C(2)
#define VERIFIED          UINT64_C(3)
#define POWEROFF          UINT64_C(4)
#define ACTIVE            UINT64_C(5)
#define VCPU_PER_VM       UINT64_C(8)
#define MAX_LOAD_INFO_NUM UINT64_C(5)
#define PMD_SIZE          UINT64_C(2097152)
#define MAX_SMMU_PROT     UINT64_C(9223372036854775807) /* attributes of an SMMU descriptor are below it */

/* Exits from a guest. */
#define ARM_EXCEPTION_TRAP      UINT64_C(2)
#define ARM_EXCEPTION_INTERRUPT UINT64_C(31)
#define ESR_ELx_EC_HVC64        UINT64_C(22)
#define ESR_ELx_EC_SYS64        UINT64_C(30)
#define PSCI_0_2_FN_SYSTEM_OFF  UINT64_C(2214592520)

/* Registers of an SMMU. */
#define ESR_ELx_WNR            UINT64_C(64)
#define SMMU_OFFSET_MASK       UINT64_C(65535)
#define SMMU_GLOBAL_BASE       UINT64_C(32768)
#define ARM_SMMU_GR0_sCR0      UINT64_C(0)
#define ARM_SMMU_GR0_sCR2      UINT64_C(8)
#define ARM_SMMU_GR1_BASE      UINT64_C(4096)
#define ARM_SMMU_GR1_END       UINT64_C(6144)
#define ARM_SMMU_PGSHIFT       12
#define ARM_SMMU_CB_TTBR0      UINT64_C(32)
#define ARM_SMMU_CB_CONTEXTIDR UINT64_C(52)
#define sCR0_SMCFCFG_SHIFT     21
#define CBAR_TYPE_SHIFT        16
#define CBAR_TYPE_S2_TRANS     UINT64_C(0)
#define CBAR_VMID_MASK         UINT64_C(255)

/* clang-format off */
static inline bool is_addr(uint64_t addr) { return addr < KVM_ADDR_SPACE; }
static inline bool is_paddr(uint64_t addr) { return addr < KVM_PHYS_SIZE; }
static inline bool is_pfn(uint64_t pfn) { return pfn < KVM_PFN_SPACE; }
static inline bool is_gfn(uint64_t gfn) { return gfn < KVM_GFN_SPACE; }
static inline bool is_smmu(uint64_t index) { return index < SMMU_NUM; }
static inline bool is_smmu_cfg(uint64_t cbndx) { return cbndx < SMMU_CTXT_BANKS; }
static inline bool is_smmu_addr(uint64_t addr) { return addr < SMMU_ADDR_SPACE; }
static inline bool is_memblock(uint64_t i) { return i < MAX_MEMBLOCK_NUM; }
static inline bool is_vcpu(uint64_t vcpuid) { return vcpuid < VCPU_PER_VM; }
static inline bool is_load_idx(uint64_t idx) { return idx < MAX_LOAD_INFO_NUM; }
static inline uint64_t host_dabt_get_as(uint64_t hsr) { return UINT64_C(1) << (hsr >> 22 & 3); }

/* The physical address in a descriptor, or the page of an address: bits 47:12. */
static inline uint64_t phys_page(uint64_t addr) { return addr & PHYS_MASK & PAGE_MASK; }
static inline uint64_t pmd_table(uint64_t pmd) { return pmd & PMD_TYPE_TABLE; }

static inline uint64_t pgd_index(uint64_t addr) { return (addr >> 39) & 511; }
static inline uint64_t pud_index(uint64_t addr) { return (addr >> 30) & 511; }
static inline uint64_t pmd_index(uint64_t addr) { return (addr >> 21) & 511; }
static inline uint64_t stage2_pgd_index(uint64_t addr) { return (addr >> 30) & 1023; }
/* clang-format on */

#endif
