/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ownership over time: for each page that the divergence is about, its record and who maps it, after each step
 * that has to do with it.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "rdata.h"
#include "reads.h"
#include "spec_machine.h"

/* A place where something was mapped. */
struct key {
	bool smmu;
	uint32_t number; /* vmid or context */
	s2t_gfn gfn;
	unsigned pages; /* 1, or 512 of a block */
};
struct keys {
	size_t count, room;
	struct key *key;
};

static bool add_key(struct keys *keys, bool smmu, uint32_t number, s2t_gfn gfn, unsigned pages)
{
	if (keys->count == keys->room) {
		size_t room = keys->room ? 2 * keys->room : 256;
		struct key *grown = realloc(keys->key, room * sizeof(*grown));

		if (!grown)
			return false;
		keys->key = grown;
		keys->room = room;
	}
	keys->key[keys->count++] = (struct key){ smmu, number, gfn, pages };
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->smmu != y->smmu)
		return x->smmu ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->gfn != y->gfn)
		return x->gfn < y->gfn ? -1 : 1;
	return (x->pages > y->pages) - (x->pages < y->pages);
}

static void drop_repeated(struct keys *keys)
{
	size_t kept = 0;

	if (keys->count)
		qsort(keys->key, keys->count, sizeof(keys->key[0]), by_place);
	for (size_t i = 0; i < keys->count; i++)
		if (kept == 0 || by_place(&keys->key[kept - 1], &keys->key[i]) != 0)
			keys->key[kept++] = keys->key[i];
	keys->count = kept;
}

/* From all that the model wrote, and from the differences. False: out of memory. */
static bool collect(struct keys *keys, const struct s2t_lockstep *ls, const struct s2t_explanation *e)
{
	const struct s2t_model *model = ls->model;
	bool good = true;

	for (size_t i = 0; i < model->journal_count && good; i++) {
		const struct s2t_touch *touch = &model->journal[i];

		if (touch->kind == S2T_ENTRY_NPT)
			good = add_key(keys, false, touch->a, touch->b, 1);
		else if (touch->kind == S2T_ENTRY_NPT_BLOCK)
			good = add_key(keys, false, touch->a, touch->b, 512);
		else if (touch->kind == S2T_ENTRY_SPT)
			good = add_key(keys, true, touch->a, touch->b, 1);
	}
	for (size_t i = 0; i < e->count && good; i++) {
		const struct s2t_diff *diff = &e->diff[i].diff;

		if (diff->kind == S2T_DIFF_ENTRY && diff->entry.kind == S2T_ENTRY_NPT)
			good = add_key(keys, false, diff->entry.a, diff->entry.b, 1);
		else if (diff->kind == S2T_DIFF_ENTRY && diff->entry.kind == S2T_ENTRY_SPT)
			good = add_key(keys, true, diff->entry.a, diff->entry.b, 1);
	}
	if (!good) {
		free(keys->key);
		keys->key = NULL;
		return false;
	}
	drop_repeated(keys);
	return true;
}

/* The bit of a space; 0: there are too many. */
static uint32_t space_bit(struct s2t_picture *picture, bool smmu, uint32_t number)
{
	for (unsigned i = 0; i < picture->spaces; i++)
		if (picture->space[i].smmu == smmu && picture->space[i].number == number)
			return UINT32_C(1) << i;
	if (picture->spaces == S2T_MAX_SPACES)
		return 0;
	picture->space[picture->spaces] = (struct s2t_space){ smmu, number };
	return UINT32_C(1) << picture->spaces++;
}

/* What an entry of the places of a key maps to: `pages` pages from `pfn` on. */
struct target {
	s2t_pfn pfn;
	unsigned pages;
};

static struct target of_stage2(const struct key *key, struct s2t_npt_entry entry)
{
	return (struct target){ entry.pfn, entry.level == 2 ? key->pages : 1 };
}

static struct target of_model(const struct s2t_model *model, const struct key *key)
{
	return key->smmu ? (struct target){ s2t_model_spt(model, key->number, key->gfn).pfn, 1 }
	                 : of_stage2(key, s2t_model_npt(model, key->number, key->gfn));
}

