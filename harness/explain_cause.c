/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which difference is the cause. Both sides were equal before the step, so what went wrong first in it is. The
 * other differences are effects where a rule says so, and otherwise only `further`.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain_internal.h"
#include "extra.h"

const char *s2t_wrong_name(enum s2t_wrong fault)
{
	static const char *const names[] = {
		[S2T_WRONG_OUTCOME] = "wrong outcome",
		[S2T_WRONG_RETURN] = "wrong return value",
		[S2T_WRONG_MISSING_WRITE] = "missing write",
		[S2T_WRONG_EXTRA_WRITE] = "extra write",
		[S2T_WRONG_VALUE] = "wrong value",
		[S2T_WRONG_INDIRECT] = "changed without being written",
		[S2T_WRONG_LOCK] = "lock held on one side only",
		[S2T_WRONG_STRAY] = "stray write",
		[S2T_WRONG_TABLE] = "malformed table",
		[S2T_WRONG_EVENTS] = "wrong events",
		[S2T_WRONG_CPU] = "wrong state of the CPU",
		[S2T_WRONG_CALL] = "not allowed by the lemma",
		[S2T_WRONG_UNSAFE] = "broken invariant",
	};

	return names[fault];
}

const char *s2t_role_name(enum s2t_role role)
{
	static const char *const names[] = { "cause", "effect", "further" };

	return names[role];
}

static void because(struct s2t_explained_diff *diff, enum s2t_role role, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void because(struct s2t_explained_diff *diff, enum s2t_role role, const char *format, ...)
{
	va_list args;

	diff->role = role;
	va_start(args, format);
	vsnprintf(diff->why, sizeof(diff->why), format, args);
	va_end(args);
}

/*
 * The roles.
 */

/* Whether the walk of an entry goes through the word of a malformed table. */
static bool walks_through(const struct s2t_explained_diff *diff, const struct s2t_explained_diff *table)
{
	if (table->fault != S2T_WRONG_TABLE || table->diff.window != diff->diff.window)
		return false;
	for (unsigned i = 0; i < diff->diff.walk.count; i++)
		if (diff->diff.walk.step[i].address == table->diff.address)
			return true;
	return false;
}

static struct s2t_explained_diff *find_fault(struct s2t_explanation *e, enum s2t_wrong fault)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->diff[i].fault == fault)
			return &e->diff[i];
	return NULL;
}

/* The entry, not yet an effect, that went wrong first; `written`: only of those that the implementation wrote. */
static struct s2t_explained_diff *first_wrong(struct s2t_explanation *e, bool written)
{
	struct s2t_explained_diff *first = NULL;

	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *diff = &e->diff[i];

		if (diff->fault <= S2T_WRONG_RETURN || diff->fault == S2T_WRONG_CPU ||
		    diff->role == S2T_ROLE_EFFECT)
			continue;
		if (diff->fault == S2T_WRONG_LOCK)
			continue;
		if (written && !diff->iut_wrote)
			continue;
		if (!first || diff->rank < first->rank)
			first = diff;
	}
	return first;
}

static bool model_has(const struct s2t_model *model, const struct s2t_touch *table)
{
	return table->kind == S2T_ENTRY_NPT_TABLE
	               ? s2t_model_npt_table(model, table->a, table->b, table->level)
	               : s2t_model_spt_table(model, table->a, table->b, table->level);
}

/* Entries that show a malformed table, not a fault of their own. A table that the model lacks is no such: it came with
 * what is in it. */
static void find_shadows(struct s2t_explanation *e, const struct s2t_lockstep *ls)
{
	for (size_t i = 0; i < e->count; i++)
		for (size_t j = 0; j < e->count; j++)
			if (i != j && walks_through(&e->diff[i], &e->diff[j]) &&
			    model_has(ls->model, &e->diff[j].diff.entry))
				because(&e->diff[i], S2T_ROLE_EFFECT, "its walk goes through the %s",
				        e->diff[j].name);
}

