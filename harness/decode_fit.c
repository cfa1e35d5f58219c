/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records that do not dare: a call that would panic gives way to one that does not, mostly about the same page or place,
 * so that long sequences are the rule. Part of the versions of the inputs. In version 1 a panic is forecast (gen_risk.c);
 * that this is what the model does, is tested. In version 2 the model makes the call and is taken back
 * if it panics.
 */
#include "decode_internal.h"

static void make(struct s2t_call *call, enum s2t_op op, uint64_t a, uint64_t b, uint64_t c)
{
	*call = (struct s2t_call){ .op = op, .arg = { a, b, c } };
}

/* A foreign page gets shared; under a block, or without a table left, the place is looked at. */
static void fit_map_page_host(struct s2t_decoder *d, struct s2t_call *call)
{
	const uint64_t pfn = call->arg[0] >> 12;
	const struct s2t_page page = s2t_gen_page(d->gen, pfn);

	if (page.owner != 0 && page.owner != GEN_INVALID && page.count == 0)
		make(call, S2T_OP_GRANT_VM_PAGE, page.owner, pfn, 0);
	else
		make(call, S2T_OP_WALK_S2PT, 0, call->arg[0], 0);
}

/* A page that the host's SMMU uses is given back; an owned one goes to its owner again, where it is; a device gets
 * mapped. */
static void fit_assign(struct s2t_decoder *d, struct s2t_call *call)
{
	const uint64_t pfn = call->arg[2];
	const struct s2t_page page = s2t_gen_page(d->gen, pfn);

	if (page.owner == 0 && page.count != 0) {
		make(call, S2T_OP_REVOKE_VM_PAGE, 0, pfn, 0);
	} else if (page.owner == 0) {
		make(call, S2T_OP_WALK_S2PT, 0, pfn << 12, 0);
	} else if (page.owner == GEN_INVALID) {
		make(call, S2T_OP_MAP_PAGE_HOST, pfn << 12, 0, 0);
	} else {
		call->arg[0] = page.owner;
		if (page.gfn < GEN_GFN_END)
			call->arg[1] = page.gfn;
	}
}

/* The page's owner maps it where the record says; if no SMMU reaches that: map_spt. */
static void fit_update(struct s2t_decoder *d, struct s2t_call *call)
{
	uint64_t *arg = call->arg;
	const struct s2t_page page = s2t_gen_page(d->gen, (arg[4] & GEN_FRAME) >> 12);

	if (page.owner != GEN_INVALID && page.gfn < GEN_PFN_END) {
		arg[0] = page.owner;
		arg[3] = page.gfn << 12 | (arg[3] & 0xFFF);
	} else {
		const uint64_t pte = arg[4];

		make(call, S2T_OP_MAP_SPT, arg[1], arg[2], arg[3]);
		call->arg[3] = pte;
	}
}

void s2t_decode_fit(struct s2t_decoder *d, struct s2t_call *call)
{
	const uint64_t *arg = call->arg;

	if (!s2t_gen_would_panic(d->gen, call))
		return;
	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: fit_map_page_host(d, call); break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: fit_assign(d, call); break;
	case S2T_OP_UPDATE_SMMU_PAGE: fit_update(d, call); break;
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_MAP_VM_IO:
	case S2T_OP_MAP_S2PT: make(call, S2T_OP_WALK_S2PT, arg[0], arg[1], 0); return;
	case S2T_OP_MAP_SPT: make(call, S2T_OP_WALK_SPT, arg[0], arg[1], arg[2]); return;
	case S2T_OP_CLEAR_PFN_HOST: make(call, S2T_OP_WALK_S2PT, 0, arg[0] << 12, 0); return;
	default: make(call, S2T_OP_WALK_S2PT, 0, arg[1] << 12, 0); return; /* clear_vm_page, revoke_vm_page */
	}
	/* One repair may need another, as the update of a page without tables does. */
	if (s2t_gen_would_panic(d->gen, call))
		make(call, S2T_OP_WALK_S2PT, 0, d->pfn << 12, 0);
}

/* Whether the model panics; then it is as before. Else it has made the call, if that fits, and `*made` says so. */
static bool try(struct s2t_decoder *d, const struct s2t_call *call, struct s2t_step *step, bool *made)
{
	*made = false;
	if (!s2t_call_fits(call))
		return false;
	const struct s2t_mark mark = s2t_model_mark(d->model);

	s2t_model_step(d->model, S2T_SPEC_LOW, call, step);
	if (step->outcome == S2T_PANIC) {
		s2t_model_undo(d->model, &mark);
		return true;
	}
	*made = true;
	return false;
}

bool s2t_decode_panics(struct s2t_decoder *d, const struct s2t_call *call)
{
	const struct s2t_mark mark = s2t_model_mark(d->model);
	struct s2t_step step;
	bool made;
	const bool panics = try(d, call, &step, &made);

	if (made)
		s2t_model_undo(d->model, &mark);
	return panics;
}

