/* SPDX-License-Identifier: BSD-2-Clause */
/* What a campaign at body level made of each lemma. */
#include <inttypes.h>

#include "report.h"

/* The names of a set of primitives. */
static void print_set(FILE *out, uint32_t set)
{
	const char *separator = "";

	for (int i = 0; i < S2T_PRIMITIVE_COUNT; i++)
		if (set >> i & 1) {
			fprintf(out, "%s%s", separator, s2t_primitive_table[i].name);
			separator = ", ";
		}
}

static void print_seen(FILE *out, uint32_t seen, uint32_t allowed)
{
	fputs(seen == 0 ? "none" : "all", out);
	if (seen == 0 || seen == allowed)
		return;
	if (allowed & ~seen) {
		fputs(" but ", out);
		print_set(out, allowed & ~seen);
	}
	if (seen & ~allowed) {
		fputs(", and against the lemma ", out);
		print_set(out, seen & ~allowed);
	}
}

static bool is_of(int i, int op)
{
	return (int)s2t_case_table[i].op == op && (s2t_case_table[i].specs & S2T_CASE_IN_LOW);
}

/* "MPH-0, 2, 3" of so and so many, which are those of the low form. */
static uint64_t print_cases(FILE *out, int op, const uint64_t cases[S2T_CASE_COUNT])
{
	unsigned reached = 0, all = 0;
	uint64_t steps = 0;

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		if (!is_of(i, op))
			continue;
		all++;
		steps += cases[i];
		if (!cases[i])
			continue;
		if (reached++)
			fprintf(out, ", %u", s2t_case_table[i].number);
		else
			fprintf(out, "%s", s2t_case_table[i].name);
	}
	fprintf(out, "%s(%u of %u)", reached ? " " : "", reached, all);
	return steps;
}

void s2t_report_lemmas(FILE *out, const struct s2t_stats *stats)
{
	fprintf(out,
	        "| lemma | primitives allowed | seen | cases reached | operations |\n|---|---|---|---|---|\n");
	for (int op = 0; op < S2T_LEMMAS; op++) {
		fprintf(out, "| %s_body_correct | ", s2t_op_table[op].name);
		print_set(out, s2t_lemma_interface[op]);
		fputs(" | ", out);
		print_seen(out, stats->primitives[op], s2t_lemma_interface[op]);
		fputs(" | ", out);
		uint64_t steps = print_cases(out, op, stats->cases);

		fprintf(out, " | %" PRIu64 " |\n", steps);
	}
	uint64_t others = 0;

	for (int i = 0; i < S2T_CASE_COUNT; i++)
		if ((int)s2t_case_table[i].op >= S2T_LEMMAS)
			others += stats->cases[i];
	fprintf(out, "operations without a body, the model's own on both sides: %" PRIu64 "\n", others);
}

static json_t *set_json(uint32_t set)
{
	json_t *array = json_array();

	for (int i = 0; i < S2T_PRIMITIVE_COUNT; i++)
		if (set >> i & 1)
			json_array_append_new(array, json_string(s2t_primitive_table[i].name));
	return array;
}

json_t *s2t_report_lemmas_json(const struct s2t_stats *stats)
{
	json_t *lemmas = json_array();

	for (int op = 0; op < S2T_LEMMAS; op++) {
		json_t *reached = json_array();
		uint64_t steps = 0;

		for (int i = 0; i < S2T_CASE_COUNT; i++)
			if (is_of(i, op) && stats->cases[i]) {
				json_array_append_new(reached, json_string(s2t_case_table[i].name));
				steps += stats->cases[i];
			}
		json_array_append_new(lemmas,
		                      json_pack("{s:s, s:o, s:o, s:o, s:I}", "function", s2t_op_table[op].name,
		                                "allowed", set_json(s2t_lemma_interface[op]), "seen",
		                                set_json(stats->primitives[op]), "cases", reached, "operations",
		                                (json_int_t)steps));
	}
	return lemmas;
}
