/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of entries, locks, windows and differences. */
#include "entry.h"

#include <inttypes.h>
#include <stdio.h>

const char *s2t_field_name(enum s2t_entry_kind kind, unsigned i)
{
	static const char *const names[S2T_ENTRY_KIND_COUNT][3] = {
		[S2T_ENTRY_S2PAGE] = { "owner", "count", "gfn" },
		[S2T_ENTRY_NPT] = { "pfn", "level", "pte" },
		[S2T_ENTRY_NPT_BLOCK] = { "pfn", "level", "pte" },
		[S2T_ENTRY_NPT_TABLE] = { "exists" },
		[S2T_ENTRY_NPT_NEXT] = { "next" },
		[S2T_ENTRY_SPT] = { "pfn", "pte" },
		[S2T_ENTRY_SPT_TABLE] = { "exists" },
		[S2T_ENTRY_SPT_NEXT] = { "next" },
		[S2T_ENTRY_FLATMEM] = { "token" },
		[S2T_ENTRY_DATA_LOG] = { "n" },
		[S2T_ENTRY_VM] = { "value" },
		[S2T_ENTRY_VCPU] = { "value" },
		[S2T_ENTRY_IMAGE] = { "value" },
		[S2T_ENTRY_CORE] = { "value" },
		[S2T_ENTRY_SMMU_CFG] = { "vmid" },
	};

	return kind < S2T_ENTRY_KIND_COUNT && i < 3 ? names[kind][i] : NULL;
}

const char *s2t_hyper_field_name(enum s2t_entry_kind kind, unsigned field)
{
	static const char *const names[][4] = {
		[S2T_ENTRY_VM - S2T_ENTRY_VM] = { "state", "images" },
		[S2T_ENTRY_VCPU - S2T_ENTRY_VM] = { "state", "fresh" },
		[S2T_ENTRY_IMAGE - S2T_ENTRY_VM] = { "addr", "size", "remap", "mapped" },
		[S2T_ENTRY_CORE - S2T_ENTRY_VM] = { "next_vmid", "next_remap" },
	};

	return kind >= S2T_ENTRY_VM && kind <= S2T_ENTRY_CORE && field < 4 ? names[kind - S2T_ENTRY_VM][field]
	                                                                   : NULL;
}

const char *s2t_window_name(enum s2t_window window)
{
	static const char *const names[S2T_WINDOW_COUNT] = {
		[S2T_WINDOW_PAGES] = "page contents",
		[S2T_WINDOW_S2PT] = "stage-2 pools",
		[S2T_WINDOW_SMMU] = "SMMU pools",
		[S2T_WINDOW_EL2] = "EL2 data",
	};

	return names[window];
}

const char *s2t_diff_kind_name(enum s2t_diff_kind kind)
{
	static const char *const names[] = {
		[S2T_DIFF_OUTCOME] = "outcome",     [S2T_DIFF_RETURN] = "return",
		[S2T_DIFF_ENTRY] = "state",         [S2T_DIFF_LOCK] = "lock",
		[S2T_DIFF_STRAY] = "stray",         [S2T_DIFF_MALFORMED] = "malformed",
		[S2T_DIFF_TOUCHED] = "touched",     [S2T_DIFF_CPU] = "cpu",
		[S2T_DIFF_PRIMITIVE] = "primitive", [S2T_DIFF_ARGUMENT] = "argument",
		[S2T_DIFF_INVARIANT] = "invariant",
	};

	return names[kind];
}

void s2t_lock_name(const struct s2t_board *board, uint32_t lock, char *buf, size_t size)
{
	const uint32_t info = s2t_lock_info(board, 0);

	if (lock == S2T_LOCK_S2PAGE)
		snprintf(buf, size, "lock[S2PAGE]");
	else if (lock == S2T_LOCK_SPT)
		snprintf(buf, size, "lock[SPT]");
	else if (lock == S2T_LOCK_CORE || lock == S2T_LOCK_SMMU)
		snprintf(buf, size, lock == S2T_LOCK_CORE ? "lock[CORE]" : "lock[SMMU]");
	else if (lock >= info)
		snprintf(buf, size, "lock[INFO %" PRIu32 "]", lock - info);
	else if (lock >= S2T_LOCK_NPT)
		snprintf(buf, size, "lock[NPT %" PRIu32 "]", lock - S2T_LOCK_NPT);
	else
		snprintf(buf, size, "lock[%" PRIu32 "]", lock);
}

