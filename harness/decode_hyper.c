/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the selectors of a record of the hypercall layer stand for. Everything here is part of version 2 of the inputs.
 *
 * The page of a descriptor or address is chosen first, then the VM, then the rest. Kinds that are not listed are those of
 * decode_pick.c, but that pages have b0-b7 for the next one of the host and b8-be for a block of such. The registers of a hypercall are the arguments of the operation that its number names.
 *
 *        vmid                           address in a stage-2 space        vcpuid          image
 *  00-5f the newest VM                  00-1f where the page's owner      00-7f the first 00-9f the first that lacks
 *  60-7f VM [k], newest first                 has it                            that the        pages, else the last
 *  80-9f the newest that is READY       20-2f the same of a page                call      a0-ef its low bits
 *  a0-bf the newest that is VERIFIED          owned by a VM [k]                 needs     f0-f3 5 to 8
 *  c0-cf the newest that is POWEROFF    30-3f start of image [k]          80-ef its low
 *  d0-d7 the page's owner               40-7f mapped [k] +1 -1, 7f: +511        bits
 *  d8-df the one to come                80-9f image [k], some pages on    f0-f3 8
 *  e0-ef the host                       a0-bf a frame
 *  f0-f3 about EL2                      c0-df newest + 4K, 2M, 1G or 512G
 *                                       e0-ef the page's own address
 *                                       f0-f3 the remap window
 *
 *        bank: cbndx; index has c0-f3 for its low bits    where an image is loaded    size in bytes
 *  00-3f that of the iova, or one of three                00-7f a block of its own    00-5f a page
 *  40-5f taken [k]                                        80-9f … and some pages on   60-9f some pages
 *  60-7f of the newest VM [k]                             a0-bf a frame               a0-bf 0, 1, about a page, more
 *  80-9f of the host [k]                                  c0-df newest + 4K to 512G   c0-df powers of two, about 2 MiB
 *  a0-bf free [k]                                         e0-f3 a block far away      e0-f3 what the remap window has
 *  c0-cf one of three; d0-f3 its low bits                                                   left, a page less, all of it
 */
#include <string.h>

#include "decode_internal.h"

enum {
	BLOCK_SHIFT = 21,
	VMS = 16,   /* of which the states are looked at, newest first */
	BANKS = 16, /* context = 8 * index + cbndx */
	IMAGES = 5,
	VCPUS = 8,
	NONE = -1,
};

static bool is_free(const struct s2t_decoder *d, uint64_t pfn)
{
	const struct s2t_page page = s2t_model_page(d->model, pfn);

	return page.owner == 0 && page.count == 0;
}

/* The first page of the host from the newest page on; a page of the board where none is near. */
static uint64_t free_page(const struct s2t_decoder *d)
{
	enum { NEAR = 64 };
	const uint64_t newest = d->recent.count ? d->recent.pfn[(d->recent.next - 1) % DECODE_RECENT]
	                                        : d->page[0];

	for (uint64_t pfn = newest; pfn < newest + NEAR; pfn++)
		if (is_free(d, pfn))
			return pfn;
	for (unsigned i = 0; i < DECODE_PAGES; i++)
		if (is_free(d, d->page[i]))
			return d->page[i];
	return d->page[0];
}

/* The first page of the first 2 MiB that are the host's, as far as some of its pages tell; a page of the board where
 * there are none. */
static uint64_t free_block(const struct s2t_decoder *d)
{
	enum { BLOCKS = 8, STEP = 73 }; /* 511 is a multiple of it */

	for (uint32_t r = 0; r < d->board.region_count; r++) {
		const struct s2t_region *region = &d->board.region[r];
		const uint64_t end = (region->base + region->size) >> 12;
		uint64_t pfn = ((region->base >> 12) + GEN_BLOCK - 1) & ~(uint64_t)(GEN_BLOCK - 1);

		if (region->index == S2T_NOMAP)
			continue;
		for (unsigned n = 0; n < BLOCKS && pfn + GEN_BLOCK <= end; n++, pfn += GEN_BLOCK) {
			uint64_t i = 0;

			while (i < GEN_BLOCK && is_free(d, pfn + i))
				i += STEP;
			if (i >= GEN_BLOCK)
				return pfn;
		}
	}
	return d->page[0];
}

