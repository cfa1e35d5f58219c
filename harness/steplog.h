/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of a replay: every step of both sides as a line of JSON.
 */
#ifndef S2T_HARNESS_STEPLOG_H
#define S2T_HARNESS_STEPLOG_H

#include <stdio.h>

#include "lockstep.h"

/* Writes the step that `ls` has just taken. `trace` names the sequence. False: out of memory, or it cannot be
 * written. */
bool s2t_steplog_step(FILE *out, struct s2t_lockstep *ls, const char *trace, enum s2t_verdict verdict);

/* Writes a step that did not return, and why. */
bool s2t_steplog_lost(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_call *call, uint32_t step,
                      const char *trace, const char *reason);

#endif
