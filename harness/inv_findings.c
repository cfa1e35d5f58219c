/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of the invariants that both sides broke: in the summary of a campaign, and after a replay. */
#include <inttypes.h>

#include "extra.h"
#include "inv_place.h"
#include "report.h"

void s2t_finding_where(enum s2t_invariant invariant, const struct s2t_invariant_finding *finding, char *buf,
                       size_t size)
{
	const struct s2t_board board = { .corevisor = finding->corevisor };

	s2t_inv_place_text(&board, invariant, &finding->place, buf, size);
}

unsigned s2t_invariants_found(const struct s2t_stats *stats)
{
	unsigned found = 0;

	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		found += stats->invariants[i].steps > 0;
	return found;
}

/* Those of `set`, by their numbers. */
static void print_set(FILE *out, const char *title, uint32_t set)
{
	char text[S2T_INVARIANTS_TEXT];

	if (set)
		fprintf(out, "%s %s\n", title, s2t_invariants_print(set, text, sizeof(text)));
}

void s2t_report_invariants(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	const uint32_t checked = options->invariants | options->forbidden;
	uint32_t held = checked;
	char where[128];

	if (!checked) {
		fprintf(out, "invariants: none were checked\n");
		return;
	}
	fprintf(out, "invariants that both sides break (docs/invariants.md):%s\n",
	        s2t_invariants_found(stats) ? "" : " none");
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_finding *finding = &stats->invariants[i];
		const struct s2t_invariant_info *info = &s2t_invariant_table[i];

		if (!finding->steps)
			continue;
		s2t_finding_where((enum s2t_invariant)i, finding, where, sizeof(where));
		held &= ~(UINT32_C(1) << i);
		fprintf(out, "  %-3s %-19s %10" PRIu64 " steps  %s\n", info->number, info->name, finding->steps,
		        info->text);
		fprintf(out, "      first: sequence %" PRIu64 ", step %u, board %s, %s: %s\n",
		        finding->sequence, (unsigned)finding->step, finding->board,
		        s2t_op_name(options->declares, finding->op), where);
	}
	print_set(out, "invariants never broken:", held);
	print_set(out, "invariants not checked:", S2T_INVARIANTS_ALL & ~checked);
}

void s2t_report_invariants_json(json_t *summary, const struct s2t_stats *stats,
                                const struct s2t_lockstep_options *options)
{
	json_t *list = json_array();
	char where[128];

	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_finding *finding = &stats->invariants[i];
		const struct s2t_invariant_info *info = &s2t_invariant_table[i];

		if (finding->steps)
			s2t_finding_where((enum s2t_invariant)i, finding, where, sizeof(where));
		if (finding->steps)
			json_array_append_new(
				list, json_pack("{s:s, s:s, s:s, s:I, s:{s:I, s:I, s:s, s:s, s:s}}", "number",
			                        info->number, "name", info->name, "text", info->text, "steps",
			                        (json_int_t)finding->steps, "first", "sequence",
			                        (json_int_t)finding->sequence, "step",
			                        (json_int_t)finding->step, "board", finding->board, "operation",
			                        s2t_op_name(options->declares, finding->op), "where", where));
	}
	json_object_set_new(summary, "broken_invariants", list);
}
