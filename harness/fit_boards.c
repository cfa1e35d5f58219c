/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which boards an implementation can have: those that agree with its constants, and that its create accepts. Of the
 * boards that come with the tool the others are left out, and named at the end; one that the user named must fit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constants.h"
#include "iuts.h"

/* What a child says of one board. */
struct answer {
	struct s2t_pulse pulse;
	struct s2t_error error;
	bool fits;
};

struct question {
	const struct s2t_iut_ops *iut;
	const struct s2t_lockstep_options *options;
	const struct s2t_board *board;
	struct answer *answer;
};

static void ask(void *ctx, int out)
{
	const struct question *question = ctx;
	struct answer *answer = question->answer;
	struct s2t_lockstep *ls;

	(void)out;
	answer->error.resource = false;
	ls = s2t_lockstep_create(question->board, question->iut, question->options, &answer->error);
	answer->fits = ls != NULL;
	s2t_lockstep_destroy(ls);
}

/* Whether both machines can be had. A create that crashes or hangs is asked in a child, with --isolate. */
static bool can_have(const struct question *question, const struct s2t_isolation *isolation,
                     struct s2t_error *error)
{
	struct answer *answer = question->answer;

	memset(answer, 0, sizeof(*answer));
	if (!isolation) {
		ask((void *)(uintptr_t)question, -1);
	} else {
		const struct s2t_ending ending = s2t_isolated(isolation, &answer->pulse, ask,
		                                              (void *)(uintptr_t)question);

		if (ending.how != S2T_END_DONE)
			snprintf(answer->error.text, sizeof(answer->error.text),
			         "implementation '%s' cannot have board '%s': its create did not return: %s",
			         question->iut->name, question->board->name, s2t_ending_text(&ending));
	}
	*error = answer->error;
	return answer->fits;
}

static void leave_out(struct s2t_boards *boards, size_t i, const char *why)
{
	struct s2t_refusal *grown = realloc(boards->refusal,
	                                    (boards->refused + 1) * sizeof(boards->refusal[0]));

	if (grown) {
		boards->refusal = grown;
		struct s2t_refusal *refusal = &boards->refusal[boards->refused++];

		snprintf(refusal->board, sizeof(refusal->board), "%s", boards->board[i].name);
		snprintf(refusal->why, sizeof(refusal->why), "%.255s", why);
	}
	s2t_trace_free(&boards->trace[i]);
	boards->count--;
	memmove(&boards->trace[i], &boards->trace[i + 1], (boards->count - i) * sizeof(boards->trace[0]));
	memmove(&boards->board[i], &boards->board[i + 1], (boards->count - i) * sizeof(boards->board[0]));
}

bool s2t_boards_fit(struct s2t_boards *boards, const struct s2t_iut_ops *iut,
                    const struct s2t_lockstep_options *options, const struct s2t_isolation *isolation,
                    bool named, struct s2t_error *error)
{
	struct answer *answer = s2t_shared_alloc(sizeof(*answer));
	struct s2t_error why = { .resource = true };

	if (!answer) {
		snprintf(error->text, sizeof(error->text), "not enough memory to try the boards");
		error->resource = true;
		return false;
	}
	*error = why;
	for (size_t i = 0; i < boards->count;) {
		const char *from = boards->trace[i].board.name;
		bool fits = s2t_constants_apply(iut, &boards->trace[i], from, &why);
		const bool legal = fits;

		boards->board[i] = boards->trace[i].board;
		const struct question question = { iut, options, &boards->board[i], answer };

		fits = fits && can_have(&question, isolation, &why);
		if (fits) {
			i++;
			continue;
		}
		*error = why;
		error->resource |= legal; /* it is a fine board, but not to be had here */
		if (named)
			break;
		leave_out(boards, i, why.text);
	}
	s2t_shared_free(answer, sizeof(*answer));
	return boards->count > 0 && (!named || error->text[0] == '\0');
}
