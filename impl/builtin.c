/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in implementation as the harness sees it: instances, calls, tokens and the image.
 *
 * A call runs one body, or one primitive. If a rely failed on the way, all that was written is taken back.
 */
#include "bodies.h"
#include "hypercalls.h"
#include "smmu_banks.h"
#include "vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct s2t_iut {
	struct s2t_hyp hyp;
};

static const char no_memory[] = "no memory for the simulated machine";

/* Every call uses locks, and many the root of a bank; their pages are there from the start. */
static bool have_pages(struct s2t_hyp *h)
{
	for (uint64_t at = h->layout.locks, i = 0; at < h->layout.npt_next; at += PAGE_BYTES, i++) {
		h->lock_page[i] = s2t_mem_word(&h->mem, S2T_WINDOW_EL2, at);
		if (!h->lock_page[i])
			return false;
	}
	return s2t_mem_word(&h->mem, S2T_WINDOW_EL2, h->layout.smmu_banks) != NULL;
}

static bool start(struct s2t_hyp *h, const struct s2t_board *board)
{
	uint64_t bytes[S2T_WINDOW_COUNT];

	h->board = *board;
	s2t_regions_init(&h->regions, board);
	s2t_hyp_lay_out(&h->layout, board, h->regions.records);
	h->limits.max_share_count = (uint32_t)board->max_share_count;
	h->limits.el2_smmu_cfg_size = (uint32_t)board->el2_smmu_cfg_size;
	h->limits.smmu_host_offset = board->smmu_host_offset;
	h->last.pfn = GFN_SPACE;
	h->last.addr = S2T_NO_RECORD;

	bytes[S2T_WINDOW_PAGES] = PHYS_SPACE;
	bytes[S2T_WINDOW_S2PT] = s2t_npt_root(board, board->corevisor + 1);
	bytes[S2T_WINDOW_SMMU] = board->smmu_pool_end;
	bytes[S2T_WINDOW_EL2] = h->layout.end;
	if (!s2t_mem_init(&h->mem, bytes))
		return false;
	s2t_mem_set_start(&h->mem, S2T_WINDOW_EL2, s2t_hyp_start_words, h);
	return have_pages(h) && s2t_hyp_sort_starts(h);
}

static void destroy(struct s2t_iut *iut)
{
	if (!iut)
		return;
	s2t_mem_destroy(&iut->hyp.mem);
	free(iut->hyp.start);
	free(iut->hyp.events.list);
	free(iut);
}

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t error_size)
{
	struct s2t_iut *iut;

	(void)self;
	if (!s2t_hyp_accepts(board, error, error_size))
		return NULL;
	iut = calloc(1, sizeof(*iut));
	if (iut && start(&iut->hyp, board))
		return iut;
	destroy(iut);
	if (error_size)
		snprintf(error, error_size, "%s", no_memory);
	return NULL;
}

static void reset(struct s2t_iut *iut)
{
	s2t_mem_undo(&iut->hyp.mem, 0);
	iut->hyp.stop = 0;
	iut->hyp.events.count = 0;
	s2t_mem_give_back(&iut->hyp.mem);
}

static void rely_on_addr(struct s2t_hyp *h, uint64_t addr)
{
	s2t_rely(h, addr < IPA_SPACE, "the address is 2^48 or more");
}

static void rely_on_gfn(struct s2t_hyp *h, uint64_t gfn)
{
	s2t_rely(h, gfn < GFN_SPACE, "the guest frame is 2^36 or more");
}

static void rely_on_pfn(struct s2t_hyp *h, uint64_t pfn)
{
	s2t_rely(h, pfn < PFN_SPACE, "the page is beyond 40 bits of physical address");
}

/* An argument that the verified code passes in 32 bits. */
static uint32_t low(struct s2t_hyp *h, uint64_t arg)
{
	s2t_rely(h, arg <= UINT32_MAX, "a 32-bit argument is 2^32 or more");
	return (uint32_t)arg;
}

/* Runs the body or primitive, after what its caller must have ensured and no primitive of the body checks.
 * Returns what it returns. */
