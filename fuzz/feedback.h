/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feedback beyond edges: edges of an implementation of this size are all seen within a second, and then an engine has
 * nothing left to follow. So it is told of what the model went through: cases, pairs of cases on one page, what a page
 * and its place look like after a call, and how far the pools of tables are used up.
 *
 * For libFuzzer these are extra counters, bytes in the section that it reads beside its own; for AFL++ they are
 * guards, whose places in the map are drawn when the program starts (feedback.c).
 */
#ifndef S2T_FUZZ_FEEDBACK_H
#define S2T_FUZZ_FEEDBACK_H

#include "lockstep.h"

/* How much an engine is told. */
enum s2t_feedback {
	S2T_FEEDBACK_NONE,
	S2T_FEEDBACK_CASES, /* cases, and how far pools are used up: some hundred features */
	S2T_FEEDBACK_ALL,
};

/* Before a sequence. */
void s2t_feedback_begin(void);

/* After a step of the model of `ls`. */
void s2t_feedback_step(const struct s2t_lockstep *ls, enum s2t_feedback feedback);

#endif
