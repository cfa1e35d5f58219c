/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder: record after record, and what it remembers of the calls. What the hypercall layer leaves behind
 * (learn_hyper) is part of version 2. */
#include "decode_internal.h"

#include <stdlib.h>
#include <string.h>

#include "seldom.h"

bool s2t_input_board(const struct s2t_input *input, struct s2t_trace *board, bool *good_text)
{
	struct s2t_error error;

	*good_text = true;
	if (input->text) {
		if (s2t_trace_parse(board, S2T_BOARD_FILE, "input", input->text, input->text_len, &error)) {
			if (s2t_board_check_physical(&board->board, &error))
				return true;
			s2t_trace_free(board);
		} else if (error.resource) {
			return false;
		}
		*good_text = false;
	}
	return s2t_trace_load_board(board, input->board, &error);
}

struct s2t_decoder *s2t_decoder_create(const struct s2t_board *board, struct s2t_model *model)
{
	struct s2t_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->model = model;
	d->board = *board;
	d->gen = s2t_gen_create(board, model);
	if (!d->gen) {
		free(d);
		return NULL;
	}
	s2t_decode_read_board(d);
	return d;
}

void s2t_decoder_destroy(struct s2t_decoder *d)
{
	if (!d)
		return;
	s2t_gen_destroy(d->gen);
	free(d);
}

void s2t_decode_begin(struct s2t_decoder *d, const struct s2t_input *input)
{
	s2t_gen_forget(d->gen);
	d->data = input->data;
	d->size = input->size;
	d->version = input->version;
	d->at = d->begun = input->records;
	d->macro.rows = NULL;
	s2t_decode_choose_frames(d, input->places);
	d->pfn = d->page[0];
	d->owned_count = d->start_owned;
	memcpy(d->owned, d->start_owned_pfn, sizeof(d->owned));
	d->recent.count = d->recent.next = 0;
	d->mapped.count = d->mapped.next = 0;
	d->smmu.count = d->smmu.next = 0;
}

/* Takes the record at `at` apart; `literals` as in s2t_record_literals. */
static inline void read_record(unsigned version, const uint8_t *at, uint64_t literals,
                               struct s2t_record *record)
{
	const size_t size = s2t_record_size(version);
	const uint8_t *literal = at + size;
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	record->op = s2t_record_op(version, at[0]);
	record->dare = (at[0] & S2T_RECORD_DARE) == S2T_RECORD_DARE;
	word >>= 8;
	memcpy(record->select, &word, sizeof(word));
	record->extra = at[size - 2] | (uint32_t)at[size - 1] << 8;
	for (; literals != 0; literals &= literals - 1, literal += S2T_LITERAL_BYTES)
		record->literal[(unsigned)__builtin_ctzll(literals) / 8 - 1] = s2t_literal_at(literal);
}

/* The next record from the bytes; of a macro, the first of its own. */
static inline bool read_next(struct s2t_decoder *d, unsigned version, struct s2t_record *record)
{
	const uint8_t *at = d->data + d->at;
	const size_t left = d->size - d->at;
	size_t bytes = s2t_record_size(version);

	if (left < bytes)
		return false;
	const uint64_t literals = s2t_record_literals(at, s2t_record_args(version, at[0]));

	if (SELDOM(literals != 0)) {
		bytes += S2T_LITERAL_BYTES * (size_t)__builtin_popcountll(literals);
		if (bytes > left)
			return false;
	}
	read_record(version, at, literals, record);
	d->at += bytes;
	if (version != S2T_INPUT_ALL || record->op < S2T_OP_COUNT)
		return true;
	s2t_macro_begin(d, record);
	return s2t_macro_next(d, record);
}

bool s2t_decode_make(struct s2t_decoder *d, struct s2t_call *call, struct s2t_step *step, bool *made)
{
	struct s2t_record record;
	const bool all = d->version == S2T_INPUT_ALL;

	*made = false;
	if (all ? !(d->macro.rows && s2t_macro_next(d, &record)) && !read_next(d, S2T_INPUT_ALL, &record)
	        : !read_next(d, S2T_INPUT_MEMORY, &record))
		return false;
	memset(call, 0, sizeof(*call));
	call->op = record.op;
	s2t_decode_resolve(d, &record, call);
	if (all)
		s2t_decode_bound(&d->board, call);
	if (record.dare || s2t_model_halted(d->model))
		return true;
	if (all)
		*made = s2t_decode_fit_all(d, call, step);
	else
		s2t_decode_fit(d, call);
	return true;
}

bool s2t_decode_next(struct s2t_decoder *d, struct s2t_call *call)
{
	struct s2t_step step;
	bool made;

	if (d->version == S2T_INPUT_MEMORY)
		return s2t_decode_make(d, call, &step, &made);
	const struct s2t_mark mark = s2t_model_mark(d->model);
	const bool more = s2t_decode_make(d, call, &step, &made);

	if (made)
		s2t_model_undo(d->model, &mark);
	return more;
}

static void note_page(struct s2t_decoder *d, uint64_t pfn)
{
	d->recent.pfn[d->recent.next] = pfn;
	d->recent.next = (d->recent.next + 1) % DECODE_RECENT;
	d->recent.count += d->recent.count < DECODE_RECENT;
}

