/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ten operations of the memory manager. Their callers have ensured what each comment asks for; the
 * primitives check the rest where it is needed.
 */
#ifndef S2T_IMPL_BODIES_H
#define S2T_IMPL_BODIES_H

#include "prims.h"

#ifndef S2T_BODY_PREFIX
#define S2T_BODY_PREFIX s2t_body_
#endif
#define BODY(name) S2T_CONCAT(S2T_BODY_PREFIX, name)

/* Maps the page at host IPA `addr` < 2^48 into the host, if the host may have it. */
void BODY(map_page_host)(MACHINE *m, uint64_t addr);

/* Takes page `pfn` < 2^28 from VM `vmid`, zeroed, back to the host. */
void BODY(clear_vm_page)(MACHINE *m, uint32_t vmid, uint64_t pfn);

/* Gives host page `pfn` < 2^28 to VM `vmid` as its frame `gfn` < 2^36. */
void BODY(assign_pfn_to_vm)(MACHINE *m, uint32_t vmid, uint64_t gfn, uint64_t pfn);

/* Maps what descriptor `pte` names at IPA `addr` < 2^48 of VM `vmid`: level 2 a 2 MiB block, else a page. */
void BODY(map_pfn_vm)(MACHINE *m, uint32_t vmid, uint64_t addr, uint64_t pte, uint32_t level);

/* Maps device page `pa` < 2^48 at IPA `gpa` < 2^48 of VM `vmid`; does nothing for a page of RAM. */
void BODY(map_vm_io)(MACHINE *m, uint32_t vmid, uint64_t gpa, uint64_t pa);

/* Shares page `pfn` of VM `vmid` with the host once more, and once less. */
void BODY(grant_vm_page)(MACHINE *m, uint32_t vmid, uint64_t pfn);
void BODY(revoke_vm_page)(MACHINE *m, uint32_t vmid, uint64_t pfn);

/* Gives host page `pfn` < 2^28 to VM `vmid` as its frame `gfn` < 2^36; a device of the VM reaches it first. */
void BODY(assign_pfn_to_smmu)(MACHINE *m, uint32_t vmid, uint64_t gfn, uint64_t pfn);

/* Maps the page that `pte` names, of VM `vmid`, at `iova` < 2^48 of SMMU context (index, cbndx). */
void BODY(update_smmu_page)(MACHINE *m, uint32_t vmid, uint32_t cbndx, uint32_t index, uint64_t iova,
                            uint64_t pte);

/* Unmaps `iova` of SMMU context (index, cbndx). */
void BODY(unmap_smmu_page)(MACHINE *m, uint32_t cbndx, uint32_t index, uint64_t iova);

#endif
