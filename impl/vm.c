/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of VMs and of their vCPUs.
 *
 *   VM    UNUSED -register_kvm-> READY -verify_and_load_images-> VERIFIED; set_vm_poweroff makes any POWEROFF
 *   vCPU  UNUSED -register_vcpu-> READY <-enter, leave-> ACTIVE
 */
#include "vm.h"

#include "locks.h"

void s2t_rely_on_vmid(struct s2t_hyp *h, uint64_t vmid)
{
	s2t_rely(h, vmid <= h->board.corevisor, "VM table: no such VM");
}

static void rely_on_vcpu(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	s2t_rely_on_vmid(h, vmid);
	s2t_rely(h, vcpuid < S2T_HYP_VCPUS, "VM table: no such vCPU");
}

void s2t_vm_lock(struct s2t_hyp *h, uint32_t vmid)
{
	if (h->stop)
		return;
	s2t_rely_on_vmid(h, vmid);
	s2t_lock_take(h, s2t_info_lock(&h->board, vmid));
}

void s2t_vm_unlock(struct s2t_hyp *h, uint32_t vmid)
{
	s2t_lock_release(h, s2t_info_lock(&h->board, vmid));
}

/* Whether the entry of a VM may be used. It must hold its lock then. */
static bool runs_on(struct s2t_hyp *h, uint32_t vmid)
{
	if (h->stop)
		return false;
	s2t_rely_on_vmid(h, vmid);
	if (!h->stop && s2t_lock_is_free(*s2t_lock_word(h, s2t_info_lock(&h->board, vmid))))
		s2t_hyp_undefined(h, "VM table: an entry is used without its lock");
	return !h->stop;
}

static uint64_t place(const struct s2t_hyp *h, uint32_t vmid, enum s2t_vm_field field)
{
	return h->layout.vms + S2T_VM_BYTES * vmid + 8 * (uint64_t)field;
}

static uint64_t vcpu_place(const struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid, enum s2t_vcpu_field field)
{
	return place(h, vmid, S2T_VM_FIELD_COUNT) + S2T_VCPU_BYTES * vcpuid + 8 * (uint64_t)field;
}

static uint64_t image_place(const struct s2t_hyp *h, uint32_t vmid, uint64_t image, enum s2t_image_field field)
{
	return h->layout.images + S2T_VM_BYTES * vmid + S2T_IMAGE_BYTES * image + 8 * (uint64_t)field;
}

uint64_t s2t_vm_load(struct s2t_hyp *h, uint32_t vmid, enum s2t_vm_field field)
{
	return runs_on(h, vmid) ? s2t_el2_load(h, place(h, vmid, field)) : 0;
}

void s2t_vm_store(struct s2t_hyp *h, uint32_t vmid, enum s2t_vm_field field, uint64_t value)
{
	if (runs_on(h, vmid))
		s2t_el2_store(h, place(h, vmid, field), value);
}

static uint64_t vcpu_state(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	return runs_on(h, vmid) ? s2t_el2_load(h, vcpu_place(h, vmid, vcpuid, S2T_VCPU_STATE)) : 0;
}

static void set_vcpu_state(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid, enum s2t_hyp_vm_state state)
{
	if (runs_on(h, vmid))
		s2t_el2_store(h, vcpu_place(h, vmid, vcpuid, S2T_VCPU_STATE), state);
}

/* Whether there is such an image, and it may be used. */
static bool image_runs_on(struct s2t_hyp *h, uint32_t vmid, uint64_t image)
{
	s2t_rely(h, h->stop || image < S2T_HYP_IMAGES, "VM table: no such image");
	return runs_on(h, vmid);
}

uint64_t s2t_image_load(struct s2t_hyp *h, uint32_t vmid, uint64_t image, enum s2t_image_field field)
{
	return image_runs_on(h, vmid, image) ? s2t_el2_load(h, image_place(h, vmid, image, field)) : 0;
}

void s2t_image_store(struct s2t_hyp *h, uint32_t vmid, uint64_t image, enum s2t_image_field field,
                     uint64_t value)
{
	if (image_runs_on(h, vmid, image))
		s2t_el2_store(h, image_place(h, vmid, image, field), value);
}

bool s2t_vm_is_on(struct s2t_hyp *h, uint32_t vmid)
{
	bool off;

	s2t_rely_on_vmid(h, vmid);
	s2t_vm_lock(h, vmid);
	off = s2t_vm_load(h, vmid, S2T_VM_STATE) == S2T_HYP_POWEROFF;
	s2t_vm_unlock(h, vmid);
	return !off && !h->stop;
}

void s2t_hyp_set_vm_poweroff(struct s2t_hyp *h, uint32_t vmid)
{
	s2t_rely_on_vmid(h, vmid);
	s2t_vm_lock(h, vmid);
	s2t_vm_store(h, vmid, S2T_VM_STATE, S2T_HYP_POWEROFF);
	s2t_vm_unlock(h, vmid);
}

