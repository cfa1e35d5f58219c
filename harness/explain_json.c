/* SPDX-License-Identifier: BSD-2-Clause */
/* The explanation as JSON: the same facts as the text, with addresses and values as lower-case hex strings. */
#include <inttypes.h>

#include "explain_forms.h"
#include "extra.h"

#ifndef S2T_VERSION
#define S2T_VERSION "0.1.0"
#endif

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *text_or_null(const char *text)
{
	json_t *string = text && *text ? json_string(text) : json_null();

	return string ? string : json_string(s2t_explain_name(text).text); /* it was not UTF-8 */
}

static json_t *fields(const struct s2t_diff *diff, const uint64_t value[3])
{
	const enum s2t_entry_kind kind = (enum s2t_entry_kind)diff->entry.kind;
	json_t *object;

	if (diff->kind != S2T_DIFF_ENTRY && diff->kind != S2T_DIFF_TOUCHED)
		return hex(value[0]);
	object = json_object();
	for (unsigned i = 0; s2t_field_name(kind, i); i++)
		json_object_set_new(object, s2t_field_name(kind, i), hex(value[i]));
	return object;
}

static json_t *bits(const struct s2t_descriptor *descriptor)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < descriptor->count; i++) {
		const struct s2t_bits *field = &descriptor->bits[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:o, s:o}", "name", field->name, "high",
		                                      (int)field->high, "low", (int)field->low, "value",
		                                      hex(field->value), "text", text_or_null(field->text)));
	}
	return list;
}

static json_t *tree(const struct s2t_tree *walk)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < walk->count; i++) {
		const struct s2t_tree_level *level = &walk->level[i];

		json_array_append_new(
			list, json_pack("{s:i, s:o, s:i, s:o, s:o, s:s, s:s, s:o}", "level", (int)level->level,
		                        "table", hex(level->table), "index", (int)level->index, "address",
		                        hex(level->address), "descriptor", hex(level->descriptor.raw), "type",
		                        s2t_descriptor_type_name(level->descriptor.type), "summary",
		                        level->descriptor.summary, "bits", bits(&level->descriptor)));
	}
	return list;
}

static json_t *difference(const struct s2t_explanation *e, const struct s2t_explained_diff *diff)
{
	const bool has_place = !e->bodies && diff->fault > S2T_WRONG_RETURN &&
	                       diff->fault != S2T_WRONG_EVENTS && diff->fault != S2T_WRONG_UNSAFE;
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "entry", diff->name, "kind",
	                           s2t_diff_kind_name(diff->diff.kind), "role", s2t_role_name(diff->role),
	                           "fault", s2t_wrong_name(diff->fault), "why", diff->why, "model_wrote",
	                           diff->model_wrote, "implementation_wrote", diff->iut_wrote);

	json_object_set_new(object, "fields_that_differ", text_or_null(diff->fields));
	json_object_set_new(object, "before", fields(&diff->diff, diff->diff.before));
	json_object_set_new(object, "model", fields(&diff->diff, diff->diff.model));
	json_object_set_new(object, "implementation",
	                    diff->diff.iut_has_value ? fields(&diff->diff, diff->diff.iut) : json_null());
	json_object_set_new(object, "text", text_or_null(diff->text));
	if (has_place && diff->diff.address != UINT64_MAX) {
		json_object_set_new(object, "window", json_string(s2t_window_name(diff->diff.window)));
		json_object_set_new(object, "address", hex(diff->diff.address));
	}
	if (diff->record != S2T_NOMAP)
		json_object_set_new(object, "record", json_integer((json_int_t)diff->record));
	if (diff->iut.count) {
		json_object_set_new(object, "implementation_walk", tree(&diff->iut));
		json_object_set_new(object, "model_walk", tree(&diff->model));
	} else if (diff->model.count) {
		json_object_set_new(object, "model_walk", tree(&diff->model));
	}
	if (e->reads && diff->fault != S2T_WRONG_STRAY)
		json_object_set_new(object, "read_through", json_string("plug-in"));
	json_object_set_new(object, "further_entries_of_the_descriptor", json_integer(diff->others));
	return object;
}

static json_t *differences(const struct s2t_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->count; i++)
		json_array_append_new(list, difference(e, &e->diff[i]));
	return list;
}

