/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of an implementation as a list of entries: a decoder of its own, after the refinement relation of
 * the Coq proofs (NPTWalkProofHighAux, MmioSPTWalkRefine, PageManagerRefine). Of the harness it uses the boards.
 */
#ifndef S2T_TESTS_CASES_IMAGE_VIEW_H
#define S2T_TESTS_CASES_IMAGE_VIEW_H

#include "boards.h"
#include "cases/model_view.h"
#include "s2twin/iut.h"

struct image {
	const struct s2t_iut_ops *ops;
	const struct s2t_iut *iut;
	const struct s2t_board *board;
};

static inline const uint64_t *image_page(const struct image *im, enum s2t_window window, uint64_t addr)
{
	return im->ops->image->page(im->iut, window, addr & ~UINT64_C(4095));
}

static inline uint64_t image_word(const struct image *im, enum s2t_window window, uint64_t addr,
                                  uint64_t untouched)
{
	const uint64_t *page = image_page(im, window, addr);

	return page ? page[(addr & 4095) / 8] : untouched;
}

/* Bits 47..12 of a descriptor: the address of a table or a page. */
static inline uint64_t descriptor_addr(uint64_t descriptor)
{
	return descriptor & UINT64_C(0x0000fffffffff000);
}

/* The entries below one table; `gfn` is the first that it serves. Levels as the architecture counts them: 0 is
 * the root, 3 holds pages. A level 2 descriptor whose low bits are not 11 is a block. */
static inline void stage2_view(const struct image *im, uint64_t vmid, uint64_t table, unsigned level,
                               uint64_t gfn, struct entries *view)
{
	const uint64_t *word = image_page(im, S2T_WINDOW_S2PT, table);
	uint64_t pages = UINT64_C(1) << (9 * (3 - level));

	for (uint64_t i = 0; word && i < 512; i++) {
		bool block = level == 2 && (word[i] & 3) != 3;

		if (word[i] == 0)
			continue;
		if (level < 3 && !block) {
			stage2_view(im, vmid, descriptor_addr(word[i]), level + 1, gfn + i * pages, view);
			continue;
		}
		for (uint64_t page = 0; page < pages; page++) {
			struct entry *e = entries_add(view, NPT, vmid, gfn + i * pages + page);

			e->value[0] = descriptor_addr(word[i]) / 4096 + page;
			e->value[1] = level;
			e->value[2] = word[i];
		}
	}
}

/* An SMMU context: a root of two pages with 1024 entries, then two levels of 512. */
static inline void smmu_view(const struct image *im, uint64_t ttbr, struct entries *view)
{
	for (uint64_t i = 0; i < 1024; i++) {
		uint64_t second = image_word(im, S2T_WINDOW_SMMU, ttbr + 8 * i, 0);

		for (uint64_t j = 0; second && j < 512; j++) {
			uint64_t third = image_word(im, S2T_WINDOW_SMMU, descriptor_addr(second) + 8 * j, 0);

			for (uint64_t k = 0; third && k < 512; k++) {
				uint64_t pte = image_word(im, S2T_WINDOW_SMMU, descriptor_addr(third) + 8 * k,
				                          0);

				if (pte != 0) {
					struct entry *e = entries_add(view, SPT, ttbr,
					                              (i << 18) + (j << 9) + k);

					e->value[0] = descriptor_addr(pte) / 4096;
					e->value[1] = pte;
				}
			}
		}
	}
}

static inline void ownership_view(const struct image *im, uint64_t pfn, struct entries *view)
{
	uint64_t record = s2t_board_record_of(im->board, pfn);
	uint64_t addr = im->ops->image->layout(im->iut).s2_pages + 16 * record;
	struct s2t_page start = s2t_board_start_page(im->board, pfn);
	struct entry *e = entries_add(view, S2PAGE, pfn, 0);
	uint64_t who;

	if (record == S2T_NOMAP) {
		e->value[0] = e->value[1] = UINT32_MAX;
		e->value[2] = UINT64_MAX;
		return;
	}
	who = image_word(im, S2T_WINDOW_EL2, addr, start.owner | (uint64_t)start.count << 32);
	e->value[0] = who & UINT32_MAX;
	e->value[1] = who >> 32;
	e->value[2] = image_word(im, S2T_WINDOW_EL2, addr + 8, start.gfn);
}

static inline void cursors_view(const struct image *im, struct entries *view)
{
	const struct s2t_board *b = im->board;
	struct s2t_el2_layout at = im->ops->image->layout(im->iut);

	for (uint64_t vmid = 0; vmid <= b->corevisor; vmid++) {
		uint64_t pool = b->pt_pool_start + vmid * b->pt_pool_per_vm;
		uint64_t start[3] = { pool + b->pgd_offset, pool + b->pud_offset, pool + b->pmd_offset };

		for (uint64_t i = 0; i < 3; i++)
			entries_add(view, NPT_NEXT, vmid, i)->value[0] =
				image_word(im, S2T_WINDOW_EL2, at.npt_next + 32 * vmid + 8 * i, start[i]);
		entries_add(view, DATA_LOG, vmid, 0)->value[0] = image_word(im, S2T_WINDOW_EL2,
		                                                            at.data_log + 8 * vmid, 0);
	}
	entries_add(view, SPT_NEXT, 0, 0)->value[0] = image_word(im, S2T_WINDOW_EL2, at.spt_next,
	                                                         b->smmu_pgd_start);
	entries_add(view, SPT_NEXT, 1, 0)->value[0] = image_word(im, S2T_WINDOW_EL2, at.spt_next + 8,
	                                                         b->smmu_pmd_start);
}

