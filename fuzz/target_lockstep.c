/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_lockstep: the built-in implementation, down to its bytes, against the low specification. */
#include "engine.h"

const struct s2t_fuzz_target s2t_fuzz_target = { .feedback = S2T_FEEDBACK_ALL };
