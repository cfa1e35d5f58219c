/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder and the encoder of inputs of version 1: any bytes are a sequence, careful records never panic, what is
 * encoded decodes to the same board and calls, and version 1 means tomorrow what it means today.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode_run.h"
#include "encode.h"
#include "mutate.h"
#include "optable.h"

enum { V1_ARGS = 5, V1_RECORD = 8 };

/* Random bytes of every length, on every board: nothing is refused, nothing is read twice or beyond the end. */
static void any_bytes_decode(void **state)
{
	static struct run run;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	uint64_t ops[S2T_OP_MEMORY_COUNT] = { 0 };

	(void)state;
	s2t_rng_seed(&rng, 1);
	for (size_t size = 0; size < 600; size++) {
		fill(&rng, data, size);
		if (size > 0 && data[0] == S2T_INPUT_ALL)
			data[0] = S2T_INPUT_MEMORY;
		decode(&run, data, size);
		assert_true(run.read <= size);
		assert_true(size < S2T_INPUT_HEADER || run.read >= S2T_INPUT_HEADER ||
		            data[1] == S2T_INPUT_BOARD_TEXT);
		for (size_t i = 0; i < run.count; i++)
			ops[run.call[i].op]++;
	}
	for (int op = 0; op < S2T_OP_MEMORY_COUNT; op++)
		assert_true(ops[op] > 0);
}

/* Records that do not dare: the forecast must be what the model does. */
static void careful_records_never_panic(void **state)
{
	static struct run run;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	uint64_t ok = 0, all = 0;

	(void)state;
	s2t_rng_seed(&rng, 2);
	for (unsigned n = 0; n < 400; n++) {
		fill(&rng, data, sizeof(data));
		data[0] = S2T_INPUT_MEMORY;
		data[1] = (uint8_t)(n % S2T_INPUT_BOARDS);
		data[2] = 0;
		for (size_t at = S2T_INPUT_HEADER; at + V1_RECORD <= sizeof(data);) {
			data[at] &= 0x7F;
			at += s2t_record_bytes(S2T_INPUT_MEMORY, data + at, MAX_BYTES) > 0
			              ? s2t_record_bytes(S2T_INPUT_MEMORY, data + at, MAX_BYTES)
			              : V1_RECORD;
		}
		decode(&run, data, sizeof(data));
		assert_false(run.halted);
		for (size_t i = 0; i < run.count; i++) {
			all++;
			ok += run.outcome[i] == S2T_OK;
		}
	}
	/* Sequences are long, and most of their calls do something. */
	assert_true(all > UINT64_C(120000)); /* of 511 in each of 400 inputs */
	assert_true(ok * 10 > all * 7);
}

/* A call of any kind: what a decoder gives, now and then with an argument that no selector has. */
static void disturb(struct s2t_rng *rng, struct s2t_call *call)
{
	const unsigned count = s2t_op_table[call->op].arg_count;

	if (s2t_rng_chance(rng, 40))
		call->arg[s2t_rng_below(rng, count)] = s2t_rng_next(rng) >> s2t_rng_below(rng, 64);
}

/* Sequences that also go beyond panics, and arguments that fit no C type. Long ones are version 1, the others 2. */
static void encoded_calls_decode_to_themselves(void **state)
{
	static struct run run, again;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	size_t symbolic = 0, literal = 0, old = 0;

	(void)state;
	s2t_rng_seed(&rng, 3);
	for (unsigned n = 0; n < 60; n++) {
		struct s2t_encoding encoding;
		struct s2t_trace board;
		struct s2t_error error;
		size_t count = 0;

		const size_t size = n % 7 == 0 ? sizeof(data) : sizeof(data) / 4;

		fill(&rng, data, size);
		data[0] = S2T_INPUT_MEMORY;
		data[1] = (uint8_t)(n % S2T_INPUT_BOARDS);
		data[2] = n % 3 == 0 ? 0x0A : 0;
		decode(&run, data, size);
		for (; count < run.count; count++)
			disturb(&rng, &run.call[count]);
		assert_true(s2t_trace_load_board(&board, s2t_input_board_name(n), &error));
		assert_true(s2t_encode(&board.board, run.call, count, false, &encoding, &error));
		old += encoding.data[0] == S2T_INPUT_MEMORY;
		assert_true(encoding.data[0] == S2T_INPUT_ALL || count > S2T_INPUT_USUAL / S2T_RECORD_MAX);
		decode(&again, encoding.data, encoding.size);
		assert_int_equal(again.count, count);
		for (size_t i = 0; i < count; i++)
			assert_memory_equal(again.call[i].arg, run.call[i].arg, sizeof(run.call[i].arg));
		assert_int_equal(again.read, encoding.size);
		symbolic += encoding.symbolic;
		literal += encoding.literal;
		free(encoding.data);
		s2t_trace_free(&board);
	}
	/* Symbols where there are some; an encoded input has the usual places. */
	print_message("%zu arguments symbolic, %zu literal\n", symbolic, literal);
	assert_true(symbolic > 4 * literal);
	assert_true(old > 0);
}

