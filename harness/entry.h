/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What entries, locks, windows and differences are called wherever a user reads of them.
 */
#ifndef S2T_HARNESS_ENTRY_H
#define S2T_HARNESS_ENTRY_H

#include "lockstep.h"

enum { S2T_ENTRY_NAME = 96 };

/* Such as "npt[0][0x40005]"; at most S2T_ENTRY_NAME bytes with the 0. */
void s2t_entry_name(const struct s2t_touch *entry, char *buf, size_t size);

/* Such as "lock[NPT 3]". */
void s2t_lock_name(const struct s2t_board *board, uint32_t lock, char *buf, size_t size);

/* What a difference is about: an entry, a lock, a word, "outcome" or "return value". */
void s2t_diff_name(const struct s2t_board *board, const struct s2t_diff *diff, char *buf, size_t size);

const char *s2t_diff_kind_name(
	enum s2t_diff_kind kind); /* "outcome", "return", "state", …; parts of signatures */
const char *s2t_window_name(enum s2t_window window); /* "stage-2 pools", … */

/* The name of field `i` of an entry (owner count gfn; pfn level pte; …), NULL after the last. */
const char *s2t_field_name(enum s2t_entry_kind kind, unsigned i);

/* The name of a word of the hypercall layer's state, such as "state" of a VM; NULL: no such field. */
const char *s2t_hyper_field_name(enum s2t_entry_kind kind, unsigned field);

/* The fields of an entry in a model, now, and before its last step, which wrote it (`touch` is of its touched set). Of
 * cursors and data logs one word, of tables whether they exist. */
void s2t_entry_now(const struct s2t_model *model, const struct s2t_touch *entry, uint64_t value[3]);
void s2t_entry_before(const struct s2t_model *model, const struct s2t_touch *touch, uint64_t value[3]);
/* The descriptor of one frame before the last step, which emptied its SMMU context (`touch`). */
s2t_pte s2t_emptied_before(const struct s2t_model *model, const struct s2t_touch *touch, s2t_gfn gfn);

/* The value of field `i` as it is read best: "1 (VM 1)", "0x40005fff", "3"; at most S2T_VALUE_TEXT bytes. */
enum { S2T_VALUE_TEXT = 40 };
void s2t_field_text(const struct s2t_board *board, enum s2t_entry_kind kind, unsigned i, uint64_t value,
                    char *buf, size_t size);

/* The same of a field of this entry, whose word may be a state: "2 READY". */
void s2t_value_text(const struct s2t_board *board, const struct s2t_touch *entry, unsigned i, uint64_t value,
                    char *buf, size_t size);

/* "READY" and the like, of a VM or a vCPU; NULL: no such state. */
const char *s2t_vm_state_name(uint64_t state);

/* What a hypercall's number stands for, such as "set_boot_info"; NULL: the call is none, or its number stands for
 * nothing. */
const char *s2t_hypercall_name(const struct s2t_board *board, const struct s2t_call *call);

/* "the host", "VM 3", "EL2", "no owner". */
void s2t_owner_text(const struct s2t_board *board, uint32_t owner, char *buf, size_t size);

#endif
