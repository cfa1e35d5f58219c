/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace parser: what stands behind the word `expect`.
 */
#include "trace_parse.h"

#include <string.h>

#include "optable.h"

static bool parse_outcome(struct s2t_parse *parse, const struct s2t_word *value, enum s2t_outcome *outcome)
{
	for (int i = S2T_OK; i <= S2T_UNDEFINED; i++) {
		if (s2t_word_is(value, s2t_outcome_name((enum s2t_outcome)i))) {
			*outcome = (enum s2t_outcome)i;
			return true;
		}
	}
	return s2t_scan_refuse(&parse->scan, value->at,
	                       "the model's outcome is ok, panic or undefined, and never '%s'",
	                       s2t_quote(value).text);
}

bool s2t_parse_expect(struct s2t_parse *parse, const struct s2t_word *first, bool returns,
                      struct s2t_expect *expect)
{
	struct s2t_word word, key, value;
	bool has_outcome = false;

	while (s2t_scan_word(&parse->scan, &word)) {
		bool split = s2t_word_split(&word, &key, &value);

		if (split && s2t_word_is(&key, "outcome") && !has_outcome) {
			has_outcome = true;
			if (!parse_outcome(parse, &value, &expect->outcome))
				return false;
		} else if (split && s2t_word_is(&key, "ret") && !expect->has_ret) {
			expect->has_ret = true;
			if (!returns)
				return s2t_scan_refuse(&parse->scan, word.at, "%s returns no value: remove ret",
				                       s2t_quote(first).text);
			if (!s2t_scan_number(&parse->scan, &value, &expect->ret))
				return false;
		} else {
			return s2t_scan_refuse(
				&parse->scan, word.at,
				"'%s' is not expected here; behind expect stand outcome= and, where a "
				"value is returned, ret=, each once",
				s2t_quote(&word).text);
		}
	}
	if (!has_outcome)
		return s2t_scan_refuse(&parse->scan, first->at,
		                       "expect lacks outcome=, which is ok, panic or undefined");
	if (expect->has_ret && expect->outcome == S2T_UNDEFINED)
		return s2t_scan_refuse(&parse->scan, first->at,
		                       "what is undefined returns no value: remove ret");
	return true;
}
