/* SPDX-License-Identifier: BSD-2-Clause */
/* What an abstraction map let pass, and what an implementation does not tell: nothing of it is silent. */
#include <inttypes.h>

#include "mapfile.h"
#include "reads.h"
#include "report.h"

/* Each known difference by its name. One that was never seen is a mistake in the map, or no longer true. */
static void print_rules(FILE *out, const struct s2t_stats *stats, const struct s2t_mapfile *map)
{
	const char *separator = " ";

	fprintf(out, "known differences of the map, steps:\n");
	for (size_t i = 0; i < map->rule_count; i++)
		if (stats->rules[i])
			fprintf(out, "  %-8s %14" PRIu64 "  %s\n", s2t_rule_action_name(map->rule[i].action),
			        stats->rules[i], map->rule[i].name);
	fprintf(out, "never seen of them:");
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

	if (map && map->rule_count)
		print_rules(out, stats, map);
	if (map && map->panics != S2T_PANICS_STOP)
		fprintf(out, "panics of which the map has only the outcome compared: %" PRIu64 "\n",
		        stats->panics_passed);
	if (map && map->unknown_after)
		fprintf(out, "contents written that the map says are not known: %" PRIu64 "\n",
		        stats->contents_unknown);
	const uint32_t untold = untold_of(stats, options);

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
	json_t *rules = json_array(), *untold = json_array();

	for (size_t i = 0; map && i < map->rule_count; i++)
		json_array_append_new(rules, json_pack("{s:s, s:s, s:I}", "name", map->rule[i].name, "action",
		                                       s2t_rule_action_name(map->rule[i].action), "steps",
		                                       (json_int_t)stats->rules[i]));
	for (unsigned i = 0; i < S2T_TELLS_COUNT; i++)
		if (untold_of(stats, options) >> i & 1)
			json_array_append_new(untold, json_string(s2t_optional_name((enum s2t_optional)i)));
	if (map)
		json_object_set_new(summary, "map",
		                    json_pack("{s:O, s:I, s:I}", "known", rules, "panics_passed",
		                              (json_int_t)stats->panics_passed, "contents_unknown",
		                              (json_int_t)stats->contents_unknown));
	if (json_array_size(untold) > 0)
		json_object_set(summary, "not_compared", untold);
	json_decref(rules);
	json_decref(untold);
}
