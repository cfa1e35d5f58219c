/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations of traces, made and checked on the model alone. */
#include "expect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "extra.h"
#include "scan.h"

bool s2t_expect_fill(const struct s2t_iut_ops *iut, const struct s2t_board *board, const struct s2t_call *call,
                     size_t count, struct s2t_expect *expect)
{
	struct s2t_model *model = s2t_model_create(board);

	for (size_t i = 0; model && i < count; i++) {
		struct s2t_step step = { .outcome = S2T_UNDEFINED };

		s2t_op_step(model, S2T_SPEC_LOW, iut, &call[i], &step);
		expect[i] = (struct s2t_expect){ .given = true, .outcome = step.outcome };
		expect[i].has_ret = !s2t_is_extra(call[i].op) && s2t_op_table[call[i].op].returns &&
		                    step.outcome != S2T_UNDEFINED;
		expect[i].ret = expect[i].has_ret ? step.ret : 0;
	}
	const bool good = model && !s2t_model_out_of_memory(model);

	s2t_model_destroy(model);
	return good;
}

/* "ok, returning 0x3" */
static void say(const struct s2t_expect *expect, bool ret, char *buf, size_t size)
{
	const char *outcome = s2t_outcome_name(expect->outcome);

	if (ret && expect->has_ret)
		(void)snprintf(buf, size, "%s, returning 0x%" PRIx64, outcome, expect->ret);
	else
		(void)snprintf(buf, size, "%s", outcome);
}

enum s2t_expect_result s2t_expect_check(const struct s2t_iut_ops *iut, const struct s2t_trace *trace,
                                        const char *name, struct s2t_error *error)
{
	struct s2t_expect *now = calloc(trace->count + 1, sizeof(*now));
	enum s2t_expect_result result = S2T_EXPECT_MET;
	char expected[64], got[64];

	if (!now || !s2t_expect_fill(iut, &trace->board, trace->call, trace->count, now)) {
		(void)snprintf(error->text, sizeof(error->text), "%s: not enough memory to run the model",
		               name);
		error->resource = true;
		free(now);
		return S2T_EXPECT_NO_MEMORY;
	}
	for (size_t i = 0; i < trace->count && result == S2T_EXPECT_MET; i++) {
		const struct s2t_expect *expect = &trace->expect[i];

		if (!expect->given ||
		    (now[i].outcome == expect->outcome && (!expect->has_ret || now[i].ret == expect->ret)))
			continue;
		say(expect, expect->has_ret, expected, sizeof(expected));
		say(&now[i], expect->has_ret, got, sizeof(got));
		(void)s2t_refuse_at(
			error, name, trace->line[i], 1,
			"step %zu, %s: the trace expects %s, and the model says %s: either the model has "
			"changed, or the line has",
			i + 1, s2t_op_name(iut, trace->call[i].op), expected, got);
		result = S2T_EXPECT_CHANGED;
	}
	free(now);
	return result;
}
