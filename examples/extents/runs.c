/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted runs: look-up by bisection, one splice for every change. */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

static bool same(struct value x, struct value y)
{
	return x.a == y.a && x.b == y.b;
}

void runs_free(struct runs *runs)
{
	free(runs->run);
	runs->run = NULL;
	runs->count = runs->room = 0;
}

static bool make_room(struct runs *runs, size_t count)
{
	size_t room = runs->room ? runs->room : 16;

	while (room < count)
		room *= 2;
	if (room == runs->room)
		return true;
	struct run *grown = realloc(runs->run, room * sizeof(*grown));

	if (!grown)
		return false;
	runs->run = grown;
	runs->room = room;
	return true;
}

/* The first run that ends beyond `pfn`: the only one that can hold it. */
static size_t find(const struct runs *runs, s2t_pfn pfn)
{
	size_t low = 0, high = runs->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (runs->run[middle].end > pfn)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct value runs_get(const struct runs *runs, s2t_pfn pfn)
{
	const size_t i = find(runs, pfn);

	return i < runs->count && runs->run[i].first <= pfn ? runs->run[i].value : runs->none;
}

bool runs_set(struct runs *runs, s2t_pfn first, s2t_pfn end, struct value value)
{
	/* What the runs from..to-1, which meet the range or touch it, are replaced by: what is left of the first
	 * of them, the range itself, what is left of the last. */
	struct run piece[3], fresh = { first, end, value };
	size_t from = first > 0 ? find(runs, first - 1) : 0, to = from, pieces = 0;

	if (first >= end)
		return true;
	while (to < runs->count && runs->run[to].first <= end)
		to++;
	if (!make_room(runs, runs->count + 2))
		return false;
	if (from < to && runs->run[from].first < first) {
		const struct run *left = &runs->run[from];

		if (same(left->value, value))
			fresh.first = left->first;
		else
			piece[pieces++] = (struct run){ left->first, first, left->value };
	}
	const size_t middle = pieces;

	if (!same(value, runs->none))
		pieces++;
	if (from < to && runs->run[to - 1].end > end) {
		const struct run *right = &runs->run[to - 1];

		if (same(right->value, value))
			fresh.end = right->end;
		else
			piece[pieces++] = (struct run){ end, right->end, right->value };
	}
	if (!same(value, runs->none))
		piece[middle] = fresh;
	memmove(&runs->run[from + pieces], &runs->run[to], (runs->count - to) * sizeof(*runs->run));
	memcpy(&runs->run[from], piece, pieces * sizeof(*piece));
	runs->count = runs->count + pieces - (to - from);
	return true;
}

bool runs_copy(struct runs *runs, const struct runs *from)
{
	if (!make_room(runs, from->count))
		return false;
	runs->none = from->none;
	runs->count = from->count;
	if (from->count)
		memcpy(runs->run, from->run, from->count * sizeof(*runs->run));
	return true;
}
