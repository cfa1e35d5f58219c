/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading an implementation entry by entry. */
#include "reads.h"

struct s2t_page s2t_read_page(struct s2t_lockstep *ls, s2t_pfn pfn)
{
	return ls->ops->page ? ls->ops->page(ls->iut, pfn) : s2t_view_page(&ls->view, pfn);
}

struct s2t_npt_entry s2t_read_npt(struct s2t_lockstep *ls, s2t_vmid vmid, s2t_gfn gfn)
{
	struct s2t_walk walk;

	return ls->ops->npt ? ls->ops->npt(ls->iut, vmid, gfn) : s2t_view_npt(&ls->view, vmid, gfn, &walk);
}

struct s2t_spt_entry s2t_read_spt(struct s2t_lockstep *ls, unsigned context, s2t_gfn gfn)
{
	struct s2t_walk walk;

	return ls->ops->spt ? ls->ops->spt(ls->iut, context, gfn)
	                    : s2t_view_spt(&ls->view, context, gfn, &walk);
}

bool s2t_tells(const struct s2t_iut_ops *ops, enum s2t_optional what)
{
	switch (what) {
	case S2T_TELLS_LOCKS: return ops->image || ops->lock_held;
	case S2T_TELLS_NPT_USED: return ops->image || ops->npt_used;
	case S2T_TELLS_SPT_USED: return ops->image || ops->spt_used;
	case S2T_TELLS_DATA_LOG: return ops->image || ops->data_log;
	case S2T_TELLS_VM: return ops->image || ops->vm;
	case S2T_TELLS_VCPU: return ops->image || ops->vcpu;
	case S2T_TELLS_IMAGE: return ops->image || ops->boot_image;
	case S2T_TELLS_CORE: return ops->image || ops->core;
	case S2T_TELLS_SMMU_CFG: return ops->image || ops->smmu_cfg;
	case S2T_TELLS_COUNT: break;
	}
	return false;
}

const char *s2t_optional_name(enum s2t_optional what)
{
	static const char *const names[S2T_TELLS_COUNT] = {
		[S2T_TELLS_LOCKS] = "locks",
		[S2T_TELLS_NPT_USED] = "stage-2 pool use",
		[S2T_TELLS_SPT_USED] = "SMMU pool use",
		[S2T_TELLS_DATA_LOG] = "data log",
		[S2T_TELLS_VM] = "VM states",
		[S2T_TELLS_VCPU] = "vCPU states",
		[S2T_TELLS_IMAGE] = "boot images",
		[S2T_TELLS_CORE] = "next vmid and remap address",
		[S2T_TELLS_SMMU_CFG] = "SMMU bank owners",
	};

	return names[what];
}

bool s2t_read_lock(struct s2t_lockstep *ls, uint32_t lock)
{
	return ls->ops->lock_held ? ls->ops->lock_held(ls->iut, lock) : s2t_view_lock_held(&ls->view, lock);
}

static bool read_cursor(struct s2t_lockstep *ls, const struct s2t_touch *entry, uint64_t *value)
{
	const bool smmu = entry->kind == S2T_ENTRY_SPT_NEXT;
	const struct s2t_iut_ops *ops = ls->ops;
	const s2t_vmid vmid = entry->a;
	const unsigned level = entry->level;

	if (!s2t_tells(ops, smmu ? S2T_TELLS_SPT_USED : S2T_TELLS_NPT_USED) || level > (smmu ? 1 : 2))
		return false;
	if (smmu)
		*value = ops->spt_used ? s2t_view_spt_range(&ls->view, level) + ops->spt_used(ls->iut, level)
		                       : s2t_view_spt_next(&ls->view, level);
	else
		*value = ops->npt_used ? s2t_view_npt_range(&ls->view, vmid, level) +
		                                 ops->npt_used(ls->iut, vmid, level)
		                       : s2t_view_npt_next(&ls->view, vmid, level);
	return true;
}

/* A word of the hypercall layer: the plug-in's own read, or the image. */
static bool read_hyper(struct s2t_lockstep *ls, const struct s2t_touch *entry, uint64_t *value)
{
	const struct s2t_iut_ops *ops = ls->ops;
	const uint32_t number = (uint32_t)entry->b;

	if (!s2t_tells(ops, (enum s2t_optional)(S2T_TELLS_VM + (entry->kind - S2T_ENTRY_VM))))
		return false;
	if (entry->kind == S2T_ENTRY_VM && ops->vm)
		*value = ops->vm(ls->iut, entry->a, (enum s2t_vm_field)entry->level);
	else if (entry->kind == S2T_ENTRY_VCPU && ops->vcpu)
		*value = ops->vcpu(ls->iut, entry->a, number, (enum s2t_vcpu_field)entry->level);
	else if (entry->kind == S2T_ENTRY_IMAGE && ops->boot_image)
		*value = ops->boot_image(ls->iut, entry->a, number, (enum s2t_image_field)entry->level);
	else if (entry->kind == S2T_ENTRY_CORE && ops->core)
		*value = ops->core(ls->iut, (enum s2t_core_field)entry->level);
	else if (entry->kind == S2T_ENTRY_SMMU_CFG && ops->smmu_cfg)
		*value = ops->smmu_cfg(ls->iut, entry->a);
	else
		*value = s2t_view_hyper(&ls->view, entry);
	return true;
}

bool s2t_read_entry(struct s2t_lockstep *ls, const struct s2t_touch *entry, uint64_t value[3], bool *uniform)
{
	const struct s2t_iut_ops *ops = ls->ops;

	value[0] = value[1] = value[2] = 0;
	*uniform = true;
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE: {
		const struct s2t_page page = s2t_read_page(ls, entry->b);

		value[0] = page.owner;
		value[1] = page.count;
		value[2] = page.gfn;
		return true;
	}
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK: {
		const struct s2t_npt_entry npt = s2t_read_npt(ls, entry->a, entry->b);

		value[0] = npt.pfn;
		value[1] = npt.level;
		value[2] = npt.pte;
		return true;
	}
	case S2T_ENTRY_SPT: {
		const struct s2t_spt_entry spt = s2t_read_spt(ls, entry->a, entry->b);

		value[0] = spt.pfn;
		value[1] = spt.pte;
		return true;
	}
	case S2T_ENTRY_FLATMEM: *uniform = ops->token(ls->iut, entry->b, &value[0]); return true;
	case S2T_ENTRY_DATA_LOG:
		if (!s2t_tells(ops, S2T_TELLS_DATA_LOG))
			return false;
		value[0] = ops->data_log ? ops->data_log(ls->iut, entry->a)
		                         : s2t_view_data_log(&ls->view, entry->a);
		return true;
	case S2T_ENTRY_NPT_NEXT:
	case S2T_ENTRY_SPT_NEXT: return read_cursor(ls, entry, &value[0]);
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG: return read_hyper(ls, entry, &value[0]);
	default: return false;
	}
}
