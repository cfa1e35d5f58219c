/* SPDX-License-Identifier: BSD-2-Clause */
/* The view: from bytes to abstract entries. */
#include "view.h"

#include <string.h>

#include "boards.h"

enum { RECORD_SIZE = 16 };

void s2t_view_init(struct s2t_view *view, const struct s2t_iut_ops *ops, const struct s2t_iut *iut,
                   const struct s2t_board *board)
{
	memset(view, 0, sizeof(*view));
	view->ops = ops;
	view->iut = iut;
	view->board = board;
	if (ops->image)
		view->el2 = ops->image->layout(iut);
	view->epoch = 1;
}

void s2t_view_flush(struct s2t_view *view)
{
	if (++view->epoch >> 20) {
		memset(view->leaf, 0, sizeof(view->leaf));
		view->epoch = 1;
	}
}

const uint64_t *s2t_view_words_slow(struct s2t_view *view, enum s2t_window window, uint64_t address)
{
	uint64_t key = (uint64_t)window << 40 | (address & ~UINT64_C(4095));
	unsigned i = s2t_view_place(key);

	if (address >> 40)
		return NULL;
	const uint64_t *words = view->ops->image->page(view->iut, window, address & ~UINT64_C(4095));

	if (words) {
		view->page[i].key = key + 1;
		view->page[i].words = words;
	}
	return words;
}

unsigned s2t_zeros_from(const uint64_t *words, unsigned i)
{
	static const uint64_t zeros[64];
	const uint64_t *w = words + i;

	if (i % 64 == 0 && memcmp(w, zeros, sizeof(zeros)) == 0)
		return 64;
	if (i % 8 == 0 && !(w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]))
		return 8;
	return *w == 0;
}

/* Ownership records. */

const uint64_t *s2t_view_record_slow(struct s2t_view *view, s2t_pfn pfn, uint64_t *offset)
{
	unsigned i = pfn % S2T_VIEW_RECORDS;
	uint64_t index = s2t_board_record_of(view->board, pfn);

	*offset = UINT64_MAX;
	if (index == S2T_NOMAP)
		return NULL;
	*offset = view->el2.s2_pages + index * RECORD_SIZE;
	const uint64_t *words = s2t_view_words(view, S2T_WINDOW_EL2, *offset);

	if (!words)
		return NULL;
	words += *offset % 4096 / 8;
	view->record[i].key = pfn + 1;
	view->record[i].words = words;
	view->record[i].offset = *offset;
	return words;
}

struct s2t_page s2t_view_page(struct s2t_view *view, s2t_pfn pfn)
{
	uint64_t offset;
	const uint64_t *words = s2t_view_record(view, pfn, &offset);

	if (!words)
		return s2t_board_start_page(view->board, pfn);
	return (struct s2t_page){ (uint32_t)words[0], (uint32_t)(words[0] >> 32), words[1] };
}

bool s2t_view_token(struct s2t_view *view, s2t_pfn pfn, s2t_token *token)
{
	return view->ops->token(view->iut, pfn, token);
}

uint64_t s2t_view_data_log(struct s2t_view *view, s2t_vmid vmid)
{
	return s2t_view_word(view, S2T_WINDOW_EL2, view->el2.data_log + 8 * vmid, 0);
}

/* The hypercall layer. Sizes in bytes are those of struct s2t_el2_layout. */

enum { VM_SIZE = 256, VCPU_SIZE = 16, IMAGE_SIZE = 32, BANK_SIZE = 16, BANKS = 16 };

s2t_addr s2t_view_hyper_address(const struct s2t_view *view, const struct s2t_touch *entry)
{
	const s2t_addr vm = (s2t_addr)VM_SIZE * entry->a, field = (s2t_addr)8 * entry->level;

	switch (entry->kind) {
	case S2T_ENTRY_VM: return view->el2.vms + vm + field;
	case S2T_ENTRY_VCPU: return view->el2.vms + vm + VCPU_SIZE * (entry->b + 1) + field;
	case S2T_ENTRY_IMAGE: return view->el2.images + vm + IMAGE_SIZE * entry->b + field;
	case S2T_ENTRY_CORE: return view->el2.core + field;
	default: return view->el2.smmu_banks + (s2t_addr)BANK_SIZE * entry->a;
	}
}

