/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin board`: the boards that come with the tool, each as the text that defines it.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "boards.h"
#include "cmd.h"
#include "scan.h"
#include "suggest.h"

enum { OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_JSON] = { "json", NULL, "print JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"board",
	"[NAME]",
	options,
	"Without NAME, lists the boards and the keys of a config line. With NAME, prints that board as a board file:\n"
	"  s2twin board tiny > my.board\n",
};

static void print_list(void)
{
	printf("Boards that come with s2twin (`s2twin board NAME` prints one):\n");
	for (size_t i = 0; i < s2t_named_board_count; i++)
		printf("  %-10s %s\n", s2t_named_boards[i].name, s2t_named_boards[i].purpose);
	printf("\nKeys of a config line, with their defaults:\n");
	for (int key = 0; key < S2T_KEY_COUNT; key++) {
		const struct s2t_key_info *info = &s2t_key_table[key];

		printf("  %-18s %-11s %s\n", info->name,
		       info->fallback != NULL ? info->fallback : "three lines", info->text);
	}
}

static json_t *board_json(const struct s2t_named_board *board)
{
	return json_pack("{s:s, s:s, s:s}", "name", board->name, "purpose", board->purpose, "text",
	                 board->text);
}

/* Prints and releases; NULL is what jansson gives when memory is short. */
static int print_json(json_t *json)
{
	int bad = json == NULL || json_dumpf(json, stdout, JSON_INDENT(2)) != 0;

	json_decref(json);
	if (bad && !ferror(stdout))
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "out of memory");
	putchar('\n');
	return S2T_EXIT_AGREED;
}

static int list_json(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s2t_named_board_count; i++)
		(void)json_array_append_new(list, board_json(&s2t_named_boards[i]));
	return print_json(json_pack("{s:o}", "boards", list));
}

static int refuse_board(const char *name)
{
	struct s2t_suggest suggest = s2t_suggest_for(name, strlen(name));

	for (size_t i = 0; i < s2t_named_board_count; i++)
		s2t_suggest_offer(&suggest, s2t_named_boards[i].name);
	if (suggest.nearest != NULL)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "no board '%s'; did you mean '%s'?",
		                    s2t_quote_text(name).text, suggest.nearest);
	return s2t_complain(&usage, S2T_EXIT_USAGE, "no board '%s'; `s2twin board` lists them",
	                    s2t_quote_text(name).text);
}

int s2t_cmd_board(int argc, char **argv, const struct s2t_own *own)
{
	const struct s2t_named_board *board;
	struct s2t_args args;
	bool json = false;
	int option, status = S2T_EXIT_AGREED;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE) {
		if (option == S2T_ARGS_EXIT)
			return args.status;
		json = json || option == OPT_JSON;
	}
	if (!s2t_args_operands(&args, 0, 1))
		return args.status;
	board = args.operand_count == 1 ? s2t_named_board_find(args.operand[0]) : NULL;
	if (args.operand_count == 1 && board == NULL)
		return refuse_board(args.operand[0]);
	if (json)
		status = board != NULL ? print_json(board_json(board)) : list_json();
	else if (board != NULL)
		fputs(board->text, stdout);
	else
		print_list();
	return status == S2T_EXIT_AGREED ? s2t_finish(status) : status;
}
