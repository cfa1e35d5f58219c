/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layers below, supplied by s2twin: each of the hypervisor's functions by the primitive of the same name. Those have
 * the machine as an argument, and the hypervisor has only one; so it is noted when one of its functions is entered.
 */
#include "hypervisor.h"
#include "s2twin/run.h"

static _Thread_local struct s2t_spec_machine *machine;

void acquire_lock_s2page(void)
{
	s2t_spec_prim_acquire_lock_s2page(machine);
}

void release_lock_s2page(void)
{
	s2t_spec_prim_release_lock_s2page(machine);
}

u32 get_pfn_owner(u64 pfn)
{
	return s2t_spec_prim_get_pfn_owner(machine, pfn);
}

void set_pfn_owner(u64 pfn, u32 vmid)
{
	s2t_spec_prim_set_pfn_owner(machine, pfn, vmid);
}

u32 get_pfn_count(u64 pfn)
{
	return s2t_spec_prim_get_pfn_count(machine, pfn);
}

void set_pfn_count(u64 pfn, u32 count)
{
	s2t_spec_prim_set_pfn_count(machine, pfn, count);
}

u64 get_pfn_map(u64 pfn)
{
	return s2t_spec_prim_get_pfn_map(machine, pfn);
}

void set_pfn_map(u64 pfn, u64 gfn)
{
	s2t_spec_prim_set_pfn_map(machine, pfn, gfn);
}

void clear_pfn_host(u64 pfn)
{
	s2t_spec_prim_clear_pfn_host(machine, pfn);
}

void clear_phys_page(u64 pfn)
{
	s2t_spec_prim_clear_phys_page(machine, pfn);
}

void fetch_from_doracle(u32 vmid, u64 pfn, u64 pgnum)
{
	s2t_spec_prim_fetch_from_doracle(machine, vmid, pfn, pgnum);
}

void panic(void)
{
	s2t_spec_prim_panic(machine, "the hypervisor panics");
}

u32 max_share_count(void)
{
	return s2t_spec_max_share_count(machine);
}

u64 host_offset(void)
{
	return s2t_spec_smmu_host_offset(machine);
}

static void run_clear(struct s2t_spec_machine *m, uint32_t vmid, uint64_t pfn)
{
	machine = m;
	clear_vm_page(vmid, pfn);
}

static void run_assign(struct s2t_spec_machine *m, uint32_t vmid, uint64_t gfn, uint64_t pfn)
{
	machine = m;
	assign_pfn_to_vm(vmid, gfn, pfn);
}

static void run_grant(struct s2t_spec_machine *m, uint32_t vmid, uint64_t pfn)
{
	machine = m;
	grant_vm_page(vmid, pfn);
}

static void run_revoke(struct s2t_spec_machine *m, uint32_t vmid, uint64_t pfn)
{
	machine = m;
	revoke_vm_page(vmid, pfn);
}

int main(int argc, char **argv)
{
	static const struct s2t_bodies bodies = {
		.abi = S2T_BODIES_ABI,
		.size = sizeof(bodies),
		.name = "page.c",
		.version = "1",
		.clear_vm_page = run_clear,
		.assign_pfn_to_vm = run_assign,
		.grant_vm_page = run_grant,
		.revoke_vm_page = run_revoke,
	};

	return s2t_main_bodies(argc, argv, &bodies);
}