static uint64_t run(struct s2t_hyp *h, const struct s2t_call *call)
{
	const uint64_t *a = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST:
		rely_on_addr(h, a[0]);
		s2t_body_map_page_host(h, a[0]);
		return 0;
	case S2T_OP_CLEAR_VM_PAGE:
		rely_on_pfn(h, a[1]);
		s2t_body_clear_vm_page(h, low(h, a[0]), a[1]);
		return 0;
	case S2T_OP_ASSIGN_PFN_TO_VM:
		rely_on_gfn(h, a[1]);
		rely_on_pfn(h, a[2]);
		s2t_body_assign_pfn_to_vm(h, low(h, a[0]), a[1], a[2]);
		return 0;
	case S2T_OP_MAP_PFN_VM:
		rely_on_addr(h, a[1]);
		s2t_body_map_pfn_vm(h, low(h, a[0]), a[1], a[2], low(h, a[3]));
		return 0;
	case S2T_OP_MAP_VM_IO:
		rely_on_addr(h, a[1]);
		rely_on_addr(h, a[2]);
		s2t_body_map_vm_io(h, low(h, a[0]), a[1], a[2]);
		return 0;
	case S2T_OP_GRANT_VM_PAGE: s2t_body_grant_vm_page(h, low(h, a[0]), a[1]); return 0;
	case S2T_OP_REVOKE_VM_PAGE: s2t_body_revoke_vm_page(h, low(h, a[0]), a[1]); return 0;
	case S2T_OP_ASSIGN_PFN_TO_SMMU:
		s2t_rely(h, low(h, a[0]) <= h->board.corevisor, "assign_pfn_to_smmu: no such VM");
		rely_on_gfn(h, a[1]);
		rely_on_pfn(h, a[2]);
		s2t_body_assign_pfn_to_smmu(h, low(h, a[0]), a[1], a[2]);
		return 0;
	case S2T_OP_UPDATE_SMMU_PAGE:
		rely_on_addr(h, a[3]);
		s2t_body_update_smmu_page(h, low(h, a[0]), low(h, a[1]), low(h, a[2]), a[3], a[4]);
		return 0;
	case S2T_OP_UNMAP_SMMU_PAGE: s2t_body_unmap_smmu_page(h, low(h, a[0]), low(h, a[1]), a[2]); return 0;
	case S2T_OP_GET_LEVEL_S2PT: return s2t_prim_get_level_s2pt(h, low(h, a[0]), a[1]);
	case S2T_OP_WALK_S2PT: return s2t_prim_walk_s2pt(h, low(h, a[0]), a[1]);
	case S2T_OP_MAP_S2PT: s2t_prim_map_s2pt(h, low(h, a[0]), a[1], low(h, a[2]), a[3]); return 0;
	case S2T_OP_CLEAR_PFN_HOST: s2t_prim_clear_pfn_host(h, a[0]); return 0;
	case S2T_OP_INIT_SPT: s2t_prim_init_spt(h, low(h, a[0]), low(h, a[1])); return 0;
	case S2T_OP_WALK_SPT: return s2t_prim_walk_spt(h, low(h, a[0]), low(h, a[1]), a[2]);
	case S2T_OP_MAP_SPT: s2t_prim_map_spt(h, low(h, a[0]), low(h, a[1]), a[2], a[3]); return 0;
	case S2T_OP_UNMAP_SPT: return s2t_prim_unmap_spt(h, low(h, a[0]), low(h, a[1]), a[2]);
	default: break; /* call() does not let it come here */
	}
	return 0;
}

/* The same for the layers above the bodies. Traps are handed their registers as they are. */
static OUT_OF_LINE uint64_t run_above(struct s2t_hyp *h, const struct s2t_call *call)
{
	const uint64_t *a = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_RANGE: s2t_hyp_clear_vm_range(h, low(h, a[0]), a[1], a[2]); return 0;
	case S2T_OP_PROT_AND_MAP_VM_S2PT:
		s2t_hyp_prot_and_map_vm_s2pt(h, low(h, a[0]), a[1], a[2], low(h, a[3]));
		return 0;
	case S2T_OP_GRANT_STAGE2_SG_GPA: s2t_hyp_grant_stage2_sg_gpa(h, low(h, a[0]), a[1], a[2]); return 0;
	case S2T_OP_REVOKE_STAGE2_SG_GPA: s2t_hyp_revoke_stage2_sg_gpa(h, low(h, a[0]), a[1], a[2]); return 0;
	case S2T_OP_SET_VM_POWEROFF: s2t_hyp_set_vm_poweroff(h, low(h, a[0])); return 0;
	case S2T_OP_REGISTER_KVM: return s2t_hyp_register_kvm(h);
	case S2T_OP_REGISTER_VCPU: s2t_hyp_register_vcpu(h, low(h, a[0]), low(h, a[1])); return 0;
	case S2T_OP_SET_BOOT_INFO: return s2t_hyp_set_boot_info(h, low(h, a[0]), a[1], a[2]);
	case S2T_OP_REMAP_VM_IMAGE: s2t_hyp_remap_vm_image(h, low(h, a[0]), a[1], low(h, a[2])); return 0;
	case S2T_OP_VERIFY_AND_LOAD_IMAGES: s2t_hyp_verify_and_load_images(h, low(h, a[0]), a[1]); return 0;
	case S2T_OP_SEARCH_LOAD_INFO: return s2t_hyp_search_load_info(h, low(h, a[0]), a[1]);
	case S2T_OP_EL2_FREE_SMMU_PGD: s2t_hyp_free_smmu_pgd(h, low(h, a[0]), low(h, a[1])); return 0;
	case S2T_OP_EL2_ALLOC_SMMU_PGD:
		s2t_hyp_alloc_smmu_pgd(h, low(h, a[0]), low(h, a[1]), low(h, a[2]));
		return 0;
	case S2T_OP_EL2_ARM_LPAE_MAP:
		s2t_hyp_lpae_map(h, a[0], a[1], a[2], low(h, a[3]), low(h, a[4]));
		return 0;
	case S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS:
		return s2t_hyp_lpae_iova_to_phys(h, a[0], low(h, a[1]), low(h, a[2]));
	case S2T_OP_EL2_ARM_LPAE_CLEAR: s2t_hyp_lpae_clear(h, a[0], low(h, a[1]), low(h, a[2])); return 0;
	case S2T_OP_CLEAR_VM_STAGE2_RANGE: s2t_hyp_clear_vm_stage2_range(h, low(h, a[0]), a[1], a[2]); return 0;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP:
		s2t_hyp_phys_addr_ioremap(h, low(h, a[0]), a[1], a[2], a[3]);
		return 0;
	case S2T_OP_HOST_FAULT: s2t_hyp_host_fault(h, a[0], a[1], a[2]); return 0;
	case S2T_OP_VCPU_RUN: s2t_hyp_vcpu_run(h, a); return 0;
	case S2T_OP_VCPU_EXIT: s2t_hyp_vcpu_exit(h, a); return 0;
	case S2T_OP_HYPERCALL: return s2t_hyp_hypercall(h, a);
	default: s2t_hyp_undefined(h, "no such operation"); return 0;
	}
}

