/* SPDX-License-Identifier: BSD-2-Clause */
/* Results as JUnit XML: one test suite, one test case for each trace or run. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ci.h"
#include "cmd.h"

/* Text in an attribute or element. What XML 1.0 cannot hold, or is not ASCII, becomes a question mark. */
static void print_escaped(FILE *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		switch (*c) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\n': fputs("&#10;", out); break;
		case '\t': fputs("&#9;", out); break;
		default: putc(*c >= 0x20 && *c < 0x7f ? *c : '?', out);
		}
	}
}

static void print_attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	print_escaped(out, text);
	putc('"', out);
}

static void print_case(FILE *out, const struct s2t_ci *ci, const struct s2t_ci_case *one)
{
	char class_name[32];

	(void)snprintf(class_name, sizeof(class_name), "s2twin.%s", ci->command);
	fputs("  <testcase", out);
	print_attribute(out, "classname", class_name);
	print_attribute(out, "name", one->name);
	if (one->file)
		print_attribute(out, "file", one->file);
	if (one->line)
		fprintf(out, " line=\"%u\"", (unsigned)one->line);
	fprintf(out, " time=\"%.3f\"", one->seconds);
	if (one->result == S2T_CI_PASSED) {
		fputs("/>\n", out);
		return;
	}
	const char *element = one->result == S2T_CI_FAILED ? "failure" : "error";

	fprintf(out, ">\n    <%s", element);
	print_attribute(out, "type", one->rule ? one->rule : "error");
	print_attribute(out, "message", one->message ? one->message : "");
	putc('>', out);
	print_escaped(out, one->details ? one->details : "");
	fprintf(out, "</%s>\n  </testcase>\n", element);
}

static unsigned count_results(const struct s2t_ci *ci, enum s2t_ci_result result)
{
	unsigned count = 0;

	for (size_t i = 0; i < ci->count; i++)
		count += ci->one[i].result == result;
	return count;
}

bool s2t_junit_write(const struct s2t_ci *ci, const char *path, struct s2t_error *error)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	bool good = out != NULL && !ci->no_memory;
	double seconds = 0;

	for (size_t i = 0; i < ci->count; i++)
		seconds += ci->one[i].seconds;
	if (out) {
		fprintf(out,
		        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		        "<testsuite name=\"s2twin %s\" tests=\"%zu\" failures=\"%u\" errors=\"%u\" skipped=\"0\" "
		        "time=\"%.3f\">\n"
		        "  <properties><property name=\"version\" value=\"" S2T_VERSION "\"/></properties>\n",
		        ci->command, ci->count, count_results(ci, S2T_CI_FAILED),
		        count_results(ci, S2T_CI_ERROR), seconds);
		for (size_t i = 0; i < ci->count; i++)
			print_case(out, ci, &ci->one[i]);
		fputs("</testsuite>\n", out);
		good &= !ferror(out);
	}
	if (out && (out == stdout ? fflush(out) : fclose(out)) != 0)
		good = false;
	if (!good)
		(void)snprintf(error->text, sizeof(error->text), "cannot write '%.200s': %s", path,
		               ci->no_memory ? "out of memory" : strerror(errno));
	return good;
}
