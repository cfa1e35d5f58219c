/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants from scratch, one side at a time: over everything that it maps, every record that was written, and
 * every word of the hypercall layer that one of them is about.
 */
#include <stdlib.h>
#include <string.h>

#include "inv_books.h"
#include "inv_history.h"
#include "inv_place.h"
#include "inv_side.h"
#include "rdata.h"
#include "reads.h"

enum { CONTEXTS = 16, ALL_VMS = 64 };

struct sweep {
	struct s2t_inv_side side;
	const struct s2t_board *board;
	const struct s2t_inv_state *books; /* NULL: there are none to be held against */
	char *fault;
	size_t fault_size;
	struct s2t_inv_space context[CONTEXTS];
	size_t image_count;
	struct s2t_inv_image *image;
};

/* Notes each invariant of a set, which is empty in most places, as broken. */
static void note_broken(struct sweep *sweep, uint32_t set, struct s2t_inv_place place)
{
	while (set) {
		const enum s2t_invariant i = s2t_inv_take(&set);

		s2t_inv_side_broken(&sweep->side, i, &place);
		if (sweep->books)
			s2t_inv_books_miss(sweep->books, i, &place, sweep->fault, sweep->fault_size);
	}
}

static inline void note(struct sweep *sweep, uint32_t set, struct s2t_inv_place place)
{
	if (set)
		note_broken(sweep, set, place);
}

/*
 * Mappings.
 */

static void check_stage2(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	struct s2t_inv_side *side = &sweep->side;
	const struct s2t_inv_space space = s2t_inv_side_space(side, false, mapping->number);
	struct s2t_inv_place place = { .number = mapping->number, .gfn = mapping->gfn, .pfn = mapping->pfn };

	if (space.number == 0 && mapping->pfn != mapping->gfn && (mapping->reading & S2T_READ_BY_SPEC))
		note(sweep, S2T_INV(S2T_HOST_FLATMAP), place);
	for (unsigned i = 0; i < mapping->pages; i++, place.pfn++, place.gfn++) {
		const struct s2t_page page = s2t_inv_side_page(side, place.pfn);

		place.owner = page.owner;
		note(sweep,
		     s2t_inv_maps(&space, place.pfn, mapping->reading, page, (uint32_t)sweep->board->corevisor),
		     place);
	}
}

static void check_smmu(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	const struct s2t_inv_space *space = &sweep->context[mapping->number];
	const struct s2t_page page = s2t_inv_side_page(&sweep->side, mapping->pfn);
	uint32_t unless_zero;
	uint32_t broken = s2t_inv_dma(space, mapping->gfn, page, &unless_zero);

	if (unless_zero && !s2t_inv_side_is_zero(&sweep->side, mapping->pfn))
		broken |= unless_zero;
	note(sweep, broken,
	     (struct s2t_inv_place){ .smmu = true,
	                             .number = mapping->number,
	                             .bound = space->owner,
	                             .owner = page.owner,
	                             .gfn = mapping->gfn,
	                             .pfn = mapping->pfn,
	                             .value = page.gfn });
}

