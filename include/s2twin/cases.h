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

/* C(prefix, number, outcome, specs that have it: L low, H high, LH both, T top alone, condition) */
#define S2T_MEMORY_CASES(C)                                                                                    \
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

/* A step of the hypercall layer has one case of its own; which cases it took on its way tells s2t_model_took. */
#define S2T_HYPER_CASES(C)                                                                                     \
	C(CVR, 2, OK, LH, "num 0")                                                                             \
	C(CVR, 3, OK, LH, "no page of the range is vmid's")                                                    \
	C(CVR, 4, OK, LH, "pages given back")                                                                  \
	C(CVR, 5, PANIC, L, "a page lies under a host block")                                                  \
	C(PMV, 2, OK, LH, "page assigned and mapped")                                                          \
	C(PMV, 3, OK, LH, "512 pages assigned, block mapped")                                                  \
	C(PMV, 4, PANIC, LH, "page: assign_pfn_to_vm panics")                                                  \
	C(PMV, 5, PANIC, LH, "block: an assign_pfn_to_vm panics")                                              \
	C(PMV, 6, PANIC, LH, "page assigned, but under a block")                                               \
	C(PMV, 7, PANIC, LH, "page assigned, a table pool is exhausted")                                       \
	C(PMV, 8, PANIC, LH, "512 pages assigned, a table pool is exhausted")                                  \
	C(PMV, 9, OK, T, "page mapped though assign_pfn_to_vm panics")                                         \
	C(GSG, 2, OK, LH, "size 0")                                                                            \
	C(GSG, 3, OK, LH, "no share count changed")                                                            \
	C(GSG, 4, OK, LH, "share counts changed")                                                              \
	C(RSG, 2, OK, LH, "size 0")                                                                            \
	C(RSG, 3, OK, LH, "no share count changed")                                                            \
	C(RSG, 4, OK, LH, "share counts changed")                                                              \
	C(RSG, 5, PANIC, LH, "a page lies under a host block")                                                 \
	C(SVO, 2, OK, LH, "powered off")                                                                       \
	C(RGK, 2, OK, LH, "VM made READY")                                                                     \
	C(RGK, 3, PANIC, LH, "all vmids are given out")                                                        \
	C(RGK, 4, PANIC, LH, "the next VM is not UNUSED")                                                      \
	C(RGV, 2, OK, LH, "vCPU made READY")                                                                   \
	C(RGV, 3, PANIC, LH, "the VM is not READY")                                                            \
	C(RGV, 4, PANIC, LH, "the vCPU is not UNUSED")                                                         \
	C(SBI, 2, OK, LH, "image noted, its remap window allotted")                                            \
	C(SBI, 3, OK, LH, "five images already: nothing done")                                                 \
	C(SBI, 4, PANIC, LH, "the VM is not READY")                                                            \
	C(SBI, 5, PANIC, LH, "the remap window is full")                                                       \
	C(SBI, 6, PANIC, T, "an image of no page")                                                             \
	C(RMI, 2, OK, LH, "page mapped in the remap window")                                                   \
	C(RMI, 3, OK, LH, "no such image: nothing done")                                                       \
	C(RMI, 4, OK, LH, "all pages of the image are mapped: nothing done")                                   \
	C(RMI, 5, PANIC, LH, "the VM is not READY")                                                            \
	C(RMI, 6, PANIC, LH, "EL2's table pool is exhausted")                                                  \
	C(RMI, 7, PANIC, LH, "under a block of EL2's table")                                                   \
	C(VLI, 2, OK, LH, "images loaded, VM made VERIFIED")                                                   \
	C(VLI, 3, OK, LH, "nothing to load, VM made VERIFIED")                                                 \
	C(VLI, 4, PANIC, LH, "the VM is not READY")                                                            \
	C(VLI, 5, PANIC, LH, "a block of an image is not in the remap window")                                 \
	C(VLI, 6, PANIC, LH, "an assign_pfn_to_vm panics")                                                     \
	C(VLI, 7, PANIC, LH, "a table pool is exhausted")                                                      \
	C(VLI, 8, PANIC, LH, "an image does not verify")                                                       \
	C(SLI, 2, OK, LH, "in an image")                                                                       \
	C(SLI, 3, OK, LH, "in no image: 0")                                                                    \
	C(FSP, 2, OK, LH, "bank freed")                                                                        \
	C(FSP, 3, OK, LH, "bank is free: nothing done")                                                        \
	C(FSP, 4, PANIC, LH, "its owner is not POWEROFF")                                                      \
	C(ASP, 2, OK, LH, "bank given, its table emptied")                                                     \
	C(ASP, 3, OK, LH, "bank is taken: nothing done")                                                       \
	C(ASP, 4, PANIC, LH, "no such bank")                                                                   \
	C(ASP, 5, PANIC, L, "the VM is VERIFIED")                                                              \
	C(ALM, 2, OK, L, "bank of a VM: page assigned and mapped")                                             \
	C(ALM, 3, OK, LH, "bank is free: nothing done")                                                        \
	C(ALM, 4, OK, LH, "bank of the host or of EL2: page mapped")                                           \
	C(ALM, 5, PANIC, LH, "the VM is VERIFIED")                                                             \
	C(ALM, 6, PANIC, LH, "assign_pfn_to_smmu panics")                                                      \
	C(ALM, 7, PANIC, LH, "the page is not the owner's, or not for this iova")                              \
	C(ALM, 8, PANIC, LH, "an SMMU table pool is exhausted")                                                \
	C(ALM, 9, PANIC, H, "the VM is not VERIFIED (assign_smmu_spec has it the wrong way round)")            \
	C(ITP, 2, OK, LH, "entry absent: the offset in the page")                                              \
	C(ITP, 3, OK, LH, "entry present")                                                                     \
	C(ALC, 2, OK, LH, "bank is free: nothing done")                                                        \
	C(ALC, 3, OK, LH, "entry cleared")                                                                     \
	C(ALC, 4, OK, LH, "entry absent")                                                                      \
	C(ALC, 5, PANIC, LH, "the VM is VERIFIED")                                                             \
	C(CSR, 2, OK, LH, "the VM is not POWEROFF: nothing done")                                              \
	C(CSR, 3, OK, LH, "POWEROFF, no page of the range is vmid's")                                          \
	C(CSR, 4, OK, LH, "POWEROFF, pages given back")                                                        \
	C(CSR, 5, PANIC, L, "POWEROFF, a page lies under a host block")                                        \
	C(KPI, 2, OK, LH, "size 0")                                                                            \
	C(KPI, 3, OK, LH, "no page of the range is a device's")                                                \
	C(KPI, 4, OK, LH, "device pages mapped")                                                               \
	C(KPI, 5, PANIC, LH, "the VM is not READY")                                                            \
	C(KPI, 6, PANIC, LH, "under a block")                                                                  \
	C(KPI, 7, PANIC, LH, "a table pool is exhausted")                                                      \
	C(HFT, 2, OK, LH, "page mapped for the host")                                                          \
	C(HFT, 3, PANIC, LH, "page of a VM, not shared")                                                       \
	C(HFT, 4, PANIC, LH, "would map, under a block or a table pool is exhausted")                          \
	C(HFT, 5, OK, LH, "SMMU register read")                                                                \
	C(HFT, 6, OK, LH, "SMMU register write let through")                                                   \
	C(HFT, 7, PANIC, LH, "SMMU register write refused")                                                    \
	C(HFT, 8, PANIC, LH, "SMMU register access of a size other than 4 and 8")                              \
	C(HFT, 9, PANIC, T, "no address")                                                                      \
	C(VRN, 2, OK, LH, "first run, vCPU made ACTIVE")                                                       \
	C(VRN, 3, OK, LH, "run, no page to map")                                                               \
	C(VRN, 4, OK, LH, "run, page mapped")                                                                  \
	C(VRN, 5, OK, LH, "run, block mapped")                                                                 \
	C(VRN, 6, PANIC, LH, "no VM")                                                                          \
	C(VRN, 7, PANIC, LH, "no such vCPU")                                                                   \
	C(VRN, 8, PANIC, LH, "the VM is not VERIFIED or the vCPU not READY")                                   \
	C(VRN, 9, PANIC, LH, "first run, pc in no image")                                                      \
	C(VRN, 10, PANIC, LH, "run, an assign_pfn_to_vm panics")                                               \
	C(VRN, 11, PANIC, LH, "run, under a block or a table pool is exhausted")                               \
	C(VRN, 12, OK, T, "run, page mapped though assign_pfn_to_vm panics")                                   \
	C(VEX, 2, OK, LH, "system register: stays in the guest")                                               \
	C(VEX, 3, OK, LH, "guest grants pages and stays")                                                      \
	C(VEX, 4, OK, LH, "guest revokes pages and stays")                                                     \
	C(VEX, 5, PANIC, LH, "guest revokes pages, one of them under a host block")                            \
	C(VEX, 6, OK, LH, "another call of the guest: leaves, vCPU made READY")                                \
	C(VEX, 7, OK, LH, "SYSTEM_OFF: VM powered off, leaves, vCPU made READY")                               \
	C(VEX, 8, OK, LH, "interrupt: leaves, vCPU made READY")                                                \
	C(VEX, 9, PANIC, LH, "leaves, but the vCPU is not ACTIVE")                                             \
	C(VEX, 10, PANIC, LH, "another exit code or class")                                                    \
	C(VEX, 11, PANIC, LH, "guest call, but no VM")                                                         \
	C(HVC, 2, OK, LH, "handled")                                                                           \
	C(HVC, 3, OK, LH, "no such number, or the timer's: nothing done")                                      \
	C(HVC, 4, PANIC, LH, "a register is out of range")                                                     \
	C(HVC, 5, PANIC, LH, "its handler panics")

/* The cases of all operations from number 2 on, in the order of the operations. */
#define S2T_CASES(C) S2T_MEMORY_CASES(C) S2T_HYPER_CASES(C)

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
