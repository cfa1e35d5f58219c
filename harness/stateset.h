/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of states by their fingerprints, into which several threads insert at once, and for each state the least key
 * under which it was inserted: so what is in it does not depend on who came first.
 */
#ifndef S2T_HARNESS_STATESET_H
#define S2T_HARNESS_STATESET_H

#include "quotient.h"

struct s2t_slot;

struct s2t_stateset {
	struct s2t_slot *slot; /* a power of two of them */
	size_t mask, bytes;
	size_t count; /* of states; kept by the caller between insertions of several threads */
};

/* Room for `count` states, filled to three quarters at most. False: out of memory. */
bool s2t_stateset_init(struct s2t_stateset *set, size_t count);
void s2t_stateset_free(struct s2t_stateset *set);

/* Bytes that room for `count` states takes. */
size_t s2t_stateset_bytes(size_t count);

/* Makes room for `count` states in all; slots move. Only while nobody inserts. False: out of memory, nothing changed. */
bool s2t_stateset_reserve(struct s2t_stateset *set, size_t count);

/* Starts to load the place where a fingerprint goes. */
void s2t_stateset_prefetch(const struct s2t_stateset *set, const struct s2t_fingerprint *print);

/* Inserts, or lowers the key of a state that is there. Returns whether it is new; then `*slot` is its place until the
 * next reserve. There must be room. */
bool s2t_stateset_insert(struct s2t_stateset *set, const struct s2t_fingerprint *print, uint64_t key,
                         size_t *slot);

uint64_t s2t_stateset_key(const struct s2t_stateset *set, size_t slot);
struct s2t_fingerprint s2t_stateset_print(const struct s2t_stateset *set, size_t slot);

#endif
