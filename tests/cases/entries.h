/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of the abstract state, as text and in lists: what a row of a case table expects, what a machine has.
 *
 *   s2page PFN: OWNER COUNT GFN        npt VMID GFN: PFN LEVEL PTE      npt_next VMID pgd|pud|pmd: ADDRESS
 *   flatmem PFN: TOKEN                 spt TTBR GFN: PFN PTE            spt_next pgd|pmd: ADDRESS
 *   data_log VMID: N                   npt_block VMID GFN: PFN PTE      (512 npt entries of level 2)
 *   vm VMID FIELD: WORD                vcpu VMID VCPUID FIELD: WORD     image VMID INDEX FIELD: WORD
 *   core FIELD: WORD                   smmu_cfg CONTEXT: VMID
 *   s2page_block PFN: OWNER COUNT GFN  flatmem_block PFN: TOKEN         (512 pages; gfn and token rise with the page)
 */
#ifndef S2T_TESTS_CASES_ENTRIES_H
#define S2T_TESTS_CASES_ENTRIES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { S2PAGE, NPT, NPT_NEXT, SPT, SPT_NEXT, FLATMEM, DATA_LOG, VM, VCPU, IMAGE, CORE, SMMU_CFG, KINDS };

enum { PAGES_PER_BLOCK = 512 };

static const struct {
	const char *name;
	unsigned keys, values;
	int named;            /* which key is a name, -1: none */
	const char *names[4]; /* … and which names it has, numbered from 0 */
} kind_table[KINDS] = {
	[S2PAGE] = { "s2page", 1, 3, -1, { NULL } },
	[NPT] = { "npt", 2, 3, -1, { NULL } },
	[NPT_NEXT] = { "npt_next", 2, 1, 1, { "pgd", "pud", "pmd" } }, /* cursors of the stage-2 pools */
	[SPT] = { "spt", 2, 2, -1, { NULL } },
	[SPT_NEXT] = { "spt_next", 1, 1, 0, { "pgd", "pmd" } },
	[FLATMEM] = { "flatmem", 1, 1, -1, { NULL } },
	[DATA_LOG] = { "data_log", 1, 1, -1, { NULL } },
	[VM] = { "vm", 2, 1, 1, { "state", "images" } },
	[VCPU] = { "vcpu", 3, 1, 2, { "state", "fresh" } },
	[IMAGE] = { "image", 3, 1, 2, { "addr", "size", "remap", "mapped" } },
	[CORE] = { "core", 1, 1, 0, { "next_vmid", "next_remap" } },
	[SMMU_CFG] = { "smmu_cfg", 1, 1, -1, { NULL } },
};

enum { KEYS = 3 };

struct entry {
	enum kind kind;
	uint64_t key[KEYS];
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
	for (int i = 0; i < KEYS; i++)
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
		if ((int)i == kind_table[e->kind].named)
			len += snprintf(buf + len, size - (size_t)len, " %s",
			                kind_table[e->kind].names[e->key[i]]);
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

static inline bool name_parse(const char *word, enum kind kind, uint64_t *number)
{
	for (size_t i = 0; word && i < 4 && kind_table[kind].names[i]; i++)
		if (strcmp(word, kind_table[kind].names[i]) == 0) {
			*number = i;
			return true;
		}
	return false;
}

/* Adds entries of 512 pages: `line` is what follows s2page_block or flatmem_block. */
static inline bool pages_parse(char *line, enum kind kind, struct entries *list)
{
	struct entry e = { .kind = kind };
	char *rest = NULL;

	if (!number_parse(strtok_r(line, " \t:", &rest), &e.key[0]))
		return false;
	for (unsigned i = 0; i < kind_table[kind].values; i++)
		if (!number_parse(strtok_r(NULL, " \t:", &rest), &e.value[i]))
			return false;
	for (uint64_t i = 0; i < PAGES_PER_BLOCK; i++) {
		*entries_add(list, S2PAGE, 0, 0) = e;
		e.key[0]++;
		e.value[kind == S2PAGE ? 2 : 0]++;
	}
	return strtok_r(NULL, " \t:", &rest) == NULL;
}

/* Adds the entry, or the 512 entries, that `line` names; the line is cut up. */
static inline bool entry_parse(char *line, struct entries *list)
{
	char *rest = NULL, *word = strtok_r(line, " \t:", &rest);
	bool block = word && strcmp(word, "npt_block") == 0;
	struct entry e = { .kind = NPT };

	if (word && strcmp(word, "s2page_block") == 0)
		return pages_parse(rest, S2PAGE, list);
	if (word && strcmp(word, "flatmem_block") == 0)
		return pages_parse(rest, FLATMEM, list);
	if (!block)
		for (e.kind = S2PAGE; e.kind < KINDS && (!word || strcmp(word, kind_table[e.kind].name) != 0);
		     e.kind++)
			;
	if (e.kind == KINDS)
		return false;
	for (unsigned i = 0; i < kind_table[e.kind].keys; i++) {
		word = strtok_r(NULL, " \t:", &rest);
		if ((int)i != kind_table[e.kind].named ? !number_parse(word, &e.key[i])
		                                       : !name_parse(word, e.kind, &e.key[i]))
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

		one->key[2] = e.key[2];
		memcpy(one->value, e.value, sizeof(e.value));
		if (block)
			one->value[0] += i;
	}
	return strtok_r(NULL, " \t:", &rest) == NULL;
}

#endif
