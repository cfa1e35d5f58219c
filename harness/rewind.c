/* SPDX-License-Identifier: BSD-2-Clause */
/* Going back in a sequence, by the journals of both sides. */
#include "rewind.h"

#include "spec_machine.h"

bool s2t_can_rewind(const struct s2t_lockstep *ls)
{
	return ls->bodies || (ls->ops->snapshot && ls->ops->restore);
}

struct s2t_point s2t_point_take(struct s2t_lockstep *ls)
{
	struct s2t_point point = { .model = s2t_model_mark(ls->model),
		                   .step_number = ls->step_number,
		                   .low_steps = ls->low_steps };

	if (ls->bodies)
		point.body = s2t_model_mark(s2t_spec_machine_state(ls->bodies));
	else
		point.iut = ls->ops->snapshot(ls->iut);
	return point;
}

bool s2t_rewind(struct s2t_lockstep *ls, const struct s2t_point *point)
{
	s2t_model_undo(ls->model, &point->model);
	ls->step_number = point->step_number;
	ls->low_steps = point->low_steps;
	ls->step = (struct s2t_step){ .outcome = S2T_OK };
	ls->result = (struct s2t_result){ .outcome = S2T_OK };
	ls->known = -1;
	ls->diffs->total = 0;
	if (ls->bodies) {
		s2t_model_undo(s2t_spec_machine_state(ls->bodies), &point->body);
		return true;
	}
	if (ls->ops->image)
		s2t_view_flush(&ls->view);
	return point->iut != 0 && ls->ops->restore(ls->iut, point->iut);
}
