/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lockstep entry by entry: for an implementation that has no image, only reads, and wherever an abstraction map stands
 * between the two sides.
 *
 * What is compared after a step is what the step names: the entries that the model touched, those that the
 * implementation says it touched, those that the arguments of the call name, and those in a part of its memory that
 * changed. All of them make up the universe of the sequence, which a full comparison reads from end to end.
 */
#ifndef S2T_HARNESS_ENTRIES_H
#define S2T_HARNESS_ENTRIES_H

#include "lockstep.h"
#include "mapfile.h"
#include "reads.h"

struct s2t_memwatch;

/* An entry of the universe: a record, a stage-2 entry or block, an SMMU entry, a token, a data log, a cursor. */
struct s2t_named {
	uint8_t kind, level;
	bool unknown;   /* a token that the map says is not known */
	bool tolerated; /* differs by a known difference, until a side writes it again */
	bool of_step;   /* the last step named it */
	uint32_t a;
	uint64_t b;
};

struct s2t_entries {
	const struct s2t_mapfile *map; /* NULL: none */
	struct s2t_memwatch *watch;    /* NULL: its memory is not watched */
	size_t count, room;
	struct s2t_named *named; /* in the order in which they were named */
	uint32_t *place;         /* open addressing: number in `named` + 1, 0 is free */
	size_t mask;             /* places - 1 */
	uint32_t *of_step;       /* the numbers of those that the last step named */
	size_t of_step_count, of_step_room;
	bool apart; /* the last step was a known difference that left one side stopped */
	bool no_memory;
};

/* For an implementation whose instance `ls` has. False: `error` says why. */
bool s2t_entries_create(struct s2t_lockstep *ls, struct s2t_error *error);
void s2t_entries_destroy(struct s2t_entries *entries);
/* Before the implementation is reset, and after both sides were. */
void s2t_entries_before_reset(struct s2t_entries *entries);
/* Before the instance is destroyed, and after there is another. */
void s2t_entries_before_destroy(struct s2t_entries *entries);
void s2t_entries_after_create(struct s2t_lockstep *ls);
void s2t_entries_reset(struct s2t_lockstep *ls);

/* As s2t_lockstep_step, but for the lock events (entries_step.c). */
enum s2t_verdict s2t_entries_step(struct s2t_lockstep *ls, const struct s2t_call *call);

/*
 * The universe (entries.c).
 */

/* A step begins: it has named nothing. (Its number does not tell: a sequence can be taken back and go on otherwise.) */
void s2t_entries_begin_step(struct s2t_entries *entries);
/* Names an entry for the present step. What cannot be read, or what no state has, is left out. */
void s2t_entries_name(struct s2t_lockstep *ls, enum s2t_entry_kind kind, unsigned level, uint32_t a,
                      uint64_t b);
/* The same of what an implementation with an image wrote since ls->step_writes (entries_image.c). */
void s2t_entries_name_writes(struct s2t_lockstep *ls);
/* The same of one that a side wrote: a difference that was tolerated is one no more. */
void s2t_entries_touch(struct s2t_lockstep *ls, enum s2t_entry_kind kind, unsigned level, uint32_t a,
                       uint64_t b);
/* Names what the last step touched on either side, and what its call names, beside what it has named already. */
void s2t_entries_of_step(struct s2t_lockstep *ls);
static inline struct s2t_touch s2t_named_entry(const struct s2t_named *named)
{
	return (struct s2t_touch){ .kind = named->kind, .level = named->level, .a = named->a, .b = named->b };
}

/*
 * The comparison (entries_compare.c).
 */

/* Whether the last step is the same on both sides, in outcome, return value and all that it named. */
bool s2t_entries_compare_step(struct s2t_lockstep *ls);
/* The same after the model took the step another way. */
bool s2t_entries_compare_again(struct s2t_lockstep *ls);
/* As s2t_sweep, over the universe and the locks. */
bool s2t_entries_sweep(struct s2t_lockstep *ls, bool tables, struct s2t_diffs *diffs);
/* Marks what the last step named and what differs as tolerated. Returns how many. */
unsigned s2t_entries_tolerate(struct s2t_lockstep *ls);
/* Whether both sides return the same, as far as the map lets it be compared. */
bool s2t_same_return(const struct s2t_lockstep *ls);
/* Reads what the last step named from the implementation back into the model, which is not halted and holds no lock
 * afterwards. False: no abstract state is like that, or out of memory. */
bool s2t_entries_resync(struct s2t_lockstep *ls);

#endif
