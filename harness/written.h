/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of tables were written in a sequence, on either side: what lets the comparison at its end look at these
 * and at nothing else. A part is a line of 8 descriptors; the 64 lines of a table are a set, one bit each.
 */
#ifndef S2T_HARNESS_WRITTEN_H
#define S2T_HARNESS_WRITTEN_H

#include "s2twin/iut.h"
#include "s2twin/model.h"

enum { S2T_TABLE_LINES = 64, S2T_LINE_WORDS = 8 };

#define S2T_ALL_LINES UINT64_MAX

/* All zero: nothing was written. */
struct s2t_written {
	struct s2t_written_table {
		uint64_t key; /* 0: a free place */
		uint64_t lines;
	} * place;          /* by a hash of the key */
	uint32_t *taken;    /* which places are */
	size_t size, count; /* a power of two, of which at most half are taken */
};

/* Forgets everything. Costs what was noted. */
void s2t_written_clear(struct s2t_written *written);
void s2t_written_free(struct s2t_written *written);

/* The writes of an implementation into the windows of its tables. False: out of memory. */
bool s2t_written_note_writes(struct s2t_written *written, const struct s2t_write *write, size_t count);

/* The model's entries of stage-2 and SMMU tables. False: out of memory. */
bool s2t_written_note_touches(struct s2t_written *written, const struct s2t_touch *touch, size_t count);

/* The lines of the implementation's table at `table`, and of the model's for the 2 MiB from frame `gfn` on: of VM `a`, of
 * SMMU context `a`. */
uint64_t s2t_written_lines(const struct s2t_written *written, enum s2t_window window, uint64_t table);
uint64_t s2t_written_npt_lines(const struct s2t_written *written, uint32_t a, s2t_gfn gfn);
uint64_t s2t_written_spt_lines(const struct s2t_written *written, uint32_t a, s2t_gfn gfn);

#endif