/* A page, or the page of a descriptor or address. False: the selector is one of decode_pick.c. */
static bool set_free(struct s2t_resolving *r, unsigned i, unsigned shift)
{
	const uint8_t s = r->select[i];

	if (s < 0xB0 || s >= 0xBF)
		return false;
	r->d->pfn = s < 0xB8 ? free_page(r->d) : free_block(r->d);
	r->arg[i] = r->d->pfn << shift;
	return true;
}

static void set_pfn(struct s2t_resolving *r, unsigned i)
{
	if (!set_free(r, i, 0))
		s2t_decode_pfn(r, i);
}

static void set_pte(struct s2t_resolving *r, unsigned i)
{
	if (!set_free(r, i, 12))
		s2t_decode_pte(r, i);
}

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

static uint64_t pick_vm(const struct s2t_decoder *d, uint8_t s)
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

static void set_vm(struct s2t_resolving *r, unsigned i)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_VMID))
		r->arg[i] = pick_vm(r->d, r->select[i]);
}

static void set_vcpu(struct s2t_resolving *r, unsigned i, uint64_t vmid, enum s2t_vm_state wanted)
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

static void set_image(struct s2t_resolving *r, unsigned i, uint64_t vmid)
{
	const struct s2t_model *model = r->d->model;
	const uint64_t count = s2t_model_vm(model, vmid, S2T_VM_IMAGES);
	const uint8_t s = r->select[i];
	uint64_t image = 0;

	if (s2t_decode_is_fixed(r, i, S2T_ARG_IMAGE))
		return;
	if (s < 0xA0)
		while (image + 1 < count && s2t_model_image(model, vmid, image, S2T_IMAGE_MAPPED) * 4096 >=
		                                    s2t_model_image(model, vmid, image, S2T_IMAGE_SIZE))
			image++;
	else
		image = s < 0xF0 ? s % IMAGES : IMAGES + (s & 3);
	r->arg[i] = image;
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

static void set_ipa(struct s2t_resolving *r, unsigned i, uint64_t vmid)
{
	if (!s2t_decode_is_fixed(r, i, S2T_ARG_IPA))
		r->arg[i] = pick_ipa(r->d, r->select[i], vmid) | r->offset;
}

/* Images of one VM in blocks of their own, so that their pages do not meet. */
static void set_load_address(struct s2t_resolving *r, unsigned i, uint64_t vmid)
{
	static const uint64_t pages_on[4] = { 1, 255, 510, 511 };
	const uint8_t s = r->select[i];
	uint64_t block = (s & 7) + 8 * s2t_model_vm(r->d->model, vmid, S2T_VM_IMAGES);

	if (s2t_decode_is_fixed(r, i, S2T_ARG_IPA))
		return;
	if (s >= 0xE0)
		block |= (uint64_t)(s & 15) << (30 - BLOCK_SHIFT);
	r->arg[i] = block << BLOCK_SHIFT;
	if (s >= 0x80 && s < 0xA0)
		r->arg[i] += pages_on[s >> 3 & 3] << 12;
	else if (s >= 0xA0 && s < 0xE0)
		r->arg[i] = s2t_decode_place(r->d, s).gfn << 12;
	r->arg[i] |= r->offset;
}

static void set_size(struct s2t_resolving *r, unsigned i)
{
	static const uint64_t odd[32] = { 0,      0,      1,      1,       0xFFF,   0xFFF,   0x1001,  0x1001,
		                          0x1FFF, 0x2001, 0x3001, 0x10000, 0x40000, 0x10000, 0x40000, 0 };
	static const uint64_t large[16] = { 0x1FF000, 0x200000, 0x201000, 0x3FF000, 0x400000, 0x601000 };
	const struct s2t_board *board = &r->d->board;
	const uint64_t left = board->remap_end - s2t_model_core(r->d->model, S2T_CORE_NEXT_REMAP);
	const uint8_t s = r->select[i];

	if (s2t_decode_is_fixed(r, i, S2T_ARG_SIZE))
		return;
	if (s < 0x60)
		r->arg[i] = 0x1000;
	else if (s < 0xA0)
		r->arg[i] = (1 + (uint64_t)(s & 7)) << 12;
	else if (s < 0xC0)
		r->arg[i] = odd[s & 31];
	else if (s < 0xD0)
		r->arg[i] = UINT64_C(0x1000) << (s & 7);
	else if (s < 0xE0)
		r->arg[i] = large[s & 15];
	else if (s < 0xF0)
		r->arg[i] = left - (s < 0xE8 ? 0 : 4096);
	else
		r->arg[i] = board->remap_end - board->remap_start;
}

static void set_page_count(struct s2t_resolving *r, unsigned i)
{
	const uint8_t s = r->select[i];

	if (s2t_decode_is_fixed(r, i, S2T_ARG_PAGES))
		return;
	if (s < 0xA0)
		r->arg[i] = 1 + (uint64_t)(s & 7);
	else if (s < 0xC0)
		r->arg[i] = s & 31;
	else
		r->arg[i] = s < 0xE0 ? 509 + (uint64_t)(s & 7) : 0;
}

static void set_mask(struct s2t_resolving *r, unsigned i)
{
	const uint8_t s = r->select[i];

	if (!s2t_decode_is_fixed(r, i, S2T_ARG_MASK))
		r->arg[i] = s < 0xD0 ? 31 : s & 31;
}

/* What an SMMU may do with a page: reads, writes, memory type; seldom a bit of the frame. */
static void set_prot(struct s2t_resolving *r, unsigned i)
{
	static const uint64_t prot[16] = { 0x743, 0x7C3, 0,     0x3,   0x1,   0x40,  0x7FF, 0xFFF,
		                           0x743, 0x743, 0x7C3, 0x7C3, 0x440, 0x480, 0x743, UINT64_C(1) << 54 };
	const uint8_t s = r->select[i];

	if (s2t_decode_is_fixed(r, i, S2T_ARG_PROT))
		return;
	if (s < 0xF0)
		r->arg[i] = s < 0xC0 ? prot[s & 15] : (uint64_t)(s & 0x1F) << 6;
	else
		r->arg[i] = UINT64_C(0x1000) << 12 * (s & 3);
}

/* The k-th bank, counted round, whose owner is that one; -1: it has none. Owner UINT32_MAX: that are free. */
static int bank_of(const struct s2t_decoder *d, uint64_t owner, bool any, uint32_t k)
{
	unsigned bank[BANKS], count = 0;

	for (unsigned context = 0; context < BANKS; context++) {
		const uint64_t has = s2t_model_smmu_cfg(d->model, context);

		if (any ? has != UINT32_MAX : has == owner)
			bank[count++] = context;
	}
	return count ? (int)bank[k % count] : NONE;
}

/* `place` is UINT32_MAX where none goes with the iova. */
static void set_bank(struct s2t_resolving *r, unsigned cbndx, unsigned index, uint32_t place)
{
	static const uint32_t usual[4] = { 0, 9, 0, 15 };
	const struct s2t_decoder *d = r->d;
	const uint8_t s = r->select[cbndx];
	uint32_t context = s < 0x40 && place != UINT32_MAX ? place : usual[s & 3];
	int bank = NONE;

	if (s >= 0x40 && s < 0x60)
		bank = bank_of(d, 0, true, s);
	else if (s >= 0x60 && s < 0x80)
		bank = bank_of(d, pick_vm(d, 0), false, s);
	else if (s >= 0x80 && s < 0xA0)
		bank = bank_of(d, 0, false, s);
	else if (s >= 0xA0 && s < 0xC0)
		bank = bank_of(d, UINT32_MAX, false, s);
	if (bank != NONE)
		context = (uint32_t)bank;
	if (!s2t_decode_is_fixed(r, cbndx, S2T_ARG_CBNDX))
		r->arg[cbndx] = s < 0xD0 ? context & 7 : s & 7;
	if (!s2t_decode_is_fixed(r, index, S2T_ARG_INDEX))
		r->arg[index] = r->select[index] < 0xC0 ? context >> 3 : r->select[index] & 1;
}

/* An iova and its bank; e0-f3: where the page itself is. */
static void set_iova(struct s2t_resolving *r, unsigned iova, unsigned cbndx, unsigned index)
{
	const uint8_t s = r->select[iova];
	struct decode_place place = { UINT32_MAX, r->d->pfn };

	if (!s2t_decode_is_fixed(r, iova, S2T_ARG_IOVA)) {
		if (s < 0xE0)
			place = s2t_decode_iova(r->d, s);
		r->arg[iova] = place.gfn << 12 | r->offset;
	}
	set_bank(r, cbndx, index, place.space);
}

/* A physical address: of a page, or mostly of a device. */
static void set_pa(struct s2t_resolving *r, unsigned i, bool device)
{
	const uint8_t s = r->select[i];

	if (!device && set_free(r, i, 12))
		r->arg[i] |= r->offset;
	else if (!s2t_decode_is_fixed(r, i, S2T_ARG_PA))
		r->arg[i] = (device ? s2t_decode_device(r->d, s) : s2t_decode_page(r->d, s)) << 12 | r->offset;
	r->d->pfn = r->arg[i] >> 12 & (GEN_PFN_END - 1);
}

/* EL2 ors its own bits to the descriptors of an SMMU. Where some are of the frame, a page has to have them; every other
 * selector sees to that. */
static void set_bits_of_smmu(struct s2t_resolving *r, unsigned i)
{
	const uint8_t s = r->select[i];

	if (s >= S2T_SELECT_LIMIT || (s & 0x20) == 0)
		return;
	r->arg[i] |= r->d->board.smmu_pte_bits & GEN_FRAME & (GEN_PA_END - 1);
	r->d->pfn = r->arg[i] >> 12;
}

/* vcpu_run and prot_and_map_vm_s2pt: the page is chosen, the VM is known. */
static void set_mapping(struct s2t_resolving *r, unsigned addr, unsigned pte, unsigned level, uint64_t vmid)
{
	if (!s2t_decode_is_fixed(r, level, S2T_ARG_LEVEL))
		r->arg[level] = s2t_decode_level(r->select[level]);
	set_ipa(r, addr, vmid);
	/* A block mostly begins where one can. */
	if (r->arg[level] == 2 && r->select[addr] < S2T_SELECT_LIMIT && (r->extra >> 9 & 3) != 3)
		r->arg[addr] &= ~((UINT64_C(1) << BLOCK_SHIFT) - 1);
	s2t_decode_finish_pte(r, pte, r->arg[level] == 2);
}

/* An address in RAM, or a register of an SMMU; what an access to that would be. */
static void host_fault(struct s2t_resolving *r)
{
	static const uint64_t reg[32] = { 0,      8,      4,      0xFFF,  0x1000, 0x1004, 0x101C, 0x1020,
		                          0x17FC, 0x1800, 0x7FFC, 0x8000, 0x8020, 0x8034, 0x9020, 0xF034,
		                          0xFFFC, 0x1000, 0x1004, 0x1008, 0x100C, 0x1010, 0x1014, 0x1018,
		                          0x101C, 0,      8,      0,      8,      0x1002, 0x8034, 0x10000 };
	static const uint64_t word[16] = { 1u << 21, 0xFF, 0x10000, 1, 0x200100, 0xFFFF, 0x1FF };
	struct s2t_decoder *d = r->d;
	const struct s2t_board *board = &d->board;
	const uint8_t *s = r->select;

	if (s2t_decode_is_fixed(r, 0, S2T_ARG_IPA))
		d->pfn = r->arg[0] >> 12 & (GEN_PFN_END - 1);
	else if (s[0] < 0xA0)
		r->arg[0] = (d->pfn = s2t_decode_page(d, s[0])) << 12 | r->offset;
	else if (s[0] < 0xE0)
		r->arg[0] = board->smmu_base + reg[s[0] & 31];
	else if (s[0] < 0xF0)
		r->arg[0] = s2t_decode_place(d, 0xC0 | (s[0] & 15)).gfn << 12 | r->offset;
	else
		r->arg[0] = d->pfn << 12 | r->offset;
	/* Bit 6: a write. Bits 22 and 23: 1, 2, 4 or 8 bytes; most selectors say 4 or 8. */
	if (!s2t_decode_is_fixed(r, 1, S2T_ARG_WORD))
		r->arg[1] = (s[1] & 1u) << 6 | (s[1] < 0x80 ? 2u | (s[1] >> 1 & 1u) : s[1] >> 1 & 3u) << 22;
	if (s2t_decode_is_fixed(r, 2, S2T_ARG_WORD))
		return;
	const uint64_t bank = (r->arg[0] - board->smmu_base - 0x1000) >> 2 & 7;

	if (s[2] < 0x60)
		r->arg[2] = s2t_model_smmu_cfg(d->model, (unsigned)bank) & 0xFF;
	else if (s[2] < 0x80)
		r->arg[2] = 0;
	else
		r->arg[2] = s[2] < 0xC0 ? word[s[2] & 7] : s[2] & 0x1F;
}

/* Exit code, class and registers of a guest, as the traps read them. */
static void vcpu_exit(struct s2t_resolving *r)
{
	enum { EXIT_TRAP = 2, EXIT_INTERRUPT = 31 };
	static const uint64_t hvc = 22, system = 30;
	const struct s2t_board *board = &r->d->board;
	const uint8_t *s = r->select;

	set_vm(r, 0);
	set_vcpu(r, 1, r->arg[0], S2T_ACTIVE);
	if (!s2t_decode_is_fixed(r, 2, S2T_ARG_WORD))
		r->arg[2] = s[2] < 0xC0 ? EXIT_TRAP : (s[2] < 0xE0 ? EXIT_INTERRUPT : s[2] & 31);
	if (!s2t_decode_is_fixed(r, 3, S2T_ARG_WORD))
		r->arg[3] = (s[3] < 0xC0 ? hvc : s[3] < 0xE0 ? system : s[3] & 63u) << 26;
	if (!s2t_decode_is_fixed(r, 4, S2T_ARG_WORD))
		r->arg[4] = s[4] < 0x40   ? board->hvc_kvm_set_desc_pfn
		            : s[4] < 0x80 ? board->hvc_kvm_unset_desc_pfn
		            : s[4] < 0xA0 ? UINT64_C(0x84000008) /* PSCI SYSTEM_OFF */
		            : s[4] < 0xB0 ? UINT64_C(0x184000008)
		                          : s[4] & 31;
	set_ipa(r, 5, r->arg[0]);
	set_size(r, 6);
}

/* Operations by hypercall, in the order of their selectors. */
static const uint8_t by_number[] = {
	S2T_OP_REGISTER_KVM,           S2T_OP_REGISTER_VCPU,
	S2T_OP_SET_BOOT_INFO,          S2T_OP_REMAP_VM_IMAGE,
	S2T_OP_VERIFY_AND_LOAD_IMAGES, S2T_OP_CLEAR_VM_STAGE2_RANGE,
	S2T_OP_EL2_FREE_SMMU_PGD,      S2T_OP_EL2_ALLOC_SMMU_PGD,
	S2T_OP_EL2_ARM_LPAE_MAP,       S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS,
	S2T_OP_EL2_ARM_LPAE_CLEAR,     S2T_OP_KVM_PHYS_ADDR_IOREMAP,
};
enum { NUMBERS = sizeof(by_number) };

static uint64_t number_of(const struct s2t_board *board, unsigned i)
{
	const uint64_t number[NUMBERS] = {
		board->hvc_register_kvm,           board->hvc_register_vcpu,   board->hvc_set_boot_info,
		board->hvc_remap_vm_image,         board->hvc_verify_vm_image, board->hvc_clear_vm_s2_range,
		board->hvc_smmu_free_pgd,          board->hvc_smmu_alloc_pgd,  board->hvc_smmu_lpae_map,
		board->hvc_smmu_lpae_iova_to_phys, board->hvc_smmu_clear,      board->hvc_phys_addr_ioremap,
	};

	return number[i];
}

int s2t_decode_by_number(const struct s2t_board *board, uint64_t number)
{
	for (unsigned i = 0; i < NUMBERS; i++)
		if (number_of(board, i) == number)
			return by_number[i];
	return -1;
}

static void hypercall(struct s2t_resolving *r)
{
	const struct s2t_board *board = &r->d->board;
	const uint8_t s = r->select[0];
	struct s2t_resolving registers = *r;

	if (!s2t_decode_is_fixed(r, 0, S2T_ARG_HVC))
		r->arg[0] = s < 0xE0   ? number_of(board, s % NUMBERS)
		            : s < 0xE8 ? board->hvc_timer_set_cntvoff
		                       : UINT64_C(32) + (s & 31);
	const int op = s2t_decode_by_number(board, r->arg[0]);

	registers.select++;
	registers.literal++;
	registers.arg++;
	if (op >= 0)
		s2t_decode_hyper(&registers, (enum s2t_op)op);
	for (unsigned i = op < 0 ? 0 : s2t_op_table[op].arg_count; i < 5; i++)
		if (!s2t_decode_is_fixed(&registers, i, S2T_ARG_WORD))
			registers.arg[i] = registers.select[i];
}

void s2t_decode_hyper(struct s2t_resolving *r, enum s2t_op op)
{
	uint64_t *arg = r->arg;

	switch (op) {
	case S2T_OP_CLEAR_VM_RANGE:
		set_pfn(r, 1);
		set_vm(r, 0);
		set_page_count(r, 2);
		break;
	case S2T_OP_PROT_AND_MAP_VM_S2PT:
		set_pte(r, 2);
		set_vm(r, 0);
		set_mapping(r, 1, 2, 3, arg[0]);
		break;
	case S2T_OP_GRANT_STAGE2_SG_GPA:
	case S2T_OP_REVOKE_STAGE2_SG_GPA:
		set_vm(r, 0);
		set_ipa(r, 1, arg[0]);
		set_size(r, 2);
		break;
	case S2T_OP_SET_VM_POWEROFF: set_vm(r, 0); break;
	case S2T_OP_REGISTER_VCPU:
		set_vm(r, 0);
		set_vcpu(r, 1, arg[0], S2T_UNUSED);
		break;
	case S2T_OP_SET_BOOT_INFO:
		set_vm(r, 0);
		set_load_address(r, 1, arg[0]);
		set_size(r, 2);
		break;
	case S2T_OP_REMAP_VM_IMAGE:
		set_pfn(r, 1);
		set_vm(r, 0);
		set_image(r, 2, arg[0]);
		break;
	case S2T_OP_VERIFY_AND_LOAD_IMAGES:
		set_vm(r, 0);
		set_mask(r, 1);
		break;
	case S2T_OP_SEARCH_LOAD_INFO:
		set_vm(r, 0);
		set_ipa(r, 1, arg[0]);
		break;
	case S2T_OP_EL2_FREE_SMMU_PGD: set_bank(r, 0, 1, UINT32_MAX); break;
	case S2T_OP_EL2_ALLOC_SMMU_PGD:
		set_vm(r, 1);
		set_bank(r, 0, 2, UINT32_MAX);
		break;
	case S2T_OP_EL2_ARM_LPAE_MAP:
		set_pa(r, 1, false);
		set_bits_of_smmu(r, 1);
		set_iova(r, 0, 3, 4);
		set_prot(r, 2);
		break;
	case S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS:
	case S2T_OP_EL2_ARM_LPAE_CLEAR: set_iova(r, 0, 1, 2); break;
	case S2T_OP_CLEAR_VM_STAGE2_RANGE:
		set_pa(r, 1, false);
		set_vm(r, 0);
		set_size(r, 2);
		break;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP:
		set_pa(r, 2, true);
		set_vm(r, 0);
		set_ipa(r, 1, arg[0]);
		set_size(r, 3);
		break;
	case S2T_OP_HOST_FAULT: host_fault(r); break;
	case S2T_OP_VCPU_RUN:
		set_pte(r, 4);
		set_vm(r, 0);
		set_vcpu(r, 1, arg[0], S2T_READY);
		set_ipa(r, 2, arg[0]);
		set_mapping(r, 3, 4, 5, arg[0]);
		break;
	case S2T_OP_VCPU_EXIT: vcpu_exit(r); break;
	case S2T_OP_HYPERCALL: hypercall(r); break;
	default: break; /* register_kvm has no arguments, and the memory layers are not for this */
	}
}
