/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wrote a differing entry in the last step, and in which order the operation works.
 *
 * The order is told by groups of entries: the record of a page, one stage-2 table, the SMMU's tables, the content
 * of a page. That of the model's touched set counts; what only the implementation wrote comes after the last group
 * that it wrote before. Within a group the entry that the operation names comes first.
 */
#include <string.h>

#include "explain_internal.h"
#include "extra.h"
#include "spec_machine.h"

/*
 * Who wrote what.
 */

/* Whether the last step of a model wrote an entry. After an undefined one its touched set is empty. */
static bool model_wrote(const struct s2t_model *model, const struct s2t_touch *entry)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);

	for (size_t i = 0; i < count; i++) {
		if (touch[i].a != entry->a || touch[i].level != entry->level)
			continue;
		if (touch[i].kind == entry->kind && touch[i].b == entry->b)
			return true;
		if (touch[i].kind == S2T_ENTRY_NPT_BLOCK && entry->kind == S2T_ENTRY_NPT &&
		    touch[i].b == (entry->b & ~UINT64_C(511)))
			return true;
		if (touch[i].kind == S2T_ENTRY_SPT_CONTEXT && entry->kind == S2T_ENTRY_SPT)
			return true;
	}
	return false;
}

bool s2t_word_is_of(const struct s2t_explained_word *word, const struct s2t_diff *diff)
{
	const struct s2t_touch *entry = &diff->entry;

	switch (diff->kind) {
	case S2T_DIFF_LOCK: return word->place.what == S2T_PLACE_LOCK && word->place.number == entry->a;
	case S2T_DIFF_STRAY:
	case S2T_DIFF_MALFORMED: return word->write.window == diff->window && word->write.addr == diff->address;
	case S2T_DIFF_ENTRY: break;
	default: return false;
	}
	if (entry->kind == S2T_ENTRY_NPT || entry->kind == S2T_ENTRY_SPT)
		return word->write.window == diff->window && word->write.addr == diff->address;
	return word->is_entry && word->entry.kind == entry->kind && word->entry.level == entry->level &&
	       word->entry.a == entry->a && word->entry.b == entry->b;
}

/* A record is two words, owner with count and gfn: only writes of fields that differ tell. */
static void writers_of_record(struct s2t_explanation *e, struct s2t_explained_diff *diff)
{
	const uint64_t *before = diff->diff.before, *model = diff->diff.model, *iut = diff->diff.iut;
	const bool gfn = model[2] != iut[2], rest = model[0] != iut[0] || model[1] != iut[1];

	diff->model_wrote = (gfn && model[2] != before[2]) ||
	                    (rest && (model[0] != before[0] || model[1] != before[1]));
	diff->iut_wrote = false;
	for (size_t i = 0; i < e->words; i++) {
		const struct s2t_write *write = &e->word[i].write;

		if (s2t_word_is_of(&e->word[i], &diff->diff))
			diff->iut_wrote |= write->addr % 16 == 8 ? gfn : rest;
	}
}

static enum s2t_wrong wrong_kind(const struct s2t_explained_diff *diff)
{
	switch (diff->diff.kind) {
	case S2T_DIFF_OUTCOME: return S2T_WRONG_OUTCOME;
	case S2T_DIFF_RETURN: return S2T_WRONG_RETURN;
	case S2T_DIFF_LOCK: return diff->text[0] ? S2T_WRONG_EVENTS : S2T_WRONG_LOCK;
	case S2T_DIFF_STRAY: return S2T_WRONG_STRAY;
	case S2T_DIFF_MALFORMED: return S2T_WRONG_TABLE;
	case S2T_DIFF_CPU: return S2T_WRONG_CPU;
	case S2T_DIFF_INVARIANT: return S2T_WRONG_UNSAFE;
	case S2T_DIFF_PRIMITIVE:
	case S2T_DIFF_ARGUMENT: return S2T_WRONG_CALL;
	case S2T_DIFF_ENTRY:
	case S2T_DIFF_TOUCHED: break;
	}
	if (diff->model_wrote)
		return diff->iut_wrote ? S2T_WRONG_VALUE : S2T_WRONG_MISSING_WRITE;
	return diff->iut_wrote ? S2T_WRONG_EXTRA_WRITE : S2T_WRONG_INDIRECT;
}

