/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Constants of an implementation: those that a board has configure it; those that the specifications fix must be the
 * same.
 */
#ifndef S2T_HARNESS_CONSTANTS_H
#define S2T_HARNESS_CONSTANTS_H

#include "s2twin/iut.h"
#include "trace.h"

/* A constant that is fixed by the Coq text. */
struct s2t_fixed_constant {
	const char *name;
	uint64_t value;
	const char *text;
};
extern const struct s2t_fixed_constant s2t_fixed_constants[];
extern const size_t s2t_fixed_constant_count;

/* The first constant that is fixed and has another value, or -1. */
int s2t_constants_differ(const struct s2t_iut_ops *ops, uint64_t *specified);

/* Whether all names are known; else `error` says which is not. */
bool s2t_constants_known(const struct s2t_iut_ops *ops, struct s2t_error *error);

/* Whether a board has the values that the implementation has; else `error` says which it has not. */
bool s2t_constants_fit(const struct s2t_iut_ops *ops, const struct s2t_board *board, struct s2t_error *error);

/* Gives the board of a trace or board file the implementation's constants where it does not say its own. False: it says
 * otherwise, or is no legal board with them; `error` says so, with the line in `name`. */
bool s2t_constants_apply(const struct s2t_iut_ops *ops, struct s2t_trace *trace, const char *name,
                         struct s2t_error *error);

#endif