void s2t_entry_name(const struct s2t_touch *entry, char *buf, size_t size)
{
	static const char *const cursor[] = { "pgd", "pud", "pmd" };
	static const char *const npt_table[] = { "pud", "pmd", "pte" };
	static const char *const spt_table[] = { "pmd", "pte" };

	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE: snprintf(buf, size, "s2page[0x%" PRIx64 "]", entry->b); return;
	case S2T_ENTRY_NPT: snprintf(buf, size, "npt[%" PRIu32 "][0x%" PRIx64 "]", entry->a, entry->b); return;
	case S2T_ENTRY_NPT_BLOCK:
		snprintf(buf, size, "npt[%" PRIu32 "][0x%" PRIx64 "..0x%" PRIx64 "]", entry->a, entry->b,
		         entry->b + 511);
		return;
	case S2T_ENTRY_NPT_TABLE:
		snprintf(buf, size, "%s table of npt[%" PRIu32 "] for 0x%" PRIx64, npt_table[entry->level % 3],
		         entry->a, entry->b);
		return;
	case S2T_ENTRY_NPT_NEXT:
		snprintf(buf, size, "npt_next[%" PRIu32 "][%s]", entry->a, cursor[entry->level % 3]);
		return;
	case S2T_ENTRY_SPT: snprintf(buf, size, "spt[%" PRIu32 "][0x%" PRIx64 "]", entry->a, entry->b); return;
	case S2T_ENTRY_SPT_CONTEXT: snprintf(buf, size, "spt[%" PRIu32 "]", entry->a); return;
	case S2T_ENTRY_SPT_TABLE:
		snprintf(buf, size, "%s table of spt[%" PRIu32 "] for 0x%" PRIx64, spt_table[entry->level % 2],
		         entry->a, entry->b);
		return;
	case S2T_ENTRY_SPT_NEXT: snprintf(buf, size, "spt_next[%s]", cursor[entry->level ? 2 : 0]); return;
	case S2T_ENTRY_FLATMEM: snprintf(buf, size, "flatmem[0x%" PRIx64 "]", entry->b); return;
	case S2T_ENTRY_DATA_LOG: snprintf(buf, size, "data_log[%" PRIu32 "]", entry->a); return;
	case S2T_ENTRY_VM:
		snprintf(buf, size, "vm[%" PRIu32 "].%s", entry->a,
		         s2t_hyper_field_name(S2T_ENTRY_VM, entry->level));
		return;
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
		snprintf(buf, size, "%s[%" PRIu32 "][%" PRIu64 "].%s",
		         entry->kind == S2T_ENTRY_VCPU ? "vcpu" : "image", entry->a, entry->b,
		         s2t_hyper_field_name((enum s2t_entry_kind)entry->kind, entry->level));
		return;
	case S2T_ENTRY_CORE:
		snprintf(buf, size, "core.%s", s2t_hyper_field_name(S2T_ENTRY_CORE, entry->level));
		return;
	case S2T_ENTRY_SMMU_CFG: snprintf(buf, size, "smmu_cfg[%" PRIu32 "]", entry->a); return;
	case S2T_ENTRY_KIND_COUNT: break;
	}
	snprintf(buf, size, "?");
}

void s2t_diff_name(const struct s2t_board *board, const struct s2t_diff *diff, char *buf, size_t size)
{
	switch (diff->kind) {
	case S2T_DIFF_OUTCOME: snprintf(buf, size, "outcome"); break;
	case S2T_DIFF_RETURN: snprintf(buf, size, "return value"); break;
	case S2T_DIFF_LOCK: s2t_lock_name(board, diff->entry.a, buf, size); break;
	case S2T_DIFF_STRAY:
		snprintf(buf, size, "word 0x%" PRIx64 " of the %s", diff->address,
		         s2t_window_name(diff->window));
		break;
	case S2T_DIFF_CPU: snprintf(buf, size, "%s", diff->text); break;
	case S2T_DIFF_INVARIANT:
		snprintf(buf, size, "invariant %s %s", s2t_invariant_table[diff->entry.a].number,
		         s2t_invariant_table[diff->entry.a].name);
		break;
	case S2T_DIFF_PRIMITIVE: snprintf(buf, size, "call of a primitive"); break;
	case S2T_DIFF_ARGUMENT: snprintf(buf, size, "argument of a call"); break;
	case S2T_DIFF_ENTRY:
	case S2T_DIFF_TOUCHED:
	case S2T_DIFF_MALFORMED: s2t_entry_name(&diff->entry, buf, size); break;
	}
}

