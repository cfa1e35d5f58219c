/* SPDX-License-Identifier: BSD-2-Clause */
/* A divergence as text: the step, both outcomes, and each entry as before -> model / implementation. */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_STEPS = 5 };

static const char *const field_names[S2T_ENTRY_KIND_COUNT][3] = {
	[S2T_ENTRY_S2PAGE] = { "owner", "count", "gfn" },
	[S2T_ENTRY_NPT] = { "pfn", "level", "pte" },
	[S2T_ENTRY_NPT_BLOCK] = { "pfn", "level", "pte" },
	[S2T_ENTRY_NPT_TABLE] = { "exists" },
	[S2T_ENTRY_NPT_NEXT] = { "next" },
	[S2T_ENTRY_SPT] = { "pfn", "pte" },
	[S2T_ENTRY_SPT_TABLE] = { "exists" },
	[S2T_ENTRY_SPT_NEXT] = { "next" },
	[S2T_ENTRY_FLATMEM] = { "token" },
	[S2T_ENTRY_DATA_LOG] = { "n" },
};

static const char *const window_names[S2T_WINDOW_COUNT] = {
	[S2T_WINDOW_PAGES] = "page contents",
	[S2T_WINDOW_S2PT] = "stage-2 pools",
	[S2T_WINDOW_SMMU] = "SMMU pools",
	[S2T_WINDOW_EL2] = "EL2 data",
};

static const char *const cursor_names[] = { "pgd", "pud", "pmd" };

static const char *const diff_names[] = {
	[S2T_DIFF_OUTCOME] = "outcome", [S2T_DIFF_RETURN] = "return", [S2T_DIFF_ENTRY] = "state",
	[S2T_DIFF_LOCK] = "lock",       [S2T_DIFF_STRAY] = "stray",   [S2T_DIFF_MALFORMED] = "malformed",
	[S2T_DIFF_TOUCHED] = "touched", [S2T_DIFF_CPU] = "cpu",       [S2T_DIFF_PRIMITIVE] = "primitive",
	[S2T_DIFF_ARGUMENT] = "argument",
};

static void lock_name(uint32_t lock, char *buf, size_t size)
{
	if (lock == S2T_LOCK_S2PAGE)
		snprintf(buf, size, "lock[S2PAGE]");
	else if (lock == S2T_LOCK_SPT)
		snprintf(buf, size, "lock[SPT]");
	else if (lock >= S2T_LOCK_NPT)
		snprintf(buf, size, "lock[NPT %" PRIu32 "]", lock - S2T_LOCK_NPT);
	else
		snprintf(buf, size, "lock[%" PRIu32 "]", lock);
}

/* The abstract entry that a difference is about, such as npt[0][0x40005]. */
static void entry_name(const struct s2t_diff *diff, char *buf, size_t size)
{
	const struct s2t_touch *entry = &diff->entry;

	if (diff->kind == S2T_DIFF_LOCK) {
		lock_name(entry->a, buf, size);
		return;
	}
	if (diff->kind == S2T_DIFF_STRAY) {
		snprintf(buf, size, "word 0x%" PRIx64 " of %s", diff->address, window_names[diff->window]);
		return;
	}
	if (diff->kind == S2T_DIFF_CPU || diff->kind == S2T_DIFF_PRIMITIVE || diff->kind == S2T_DIFF_ARGUMENT) {
		snprintf(buf, size, "%s", diff->kind == S2T_DIFF_CPU ? diff->text : "");
		return;
	}
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE:
		snprintf(buf, size, "s2page[0x%" PRIx64 "]", entry->b);
		break;
	case S2T_ENTRY_NPT:
		snprintf(buf, size, "npt[%" PRIu32 "][0x%" PRIx64 "]", entry->a, entry->b);
		break;
	case S2T_ENTRY_NPT_BLOCK:
		snprintf(buf, size, "npt[%" PRIu32 "][0x%" PRIx64 "] and 511 more", entry->a, entry->b);
		break;
	case S2T_ENTRY_NPT_NEXT:
		snprintf(buf, size, "npt_next[%" PRIu32 "][%s]", entry->a, cursor_names[entry->level]);
		break;
	case S2T_ENTRY_SPT:
		snprintf(buf, size, "spt[%" PRIu32 "][0x%" PRIx64 "]", entry->a, entry->b);
		break;
	case S2T_ENTRY_SPT_NEXT:
		snprintf(buf, size, "spt_next[%s]", entry->level ? "pmd" : "pgd");
		break;
	case S2T_ENTRY_FLATMEM:
		snprintf(buf, size, "flatmem[0x%" PRIx64 "]", entry->b);
		break;
	case S2T_ENTRY_DATA_LOG:
		snprintf(buf, size, "data_log[%" PRIu32 "]", entry->a);
		break;
	case S2T_ENTRY_NPT_TABLE:
		snprintf(buf, size, "npt[%" PRIu32 "] table of level %u for address 0x%" PRIx64, entry->a,
		         entry->level + 1U, entry->b);
		break;
	case S2T_ENTRY_SPT_TABLE:
		snprintf(buf, size, "spt[%" PRIu32 "] table of level %u for address 0x%" PRIx64, entry->a,
		         entry->level + 1U, entry->b);
		break;
	default:
		snprintf(buf, size, "%s", s2t_entry_kind_name((enum s2t_entry_kind)entry->kind));
	}
}

