/* SPDX-License-Identifier: BSD-2-Clause */
/* Phrases that all forms of an explanation share. */
#include "explain_forms.h"

#include <ctype.h>
#include <inttypes.h>

struct s2t_phrase s2t_explain_definition(const struct s2t_explanation *e)
{
	const bool low = e->form == S2T_SPEC_LOW && e->call.op <= S2T_OP_UNMAP_SMMU_PAGE;
	struct s2t_phrase phrase;

	snprintf(phrase.text, sizeof(phrase.text), "%s_spec%s", s2t_op_table[e->call.op].name, low ? "0" : "");
	return phrase;
}

struct s2t_phrase s2t_explain_name(const char *name)
{
	struct s2t_phrase phrase;

	snprintf(phrase.text, sizeof(phrase.text), "%s", name);
	for (char *c = phrase.text; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	return phrase;
}

struct s2t_phrase s2t_explain_sentence(const char *text)
{
	struct s2t_phrase phrase;

	snprintf(phrase.text, sizeof(phrase.text), "%s", text);
	phrase.text[0] = (char)toupper((unsigned char)phrase.text[0]);
	return phrase;
}

struct s2t_phrase s2t_explain_word(const struct s2t_board *board, const struct s2t_explained_word *word)
{
	struct s2t_phrase phrase;

	if (word->is_entry)
		s2t_entry_name(&word->entry, phrase.text, sizeof(phrase.text));
	else if (word->place.what == S2T_PLACE_LOCK)
		s2t_lock_name(board, word->place.number, phrase.text, sizeof(phrase.text));
	else if (word->place.what == S2T_PLACE_NPT)
		snprintf(phrase.text, sizeof(phrase.text), "unlinked table, npt[%" PRIu32 "]",
		         word->place.number);
	else if (word->place.what == S2T_PLACE_SPT)
		snprintf(phrase.text, sizeof(phrase.text), "unlinked SMMU table");
	else
		snprintf(phrase.text, sizeof(phrase.text), "nothing: stray");
	return phrase;
}

uint32_t s2t_explain_stop(const struct s2t_explanation *e)
{
	return e->context.trace_step ? e->context.trace_step : e->number;
}

/* A lock word is two tickets: that handed out next, and that served now. */
static const char *lock_change(uint64_t old, uint64_t now)
{
	const bool was_held = (uint32_t)old != (uint32_t)(old >> 32),
		   is_held = (uint32_t)now != (uint32_t)(now >> 32);

	if (is_held)
		return was_held ? "still held" : "taken, and not released";
	if (was_held)
		return "released";
	return old == now ? "written, not taken" : "taken and released";
}

struct s2t_phrase s2t_explain_change(const struct s2t_board *board, const struct s2t_explained_word *word)
{
	const uint64_t old = word->write.old, now = word->now;
	struct s2t_phrase phrase;
	char was[24], is[24], old_count[S2T_VALUE_TEXT], count[S2T_VALUE_TEXT];

	s2t_field_text(board, S2T_ENTRY_S2PAGE, 1, old >> 32, old_count, sizeof(old_count));
	s2t_field_text(board, S2T_ENTRY_S2PAGE, 1, now >> 32, count, sizeof(count));
	s2t_owner_text(board, (uint32_t)old, was, sizeof(was));
	s2t_owner_text(board, (uint32_t)now, is, sizeof(is));
	if (word->place.what == S2T_PLACE_LOCK)
		snprintf(phrase.text, sizeof(phrase.text), "%s", lock_change(old, now));
	else if (word->place.what == S2T_PLACE_PAGE && word->write.addr % 16 == 0)
		snprintf(phrase.text, sizeof(phrase.text), "%s, %s → %s, %s", was, old_count, is, count);
	else if (word->place.what == S2T_PLACE_HYPER) {
		s2t_value_text(board, &word->entry, 0, old, old_count, sizeof(old_count));
		s2t_value_text(board, &word->entry, 0, now, count, sizeof(count));
		snprintf(phrase.text, sizeof(phrase.text), "%s → %s", old_count, count);
	} else if (word->run > 1)
		snprintf(phrase.text, sizeof(phrase.text), "0x%" PRIx64 " → 0x%" PRIx64 " (%u words)", old, now,
		         word->run);
	else
		snprintf(phrase.text, sizeof(phrase.text), "0x%" PRIx64 " → 0x%" PRIx64 "%s", old, now,
		         word->write.whole_page ? " (page)" : "");
	return phrase;
}

bool s2t_explain_is_block(const struct s2t_explained_diff *diff)
{
	return diff->diff.kind == S2T_DIFF_ENTRY && diff->diff.entry.kind == S2T_ENTRY_NPT &&
	       (diff->diff.model[1] == 2 || diff->diff.iut[1] == 2);
}

static const char *verdict(const struct s2t_explanation *e, const struct s2t_invariants *at,
                           enum s2t_invariant i)
{
	const bool model = at->state[S2T_SIDE_MODEL][i].broken, iut = at->state[S2T_SIDE_IUT][i].broken;

	if (model && iut)
		return "broken on both sides";
	if (model)
		return "broken in the model only";
	if (iut)
		return e->bodies ? "broken in the body only" : "broken in the implementation only";
	return "holds";
}

struct s2t_explain_verdicts s2t_explain_invariant(const struct s2t_explanation *e, enum s2t_invariant i)
{
	const struct s2t_invariant_state *model = &e->after.state[S2T_SIDE_MODEL][i];
	const struct s2t_invariant_state *iut = &e->after.state[S2T_SIDE_IUT][i];
	struct s2t_explain_verdicts v = { .before = verdict(e, &e->before, i),
		                          .after = verdict(e, &e->after, i) };

	v.any = model->broken || iut->broken || e->before.state[S2T_SIDE_MODEL][i].broken ||
	        e->before.state[S2T_SIDE_IUT][i].broken;
	v.news = !model->broken != !iut->broken;
	if (iut->broken)
		v.first = iut->first;
	else if (model->broken)
		v.first = model->first;
	return v;
}
