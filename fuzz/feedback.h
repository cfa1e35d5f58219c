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

#include "input.h"
#include "lockstep.h"

/* How much an engine is told. */
enum s2t_feedback {
	S2T_FEEDBACK_NONE,
	S2T_FEEDBACK_CASES, /* cases, and how far pools are used up: some hundred features */
	S2T_FEEDBACK_ALL,
};

/* Before the sequence of an input. */
void s2t_feedback_begin(const struct s2t_input *input);

/* After a sequence. */
void s2t_feedback_end(void);

/*
 * From now on an engine that only looks for news is spared what it has seen: of an input without a feature that no input
 * before it had, it is told nothing, and it need not look at hundreds of features one by one. Only libFuzzer, and only if
 * it neither counts (-use_counters=0), nor asks how rare a feature is (-entropic=0), nor whether a shorter input has the
 * same ones (-reduce_inputs=0); its corpus is then the same as without this.
 */
void s2t_feedback_spare(void);

/* After a step of the model of `ls`. */
void s2t_feedback_step(const struct s2t_lockstep *ls, enum s2t_feedback feedback);

#endif