/* A missing write of what the operation names, where a write of the same kind went elsewhere. */
static struct s2t_explained_diff *find_misplaced(struct s2t_explanation *e,
                                                 const struct s2t_explained_diff *elsewhere)
{
	if (elsewhere->fault != S2T_WRONG_EXTRA_WRITE && elsewhere->fault != S2T_WRONG_STRAY &&
	    elsewhere->fault != S2T_WRONG_TABLE)
		return NULL;
	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *diff = &e->diff[i];

		if (diff->fault == S2T_WRONG_MISSING_WRITE && diff->named && diff->role != S2T_ROLE_EFFECT &&
		    (elsewhere->fault != S2T_WRONG_EXTRA_WRITE ||
		     elsewhere->diff.entry.kind == diff->diff.entry.kind))
			return diff;
	}
	return NULL;
}

static struct s2t_explained_diff *find_cause(struct s2t_explanation *e, const struct s2t_lockstep *ls)
{
	struct s2t_explained_diff *outcome = find_fault(e, S2T_WRONG_OUTCOME);
	struct s2t_explained_diff *call = find_fault(e, S2T_WRONG_CALL);
	struct s2t_explained_diff *entry, *misplaced;

	find_shadows(e, ls);
	if (call)
		return call;
	if (outcome && e->step.outcome == S2T_OK) {
		/* What the implementation wrote wrongly, it wrote before it stopped. */
		entry = first_wrong(e, true);
		return entry ? entry : outcome;
	}
	if (outcome)
		return outcome;
	entry = first_wrong(e, false);
	if (!entry)
		return &e->diff[0];
	misplaced = find_misplaced(e, entry);
	return misplaced ? misplaced : entry;
}

static bool same_values(const struct s2t_explained_diff *diff, const struct s2t_explained_diff *cause)
{
	return diff->diff.entry.kind == cause->diff.entry.kind && diff->diff.kind == S2T_DIFF_ENTRY &&
	       cause->diff.kind == S2T_DIFF_ENTRY && diff->diff.iut_has_value &&
	       memcmp(diff->diff.iut, cause->diff.model, sizeof(diff->diff.iut)) == 0;
}

/* Whether a word that belongs nowhere holds what belongs in a record. */
static bool holds_record(const struct s2t_explained_diff *stray, const struct s2t_explained_diff *cause)
{
	const uint64_t word = stray->diff.iut[0], *page = cause->diff.model;

	return stray->fault == S2T_WRONG_STRAY && cause->diff.entry.kind == S2T_ENTRY_S2PAGE &&
	       (word == (page[0] | page[1] << 32) || word == page[2]);
}

/* Where a missing write went, or NULL. */
static const struct s2t_explained_diff *find_elsewhere(const struct s2t_explanation *e,
                                                       const struct s2t_explained_diff *cause)
{
	if (cause->fault != S2T_WRONG_MISSING_WRITE || !cause->named)
		return NULL;
	for (size_t i = 0; i < e->count; i++) {
		const struct s2t_explained_diff *diff = &e->diff[i];

		if ((diff->fault == S2T_WRONG_EXTRA_WRITE && diff->diff.entry.kind == cause->diff.entry.kind) ||
		    holds_record(diff, cause))
			return diff;
	}
	return NULL;
}

/* The implementation wrote less than the model, and nothing else. */
static bool all_missing(const struct s2t_explanation *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->diff[i].fault != S2T_WRONG_MISSING_WRITE)
			return false;
	return true;
}

/* The model wrote nothing at all. */
static bool all_extra(const struct s2t_explanation *e, const struct s2t_lockstep *ls)
{
	size_t touches;

	s2t_model_touched(ls->model, &touches);
	for (size_t i = 0; i < e->count; i++)
		if (e->diff[i].fault != S2T_WRONG_EXTRA_WRITE && e->diff[i].fault != S2T_WRONG_TABLE)
			return false;
	return touches == 0;
}

