/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs: header and boundaries of records. */
#include "input.h"

#include <string.h>

#include "optable.h"

/* Part of version 1, like the table of operations below: not to be changed. */
static const char *const board_name[S2T_INPUT_BOARDS] = { "default", "tiny",    "lowlimits", "zeropage",
	                                                  "overlap", "zerogfn", "odd",       "tiny" };

/* Each operation by its own number; then the common ones once more, so that a random byte chooses them as often as the
 * generator does. */
/* clang-format off */
static const uint8_t memory_choice[64] = {
	S2T_OP_MAP_PAGE_HOST, S2T_OP_CLEAR_VM_PAGE, S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_MAP_PFN_VM,
	S2T_OP_MAP_VM_IO, S2T_OP_GRANT_VM_PAGE, S2T_OP_REVOKE_VM_PAGE, S2T_OP_ASSIGN_PFN_TO_SMMU,
	S2T_OP_UPDATE_SMMU_PAGE, S2T_OP_UNMAP_SMMU_PAGE, S2T_OP_GET_LEVEL_S2PT, S2T_OP_WALK_S2PT,
	S2T_OP_MAP_S2PT, S2T_OP_CLEAR_PFN_HOST, S2T_OP_INIT_SPT, S2T_OP_WALK_SPT, S2T_OP_MAP_SPT,
	S2T_OP_UNMAP_SPT, S2T_OP_MAP_PAGE_HOST, S2T_OP_MAP_PAGE_HOST, S2T_OP_MAP_PAGE_HOST,
	S2T_OP_MAP_PAGE_HOST, S2T_OP_MAP_PAGE_HOST, S2T_OP_CLEAR_VM_PAGE, S2T_OP_CLEAR_VM_PAGE,
	S2T_OP_CLEAR_VM_PAGE, S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_ASSIGN_PFN_TO_VM,
	S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_ASSIGN_PFN_TO_VM, S2T_OP_MAP_PFN_VM,
	S2T_OP_MAP_PFN_VM, S2T_OP_MAP_PFN_VM, S2T_OP_MAP_PFN_VM, S2T_OP_MAP_PFN_VM, S2T_OP_MAP_PFN_VM,
	S2T_OP_MAP_VM_IO, S2T_OP_MAP_VM_IO, S2T_OP_MAP_VM_IO, S2T_OP_GRANT_VM_PAGE, S2T_OP_GRANT_VM_PAGE,
	S2T_OP_GRANT_VM_PAGE, S2T_OP_GRANT_VM_PAGE, S2T_OP_REVOKE_VM_PAGE, S2T_OP_REVOKE_VM_PAGE,
	S2T_OP_REVOKE_VM_PAGE, S2T_OP_REVOKE_VM_PAGE, S2T_OP_ASSIGN_PFN_TO_SMMU, S2T_OP_ASSIGN_PFN_TO_SMMU,
	S2T_OP_ASSIGN_PFN_TO_SMMU, S2T_OP_UPDATE_SMMU_PAGE, S2T_OP_UPDATE_SMMU_PAGE,
	S2T_OP_UPDATE_SMMU_PAGE, S2T_OP_UPDATE_SMMU_PAGE, S2T_OP_UNMAP_SMMU_PAGE, S2T_OP_UNMAP_SMMU_PAGE,
	S2T_OP_WALK_S2PT, S2T_OP_MAP_S2PT, S2T_OP_MAP_S2PT, S2T_OP_MAP_S2PT, S2T_OP_MAP_SPT,
	S2T_OP_MAP_SPT,
};
/* clang-format on */
_Static_assert(S2T_OP_MEMORY_COUNT == 18, "version 1 of the inputs chooses among these operations");

