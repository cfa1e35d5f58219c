/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One side of a lockstep: reading it, and listing what it maps.
 *
 * The mappings of a model are those of its nodes, read twice: as the specification reads a descriptor and as an MMU
 * does (Arm ARM D8.3: bit 0 must be set, a block of 2 MiB maps the aligned 2 MiB, an output address beyond 40 bits
 * faults, frame 0 is one like others). Those of an implementation with an image come from a walk of its tables, page by
 * page from the roots; of one that only has reads, from what either side ever mapped or a call named.
 */
#include "inv_side.h"

#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "inv_place.h"
#include "inv_tables.h"
#include "rdata.h"
#include "reads.h"
#include "spec_machine.h"

enum { CONTEXTS = 16 };

void s2t_inv_side_begin(struct s2t_inv_side *side, struct s2t_lockstep *ls, int which,
                        struct s2t_invariant_state *state)
{
	*side = (struct s2t_inv_side){ .ls = ls, .state = state };
	if (which == S2T_SIDE_MODEL)
		side->model = ls->model;
	else if (ls->bodies)
		side->model = s2t_spec_machine_state(ls->bodies);
}

void s2t_inv_side_end(struct s2t_inv_side *side)
{
	free(side->mapping);
	s2t_inv_table_free(&side->tables);
	side->mapping = NULL;
}

void s2t_inv_side_broken(struct s2t_inv_side *side, enum s2t_invariant invariant,
                         const struct s2t_inv_place *place)
{
	struct s2t_invariant_state *state = &side->state[invariant];

	if (state->broken++ > 0)
		return;
	state->place = *place;
	s2t_inv_place_text(&side->ls->board, invariant, place, state->first, sizeof(state->first));
}

/*
 * Reading.
 */

/* Where the abstraction map says that the implementation has another gfn for pages of the host, or none, that is no part
 * of its state: it counts as the model's. */
struct s2t_page s2t_inv_side_page(const struct s2t_inv_side *side, s2t_pfn pfn)
{
	if (side->model)
		return s2t_model_page(side->model, pfn);
	const struct s2t_mapfile *map = side->ls->entries ? side->ls->entries->map : NULL;
	struct s2t_page page = s2t_read_page(side->ls, pfn);

	if (map && map->host_gfn != S2T_HOST_GFN_COMPARED && page.owner == 0) {
		const struct s2t_page model = s2t_model_page(side->ls->model, pfn);

		if (model.owner == 0)
			page.gfn = model.gfn;
	}
	return page;
}

s2t_pfn s2t_inv_side_dma_page(const struct s2t_inv_side *side, uint32_t context, s2t_gfn gfn)
{
	return side->model ? s2t_model_spt(side->model, context, gfn).pfn
	                   : s2t_read_spt(side->ls, context, gfn).pfn;
}

bool s2t_inv_side_is_zero(const struct s2t_inv_side *side, s2t_pfn pfn)
{
	s2t_token token;

	if (side->model)
		return s2t_model_token(side->model, pfn) == 0;
	return side->ls->ops->token(side->ls->iut, pfn, &token) && token == 0;
}

static uint64_t model_word(const struct s2t_model *model, const struct s2t_touch *entry)
{
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_VM: return s2t_model_vm(model, entry->a, (enum s2t_vm_field)entry->level);
	case S2T_ENTRY_VCPU:
		return s2t_model_vcpu(model, entry->a, entry->b, (enum s2t_vcpu_field)entry->level);
	case S2T_ENTRY_IMAGE:
		return s2t_model_image(model, entry->a, entry->b, (enum s2t_image_field)entry->level);
	case S2T_ENTRY_CORE: return s2t_model_core(model, (enum s2t_core_field)entry->level);
	default: return s2t_model_smmu_cfg(model, entry->a);
	}
}

uint64_t s2t_inv_side_word(const struct s2t_inv_side *side, enum s2t_entry_kind kind, unsigned field,
                           uint32_t a, uint64_t b)
{
	const struct s2t_touch entry = { .kind = (uint8_t)kind, .level = (uint8_t)field, .a = a, .b = b };
	uint64_t value[3];
	bool uniform;

	if (!side->model && s2t_read_entry(side->ls, &entry, value, &uniform))
		return value[0];
	return model_word(side->model ? side->model : side->ls->model, &entry);
}

struct s2t_inv_image s2t_inv_side_image(const struct s2t_inv_side *side, uint32_t vmid, uint32_t number)
{
	return (struct s2t_inv_image){
		.vmid = vmid,
		.number = number,
		.size = s2t_inv_side_word(side, S2T_ENTRY_IMAGE, S2T_IMAGE_SIZE, vmid, number),
		.remap = s2t_inv_side_word(side, S2T_ENTRY_IMAGE, S2T_IMAGE_REMAP, vmid, number),
		.mapped = s2t_inv_side_word(side, S2T_ENTRY_IMAGE, S2T_IMAGE_MAPPED, vmid, number),
	};
}