static void print_entry(FILE *out, const struct s2t_diff *diff, bool bodies)
{
	for (unsigned i = 0; i < 3 && field_names[diff->entry.kind][i]; i++) {
		char model[24], iut[24];

		snprintf(model, sizeof(model), "0x%" PRIx64, diff->model[i]);
		snprintf(iut, sizeof(iut), "0x%" PRIx64, diff->iut[i]);
		if (!diff->iut_has_value)
			snprintf(iut, sizeof(iut), "words differ");
		fprintf(out, "  %-7s 0x%-20" PRIx64 " %-22s %-22s%s\n", field_names[diff->entry.kind][i],
		        diff->before[i], model, iut, strcmp(model, iut) ? "!!" : "");
	}
	if (bodies)
		return; /* a model holds no bytes */
	fprintf(out, "  read from");
	for (unsigned i = 0; i < diff->walk.count; i++) {
		const struct s2t_walk_step *step = &diff->walk.step[i];

		fprintf(out, " L%u 0x%" PRIx64 "[%u] = 0x%" PRIx64 "%s", i, step->table, step->index,
		        step->descriptor, i + 1 < diff->walk.count ? " ->" : "");
	}
	if (diff->walk.count == 0)
		fprintf(out, " 0x%" PRIx64, diff->address);
	fprintf(out, " of %s\n", window_names[diff->window]);
}

static void print_diff(FILE *out, const struct s2t_diff *diff, bool bodies)
{
	char name[96];

	if (diff->kind == S2T_DIFF_OUTCOME || diff->kind == S2T_DIFF_RETURN)
		return; /* stand above the state */
	entry_name(diff, name, sizeof(name));
	switch (diff->kind) {
	case S2T_DIFF_LOCK:
		if (diff->text)
			fprintf(out, " %s: %s\n", name, diff->text);
		else
			fprintf(out, " %s: model %s, %s %s\n", name, diff->model[0] ? "held" : "free",
			        bodies ? "body" : "implementation", diff->iut[0] ? "held" : "free");
		break;
	case S2T_DIFF_STRAY:
		fprintf(out, " %s: 0x%" PRIx64 " -> 0x%" PRIx64 ": %s\n", name, diff->before[0], diff->iut[0],
		        diff->text);
		break;
	case S2T_DIFF_MALFORMED:
		fprintf(out, " %s: descriptor 0x%" PRIx64 " at 0x%" PRIx64 ": %s\n", name, diff->iut[0],
		        diff->address, diff->text);
		break;
	case S2T_DIFF_CPU:
		fprintf(out, " %s: model %" PRIu64 ", body %" PRIu64 "\n", name, diff->model[0], diff->iut[0]);
		break;
	case S2T_DIFF_PRIMITIVE:
	case S2T_DIFF_ARGUMENT:
		fprintf(out, " %s\n", diff->text);
		break;
	default:
		fprintf(out, " %s%s%s\n", name, diff->text ? ": " : "", diff->text ? diff->text : "");
		print_entry(out, diff, bodies);
	}
}

/* The last operations with what the model makes of them, found out by running it again. */
static void print_steps(FILE *out, const struct s2t_lockstep *ls, const struct s2t_call *steps)
{
	struct s2t_model *model = s2t_model_create(&ls->board);
	const uint32_t count = ls->step_number;

	for (uint32_t i = 0; i < count; i++) {
		char text[160];
		struct s2t_step step = { S2T_UNDEFINED, S2T_CASE_MPH_0, 0 };

		if (model && s2t_call_fits(&steps[i]))
			s2t_model_step(model, s2t_lockstep_form(ls, i + 1), &steps[i], &step);
		if (i + LAST_STEPS < count)
			continue;
		s2t_call_print(text, sizeof(text), &steps[i]);
		fprintf(out, "%c %4" PRIu32 "  %-64s %-9s %s\n", i + 1 == count ? '>' : ' ', i + 1, text,
		        s2t_outcome_name(step.outcome), s2t_case_table[step.case_id].name);
	}
	s2t_model_destroy(model);
}

