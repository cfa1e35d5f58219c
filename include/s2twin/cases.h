/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Case ids: one id for each path through a specification, each with exactly one outcome.
 *
 * Every operation has case 0 (undefined: a rely fails, or a lock that it needs is busy) and case 1 (halted
 * before the call: identity, outcome panic, returns 0); the rest is this table, which also feeds
 * documentation, statistics and coverage.
 */
#ifndef S2TWIN_CASES_H
#define S2TWIN_CASES_H

#include "s2twin/ops.h"

/* C(prefix, number, outcome, specs that have it: L low, H high, LH both, condition) */
#define S2T_CASES(C)                                                                                           \
	C(MPH, 2, OK, LH, "owner INVALID (device)")                                                            \
	C(MPH, 3, OK, LH, "owner HOST")                                                                        \
	C(MPH, 4, OK, LH, "other owner, count > 0 (shared, or INVALID)")                                       \
	C(MPH, 5, PANIC, LH, "other owner, count = 0 (foreign)")                                               \
	C(MPH, 6, PANIC, LH, "would map, under a 2 MiB block")                                                 \
	C(MPH, 7, PANIC, LH, "would map, a table pool is exhausted")                                           \
	C(CVP, 2, OK, LH, "owner is not vmid")                                                                 \
	C(CVP, 3, OK, L, "owner is vmid, host entry absent")                                                   \
	C(CVP, 4, OK, L, "owner is vmid, host entry mapped")                                                   \
	C(CVP, 5, PANIC, L, "owner is vmid, under a host block")                                               \
	C(CVP, 6, OK, H, "owner is vmid; the host table is not looked at")                                     \
	C(APV, 2, OK, LH, "owner HOST, count 0, host entry absent (fresh)")                                    \
	C(APV, 3, OK, LH, "owner HOST, count 0, host entry mapped")                                            \
	C(APV, 4, PANIC, LH, "owner HOST, count 0, under a host block")                                        \
	C(APV, 5, PANIC, LH, "owner HOST, count > 0 (busy)")                                                   \
	C(APV, 6, OK, LH, "owner vmid, same gfn, count valid (again)")                                         \
	C(APV, 7, OK, LH, "owner vmid, same gfn, count INVALID")                                               \
	C(APV, 8, OK, LH, "owner vmid, gfn not fixed, count valid (gfn adopted)")                              \
	C(APV, 9, OK, LH, "owner vmid, gfn not fixed, count INVALID")                                          \
	C(APV, 10, PANIC, LH, "owner vmid, another gfn")                                                       \
	C(APV, 11, PANIC, LH, "other owner")                                                                   \
	C(MPV, 2, OK, LH, "page mapped")                                                                       \
	C(MPV, 3, OK, LH, "block mapped")                                                                      \
	C(MPV, 4, PANIC, LH, "page under a block")                                                             \
	C(MPV, 5, PANIC, LH, "page, a table pool is exhausted")                                                \
	C(MPV, 6, PANIC, LH, "block, a table pool is exhausted")                                               \
	C(MVI, 2, OK, LH, "owner INVALID (device), mapped")                                                    \
	C(MVI, 3, OK, LH, "owner not INVALID (RAM), nothing done")                                             \
	C(MVI, 4, PANIC, LH, "device, under a block")                                                          \
	C(MVI, 5, PANIC, LH, "device, a table pool is exhausted")                                              \
	C(GVP, 2, OK, LH, "owner vmid, count below the limit")                                                 \
	C(GVP, 3, OK, LH, "owner vmid, count at the limit or INVALID (full)")                                  \
	C(GVP, 4, OK, LH, "other owner")                                                                       \
	C(RVP, 2, OK, LH, "owner vmid, count 1, host entry absent (last)")                                     \
	C(RVP, 3, OK, LH, "owner vmid, count 1, host entry mapped")                                            \
	C(RVP, 4, PANIC, LH, "owner vmid, count 1, under a host block")                                        \
	C(RVP, 5, OK, LH, "owner vmid, count > 1 (or INVALID)")                                                \
	C(RVP, 6, OK, LH, "owner vmid, count 0")                                                               \
	C(RVP, 7, OK, LH, "other owner")                                                                       \
	C(APS, 2, OK, LH, "owner HOST, count 0, host entry absent (fresh)")                                    \
	C(APS, 3, OK, LH, "owner HOST, count 0, host entry mapped")                                            \
	C(APS, 4, PANIC, LH, "owner HOST, count 0, under a host block")                                        \
	C(APS, 5, PANIC, LH, "owner HOST, count > 0 (busy)")                                                   \
	C(APS, 6, OK, LH, "owner vmid")                                                                        \
	C(APS, 7, PANIC, LH, "other owner")                                                                    \
	C(USP, 2, OK, LH, "owner vmid, a VM, same gfn")                                                        \
	C(USP, 3, OK, LH, "owner vmid, HOST, same gfn, count below the limit")                                 \
	C(USP, 4, OK, LH, "owner vmid, HOST, same gfn, count at the limit")                                    \
	C(USP, 5, PANIC, LH, "owner vmid, same gfn, an SMMU table pool is exhausted")                          \
	C(USP, 6, PANIC, LH, "owner is not vmid")                                                              \
	C(USP, 7, PANIC, LH, "owner vmid, another gfn")                                                        \
	C(UMP, 2, OK, LH, "entry present, page of HOST, count > 0")                                            \
	C(UMP, 3, OK, LH, "entry present, page of HOST, count 0")                                              \
	C(UMP, 4, OK, LH, "entry present, other owner")                                                        \
	C(UMP, 5, OK, LH, "entry absent, pfn 0 of HOST, count > 0")                                            \
	C(UMP, 6, OK, LH, "entry absent, pfn 0 of HOST, count 0")                                              \
	C(UMP, 7, OK, LH, "entry absent, pfn 0 of another owner")                                              \
	C(GLN, 2, OK, LH, "level 0")                                                                           \
	C(GLN, 3, OK, LH, "level 2")                                                                           \
	C(GLN, 4, OK, LH, "level 3")                                                                           \
	C(WKN, 2, OK, LH, "descriptor 0")                                                                      \
	C(WKN, 3, OK, LH, "descriptor not 0, its frame is 0 (tombstone, pfn 0)")                               \
	C(WKN, 4, OK, LH, "live descriptor")                                                                   \
	C(MPN, 2, OK, LH, "page mapped")                                                                       \
	C(MPN, 3, OK, LH, "block mapped")                                                                      \
	C(MPN, 4, PANIC, LH, "page under a block")                                                             \
	C(MPN, 5, PANIC, LH, "page, a table pool is exhausted")                                                \
	C(MPN, 6, PANIC, LH, "block, a table pool is exhausted")                                               \
	C(CPH, 2, OK, LH, "host entry absent")                                                                 \
	C(CPH, 3, OK, LH, "host entry mapped: becomes a tombstone")                                            \
	C(CPH, 4, PANIC, LH, "under a host block")                                                             \
	C(IST, 2, OK, LH, "context emptied")                                                                   \
	C(WST, 2, OK, LH, "descriptor 0")                                                                      \
	C(WST, 3, OK, LH, "descriptor not 0, its frame is 0")                                                  \
	C(WST, 4, OK, LH, "live descriptor")                                                                   \
	C(MST, 2, OK, LH, "mapped")                                                                            \
	C(MST, 3, PANIC, LH, "an SMMU table pool is exhausted")                                                \
	C(UST, 2, OK, LH, "descriptor 0: nothing to clear")                                                    \
	C(UST, 3, OK, LH, "entry cleared, its descriptor returned")

/* Case ids: first 0 and 1 of every operation (S2T_CASE_MPH_0, S2T_CASE_MPH_1, …), then the table. */
#define S2T_CASE_NO_ARG(kind, name)
#define S2T_CASE_COMMON(id, name, prefix, returns, args)   S2T_CASE_##prefix##_0, S2T_CASE_##prefix##_1,
#define S2T_CASE_ROW(prefix, number, outcome, specs, text) S2T_CASE_##prefix##_##number,
/* A case. */
enum s2t_case { S2T_OPS(S2T_CASE_COMMON, S2T_CASE_NO_ARG) S2T_CASES(S2T_CASE_ROW) S2T_CASE_COUNT };
#undef S2T_CASE_ROW
#undef S2T_CASE_COMMON
#undef S2T_CASE_NO_ARG

#endif
