/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoder: header and board, then record after record (encode_call.c), each where the model has made the calls before. */
#include "encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode_internal.h"
#include "optable.h"
#include "trace.h"

struct encoder {
	struct s2t_encoding *out;
	size_t room;
	struct s2t_model *model;
	struct s2t_decoder *decoder;
	unsigned version;
	bool run_undefined;
	bool ended; /* by what the header does not allow to go beyond */
};

static bool reserve(struct encoder *e, size_t more)
{
	struct s2t_encoding *out = e->out;

	if (out->size + more <= e->room)
		return true;
	const size_t room = 2 * (out->size + more);
	uint8_t *grown = realloc(out->data, room);

	if (!grown)
		return false;
	out->data = grown;
	e->room = room;
	return true;
}

/* The board as text without its name; NULL: out of memory. */
static char *board_text(const struct s2t_board *board, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out)
		return NULL;
	const bool good = s2t_trace_print(out, board, NULL, 0, NULL);

	if (fclose(out) == 0 && good)
		return text;
	free(text);
	return NULL;
}

/* Byte 1 for a board with this text: one of the table, or S2T_INPUT_BOARD_TEXT; -1: out of memory. */
static int board_choice(const char *text)
{
	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++) {
		struct s2t_trace trace;
		struct s2t_error error;
		size_t len;

		if (!s2t_trace_load_board(&trace, s2t_input_board_name(i), &error))
			return -1;
		char *named = board_text(&trace.board, &len);
		const bool same = named && strcmp(named, text) == 0;
		const bool failed = !named;

		free(named);
		s2t_trace_free(&trace);
		if (failed)
			return -1;
		if (same)
			return (int)i;
	}
	return S2T_INPUT_BOARD_TEXT;
}

static bool out_of_memory(struct s2t_error *error)
{
	snprintf(error->text, sizeof(error->text), "not enough memory to encode this trace");
	error->resource = true;
	return false;
}

static bool put_header(struct encoder *e, const struct s2t_board *board, struct s2t_error *error)
{
	size_t len;
	char *text = board_text(board, &len);
	const int choice = text ? board_choice(text) : -1;
	const size_t units = (len + S2T_INPUT_TEXT_UNIT - 1) / S2T_INPUT_TEXT_UNIT;

	if (choice < 0 || !reserve(e, S2T_INPUT_HEADER + units * S2T_INPUT_TEXT_UNIT)) {
		free(text);
		return out_of_memory(error);
	}
	if (choice == S2T_INPUT_BOARD_TEXT && len > S2T_INPUT_TEXT_MAX) {
		snprintf(
			error->text, sizeof(error->text),
			"its board takes %zu bytes of text, and an input has room for %d: leave out `page` lines",
			len, S2T_INPUT_TEXT_MAX);
		free(text);
		return false;
	}
	uint8_t *data = e->out->data;

	data[0] = (uint8_t)e->version;
	data[1] = (uint8_t)choice;
	data[2] = e->run_undefined ? 0xA0 : 0;
	data[3] = 0;
	e->out->size = S2T_INPUT_HEADER;
	if (choice == S2T_INPUT_BOARD_TEXT) {
		data[3] = (uint8_t)units;
		memset(data + S2T_INPUT_HEADER, '\n', units * S2T_INPUT_TEXT_UNIT);
		memcpy(data + S2T_INPUT_HEADER, text, len);
		e->out->size += units * S2T_INPUT_TEXT_UNIT;
	}
	free(text);
	return true;
}

/* Encodes a call and lets the model make it. False: out of memory. */
static bool put_call(struct encoder *e, const struct s2t_call *call)
{
	struct s2t_step step;

	if (!reserve(e, S2T_RECORD_MAX))
		return false;
	if (e->ended && s2t_model_halted(e->model)) {
		e->out->data[2] |= 0x0A;
		e->out->after_panic = true;
		e->ended = false;
	}
	const bool dare = !s2t_model_halted(e->model) &&
	                  (e->version == S2T_INPUT_ALL ? s2t_decode_panics(e->decoder, call)
	                                               : s2t_gen_would_panic(e->decoder->gen, call));
	unsigned literals;

	e->out->size += s2t_encode_call(e->decoder, call, dare, e->out->data + e->out->size, &literals);
	e->out->literal += literals;
	e->out->symbolic += s2t_op_table[call->op].arg_count - literals;
	if (!s2t_call_fits(call))
		return true; /* nobody makes this call */
	s2t_model_step(e->model, S2T_SPEC_LOW, call, &step);
	s2t_decode_learn(e->decoder, call, &step);
	e->ended = step.outcome == S2T_PANIC && !e->out->after_panic;
	return !s2t_model_out_of_memory(e->model);
}

/* Whether decoding leaves each call as it is. */
static bool check_bounds(const struct s2t_board *board, const struct s2t_call *call, size_t count,
                         struct s2t_error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct s2t_call bounded = call[i];

		s2t_decode_bound(board, &bounded);
		if (memcmp(bounded.arg, call[i].arg, sizeof(bounded.arg)) == 0)
			continue;
		(void)snprintf(
			error->text, sizeof(error->text),
			"operation %zu goes through more pages than a call of an input may (%d, or %d to be "
			"mapped): give it a smaller size",
			i + 1, DECODE_WORK - 1, DECODE_MAPPINGS - 1);
		return false;
	}
	return true;
}

static bool encode_in(unsigned version, const struct s2t_board *board, const struct s2t_call *call,
                      size_t count, bool run_undefined, struct s2t_encoding *encoding, struct s2t_error *error)
{
	struct encoder e = { .out = encoding, .version = version, .run_undefined = run_undefined };
	struct s2t_input empty;
	bool good = false;

	*encoding = (struct s2t_encoding){ .data = NULL };
	e.model = s2t_model_create(board);
	e.decoder = e.model ? s2t_decoder_create(board, e.model) : NULL;
	if (!e.decoder) {
		(void)out_of_memory(error);
	} else if (put_header(&e, board, error)) {
		s2t_input_read(&empty, encoding->data, encoding->size);
		s2t_decode_begin(e.decoder, &empty);
		good = true;
		for (size_t i = 0; i < count && good; i++)
			good = put_call(&e, &call[i]) || out_of_memory(error);
	}
	s2t_decoder_destroy(e.decoder);
	s2t_model_destroy(e.model);
	if (!good) {
		free(encoding->data);
		encoding->data = NULL;
	}
	return good;
}

bool s2t_encode(const struct s2t_board *board, const struct s2t_call *call, size_t count, bool run_undefined,
                struct s2t_encoding *encoding, struct s2t_error *error)
{
	bool memory = true;

	*encoding = (struct s2t_encoding){ .data = NULL };
	error->resource = false;
	for (size_t i = 0; i < count; i++)
		memory = memory && s2t_op_layer(call[i].op) == S2T_LAYER_MEMORY;
	if (!check_bounds(board, call, count, error) ||
	    !encode_in(S2T_INPUT_ALL, board, call, count, run_undefined, encoding, error))
		return false;
	if (!memory || encoding->size <= S2T_INPUT_USUAL)
		return true;
	free(encoding->data);
	return encode_in(S2T_INPUT_MEMORY, board, call, count, run_undefined, encoding, error);
}
