/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot images: noted, mapped into the remap window page by page, verified there, and given to the VM.
 *
 * The remap window is a range of EL2's own stage-2 table. All images of all VMs get their parts of it one
 * after the other, and none comes back.
 */
#include "bodies.h"
#include "hypercalls.h"
#include "locks.h"
#include "vm.h"

#define BLOCK_BYTES (PAGE_BYTES * PAGE_WORDS)
/* What EL2's own mappings carry: pages of normal memory, not to execute. */
#define REMAP_PAGE (DESC_PAGE | (UINT64_C(0x4) << 2) | S2_S2AP_READ | S2_SH_INNER | S2_AF | S2_XN)

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) >> PAGE_SHIFT_4K;
}

static uint32_t el2(const struct s2t_hyp *h)
{
	return (uint32_t)h->board.corevisor;
}

static void rely_on_addr(struct s2t_hyp *h, uint64_t addr)
{
	s2t_rely(h, addr < IPA_SPACE, "boot image: an address, a size or a number of pages is 2^48 or more");
}

/* Whether the VM may still be set up; if not, panics. */
static bool is_ready(struct s2t_hyp *h, uint32_t vmid, const char *otherwise)
{
	if (s2t_vm_load(h, vmid, S2T_VM_STATE) == S2T_HYP_READY)
		return true;
	PRIM(panic)(h, otherwise);
	return false;
}

/* The image counts before it has its part of the window: a full window leaves an image without one. */
static void add_image(struct s2t_hyp *h, uint32_t vmid, uint64_t image, uint64_t load_addr, uint64_t size)
{
	uint64_t remap;

	s2t_vm_store(h, vmid, S2T_VM_IMAGES, image + 1);
	remap = s2t_core_remap_window(h, pages_of(size));
	s2t_image_store(h, vmid, image, S2T_IMAGE_ADDR, load_addr);
	s2t_image_store(h, vmid, image, S2T_IMAGE_SIZE, size);
	s2t_image_store(h, vmid, image, S2T_IMAGE_REMAP, remap);
	s2t_image_store(h, vmid, image, S2T_IMAGE_MAPPED, 0);
}

uint64_t s2t_hyp_set_boot_info(struct s2t_hyp *h, uint32_t vmid, uint64_t load_addr, uint64_t size)
{
	uint64_t images = 0;

	rely_on_addr(h, load_addr);
	rely_on_addr(h, size);
	s2t_rely_on_vmid(h, vmid);
	s2t_vm_lock(h, vmid);
	if (is_ready(h, vmid, "set_boot_info: the VM is not ready")) {
		images = s2t_vm_load(h, vmid, S2T_VM_IMAGES);
		if (images < S2T_HYP_IMAGES)
			add_image(h, vmid, images, load_addr, size);
	}
	s2t_vm_unlock(h, vmid);
	return images;
}

static void remap_page(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn, uint32_t image)
{
	uint64_t size = s2t_image_load(h, vmid, image, S2T_IMAGE_SIZE);
	uint64_t mapped = s2t_image_load(h, vmid, image, S2T_IMAGE_MAPPED);
	uint64_t remap = s2t_image_load(h, vmid, image, S2T_IMAGE_REMAP);

	rely_on_addr(h, size);
	rely_on_addr(h, mapped);
	rely_on_addr(h, remap);
	if (mapped >= pages_of(size))
		return;
	PRIM(map_s2pt)(h, el2(h), remap + mapped * PAGE_BYTES, LEVEL_PAGE, pfn << PAGE_SHIFT_4K | REMAP_PAGE);
	s2t_image_store(h, vmid, image, S2T_IMAGE_MAPPED, mapped + 1);
}

/* Nobody asks whose the page is. Only when it is given to the VM does that count. */
void s2t_hyp_remap_vm_image(struct s2t_hyp *h, uint32_t vmid, uint64_t pfn, uint32_t image)
{
	s2t_rely_on_vmid(h, vmid);
	s2t_rely(h, image < S2T_HYP_IMAGES, "remap_vm_image: no such image");
	s2t_rely(h, pfn < PFN_SPACE, "remap_vm_image: the page is beyond 40 bits of physical address");
	s2t_vm_lock(h, vmid);
	if (is_ready(h, vmid, "remap_vm_image: the VM is not ready") &&
	    image < s2t_vm_load(h, vmid, S2T_VM_IMAGES))
		remap_page(h, vmid, pfn, image);
	s2t_vm_unlock(h, vmid);
}

