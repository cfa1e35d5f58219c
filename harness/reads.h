/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading an implementation entry by entry: through the reads of a plug-in, or where it has none, through its image.
 */
#ifndef S2T_HARNESS_READS_H
#define S2T_HARNESS_READS_H

#include "lockstep.h"

struct s2t_page s2t_read_page(struct s2t_lockstep *ls, s2t_pfn pfn);
struct s2t_npt_entry s2t_read_npt(struct s2t_lockstep *ls, s2t_vmid vmid, s2t_gfn gfn);
struct s2t_spt_entry s2t_read_spt(struct s2t_lockstep *ls, unsigned context, s2t_gfn gfn);

/* What an implementation may leave out. */
enum s2t_optional {
	S2T_TELLS_LOCKS,
	S2T_TELLS_NPT_USED,
	S2T_TELLS_SPT_USED,
	S2T_TELLS_DATA_LOG,
	/* The words of the hypercall layer. */
	S2T_TELLS_VM,
	S2T_TELLS_VCPU,
	S2T_TELLS_IMAGE,
	S2T_TELLS_CORE,
	S2T_TELLS_SMMU_CFG,
	S2T_TELLS_COUNT
};
bool s2t_tells(const struct s2t_iut_ops *ops, enum s2t_optional what);
const char *s2t_optional_name(enum s2t_optional what); /* "locks", "stage-2 pool use", … */

/* Whether a lock is held. Of an implementation that tells its locks. */
bool s2t_read_lock(struct s2t_lockstep *ls, uint32_t lock);

/* The fields of an entry as s2t_entry_now has them of a model. A cursor is the start of the model's pool and what the
 * implementation has used of its own. False: it does not tell this one, or no one could (tables, contexts). `*uniform`
 * is false for a page whose words differ, which has no token. */
bool s2t_read_entry(struct s2t_lockstep *ls, const struct s2t_touch *entry, uint64_t value[3], bool *uniform);

#endif
