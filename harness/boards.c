/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boards: the keys with their defaults, and the boards that come with the tool.
 */
#include "boards.h"

#include <string.h>

#define KEY_ROW(id, name, value, text)                                                                         \
	[S2T_KEY_##id] = { #name, text, #value, value, offsetof(struct s2t_board, name) },

const struct s2t_key_info s2t_key_table[S2T_KEY_COUNT] = {
	S2T_NUMBER_KEYS(
		KEY_ROW)[S2T_KEY_HOST_GFN] = { "host_gfn",
	                                       "host pages start with gfn pfn + smmu_host_offset, or zero",
	                                       "offset", 0, 0 },
	[S2T_KEY_REGION] = { "region",
	                     "base:size:index of a memory region; the first such line replaces the defaults",
	                     NULL, 0, 0 },
};

uint64_t s2t_board_number(const struct s2t_board *board, enum s2t_key key)
{
	uint64_t value;

	memcpy(&value, (const char *)board + s2t_key_table[key].offset, sizeof(value));
	return value;
}

void s2t_board_set_number(struct s2t_board *board, enum s2t_key key, uint64_t value)
{
	memcpy((char *)board + s2t_key_table[key].offset, &value, sizeof(value));
}

void s2t_board_default(struct s2t_board *board)
{
	static const struct s2t_region regions[] = {
		{ 0x40000000, 0x10000, 0x0 },
		{ 0x80000000, 0x400000, 0x100 },
		{ 0x90000000, 0x4000, S2T_NOMAP },
	};

	*board = (struct s2t_board){ .name = "default", .region_count = sizeof(regions) / sizeof(regions[0]) };
	memcpy(board->region, regions, sizeof(regions));
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++)
		s2t_board_set_number(board, (enum s2t_key)key, s2t_key_table[key].number);
}

