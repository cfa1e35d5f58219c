/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three forms of an explanation, and the phrases that they share.
 */
#ifndef S2T_HARNESS_EXPLAIN_FORMS_H
#define S2T_HARNESS_EXPLAIN_FORMS_H

#include <jansson.h>
#include <stdio.h>

#include "explain.h"
#include "trace.h"

/* Text of 100 columns; colour only on a terminal and without NO_COLOR. */
void s2t_explain_print(FILE *out, const struct s2t_explanation *explanation);

/* One object with everything. */
json_t *s2t_explain_json(const struct s2t_explanation *explanation);

/* One self-contained page. False: it cannot be written, errno says why. */
bool s2t_explain_html(FILE *out, const struct s2t_explanation *explanation);

/*
 * Phrases.
 */
struct s2t_phrase {
	char text[256];
};

/* The Coq definition that the step ran: "clear_vm_page_spec0". */
struct s2t_phrase s2t_explain_definition(const struct s2t_explanation *explanation);

/* A name from outside, such as that of a file: what is not printable ASCII becomes '?'. */
struct s2t_phrase s2t_explain_name(const char *name);

/* With a capital letter. */
struct s2t_phrase s2t_explain_sentence(const char *text);

/* What a word is: an entry, a lock, or what it cannot be. */
struct s2t_phrase s2t_explain_word(const struct s2t_board *board, const struct s2t_explained_word *word);

/* The diverging step in the trace that the report names. */
uint32_t s2t_explain_stop(const struct s2t_explanation *explanation);

/* What became of it: "taken and released", "0x7 → 0x3b9eca05", … */
struct s2t_phrase s2t_explain_change(const struct s2t_board *board, const struct s2t_explained_word *word);

/* Whether the difference is one of a 2 MiB block, of which all entries differ alike. */
bool s2t_explain_is_block(const struct s2t_explained_diff *diff);

/* How an invariant stood: "holds", "broken in the implementation only", … */
struct s2t_explain_verdicts {
	bool any;                   /* broken somewhere */
	bool news;                  /* after the step it is broken on one side only */
	const char *before, *after; /* the two sides together */
	const char *first; /* the first violation after the step, of the implementation if it has one */
};
struct s2t_explain_verdicts s2t_explain_invariant(const struct s2t_explanation *explanation,
                                                  enum s2t_invariant invariant);

#endif
