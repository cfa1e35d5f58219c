/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations that there are: those of the table, and after them those that an implementation declares
 * (struct s2t_extra_op). Whoever may meet one of these asks here, and not the table. `iut` is the implementation that
 * declares them; NULL: none does.
 */
#ifndef S2T_HARNESS_EXTRA_H
#define S2T_HARNESS_EXTRA_H

#include "boards.h"
#include "optable.h"
#include "s2twin/iut.h"

static inline bool s2t_is_extra(uint32_t op)
{
	return op >= S2T_OP_EXTRA;
}

/* Whether there is an operation of that number. What follows is for those that there are. */
bool s2t_op_exists(const struct s2t_iut_ops *iut, uint32_t op);

/* The row of an operation. That of an extra one is made in `row`. */
const struct s2t_op_info *s2t_op_row(const struct s2t_iut_ops *iut, uint32_t op, struct s2t_op_info *row);
const char *s2t_op_name(const struct s2t_iut_ops *iut, uint32_t op);

/* The operation of that name (`len` bytes), or -1. */
int s2t_op_find(const struct s2t_iut_ops *iut, const char *name, size_t len);

/* As s2t_call_fits. */
bool s2t_op_fits(const struct s2t_iut_ops *iut, const struct s2t_call *call);

/* The case of a call that cannot be made; of an extra operation there is none. */
static inline enum s2t_case s2t_op_unfit(uint32_t op)
{
	return (enum s2t_case)(s2t_is_extra(op) ? S2T_CASE_COUNT : 2 * op);
}

/* The row of a case. S2T_CASE_COUNT is no case: the row is called "none". */
const struct s2t_case_info *s2t_case_row(enum s2t_case id);

/* What an extra operation means: the calls in `part`, in their order. Returns how many; 0: it is undefined. */
size_t s2t_op_parts(const struct s2t_iut_ops *iut, const struct s2t_call *call,
                    struct s2t_call part[S2T_EXTRA_PARTS]);

/* The calls that a step takes on the model: the parts of an extra operation, else the call itself. */
size_t s2t_op_calls(const struct s2t_iut_ops *iut, const struct s2t_call *call,
                    struct s2t_call part[S2T_EXTRA_PARTS]);

/* One step of the model. Of an extra operation it takes the parts up to the first that panics, in the low form whatever
 * `spec` says; the outcome is that of the last, and no value is returned. */
void s2t_op_step(struct s2t_model *model, enum s2t_spec spec, const struct s2t_iut_ops *iut,
                 const struct s2t_call *call, struct s2t_step *step);

/* Whether what an implementation declares can be told from what there is, and called; else `why` gets the rest of the
 * sentence "it …". */
bool s2t_extra_check(const struct s2t_iut_ops *iut, char *why, size_t size);

#endif
