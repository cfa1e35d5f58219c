/* SPDX-License-Identifier: BSD-2-Clause */
/* What an abstraction map let pass, and what an implementation does not tell: nothing of it is silent. */
#include <inttypes.h>

#include "mapfile.h"
#include "reads.h"
#include "report.h"

static const char *const statements[S2T_STATEMENT_COUNT][2] = {
	[S2T_STATEMENT_MASK_NPT] = { "mask npt", "entries that are the same but for these bits" },
	[S2T_STATEMENT_MASK_SPT] = { "mask spt", "entries that are the same but for these bits" },
	[S2T_STATEMENT_HOST_GFN] = { "host-gfn", "records of host pages that are the same but for their gfn" },
	[S2T_STATEMENT_CONTENT] = { "content unknown", "contents written, and not compared" },
	[S2T_STATEMENT_PANICS] = { "panics", "panics of which only the outcome was compared" },
};

/* Whether a map has a statement. */
static bool has(const struct s2t_mapfile *map, enum s2t_statement statement)
{
	switch (statement) {
	case S2T_STATEMENT_MASK_NPT: return map->npt_mask != 0;
	case S2T_STATEMENT_MASK_SPT: return map->spt_mask != 0;
	case S2T_STATEMENT_HOST_GFN: return map->host_gfn != S2T_HOST_GFN_COMPARED;
	case S2T_STATEMENT_CONTENT: return map->unknown_after != 0;
	case S2T_STATEMENT_PANICS: return map->panics != S2T_PANICS_STOP;
	case S2T_STATEMENT_COUNT: break;
	}
	return false;
}

/* Each statement, and each known difference by its name. One that was never seen is a mistake in the map, or no longer
 * true. */
static void print_map(FILE *out, const struct s2t_stats *stats, const struct s2t_mapfile *map)
{
	const char *separator = " ";

	fprintf(out, "what the map let pass:\n");
	for (int i = 0; i < S2T_STATEMENT_COUNT; i++)
		if (stats->statements[i])
			fprintf(out, "  %-15s %14" PRIu64 "  %s\n", statements[i][0], stats->statements[i],
			        statements[i][1]);
	for (size_t i = 0; i < map->rule_count; i++)
		if (stats->rules[i])
			fprintf(out, "  %-15s %14" PRIu64 "  %s\n", s2t_rule_action_name(map->rule[i].action),
			        stats->rules[i], map->rule[i].name);
	fprintf(out, "never seen of it:");
	for (int i = 0; i < S2T_STATEMENT_COUNT; i++)
		if (has(map, (enum s2t_statement)i) && !stats->statements[i]) {
			fprintf(out, "%s%s", separator, statements[i][0]);
			separator = ", ";
		}
	for (size_t i = 0; i < map->rule_count; i++)
		if (!stats->rules[i]) {
			fprintf(out, "%s\"%s\"", separator, map->rule[i].name);
			separator = ", ";
		}
	fprintf(out, "%s\n", *separator == ' ' ? " nothing" : "");
}

/* What the implementation does not tell; of the words of the hypercall layer only where that layer was run. */
static uint32_t untold_of(const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	for (int i = 0; i < S2T_CASE_COUNT; i++)
		if (stats->cases[i] && s2t_op_layer(s2t_case_table[i].op) == S2T_LAYER_HYPERCALL)
			return options->untold;
	return options->untold & ((UINT32_C(1) << S2T_TELLS_VM) - 1);
}

void s2t_report_map(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	const struct s2t_mapfile *map = options->map;
	const char *separator = " ";

	const uint32_t untold = untold_of(stats, options);

	if (map) {
		print_map(out, stats, map);
		s2t_report_unjudged(out, stats, options);
	}
	if (!untold)
		return;
	fprintf(out, "not compared, because the implementation does not tell:");
	for (unsigned i = 0; i < S2T_TELLS_COUNT; i++)
		if (untold >> i & 1) {
			fprintf(out, "%s%s", separator, s2t_optional_name((enum s2t_optional)i));
			separator = ", ";
		}
	fprintf(out, "\n");
}

void s2t_report_map_json(json_t *summary, const struct s2t_stats *stats,
                         const struct s2t_lockstep_options *options)
{
	const struct s2t_mapfile *map = options->map;
	json_t *rules = json_array(), *untold = json_array(), *others = json_object();

	for (size_t i = 0; map && i < map->rule_count; i++)
		json_array_append_new(rules, json_pack("{s:s, s:s, s:I}", "name", map->rule[i].name, "action",
		                                       s2t_rule_action_name(map->rule[i].action), "steps",
		                                       (json_int_t)stats->rules[i]));
	for (unsigned i = 0; i < S2T_TELLS_COUNT; i++)
		if (untold_of(stats, options) >> i & 1)
			json_array_append_new(untold, json_string(s2t_optional_name((enum s2t_optional)i)));
	for (int i = 0; map && i < S2T_STATEMENT_COUNT; i++)
		if (has(map, (enum s2t_statement)i))
			json_object_set_new(others, statements[i][0],
			                    json_integer((json_int_t)stats->statements[i]));
	if (map)
		json_object_set_new(summary, "map",
		                    json_pack("{s:O, s:O, s:o}", "known", rules, "statements", others,
		                              "not_judged", s2t_report_unjudged_json(stats, options)));
	if (json_array_size(untold) > 0)
		json_object_set(summary, "not_compared", untold);
	json_decref(rules);
	json_decref(others);
	json_decref(untold);
}