/* The newest VM in a state, with a vCPU in another; 0: there is none. */
static uint64_t find_vm(const struct s2t_decoder *d, enum s2t_vm_state state, enum s2t_vm_state vcpu_state,
                        uint64_t *vcpu)
{
	enum { LOOKED_AT = 16, VCPUS = 8 };
	const uint64_t next = s2t_model_core(d->model, S2T_CORE_NEXT_VMID);

	for (uint64_t vmid = next; vmid-- > d->board.next_vmid && next - vmid <= LOOKED_AT;) {
		if (s2t_model_vm(d->model, vmid, S2T_VM_STATE) != state)
			continue;
		for (*vcpu = 0; *vcpu < VCPUS; ++*vcpu)
			if (s2t_model_vcpu(d->model, vmid, *vcpu, S2T_VCPU_STATE) == vcpu_state)
				return vmid;
	}
	return 0;
}

/* A first step towards what the call needs: a VM in the state, a vCPU, an owner that is off. */
static void fit_hyper(struct s2t_decoder *d, struct s2t_call *call)
{
	uint64_t vcpu, vmid, *arg = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_REGISTER_VCPU:
	case S2T_OP_SET_BOOT_INFO:
	case S2T_OP_REMAP_VM_IMAGE:
	case S2T_OP_VERIFY_AND_LOAD_IMAGES:
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP:
		vmid = find_vm(d, S2T_READY, S2T_UNUSED, &vcpu);
		if (vmid == 0) {
			make(call, S2T_OP_REGISTER_KVM, 0, 0, 0);
			break;
		}
		arg[0] = vmid;
		if (call->op == S2T_OP_REGISTER_VCPU)
			arg[1] = vcpu;
		break;
	case S2T_OP_VCPU_RUN:
		vmid = find_vm(d, S2T_VERIFIED, S2T_READY, &vcpu);
		if (vmid != 0) {
			arg[0] = vmid;
			arg[1] = vcpu;
			break;
		}
		/* One that runs already leaves, one that is READY gets its images. */
		vmid = find_vm(d, S2T_VERIFIED, S2T_ACTIVE, &vcpu);
		if (vmid != 0) {
			make(call, S2T_OP_VCPU_EXIT, vmid, vcpu, 31);
			break;
		}
		vmid = find_vm(d, S2T_READY, S2T_READY, &vcpu);
		make(call, vmid != 0 ? S2T_OP_VERIFY_AND_LOAD_IMAGES : S2T_OP_REGISTER_KVM, vmid,
		     vmid != 0 ? 31 : 0, 0);
		break;
	case S2T_OP_VCPU_EXIT:
		vmid = find_vm(d, S2T_VERIFIED, S2T_ACTIVE, &vcpu);
		if (vmid != 0)
			make(call, S2T_OP_VCPU_EXIT, vmid, vcpu, 31);
		break;
	case S2T_OP_EL2_FREE_SMMU_PGD:
		make(call, S2T_OP_SET_VM_POWEROFF,
		     s2t_model_smmu_cfg(d->model, (unsigned)(8 * arg[1] + arg[0]) & 15), 0, 0);
		break;
	case S2T_OP_HOST_FAULT:
	case S2T_OP_CLEAR_VM_RANGE:
	case S2T_OP_CLEAR_VM_STAGE2_RANGE:
	case S2T_OP_EL2_ALLOC_SMMU_PGD:
	case S2T_OP_EL2_ARM_LPAE_MAP:
	case S2T_OP_EL2_ARM_LPAE_CLEAR:
	case S2T_OP_HYPERCALL: make(call, S2T_OP_WALK_S2PT, 0, d->pfn << 12, 0); break;
	default: make(call, S2T_OP_WALK_S2PT, arg[0], arg[1], 0); break;
	}
}

bool s2t_decode_fit_all(struct s2t_decoder *d, struct s2t_call *call, struct s2t_step *step)
{
	bool made;

	if (!try(d, call, step, &made))
		return made;
	if (s2t_op_layer(call->op) == S2T_LAYER_MEMORY)
		s2t_decode_fit(d, call);
	else
		fit_hyper(d, call);
	if (!s2t_call_fits(call) || try(d, call, step, &made)) {
		make(call, S2T_OP_WALK_S2PT, 0, d->pfn << 12, 0);
		made = false;
	}
	return made;
}

/* What is `end` or more is out of range, and goes through nothing. */
static void bound(uint64_t *count, uint64_t most, uint64_t end)
{
	if (*count >= most && *count < end)
		*count &= most - 1;
}

void s2t_decode_bound(const struct s2t_board *board, struct s2t_call *call)
{
	const uint64_t bytes = (uint64_t)DECODE_WORK << 12, mappings = (uint64_t)DECODE_MAPPINGS << 12;
	uint64_t *arg = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_RANGE: bound(&arg[2], DECODE_WORK, GEN_PFN_END); break;
	case S2T_OP_GRANT_STAGE2_SG_GPA:
	case S2T_OP_REVOKE_STAGE2_SG_GPA:
	case S2T_OP_CLEAR_VM_STAGE2_RANGE: bound(&arg[2], bytes, GEN_ADDR_END); break;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP: bound(&arg[3], mappings, GEN_ADDR_END); break;
	case S2T_OP_VCPU_EXIT: bound(&arg[6], bytes, GEN_ADDR_END); break;
	case S2T_OP_HYPERCALL:
		if (arg[0] == board->hvc_clear_vm_s2_range)
			bound(&arg[3], bytes, GEN_ADDR_END);
		else if (arg[0] == board->hvc_phys_addr_ioremap)
			bound(&arg[4], mappings, GEN_ADDR_END);
		break;
	default: break;
	}
}
