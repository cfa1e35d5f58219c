/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the low and the high form of an operation are known to disagree, and that the implementation then follows
 * the low form: tests/cases/disagreements.case. A row that no longer disagrees fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases/run_row.h"

#ifndef S2T_SOURCE_DIR
#define S2T_SOURCE_DIR "."
#endif

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
	static char a1[] = "A1", a2[] = "A2", a3[] = "A3", a5[] = "A5", a7[] = "A7";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(rows_of_disagreement, a1),
		cmocka_unit_test_prestate(rows_of_disagreement, a2),
		cmocka_unit_test_prestate(rows_of_disagreement, a3),
		cmocka_unit_test_prestate(rows_of_disagreement, a5),
		cmocka_unit_test_prestate(rows_of_disagreement, a7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