static json_t *words(const struct s2t_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->words; i++) {
		const struct s2t_explained_word *word = &e->word[i];

		json_array_append_new(
			list, json_pack("{s:s, s:o, s:s, s:o, s:o, s:s, s:i, s:i, s:b, s:b}", "window",
		                        s2t_window_name((enum s2t_window)word->write.window), "address",
		                        hex(word->write.addr), "entry", s2t_explain_word(&e->board, word).text,
		                        "before", hex(word->write.old), "after", hex(word->now), "change",
		                        s2t_explain_change(&e->board, word).text, "times", (int)word->times,
		                        "words", (int)word->run, "whole_page", (int)word->write.whole_page,
		                        "differs", word->diff != 0));
	}
	return list;
}

static json_t *step_object(const struct s2t_explanation *e, const struct s2t_explained_step *step)
{
	json_t *touched = json_array();
	char call[160], name[S2T_ENTRY_NAME];

	s2t_call_print_for(call, sizeof(call), e->iut, &step->call);
	for (size_t i = 0; i < step->touches; i++) {
		s2t_entry_name(&e->touch[step->touch + i], name, sizeof(name));
		json_array_append_new(touched, json_string(name));
	}
	json_t *object = json_pack("{s:i, s:s, s:s, s:s, s:b, s:o}", "step", (int)step->number, "operation",
	                           call, "outcome", s2t_outcome_name(step->model.outcome), "case",
	                           s2t_case_row(step->model.case_id)->name, "related", step->related, "touched",
	                           touched);

	if (s2t_hypercall_name(&e->board, &step->call))
		json_object_set_new(object, "hypercall",
		                    json_string(s2t_hypercall_name(&e->board, &step->call)));
	return object;
}

/* The steps that have to do with the divergence. */
static json_t *steps(const struct s2t_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->steps; i++)
		if (e->stepping[i].related || e->stepping[i].touches)
			json_array_append_new(list, step_object(e, &e->stepping[i]));
	return list;
}

static json_t *invariant_side(const struct s2t_invariants *at, int side, int i)
{
	const struct s2t_invariant_state *state = &at->state[side][i];

	return json_pack("{s:b, s:I, s:o}", "holds", state->broken == 0, "broken", (json_int_t)state->broken,
	                 "first", text_or_null(state->first));
}

static json_t *invariants(const struct s2t_explanation *e)
{
	json_t *list = json_array();

	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:{s:o, s:o}, s:{s:o, s:o}}", "number",
		                        s2t_invariant_table[i].number, "name", s2t_invariant_table[i].name,
		                        "text", s2t_invariant_table[i].text, "before", "model",
		                        invariant_side(&e->before, S2T_SIDE_MODEL, i), "implementation",
		                        invariant_side(&e->before, S2T_SIDE_IUT, i), "after", "model",
		                        invariant_side(&e->after, S2T_SIDE_MODEL, i), "implementation",
		                        invariant_side(&e->after, S2T_SIDE_IUT, i)));
	return list;
}

static json_t *shrinking(const struct s2t_explanation *e)
{
	if (!e->context.shrunk_from)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:b}", "from", (json_int_t)e->context.shrunk_from, "to",
	                 (json_int_t)e->number, "replays", (json_int_t)e->context.shrink_replays, "minimal",
	                 e->context.minimal);
}

/* The parts of an operation that the implementation declares. */
static json_t *meaning(const struct s2t_explanation *e)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_parts(e->iut, &e->call, part);
	json_t *list = json_array();
	char call[160];

	for (size_t i = 0; i < parts; i++) {
		s2t_call_print(call, sizeof(call), &part[i]);
		json_array_append_new(list, json_string(call));
	}
	return list;
}

static json_t *case_object(const struct s2t_explanation *e)
{
	const struct s2t_case_info *info = s2t_case_row(e->step.case_id);

	if (s2t_is_extra(e->call.op))
		return json_pack("{s:s, s:s, s:o}", "id", info->name, "text", info->text, "means", meaning(e));
	return json_pack("{s:s, s:s, s:o, s:s}", "id", info->name, "text", info->text, "file",
	                 json_sprintf("%s.v", s2t_op_table[e->call.op].file), "definition",
	                 s2t_explain_definition(e).text);
}

