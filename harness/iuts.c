/* SPDX-License-Identifier: BSD-2-Clause */
/* Implementations and boards, for the commands. */
#include "iuts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "constants.h"
#include "iut_form.h"
#include "mapfile.h"
#include "pipe.h"
#include "reads.h"

const struct s2t_iut_ops *s2t_own_iut(const struct s2t_own *own)
{
	return own->iut ? own->iut : s2t_builtin();
}

struct s2t_lockstep_options s2t_own_lockstep(const struct s2t_own *own, uint32_t full_every)
{
	return (struct s2t_lockstep_options){ .level = own->bodies ? S2T_LEVEL_BODY : S2T_LEVEL_STACK,
		                              .bodies = own->bodies,
		                              .known = S2T_KNOWN_ALL,
		                              .full_every = full_every,
		                              .full_default = full_every > 0,
		                              .invariants = S2T_INVARIANTS_ALL };
}

bool s2t_level_fits(const struct s2t_usage *usage, const struct s2t_lockstep_options *options,
                    const struct s2t_iut_ops *iut)
{
	const char *why =
		options->spec != S2T_SPEC_LOW ? "the lemmas are about the low form, so it takes no --spec high"
		: options->run_undefined || options->compare_undefined
			? "undefined calls are always run and compared there, so it takes no --undefined"
		: iut != s2t_builtin() ? "only the builtin implementation has its bodies there"
				       : NULL;

	if (options->level != S2T_LEVEL_BODY || !why)
		return true;
	s2t_complain(usage, S2T_EXIT_USAGE, "--level body: %s", why);
	return false;
}

/* The options that make the same choice in a command of a report. */
static const char *print_choice(struct s2t_plugin *plugin, const struct s2t_iut_ops *iut)
{
	const bool is_form = s2t_form_by_name(iut->name) == iut;
	const struct {
		const char *option, *value;
	} said[] = { { "--iut", is_form ? iut->name : plugin->path }, { "--map", plugin->map_path } };
	size_t used = 0;

	for (unsigned i = 0; i < 2; i++) {
		char word[256];

		if (!said[i].value)
			continue;
		s2t_shell_word(said[i].value, word, sizeof(word));
		used += (size_t)snprintf(plugin->chosen + used, sizeof(plugin->chosen) - used, " %s %s",
		                         said[i].option, word);
	}
	return used ? plugin->chosen : NULL;
}

static bool resyncs(const struct s2t_mapfile *map)
{
	bool any = map->panics == S2T_PANICS_RESYNC;

	for (size_t i = 0; i < map->rule_count; i++)
		any |= map->rule[i].action == S2T_RULE_RESYNC;
	return any;
}

bool s2t_iut_ready(struct s2t_args *args, const struct s2t_iut_ops *iut, struct s2t_lockstep_options *options)
{
	struct s2t_plugin *plugin = args->own->plugin;
	struct s2t_error error = { .resource = false };
	const char *why = NULL;
	uint64_t specified;

	args->status = S2T_EXIT_USAGE;
	if (args->has_known && options->spec == S2T_SPEC_LOW) {
		s2t_complain(args->usage, S2T_EXIT_USAGE, "--known has a meaning only with --spec high");
		return false;
	}
	/* A limit that nothing keeps would be believed. */
	if (!args->isolated && (args->has_memory || (plugin->hang_limit > 0 && !plugin->pipe))) {
		s2t_complain(args->usage, S2T_EXIT_USAGE,
		             args->has_memory ? "--memory-limit has a meaning only with --isolate"
		                              : "--hang-limit has a meaning only with --isolate or pipe:");
		return false;
	}
	if (!s2t_level_fits(args->usage, options, iut))
		return false;
	if (!s2t_plugin_read_map(plugin, iut, &error)) {
		fprintf(stderr, "%s\n", error.text);
		args->status = error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
		return false;
	}
	const int differs = s2t_constants_differ(iut, &specified);

	if (differs >= 0) {
		printf("DIFFERENCE  constant %s: the specification has 0x%" PRIx64
		       ", implementation %s 0x%" PRIx64 "; it must not vary\n",
		       iut->constants[differs].name, specified, iut->name, iut->constants[differs].value);
		args->status = s2t_finish(S2T_EXIT_DIVERGED);
		return false;
	}
	if (plugin->pipe && plugin->hang_limit > 0)
		s2t_pipe_set_limit(plugin->pipe, plugin->hang_limit);
	options->map = plugin->map;
	for (unsigned i = 0; options->level == S2T_LEVEL_STACK && i < S2T_TELLS_COUNT; i++)
		options->untold |= (uint32_t)!s2t_tells(iut, (enum s2t_optional)i) << i;
	options->chosen = print_choice(plugin, iut);
	options->declares = iut;
	if (options->level == S2T_LEVEL_BODY && (plugin->map_path || options->watch != S2T_WATCH_NONE))
		why = "--level body has no implementation for --map or --watch";
	else if (options->watch != S2T_WATCH_NONE && !iut->memory)
		why = "this implementation names no memory to --watch: it has no function `memory`";
	else if (options->logs && options->map && resyncs(options->map))
		why = "--logs does not go with a map that resynchronises: the logs would not have it so";
	if (!why)
		return true;
	s2t_complain(args->usage, S2T_EXIT_USAGE, "%s", why);
	return false;
}

bool s2t_boards_load(struct s2t_boards *boards, const char *name, struct s2t_error *error)
{
	const size_t count = name ? 1 : s2t_named_board_count;

	memset(boards, 0, sizeof(*boards));
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
	free(boards->refusal);
	memset(boards, 0, sizeof(*boards));
}
