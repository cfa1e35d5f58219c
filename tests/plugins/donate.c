/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in with operations of its own: reads.c, and
 *
 *   donate     gives a page to a VM and maps it there: assign_pfn_to_vm, then map_pfn_vm;
 *   give_back  takes it from the VM: clear_vm_page. It has no meaning for the host.
 *
 * With -DBAD_HALF donate forgets its second half for odd frames, with -DBAD_CRASH it crashes there. All others declare
 * what may not be declared, each in one way.
 */
#define READS_NO_PLUGIN
#include "reads.c"

enum { DONATE = S2T_OP_EXTRA, GIVE_BACK, NORMAL = 0xfff };

static size_t donate_means(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)room;
	calls[0] = (struct s2t_call){ S2T_OP_ASSIGN_PFN_TO_VM, { arg[0], arg[1], arg[2] } };
	calls[1] = (struct s2t_call){ S2T_OP_MAP_PFN_VM, { arg[0], arg[1] << 12, arg[2] << 12 | NORMAL, 3 } };
	return 2;
}

static size_t give_back_means(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)room;
	calls[0] = (struct s2t_call){ S2T_OP_CLEAR_VM_PAGE, { arg[0], arg[1] } };
	return arg[0] == 0 ? 0 : 1;
}

static const struct s2t_extra_op extra[] = {
	{ "donate",
	  3,
	  { { "vmid", S2T_ARG_VMID }, { "gfn", S2T_ARG_GFN }, { "pfn", S2T_ARG_PFN } },
	  donate_means },
#if defined(BAD_TAKEN)
	{ "map_s2pt",
#elif defined(BAD_WORD)
	{ "page",
#elif defined(BAD_TWICE)
	{
		"donate",
#elif defined(BAD_LETTERS)
	{
		"Give back",
#else
	{
		"give_back",
#endif
#if defined(BAD_COUNT)
	  8,
#else
	  2,
#endif
#if defined(BAD_ARGUMENT)
	  { { "vmid", S2T_ARG_VMID }, { "vmid", S2T_ARG_PFN } },
#elif defined(BAD_KIND)
	  { { "vmid", S2T_ARG_VMID }, { "pfn", (enum s2t_arg_kind)77 } },
#else
		{ { "vmid", S2T_ARG_VMID }, { "pfn", S2T_ARG_PFN } },
#endif
#if defined(BAD_MEANS)
	  NULL },
#else
	  give_back_means },
#endif
};

/* The parts one after the other, up to a panic. */
static void donate_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	struct s2t_call part[2] = { { 0, { 0 } }, { 0, { 0 } } };
	size_t parts;

	if (call->op < S2T_OP_EXTRA) {
		reads_call(iut, call, result);
		return;
	}
	parts = call->op == DONATE ? donate_means(call->arg, part, 2) : give_back_means(call->arg, part, 2);
#ifdef BAD_HALF
	if (call->op == DONATE && call->arg[1] % 2 == 1)
		parts = 1;
#elif defined(BAD_CRASH)
	if (call->op == DONATE && call->arg[1] % 2 == 1)
		*(volatile int *)(uintptr_t)64 = 1;
#endif
	*result = (struct s2t_result){ .outcome = S2T_OK };
	for (size_t i = 0; i < parts && result->outcome == S2T_OK; i++)
		reads_call(iut, &part[i], result);
	result->ret = 0;
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops = { READS_OPS };

	ops.name = "donate";
	ops.call = donate_call;
	ops.extra = extra;
#if defined(BAD_MANY)
	ops.extra_count = 33;
#else
	ops.extra_count = sizeof(extra) / sizeof(extra[0]);
#endif
#if defined(BAD_TABLE)
	ops.extra = NULL;
#endif
	return &ops;
}
