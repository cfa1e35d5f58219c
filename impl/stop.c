/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the machine stops.
 */
#include "hyp.h"

void PRIM(panic)(struct s2t_hyp *h, const char *why)
{
	if (h->stop)
		return;
	h->stop = S2T_STOP_HALTED;
	h->why = why;
}

void s2t_hyp_undefined(struct s2t_hyp *h, const char *why)
{
	if (h->stop & (S2T_STOP_UNDEFINED | S2T_STOP_STUCK))
		return;
	h->stop |= S2T_STOP_UNDEFINED;
	h->why = why;
}

bool s2t_hyp_stuck(struct s2t_hyp *h, const char *why)
{
	h->stop = S2T_STOP_STUCK;
	h->why = why;
	return false;
}

const struct s2t_limits *PRIM(limits)(const struct s2t_hyp *h)
{
	return &h->limits;
}
