/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder: from a sequence to an input that decodes to the same board and calls (input.h).
 */
#ifndef S2T_HARNESS_ENCODE_H
#define S2T_HARNESS_ENCODE_H

#include "boards.h"
#include "decode.h"
#include "s2twin/ops.h"

struct s2t_encoding {
	uint8_t *data; /* free() it */
	size_t size;
	size_t symbolic, literal; /* arguments that stand as selectors, and as literals */
	bool after_panic;         /* a call follows a panic, and the input says so */
};

/* Encodes. Arguments that a selector can name where they stand become selectors, the others literals. `run_undefined`
 * goes into the header. The version is 2; but 1 where all calls are of the memory layers and an engine would cut off the end
 * of version 2, whose records are longer (S2T_INPUT_USUAL). False: `error` says why; a board may be too large, or memory. */
bool s2t_encode(const struct s2t_board *board, const struct s2t_call *call, size_t count, bool run_undefined,
                struct s2t_encoding *encoding, struct s2t_error *error);

/* Encodes one call as the next record of the input that `d` decodes, where it stands, and leaves it as if it had read
 * that. `dare`: the call panics. Writes up to S2T_RECORD_MAX bytes to `out` and returns how many; `*literals` of the
 * arguments are literals. */
size_t s2t_encode_call(struct s2t_decoder *d, const struct s2t_call *call, bool dare, uint8_t *out,
                       unsigned *literals);

#endif
