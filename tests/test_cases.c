/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of cases, tests/cases/OPERATION.case: what each path through each operation does, written down from
 * the Coq text and checked against the model, low, high and top, and against the implementation. Every case id has a
 * row, and the first row of each is a seed of the corpus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases/run_row.h"

static void rows_of_operation(void **state)
{
	const enum s2t_op *op = *state;
	struct table table;
	unsigned problems = 0, model_only = 0;

	table_of(*op, &table);
	for (size_t i = 0; i < table.count; i++) {
		const struct row *row = &table.row[i];

		if (s2t_case_table[row->want[LOW].case_id].op != *op ||
		    (strcmp(s2t_case_table[row->want[LOW].case_id].name, row->name) != 0 &&
		     strcmp(s2t_case_table[row->want[HIGH].case_id].name, row->name) != 0)) {
			fprintf(stderr, "%s:%u: neither form takes %s\n", row->file, row->line, row->name);
			problems++;
		}
		problems += run_row(row, &model_only);
	}
	print_message("%zu rows, %u of them with the model alone\n", table.count, model_only);
	table_free(&table);
	assert_int_equal(problems, 0);
}

static void every_case_has_a_row(void **state)
{
	unsigned seen[S2T_CASE_COUNT] = { 0 }, missing = 0;

	(void)state;
	for (int op = 0; op < S2T_OP_COUNT; op++) {
		struct table table;

		table_of((enum s2t_op)op, &table);
		for (size_t i = 0; i < table.count; i++) {
			seen[table.row[i].want[LOW].case_id] |= S2T_CASE_IN_LOW;
			seen[table.row[i].want[HIGH].case_id] |= S2T_CASE_IN_HIGH;
			if (table.row[i].want[TOP].case_id >= 0)
				seen[table.row[i].want[TOP].case_id] |= S2T_CASE_IN_TOP;
		}
		table_free(&table);
	}
	for (int id = 0; id < S2T_CASE_COUNT; id++) {
		unsigned lacks = s2t_case_table[id].specs & ~seen[id];

		if (lacks & S2T_CASE_IN_LOW)
			fprintf(stderr, "no row for %s, low\n", s2t_case_table[id].name);
		if (lacks & S2T_CASE_IN_HIGH)
			fprintf(stderr, "no row for %s, high\n", s2t_case_table[id].name);
		if (lacks & S2T_CASE_IN_TOP)
			fprintf(stderr, "no row for %s, top\n", s2t_case_table[id].name);
		missing += lacks != 0;
	}
	assert_int_equal(missing, 0);
}

/* Reads a trace and leaves out its comment lines; how many there were, -1: no such file. */
static int seed_text(const char *path, char *text, size_t size)
{
	char line[512];
	int comments = 0;
	FILE *in = fopen(path, "r");

	text[0] = '\0';
	if (!in)
		return -1;
	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '#')
			comments++;
		else
			append(text, size, line, "");
	}
	fclose(in);
	return comments;
}

/* corpus/seeds/cases/CASE.trace is the first row of CASE. */
static void first_rows_are_seeds(void **state)
{
	bool seen[S2T_CASE_COUNT] = { false };
	unsigned problems = 0;

	(void)state;
	for (int op = 0; op < S2T_OP_MEMORY_COUNT; op++) { /* inputs have no others */
		struct table table;

		table_of((enum s2t_op)op, &table);
		for (size_t i = 0; i < table.count; i++) {
			const struct row *row = &table.row[i];
			int id = s2t_case_by_name(row->name);
			char path[300], want[4096], have[4096];

			if (id < 0 || seen[id])
				continue;
			seen[id] = true;
			snprintf(path, sizeof(path), "%s/corpus/seeds/cases/%s.trace", S2T_SOURCE_DIR,
			         row->name);
			if (row_text(row, want, sizeof(want)) && seed_text(path, have, sizeof(have)) == 1 &&
			    strcmp(want, have) == 0)
				continue;
			fprintf(stderr, "%s: must be one comment line and the row %s:%u\n", path, row->file,
			        row->line);
			problems++;
		}
		table_free(&table);
	}
	assert_int_equal(problems, 0);
}

int main(void)
{
	struct CMUnitTest tests[S2T_OP_COUNT + 2] = {
		[S2T_OP_COUNT] = cmocka_unit_test(every_case_has_a_row),
		[S2T_OP_COUNT + 1] = cmocka_unit_test(first_rows_are_seeds),
	};
	enum s2t_op op[S2T_OP_COUNT];

	for (int i = 0; i < S2T_OP_COUNT; i++) {
		op[i] = (enum s2t_op)i;
		tests[i] = (struct CMUnitTest){ s2t_op_table[i].name, rows_of_operation, NULL, NULL, &op[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
