/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutation that lets the generator draw: what it draws is what its records decode to, no call is undefined and only the
 * last one panics; the limit of size is kept; the result depends on its arguments alone, whatever was drawn before; and
 * without memory the other mutations take its place.
 *
 * The linker has allocations of the library go through here (--wrap).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode_internal.h"
#include "decode_run.h"
#include "mutate.h"
#include "mutate_draw.h"
#include "scarce.h"

enum { ROOM = 4096, BOTH = S2T_GEN_MEMORY | S2T_GEN_HYPERCALL };

/* A board's machine as s2t_draw has it. */
struct rig {
	struct s2t_trace board;
	struct s2t_drawing drawing;
};

static void set_up(struct rig *rig, unsigned board, uint32_t layers, uint64_t seed)
{
	struct s2t_error error;

	assert_true(s2t_trace_load_board(&rig->board, s2t_input_board_name(board), &error));
	rig->drawing.model = s2t_model_create(&rig->board.board);
	assert_non_null(rig->drawing.model);
	rig->drawing.gen = s2t_gen_create(&rig->board.board, rig->drawing.model);
	rig->drawing.decoder = s2t_decoder_create(&rig->board.board, rig->drawing.model);
	assert_non_null(rig->drawing.gen);
	assert_non_null(rig->drawing.decoder);
	s2t_gen_set_layers(rig->drawing.gen, layers, rig->drawing.model);
	s2t_gen_begin(rig->drawing.gen, seed, 400);
}

static void tear_down(struct rig *rig)
{
	s2t_decoder_destroy(rig->drawing.decoder);
	s2t_gen_destroy(rig->drawing.gen);
	s2t_model_destroy(rig->drawing.model);
	s2t_trace_free(&rig->board);
}

/* The next call that the generator draws and that is no undefined one; false: there is none. */
static bool next_drawn(struct rig *rig, struct s2t_call *call, enum s2t_outcome *outcome)
{
	while (s2t_gen_next(rig->drawing.gen, call)) {
		struct s2t_step step;

		s2t_decode_bound(&rig->board.board, call);
		if (!s2t_call_fits(call))
			continue;
		s2t_model_step(rig->drawing.model, S2T_SPEC_LOW, call, &step);
		s2t_gen_learn(rig->drawing.gen, call, &step);
		*outcome = step.outcome;
		if (step.outcome != S2T_UNDEFINED)
			return true;
	}
	return false;
}

/* Another generator with the same seed draws what the input decodes to, call by call. */
static size_t compare(const struct run *run, unsigned board, uint32_t layers, uint64_t seed)
{
	struct rig rig;
	size_t panics = 0;

	set_up(&rig, board, layers, seed);
	for (size_t i = 0; i < run->count; i++) {
		struct s2t_call call;
		enum s2t_outcome outcome = S2T_UNDEFINED;

		assert_true(next_drawn(&rig, &call, &outcome));
		assert_int_equal(run->call[i].op, call.op);
		assert_memory_equal(run->call[i].arg, call.arg, sizeof(call.arg));
		assert_int_equal(run->outcome[i], outcome);
		assert_true(outcome == S2T_OK || i + 1 == run->count);
		panics += outcome == S2T_PANIC;
	}
	tear_down(&rig);
	return panics;
}

static void records_are_what_was_drawn(void **state)
{
	static const uint32_t layers[3] = { S2T_GEN_MEMORY, S2T_GEN_HYPERCALL,
		                            S2T_GEN_MEMORY | S2T_GEN_HYPERCALL };
	static struct run run;
	size_t calls = 0, panics = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 96; seed++) {
		const unsigned board = (unsigned)seed % S2T_INPUT_BOARDS,
			       of = (unsigned)seed / S2T_INPUT_BOARDS % 3;
		uint8_t *data = malloc(ROOM);
		struct s2t_input empty;
		struct rig rig;

		assert_non_null(data);
		memset(data, 0, S2T_INPUT_HEADER);
		data[0] = of == 0 ? S2T_INPUT_MEMORY : S2T_INPUT_ALL;
		data[1] = (uint8_t)board;
		data[3] = (uint8_t)(37 * seed);
		set_up(&rig, board, layers[of], seed);
		s2t_input_read(&empty, data, S2T_INPUT_HEADER);
		s2t_decode_begin(rig.drawing.decoder, &empty);
		const size_t size = s2t_draw_calls(&rig.drawing, data, S2T_INPUT_HEADER, ROOM);

		tear_down(&rig);
		decode(&run, data, size);
		assert_int_equal(run.read, size);
		calls += run.count;
		panics += compare(&run, board, layers[of], seed);
		free(data);
	}
	print_message("%zu calls, %zu panics\n", calls, panics);
	assert_true(calls > 6000);
	assert_true(panics > 20);
}

/* Every byte belongs to a record, and all records but the last are careful. */
static size_t check_records(const uint8_t *data, size_t size)
{
	struct s2t_input input;
	size_t count = 0, bytes;

	s2t_input_read(&input, data, size);
	assert_false(input.after_panic || input.run_undefined);
	for (size_t at = input.records; at < size; at += bytes, count++) {
		bytes = s2t_record_bytes(input.version, data + at, size - at);
		assert_true(bytes > 0);
		assert_true((data[at] & S2T_RECORD_DARE) != S2T_RECORD_DARE || at + bytes == size);
	}
	return count;
}

/* Where a record begins, about in the middle. */
static size_t middle(const uint8_t *data, size_t size)
{
	size_t at = S2T_INPUT_HEADER;

	while (at < size / 2)
		at += s2t_record_bytes(data[0], data + at, size - at);
	return at < size ? at : S2T_INPUT_HEADER;
}

