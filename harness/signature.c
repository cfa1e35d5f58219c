/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of divergences. */
#include "signature.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
	[S2T_DIFF_OUTCOME] = "outcome", [S2T_DIFF_RETURN] = "return", [S2T_DIFF_ENTRY] = "state",
	[S2T_DIFF_LOCK] = "lock",       [S2T_DIFF_STRAY] = "stray",   [S2T_DIFF_MALFORMED] = "malformed",
};

static const char *const window_names[S2T_WINDOW_COUNT] = {
	[S2T_WINDOW_PAGES] = "pages",
	[S2T_WINDOW_S2PT] = "s2pt",
	[S2T_WINDOW_SMMU] = "smmu",
	[S2T_WINDOW_EL2] = "el2",
};

/* The kinds of what differs: entries, then locks, strays by window, tables. */
enum { LOCK_BIT = S2T_ENTRY_KIND_COUNT, STRAY_BIT = LOCK_BIT + 3, TABLE_BIT = STRAY_BIT + S2T_WINDOW_COUNT };

static void add(struct s2t_signature *signature, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct s2t_signature *signature, const char *format, ...)
{
	const size_t used = strlen(signature->text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(signature->text + used, sizeof(signature->text) - used, format, args);
	va_end(args);
}

static void begin(struct s2t_signature *signature, const struct s2t_call *call, const struct s2t_step *step,
                  enum s2t_diff_kind kind)
{
	signature->text[0] = '\0';
	add(signature, "op=%s case=%s kind=%s", s2t_op_table[call->op].name, s2t_case_table[step->case_id].name,
	    kind_names[kind]);
}

/* 64-bit FNV-1a over the bytes of the text. */
static void finish(struct s2t_signature *signature)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *c = signature->text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	(void)snprintf(signature->id, sizeof(signature->id), "%016" PRIx64, hash);
}

static uint32_t bit_of(const struct s2t_diff *diff)
{
	switch (diff->kind) {
	case S2T_DIFF_ENTRY: return UINT32_C(1) << diff->entry.kind;
	case S2T_DIFF_LOCK:
		return UINT32_C(1) << (LOCK_BIT + (diff->entry.a == S2T_LOCK_S2PAGE ? 0 :
		                                   diff->entry.a == S2T_LOCK_SPT    ? 1 :
		                                                                      2));
	case S2T_DIFF_STRAY: return UINT32_C(1) << (STRAY_BIT + diff->window);
	case S2T_DIFF_MALFORMED: return UINT32_C(1) << (TABLE_BIT + (diff->entry.kind == S2T_ENTRY_SPT_TABLE));
	default: return 0;
	}
}

static void add_kind_of_entry(struct s2t_signature *signature, int bit)
{
	static const char *const locks[] = { "s2page", "spt", "npt" };

	if (bit < LOCK_BIT)
		add(signature, "%s", s2t_entry_kind_name((enum s2t_entry_kind)bit));
	else if (bit < STRAY_BIT)
		add(signature, "lock:%s", locks[bit - LOCK_BIT]);
	else if (bit < TABLE_BIT)
		add(signature, "stray:%s", window_names[bit - STRAY_BIT]);
	else
		add(signature, "table:%s", bit == TABLE_BIT ? "npt" : "spt");
}

void s2t_signature_of(const struct s2t_lockstep *ls, struct s2t_signature *signature)
{
	const struct s2t_diffs *diffs = ls->diffs;
	enum s2t_diff_kind kind = S2T_DIFF_MALFORMED;
	uint32_t bits = 0;
	const char *separator = " entries=";

	/* The kind that stands first in the enumeration, whatever order the sweep came by them. */
	for (size_t i = 0; i < diffs->total && i < S2T_MAX_DIFFS; i++) {
		if (diffs->diff[i].kind < kind)
			kind = diffs->diff[i].kind;
		bits |= bit_of(&diffs->diff[i]);
	}
	begin(signature, &ls->call, &ls->step, kind);
	if (kind == S2T_DIFF_OUTCOME) {
		add(signature, " implementation=%s", s2t_outcome_name(ls->result.outcome));
		bits = 0;
	}
	for (int bit = 0; bit < 32; bit++) {
		if (!(bits >> bit & 1))
			continue;
		add(signature, "%s", separator);
		add_kind_of_entry(signature, bit);
		separator = ",";
	}
	finish(signature);
}

void s2t_signature_of_ending(const struct s2t_call *call, const struct s2t_step *step,
                             const struct s2t_ending *ending, struct s2t_signature *signature)
{
	begin(signature, call, step, S2T_DIFF_OUTCOME);
	add(signature, " implementation=%s", s2t_outcome_name(s2t_ending_outcome(ending)));
	switch (ending->how) {
	case S2T_END_SIGNAL: add(signature, " signal=%d", ending->number); break;
	case S2T_END_EXIT: add(signature, " exit=%d", ending->number); break;
	case S2T_END_MEMORY: add(signature, " memory"); break;
	default: break;
	}
	finish(signature);
}

bool s2t_signature_is_id(const char *name, const char *end)
{
	return strspn(name, "0123456789abcdef") == S2T_SIGNATURE_DIGITS &&
	       strcmp(name + S2T_SIGNATURE_DIGITS, end) == 0;
}
