/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manager as an implementation under test: each function sets the machine that runs, a panic jumps out of the call
 * with its locks held, and all there is to compare can be read.
 */
#include "plugin.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"

struct s2t_iut {
	struct memory memory;
	struct s2t_board board;
	jmp_buf panicked;
	const char *why;
};

#define FRAME 0x0000fffffffff000ULL

/* memory.c panics in the machine that runs, which is the first member of an instance. */
_Noreturn void panic(const char *why)
{
	struct s2t_iut *iut = (struct s2t_iut *)mem;

	iut->why = why;
	longjmp(iut->panicked, 1);
}

/* Reads need the machine, too. They change nothing of it. */
static void use(const struct s2t_iut *iut)
{
	mem = (struct memory *)(uintptr_t)&iut->memory;
}

static void reset(struct s2t_iut *iut)
{
	use(iut);
	memory_reset();
	for (size_t i = 0; i < iut->board.start_page_count; i++) {
		const struct s2t_page *page = &iut->board.start_page[i].page;

		set_page(iut->board.start_page[i].pfn, (struct s2_page){ page->owner, page->count, page->gfn });
	}
}

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t error_size)
{
	struct s2t_iut *iut;

	(void)self;
	if (board->corevisor >= MAX_VMS) {
		snprintf(error, error_size, "it has room for %d VMs", MAX_VMS);
		return NULL;
	}
	iut = calloc(1, sizeof(*iut));
	if (!iut) {
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	struct memory *memory = &iut->memory;

	iut->board = *board;
	for (; memory->regions < board->region_count; memory->regions++) {
		const struct s2t_region *region = &board->region[memory->regions];

		memory->region[memory->regions] = (struct region){ region->base, region->size,
			                                           region->index != S2T_NOMAP };
	}
	memory->max_share = board->max_share_count;
	memory->max_smmu_count = board->el2_smmu_cfg_size;
	memory->host_offset = board->smmu_host_offset;
	memory->host_gfn_zero = board->host_gfn_zero;
	memory->vm_limit[0] = board->pud_offset - board->pgd_offset;
	memory->vm_limit[1] = board->pmd_offset - board->pud_offset;
	memory->vm_limit[2] = board->pt_pool_per_vm - board->pmd_offset;
	memory->smmu_limit[0] = board->smmu_pmd_start - board->smmu_pgd_start;
	memory->smmu_limit[1] = board->smmu_pool_end - board->smmu_pmd_start;
	reset(iut);
	return iut;
}

static void destroy(struct s2t_iut *iut)
{
	free(iut);
}

/* The functions have no room for an error: what they must not be called with is turned away here. */
static bool fits(const struct s2t_iut *iut, const struct s2t_call *call)
{
	const uint64_t *a = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_GET_LEVEL_S2PT:
	case S2T_OP_WALK_S2PT:
	case S2T_OP_MAP_S2PT: return a[0] <= iut->board.corevisor;
	case S2T_OP_MAP_VM_IO: return a[0] <= iut->board.corevisor || get_page(a[2] / 4096).owner != INVALID;
	case S2T_OP_UPDATE_SMMU_PAGE:
		return get_page((a[4] & FRAME) / 4096).owner != a[0] || (a[1] < 8 && a[2] < 2);
	case S2T_OP_UNMAP_SMMU_PAGE:
	case S2T_OP_INIT_SPT:
	case S2T_OP_WALK_SPT:
	case S2T_OP_MAP_SPT:
	case S2T_OP_UNMAP_SPT: return a[0] < 8 && a[1] < 2;
	default: return true;
	}
}

