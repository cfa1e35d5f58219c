/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin convert`: inputs of the fuzzers into traces, and traces into inputs.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "decode.h"
#include "encode.h"
#include "optable.h"
#include "scan.h"

enum { OPT_TO_INPUT, OPT_OUT, OPT_UNDEFINED, OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_TO_INPUT] = { "to-input", NULL, "FILE is a trace, and becomes an input" },
	[OPT_OUT] = { "o", "FILE", "where the result goes (default: standard output)" },
	[OPT_UNDEFINED] = { "undefined", "skip|run",
	                    "with --to-input: run: give undefined calls to the implementation "
	                    "(default: skip)" },
	[OPT_JSON] = { "json", NULL, "tell of the conversion as JSON; takes -o" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"convert",
	"FILE",
	options,
	"FILE, or - for standard input, is an input: the bytes that a fuzzer feeds to fuzz_lockstep, of which any are\n"
	"one. The trace has the calls that they stand for, up to the end of the sequence. An input made of a trace\n"
	"stands for the same board and calls; a panic that is not the last step makes it one that goes on after panics.\n",
};

struct convert {
	bool to_input, run_undefined, json;
	const char *out;
};

/* What is told of an input. */
struct account {
	unsigned version;
	const char *board;
	bool version_known, good_text;
	bool after_panic, run_undefined;
	size_t operations, bytes, spare, unread;
};

struct bytes {
	uint8_t *data;
	size_t size;
};

static int out_of_memory(void)
{
	return s2t_complain(&usage, S2T_EXIT_INTERNAL, "not enough memory");
}

/* Reads a whole file. On false there was one sentence, and `*status` is set. */
static bool read_bytes(const char *path, struct bytes *bytes, int *status)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	size_t room = 0, got = 1;

	*bytes = (struct bytes){ .data = NULL };
	if (!in) {
		*status = s2t_complain(&usage, S2T_EXIT_USAGE, "cannot read '%s': %s",
		                       s2t_quote_text(path).text, strerror(errno));
		return false;
	}
	errno = 0;
	while (got > 0) {
		if (bytes->size == room) {
			room = room == 0 ? 65536 : 2 * room;
			uint8_t *grown = realloc(bytes->data, room);

			if (!grown)
				break;
			bytes->data = grown;
		}
		got = fread(bytes->data + bytes->size, 1, room - bytes->size, in);
		bytes->size += got;
	}
	const int number = ferror(in) ? errno : 0;

	if (in != stdin)
		(void)fclose(in);
	if (got == 0 && number == 0)
		return true;
	free(bytes->data);
	*status = number == 0 ? out_of_memory()
	                      : s2t_complain(&usage, S2T_EXIT_USAGE, "cannot read '%s': %s",
	                                     s2t_quote_text(path).text, strerror(number));
	return false;
}

static FILE *open_out(const struct convert *convert)
{
	FILE *out = convert->out ? fopen(convert->out, "wb") : stdout;

	if (!out)
		(void)s2t_complain(&usage, S2T_EXIT_USAGE, "cannot write '%s': %s",
		                   s2t_quote_text(convert->out).text, strerror(errno));
	return out;
}

/* Standard output is closed by s2t_finish. */
static int close_out(const struct convert *convert, FILE *out)
{
	const bool good = !ferror(out);

	if (out == stdout || (fclose(out) == 0 && good))
		return S2T_EXIT_AGREED;
	return s2t_complain(&usage, S2T_EXIT_INTERNAL, "cannot write '%s'", s2t_quote_text(convert->out).text);
}

static void print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(object);
}

/* What `s2twin replay` needs to run the trace as the input runs. */
static const char *replay_options(const struct account *account)
{
	if (account->after_panic && account->run_undefined)
		return " --after-panic --undefined=run";
	return account->after_panic ? " --after-panic" : (account->run_undefined ? " --undefined=run" : "");
}

struct calls {
	struct s2t_call *call; /* NULL: out of memory */
	size_t room;
};

/* For one call more than `count`. */
static bool make_room(struct calls *list, size_t count)
{
	if (count < list->room)
		return true;
	const size_t room = 2 * count + 64;
	struct s2t_call *grown = realloc(list->call, room * sizeof(*grown));

	if (!grown)
		free(list->call);
	list->call = grown;
	list->room = room;
	return grown != NULL;
}

/* The calls of an input up to the end of its sequence, as a fuzzer's target makes them. */
static bool decode_all(const struct s2t_input *input, struct s2t_decoder *decoder, struct s2t_model *model,
                       struct calls *list, struct account *account)
{
	bool over = false;

	s2t_decode_begin(decoder, input);
	while (!over && make_room(list, account->operations) &&
	       s2t_decode_next(decoder, &list->call[account->operations])) {
		struct s2t_call *last = &list->call[account->operations++];
		const bool halted = s2t_model_halted(model);
		struct s2t_step step;

		if (!s2t_call_fits(last))
			continue;
		s2t_model_step(model, S2T_SPEC_LOW, last, &step);
		if (s2t_model_out_of_memory(model))
			return false;
		s2t_decode_learn(decoder, last, &step);
		over = (step.outcome == S2T_PANIC && !halted && !input->after_panic) ||
		       (step.outcome == S2T_UNDEFINED && input->run_undefined);
	}
	if (!list->call)
		return false;
	account->spare = s2t_decode_spare(decoder);
	account->unread = input->size - s2t_decode_read(decoder);
	return true;
}

static void tell_of_input(const struct account *account)
{
	print_json(json_pack("{s:i, s:b, s:s, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:s}", "version",
	                     (int)account->version, "version_known", account->version_known, "board",
	                     account->board, "board_text_good", account->good_text, "after_panic",
	                     account->after_panic, "run_undefined", account->run_undefined, "operations",
	                     (json_int_t)account->operations, "bytes", (json_int_t)account->bytes, "spare",
	                     (json_int_t)account->spare, "unread", (json_int_t)account->unread,
	                     "replay_options", replay_options(account)));
}

static int print_trace(const struct convert *convert, const struct s2t_board *board,
                       const struct s2t_call *call, const struct account *account)
{
	char comment[160];
	FILE *out;

	if (account->operations == 0)
		return s2t_complain(&usage, S2T_EXIT_USAGE,
		                    "this input of %zu bytes holds no operation, and a trace has at least one",
		                    account->bytes);
	out = open_out(convert);
	if (!out)
		return S2T_EXIT_USAGE;
	snprintf(comment, sizeof(comment),
	         "Of an input of %zu bytes on board %s, the last %zu unread. Replay:%s%s", account->bytes,
	         account->board, account->unread,
	         account->after_panic || account->run_undefined ? "" : " no options", replay_options(account));
	(void)s2t_trace_print(out, board, call, account->operations, comment);
	return close_out(convert, out);
}

static int convert_input(const struct convert *convert, const char *path)
{
	struct s2t_input input;
	struct s2t_trace board;
	struct bytes bytes;
	struct account account = { .operations = 0 };
	int status = S2T_EXIT_AGREED;

	if (!read_bytes(path, &bytes, &status))
		return status;
	s2t_input_read(&input, bytes.data, bytes.size);
	account.version = input.version;
	account.version_known = input.version_known;
	account.after_panic = input.after_panic;
	account.run_undefined = input.run_undefined;
	account.bytes = bytes.size;
	if (!s2t_input_board(&input, &board, &account.good_text)) {
		free(bytes.data);
		return out_of_memory();
	}
	struct s2t_model *model = s2t_model_create(&board.board);
	struct s2t_decoder *decoder = model ? s2t_decoder_create(&board.board, model) : NULL;
	struct calls list = { .call = NULL };

	account.board = board.board.name;
	if (!decoder || !decode_all(&input, decoder, model, &list, &account))
		status = out_of_memory();
	else
		status = print_trace(convert, &board.board, list.call, &account);
	if (status == S2T_EXIT_AGREED && convert->json)
		tell_of_input(&account);
	free(list.call);
	s2t_decoder_destroy(decoder);
	s2t_model_destroy(model);
	s2t_trace_free(&board);
	free(bytes.data);
	return status;
}

static int write_input(const struct convert *convert, const struct s2t_trace *trace,
                       const struct s2t_encoding *encoding)
{
	FILE *out = open_out(convert);

	if (!out)
		return S2T_EXIT_USAGE;
	fwrite(encoding->data, 1, encoding->size, out);
	const int status = close_out(convert, out);

	if (status == S2T_EXIT_AGREED && convert->json)
		print_json(json_pack("{s:i, s:I, s:I, s:I, s:I, s:b}", "version", encoding->data[0],
		                     "operations", (json_int_t)trace->count, "bytes",
		                     (json_int_t)encoding->size, "symbolic", (json_int_t)encoding->symbolic,
		                     "literal", (json_int_t)encoding->literal, "after_panic",
		                     encoding->after_panic));
	return status;
}

static int convert_trace(const struct convert *convert, const char *path)
{
	struct s2t_encoding encoding;
	struct s2t_trace trace;
	struct s2t_error error = { .resource = false };

	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	if (!s2t_trace_check_physical(&trace, path, &error) ||
	    !s2t_encode(&trace.board, trace.call, trace.count, convert->run_undefined, &encoding, &error)) {
		s2t_trace_free(&trace);
		return s2t_complain(&usage, error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE, "%s",
		                    error.text);
	}
	const int status = write_input(convert, &trace, &encoding);

	free(encoding.data);
	s2t_trace_free(&trace);
	return status;
}

static bool set_option(struct convert *convert, struct s2t_args *args, int option)
{
	switch (option) {
	case OPT_TO_INPUT: convert->to_input = true; return true;
	case OPT_OUT: convert->out = strcmp(args->value, "-") == 0 ? NULL : args->value; return true;
	case OPT_UNDEFINED:
		convert->run_undefined = strcmp(args->value, "run") == 0;
		if (convert->run_undefined || strcmp(args->value, "skip") == 0)
			return true;
		args->status = s2t_complain(&usage, S2T_EXIT_USAGE, "--undefined is 'skip' or 'run', not '%s'",
		                            s2t_quote_text(args->value).text);
		return false;
	case OPT_JSON: convert->json = true; return true;
	default: return false;
	}
}

int s2t_cmd_convert(int argc, char **argv, const struct s2t_own *own)
{
	struct convert convert = { .to_input = false };
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&convert, &args, option))
			return args.status;
	if (!s2t_args_operands(&args, 1, 1))
		return args.status;
	if (convert.json && !convert.out)
		return s2t_complain(
			&usage, S2T_EXIT_USAGE,
			"--json tells of the conversion on standard output: send the result elsewhere with -o");
	if (convert.run_undefined && !convert.to_input)
		return s2t_complain(&usage, S2T_EXIT_USAGE,
		                    "--undefined goes with --to-input; an input says so itself");
	return s2t_finish(convert.to_input ? convert_trace(&convert, args.operand[0])
	                                   : convert_input(&convert, args.operand[0]));
}
