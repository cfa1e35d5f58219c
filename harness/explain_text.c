/* SPDX-License-Identifier: BSD-2-Clause */
/* The explanation as text of 100 columns. */
#include <inttypes.h>
#include <string.h>

#include "console.h"
#include "explain_forms.h"
#include "extra.h"

enum { SHOWN_STEPS = 8, SHOWN_WORDS = 24, SHOWN_DIFFS = 12 };

static void print_headline(const struct s2t_console *console, const struct s2t_explanation *e)
{
	const struct s2t_explain_context *context = &e->context;

	s2t_console_put(console, S2T_STYLE_BAD, 0, "DIVERGENCE");
	s2t_console_put(console, S2T_STYLE_BOLD, 0, "  %s  step %" PRIu32 " of %zu",
	                s2t_diff_kind_name(e->kind), e->number, e->operations);
	if (context->signature)
		s2t_console_put(console, S2T_STYLE_BOLD, 0, "  %s", context->signature);
	if (context->corpus)
		s2t_console_put(console, S2T_STYLE_BOLD, 0, "  %s", context->corpus);
	fputs("\n", console->out);
	fprintf(console->out, "%s %s %s%s · model %s · board %s", e->bodies ? "bodies of" : "implementation",
	        e->iut_name, e->iut_version, e->bodies ? " over the primitives of the model" : "",
	        e->options.spec == S2T_SPEC_LOW ? "low" : "high", s2t_explain_name(e->board.name).text);
	if (context->origin)
		fprintf(console->out, " · %s", context->origin);
	fputs("\n", console->out);
	if (context->signature_text)
		s2t_console_put(console, S2T_STYLE_DIM, 0, "%s\n", context->signature_text);
	if (context->shrunk_from)
		fprintf(console->out, "shrunk from %zu to %" PRIu32 " operations in %" PRIu64 " replays; %s\n",
		        context->shrunk_from, e->number, context->shrink_replays,
		        context->minimal ? "1-minimal: each was left out once"
		                         : "a limit was reached: `s2twin shrink` goes on");
	if (context->replayed)
		fprintf(console->out, "not shrunk: it repeats in %u of %u replays of the same calls\n",
		        context->repeated, context->replayed);
	if (e->unsteady)
		fputs("The steps before this one diverged when they were replayed for this report: the implementation\n"
		      "depends on more than the board and its calls. What follows is of the first run.\n",
		      console->out);
}

/* What a step touched, under it, in at most one line. */
static void print_touches(const struct s2t_console *console, const struct s2t_explanation *e,
                          const struct s2t_explained_step *step)
{
	const char *hypercall = s2t_hypercall_name(&e->board, &step->call);
	int room = S2T_CONSOLE_WIDTH - 8;

	if (step->touches == 0 && !hypercall)
		return;
	fputs("      ", console->out);
	if (hypercall) {
		s2t_console_put(console, S2T_STYLE_DIM, 0, "%s%s", hypercall, step->touches ? ":  " : "");
		room -= (int)strlen(hypercall) + 3;
	}
	for (size_t i = 0; i < step->touches; i++) {
		char name[S2T_ENTRY_NAME];

		s2t_entry_name(&e->touch[step->touch + i], name, sizeof(name));
		if ((int)strlen(name) + 1 > room) {
			s2t_console_put(console, S2T_STYLE_DIM, 0, " …");
			break;
		}
		room -= (int)strlen(name) + 2;
		s2t_console_put(console, S2T_STYLE_DIM, 0, "%s%s", i ? "  " : "", name);
	}
	fputs("\n", console->out);
}

static void print_step(const struct s2t_console *console, const struct s2t_explanation *e,
                       const struct s2t_explained_step *step)
{
	const bool last = step->number == e->number;
	char call[160];

	s2t_call_print_for(call, sizeof(call), e->iut, &step->call);
	s2t_console_put(console, last ? S2T_STYLE_BOLD : S2T_STYLE_PLAIN, 6, "%c %3" PRIu32 " ",
	                last ? '>' : ' ', step->number);
	s2t_console_put(console, last ? S2T_STYLE_BOLD : S2T_STYLE_PLAIN, 76, "%s", call);
	fprintf(console->out, " %-9s %s\n", s2t_outcome_name(step->model.outcome),
	        s2t_case_row(step->model.case_id)->name);
	print_touches(console, e, step);
}

