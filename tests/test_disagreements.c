/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the low and the high form of an operation are known to disagree, and that the implementation then
 * follows the low form: tests/cases/disagreements.case. A row that no longer disagrees fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases/run_row.h"

static bool same(const struct expectation *a, const struct expectation *b)
{
	if (a->case_id != b->case_id || a->outcome != b->outcome || a->ret != b->ret || a->held != b->held ||
	    a->writes.count != b->writes.count)
		return false;
	for (size_t i = 0; i < a->writes.count; i++)
		if (entry_order(&a->writes.at[i], &b->writes.at[i]) != 0 ||
		    memcmp(a->writes.at[i].value, b->writes.at[i].value, sizeof(a->writes.at[i].value)) != 0)
			return false;
	return true;
}

/* The rows of the disagreement that `*state` names, as each form and the implementation run them. */
static void rows_of_disagreement(void **state)
{
	const char *name = *state;
	struct table table;
	unsigned problems = 0, rows = 0, model_only = 0;

	assert_true(table_load(&table, S2T_SOURCE_DIR "/tests/cases/disagreements.case"));
	for (size_t i = 0; i < table.count; i++) {
		const struct row *row = &table.row[i];

		if (strcmp(row->name, name) != 0)
			continue;
		rows++;
		if (!row->shared && same(&row->want[LOW], &row->want[HIGH])) {
			fprintf(stderr, "%s:%u: %s: low and high agree here\n", row->file, row->line, name);
			problems++;
		}
		problems += run_row(row, &model_only);
	}
	print_message("%s: %u rows, %u of them with the model alone\n", name, rows, model_only);
	table_free(&table);
	assert_true(rows > 0);
	assert_int_equal(problems, 0);
}

int main(void)
{
	char name[][3] = { "A1", "A2", "A3", "A5", "A7" };
	struct CMUnitTest tests[sizeof(name) / sizeof(name[0])];

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		tests[i] = (struct CMUnitTest){ name[i], rows_of_disagreement, NULL, NULL, name[i] };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
