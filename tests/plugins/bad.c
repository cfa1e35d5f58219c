/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plug-ins that are wrong, each in one way: compiled with -DBAD_NAME. All but that is reads.c.
 */
#define READS_NO_PLUGIN
#include "reads.c"

#include <string.h>

static void bad_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	reads_call(iut, call, result);
#if defined(BAD_OUTCOME)
	if (call->op == S2T_OP_WALK_S2PT)
		result->outcome = (enum s2t_outcome)99;
#elif defined(BAD_NO_OUTCOME)
	if (call->op == S2T_OP_WALK_S2PT)
		memset(result, 0xff, sizeof(*result));
#elif defined(BAD_NO_REASON)
	result->reason = NULL;
	if (call->op == S2T_OP_WALK_S2PT)
		result->outcome = S2T_PANIC;
#elif defined(BAD_TEXT)
	if (call->op == S2T_OP_WALK_S2PT)
		*result = (struct s2t_result){ .outcome = S2T_PANIC, .reason = "red:\n\033[31m" };
#elif defined(BAD_HANG)
	for (volatile int hang = call->op == S2T_OP_WALK_S2PT; hang;)
		continue;
#elif defined(BAD_LEAK)
	*(volatile char *)malloc((size_t)64 << 20) = 1;
#elif defined(BAD_ELSEWHERE)
	/* A page is mapped that nobody named. */
	const struct s2t_call map = { S2T_OP_MAP_S2PT, { 3, 0x123000, 3, 0x40005fff } };
	struct s2t_result mapped;

	if (call->op == S2T_OP_GET_LEVEL_S2PT)
		reads_call(iut, &map, &mapped);
#elif defined(BAD_WILD)
	if (call->op == S2T_OP_WALK_S2PT)
		*(volatile int *)(uintptr_t)64 = 1;
#elif defined(BAD_EXIT)
	if (call->op == S2T_OP_WALK_S2PT)
		exit(0);
#endif
}

/* What the call above wrote; and what no implementation has. */
static const struct s2t_entry *elsewhere(const struct s2t_iut *iut, size_t *count)
{
	static const struct s2t_entry entries[] = {
		{ S2T_ENTRY_NPT, 0, 3, 0x123 },
		{ 99, 99, 99, 99 },
		{ S2T_ENTRY_NPT_NEXT, 200, 0xffffffff, 0 },
		{ S2T_ENTRY_SPT, 0, 9, UINT64_C(1) << 40 },
		{ S2T_ENTRY_SPT_CONTEXT, 0, 0xffffffff, 0 },
		{ S2T_ENTRY_S2PAGE, 0, 0, UINT64_MAX },
		{ S2T_ENTRY_NPT_BLOCK, 0, 0xffff, UINT64_MAX },
	};

	(void)iut;
	*count = sizeof(entries) / sizeof(entries[0]);
	return entries;
}

static const struct s2t_entry *nothing(const struct s2t_iut *iut, size_t *count)
{
	(void)iut;
	*count = 7;
	return NULL;
}

static struct s2t_iut *refuse(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t size)
{
	if (strcmp(board->name, "default") == 0)
		return reads_create(self, board, error, size);
	snprintf(error, size, "it has one\tboard");
	return NULL;
}

static struct s2t_iut *refuse_all(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                                  size_t size)
{
	(void)self;
	(void)board;
	(void)error;
	(void)size;
	return NULL;
}

const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops = { READS_OPS };

	ops.call = bad_call;
	(void)refuse;
	(void)refuse_all;
	(void)nothing;
	(void)elsewhere;
#if defined(BAD_TABLE)
	return NULL;
#elif defined(BAD_ABI)
	ops.abi = 7;
#elif defined(BAD_SIZE)
	ops.size = 16;
#elif defined(BAD_BIG_SIZE)
	ops.size = 1 << 30;
#elif defined(BAD_NAME)
	ops.name = NULL;
#elif defined(BAD_LACK)
	ops.call = NULL;
#elif defined(BAD_LACK_READ)
	ops.spt = NULL;
#elif defined(BAD_REFUSES)
	ops.create = refuse;
#elif defined(BAD_REFUSES_ALL)
	ops.create = refuse_all;
#elif defined(BAD_CONSTANT)
	static const struct s2t_constant constants[] = { { "page_sise", 4096 } };

	ops.constants = constants;
	ops.constant_count = 1;
#elif defined(BAD_PAGE_SIZE)
	static const struct s2t_constant constants[] = { { "page_size", 16384 } };

	ops.constants = constants;
	ops.constant_count = 1;
#elif defined(GOOD_CONSTANTS)
	static const struct s2t_constant constants[] = { { "page_size", 4096 }, { "max_share_count", 9 } };

	ops.constants = constants;
	ops.constant_count = 2;
#elif defined(GOOD_TOUCHED) || defined(BAD_ELSEWHERE)
	ops.touched = elsewhere;
#elif defined(GOOD_NOTHING)
	ops.touched = nothing;
#elif defined(GOOD_SMALL)
	/* A plug-in built against the first header: what comes after is not part of it. */
	ops.size = offsetof(struct s2t_iut_ops, data_log);
	memset((char *)&ops + ops.size, 0x5a, sizeof(ops) - ops.size);
#elif defined(GOOD_NO_RESET)
	ops.reset = NULL;
	ops.lock_held = NULL;
	ops.npt_used = NULL;
	ops.spt_used = NULL;
#endif
	return &ops;
}