void s2t_explain_writers(struct s2t_explanation *e, struct s2t_lockstep *ls)
{
	const struct s2t_model *body = ls->bodies ? s2t_spec_machine_state(ls->bodies) : NULL;

	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *diff = &e->diff[i];
		const bool entry = diff->diff.kind == S2T_DIFF_ENTRY || diff->diff.kind == S2T_DIFF_TOUCHED;

		diff->model_wrote = entry && model_wrote(ls->model, &diff->diff.entry);
		diff->iut_wrote = entry && body && model_wrote(body, &diff->diff.entry);
		for (size_t j = 0; j < e->words; j++)
			diff->iut_wrote |= s2t_word_is_of(&e->word[j], &diff->diff);
		if (entry && e->reads) /* its writes are not known, but what came of them is */
			diff->iut_wrote = !diff->diff.iut_has_value || memcmp(diff->diff.iut, diff->diff.before,
			                                                      sizeof(diff->diff.iut)) != 0;
		else if (diff->diff.kind == S2T_DIFF_ENTRY && diff->diff.entry.kind == S2T_ENTRY_S2PAGE &&
		         !body)
			writers_of_record(e, diff);
		diff->fault = wrong_kind(diff);
	}
}

/*
 * The order.
 */

/* A group of entries, as class << 40 | number; 0: none. */
enum group_class {
	GROUP_NONE,
	GROUP_RECORD,
	GROUP_NPT,
	GROUP_SPT,
	GROUP_TOKEN,
	GROUP_DATA_LOG,
	GROUP_VM,
	GROUP_EL2
};

static uint64_t group(enum group_class class, uint64_t number)
{
	return (uint64_t) class << 40 | number;
}

static uint64_t group_of_entry(const struct s2t_touch *entry)
{
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE: return group(GROUP_RECORD, entry->b);
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK:
	case S2T_ENTRY_NPT_TABLE:
	case S2T_ENTRY_NPT_NEXT: return group(GROUP_NPT, entry->a);
	case S2T_ENTRY_SPT:
	case S2T_ENTRY_SPT_CONTEXT:
	case S2T_ENTRY_SPT_TABLE:
	case S2T_ENTRY_SPT_NEXT: return group(GROUP_SPT, 0);
	case S2T_ENTRY_FLATMEM: return group(GROUP_TOKEN, entry->b);
	case S2T_ENTRY_DATA_LOG: return group(GROUP_DATA_LOG, entry->a);
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE: return group(GROUP_VM, entry->a);
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG: return group(GROUP_EL2, entry->kind);
	case S2T_ENTRY_KIND_COUNT: break;
	}
	return 0;
}

static uint64_t group_of_word(const struct s2t_explained_word *word)
{
	switch (word->place.what) {
	case S2T_PLACE_PAGE: return group(GROUP_RECORD, word->place.pfn);
	case S2T_PLACE_TOKEN: return group(GROUP_TOKEN, word->place.pfn);
	case S2T_PLACE_DATA_LOG: return group(GROUP_DATA_LOG, word->place.number);
	case S2T_PLACE_NPT: return group(GROUP_NPT, word->place.number);
	case S2T_PLACE_SPT: return group(GROUP_SPT, 0);
	case S2T_PLACE_HYPER: return group_of_entry(&word->place.entry);
	case S2T_PLACE_LOCK:
	case S2T_PLACE_NONE: break;
	}
	return 0;
}

enum { RANK_LAST = 100000 };

/* The position of a group in the model's touched set, as 2, 4, …; 0: it is not there. */
static unsigned position_in_model(const struct s2t_lockstep *ls, uint64_t wanted)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	for (size_t i = 0; ls->step.outcome != S2T_UNDEFINED && wanted && i < count; i++)
		if (group_of_entry(&touch[i]) == wanted)
			return 2 * (unsigned)i + 2;
	return 0;
}

/* That of the first word of a group that only the implementation wrote, or of one word: 1, 3, … */
static unsigned position_of_word(const struct s2t_explanation *e, const struct s2t_lockstep *ls,
                                 uint64_t wanted, const struct s2t_diff *diff)
{
	unsigned after = 0;

	for (size_t i = 0; i < e->words; i++) {
		const uint64_t here = group_of_word(&e->word[i]);
		const unsigned position = position_in_model(ls, here);

		if (wanted ? here == wanted : s2t_word_is_of(&e->word[i], diff))
			return after + 1;
		if (position > after)
			after = position;
	}
	return RANK_LAST;
}

