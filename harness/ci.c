/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of results that JUnit and SARIF are written from. */
#include "ci.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

static char *copy(struct s2t_ci *ci, const char *text)
{
	char *copied = text ? strdup(text) : NULL;

	if (text && !copied)
		ci->no_memory = true;
	return copied;
}

void s2t_ci_add(struct s2t_ci *ci, const struct s2t_ci_case *one)
{
	if (ci->count == ci->room) {
		const size_t room = ci->room ? 2 * ci->room : 64;
		struct s2t_ci_case *grown = realloc(ci->one, room * sizeof(*grown));

		if (!grown) {
			ci->no_memory = true;
			return;
		}
		ci->one = grown;
		ci->room = room;
	}
	struct s2t_ci_case *added = &ci->one[ci->count++];

	*added = *one;
	added->name = copy(ci, one->name);
	added->rule = copy(ci, one->rule);
	added->message = copy(ci, one->message);
	added->details = copy(ci, one->details);
	added->file = copy(ci, one->file);
}

/* The shrunk trace, for those who see nothing but the CI server's page. */
static char *trace_text(const struct s2t_ci *ci, const struct s2t_find *find)
{
	const struct s2t_sequence *sequence = &find->shrunk.sequence;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "%s\n%s\n", find->seen.signature.text, find->origin);
	if (find->was_shrunk)
		fprintf(out, "shrunk from %zu to %zu operations in %" PRIu64 " replays\n", find->shrunk.given,
		        sequence->count, find->shrunk.replays);
	putc('\n', out);
	(void)s2t_trace_print_for(out, ci->iut, &sequence->board, sequence->call, sequence->count, NULL);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

void s2t_ci_add_find(struct s2t_ci *ci, const char *name, const struct s2t_find *find, const char *file,
                     uint32_t line)
{
	static const char *const novelties[] = { "", " (new)", " (known)" };
	char call[160], text[512];
	const struct s2t_sequence *sequence = &find->shrunk.sequence;

	(void)s2t_call_print_for(call, sizeof(call), ci->iut, &sequence->call[sequence->count - 1]);
	(void)snprintf(text, sizeof(text), "Divergence%s at operation %zu, %s: %s", novelties[find->novelty],
	               sequence->count, call, find->seen.signature.text);
	char *details = trace_text(ci, find);

	s2t_ci_add(ci, &(struct s2t_ci_case){ .name = name,
	                                      .result = S2T_CI_FAILED,
	                                      .rule = find->seen.signature.id,
	                                      .message = text,
	                                      .details = details,
	                                      .file = file,
	                                      .line = line });
	free(details);
}

uint32_t s2t_ci_last_line(const struct s2t_ci *ci, const char *path)
{
	struct s2t_trace trace;
	struct s2t_error error;
	uint32_t line;

	if (!s2t_trace_load_for(&trace, ci->iut, path, &error))
		return 0;
	line = trace.line[trace.count - 1];
	s2t_trace_free(&trace);
	return line;
}

void s2t_ci_free(struct s2t_ci *ci)
{
	for (size_t i = 0; i < ci->count; i++) {
		const char *const texts[] = { ci->one[i].name, ci->one[i].rule, ci->one[i].message,
			                      ci->one[i].details, ci->one[i].file };

		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			free((void *)(uintptr_t)texts[k]);
	}
	free(ci->one);
	ci->one = NULL;
	ci->count = ci->room = 0;
}
