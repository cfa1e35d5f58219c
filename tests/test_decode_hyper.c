/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Version 2 of the inputs, which has the hypercall layer: any bytes are a sequence, careful records never panic, what is
 * encoded decodes to the same calls, mutations of nothing lead to every case, and version 2 means tomorrow what it
 * means today.
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

static void header(uint8_t *data, unsigned board)
{
	data[0] = S2T_INPUT_ALL;
	data[1] = (uint8_t)(board % S2T_INPUT_BOARDS);
	data[2] = 0;
}

static void any_bytes_decode(void **state)
{
	static struct run run;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	uint64_t ops[S2T_OP_COUNT] = { 0 };

	(void)state;
	s2t_rng_seed(&rng, 1);
	for (size_t size = 1; size < 600; size++) {
		fill(&rng, data, size);
		data[0] = S2T_INPUT_ALL;
		decode(&run, data, size);
		assert_true(run.read <= size);
		for (size_t i = 0; i < run.count; i++)
			ops[run.call[i].op]++;
	}
	for (int op = 0; op < S2T_OP_COUNT; op++)
		assert_true(ops[op] > 0);
}

/* Macros and all. */
static void careful_records_never_panic(void **state)
{
	static struct run run;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	uint64_t ok = 0, all = 0;

	(void)state;
	s2t_rng_seed(&rng, 2);
	for (unsigned n = 0; n < 40; n++) {
		const size_t size = s2t_record_size(S2T_INPUT_ALL);

		fill(&rng, data, sizeof(data));
		header(data, n);
		for (size_t at = S2T_INPUT_HEADER; at + size <= sizeof(data);) {
			data[at] &= 0x7F;
			const size_t bytes = s2t_record_bytes(S2T_INPUT_ALL, data + at, MAX_BYTES);

			at += bytes > 0 ? bytes : size;
		}
		decode(&run, data, sizeof(data));
		assert_false(run.halted);
		for (size_t i = 0; i < run.count; i++) {
			all++;
			ok += run.outcome[i] == S2T_OK;
		}
	}
	print_message("%llu calls, %llu ok\n", (unsigned long long)all, (unsigned long long)ok);
	assert_true(all > 20000);
	assert_true(ok * 10 > all * 7);
}

static void encoded_calls_decode_to_themselves(void **state)
{
	static struct run run, again;
	static uint8_t data[MAX_BYTES / 8];
	struct s2t_rng rng;
	size_t symbolic = 0, literal = 0;

	(void)state;
	s2t_rng_seed(&rng, 3);
	for (unsigned n = 0; n < 24; n++) {
		struct s2t_encoding encoding;
		struct s2t_trace board;
		struct s2t_error error;

		fill(&rng, data, sizeof(data));
		header(data, n);
		data[2] = n % 3 == 0 ? 0x0A : 0;
		decode(&run, data, sizeof(data));
		assert_true(s2t_trace_load_board(&board, s2t_input_board_name(n), &error));
		assert_true(s2t_encode(&board.board, run.call, run.count, false, &encoding, &error));
		decode(&again, encoding.data, encoding.size);
		assert_int_equal(again.count, run.count);
		for (size_t i = 0; i < run.count; i++) {
			assert_int_equal(again.call[i].op, run.call[i].op);
			assert_memory_equal(again.call[i].arg, run.call[i].arg, sizeof(run.call[i].arg));
		}
		assert_int_equal(again.read, encoding.size);
		symbolic += encoding.symbolic;
		literal += encoding.literal;
		free(encoding.data);
		s2t_trace_free(&board);
	}
	print_message("%zu arguments symbolic, %zu literal\n", symbolic, literal);
	assert_true(symbolic > 4 * literal);
}

/* A call that is too long for a fuzzer is refused by the encoder, in a sentence. */
static void long_calls_are_refused(void **state)
{
	const struct s2t_call call = { S2T_OP_CLEAR_VM_RANGE, { 1, 0, 1 << 20 } };
	struct s2t_encoding encoding;
	struct s2t_error error;
	struct s2t_trace board;

	(void)state;
	assert_true(s2t_trace_load_board(&board, "default", &error));
	assert_false(s2t_encode(&board.board, &call, 1, false, &encoding, &error));
	assert_non_null(strstr(error.text, "operation 1 goes through more pages"));
	assert_false(error.resource);
	s2t_trace_free(&board);
}

/* Cases that no call of an input can come to, and why. */
static bool is_out_of_reach(const struct s2t_case_info *info)
{
	/* A halt before it, beyond which most inputs do not go; forms that lockstep has not got; a board that begins with
	 * more VMs than it may have. */
	return info->number == 1 || (info->specs & S2T_CASE_IN_LOW) == 0 || strcmp(info->name, "RGK-0") == 0;
}

static bool is_wanted(const struct s2t_case_info *info)
{
	return s2t_op_layer(info->op) == S2T_LAYER_HYPERCALL && !is_out_of_reach(info);
}

/* What an engine does, in small: inputs that met a new case are kept, and mutated on. */
enum { POOL = 256, ROOM = 1024, INPUTS = 60000 };

struct campaign {
	struct s2t_trace board[S2T_INPUT_BOARDS];
	struct s2t_model *model[S2T_INPUT_BOARDS];
	struct s2t_decoder *decoder[S2T_INPUT_BOARDS];
	struct run run;
	uint8_t pool[POOL][ROOM];
	size_t size[POOL];
	unsigned kept;
	bool reached[S2T_CASE_COUNT];
	unsigned missing;
};

