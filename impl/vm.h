/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM table in the memory of EL2: of each VM its state, its vCPUs and its boot images. An entry is read and
 * written under its lock, INFO of the VM. After a stop reads give 0 and writes do nothing.
 */
#ifndef S2T_IMPL_VM_H
#define S2T_IMPL_VM_H

#include "hyp.h"

/* What a VM, or one of its vCPUs, is doing. The words of the VM table; s2twin/iut.h numbers them. */
enum s2t_hyp_vm_state {
	S2T_HYP_UNUSED = 0,
	S2T_HYP_READY = 2, /* a VM that is set up; a vCPU that may run */
	S2T_HYP_VERIFIED = 3,
	S2T_HYP_POWEROFF = 4,
	S2T_HYP_ACTIVE = 5, /* a vCPU that runs */
};

enum { S2T_HYP_VCPUS = 8, S2T_HYP_IMAGES = 5 }; /* of each VM */

/* An entry has 256 bytes in each of two arrays, vms and images. */
#define S2T_VM_BYTES    UINT64_C(256)
#define S2T_VCPU_BYTES  UINT64_C(16) /* the first comes after two words of the VM itself */
#define S2T_IMAGE_BYTES UINT64_C(32)

/* 1..corevisor - 1: neither the host nor EL2. */
static inline bool s2t_is_vm(const struct s2t_hyp *h, uint64_t vmid)
{
	return vmid != S2T_HYP_HOST && vmid < h->board.corevisor;
}

/* Relies on a vmid that has an entry: 0..corevisor. */
void s2t_rely_on_vmid(struct s2t_hyp *h, uint64_t vmid);

/* Take and release the lock of the entry. */
void s2t_vm_lock(struct s2t_hyp *h, uint32_t vmid);
void s2t_vm_unlock(struct s2t_hyp *h, uint32_t vmid);

/* The words of an entry, under its lock. */
uint64_t s2t_vm_load(struct s2t_hyp *h, uint32_t vmid, enum s2t_vm_field field);
void s2t_vm_store(struct s2t_hyp *h, uint32_t vmid, enum s2t_vm_field field, uint64_t value);
uint64_t s2t_image_load(struct s2t_hyp *h, uint32_t vmid, uint64_t image, enum s2t_image_field field);
void s2t_image_store(struct s2t_hyp *h, uint32_t vmid, uint64_t image, enum s2t_image_field field,
                     uint64_t value);

/* Whether a VM is not off; false after a stop. */
bool s2t_vm_is_on(struct s2t_hyp *h, uint32_t vmid);

void s2t_hyp_set_vm_poweroff(struct s2t_hyp *h, uint32_t vmid);

/* Makes the next VM ready to be set up. Returns its vmid; 0 after a panic: all are given out. */
uint64_t s2t_hyp_register_kvm(struct s2t_hyp *h);
void s2t_hyp_register_vcpu(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid);

/* A vCPU enters the guest and leaves it. */
void s2t_vcpu_enter(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid);
void s2t_vcpu_leave(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid);

/* Whether a vCPU has never run. This is the business of the CPU that runs it: no lock. Not to be asked after a stop. */
bool s2t_vcpu_is_fresh(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid);
void s2t_vcpu_has_run(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid);

/* The next `pages` pages of the remap window, under its lock. Returns their address; 0 after a panic. */
uint64_t s2t_core_remap_window(struct s2t_hyp *h, uint64_t pages);

#endif
