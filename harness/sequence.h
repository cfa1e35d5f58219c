/* SPDX-License-Identifier: BSD-2-Clause */
/* A sequence of operations with the board that it runs on, in memory of its own. */
#ifndef S2T_HARNESS_SEQUENCE_H
#define S2T_HARNESS_SEQUENCE_H

#include "s2twin/board.h"
#include "s2twin/ops.h"

struct s2t_sequence {
	struct s2t_board board; /* its start_page array is `pages` */
	struct s2t_start_page *pages;
	struct s2t_call *call;
	size_t count;
};

/* A copy of board, start pages and operations. False: out of memory, and `to` needs no free. */
bool s2t_sequence_init(struct s2t_sequence *to, const struct s2t_board *board, const struct s2t_call *call,
                       size_t count);

/* Makes `to`, whose arrays have room for as much, equal to `from`. */
void s2t_sequence_assign(struct s2t_sequence *to, const struct s2t_sequence *from);

void s2t_sequence_free(struct s2t_sequence *sequence);

#endif
