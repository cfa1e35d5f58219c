/* SPDX-License-Identifier: BSD-2-Clause */
/* Results as SARIF 2.1.0 (OASIS): one run, one rule for each signature, one result for each failure. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "ci.h"
#include "cmd.h"

/* A path as a URI reference: what RFC 3986 does not let stand is escaped. */
static void print_uri(const char *path, char *uri, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	size_t used = 0;

	for (const char *c = path; *c && used + 4 < size; c++)
		used += (size_t)(strchr(plain, *c)
		                         ? snprintf(uri + used, size - used, "%c", *c)
		                         : snprintf(uri + used, size - used, "%%%02X", (unsigned char)*c));
	uri[used] = '\0';
}

static json_t *location(const struct s2t_ci_case *one)
{
	char uri[3 * 4096];

	print_uri(one->file, uri, sizeof(uri));
	json_t *physical = json_pack("{s:{s:s}}", "artifactLocation", "uri", uri);

	if (one->line)
		json_object_set_new(physical, "region", json_pack("{s:I}", "startLine", (json_int_t)one->line));
	return json_pack("{s:o}", "physicalLocation", physical);
}

static const char *rule_of(const struct s2t_ci_case *one)
{
	return one->rule ? one->rule : "error";
}

static json_t *result(const struct s2t_ci_case *one)
{
	json_t *object = json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "ruleId", rule_of(one), "level", "error",
	                           "message", "text", one->message ? one->message : one->name,
	                           "partialFingerprints", "s2twinSignature/v1", rule_of(one));

	if (one->file)
		json_object_set_new(object, "locations", json_pack("[o]", location(one)));
	return object;
}

/* Each rule once. */
static json_t *rules(const struct s2t_ci *ci)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ci->count; i++) {
		bool seen = ci->one[i].result == S2T_CI_PASSED;

		for (size_t k = 0; k < i && !seen; k++)
			seen = ci->one[k].result != S2T_CI_PASSED &&
			       strcmp(rule_of(&ci->one[k]), rule_of(&ci->one[i])) == 0;
		if (!seen)
			json_array_append_new(array, json_pack("{s:s, s:{s:s}}", "id", rule_of(&ci->one[i]),
			                                       "shortDescription", "text",
			                                       ci->one[i].message ? ci->one[i].message
			                                                          : ci->one[i].name));
	}
	return array;
}

bool s2t_sarif_write(const struct s2t_ci *ci, const char *path, struct s2t_error *error)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	json_t *results = json_array();

	for (size_t i = 0; i < ci->count; i++)
		if (ci->one[i].result != S2T_CI_PASSED)
			json_array_append_new(results, result(&ci->one[i]));
	json_t *log = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:o}]}", "$schema",
	                        "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs",
	                        "tool", "driver", "name", "s2twin", "version", S2T_VERSION, "rules", rules(ci),
	                        "results", results);
	bool good = out && log && !ci->no_memory && json_dumpf(log, out, JSON_INDENT(2)) == 0 &&
	            putc('\n', out) != EOF;

	json_decref(log);
	if (out && (out == stdout ? fflush(out) : fclose(out)) != 0)
		good = false;
	if (!good)
		(void)snprintf(error->text, sizeof(error->text), "cannot write '%.200s': %s", path,
		               strerror(errno));
	return good;
}
