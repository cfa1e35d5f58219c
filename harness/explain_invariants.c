/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants of ownership and tables on both sides (SecurityInvs.v; their names are the Coq names where there is
 * one).
 *
 * Each side is first made into a list of mappings. Those of a model come from its queries over everything it ever
 * wrote. The implementation's come from a walk of its tables as the hardware does it: bit 0 must be set, a block
 * of 2 MiB maps the aligned 2 MiB, an output address beyond 40 bits faults, and a mapping of frame 0 is one.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "explain.h"
#include "rdata.h"
#include "reads.h"
#include "spec_machine.h"

static const struct {
	const char *name, *text;
} invariants[S2T_INVARIANT_COUNT] = {
	[S2T_HOST_FLATMAP] = { "host_flatmap", "the host's table maps a frame to itself" },
	[S2T_HOST_ISO] = { "host_iso",
	                   "what the host maps is a device, the host's own, or shared with it (count > 0)" },
	[S2T_VM_ISO] = { "vm_iso", "what a VM maps is its own, or a device" },
	[S2T_ONE_VM] = { "one_vm", "no page of RAM is mapped by two VMs" },
	[S2T_SMMU_ISO] = { "smmu_iso",
	                   "what the SMMU maps has an owner, and stands there at the owner's frame number" },
	[S2T_SMMU_COUNT] = { "smmu_count", "a page of the host counts at least the SMMU contexts that map it" },
	[S2T_HOST_GFN] = { "host_s2_map", "a page of the host has gfn = pfn + smmu_host_offset" },
};

const char *s2t_invariant_name(enum s2t_invariant invariant)
{
	return invariants[invariant].name;
}

const char *s2t_invariant_text(enum s2t_invariant invariant)
{
	return invariants[invariant].text;
}

#define OWNER_NONE UINT32_MAX

enum { HOST = 0, CONTEXTS = 16 };

/* `pages` frames from `gfn` on map to `pfn` and what follows. */
struct mapping {
	bool smmu;
	uint32_t number; /* vmid or context */
	unsigned pages;
	s2t_gfn gfn;
	s2t_pfn pfn;
};

struct side {
	struct s2t_lockstep *ls;
	struct s2t_model *model; /* NULL: the implementation's bytes */
	size_t count, room;
	struct mapping *mapping;
	bool no_memory;
	struct s2t_invariant_state *state;
};

static void add(struct side *side, struct mapping mapping)
{
	if (side->count == side->room) {
		size_t room = side->room ? 2 * side->room : 256;
		struct mapping *grown = realloc(side->mapping, room * sizeof(*grown));

		if (!grown) {
			side->no_memory = true;
			return;
		}
		side->mapping = grown;
		side->room = room;
	}
	side->mapping[side->count++] = mapping;
}

static struct s2t_page page_of(const struct side *side, s2t_pfn pfn)
{
	return side->model ? s2t_model_page(side->model, pfn) : s2t_read_page(side->ls, pfn);
}

/*
 * Mappings.
 */

static void add_model_entry(struct side *side, const struct s2t_touch *touch)
{
	struct mapping mapping = { .number = touch->a, .pages = 1, .gfn = touch->b };

	if (touch->kind == S2T_ENTRY_SPT) {
		mapping.smmu = true;
		mapping.pfn = s2t_model_spt(side->model, touch->a, touch->b).pfn;
	} else if (touch->kind == S2T_ENTRY_NPT || touch->kind == S2T_ENTRY_NPT_BLOCK) {
		struct s2t_npt_entry entry = s2t_model_npt(side->model, touch->a, touch->b);

		if (entry.level == 2) {
			mapping.gfn &= ~UINT64_C(511);
			mapping.pages = 512;
			entry = s2t_model_npt(side->model, touch->a, mapping.gfn);
		}
		mapping.pfn = entry.pfn;
	}
	if (mapping.pfn)
		add(side, mapping);
}

static void add_table(struct side *side, const struct mapping *space, unsigned level, s2t_addr table,
                      s2t_gfn first)
{
	struct s2t_view *view = &side->ls->view;
	const uint64_t *words = s2t_view_words(view, space->smmu ? S2T_WINDOW_SMMU : S2T_WINDOW_S2PT, table);
	const unsigned shift = 9 * (3 - level);

	for (unsigned i = 0; words && i < 512 && !side->no_memory; i++) {
		struct mapping mapping = *space;
		const s2t_addr output = s2t_view_output(words[i]);

		mapping.gfn = first + ((s2t_gfn)i << shift);
		mapping.pfn = output >> 12;
		if (!(words[i] & 1) || output >> 40)
			continue;
		if (level < 3 && s2t_view_is_table(words[i])) {
			add_table(side, space, level + 1, output, mapping.gfn);
		} else if (level == 2) {
			mapping.pages = 512;
			mapping.pfn &= ~UINT64_C(511);
			add(side, mapping);
		} else if (level == 3 && s2t_view_is_table(words[i])) { /* a page has the same type bits */
			mapping.pages = 1;
			add(side, mapping);
		}
	}
}

