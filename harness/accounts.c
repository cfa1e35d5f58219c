/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of a long step: open addressing, emptied by counting the steps. */
#include "accounts.h"

#include <stdlib.h>

enum { FIRST_ROOM = 4096 };

void s2t_accounts_free(struct s2t_accounts *accounts)
{
	free(accounts->slot);
	*accounts = (struct s2t_accounts){ .slot = NULL };
}

void s2t_accounts_clear(struct s2t_accounts *accounts)
{
	accounts->count = 0;
	if (++accounts->epoch != 0)
		return;
	for (size_t i = 0; i < accounts->room; i++)
		accounts->slot[i].epoch = 0;
	accounts->epoch = 1;
}

/* The slot of a word, or the empty one where it would be. */
static struct s2t_account_word *place(const struct s2t_accounts *accounts, uint64_t word)
{
	size_t i = word * UINT64_C(0x9E3779B97F4A7C15) >> 32;

	for (;; i++) {
		struct s2t_account_word *slot = &accounts->slot[i & (accounts->room - 1)];

		if (slot->epoch != accounts->epoch || slot->word == word)
			return slot;
	}
}

/* Room for twice as many, of which at most half is used. */
static bool grow(struct s2t_accounts *accounts)
{
	const struct s2t_accounts old = *accounts;

	accounts->room = old.room ? 2 * old.room : FIRST_ROOM;
	accounts->slot = calloc(accounts->room, sizeof(*accounts->slot));
	if (!accounts->slot) {
		*accounts = old;
		return false;
	}
	if (accounts->epoch == 0)
		accounts->epoch = 1;
	for (size_t i = 0; i < old.room; i++)
		if (old.slot[i].epoch == accounts->epoch)
			*place(accounts, old.slot[i].word) = old.slot[i];
	free(old.slot);
	return true;
}

void s2t_accounts_add(struct s2t_accounts *accounts, uint64_t word, uint64_t old, bool known)
{
	if (2 * accounts->count >= accounts->room && !grow(accounts))
		return;
	struct s2t_account_word *slot = place(accounts, word);

	if (slot->epoch == accounts->epoch)
		return;
	*slot = (struct s2t_account_word){ .word = word, .old = old, .epoch = accounts->epoch, .known = known };
	accounts->count++;
}

struct s2t_account_word *s2t_accounts_find(const struct s2t_accounts *accounts, uint64_t word)
{
	if (accounts->count == 0)
		return NULL;
	struct s2t_account_word *slot = place(accounts, word);

	return slot->epoch == accounts->epoch ? slot : NULL;
}
