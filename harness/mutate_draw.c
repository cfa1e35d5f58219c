/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mutation that lets the generator draw. The records that are kept are decoded, and the model makes their calls; the
 * generator learns of them as if they were its own. From there on each call that it draws is encoded where it stands
 * (encode_call.c), and made, too.
 */
#include "mutate_draw.h"

#include <stdlib.h>
#include <string.h>

#include "decode_internal.h"
#include "encode.h"
#include "rng.h"

/* What one board needs; all NULL until then. */
struct draw_machine {
	struct s2t_trace board;
	struct s2t_drawing drawing;
};

struct s2t_draw {
	uint32_t layers;
	struct draw_machine machine[S2T_INPUT_BOARDS];
};

static void free_machine(struct draw_machine *machine)
{
	s2t_decoder_destroy(machine->drawing.decoder);
	s2t_gen_destroy(machine->drawing.gen);
	s2t_model_destroy(machine->drawing.model);
	s2t_trace_free(&machine->board);
	memset(machine, 0, sizeof(*machine));
}

struct s2t_draw *s2t_draw_create(uint32_t layers)
{
	struct s2t_draw *draw = calloc(1, sizeof(*draw));

	if (draw)
		draw->layers = layers;
	return draw;
}

void s2t_draw_destroy(struct s2t_draw *draw)
{
	if (!draw)
		return;
	for (unsigned i = 0; i < S2T_INPUT_BOARDS; i++)
		if (draw->machine[i].drawing.model)
			free_machine(&draw->machine[i]);
	free(draw);
}

/* The machine of a named board, in its start state; NULL: out of memory. */
static struct draw_machine *machine_of(struct s2t_draw *draw, unsigned choice)
{
	struct draw_machine *machine = &draw->machine[choice % S2T_INPUT_BOARDS];
	struct s2t_drawing *drawing = &machine->drawing;
	struct s2t_error error;

	if (drawing->model)
		return machine;
	if (!s2t_trace_load_board(&machine->board, s2t_input_board_name(choice), &error))
		return NULL;
	drawing->model = s2t_model_create(&machine->board.board);
	if (drawing->model) {
		drawing->gen = s2t_gen_create(&machine->board.board, drawing->model);
		drawing->decoder = s2t_decoder_create(&machine->board.board, drawing->model);
	}
	if (drawing->gen && drawing->decoder)
		return machine;
	free_machine(machine);
	return NULL;
}

/* The model makes a call, and generator and decoder learn of it. */
static enum s2t_outcome make(const struct s2t_drawing *drawing, const struct s2t_call *call)
{
	struct s2t_step step;

	s2t_model_step(drawing->model, S2T_SPEC_LOW, call, &step);
	s2t_decode_learn(drawing->decoder, call, &step);
	s2t_gen_learn(drawing->gen, call, &step);
	return step.outcome;
}

size_t s2t_draw_calls(const struct s2t_drawing *drawing, uint8_t *data, size_t size, size_t max_size)
{
	struct s2t_decoder *d = drawing->decoder;
	uint8_t record[S2T_RECORD_MAX];
	struct s2t_call call;

	while (s2t_gen_next(drawing->gen, &call)) {
		const uint64_t pfn = d->pfn;
		unsigned literals;

		s2t_decode_bound(&d->board, &call);
		if (!s2t_call_fits(&call))
			continue;
		const size_t bytes = s2t_encode_call(d, &call, false, record, &literals);

		if (bytes > max_size - size)
			return size;
		memcpy(data + size, record, bytes);
		switch (make(drawing, &call)) {
		case S2T_OK: size += bytes; break;
		case S2T_PANIC: data[size] |= S2T_RECORD_DARE; return size + bytes;
		case S2T_UNDEFINED:
		case S2T_OUTCOME_COUNT:
		default: d->pfn = pfn; break; /* as if it had not been; the next one takes its place */
		}
		if (s2t_model_out_of_memory(drawing->model))
			return size;
	}
	return size;
}

/* The calls that are kept. Their records are careful, so none panics. */
static void make_kept(const struct s2t_drawing *drawing)
{
	struct s2t_call call;

	while (s2t_decode_next(drawing->decoder, &call))
		if (s2t_call_fits(&call))
			(void)make(drawing, &call);
}

/* Records that are kept become careful, and the sequence goes no further than `run` would take it. */
static void make_careful(uint8_t *data, const struct s2t_input *input)
{
	size_t bytes;

	data[2] = 0;
	for (size_t at = input->records; at < input->size; at += bytes) {
		data[at] &= (uint8_t)~S2T_RECORD_DARE;
		bytes = s2t_record_bytes(input->version, data + at, input->size - at);
		if (bytes == 0)
			break;
	}
}

/* Of version 2 mostly the hypercall layer alone: its calls make those of the memory layers. */
static uint32_t draw_layers(struct s2t_rng *rng, unsigned version, uint32_t allowed)
{
	const bool both = s2t_rng_chance(rng, 64);

	if (version != S2T_INPUT_ALL || !(allowed & S2T_GEN_HYPERCALL))
		return S2T_GEN_MEMORY;
	return both ? S2T_GEN_MEMORY | S2T_GEN_HYPERCALL : S2T_GEN_HYPERCALL;
}

/* How many calls: as many as there may be room for; or a few, so that small inputs come up, too. */
static uint32_t draw_length(struct s2t_rng *rng, unsigned version, size_t room)
{
	enum { FEW = 8, MORE = 64 };

	if (s2t_rng_chance(rng, 32))
		return FEW + s2t_rng_below(rng, MORE);
	return (uint32_t)(room / s2t_record_size(version)) + 1;
}

size_t s2t_draw(struct s2t_draw *draw, uint8_t *data, size_t keep, size_t max_size, uint64_t seed)
{
	struct s2t_input input;
	struct s2t_rng rng;

	s2t_input_read(&input, data, keep);
	if (keep < S2T_INPUT_HEADER || input.text)
		return 0;
	s2t_rng_seed(&rng, seed);
	const bool fresh = keep == input.records;
	const uint8_t board = fresh ? (uint8_t)s2t_rng_below(&rng, S2T_INPUT_BOARDS) : data[1];
	struct draw_machine *machine = machine_of(draw, board);

	if (!machine)
		return 0;
	data[1] = board;
	if (fresh)
		data[3] = (uint8_t)s2t_rng_below(&rng, 256);
	make_careful(data, &input);
	s2t_input_read(&input, data, keep);
	s2t_gen_set_layers(machine->drawing.gen, draw_layers(&rng, input.version, draw->layers),
	                   machine->drawing.model);
	const uint32_t calls = draw_length(&rng, input.version, max_size - keep);

	s2t_gen_begin(machine->drawing.gen, s2t_rng_next(&rng), calls);
	s2t_decode_begin(machine->drawing.decoder, &input);
	make_kept(&machine->drawing);
	const size_t size = s2t_draw_calls(&machine->drawing, data, keep, max_size);

	s2t_model_reset(machine->drawing.model);
	return size;
}
