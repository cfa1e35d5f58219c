/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines and words of a trace: what is text at all, where a word stands, and how a refusal is worded.
 */
#include "scan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTE_CUT = 40, NAME_CUT = 240 };

static bool printable(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

/* A file name is the user's own, so it is kept whole unless it would push the sentence out of the message. */
static size_t put_name(char *out, size_t size, const char *name)
{
	size_t len = strlen(name), used = 0;

	if (len > NAME_CUT) {
		used = (size_t)snprintf(out, size, "...");
		name += len - NAME_CUT;
	}
	for (; *name != '\0' && used + 1 < size; name++)
		out[used++] = *name;
	for (size_t i = 0; i < used; i++) {
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			out[i] = '?';
	}
	out[used] = '\0';
	return used;
}

static void put_refusal(struct s2t_error *error, const char *name, uint32_t line, uint32_t column,
                        const char *format, va_list args)
{
	size_t used = put_name(error->text, sizeof(error->text), name);

	used += (size_t)snprintf(error->text + used, sizeof(error->text) - used, ":%" PRIu32 ":%" PRIu32 ": ",
	                         line, column);
	(void)vsnprintf(error->text + used, sizeof(error->text) - used, format, args);
	error->resource = false;
}

bool s2t_scan_refuse(const struct s2t_scan *scan, const char *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_refusal(scan->error, scan->name, scan->line, s2t_scan_column(scan, at), format, args);
	va_end(args);
	return false;
}

bool s2t_refuse_at(struct s2t_error *error, const char *name, uint32_t line, uint32_t column,
                   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_refusal(error, name, line, column, format, args);
	va_end(args);
	return false;
}

uint32_t s2t_scan_column(const struct s2t_scan *scan, const char *at)
{
	return (uint32_t)(at - scan->line_start) + 1;
}

struct s2t_quote s2t_quote(const struct s2t_word *word)
{
	struct s2t_quote quote;
	size_t used = 0;

	for (size_t i = 0; i < word->len && i < QUOTE_CUT; i++) {
		unsigned char byte = (unsigned char)word->at[i];

		if (printable(byte))
			quote.text[used++] = (char)byte;
		else
			used += (size_t)snprintf(quote.text + used, sizeof(quote.text) - used, "\\x%02x", byte);
	}
	if (word->len > QUOTE_CUT)
		used += (size_t)snprintf(quote.text + used, sizeof(quote.text) - used, "...");
	quote.text[used] = '\0';
	return quote;
}

struct s2t_quote s2t_quote_text(const char *text)
{
	return s2t_quote(&(struct s2t_word){ text, strlen(text) });
}

/* The length of the UTF-8 character at `at`, 0 if it is none (RFC 3629: no overlong form, no surrogate, none
 * above U+10FFFF). */
static size_t utf8_length(const unsigned char *at, const unsigned char *end)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf) {
		len = 2;
	} else if (at[0] >= 0xe0 && at[0] <= 0xef) {
		len = 3;
		if (at[0] == 0xe0)
			low = 0xa0;
		if (at[0] == 0xed)
			high = 0x9f;
	} else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		len = 4;
		if (at[0] == 0xf0)
			low = 0x90;
		if (at[0] == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}
	if ((size_t)(end - at) < len || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

static bool refuse_byte(const struct s2t_scan *scan, const char *at)
{
	unsigned char byte = (unsigned char)*at;

	if (byte == '\r' && at + 1 == scan->line_end)
		return s2t_scan_refuse(
			scan, at,
			"the line ends with CR LF, and a trace has LF alone: convert the file, for "
			"example with tr -d '\\r'");
	if (byte >= 0x80)
		return s2t_scan_refuse(scan, at, "byte 0x%02x is not UTF-8: a trace is text, not binary", byte);
	return s2t_scan_refuse(scan, at, "control byte 0x%02x: a trace is text, not binary", byte);
}

static bool check_text(const struct s2t_scan *scan)
{
	const char *at = scan->line_start;

	if (scan->line == 1 && scan->line_end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		return s2t_scan_refuse(scan, at,
		                       "the file begins with a byte order mark: save it as UTF-8 without one");
	while (at < scan->line_end) {
		size_t len;

		if (printable((unsigned char)*at) || *at == '\t') {
			at++;
			continue;
		}
		if ((unsigned char)*at < 0x80)
			return refuse_byte(scan, at);
		len = utf8_length((const unsigned char *)at, (const unsigned char *)scan->line_end);
		if (len == 0)
			return refuse_byte(scan, at);
		at += len;
	}
	return true;
}

enum s2t_scan_result s2t_scan_line(struct s2t_scan *scan)
{
	const char *lf, *comment;

	if (scan->next == scan->end)
		return S2T_SCAN_END;
	lf = memchr(scan->next, '\n', (size_t)(scan->end - scan->next));
	scan->line++;
	scan->line_start = scan->next;
	scan->line_end = lf != NULL ? lf : scan->end;
	scan->next = lf != NULL ? lf + 1 : scan->end;
	if (!check_text(scan))
		return S2T_SCAN_REFUSED;
	if (lf == NULL) {
		(void)s2t_scan_refuse(
			scan, scan->line_end,
			"the last line does not end with LF, so the file is truncated: complete it, or add "
			"the line end");
		return S2T_SCAN_REFUSED;
	}
	comment = memchr(scan->line_start, '#', (size_t)(scan->line_end - scan->line_start));
	scan->pos = scan->line_start;
	scan->stop = comment != NULL ? comment : scan->line_end;
	return S2T_SCAN_LINE;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

bool s2t_scan_word(struct s2t_scan *scan, struct s2t_word *word)
{
	const char *at = scan->pos;

	while (at < scan->stop && blank(*at))
		at++;
	word->at = at;
	while (at < scan->stop && !blank(*at))
		at++;
	word->len = (size_t)(at - word->at);
	scan->pos = at;
	return word->len > 0;
}

bool s2t_word_split(const struct s2t_word *word, struct s2t_word *key, struct s2t_word *value)
{
	const char *equals = memchr(word->at, '=', word->len);

	if (equals == NULL)
		return false;
	*key = (struct s2t_word){ word->at, (size_t)(equals - word->at) };
	*value = (struct s2t_word){ equals + 1, word->len - key->len - 1 };
	return true;
}

bool s2t_word_is(const struct s2t_word *word, const char *text)
{
	return word->len == strlen(text) && memcmp(word->at, text, word->len) == 0;
}

/* The value of a digit, or 16. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

bool s2t_scan_number(const struct s2t_scan *scan, const struct s2t_word *word, uint64_t *value)
{
	bool hex = word->len >= 2 && word->at[0] == '0' && word->at[1] == 'x';
	unsigned base = hex ? 16 : 10;
	bool beyond = false;
	uint64_t sum = 0;

	if (word->len == 0)
		return s2t_scan_refuse(scan, word->at,
		                       "a number is missing here: decimal, or 0x and hexadecimal digits");
	if (word->at[0] == '-')
		return s2t_scan_refuse(scan, word->at,
		                       "'%s' is negative, and numbers are 0 to 0xffffffffffffffff",
		                       s2t_quote(word).text);
	for (size_t i = hex ? 2 : 0; i < word->len; i++) {
		unsigned d = digit(word->at[i]);

		if (d >= base)
			return s2t_scan_refuse(scan, word->at,
			                       "'%s' is not a number: decimal, or 0x and hexadecimal digits",
			                       s2t_quote(word).text);
		if (hex ? sum >> 60 != 0 : sum > UINT64_MAX / 10 || sum * 10 > UINT64_MAX - d)
			beyond = true;
		sum = (hex ? sum * 16 : sum * 10) + d;
	}
	if (hex && word->len == 2)
		return s2t_scan_refuse(scan, word->at, "'0x' is not a number: hexadecimal digits are missing");
	if (beyond)
		return s2t_scan_refuse(scan, word->at,
		                       "'%s' has more than 64 bits; the largest number is "
		                       "0xffffffffffffffff",
		                       s2t_quote(word).text);
	*value = sum;
	return true;
}
