/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants from scratch, one side at a time: over everything that it maps, every record that was written, and
 * every word of the hypercall layer that one of them is about.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "inv_side.h"
#include "rdata.h"
#include "reads.h"

enum { CONTEXTS = 16, ALL_VMS = 64 };

struct sweep {
	struct s2t_inv_side side;
	const struct s2t_board *board;
	struct s2t_inv_space context[CONTEXTS];
	size_t image_count;
	struct s2t_inv_image *image;
};

/* Notes each invariant of a set as broken. */
static void note(struct sweep *sweep, uint32_t set, const char *text)
{
	for (int i = 0; set; i++, set >>= 1)
		if (set & 1)
			s2t_inv_side_broken(&sweep->side, (enum s2t_invariant)i, "%s", text);
}

/*
 * Mappings.
 */

static void check_stage2(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	struct s2t_inv_side *side = &sweep->side;
	const struct s2t_inv_space space = s2t_inv_side_space(side, false, mapping->number);
	char text[128], owner[24];

	if (space.number == 0 && mapping->pfn != mapping->gfn && (mapping->reading & S2T_READ_BY_SPEC))
		s2t_inv_side_broken(side, S2T_HOST_FLATMAP,
		                    "the host's frame 0x%" PRIx64 " maps page 0x%" PRIx64, mapping->gfn,
		                    mapping->pfn);
	for (unsigned i = 0; i < mapping->pages; i++) {
		const s2t_pfn pfn = mapping->pfn + i;
		const struct s2t_page page = s2t_inv_side_page(side, pfn);
		const uint32_t broken = s2t_inv_maps(&space, pfn, mapping->reading, page,
		                                     (uint32_t)sweep->board->corevisor);

		if (!broken)
			continue;
		s2t_owner_text(sweep->board, page.owner, owner, sizeof(owner));
		if (space.number == 0)
			snprintf(text, sizeof(text),
			         "the host maps page 0x%" PRIx64 " of %s, which is not shared", pfn, owner);
		else
			snprintf(text, sizeof(text),
			         "VM %" PRIu32 " maps page 0x%" PRIx64 " of %s at frame 0x%" PRIx64,
			         space.number, pfn, owner, mapping->gfn + i);
		note(sweep, broken, text);
	}
}

static void check_smmu(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	const struct s2t_inv_space *space = &sweep->context[mapping->number];
	const struct s2t_page page = s2t_inv_side_page(&sweep->side, mapping->pfn);
	char text[128], owner[24], bound[24];
	uint32_t unless_zero;
	uint32_t broken = s2t_inv_dma(space, mapping->gfn, page, &unless_zero);

	if (unless_zero && !s2t_inv_side_is_zero(&sweep->side, mapping->pfn))
		broken |= unless_zero;
	if (!broken)
		return;
	s2t_owner_text(sweep->board, page.owner, owner, sizeof(owner));
	s2t_owner_text(sweep->board, space->owner, bound, sizeof(bound));
	if (page.owner == S2T_NOBODY)
		snprintf(text, sizeof(text), "context %" PRIu32 " maps page 0x%" PRIx64 ", which has no owner",
		         mapping->number, mapping->pfn);
	else if (page.gfn != mapping->gfn && (page.owner == space->owner || space->owner == S2T_NOBODY))
		snprintf(text, sizeof(text),
		         "context %" PRIu32 " maps page 0x%" PRIx64 " at frame 0x%" PRIx64
		         ", its record says 0x%" PRIx64,
		         mapping->number, mapping->pfn, mapping->gfn, page.gfn);
	else
		snprintf(text, sizeof(text), "context %" PRIu32 " of %s maps page 0x%" PRIx64 " of %s",
		         mapping->number, bound, mapping->pfn, owner);
	note(sweep, broken, text);
}