static struct target of_iut(struct s2t_lockstep *ls, const struct key *key)
{
	return key->smmu ? (struct target){ s2t_read_spt(ls, key->number, key->gfn).pfn, 1 }
	                 : of_stage2(key, s2t_read_npt(ls, key->number, key->gfn));
}

/* Marks the pages that one key maps. */
static void mark(struct s2t_picture *picture, struct s2t_cell *cell, size_t stride, const struct key *key,
                 struct target target)
{
	for (unsigned row = 0; row < picture->rows; row++)
		if (target.pfn && picture->page[row] - target.pfn < target.pages)
			cell[row * stride].mapped |= space_bit(picture, key->smmu, key->number);
}

void s2t_picture_begin(struct s2t_picture *picture, const struct s2t_explanation *e)
{
	picture->rows = (unsigned)e->pages;
	memcpy(picture->page, e->page, sizeof(picture->page));
}

/* Whether the last two columns are alike. */
static bool nothing_new(const struct s2t_picture *picture)
{
	for (unsigned row = 0; row < picture->rows; row++) {
		const struct s2t_cell *cell = &picture->model[row][picture->columns - 2];

		if (memcmp(&cell[0].page, &cell[1].page, sizeof(cell->page)) != 0 ||
		    cell[0].mapped != cell[1].mapped)
			return false;
	}
	return true;
}

/* Makes room for a column: the start state stays, the oldest step goes. */
static void drop_oldest(struct s2t_picture *picture)
{
	for (unsigned row = 0; row < picture->rows; row++)
		memmove(&picture->model[row][1], &picture->model[row][2],
		        (S2T_MAX_COLUMNS - 2) * sizeof(picture->model[row][0]));
	memmove(&picture->step[1], &picture->step[2], (S2T_MAX_COLUMNS - 2) * sizeof(picture->step[0]));
	picture->columns--;
}

/* A column with the records of the pages. Returns its number. */
static unsigned add_column(struct s2t_picture *picture, const struct s2t_model *model, uint32_t step)
{
	if (picture->columns == S2T_MAX_COLUMNS)
		drop_oldest(picture);
	const unsigned column = picture->columns++;

	picture->step[column] = step;
	for (unsigned row = 0; row < picture->rows; row++)
		picture->model[row][column] = (struct s2t_cell){ s2t_model_page(model, picture->page[row]), 0 };
	return column;
}

void s2t_picture_column(struct s2t_picture *picture, const struct s2t_mappers *mappers,
                        const struct s2t_model *model, uint32_t step)
{
	const unsigned column = add_column(picture, model, step);

	for (size_t i = 0; i < mappers->count; i++) {
		const struct s2t_mapper *mapper = &mappers->mapper[i];

		for (unsigned row = 0; row < picture->rows; row++)
			if (mapper->entries[row])
				picture->model[row][column].mapped |= space_bit(picture, mapper->space.smmu,
				                                                mapper->space.number);
	}
	if (column > 0 && nothing_new(picture))
		picture->columns--;
}

bool s2t_picture_end(struct s2t_picture *picture, const struct s2t_explanation *e, struct s2t_lockstep *ls)
{
	const struct s2t_model *body = ls->bodies ? s2t_spec_machine_state(ls->bodies) : NULL;
	const unsigned column = add_column(picture, ls->model, e->number);
	struct keys keys = { 0, 0, NULL };

	if (!collect(&keys, ls, e))
		return false;
	for (unsigned row = 0; row < picture->rows; row++)
		picture->iut[row] = (struct s2t_cell){ body ? s2t_model_page(body, picture->page[row])
			                                    : s2t_read_page(ls, picture->page[row]),
			                               0 };
	for (size_t i = 0; i < keys.count; i++) {
		const struct key *key = &keys.key[i];

		mark(picture, &picture->model[0][column], S2T_MAX_COLUMNS, key, of_model(ls->model, key));
	}
	for (size_t i = 0; i < keys.count; i++) {
		const struct key *key = &keys.key[i];

		mark(picture, picture->iut, 1, key, body ? of_model(body, key) : of_iut(ls, key));
	}
	free(keys.key);
	return true;
}
