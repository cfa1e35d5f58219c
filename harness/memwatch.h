/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching the memory of a plug-in: which words of the ranges that it names did a step change?
 *
 * A word that changed in a range whose kind of entry the step did not touch is a stray write. Otherwise the abstract
 * entries of that kind are read back, so that a write which hits another entry is found, too. Nothing of this needs
 * the help of the plug-in but the list of its ranges.
 */
#ifndef S2T_HARNESS_MEMWATCH_H
#define S2T_HARNESS_MEMWATCH_H

#include "boards.h"
#include "lockstep.h"

struct s2t_memwatch;

/* A word that changed. */
struct s2t_changed_word {
	enum s2t_range_kind kind;
	size_t range;    /* its number */
	uint64_t offset; /* in the range, bytes, a multiple of 8 */
	uint64_t old, now;
	s2t_pfn pfn; /* of S2T_RANGE_PAGES: the page that it is in */
};

/* Of the ranges that the instance names. NULL: `error` says why. */
struct s2t_memwatch *s2t_memwatch_create(const struct s2t_iut_ops *ops, struct s2t_iut *iut,
                                         enum s2t_watch_memory how, struct s2t_error *error);
void s2t_memwatch_destroy(struct s2t_memwatch *watch);

/* Before this thread calls what may write into the memory: a call, a reset, a release of locks. */
void s2t_memwatch_enter(struct s2t_memwatch *watch);

/* Before a step: nothing of it has changed yet. */
void s2t_memwatch_begin(struct s2t_memwatch *watch);

/* After a call: looks for what it changed. */
void s2t_memwatch_end(struct s2t_memwatch *watch);

/* After anything else: what the memory holds now is what it should. */
void s2t_memwatch_accept(struct s2t_memwatch *watch);

/* The first words that the call changed, in the order of ranges and addresses. `kinds` has a bit for each enum
 * s2t_range_kind that any of all changed words is of. */
const struct s2t_changed_word *s2t_memwatch_changed(const struct s2t_memwatch *watch, size_t *count,
                                                    uint32_t *kinds);

/* "to the ownership records, of which the step writes none", after "the implementation wrote". */
const char *s2t_range_text(enum s2t_range_kind kind);

#endif
