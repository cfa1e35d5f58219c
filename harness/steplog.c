/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of a replay. A line holds the operation, what the model made of it with the value before and after of each
 * entry that it wrote, and what the implementation made of it with each word that it wrote.
 */
#include "steplog.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "explain_forms.h"
#include "extra.h"
#include "spec_machine.h"

static json_t *fields(enum s2t_entry_kind kind, const uint64_t value[3])
{
	json_t *object = json_object();

	for (unsigned i = 0; s2t_field_name(kind, i); i++)
		json_object_set_new(object, s2t_field_name(kind, i), json_sprintf("0x%" PRIx64, value[i]));
	return object;
}

/* What the last step of a model wrote. */
static json_t *touched(const struct s2t_model *model)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const enum s2t_entry_kind kind = (enum s2t_entry_kind)touch[i].kind;
		uint64_t before[3], now[3];
		char name[S2T_ENTRY_NAME];

		s2t_entry_name(&touch[i], name, sizeof(name));
		s2t_entry_before(model, &touch[i], before);
		s2t_entry_now(model, &touch[i], now);
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "entry", name, "before",
		                                      fields(kind, before), "after", fields(kind, now)));
	}
	return list;
}

static json_t *words(struct s2t_lockstep *ls)
{
	json_t *list = json_array();
	struct s2t_explained_word *word;
	size_t count;

	if (!s2t_words_of_step(ls, &word, &count)) {
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:o, s:o, s:i, s:i}", "window",
		                                      s2t_window_name((enum s2t_window)word[i].write.window),
		                                      "address", json_sprintf("0x%" PRIx64, word[i].write.addr),
		                                      "holds", s2t_explain_word(&ls->board, &word[i]).text,
		                                      "before", json_sprintf("0x%" PRIx64, word[i].write.old),
		                                      "after", json_sprintf("0x%" PRIx64, word[i].now),
		                                      "writes", (int)word[i].times, "words",
		                                      word[i].write.whole_page ? 512 : (int)word[i].run));
	free(word);
	return list;
}

static bool returns(const struct s2t_call *call)
{
	return !s2t_is_extra(call->op) && s2t_op_table[call->op].returns;
}

static json_t *model_side(const struct s2t_lockstep *ls)
{
	json_t *side = json_pack("{s:s, s:s, s:o}", "outcome", s2t_outcome_name(ls->step.outcome), "case",
	                         s2t_case_row(ls->step.case_id)->name, "wrote", touched(ls->model));

	if (returns(&ls->call) && ls->step.outcome != S2T_UNDEFINED)
		json_object_set_new(side, "ret", json_sprintf("0x%" PRIx64, ls->step.ret));
	return side;
}

/* NULL: out of memory. */
static json_t *other_side(struct s2t_lockstep *ls)
{
	json_t *wrote = ls->bodies ? touched(s2t_spec_machine_state(ls->bodies)) : words(ls);
	json_t *side = wrote ? json_pack("{s:s, s:o}", "outcome", s2t_outcome_name(ls->result.outcome), "wrote",
	                                 wrote)
	                     : NULL;

	if (side && ls->result.outcome != S2T_OK && ls->result.reason)
		json_object_set_new(side, "reason", json_string(s2t_explain_name(ls->result.reason).text));
	if (side && returns(&ls->call) && ls->result.outcome != S2T_UNDEFINED)
		json_object_set_new(side, "ret", json_sprintf("0x%" PRIx64, ls->result.ret));
	return side;
}

bool s2t_steplog_step(FILE *out, struct s2t_lockstep *ls, const char *trace, enum s2t_verdict verdict)
{
	static const char *const verdicts[] = {
		[S2T_AGREED] = "agreed",     [S2T_NOT_RUN] = "not run",         [S2T_ENDED] = "ended",
		[S2T_DIVERGED] = "DIVERGED", [S2T_NO_MEMORY] = "out of memory",
	};
	const bool fits = s2t_op_fits(ls->ops, &ls->call), ran = fits && (verdict != S2T_NOT_RUN || ls->bodies);
	json_t *model = fits ? model_side(ls) : json_null(), *other = ran ? other_side(ls) : json_null();
	json_t *line = NULL;
	char call[160];

	s2t_call_print_for(call, sizeof(call), ls->ops, &ls->call);
	if (model && other) {
		line = json_pack("{s:s, s:i, s:s, s:s, s:o, s:o}", "trace", s2t_explain_name(trace).text,
		                 "step", (int)ls->step_number, "operation", call, "verdict", verdicts[verdict],
		                 "model", model, ls->bodies ? "body" : "implementation", other);
	} else {
		json_decref(model);
		json_decref(other);
	}
	const bool good = line && json_dumpf(line, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;

	json_decref(line);
	return good;
}

bool s2t_steplog_lost(FILE *out, const struct s2t_iut_ops *iut, const struct s2t_call *call, uint32_t step,
                      const char *trace, const char *reason)
{
	char text[160];

	s2t_call_print_for(text, sizeof(text), iut, call);
	json_t *line = json_pack("{s:s, s:i, s:s, s:s, s:s}", "trace", s2t_explain_name(trace).text, "step",
	                         (int)step, "operation", text, "verdict", "did not return", "reason", reason);
	const bool good = line && json_dumpf(line, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;

	json_decref(line);
	return good && fflush(out) == 0;
}
