/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The explanation as one page that needs nothing else: no script, no network, no font. It reads from what matters
 * most to what is looked up: cause, outcome, steps, picture, differences, words, invariants, commands.
 */
#include <inttypes.h>
#include <string.h>

#include "console.h"
#include "explain_html.h"
#include "extra.h"

#ifndef S2T_VERSION
#define S2T_VERSION "0.1.0"
#endif

/* Steps that are open; those that are listed at all, the first and the last ones; entries of one. A page of more than a
 * few hundred lines is not read, and one of a hundred thousand not even drawn. */
enum { OPEN_STEPS = 12, FIRST_STEPS = 50, LAST_STEPS = 250, LISTED_TOUCHES = 64 };

static void pill(FILE *out, const char *colour, const char *text)
{
	s2t_html(out, "<span class='pill %s'>", colour);
	s2t_html_text(out, "%s", text);
	s2t_html(out, "</span>");
}

static void write_head(FILE *out, const struct s2t_explanation *e)
{
	const char *op = s2t_op_name(e->iut, e->call.op);

	s2t_html(out, "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
	              "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
	              "<meta name='color-scheme' content='light dark'>\n<title>");
	s2t_html_text(out, "%s diverged at step %" PRIu32 "%s%s", op, e->number,
	              e->context.signature ? " · " : "", e->context.signature ? e->context.signature : "");
	s2t_html(out, "</title>\n<style>\n");
	for (const char *const *piece = s2t_html_style; *piece; piece++)
		s2t_html(out, "%s\n", *piece);
	s2t_html(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void write_title(FILE *out, const struct s2t_explanation *e)
{
	const struct s2t_explain_context *context = &e->context;

	s2t_html(out, "<header>");
	pill(out, "bad", "divergence");
	pill(out, "", s2t_diff_kind_name(e->kind));
	if (context->corpus)
		pill(out, strcmp(context->corpus, "NEW") == 0 ? "warn" : "good", context->corpus);
	if (context->signature) {
		s2t_html(out, "<small class='m' title='");
		s2t_html_text(out, "%s", context->signature_text ? context->signature_text : "signature");
		s2t_html(out, "'>");
		s2t_html_text(out, "%s", context->signature);
		s2t_html(out, "</small>");
	}
	s2t_html(out, "<h1><span class='m'>");
	s2t_html_text(out, "%s", s2t_op_name(e->iut, e->call.op));
	s2t_html(out, "</span> diverged at step %" PRIu32 " of %zu</h1><p class='soft'>", e->number,
	         e->operations);
	s2t_html_text(out, "%s %s %s%s · model %s · board %s", e->bodies ? "bodies of" : "implementation",
	              e->iut_name, e->iut_version, e->bodies ? " over the primitives of the model" : "",
	              e->options.spec == S2T_SPEC_LOW ? "low" : "high", e->board.name);
	if (context->origin)
		s2t_html_text(out, " · %s", context->origin);
	if (context->shrunk_from)
		s2t_html_text(out, " · shrunk from %zu to %" PRIu32 " operations in %" PRIu64 " replays%s",
		              context->shrunk_from, e->number, context->shrink_replays,
		              context->minimal ? "; none of them can be left out" : "");
	if (context->replayed)
		s2t_html_text(out, " · not shrunk: it repeats in %u of %u replays of the same calls",
		              context->repeated, context->replayed);
	s2t_html(out, "</p></header>\n");
	if (e->unsteady)
		s2t_html(
			out,
			"<p class='bad'>The steps before this one diverged when they were replayed for this report: the "
			"implementation depends on more than the board and its calls.</p>");
}

static void write_cause(FILE *out, const struct s2t_explanation *e)
{
	const struct s2t_explained_diff *cause = &e->diff[0];

	s2t_html(out,
	         "<section class='card cause'><div class='soft'>Cause</div><div class='name'><span class='m'>");
	s2t_html_text(out, "%s", cause->name);
	s2t_html(out, "</span> — %s</div><p>", s2t_wrong_name(cause->fault));
	s2t_html_text(out, "%s.", s2t_explain_sentence(cause->why).text);
	if (cause->fields[0]) {
		s2t_html(out, " They differ in ");
		s2t_html_text(out, "%s.", cause->fields);
	}
	if (e->count == 1 && !e->context.lost)
		s2t_html(out, " Nothing else differs: the whole state was compared.");
	s2t_html(out, "</p>");
	if (e->look_at[0]) {
		s2t_html(out, "<div class='look'><span class='soft'>Look at</span> ");
		s2t_html_text(out, "%s", e->look_at);
		s2t_html(out, "</div>");
	}
	s2t_html(out, "</section>\n");
}

static void write_side(FILE *out, const char *side, enum s2t_outcome outcome, bool same)
{
	s2t_html(out, "<div class='card'><div class='soft'>%s</div><div class='out%s'>%s</div>", side,
	         same ? "" : " bad", s2t_outcome_name(outcome));
}

/* The parts of an operation that the implementation declares; ends the paragraph. */
static void write_meaning(FILE *out, const struct s2t_explanation *e)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_parts(e->iut, &e->call, part);
	char call[160];

	for (size_t i = 0; i < parts; i++) {
		s2t_call_print(call, sizeof(call), &part[i]);
		s2t_html(out, "<br><small><span class='m'>");
		s2t_html_text(out, "%s", call);
		s2t_html(out, "</span></small>");
	}
	s2t_html(out, "</p>");
}

static void write_outcome(FILE *out, const struct s2t_explanation *e)
{
	const struct s2t_case_info *info = s2t_case_row(e->step.case_id);
	struct s2t_op_info row;
	const struct s2t_op_info *op = s2t_op_row(e->iut, e->call.op, &row);
	const bool same = e->step.outcome == e->result.outcome, returns = op->returns;
	const char *wrong = e->step.ret == e->result.ret ? "" : " bad";
	char call[160];

	s2t_call_print_for(call, sizeof(call), e->iut, &e->call);
	s2t_html(out, "<h2>The step</h2>\n<pre>");
	s2t_html_text(out, "%s", call);
	s2t_html(out, "</pre>\n<div class='two'>");
	write_side(out, "Model", e->step.outcome, true);
	if (returns)
		s2t_html(out, "<p>returns <span class='m'>0x%" PRIx64 "</span></p>", e->step.ret);
	s2t_html(out, "<p><b>%s</b> ", info->name);
	s2t_html_text(out, "%s", info->text);
	if (s2t_is_extra(e->call.op)) {
		write_meaning(out, e);
	} else {
		s2t_html(out, "<br><small><span class='m'>");
		s2t_html_text(out, "%s", s2t_explain_definition(e).text);
		s2t_html(out, "</span> in %s.v</small></p>", op->file);
	}
	if (e->known[0]) {
		s2t_html(out, "<p><small>");
		s2t_html_text(out, "%s; so the model took the low form here", e->known);
		s2t_html(out, "</small></p>");
	}
	s2t_html(out, "</div>");
	write_side(out, e->bodies ? "Body" : "Implementation", e->result.outcome, same);
	if (returns)
		s2t_html(out, "<p>returns <span class='m%s'>0x%" PRIx64 "</span></p>", wrong, e->result.ret);
	if (e->result.outcome != S2T_OK && e->reason[0]) {
		s2t_html(out, "<p>");
		s2t_html_text(out, "%s", e->reason);
		s2t_html(out, "</p>");
	}
	s2t_html(out, "</div></div>\n");
}

static void write_step(FILE *out, const struct s2t_explanation *e, const struct s2t_explained_step *step)
{
	char call[160], name[S2T_ENTRY_NAME];

	s2t_call_print_for(call, sizeof(call), e->iut, &step->call);
	s2t_html(out, "<tr%s><td class='n'>%" PRIu32 "</td><td><span class='m'>",
	         step->number == e->number ? " class='now'" : "", step->number);
	s2t_html_text(out, "%s", call);
	s2t_html(out, "</span>");
	for (size_t i = 0; i < step->touches && i < LISTED_TOUCHES; i++) {
		s2t_entry_name(&e->touch[step->touch + i], name, sizeof(name));
		s2t_html(out, "%s", i == 0 ? "<br><small>" : ", ");
		s2t_html_text(out, "%s", name);
	}
	if (step->touches > LISTED_TOUCHES)
		s2t_html(out, ", and %zu more", step->touches - LISTED_TOUCHES);
	s2t_html(out, "%s</td><td>%s</td><td class='n' title='", step->touches ? "</small>" : "",
	         s2t_outcome_name(step->model.outcome));
	s2t_html_text(out, "%s", s2t_case_row(step->model.case_id)->text);
	s2t_html(out, "'>%s</td></tr>\n", s2t_case_row(step->model.case_id)->name);
}

static bool is_listed(const struct s2t_explained_step *step)
{
	return step->related || step->touches;
}

/* All steps of a short sequence, else the first and the last of those that have to do with the divergence, the older ones
 * folded. */
static void write_steps(FILE *out, const struct s2t_explanation *e)
{
	size_t shown = 0, folded, left_out, done = 0;

	for (size_t i = 0; i < e->steps; i++)
		shown += is_listed(&e->stepping[i]);
	folded = shown > OPEN_STEPS ? shown - OPEN_STEPS : 0;
	left_out = shown > FIRST_STEPS + LAST_STEPS ? shown - FIRST_STEPS - LAST_STEPS : 0;
	s2t_html(out, "<h2>The steps</h2>\n<div class='card'>");
	if (shown < e->steps)
		s2t_html(out, "<p class='soft'>%zu of %zu steps touched what this is about.</p>", shown,
		         e->steps);
	if (folded)
		s2t_html(out, "<details><summary>%zu earlier steps%s</summary>", folded,
		         left_out ? ", the first and the last of them" : "");
	s2t_html(out, "<table class='steps'>\n");
	for (size_t i = 0; i < e->steps; i++) {
		if (!is_listed(&e->stepping[i]))
			continue;
		if (folded && done == folded)
			s2t_html(out, "</table></details><table class='steps'>\n");
		if (left_out && done == FIRST_STEPS)
			s2t_html(
				out,
				"<tr><td></td><td class='soft' colspan='3'>… %zu steps like these are left out; "
				"<span class='m'>s2twin replay --log FILE</span> writes each step</td></tr>\n",
				left_out);
		if (done < FIRST_STEPS || done >= FIRST_STEPS + left_out)
			write_step(out, e, &e->stepping[i]);
		done++;
	}
	s2t_html(out, "</table></div>\n");
}

static void write_field(FILE *out, const struct s2t_explanation *e, const struct s2t_diff *diff, unsigned i)
{
	const enum s2t_entry_kind kind = (enum s2t_entry_kind)diff->entry.kind;
	const bool same = diff->iut_has_value && diff->model[i] == diff->iut[i];
	char value[S2T_VALUE_TEXT];

	s2t_html(out, "<tr%s><td>%s</td>", same ? "" : " class='d'", s2t_field_name(kind, i));
	s2t_value_text(&e->board, &diff->entry, i, diff->before[i], value, sizeof(value));
	s2t_html(out, "<td class='n'>%s</td>", value);
	s2t_value_text(&e->board, &diff->entry, i, diff->model[i], value, sizeof(value));
	s2t_html(out, "<td class='n o'>%s</td>", value);
	s2t_value_text(&e->board, &diff->entry, i, diff->iut[i], value, sizeof(value));
	s2t_html(out, "<td class='n i'>%s</td></tr>\n", diff->iut_has_value ? value : "not uniform");
}

static void write_table(FILE *out, const struct s2t_explanation *e, const struct s2t_explained_diff *diff)
{
	s2t_html(out, "<table><tr><th></th><th>before</th><th>model</th><th>%s</th></tr>\n", e->other);
	for (unsigned i = 0; s2t_field_name((enum s2t_entry_kind)diff->diff.entry.kind, i); i++)
		write_field(out, e, &diff->diff, i);
	s2t_html(out, "</table>\n");
}

static void write_values(FILE *out, const struct s2t_explanation *e, const struct s2t_explained_diff *diff)
{
	const uint64_t *model = diff->diff.model, *iut = diff->diff.iut;

	switch (diff->fault) {
	case S2T_WRONG_EVENTS:
	case S2T_WRONG_UNSAFE:
	case S2T_WRONG_CALL:
		s2t_html(out, "<p>");
		s2t_html_text(out, "%s", diff->text);
		s2t_html(out, "</p>");
		break;
	case S2T_WRONG_LOCK:
		s2t_html(out, "<p>model <b class='good'>%s</b>, %s <b class='bad'>%s</b></p>",
		         model[0] ? "held" : "free", e->other, iut[0] ? "held" : "free");
		break;
	case S2T_WRONG_CPU:
		s2t_html(out, "<p>model <b class='good'>%" PRIu64 "</b>, %s <b class='bad'>%" PRIu64 "</b></p>",
		         model[0], e->other, iut[0]);
		break;
	case S2T_WRONG_STRAY:
	case S2T_WRONG_TABLE:
		s2t_html(out, "<p><span class='m'>0x%" PRIx64 " → <b class='bad'>0x%" PRIx64 "</b></span> ",
		         diff->diff.before[0], iut[0]);
		s2t_html_text(out, "%s", diff->text);
		s2t_html(out, "</p>");
		break;
	default: write_table(out, e, diff);
	}
}

static void write_place(FILE *out, const struct s2t_explanation *e, const struct s2t_explained_diff *diff)
{
	if (e->reads && diff->fault != S2T_WRONG_STRAY)
		s2t_html(out, "<p class='soft'>Read through the plug-in.</p>");
	if (e->bodies || diff->fault == S2T_WRONG_EVENTS || diff->fault == S2T_WRONG_UNSAFE ||
	    diff->diff.address == UINT64_MAX)
		return;
	s2t_html(out, "<p class='soft'>Read at <span class='m'>0x%" PRIx64 "</span> in the %s",
	         diff->diff.address, s2t_window_name(diff->diff.window));
	if (diff->record != S2T_NOMAP)
		s2t_html(out, ", record %" PRIu64, diff->record);
	s2t_html(out, "%s.</p>", s2t_explain_is_block(diff) ? "; all 512 entries of the block are alike" : "");
}

static void write_diff(FILE *out, const struct s2t_explanation *e, const struct s2t_explained_diff *diff)
{
	s2t_html(out, "<div class='card'><div class='head'><h3 class='m'>");
	s2t_html_text(out, "%s", diff->name);
	s2t_html(out, "</h3>");
	pill(out,
	     diff->role == S2T_ROLE_CAUSE    ? "bad"
	     : diff->role == S2T_ROLE_EFFECT ? ""
	                                     : "warn",
	     s2t_role_name(diff->role));
	pill(out, "", s2t_wrong_name(diff->fault));
	if (diff->role != S2T_ROLE_CAUSE) {
		s2t_html(out, "<small>");
		s2t_html_text(out, "%s", diff->why);
		s2t_html(out, "</small>");
	}
	s2t_html(out, "</div>");
	write_values(out, e, diff);
	write_place(out, e, diff);
	s2t_html_walks(out, e, diff);
	s2t_html(out, "</div>\n");
}

static void write_diffs(FILE *out, const struct s2t_explanation *e)
{
	s2t_html(out, "<h2>What differs</h2>\n");
	for (size_t i = 0; i < e->count; i++)
		if (e->diff[i].fault > S2T_WRONG_RETURN)
			write_diff(out, e, &e->diff[i]);
	if (e->total > S2T_MAX_DIFFS)
		s2t_html(out,
		         "<p class='soft'>The sides differ in %zu places, of which the first %d were kept.</p>",
		         e->total, S2T_MAX_DIFFS);
	if (e->context.lost)
		s2t_html(
			out,
			"<p>The implementation's state is not known: its call did not return. In what follows, and above, what "
			"it was before stands for it.</p>");
	else if (e->count == 1 && e->diff[0].fault <= S2T_WRONG_RETURN)
		s2t_html(out, "<p>Only this: both states are the same.</p>");
	if (!e->bodies && !e->context.lost && (e->step.outcome != S2T_OK || e->result.outcome != S2T_OK))
		s2t_html(
			out,
			"<p class='soft'>Tables and pool cursors are not compared at a step that does not end ok.</p>");
}

static void write_words(FILE *out, const struct s2t_explanation *e)
{
	if (e->bodies || e->reads || e->context.lost)
		return;
	s2t_html(
		out,
		"<h2>What the implementation wrote in this step, in its order</h2>\n<div class='card scroll'>");
	if (e->words == 0)
		s2t_html(out, "<p>Nothing.</p>");
	else
		s2t_html(out, "<table><tr><th>where</th><th>address</th><th>holds</th><th>change</th></tr>\n");
	for (size_t i = 0; i < e->words; i++) {
		const struct s2t_explained_word *word = &e->word[i];

		s2t_html(out, "<tr%s><td>%s</td><td class='n'>0x%" PRIx64 "</td><td class='n'>",
		         word->diff ? " class='d'" : "", s2t_window_name((enum s2t_window)word->write.window),
		         word->write.addr);
		s2t_html_text(out, "%s", s2t_explain_word(&e->board, word).text);
		s2t_html(out, "</td><td class='n i'>");
		s2t_html_text(out, "%s", s2t_explain_change(&e->board, word).text);
		s2t_html(out, "</td></tr>\n");
	}
	s2t_html(out, "%s</div>\n", e->words ? "</table>" : "");
}

static void write_holds(FILE *out, const struct s2t_invariant_state *state)
{
	if (state->broken == 0) {
		s2t_html(out, "<td class='yes'>holds</td>");
		return;
	}
	s2t_html(out, "<td class='no' title='");
	s2t_html_text(out, "%s", state->first);
	s2t_html(out, "'>broken");
	if (state->broken > 1)
		s2t_html(out, " <small>%" PRIu64 " times</small>", state->broken);
	s2t_html(out, "</td>");
}

static void write_invariants(FILE *out, const struct s2t_explanation *e)
{
	s2t_html(
		out,
		"<h2>Invariants</h2>\n<div class='card scroll'><table><tr><th></th><th colspan='2'>before the step"
		"</th><th colspan='2'>after it</th></tr><tr><th></th><th>model</th><th>%s</th><th>model</th><th>%s"
		"</th></tr>\n",
		e->other, e->other);
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_explain_verdicts v = s2t_explain_invariant(e, (enum s2t_invariant)i);

		s2t_html(out, "<tr><td>%s <b class='m'>%s</b> <small>%s</small>", s2t_invariant_table[i].number,
		         s2t_invariant_table[i].name, s2t_invariant_table[i].text);
		if (v.first) {
			s2t_html(out, "<br><small class='%s'>", v.news ? "bad" : "soft");
			s2t_html_text(out, "%s", s2t_explain_sentence(v.first).text);
			s2t_html(out, "</small>");
		}
		s2t_html(out, "</td>");
		for (int side = 0; side < S2T_SIDES; side++)
			write_holds(out, &e->before.state[side][i]);
		for (int side = 0; side < S2T_SIDES; side++)
			write_holds(out, &e->after.state[side][i]);
		s2t_html(out, "</tr>\n");
	}
	s2t_html(out, "</table></div>\n");
}

