/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Did you mean": the known word nearest to one that is not known.
 */
#ifndef S2T_HARNESS_SUGGEST_H
#define S2T_HARNESS_SUGGEST_H

#include <stddef.h>

/* A search; `nearest` is NULL as long as no offered word is near enough to be meant. */
struct s2t_suggest {
	const char *word;
	size_t len;
	const char *nearest;
	size_t distance;
};

/* Starts a search for what the `len` bytes at `word` may have meant. */
struct s2t_suggest s2t_suggest_for(const char *word, size_t len);

/* Offers one known word; of equally near ones the first offered wins. */
void s2t_suggest_offer(struct s2t_suggest *suggest, const char *known);

#endif
