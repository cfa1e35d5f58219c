/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has said of its state since its last operation: lines such as "= page 0x40000 1 0 0x7", in answer to a
 * question or unasked, beside the result of an operation. They hold until the next one.
 */
#ifndef S2T_HARNESS_PIPE_ANSWERS_H
#define S2T_HARNESS_PIPE_ANSWERS_H

#include "s2twin/types.h"

/* What can be asked. */
enum s2t_pipe_subject {
	S2T_PIPE_PAGE,     /* pfn; owner count gfn */
	S2T_PIPE_NPT,      /* vmid gfn; pfn level pte */
	S2T_PIPE_SPT,      /* context gfn; pfn pte */
	S2T_PIPE_TOKEN,    /* pfn; the word that fills the page, or "none" */
	S2T_PIPE_LOCK,     /* id; 0 or 1 */
	S2T_PIPE_DATA_LOG, /* vmid; how many */
	S2T_PIPE_NPT_USED, /* vmid level; bytes */
	S2T_PIPE_SPT_USED, /* level; bytes */
	S2T_PIPE_SUBJECT_COUNT
};

struct s2t_pipe_subject_info {
	const char *name; /* "page" */
	unsigned keys, values;
};
extern const struct s2t_pipe_subject_info s2t_pipe_subjects[S2T_PIPE_SUBJECT_COUNT];

struct s2t_pipe_answer {
	uint32_t subject; /* enum s2t_pipe_subject */
	bool none;        /* a token that there is not */
	uint64_t key[2];
	uint64_t value[3];
};

struct s2t_pipe_answers {
	size_t count, room;
	struct s2t_pipe_answer *answer; /* in the order in which they were given */
};

/* Reads "= SUBJECT KEY… VALUE…". False: it is no such line. */
bool s2t_pipe_parse_answer(const char *line, struct s2t_pipe_answer *answer);

/* False: out of memory. */
bool s2t_pipe_keep_answer(struct s2t_pipe_answers *answers, const struct s2t_pipe_answer *answer);

/* The newest answer to this question, or NULL. */
const struct s2t_pipe_answer *s2t_pipe_find_answer(const struct s2t_pipe_answers *answers,
                                                   enum s2t_pipe_subject subject, uint64_t key0, uint64_t key1);

#endif
