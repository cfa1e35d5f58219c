/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM of a record of the hypercall layer, its VCPU, and an address in its stage-2 space. Part of version 2 of the
 * inputs. `s` is the selector, `[k]` an entry of a list, k the low bits of s.
 *
 *        vmid                           address in a stage-2 space        vcpuid
 *  00-5f the newest VM                  00-1f where the page's owner      00-7f the first
 *  60-7f VM [k], newest first                 has it                            that the
 *  80-9f the newest that is READY       20-2f the same of a page                call
 *  a0-bf the newest that is VERIFIED          owned by a VM [k]                 needs
 *  c0-cf the newest that is POWEROFF    30-3f start of image [k]          80-ef its low
 *  d0-d7 the page's owner               40-7f mapped [k] +1 -1, 7f: +511        bits
 *  d8-df the one to come                80-9f image [k], some pages on    f0-f3 8
 *  e0-ef the host                       a0-bf a frame
 *  f0-f3 about EL2                      c0-df newest + 4K, 2M, 1G or 512G
 *                                       e0-ef the page's own address
 *                                       f0-f3 the remap window
 */
#include "decode_hyper.h"

enum {
	VMS = 16, /* of which the states are looked at, newest first */
	VCPUS = 8,
};

static uint64_t vm_count(const struct s2t_decoder *d)
{
	const uint64_t next = s2t_model_core(d->model, S2T_CORE_NEXT_VMID);

	return next > d->board.next_vmid ? next - d->board.next_vmid : 0;
}

/* The newest VM in that state; the newest of all where there is none. */
static uint64_t vm_in_state(const struct s2t_decoder *d, enum s2t_vm_state state)
{
	const uint64_t count = vm_count(d), next = d->board.next_vmid + count;

	for (uint64_t k = 1; k <= count && k <= VMS; k++)
		if (s2t_model_vm(d->model, next - k, S2T_VM_STATE) == state)
			return next - k;
	return next - 1;
}

uint64_t s2t_hyper_pick_vm(const struct s2t_decoder *d, uint8_t s)
{
	const uint64_t count = vm_count(d), next = d->board.next_vmid + count;

	if (s >= 0xF0)
		return d->board.corevisor - 1 + (s & 3);
	if (s >= 0xE0)
		return 0;
	if (s >= 0xD8)
		return next;
	if (s >= 0xD0) {
		const uint32_t owner = s2t_gen_page(d->gen, d->pfn).owner;

		if (owner <= d->board.corevisor)
			return owner;
	}
	if (count == 0)
		return d->vm[s & (DECODE_VMS - 1)];
	if (s < 0x60)
		return next - 1;
	if (s < 0x80)
		return next - 1 - s % count;
	return vm_in_state(d, s < 0xA0 ? S2T_READY : (s < 0xC0 ? S2T_VERIFIED : S2T_POWEROFF));
}

void s2t_hyper_vm(struct s2t_resolving *r, unsigned i)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_VMID))
		r->arg[i] = s2t_hyper_pick_vm(r->d, r->select[i]);
}

void s2t_hyper_vcpu(struct s2t_resolving *r, unsigned i, uint64_t vmid, enum s2t_vm_state wanted)
{
	const uint8_t s = r->select[i];
	uint64_t vcpu = 0;

	if (s2t_decode_is_fixed(r, i, S2T_ARG_VCPUID))
		return;
	if (s < 0x80)
		while (vcpu < VCPUS && s2t_model_vcpu(r->d->model, vmid, vcpu, S2T_VCPU_STATE) != wanted)
			vcpu++;
	else
		vcpu = s < 0xF0 ? s & (VCPUS - 1) : VCPUS;
	r->arg[i] = s < 0x80 && vcpu == VCPUS ? 0 : vcpu;
}

static uint64_t image_word(const struct s2t_decoder *d, uint64_t vmid, uint32_t k, enum s2t_image_field field)
{
	const uint64_t count = s2t_model_vm(d->model, vmid, S2T_VM_IMAGES);

	return s2t_model_image(d->model, vmid, count ? k % count : 0, field);
}

static uint64_t remap_address(const struct s2t_decoder *d, uint64_t vmid, uint8_t s)
{
	switch (s & 3) {
	case 0:
	case 1: return s2t_model_core(d->model, S2T_CORE_NEXT_REMAP);
	case 2: return d->board.remap_start;
	default: return image_word(d, vmid, 0, S2T_IMAGE_REMAP);
	}
}

/* Where the owner of a page has it, in bytes; NULL where nobody does. */
static bool place_of_page(const struct s2t_decoder *d, uint64_t pfn, uint64_t *addr)
{
	const struct s2t_page page = s2t_gen_page(d->gen, pfn);

	if (!s2t_decode_has_place(d, page))
		return false;
	*addr = page.gfn << 12;
	return true;
}

static uint64_t pick_ipa(const struct s2t_decoder *d, uint8_t s, uint64_t vmid)
{
	uint64_t addr;

	if (s >= 0xF0)
		return remap_address(d, vmid, s);
	if (s >= 0x80 && s < 0xA0)
		return image_word(d, vmid, s & 3, S2T_IMAGE_ADDR) + ((uint64_t)(s >> 2 & 7) << 12);
	if (s >= 0x30 && s < 0x40)
		return image_word(d, vmid, s & 3, S2T_IMAGE_ADDR);
	if (s >= 0x20 && s < 0x30 && d->owned_count > 0 &&
	    place_of_page(d, d->owned[s % d->owned_count], &addr))
		return addr;
	if (s < 0x20 && place_of_page(d, d->pfn, &addr))
		return addr;
	if (s < 0x40)
		return d->frame[s & (DECODE_FRAMES - 1)] << 12;
	return s2t_decode_place(d, s).gfn << 12;
}

void s2t_hyper_ipa(struct s2t_resolving *r, unsigned i, uint64_t vmid)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_IPA))
		r->arg[i] = pick_ipa(r->d, r->select[i], vmid) | r->offset;
}
