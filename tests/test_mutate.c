/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutator of inputs: the limit of size is kept, the result depends on its arguments alone, records stay whole, and
 * every operation, daring or not, and every board comes up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "input.h"
#include "mutate.h"
#include "optable.h"
#include "rng.h"

enum { ROOM = 2048 };

/* Checks that every byte behind the header belongs to a record; returns how many there are. */
static size_t check_records(const uint8_t *data, size_t size)
{
	struct s2t_input input;
	size_t at, count = 0;

	s2t_input_read(&input, data, size);
	assert_true(input.version_known);
	for (at = input.records; at < size; count++) {
		const size_t bytes = s2t_record_bytes(input.version, data + at, size - at);

		assert_true(bytes > 0);
		at += bytes;
	}
	return count;
}

/* From nothing, thousands of mutations one upon the other. The array is as long as the limit, so that a sanitizer sees
 * what goes beyond. */
static void mutations_keep_records_whole(void **state)
{
	uint64_t ops[S2T_MACRO_LAST] = { 0 }, boards[S2T_INPUT_BOARDS] = { 0 }, daring = 0, literals = 0,
		 longest = 0;

	(void)state;
	for (size_t room = 0; room < ROOM; room = room * 2 + 1) {
		uint8_t *data = malloc(room + 1), *same = malloc(room + 1);
		size_t size = 0;

		assert_non_null(data);
		assert_non_null(same);
		for (uint64_t seed = 0; seed < 4000; seed++) {
			memcpy(same, data, size);
			const size_t other = s2t_mutate(NULL, same, size, room, seed);

			size = s2t_mutate(NULL, data, size, room, seed);
			assert_int_equal(size, other);
			assert_memory_equal(data, same, size);
			assert_true(size <= room);
			if (room < S2T_INPUT_HEADER)
				continue;
			const size_t count = check_records(data, size);

			longest = count > longest ? count : longest;
			boards[data[1] % S2T_INPUT_BOARDS]++;
			if (count == 0)
				continue;
			ops[s2t_record_op(data[0], data[S2T_INPUT_HEADER])]++;
			daring += (data[S2T_INPUT_HEADER] & S2T_RECORD_DARE) == S2T_RECORD_DARE;
			literals += s2t_record_bytes(data[0], data + S2T_INPUT_HEADER, size) >
			            s2t_record_size(data[0]);
		}
		free(data);
		free(same);
	}
	for (unsigned op = 0; op < S2T_MACRO_LAST; op++)
		assert_true(ops[op] > 0);
	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++)
		assert_true(boards[i] > 0);
	assert_true(daring > 0);
	assert_true(literals > 0);
	assert_true(longest >= (ROOM / 2 - S2T_INPUT_HEADER) / s2t_record_size(S2T_INPUT_ALL) - S2T_INPUT_ARGS);
}

/* How many records in a row are of one operation, at most, and which. */
static size_t longest_run(const uint8_t *data, size_t size, uint32_t *op_of_it)
{
	struct s2t_input input;
	size_t run = 0, longest = 0;
	uint32_t last = UINT32_MAX;

	s2t_input_read(&input, data, size);
	for (size_t at = input.records; at < size;
	     at += s2t_record_bytes(input.version, data + at, size - at)) {
		const uint32_t op = s2t_record_op(input.version, data[at]);

		run = op == last ? run + 1 : 1;
		last = op;
		if (run > longest) {
			longest = run;
			*op_of_it = op;
		}
	}
	return longest;
}

/* Some faults need hundreds of pages of one VM, or of tables of one pool: one mutation in a few hundred leads there. */
static void histories_are_long(void **state)
{
	enum { INPUT = 4096, WANTED = 256, TRIES = 4000 };
	static uint8_t data[INPUT];
	unsigned pages = 0, mappings = 0;

	(void)state;
	for (uint64_t seed = 0; seed < TRIES; seed++) {
		const uint8_t nothing[S2T_INPUT_HEADER] = { S2T_INPUT_MEMORY };

		memcpy(data, nothing, sizeof(nothing));
		const size_t size = s2t_mutate(NULL, data, sizeof(nothing), INPUT, seed);

		uint32_t op = UINT32_MAX;

		if (longest_run(data, size, &op) < WANTED)
			continue;
		pages += op == S2T_OP_ASSIGN_PFN_TO_VM;
		mappings += op == S2T_OP_MAP_PFN_VM || op == S2T_OP_MAP_S2PT;
	}
	assert_true(pages > TRIES / 1000);
	assert_true(mappings > TRIES / 1000);
}

/* What AFL++ and libFuzzer may hand over is any bytes. */
static void any_bytes_are_mutated(void **state)
{
	struct s2t_rng rng;

	(void)state;
	s2t_rng_seed(&rng, 1);
	for (unsigned n = 0; n < 4000; n++) {
		const size_t size = s2t_rng_below(&rng, 200);
		uint8_t *data = malloc(256);

		assert_non_null(data);
		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)(s2t_rng_next(&rng) >> 56);
		const size_t made = s2t_mutate(NULL, data, size, 256, n);

		assert_true(made <= 256);
		assert_true(data[0] == S2T_INPUT_MEMORY || data[0] == S2T_INPUT_ALL);
		free(data);
	}
}

static void crossing_takes_records_of_both(void **state)
{
	uint8_t a[ROOM] = { 0 }, b[ROOM] = { 0 };
	size_t a_size = 0, b_size = 0, made = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		a_size = s2t_mutate(NULL, a, a_size, sizeof(a), seed);
		b_size = s2t_mutate(NULL, b, b_size, sizeof(b), seed + 5000);
		for (size_t room = 0; room <= ROOM; room += 512) {
			uint8_t *out = malloc(room + 1);

			assert_non_null(out);
			made = s2t_cross_over(a, a_size, b, b_size, out, room, seed);
			assert_true(made <= room);
			if (room >= S2T_INPUT_HEADER && made > 0) {
				(void)check_records(out, made);
				assert_memory_equal(out, a, S2T_INPUT_HEADER);
			}
			free(out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutations_keep_records_whole),
		cmocka_unit_test(histories_are_long),
		cmocka_unit_test(any_bytes_are_mutated),
		cmocka_unit_test(crossing_takes_records_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
