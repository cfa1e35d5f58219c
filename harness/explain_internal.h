/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of explain_cause share.
 */
#ifndef S2T_HARNESS_EXPLAIN_INTERNAL_H
#define S2T_HARNESS_EXPLAIN_INTERNAL_H

#include "explain.h"

/* Fills in model_wrote, iut_wrote and fault of every difference (explain_order.c). */
void s2t_explain_writers(struct s2t_explanation *explanation, struct s2t_lockstep *ls);

/* Fills in rank and named (explain_order.c). */
void s2t_explain_ranks(struct s2t_explanation *explanation, const struct s2t_lockstep *ls);

/* Whether a word that the implementation wrote belongs to a difference. */
bool s2t_word_is_of(const struct s2t_explained_word *word, const struct s2t_diff *diff);

/* The primitive that the operation changes an entry by, such as "map_s2pt"; the operation itself if it is one;
 * NULL: none is known (explain_where.c). */
const char *s2t_explain_primitive(const struct s2t_explanation *explanation, const struct s2t_diff *diff);

/* Of an operation that the implementation declares, the part that names a differing entry by its arguments; NULL: none
 * does, or more than one (explain_order.c). */
const char *s2t_explain_part(const struct s2t_explanation *explanation, const struct s2t_diff *diff);

/* Fills in `look_at`. */
void s2t_explain_where(struct s2t_explanation *explanation, const struct s2t_explained_diff *cause);

#endif
