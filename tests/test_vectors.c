/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces with expected steps, from an independent reading of the Coq text: tests/vectors/low.jsonl and
 * high.jsonl, one object a line. Each trace goes through the parser and the evaluation; the steps must be those
 * expected, with the same writes in any order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval.h"
#include "trace.h"

/* A file of fewer vectors than these was cut, and proves nothing. */
enum { LEAST_VECTORS = 150 };

static char *evaluate(const char *name, const char *text, enum s2t_spec spec)
{
	struct s2t_trace trace;
	struct s2t_error error;
	char *lines = NULL;
	size_t len;
	FILE *out;

	if (!s2t_trace_parse(&trace, S2T_TRACE, name, text, strlen(text), &error))
		fail_msg("%s", error.text);
	out = open_memstream(&lines, &len);
	assert_non_null(out);
	assert_true(s2t_eval(out, &trace, spec, 0, &error));
	assert_int_equal(fclose(out), 0);
	s2t_trace_free(&trace);
	return lines;
}

static json_t *array_of(json_t *object, const char *key)
{
	json_t *array = json_object_get(object, key);

	if (!json_is_array(array))
		fail_msg("no array \"%s\" in an object", key);
	return array;
}

/* Whether the arrays hold the same values, each as often. */
static bool same_multiset(json_t *a, json_t *b)
{
	json_t *left = json_copy(b);
	size_t i, j;
	json_t *x, *y;
	bool same = json_array_size(a) == json_array_size(b);

	json_array_foreach(a, i, x)
	{
		bool found = false;

		json_array_foreach(left, j, y)
		{
			if (json_equal(x, y)) {
				(void)json_array_remove(left, j);
				found = true;
				break;
			}
		}
		same = same && found;
	}
	json_decref(left);
	return same;
}

/* Every key of the expected step, and no more than `case` beside them. */
static bool same_step(json_t *got, json_t *want)
{
	json_t *got_rest = json_copy(got), *want_rest = json_copy(want);
	bool same = same_multiset(array_of(got, "writes"), array_of(want, "writes")) &&
	            json_is_string(json_object_get(got, "case"));

	(void)json_object_del(got_rest, "case");
	(void)json_object_del(got_rest, "writes");
	(void)json_object_del(want_rest, "writes");
	same = same && json_equal(got_rest, want_rest);
	json_decref(got_rest);
	json_decref(want_rest);
	return same;
}

static void report(const char *name, const char *trace, json_t *want, const char *got)
{
	char *text = json_dumps(want, JSON_COMPACT);

	print_error("vector %s, in the trace\n%s  expected %s\n  got      %s\n", name, trace,
	            text != NULL ? text : "?", got);
	free(text);
}

/* The next line, without its end; NULL after the last. */
static char *cut_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (end == NULL)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return line;
}

/* Prints the first step that is not as expected. */
static bool same_steps(const char *name, const char *trace, json_t *expect, char *lines)
{
	char *rest = lines, *line;
	size_t i;
	json_t *want;

	json_array_foreach(expect, i, want)
	{
		json_t *got;
		bool same;

		line = cut_line(&rest);
		got = line != NULL ? json_loads(line, JSON_REJECT_DUPLICATES, NULL) : NULL;
		same = got != NULL && same_step(got, want);
		json_decref(got);
		if (!same) {
			report(name, trace, want, line != NULL ? line : "no more steps");
			return false;
		}
	}
	if (*rest != '\0')
		print_error("vector %s: %zu steps expected, and there are more: %s\n", name, i, rest);
	return *rest == '\0';
}

static bool check_vector(json_t *vector, enum s2t_spec spec)
{
	const char *name = json_string_value(json_object_get(vector, "name"));
	const char *trace = json_string_value(json_object_get(vector, "trace"));
	const char *form = json_string_value(json_object_get(vector, "spec"));
	char *lines;
	bool same;

	if (name == NULL || trace == NULL || form == NULL)
		fail_msg("a vector lacks name, trace or spec");
	assert_string_equal(form, spec == S2T_SPEC_LOW ? "low" : "high");
	lines = evaluate(name, trace, spec);
	same = same_steps(name, trace, array_of(vector, "expect"), lines);
	free(lines);
	return same;
}

static void check_file(const char *path, enum s2t_spec spec)
{
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	unsigned vectors = 0, wrong = 0;

	if (in == NULL)
		fail_msg("cannot read %s", path);
	while (getline(&line, &room, in) > 0) {
		json_t *vector = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (vector == NULL)
			fail_msg("%s:%u: not JSON", path, vectors + 1);
		if (wrong == 0) /* one mismatch is enough to look at */
			wrong += !check_vector(vector, spec);
		json_decref(vector);
		vectors++;
	}
	free(line);
	fclose(in);
	assert_int_equal(wrong, 0);
	assert_in_range(vectors, LEAST_VECTORS, UINT32_MAX);
}

static void low_spec_matches(void **state)
{
	(void)state;
	check_file(S2T_SOURCE_DIR "/tests/vectors/low.jsonl", S2T_SPEC_LOW);
}

static void high_spec_matches(void **state)
{
	(void)state;
	check_file(S2T_SOURCE_DIR "/tests/vectors/high.jsonl", S2T_SPEC_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(low_spec_matches),
		cmocka_unit_test(high_spec_matches),
	};

	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
