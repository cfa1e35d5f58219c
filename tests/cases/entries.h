/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of the abstract state, as text and in lists: what a row of a case table expects, what a machine has.
 *
 *   s2page PFN: OWNER COUNT GFN        npt VMID GFN: PFN LEVEL PTE      npt_next VMID pgd|pud|pmd: ADDRESS
 *   flatmem PFN: TOKEN                 spt TTBR GFN: PFN PTE            spt_next pgd|pmd: ADDRESS
 *   data_log VMID: N                   npt_block VMID GFN: PFN PTE      (512 npt entries of level 2)
 */
#ifndef S2T_TESTS_CASES_ENTRIES_H
#define S2T_TESTS_CASES_ENTRIES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { S2PAGE, NPT, NPT_NEXT, SPT, SPT_NEXT, FLATMEM, DATA_LOG, KINDS };

enum { PAGES_PER_BLOCK = 512 };

static const struct {
	const char *name;
	unsigned keys, values;
	int cursor; /* which key is the name of a cursor, -1: none */
} kind_table[KINDS] = {
	[S2PAGE] = { "s2page", 1, 3, -1 },     [NPT] = { "npt", 2, 3, -1 },
	[NPT_NEXT] = { "npt_next", 2, 1, 1 },  [SPT] = { "spt", 2, 2, -1 },
	[SPT_NEXT] = { "spt_next", 1, 1, 0 },  [FLATMEM] = { "flatmem", 1, 1, -1 },
	[DATA_LOG] = { "data_log", 1, 1, -1 },
};

/* The cursors of the stage-2 pools; those of the SMMU pools are the first and the last, numbered 0 and 1. */
static const char *const npt_cursor[] = { "pgd", "pud", "pmd" };
static const char *const spt_cursor[] = { "pgd", "pmd" };

struct entry {
	enum kind kind;
	uint64_t key[2];
	uint64_t value[3];
};

struct entries {
	struct entry *at;
	size_t count, room;
};

static inline void entries_free(struct entries *list)
{
	free(list->at);
	*list = (struct entries){ 0 };
}

static inline struct entry *entries_add(struct entries *list, enum kind kind, uint64_t key0, uint64_t key1)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->at = realloc(list->at, list->room * sizeof(list->at[0]));
		if (!list->at) {
			fputs("out of memory\n", stderr);
			exit(3);
		}
	}
	list->at[list->count] = (struct entry){ .kind = kind, .key = { key0, key1 } };
	return &list->at[list->count++];
}

static inline void entries_add_all(struct entries *list, const struct entries *more)
{
	for (size_t i = 0; i < more->count; i++)
		*entries_add(list, S2PAGE, 0, 0) = more->at[i];
}

static inline int entry_order(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	for (int i = 0; i < 2; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	return 0;
}

/* Sorts by key; of entries with one key, one stays. */
static inline void entries_sort(struct entries *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->at, list->count, sizeof(list->at[0]), entry_order);
	for (size_t i = 1; i < list->count; i++)
		if (entry_order(&list->at[kept], &list->at[i]) != 0)
			list->at[++kept] = list->at[i];
	list->count = kept + 1;
}

/* Adds to `out` each entry of `after` whose value in `before` is another, where an entry that a list does not
 * have is all zeros. Both lists are sorted, and so is what is added. */
static inline void entries_changed(const struct entries *before, const struct entries *after,
                                   struct entries *out)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < after->count) {
		int order = i == before->count  ? 1
		            : j == after->count ? -1
		                                : entry_order(&before->at[i], &after->at[j]);
		struct entry old = { 0 }, new = { 0 };

		if (order <= 0)
			old = new = before->at[i++];
		memset(new.value, 0, sizeof(new.value));
		if (order >= 0)
			new = after->at[j++];
		if (memcmp(old.value, new.value, sizeof(new.value)) != 0)
			*entries_add(out, S2PAGE, 0, 0) = new;
	}
}

static inline void entry_print(char *buf, size_t size, const struct entry *e)
{
	int len = snprintf(buf, size, "%s", kind_table[e->kind].name);

	for (unsigned i = 0; i < kind_table[e->kind].keys && (size_t)len < size; i++)
		if ((int)i == kind_table[e->kind].cursor)
			len += snprintf(buf + len, size - (size_t)len, " %s",
			                (e->kind == SPT_NEXT ? spt_cursor : npt_cursor)[e->key[i]]);
		else
			len += snprintf(buf + len, size - (size_t)len, " 0x%" PRIx64, e->key[i]);
	for (unsigned i = 0; i < kind_table[e->kind].values && (size_t)len < size; i++)
		len += snprintf(buf + len, size - (size_t)len, "%s 0x%" PRIx64, i == 0 ? ":" : "", e->value[i]);
}

static inline bool number_parse(const char *word, uint64_t *number)
{
	char *end = NULL;

	if (!word || word[0] < '0' || word[0] > '9')
		return false;
	*number = strtoull(word, &end, 0);
	return *end == '\0';
}

static inline bool cursor_parse(const char *word, const char *const *names, size_t count, uint64_t *number)
{
	for (size_t i = 0; word && i < count; i++)
		if (strcmp(word, names[i]) == 0) {
			*number = i;
			return true;
		}
	return false;
}

/* Adds the entry, or the 512 entries, that `line` names; the line is cut up. */
static inline bool entry_parse(char *line, struct entries *list)
{
	char *rest = NULL, *word = strtok_r(line, " \t:", &rest);
	bool block = word && strcmp(word, "npt_block") == 0;
	struct entry e = { .kind = NPT };

	if (!block)
		for (e.kind = S2PAGE; e.kind < KINDS && (!word || strcmp(word, kind_table[e.kind].name) != 0);
		     e.kind++)
			;
	if (e.kind == KINDS)
		return false;
	for (unsigned i = 0; i < kind_table[e.kind].keys; i++) {
		word = strtok_r(NULL, " \t:", &rest);
		if ((int)i != kind_table[e.kind].cursor ? !number_parse(word, &e.key[i])
		    : e.kind == SPT_NEXT                ? !cursor_parse(word, spt_cursor, 2, &e.key[i])
		                                        : !cursor_parse(word, npt_cursor, 3, &e.key[i]))
			return false;
	}
	for (unsigned i = 0; i < kind_table[e.kind].values; i++) {
		if (block && i == 1)
			e.value[i] = 2;
		else if (!number_parse(strtok_r(NULL, " \t:", &rest), &e.value[i]))
			return false;
	}
	for (uint64_t i = 0; i < (block ? PAGES_PER_BLOCK : 1); i++) {
		struct entry *one = entries_add(list, e.kind, e.key[0], e.key[1] + i);

		memcpy(one->value, e.value, sizeof(e.value));
		if (block)
			one->value[0] += i;
	}
	return strtok_r(NULL, " \t:", &rest) == NULL;
}

#endif
