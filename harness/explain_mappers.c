/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who maps the pages of a picture, step by step.
 *
 * To ask at each step of a long sequence every place where something was ever mapped takes time by the square of its
 * length. So what a step touched is looked up, and compared with what is noted here of the same frames.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* What is noted of 512 frames of a space. */
struct frames {
	uint8_t row[512];
};

void s2t_mappers_begin(struct s2t_mappers *mappers, const struct s2t_picture *picture)
{
	*mappers = (struct s2t_mappers){ .picture = picture };
	s2t_map_init(&mappers->rows, sizeof(struct frames), &mappers->arena);
}

void s2t_mappers_free(struct s2t_mappers *mappers)
{
	s2t_map_free(&mappers->rows);
	s2t_arena_free(&mappers->arena);
	free(mappers->mapper);
	mappers->mapper = NULL;
}

static int by_space(const struct s2t_space *a, const struct s2t_space *b)
{
	if (a->smmu != b->smmu)
		return a->smmu ? 1 : -1;
	return (a->number > b->number) - (a->number < b->number);
}

/* The mapper of a space, made if there is none. NULL: out of memory. */
static struct s2t_mapper *mapper_of(struct s2t_mappers *mappers, const struct s2t_space *space)
{
	size_t at = 0;

	while (at < mappers->count && by_space(&mappers->mapper[at].space, space) < 0)
		at++;
	if (at < mappers->count && by_space(&mappers->mapper[at].space, space) == 0)
		return &mappers->mapper[at];
	if (mappers->count == mappers->room) {
		size_t room = mappers->room ? 2 * mappers->room : 16;
		struct s2t_mapper *grown = realloc(mappers->mapper, room * sizeof(*grown));

		if (!grown)
			return NULL;
		mappers->mapper = grown;
		mappers->room = room;
	}
	memmove(&mappers->mapper[at + 1], &mappers->mapper[at],
	        (mappers->count - at) * sizeof(mappers->mapper[0]));
	mappers->count++;
	mappers->mapper[at] = (struct s2t_mapper){ .space = *space };
	return &mappers->mapper[at];
}

/* An SMMU context that was emptied begins anew: nothing of it is found any more. */
static uint64_t key_of(const struct s2t_mappers *mappers, const struct s2t_space *space, s2t_gfn gfn)
{
	if (!space->smmu)
		return (uint64_t)space->number << 27 | gfn >> 9;
	return UINT64_C(1) << 63 | (uint64_t)mappers->emptied[space->number] << 23 |
	       (uint64_t)space->number << 19 | gfn >> 9;
}

/* The row of a page, + 1; 0: none. */
static unsigned row_of(const struct s2t_picture *picture, s2t_pfn pfn)
{
	for (unsigned row = 0; row < picture->rows; row++)
		if (picture->page[row] == pfn)
			return row + 1;
	return 0;
}

/* Frame `gfn` maps `pfn` now. */
static bool note(struct s2t_mappers *mappers, const struct s2t_space *space, s2t_gfn gfn, s2t_pfn pfn)
{
	const uint64_t key = key_of(mappers, space, gfn);
	const unsigned row = row_of(mappers->picture, pfn);
	struct frames *frames = row ? s2t_map_make(&mappers->rows, key) : s2t_map_find(&mappers->rows, key);

	if (!frames || frames->row[gfn & 511] == row)
		return frames || !row;
	struct s2t_mapper *mapper = mapper_of(mappers, space);

	if (!mapper)
		return false;
	if (frames->row[gfn & 511])
		mapper->entries[frames->row[gfn & 511] - 1]--;
	if (row)
		mapper->entries[row - 1]++;
	frames->row[gfn & 511] = (uint8_t)row;
	return true;
}

static bool empty(struct s2t_mappers *mappers, const struct s2t_space *space)
{
	struct s2t_mapper *mapper = mapper_of(mappers, space);

	if (!mapper)
		return false;
	memset(mapper->entries, 0, sizeof(mapper->entries));
	mappers->emptied[space->number]++;
	return true;
}

bool s2t_mappers_note(struct s2t_mappers *mappers, const struct s2t_model *model)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);
	bool good = true;

	for (size_t i = 0; i < count && good; i++) {
		const struct s2t_space stage2 = { false, touch[i].a }, smmu = { true, touch[i].a };
		const s2t_gfn gfn = touch[i].b;

		if (touch[i].kind == S2T_ENTRY_NPT)
			good = note(mappers, &stage2, gfn, s2t_model_npt(model, touch[i].a, gfn).pfn);
		for (unsigned page = 0; touch[i].kind == S2T_ENTRY_NPT_BLOCK && page < 512 && good; page++)
			good = note(mappers, &stage2, gfn + page,
			            s2t_model_npt(model, touch[i].a, gfn + page).pfn);
		if (touch[i].kind == S2T_ENTRY_SPT_CONTEXT)
			good = empty(mappers, &smmu);
		else if (touch[i].kind == S2T_ENTRY_SPT)
			good = note(mappers, &smmu, gfn, s2t_model_spt(model, touch[i].a, gfn).pfn);
	}
	return good;
}