const struct s2t_named_board s2t_named_boards[] = {
	{ "default", "what a trace without a config line runs on: SeKVM's own limits and pools",
	  "s2twin-trace 1\n"
	  "# Every key with its default.\n"
	  "config region=0x40000000:0x10000:0x0\n"
	  "config region=0x80000000:0x400000:0x100\n"
	  "config region=0x90000000:0x4000:none\n"
	  "config corevisor=16\n"
	  "config max_share_count=100\n"
	  "config el2_smmu_cfg_size=16\n"
	  "config smmu_host_offset=1000000000\n"
	  "config host_gfn=offset\n"
	  "config pt_pool_start=0x10000\n"
	  "config pt_pool_per_vm=0x2000000\n"
	  "config pgd_offset=0x1000\n"
	  "config pud_offset=0x101000\n"
	  "config pmd_offset=0x901000\n"
	  "config smmu_pool_start=0x10000\n"
	  "config smmu_pgd_start=0x110000\n"
	  "config smmu_pmd_start=0x210000\n"
	  "config smmu_pool_end=0x310000\n"
	  "config next_vmid=1\n"
	  "config remap_start=0x2000000\n"
	  "config remap_end=0x4000000\n"
	  "config smmu_num=1\n"
	  "config smmu_base=0x2b400000\n"
	  "config smmu_size=0x10000\n"
	  "config smmu_context_banks=8\n"
	  "config smmu_pte_bits=0x10000\n"
	  "config vm_fault_min=1\n"
	  "config hvc_timer_set_cntvoff=13\n"
	  "config hvc_clear_vm_s2_range=14\n"
	  "config hvc_set_boot_info=15\n"
	  "config hvc_remap_vm_image=16\n"
	  "config hvc_verify_vm_image=17\n"
	  "config hvc_smmu_free_pgd=18\n"
	  "config hvc_smmu_alloc_pgd=19\n"
	  "config hvc_smmu_lpae_map=20\n"
	  "config hvc_smmu_lpae_iova_to_phys=21\n"
	  "config hvc_smmu_clear=22\n"
	  "config hvc_phys_addr_ioremap=23\n"
	  "config hvc_register_kvm=24\n"
	  "config hvc_register_vcpu=25\n"
	  "config hvc_kvm_set_desc_pfn=11\n"
	  "config hvc_kvm_unset_desc_pfn=12\n" },
	{ "tiny", "pools of a few tables, so that each of them runs dry within some tens of operations",
	  "s2twin-trace 1\n"
	  "# Each VM has 3 PUD, 5 PMD and 8 PTE tables.\n"
	  "config pud_offset=0x4000\n"
	  "config pmd_offset=0x9000\n"
	  "config pt_pool_per_vm=0x11000\n"
	  "# All SMMU contexts together have 3 second-level and 6 third-level tables.\n"
	  "config smmu_pgd_start=0x30000\n"
	  "config smmu_pmd_start=0x33000\n"
	  "config smmu_pool_end=0x39000\n"
	  "# Near enough for host pages to be mapped in an SMMU: with the default no IOVA below 2^40 reaches them.\n"
	  "config smmu_host_offset=0x10000\n" },
	{ "lowlimits", "share limit 3, SMMU limit 2, host offset 0x10000: counters saturate at once",
	  "s2twin-trace 1\n"
	  "config max_share_count=3\n"
	  "config el2_smmu_cfg_size=2\n"
	  "# IOVA 0x50000000 is where an SMMU may map host page 0x40000.\n"
	  "config smmu_host_offset=0x10000\n" },
	{ "zeropage", "a region covers pfn 0, which reads as unmapped wherever it is mapped",
	  "s2twin-trace 1\n"
	  "config region=0x0:0x8000:0x0\n"
	  "config region=0x800000:0x400000:0x100\n"
	  "# Host page 0 belongs at IOVA 0x10000000.\n"
	  "config smmu_host_offset=0x10000\n" },
	{ "overlap", "overlapping, unaligned regions: the last one that covers a page decides",
	  "s2twin-trace 1\n"
	  "config region=0x40000000:0x10000:0x0\n"
	  "# A hole without records in the middle of the first region, not page aligned: pfn 0x40009 and 0x4000a.\n"
	  "config region=0x40008800:0x2000:none\n"
	  "# The last two pages of the first region have records 0x40 and 0x41 instead of 0xe and 0xf.\n"
	  "config region=0x4000e000:0x4000:0x40\n"
	  "# Neither base nor size is a multiple of 4096: its partial first page has no record, its last one has.\n"
	  "config region=0x80000800:0x5400:0x80\n"
	  "# And one that takes over the tail of that.\n"
	  "config region=0x80004000:0x1801:0x100\n"
	  "config smmu_host_offset=0x10000\n" },
	{ "zerogfn", "host pages start with gfn 0, as a C start-up that clears the array leaves them",
	  "s2twin-trace 1\n"
	  "config host_gfn=zero\n" },
	{ "odd", "no two numbers alike: 600 VMs, moved pools with gaps, 31 regions, pages that start owned",
	  "s2twin-trace 1\n"
	  "config corevisor=600\n"
	  "config smmu_host_offset=0x20000\n"
	  "config pt_pool_start=0x345000\n"
	  "config pt_pool_per_vm=0x23000\n"
	  "config pgd_offset=0x3000\n"
	  "config pud_offset=0x8000\n"
	  "config pmd_offset=0x10000\n"
	  "config smmu_pool_start=0x7a000\n"
	  "config smmu_pgd_start=0xab000\n"
	  "config smmu_pmd_start=0xb3000\n"
	  "config smmu_pool_end=0xc4000\n"
	  "# Many small regions, so that a search that stops early misses the last ones.\n"
	  "config region=0x40000000:0x8000:0x0\n"
	  "config region=0x40010000:0x8000:0x20\n"
	  "config region=0x40020000:0x8000:0x40\n"
	  "config region=0x40030000:0x8000:0x60\n"
	  "config region=0x40040000:0x8000:0x80\n"
	  "config region=0x40050000:0x8000:0xa0\n"
	  "config region=0x40060000:0x8000:0xc0\n"
	  "config region=0x40070000:0x8000:0xe0\n"
	  "config region=0x40080000:0x8000:0x100\n"
	  "config region=0x40090000:0x8000:0x120\n"
	  "config region=0x400a0000:0x8000:0x140\n"
	  "config region=0x400b0000:0x8000:0x160\n"
	  "config region=0x400c0000:0x8000:0x180\n"
	  "config region=0x400d0000:0x8000:0x1a0\n"
	  "config region=0x400e0000:0x8000:0x1c0\n"
	  "config region=0x400f0000:0x8000:0x1e0\n"
	  "config region=0x40100000:0x8000:0x200\n"
	  "config region=0x40110000:0x8000:0x220\n"
	  "config region=0x40120000:0x8000:0x240\n"
	  "config region=0x40130000:0x8000:0x260\n"
	  "config region=0x40140000:0x8000:0x280\n"
	  "config region=0x40150000:0x8000:0x2a0\n"
	  "config region=0x40160000:0x8000:0x2c0\n"
	  "config region=0x40170000:0x8000:0x2e0\n"
	  "config region=0x40180000:0x8000:0x300\n"
	  "config region=0x40190000:0x8000:0x320\n"
	  "config region=0x401a0000:0x8000:0x340\n"
	  "config region=0x50000000:0x200000:0x1000\n"
	  "config region=0x50100000:0x10000:none\n"
	  "config region=0x60000800:0x6000:0x4000\n"
	  "config region=0xf000000000:0x40000:0x8000\n"
	  "# A page of EL2, shared ones, and pages whose owner has not fixed their frame number.\n"
	  "page pfn=0x40003 owner=600 count=0 gfn=0x3\n"
	  "page pfn=0x50002 owner=2 count=0 gfn=0xffffffffffffffff\n"
	  "page pfn=0x50003 owner=300 count=0xffffffff gfn=0xffffffffffffffff\n"
	  "page pfn=0x50000 owner=300 count=1 gfn=0x80000\n"
	  "page pfn=0x50001 owner=1 count=0xffffffff gfn=0x1\n"
	  "page pfn=0xf000001 owner=256 count=99 gfn=0xfffffffff\n" },
};
const size_t s2t_named_board_count = sizeof(s2t_named_boards) / sizeof(s2t_named_boards[0]);