static void add_iut_tables(struct side *side)
{
	struct s2t_lockstep *ls = side->ls;

	for (uint32_t i = 0; i < ls->dirty_vm_count; i++) {
		const struct mapping space = { .number = ls->dirty_vm[i] };

		add_table(side, &space, 0, s2t_view_npt_root(&ls->view, ls->dirty_vm[i]), 0);
	}
	for (uint32_t context = 0; ls->smmu_is_dirty && context < CONTEXTS; context++) {
		const struct mapping space = { .smmu = true, .number = context };
		const s2t_addr root = s2t_view_spt_root(&ls->view, context);

		add_table(side, &space, 1, root, 0);
		add_table(side, &space, 1, root + 4096, UINT64_C(1) << 27);
	}
}

/* What a plug-in maps where either side ever mapped anything, or a call named it. */
static void add_iut_entries(struct side *side)
{
	const struct s2t_entries *e = side->ls->entries;

	for (size_t i = 0; i < e->count && !side->no_memory; i++) {
		struct mapping mapping = { .number = e->named[i].a, .pages = 1, .gfn = e->named[i].b };

		if (e->named[i].kind == S2T_ENTRY_SPT) {
			mapping.smmu = true;
			mapping.pfn = s2t_read_spt(side->ls, mapping.number, mapping.gfn).pfn;
		} else if (e->named[i].kind == S2T_ENTRY_NPT || e->named[i].kind == S2T_ENTRY_NPT_BLOCK) {
			struct s2t_npt_entry entry = s2t_read_npt(side->ls, mapping.number, mapping.gfn);

			if (entry.level == 2) {
				mapping.gfn &= ~UINT64_C(511);
				mapping.pages = 512;
				entry = s2t_read_npt(side->ls, mapping.number, mapping.gfn);
			}
			mapping.pfn = entry.pfn;
		}
		if (mapping.pfn)
			add(side, mapping);
	}
}

static int by_space_and_frame(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	if (x->smmu != y->smmu)
		return x->smmu ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->gfn > y->gfn) - (x->gfn < y->gfn);
}

static void collect(struct side *side)
{
	const struct s2t_model *model = side->model;
	size_t kept = 0;

	if (!side->model && !side->ls->entries) {
		add_iut_tables(side);
		return;
	}
	if (!side->model)
		add_iut_entries(side);
	for (size_t i = 0; side->model && i < model->journal_count && !side->no_memory; i++)
		add_model_entry(side, &model->journal[i]);
	if (side->count)
		qsort(side->mapping, side->count, sizeof(side->mapping[0]), by_space_and_frame);
	for (size_t i = 0; i < side->count; i++)
		if (kept == 0 || by_space_and_frame(&side->mapping[kept - 1], &side->mapping[i]) != 0)
			side->mapping[kept++] = side->mapping[i];
	side->count = kept;
}

/*
 * The invariants.
 */

static void broken(struct side *side, enum s2t_invariant invariant, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void broken(struct side *side, enum s2t_invariant invariant, const char *format, ...)
{
	struct s2t_invariant_state *state = &side->state[invariant];
	va_list args;

	if (state->broken++)
		return;
	va_start(args, format);
	vsnprintf(state->first, sizeof(state->first), format, args);
	va_end(args);
}

static void check_stage2(struct side *side, const struct mapping *mapping, unsigned i)
{
	const s2t_pfn pfn = mapping->pfn + i;
	const struct s2t_page page = page_of(side, pfn);
	char owner[24];

	s2t_owner_text(&side->ls->board, page.owner, owner, sizeof(owner));
	if (mapping->number == HOST) {
		if (pfn != mapping->gfn + i)
			broken(side, S2T_HOST_FLATMAP, "the host's frame 0x%" PRIx64 " maps page 0x%" PRIx64,
			       mapping->gfn + i, pfn);
		if (page.owner != OWNER_NONE && page.owner != HOST && page.count == 0)
			broken(side, S2T_HOST_ISO,
			       "the host maps page 0x%" PRIx64 " of %s, which is not shared", pfn, owner);
	} else if (mapping->number < side->ls->board.corevisor && page.owner != OWNER_NONE &&
	           page.owner != mapping->number) {
		broken(side, S2T_VM_ISO, "VM %" PRIu32 " maps page 0x%" PRIx64 " of %s at frame 0x%" PRIx64,
		       mapping->number, pfn, owner, mapping->gfn + i);
	}
}

static void check_smmu(struct side *side, const struct mapping *mapping)
{
	const struct s2t_page page = page_of(side, mapping->pfn);

	if (page.owner == OWNER_NONE)
		broken(side, S2T_SMMU_ISO, "context %" PRIu32 " maps page 0x%" PRIx64 ", which has no owner",
		       mapping->number, mapping->pfn);
	else if (page.gfn != mapping->gfn)
		broken(side, S2T_SMMU_ISO,
		       "context %" PRIu32 " maps page 0x%" PRIx64 " at frame 0x%" PRIx64
		       ", its record says 0x%" PRIx64,
		       mapping->number, mapping->pfn, mapping->gfn, page.gfn);
}

static int by_page(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	if (x->smmu != y->smmu)
		return x->smmu ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->pages > y->pages) - (x->pages < y->pages);
}

