/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_body: the bodies of the built-in implementation, over specified primitives, against the low specification. */
#include "engine.h"

const struct s2t_fuzz_target s2t_fuzz_target = { .options = { .level = S2T_LEVEL_BODY },
	                                         .feedback = S2T_FEEDBACK_ALL };