/* All steps of a short sequence; else the last ones that have to do with the divergence. */
static void print_steps(const struct s2t_console *console, const struct s2t_explanation *e)
{
	const bool all = e->steps <= SHOWN_STEPS;
	size_t related = 0, skipped = 0;

	for (size_t i = 0; i < e->steps; i++)
		related += e->stepping[i].related;
	for (size_t i = 0; i < e->steps; i++) {
		const struct s2t_explained_step *step = &e->stepping[i];

		if (!all && (!step->related || related-- > SHOWN_STEPS)) {
			skipped++;
			continue;
		}
		if (skipped)
			s2t_console_put(console, S2T_STYLE_DIM, 0, "      … %zu step%s\n", skipped,
			                skipped == 1 ? "" : "s");
		skipped = 0;
		print_step(console, e, step);
	}
}

/* The parts of an operation that the implementation declares. */
static void print_meaning(const struct s2t_console *console, const struct s2t_explanation *e)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_parts(e->iut, &e->call, part);
	char call[160];

	for (size_t i = 0; i < parts; i++) {
		s2t_call_print(call, sizeof(call), &part[i]);
		s2t_console_paragraph(console, i == 0 ? "MEANS" : NULL, "%s", call);
	}
}

static void print_outcome(const struct s2t_console *console, const struct s2t_explanation *e)
{
	const struct s2t_case_info *info = s2t_case_row(e->step.case_id);
	struct s2t_op_info row;
	const struct s2t_op_info *op = s2t_op_row(e->iut, e->call.op, &row);
	const bool stopped = e->result.outcome != S2T_OK && e->reason[0];

	if (s2t_is_extra(e->call.op))
		print_meaning(console, e);
	else
		s2t_console_paragraph(console, "CASE", "%s  %s  (%s.v, %s)", info->name, info->text, op->file,
		                      s2t_explain_definition(e).text);
	if (e->known[0])
		s2t_console_paragraph(console, "KNOWN", "%s; so the model took the low form here", e->known);
	s2t_console_paragraph(console, "OUTCOME", "model %s    %s %s%s%s%s", s2t_outcome_name(e->step.outcome),
	                      e->other, s2t_outcome_name(e->result.outcome), stopped ? " (" : "",
	                      stopped ? e->reason : "", stopped ? ")" : "");
	if (op->returns)
		s2t_console_paragraph(console, "RETURN", "model 0x%" PRIx64 "    %s 0x%" PRIx64, e->step.ret,
		                      e->other, e->result.ret);
}

static void print_cause(const struct s2t_console *console, const struct s2t_explanation *e)
{
	const struct s2t_explained_diff *cause = &e->diff[0];

	s2t_console_paragraph(console, "CAUSE", "%s: %s. %s.", cause->name, s2t_wrong_name(cause->fault),
	                      s2t_explain_sentence(cause->why).text);
	if (cause->fields[0])
		s2t_console_paragraph(console, NULL, "They differ in: %s.", cause->fields);
	if (e->count == 1 && !e->context.lost)
		s2t_console_paragraph(console, NULL, "Nothing else differs: the whole state was compared.");
	if (e->look_at[0])
		s2t_console_paragraph(console, "LOOK AT", "%s", e->look_at);
}

