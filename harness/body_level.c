/* SPDX-License-Identifier: BSD-2-Clause */
/* Lockstep at body level: one operation on both models, and the verdict. */
#include "body_level.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spec_machine.h"

static struct s2t_diff *add_diff(struct s2t_lockstep *ls, enum s2t_diff_kind kind, uint64_t low, uint64_t body)
{
	struct s2t_diff *diff = &ls->diffs->diff[ls->diffs->total++];

	memset(diff, 0, sizeof(*diff));
	diff->kind = kind;
	diff->model[0] = low;
	diff->iut[0] = body;
	diff->iut_has_value = true;
	return diff;
}

/* What the layer interface of the lemma does not allow, with a sentence. */
static void add_misuse(struct s2t_lockstep *ls)
{
	const struct s2t_misuse *misuse = s2t_spec_machine_misuse(ls->bodies);
	const char *function = s2t_op_table[ls->call.op].name;
	const char *primitive = s2t_primitive_table[misuse->primitive].name;
	struct s2t_diff *diff;

	if (misuse->what == S2T_NO_MISUSE)
		return;
	diff = add_diff(ls, misuse->what == S2T_NOT_IN_INTERFACE ? S2T_DIFF_PRIMITIVE : S2T_DIFF_ARGUMENT, 0,
	                misuse->value);
	if (misuse->what == S2T_NOT_IN_INTERFACE)
		snprintf(ls->misuse, sizeof(ls->misuse),
		         "%s calls %s, which is not in the layer interface of %s_body_correct", function,
		         primitive, function);
	else
		snprintf(ls->misuse, sizeof(ls->misuse),
		         "%s passes 0x%" PRIx64 " as argument %u of %s, which is a tuint of 32 bits there",
		         function, misuse->value, misuse->argument + 1, primitive);
	diff->text = ls->misuse;
}

/* Everything that differs, into `diffs`. */
static enum s2t_verdict look_again(struct s2t_lockstep *ls)
{
	ls->diffs->total = 0;
	add_misuse(ls);
	if (ls->result.outcome != ls->step.outcome)
		add_diff(ls, S2T_DIFF_OUTCOME, ls->step.outcome, ls->result.outcome);
	else if (ls->result.ret != ls->step.ret)
		add_diff(ls, S2T_DIFF_RETURN, ls->step.ret, ls->result.ret);
	s2t_pair_differences(ls->model, s2t_spec_machine_state(ls->bodies), ls->diffs);
	return ls->diffs->total ? S2T_DIVERGED : S2T_AGREED;
}

static bool same_step(struct s2t_lockstep *ls)
{
	return s2t_spec_machine_misuse(ls->bodies)->what == S2T_NO_MISUSE &&
	       ls->result.outcome == ls->step.outcome && ls->result.ret == ls->step.ret &&
	       s2t_pair_same_step(ls->model, s2t_spec_machine_state(ls->bodies));
}

enum s2t_verdict s2t_body_step(struct s2t_lockstep *ls, const struct s2t_call *call)
{
	struct s2t_model *body = s2t_spec_machine_state(ls->bodies);
	struct s2t_step step;

	ls->call = *call;
	ls->step_number++;
	ls->known = -1;
	if (!s2t_call_fits(call)) {
		ls->stats.unfit++;
		ls->step = (struct s2t_step){ .outcome = S2T_UNDEFINED,
			                      .case_id = (enum s2t_case)(2 * call->op) };
		return S2T_NOT_RUN;
	}
	s2t_model_step(ls->model, S2T_SPEC_LOW, call, &ls->step);
	s2t_spec_machine_step(ls->bodies, call, &step);
	if (s2t_model_out_of_memory(ls->model) || s2t_model_out_of_memory(body))
		return S2T_NO_MEMORY;
	ls->result = (struct s2t_result){ step.outcome, step.ret, s2t_spec_machine_reason(ls->bodies) };
	ls->stats.steps++;
	ls->stats.cases[ls->step.case_id]++;
	if (call->op < S2T_LEMMAS)
		ls->stats.primitives[call->op] |= s2t_spec_machine_called(ls->bodies);
	if (!same_step(ls))
		return look_again(ls);
	if (ls->options.full_every && ls->step_number % ls->options.full_every == 0) {
		ls->stats.full_comparisons++;
		if (!s2t_pair_same_state(ls->model, body))
			return look_again(ls);
	}
	return ls->step.outcome == S2T_PANIC && !ls->options.after_panic ? S2T_ENDED : S2T_AGREED;
}

enum s2t_verdict s2t_body_end(struct s2t_lockstep *ls)
{
	ls->stats.sequences++;
	if (ls->step_number == 0)
		return S2T_AGREED;
	ls->stats.full_comparisons++;
	return s2t_pair_same_state(ls->model, s2t_spec_machine_state(ls->bodies)) ? S2T_AGREED : look_again(ls);
}