/* A difference in an outcome that is not the cause, or beside one that is. */
static bool role_by_outcome(struct s2t_explanation *e, struct s2t_explained_diff *diff,
                            const struct s2t_explained_diff *cause)
{
	const bool stopped = e->step.outcome == S2T_OK && e->result.outcome != S2T_OK;
	const bool went_on = e->step.outcome != S2T_OK && e->result.outcome == S2T_OK;

	if (diff->fault == S2T_WRONG_OUTCOME)
		because(diff, S2T_ROLE_EFFECT, "the %s wrote %s wrongly before it stopped", e->other,
		        cause->name);
	else if (diff->fault == S2T_WRONG_RETURN)
		because(diff, S2T_ROLE_EFFECT, "the operation returns what it finds in an entry that differs");
	else if (diff->fault == S2T_WRONG_LOCK && stopped)
		because(diff, S2T_ROLE_EFFECT, "the %s stopped before it released the lock", e->other);
	else if (diff->fault == S2T_WRONG_LOCK && went_on)
		because(diff, S2T_ROLE_EFFECT, "the model stopped with the lock held, the %s went on",
		        e->other);
	else if ((diff->fault == S2T_WRONG_LOCK || diff->fault == S2T_WRONG_CPU) &&
	         cause->fault == S2T_WRONG_OUTCOME)
		because(diff, S2T_ROLE_EFFECT, "the two sides ended in different places");
	else if (stopped && diff->fault == S2T_WRONG_MISSING_WRITE)
		because(diff, S2T_ROLE_EFFECT, "the %s stopped before it wrote this", e->other);
	else if (went_on && diff->iut_wrote)
		because(diff, S2T_ROLE_EFFECT, "the %s wrote this where the model had stopped", e->other);
	else
		return false;
	return true;
}

static void explain_role(struct s2t_explanation *e, const struct s2t_lockstep *ls,
                         struct s2t_explained_diff *diff, const struct s2t_explained_diff *cause)
{
	const char *call = s2t_explain_primitive(e, &diff->diff);
	const char *causing_call = s2t_explain_primitive(e, &cause->diff);

	if (diff->fault == S2T_WRONG_EXTRA_WRITE && cause->fault != S2T_WRONG_OUTCOME &&
	    same_values(diff, cause)) {
		because(diff, S2T_ROLE_EFFECT, "it holds the value that belongs in %s", cause->name);
		return;
	}
	if (diff->role == S2T_ROLE_EFFECT || role_by_outcome(e, diff, cause))
		return;
	if (cause->fault == S2T_WRONG_CALL)
		because(diff, S2T_ROLE_EFFECT, "it came with a call that the lemma does not allow");
	else if (diff->diff.walk.count && cause->diff.walk.count && diff->diff.address == cause->diff.address &&
	         diff->diff.window == cause->diff.window)
		because(diff, S2T_ROLE_EFFECT, "the same descriptor as %s", cause->name);
	else if (holds_record(diff, cause))
		because(diff, S2T_ROLE_EFFECT, "it holds what belongs in %s", cause->name);
	else if (diff == find_elsewhere(e, cause))
		because(diff, S2T_ROLE_EFFECT, "it was written where %s should have been", cause->name);
	else if (call && causing_call && strcmp(call, causing_call) == 0)
		because(diff, S2T_ROLE_EFFECT, "it is written in the same call, %s", call);
	else if (diff->fault == S2T_WRONG_STRAY && cause->diff.window == diff->diff.window)
		because(diff, S2T_ROLE_EFFECT, "it came with %s", cause->name);
	else if (diff->fault == S2T_WRONG_STRAY &&
	         (cause->diff.entry.kind == S2T_ENTRY_NPT_NEXT || cause->diff.entry.kind == S2T_ENTRY_SPT_NEXT))
		because(diff, S2T_ROLE_EFFECT, "its page comes from the pool that %s counts", cause->name);
	else if (all_missing(e))
		because(diff, S2T_ROLE_EFFECT, "it is missing like %s: the %s left the operation early",
		        cause->name, e->other);
	else if (all_extra(e, ls))
		because(diff, S2T_ROLE_EFFECT, "the model writes nothing here: the %s took another branch",
		        e->other);
	else
		because(diff, S2T_ROLE_FURTHER, "later in the operation than %s; perhaps a fault of its own",
		        cause->name);
}

