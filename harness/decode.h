/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder: from the bytes of an input (input.h) to operations, one at a time, against the state of the model.
 *
 * Raw numbers almost never meet; so a selector byte mostly says "the page before", "the k-th page that a VM owns", "its
 * owner", "the frame where its owner has it", "the k-th mapping, or its neighbour", "the next table's reach". What each
 * selector of each kind of argument stands for is in decode_pick.c and, for the hypercall layer, in decode_hyper.h;
 * decode_macro.c has the macros. All of it is part of the versions.
 */
#ifndef S2T_HARNESS_DECODE_H
#define S2T_HARNESS_DECODE_H

#include "input.h"
#include "s2twin/model.h"
#include "trace.h"

/* The board of an input. A text that is no board, or none that an implementation can have, gives way to the named one,
 * and `*good_text` is false. False: out of memory. Free it with s2t_trace_free. */
bool s2t_input_board(const struct s2t_input *input, struct s2t_trace *board, bool *good_text);

struct s2t_decoder;

/* A decoder for sequences on one board; `model` is asked at every record. In version 2 calls are tried on it and taken
 * back. NULL: out of memory. */
struct s2t_decoder *s2t_decoder_create(const struct s2t_board *board, struct s2t_model *model);
void s2t_decoder_destroy(struct s2t_decoder *d);

/* Begins with the first record of `input`, whose data must outlive the sequence; the model must be in its start state. */
void s2t_decode_begin(struct s2t_decoder *d, const struct s2t_input *input);

/* The next operation, from the present state of the model; false: there is no record left. */
bool s2t_decode_next(struct s2t_decoder *d, struct s2t_call *call);

/* The same for one who lets the model make the call next, in the low form: in version 2 it has been made to see whether it
 * panics, and where it does not the model may be left as it is after it. Then `*made` is true, and `step` what became of
 * it. */
bool s2t_decode_make(struct s2t_decoder *d, struct s2t_call *call, struct s2t_step *step, bool *made);

/* Tells the decoder what the model made of the last operation; not of a call that does not fit (s2t_call_fits). */
void s2t_decode_learn(struct s2t_decoder *d, const struct s2t_call *call, const struct s2t_step *step);

/* Bytes of the input that were read so far, header included. */
size_t s2t_decode_read(const struct s2t_decoder *d);

/* Selector bytes read so far of arguments that the operation does not have. */
size_t s2t_decode_spare(const struct s2t_decoder *d);

#endif
