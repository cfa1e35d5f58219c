/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second model behind the plug-in interface, which runs one form of the specification. It is read entry by entry, as a
 * plug-in is; and it tells what it wrote.
 */
#include "iut_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optable.h"
#include "s2twin/model.h"

/* The functions of a form, which create finds again through `self`. */
struct form {
	struct s2t_iut_ops ops;
	enum s2t_spec spec;
};

struct s2t_iut {
	struct s2t_model *model;
	enum s2t_spec spec;
	size_t marks, mark_room;
	struct s2t_mark *mark; /* snapshot i is mark[i - 1] */
	size_t entry_room;
	struct s2t_entry *entry;
};

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t size)
{
	struct s2t_iut *iut = calloc(1, sizeof(*iut));

	if (iut) {
		iut->spec = ((const struct form *)self)->spec;
		iut->model = s2t_model_create(board);
	}
	if (iut && iut->model)
		return iut;
	free(iut);
	snprintf(error, size, "not enough memory");
	return NULL;
}

static void destroy(struct s2t_iut *iut)
{
	s2t_model_destroy(iut->model);
	free(iut->mark);
	free(iut->entry);
	free(iut);
}

static void reset(struct s2t_iut *iut)
{
	s2t_model_reset(iut->model);
	iut->marks = 0;
}

static void call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	struct s2t_step step;

	s2t_model_step(iut->model, iut->spec, call, &step);
	*result = (struct s2t_result){ .outcome = step.outcome,
		                       .ret = step.ret,
		                       .reason = step.outcome == S2T_OK ? NULL
		                                                        : s2t_case_table[step.case_id].text };
}

/*
 * Reads.
 */

static bool token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token)
{
	*token = s2t_model_token(iut->model, pfn);
	return true;
}

static struct s2t_page page(const struct s2t_iut *iut, s2t_pfn pfn)
{
	return s2t_model_page(iut->model, pfn);
}

static struct s2t_npt_entry npt(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn)
{
	return s2t_model_npt(iut->model, vmid, gfn);
}

static struct s2t_spt_entry spt(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	return s2t_model_spt(iut->model, context, gfn);
}

static bool lock_held(const struct s2t_iut *iut, uint32_t lock)
{
	return s2t_model_lock_held(iut->model, lock);
}

static uint64_t npt_used(const struct s2t_iut *iut, s2t_vmid vmid, unsigned level)
{
	const struct s2t_board *b = s2t_model_board(iut->model);
	const uint64_t start[] = { b->pgd_offset, b->pud_offset, b->pmd_offset };

	return s2t_model_npt_next(iut->model, vmid, level) - b->pt_pool_start - vmid * b->pt_pool_per_vm -
	       start[level];
}

static uint64_t spt_used(const struct s2t_iut *iut, unsigned level)
{
	const struct s2t_board *b = s2t_model_board(iut->model);

	return s2t_model_spt_next(iut->model, level) - (level == 0 ? b->smmu_pgd_start : b->smmu_pmd_start);
}

static uint64_t data_log(const struct s2t_iut *iut, s2t_vmid vmid)
{
	return s2t_model_data_log(iut->model, vmid);
}

static uint64_t vm(const struct s2t_iut *iut, s2t_vmid vmid, enum s2t_vm_field field)
{
	return s2t_model_vm(iut->model, vmid, field);
}

static uint64_t vcpu(const struct s2t_iut *iut, s2t_vmid vmid, uint32_t vcpuid, enum s2t_vcpu_field field)
{
	return s2t_model_vcpu(iut->model, vmid, vcpuid, field);
}

static uint64_t boot_image(const struct s2t_iut *iut, s2t_vmid vmid, uint32_t load_idx,
                           enum s2t_image_field field)
{
	return s2t_model_image(iut->model, vmid, load_idx, field);
}

static uint64_t core(const struct s2t_iut *iut, enum s2t_core_field field)
{
	return s2t_model_core(iut->model, field);
}

static uint64_t smmu_cfg(const struct s2t_iut *iut, unsigned context)
{
	return s2t_model_smmu_cfg(iut->model, context);
}

/* Without memory for them nothing is told, and what the model on the other side wrote is read all the same. */
static const struct s2t_entry *touched(const struct s2t_iut *iut, size_t *count)
{
	struct s2t_iut *mutable = (struct s2t_iut *)(uintptr_t)iut; /* the list is a cache */
	const struct s2t_touch *touch = s2t_model_touched(iut->model, count);

	if (*count > iut->entry_room) {
		struct s2t_entry *grown = realloc(iut->entry, *count * sizeof(*grown));

		if (!grown) {
			*count = 0;
			return NULL;
		}
		mutable->entry = grown;
		mutable->entry_room = *count;
	}
	for (size_t i = 0; i < *count; i++)
		mutable->entry[i] = (struct s2t_entry){
			.kind = touch[i].kind, .level = touch[i].level, .a = touch[i].a, .b = touch[i].b
		};
	return iut->entry;
}

/*
 * Going back.
 */

static uint64_t snapshot(struct s2t_iut *iut)
{
	if (iut->marks == iut->mark_room) {
		const size_t room = iut->mark_room ? 2 * iut->mark_room : 16;
		struct s2t_mark *grown = realloc(iut->mark, room * sizeof(*grown));

		if (!grown)
			return 0;
		iut->mark = grown;
		iut->mark_room = room;
	}
	iut->mark[iut->marks++] = s2t_model_mark(iut->model);
	return iut->marks;
}

static bool restore(struct s2t_iut *iut, uint64_t snapshot)
{
	if (snapshot == 0 || snapshot > iut->marks)
		return false;
	iut->marks = snapshot;
	s2t_model_undo(iut->model, &iut->mark[snapshot - 1]);
	return true;
}

#define OPS(form)                                                                                              \
	.abi = S2T_IUT_ABI, .size = sizeof(struct s2t_iut_ops), .name = "spec:" form, .version = S2T_VERSION,  \
	.create = create, .destroy = destroy, .reset = reset, .call = call, .token = token, .page = page,      \
	.npt = npt, .spt = spt, .npt_used = npt_used, .spt_used = spt_used, .data_log = data_log,              \
	.snapshot = snapshot, .restore = restore, .touched = touched, .vm = vm, .vcpu = vcpu,                  \
	.boot_image = boot_image, .core = core, .smmu_cfg = smmu_cfg

/* What `top` leaves behind in a halt are no locks: hlock names the objects that no later step may use. */
static const struct form forms[] = {
	{ { OPS("low"), .lock_held = lock_held }, S2T_SPEC_LOW },
	{ { OPS("high"), .lock_held = lock_held }, S2T_SPEC_HIGH },
	{ { OPS("top") }, S2T_SPEC_TOP },
	{ { OPS("bottom"), .lock_held = lock_held }, S2T_SPEC_BOTTOM },
};

const struct s2t_iut_ops *s2t_form_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(name, forms[i].ops.name) == 0)
			return &forms[i].ops;
	return NULL;
}
