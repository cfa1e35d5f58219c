/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of inputs: one decoded against the model alone, and what a version of them means as a number. */
#ifndef S2T_TESTS_DECODE_RUN_H
#define S2T_TESTS_DECODE_RUN_H

#include "decode.h"
#include "optable.h"
#include "rng.h"

enum { MAX_BYTES = 4096, MAX_CALLS = 8192 };

/* One decoded input, and what the model made of it. */
struct run {
	struct s2t_trace board;
	size_t count, read, spare;
	struct s2t_call call[MAX_CALLS];
	enum s2t_outcome outcome[MAX_CALLS];
	bool took[S2T_CASE_COUNT]; /* cases of calls */
	bool halted;
	bool ahead; /* asks for calls that the decoder may have made; so many were */
	size_t made;
};

/* With machines in their start state. */
static inline void decode_on(struct run *run, struct s2t_model *model, struct s2t_decoder *decoder,
                             const struct s2t_input *input)
{
	bool over = false;

	run->count = run->made = 0;
	memset(run->took, 0, sizeof(run->took));
	s2t_decode_begin(decoder, input);
	while (!over && run->count < MAX_CALLS) {
		struct s2t_call *call = &run->call[run->count];
		struct s2t_step step = { .outcome = S2T_OUTCOME_COUNT };
		bool made = false;

		if (run->ahead ? !s2t_decode_make(decoder, call, &step, &made)
		               : !s2t_decode_next(decoder, call))
			break;
		run->made += made;
		if (s2t_call_fits(call)) {
			if (!made)
				s2t_model_step(model, S2T_SPEC_LOW, call, &step);
			assert_false(s2t_model_out_of_memory(model));
			s2t_decode_learn(decoder, call, &step);
			run->took[step.case_id] = true;
		}
		run->outcome[run->count++] = step.outcome;
		over = (step.outcome == S2T_PANIC && !input->after_panic) ||
		       (step.outcome == S2T_UNDEFINED && input->run_undefined);
	}
	run->read = s2t_decode_read(decoder);
	run->spare = s2t_decode_spare(decoder);
	run->halted = s2t_model_halted(model);
}

static inline void decode(struct run *run, const uint8_t *data, size_t size)
{
	struct s2t_input input;
	bool good_text;

	s2t_input_read(&input, data, size);
	assert_true(s2t_input_board(&input, &run->board, &good_text));
	struct s2t_model *model = s2t_model_create(&run->board.board);

	assert_non_null(model);
	struct s2t_decoder *decoder = s2t_decoder_create(&run->board.board, model);

	assert_non_null(decoder);
	decode_on(run, model, decoder, &input);
	s2t_decoder_destroy(decoder);
	s2t_model_destroy(model);
	s2t_trace_free(&run->board);
}

static inline void fill(struct s2t_rng *rng, uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(s2t_rng_next(rng) >> 56);
}

/* FNV-1a over the calls of a run, of each so many arguments. */
static inline uint64_t hash_of_calls(const struct run *run, unsigned args)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < run->count; i++) {
		hash = (hash ^ run->call[i].op) * UINT64_C(0x100000001B3);
		for (unsigned k = 0; k < args; k++)
			hash = (hash ^ run->call[i].arg[k]) * UINT64_C(0x100000001B3);
	}
	return hash;
}

/* Whether the run of a fixed input means what it always did on this board. If not, what it means is printed. */
static inline bool means(const struct run *run, unsigned board, unsigned args, uint64_t want)
{
	const uint64_t hash = hash_of_calls(run, args);

	if (hash != want)
		print_message("UINT64_C(0x%016llx), /* %s */\n", (unsigned long long)hash,
		              s2t_input_board_name(board));
	return hash == want;
}

#endif
