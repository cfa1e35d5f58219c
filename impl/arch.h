/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The architecture as this implementation sees it: address spaces, and the VMSAv8-64 stage-2 descriptor with
 * the 4 KiB granule (Arm ARM, section D8.3).
 *
 *   63      59 58    55 54 53 52 51  48 47                    12 11 10 9  8 7    6 5        2 1    0
 *   ignored    software  XN   Con  RES0  output address           nG AF SH   S2AP   MemAttr    type
 *
 * Type 0b11 is a table at levels 0 to 2 and a page at level 3; 0b01 is a block at levels 1 and 2.
 */
#ifndef S2T_IMPL_ARCH_H
#define S2T_IMPL_ARCH_H

#include <stdint.h>

#define PAGE_SHIFT_4K 12
#define PAGE_BYTES    UINT64_C(4096)
#define PAGE_WORDS    512u
#define TABLE_BYTES   PAGE_BYTES /* 512 descriptors of 8 bytes */
#define DESC_BYTES    UINT64_C(8)

/* Address spaces, exclusive ends. */
#define IPA_SPACE  (UINT64_C(1) << 48) /* bytes that a stage-2 walk of four levels translates */
#define IOVA_SPACE (UINT64_C(1) << 40) /* bytes that an SMMU walk of three levels translates */
#define PHYS_SPACE (UINT64_C(1) << 40) /* bytes of physical address space */
#define PFN_SPACE  (PHYS_SPACE >> PAGE_SHIFT_4K)
#define GFN_SPACE  (IPA_SPACE >> PAGE_SHIFT_4K)

/* Descriptor fields. */
#define DESC_TYPE               UINT64_C(0x3)
#define DESC_TABLE              UINT64_C(0x3)
#define DESC_PAGE               UINT64_C(0x3)
#define DESC_TABLE_BIT          UINT64_C(0x2) /* clear in a block */
#define DESC_OUTPUT             UINT64_C(0x0000fffffffff000)
#define S2_MEMATTR_DEVICE_NGNRE (UINT64_C(0x1) << 2)
#define S2_MEMATTR_NORMAL_WB    (UINT64_C(0xf) << 2) /* inner and outer write-back */
#define S2_S2AP_READ            (UINT64_C(1) << 6)
#define S2_S2AP_WRITE           (UINT64_C(1) << 7)
#define S2_SH_INNER             (UINT64_C(3) << 8)
#define S2_AF                   (UINT64_C(1) << 10)
#define S2_BIT11                (UINT64_C(1) << 11) /* nG in stage 1; ignored in stage 2 without FEAT_XS */
#define S2_XN                   (UINT64_C(1) << 54)
#define S2_SOFTWARE_57          (UINT64_C(1) << 57)

/* What the two kinds of mapping that EL2 makes carry beside the output address. */
#define S2_NORMAL_RWX                                                                                          \
	(DESC_PAGE | S2_MEMATTR_NORMAL_WB | S2_S2AP_READ | S2_S2AP_WRITE | S2_SH_INNER | S2_AF | S2_BIT11)
#define S2_DEVICE_RW                                                                                           \
	(DESC_PAGE | S2_MEMATTR_DEVICE_NGNRE | S2_S2AP_READ | S2_S2AP_WRITE | S2_SH_INNER | S2_AF | S2_XN)

/* Left in the host's table where a page went to a guest: not valid to the walker (type 0b00), not 0 to EL2. */
#define DESC_TOMBSTONE S2_SOFTWARE_57

/* Levels as the Arm ARM counts them. A stage-2 walk starts at 0, an SMMU walk at 1. */
enum { LEVEL_STAGE2_ROOT = 0, LEVEL_SMMU_ROOT = 1, LEVEL_BLOCK = 2, LEVEL_PAGE = 3 };

/* Number of the descriptor that translates `addr` in a table of `level`: 9 bits of the address each. */
static inline uint64_t desc_index(uint64_t addr, unsigned level)
{
	return (addr >> (39 - 9 * level)) & 0x1ff;
}

/* The same in the root of an SMMU context: two level 1 tables side by side, 10 bits (Arm ARM, concatenated
 * tables). */
static inline uint64_t smmu_root_index(uint64_t iova)
{
	return (iova >> 30) & 0x3ff;
}

#endif
