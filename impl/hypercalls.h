/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layers above the ten bodies: ranges of pages, boot images, and the traps. Most are sequences: they take
 * and release locks piece by piece, and are not one step to another CPU.
 */
#ifndef S2T_IMPL_HYPERCALLS_H
#define S2T_IMPL_HYPERCALLS_H

#include "hyp.h"

/* memory_ops.c. Takes `pages` pages from `pfn` on from a VM, as far as they are its, back to the host. */
void s2t_hyp_clear_vm_range(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn, uint64_t pages);
/* Gives a VM the page that `pte` names, or the 512 of a block if `level` is 2, and maps it at `addr`. */
void s2t_hyp_prot_and_map_vm_s2pt(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t pte,
                                  uint32_t level);
/* Shares the pages that a VM has mapped at [addr, addr + size) with the host once more, and once less. */
void s2t_hyp_grant_stage2_sg_gpa(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t size);
void s2t_hyp_revoke_stage2_sg_gpa(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t size);
/* The pages of [start, start + size), physical addresses, of a VM that is off. */
void s2t_hyp_clear_vm_stage2_range(struct s2t_hyp *h, uint32_t vmid, uint64_t start, uint64_t size);
/* Maps [pa, pa + size), as far as it is a device's, at `gpa` of a VM that is being set up. */
void s2t_hyp_phys_addr_ioremap(struct s2t_hyp *h, uint32_t vmid, uint64_t gpa, uint64_t pa, uint64_t size);

/* s2pt.c. Bytes from `addr` on for which a VM has no descriptor at all; 0: it has one, or the machine has
 * stopped, or events are recorded. */
uint64_t s2t_npt_gap(struct s2t_hyp *h, uint32_t vmid, uint64_t addr);

/* boot.c. Notes a boot image and allots its part of the remap window. Returns its number, or how many there
 * are if there is no room for one more. */
uint64_t s2t_hyp_set_boot_info(struct s2t_hyp *h, uint32_t vmid, uint64_t load_addr, uint64_t size);
/* Maps the next page of image `image` in the remap window. */
void s2t_hyp_remap_vm_image(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn, uint32_t image);
/* Gives the VM the pages of its images. Bit i of `valid` says that image i is what it should be. */
void s2t_hyp_verify_and_load_images(struct s2t_hyp *h, uint32_t vmid, uint64_t valid);
/* Where EL2 has address `addr` of an image of the VM; 0: it is in none. */
uint64_t s2t_hyp_search_load_info(struct s2t_hyp *h, uint32_t vmid, uint64_t addr);

/* traps.c. The host touches `addr`, which its table does not translate, with syndrome `esr`; a store writes
 * `data`. */
void s2t_hyp_host_fault(struct s2t_hyp *h, uint64_t addr, uint64_t esr, uint64_t data);
/* `arg` as in struct s2t_call: the host has a vCPU run; the guest exits; the host calls (returns x0). */
void s2t_hyp_vcpu_run(struct s2t_hyp *h, const uint64_t *arg);
void s2t_hyp_vcpu_exit(struct s2t_hyp *h, const uint64_t *arg);
uint64_t s2t_hyp_hypercall(struct s2t_hyp *h, const uint64_t *arg);

#endif
