/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people: paragraphs of at most 100 columns under a label, and colour where a person is likely to see it.
 */
#ifndef S2T_HARNESS_CONSOLE_H
#define S2T_HARNESS_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

enum { S2T_CONSOLE_WIDTH = 100, S2T_CONSOLE_LABEL = 12 };

enum s2t_style { S2T_STYLE_PLAIN, S2T_STYLE_BOLD, S2T_STYLE_DIM, S2T_STYLE_GOOD, S2T_STYLE_BAD };

struct s2t_console {
	FILE *out;
	bool colour;
};

/* Colour: `out` is a terminal that knows it, and NO_COLOR is not set. */
struct s2t_console s2t_console_on(FILE *out);

/* Text in a style, padded with blanks to `width` columns (0: not at all). */
void s2t_console_put(const struct s2t_console *console, enum s2t_style style, int width, const char *format,
                     ...) __attribute__((format(printf, 4, 5)));

/* A label in bold and a paragraph beside it, which is broken between words. `label` NULL: under the last one. */
void s2t_console_paragraph(const struct s2t_console *console, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Text from `column` on, where the cursor stands, broken between words and ended with a line end. */
void s2t_console_wrap(const struct s2t_console *console, int column, const char *text);

/* Columns that UTF-8 text takes. */
int s2t_console_columns(const char *text);

/* A word as a shell reads it back, quoted if need be; cut to `size`. Returns `buf`. */
const char *s2t_shell_word(const char *word, char *buf, size_t size);

#endif
