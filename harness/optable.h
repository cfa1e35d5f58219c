/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables behind every list of operations, arguments and cases.
 */
#ifndef S2T_HARNESS_OPTABLE_H
#define S2T_HARNESS_OPTABLE_H

#include "s2twin/cases.h"
#include "s2twin/model.h"

struct s2t_arg_info {
	const char *name;
	enum s2t_arg_kind kind;
};

struct s2t_op_info {
	const char *name;   /* as in a trace: "map_page_host" */
	const char *prefix; /* of its case ids: "MPH" */
	const char *file;   /* of the Coq text: "MemManagerSpec" */
	enum s2t_layer layer;
	bool returns; /* a value */
	unsigned arg_count;
	struct s2t_arg_info
		arg[S2T_MAX_ARGS + 1]; /* in the order of the Coq definition; a nameless one ends them */
};
extern const struct s2t_op_info s2t_op_table[S2T_OP_COUNT];

enum { S2T_CASE_IN_LOW = 1, S2T_CASE_IN_HIGH = 2, S2T_CASE_IN_TOP = 4 };

struct s2t_case_info {
	const char *name; /* "MPH-2" */
	enum s2t_op op;
	unsigned number;
	enum s2t_outcome outcome;
	unsigned specs; /* S2T_CASE_IN_LOW | S2T_CASE_IN_HIGH; S2T_CASE_IN_TOP: no other form has it */
	const char *text;
};
extern const struct s2t_case_info s2t_case_table[S2T_CASE_COUNT];

/* The operation of that name (`len` bytes), or -1. */
int s2t_op_by_name(const char *name, size_t len);

/* The case of that name, or -1. */
int s2t_case_by_name(const char *name);

/* How many bits the verified code's C signature gives an argument of this kind: 32 or 64. */
unsigned s2t_arg_bits(enum s2t_arg_kind kind);

/* Whether every argument fits the C signature; a call that does not cannot be made on an implementation. */
bool s2t_call_fits(const struct s2t_call *call);

const char *s2t_outcome_name(enum s2t_outcome outcome);
const char *s2t_entry_kind_name(enum s2t_entry_kind kind); /* "s2page", "npt", "npt_next", … */

#endif
