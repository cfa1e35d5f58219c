/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_uncompared: fuzz_lockstep without the comparison, to measure what that costs. */
#include "engine.h"

const struct s2t_fuzz_target s2t_fuzz_target = { .uncompared = true, .feedback = S2T_FEEDBACK_ALL };