static void prepare(struct campaign *c)
{
	struct s2t_error error;

	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++) {
		assert_true(s2t_trace_load_board(&c->board[i], s2t_input_board_name(i), &error));
		c->model[i] = s2t_model_create(&c->board[i].board);
		assert_non_null(c->model[i]);
		c->decoder[i] = s2t_decoder_create(&c->board[i].board, c->model[i]);
		assert_non_null(c->decoder[i]);
		header(c->pool[i], i);
		c->size[i] = S2T_INPUT_HEADER;
	}
	c->kept = S2T_INPUT_BOARDS;
	for (int id = 0; id < S2T_CASE_COUNT; id++)
		c->missing += is_wanted(&s2t_case_table[id]);
}

/* Runs an input; whether it met a new case. */
static bool run_input(struct campaign *c, const uint8_t *data, size_t size)
{
	struct s2t_input input;
	bool news = false;

	s2t_input_read(&input, data, size);
	const unsigned board = data[1] % S2T_INPUT_BOARDS;

	decode_on(&c->run, c->model[board], c->decoder[board], &input);
	s2t_model_reset(c->model[board]);
	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		if (!c->run.took[id] || c->reached[id])
			continue;
		c->reached[id] = news = true;
		c->missing -= is_wanted(&s2t_case_table[id]);
	}
	return news;
}

static void mutations_reach_every_case(void **state)
{
	static struct campaign c;
	static uint8_t data[ROOM];
	struct s2t_rng rng;
	unsigned inputs = 0;

	(void)state;
	s2t_rng_seed(&rng, 5);
	prepare(&c);
	for (; c.missing > 0 && inputs < INPUTS; inputs++) {
		const unsigned parent = s2t_rng_below(&rng, c.kept);

		memcpy(data, c.pool[parent], c.size[parent]);
		const size_t size = s2t_mutate(NULL, data, c.size[parent], ROOM, s2t_rng_next(&rng));

		if (run_input(&c, data, size) && c.kept < POOL) {
			memcpy(c.pool[c.kept], data, size);
			c.size[c.kept++] = size;
		}
	}
	print_message("%u inputs, %u kept\n", inputs, c.kept);
	for (int id = 0; id < S2T_CASE_COUNT; id++)
		if (is_wanted(&s2t_case_table[id]) && !c.reached[id])
			print_message("not reached: %s\n", s2t_case_table[id].name);
	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++) {
		s2t_decoder_destroy(c.decoder[i]);
		s2t_model_destroy(c.model[i]);
		s2t_trace_free(&c.board[i]);
	}
	assert_int_equal(c.missing, 0);
}

/* Calls that the decoder leaves made are those that it decodes, and become the same. */
static void made_calls_are_the_same(void **state)
{
	static struct run run, again;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	size_t ahead = 0;

	(void)state;
	s2t_rng_seed(&rng, 6);
	for (unsigned n = 0; n < 40; n++) {
		fill(&rng, data, sizeof(data));
		header(data, n);
		for (size_t i = S2T_INPUT_HEADER; i < sizeof(data); i++)
			data[i] &= n % 2 == 0 ? 0x7F : 0xFF;
		decode(&run, data, sizeof(data));
		again.ahead = true;
		decode(&again, data, sizeof(data));
		ahead += again.made;
		assert_int_equal(again.count, run.count);
		assert_memory_equal(again.outcome, run.outcome, run.count * sizeof(run.outcome[0]));
		for (size_t i = 0; i < run.count; i++)
			assert_memory_equal(&again.call[i], &run.call[i], sizeof(run.call[i]));
	}
	assert_true(ahead > 1000);
}

/* What the bytes of a fixed input decode to, as a number, for each board. A change of any of these numbers takes the
 * meaning from every corpus: it belongs into a version 3. */
static void version_2_stays(void **state)
{
	static const uint64_t want[S2T_INPUT_BOARDS] = {
		UINT64_C(0x04cb47578d5e2411), /* default */
		UINT64_C(0x0da3ce8a5badda16), /* tiny */
		UINT64_C(0x5748c8ddeec6bbbb), /* lowlimits */
		UINT64_C(0x4593bb65b6b21491), /* zeropage */
		UINT64_C(0x8a931773b3015023), /* overlap */
		UINT64_C(0x1b54e3f34c7dcbbb), /* zerogfn */
		UINT64_C(0xaf6216b83f14a78d), /* odd */
		UINT64_C(0x0da3ce8a5badda16), /* tiny */
	};
	static struct run run;
	static uint8_t data[MAX_BYTES];
	struct s2t_rng rng;
	unsigned changed = 0;

	(void)state;
	for (unsigned board = 0; board < S2T_INPUT_BOARDS; board++) {
		s2t_rng_seed(&rng, 4);
		fill(&rng, data, sizeof(data));
		header(data, board);
		data[2] = 0x0A;
		/* Only the last quarter dares: until then the sequence is one of a machine that is not halted. */
		for (size_t i = S2T_INPUT_HEADER; i < sizeof(data) * 3 / 4; i++)
			data[i] &= 0x7F;
		decode(&run, data, sizeof(data));
		changed += !means(&run, board, S2T_INPUT_ARGS, want[board]);
	}
	assert_int_equal(changed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_decode),
		cmocka_unit_test(careful_records_never_panic),
		cmocka_unit_test(encoded_calls_decode_to_themselves),
		cmocka_unit_test(long_calls_are_refused),
		cmocka_unit_test(mutations_reach_every_case),
		cmocka_unit_test(made_calls_are_the_same),
		cmocka_unit_test(version_2_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
