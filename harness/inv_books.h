/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the bookkeeping of the check after each step (inv_state.h) is what there is. */
#ifndef S2T_HARNESS_INV_BOOKS_H
#define S2T_HARNESS_INV_BOOKS_H

#include "inv_state.h"

/* Compares the books with a side whose mappings are collected. `fault`, empty before, gets the first difference. False:
 * out of memory. */
bool s2t_inv_books_compare(const struct s2t_inv_state *books, const struct s2t_inv_side *side, char *fault,
                           size_t size);

/* Something was found broken from scratch: the books must have it, where they keep it. */
void s2t_inv_books_miss(const struct s2t_inv_state *books, enum s2t_invariant invariant,
                        const struct s2t_inv_place *place, char *fault, size_t size);

#endif