static uint64_t core_place(const struct s2t_hyp *h, enum s2t_core_field field)
{
	return h->layout.core + 8 * (uint64_t)field;
}

/* The next vmid; 0 after a stop. */
static uint32_t next_vmid(struct s2t_hyp *h)
{
	uint64_t vmid;

	if (!s2t_lock_take(h, S2T_HYP_LOCK_CORE))
		return 0;
	vmid = s2t_el2_load(h, core_place(h, S2T_CORE_NEXT_VMID));
	s2t_rely_on_vmid(h, vmid);
	if (vmid >= h->board.corevisor)
		PRIM(panic)(h, "register_kvm: all vmids are given out");
	if (!h->stop)
		s2t_el2_store(h, core_place(h, S2T_CORE_NEXT_VMID), vmid + 1);
	s2t_lock_release(h, S2T_HYP_LOCK_CORE);
	return h->stop ? 0 : (uint32_t)vmid;
}

uint64_t s2t_hyp_register_kvm(struct s2t_hyp *h)
{
	uint32_t vmid = next_vmid(h);

	s2t_vm_lock(h, vmid);
	if (s2t_vm_load(h, vmid, S2T_VM_STATE) != S2T_HYP_UNUSED)
		PRIM(panic)(h, "register_kvm: the next VM is not unused");
	s2t_vm_store(h, vmid, S2T_VM_STATE, S2T_HYP_READY);
	s2t_vm_unlock(h, vmid);
	return vmid;
}

void s2t_hyp_register_vcpu(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	rely_on_vcpu(h, vmid, vcpuid);
	s2t_vm_lock(h, vmid);
	if (s2t_vm_load(h, vmid, S2T_VM_STATE) != S2T_HYP_READY)
		PRIM(panic)(h, "register_vcpu: the VM is not ready");
	else if (vcpu_state(h, vmid, vcpuid) != S2T_HYP_UNUSED)
		PRIM(panic)(h, "register_vcpu: the vCPU is not unused");
	set_vcpu_state(h, vmid, vcpuid, S2T_HYP_READY);
	if (!h->stop)
		s2t_el2_store(h, vcpu_place(h, vmid, vcpuid, S2T_VCPU_FRESH), 1);
	s2t_vm_unlock(h, vmid);
}

void s2t_vcpu_enter(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	rely_on_vcpu(h, vmid, vcpuid);
	s2t_vm_lock(h, vmid);
	if (s2t_vm_load(h, vmid, S2T_VM_STATE) != S2T_HYP_VERIFIED)
		PRIM(panic)(h, "vcpu_run: the VM is not verified");
	else if (vcpu_state(h, vmid, vcpuid) != S2T_HYP_READY)
		PRIM(panic)(h, "vcpu_run: the vCPU is not ready");
	set_vcpu_state(h, vmid, vcpuid, S2T_HYP_ACTIVE);
	s2t_vm_unlock(h, vmid);
}

void s2t_vcpu_leave(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	rely_on_vcpu(h, vmid, vcpuid);
	s2t_vm_lock(h, vmid);
	if (vcpu_state(h, vmid, vcpuid) != S2T_HYP_ACTIVE)
		PRIM(panic)(h, "vcpu_exit: the vCPU is not active");
	set_vcpu_state(h, vmid, vcpuid, S2T_HYP_READY);
	s2t_vm_unlock(h, vmid);
}

bool s2t_vcpu_is_fresh(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	return s2t_el2_load(h, vcpu_place(h, vmid, vcpuid, S2T_VCPU_FRESH)) == 1;
}

void s2t_vcpu_has_run(struct s2t_hyp *h, uint32_t vmid, uint32_t vcpuid)
{
	if (!h->stop)
		s2t_el2_store(h, vcpu_place(h, vmid, vcpuid, S2T_VCPU_FRESH), 0);
}

uint64_t s2t_core_remap_window(struct s2t_hyp *h, uint64_t pages)
{
	uint64_t remap, end;

	if (!s2t_lock_take(h, S2T_HYP_LOCK_CORE))
		return 0;
	remap = s2t_el2_load(h, core_place(h, S2T_CORE_NEXT_REMAP));
	s2t_rely(h, remap < IPA_SPACE, "set_boot_info: the remap window begins at 2^48 or beyond");
	s2t_rely(h, pages < GFN_SPACE, "set_boot_info: the image has 2^36 pages or more");
	end = remap + pages * PAGE_BYTES;
	if (end >= h->board.remap_end)
		PRIM(panic)(h, "set_boot_info: the remap window is full");
	if (!h->stop)
		s2t_el2_store(h, core_place(h, S2T_CORE_NEXT_REMAP), end);
	s2t_lock_release(h, S2T_HYP_LOCK_CORE);
	return h->stop ? 0 : remap;
}