/* The words of the hypercall layer: one entry of 256 bytes for each VM in the arrays vms and images. */
static inline void hyper_view(const struct image *im, struct entries *view)
{
	const struct s2t_board *b = im->board;
	struct s2t_el2_layout at = im->ops->image->layout(im->iut);
	struct entry *e;

	for (uint64_t vmid = 0; vmid <= b->corevisor; vmid++) {
		uint64_t vm = at.vms + 256 * vmid, images = at.images + 256 * vmid;

		for (uint64_t field = 0; field < 2; field++)
			entries_add(view, VM, vmid, field)->value[0] = image_word(im, S2T_WINDOW_EL2,
			                                                          vm + 8 * field, 0);
		for (uint64_t word = 0; word < 16; word++) {
			e = entries_add(view, VCPU, vmid, word / 2);
			e->key[2] = word % 2;
			e->value[0] = image_word(im, S2T_WINDOW_EL2, vm + 16 + 8 * word, 0);
		}
		for (uint64_t word = 0; word < 20; word++) {
			e = entries_add(view, IMAGE, vmid, word / 4);
			e->key[2] = word % 4;
			e->value[0] = image_word(im, S2T_WINDOW_EL2, images + 8 * word, 0);
		}
	}
	entries_add(view, CORE, 0, 0)->value[0] = image_word(im, S2T_WINDOW_EL2, at.core, b->next_vmid);
	entries_add(view, CORE, 1, 0)->value[0] = image_word(im, S2T_WINDOW_EL2, at.core + 8, b->remap_start);
	for (uint64_t context = 0; context < CONTEXTS; context++)
		entries_add(view, SMMU_CFG, context, 0)->value[0] =
			image_word(im, S2T_WINDOW_EL2, at.smmu_banks + 16 * context, UINT32_MAX);
}

/* Adds the pages whose record or content the implementation wrote since it was made. */
static inline void keys_of_writes(const struct image *im, struct entries *keys)
{
	struct s2t_el2_layout at = im->ops->image->layout(im->iut);
	size_t count;
	const struct s2t_write *w = im->ops->image->writes(im->iut, &count);

	for (size_t i = 0; i < count; i++) {
		uint64_t record = (w[i].addr - at.s2_pages) / 16;

		if (w[i].window == S2T_WINDOW_PAGES)
			entries_add(keys, FLATMEM, w[i].addr / 4096, 0);
		if (w[i].window != S2T_WINDOW_EL2 || w[i].addr < at.s2_pages)
			continue;
		for (uint32_t r = 0; r < im->board->region_count; r++) {
			const struct s2t_region *region = &im->board->region[r];
			uint64_t pfn = (region->base + 4095) / 4096 + record - region->index;

			if (region->index <= record && s2t_board_record_of(im->board, pfn) == record)
				entries_add(keys, S2PAGE, pfn, 0);
		}
	}
}

/* All of the tables, cursors, data logs and words of the hypercall layer, and the pages of `keys`. False: a page holds different words. */
static inline bool image_view(const struct image *im, const struct entries *keys, struct entries *view)
{
	const struct s2t_board *b = im->board;
	bool uniform = true;

	for (uint64_t vmid = 0; vmid <= b->corevisor; vmid++)
		stage2_view(im, vmid, b->pt_pool_start + vmid * b->pt_pool_per_vm, 0, 0, view);
	for (uint64_t context = 0; context < CONTEXTS; context++)
		smmu_view(im, ttbr_of(b, context), view);
	cursors_view(im, view);
	hyper_view(im, view);
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->at[i].kind == S2PAGE)
			ownership_view(im, keys->at[i].key[0], view);
		if (keys->at[i].kind == FLATMEM && keys->at[i].key[0] < UINT64_C(1) << 28) {
			struct entry *e = entries_add(view, FLATMEM, keys->at[i].key[0], 0);

			uniform = im->ops->token(im->iut, e->key[0], &e->value[0]) && uniform;
		}
	}
	entries_sort(view);
	return uniform;
}

static inline uint64_t image_held(const struct image *im)
{
	uint64_t at = im->ops->image->layout(im->iut).locks, held = 0;

	for (uint64_t lock = 0; lock <= s2t_lock_info(im->board, im->board->corevisor) && lock < 64; lock++) {
		uint64_t word = image_word(im, S2T_WINDOW_EL2, at + 8 * lock, 0);

		if ((word & UINT32_MAX) != word >> 32)
			held |= UINT64_C(1) << lock;
	}
	return held;
}

#endif
