/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one step of the model changed. The model names every entry that it wrote; those that hold the same
 * value as before are left out here.
 */
#include "eval_writes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "entry.h"
#include "optable.h"

/* The frame in a descriptor: bits 47 to 12. */
static s2t_pfn frame_of(s2t_pte pte)
{
	return (pte & UINT64_C(0x0000FFFFFFFFF000)) >> 12;
}

static void add(struct s2t_changes *changes, struct s2t_change change)
{
	if (changes->count == changes->room) {
		size_t more = changes->room == 0 ? 1024 : 2 * changes->room;
		struct s2t_change *grown = realloc(changes->change, more * sizeof(*grown));

		if (grown == NULL) {
			changes->out_of_memory = true;
			return;
		}
		changes->change = grown;
		changes->room = more;
	}
	changes->change[changes->count++] = change;
}

static void add_page(struct s2t_changes *changes, const struct s2t_touch *touch)
{
	struct s2t_page now = s2t_model_page(changes->model, touch->b);

	if (touch->old[0] != ((uint64_t)now.count << 32 | now.owner) || touch->old[1] != now.gfn)
		add(changes, (struct s2t_change){
				     S2T_ENTRY_S2PAGE, 3, { touch->b }, { now.owner, now.count, now.gfn }, 0 });
}

static void add_word(struct s2t_changes *changes, const struct s2t_touch *touch, uint64_t now)
{
	uint64_t key = touch->kind == S2T_ENTRY_FLATMEM ? touch->b : touch->a;

	if (touch->old[0] != now)
		add(changes, (struct s2t_change){ touch->kind, 1, { key }, { now }, 0 });
}

/* Cursors only ever advance, and the model names one only if it did. */
static void add_cursor(struct s2t_changes *changes, const struct s2t_touch *touch, s2t_addr now)
{
	add(changes, (struct s2t_change){ touch->kind, 1, { touch->a, touch->level }, { now }, 0 });
}

static void add_npt(struct s2t_changes *changes, const struct s2t_touch *touch, unsigned i)
{
	struct s2t_npt_entry old = s2t_model_npt_before(changes->model, touch, i);
	struct s2t_npt_entry now = s2t_model_npt(changes->model, touch->a, touch->b + i);

	if (old.pfn != now.pfn || old.level != now.level || old.pte != now.pte)
		add(changes,
		    (struct s2t_change){
			    S2T_ENTRY_NPT, 3, { touch->a, touch->b + i }, { now.pfn, now.level, now.pte }, 0 });
}

static void add_spt(struct s2t_changes *changes, unsigned context, s2t_gfn gfn, s2t_pte old)
{
	struct s2t_spt_entry now = s2t_model_spt(changes->model, context, gfn);
	uint64_t ttbr = changes->board->smmu_pool_start + context * UINT64_C(8192);

	if (old != now.pte || frame_of(old) != now.pfn)
		add(changes, (struct s2t_change){ S2T_ENTRY_SPT, 2, { ttbr, gfn }, { now.pfn, now.pte }, 0 });
}

/* The context that was emptied, while its entries are listed. */
struct emptied {
	struct s2t_changes *changes;
	unsigned context;
};

static void add_emptied(void *ctx, s2t_gfn gfn, s2t_pte pte)
{
	const struct emptied *emptied = ctx;

	add_spt(emptied->changes, emptied->context, gfn, pte);
}

/* A word of the hypercall layer; key[0] is what comes first in the row. */
static void add_field(struct s2t_changes *changes, const struct s2t_touch *touch)
{
	uint64_t now[3];

	s2t_entry_now(changes->model, touch, now);
	if (touch->old[0] != now[0])
		add(changes,
		    (struct s2t_change){ touch->kind, 1, { touch->a, touch->b }, { now[0] }, touch->level });
}

static void add_touched(struct s2t_changes *changes, const struct s2t_touch *touch)
{
	const struct s2t_model *model = changes->model;
	struct emptied emptied = { changes, touch->a };

	switch ((enum s2t_entry_kind)touch->kind) {
	case S2T_ENTRY_S2PAGE: add_page(changes, touch); break;
	case S2T_ENTRY_NPT: add_npt(changes, touch, 0); break;
	case S2T_ENTRY_NPT_BLOCK:
		for (unsigned i = 0; i < 512; i++)
			add_npt(changes, touch, i);
		break;
	case S2T_ENTRY_NPT_NEXT:
		add_cursor(changes, touch, s2t_model_npt_next(model, touch->a, touch->level));
		break;
	case S2T_ENTRY_SPT: add_spt(changes, touch->a, touch->b, touch->old[0]); break;
	case S2T_ENTRY_SPT_CONTEXT: s2t_model_context_before(model, touch, add_emptied, &emptied); break;
	case S2T_ENTRY_SPT_NEXT: add_cursor(changes, touch, s2t_model_spt_next(model, touch->level)); break;
	case S2T_ENTRY_FLATMEM: add_word(changes, touch, s2t_model_token(model, touch->b)); break;
	case S2T_ENTRY_DATA_LOG: add_word(changes, touch, s2t_model_data_log(model, touch->a)); break;
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG: add_field(changes, touch); break;
	case S2T_ENTRY_NPT_TABLE: /* whether a table exists shows in the cursors, and is no entry of the output */
	case S2T_ENTRY_SPT_TABLE:
	case S2T_ENTRY_KIND_COUNT: break;
	}
}

