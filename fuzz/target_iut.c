/* SPDX-License-Identifier: BSD-2-Clause */
/* The target of s2twin_add_fuzzer: the plug-in that is linked in, against the low specification. */
#include "engine.h"
#include "s2twin/iut.h"

const struct s2t_fuzz_target s2t_fuzz_target = { .iut = s2t_iut_plugin, .feedback = S2T_FEEDBACK_ALL };
