/* SPDX-License-Identifier: BSD-2-Clause */
/* Implementations and boards, for the commands. */
#include "iuts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct s2t_iut_ops *s2t_iut_by_name(struct s2t_args *args)
{
	const struct s2t_iut_ops *builtin = s2t_builtin();

	if (strcmp(args->value, builtin->name) == 0)
		return builtin;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE,
	                            "unknown implementation '%.40s'; there is '%s'", args->value,
	                            builtin->name);
	return NULL;
}

bool s2t_args_level(struct s2t_args *args, enum s2t_level *level)
{
	*level = strcmp(args->value, "body") == 0 ? S2T_LEVEL_BODY : S2T_LEVEL_STACK;
	if (*level == S2T_LEVEL_BODY || strcmp(args->value, "stack") == 0)
		return true;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "--level is stack or body, not '%.40s'",
	                            args->value);
	return false;
}

bool s2t_level_fits(const struct s2t_usage *usage, const struct s2t_lockstep_options *options,
                    const struct s2t_iut_ops *iut)
{
	const char *why = options->spec != S2T_SPEC_LOW
	                          ? "the lemmas are about the low form, so it takes no --spec high"
	                  : options->run_undefined
	                          ? "undefined calls are always run there, so it takes no --undefined=run"
	                  : iut != s2t_builtin() ? "only the builtin implementation has its bodies there"
	                                         : NULL;

	if (options->level != S2T_LEVEL_BODY || !why)
		return true;
	s2t_complain(usage, S2T_EXIT_USAGE, "--level body: %s", why);
	return false;
}

bool s2t_args_hang_limit(struct s2t_args *args, struct s2t_isolation *isolation)
{
	uint64_t seconds;

	if (!s2t_args_number(args, 1, 1000000, &seconds))
		return false;
	isolation->hang_limit = (double)seconds;
	return true;
}

bool s2t_args_memory_limit(struct s2t_args *args, struct s2t_isolation *isolation)
{
	uint64_t mib;

	if (!s2t_args_number(args, 1, UINT64_C(1) << 40, &mib))
		return false;
	isolation->memory_limit = mib << 20;
	return true;
}

bool s2t_boards_load(struct s2t_boards *boards, const char *name, struct s2t_error *error)
{
	const size_t count = name ? 1 : s2t_named_board_count;

	boards->count = 0;
	boards->board = calloc(count, sizeof(*boards->board));
	boards->trace = calloc(count, sizeof(*boards->trace));
	if (!boards->board || !boards->trace) {
		snprintf(error->text, sizeof(error->text), "not enough memory for %zu boards", count);
		error->resource = true;
		s2t_boards_free(boards);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const char *from = name ? name : s2t_named_boards[i].name;

		if (!s2t_trace_load_board(&boards->trace[i], from, error)) {
			s2t_boards_free(boards);
			return false;
		}
		boards->board[i] = boards->trace[i].board;
		boards->count++;
		if (!s2t_trace_check_physical(&boards->trace[i], from, error)) {
			s2t_boards_free(boards);
			return false;
		}
	}
	return true;
}

void s2t_boards_free(struct s2t_boards *boards)
{
	for (size_t i = 0; i < boards->count; i++)
		s2t_trace_free(&boards->trace[i]);
	free(boards->board);
	free(boards->trace);
	memset(boards, 0, sizeof(*boards));
}
