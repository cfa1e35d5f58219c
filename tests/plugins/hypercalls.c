/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in that offers the built-in implementation through reads alone, and the words of the hypercall layer, too
 * (reads.c). -DSILENT: it does not tell those. -DSTAYS_VERIFIED: powering a VM off is without effect.
 */
#define READS_NO_PLUGIN
#include "reads.c"

#ifdef STAYS_VERIFIED
static void call_but_power_off(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	if (call->op == S2T_OP_SET_VM_POWEROFF)
		*result = (struct s2t_result){ .outcome = S2T_OK };
	else
		reads_call(iut, call, result);
}
#endif

static const struct s2t_iut_ops ops = {
	READS_OPS,
#ifdef SILENT
	.vm = NULL,
	.vcpu = NULL,
	.boot_image = NULL,
	.core = NULL,
	.smmu_cfg = NULL,
#endif
#ifdef STAYS_VERIFIED
	.call = call_but_power_off,
#endif
};

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	return &ops;
}
