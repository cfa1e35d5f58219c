/* SPDX-License-Identifier: BSD-2-Clause */
/* A divergence in the forms of its explanation, for those who stand at one. */
#include "report.h"

#include <string.h>

#include "explain_forms.h"

static void print(FILE *out, struct s2t_lockstep *ls, const struct s2t_call *steps,
                  const struct s2t_explain_context *context)
{
	struct s2t_error error = { .resource = false };
	struct s2t_explanation *e = s2t_explain(ls, steps, context, &error);

	if (e)
		s2t_explain_print(out, e);
	else
		fprintf(out, "DIVERGENCE at step %u, which could not be explained: %s\n",
		        (unsigned)ls->step_number, error.text);
	s2t_explanation_free(e);
}

void s2t_report_divergence(FILE *out, struct s2t_lockstep *ls, const struct s2t_call *steps, const char *origin)
{
	const struct s2t_explain_context context = { .origin = origin };

	print(out, ls, steps, &context);
}

json_t *s2t_report_divergence_json(struct s2t_lockstep *ls, const struct s2t_call *steps, const char *origin)
{
	const struct s2t_explain_context context = { .origin = origin };
	struct s2t_error error = { .resource = false };
	struct s2t_explanation *e = s2t_explain(ls, steps, &context, &error);
	json_t *object = e ? s2t_explain_json(e) : json_pack("{s:s}", "error", error.text);

	s2t_explanation_free(e);
	return object;
}

struct s2t_explain_context s2t_report_context(const struct s2t_find *find, const char *options)
{
	static const char *const novelties[] = { NULL, "NEW", "known" };
	const struct s2t_shrunk *shrunk = &find->shrunk;

	/* A kept trace is the shrunk one and named after its signature; any other is the one that was given. */
	const bool kept = strstr(find->path, find->seen.signature.id) != NULL;

	return (struct s2t_explain_context){
		.origin = find->origin,
		.trace_step = kept ? 0 : find->seen.step,
		.trace = find->path[0] ? find->path : NULL,
		.options = options,
		.signature = find->seen.signature.id,
		.signature_text = find->seen.signature.text,
		.corpus = novelties[find->novelty],
		.shrunk_from = find->was_shrunk ? shrunk->given : 0,
		.shrink_replays = shrunk->replays,
		.replayed = find->replayed,
		.repeated = find->repeated,
		.minimal = shrunk->minimal,
		.lost = find->seen.ending.how != S2T_END_DONE,
	};
}

void s2t_report_find(FILE *out, struct s2t_lockstep *ls, const struct s2t_find *find, const char *options)
{
	const struct s2t_explain_context context = s2t_report_context(find, options);

	print(out, ls, find->shrunk.sequence.call, &context);
}

bool s2t_report_find_html(FILE *out, struct s2t_lockstep *ls, const struct s2t_find *find, const char *options)
{
	const struct s2t_explain_context context = s2t_report_context(find, options);
	struct s2t_error error = { .resource = false };
	struct s2t_explanation *e = s2t_explain(ls, find->shrunk.sequence.call, &context, &error);
	const bool good = e && s2t_explain_html(out, e);

	s2t_explanation_free(e);
	return good;
}
