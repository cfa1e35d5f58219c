/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lemmas of the code proofs: "the body of X, run over the specified primitives of the layers below, does what
 * X_spec0 says", for each of MemManager's ten. The proof of X fixes which primitives X may call (its layer interface
 * L) and the C signature of each. Both are written down here once, from that text.
 */
#ifndef S2T_HARNESS_LEMMAS_H
#define S2T_HARNESS_LEMMAS_H

#include "optable.h"

/* MemManager's functions are the first operations; each has a lemma. */
enum { S2T_LEMMAS = S2T_OP_UNMAP_SMMU_PAGE + 1 };

/*
 * P(ID, name, arguments): bits of each argument, 32 for tuint and 64 for tulong. First those that stand in some layer
 * interface; the last four stand in none, but a body could call them.
 */
#define S2T_PRIMITIVES(P)                                                                                      \
	P(ACQUIRE_LOCK_S2PAGE, acquire_lock_s2page, 0)                                                         \
	P(RELEASE_LOCK_S2PAGE, release_lock_s2page, 0)                                                         \
	P(GET_PFN_OWNER, get_pfn_owner, 64)                                                                    \
	P(SET_PFN_OWNER, set_pfn_owner, 64, 32)                                                                \
	P(GET_PFN_COUNT, get_pfn_count, 64)                                                                    \
	P(SET_PFN_COUNT, set_pfn_count, 64, 32)                                                                \
	P(GET_PFN_MAP, get_pfn_map, 64)                                                                        \
	P(SET_PFN_MAP, set_pfn_map, 64, 64)                                                                    \
	P(CLEAR_PFN_HOST, clear_pfn_host, 64)                                                                  \
	P(MAP_S2PT, map_s2pt, 32, 64, 32, 64)                                                                  \
	P(MAP_SPT, map_spt, 32, 32, 64, 64)                                                                    \
	P(UNMAP_SPT, unmap_spt, 32, 32, 64)                                                                    \
	P(CLEAR_PHYS_PAGE, clear_phys_page, 64)                                                                \
	P(FETCH_FROM_DORACLE, fetch_from_doracle, 32, 64, 64)                                                  \
	P(PANIC, panic, 0)                                                                                     \
	P(GET_LEVEL_S2PT, get_level_s2pt, 32, 64)                                                              \
	P(WALK_S2PT, walk_s2pt, 32, 64)                                                                        \
	P(INIT_SPT, init_spt, 32, 32)                                                                          \
	P(WALK_SPT, walk_spt, 32, 32, 64)

#define S2T_PRIMITIVE_ENUM(id, name, ...) S2T_PRIMITIVE_##id,
enum s2t_primitive { S2T_PRIMITIVES(S2T_PRIMITIVE_ENUM) S2T_PRIMITIVE_COUNT };
#undef S2T_PRIMITIVE_ENUM

enum { S2T_PRIMITIVE_ARGS = 4 };

struct s2t_primitive_info {
	const char *name;
	const char *refusal;                  /* "a rely of NAME fails" */
	const char *halt;                     /* "NAME halts" */
	uint8_t arg_bits[S2T_PRIMITIVE_ARGS]; /* 32 or 64; 0: no such argument */
};
extern const struct s2t_primitive_info s2t_primitive_table[S2T_PRIMITIVE_COUNT];

/* The layer interface of a function, one bit for each enum s2t_primitive. */
extern const uint32_t s2t_lemma_interface[S2T_LEMMAS];

#endif
