/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_trace: the parser of traces and of board files. Any bytes are refused with one sentence, or what they parse to
 * is printed as a text that parses to the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *sentence, const char *text)
{
	fprintf(stderr, "s2twin fuzz: %s:\n%s\n", sentence, text);
	abort();
}

/* The text of a trace, to be freed. */
static char *print(const struct s2t_trace *trace, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out || !s2t_trace_print(out, &trace->board, trace->call, trace->count, NULL) || fclose(out) != 0)
		exit(3);
	return text;
}

static void check(enum s2t_trace_kind kind, const char *text, size_t size)
{
	struct s2t_trace trace, again;
	struct s2t_error error = { .text = "" };
	size_t len, len_again;

	if (!s2t_trace_parse(&trace, kind, "input", text, size, &error)) {
		if (error.text[0] == '\0' || strchr(error.text, '\n'))
			fail("a refusal is not one sentence", error.text);
		return;
	}
	(void)s2t_trace_check_physical(&trace, "input", &error);
	char *printed = print(&trace, &len);

	if (!s2t_trace_parse(&again, kind, "printed", printed, len, &error))
		fail(error.text, printed);
	char *printed_again = print(&again, &len_again);

	if (len != len_again || memcmp(printed, printed_again, len) != 0 || trace.count != again.count)
		fail("what is printed parses to another trace", printed);
	free(printed);
	free(printed_again);
	s2t_trace_free(&trace);
	s2t_trace_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(S2T_TRACE, (const char *)data, size);
	check(S2T_BOARD_FILE, (const char *)data, size);
	return 0;
}
