/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A form of the specification in the place of an implementation: `--iut spec:top`. What a lockstep then finds is where
 * two Coq texts disagree.
 */
#ifndef S2T_HARNESS_IUT_FORM_H
#define S2T_HARNESS_IUT_FORM_H

#include "s2twin/iut.h"

/* The implementation of this name: "spec:low", "spec:high", "spec:top" or "spec:bottom" (enum s2t_spec). NULL: none. */
const struct s2t_iut_ops *s2t_form_by_name(const char *name);

#endif
