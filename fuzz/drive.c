/* SPDX-License-Identifier: BSD-2-Clause */
/* The drive: machines, and one input through them. */
#include "drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reads.h"

static void free_machine(struct s2t_drive_machine *machine)
{
	if (machine->ls) {
		s2t_decoder_destroy(machine->decoder);
		s2t_lockstep_destroy(machine->ls);
		s2t_trace_free(&machine->board);
	}
	free(machine->text);
	memset(machine, 0, sizeof(*machine));
}

void s2t_drive_free(struct s2t_drive *drive)
{
	for (size_t i = 0; i < S2T_INPUT_BOARDS; i++)
		free_machine(&drive->named[i]);
	for (size_t i = 0; i < S2T_DRIVE_TEXTS; i++)
		free_machine(&drive->texts[i]);
	free(drive->call);
	s2t_plugin_close(&drive->plugin);
	memset(drive, 0, sizeof(*drive));
}

/* False: `error` says why in a sentence. */
static bool make_machine(struct s2t_drive *drive, struct s2t_drive_machine *machine,
                         const struct s2t_input *input, struct s2t_error *error)
{
	bool good_text;

	(void)snprintf(error->text, sizeof(error->text), "not enough memory for a board");

	if (!s2t_input_board(input, &machine->board, &good_text))
		return false;
	machine->ls = s2t_lockstep_create(&machine->board.board, drive->iut, &drive->options, error);
	if (!machine->ls) {
		machine->refused = true;
		s2t_trace_free(&machine->board);
		return false;
	}
	machine->decoder = s2t_decoder_create(&machine->board.board, machine->ls->model);
	if (!machine->decoder) {
		free_machine(machine);
		return false;
	}
	return true;
}

/* The machine of a board given by its text: the one that has it, or else the one that was used longest ago. */
static struct s2t_drive_machine *machine_of_text(struct s2t_drive *drive, const struct s2t_input *input)
{
	struct s2t_drive_machine *oldest = &drive->texts[0];
	struct s2t_error error;

	for (size_t i = 0; i < S2T_DRIVE_TEXTS; i++) {
		struct s2t_drive_machine *machine = &drive->texts[i];

		if ((machine->ls || machine->refused) && machine->text_len == input->text_len &&
		    memcmp(machine->text, input->text, input->text_len) == 0)
			return machine;
		if (machine->used < oldest->used)
			oldest = machine;
	}
	free_machine(oldest);
	oldest->text = malloc(input->text_len + 1);
	if (!oldest->text)
		return NULL;
	memcpy(oldest->text, input->text, input->text_len);
	oldest->text_len = input->text_len;
	return make_machine(drive, oldest, input, &error) || oldest->refused ? oldest : NULL;
}

bool s2t_drive_init(struct s2t_drive *drive, const struct s2t_iut_ops *iut,
                    const struct s2t_lockstep_options *options)
{
	const char *dir = getenv("S2TWIN_OUT"), *map = getenv("S2TWIN_MAP");
	struct s2t_error error;
	unsigned made = 0;

	memset(drive, 0, sizeof(*drive));
	drive->options = *options;
	drive->plugin.map_path = map && map[0] ? map : NULL;
	if (!s2t_plugin_link(&drive->plugin, iut, &error) ||
	    !s2t_plugin_read_map(&drive->plugin, drive->plugin.ops, &error)) {
		fprintf(stderr, "s2twin fuzz: %s\n", error.text);
		s2t_plugin_close(&drive->plugin);
		return false;
	}
	drive->iut = drive->plugin.ops;
	drive->options.map = drive->plugin.map;
	drive->plugged_in = iut != s2t_builtin();
	drive->memory_only = options->level == S2T_LEVEL_BODY || options->spec != S2T_SPEC_LOW ||
	                     (drive->plugged_in && !s2t_tells(drive->iut, S2T_TELLS_VM)) ||
	                     getenv("S2TWIN_MEMORY_ONLY") != NULL;
	if (drive->plugged_in) /* in the commands that a report names */
		drive->options.chosen = " --iut PLUGIN.so";
	drive->dir = dir && dir[0] ? dir : "s2twin-out";
	drive->tell_cases = getenv("S2TWIN_CASES") != NULL;
	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++) {
		const struct s2t_input input = { .board = s2t_input_board_name(i) };

		if (make_machine(drive, &drive->named[i], &input, &error)) {
			made++;
			continue;
		}
		fprintf(stderr, "s2twin fuzz: %s\n", error.text);
		if (!drive->named[i].refused) {
			made = 0;
			break;
		}
	}
	if (made > 0)
		return true;
	s2t_drive_free(drive);
	return false;
}

static struct s2t_drive_machine *machine_of(struct s2t_drive *drive, const struct s2t_input *input)
{
	if (input->text)
		return machine_of_text(drive, input);
	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++)
		/* The names are those of one table, so that their addresses tell them apart. */
		if (s2t_input_board_name(i) == input->board)
			return &drive->named[i];
	return NULL;
}

static bool make_room(struct s2t_drive *drive, size_t count)
{
	if (count <= drive->room)
		return true;
	struct s2t_call *grown = realloc(drive->call, 2 * count * sizeof(*grown));

	if (!grown)
		return false;
	drive->call = grown;
	drive->room = 2 * count;
	return true;
}

