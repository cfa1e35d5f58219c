/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that every part of s2twin shares: frame numbers, addresses, outcomes.
 * Nothing here says what an operation does; the model and an implementation
 * each write down their own masks, limits and constants.
 */
#ifndef S2TWIN_TYPES_H
#define S2TWIN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t s2t_pfn;   /* physical frame number: physical address / 4096 */
typedef uint64_t s2t_gfn;   /* guest frame number: IPA or IOVA / 4096 */
typedef uint64_t s2t_addr;  /* byte address: IPA, IOVA or physical */
typedef uint64_t s2t_pte;   /* stage-2 or SMMU descriptor, 64 bits */
typedef uint64_t s2t_vmid;  /* 0 the host, 1..corevisor-1 VMs, corevisor EL2; other values are legal input */
typedef uint64_t s2t_token; /* what a page holds: the 64-bit word that fills it */

/* The verdict of one step, of the model or of an implementation. */
enum s2t_outcome {
	S2T_OK,
	S2T_PANIC,     /* the specification is halted after the step */
	S2T_UNDEFINED, /* the specification is None: a rely failed; the state is as before */
	/* What only an implementation can do. */
	S2T_CRASH,
	S2T_HANG,
	S2T_DEADLOCK, /* it waits for a lock that nobody will release */
	S2T_WILD,     /* it touched memory that is not its own */
	S2T_OUTCOME_COUNT
};

/* The ownership record of one physical page (Coq: S2Page in RData). */
struct s2t_page {
	uint32_t owner; /* 0 host, 1..corevisor-1 a VM, corevisor EL2, 0xffffffff not RAM */
	uint32_t count; /* host page: SMMU mappings; VM page: shares; 0xffffffff: only the SMMU knows it */
	uint64_t gfn;   /* frame number in the owner's address space; ~0: not fixed */
};

#ifdef __cplusplus
}
#endif
#endif
