/* SPDX-License-Identifier: BSD-2-Clause */
/* The universe of a sequence: which entries were named so far, each once, and which of them the last step named. */
#include "entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extra.h"
#include "memwatch.h"

enum { FIRST_PLACES = 1024, HOST = 0, CONTEXTS = 16 };

#define FRAMES      (UINT64_C(1) << 36) /* of a stage-2 address space */
#define SMMU_FRAMES (UINT64_C(1) << 28)

bool s2t_entries_create(struct s2t_lockstep *ls, struct s2t_error *error)
{
	struct s2t_entries *e = calloc(1, sizeof(*e));

	if (e) {
		e->map = ls->options.map;
		e->place = calloc(FIRST_PLACES, sizeof(*e->place));
		e->mask = FIRST_PLACES - 1;
	}
	ls->entries = e;
	if (!e || !e->place) {
		snprintf(error->text, sizeof(error->text), "not enough memory to compare entry by entry");
		error->resource = true;
		return false;
	}
	if (ls->options.watch == S2T_WATCH_NONE)
		return true;
	e->watch = s2t_memwatch_create(ls->ops, ls->iut, ls->options.watch, error);
	return e->watch != NULL;
}

void s2t_entries_destroy(struct s2t_entries *e)
{
	if (!e)
		return;
	s2t_memwatch_destroy(e->watch);
	free(e->named);
	free(e->place);
	free(e->of_step);
	free(e);
}

static size_t place_of(const struct s2t_entries *e, const struct s2t_named *named)
{
	const uint64_t key = (uint64_t)named->kind << 56 ^ (uint64_t)named->level << 52 ^
	                     (uint64_t)named->a << 36 ^ named->b;

	return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & e->mask;
}

static bool same_name(const struct s2t_named *x, const struct s2t_named *y)
{
	return x->kind == y->kind && x->level == y->level && x->a == y->a && x->b == y->b;
}

static void put(struct s2t_entries *e, uint32_t number)
{
	size_t place = place_of(e, &e->named[number]);

	while (e->place[place])
		place = (place + 1) & e->mask;
	e->place[place] = number + 1;
}

/* Room for one entry more. */
static bool grow(struct s2t_entries *e)
{
	if (e->count == e->room) {
		const size_t room = e->room ? 2 * e->room : FIRST_PLACES / 2;
		struct s2t_named *grown = realloc(e->named, room * sizeof(*grown));

		if (!grown)
			return false;
		e->named = grown;
		e->room = room;
	}
	if (2 * e->count < e->mask)
		return true;
	const size_t mask = 2 * e->mask + 1;
	uint32_t *grown = calloc(mask + 1, sizeof(*grown));

	if (!grown)
		return false;
	free(e->place);
	e->place = grown;
	e->mask = mask;
	for (size_t i = 0; i < e->count; i++)
		put(e, (uint32_t)i);
	return true;
}

void s2t_entries_before_reset(struct s2t_entries *e)
{
	if (e->watch)
		s2t_memwatch_enter(e->watch);
}

void s2t_entries_before_destroy(struct s2t_entries *e)
{
	s2t_memwatch_destroy(e->watch);
	e->watch = NULL;
}

void s2t_entries_after_create(struct s2t_lockstep *ls)
{
	struct s2t_error error;

	if (ls->options.watch == S2T_WATCH_NONE || !ls->iut)
		return;
	ls->entries->watch = s2t_memwatch_create(ls->ops, ls->iut, ls->options.watch, &error);
	if (!ls->entries->watch) {
		ls->ops->destroy(ls->iut);
		ls->iut = NULL;
	}
}

void s2t_entries_reset(struct s2t_lockstep *ls)
{
	struct s2t_entries *e = ls->entries;

	/* What was named since: the table is as big as the longest sequence made it. */
	if (8 * e->count < e->mask) {
		for (size_t i = 0; i < e->count; i++)
			for (size_t place = place_of(e, &e->named[i]); e->place[place];
			     place = (place + 1) & e->mask)
				e->place[place] = 0;
	} else {
		memset(e->place, 0, (e->mask + 1) * sizeof(*e->place));
	}
	e->count = 0;
	e->of_step_count = 0;
	e->apart = false;
	e->no_memory = false;
	if (e->watch)
		s2t_memwatch_accept(e->watch);
}

