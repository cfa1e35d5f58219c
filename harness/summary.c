/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary of a campaign: what was exercised, skipped, never reached, found. */
#include <inttypes.h>

#include "extra.h"
#include "gen.h"
#include "report.h"

static bool in_spec(const struct s2t_case_info *info, enum s2t_spec spec)
{
	return info->specs & (spec == S2T_SPEC_LOW ? S2T_CASE_IN_LOW : S2T_CASE_IN_HIGH);
}

/* Of the layers whose operations are drawn. Case 1 of an operation needs a halt before it, which only --after-panic lets
 * happen. */
static bool can_occur(const struct s2t_case_info *info, const struct s2t_lockstep_options *options)
{
	if (info == &s2t_case_table[S2T_CASE_RGK_0])
		return false; /* no argument that a rely could be about, and no lock is ever busy */
	const uint32_t layers = options->layers ? options->layers : S2T_GEN_MEMORY;
	const bool hypercall = s2t_op_layer(info->op) == S2T_LAYER_HYPERCALL;

	return (layers & (hypercall ? S2T_GEN_HYPERCALL : S2T_GEN_MEMORY)) && in_spec(info, options->spec) &&
	       (options->after_panic || info->number != 1);
}

/* Row `row` of the known differences is one that this campaign tolerates. */
static bool tolerated(unsigned row, const struct s2t_lockstep_options *options)
{
	return options->spec == S2T_SPEC_HIGH && (options->known >> s2t_known_info(row).name & 1);
}

/* How often each difference was seen; those that never were stand in a list of their own. */
static void print_known(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	const char *separator = " ";

	fprintf(out, "known differences (the model took the low form; of A5, skipped):\n");
	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++) {
		const struct s2t_known_info info = s2t_known_info(row);

		if (tolerated(row, options) && stats->known[row])
			fprintf(out, "  %s %-19s %11" PRIu64 "  %s\n", s2t_known_names[info.name],
			        s2t_op_table[info.op].name, stats->known[row], info.text);
	}
	fprintf(out, "never seen of them:");
	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++) {
		const struct s2t_known_info info = s2t_known_info(row);

		if (!tolerated(row, options) || stats->known[row])
			continue;
		fprintf(out, "%s%s %s (%s)", separator, s2t_known_names[info.name], s2t_op_table[info.op].name,
		        info.text);
		separator = ", ";
	}
	fprintf(out, "%s\n", *separator == ' ' ? " nothing" : "");
}

/* What the implementation declares has no cases; what was never made is told by a row of its own. */
static void print_extra(FILE *out, const struct s2t_stats *stats, const struct s2t_iut_ops *iut)
{
	for (size_t i = 0; iut && i < iut->extra_count; i++) {
		const char *name = iut->extra[i].name;

		for (int outcome = S2T_OK; outcome <= S2T_UNDEFINED; outcome++) {
			const uint64_t steps = stats->extra[i][outcome];

			if (!steps && outcome != S2T_OK)
				continue;
			fprintf(out, "%-19s %-7s %14" PRIu64 "  %-9s  %s\n", name, "none", steps,
			        s2t_outcome_name((enum s2t_outcome)outcome),
			        s2t_case_row(S2T_CASE_COUNT)->text);
			name = "";
		}
	}
}

void s2t_report_passed(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	if (options->spec == S2T_SPEC_HIGH)
		print_known(out, stats, options);
	s2t_report_map(out, stats, options);
}

void s2t_report_summary(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
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
	print_extra(out, stats, options->declares);
	if (options->level == S2T_LEVEL_BODY)
		fprintf(out, "skipped: no undefined call, both sides run them");
	else
		fprintf(out, "skipped: %" PRIu64 " undefined calls", stats->undefined);
	if (stats->unfit)
		fprintf(out, ", %" PRIu64 " calls with an argument wider than its C type", stats->unfit);
	fprintf(out, "\nnever reached:");
	const char *separator = " ";

	for (int i = 0; i < S2T_CASE_COUNT; i++)
		if (can_occur(&s2t_case_table[i], options) && !stats->cases[i]) {
			fprintf(out, "%s%s", separator, s2t_case_table[i].name);
			separator = ", ";
		}
	fprintf(out, "%s\n", *separator == ' ' ? " nothing" : "");
	fprintf(out, "full comparisons: %" PRIu64 ", second looks at a step: %" PRIu64 "\n",
	        stats->full_comparisons, stats->second_looks);
	if (options->logs)
		fprintf(out, "lock events compared: %" PRIu64 "\n", stats->events);
	if (options->logs && options->spec == S2T_SPEC_HIGH)
		fprintf(out,
		        "sections of the host's table that only the low form of clear_vm_page has (A1): %" PRIu64
		        "\n",
		        stats->events_known);
	s2t_report_passed(out, stats, options);
	s2t_report_invariants(out, stats, options);
	if (options->level == S2T_LEVEL_BODY) {
		s2t_report_lemmas(out, stats);
		return; /* no bytes, no hardware walk, no findings */
	}
	fprintf(out, "findings (both sides agree, the hardware or a user would not):\n");
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		fprintf(out, "  %-19s %14" PRIu64 "  %s\n", s2t_finding_name((enum s2t_finding)i),
		        stats->findings[i], s2t_finding_text((enum s2t_finding)i));
}