/* EL2's own table. */
static void check_core(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	struct s2t_inv_side *side = &sweep->side;
	const uint64_t end = s2t_inv_side_word(side, S2T_ENTRY_CORE, S2T_CORE_NEXT_REMAP, 0, 0) / 4096;

	for (unsigned i = 0; (mapping->reading & S2T_READ_BY_SPEC) && i < mapping->pages; i++) {
		const s2t_gfn gfn = mapping->gfn + i;

		if (gfn >= end)
			s2t_inv_side_broken(side, S2T_CORE_MAP,
			                    "EL2 maps frame 0x%" PRIx64
			                    ", the next remap address is 0x%" PRIx64,
			                    gfn, end * 4096);
		for (size_t j = 0; j < sweep->image_count; j++)
			if (s2t_inv_is_tail(&sweep->image[j], gfn))
				s2t_inv_side_broken(side, S2T_CORE_REMAP,
				                    "EL2 maps frame 0x%" PRIx64 ", but image %" PRIu32
				                    " of VM %" PRIu32 " has mapped only %" PRIu64 " pages",
				                    gfn, sweep->image[j].number, sweep->image[j].vmid,
				                    sweep->image[j].mapped);
	}
}

static int by_page(const void *a, const void *b)
{
	const struct s2t_inv_mapping *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	if (x->smmu != y->smmu)
		return x->smmu ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->pages > y->pages) - (x->pages < y->pages);
}

static bool is_of_running_vm(const struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	return !mapping->smmu && mapping->number != 0 && mapping->number < sweep->board->corevisor &&
	       !s2t_inv_side_space(&sweep->side, false, mapping->number).off;
}

/* Two VMs that map one page: among mappings in the order of their pages, blocks reach 511 pages further. A page that a
 * VM maps at many frames counts once. */
static void check_one_vm(struct sweep *sweep)
{
	struct s2t_inv_side *side = &sweep->side;

	for (size_t i = 0; i < side->count; i++) {
		const struct s2t_inv_mapping *a = &side->mapping[i];

		if (!is_of_running_vm(sweep, a) || (i > 0 && by_page(a - 1, a) == 0))
			continue;
		for (size_t j = i + 1; j < side->count && side->mapping[j].pfn - a->pfn < a->pages; j++) {
			const struct s2t_inv_mapping *b = &side->mapping[j];

			if (b->number != a->number && by_page(b - 1, b) != 0 && is_of_running_vm(sweep, b) &&
			    s2t_inv_side_page(side, b->pfn).owner != S2T_NOBODY)
				s2t_inv_side_broken(side, S2T_ONE_VM,
				                    "VM %" PRIu32 " and VM %" PRIu32
				                    " both map page 0x%" PRIx64,
				                    a->number, b->number, b->pfn);
		}
	}
}

/* How many contexts have an entry at the frame that the host's record of a page gives: of those of the host, whatever it
 * maps (count_smmu_map); of those of nobody, where a VM may have that frame, too, those that map the page. */
static void check_counts(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	struct s2t_inv_side *side = &sweep->side;
	const uint64_t offset = sweep->board->smmu_host_offset;
	const s2t_pfn pfn = mapping->gfn - offset;
	unsigned bound = 0, unbound = 0;
	char text[128];

	if (mapping->gfn < offset || !(mapping->reading & S2T_READ_BY_SPEC))
		return;
	for (uint32_t context = 0; context < CONTEXTS && context < sweep->board->el2_smmu_cfg_size; context++) {
		const s2t_pfn mapped = s2t_inv_side_dma_page(side, context, mapping->gfn);

		if (!mapped)
			continue;
		if (context < mapping->number)
			return; /* seen there */
		bound += sweep->context[context].owner == 0;
		unbound += sweep->context[context].owner == S2T_NOBODY && mapped == pfn;
	}
	const struct s2t_page page = s2t_inv_side_page(side, pfn);

	snprintf(text, sizeof(text),
	         "page 0x%" PRIx64 " of the host counts %" PRIu32 ", and %u SMMU contexts map it", pfn,
	         page.count, bound > unbound ? bound : unbound);
	note(sweep, s2t_inv_counts(page, bound, unbound), text);
}

