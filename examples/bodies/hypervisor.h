/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sources of a hypervisor declare for this file of theirs: types, constants, the functions of the layers below,
 * and the functions of this layer. Nothing here knows of s2twin; adapter.c stands for the layers below.
 */
#ifndef BODIES_HYPERVISOR_H
#define BODIES_HYPERVISOR_H

#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;

#define HOSTVISOR       0U
#define INVALID         0xffffffffU
#define INVALID64       0xffffffffffffffffULL
#define MAX_SHARE_COUNT (max_share_count())
#define HOST_OFFSET     (host_offset())

/* Layers below. */
void acquire_lock_s2page(void);
void release_lock_s2page(void);
u32 get_pfn_owner(u64 pfn);
void set_pfn_owner(u64 pfn, u32 vmid);
u32 get_pfn_count(u64 pfn);
void set_pfn_count(u64 pfn, u32 count);
u64 get_pfn_map(u64 pfn);
void set_pfn_map(u64 pfn, u64 gfn);
void clear_pfn_host(u64 pfn);
void clear_phys_page(u64 pfn);
void fetch_from_doracle(u32 vmid, u64 pfn, u64 pgnum);
void panic(void);
u32 max_share_count(void);
u64 host_offset(void);

/* This layer: page.c. */
void clear_vm_page(u32 vmid, u64 pfn);
void assign_pfn_to_vm(u32 vmid, u64 gfn, u64 pfn);
void grant_vm_page(u32 vmid, u64 pfn);
void revoke_vm_page(u32 vmid, u64 pfn);

#endif