struct s2t_inv_space s2t_inv_side_space(const struct s2t_inv_side *side, bool smmu, uint32_t number)
{
	struct s2t_inv_space space = { .smmu = smmu, .number = number, .owner = number };

	if (smmu)
		space.owner = (uint32_t)s2t_inv_side_word(side, S2T_ENTRY_SMMU_CFG, 0, number, 0);
	if (space.owner != 0 && space.owner <= side->ls->board.corevisor)
		space.off = s2t_inv_side_word(side, S2T_ENTRY_VM, S2T_VM_STATE, space.owner, 0) > S2T_VERIFIED;
	return space;
}

/*
 * Listing.
 */

static void add(struct s2t_inv_side *side, struct s2t_inv_mapping mapping)
{
	if (side->count == side->room) {
		const size_t room = side->room ? 2 * side->room : 256;
		struct s2t_inv_mapping *grown = realloc(side->mapping, room * sizeof(*grown));

		if (!grown) {
			side->no_memory = true;
			return;
		}
		side->mapping = grown;
		side->room = room;
	}
	side->mapping[side->count++] = mapping;
}

static void note_descriptor(struct s2t_inv_side *side, enum s2t_invariant invariant,
                            const struct s2t_inv_mapping *mapping, unsigned level, s2t_pfn pfn, uint64_t pte)
{
	s2t_inv_side_broken(side, invariant,
	                    &(struct s2t_inv_place){ .smmu = mapping->smmu,
	                                             .number = mapping->number,
	                                             .level = level,
	                                             .gfn = mapping->gfn,
	                                             .pfn = pfn,
	                                             .value = pte });
}

/* The descriptor of frame mapping->gfn at `level` (3, or 2 of a block). */
static void add_descriptor(struct s2t_inv_side *side, struct s2t_inv_mapping mapping, unsigned level,
                           uint64_t pte)
{
	const s2t_pfn pfn = s2t_view_output(pte) >> 12;
	const enum s2t_finding trap = s2t_hardware_check(pte, level);

	mapping.pages = level == 2 ? 512 : 1;
	mapping.pfn = pfn;
	mapping.pte = pte;
	mapping.reading = pfn ? S2T_READ_BY_SPEC : 0;
	if (trap != S2T_FINDING_COUNT)
		note_descriptor(side, S2T_HW_WALK, &mapping, level, pfn, pte);
	else if (pfn)
		mapping.reading = S2T_READ_BY_BOTH;
	if (mapping.reading)
		add(side, mapping);
	if (trap == S2T_FINDING_UNALIGNED_BLOCK || trap == S2T_FINDING_FRAME_0) {
		mapping.reading = S2T_READ_BY_HARDWARE;
		mapping.pfn &= ~(s2t_pfn)(mapping.pages - 1);
		add(side, mapping);
	}
}

static void add_leaf(struct s2t_inv_side *side, struct s2t_inv_mapping mapping, const uint64_t *words)
{
	const s2t_gfn first = mapping.gfn;

	for (unsigned i = 0, empty; i < 512; i += empty ? empty : 1) {
		empty = s2t_zeros_from(words, i);
		if (empty)
			continue;
		mapping.gfn = first + i;
		add_descriptor(side, mapping, 3, words[i]);
	}
}

static void list_model(struct s2t_inv_side *side)
{
	const struct s2t_model *model = side->model;

	for (size_t i = 0; i < model->npt_leaf.count; i++) {
		const uint32_t place = model->npt_leaf.used[i];
		const struct s2t_npt_leaf *leaf = model->npt_leaf.node[place];
		const uint64_t key = model->npt_leaf.key[place] - 1;
		const struct s2t_inv_mapping mapping = { .number = (uint32_t)(key >> 27),
			                                 .gfn = (key & ((1 << 27) - 1)) << 9 };

		if (leaf->block)
			add_descriptor(side, mapping, 2, leaf->block);
		else
			add_leaf(side, mapping, leaf->pte);
	}
	for (size_t i = 0; i < model->spt_leaf.count; i++) {
		const uint32_t place = model->spt_leaf.used[i];
		const struct s2t_spt_leaf *leaf = model->spt_leaf.node[place];
		const uint64_t key = model->spt_leaf.key[place] - 1;
		const struct s2t_inv_mapping mapping = { .smmu = true,
			                                 .number = key >> 19 & 15,
			                                 .gfn = (key & ((1 << 19) - 1)) << 9 };

		if (key >> 23 == model->spt_generation[mapping.number])
			add_leaf(side, mapping, leaf->pte);
	}
}

/* What stands above the last level must be a table, and lead to a place that there is. */
static bool is_good_table(struct s2t_inv_side *side, const struct s2t_inv_mapping *mapping, uint64_t descriptor)
{
	if (s2t_view_is_table(descriptor) && s2t_view_output(descriptor) >> 40 == 0)
		return true;
	/* Level 0 stands for what is above the last. */
	note_descriptor(side, S2T_HW_WALK, mapping, 0, 0, descriptor);
	return false;
}