void s2t_report_divergence(FILE *out, struct s2t_lockstep *ls, const struct s2t_call *steps, const char *origin)
{
	const struct s2t_case_info *info = &s2t_case_table[ls->step.case_id];
	const struct s2t_op_info *op = &s2t_op_table[ls->call.op];
	const char *other = ls->bodies ? "body" : "implementation";
	const bool low = s2t_lockstep_form(ls, ls->step_number) == S2T_SPEC_LOW &&
	                 ls->call.op <= S2T_OP_UNMAP_SMMU_PAGE;

	fprintf(out, "DIVERGENCE  %s  step %" PRIu32 " of the sequence (%s)\n", diff_names[ls->diffs->diff[0].kind],
	        ls->step_number, origin);
	fprintf(out, "%s %s %s%s, model %s, board %s\n", ls->bodies ? "bodies of" : "implementation", ls->ops->name,
	        ls->ops->version, ls->bodies ? " over the primitives of the model" : "",
	        ls->options.spec == S2T_SPEC_LOW ? "low" : "high", ls->board.name);
	print_steps(out, ls, steps);
	fprintf(out, "CASE     %s  %s    (%s, %s_spec%s)\n", info->name, info->text, op->file, op->name,
	        low ? "0" : "");
	if (ls->known >= 0 && s2t_lockstep_form(ls, ls->step_number) != ls->options.spec) {
		struct s2t_known_info known = s2t_known_info((unsigned)ls->known);

		fprintf(out, "KNOWN    %s  %s; so the model took the low form here\n", s2t_known_names[known.name],
		        known.text);
	}
	fprintf(out, "OUTCOME  model %s    %s %s%s%s%s\n", s2t_outcome_name(ls->step.outcome), other,
	        s2t_outcome_name(ls->result.outcome), ls->result.outcome != S2T_OK ? " (" : "",
	        ls->result.outcome != S2T_OK ? ls->result.reason : "", ls->result.outcome != S2T_OK ? ")" : "");
	if (op->returns)
		fprintf(out, "RETURN   model 0x%" PRIx64 "    %s 0x%" PRIx64 "\n", ls->step.ret, other,
		        ls->result.ret);
	fprintf(out, "%-9s %-22s %-22s %s\n", "STATE", "before", "model", other);
	for (size_t i = 0; i < ls->diffs->total && i < S2T_MAX_DIFFS; i++)
		print_diff(out, &ls->diffs->diff[i], ls->bodies);
	if (ls->diffs->total > S2T_MAX_DIFFS)
		fprintf(out, " … and %zu more differences\n", ls->diffs->total - S2T_MAX_DIFFS);
	if (!ls->bodies && (ls->step.outcome == S2T_PANIC || ls->result.outcome != S2T_OK))
		fprintf(out, " (tables and pool cursors are not compared at a step that does not end ok)\n");
}

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *fields(const struct s2t_diff *diff, const uint64_t value[3])
{
	json_t *object = json_object();

	const bool entry = diff->kind == S2T_DIFF_ENTRY || diff->kind == S2T_DIFF_TOUCHED;

	if (!entry)
		json_object_set_new(object, "value", hex(value[0]));
	for (unsigned i = 0; entry && i < 3 && field_names[diff->entry.kind][i]; i++)
		json_object_set_new(object, field_names[diff->entry.kind][i], hex(value[i]));
	return object;
}

json_t *s2t_report_divergence_json(struct s2t_lockstep *ls, const struct s2t_call *steps, const char *origin)
{
	json_t *diffs = json_array();
	char text[160];

	s2t_call_print(text, sizeof(text), &steps[ls->step_number - 1]);
	for (size_t i = 0; i < ls->diffs->total && i < S2T_MAX_DIFFS; i++) {
		const struct s2t_diff *diff = &ls->diffs->diff[i];
		char name[96] = "";

		if (diff->kind != S2T_DIFF_OUTCOME && diff->kind != S2T_DIFF_RETURN)
			entry_name(diff, name, sizeof(name));
		json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", diff_names[diff->kind], "entry", name,
		                           "before", fields(diff, diff->before), "model", fields(diff, diff->model),
		                           "implementation",
		                           diff->iut_has_value ? fields(diff, diff->iut) : json_null());

		if (diff->text)
			json_object_set_new(object, "text", json_string(diff->text));
		json_array_append_new(diffs, object);
	}
	const bool low = ls->known >= 0 && s2t_lockstep_form(ls, ls->step_number) != ls->options.spec;

	return json_pack("{s:s, s:i, s:s?, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:o}", "origin", origin, "step",
	                 (int)ls->step_number, "known",
	                 low ? s2t_known_names[s2t_known_info((unsigned)ls->known).name] : NULL, "board", ls->board.name, "operation", text, "case",
	                 s2t_case_table[ls->step.case_id].name, "kind", diff_names[ls->diffs->diff[0].kind],
	                 "model_outcome", json_string(s2t_outcome_name(ls->step.outcome)), "implementation_outcome",
	                 json_string(s2t_outcome_name(ls->result.outcome)), "differences",
	                 (json_int_t)ls->diffs->total, "state", diffs);
}
