/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lockstep at body level: the lemmas of the code proofs, run. One model is stepped by the low specification, another
 * by the body over the same specification's primitives, and both must come to the same: outcome, returned value,
 * every entry written (changed or not) and its value, locks, halt and tstate, also after a panic and where the
 * specification is undefined. lockstep.c calls these for options.level == S2T_LEVEL_BODY.
 */
#ifndef S2T_HARNESS_BODY_LEVEL_H
#define S2T_HARNESS_BODY_LEVEL_H

#include "lockstep.h"

/* One operation on both, as s2t_lockstep_step. What is undefined is run, too, and taken back. */
enum s2t_verdict s2t_body_step(struct s2t_lockstep *ls, const struct s2t_call *call);

/* As s2t_lockstep_end. */
enum s2t_verdict s2t_body_end(struct s2t_lockstep *ls);

/*
 * Two models (model_pair.c).
 */

/* Whether the last step wrote the same entries with the same values on both, and left both CPUs in the same state. */
bool s2t_pair_same_step(const struct s2t_model *low, const struct s2t_model *body);

/* Whether the states are the same, all of them. */
bool s2t_pair_same_state(struct s2t_model *low, struct s2t_model *body);

/* Adds what differs: first entries that the last step wrote, then all others. */
void s2t_pair_differences(struct s2t_model *low, struct s2t_model *body, struct s2t_diffs *diffs);

#endif
