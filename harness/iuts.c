/* SPDX-License-Identifier: BSD-2-Clause */
/* Implementations, boards and kept traces, for the commands. */
#include "iuts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct s2t_iut_ops *s2t_iut_by_name(struct s2t_args *args)
{
	const struct s2t_iut_ops *builtin = s2t_builtin();

	if (strcmp(args->value, builtin->name) == 0)
		return builtin;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "unknown implementation '%.40s'; there is '%s'",
	                            args->value, builtin->name);
	return NULL;
}

bool s2t_args_level(struct s2t_args *args, enum s2t_level *level)
{
	*level = strcmp(args->value, "body") == 0 ? S2T_LEVEL_BODY : S2T_LEVEL_STACK;
	if (*level == S2T_LEVEL_BODY || strcmp(args->value, "stack") == 0)
		return true;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "--level is stack or body, not '%.40s'", args->value);
	return false;
}

bool s2t_level_fits(const struct s2t_usage *usage, const struct s2t_lockstep_options *options,
                    const struct s2t_iut_ops *iut)
{
	const char *why = options->spec != S2T_SPEC_LOW ? "the lemmas are about the low form, so it takes no --spec high"
	                  : options->run_undefined ? "undefined calls are always run there, so it takes no --undefined=run"
	                  : iut != s2t_builtin()   ? "only the builtin implementation has its bodies there"
	                                           : NULL;

	if (options->level != S2T_LEVEL_BODY || !why)
		return true;
	s2t_complain(usage, S2T_EXIT_USAGE, "--level body: %s", why);
	return false;
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

bool s2t_keep_trace(const char *dir, const char *name, const struct s2t_board *board, const struct s2t_call *call,
                    size_t count, const char *comment, char *path, size_t path_size, struct s2t_error *error)
{
	char draft[4096];

	if ((size_t)snprintf(path, path_size, "%s/%s.trace", dir, name) >= path_size ||
	    (size_t)snprintf(draft, sizeof(draft), "%s.%ld", path, (long)getpid()) >= sizeof(draft)) {
		snprintf(error->text, sizeof(error->text), "the name of folder '%.40s…' is too long", dir);
		return false;
	}
	if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
		snprintf(error->text, sizeof(error->text), "cannot make folder '%s': %s", dir, strerror(errno));
		return false;
	}
	FILE *out = fopen(draft, "w");
	bool good = out && s2t_trace_print(out, board, call, count, comment);

	if (out && fclose(out) != 0)
		good = false;
	if (good && rename(draft, path) == 0)
		return true;
	snprintf(error->text, sizeof(error->text), "cannot write '%s': %s", path, strerror(errno));
	if (out)
		remove(draft);
	return false;
}
