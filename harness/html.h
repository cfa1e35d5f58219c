/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing HTML: markup as it is, text escaped. Whatever comes from outside (names of files, arguments, reasons of an
 * implementation) goes through s2t_html_text.
 */
#ifndef S2T_HARNESS_HTML_H
#define S2T_HARNESS_HTML_H

#include <stdio.h>

/* Markup, formatted: only for numbers and texts of our own. */
void s2t_html(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text, formatted and escaped, good inside an element and inside a quoted attribute. */
void s2t_html_text(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The style sheet of the report, light and dark, for screen and print, in pieces; NULL ends them. */
extern const char *const s2t_html_style[];

#endif
