/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary of a campaign: what was exercised, skipped, never reached, found. */
#include <inttypes.h>

#include "report.h"

static bool in_spec(const struct s2t_case_info *info, enum s2t_spec spec)
{
	return info->specs & (spec == S2T_SPEC_LOW ? S2T_CASE_IN_LOW : S2T_CASE_IN_HIGH);
}

/* Case 1 of an operation needs a halt before it, which only --after-panic lets happen. */
static bool can_occur(const struct s2t_case_info *info, enum s2t_spec spec, bool after_panic)
{
	return in_spec(info, spec) && (after_panic || info->number != 1);
}

void s2t_report_summary(FILE *out, const struct s2t_stats *stats, enum s2t_spec spec, bool after_panic)
{
	fprintf(out, "%-19s %-7s %14s  %-9s  %s\n", "operation", "case", "steps", "outcome", "condition");
	for (int op = 0; op < S2T_OP_COUNT; op++) {
		const char *name = s2t_op_table[op].name;

		for (int i = 0; i < S2T_CASE_COUNT; i++) {
			const struct s2t_case_info *info = &s2t_case_table[i];

			if ((int)info->op != op || !stats->cases[i])
				continue;
			fprintf(out, "%-19s %-7s %14" PRIu64 "  %-9s  %s\n", name, info->name, stats->cases[i],
			        s2t_outcome_name(info->outcome), info->text);
			name = "";
		}
	}
	fprintf(out, "skipped: %" PRIu64 " undefined calls", stats->undefined);
	if (stats->unfit)
		fprintf(out, ", %" PRIu64 " calls with an argument wider than its C type", stats->unfit);
	fprintf(out, "\nnever reached:");
	const char *separator = " ";

	for (int i = 0; i < S2T_CASE_COUNT; i++)
		if (can_occur(&s2t_case_table[i], spec, after_panic) && !stats->cases[i]) {
			fprintf(out, "%s%s", separator, s2t_case_table[i].name);
			separator = ", ";
		}
	fprintf(out, "%s\n", *separator == ' ' ? " nothing" : "");
	fprintf(out, "full comparisons: %" PRIu64 ", second looks at a step: %" PRIu64 "\n", stats->full_comparisons,
	        stats->second_looks);
	fprintf(out, "findings (both sides agree, the hardware or a user would not):\n");
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		fprintf(out, "  %-19s %14" PRIu64 "  %s\n", s2t_finding_name((enum s2t_finding)i), stats->findings[i],
		        s2t_finding_text((enum s2t_finding)i));
}

json_t *s2t_report_summary_json(const struct s2t_stats *stats, enum s2t_spec spec, bool after_panic)
{
	json_t *cases = json_object(), *never = json_array(), *findings = json_object();

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		if (stats->cases[i])
			json_object_set_new(cases, s2t_case_table[i].name, json_integer((json_int_t)stats->cases[i]));
		else if (can_occur(&s2t_case_table[i], spec, after_panic))
			json_array_append_new(never, json_string(s2t_case_table[i].name));
	}
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		json_object_set_new(findings, s2t_finding_name((enum s2t_finding)i),
		                    json_integer((json_int_t)stats->findings[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "steps", (json_int_t)stats->steps,
	                 "sequences", (json_int_t)stats->sequences, "undefined", (json_int_t)stats->undefined, "unfit",
	                 (json_int_t)stats->unfit, "full_comparisons", (json_int_t)stats->full_comparisons,
	                 "second_looks", (json_int_t)stats->second_looks, "cases", cases, "never_reached", never,
	                 "findings", findings);
}
