/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kinds of arguments of the hypercall layer. What their selectors mean stands in the file of each. A function sets
 * argument i, or those named, from its selector; one that is fixed (a literal, or a word at a limit) stays. Those that
 * take a vmid look at that VM.
 */
#ifndef S2T_HARNESS_DECODE_HYPER_H
#define S2T_HARNESS_DECODE_HYPER_H

#include "decode_internal.h"

enum { S2T_HYPER_BLOCK_SHIFT = 21 };

/* decode_hyper_page.c: a page, or the page of a descriptor or physical address, mostly of a device where `device`. */
void s2t_hyper_pfn(struct s2t_resolving *r, unsigned i);
void s2t_hyper_pte(struct s2t_resolving *r, unsigned i);
void s2t_hyper_pa(struct s2t_resolving *r, unsigned i, bool device);

/* decode_hyper_vm.c: a VM; its first VCPU in the wanted state; an address in its stage-2 space. */
uint64_t s2t_hyper_pick_vm(const struct s2t_decoder *d, uint8_t s);
void s2t_hyper_vm(struct s2t_resolving *r, unsigned i);
void s2t_hyper_vcpu(struct s2t_resolving *r, unsigned i, uint64_t vmid, enum s2t_vm_state wanted);
void s2t_hyper_ipa(struct s2t_resolving *r, unsigned i, uint64_t vmid);

/* decode_hyper_image.c: the number of an image, where to load it, its bytes; pages to clear; which images to verify. */
void s2t_hyper_image(struct s2t_resolving *r, unsigned i, uint64_t vmid);
void s2t_hyper_load_address(struct s2t_resolving *r, unsigned i, uint64_t vmid);
void s2t_hyper_size(struct s2t_resolving *r, unsigned i);
void s2t_hyper_page_count(struct s2t_resolving *r, unsigned i);
void s2t_hyper_mask(struct s2t_resolving *r, unsigned i);

/* decode_hyper_smmu.c: what a device may do with a page; a context; an iova and its context. `place` is UINT32_MAX where
 * no context goes with the iova. */
void s2t_hyper_prot(struct s2t_resolving *r, unsigned i);
void s2t_hyper_bank(struct s2t_resolving *r, unsigned cbndx, unsigned index, uint32_t place);
void s2t_hyper_iova(struct s2t_resolving *r, unsigned iova, unsigned cbndx, unsigned index);
void s2t_hyper_bits_of_smmu(struct s2t_resolving *r, unsigned i);

/* decode_hyper_trap.c: all arguments of the operation of that name. */
void s2t_hyper_host_fault(struct s2t_resolving *r);
void s2t_hyper_vcpu_exit(struct s2t_resolving *r);
void s2t_hyper_hypercall(struct s2t_resolving *r);

#endif
