/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One side of a lockstep as the invariants see it: its records and words, and the list of all that it maps.
 */
#ifndef S2T_HARNESS_INV_SIDE_H
#define S2T_HARNESS_INV_SIDE_H

#include "inv_rules.h"
#include "inv_table.h"
#include "lockstep.h"

/* `pages` frames from `gfn` on map to page `pfn` and those after it. */
struct s2t_inv_mapping {
	bool smmu;
	uint8_t reading; /* S2T_READ_BY_… */
	uint32_t number; /* vmid or context */
	unsigned pages;
	s2t_gfn gfn;
	s2t_pfn pfn;
	s2t_pte pte;
};

struct s2t_inv_side {
	struct s2t_lockstep *ls;
	struct s2t_model *model; /* NULL: the implementation's bytes, or its reads */
	size_t count, room;
	struct s2t_inv_mapping *mapping;
	bool no_memory;
	struct s2t_inv_table tables;       /* that were met so far */
	struct s2t_invariant_state *state; /* what is broken goes here */
};

/* Side `which` of S2T_SIDES; nothing is collected yet. `state` has room for S2T_INVARIANT_COUNT. */
void s2t_inv_side_begin(struct s2t_inv_side *side, struct s2t_lockstep *ls, int which,
                        struct s2t_invariant_state *state);
void s2t_inv_side_end(struct s2t_inv_side *side);

/* Collects the mappings. What no mapping can say, such as that a descriptor has two readings, is noted at once. */
void s2t_inv_side_collect(struct s2t_inv_side *side);

struct s2t_page s2t_inv_side_page(const struct s2t_inv_side *side, s2t_pfn pfn);
/* The page that frame `gfn` of a context maps, as the specification reads it; 0: none. */
s2t_pfn s2t_inv_side_dma_page(const struct s2t_inv_side *side, uint32_t context, s2t_gfn gfn);
bool s2t_inv_side_is_zero(const struct s2t_inv_side *side, s2t_pfn pfn);
/* A word of the hypercall layer; of an implementation that does not tell it, the model's. */
uint64_t s2t_inv_side_word(const struct s2t_inv_side *side, enum s2t_entry_kind kind, unsigned field,
                           uint32_t a, uint64_t b);
struct s2t_inv_image s2t_inv_side_image(const struct s2t_inv_side *side, uint32_t vmid, uint32_t number);
struct s2t_inv_space s2t_inv_side_space(const struct s2t_inv_side *side, bool smmu, uint32_t number);

/* Notes that an invariant is broken, in words if it is for the first time. */
void s2t_inv_side_broken(struct s2t_inv_side *side, enum s2t_invariant invariant,
                         const struct s2t_inv_place *place);

#endif
