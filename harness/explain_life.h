/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of VMs and their vCPUs over a sequence: one row each, with the steps that changed its state.
 */
#ifndef S2T_HARNESS_EXPLAIN_LIFE_H
#define S2T_HARNESS_EXPLAIN_LIFE_H

#include <stdio.h>

#include "lockstep.h"

enum { S2T_MAX_LIVES = 32, S2T_MAX_CHANGES = 24, S2T_LIFE_TEXT = 600, S2T_LIFE_NO_VCPU = S2T_VCPUS };

struct s2t_life_change {
	uint32_t step;
	uint32_t to; /* enum s2t_vm_state */
};

/* A VM, or one of its vCPUs. */
struct s2t_life_row {
	uint32_t vmid, vcpuid; /* S2T_LIFE_NO_VCPU: the VM itself */
	uint32_t first;        /* its state before the changes that are kept */
	uint32_t changes;      /* kept: the last ones */
	uint32_t dropped;      /* before them */
	struct s2t_life_change change[S2T_MAX_CHANGES];
	uint32_t iut;  /* the state in the implementation after the last step, */
	bool iut_told; /* if it is told */
};

/* Rows in the order of their first change. */
struct s2t_life {
	unsigned rows, left_out;
	struct s2t_life_row row[S2T_MAX_LIVES];
};

/* Notes what the last step of the model changed; it is step `number` of the sequence. */
void s2t_life_note(struct s2t_life *life, const struct s2t_model *model, uint32_t number);
/* Reads the states of the implementation, or of the body. */
void s2t_life_end(struct s2t_life *life, struct s2t_lockstep *ls);
/* The state of a row in the model after the last step. */
uint32_t s2t_life_now(const struct s2t_life_row *row);

/* "VM 1", "VM 1 vCPU 0". */
void s2t_life_name(const struct s2t_life_row *row, char *buf, size_t size);
/* "UNUSED, 5 READY, 19 VERIFIED": the state at first, then steps and states. */
void s2t_life_text(const struct s2t_life_row *row, char *buf, size_t size);

#endif
