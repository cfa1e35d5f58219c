/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_high: the high specification against the low one, but for the known differences, by way of an implementation of
 * the low one. */
#include "engine.h"

const struct s2t_fuzz_target s2t_fuzz_target = {
	.options = { .spec = S2T_SPEC_HIGH, .known = S2T_KNOWN_ALL },
	.feedback = S2T_FEEDBACK_ALL,
};