static void check_mappings(struct sweep *sweep)
{
	struct s2t_inv_side *side = &sweep->side;

	s2t_inv_side_collect(side);
	if (side->count)
		qsort(side->mapping, side->count, sizeof(side->mapping[0]), by_page);
	for (size_t i = 0; i < side->count; i++) {
		if (side->mapping[i].smmu) {
			check_smmu(sweep, &side->mapping[i]);
			check_counts(sweep, &side->mapping[i]);
		} else if (side->mapping[i].number == sweep->board->corevisor) {
			check_core(sweep, &side->mapping[i]);
		} else {
			check_stage2(sweep, &side->mapping[i]);
		}
	}
	check_one_vm(sweep);
}

/*
 * Records and words.
 */

/* Over the records that were written: what was not is as at the start. A board may say that pages of the host start with
 * frame 0, or give page 0 an owner. */
static void check_records(struct sweep *sweep)
{
	const struct s2t_model *model = sweep->side.ls->model;
	const uint64_t offset = sweep->board->smmu_host_offset;
	char text[128], owner[24];

	for (size_t i = 0; i < model->journal_count; i++) {
		const s2t_pfn pfn = model->journal[i].b;

		if (model->journal[i].kind != S2T_ENTRY_S2PAGE)
			continue;
		const struct s2t_page page = s2t_inv_side_page(&sweep->side, pfn);
		uint32_t broken = s2t_inv_record(pfn, page, offset);

		if (sweep->board->host_gfn_zero && page.gfn == 0)
			broken &= ~S2T_INV(S2T_HOST_S2_MAP);
		if (pfn == 0 && s2t_board_start_page(sweep->board, 0).owner != S2T_NOBODY)
			broken &= ~S2T_INV(S2T_PAGE_0_INVALID);
		if (!broken)
			continue;
		s2t_owner_text(sweep->board, page.owner, owner, sizeof(owner));
		snprintf(text, sizeof(text), "page 0x%" PRIx64 " of %s has gfn 0x%" PRIx64, pfn, owner,
		         page.gfn);
		note(sweep, broken, text);
	}
}

static bool add_images_of(struct sweep *sweep, uint32_t vmid)
{
	const struct s2t_inv_side *side = &sweep->side;
	uint64_t count = s2t_inv_side_word(side, S2T_ENTRY_VM, S2T_VM_IMAGES, vmid, 0);

	for (uint32_t i = 0; i < S2T_IMAGES && i < count; i++) {
		struct s2t_inv_image *grown = realloc(sweep->image, (sweep->image_count + 1) * sizeof(*grown));

		if (!grown)
			return false;
		sweep->image = grown;
		sweep->image[sweep->image_count++] = (struct s2t_inv_image){
			.vmid = vmid,
			.number = i,
			.size = s2t_inv_side_word(side, S2T_ENTRY_IMAGE, S2T_IMAGE_SIZE, vmid, i),
			.remap = s2t_inv_side_word(side, S2T_ENTRY_IMAGE, S2T_IMAGE_REMAP, vmid, i),
			.mapped = s2t_inv_side_word(side, S2T_ENTRY_IMAGE, S2T_IMAGE_MAPPED, vmid, i),
		};
	}
	return true;
}

/* Of a board of many VMs only those whose number of images was written. */
static bool find_images(struct sweep *sweep)
{
	const struct s2t_model *model = sweep->side.ls->model;
	bool good = true;

	if (sweep->board->corevisor < ALL_VMS) {
		for (uint32_t vmid = 0; good && vmid <= sweep->board->corevisor; vmid++)
			good = add_images_of(sweep, vmid);
		return good;
	}
	for (size_t i = 0; good && i < model->journal_count; i++) {
		const struct s2t_touch *touch = &model->journal[i];
		bool seen = touch->kind != S2T_ENTRY_VM || touch->level != S2T_VM_IMAGES;

		for (size_t j = 0; !seen && j < sweep->image_count; j++)
			seen = sweep->image[j].vmid == touch->a;
		good = seen || add_images_of(sweep, touch->a);
	}
	return good;
}

