/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inputs: how a sequence stands in the bytes that a fuzzer mutates. Version 1; what it says below never changes, so
 * that a corpus keeps its meaning. What the bytes of a record stand for is decode.h.
 *
 * header, 4 bytes
 *   0  version; a byte that is no version reads as 1
 *   1  board: 0xFF: its text follows the header; else the lowest 3 bits choose default, tiny, lowlimits, zeropage,
 *      overlap, zerogfn, odd or tiny
 *   2  low nibble 0xA: goes on after a panic; high nibble 0xA: undefined calls are run. Both are rare in random bytes
 *   3  places: which guest frames selectors mean (decode_pick.c); with a board's text: its length, in 16 bytes
 * board text, if any: as `s2twin board` prints it, filled up with line ends. If it is no board: `default`
 * records until the end: 8 bytes, then 8 bytes for each literal argument, little-endian
 *   0     bits 0..5 choose the operation; bits 6 and 7 both set: the call is made as it stands, else a call that would
 *         panic gives way to a kindred one
 *   1..5  one selector for each argument, in the order of the operation; 0xFC and above: a literal. Those beyond the
 *         last argument are not read
 *   6, 7  attributes of a descriptor, bits below the page of an address
 * A record that is cut off at the end of the input is not read.
 */
#ifndef S2T_HARNESS_INPUT_H
#define S2T_HARNESS_INPUT_H

#include "s2twin/ops.h"

enum {
	S2T_INPUT_VERSION = 1,
	S2T_INPUT_HEADER = 4,
	S2T_INPUT_TEXT_UNIT = 16,
	S2T_INPUT_TEXT_MAX = 255 * S2T_INPUT_TEXT_UNIT,
	S2T_INPUT_BOARD_TEXT = 0xFF,
	S2T_INPUT_BOARDS = 8,
	S2T_INPUT_ARGS = 5, /* selectors of a record */
	S2T_RECORD_BYTES = 8,
	S2T_LITERAL_BYTES = 8,
	S2T_RECORD_MAX = S2T_RECORD_BYTES + S2T_INPUT_ARGS * S2T_LITERAL_BYTES,
	S2T_RECORD_DARE = 0xC0,  /* in byte 0: a panic is welcome */
	S2T_SELECT_LIMIT = 0xF4, /* this selector and above: words at the limits of the argument's range */
	S2T_SELECT_LITERAL = 0xFC,
};

struct s2t_input {
	const uint8_t *data;
	size_t size;
	bool version_known;
	bool after_panic, run_undefined;
	uint8_t places;
	const char *board; /* name of the board; with a board's text: the one that stands in for a bad text */
	const char *text;  /* NULL: none */
	size_t text_len;
	size_t records; /* where the first record begins; at most `size` */
};

/* The name of the board that the low bits of byte 1 choose. */
const char *s2t_input_board_name(unsigned choice);

/* Takes any bytes apart; `data` must outlive `input`. */
void s2t_input_read(struct s2t_input *input, const uint8_t *data, size_t size);

/* The operation that byte 0 of a record chooses. Operation `op` itself is chosen by its own number. */
enum s2t_op s2t_record_op(uint8_t byte);

/* The number of arguments of that operation. */
unsigned s2t_record_args(uint8_t byte);

/* Bytes of the record at `at` with its literals; 0: the `left` bytes end before it does. */
size_t s2t_record_bytes(const uint8_t *at, size_t left);

static inline uint64_t s2t_literal_at(const uint8_t *at)
{
	uint64_t word = 0;

	for (unsigned i = S2T_LITERAL_BYTES; i-- > 0;)
		word = word << 8 | at[i];
	return word;
}

#endif
