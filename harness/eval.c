/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evaluation: the model alone over a trace, one JSON object a step. The lines have one fixed shape, and none of
 * their strings comes from outside, so they are printed directly.
 */
#include "eval.h"

#include <inttypes.h>

#include "eval_writes.h"
#include "events.h"
#include "optable.h"

/* Ids run to INFO of the last vmid (see S2T_LOCK_NPT). */
static void print_locks(FILE *out, const struct s2t_model *model, const struct s2t_board *board)
{
	uint32_t end = S2T_LOCK_NPT + 2 * ((uint32_t)board->corevisor + 1);
	const char *comma = "";

	fputs(",\"locks\":[", out);
	for (uint32_t lock = 0; lock < end; lock++) {
		if (s2t_model_lock_held(model, lock)) {
			fprintf(out, "%s%" PRIu32, comma, lock);
			comma = ",";
		}
	}
	putc(']', out);
}

static void print_step(FILE *out, size_t number, const struct s2t_call *call, const struct s2t_step *step,
                       const struct s2t_changes *changes, unsigned show)
{
	const struct s2t_op_info *op = &s2t_op_table[call->op];

	fprintf(out, "{\"step\":%zu,\"op\":\"%s\",\"outcome\":\"%s\",\"case\":\"%s\"", number, op->name,
	        s2t_outcome_name(step->outcome), s2t_case_table[step->case_id].name);
	if (op->returns && step->outcome != S2T_UNDEFINED)
		fprintf(out, ",\"ret\":\"0x%" PRIx64 "\"", step->ret);
	fputs(",\"writes\":", out);
	s2t_changes_print(out, changes);
	if ((show & S2T_SHOW_LOCKS) != 0)
		print_locks(out, changes->model, changes->board);
	if ((show & S2T_SHOW_LOGS) != 0) {
		fputs(",\"logs\":", out);
		s2t_events_print(out, changes->model);
	}
	if ((show & S2T_SHOW_TSTATE) != 0)
		fprintf(out, ",\"tstate\":%u", s2t_model_tstate(changes->model));
	fputs("}\n", out);
}

static bool eval_steps(FILE *out, struct s2t_model *model, const struct s2t_trace *trace, enum s2t_spec spec,
                       unsigned show)
{
	struct s2t_changes changes = { .model = model, .board = &trace->board };
	bool good = true;

	for (size_t i = 0; i < trace->count && !ferror(out); i++) {
		struct s2t_step step;

		s2t_model_step(model, spec, &trace->call[i], &step);
		good = !s2t_model_out_of_memory(model) && s2t_changes_collect(&changes, step.outcome);
		if (!good)
			break;
		print_step(out, i + 1, &trace->call[i], &step, &changes, show);
	}
	s2t_changes_free(&changes);
	return good;
}

bool s2t_eval(FILE *out, const struct s2t_trace *trace, enum s2t_spec spec, unsigned show,
              struct s2t_error *error)
{
	struct s2t_model *model = s2t_model_create(&trace->board);
	bool good = model != NULL && ((show & S2T_SHOW_LOGS) == 0 || s2t_model_set_logs(model, true)) &&
	            eval_steps(out, model, trace, spec, show);

	s2t_model_destroy(model);
	if (!good) {
		(void)snprintf(error->text, sizeof(error->text),
		               "out of memory: the model needs more for this trace");
		error->resource = true;
	}
	return good;
}