static void check_images(struct sweep *sweep)
{
	struct s2t_inv_side *side = &sweep->side;
	const uint64_t next = s2t_inv_side_word(side, S2T_ENTRY_CORE, S2T_CORE_NEXT_REMAP, 0, 0);
	char text[128];

	if (next == 0 && sweep->board->remap_start != 0)
		s2t_inv_side_broken(side, S2T_REMAP_PTR, "the next remap address is 0");
	for (size_t i = 0; i < sweep->image_count; i++) {
		const struct s2t_inv_image *image = &sweep->image[i];

		snprintf(text, sizeof(text),
		         "image %" PRIu32 " of VM %" PRIu32 ": size 0x%" PRIx64 ", remap 0x%" PRIx64
		         ", mapped %" PRIu64 ", next remap address 0x%" PRIx64,
		         image->number, image->vmid, image->size, image->remap, image->mapped, next);
		note(sweep, s2t_inv_image(image, next), text);
		for (size_t j = 0; j < i; j++) {
			snprintf(text, sizeof(text),
			         "image %" PRIu32 " of VM %" PRIu32 " and image %" PRIu32 " of VM %" PRIu32,
			         sweep->image[j].number, sweep->image[j].vmid, image->number, image->vmid);
			note(sweep, s2t_inv_images(image, &sweep->image[j]), text);
		}
	}
}

static void check_banks(struct sweep *sweep)
{
	char text[128];

	for (uint32_t context = 0; context < CONTEXTS; context++) {
		const uint64_t vmid = s2t_inv_side_word(&sweep->side, S2T_ENTRY_SMMU_CFG, 0, context, 0);

		sweep->context[context] = s2t_inv_side_space(&sweep->side, true, context);
		snprintf(text, sizeof(text), "context %" PRIu32 " is bound to 0x%" PRIx64, context, vmid);
		note(sweep, s2t_inv_bank(vmid, sweep->board->corevisor), text);
	}
}

static void check_locks(struct sweep *sweep)
{
	struct s2t_inv_side *side = &sweep->side;
	struct s2t_lockstep *ls = side->ls;
	const uint32_t locks = (uint32_t)(S2T_LOCK_NPT + 2 * (sweep->board->corevisor + 1));
	uint32_t held[S2T_MAX_HELD];
	char name[32];

	for (unsigned i = side->model ? s2t_model_locks(side->model, held) : 0; i-- > 0;) {
		s2t_lock_name(sweep->board, held[i], name, sizeof(name));
		s2t_inv_side_broken(side, S2T_LOCKS_FREE, "%s is held", name);
	}
	for (uint32_t lock = S2T_LOCK_CORE; !side->model && s2t_tells(ls->ops, S2T_TELLS_LOCKS) && lock < locks;
	     lock++) {
		if (!s2t_read_lock(ls, lock))
			continue;
		s2t_lock_name(sweep->board, lock, name, sizeof(name));
		s2t_inv_side_broken(side, S2T_LOCKS_FREE, "%s is held", name);
	}
}

static bool check_side(struct s2t_lockstep *ls, int which, struct s2t_invariant_state *state)
{
	struct sweep sweep = { .board = &ls->board };

	s2t_inv_side_begin(&sweep.side, ls, which, state);
	bool good = find_images(&sweep);

	if (good) {
		check_banks(&sweep);
		check_images(&sweep);
		check_mappings(&sweep);
		check_records(&sweep);
		if (sweep.side.model ? !s2t_model_halted(sweep.side.model) : ls->result.outcome == S2T_OK)
			check_locks(&sweep);
		good = !sweep.side.no_memory;
	}
	s2t_inv_side_end(&sweep.side);
	free(sweep.image);
	return good;
}

bool s2t_invariants_check(struct s2t_lockstep *ls, struct s2t_invariants *result)
{
	bool good = true;

	memset(result, 0, sizeof(*result));
	for (int which = 0; which < S2T_SIDES; which++)
		good &= check_side(ls, which, result->state[which]);
	return good;
}
