/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program whose own functions have the names of the operations and of the primitives below them, as the hypervisors
 * have that s2twin is linked beside. The library must neither take its functions for these nor call them.
 */
#include <stdio.h>

#include "s2twin/run.h"

static int calls;

#define OWN(name)                                                                                              \
	int name(void);                                                                                        \
	int name(void)                                                                                         \
	{                                                                                                      \
		return ++calls;                                                                                \
	}
#define NO_ARG(kind, name)
#define OWN_OP(id, name, prefix, returns, args) OWN(name)
S2T_OPS(OWN_OP, NO_ARG)
OWN(acquire_lock_s2page)
OWN(release_lock_s2page)
OWN(acquire_lock_pt)
OWN(get_pfn_owner)
OWN(set_pfn_owner)
OWN(get_pfn_count)
OWN(set_pfn_count)
OWN(get_pfn_map)
OWN(clear_phys_page)
OWN(fetch_from_doracle)
OWN(alloc_s2pt_pgd)
OWN(walk_pgd)
OWN(panic)

int main(void)
{
	static char name[] = "beside", run[] = "run", seed[] = "--seed=1", ops[] = "--ops=20000",
		    out[] = "--out=beside-out";
	char *arguments[] = { name, run, seed, ops, out, NULL };
	const int status = s2t_main(5, arguments, NULL);

	if (calls)
		fprintf(stderr, "%d calls of the program's own functions\n", calls);
	return calls ? 4 : status;
}