/* EL2's own table. */
static void check_core(struct sweep *sweep, const struct s2t_inv_mapping *mapping)
{
	struct s2t_inv_side *side = &sweep->side;
	const uint64_t end = s2t_inv_side_word(side, S2T_ENTRY_CORE, S2T_CORE_NEXT_REMAP, 0, 0) / 4096;

	for (unsigned i = 0; (mapping->reading & S2T_READ_BY_SPEC) && i < mapping->pages; i++) {
		const s2t_gfn gfn = mapping->gfn + i;

		if (gfn >= end)
			note(sweep, S2T_INV(S2T_CORE_MAP),
			     (struct s2t_inv_place){ .gfn = gfn, .value = end * 4096 });
		for (size_t j = 0; j < sweep->image_count; j++)
			if (s2t_inv_is_tail(&sweep->image[j], gfn))
				note(sweep, S2T_INV(S2T_CORE_REMAP),
				     (struct s2t_inv_place){ .gfn = gfn,
				                             .number = sweep->image[j].vmid,
				                             .level = sweep->image[j].number });
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
				note(sweep, S2T_INV(S2T_ONE_VM),
				     (struct s2t_inv_place){
					     .number = a->number, .bound = b->number, .pfn = b->pfn });
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

	note(sweep, s2t_inv_counts(page, bound, unbound),
	     (struct s2t_inv_place){
		     .pfn = pfn, .count = page.count, .value = bound > unbound ? bound : unbound });
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

/* What was not written is as at the start. A board may say that pages of the host start with frame 0, or give page 0 an
 * owner. */
static void check_record(struct sweep *sweep, s2t_pfn pfn)
{
	const struct s2t_page page = s2t_inv_side_page(&sweep->side, pfn);
	uint32_t broken = s2t_inv_record(pfn, page, sweep->board->smmu_host_offset);

	if (sweep->board->host_gfn_zero && page.gfn == 0)
		broken &= ~S2T_INV(S2T_HOST_S2_MAP);
	if (pfn == 0 && s2t_board_start_page(sweep->board, 0).owner != S2T_NOBODY)
		broken &= ~S2T_INV(S2T_PAGE_0_INVALID);
	note(sweep, broken, (struct s2t_inv_place){ .pfn = pfn, .owner = page.owner, .gfn = page.gfn });
}

/* The records that only the implementation wrote: those in which it is not as the model. */
static void check_own_records(struct sweep *sweep)
{
	struct s2t_lockstep *ls = sweep->side.ls;
	struct s2t_inv_table seen = { .item = NULL };
	size_t count;
	const struct s2t_write *write = ls->ops->image->writes(ls->iut, &count);

	for (size_t i = 0; i < count; i++) {
		bool is_new;

		if (write[i].window != S2T_WINDOW_EL2 || write[i].addr < ls->view.el2.s2_pages)
			continue;
		if (!s2t_inv_table_make(&seen, sizeof(uint64_t), write[i].addr, &is_new))
			sweep->side.no_memory = true;
		const struct s2t_place place = is_new ? s2t_place_of(ls, &write[i])
		                                      : (struct s2t_place){ .what = S2T_PLACE_NONE };

		if (place.what != S2T_PLACE_PAGE)
			continue;
		const struct s2t_page model = s2t_model_page(ls->model, place.pfn);
		const struct s2t_page page = s2t_inv_side_page(&sweep->side, place.pfn);

		if (page.owner != model.owner || page.count != model.count || page.gfn != model.gfn)
			check_record(sweep, place.pfn);
	}
	s2t_inv_table_free(&seen);
}

static void check_records(struct sweep *sweep)
{
	const struct s2t_inv_side *side = &sweep->side;
	const struct s2t_model *model = side->ls->model;

	for (size_t i = 0; i < model->journal_count; i++)
		if (model->journal[i].kind == S2T_ENTRY_S2PAGE)
			check_record(sweep, model->journal[i].b);
	if (!side->model && side->ls->ops->image && !side->ls->entries)
		check_own_records(sweep);
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
		sweep->image[sweep->image_count++] = s2t_inv_side_image(side, vmid, i);
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

	if (next == 0 && sweep->board->remap_start != 0)
		note(sweep, S2T_INV(S2T_REMAP_PTR), (struct s2t_inv_place){ .value = 0 });
	for (size_t i = 0; i < sweep->image_count; i++) {
		const struct s2t_inv_image *image = &sweep->image[i];

		note(sweep, s2t_inv_image(image, next), s2t_inv_image_place(image, NULL));
		for (size_t j = 0; j < i; j++)
			note(sweep, s2t_inv_images(image, &sweep->image[j]),
			     s2t_inv_image_place(&sweep->image[j], image));
	}
}

static void check_banks(struct sweep *sweep)
{
	for (uint32_t context = 0; context < CONTEXTS; context++) {
		const uint64_t vmid = s2t_inv_side_word(&sweep->side, S2T_ENTRY_SMMU_CFG, 0, context, 0);

		sweep->context[context] = s2t_inv_side_space(&sweep->side, true, context);
		note(sweep, s2t_inv_bank(vmid, sweep->board->corevisor),
		     (struct s2t_inv_place){ .smmu = true, .number = context, .value = vmid });
	}
}

static void check_locks(struct sweep *sweep)
{
	struct s2t_inv_side *side = &sweep->side;
	const uint32_t locks = (uint32_t)(S2T_LOCK_NPT + 2 * (sweep->board->corevisor + 1));
	const bool tells = !side->model && s2t_tells(side->ls->ops, S2T_TELLS_LOCKS);
	uint32_t held[S2T_MAX_HELD];

	for (unsigned i = side->model ? s2t_model_locks(side->model, held) : 0; i-- > 0;)
		note(sweep, S2T_INV(S2T_LOCKS_FREE), (struct s2t_inv_place){ .number = held[i] });
	for (uint32_t lock = S2T_LOCK_CORE; tells && lock < locks; lock++)
		if (s2t_read_lock(side->ls, lock))
			note(sweep, S2T_INV(S2T_LOCKS_FREE), (struct s2t_inv_place){ .number = lock });
}

static bool check_side(struct s2t_lockstep *ls, int which, const struct s2t_inv_state *books,
                       struct s2t_invariant_state *state, char *fault, size_t fault_size)
{
	struct sweep sweep = { .board = &ls->board, .books = books, .fault = fault, .fault_size = fault_size };

	s2t_inv_side_begin(&sweep.side, ls, which, state);
	bool good = find_images(&sweep);

	if (good) {
		check_banks(&sweep);
		check_images(&sweep);
		check_mappings(&sweep);
		check_records(&sweep);
		if (sweep.side.model ? !s2t_model_halted(sweep.side.model) : ls->result.outcome == S2T_OK)
			check_locks(&sweep);
		good = s2t_inv_history(&sweep.side) && !sweep.side.no_memory;
		if (books && good && !fault[0])
			good = s2t_inv_books_compare(books, &sweep.side, fault, fault_size);
	}
	s2t_inv_side_end(&sweep.side);
	free(sweep.image);
	return good;
}

bool s2t_inv_sweep(struct s2t_lockstep *ls, const struct s2t_inv_state *books, struct s2t_invariants *result,
                   char *fault, size_t size)
{
	/* What a plug-in has is only known where it was named. */
	const struct s2t_inv_state *of_side[S2T_SIDES] = { books, ls->entries ? NULL : books };
	bool good = true;

	memset(result, 0, sizeof(*result));
	for (int which = 0; which < S2T_SIDES; which++)
		good &= check_side(ls, which, of_side[which], result->state[which], fault, size);
	return good;
}

bool s2t_invariants_check(struct s2t_lockstep *ls, struct s2t_invariants *result)
{
	char fault[8] = "";

	return s2t_inv_sweep(ls, NULL, result, fault, sizeof(fault));
}