/* Gives the VM the 2 MiB of memory of which EL2 has the page `remap`, and maps them at `addr`. */
static void load_block(struct s2t_hyp *h, uint32_t vmid, uint64_t addr, uint64_t remap)
{
	uint64_t block = (PRIM(walk_s2pt)(h, el2(h), remap) & DESC_OUTPUT) & ~(BLOCK_BYTES - 1);

	if (block == 0)
		PRIM(panic)(h, "verify_and_load_images: a block of the image is not in the remap window");
	else
		s2t_hyp_prot_and_map_vm_s2pt(h, vmid, addr, block, LEVEL_BLOCK);
}

/* Loads an image whose first `mapped` pages are in the remap window, in blocks of 2 MiB. The relies of all
 * blocks come first: those behind a panic count, too. */
static void load_image(struct s2t_hyp *h, uint32_t vmid, uint64_t load_addr, uint64_t remap, uint64_t mapped)
{
	uint64_t addr = load_addr & ~(BLOCK_BYTES - 1);
	uint64_t blocks, last;

	rely_on_addr(h, load_addr);
	rely_on_addr(h, remap);
	s2t_rely(h, mapped < GFN_SPACE, "verify_and_load_images: the image has 2^36 pages or more");
	s2t_rely(h, s2t_is_vm(h, vmid), "verify_and_load_images: not a VM");
	if (h->stop)
		return;
	blocks = (load_addr + mapped * PAGE_BYTES - addr + BLOCK_BYTES - 1) / BLOCK_BYTES;
	if (blocks > 1) {
		last = addr + (blocks - 1) * BLOCK_BYTES;
		rely_on_addr(h, last);
		rely_on_addr(h, remap + (last - load_addr));
	}
	for (uint64_t i = 0; i < blocks && !h->stop; i++) {
		load_block(h, vmid, addr, remap);
		addr += BLOCK_BYTES;
		remap += addr - load_addr;
		load_addr = addr;
	}
}

void s2t_hyp_verify_and_load_images(struct s2t_hyp *h, uint32_t vmid, uint64_t valid)
{
	uint64_t images = 0;

	s2t_vm_lock(h, vmid);
	if (is_ready(h, vmid, "verify_and_load_images: the VM is not ready"))
		images = s2t_vm_load(h, vmid, S2T_VM_IMAGES);
	for (uint64_t i = 0; i < images && !h->stop; i++) {
		load_image(h, vmid, s2t_image_load(h, vmid, i, S2T_IMAGE_ADDR),
		           s2t_image_load(h, vmid, i, S2T_IMAGE_REMAP),
		           s2t_image_load(h, vmid, i, S2T_IMAGE_MAPPED));
		if (!(valid >> i & 1))
			PRIM(panic)(h, "verify_and_load_images: an image is not what it should be");
	}
	s2t_vm_store(h, vmid, S2T_VM_STATE, S2T_HYP_VERIFIED);
	s2t_vm_unlock(h, vmid);
}

/* Of images that overlap the last one counts. */
uint64_t s2t_hyp_search_load_info(struct s2t_hyp *h, uint32_t vmid, uint64_t addr)
{
	uint64_t images, found = 0;

	s2t_rely_on_vmid(h, vmid);
	s2t_vm_lock(h, vmid);
	images = s2t_vm_load(h, vmid, S2T_VM_IMAGES);
	for (uint64_t i = 0; i < images && !h->stop; i++) {
		uint64_t base = s2t_image_load(h, vmid, i, S2T_IMAGE_ADDR);
		uint64_t size = s2t_image_load(h, vmid, i, S2T_IMAGE_SIZE);
		uint64_t remap = s2t_image_load(h, vmid, i, S2T_IMAGE_REMAP);

		rely_on_addr(h, found);
		rely_on_addr(h, base);
		rely_on_addr(h, size);
		rely_on_addr(h, remap);
		if (addr >= base && addr < base + size)
			found = addr - base + remap;
	}
	s2t_vm_unlock(h, vmid);
	return found;
}
