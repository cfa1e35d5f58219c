/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one step of the model changed, as the evaluation output lists it.
 */
#ifndef S2T_HARNESS_EVAL_WRITES_H
#define S2T_HARNESS_EVAL_WRITES_H

#include <stdio.h>

#include "s2twin/model.h"

/* One changed entry: which one, and its new value. */
struct s2t_change {
	uint32_t kind;  /* enum s2t_entry_kind; of a block or a context one change an entry */
	uint32_t words; /* of value */
	uint64_t key[2];
	uint64_t value[3];
	uint32_t field; /* of an entry of the hypercall layer */
};

/* The changes of one step; `change` belongs to the list and is kept from step to step. */
struct s2t_changes {
	const struct s2t_model *model;
	const struct s2t_board *board;
	size_t count, room;
	struct s2t_change *change;
	bool out_of_memory;
};

/* Collects what the last step changed, in a fixed order; after a panic neither tables nor cursors.
 * False: out of memory. */
bool s2t_changes_collect(struct s2t_changes *changes, enum s2t_outcome outcome);

/* Writes them as a JSON array. */
void s2t_changes_print(FILE *out, const struct s2t_changes *changes);

void s2t_changes_free(struct s2t_changes *changes);

#endif