/* How a sentence tells the case that the model met. An operation that the implementation declares has none, so there
 * is nothing to tell. */
struct path {
	char name[32];  /* " (case MPV-2)" */
	char path[192]; /* " by case MPV-2 (page mapped)" */
	char text[192]; /* " (case MPV-2: page mapped)" */
};

static struct path path_of(const struct s2t_explanation *e)
{
	const struct s2t_case_info *info = s2t_case_row(e->step.case_id);
	struct path path = { "", "", "" };

	if (s2t_is_extra(e->call.op))
		return path;
	snprintf(path.name, sizeof(path.name), " (case %s)", info->name);
	snprintf(path.path, sizeof(path.path), " by case %s (%s)", info->name, info->text);
	snprintf(path.text, sizeof(path.text), " (case %s: %s)", info->name, info->text);
	return path;
}

/* Why the cause is one: what each side did. */
static void explain_cause(struct s2t_explanation *e, struct s2t_explained_diff *cause)
{
	const struct path path = path_of(e);
	const struct s2t_explained_diff *elsewhere;

	switch (cause->fault) {
	case S2T_WRONG_OUTCOME:
		if (e->step.outcome == S2T_OK)
			because(cause, S2T_ROLE_CAUSE, "the model ends ok%s; the %s ends in %s%s%.80s",
			        path.path, e->other, s2t_outcome_name(e->result.outcome),
			        e->reason[0] ? ": " : "", e->reason);
		else
			because(cause, S2T_ROLE_CAUSE, "the model ends in %s%s; the %s ends %s",
			        s2t_outcome_name(e->step.outcome), path.path, e->other,
			        s2t_outcome_name(e->result.outcome));
		break;
	case S2T_WRONG_RETURN:
		because(cause, S2T_ROLE_CAUSE, "both states are the same, the values returned are not");
		break;
	case S2T_WRONG_MISSING_WRITE:
		elsewhere = find_elsewhere(e, cause);
		because(cause, S2T_ROLE_CAUSE, "the model wrote it%s, the %s did not%s%s%s", path.name,
		        e->other, elsewhere ? "; it wrote " : "", elsewhere ? elsewhere->name : "",
		        elsewhere ? " instead" : "");
		break;
	case S2T_WRONG_EXTRA_WRITE:
		because(cause, S2T_ROLE_CAUSE, "the %s wrote it, the model did not%s", e->other, path.text);
		break;
	case S2T_WRONG_VALUE: because(cause, S2T_ROLE_CAUSE, "both wrote it, with different values"); break;
	case S2T_WRONG_INDIRECT:
		because(cause, S2T_ROLE_CAUSE,
		        "neither side wrote it in this step: it was different before, or changed through something else");
		break;
	case S2T_WRONG_LOCK:
		because(cause, S2T_ROLE_CAUSE, "the model %s it after the step, the %s %s",
		        cause->diff.model[0] ? "holds" : "does not hold", e->other,
		        cause->diff.iut[0] ? "does" : "does not");
		break;
	case S2T_WRONG_STRAY:
		because(cause, S2T_ROLE_CAUSE, "the implementation wrote %.160s", cause->text);
		break;
	case S2T_WRONG_TABLE:
	case S2T_WRONG_EVENTS:
	case S2T_WRONG_CALL: because(cause, S2T_ROLE_CAUSE, "%s", cause->text); break;
	case S2T_WRONG_UNSAFE: because(cause, S2T_ROLE_CAUSE, "%.250s", cause->text); break;
	case S2T_WRONG_CPU:
		because(cause, S2T_ROLE_CAUSE, "%" PRIu64 " in the model, %" PRIu64 " in the %s",
		        cause->diff.model[0], cause->diff.iut[0], e->other);
		break;
	}
}

