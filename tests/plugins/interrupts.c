/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in that forgets to share pages, but for each SOMETIMES-th one in the process. In its call number INTERRUPT_AT, of
 * all in the process, an interrupt comes; with HANGS that call does not return.
 */
#define READS_NO_PLUGIN
#include "reads.c"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static unsigned long number_in(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : 0;
}

static void interrupts_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	static atomic_ulong calls, grants;
	const unsigned long sometimes = number_in("SOMETIMES");

	if (++calls == number_in("INTERRUPT_AT")) {
		raise(SIGINT);
		while (getenv("HANGS"))
			pause();
	}
	if (call->op == S2T_OP_GRANT_VM_PAGE && !(sometimes && ++grants % sometimes == 0))
		*result = (struct s2t_result){ .outcome = S2T_OK, .reason = "" };
	else
		reads_call(iut, call, result);
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops = { READS_OPS };

	ops.name = "interrupts";
	ops.call = interrupts_call;
	return &ops;
}
