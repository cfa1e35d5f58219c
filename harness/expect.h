/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trace expects of the model, and what the model does (the low form, which is the reference). */
#ifndef S2T_HARNESS_EXPECT_H
#define S2T_HARNESS_EXPECT_H

#include "trace.h"

/* What the model makes of each operation, which may be one that `iut` declares, into `expect`, which has room for `count`. False: out of memory. */
bool s2t_expect_fill(const struct s2t_iut_ops *iut, const struct s2t_board *board, const struct s2t_call *call,
                     size_t count, struct s2t_expect *expect);

enum s2t_expect_result { S2T_EXPECT_MET, S2T_EXPECT_CHANGED, S2T_EXPECT_NO_MEMORY };

/* Whether the model does what the trace expects. S2T_EXPECT_CHANGED: `error` points at the line. `name` is
 * that of the file. */
enum s2t_expect_result s2t_expect_check(const struct s2t_iut_ops *iut, const struct s2t_trace *trace,
                                        const char *name, struct s2t_error *error);

#endif