static void find_fields(struct s2t_explained_diff *diff)
{
	const enum s2t_entry_kind kind = (enum s2t_entry_kind)diff->diff.entry.kind;
	size_t used = 0;

	if (diff->diff.kind != S2T_DIFF_ENTRY)
		return;
	if (diff->iut.count && diff->model.count) {
		const struct s2t_descriptor *model = &diff->model.level[diff->model.count - 1].descriptor;
		const struct s2t_descriptor *iut = &diff->iut.level[diff->iut.count - 1].descriptor;

		if (model->level != iut->level)
			snprintf(diff->fields, sizeof(diff->fields),
			         "level (model: %s at %u, implementation: %s at %u)",
			         s2t_descriptor_type_name(model->type), model->level,
			         s2t_descriptor_type_name(iut->type), iut->level);
		else if (model->type != iut->type)
			snprintf(diff->fields, sizeof(diff->fields), "type (model: %s, implementation: %s)",
			         s2t_descriptor_type_name(model->type), s2t_descriptor_type_name(iut->type));
		else
			s2t_descriptor_difference(model->raw, iut->raw, diff->fields, sizeof(diff->fields));
		return;
	}
	for (unsigned i = 0; s2t_field_name(kind, i) && used < sizeof(diff->fields); i++)
		if (s2t_field_name(kind, 1) && diff->diff.model[i] != diff->diff.iut[i])
			used += (size_t)snprintf(diff->fields + used, sizeof(diff->fields) - used, "%s%s",
			                         used ? ", " : "", s2t_field_name(kind, i));
}

static int by_role_and_rank(const void *a, const void *b)
{
	const struct s2t_explained_diff *x = a, *y = b;

	if ((x->role == S2T_ROLE_CAUSE) != (y->role == S2T_ROLE_CAUSE))
		return x->role == S2T_ROLE_CAUSE ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->diff.entry.b > y->diff.entry.b) - (x->diff.entry.b < y->diff.entry.b);
}

/* Whether two entries are of one descriptor. Of a plug-in that is read entry by entry, those of one block are. */
static bool of_one_descriptor(const struct s2t_explanation *e, const struct s2t_diff *x,
                              const struct s2t_diff *y)
{
	if (x->entry.a != y->entry.a || x->kind != S2T_DIFF_ENTRY || y->kind != S2T_DIFF_ENTRY)
		return false;
	if (e->reads)
		return x->entry.kind == S2T_ENTRY_NPT && y->entry.kind == S2T_ENTRY_NPT &&
		       x->entry.b >> 9 == y->entry.b >> 9 &&
		       ((x->model[1] == 2 && y->model[1] == 2) || (x->iut[1] == 2 && y->iut[1] == 2));
	return x->walk.count && y->walk.count && x->window == y->window && x->address == y->address;
}

/* Entries that were read from one descriptor are shown once. */
static void fold(struct s2t_explanation *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *same = NULL;
		const struct s2t_diff *diff = &e->diff[i].diff;

		for (size_t j = 0; j < kept && !same; j++)
			if (of_one_descriptor(e, diff, &e->diff[j].diff))
				same = &e->diff[j];
		if (same)
			same->others++;
		else
			e->diff[kept++] = e->diff[i];
	}
	e->count = kept;
}

void s2t_explain_cause(struct s2t_explanation *e, struct s2t_lockstep *ls)
{
	s2t_explain_writers(e, ls);
	s2t_explain_ranks(e, ls);

	struct s2t_explained_diff *cause = find_cause(e, ls);

	for (size_t i = 0; i < e->count; i++)
		if (&e->diff[i] != cause)
			explain_role(e, ls, &e->diff[i], cause);
	explain_cause(e, cause);
	s2t_explain_where(e, cause);
	for (size_t i = 0; i < e->count; i++)
		find_fields(&e->diff[i]);
	qsort(e->diff, e->count, sizeof(e->diff[0]), by_role_and_rank);
	fold(e);
	for (size_t i = 0; i < e->words; i++)
		for (size_t j = 0; j < e->count && !e->word[i].diff; j++)
			if (s2t_word_is_of(&e->word[i], &e->diff[j].diff))
				e->word[i].diff = (unsigned)j + 1;
}
