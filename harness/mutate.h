/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutations of inputs that keep records whole: for libFuzzer's and AFL++'s custom mutators alike. The result depends on
 * the arguments alone.
 */
#ifndef S2T_HARNESS_MUTATE_H
#define S2T_HARNESS_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct s2t_draw;

/* Changes `data` in place: some records inserted, deleted, repeated, swapped, moved, or one argument of one. Or `draw`
 * draws records (mutate_draw.h): always where there are none, else now and then; NULL: never. Returns the new size, at
 * most `max_size`. */
size_t s2t_mutate(struct s2t_draw *draw, uint8_t *data, size_t size, size_t max_size, uint64_t seed);

/* Whether an engine had better begin with nothing, size 0, for this seed: with any board and either version. Mutations keep the
 * version of what they change, but for s2t_raise_version, and engines prefer what they found last, so that one version
 * can crowd out the other. */
static inline bool s2t_mutate_anew(uint64_t seed)
{
	return seed % 251 == 0;
}

/* Whether an engine had better raise the version of an input first, for this seed. */
static inline bool s2t_mutate_upwards(uint64_t seed)
{
	return (seed & 31) == 31;
}

/* Makes an input of version 1 one of version 2 that stands for the same operations, in place, so that calls of the
 * hypercall layer can come to stand among them. Returns the new size; `size` without a change where the version is
 * another one, where a literal fits no call, where the result were longer than `max_size`, and of more than some thousand
 * records. */
size_t s2t_raise_version(uint8_t *data, size_t size, size_t max_size);

/* Writes to `out` an input with records of both: the head of `a` up to some record, then records of `b`. Returns its
 * size, at most `max_size`; 0: there is no room for a header. */
size_t s2t_cross_over(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                      size_t max_size, uint64_t seed);

#endif