static void print_field(const struct s2t_console *console, const struct s2t_explanation *e,
                        const struct s2t_diff *diff, unsigned i)
{
	const enum s2t_entry_kind kind = (enum s2t_entry_kind)diff->entry.kind;
	const bool same = diff->iut_has_value && diff->model[i] == diff->iut[i];
	char before[S2T_VALUE_TEXT], model[S2T_VALUE_TEXT], iut[S2T_VALUE_TEXT];

	s2t_value_text(&e->board, &diff->entry, i, diff->before[i], before, sizeof(before));
	s2t_value_text(&e->board, &diff->entry, i, diff->model[i], model, sizeof(model));
	s2t_value_text(&e->board, &diff->entry, i, diff->iut[i], iut, sizeof(iut));
	if (!diff->iut_has_value)
		snprintf(iut, sizeof(iut), "not uniform");
	fprintf(console->out, "   %-8s %-23s ", s2t_field_name(kind, i), before);
	s2t_console_put(console, same ? S2T_STYLE_PLAIN : S2T_STYLE_GOOD, 24, "%s", model);
	s2t_console_put(console, same ? S2T_STYLE_PLAIN : S2T_STYLE_BAD, same ? 0 : 24, "%s",
	                same ? "same" : iut);
	s2t_console_put(console, S2T_STYLE_BAD, 0, "%s", same ? "" : "!!");
	fputs("\n", console->out);
}

/* One level of a walk; `at` instead of the place of the descriptor unless NULL. */
static void print_level(const struct s2t_console *console, const char *whose,
                        const struct s2t_tree_level *level, const char *at, enum s2t_style style)
{
	char place[48];

	snprintf(place, sizeof(place), "0x%" PRIx64 "[%u]", level->table, level->index);
	fprintf(console->out, "   %-8s L%u ", whose, level->level);
	s2t_console_put(console, S2T_STYLE_PLAIN, 16, "%s", at ? at : place);
	fputs(" ", console->out);
	s2t_console_put(console, style, 18, "0x%" PRIx64, level->descriptor.raw);
	fputs(" ", console->out);
	s2t_console_wrap(console, 51, level->descriptor.summary);
}

static void print_tree(const struct s2t_console *console, const char *whose, const struct s2t_tree *tree,
                       enum s2t_style style)
{
	for (unsigned i = 0; i < tree->count; i++)
		print_level(console, i == 0 ? whose : "", &tree->level[i], NULL,
		            i + 1 == tree->count ? style : S2T_STYLE_PLAIN);
}

/* The last descriptor of the model's walk; all of the walk where a table differs. */
static void print_model_tree(const struct s2t_console *console, const struct s2t_explained_diff *diff)
{
	bool same = diff->model.count == diff->iut.count && diff->model.count != 0;

	for (unsigned i = 0; same && i + 1 < diff->model.count; i++)
		same = diff->model.level[i].descriptor.raw == diff->iut.level[i].descriptor.raw;
	if (same)
		print_level(console, "model", &diff->model.level[diff->model.count - 1], "the same place",
		            S2T_STYLE_GOOD);
	else
		print_tree(console, "model", &diff->model, S2T_STYLE_GOOD);
}

static void print_place(const struct s2t_console *console, const struct s2t_explanation *e,
                        const struct s2t_explained_diff *diff)
{
	if (e->bodies || diff->fault == S2T_WRONG_EVENTS || diff->fault == S2T_WRONG_UNSAFE)
		return; /* a model holds no bytes */
	if (diff->iut.count) {
		print_tree(console, "walk", &diff->iut, S2T_STYLE_BAD);
		print_model_tree(console, diff);
	} else if (diff->model.count) {
		print_tree(console, "model", &diff->model, S2T_STYLE_GOOD);
	}
	if (e->reads && diff->fault != S2T_WRONG_STRAY) {
		fputs("   read through the plug-in\n", console->out);
		return;
	}
	if (diff->diff.address == UINT64_MAX)
		return;
	fprintf(console->out, "   read at  0x%" PRIx64 " in the %s", diff->diff.address,
	        s2t_window_name(diff->diff.window));
	if (diff->record != S2T_NOMAP)
		fprintf(console->out, ", record %" PRIu64, diff->record);
	fputs("\n", console->out);
}