uint64_t s2t_view_hyper(struct s2t_view *view, const struct s2t_touch *entry)
{
	const struct s2t_board *board = view->board;
	uint64_t start = 0;

	if (entry->kind == S2T_ENTRY_CORE)
		start = entry->level == S2T_CORE_NEXT_VMID ? board->next_vmid : board->remap_start;
	else if (entry->kind == S2T_ENTRY_SMMU_CFG)
		start = UINT32_MAX;
	return s2t_view_word(view, S2T_WINDOW_EL2, s2t_view_hyper_address(view, entry), start);
}

static bool within(s2t_addr at, s2t_addr start, uint64_t size)
{
	return at >= start && at - start < size;
}

bool s2t_view_hyper_entry(const struct s2t_view *view, s2t_addr at, struct s2t_touch *entry)
{
	const struct s2t_el2_layout *el2 = &view->el2;
	const uint64_t vms = view->board->corevisor + 1;

	*entry = (struct s2t_touch){ .level = (uint8_t)(at / 8 % 2) };
	if (within(at, el2->vms, VM_SIZE * vms)) {
		const uint64_t slot = (at - el2->vms) % VM_SIZE /
		                      VCPU_SIZE; /* of the VM itself, then its vCPUs */

		entry->kind = slot ? S2T_ENTRY_VCPU : S2T_ENTRY_VM;
		entry->a = (uint32_t)((at - el2->vms) / VM_SIZE);
		entry->b = slot ? slot - 1 : 0;
		return slot <= S2T_VCPUS;
	}
	if (within(at, el2->images, VM_SIZE * vms)) {
		entry->kind = S2T_ENTRY_IMAGE;
		entry->level = (uint8_t)((at - el2->images) % IMAGE_SIZE / 8);
		entry->a = (uint32_t)((at - el2->images) / VM_SIZE);
		entry->b = (at - el2->images) % VM_SIZE / IMAGE_SIZE;
		return entry->b < S2T_IMAGES;
	}
	if (within(at, el2->core, 8 * S2T_CORE_FIELD_COUNT)) {
		entry->kind = S2T_ENTRY_CORE;
		return true;
	}
	entry->kind = S2T_ENTRY_SMMU_CFG;
	entry->a = (uint32_t)((at - el2->smmu_banks) / BANK_SIZE);
	/* The second word of a bank is its register, which is never written. */
	return within(at, el2->smmu_banks, (uint64_t)BANK_SIZE * BANKS) && entry->level == 0;
}

/* Ranges of tables. */

s2t_addr s2t_view_npt_range(const struct s2t_view *view, s2t_vmid vmid, unsigned level)
{
	const struct s2t_board *board = view->board;
	const uint64_t offset = level == 0   ? board->pgd_offset
	                        : level == 1 ? board->pud_offset
	                        : level == 2 ? board->pmd_offset
	                                     : board->pt_pool_per_vm;

	return s2t_view_npt_root(view, vmid) + offset;
}

s2t_addr s2t_view_spt_range(const struct s2t_view *view, unsigned level)
{
	const struct s2t_board *board = view->board;

	return level == 0 ? board->smmu_pgd_start : level == 1 ? board->smmu_pmd_start : board->smmu_pool_end;
}

/* Table walks. */

/* Reads descriptor `index` of the table at `table` and notes the step. A root of the SMMU is two pages. */
static uint64_t walk_step(struct s2t_view *view, enum s2t_window window, s2t_addr table, unsigned index,
                          struct s2t_walk *walk)
{
	struct s2t_walk_step *step = &walk->step[walk->count++];

	step->table = table;
	step->index = index;
	step->address = table + 8 * (s2t_addr)index;
	step->descriptor = s2t_view_word(view, window, step->address, 0);
	return step->descriptor;
}

struct s2t_npt_entry s2t_view_npt(struct s2t_view *view, s2t_vmid vmid, s2t_gfn gfn, struct s2t_walk *walk)
{
	const struct s2t_npt_entry absent = { 0, 0, 0 };
	s2t_addr table = s2t_view_npt_root(view, vmid);
	uint64_t descriptor;

	walk->count = 0;
	for (unsigned shift = 27; shift > 0; shift -= 9) {
		descriptor = walk_step(view, S2T_WINDOW_S2PT, table, gfn >> shift & 511, walk);
		if (descriptor == 0)
			return absent;
		table = s2t_view_output(descriptor);
	}
	if (!s2t_view_is_table(descriptor))
		return (struct s2t_npt_entry){ table / 4096 + (gfn & 511), 2, descriptor };
	descriptor = walk_step(view, S2T_WINDOW_S2PT, table, gfn & 511, walk);
	if (descriptor == 0)
		return absent;
	return (struct s2t_npt_entry){ s2t_view_output(descriptor) / 4096, 3, descriptor };
}

