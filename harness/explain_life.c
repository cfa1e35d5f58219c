/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of VMs and their vCPUs. */
#include "explain_life.h"

#include <inttypes.h>
#include <string.h>

#include "entry.h"
#include "reads.h"
#include "spec_machine.h"

static struct s2t_life_row *row_of(struct s2t_life *life, uint32_t vmid, uint32_t vcpuid)
{
	for (unsigned i = 0; i < life->rows; i++)
		if (life->row[i].vmid == vmid && life->row[i].vcpuid == vcpuid)
			return &life->row[i];
	if (life->rows == S2T_MAX_LIVES) {
		life->left_out++;
		return NULL;
	}
	life->row[life->rows] = (struct s2t_life_row){ .vmid = vmid, .vcpuid = vcpuid };
	return &life->row[life->rows++];
}

static void add_change(struct s2t_life_row *row, uint32_t step, uint32_t from, uint32_t to)
{
	if (row->changes == 0 && row->dropped == 0)
		row->first = from;
	if (row->changes == S2T_MAX_CHANGES) {
		row->first = row->change[0].to;
		memmove(&row->change[0], &row->change[1], sizeof(row->change) - sizeof(row->change[0]));
		row->changes--;
		row->dropped++;
	}
	row->change[row->changes++] = (struct s2t_life_change){ step, to };
}

static bool is_state(const struct s2t_touch *touch)
{
	return (touch->kind == S2T_ENTRY_VM && touch->level == S2T_VM_STATE) ||
	       (touch->kind == S2T_ENTRY_VCPU && touch->level == S2T_VCPU_STATE);
}

void s2t_life_note(struct s2t_life *life, const struct s2t_model *model, uint32_t number)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);

	for (size_t i = 0; i < count; i++) {
		struct s2t_life_row *row;
		uint64_t now[3];

		if (!is_state(&touch[i]))
			continue;
		s2t_entry_now(model, &touch[i], now);
		if (now[0] == touch[i].old[0])
			continue;
		row = row_of(life, touch[i].a,
		             touch[i].kind == S2T_ENTRY_VM ? S2T_LIFE_NO_VCPU : (uint32_t)touch[i].b);
		if (row)
			add_change(row, number, (uint32_t)touch[i].old[0], (uint32_t)now[0]);
	}
}

void s2t_life_end(struct s2t_life *life, struct s2t_lockstep *ls)
{
	const struct s2t_model *body = ls->bodies ? s2t_spec_machine_state(ls->bodies) : NULL;

	for (unsigned i = 0; i < life->rows; i++) {
		struct s2t_life_row *row = &life->row[i];
		const bool vm = row->vcpuid == S2T_LIFE_NO_VCPU;
		const struct s2t_touch entry = { .kind = vm ? S2T_ENTRY_VM : S2T_ENTRY_VCPU,
			                         .a = row->vmid,
			                         .b = vm ? 0 : row->vcpuid };
		uint64_t value[3];
		bool uniform = true;

		row->iut_told = body || s2t_read_entry(ls, &entry, value, &uniform);
		if (body)
			s2t_entry_now(body, &entry, value);
		row->iut = row->iut_told ? (uint32_t)value[0] : 0;
	}
}

uint32_t s2t_life_now(const struct s2t_life_row *row)
{
	return row->changes ? row->change[row->changes - 1].to : row->first;
}

void s2t_life_name(const struct s2t_life_row *row, char *buf, size_t size)
{
	if (row->vcpuid == S2T_LIFE_NO_VCPU)
		snprintf(buf, size, "VM %" PRIu32, row->vmid);
	else
		snprintf(buf, size, "VM %" PRIu32 " vCPU %" PRIu32, row->vmid, row->vcpuid);
}

void s2t_life_text(const struct s2t_life_row *row, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%s", s2t_vm_state_name(row->first));

	if (row->dropped)
		used += (size_t)snprintf(buf + used, size - used, " (after %" PRIu32 " changes)", row->dropped);
	for (uint32_t i = 0; i < row->changes && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, ", %" PRIu32 " %s", row->change[i].step,
		                         s2t_vm_state_name(row->change[i].to));
}