static void print_diff(const struct s2t_console *console, const struct s2t_explanation *e,
                       const struct s2t_explained_diff *diff)
{
	const enum s2t_entry_kind kind = (enum s2t_entry_kind)diff->diff.entry.kind;

	if (diff->fault == S2T_WRONG_OUTCOME || diff->fault == S2T_WRONG_RETURN)
		return; /* stand above */
	fputs(" ", console->out);
	s2t_console_put(console, S2T_STYLE_BOLD, 33, "%s", diff->name);
	fputs("  ", console->out);
	s2t_console_put(console, diff->role == S2T_ROLE_CAUSE ? S2T_STYLE_BAD : S2T_STYLE_DIM, 0, "%s: %s\n",
	                s2t_role_name(diff->role), s2t_wrong_name(diff->fault));
	switch (diff->fault) {
	case S2T_WRONG_EVENTS:
	case S2T_WRONG_UNSAFE:
	case S2T_WRONG_CALL: s2t_console_paragraph(console, "   text", "%s", diff->text); break;
	case S2T_WRONG_LOCK:
		fprintf(console->out, "   model %s, %s %s\n", diff->diff.model[0] ? "held" : "free", e->other,
		        diff->diff.iut[0] ? "held" : "free");
		break;
	case S2T_WRONG_STRAY:
		fprintf(console->out, "   0x%" PRIx64 " → 0x%" PRIx64 ": %s\n", diff->diff.before[0],
		        diff->diff.iut[0], diff->text);
		break;
	case S2T_WRONG_TABLE:
		fprintf(console->out, "   descriptor 0x%" PRIx64 ": %s\n", diff->diff.iut[0], diff->text);
		break;
	case S2T_WRONG_CPU:
		fprintf(console->out, "   model %" PRIu64 ", %s %" PRIu64 "\n", diff->diff.model[0], e->other,
		        diff->diff.iut[0]);
		break;
	default:
		if (diff->diff.kind == S2T_DIFF_TOUCHED)
			fprintf(console->out, "   %s\n", diff->text);
		for (unsigned i = 0; s2t_field_name(kind, i); i++)
			print_field(console, e, &diff->diff, i);
	}
	print_place(console, e, diff);
	if (s2t_explain_is_block(diff))
		fprintf(console->out, "   and all 512 entries of the block alike\n");
	if (diff->role != S2T_ROLE_CAUSE)
		s2t_console_paragraph(console, "   why", "%s", diff->why);
}

static void print_state(const struct s2t_console *console, const struct s2t_explanation *e)
{
	size_t shown = 0;

	for (size_t i = 0; i < e->count; i++) {
		if (e->diff[i].fault == S2T_WRONG_OUTCOME || e->diff[i].fault == S2T_WRONG_RETURN)
			continue;
		if (shown++ == 0) {
			s2t_console_put(console, S2T_STYLE_BOLD, S2T_CONSOLE_LABEL, "STATE");
			fprintf(console->out, "%-24s%-24s%s\n", "before", "model", e->other);
		}
		if (shown <= SHOWN_DIFFS)
			print_diff(console, e, &e->diff[i]);
	}
	if (shown > SHOWN_DIFFS)
		fprintf(console->out, " … and %zu more differences; --json and --html show up to %d\n",
		        shown - SHOWN_DIFFS, S2T_MAX_DIFFS);
	if (e->total > S2T_MAX_DIFFS)
		fprintf(console->out, " … the sides differ in %zu places, of which %d were kept\n", e->total,
		        S2T_MAX_DIFFS);
	if (shown == 0)
		s2t_console_paragraph(console, "STATE",
		                      e->context.lost ? "the implementation's is not known: its call did not "
		                                        "return. Below, what it was before stands for it"
		                                      : "the same on both sides (whole state compared)");
	if (!e->bodies && !e->context.lost && (e->step.outcome != S2T_OK || e->result.outcome != S2T_OK))
		s2t_console_paragraph(
			console, NULL,
			"Tables and pool cursors are not compared at a step that does not end ok.");
}

