/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_empty: the engine and our mutator alone, to measure what they cost. */
#include "engine.h"

/* An engine wants to see two edges, or it gives up. */
static enum s2t_verdict do_nothing(const uint8_t *data, size_t size)
{
	(void)data;
	return size > 8 ? S2T_AGREED : S2T_NOT_RUN;
}

const struct s2t_fuzz_target s2t_fuzz_target = { .instead = do_nothing };
