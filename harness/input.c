/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs: header and boundaries of records. */
#include "input.h"

#include "optable.h"

/* Part of version 1, like the table of operations below: not to be changed. */
static const char *const board_name[S2T_INPUT_BOARDS] = { "default", "tiny",    "lowlimits", "zeropage",
	                                                  "overlap", "zerogfn", "odd",       "tiny" };

/* Each operation by its own number; then the common ones once more, so that a random byte chooses them as often as the
 * generator does. */
/* clang-format off */
const uint8_t s2t_record_choice[S2T_INPUT_ALL][S2T_RECORD_CHOICES] = { {
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
}, {
	/* Version 2: each by its number, then macros and the common ones of the hypercall layer. */
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
	20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
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
} };
/* clang-format on */
_Static_assert(S2T_OP_MEMORY_COUNT == 18, "version 1 of the inputs chooses among these operations");
_Static_assert(S2T_OP_COUNT == 40, "version 2 of the inputs chooses among these operations");

/* The rows of s2t_op_table, in one cache line. */
#define COUNT_ARG(kind, name)                      +1
#define COUNT_ROW(id, name, prefix, returns, args) [S2T_OP_##id] = 0 args,
const uint8_t s2t_record_arg_count[S2T_MACRO_LAST] = { S2T_OPS(COUNT_ROW, COUNT_ARG) };

const char *s2t_input_board_name(unsigned choice)
{
	return board_name[choice % S2T_INPUT_BOARDS];
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
