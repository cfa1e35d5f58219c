/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs: sorted ranges of pages that have the same value. A machine with gigabytes of memory has a handful of them:
 * most pages are the host's, and what a VM is given tends to lie together. Runs are split where a part gets another
 * value, and merged with their neighbours where they have become the same.
 */
#ifndef EXTENTS_RUNS_H
#define EXTENTS_RUNS_H

#include "s2twin/types.h"

struct value {
	uint64_t a, b;
};

struct run {
	s2t_pfn first, end; /* pages first..end-1 */
	struct value value;
};

struct runs {
	struct value none; /* what pages of no run have */
	struct run *run;   /* ascending; they neither overlap nor touch with the same value */
	size_t count, room;
};

void runs_free(struct runs *runs);

/* Logarithmic in the number of runs. */
struct value runs_get(const struct runs *runs, s2t_pfn pfn);

/* Pages first..end-1 get one value. False: out of memory, and nothing has changed. */
bool runs_set(struct runs *runs, s2t_pfn first, s2t_pfn end, struct value value);

/* Makes `runs` a copy of `from`. False: out of memory. */
bool runs_copy(struct runs *runs, const struct runs *from);

#endif