static void note_place(struct decode_places *places, uint64_t space, uint64_t gfn)
{
	places->at[places->next] = (struct decode_place){ .space = (uint32_t)space, .gfn = gfn };
	places->next = (places->next + 1) % DECODE_RECENT;
	places->count += places->count < DECODE_RECENT;
}

static void note_owner(struct s2t_decoder *d, uint64_t pfn)
{
	if (d->owned_count < DECODE_OWNED)
		d->owned[d->owned_count++] = pfn;
}

static void note_return(struct s2t_decoder *d, uint64_t pfn)
{
	for (uint32_t i = 0; i < d->owned_count; i++) {
		if (d->owned[i] == pfn) {
			d->owned[i] = d->owned[--d->owned_count];
			return;
		}
	}
}

/* A page that now may be a VM's, at a place of its own. */
static void note_given(struct s2t_decoder *d, uint64_t vmid, uint64_t gfn, uint64_t pfn)
{
	const uint32_t owner = s2t_model_page(d->model, pfn).owner;

	note_page(d, pfn);
	note_place(&d->mapped, vmid, gfn);
	if (owner != 0 && owner != GEN_INVALID)
		note_owner(d, pfn);
}

static void learn_hyper(struct s2t_decoder *d, const struct s2t_call *call)
{
	const uint64_t *arg = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_RANGE:
		note_page(d, arg[1]);
		note_return(d, arg[1]);
		break;
	case S2T_OP_CLEAR_VM_STAGE2_RANGE:
		note_page(d, arg[1] >> 12);
		if (s2t_model_page(d->model, arg[1] >> 12).owner == 0)
			note_return(d, arg[1] >> 12);
		break;
	case S2T_OP_PROT_AND_MAP_VM_S2PT:
		note_given(d, arg[0], arg[1] >> 12, (arg[2] & GEN_FRAME) >> 12);
		break;
	case S2T_OP_VCPU_RUN:
		if (s2t_model_npt(d->model, arg[0], arg[3] >> 12).level != 0)
			note_given(d, arg[0], arg[3] >> 12, (arg[4] & GEN_FRAME) >> 12);
		break;
	case S2T_OP_REMAP_VM_IMAGE:
		note_page(d, arg[1]);
		note_owner(d, arg[1]); /* once the image is loaded */
		break;
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP: note_place(&d->mapped, arg[0], arg[1] >> 12); break;
	case S2T_OP_HOST_FAULT: note_place(&d->mapped, 0, arg[0] >> 12); break;
	case S2T_OP_EL2_ARM_LPAE_MAP:
		note_place(&d->smmu, 8 * arg[4] + arg[3], arg[0] >> 12);
		note_page(d, arg[1] >> 12);
		if (s2t_model_page(d->model, arg[1] >> 12).owner != 0)
			note_owner(d, arg[1] >> 12);
		break;
	case S2T_OP_HYPERCALL: {
		const int op = s2t_decode_by_number(&d->board, arg[0]);
		struct s2t_call direct = { .op = S2T_OP_HYPERCALL };

		if (op < 0)
			break;
		direct.op = (uint32_t)op;
		memcpy(direct.arg, arg + 1, sizeof(direct.arg) - sizeof(direct.arg[0]));
		learn_hyper(d, &direct);
		break;
	}
	default: break;
	}
}

void s2t_decode_learn(struct s2t_decoder *d, const struct s2t_call *call, const struct s2t_step *step)
{
	const uint64_t *arg = call->arg;

	s2t_gen_learn(d->gen, call, step);
	if (step->outcome != S2T_OK)
		return;
	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST:
		note_page(d, arg[0] >> 12);
		note_place(&d->mapped, 0, arg[0] >> 12);
		break;
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU:
		note_page(d, arg[2]);
		if (arg[0] != 0 && (step->case_id == S2T_CASE_APV_2 || step->case_id == S2T_CASE_APV_3 ||
		                    step->case_id == S2T_CASE_APS_2 || step->case_id == S2T_CASE_APS_3))
			note_owner(d, arg[2]);
		break;
	case S2T_OP_CLEAR_VM_PAGE:
		note_page(d, arg[1]);
		if (step->case_id != S2T_CASE_CVP_2)
			note_return(d, arg[1]);
		break;
	case S2T_OP_MAP_VM_IO:
		if (step->case_id != S2T_CASE_MVI_2)
			break;
		note_place(&d->mapped, arg[0], arg[1] >> 12);
		break;
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_MAP_S2PT: note_place(&d->mapped, arg[0], arg[1] >> 12); break;
	case S2T_OP_UPDATE_SMMU_PAGE: note_place(&d->smmu, 8 * arg[2] + arg[1], arg[3] >> 12); break;
	case S2T_OP_MAP_SPT: note_place(&d->smmu, 8 * arg[1] + arg[0], arg[2] >> 12); break;
	default: learn_hyper(d, call); break;
	}
}

size_t s2t_decode_read(const struct s2t_decoder *d)
{
	return d->at;
}

size_t s2t_decode_spare(const struct s2t_decoder *d)
{
	const unsigned version = d->version;
	size_t spare = 0;

	for (size_t at = d->begun; at < d->at; at += s2t_record_bytes(version, d->data + at, d->size - at))
		if (s2t_record_op(version, d->data[at]) < S2T_OP_COUNT)
			spare += s2t_record_selectors(version) - s2t_record_args(version, d->data[at]);
	return spare;
}
