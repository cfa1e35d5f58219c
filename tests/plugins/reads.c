/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in that offers the built-in implementation through reads alone: no image, no writes, nothing optional but what
 * the reads are. What s2twin finds in it, it finds entry by entry.
 */
#include <stdio.h>
#include <stdlib.h>

#include "view.h"

struct s2t_iut {
	struct s2t_board board;
	struct s2t_iut *inner;
	struct s2t_view view;
};

static struct s2t_iut *reads_create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                                    size_t size)
{
	struct s2t_iut *iut = calloc(1, sizeof(*iut));

	(void)self;
	if (!iut) {
		snprintf(error, size, "not enough memory");
		return NULL;
	}
	iut->board = *board;
	iut->inner = s2t_builtin()->create(s2t_builtin(), board, error, size);
	if (!iut->inner) {
		free(iut);
		return NULL;
	}
	s2t_view_init(&iut->view, s2t_builtin(), iut->inner, &iut->board);
	return iut;
}

static void reads_destroy(struct s2t_iut *iut)
{
	s2t_builtin()->destroy(iut->inner);
	free(iut);
}

static void reads_reset(struct s2t_iut *iut)
{
	s2t_builtin()->reset(iut->inner);
	s2t_view_flush(&iut->view);
}

static void reads_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	s2t_builtin()->call(iut->inner, call, result);
	s2t_view_flush(&iut->view);
}

static bool reads_token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token)
{
	return s2t_builtin()->token(iut->inner, pfn, token);
}

/* A look into the view fills its caches and changes nothing else. */
static struct s2t_view *view_of(const struct s2t_iut *iut)
{
	return (struct s2t_view *)(uintptr_t)&iut->view;
}

static struct s2t_page reads_page(const struct s2t_iut *iut, s2t_pfn pfn)
{
	return s2t_view_page(view_of(iut), pfn);
}

static struct s2t_npt_entry reads_npt(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn)
{
	struct s2t_walk walk;

	return s2t_view_npt(view_of(iut), vmid, gfn, &walk);
}

static struct s2t_spt_entry reads_spt(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	struct s2t_walk walk;

	return s2t_view_spt(view_of(iut), context, gfn, &walk);
}

static bool reads_lock_held(const struct s2t_iut *iut, uint32_t lock)
{
	return s2t_view_lock_held(view_of(iut), lock);
}

static uint64_t reads_npt_used(const struct s2t_iut *iut, s2t_vmid vmid, unsigned level)
{
	return s2t_view_npt_next(view_of(iut), vmid, level) - s2t_view_npt_range(&iut->view, vmid, level);
}

static uint64_t reads_spt_used(const struct s2t_iut *iut, unsigned level)
{
	return s2t_view_spt_next(view_of(iut), level) - s2t_view_spt_range(&iut->view, level);
}

static uint64_t reads_data_log(const struct s2t_iut *iut, s2t_vmid vmid)
{
	return s2t_view_data_log(view_of(iut), vmid);
}

static uint64_t reads_word(const struct s2t_iut *iut, struct s2t_touch entry)
{
	return s2t_view_hyper(view_of(iut), &entry);
}

static uint64_t reads_vm(const struct s2t_iut *iut, s2t_vmid vmid, enum s2t_vm_field field)
{
	return reads_word(iut, (struct s2t_touch){
				       .kind = S2T_ENTRY_VM, .level = (uint8_t)field, .a = (uint32_t)vmid });
}

static uint64_t reads_vcpu(const struct s2t_iut *iut, s2t_vmid vmid, uint32_t vcpuid, enum s2t_vcpu_field field)
{
	return reads_word(iut, (struct s2t_touch){ .kind = S2T_ENTRY_VCPU,
	                                           .level = (uint8_t)field,
	                                           .a = (uint32_t)vmid,
	                                           .b = vcpuid });
}

static uint64_t reads_boot_image(const struct s2t_iut *iut, s2t_vmid vmid, uint32_t load_idx,
                                 enum s2t_image_field field)
{
	return reads_word(iut, (struct s2t_touch){ .kind = S2T_ENTRY_IMAGE,
	                                           .level = (uint8_t)field,
	                                           .a = (uint32_t)vmid,
	                                           .b = load_idx });
}

static uint64_t reads_core(const struct s2t_iut *iut, enum s2t_core_field field)
{
	return reads_word(iut, (struct s2t_touch){ .kind = S2T_ENTRY_CORE, .level = (uint8_t)field });
}

static uint64_t reads_smmu_cfg(const struct s2t_iut *iut, unsigned context)
{
	return reads_word(iut, (struct s2t_touch){ .kind = S2T_ENTRY_SMMU_CFG, .a = context });
}

#define READS_OPS                                                                                              \
	.abi = S2T_IUT_ABI, .size = sizeof(struct s2t_iut_ops), .name = "reads", .version = "1",               \
	.create = reads_create, .destroy = reads_destroy, .reset = reads_reset, .call = reads_call,            \
	.token = reads_token, .page = reads_page, .npt = reads_npt, .spt = reads_spt,                          \
	.lock_held = reads_lock_held, .npt_used = reads_npt_used, .spt_used = reads_spt_used,                  \
	.data_log = reads_data_log, .vm = reads_vm, .vcpu = reads_vcpu, .boot_image = reads_boot_image,          \
	.core = reads_core, .smmu_cfg = reads_smmu_cfg

#ifndef READS_NO_PLUGIN
static const struct s2t_iut_ops ops = { READS_OPS };

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	return &ops;
}
#endif
