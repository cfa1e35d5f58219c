/* SPDX-License-Identifier: BSD-2-Clause */
/* What s2twin sees of the manager: calls by number, and reads that change nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "manager.h"

enum { PAGE_BYTES = 4096 };

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t error_size)
{
	struct s2t_iut *m = malloc(sizeof(*m));

	(void)self;
	if (m && manager_init(m, board))
		return m;
	if (m)
		manager_free(m);
	free(m);
	snprintf(error, error_size, "out of memory");
	return NULL;
}

static void destroy(struct s2t_iut *m)
{
	manager_free(m);
	free(m);
}

/* The operation, with the argument widths of its C signature. Returns its value, if it has one. */
static uint64_t dispatch(struct s2t_iut *m, const struct s2t_call *call)
{
	const uint64_t *a = call->arg;
	const uint32_t a0 = (uint32_t)a[0], a1 = (uint32_t)a[1];

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: map_page_host(m, a[0]); break;
	case S2T_OP_CLEAR_VM_PAGE: clear_vm_page(m, a0, a[1]); break;
	case S2T_OP_ASSIGN_PFN_TO_VM: assign_pfn_to_vm(m, a0, a[1], a[2]); break;
	case S2T_OP_MAP_PFN_VM: map_pfn_vm(m, a0, a[1], a[2], (uint32_t)a[3]); break;
	case S2T_OP_MAP_VM_IO: map_vm_io(m, a0, a[1], a[2]); break;
	case S2T_OP_GRANT_VM_PAGE: grant_vm_page(m, a0, a[1]); break;
	case S2T_OP_REVOKE_VM_PAGE: revoke_vm_page(m, a0, a[1]); break;
	case S2T_OP_ASSIGN_PFN_TO_SMMU: assign_pfn_to_smmu(m, a0, a[1], a[2]); break;
	case S2T_OP_UPDATE_SMMU_PAGE: update_smmu_page(m, a0, a1, (uint32_t)a[2], a[3], a[4]); break;
	case S2T_OP_UNMAP_SMMU_PAGE: unmap_smmu_page(m, a0, a1, a[2]); break;
	case S2T_OP_GET_LEVEL_S2PT: return vm_level(m, a0, a[1]);
	case S2T_OP_WALK_S2PT: return vm_walk(m, a0, a[1]);
	case S2T_OP_MAP_S2PT: vm_map(m, a0, a[1], (uint32_t)a[2], a[3]); break;
	case S2T_OP_CLEAR_PFN_HOST: host_unmap(m, a[0]); break;
	case S2T_OP_INIT_SPT: smmu_clear(m, a0, a1); break;
	case S2T_OP_WALK_SPT: return smmu_walk(m, a0, a1, a[2]);
	case S2T_OP_MAP_SPT: smmu_map(m, a0, a1, a[2], a[3]); break;
	case S2T_OP_UNMAP_SPT: return smmu_unmap(m, a0, a1, a[2]);
	default: break;
	}
	return 0;
}

static void call(struct s2t_iut *m, const struct s2t_call *operation, struct s2t_result *result)
{
	jmp_buf out;

	*result = (struct s2t_result){ S2T_OK, 0, "" };
	m->out = &out;
	m->trouble = NULL;
	m->touched_count = 0;
	/* A machine that has panicked does nothing more. */
	if (!m->panic && setjmp(out) == 0)
		result->ret = dispatch(m, operation);
	if (m->trouble)
		*result = (struct s2t_result){ m->trouble_kind, 0, m->trouble };
	else if (m->panic)
		*result = (struct s2t_result){ S2T_PANIC, 0, m->panic };
}

static bool token(const struct s2t_iut *m, s2t_pfn pfn, s2t_token *word)
{
	*word = content_get(m, pfn);
	return true;
}

static struct s2t_npt_entry npt(const struct s2t_iut *m, s2t_vmid vmid, s2t_gfn gfn)
{
	return vm_entry(m, vmid, gfn * PAGE_BYTES);
}

static struct s2t_spt_entry spt(const struct s2t_iut *m, unsigned context, s2t_gfn gfn)
{
	return smmu_entry(m, context, gfn * PAGE_BYTES);
}

static bool lock_held(const struct s2t_iut *m, uint32_t id)
{
	return id <= LOCK_VM + m->board.corevisor && (m->locked[id / LOCKS_IN_WORD] >> id % LOCKS_IN_WORD & 1);
}

static const struct s2t_entry *touched(const struct s2t_iut *m, size_t *count)
{
	*count = m->touched_count;
	return m->touched;
}

static void release_locks(struct s2t_iut *m)
{
	for (uint32_t id = 0; id <= LOCK_VM + m->board.corevisor; id++)
		unlock(m, id);
	m->panic = NULL;
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static const struct s2t_iut_ops ops = {
		.abi = S2T_IUT_ABI,
		.size = sizeof(ops),
		.name = "extents",
		.version = "1",
		.create = create,
		.destroy = destroy,
		.reset = manager_reset,
		.call = call,
		.token = token,
		.page = page_get,
		.npt = npt,
		.spt = spt,
		.lock_held = lock_held,
		.touched = touched,
		.release_locks = release_locks,
	};

	return &ops;
}