/* Version 2: as before, then macros and the common ones of the hypercall layer. */
enum { CHOICES = 64, FURTHER = CHOICES - S2T_OP_COUNT };
static const uint8_t further_choice[FURTHER] = {
	S2T_MACRO_BOOT,
	S2T_MACRO_REGISTER,
	S2T_MACRO_IMAGE,
	S2T_MACRO_RUN,
	S2T_MACRO_END,
	S2T_MACRO_DEVICE,
	S2T_MACRO_GUEST_DEVICE,
	S2T_MACRO_HOST_BLOCK,
	S2T_MACRO_CORE_BLOCK,
	S2T_MACRO_GUEST_BLOCK,
	S2T_MACRO_SCATTER_PAGES,
	S2T_MACRO_SCATTER_DEVICES,
	S2T_MACRO_SCATTER_FAULTS,
	S2T_MACRO_SCATTER_SMMU,
	S2T_MACRO_SCATTER_HOST,
	S2T_MACRO_SCATTER_CORE,
	S2T_MACRO_BOOT,
	S2T_MACRO_BOOT,
	S2T_MACRO_RUN,
	S2T_MACRO_RUN,
	S2T_OP_VCPU_RUN,
	S2T_OP_VCPU_EXIT,
	S2T_OP_HYPERCALL,
	S2T_OP_HYPERCALL,
};
_Static_assert(S2T_OP_COUNT == 40, "version 2 of the inputs chooses among these operations");

const char *s2t_input_board_name(unsigned choice)
{
	return board_name[choice % S2T_INPUT_BOARDS];
}

uint32_t s2t_record_op(unsigned version, uint8_t byte)
{
	const unsigned choice = byte & (CHOICES - 1);

	if (version != S2T_INPUT_ALL)
		return memory_choice[choice];
	return choice < S2T_OP_COUNT ? choice : further_choice[choice - S2T_OP_COUNT];
}

void s2t_input_read(struct s2t_input *input, const uint8_t *data, size_t size)
{
	*input = (struct s2t_input){
		.data = data, .size = size, .version = S2T_INPUT_MEMORY, .board = board_name[0]
	};
	input->records = size < S2T_INPUT_HEADER ? size : S2T_INPUT_HEADER;
	if (size < S2T_INPUT_HEADER)
		return;
	input->version_known = data[0] == S2T_INPUT_MEMORY || data[0] == S2T_INPUT_ALL;
	if (data[0] == S2T_INPUT_ALL)
		input->version = S2T_INPUT_ALL;
	input->after_panic = (data[2] & 0x0F) == 0x0A;
	input->run_undefined = data[2] >> 4 == 0x0A;
	if (data[1] != S2T_INPUT_BOARD_TEXT) {
		input->places = data[3];
		input->board = s2t_input_board_name(data[1]);
		return;
	}
	input->text = (const char *)data + S2T_INPUT_HEADER;
	input->text_len = (size_t)data[3] * S2T_INPUT_TEXT_UNIT;
	if (input->text_len > size - S2T_INPUT_HEADER)
		input->text_len = size - S2T_INPUT_HEADER;
	input->records += input->text_len;
}

/* Arguments of each operation: the rows of s2t_op_table, in one cache line. */
#define COUNT_ARG(kind, name)                      +1
#define COUNT_ROW(id, name, prefix, returns, args) [S2T_OP_##id] = 0 args,
static const uint8_t arg_count[S2T_OP_COUNT] = { S2T_OPS(COUNT_ROW, COUNT_ARG) };

unsigned s2t_record_args(unsigned version, uint8_t byte)
{
	const uint32_t op = s2t_record_op(version, byte);

	return op < S2T_OP_COUNT ? arg_count[op] : 0;
}

/* A byte is a literal's selector where its upper six bits are all set: in ~word they are zero, and the sum of the lower
 * seven with 0x7F does not reach bit 7. All selectors at once; byte 1 and so on are the arguments'. */
_Static_assert(S2T_SELECT_LITERAL == 0xFC, "the upper six bits");

size_t s2t_record_bytes(unsigned version, const uint8_t *at, size_t left)
{
	const size_t size = s2t_record_size(version);
	uint64_t word, rest;

	if (left < size)
		return 0;
	memcpy(&word, at, sizeof(word));
	const uint64_t args = ((UINT64_C(1) << 8 * s2t_record_args(version, at[0])) - 1) << 8;
	const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);

	rest = ~word & UINT64_C(0xFCFCFCFCFCFCFCFC);
	const uint64_t literal = ~(((rest & low) + low) | rest | low) & args;

	if (literal == 0)
		return size;
	const size_t bytes = size + S2T_LITERAL_BYTES * (size_t)__builtin_popcountll(literal);

	return bytes <= left ? bytes : 0;
}
