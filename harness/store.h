/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of finds. Each signature is kept once: ID.trace (shrunk), ID.orig.trace (as found), ID.json and
 * whatever else is told of it, and ID.count, a line "N ORIGIN" for each time that it was seen; the sum of the
 * N is how often.
 *
 * Any number of processes may share a folder, and each may be killed at any moment: a file appears under its
 * name whole or not at all, the first one stays, and a line is appended in one write.
 */
#ifndef S2T_HARNESS_STORE_H
#define S2T_HARNESS_STORE_H

#include "find.h"

/* Makes the folder (and those above it) if need be, and removes what killed processes left half-written. */
bool s2t_store_open(const char *dir, struct s2t_error *error);

/* Writes DIR/NAME unless it is there. `*written` (may be NULL): whether this call did. */
bool s2t_store_write(const char *dir, const char *name, const char *text, size_t size, bool *written,
                     struct s2t_error *error);

/* Keeps the sequence as it was found: before it is shrunk, so that nothing is lost if that is interrupted. */
bool s2t_store_original(const char *dir, const struct s2t_find *find, const struct s2t_trial_options *options,
                        struct s2t_error *error);

/* Keeps the shrunk trace of a find, counts it, and sets its novelty and path. */
bool s2t_store_find(const char *dir, struct s2t_find *find, const struct s2t_trial_options *options,
                    struct s2t_error *error);

/* Counts `times` more finds of a kept signature. */
bool s2t_store_count(const char *dir, const char *id, uint64_t times, const char *origin,
                     struct s2t_error *error);

#endif
