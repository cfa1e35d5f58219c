/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model that is stepped by bodies: each of MemManager's ten operations runs the body that impl/ has for it, linked
 * against the model's primitives instead of the concrete ones. So "body over specified primitives", the left side of
 * every lemma of the code proofs, is a program. A user's own bodies can take the place of those of impl/.
 */
#ifndef S2T_HARNESS_SPEC_MACHINE_H
#define S2T_HARNESS_SPEC_MACHINE_H

#include "lemmas.h"
#include "s2twin/primitives.h"

struct s2t_spec_machine;

/* The first thing in a step that the layer interface of its lemma does not allow. */
struct s2t_misuse {
	enum { S2T_NO_MISUSE, S2T_NOT_IN_INTERFACE, S2T_ARGUMENT_TOO_WIDE } what;
	enum s2t_primitive primitive;
	unsigned argument; /* S2T_ARGUMENT_TOO_WIDE: its number, 0 is the first … */
	uint64_t value;    /* … and what was passed; the primitive got the low 32 bits, as from a C call */
};

/* A machine in the start state of `board`, which is copied (its start_page array must live as long as the machine).
 * `bodies`, which are copied, stand in the place of those of impl/; NULL: none do. NULL: out of memory. */
struct s2t_spec_machine *s2t_spec_machine_create(const struct s2t_board *board,
                                                 const struct s2t_bodies *bodies);
void s2t_spec_machine_destroy(struct s2t_spec_machine *m);

/* Its state, to read. */
struct s2t_model *s2t_spec_machine_state(const struct s2t_spec_machine *m);

/* One operation, whose arguments fit (s2t_call_fits): a body, or a primitive that is an operation of its own, which
 * has no body and is the model's. Once a rely fails, in a primitive or among those that the operation itself begins
 * with, the step is undefined: the rest of the body runs without effect, and the state is taken back. */
void s2t_spec_machine_step(struct s2t_spec_machine *m, const struct s2t_call *call, struct s2t_step *step);

/* About the last step: the primitives that the body called, one bit for each enum s2t_primitive, none if it was not a
 * body; what it must not do; why it panicked or was undefined ("" if neither; static text). */
uint32_t s2t_spec_machine_called(const struct s2t_spec_machine *m);
const struct s2t_misuse *s2t_spec_machine_misuse(const struct s2t_spec_machine *m);
const char *s2t_spec_machine_reason(const struct s2t_spec_machine *m);

#endif
