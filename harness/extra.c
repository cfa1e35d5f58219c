/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations beyond the table: what they are called, and what they mean on the model. */
#include "extra.h"

#include <stdio.h>
#include <string.h>

enum { OP_NAME = 32, ARGUMENT_NAME = 16 };

static const struct s2t_case_info no_case = {
	.name = "none",
	.op = S2T_OP_COUNT,
	.text = "an operation that the implementation declares",
};

const struct s2t_case_info *s2t_case_row(enum s2t_case id)
{
	return (unsigned)id < S2T_CASE_COUNT ? &s2t_case_table[id] : &no_case;
}

bool s2t_op_exists(const struct s2t_iut_ops *iut, uint32_t op)
{
	return op < S2T_OP_COUNT || (iut && s2t_is_extra(op) && op - S2T_OP_EXTRA < iut->extra_count);
}

const struct s2t_op_info *s2t_op_row(const struct s2t_iut_ops *iut, uint32_t op, struct s2t_op_info *row)
{
	if (!s2t_is_extra(op))
		return &s2t_op_table[op];
	const struct s2t_extra_op *extra = &iut->extra[op - S2T_OP_EXTRA];

	*row = (struct s2t_op_info){ .name = extra->name, .arg_count = extra->arg_count };
	for (unsigned i = 0; i < extra->arg_count; i++)
		row->arg[i] = (struct s2t_arg_info){ extra->arg[i].name, extra->arg[i].kind };
	return row;
}

const char *s2t_op_name(const struct s2t_iut_ops *iut, uint32_t op)
{
	return s2t_is_extra(op) ? iut->extra[op - S2T_OP_EXTRA].name : s2t_op_table[op].name;
}

int s2t_op_find(const struct s2t_iut_ops *iut, const char *name, size_t len)
{
	const int op = s2t_op_by_name(name, len);

	for (size_t i = 0; op < 0 && iut && i < iut->extra_count; i++)
		if (strlen(iut->extra[i].name) == len && memcmp(iut->extra[i].name, name, len) == 0)
			return (int)(S2T_OP_EXTRA + i);
	return op;
}

bool s2t_op_fits(const struct s2t_iut_ops *iut, const struct s2t_call *call)
{
	if (!s2t_is_extra(call->op))
		return s2t_call_fits(call);
	const struct s2t_extra_op *extra = &iut->extra[call->op - S2T_OP_EXTRA];

	for (unsigned i = 0; i < extra->arg_count; i++)
		if (s2t_arg_bits(extra->arg[i].kind) == 32 && call->arg[i] > UINT32_MAX)
			return false;
	return true;
}

size_t s2t_op_parts(const struct s2t_iut_ops *iut, const struct s2t_call *call,
                    struct s2t_call part[S2T_EXTRA_PARTS])
{
	memset(part, 0, S2T_EXTRA_PARTS * sizeof(*part));
	const size_t count = iut->extra[call->op - S2T_OP_EXTRA].means(call->arg, part, S2T_EXTRA_PARTS);

	if (count > S2T_EXTRA_PARTS)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (part[i].op >= S2T_OP_COUNT || !s2t_call_fits(&part[i]))
			return 0;
	return count;
}

size_t s2t_op_calls(const struct s2t_iut_ops *iut, const struct s2t_call *call,
                    struct s2t_call part[S2T_EXTRA_PARTS])
{
	if (s2t_is_extra(call->op))
		return s2t_op_parts(iut, call, part);
	part[0] = *call;
	return 1;
}

/* All parts are one step of the model, so that what they touched together can be asked for. */
static void take_parts(struct s2t_model *model, const struct s2t_iut_ops *iut, const struct s2t_call *call,
                       struct s2t_step *step)
{
	const struct s2t_mark mark = s2t_model_mark(model);
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t count = s2t_op_parts(iut, call, part);

	step->outcome = count ? S2T_OK : S2T_UNDEFINED;
	for (size_t i = 0; i < count && step->outcome == S2T_OK; i++) {
		if (i == 0)
			s2t_model_step(model, S2T_SPEC_LOW, &part[i], step);
		else
			s2t_model_step_on(model, S2T_SPEC_LOW, &part[i], step);
	}
	if (step->outcome == S2T_UNDEFINED)
		s2t_model_undo(model, &mark);
	step->case_id = S2T_CASE_COUNT;
	step->ret = 0;
}

void s2t_op_step(struct s2t_model *model, enum s2t_spec spec, const struct s2t_iut_ops *iut,
                 const struct s2t_call *call, struct s2t_step *step)
{
	if (s2t_is_extra(call->op))
		take_parts(model, iut, call, step);
	else
		s2t_model_step(model, spec, call, step);
}

/*
 * What may be declared.
 */

static bool is_name(const char *name, size_t most)
{
	const size_t len = name && memchr(name, '\0', most + 1) ? strlen(name) : 0;

	return len > 0 && name[0] >= 'a' && name[0] <= 'z' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* Words with a meaning of their own at the start of a line of a trace, or behind the arguments. */
static bool is_taken(const struct s2t_iut_ops *iut, size_t number)
{
	const char *name = iut->extra[number].name;

	for (size_t i = 0; i < number; i++)
		if (strcmp(iut->extra[i].name, name) == 0)
			return true;
	return s2t_op_by_name(name, strlen(name)) >= 0 || strcmp(name, "config") == 0 ||
	       strcmp(name, "page") == 0 || strcmp(name, "expect") == 0;
}

static bool check_arguments(const struct s2t_extra_op *extra, char *why, size_t size)
{
	if (extra->arg_count > S2T_MAX_ARGS) {
		snprintf(why, size, "declares operation '%s' with %u arguments; it may have %d", extra->name,
		         extra->arg_count, S2T_MAX_ARGS);
		return false;
	}
	for (unsigned i = 0; i < extra->arg_count; i++) {
		bool good = is_name(extra->arg[i].name, ARGUMENT_NAME) &&
		            (unsigned)extra->arg[i].kind <= S2T_ARG_IOVA;

		for (unsigned k = 0; good && k < i; k++)
			good = strcmp(extra->arg[k].name, extra->arg[i].name) != 0;
		if (!good) {
			snprintf(why, size,
			         "declares operation '%s' with an argument %u that has no kind, or no name of "
			         "its own of 1 to %d lower-case letters, digits and underscores",
			         extra->name, i + 1, ARGUMENT_NAME);
			return false;
		}
	}
	return true;
}

bool s2t_extra_check(const struct s2t_iut_ops *iut, char *why, size_t size)
{
	if (iut->extra_count > S2T_MAX_EXTRA || (iut->extra_count > 0 && !iut->extra)) {
		snprintf(why, size, "declares %zu operations of its own%s; there may be %d", iut->extra_count,
		         iut->extra ? "" : " and no table of them", S2T_MAX_EXTRA);
		return false;
	}
	for (size_t i = 0; i < iut->extra_count; i++) {
		const struct s2t_extra_op *extra = &iut->extra[i];

		if (!is_name(extra->name, OP_NAME)) {
			snprintf(
				why, size,
				"declares an operation whose name is not 1 to %d lower-case letters, digits and "
				"underscores, a letter first",
				OP_NAME);
			return false;
		}
		if (is_taken(iut, i)) {
			snprintf(why, size,
			         "declares the operation '%s', a name that is taken: give it another",
			         extra->name);
			return false;
		}
		if (!extra->means) {
			snprintf(why, size, "does not say what its operation '%s' means: it lacks `means`",
			         extra->name);
			return false;
		}
		if (!check_arguments(extra, why, size))
			return false;
	}
	return true;
}
