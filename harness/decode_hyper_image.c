/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images in records of the hypercall layer: which, where to, and how much. Part of version 2 of the inputs. Sizes and
 * counts of pages of other operations are drawn as those of images are. `s` is the selector.
 *
 *        image           where an image is loaded    size in bytes                      pages
 *  00-9f the first       00-7f a block of its own    00-5f a page                       00-9f 1 to 8
 *        that lacks      80-9f … and some pages on   60-9f some pages                   a0-bf up to 31
 *        pages, else     a0-bf a frame               a0-bf 0, 1, about a page, more     c0-df 509 to 516
 *        the last        c0-df newest + 4K to 512G   c0-df powers of two, about 2 MiB   e0-f3 none
 *  a0-ef its low bits    e0-f3 a block far away      e0-f3 what the remap window has
 *  f0-f3 5 to 8                                            left, a page less, all of it
 */
#include "decode_hyper.h"

enum { IMAGES = 5 };

void s2t_hyper_image(struct s2t_resolving *r, unsigned i, uint64_t vmid)
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

/* Images of one VM in blocks of their own, so that their pages do not meet. */
void s2t_hyper_load_address(struct s2t_resolving *r, unsigned i, uint64_t vmid)
{
	static const uint64_t pages_on[4] = { 1, 255, 510, 511 };
	const uint8_t s = r->select[i];
	uint64_t block = (s & 7) + 8 * s2t_model_vm(r->d->model, vmid, S2T_VM_IMAGES);

	if (s2t_decode_is_fixed(r, i, S2T_ARG_IPA))
		return;
	if (s >= 0xE0)
		block |= (uint64_t)(s & 15) << (30 - S2T_HYPER_BLOCK_SHIFT);
	r->arg[i] = block << S2T_HYPER_BLOCK_SHIFT;
	if (s >= 0x80 && s < 0xA0)
		r->arg[i] += pages_on[s >> 3 & 3] << 12;
	else if (s >= 0xA0 && s < 0xE0)
		r->arg[i] = s2t_decode_place(r->d, s).gfn << 12;
	r->arg[i] |= r->offset;
}

void s2t_hyper_size(struct s2t_resolving *r, unsigned i)
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

void s2t_hyper_page_count(struct s2t_resolving *r, unsigned i)
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

void s2t_hyper_mask(struct s2t_resolving *r, unsigned i)
{
	const uint8_t s = r->select[i];

	if (!s2t_decode_is_fixed(r, i, S2T_ARG_MASK))
		r->arg[i] = s < 0xD0 ? 31 : s & 31;
}
