/* SPDX-License-Identifier: BSD-2-Clause */
/* A full comparison in progress, and its parts (sweep.c says what of both states is compared). */
#ifndef S2T_HARNESS_SWEEP_H
#define S2T_HARNESS_SWEEP_H

#include "lockstep.h"
#include "rdata.h"

struct s2t_sweep {
	struct s2t_lockstep *ls;
	struct s2t_diffs *diffs; /* NULL: the first difference ends it */
	bool whole;              /* tables are read as a whole */
	bool same;
	bool no_memory;
};

static inline bool s2t_sweep_done(const struct s2t_sweep *sweep)
{
	return !sweep->same && !sweep->diffs;
}

/* Notes a difference, once per entry; the caller fills the returned record in, unless it is NULL. */
struct s2t_diff *s2t_sweep_differ(struct s2t_sweep *sweep, enum s2t_diff_kind kind, struct s2t_touch entry);

/* One entry on both sides: of a page, a frame of a VM or of an SMMU context, a cursor, a word. */
void s2t_sweep_page(struct s2t_sweep *sweep, s2t_pfn pfn);
void s2t_sweep_token(struct s2t_sweep *sweep, s2t_pfn pfn);
void s2t_sweep_npt(struct s2t_sweep *sweep, s2t_vmid vmid, s2t_gfn gfn);
void s2t_sweep_spt(struct s2t_sweep *sweep, unsigned context, s2t_gfn gfn);
void s2t_sweep_npt_next(struct s2t_sweep *sweep, uint32_t vmid, unsigned level);
void s2t_sweep_spt_next(struct s2t_sweep *sweep, unsigned level);
void s2t_sweep_data_log(struct s2t_sweep *sweep, uint32_t vmid);
void s2t_sweep_lock(struct s2t_sweep *sweep, uint32_t lock);
/* Of the hypercall layer. */
void s2t_sweep_hyper(struct s2t_sweep *sweep, const struct s2t_touch *entry);

enum { S2T_ALL_CONTEXTS = (1 << S2T_SPT_CONTEXTS) - 1 };

/* The tables and cursors of a VM; of the SMMU contexts of a set. */
void s2t_sweep_vm(struct s2t_sweep *sweep, uint32_t vmid);
void s2t_sweep_contexts(struct s2t_sweep *sweep, uint32_t contexts);
/* A table or block that the model has, by the record of its making: the walk finds it only if the implementation has it,
 * too. */
void s2t_sweep_range(struct s2t_sweep *sweep, const struct s2t_touch *touch);

#endif