static void list_table(struct s2t_inv_side *side, const struct s2t_inv_mapping *space, unsigned level,
                       s2t_addr table)
{
	const enum s2t_window window = space->smmu ? S2T_WINDOW_SMMU : S2T_WINDOW_S2PT;
	const uint64_t *words = s2t_view_words(&side->ls->view, window, table);
	const unsigned shift = 9 * (3 - level);

	if (words && level == 3)
		add_leaf(side, *space, words);
	for (unsigned i = 0, empty; level < 3 && words && i < 512 && !side->no_memory; i += empty ? empty : 1) {
		empty = s2t_zeros_from(words, i);
		if (empty)
			continue;
		struct s2t_inv_mapping below = *space;

		below.gfn += (s2t_gfn)i << shift;
		if (level == 2 && !space->smmu && !s2t_view_is_table(words[i]))
			add_descriptor(side, below, 2, words[i]);
		else if (is_good_table(side, &below, words[i])) {
			s2t_inv_table_met(side, &below, level - space->smmu, s2t_view_output(words[i]));
			list_table(side, &below, level + 1, s2t_view_output(words[i]));
		}
	}
}

static void list_image(struct s2t_inv_side *side)
{
	struct s2t_lockstep *ls = side->ls;

	for (uint32_t i = 0; i < ls->dirty_vm_count; i++) {
		const struct s2t_inv_mapping space = { .number = ls->dirty_vm[i] };

		list_table(side, &space, 0, s2t_view_npt_root(&ls->view, ls->dirty_vm[i]));
		s2t_inv_pools_of_image(side, false, ls->dirty_vm[i]);
	}
	for (uint32_t context = 0; context < CONTEXTS; context++) {
		if (!(ls->dirty_contexts >> context & 1))
			continue;
		struct s2t_inv_mapping space = { .smmu = true, .number = context };
		const s2t_addr root = s2t_view_spt_root(&ls->view, context);

		list_table(side, &space, 1, root); /* of 1024 descriptors in two pages */
		space.gfn = UINT64_C(1) << 27;
		list_table(side, &space, 1, root + 4096);
	}
	if (ls->dirty_contexts)
		s2t_inv_pools_of_image(side, true, 0);
}

static int by_space_and_frame(const void *a, const void *b)
{
	const struct s2t_inv_mapping *x = a, *y = b;

	if (x->smmu != y->smmu)
		return x->smmu ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->gfn != y->gfn)
		return x->gfn < y->gfn ? -1 : 1;
	return x->reading - y->reading;
}

/* Through reads, which say the frame beside the descriptor. */
static void add_read(struct s2t_inv_side *side, const struct s2t_named *named)
{
	struct s2t_inv_mapping mapping = { .number = named->a, .gfn = named->b };

	if (named->kind == S2T_ENTRY_SPT) {
		const struct s2t_spt_entry entry = s2t_read_spt(side->ls, named->a, named->b);

		mapping.smmu = true;
		if (entry.pfn != s2t_view_output(entry.pte) >> 12)
			note_descriptor(side, S2T_SPT_CONS, &mapping, 3, entry.pfn, entry.pte);
		if (entry.pte)
			add_descriptor(side, mapping, 3, entry.pte);
	} else if (named->kind == S2T_ENTRY_NPT || named->kind == S2T_ENTRY_NPT_BLOCK) {
		const struct s2t_npt_entry entry = s2t_read_npt(side->ls, named->a, named->b);
		const s2t_gfn in_block = entry.level == 2 ? named->b & 511 : 0;

		if (named->a == 0 && entry.pfn != (s2t_view_output(entry.pte) >> 12) + in_block)
			note_descriptor(side, S2T_HOST_NPT_CONS, &mapping, entry.level, entry.pfn, entry.pte);
		mapping.gfn -= in_block;
		if (entry.pte)
			add_descriptor(side, mapping, entry.level == 2 ? 2 : 3, entry.pte);
	}
}

static void list_reads(struct s2t_inv_side *side)
{
	const struct s2t_entries *e = side->ls->entries;
	size_t kept = 0;

	for (size_t i = 0; i < e->count && !side->no_memory; i++)
		add_read(side, &e->named[i]);
	if (side->count)
		qsort(side->mapping, side->count, sizeof(side->mapping[0]), by_space_and_frame);
	for (size_t i = 0; i < side->count; i++)
		if (kept == 0 || by_space_and_frame(&side->mapping[kept - 1], &side->mapping[i]) != 0)
			side->mapping[kept++] = side->mapping[i];
	side->count = kept;
}

void s2t_inv_side_collect(struct s2t_inv_side *side)
{
	if (side->model) {
		list_model(side);
		s2t_inv_tables_of_model(side);
	} else if (side->ls->entries)
		list_reads(side);
	else
		list_image(side);
}
