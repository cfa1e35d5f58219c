/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an implementation with an image wrote in a step, as entries: it tells its writes, and so all that they hold is
 * compared after the step, too, whether the model touched it or not.
 */
#include "entries.h"
#include "explain.h"

/* Whether the walk to a named entry meets the word. */
static bool is_on_walk(struct s2t_lockstep *ls, const struct s2t_named *named, const struct s2t_write *write)
{
	const bool npt = named->kind == S2T_ENTRY_NPT || named->kind == S2T_ENTRY_NPT_BLOCK;
	struct s2t_walk walk;

	if (npt && write->window == S2T_WINDOW_S2PT)
		(void)s2t_view_npt(&ls->view, named->a, named->b, &walk);
	else if (named->kind == S2T_ENTRY_SPT && write->window == S2T_WINDOW_SMMU)
		(void)s2t_view_spt(&ls->view, named->a, named->b, &walk);
	else
		return false;
	for (unsigned i = 0; i < walk.count; i++)
		if (walk.step[i].address == write->addr)
			return true;
	return false;
}

/* The same of any entry that the step has named. Words are mostly written in the order of the entries: `*from` is where the
 * last one was found. */
static bool is_named(struct s2t_lockstep *ls, const struct s2t_write *write, size_t *from)
{
	const struct s2t_entries *e = ls->entries;

	for (size_t i = 0; i < e->of_step_count; i++) {
		const size_t at = (*from + i) % e->of_step_count;

		if (is_on_walk(ls, &e->named[e->of_step[at]], write)) {
			*from = at;
			return true;
		}
	}
	return false;
}

void s2t_entries_name_writes(struct s2t_lockstep *ls)
{
	size_t count, from = 0;
	const struct s2t_write *write = ls->ops->image->writes(ls->iut, &count);

	for (size_t i = ls->step_writes; i < count; i++) {
		const struct s2t_place place = s2t_place_of(ls, &write[i]);
		const bool table = write[i].window == S2T_WINDOW_S2PT || write[i].window == S2T_WINDOW_SMMU;
		struct s2t_touch entry;

		if (!(table && is_named(ls, &write[i], &from)) && s2t_word_entry(ls, &place, &write[i], &entry))
			s2t_entries_touch(ls, (enum s2t_entry_kind)entry.kind, entry.level, entry.a, entry.b);
	}
}