/* Two VMs that map one page: among mappings in the order of their pages, blocks reach 511 pages further. A page that a
 * VM maps at many frames counts once. */
static void check_one_vm(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		const struct mapping *a = &side->mapping[i];

		if (a->smmu || a->number == HOST || a->number >= side->ls->board.corevisor ||
		    (i > 0 && by_page(a - 1, a) == 0))
			continue;
		for (size_t j = i + 1; j < side->count && side->mapping[j].pfn - a->pfn < a->pages; j++) {
			const struct mapping *b = &side->mapping[j];

			if (!b->smmu && b->number != HOST && b->number < side->ls->board.corevisor &&
			    b->number != a->number && by_page(b - 1, b) != 0 &&
			    page_of(side, b->pfn).owner != OWNER_NONE)
				broken(side, S2T_ONE_VM,
				       "VM %" PRIu32 " and VM %" PRIu32 " both map page 0x%" PRIx64, a->number,
				       b->number, b->pfn);
		}
	}
}

/* Mappings in the order of their pages: those of the SMMU of one page stand together. */
static void check_smmu_count(struct side *side)
{
	const uint64_t offset = side->ls->board.smmu_host_offset;

	for (size_t i = 0; i < side->count;) {
		const s2t_pfn pfn = side->mapping[i].pfn;
		const struct s2t_page page = page_of(side, pfn);
		uint32_t contexts = 0;

		for (; i < side->count && side->mapping[i].pfn == pfn; i++)
			contexts += side->mapping[i].smmu && side->mapping[i].gfn == pfn + offset;
		if (page.owner == HOST && contexts > page.count)
			broken(side, S2T_SMMU_COUNT,
			       "page 0x%" PRIx64 " of the host counts %" PRIu32 ", and %" PRIu32
			       " SMMU contexts map it",
			       pfn, page.count, contexts);
	}
}

/* Over the records that were written: what was not is as at the start. */
static void check_records(struct side *side)
{
	const struct s2t_model *model = side->ls->model;
	const uint64_t offset = side->ls->board.host_gfn_zero ? 0 : side->ls->board.smmu_host_offset;

	for (size_t i = 0; i < model->journal_count; i++) {
		const s2t_pfn pfn = model->journal[i].b;

		if (model->journal[i].kind != S2T_ENTRY_S2PAGE)
			continue;
		const struct s2t_page page = page_of(side, pfn);

		if (page.owner == HOST && page.gfn != pfn + side->ls->board.smmu_host_offset &&
		    (offset || page.gfn))
			broken(side, S2T_HOST_GFN, "page 0x%" PRIx64 " of the host has gfn 0x%" PRIx64, pfn,
			       page.gfn);
	}
}

static void check(struct side *side)
{
	collect(side);
	if (side->count)
		qsort(side->mapping, side->count, sizeof(side->mapping[0]), by_page);
	for (size_t i = 0; i < side->count; i++) {
		if (side->mapping[i].smmu)
			check_smmu(side, &side->mapping[i]);
		for (unsigned j = 0; !side->mapping[i].smmu && j < side->mapping[i].pages; j++)
			check_stage2(side, &side->mapping[i], j);
	}
	check_one_vm(side);
	check_smmu_count(side);
	check_records(side);
}

bool s2t_invariants_check(struct s2t_lockstep *ls, struct s2t_invariants *result)
{
	bool good = true;

	memset(result, 0, sizeof(*result));
	for (int which = 0; which < S2T_SIDES; which++) {
		struct side side = { .ls = ls, .state = result->state[which] };

		if (which == S2T_SIDE_MODEL)
			side.model = ls->model;
		else if (ls->bodies)
			side.model = s2t_spec_machine_state(ls->bodies);

		check(&side);
		good &= !side.no_memory;
		free(side.mapping);
	}
	return good;
}
