/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of divergences. */
#include "signature.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "entry.h"
#include "extra.h"
#include "spec_machine.h"

static const char *const window_names[S2T_WINDOW_COUNT] = {
	[S2T_WINDOW_PAGES] = "pages",
	[S2T_WINDOW_S2PT] = "s2pt",
	[S2T_WINDOW_SMMU] = "smmu",
	[S2T_WINDOW_EL2] = "el2",
};

/* The kinds of what differs: entries, then locks, strays by window. */
enum { LOCK_BIT = S2T_ENTRY_KIND_COUNT, STRAY_BIT = LOCK_BIT + 6, BITS = STRAY_BIT + S2T_WINDOW_COUNT };

/* Kinds of differences, the gravest first. */
static const enum s2t_diff_kind gravity[] = {
	S2T_DIFF_OUTCOME,   S2T_DIFF_RETURN, S2T_DIFF_ARGUMENT,  S2T_DIFF_PRIMITIVE,
	S2T_DIFF_MALFORMED, S2T_DIFF_STRAY,  S2T_DIFF_LOCK,      S2T_DIFF_ENTRY,
	S2T_DIFF_TOUCHED,   S2T_DIFF_CPU,    S2T_DIFF_INVARIANT,
};

static void add(struct s2t_signature *signature, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct s2t_signature *signature, const char *format, ...)
{
	const size_t used = strlen(signature->text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(signature->text + used, sizeof(signature->text) - used, format, args);
	va_end(args);
}

static void begin(struct s2t_signature *signature, const struct s2t_iut_ops *iut, const struct s2t_call *call,
                  const struct s2t_step *step, enum s2t_diff_kind kind)
{
	signature->text[0] = '\0';
	add(signature, "op=%s case=%s", s2t_op_name(iut, call->op), s2t_case_row(step->case_id)->name);
	if (s2t_is_extra(call->op)) /* no case stands for it */
		add(signature, " model=%s", s2t_outcome_name(step->outcome));
	add(signature, " kind=%s", s2t_diff_kind_name(kind));
}

/* 64-bit FNV-1a over the bytes of the text. */
static void finish(struct s2t_signature *signature)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *c = signature->text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	(void)snprintf(signature->id, sizeof(signature->id), "%016" PRIx64, hash);
}

/* Blocks and tables belong to the map whose entries they hold. */
static enum s2t_entry_kind map_of(enum s2t_entry_kind kind)
{
	switch (kind) {
	case S2T_ENTRY_NPT_BLOCK:
	case S2T_ENTRY_NPT_TABLE: return S2T_ENTRY_NPT;
	case S2T_ENTRY_SPT_CONTEXT:
	case S2T_ENTRY_SPT_TABLE: return S2T_ENTRY_SPT;
	default: return kind;
	}
}

/* Which of the names of locks below. */
static unsigned lock_of(const struct s2t_board *board, uint32_t lock)
{
	switch (lock) {
	case S2T_LOCK_S2PAGE: return 0;
	case S2T_LOCK_SPT: return 1;
	case S2T_LOCK_CORE: return 3;
	case S2T_LOCK_SMMU: return 4;
	default: return lock < s2t_lock_info(board, 0) ? 2 : 5;
	}
}

static uint32_t bit_of(const struct s2t_board *board, const struct s2t_diff *diff)
{
	switch (diff->kind) {
	case S2T_DIFF_ENTRY:
	case S2T_DIFF_TOUCHED:
	case S2T_DIFF_MALFORMED: return UINT32_C(1) << map_of((enum s2t_entry_kind)diff->entry.kind);
	case S2T_DIFF_LOCK: return UINT32_C(1) << (LOCK_BIT + lock_of(board, diff->entry.a));
	case S2T_DIFF_STRAY: return UINT32_C(1) << (STRAY_BIT + diff->window);
	default: return 0;
	}
}

static uint32_t bits_of(const struct s2t_board *board, const struct s2t_diffs *diffs)
{
	const uint32_t npt = UINT32_C(1) << S2T_ENTRY_NPT, npt_next = UINT32_C(1) << S2T_ENTRY_NPT_NEXT;
	const uint32_t spt = UINT32_C(1) << S2T_ENTRY_SPT, spt_next = UINT32_C(1) << S2T_ENTRY_SPT_NEXT;
	uint32_t bits = 0;

	for (size_t i = 0; i < diffs->total && i < S2T_MAX_DIFFS; i++)
		bits |= bit_of(board, &diffs->diff[i]);
	if (bits & npt)
		bits &= ~npt_next;
	if (bits & spt)
		bits &= ~spt_next;
	return bits;
}

static enum s2t_diff_kind gravest(const struct s2t_diffs *diffs)
{
	for (size_t g = 0; g < sizeof(gravity) / sizeof(gravity[0]); g++)
		for (size_t i = 0; i < diffs->total && i < S2T_MAX_DIFFS; i++)
			if (diffs->diff[i].kind == gravity[g])
				return gravity[g];
	return S2T_DIFF_ENTRY;
}

static void add_kind_of_entry(struct s2t_signature *signature, int bit)
{
	static const char *const locks[] = { "s2page", "spt", "npt", "core", "smmu", "info" };

	if (bit < LOCK_BIT)
		add(signature, "%s", s2t_entry_kind_name((enum s2t_entry_kind)bit));
	else if (bit < STRAY_BIT)
		add(signature, "lock:%s", locks[bit - LOCK_BIT]);
	else
		add(signature, "stray:%s", window_names[bit - STRAY_BIT]);
}

/* Which one, and which side breaks it. */
static void add_invariant(struct s2t_signature *signature, const struct s2t_diff *diff)
{
	const char *side = diff->model[0] && diff->iut[0] ? "both" : diff->iut[0] ? "implementation" : "model";

	add(signature, " invariant=%s broken=%s", s2t_invariant_table[diff->entry.a].number, side);
}

void s2t_signature_of(const struct s2t_lockstep *ls, struct s2t_signature *signature)
{
	const enum s2t_diff_kind kind = gravest(ls->diffs);
	uint32_t bits = bits_of(&ls->board, ls->diffs);
	const char *separator = " entries=";

	begin(signature, ls->ops, &ls->call, &ls->step, kind);
	if (kind == S2T_DIFF_OUTCOME) {
		add(signature, " implementation=%s", s2t_outcome_name(ls->result.outcome));
		bits = 0;
	}
	if (kind == S2T_DIFF_INVARIANT)
		add_invariant(signature, &ls->diffs->diff[0]);
	for (int bit = 0; bit < BITS; bit++) {
		if (!(bits >> bit & 1))
			continue;
		add(signature, "%s", separator);
		add_kind_of_entry(signature, bit);
		separator = ",";
	}
	finish(signature);
}

void s2t_signature_of_ending(const struct s2t_iut_ops *iut, const struct s2t_call *call,
                             const struct s2t_step *step, const struct s2t_ending *ending,
                             struct s2t_signature *signature)
{
	begin(signature, iut, call, step, S2T_DIFF_OUTCOME);
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
