/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in that needs a linked library: the built-in implementation, and with FORGETS a fault of its own: it answers
 * to grant_vm_page that all is well, and does nothing.
 */
#include "s2twin/iut.h"

static void call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
#ifdef FORGETS
	if (call->op == S2T_OP_GRANT_VM_PAGE) {
		*result = (struct s2t_result){ .outcome = S2T_OK };
		return;
	}
#endif
	s2t_builtin()->call(iut, call, result);
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops;

	ops = *s2t_builtin();
	ops.name = "wrapped";
	ops.call = call;
	return &ops;
}