/* The verdict on a call that did not just return. `writes` and `stop` are those before the call. */
static RARE void conclude(struct s2t_hyp *h, size_t writes, uint32_t stop, struct s2t_result *result)
{
	result->ret = 0;
	result->reason = h->why;
	if (h->mem.fault == S2T_WILD) {
		result->outcome = S2T_WILD;
		result->reason = "access beyond the simulated memory";
	} else if (h->mem.fault != S2T_OK) {
		s2t_mem_undo(&h->mem, writes);
		h->stop = stop;
		h->events.count = 0;
		result->outcome = S2T_CRASH;
		result->reason = no_memory;
	} else if (h->stop & S2T_STOP_UNDEFINED) {
		s2t_mem_undo(&h->mem, writes);
		h->stop = stop;
		h->events.count = 0;
		result->outcome = S2T_UNDEFINED;
	} else {
		result->outcome = h->stop & S2T_STOP_STUCK ? S2T_DEADLOCK : S2T_PANIC;
	}
}

static void call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	struct s2t_hyp *h = &iut->hyp;
	size_t writes = h->mem.writes;
	uint32_t stop = h->stop;

	h->mem.fault = S2T_OK;
	h->events.count = 0;
	h->why = "stopped in an earlier call";
	result->outcome = S2T_OK;
	result->reason = "";
	result->ret = call->op < S2T_OP_MEMORY_COUNT ? run(h, call) : run_above(h, call);
	if (SELDOM(h->stop || h->mem.fault != S2T_OK))
		conclude(h, writes, stop, result);
}

static bool token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token)
{
	return s2t_mem_token(&iut->hyp.mem, pfn, token);
}

static struct s2t_el2_layout layout(const struct s2t_iut *iut)
{
	return iut->hyp.layout;
}

static const uint64_t *page(const struct s2t_iut *iut, enum s2t_window window, uint64_t addr)
{
	return window < S2T_WINDOW_COUNT && window != S2T_WINDOW_PAGES
	               ? s2t_mem_page(&iut->hyp.mem, window, addr)
	               : NULL;
}

static const struct s2t_write *writes(const struct s2t_iut *iut, size_t *count)
{
	*count = iut->hyp.mem.writes;
	return iut->hyp.mem.journal;
}

static void record_events(struct s2t_iut *iut, bool on)
{
	iut->hyp.record_events = on;
	iut->hyp.events.count = 0;
}

static const struct s2t_lock_event *last_events(const struct s2t_iut *iut, size_t *count)
{
	*count = iut->hyp.events.count;
	return iut->hyp.events.list;
}

/* All that a call changes is in the journal and in `stop`, whose flags are below 8; the lowest bit says that it is
 * one. */
static uint64_t snapshot(struct s2t_iut *iut)
{
	return (uint64_t)iut->hyp.mem.writes << 4 | (uint64_t)iut->hyp.stop << 1 | 1;
}

static bool restore(struct s2t_iut *iut, uint64_t snapshot)
{
	s2t_mem_undo(&iut->hyp.mem, snapshot >> 4);
	iut->hyp.stop = snapshot >> 1 & 7;
	iut->hyp.events.count = 0;
	return true;
}

static const struct s2t_event_ops event_ops = {
	.record = record_events,
	.last = last_events,
};

static const struct s2t_image_ops image_ops = {
	.layout = layout,
	.page = page,
	.writes = writes,
};

static const struct s2t_iut_ops ops = {
	.abi = S2T_IUT_ABI,
	.size = sizeof(struct s2t_iut_ops),
	.name = "builtin",
	.version = "0.1.0",
	.create = create,
	.destroy = destroy,
	.reset = reset,
	.call = call,
	.token = token,
	.image = &image_ops,
	.events = &event_ops,
	.snapshot = snapshot,
	.restore = restore,
};

const struct s2t_iut_ops *s2t_builtin(void)
{
	return &ops;
}
