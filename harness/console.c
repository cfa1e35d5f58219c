/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people. */
#include "console.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct s2t_console s2t_console_on(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	const bool wanted = !no_color || !*no_color;

	return (struct s2t_console){ out, wanted && term && strcmp(term, "dumb") != 0 && isatty(fileno(out)) };
}

int s2t_console_columns(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80; /* not a byte that continues a character */
	return columns;
}

static void begin(const struct s2t_console *console, enum s2t_style style)
{
	static const char *const codes[] = {
		[S2T_STYLE_PLAIN] = "",        [S2T_STYLE_BOLD] = "\033[1m", [S2T_STYLE_DIM] = "\033[2m",
		[S2T_STYLE_GOOD] = "\033[32m", [S2T_STYLE_BAD] = "\033[31m",
	};

	if (console->colour)
		fputs(codes[style], console->out);
}

static void end(const struct s2t_console *console, enum s2t_style style)
{
	if (console->colour && style != S2T_STYLE_PLAIN)
		fputs("\033[0m", console->out);
}

void s2t_console_put(const struct s2t_console *console, enum s2t_style style, int width, const char *format,
                     ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	begin(console, style);
	fputs(text, console->out);
	end(console, style);
	width -= s2t_console_columns(text);
	fprintf(console->out, "%*s", width > 0 ? width : 0, "");
}

/* Bytes of the first line of `text`: as many words as fit, one at least. */
static size_t line_length(const char *text, int room)
{
	size_t fits = 0, at = 0;
	int columns = 0;

	while (text[at]) {
		size_t word = strcspn(text + at, " ");

		for (size_t i = at; i < at + word; i++)
			columns += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (fits && columns > room)
			return fits;
		at += word;
		fits = at;
		if (text[at]) {
			at++;
			columns++;
		}
	}
	return fits;
}

void s2t_console_wrap(const struct s2t_console *console, int column, const char *text)
{
	for (;;) {
		size_t length = line_length(text, S2T_CONSOLE_WIDTH - column);

		fprintf(console->out, "%.*s\n", (int)length, text);
		text += length;
		text += strspn(text, " ");
		if (!*text)
			return;
		fprintf(console->out, "%*s", column, "");
	}
}

void s2t_console_paragraph(const struct s2t_console *console, const char *label, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	s2t_console_put(console, S2T_STYLE_BOLD, S2T_CONSOLE_LABEL, "%s", label ? label : "");
	s2t_console_wrap(console, S2T_CONSOLE_LABEL, text);
}

const char *s2t_shell_word(const char *word, char *buf, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./=,:@%";
	size_t used = 0;

	if (word[0] && word[strspn(word, plain)] == '\0') {
		(void)snprintf(buf, size, "%s", word);
		return buf;
	}
	(void)snprintf(buf, size, "'");
	for (used = 1; *word && used + 6 < size; word++) {
		/* A quote ends the quoted text, stands there escaped, and begins it again. */
		if (*word == '\'')
			used += (size_t)snprintf(buf + used, size - used, "'\\''");
		else
			buf[used++] = *word;
	}
	(void)snprintf(buf + used, size - used, "'");
	return buf;
}