/* The steps of each name, and the rows that never were. */
static void add_known(json_t *summary, const struct s2t_stats *stats,
                      const struct s2t_lockstep_options *options)
{
	uint64_t sum[S2T_KNOWN_NAME_COUNT] = { 0 };
	json_t *known = json_object(), *never = json_array();

	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++) {
		const struct s2t_known_info info = s2t_known_info(row);

		sum[info.name] += stats->known[row];
		if (tolerated(row, options) && !stats->known[row])
			json_array_append_new(never, json_pack("{s:s, s:s, s:s}", "name",
			                                       s2t_known_names[info.name], "operation",
			                                       s2t_op_table[info.op].name, "text", info.text));
	}
	for (unsigned name = 0; name < S2T_KNOWN_NAME_COUNT; name++)
		if (options->known >> name & 1)
			json_object_set_new(known, s2t_known_names[name], json_integer((json_int_t)sum[name]));
	json_object_set_new(summary, "known", known);
	json_object_set_new(summary, "known_never_seen", never);
}

void s2t_report_passed_json(json_t *summary, const struct s2t_stats *stats,
                            const struct s2t_lockstep_options *options)
{
	if (options->spec == S2T_SPEC_HIGH)
		add_known(summary, stats, options);
	s2t_report_map_json(summary, stats, options);
}

static json_t *extra_steps(const struct s2t_stats *stats, const struct s2t_iut_ops *iut)
{
	json_t *object = json_object();

	for (size_t i = 0; i < iut->extra_count; i++) {
		const uint64_t *steps = stats->extra[i];

		json_object_set_new(object, iut->extra[i].name,
		                    json_pack("{s:I, s:I, s:I}", "ok", (json_int_t)steps[S2T_OK], "panic",
		                              (json_int_t)steps[S2T_PANIC], "undefined",
		                              (json_int_t)steps[S2T_UNDEFINED]));
	}
	return object;
}

json_t *s2t_report_summary_json(const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	json_t *cases = json_object(), *never = json_array(), *findings = json_object();

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		if (stats->cases[i])
			json_object_set_new(cases, s2t_case_table[i].name,
			                    json_integer((json_int_t)stats->cases[i]));
		else if (can_occur(&s2t_case_table[i], options))
			json_array_append_new(never, json_string(s2t_case_table[i].name));
	}
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		json_object_set_new(findings, s2t_finding_name((enum s2t_finding)i),
		                    json_integer((json_int_t)stats->findings[i]));
	json_t *summary =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "steps", (json_int_t)stats->steps,
	                  "sequences", (json_int_t)stats->sequences, "undefined", (json_int_t)stats->undefined,
	                  "unfit", (json_int_t)stats->unfit, "full_comparisons",
	                  (json_int_t)stats->full_comparisons, "second_looks", (json_int_t)stats->second_looks,
	                  "cases", cases, "never_reached", never, "findings", findings);

	if (options->declares && options->declares->extra_count > 0)
		json_object_set_new(summary, "declared", extra_steps(stats, options->declares));
	if (options->logs)
		json_object_set_new(summary, "lock_events",
		                    json_pack("{s:I, s:I}", "compared", (json_int_t)stats->events, "known",
		                              (json_int_t)stats->events_known));
	if (options->level == S2T_LEVEL_BODY)
		json_object_set_new(summary, "lemmas", s2t_report_lemmas_json(stats));
	s2t_report_passed_json(summary, stats, options);
	s2t_report_invariants_json(summary, stats, options);
	return summary;
}
