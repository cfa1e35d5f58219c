/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in whose calls depend on more than themselves: of all calls in the process, whatever the instance, each
 * EVERY-th is forgotten. What diverges in a run may not diverge when it is replayed, or diverge elsewhere.
 */
#define READS_NO_PLUGIN
#include "reads.c"

#ifndef EVERY
#define EVERY 3001
#endif

static void forgets_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	static unsigned long calls;

	if (++calls % EVERY == 0)
		*result = (struct s2t_result){ .outcome = S2T_OK, .reason = "" };
	else
		reads_call(iut, call, result);
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops = { READS_OPS };

	ops.name = "forgets";
	ops.call = forgets_call;
	return &ops;
}
