/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants: whether what both sides do is safe.
 *
 * Those called I stand in the Coq text (SecurityInvs.v, MemoryIsolation.v, WriteOnceKernelMapping.v); those called A
 * are ours, and say what the model alone cannot see. docs/invariants.md has the table.
 *
 * Each side is judged by its own state: the model by its maps, and by what hardware makes of its descriptors; the
 * implementation by its bytes, walked as hardware walks them. One that a step breaks on both sides is a finding; one
 * that a step breaks on one side only is a divergence.
 */
#ifndef S2T_HARNESS_INVARIANTS_H
#define S2T_HARNESS_INVARIANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum s2t_invariant {
	S2T_SPT_CONS,
	S2T_HOST_NPT_CONS,
	S2T_HOST_FLATMAP,
	S2T_HOST_S2_MAP,
	S2T_PAGE_0_INVALID,
	S2T_HOST_ISO,
	S2T_VM_ISO,
	S2T_SMMU_VM,
	S2T_SMMU_ISO,
	S2T_SMMU_COUNT,
	S2T_REMAP_PTR,
	S2T_CORE_MAP,
	S2T_REMAP_ADDR,
	S2T_CORE_REMAP,
	S2T_REMAP_RANGE,
	S2T_REMAP_NO_OVERLAP,
	S2T_CORE_ISO,
	S2T_WRITE_ONCE,
	S2T_SMMU_COUNT_0,
	S2T_HW_WALK,
	S2T_TABLE_PAGES,
	S2T_ZERO_ON_RELEASE,
	S2T_ACTIVE_KEEPS,
	S2T_STALE_DMA,
	S2T_LOCKS_FREE,
	S2T_UNBOUND_ISO,
	S2T_UNBOUND_COUNT,
	S2T_ONE_VM,
	S2T_INVARIANT_COUNT
};

struct s2t_invariant_info {
	const char *number; /* "I6", "A1" */
	const char *name;   /* the Coq name where there is one */
	const char *text;   /* one sentence, what holds */
	const char *source; /* where it comes from */
};
/* After the last stands one for the bookkeeping of the check itself (S2T_INVARIANT_COUNT). */
extern const struct s2t_invariant_info s2t_invariant_table[S2T_INVARIANT_COUNT + 1];

/* A set has bit 1 << invariant for each. */
enum { S2T_INVARIANTS_NONE = 0, S2T_INVARIANTS_ALL = (1 << S2T_INVARIANT_COUNT) - 1 };

/* A set written as "all", "none", or numbers and names with commas between; a minus before one takes it out, from all if
 * the list begins so. False: `*bad` of `*len` bytes is none of these. */
bool s2t_invariants_parse(const char *text, uint32_t *set, const char **bad, size_t *len);
/* The set in that notation, in `buf`, which is returned; S2T_INVARIANTS_TEXT bytes are enough. */
enum { S2T_INVARIANTS_TEXT = 128 };
const char *s2t_invariants_print(uint32_t set, char *buf, size_t size);

enum { S2T_SIDE_MODEL, S2T_SIDE_IUT, S2T_SIDES };

/* Where an invariant is broken; which of these say something depends on the invariant (inv_place.c). */
struct s2t_inv_place {
	bool smmu;
	uint32_t number; /* vmid or context */
	uint32_t level;  /* of a descriptor or table; number of an image */
	uint32_t owner, count;
	uint32_t bound; /* to whom a context is; another vmid */
	uint64_t pfn, gfn, value;
};

/* How one invariant stands on one side. */
struct s2t_invariant_state {
	uint64_t broken;            /* in how many places */
	char first[128];            /* where first, in words, */
	struct s2t_inv_place place; /* and as numbers */
};
struct s2t_invariants {
	struct s2t_invariant_state state[S2T_SIDES][S2T_INVARIANT_COUNT];
};

struct s2t_lockstep;

/* Evaluates all invariants from scratch on both sides, over everything that was written since the start: the cost
 * follows what was touched, not the size of the board. False: out of memory. */
bool s2t_invariants_check(struct s2t_lockstep *ls, struct s2t_invariants *invariants);

/* The sets that are broken in a result: on a side, and on both. */
uint32_t s2t_invariants_broken(const struct s2t_invariants *invariants, int side);
static inline uint32_t s2t_invariants_on_both(const struct s2t_invariants *invariants)
{
	return s2t_invariants_broken(invariants, S2T_SIDE_MODEL) &
	       s2t_invariants_broken(invariants, S2T_SIDE_IUT);
}

/* What was found of one invariant in a campaign: steps that broke it on both sides. */
struct s2t_invariant_finding {
	uint64_t steps;
	/* The first of them: */
	uint64_t sequence;
	uint32_t step;
	uint32_t op;
	char board[32];
	struct s2t_inv_place place;
	uint32_t corevisor; /* of the board, for the words */
};

void s2t_invariant_findings_add(struct s2t_invariant_finding *sum, const struct s2t_invariant_finding *more);

/*
 * The check of a lockstep (inv_step.c).
 */

/* What a lockstep remembers of invariants. NULL: out of memory. */
struct s2t_inv_check *s2t_inv_check_create(struct s2t_lockstep *ls);
void s2t_inv_check_destroy(struct s2t_inv_check *check);
/* Both sides are in their start state. */
void s2t_inv_check_reset(struct s2t_inv_check *check);

/* What a check has to say: nothing, or `diffs` of the lockstep has an S2T_DIFF_INVARIANT. */
enum s2t_inv_verdict { S2T_INV_AGREED, S2T_INV_DIVERGED, S2T_INV_NO_MEMORY };

struct s2t_inv_state;

/* As s2t_invariants_check, and holds the bookkeeping of the check against what it finds: `fault` gets a sentence if
 * that is not right, else it is left empty. */
bool s2t_inv_sweep(struct s2t_lockstep *ls, const struct s2t_inv_state *books,
                   struct s2t_invariants *invariants, char *fault, size_t size);

/* After a step on which both sides agree, with outcome ok. Findings are counted in the statistics. */
enum s2t_inv_verdict s2t_inv_check_step(struct s2t_lockstep *ls);

/* Of many sequences those whose number is a multiple of this are judged from scratch; of one that ends in a panic the next
 * in its stead, so that the rate is kept. */
enum { S2T_INV_SWEEP_EVERY = 256 };

/* At the end of a sequence in which nothing panicked: of those that `owes` says. */
enum s2t_inv_verdict s2t_inv_check_end(struct s2t_lockstep *ls);

#endif
