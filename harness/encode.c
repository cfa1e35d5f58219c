/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder: for each argument the first selector that means its value, where it stands. It is found by asking the
 * decoder, so that there is no second description of what selectors mean.
 */
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

/* What argument i of the record means when the others are as they are. */
static uint64_t meaning(struct encoder *e, const struct s2t_record *record, unsigned i)
{
	const uint64_t pfn = e->decoder->pfn;
	struct s2t_call call = { .op = record->op };

	s2t_decode_resolve(e->decoder, record, &call);
	e->decoder->pfn = pfn;
	return call.arg[i];
}

/* What argument i is. Registers of a hypercall are the arguments of the operation that its number names. */
static enum s2t_arg_kind kind_of(const struct encoder *e, const struct s2t_call *call, unsigned i)
{
	const int op = call->op == S2T_OP_HYPERCALL && i > 0
	                       ? s2t_decode_by_number(&e->decoder->board, call->arg[0])
	                       : (int)call->op;

	if (op < 0)
		return S2T_ARG_WORD;
	if (op != (int)call->op)
		i--;
	return i < s2t_op_table[op].arg_count ? s2t_op_table[op].arg[i].kind : S2T_ARG_WORD;
}

/* Pages first, as other arguments refer to them, then places, then the rest. */
static unsigned rank(enum s2t_arg_kind kind)
{
	switch (kind) {
	case S2T_ARG_PFN:
	case S2T_ARG_PTE:
	case S2T_ARG_PA: return 0;
	case S2T_ARG_GFN:
	case S2T_ARG_IPA:
	case S2T_ARG_IOVA: return 1;
	case S2T_ARG_VMID:
	case S2T_ARG_LEVEL:
	case S2T_ARG_CBNDX:
	case S2T_ARG_INDEX:
	default: break;
	}
	return 2;
}

/* The n-th selector to try, n up to S2T_SELECT_LITERAL. For a page: first what the sequence did, then the board. */
static uint8_t nth_selector(bool page, unsigned n)
{
	if (n == 0)
		return page ? 0xE0 : 0;
	return (uint8_t)(page && n <= 0xC0 ? (n - 1 + 0x40) % 0xC0 : n - 1);
}

/* Puts selectors in place of as many literals as can be. Returns how many are left. */
static unsigned make_symbolic(struct encoder *e, const struct s2t_call *call, struct s2t_record *record)
{
	const struct s2t_op_info *op = &s2t_op_table[record->op];
	unsigned literals = op->arg_count;

	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < op->arg_count; i++) {
			if (rank(kind_of(e, call, i)) != turn)
				continue;
			for (unsigned n = 0; n <= S2T_SELECT_LITERAL; n++) {
				record->select[i] = nth_selector(turn == 0, n);
				if (meaning(e, record, i) == record->literal[i])
					break;
				record->select[i] = S2T_SELECT_LITERAL;
			}
			literals -= record->select[i] < S2T_SELECT_LITERAL;
		}
	}
	return literals;
}

/* The record with the fewest literals: of all attributes, and with a block's frame as it is or aligned. */
static struct s2t_record best_record(struct encoder *e, const struct s2t_call *call)
{
	const struct s2t_op_info *op = &s2t_op_table[call->op];
	struct s2t_record best = { .op = call->op };
	unsigned least = S2T_INPUT_ARGS + 1, forms = 1;
	uint32_t offset = 0;

	for (unsigned i = 0; i < op->arg_count; i++) {
		const enum s2t_arg_kind kind = kind_of(e, call, i);

		if (kind == S2T_ARG_PTE)
			forms = 32;
		if (kind == S2T_ARG_IPA || kind == S2T_ARG_IOVA || kind == S2T_ARG_PA)
			offset |= call->arg[i] & 0xFFF;
	}
	for (unsigned form = 0; form < forms && least > 0; form++) {
		struct s2t_record record = { .op = call->op };

		/* Attributes and offset share their low bits. */
		record.extra = offset != 0 ? 0xE000 | offset : (form & 15) | (form >> 4) * 0x600;
		memset(record.select, S2T_SELECT_LITERAL, sizeof(record.select));
		memcpy(record.literal, call->arg, sizeof(record.literal));
		const unsigned literals = make_symbolic(e, call, &record);

		if (literals < least) {
			least = literals;
			best = record;
		}
		if (offset != 0)
			break;
	}
	return best;
}

static void put_record(struct encoder *e, const struct s2t_record *record)
{
	const unsigned count = s2t_op_table[record->op].arg_count;
	const size_t size = s2t_record_size(e->version);
	uint8_t *at = e->out->data + e->out->size, *literal = at + size;

	memset(at, 0, size);
	at[0] = (uint8_t)(record->op | (record->dare ? S2T_RECORD_DARE : 0));
	at[size - 2] = (uint8_t)record->extra;
	at[size - 1] = (uint8_t)(record->extra >> 8);
	for (unsigned i = 0; i < count; i++) {
		at[1 + i] = record->select[i];
		if (record->select[i] < S2T_SELECT_LITERAL) {
			e->out->symbolic++;
			continue;
		}
		e->out->literal++;
		for (unsigned byte = 0; byte < S2T_LITERAL_BYTES; byte++)
			*literal++ = (uint8_t)(record->literal[i] >> 8 * byte);
	}
	e->out->size = (size_t)(literal - e->out->data);
}

/* Encodes a call and lets the model make it. False: out of memory. */
static bool put_call(struct encoder *e, const struct s2t_call *call)
{
	struct s2t_step step;
	struct s2t_call decoded = { .op = call->op };

	if (!reserve(e, S2T_RECORD_MAX))
		return false;
	if (e->ended && s2t_model_halted(e->model)) {
		e->out->data[2] |= 0x0A;
		e->out->after_panic = true;
		e->ended = false;
	}
	struct s2t_record record = best_record(e, call);

	record.dare = !s2t_model_halted(e->model) &&
	              (e->version == S2T_INPUT_ALL ? s2t_decode_panics(e->decoder, call)
	                                           : s2t_gen_would_panic(e->decoder->gen, call));
	put_record(e, &record);
	s2t_decode_resolve(e->decoder, &record, &decoded);
	if (!s2t_call_fits(call))
		return true; /* nobody makes this call */
	s2t_model_step(e->model, S2T_SPEC_LOW, call, &step);
	s2t_decode_learn(e->decoder, call, &step);
	e->ended = step.outcome == S2T_PANIC && !e->out->after_panic;
	return !s2t_model_out_of_memory(e->model);
}

bool s2t_encode(const struct s2t_board *board, const struct s2t_call *call, size_t count, bool run_undefined,
                struct s2t_encoding *encoding, struct s2t_error *error)
{
	struct encoder e = { .out = encoding, .version = S2T_INPUT_MEMORY, .run_undefined = run_undefined };
	struct s2t_input empty;
	bool good = false;

	*encoding = (struct s2t_encoding){ .data = NULL };
	error->resource = false;
	for (size_t i = 0; i < count; i++)
		if (s2t_op_layer(call[i].op) == S2T_LAYER_HYPERCALL)
			e.version = S2T_INPUT_ALL;
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