static uint64_t dispatch(const struct s2t_call *call)
{
	const uint64_t *a = call->arg;
	const u32 a0 = (u32)a[0], a1 = (u32)a[1];

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: map_page_host(a[0]); break;
	case S2T_OP_CLEAR_VM_PAGE: clear_vm_page(a0, a[1]); break;
	case S2T_OP_ASSIGN_PFN_TO_VM: assign_pfn_to_vm(a0, a[1], a[2]); break;
	case S2T_OP_MAP_PFN_VM: map_pfn_vm(a0, a[1], a[2], (u32)a[3]); break;
	case S2T_OP_MAP_VM_IO: map_vm_io(a0, a[1], a[2]); break;
	case S2T_OP_GRANT_VM_PAGE: grant_vm_page(a0, a[1]); break;
	case S2T_OP_REVOKE_VM_PAGE: revoke_vm_page(a0, a[1]); break;
	case S2T_OP_ASSIGN_PFN_TO_SMMU: assign_pfn_to_smmu(a0, a[1], a[2]); break;
	case S2T_OP_UPDATE_SMMU_PAGE: update_smmu_page(a0, a1, (u32)a[2], a[3], a[4]); break;
	case S2T_OP_UNMAP_SMMU_PAGE: unmap_smmu_page(a0, a1, a[2]); break;
	case S2T_OP_GET_LEVEL_S2PT: return get_level_s2pt(a0, a[1]);
	case S2T_OP_WALK_S2PT: return walk_s2pt(a0, a[1]);
	case S2T_OP_MAP_S2PT: map_s2pt(a0, a[1], (u32)a[2], a[3]); break;
	case S2T_OP_CLEAR_PFN_HOST: clear_pfn_host(a[0]); break;
	case S2T_OP_INIT_SPT: init_spt(a0, a1); break;
	case S2T_OP_WALK_SPT: return walk_spt(a0, a1, a[2]);
	case S2T_OP_MAP_SPT: map_spt(a0, a1, a[2], a[3]); break;
	case S2T_OP_UNMAP_SPT: return unmap_spt(a0, a1, a[2]);
	default: break;
	}
	return 0;
}

static void call(struct s2t_iut *iut, const struct s2t_call *operation, struct s2t_result *result)
{
	use(iut);
	*result = (struct s2t_result){ S2T_OK, 0, "" };
	if (!fits(iut, operation))
		*result = (struct s2t_result){ S2T_UNDEFINED, 0, "no such VM or context" };
	else if (setjmp(iut->panicked) == 0)
		result->ret = dispatch(operation);
	else
		*result = (struct s2t_result){ S2T_PANIC, 0, iut->why };
	if (iut->memory.full)
		*result = (struct s2t_result){ S2T_CRASH, 0,
			                       "the table of cells is full; use a smaller --max-len" };
}

/*
 * Reads.
 */

static struct s2t_page read_page(const struct s2t_iut *iut, s2t_pfn pfn)
{
	use(iut);
	const struct s2_page page = get_page(pfn);

	return (struct s2t_page){ page.owner, page.count, page.gfn };
}

static bool read_token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token)
{
	use(iut);
	*token = get_content(pfn);
	return true;
}

static struct s2t_npt_entry read_npt(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn)
{
	struct s2t_npt_entry entry = { 0, 0, 0 };

	use(iut);
	if (vmid > iut->board.corevisor)
		return entry;
	entry.pte = read_s2pt((u32)vmid, gfn * 4096, &entry.level);
	entry.pfn = (entry.pte & FRAME) / 4096 + (entry.level == 2 ? gfn % 512 : 0);
	return entry;
}

static struct s2t_spt_entry read_smmu(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	use(iut);
	const uint64_t pte = read_spt(context, gfn * 4096);

	return (struct s2t_spt_entry){ (pte & FRAME) / 4096, pte };
}

static bool lock_held(const struct s2t_iut *iut, uint32_t lock)
{
	use(iut);
	return is_locked(lock);
}

static uint64_t npt_used(const struct s2t_iut *iut, s2t_vmid vmid, unsigned level)
{
	return iut->memory.vm_used[vmid][level];
}

static uint64_t spt_used(const struct s2t_iut *iut, unsigned level)
{
	return iut->memory.smmu_used[level];
}

static uint64_t data_log(const struct s2t_iut *iut, s2t_vmid vmid)
{
	return vmid < MAX_VMS ? iut->memory.given[vmid] : 0;
}

const struct s2t_iut_ops *memory_plugin(void)
{
	static const struct s2t_iut_ops ops = {
		.abi = S2T_IUT_ABI,
		.size = sizeof(ops),
		.name = "linked",
		.version = "1",
		.create = create,
		.destroy = destroy,
		.reset = reset,
		.call = call,
		.token = read_token,
		.page = read_page,
		.npt = read_npt,
		.spt = read_smmu,
		.lock_held = lock_held,
		.npt_used = npt_used,
		.spt_used = spt_used,
		.data_log = data_log,
	};

	return &ops;
}
