/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_keep: fuzz_lockstep with less feedback. An input is kept for good (corpus.sh) for an edge, a case or a pool, but not
 * for each of thousands of pairs of cases. */
#include "engine.h"

const struct s2t_fuzz_target s2t_fuzz_target = { .feedback = S2T_FEEDBACK_CASES };