static json_t *life_row(const struct s2t_explanation *e, const struct s2t_life_row *row)
{
	json_t *changes = json_array();

	for (uint32_t i = 0; i < row->changes; i++)
		json_array_append_new(changes, json_pack("{s:I, s:s}", "step", (json_int_t)row->change[i].step,
		                                         "state", s2t_vm_state_name(row->change[i].to)));
	return json_pack("{s:I, s:o, s:s, s:I, s:o, s:s, s:o}", "vm", (json_int_t)row->vmid, "vcpu",
	                 row->vcpuid == S2T_LIFE_NO_VCPU ? json_null() : json_integer(row->vcpuid), "first",
	                 s2t_vm_state_name(row->first), "earlier_changes", (json_int_t)row->dropped, "changes",
	                 changes, "model", s2t_vm_state_name(s2t_life_now(row)), "implementation",
	                 row->iut_told && !e->context.lost ? text_or_null(s2t_vm_state_name(row->iut))
	                                                   : json_null());
}

/* The states of VMs and vCPUs over the steps. */
static json_t *life(const struct s2t_explanation *e)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < e->life.rows; i++)
		json_array_append_new(list, life_row(e, &e->life.row[i]));
	return list;
}

json_t *s2t_explain_json(const struct s2t_explanation *e)
{
	json_t *object = json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:I, s:i}", "version", S2T_VERSION,
	                           "origin", text_or_null(e->context.origin), "implementation", e->iut_name,
	                           "implementation_version", e->iut_version, "level",
	                           e->bodies ? "body" : "stack", "model",
	                           e->options.spec == S2T_SPEC_LOW ? "low" : "high", "board",
	                           text_or_null(e->board.name), "operations", (json_int_t)e->operations, "step",
	                           (int)e->number);
	char call[160];

	s2t_call_print_for(call, sizeof(call), e->iut, &e->call);
	json_object_set_new(object, "signature", text_or_null(e->context.signature));
	json_object_set_new(object, "difference", text_or_null(e->context.signature_text));
	json_object_set_new(object, "corpus", text_or_null(e->context.corpus));
	json_object_set_new(object, "shrunk", shrinking(e));
	if (e->context.replayed)
		json_object_set_new(object, "repeats",
		                    json_pack("{s:i, s:i}", "times", (int)e->context.repeated, "of",
		                              (int)e->context.replayed));
	json_object_set_new(object, "returned", json_boolean(!e->context.lost));
	json_object_set_new(object, "unsteady", json_boolean(e->unsteady));
	json_object_set_new(object, "kind", json_string(s2t_diff_kind_name(e->kind)));
	json_object_set_new(object, "operation", json_string(call));
	json_object_set_new(object, "case", json_string(s2t_case_row(e->step.case_id)->name));
	json_object_set_new(object, "case_info", case_object(e));
	json_object_set_new(object, "known", text_or_null(e->known));
	json_object_set_new(object, "model_outcome", json_string(s2t_outcome_name(e->step.outcome)));
	json_object_set_new(object, "implementation_outcome", json_string(s2t_outcome_name(e->result.outcome)));
	json_object_set_new(object, "reason", text_or_null(e->result.outcome == S2T_OK ? NULL : e->reason));
	if (!s2t_is_extra(e->call.op) && s2t_op_table[e->call.op].returns) {
		json_object_set_new(object, "model_return", hex(e->step.ret));
		json_object_set_new(object, "implementation_return", hex(e->result.ret));
	}
	json_object_set_new(object, "cause", json_string(e->diff[0].name));
	json_object_set_new(object, "look_at", text_or_null(e->look_at));
	json_object_set_new(object, "differences", json_integer((json_int_t)e->total));
	json_object_set_new(object, "state", differences(e));
	json_object_set_new(object, "words", words(e));
	json_object_set_new(object, "steps", steps(e));
	if (e->life.rows > 0)
		json_object_set_new(object, "life", life(e));
	json_object_set_new(object, "invariants", invariants(e));
	json_object_set_new(object, "trace", text_or_null(e->context.trace));
	return object;
}