struct s2t_spt_entry s2t_view_spt(struct s2t_view *view, unsigned context, s2t_gfn gfn, struct s2t_walk *walk)
{
	s2t_addr table = s2t_view_spt_root(view, context);
	uint64_t descriptor;

	walk->count = 0;
	descriptor = walk_step(view, S2T_WINDOW_SMMU, table, gfn >> 18 & 1023, walk);
	if (descriptor)
		descriptor = walk_step(view, S2T_WINDOW_SMMU, s2t_view_output(descriptor), gfn >> 9 & 511,
		                       walk);
	if (descriptor)
		descriptor = walk_step(view, S2T_WINDOW_SMMU, s2t_view_output(descriptor), gfn & 511, walk);
	return (struct s2t_spt_entry){ s2t_view_output(descriptor) / 4096, descriptor };
}

uint64_t s2t_view_npt_table(struct s2t_view *view, s2t_vmid vmid, s2t_gfn gfn, unsigned level,
                            s2t_addr *address)
{
	s2t_addr table = s2t_view_npt_root(view, vmid);

	for (unsigned shift = 27;; shift -= 9, level--) {
		*address = table + (gfn >> shift & 511) * 8;
		uint64_t descriptor = s2t_view_word(view, S2T_WINDOW_S2PT, *address, 0);

		if (level == 0)
			return descriptor;
		if (descriptor == 0)
			break;
		table = s2t_view_output(descriptor);
	}
	*address = UINT64_MAX;
	return 0;
}

uint64_t s2t_view_spt_table(struct s2t_view *view, unsigned context, s2t_gfn gfn, unsigned level,
                            s2t_addr *address)
{
	uint64_t descriptor;

	*address = s2t_view_spt_root(view, context) + (gfn >> 18 & 1023) * 8;
	descriptor = s2t_view_word(view, S2T_WINDOW_SMMU, *address, 0);
	if (level == 0)
		return descriptor;
	*address = UINT64_MAX;
	if (descriptor == 0)
		return 0;
	*address = s2t_view_output(descriptor) + (gfn >> 9 & 511) * 8;
	return s2t_view_word(view, S2T_WINDOW_SMMU, *address, 0);
}

struct s2t_view_leaf *s2t_view_leaf_slow(struct s2t_view *view, uint32_t space, s2t_gfn gfn)
{
	const enum s2t_window window = space & S2T_VIEW_SMMU ? S2T_WINDOW_SMMU : S2T_WINDOW_S2PT;
	const uint64_t key = s2t_view_leaf_key(view, space, gfn);
	struct s2t_view_leaf *leaf = &view->leaf[key * UINT64_C(0x9E3779B97F4A7C15) >> 55];
	s2t_addr address;
	uint64_t descriptor = window == S2T_WINDOW_SMMU
	                              ? s2t_view_spt_pmd(view, space & (S2T_VIEW_SMMU - 1), gfn, &address)
	                              : s2t_view_npt_pmd(view, space, gfn, &address);

	_Static_assert(S2T_VIEW_LEAVES == 1 << (64 - 55), "the hash keeps as many bits as there are leaves");
	if (descriptor == 0)
		return NULL;
	leaf->words = s2t_view_words(view, window, s2t_view_output(descriptor));
	if (!leaf->words) {
		leaf->key = 0;
		return NULL;
	}
	leaf->key = key;
	leaf->slot = s2t_view_words(view, window, address) + address % 4096 / 8;
	leaf->table = descriptor;
	return leaf;
}

bool s2t_view_lock_held_slow(struct s2t_view *view, uint32_t lock)
{
	const uint64_t locks = S2T_LOCK_NPT + 2 * (view->board->corevisor + 1); /* NPT and INFO of each VM */

	view->locks = s2t_view_words(view, S2T_WINDOW_EL2, view->el2.locks);
	if (view->locks)
		view->lock_count = locks < 512 ? locks : 512;
	return s2t_view_is_held(s2t_view_word(view, S2T_WINDOW_EL2, view->el2.locks + UINT64_C(8) * lock, 0));
}
