/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regressions: traces SIGNATURE.trace in a folder called regressions. A divergence whose signature is one of
 * theirs is known; a regression on which both sides agree is fixed.
 */
#ifndef S2T_HARNESS_REGRESSIONS_H
#define S2T_HARNESS_REGRESSIONS_H

#include "signature.h"

struct s2t_regressions {
	size_t count;
	char **folder;
};

/* Looks for folders of regressions at an operand: itself, directly below it, or where it stands. False:
 * out of memory. */
bool s2t_regressions_look(struct s2t_regressions *regressions, const char *operand);
void s2t_regressions_free(struct s2t_regressions *regressions);

/* Whether a signature is one of a regression. */
bool s2t_regressions_have(const struct s2t_regressions *regressions, const char *id);

/* Whether a signature is one of a regression at `operand`, or below `corpus` in the working folder. False also where
 * memory ran out. */
bool s2t_regressions_know(const char *operand, const char *id);

/* Whether a file is a regression, by its name and folder. */
bool s2t_is_regression(const char *path);

#endif
