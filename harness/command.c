/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The `s2twin` command as a function: finds the command that the first word names.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "guard.h"
#include "s2twin/run.h"
#include "scan.h"
#include "suggest.h"

const struct s2t_command s2t_commands[] = {
	{ "run", "random lockstep of model and implementation, sequence after sequence", s2t_cmd_run },
	{ "replay", "lockstep over traces", s2t_cmd_replay },
	{ "shrink", "the shortest trace with the same divergence", s2t_cmd_shrink },
	{ "promote", "make a regression test of a kept divergence", s2t_cmd_promote },
	{ "explain", "the full report of one divergence", s2t_cmd_explain },
	{ "eval", "the model alone over a trace, one JSON object a step", s2t_cmd_eval },
	{ "spec", "the operations, the domains of their arguments, their cases", s2t_cmd_spec },
	{ "board", "the boards that come with s2twin, and the keys of a board file", s2t_cmd_board },
	{ "bench", "how fast implementation, model and lockstep are, measured in one run", s2t_cmd_bench },
	{ "explore", "every sequence over a list of calls, on a small board", s2t_cmd_explore },
	{ "convert", "inputs of the fuzzers into traces, and traces into inputs", s2t_cmd_convert },
	{ NULL, NULL, NULL },
};

static int print_help(void)
{
	printf("s2twin: an executable twin of a verified stage-2 memory manager\n\n"
	       "Usage: s2twin COMMAND [OPTION...] [OPERAND...]\n\n");
	for (const struct s2t_command *command = s2t_commands; command->name != NULL; command++)
		printf("  %-8s %s\n", command->name, command->purpose);
	printf("\n`s2twin COMMAND --help` explains one. --version prints the version.\n"
	       "Exit status: 0 agreed, 1 divergence, 2 wrong usage or bad input, 3 internal error or missing "
	       "resource, 130 interrupted.\n");
	return s2t_finish(S2T_EXIT_AGREED);
}

static int refuse_command(const char *word)
{
	struct s2t_suggest suggest = s2t_suggest_for(word, strlen(word));
	const char *what = word[0] == '-' ? "option" : "command";

	for (const struct s2t_command *command = s2t_commands; command->name != NULL; command++)
		s2t_suggest_offer(&suggest, command->name);
	if (suggest.nearest != NULL && word[0] != '-')
		fprintf(stderr, "s2twin: unknown %s '%s'; did you mean '%s'?\n", what,
		        s2t_quote_text(word).text, suggest.nearest);
	else
		fprintf(stderr, "s2twin: unknown %s '%s'; `s2twin --help` lists the commands\n", what,
		        s2t_quote_text(word).text);
	return S2T_EXIT_USAGE;
}

static int run_command(int argc, char **argv, const struct s2t_own *own)
{
	for (const struct s2t_command *command = s2t_commands; command->name != NULL; command++) {
		if (strcmp(argv[0], command->name) == 0)
			return command->run(argc, argv, own);
	}
	return refuse_command(argv[0]);
}

static int run_with(int argc, char **argv, const struct s2t_own *own)
{
	char help[] = "--help";

	if (argc < 2) {
		fprintf(stderr, "s2twin: a command is missing; `s2twin --help` lists them\n");
		return S2T_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("s2twin %s\n", S2T_VERSION);
		return s2t_finish(S2T_EXIT_AGREED);
	}
	if (strcmp(argv[1], "--help") == 0 || (strcmp(argv[1], "help") == 0 && argc == 2))
		return print_help();
	if (strcmp(argv[1], "help") == 0)
		return run_command(2, (char *[]){ argv[2], help, NULL }, own);
	if (strcmp(argv[1], "--json") == 0 && argc > 2) {
		/* A global option may stand before the command, too. */
		char *json = argv[1];

		argv[1] = argv[2];
		argv[2] = json;
	}
	return run_command(argc - 1, argv + 1, own);
}

static int run(int argc, char **argv, const struct s2t_own *own)
{
	struct s2t_plugin linked = { .ops = NULL }, loaded = { .ops = NULL };
	struct s2t_own with = *own;
	struct s2t_error error;
	int status;

	s2t_guard_enter();
	with.plugin = &loaded;
	if (own->iut && !s2t_plugin_link(&linked, own->iut, &error)) {
		fprintf(stderr, "s2twin: %s\n", error.text);
		status = S2T_EXIT_USAGE;
	} else {
		with.iut = linked.ops;
		status = run_with(argc, argv, &with);
		s2t_plugin_close(&loaded);
	}
	s2t_guard_leave();
	return status;
}

int s2t_main(int argc, char **argv, const struct s2t_iut_ops *iut)
{
	return run(argc, argv, &(struct s2t_own){ .iut = iut });
}

int s2t_main_bodies(int argc, char **argv, const struct s2t_bodies *bodies)
{
	if (bodies->abi != S2T_BODIES_ABI || bodies->size < offsetof(struct s2t_bodies, map_page_host)) {
		fprintf(stderr,
		        "s2twin: the bodies are of ABI %u and this library has %u; build them against its "
		        "s2twin/primitives.h\n",
		        (unsigned)bodies->abi, (unsigned)S2T_BODIES_ABI);
		return S2T_EXIT_USAGE;
	}
	if (!bodies->name || !bodies->version) {
		fprintf(stderr, "s2twin: the bodies lack a name or a version for reports\n");
		return S2T_EXIT_USAGE;
	}
	return run(argc, argv, &(struct s2t_own){ .bodies = bodies });
}
