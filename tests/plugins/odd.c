/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in that is another than the specification on purpose, in every way that an abstraction map can say: marks in
 * descriptors, gfn 0 for pages of the host, contents of its own, panics that leave everything as it was, and a page in
 * eight that is never shared. With tests/plugins/odd.map it agrees; without any one line of that it does not.
 */
#define READS_NO_PLUGIN
#include "reads.c"

enum { HOST = 0 };

#define MARK_NPT (UINT64_C(1) << 55)
#define MARK_SPT (UINT64_C(1) << 56)

/* Not shared: the call is taken, and nothing is done. */
static bool is_refused(const struct s2t_call *call)
{
	return call->op == S2T_OP_GRANT_VM_PAGE && (call->arg[1] & 7) == 3;
}

static void odd_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	const uint64_t before = s2t_builtin()->snapshot(iut->inner);

	if (is_refused(call)) {
		*result = (struct s2t_result){ .outcome = S2T_OK, .reason = "" };
		return;
	}
	reads_call(iut, call, result);
	if (result->outcome == S2T_PANIC) {
		s2t_builtin()->restore(iut->inner, before);
		s2t_view_flush(&iut->view);
	}
	if (call->op == S2T_OP_WALK_S2PT && result->ret)
		result->ret |= MARK_NPT;
	if ((call->op == S2T_OP_WALK_SPT || call->op == S2T_OP_UNMAP_SPT) && result->ret)
		result->ret |= MARK_SPT;
}

static struct s2t_page odd_page(const struct s2t_iut *iut, s2t_pfn pfn)
{
	struct s2t_page page = reads_page(iut, pfn);

	if (page.owner == HOST)
		page.gfn = 0;
	return page;
}

static struct s2t_npt_entry odd_npt(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn)
{
	struct s2t_npt_entry entry = reads_npt(iut, vmid, gfn);

	if (entry.pte)
		entry.pte |= MARK_NPT;
	return entry;
}

static struct s2t_spt_entry odd_spt(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	struct s2t_spt_entry entry = reads_spt(iut, context, gfn);

	if (entry.pte)
		entry.pte |= MARK_SPT;
	return entry;
}

static bool odd_token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token)
{
	const bool uniform = reads_token(iut, pfn, token);

	if (*token)
		*token ^= 1;
	return uniform;
}

static void odd_release_locks(struct s2t_iut *iut)
{
	(void)iut; /* going back took them away */
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops = { READS_OPS };

	ops.name = "odd";
	ops.call = odd_call;
	ops.page = odd_page;
	ops.npt = odd_npt;
	ops.spt = odd_spt;
	ops.token = odd_token;
	ops.release_locks = odd_release_locks;
	return &ops;
}