void s2t_owner_text(const struct s2t_board *board, uint32_t owner, char *buf, size_t size)
{
	if (owner == 0)
		snprintf(buf, size, "the host");
	else if (owner == UINT32_MAX)
		snprintf(buf, size, "no owner");
	else if (owner == board->corevisor)
		snprintf(buf, size, "EL2");
	else
		snprintf(buf, size, "VM %" PRIu32, owner);
}

void s2t_field_text(const struct s2t_board *board, enum s2t_entry_kind kind, unsigned i, uint64_t value,
                    char *buf, size_t size)
{
	char owner[24];

	if (kind == S2T_ENTRY_S2PAGE && i == 0) {
		s2t_owner_text(board, (uint32_t)value, owner, sizeof(owner));
		snprintf(buf, size, value == UINT32_MAX ? "0x%" PRIx64 " %s" : "%" PRIu64 " %s", value, owner);
	} else if (kind == S2T_ENTRY_S2PAGE && i == 1 && value == UINT32_MAX) {
		snprintf(buf, size, "0x%" PRIx64 " SMMU only", value);
	} else if ((kind == S2T_ENTRY_S2PAGE && i == 1) || (kind <= S2T_ENTRY_NPT_BLOCK && i == 1) ||
	           kind == S2T_ENTRY_DATA_LOG) {
		snprintf(buf, size, "%" PRIu64, value);
	} else {
		snprintf(buf, size, "0x%" PRIx64, value);
	}
}

const char *s2t_vm_state_name(uint64_t state)
{
	static const char *const names[] = { "UNUSED", "MAPPED", "READY", "VERIFIED", "POWEROFF", "ACTIVE" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

void s2t_value_text(const struct s2t_board *board, const struct s2t_touch *entry, unsigned i, uint64_t value,
                    char *buf, size_t size)
{
	const enum s2t_entry_kind kind = (enum s2t_entry_kind)entry->kind;
	const bool vm = kind == S2T_ENTRY_VM, vcpu = kind == S2T_ENTRY_VCPU;
	const bool state = (vm && entry->level == S2T_VM_STATE) || (vcpu && entry->level == S2T_VCPU_STATE);
	char owner[24];

	if (state && s2t_vm_state_name(value)) {
		snprintf(buf, size, "%" PRIu64 " %s", value, s2t_vm_state_name(value));
	} else if (kind == S2T_ENTRY_SMMU_CFG && value == UINT32_MAX) {
		snprintf(buf, size, "0x%" PRIx64 " free", value);
	} else if (kind == S2T_ENTRY_SMMU_CFG && value <= board->corevisor) {
		s2t_owner_text(board, (uint32_t)value, owner, sizeof(owner));
		snprintf(buf, size, "%" PRIu64 " %s", value, owner);
	} else if (vm || vcpu || (kind == S2T_ENTRY_IMAGE && entry->level == S2T_IMAGE_MAPPED) ||
	           (kind == S2T_ENTRY_CORE && entry->level == S2T_CORE_NEXT_VMID)) {
		snprintf(buf, size, "%" PRIu64, value);
	} else {
		s2t_field_text(board, kind, i, value, buf, size);
	}
}

const char *s2t_hypercall_name(const struct s2t_board *board, const struct s2t_call *call)
{
	/* In the order in which the dispatcher looks for them. */
	const struct {
		uint64_t number;
		const char *name;
	} names[] = {
		{ board->hvc_timer_set_cntvoff, "timer_set_cntvoff" },
		{ board->hvc_clear_vm_s2_range, "clear_vm_stage2_range" },
		{ board->hvc_set_boot_info, "set_boot_info" },
		{ board->hvc_remap_vm_image, "remap_vm_image" },
		{ board->hvc_verify_vm_image, "verify_and_load_images" },
		{ board->hvc_smmu_free_pgd, "el2_free_smmu_pgd" },
		{ board->hvc_smmu_alloc_pgd, "el2_alloc_smmu_pgd" },
		{ board->hvc_smmu_lpae_map, "el2_arm_lpae_map" },
		{ board->hvc_smmu_lpae_iova_to_phys, "el2_arm_lpae_iova_to_phys" },
		{ board->hvc_smmu_clear, "el2_arm_lpae_clear" },
		{ board->hvc_register_kvm, "register_kvm" },
		{ board->hvc_register_vcpu, "register_vcpu" },
		{ board->hvc_phys_addr_ioremap, "kvm_phys_addr_ioremap" },
	};

	for (size_t i = 0; call->op == S2T_OP_HYPERCALL && i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == call->arg[0])
			return names[i].name;
	return NULL;
}