/* Both sides without a comparison. */
static enum s2t_verdict run_uncompared(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	if (!s2t_call_fits(call))
		return S2T_NOT_RUN;
	ls->call = *call;
	s2t_model_step(ls->model, ls->options.spec, call, &ls->step);
	if (ls->step.outcome == S2T_UNDEFINED)
		return S2T_NOT_RUN;
	ls->ops->call(ls->iut, call, &ls->result);
	return ls->step.outcome == S2T_PANIC && !ls->options.after_panic ? S2T_ENDED : S2T_AGREED;
}

static enum s2t_verdict run_sequence(struct s2t_drive *drive, const struct s2t_input *input)
{
	struct s2t_lockstep *ls = drive->machine->ls;
	struct s2t_decoder *decoder = drive->machine->decoder;
	/* Whether the model may make a call before the lockstep is asked to. In version 1 it never does. */
	const bool ahead = input->version == S2T_INPUT_MEMORY ||
	                   (ls->plain && !drive->uncompared && !drive->memory_only);
	enum s2t_verdict verdict = S2T_AGREED;

	s2t_decode_begin(decoder, input);
	while (verdict < S2T_ENDED) {
		bool made = false;

		if (!make_room(drive, drive->count + 1))
			return S2T_NO_MEMORY;
		if (ahead ? !s2t_decode_make(decoder, &drive->call[drive->count], &ls->step, &made)
		          : !s2t_decode_next(decoder, &drive->call[drive->count]))
			break;
		const struct s2t_call *call = &drive->call[drive->count];

		if (drive->memory_only && s2t_op_layer(call->op) == S2T_LAYER_HYPERCALL)
			continue;
		drive->count++;
		verdict = made                ? s2t_lockstep_follow(ls, call)
		          : drive->uncompared ? run_uncompared(ls, call)
		                              : s2t_lockstep_step(ls, call);
		if (verdict >= S2T_DIVERGED)
			break;
		if (verdict == S2T_NOT_RUN && !s2t_call_fits(call))
			continue; /* nobody made it */
		s2t_decode_learn(decoder, call, &ls->step);
		if (drive->feedback != S2T_FEEDBACK_NONE)
			s2t_feedback_step(ls, drive->feedback);
	}
	if (verdict < S2T_DIVERGED && !drive->uncompared)
		verdict = s2t_lockstep_end(ls);
	return verdict;
}

static void tell_cases(struct s2t_drive *drive)
{
	const struct s2t_stats *stats = &drive->machine->ls->stats;
	const unsigned form = drive->options.spec == S2T_SPEC_LOW ? S2T_CASE_IN_LOW : S2T_CASE_IN_HIGH;
	unsigned total = 0;

	/* RGK-0 needs a board of its own. */
	for (int i = 0; i < S2T_CASE_COUNT; i++)
		total += (i != S2T_CASE_RGK_0 || drive->reached[i]) &&
		         (s2t_op_layer(s2t_case_table[i].op) == S2T_LAYER_MEMORY || !drive->memory_only) &&
		         (s2t_case_table[i].specs & form) != 0;
	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		if (drive->reached[i] || !stats->cases[i])
			continue;
		drive->reached[i] = true;
		drive->reached_count++;
		fprintf(stderr, "s2twin fuzz: %s, case %u of %u, after %.2f s, %llu inputs\n",
		        s2t_case_table[i].name, drive->reached_count, total, (double)clock() / CLOCKS_PER_SEC,
		        (unsigned long long)drive->inputs);
	}
}

/* Inputs are short, and whole tables large: one input in so many has them read at its end, the first among them, so that
 * an artifact by itself is compared as `s2twin replay` does it. Prime, as boards may take turns. */
enum { WHOLE_TABLES_EVERY = 17 };

enum s2t_verdict s2t_drive_run(struct s2t_drive *drive, const uint8_t *data, size_t size)
{
	enum s2t_verdict verdict = S2T_NO_MEMORY;
	struct s2t_input input;

	s2t_input_read(&input, data, size);
	drive->count = 0;
	drive->inputs++;
	drive->machine = machine_of(drive, &input);
	if (drive->machine && drive->machine->refused) {
		drive->refused++;
		return S2T_NOT_RUN;
	}
	if (drive->machine && make_room(drive, size / S2T_RECORD_LEAST + 1)) {
		struct s2t_lockstep *ls = drive->machine->ls;

		drive->machine->used = drive->inputs;
		ls->sequence = drive->inputs;
		/* The first, so that an input by itself is judged in each way. */
		drive->owes |= (drive->inputs - 1) % S2T_INV_SWEEP_EVERY == 0;
		ls->owes = drive->owes;
		ls->lines_only = (drive->inputs - 1) % WHOLE_TABLES_EVERY != 0;
		drive->whole += !ls->lines_only;
		/* A plug-in need not know what halted means, nor survive what is undefined. */
		ls->options.after_panic = input.after_panic && !drive->plugged_in;
		ls->options.run_undefined = input.run_undefined && !drive->plugged_in &&
		                            drive->options.level == S2T_LEVEL_STACK;
		if (drive->feedback != S2T_FEEDBACK_NONE)
			s2t_feedback_begin(&input);
		verdict = run_sequence(drive, &input);
		drive->owes = ls->owes;
		if (drive->feedback != S2T_FEEDBACK_NONE)
			s2t_feedback_end();
		drive->operations += drive->count;
		if (drive->tell_cases)
			tell_cases(drive);
		if (verdict < S2T_DIVERGED)
			s2t_lockstep_reset(ls);
	}
	if (verdict == S2T_NO_MEMORY)
		fprintf(stderr, "s2twin fuzz: out of memory in an input of %zu bytes, operation %zu\n", size,
		        drive->count);
	return verdict;
}