/* The number of an entry in the universe, which it is put into if it was not there; UINT32_MAX: out of memory. */
static uint32_t number_of(struct s2t_entries *e, const struct s2t_named *named)
{
	size_t place = place_of(e, named);

	for (; e->place[place]; place = (place + 1) & e->mask)
		if (same_name(&e->named[e->place[place] - 1], named))
			return e->place[place] - 1;
	if (!grow(e)) {
		e->no_memory = true;
		return UINT32_MAX;
	}
	e->named[e->count] = *named;
	put(e, (uint32_t)e->count);
	return (uint32_t)e->count++;
}

static bool note_for_step(struct s2t_entries *e, uint32_t number)
{
	if (e->of_step_count == e->of_step_room) {
		const size_t room = e->of_step_room ? 2 * e->of_step_room : 64;
		uint32_t *grown = realloc(e->of_step, room * sizeof(*grown));

		if (!grown)
			return !(e->no_memory = true);
		e->of_step = grown;
		e->of_step_room = room;
	}
	e->of_step[e->of_step_count++] = number;
	return true;
}

/* Whether there is such an entry, one that can be read. */
static bool exists(const struct s2t_lockstep *ls, const struct s2t_named *named)
{
	const bool vm = named->a <= ls->board.corevisor;

	switch ((enum s2t_entry_kind)named->kind) {
	case S2T_ENTRY_S2PAGE:
	case S2T_ENTRY_FLATMEM: return named->b < FRAMES;
	case S2T_ENTRY_NPT: return vm && named->b < FRAMES;
	case S2T_ENTRY_NPT_BLOCK: return vm && named->b < FRAMES && named->b % 512 == 0;
	case S2T_ENTRY_NPT_NEXT: return vm && named->level < 3;
	case S2T_ENTRY_SPT: return named->a < CONTEXTS && named->b < SMMU_FRAMES;
	case S2T_ENTRY_SPT_NEXT: return named->level < 2;
	case S2T_ENTRY_DATA_LOG: return vm;
	case S2T_ENTRY_VM: return vm && named->level < S2T_VM_FIELD_COUNT;
	case S2T_ENTRY_VCPU: return vm && named->level < S2T_VCPU_FIELD_COUNT && named->b < S2T_VCPUS;
	case S2T_ENTRY_IMAGE: return vm && named->level < S2T_IMAGE_FIELD_COUNT && named->b < S2T_IMAGES;
	case S2T_ENTRY_CORE: return named->level < S2T_CORE_FIELD_COUNT;
	case S2T_ENTRY_SMMU_CFG: return named->a < CONTEXTS;
	default: return false;
	}
}

void s2t_entries_begin_step(struct s2t_entries *e)
{
	for (size_t i = 0; i < e->of_step_count; i++)
		e->named[e->of_step[i]].of_step = false;
	e->of_step_count = 0;
	e->apart = false;
}

void s2t_entries_name(struct s2t_lockstep *ls, enum s2t_entry_kind kind, unsigned level, uint32_t a, uint64_t b)
{
	struct s2t_entries *e = ls->entries;
	const struct s2t_named named = { .kind = (uint8_t)kind, .level = (uint8_t)level, .a = a, .b = b };

	if (kind == S2T_ENTRY_SPT_CONTEXT) { /* all of it that was ever named */
		const size_t count = e->count;

		for (size_t i = 0; i < count; i++)
			if (e->named[i].kind == S2T_ENTRY_SPT && e->named[i].a == a)
				s2t_entries_name(ls, S2T_ENTRY_SPT, 0, a, e->named[i].b);
		return;
	}
	const uint32_t number = exists(ls, &named) ? number_of(e, &named) : UINT32_MAX;

	if (number == UINT32_MAX || e->named[number].of_step)
		return;
	e->named[number].of_step = note_for_step(e, number);
}

