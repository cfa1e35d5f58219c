/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the page.
 */
#ifndef S2T_HARNESS_EXPLAIN_HTML_H
#define S2T_HARNESS_EXPLAIN_HTML_H

#include "explain_forms.h"
#include "html.h"

/* Who owns, shares and maps each page, step by step (html_picture.c). */
void s2t_html_picture(FILE *out, const struct s2t_explanation *explanation);

/* The walks of one difference side by side, and the bits of the two descriptors (html_walk.c). */
void s2t_html_walks(FILE *out, const struct s2t_explanation *explanation,
                    const struct s2t_explained_diff *diff);

#endif
