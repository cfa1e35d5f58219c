/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The primitives that the bodies of the memory manager call, with the argument widths of the verified code
 * (uint32_t for tuint, uint64_t for tulong).
 *
 * The bodies see the machine only through them. A second set with another prefix, over another machine, makes
 * a second build of the same bodies. It defines
 *   S2T_PRIM_PREFIX   the prefix of the primitives,
 *   S2T_BODY_PREFIX   the prefix of the bodies,
 *   S2T_PRIM_MACHINE  the tag of the struct that the primitives work on,
 *   S2T_PRIM_TUINT    the type of parameters that are tuint; a wider one lets the primitives see arguments that do
 *                     not fit.
 * Two things are not in the verified signatures: `why`, a static text that tells people which check failed, and
 * limits(), numbers that the verified code has as constants and a board may choose.
 */
#ifndef S2T_IMPL_PRIMS_H
#define S2T_IMPL_PRIMS_H

#include <stdint.h>

#ifndef S2T_PRIM_PREFIX
#define S2T_PRIM_PREFIX s2t_prim_
#endif
#ifndef S2T_PRIM_MACHINE
#define S2T_PRIM_MACHINE s2t_hyp
#endif
#ifndef S2T_PRIM_TUINT
#define S2T_PRIM_TUINT uint32_t
#endif

#define S2T_CONCAT_(a, b) a##b
#define S2T_CONCAT(a, b)  S2T_CONCAT_(a, b)
#define PRIM(name)        S2T_CONCAT(S2T_PRIM_PREFIX, name)
#define MACHINE           struct S2T_PRIM_MACHINE
#define TUINT             S2T_PRIM_TUINT

MACHINE;

struct s2t_limits {
	uint32_t max_share_count;   /* a VM page is shared at most that often */
	uint32_t el2_smmu_cfg_size; /* an SMMU mapping of a host page is counted at most that often */
	uint64_t smmu_host_offset;  /* pages; gfn of a host page = pfn + smmu_host_offset */
};
const struct s2t_limits *PRIM(limits)(const MACHINE *m);

/* The lock of the ownership records. */
void PRIM(acquire_lock_s2page)(MACHINE *m);
void PRIM(release_lock_s2page)(MACHINE *m);

/* Ownership records. Pages without one read as all ones and ignore writes. */
uint32_t PRIM(get_pfn_owner)(MACHINE *m, uint64_t pfn);
void PRIM(set_pfn_owner)(MACHINE *m, uint64_t pfn, TUINT vmid);
uint32_t PRIM(get_pfn_count)(MACHINE *m, uint64_t pfn);
void PRIM(set_pfn_count)(MACHINE *m, uint64_t pfn, TUINT count);
uint64_t PRIM(get_pfn_map)(MACHINE *m, uint64_t pfn);
void PRIM(set_pfn_map)(MACHINE *m, uint64_t pfn, uint64_t gfn);

/* Contents of pages: zeros; what VM `vmid` supplies next, for `pgnum` pages from `pfn` on. */
void PRIM(clear_phys_page)(MACHINE *m, uint64_t pfn);
void PRIM(fetch_from_doracle)(MACHINE *m, TUINT vmid, uint64_t pfn, uint64_t pgnum);

/* Stage-2 tables (NPTOps). Each takes the lock of the VM it works on, and leaves it taken on a panic. */
uint32_t PRIM(get_level_s2pt)(MACHINE *m, TUINT vmid, uint64_t addr);
uint64_t PRIM(walk_s2pt)(MACHINE *m, TUINT vmid, uint64_t addr);
void PRIM(map_s2pt)(MACHINE *m, TUINT vmid, uint64_t addr, TUINT level, uint64_t pte);
void PRIM(clear_pfn_host)(MACHINE *m, uint64_t pfn);

/* SMMU tables (MmioSPTOps), likewise under one lock for all. */
void PRIM(init_spt)(MACHINE *m, TUINT cbndx, TUINT index);
uint64_t PRIM(walk_spt)(MACHINE *m, TUINT cbndx, TUINT index, uint64_t addr);
void PRIM(map_spt)(MACHINE *m, TUINT cbndx, TUINT index, uint64_t addr, uint64_t pte);
uint64_t PRIM(unmap_spt)(MACHINE *m, TUINT cbndx, TUINT index, uint64_t addr);

/* Stops the machine for good. */
void PRIM(panic)(MACHINE *m, const char *why);

#endif