/* Fresh sequences and some that go on from what mutations made, in arrays that are as long as the limit. One who draws for
 * the first time draws the same as one who has drawn before. */
static void drawn_inputs_agree_with_their_limits(void **state)
{
	static struct run run, kept_run;
	struct s2t_draw *used = s2t_draw_create(BOTH);
	size_t went_on = 0, records = 0;

	(void)state;
	assert_non_null(used);
	for (uint64_t seed = 0; seed < 120; seed++) {
		const size_t room = S2T_INPUT_HEADER + seed * seed / 4;
		uint8_t *data = malloc(room), *same = malloc(room);
		size_t keep = S2T_INPUT_HEADER;

		assert_non_null(data);
		assert_non_null(same);
		memset(data, 0, S2T_INPUT_HEADER);
		data[0] = seed % 3 == 0 ? S2T_INPUT_MEMORY : S2T_INPUT_ALL;
		if (seed % 2 == 0)
			keep = middle(data, s2t_mutate(NULL, data, S2T_INPUT_HEADER, room, seed));
		data[2] = 0;
		memcpy(same, data, keep);
		decode(&kept_run, data, keep);
		const bool whole = !kept_run.halted && kept_run.count > 0;
		const size_t size = s2t_draw(used, data, keep, room, seed);
		struct s2t_draw *first = s2t_draw_create(BOTH);

		assert_non_null(first);
		assert_true(size >= keep && size <= room);
		assert_int_equal(s2t_draw(first, same, keep, room, seed), size);
		assert_memory_equal(data, same, size);
		s2t_draw_destroy(first);
		records += check_records(data, size);
		decode(&run, data, size);
		/* What was kept comes first: the same calls, if none of them panicked. */
		const size_t from = keep == S2T_INPUT_HEADER || !whole ? 0 : kept_run.count;

		for (size_t i = 0; i < from; i++)
			assert_memory_equal(run.call[i].arg, kept_run.call[i].arg, sizeof(run.call[i].arg));
		for (size_t i = from; i < run.count && (whole || keep == S2T_INPUT_HEADER); i++)
			assert_true(run.outcome[i] == S2T_OK ||
			            (run.outcome[i] == S2T_PANIC && i + 1 == run.count));
		went_on += from > 0 && run.count > from;
		free(data);
		free(same);
	}
	assert_true(went_on > 20);
	assert_true(records > 120 * 20);
	s2t_draw_destroy(used);
}

/* The mutator draws where there are no records, and now and then where there are. */
static void the_mutator_draws(void **state)
{
	struct s2t_draw *draw = s2t_draw_create(BOTH);
	static uint8_t data[ROOM];
	unsigned boards = 0;

	(void)state;
	assert_non_null(draw);
	for (unsigned seed = 0; seed < 64; seed++) {
		memcpy(data, (const uint8_t[]){ S2T_INPUT_ALL, 0, 0, 0 }, S2T_INPUT_HEADER);
		const size_t size = s2t_mutate(draw, data, S2T_INPUT_HEADER, sizeof(data), seed);

		assert_true(check_records(data, size) > 0);
		boards |= 1u << data[1];
	}
	assert_int_equal(boards, (1u << S2T_INPUT_BOARDS) - 1);
	/* A board's text is as foreign to it as too little room. */
	memcpy(data, (const uint8_t[]){ S2T_INPUT_ALL, S2T_INPUT_BOARD_TEXT, 0, 1 }, S2T_INPUT_HEADER);
	memset(data + S2T_INPUT_HEADER, '\n', S2T_INPUT_TEXT_UNIT);
	assert_int_equal(s2t_draw(draw, data, S2T_INPUT_HEADER + S2T_INPUT_TEXT_UNIT, sizeof(data), 1), 0);
	assert_int_equal(s2t_draw(draw, data, 2, sizeof(data), 1), 0);
	s2t_draw_destroy(draw);
}

/* Each allocation fails once: the mutator has other mutations then, and draws again when there is memory. */
static void other_mutations_take_its_place(void **state)
{
	static uint8_t data[ROOM], want[ROOM];
	const uint8_t header[S2T_INPUT_HEADER] = { S2T_INPUT_ALL, 0, 0, 0 };
	struct s2t_draw *draw = s2t_draw_create(BOTH);
	size_t missed = 0, wanted;

	(void)state;
	assert_non_null(draw);
	memcpy(want, header, sizeof(header));
	wanted = s2t_mutate(draw, want, sizeof(header), sizeof(want), 7);
	s2t_draw_destroy(draw);
	for (size_t n = 0;; n++) {
		left = n;
		draw = s2t_draw_create(BOTH);
		memcpy(data, header, sizeof(header));
		size_t size = s2t_mutate(draw, data, sizeof(header), sizeof(data), 7);
		const bool enough = left > 0;

		left = PLENTY;
		assert_true(size >= sizeof(header) && size <= sizeof(data));
		missed += size != wanted || memcmp(data, want, size) != 0;
		if (!draw)
			draw = s2t_draw_create(BOTH);
		memcpy(data, header, sizeof(header));
		size = s2t_mutate(draw, data, sizeof(header), sizeof(data), 7);
		assert_int_equal(size, wanted);
		assert_memory_equal(data, want, size);
		s2t_draw_destroy(draw);
		if (enough)
			break;
	}
	print_message("%zu allocations failed\n", missed);
	assert_true(missed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_what_was_drawn),
		cmocka_unit_test(drawn_inputs_agree_with_their_limits),
		cmocka_unit_test(the_mutator_draws),
		cmocka_unit_test(other_mutations_take_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