static void write_commands(FILE *out, const struct s2t_explanation *e)
{
	const char *options = e->context.options ? e->context.options : "";
	char trace[1024];

	if (!e->context.trace)
		return;
	s2t_shell_word(e->context.trace, trace, sizeof(trace));
	s2t_html(out, "<h2>Replay</h2>\n<pre>");
	s2t_html_text(out, "s2twin replay%s %s\n", options, trace);
	if (!e->bodies)
		s2t_html_text(out, "s2twin replay%s --stop-at %" PRIu32 " --gdb %s\n", options,
		              s2t_explain_stop(e), trace);
	if (e->context.corpus)
		s2t_html_text(out, "s2twin promote%s %s\n", e->options.chosen ? e->options.chosen : "", trace);
	s2t_html(out, "</pre>\n");
}

static void write_life_row(FILE *out, const struct s2t_explanation *e, const struct s2t_life_row *row)
{
	const bool told = row->iut_told && !e->context.lost, differs = told && row->iut != s2t_life_now(row);
	const char *iut = s2t_vm_state_name(row->iut);
	char name[40];

	s2t_life_name(row, name, sizeof(name));
	s2t_html(out, "<tr%s><td>%s</td><td>%s%s", differs ? " class='d'" : "", name, row->dropped ? "… " : "",
	         s2t_vm_state_name(row->first));
	for (uint32_t i = 0; i < row->changes; i++)
		s2t_html(out, " <span class='soft'>%" PRIu32 "</span>&nbsp;%s", row->change[i].step,
		         s2t_vm_state_name(row->change[i].to));
	s2t_html(out, "</td><td class='o'>%s</td><td class='i'>%s</td></tr>\n",
	         s2t_vm_state_name(s2t_life_now(row)),
	         !told ? "not told"
	         : iut ? iut
	               : "in no state");
}

/* States of VMs and vCPUs, each with the number of the step that made it. */
static void write_life(FILE *out, const struct s2t_explanation *e)
{
	if (e->life.rows == 0)
		return;
	s2t_html(out,
	         "<h2>The life of the VMs</h2>\n<div class='card scroll'><table>"
	         "<tr><th></th><th>states, after the step of that number</th><th>model</th><th>%s</th></tr>\n",
	         e->other);
	for (unsigned i = 0; i < e->life.rows; i++)
		write_life_row(out, e, &e->life.row[i]);
	s2t_html(out, "</table></div>\n");
}

bool s2t_explain_html(FILE *out, const struct s2t_explanation *e)
{
	write_head(out, e);
	write_title(out, e);
	write_cause(out, e);
	write_outcome(out, e);
	write_steps(out, e);
	s2t_html_picture(out, e);
	write_life(out, e);
	write_diffs(out, e);
	write_words(out, e);
	write_invariants(out, e);
	write_commands(out, e);
	s2t_html(out, "<footer>s2twin " S2T_VERSION "</footer>\n</main>\n</body>\n</html>\n");
	return fflush(out) == 0 && !ferror(out);
}
