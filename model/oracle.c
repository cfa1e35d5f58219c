/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What taking and releasing a lock does to its log, with the events of other CPUs (the templates ACQ and REL of
 * LocksSpec.v, which the atomic forms spell out).
 */
#include "log.h"
#include "spec.h"

/* Constants.v */
enum { local_lock_bound = 10 };

/* orac cpu l */
static const struct s2t_other_event *others(const struct s2t_model *adt, uint32_t id, size_t *count)
{
	const struct s2t_oracle *oracle = &adt->logs->oracle;

	*count = 0;
	return oracle->events ? oracle->events(oracle->ctx, adt, id, oracle->cpu, count) : NULL;
}

bool s2t_log_balanced(struct s2t_model *adt, uint32_t id)
{
	struct s2t_lock_state state = adt->logs->lock[id].state;
	size_t count;
	const struct s2t_other_event *other = others(adt, id, &count);

	for (size_t i = 0; i < count; i++) {
		const struct s2t_event event = { id, other[i].kind, other[i].cpu, other[i].bound };

		when(s2t_H_CalLock_event(&state, &event));
	}
	return state.status == S2T_LEMPTY;
}

static bool write_page(struct s2t_model *adt, const struct s2t_other_write *write)
{
	rely(s2t_page_tracked(adt, write->at));
	rely(write->page.owner != INVALID); /* relate_s2page */
	rely(s2t_s2page(adt, write->at));
	s2t_set_s2page(adt, write->at, write->page);
	return true;
}

static bool write_npt(struct s2t_model *adt, s2t_vmid vmid, const struct s2t_other_write *write)
{
	bool halt;

	rely(is_addr(write->at));
	rely(write->where == 2 || write->where == 3);
	rely(write->value != 0);
	when(s2t_local_mmap(adt, vmid, write->at, write->where, write->value, &halt));
	return !halt;
}

static bool write_spt(struct s2t_model *adt, const struct s2t_other_write *write)
{
	bool halt;

	rely(write->where < S2T_SPT_CONTEXTS);
	rely(is_smmu_addr(write->at));
	when(s2t_local_spt_map(adt, write->where % SMMU_CTXT_BANKS, write->where / SMMU_CTXT_BANKS, write->at,
	                       write->value, &halt));
	return !halt;
}

static bool write_flatmem(struct s2t_model *adt, const struct s2t_other_write *write)
{
	rely(is_pfn(write->at));
	return s2t_set_flatmem(adt, write->at, write->value);
}

/* Words of the hypercall layer. */
static bool write_core(struct s2t_model *adt, const struct s2t_other_write *write)
{
	rely(write->where < S2T_CORE_FIELD_COUNT);
	s2t_set_core(adt, (enum s2t_core_field)write->where, write->value);
	return true;
}

static bool write_smmu(struct s2t_model *adt, const struct s2t_other_write *write)
{
	rely(write->where < S2T_SPT_CONTEXTS);
	s2t_set_smmu(adt, write->where, write->value);
	return true;
}

static bool write_vm_info(struct s2t_model *adt, s2t_vmid vmid, const struct s2t_other_write *write)
{
	const uint8_t field = write->where % 16;

	switch (write->where / 16) {
	case S2T_ENTRY_VM:
		rely(field < S2T_VM_FIELD_COUNT);
		s2t_set_vm(adt, vmid, (enum s2t_vm_field)field, write->value);
		return true;
	case S2T_ENTRY_VCPU:
		/* Registers, and so whether it is fresh, are this CPU's own: shadow_ctxts is no shared object. */
		rely(field == S2T_VCPU_STATE && write->at < VCPU_PER_VM);
		s2t_set_vcpu(adt, vmid, write->at, (enum s2t_vcpu_field)field, write->value);
		return true;
	case S2T_ENTRY_IMAGE:
		rely(field < S2T_IMAGE_FIELD_COUNT && write->at < MAX_LOAD_INFO_NUM);
		s2t_set_image(adt, vmid, write->at, (enum s2t_image_field)field, write->value);
		return true;
	default: return false;
	}
}

static bool write_object(struct s2t_model *adt, uint32_t id, const struct s2t_other_write *write)
{
	when(s2t_make_room(adt));
	switch (s2t_snapshot_kind(&adt->board, id)) {
	case S2T_EVENT_S2_PAGE: return write_page(adt, write);
	case S2T_EVENT_SPT: return write_spt(adt, write);
	case S2T_EVENT_FLATMEM: return write_flatmem(adt, write);
	case S2T_EVENT_CORE: return write_core(adt, write);
	case S2T_EVENT_SMMU: return write_smmu(adt, write);
	case S2T_EVENT_VM_INFO: return write_vm_info(adt, id - s2t_lock_info(&adt->board, 0), write);
	default: return write_npt(adt, id - S2T_LOCK_NPT, write);
	}
}

/* What an event of this kind carries. A snapshot that the object's CalX passes over counts for nothing. */
static uint64_t value_of(const struct s2t_model *adt, uint32_t id, const struct s2t_other_event *other)
{
	if (other->kind == S2T_EVENT_WAIT)
		return other->bound;
	if (other->kind == S2T_EVENT_PULL)
		return id;
	return other->kind == (uint32_t)s2t_snapshot_kind(&adt->board, id) ? adt->logs->lock[id].digest : 0;
}

bool s2t_log_others(struct s2t_model *adt, uint32_t id)
{
	size_t count;
	const struct s2t_other_event *other = others(adt, id, &count);

	for (size_t i = 0; i < count; i++) {
		rely(other[i].kind < S2T_EVENT_KIND_COUNT);
		if (other[i].kind == (uint32_t)s2t_snapshot_kind(&adt->board, id))
			for (size_t j = 0; j < other[i].writes; j++)
				when(write_object(adt, id, &other[i].write[j]));
		when(s2t_log_append(adt, id, other[i].cpu, (enum s2t_event_kind)other[i].kind,
		                    value_of(adt, id, &other[i])));
	}
	return true;
}

bool s2t_log_pull(struct s2t_model *adt, uint32_t id)
{
	const uint32_t cpu = adt->logs->oracle.cpu;

	when(s2t_log_others(adt, id));
	when(s2t_log_append(adt, id, cpu, S2T_EVENT_WAIT, local_lock_bound));
	return s2t_log_append(adt, id, cpu, S2T_EVENT_PULL, id);
}

bool s2t_log_push(struct s2t_model *adt, uint32_t id)
{
	const uint32_t cpu = adt->logs->oracle.cpu;

	when(s2t_log_append(adt, id, cpu, s2t_snapshot_kind(&adt->board, id), adt->logs->lock[id].digest));
	return s2t_log_append(adt, id, cpu, S2T_EVENT_REL, 0);
}

bool s2t_model_set_oracle(struct s2t_model *adt, const struct s2t_oracle *oracle)
{
	if (!adt->logs)
		return false;
	adt->logs->oracle = oracle ? *oracle : (struct s2t_oracle){ 0, NULL, NULL };
	return true;
}
