/* SPDX-License-Identifier: BSD-2-Clause */
/* Where an invariant is broken, as numbers; words are made of them only for those who read them. */
#ifndef S2T_HARNESS_INV_PLACE_H
#define S2T_HARNESS_INV_PLACE_H

#include "invariants.h"

struct s2t_board;

/* The place in words, for a sentence: at most `size` bytes. */
void s2t_inv_place_text(const struct s2t_board *board, enum s2t_invariant invariant,
                        const struct s2t_inv_place *place, char *buf, size_t size);

#endif
