/* SPDX-License-Identifier: BSD-2-Clause */
/* Going back in a sequence: a lockstep as it was some steps ago. */
#ifndef S2T_HARNESS_REWIND_H
#define S2T_HARNESS_REWIND_H

#include "lockstep.h"

/* A point in a sequence. Points nest: going back to one voids those taken later. */
struct s2t_point {
	struct s2t_mark model, body;
	uint64_t iut;
	uint32_t step_number;
	size_t low_steps;
};

/* Whether the implementation can go back. */
bool s2t_can_rewind(const struct s2t_lockstep *ls);

/* Where the sequence is now. After a step that diverged there is none. */
struct s2t_point s2t_point_take(struct s2t_lockstep *ls);

/* Goes back, also from a panic or a divergence. False: the implementation failed to; only reset may follow. */
bool s2t_rewind(struct s2t_lockstep *ls, const struct s2t_point *point);

#endif