/* Raised to version 2, an input stands for the same calls; or it stays as it is. */
static void raised_inputs_mean_the_same(void **state)
{
	enum { INPUTS = 200 };
	static struct run run, again;
	static uint8_t data[MAX_BYTES], old[MAX_BYTES];
	const size_t most = MAX_BYTES / 2;
	unsigned count = 0;

	(void)state;
	for (uint64_t n = 0; n < INPUTS; n++) {
		const uint8_t header[S2T_INPUT_HEADER] = { S2T_INPUT_MEMORY, n % S2T_INPUT_BOARDS,
			                                   n % 2 == 0 ? 0xAA : 0 };
		size_t size = sizeof(header);

		memcpy(data, header, sizeof(header));
		for (uint64_t i = 0; i < 8; i++)
			size = s2t_mutate(NULL, data, size, most, 8 * n + i);
		memcpy(old, data, size);
		decode(&run, old, size);
		const size_t raised = s2t_raise_version(data, size, sizeof(data));

		if (data[0] == S2T_INPUT_MEMORY) {
			assert_int_equal(raised, size);
			assert_memory_equal(data, old, size);
			continue;
		}
		count++;
		assert_int_equal(s2t_raise_version(data, raised, sizeof(data)), raised);
		decode(&again, data, raised);
		assert_int_equal(again.count, run.count);
		for (size_t i = 0; i < run.count; i++) {
			assert_int_equal(again.call[i].op, run.call[i].op);
			assert_memory_equal(again.call[i].arg, run.call[i].arg, sizeof(run.call[i].arg));
		}
		/* With a byte less of room it stays as it is. */
		assert_int_equal(s2t_raise_version(old, size, raised - 1), size);
		assert_int_equal(old[0], S2T_INPUT_MEMORY);
	}
	print_message("%u of %d inputs raised\n", count, INPUTS);
	assert_true(count > INPUTS / 2);
}

static const char board_text[] = "s2twin-trace 1\n"
				 "config corevisor=3\n"
				 "config region=0x40000000:0x4000:0x0\n"
				 "page pfn=0x40001 owner=2 count=0 gfn=0x9\n";

/* A board that has no name goes along as its text; a text that is none gives way to `default`. */
static void boards_go_along(void **state)
{
	static struct run run;
	const struct s2t_call call = { .op = S2T_OP_GRANT_VM_PAGE, .arg = { 2, 0x40001 } };
	struct s2t_encoding encoding;
	struct s2t_input input;
	struct s2t_trace board, back;
	struct s2t_error error;
	bool good_text;

	(void)state;
	assert_true(
		s2t_trace_parse(&board, S2T_BOARD_FILE, "board", board_text, sizeof(board_text) - 1, &error));
	assert_true(s2t_encode(&board.board, &call, 1, false, &encoding, &error));
	assert_int_equal(encoding.literal, 0);
	s2t_input_read(&input, encoding.data, encoding.size);
	assert_true(s2t_input_board(&input, &back, &good_text));
	assert_true(good_text);
	assert_int_equal(back.board.corevisor, 3);
	assert_int_equal(back.board.start_page_count, 1);
	assert_int_equal(back.board.start_page[0].page.owner, 2);
	s2t_trace_free(&back);

	encoding.data[S2T_INPUT_HEADER + 3] = '!';
	s2t_input_read(&input, encoding.data, encoding.size);
	assert_true(s2t_input_board(&input, &back, &good_text));
	assert_false(good_text);
	assert_int_equal(back.board.corevisor, 16);
	s2t_trace_free(&back);
	decode(&run, encoding.data, encoding.size);
	assert_int_equal(run.count, 1);
	free(encoding.data);
	s2t_trace_free(&board);
}

/* What the bytes of a fixed input decode to, as a number, for each board. A change of any of these numbers takes the
 * meaning from every corpus: it belongs into a version 2. */
static void version_1_stays(void **state)
{
	static const uint64_t want[S2T_INPUT_BOARDS] = {
		UINT64_C(0xb4e2da8b075ecedb), /* default */
		UINT64_C(0x38cef1de586a4b13), /* tiny */
		UINT64_C(0x7cb6aaf62a8c0353), /* lowlimits */
		UINT64_C(0x05ee4e8ebe73d826), /* zeropage */
		UINT64_C(0x614f3e3701fa26e4), /* overlap */
		UINT64_C(0x183781bfc20e1153), /* zerogfn */
		UINT64_C(0x51717951ae0d65ac), /* odd */
		UINT64_C(0x38cef1de586a4b13), /* tiny */
	};
	static struct run run;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	unsigned changed = 0;

	(void)state;
	for (unsigned board = 0; board < S2T_INPUT_BOARDS; board++) {
		s2t_rng_seed(&rng, 4);
		fill(&rng, data, sizeof(data));
		data[0] = S2T_INPUT_MEMORY;
		data[1] = (uint8_t)board;
		data[2] = 0x0A;
		decode(&run, data, sizeof(data));
		changed += !means(&run, board, V1_ARGS, want[board]);
	}
	assert_int_equal(changed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_decode),
		cmocka_unit_test(careful_records_never_panic),
		cmocka_unit_test(encoded_calls_decode_to_themselves),
		cmocka_unit_test(raised_inputs_mean_the_same),
		cmocka_unit_test(boards_go_along),
		cmocka_unit_test(version_1_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