static void print_words(const struct s2t_console *console, const struct s2t_explanation *e)
{
	if (e->bodies || e->reads || e->context.lost)
		return;
	if (e->words == 0) {
		s2t_console_paragraph(console, "WORDS", "the implementation wrote nothing in this step");
		return;
	}
	s2t_console_paragraph(console, "WORDS", "what the implementation wrote in this step, in its order");
	for (size_t i = 0; i < e->words && i < SHOWN_WORDS; i++) {
		const struct s2t_explained_word *word = &e->word[i];
		char at[48];

		snprintf(at, sizeof(at), "%s 0x%" PRIx64, s2t_window_name((enum s2t_window)word->write.window),
		         word->write.addr);
		s2t_console_put(console, word->diff ? S2T_STYLE_BAD : S2T_STYLE_PLAIN, 0, "%s %-25s  %-20s  %s",
		                word->diff ? " !!" : "   ", at, s2t_explain_word(&e->board, word).text,
		                s2t_explain_change(&e->board, word).text);
		fputs("\n", console->out);
	}
	if (e->words > SHOWN_WORDS)
		fprintf(console->out, "    … and %zu more\n", e->words - SHOWN_WORDS);
}

static void print_invariants(const struct s2t_console *console, const struct s2t_explanation *e)
{
	unsigned broken = 0;

	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		struct s2t_explain_verdicts v = s2t_explain_invariant(e, (enum s2t_invariant)i);

		if (!v.any)
			continue;
		s2t_console_paragraph(console, broken++ ? NULL : "INVARIANTS", "%s %s: before %s; after %s%s%s",
		                      s2t_invariant_table[i].number, s2t_invariant_table[i].name, v.before,
		                      v.after, v.first ? ": " : "", v.first ? v.first : "");
	}
	if (broken == 0)
		s2t_console_paragraph(console, "INVARIANTS", "all %d hold on both sides, before and after",
		                      S2T_INVARIANT_COUNT);
	else
		s2t_console_paragraph(console, NULL, "The other %d hold on both sides, before and after.",
		                      S2T_INVARIANT_COUNT - (int)broken);
}

static void print_commands(const struct s2t_console *console, const struct s2t_explanation *e)
{
	const char *options = e->context.options ? e->context.options : "";
	char trace[1024];

	if (!e->context.trace)
		return;
	s2t_shell_word(e->context.trace, trace, sizeof(trace));
	s2t_console_paragraph(console, "REPLAY", "s2twin replay%s %s", options, trace);
	if (!e->bodies)
		s2t_console_paragraph(console, NULL, "s2twin replay%s --stop-at %" PRIu32 " --gdb %s", options,
		                      s2t_explain_stop(e), trace);
	s2t_console_paragraph(console, NULL, "s2twin explain%s --html report.html %s", options, trace);
	if (e->context.corpus)
		s2t_console_paragraph(console, "KEEP", "s2twin promote%s %s",
		                      e->options.chosen ? e->options.chosen : "", trace);
}

/* The states of VMs and vCPUs, where there were any. */
static void print_life(const struct s2t_console *console, const struct s2t_explanation *e)
{
	const struct s2t_life *life = &e->life;

	for (unsigned i = 0; i < life->rows; i++) {
		const struct s2t_life_row *row = &life->row[i];
		char name[40], text[S2T_LIFE_TEXT], other[80] = "";

		s2t_life_name(row, name, sizeof(name));
		s2t_life_text(row, text, sizeof(text));
		if (row->iut_told && !e->context.lost && row->iut != s2t_life_now(row)) {
			const char *state = s2t_vm_state_name(row->iut);

			snprintf(other, sizeof(other), " !! %s %s", e->other, state ? state : "in no state");
		}
		s2t_console_paragraph(console, i == 0 ? "LIFE" : NULL, "%s: %s%s", name, text, other);
	}
	if (life->left_out)
		s2t_console_paragraph(console, NULL, "and other VMs and vCPUs");
}

void s2t_explain_print(FILE *out, const struct s2t_explanation *e)
{
	const struct s2t_console console = s2t_console_on(out);

	print_headline(&console, e);
	print_steps(&console, e);
	print_outcome(&console, e);
	print_cause(&console, e);
	print_state(&console, e);
	print_life(&console, e);
	print_words(&console, e);
	print_invariants(&console, e);
	print_commands(&console, e);
}
