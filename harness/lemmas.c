/* SPDX-License-Identifier: BSD-2-Clause */
/* The layer interfaces of the code proofs. */
#include "lemmas.h"

#define INFO(id, name, ...) { #name, "a rely of " #name " fails", #name " halts", { __VA_ARGS__ } },
const struct s2t_primitive_info s2t_primitive_table[S2T_PRIMITIVE_COUNT] = { S2T_PRIMITIVES(INFO) };

#define MAY(id) (UINT32_C(1) << S2T_PRIMITIVE_##id)
#define LOCKED  (MAY(ACQUIRE_LOCK_S2PAGE) | MAY(RELEASE_LOCK_S2PAGE))

const uint32_t s2t_lemma_interface[S2T_LEMMAS] = {
	[S2T_OP_MAP_PAGE_HOST] = LOCKED | MAY(GET_PFN_COUNT) | MAY(GET_PFN_OWNER) | MAY(MAP_S2PT) | MAY(PANIC),
	[S2T_OP_CLEAR_VM_PAGE] = LOCKED | MAY(CLEAR_PFN_HOST) | MAY(GET_PFN_OWNER) | MAY(SET_PFN_COUNT) |
	                         MAY(SET_PFN_OWNER) | MAY(SET_PFN_MAP) | MAY(CLEAR_PHYS_PAGE),
	[S2T_OP_ASSIGN_PFN_TO_VM] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(GET_PFN_MAP) |
	                            MAY(SET_PFN_OWNER) | MAY(SET_PFN_COUNT) | MAY(SET_PFN_MAP) |
	                            MAY(CLEAR_PFN_HOST) | MAY(FETCH_FROM_DORACLE) | MAY(PANIC),
	[S2T_OP_MAP_PFN_VM] = MAY(MAP_S2PT),
	[S2T_OP_MAP_VM_IO] = LOCKED | MAY(GET_PFN_OWNER) | MAY(MAP_S2PT),
	[S2T_OP_GRANT_VM_PAGE] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(SET_PFN_COUNT),
	[S2T_OP_REVOKE_VM_PAGE] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(SET_PFN_COUNT) |
	                          MAY(CLEAR_PFN_HOST) | MAY(FETCH_FROM_DORACLE),
	[S2T_OP_ASSIGN_PFN_TO_SMMU] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(GET_PFN_MAP) |
	                              MAY(SET_PFN_OWNER) | MAY(SET_PFN_COUNT) | MAY(SET_PFN_MAP) |
	                              MAY(CLEAR_PFN_HOST) | MAY(FETCH_FROM_DORACLE) | MAY(PANIC),
	[S2T_OP_UPDATE_SMMU_PAGE] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_MAP) | MAY(GET_PFN_COUNT) |
	                            MAY(SET_PFN_COUNT) | MAY(MAP_SPT) | MAY(PANIC),
	[S2T_OP_UNMAP_SMMU_PAGE] = LOCKED | MAY(UNMAP_SPT) | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) |
	                           MAY(SET_PFN_COUNT),
};
