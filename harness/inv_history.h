/* SPDX-License-Identifier: BSD-2-Clause */
/* The invariants that speak of a change, over all that a side wrote in the present sequence. */
#ifndef S2T_HARNESS_INV_HISTORY_H
#define S2T_HARNESS_INV_HISTORY_H

#include "inv_state.h"

/* Notes what is broken in `side`. False: out of memory. */
bool s2t_inv_history(struct s2t_inv_side *side);

#endif
