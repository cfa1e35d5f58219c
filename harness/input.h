/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inputs: how a sequence stands in the bytes that a fuzzer mutates. Two versions: 1 has the operations of the memory
 * layers, 2 all of them. What each says below never changes, so that a corpus keeps its meaning.
 *
 * header, 4 bytes
 *   0  version; a byte that is no version reads as 1
 *   1  board: 0xFF: its text follows the header; else the lowest 3 bits choose default, tiny, lowlimits, zeropage,
 *      overlap, zerogfn, odd or tiny
 *   2  low nibble 0xA: goes on after a panic; high nibble 0xA: undefined calls are run. Both are rare in random bytes
 *   3  places: which guest frames selectors mean (decode_pick.c); with a board's text: its length, in 16 bytes
 * board text, if any: as `s2twin board` prints it, filled up with line ends. If it is no board: `default`
 * records until the end: 8 bytes, in version 2 10, then 8 bytes for each literal argument, little-endian
 *   0     bits 0..5 choose the operation, or in version 2 a macro: some calls in a row (decode_macro.c); bits 6 and 7
 *         both set: the call (of a macro the last one) is made as it stands, else one that would panic gives way to a
 *         kindred one
 *   1..5  one selector for each argument, in version 2 1..7, in the order of the operation; 0xFC and above: a literal.
 *         Those beyond the last argument are not read. Those of a macro are its parameters, none of them literal
 *   then  two bytes: attributes of a descriptor, bits below the page of an address; of a macro: what is left out
 * A record that is cut off at the end of the input is not read.
 */
#ifndef S2T_HARNESS_INPUT_H
#define S2T_HARNESS_INPUT_H

#include <string.h>

#include "s2twin/ops.h"

enum {
	S2T_INPUT_MEMORY = 1, /* the versions */
	S2T_INPUT_ALL = 2,
	S2T_INPUT_HEADER = 4,
	S2T_INPUT_TEXT_UNIT = 16,
	S2T_INPUT_TEXT_MAX = 255 * S2T_INPUT_TEXT_UNIT,
	S2T_INPUT_BOARD_TEXT = 0xFF,
	S2T_INPUT_BOARDS = 8,
	S2T_INPUT_ARGS = 7, /* selectors of a record at most */
	S2T_INPUT_USUAL =
		4096, /* bytes that engines are usually told to go up to; longer seeds are cut off there */
	S2T_RECORD_LEAST = 8, /* bytes of the shortest record */
	S2T_LITERAL_BYTES = 8,
	S2T_RECORD_MAX = 10 + S2T_INPUT_ARGS * S2T_LITERAL_BYTES,
	S2T_RECORD_DARE = 0xC0,  /* in byte 0: a panic is welcome */
	S2T_SELECT_LIMIT = 0xF4, /* this selector and above: words at the limits of the argument's range */
	S2T_SELECT_LITERAL = 0xFC,
};

/* Sequences of calls that one record of version 2 stands for; beside enum s2t_op, behind its last. */
enum s2t_macro {
	S2T_MACRO_BOOT = S2T_OP_COUNT, /* a VM from register_kvm to the first run of its vCPU */
	S2T_MACRO_REGISTER,            /* a VM with a vCPU and nothing else */
	S2T_MACRO_IMAGE,               /* one more image for a VM */
	S2T_MACRO_RUN,                 /* a run with a fault, sharing in both directions, and the exit */
	S2T_MACRO_END,                 /* power off, and the host takes its pages and banks back */
	S2T_MACRO_DEVICE,              /* a bank for the host: given, mapped, read, cleared */
	S2T_MACRO_GUEST_DEVICE,        /* a bank for a VM that boots */
	S2T_MACRO_HOST_BLOCK,  /* a block of the host over a page of a VM, then what needs that page's entry */
	S2T_MACRO_CORE_BLOCK,  /* a block of EL2 where an image is to be mapped */
	S2T_MACRO_GUEST_BLOCK, /* a block of a VM, then a mapping in it */
	S2T_MACRO_SCATTER_PAGES, /* mappings far from each other, each with tables of its own: pages of a VM */
	S2T_MACRO_SCATTER_DEVICES, /* … device pages of a VM */
	S2T_MACRO_SCATTER_FAULTS,  /* … by faults of a guest */
	S2T_MACRO_SCATTER_SMMU,    /* … of an SMMU context */
	S2T_MACRO_SCATTER_HOST,    /* … of the host, then a fault and a block */
	S2T_MACRO_SCATTER_CORE,    /* … of EL2, then an image */
	S2T_MACRO_LAST
};

struct s2t_input {
	const uint8_t *data;
	size_t size;
	unsigned version;
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

/* Bytes of a record without its literals, and how many of them are selectors, of which byte 1 is the first. */
static inline size_t s2t_record_size(unsigned version)
{
	return version == S2T_INPUT_ALL ? 10 : 8;
}
static inline unsigned s2t_record_selectors(unsigned version)
{
	return version == S2T_INPUT_ALL ? 7 : 5;
}

/* What byte 0 of a record chooses: enum s2t_op or enum s2t_macro. Operation `op` itself is chosen by its own number. */
enum { S2T_RECORD_CHOICES = 64 };
extern const uint8_t s2t_record_choice[S2T_INPUT_ALL][S2T_RECORD_CHOICES];
static inline uint32_t s2t_record_op(unsigned version, uint8_t byte)
{
	return s2t_record_choice[version - 1][byte & (S2T_RECORD_CHOICES - 1)];
}

/* The number of its arguments; 0 of a macro. */
extern const uint8_t s2t_record_arg_count[S2T_MACRO_LAST];
static inline unsigned s2t_record_args(unsigned version, uint8_t byte)
{
	return s2t_record_arg_count[s2t_record_op(version, byte)];
}

/* Which of the bytes 1..args of a record are selectors of literals: bit 8 * i + 7 for byte i. A byte is one where its upper
 * six bits are all set: in ~word they are zero, and the sum of the lower seven with 0x7F does not reach bit 7. */
_Static_assert(S2T_SELECT_LITERAL == 0xFC, "the upper six bits");
static inline uint64_t s2t_record_literals(const uint8_t *at, unsigned args)
{
	const uint64_t mask = ((UINT64_C(1) << 8 * args) - 1) << 8, low = UINT64_C(0x7F7F7F7F7F7F7F7F);
	uint64_t word, rest;

	memcpy(&word, at, sizeof(word));
	rest = ~word & UINT64_C(0xFCFCFCFCFCFCFCFC);
	return ~(((rest & low) + low) | rest | low) & mask;
}

/* Bytes of the record at `at` with its literals; 0: the `left` bytes end before it does. */
static inline size_t s2t_record_bytes(unsigned version, const uint8_t *at, size_t left)
{
	const size_t size = s2t_record_size(version);

	if (left < size)
		return 0;
	const uint64_t literals = s2t_record_literals(at, s2t_record_args(version, at[0]));

	if (literals == 0)
		return size;
	const size_t bytes = size + S2T_LITERAL_BYTES * (size_t)__builtin_popcountll(literals);

	return bytes <= left ? bytes : 0;
}

static inline uint64_t s2t_literal_at(const uint8_t *at)
{
	uint64_t word = 0;

	for (unsigned i = S2T_LITERAL_BYTES; i-- > 0;)
		word = word << 8 | at[i];
	return word;
}

#endif
