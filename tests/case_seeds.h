/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seeds of the cases of the memory layers, for tests that go through all of them.
 */
#ifndef S2T_TESTS_CASE_SEEDS_H
#define S2T_TESTS_CASE_SEEDS_H

#include <stdio.h>

#include "optable.h"
#include "trace.h"

static inline void check_trace(void (*check)(const char *name, const struct s2t_trace *trace), const char *name,
                               const char *path, unsigned *count)
{
	struct s2t_trace trace;
	struct s2t_error error;

	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
		fail_msg("%s", error.text);
	if (trace.count < 64) {
		check(name, &trace);
		(*count)++;
	}
	s2t_trace_free(&trace);
}

/* Calls `check` for the seed of each case of the memory layers whose trace is short. */
static inline void for_each_case(void (*check)(const char *name, const struct s2t_trace *trace))
{
	unsigned count = 0;

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		const char *name = s2t_case_table[i].name;
		char path[256];

		if (s2t_op_layer(s2t_case_table[i].op) != S2T_LAYER_MEMORY)
			continue;
		snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/seeds/cases/%s.trace", name);
		check_trace(check, name, path, &count);
	}
	assert_true(count > 100);
}

#endif
