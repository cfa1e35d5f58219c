/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces and boards from files, and the boards that have a name.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"

struct buffer {
	char *text;
	size_t len, room;
};

/* Reads to the end of the file, whatever kind of file it is. Returns 0 or an errno. */
static int read_all(FILE *in, struct buffer *buffer)
{
	for (;;) {
		size_t got;

		if (buffer->len == buffer->room) {
			size_t more = buffer->room == 0 ? 65536 : 2 * buffer->room;
			char *grown = realloc(buffer->text, more);

			if (grown == NULL)
				return ENOMEM;
			buffer->text = grown;
			buffer->room = more;
		}
		errno = 0;
		got = fread(buffer->text + buffer->len, 1, buffer->room - buffer->len, in);
		buffer->len += got;
		if (got == 0)
			return ferror(in) ? (errno != 0 ? errno : EIO) : 0;
	}
}

static bool refuse_file(struct s2t_error *error, const char *name, int number)
{
	(void)s2t_refuse_at(error, name, 1, 1, "cannot read this file: %s", strerror(number));
	error->resource = number == ENOMEM || number == EIO || number == EMFILE || number == ENFILE;
	return false;
}

static bool load(struct s2t_trace *trace, enum s2t_trace_kind kind, const struct s2t_iut_ops *iut,
                 const char *path, struct s2t_error *error)
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "<stdin>" : path;
	FILE *in = standard ? stdin : fopen(path, "rb");
	struct buffer buffer = { 0 };
	bool good;
	int number;

	if (in == NULL)
		return refuse_file(error, name, errno);
	number = read_all(in, &buffer);
	if (!standard)
		(void)fclose(in);
	if (number != 0)
		good = refuse_file(error, name, number);
	else if (iut)
		good = s2t_trace_parse_for(trace, iut, name, buffer.text, buffer.len, error);
	else
		good = s2t_trace_parse(trace, kind, name, buffer.text, buffer.len, error);
	free(buffer.text);
	return good;
}

bool s2t_trace_load(struct s2t_trace *trace, enum s2t_trace_kind kind, const char *path,
                    struct s2t_error *error)
{
	return load(trace, kind, NULL, path, error);
}

bool s2t_trace_load_for(struct s2t_trace *trace, const struct s2t_iut_ops *iut, const char *path,
                        struct s2t_error *error)
{
	return load(trace, S2T_TRACE, iut, path, error);
}

bool s2t_trace_load_board(struct s2t_trace *trace, const char *name_or_path, struct s2t_error *error)
{
	const struct s2t_named_board *named = s2t_named_board_find(name_or_path);

	if (named != NULL)
		return s2t_trace_parse(trace, S2T_BOARD_FILE, named->name, named->text, strlen(named->text),
		                       error);
	if (strcmp(name_or_path, "-") != 0 && strchr(name_or_path, '/') == NULL &&
	    access(name_or_path, F_OK) != 0)
		return s2t_refuse_at(
			error, name_or_path, 1, 1,
			"neither a board that comes with s2twin (`s2twin board` lists them) nor a file");
	return s2t_trace_load(trace, S2T_BOARD_FILE, name_or_path, error);
}
