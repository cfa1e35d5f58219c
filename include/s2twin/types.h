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

/* The stage-2 entry of one frame of a VM (Coq: the value of npt_entries). */
struct s2t_npt_entry {
	s2t_pfn pfn;
	uint32_t level; /* 0: none; 2: part of a 2 MiB block; 3: a page */
	s2t_pte pte;
};

/* The SMMU entry of one frame of a context. */
struct s2t_spt_entry {
	s2t_pfn pfn;
	s2t_pte pte;
};

/* Kinds of abstract entries: the vocabulary of touched sets and of differences. */
enum s2t_entry_kind {
	S2T_ENTRY_S2PAGE,    /* b: pfn */
	S2T_ENTRY_NPT,       /* a: vmid, b: gfn; one stage-2 entry */
	S2T_ENTRY_NPT_BLOCK, /* a: vmid, b: first gfn of the 512 */
	/* a: vmid, b: an address that the table serves, level: 0 PUD (pgd_t), 1 PMD (pud_t), 2 PTE table (pmd_t) */
	S2T_ENTRY_NPT_TABLE,
	/* a: vmid, level: 0 pgd, 1 pud, 2 pmd cursor (each names where the next lower table comes from, as in the
	 * Coq text) */
	S2T_ENTRY_NPT_NEXT,
	S2T_ENTRY_SPT,         /* a: context = 8*index + cbndx, b: gfn */
	S2T_ENTRY_SPT_CONTEXT, /* a: context; all of its entries and tables */
	S2T_ENTRY_SPT_TABLE, /* a: context, b: an address that the table serves, level: 0 (pgd_t) or 1 (pmd_t) */
	S2T_ENTRY_SPT_NEXT,  /* level: 0 pgd, 1 pmd cursor */
	S2T_ENTRY_FLATMEM,   /* b: pfn */
	S2T_ENTRY_DATA_LOG,  /* a: vmid */
	/* The hypercall layer; each is one word, its field named by level. */
	S2T_ENTRY_VM,       /* a: vmid, level: enum s2t_vm_field */
	S2T_ENTRY_VCPU,     /* a: vmid, b: vcpuid, level: enum s2t_vcpu_field */
	S2T_ENTRY_IMAGE,    /* a: vmid, b: load_idx, level: enum s2t_image_field */
	S2T_ENTRY_CORE,     /* level: enum s2t_core_field */
	S2T_ENTRY_SMMU_CFG, /* a: context; the vmid whose bank it is, 0xffffffff: free */
	S2T_ENTRY_KIND_COUNT
};

/* Fields of the state of a VM. */
enum s2t_vm_field {
	S2T_VM_STATE,  /* vm_state: enum s2t_vm_state */
	S2T_VM_IMAGES, /* vm_next_load_info: how many images, 0..5 */
	S2T_VM_FIELD_COUNT
};
/* Fields of the state of a vCPU. */
enum s2t_vcpu_field {
	S2T_VCPU_STATE, /* vm_vcpu_state: enum s2t_vm_state */
	S2T_VCPU_FRESH, /* 1: registered and not yet run (its dirty word is 2^64 - 1) */
	S2T_VCPU_FIELD_COUNT
};
/* Fields of a boot image. */
enum s2t_image_field {
	S2T_IMAGE_ADDR,   /* vm_load_addr: IPA, bytes */
	S2T_IMAGE_SIZE,   /* vm_load_size: bytes */
	S2T_IMAGE_REMAP,  /* vm_remap_addr: address in EL2's stage-2 table, bytes */
	S2T_IMAGE_MAPPED, /* vm_mapped_pages: how many of its pages are mapped there */
	S2T_IMAGE_FIELD_COUNT
};
/* Fields of the state of EL2. */
enum s2t_core_field {
	S2T_CORE_NEXT_VMID,
	S2T_CORE_NEXT_REMAP, /* next_remap_ptr: bytes */
	S2T_CORE_FIELD_COUNT
};

/* Values of S2T_VM_STATE and S2T_VCPU_STATE, numbered as in the Coq text: for those who read the words. The model and the
 * built-in implementation write down their own. */
enum s2t_vm_state { S2T_UNUSED, S2T_MAPPED, S2T_READY, S2T_VERIFIED, S2T_POWEROFF, S2T_ACTIVE };

enum { S2T_VCPUS = 8, S2T_IMAGES = 5 }; /* of each VM there are so many words; likewise */

#ifdef __cplusplus
}
#endif
#endif
