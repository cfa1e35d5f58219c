/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Universes: what an exploration is over, a board and a list of calls. That is what a trace holds, so any trace is one;
 * some have names.
 */
#ifndef S2T_HARNESS_UNIVERSE_H
#define S2T_HARNESS_UNIVERSE_H

#include "trace.h"

/* The calls are all that can be made of these numbers. */
struct s2t_universe {
	const char *name;
	unsigned vms, pages, frames,
		contexts; /* 1.., from the first VM, page, guest frame and context bank on */
	unsigned max_share_count, el2_smmu_cfg_size;
	/* The host has devices behind the SMMU, a device page, and a 2 MiB block over its pages; then the devices of
	 * VMs have the first guest frame only. False: the host does no more than map its pages and take them back. */
	bool host;
};
extern const struct s2t_universe s2t_universes[]; /* ends with a NULL name; the first is the default */

/* The universe of that name, or NULL. */
const struct s2t_universe *s2t_universe_find(const char *name);

/* Its text as a trace, to be freed; NULL: out of memory. */
char *s2t_universe_text(const struct s2t_universe *universe);

/* A named universe, or else a trace file, to be freed. False: `error` says why. */
bool s2t_universe_load(struct s2t_trace *trace, const char *name, struct s2t_error *error);

/*
 * The parts of a universe that have nothing to do with each other: the calls on the stage-2 tables of one VM, for each
 * VM, and all others. Sorts the calls of the trace by parts; part[i] is where the i-th begins, part[count] the end.
 */
enum { S2T_MAX_PARTS = 32 };
unsigned s2t_universe_parts(struct s2t_trace *trace, size_t part[S2T_MAX_PARTS + 1]);

#endif
