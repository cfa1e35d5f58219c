/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether tables lie where they ought to (A2). A model has no table pages: of it, that no more tables exist than pages
 * of their pool were handed out.
 */
#ifndef S2T_HARNESS_INV_TABLES_H
#define S2T_HARNESS_INV_TABLES_H

#include "inv_state.h"

/* A table or a pool's cursor that the last step wrote. Returns whether it is a table that is new. */
bool s2t_inv_feed_table(struct s2t_inv_state *state, const struct s2t_model *model,
                        const struct s2t_touch *touch);

/* The new table in the image of the implementation, which has it (compare.c): whether another entry leads to its page. */
void s2t_inv_feed_table_page(struct s2t_inv_state *state, struct s2t_lockstep *ls,
                             const struct s2t_touch *touch);

/* From scratch: all tables of a model. */
void s2t_inv_tables_of_model(struct s2t_inv_side *side);

/* From scratch: a table that the walk of an image came by, at `table`, in the place of level `level` (of stage 2: 0 PUD,
 * 1 PMD, 2 PTE; of the SMMU 0 and 1); and when all are walked, the pools of a VM or of the SMMU. */
void s2t_inv_table_met(struct s2t_inv_side *side, const struct s2t_inv_mapping *mapping, unsigned level,
                       s2t_addr table);
void s2t_inv_pools_of_image(struct s2t_inv_side *side, bool smmu, uint32_t vmid);

#endif
