/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evaluation: the model alone over a trace, one JSON object a step (DESIGN section 8).
 */
#ifndef S2T_HARNESS_EVAL_H
#define S2T_HARNESS_EVAL_H

#include <stdio.h>

#include "s2twin/model.h"
#include "trace.h"

/* What an evaluation shows beside the contract. */
enum { S2T_SHOW_LOCKS = 1, S2T_SHOW_TSTATE = 2, S2T_SHOW_LOGS = 4 };

/* Runs the operations of `trace` from its start state and writes one line a step to `out`, which the caller
 * flushes and checks. False: out of memory. */
bool s2t_eval(FILE *out, const struct s2t_trace *trace, enum s2t_spec spec, unsigned show,
              struct s2t_error *error);

#endif
