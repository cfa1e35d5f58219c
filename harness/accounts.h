/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words that a long step accounts for, beyond those that compare.c keeps on the stack: a table that finds a word in
 * constant time. A block of a VM is 512 pages, each with a record, a content and an entry of the host.
 */
#ifndef S2T_HARNESS_ACCOUNTS_H
#define S2T_HARNESS_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A word that belongs to an entry already compared. */
struct s2t_account_word {
	uint64_t word; /* window << 60 | address */
	uint64_t old;  /* what it held before the step, by what the model says */
	uint32_t epoch;
	bool known; /* `old` is known and was not yet looked at */
};

struct s2t_accounts {
	struct s2t_account_word *slot; /* NULL: none yet */
	size_t room;                   /* a power of two */
	size_t count;                  /* words of this step */
	uint32_t epoch;                /* slots of another one are empty */
};

void s2t_accounts_free(struct s2t_accounts *accounts);

/* Forgets all words. */
void s2t_accounts_clear(struct s2t_accounts *accounts);

/* Adds a word; one that is there already stays as it is. Out of memory: it is not added, so that its write is left to
 * the sweep. */
void s2t_accounts_add(struct s2t_accounts *accounts, uint64_t word, uint64_t old, bool known);

/* NULL: it is not there. Good until the next one is added. */
struct s2t_account_word *s2t_accounts_find(const struct s2t_accounts *accounts, uint64_t word);

#endif