static int by_entry(const void *a, const void *b)
{
	const struct s2t_change *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind > y->kind ? 1 : -1;
	if (x->key[0] != y->key[0])
		return x->key[0] > y->key[0] ? 1 : -1;
	if (x->key[1] != y->key[1])
		return x->key[1] > y->key[1] ? 1 : -1;
	return (x->field > y->field) - (x->field < y->field);
}

/* A step that maps pages and then a block over them touches them twice. */
static void drop_repeated(struct s2t_changes *changes)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->count; i++)
		if (kept == 0 || by_entry(&changes->change[kept - 1], &changes->change[i]) != 0)
			changes->change[kept++] = changes->change[i];
	changes->count = kept;
}

/* At a panic tables and cursors mean nothing: the refinement relation is guarded by halt there. */
static bool shown(const struct s2t_touch *touch, enum s2t_outcome outcome)
{
	return outcome == S2T_OK ||
	       (outcome == S2T_PANIC && (touch->kind == S2T_ENTRY_S2PAGE || touch->kind >= S2T_ENTRY_FLATMEM));
}

bool s2t_changes_collect(struct s2t_changes *changes, enum s2t_outcome outcome)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(changes->model, &count);

	changes->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (shown(&touch[i], outcome))
			add_touched(changes, &touch[i]);
	}
	if (changes->count > 1) {
		qsort(changes->change, changes->count, sizeof(*changes->change), by_entry);
		drop_repeated(changes);
	}
	return !changes->out_of_memory;
}

static void print_change(FILE *out, const struct s2t_change *change)
{
	static const char *const cursor[] = { "pgd", "pud", "pmd" };
	static const char *const spt_cursor[] = { "pgd", "pmd" };

	switch ((enum s2t_entry_kind)change->kind) {
	case S2T_ENTRY_NPT_NEXT:
		fprintf(out, "[\"npt_next\",\"0x%" PRIx64 "\",\"%s\"", change->key[0], cursor[change->key[1]]);
		break;
	case S2T_ENTRY_SPT_NEXT: fprintf(out, "[\"spt_next\",\"%s\"", spt_cursor[change->key[1]]); break;
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_SPT:
		fprintf(out, "[\"%s\",\"0x%" PRIx64 "\",\"0x%" PRIx64 "\"",
		        change->kind == S2T_ENTRY_NPT ? "npt" : "spt", change->key[0], change->key[1]);
		break;
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
		fprintf(out, "[\"%s\",\"0x%" PRIx64 "\",\"0x%" PRIx64 "\",\"%s\"",
		        change->kind == S2T_ENTRY_VCPU ? "vcpu" : "image", change->key[0], change->key[1],
		        s2t_hyper_field_name((enum s2t_entry_kind)change->kind, change->field));
		break;
	case S2T_ENTRY_VM:
		fprintf(out, "[\"vm\",\"0x%" PRIx64 "\",\"%s\"", change->key[0],
		        s2t_hyper_field_name(S2T_ENTRY_VM, change->field));
		break;
	case S2T_ENTRY_CORE:
		fprintf(out, "[\"core\",\"%s\"", s2t_hyper_field_name(S2T_ENTRY_CORE, change->field));
		break;
	default:
		fprintf(out, "[\"%s\",\"0x%" PRIx64 "\"",
		        s2t_entry_kind_name((enum s2t_entry_kind)change->kind), change->key[0]);
		break;
	}
	for (uint32_t i = 0; i < change->words; i++)
		fprintf(out, ",\"0x%" PRIx64 "\"", change->value[i]);
	putc(']', out);
}

void s2t_changes_print(FILE *out, const struct s2t_changes *changes)
{
	putc('[', out);
	for (size_t i = 0; i < changes->count; i++) {
		if (i > 0)
			putc(',', out);
		print_change(out, &changes->change[i]);
	}
	putc(']', out);
}

void s2t_changes_free(struct s2t_changes *changes)
{
	free(changes->change);
	*changes = (struct s2t_changes){ 0 };
}
