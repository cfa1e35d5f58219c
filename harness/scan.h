/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines and words of a trace: what is text at all, where a word stands, and how a refusal is worded.
 */
#ifndef S2T_HARNESS_SCAN_H
#define S2T_HARNESS_SCAN_H

#include "boards.h"

/* Bytes of the text that is scanned; not terminated. */
struct s2t_word {
	const char *at;
	size_t len;
};

struct s2t_scan {
	const char *name;                  /* of the file, for messages */
	const char *next, *end;            /* the text that is left */
	const char *line_start, *line_end; /* the current line, without its LF */
	const char *pos, *stop;            /* what is left of it, without comment */
	uint32_t line;                     /* its number, 1 is the first */
	struct s2t_error *error;
};

enum s2t_scan_result { S2T_SCAN_LINE, S2T_SCAN_END, S2T_SCAN_REFUSED };

/* Goes to the next line. Refuses what is not UTF-8 text with LF ends, and a last line without one. */
enum s2t_scan_result s2t_scan_line(struct s2t_scan *scan);

/* The next word of the line: bytes without blank or tab; false at its end or at a comment. */
bool s2t_scan_word(struct s2t_scan *scan, struct s2t_word *word);

/* Splits "key=value"; false if there is no "=". */
bool s2t_word_split(const struct s2t_word *word, struct s2t_word *key, struct s2t_word *value);

bool s2t_word_is(const struct s2t_word *word, const char *text);

/* The number that `word` is: decimal, or 0x and hexadecimal digits, at most 64 bits. Refuses all else. */
bool s2t_scan_number(const struct s2t_scan *scan, const struct s2t_word *word, uint64_t *value);

/* 1 + the bytes before `at` in the current line. */
uint32_t s2t_scan_column(const struct s2t_scan *scan, const char *at);

/* A word as messages quote it: cut at 40 bytes, and printable. */
struct s2t_quote {
	char text[4 * 40 + 4]; /* \xNN for each byte, and the dots of the cut */
};
struct s2t_quote s2t_quote(const struct s2t_word *word);
struct s2t_quote s2t_quote_text(const char *text);

/* Puts "name:line:column: sentence" into the error; returns false. The first form points at a byte of the
 * current line. */
bool s2t_scan_refuse(const struct s2t_scan *scan, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool s2t_refuse_at(struct s2t_error *error, const char *name, uint32_t line, uint32_t column,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
