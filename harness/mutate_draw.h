/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mutation that lets the generator of `s2twin run` draw the calls: those that it would make next after some of an
 * input's, or a whole sequence. What it finds within seconds an engine that mutates records at random may not find within
 * minutes: counters at their limits, pools that run out, a VM's life up to the one wrong call.
 */
#ifndef S2T_HARNESS_MUTATE_DRAW_H
#define S2T_HARNESS_MUTATE_DRAW_H

#include "decode.h"
#include "gen.h"

/* Models and generators of the boards that inputs name, each made when it is first needed. */
struct s2t_draw;

/* Calls of other layers than these, a set of S2T_GEN_…, are not drawn. NULL: out of memory. */
struct s2t_draw *s2t_draw_create(uint32_t layers);
void s2t_draw_destroy(struct s2t_draw *draw);

/* Puts drawn calls behind the first `keep` bytes of an input, whose end must be that of a record, or of the header; what
 * stood there goes. With `keep` up to the header the sequence is a fresh one, on any of the named boards. Calls of the
 * hypercall layer are drawn for version 2. No call is undefined, and only the last one panics. Returns the new size, at
 * most `max_size`, and 0 without a change where there is no generator: for a board given by its text, and out of memory.
 * The result depends on the input, `max_size` and `seed` alone. */
size_t s2t_draw(struct s2t_draw *draw, uint8_t *data, size_t keep, size_t max_size, uint64_t seed);

/* What draws, on one board: generator and decoder ask this model. */
struct s2t_drawing {
	struct s2t_model *model;
	struct s2t_gen *gen;
	struct s2t_decoder *decoder;
};

/* The end of s2t_draw: puts records of the calls that the generator draws from the present state on behind the `size`
 * bytes of `data`, until the generator or the room is at its end. Calls that are undefined, or that no implementation
 * can be given, are left out. Returns the new size. */
size_t s2t_draw_calls(const struct s2t_drawing *drawing, uint8_t *data, size_t size, size_t max_size);

#endif