static uint64_t group_of_diff(const struct s2t_explanation *e, const struct s2t_diff *diff)
{
	if (diff->kind == S2T_DIFF_ENTRY || diff->kind == S2T_DIFF_MALFORMED || diff->kind == S2T_DIFF_TOUCHED)
		return group_of_entry(&diff->entry);
	for (size_t i = 0; diff->kind == S2T_DIFF_STRAY && i < e->words; i++)
		if (s2t_word_is_of(&e->word[i], diff))
			return group_of_word(&e->word[i]);
	return 0;
}

static bool names(const struct s2t_op_info *info, const struct s2t_call *call, const struct s2t_touch *entry)
{
	uint64_t vmid = 0, context = 0, level = 3;

	for (unsigned i = 0; i < info->arg_count; i++) {
		if (info->arg[i].kind == S2T_ARG_VMID)
			vmid = call->arg[i];
		else if (info->arg[i].kind == S2T_ARG_CBNDX)
			context += call->arg[i];
		else if (info->arg[i].kind == S2T_ARG_INDEX)
			context += 8 * call->arg[i];
		else if (info->arg[i].kind == S2T_ARG_LEVEL)
			level = call->arg[i];
	}
	for (unsigned i = 0; i < info->arg_count; i++) {
		const uint64_t frame = info->arg[i].kind == S2T_ARG_PFN ? call->arg[i] : call->arg[i] >> 12;
		const uint64_t page = s2t_view_output(call->arg[i]) >> 12;

		switch (info->arg[i].kind) {
		case S2T_ARG_PFN:
			if (entry->b == frame &&
			    (entry->kind == S2T_ENTRY_S2PAGE || entry->kind == S2T_ENTRY_FLATMEM ||
			     (entry->kind == S2T_ENTRY_NPT && entry->a == 0)))
				return true;
			break;
		case S2T_ARG_PTE:
			if (entry->b == page && entry->kind == S2T_ENTRY_S2PAGE)
				return true;
			break;
		case S2T_ARG_IPA: /* a block stands for its first entry */
			if (entry->kind == S2T_ENTRY_NPT && entry->a == vmid &&
			    (entry->b == frame || (level == 2 && entry->b == (frame & ~UINT64_C(511)))))
				return true;
			break;
		case S2T_ARG_IOVA:
			if (entry->kind == S2T_ENTRY_SPT && entry->a == context && entry->b == frame)
				return true;
			break;
		default: break;
		}
	}
	return false;
}

bool s2t_explain_named(const struct s2t_explanation *e, const struct s2t_touch *entry)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	struct s2t_op_info row;
	bool named = names(s2t_op_row(e->iut, e->call.op, &row), &e->call, entry);
	const size_t parts = s2t_is_extra(e->call.op) ? s2t_op_parts(e->iut, &e->call, part) : 0;

	for (size_t i = 0; i < parts; i++)
		named |= names(&s2t_op_table[part[i].op], &part[i], entry);
	return named;
}

const char *s2t_explain_part(const struct s2t_explanation *e, const struct s2t_diff *diff)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const bool extra = s2t_is_extra(e->call.op) && diff->kind == S2T_DIFF_ENTRY;
	const size_t parts = extra ? s2t_op_parts(e->iut, &e->call, part) : 0;
	const char *name = NULL;

	for (size_t i = 0; i < parts; i++) {
		if (!names(&s2t_op_table[part[i].op], &part[i], &diff->entry))
			continue;
		if (name)
			return NULL;
		name = s2t_op_table[part[i].op].name;
	}
	return name;
}

void s2t_explain_ranks(struct s2t_explanation *e, const struct s2t_lockstep *ls)
{
	for (size_t i = 0; i < e->count; i++) {
		struct s2t_explained_diff *diff = &e->diff[i];
		const enum s2t_entry_kind kind = (enum s2t_entry_kind)diff->diff.entry.kind;
		const uint64_t wanted = group_of_diff(e, &diff->diff);
		unsigned position = position_in_model(ls, wanted), within = 1;

		diff->named = diff->diff.kind == S2T_DIFF_ENTRY && s2t_explain_named(e, &diff->diff.entry);
		if (!position)
			position = position_of_word(e, ls, wanted, &diff->diff);
		if (diff->named)
			within = 0;
		else if (diff->diff.kind == S2T_DIFF_MALFORMED || diff->diff.kind == S2T_DIFF_STRAY)
			within = 3;
		else if (kind == S2T_ENTRY_NPT_NEXT || kind == S2T_ENTRY_SPT_NEXT)
			within = 2;
		diff->rank = 4 * position + within;
	}
}