const struct s2t_named_board *s2t_named_board_find(const char *name)
{
	for (size_t i = 0; i < s2t_named_board_count; i++) {
		if (strcmp(s2t_named_boards[i].name, name) == 0)
			return &s2t_named_boards[i];
	}
	return NULL;
}

uint64_t s2t_board_record_of(const struct s2t_board *board, s2t_pfn pfn)
{
	const struct s2t_region *last = NULL;
	uint64_t addr = pfn * 4096;

	if (pfn > UINT64_MAX / 4096)
		return S2T_NOMAP;
	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];

		if (addr >= region->base && addr - region->base < region->size)
			last = region;
	}
	if (last == NULL || last->index == S2T_NOMAP)
		return S2T_NOMAP;
	return last->index + (addr - last->base) / 4096;
}

struct s2t_page s2t_board_start_page(const struct s2t_board *board, s2t_pfn pfn)
{
	if (s2t_board_record_of(board, pfn) == S2T_NOMAP)
		return (struct s2t_page){ UINT32_MAX, UINT32_MAX, UINT64_MAX };
	for (size_t i = 0; i < board->start_page_count; i++) {
		if (board->start_page[i].pfn == pfn)
			return board->start_page[i].page;
	}
	return (struct s2t_page){ 0, 0, board->host_gfn_zero ? 0 : pfn + board->smmu_host_offset };
}