void s2t_entries_touch(struct s2t_lockstep *ls, enum s2t_entry_kind kind, unsigned level, uint32_t a,
                       uint64_t b)
{
	struct s2t_entries *e = ls->entries;
	const size_t before = e->of_step_count;

	s2t_entries_name(ls, kind, level, a, b);
	for (size_t i = before; i < e->of_step_count; i++)
		e->named[e->of_step[i]].tolerated = false;
}

/* What the arguments of a call name: the record and the content of a page, and where it is mapped. */
static void name_arguments(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	struct s2t_op_info row;
	const struct s2t_op_info *info = s2t_op_row(ls->ops, call->op, &row);
	uint32_t vmid = HOST, context = 0;

	for (unsigned i = 0; i < info->arg_count; i++) {
		if (info->arg[i].kind == S2T_ARG_VMID)
			vmid = (uint32_t)call->arg[i];
		else if (info->arg[i].kind == S2T_ARG_CBNDX)
			context += (uint32_t)call->arg[i];
		else if (info->arg[i].kind == S2T_ARG_INDEX)
			context += 8 * (uint32_t)call->arg[i];
	}
	for (unsigned i = 0; i < info->arg_count; i++) {
		const uint64_t arg = call->arg[i];

		switch (info->arg[i].kind) {
		case S2T_ARG_PFN:
			s2t_entries_name(ls, S2T_ENTRY_S2PAGE, 0, 0, arg);
			s2t_entries_name(ls, S2T_ENTRY_FLATMEM, 0, 0, arg);
			s2t_entries_name(ls, S2T_ENTRY_NPT, 0, HOST, arg);
			break;
		case S2T_ARG_GFN: s2t_entries_name(ls, S2T_ENTRY_NPT, 0, vmid, arg); break;
		case S2T_ARG_IPA:
			s2t_entries_name(ls, S2T_ENTRY_NPT, 0, vmid, arg >> 12);
			if (call->op == S2T_OP_MAP_PAGE_HOST)
				s2t_entries_name(ls, S2T_ENTRY_S2PAGE, 0, 0, arg >> 12);
			break;
		case S2T_ARG_PA: s2t_entries_name(ls, S2T_ENTRY_S2PAGE, 0, 0, arg >> 12); break;
		case S2T_ARG_PTE:
			s2t_entries_name(ls, S2T_ENTRY_S2PAGE, 0, 0, s2t_view_output(arg) >> 12);
			break;
		case S2T_ARG_IOVA:
			if (context < CONTEXTS)
				s2t_entries_name(ls, S2T_ENTRY_SPT, 0, context, arg >> 12);
			break;
		case S2T_ARG_VMID:
		case S2T_ARG_LEVEL:
		case S2T_ARG_CBNDX:
		case S2T_ARG_INDEX:
		default: break;
		}
	}
}

void s2t_entries_of_step(struct s2t_lockstep *ls)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	for (size_t i = 0; i < count; i++)
		s2t_entries_touch(ls, (enum s2t_entry_kind)touch[i].kind, touch[i].level, touch[i].a,
		                  touch[i].b);
	if (ls->ops->touched) {
		const struct s2t_entry *told = ls->ops->touched(ls->iut, &count);

		for (size_t i = 0; told && i < count; i++)
			s2t_entries_touch(ls, (enum s2t_entry_kind)told[i].kind, told[i].level, told[i].a,
			                  told[i].b);
	}
	name_arguments(ls, &ls->call);
	if (ls->ops->image)
		s2t_entries_name_writes(ls);
	if (s2t_is_extra(ls->call.op)) {
		struct s2t_call part[S2T_EXTRA_PARTS];
		const size_t parts = s2t_op_parts(ls->ops, &ls->call, part);

		for (size_t i = 0; i < parts; i++)
			name_arguments(ls, &part[i]);
	}
}
