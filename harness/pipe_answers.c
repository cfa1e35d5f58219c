/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what a process says of its state. */
#include "pipe_answers.h"

#include <stdlib.h>
#include <string.h>

const struct s2t_pipe_subject_info s2t_pipe_subjects[S2T_PIPE_SUBJECT_COUNT] = {
	[S2T_PIPE_PAGE] = { "page", 1, 3 },         [S2T_PIPE_NPT] = { "npt", 2, 3 },
	[S2T_PIPE_SPT] = { "spt", 2, 2 },           [S2T_PIPE_TOKEN] = { "token", 1, 1 },
	[S2T_PIPE_LOCK] = { "lock", 1, 1 },         [S2T_PIPE_DATA_LOG] = { "data_log", 1, 1 },
	[S2T_PIPE_NPT_USED] = { "npt_used", 2, 1 }, [S2T_PIPE_SPT_USED] = { "spt_used", 1, 1 },
};

/* The next word of a line, and how long it is; 0: there is none. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " ");
	return strcspn(*at, " ");
}

/* A number, decimal or 0x…, of 64 bits. */
static bool next_number(const char **at, uint64_t *number)
{
	const size_t len = next_word(at);
	const bool hex = len > 2 && strncmp(*at, "0x", 2) == 0;
	const unsigned base = hex ? 16 : 10;
	const char *digits = "0123456789abcdef";

	*number = 0;
	for (size_t i = hex ? 2 : 0; i < len; i++) {
		const char c = (*at)[i] >= 'A' && (*at)[i] <= 'F' ? (char)((*at)[i] + 'a' - 'A') : (*at)[i];
		const char *digit = memchr(digits, c, base);

		if (!digit || *number > (UINT64_MAX - (uint64_t)(digit - digits)) / base)
			return false;
		*number = *number * base + (uint64_t)(digit - digits);
	}
	*at += len;
	return len > 0;
}

static bool next_subject(const char **at, uint32_t *subject)
{
	const size_t len = next_word(at);

	for (*subject = 0; *subject < S2T_PIPE_SUBJECT_COUNT; ++*subject) {
		const char *name = s2t_pipe_subjects[*subject].name;

		if (strlen(name) == len && memcmp(name, *at, len) == 0) {
			*at += len;
			return true;
		}
	}
	return false;
}

bool s2t_pipe_parse_answer(const char *line, struct s2t_pipe_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (next_word(&line) != 1 || *line++ != '=' || !next_subject(&line, &answer->subject))
		return false;
	const struct s2t_pipe_subject_info *info = &s2t_pipe_subjects[answer->subject];

	for (unsigned i = 0; i < info->keys; i++)
		if (!next_number(&line, &answer->key[i]))
			return false;
	if (answer->subject == S2T_PIPE_TOKEN && next_word(&line) == 4 && strncmp(line, "none", 4) == 0) {
		answer->none = true;
		line += 4;
		return next_word(&line) == 0;
	}
	for (unsigned i = 0; i < info->values; i++)
		if (!next_number(&line, &answer->value[i]))
			return false;
	return next_word(&line) == 0;
}

bool s2t_pipe_keep_answer(struct s2t_pipe_answers *answers, const struct s2t_pipe_answer *answer)
{
	if (answers->count == answers->room) {
		const size_t room = answers->room ? 2 * answers->room : 64;
		struct s2t_pipe_answer *grown = realloc(answers->answer, room * sizeof(*grown));

		if (!grown)
			return false;
		answers->answer = grown;
		answers->room = room;
	}
	answers->answer[answers->count++] = *answer;
	return true;
}

const struct s2t_pipe_answer *s2t_pipe_find_answer(const struct s2t_pipe_answers *answers,
                                                   enum s2t_pipe_subject subject, uint64_t key0, uint64_t key1)
{
	for (size_t i = answers->count; i-- > 0;) {
		const struct s2t_pipe_answer *answer = &answers->answer[i];

		if (answer->subject == subject && answer->key[0] == key0 && answer->key[1] == key1)
			return answer;
	}
	return NULL;
}
