/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of sequences. */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

static void copy_pages(struct s2t_sequence *to, const struct s2t_board *board)
{
	to->board = *board;
	if (board->start_page_count > 0)
		memcpy(to->pages, board->start_page, board->start_page_count * sizeof(*to->pages));
	to->board.start_page = to->pages;
}

bool s2t_sequence_init(struct s2t_sequence *to, const struct s2t_board *board, const struct s2t_call *call,
                       size_t count)
{
	*to = (struct s2t_sequence){ .count = count };
	/* At least one element each: calloc(0) may return NULL. */
	to->pages = calloc(board->start_page_count + 1, sizeof(*to->pages));
	to->call = calloc(count + 1, sizeof(*to->call));
	if (!to->pages || !to->call) {
		s2t_sequence_free(to);
		return false;
	}
	copy_pages(to, board);
	if (count > 0)
		memcpy(to->call, call, count * sizeof(*call));
	return true;
}

void s2t_sequence_assign(struct s2t_sequence *to, const struct s2t_sequence *from)
{
	copy_pages(to, &from->board);
	memcpy(to->call, from->call, from->count * sizeof(*to->call));
	to->count = from->count;
}

void s2t_sequence_free(struct s2t_sequence *sequence)
{
	free(sequence->pages);
	free(sequence->call);
	*sequence = (struct s2t_sequence){ .count = 0 };
}
