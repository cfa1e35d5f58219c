/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Did you mean": the known word nearest to one that is not known, by the number of letters inserted, deleted,
 * changed or swapped with their neighbour (restricted Damerau-Levenshtein distance).
 */
#include "suggest.h"

#include <string.h>

enum { MAX_WORD = 40 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[3][MAX_WORD + 1] = { { 0 } }; /* of the word cut two, one and no letters before a[i - 1] */

	for (size_t j = 0; j <= b_len; j++)
		row[1][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		row[2][0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = least(row[1][j], row[2][j - 1]) + 1;

			best = least(best, row[1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, row[0][j - 2] + 1);
			row[2][j] = best;
		}
		memcpy(row[0], row[1], sizeof(row[0]));
		memcpy(row[1], row[2], sizeof(row[1]));
	}
	return row[1][b_len];
}

struct s2t_suggest s2t_suggest_for(const char *word, size_t len)
{
	/* Beyond about a third of its letters wrong it is another word. */
	return (struct s2t_suggest){ word, len, NULL, 1 + (len < 4 ? 1 : least(2 + len / 8, len / 2)) };
}

void s2t_suggest_offer(struct s2t_suggest *suggest, const char *known)
{
	size_t known_len = strlen(known), d;

	if (suggest->len > MAX_WORD || known_len > MAX_WORD)
		return;
	d = distance(suggest->word, suggest->len, known, known_len);
	if (d < suggest->distance) {
		suggest->distance = d;
		suggest->nearest = known;
	}
}
