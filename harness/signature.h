/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures: what makes two divergences the same one.
 *
 * A signature is a line of words: operation, case that the model took, kind of difference, and the kinds of
 * the entries that differ. It does not depend on numbers of pages, VMs or steps, on the board, on the seed,
 * on addresses, or on which tables were there before the step:
 *   - an operation that the implementation declares has no case: the model's outcome stands for it;
 *   - where the outcomes differ, it has the implementation's outcome, and of a crash its signal, instead of
 *     entries: what differs beside only shows where either side stopped;
 *   - the kind is the gravest: outcome, return, argument, primitive, malformed, stray, lock, state, touched,
 *     cpu;
 *   - tables are part of the entries that they hold, and cursors count only where none of those differ. Its
 *     id is the 64-bit FNV-1a hash of the line.
 */
#ifndef S2T_HARNESS_SIGNATURE_H
#define S2T_HARNESS_SIGNATURE_H

#include "isolate.h"
#include "lockstep.h"

enum { S2T_SIGNATURE_DIGITS = 16 };

struct s2t_signature {
	char id[S2T_SIGNATURE_DIGITS + 1]; /* lower-case hex digits */
	char text[240];                    /* "op=clear_vm_page case=CVP-4 kind=state entries=npt" */
};

/* Of the divergence that `ls` stands at. */
void s2t_signature_of(const struct s2t_lockstep *ls, struct s2t_signature *signature);

/* Of a call that did not return: `step` is what the model made of it. */
void s2t_signature_of_ending(const struct s2t_iut_ops *iut, const struct s2t_call *call,
                             const struct s2t_step *step, const struct s2t_ending *ending,
                             struct s2t_signature *signature);

static inline bool s2t_signature_same(const struct s2t_signature *a, const struct s2t_signature *b)
{
	for (int i = 0; i < S2T_SIGNATURE_DIGITS; i++)
		if (a->id[i] != b->id[i])
			return false;
	return true;
}

/* Whether `name` (of a file, say) begins with an id that ends at `end`, such as ".trace". */
bool s2t_signature_is_id(const char *name, const char *end);

#endif
