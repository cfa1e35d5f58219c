/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin explain`: the full report of one divergence.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "constants.h"
#include "explain_forms.h"
#include "iuts.h"
#include "regressions.h"
#include "report.h"

enum {
	OPT_HTML,
	OPT_JSON,
	OPT_IUT,
	OPT_MAP,
	OPT_WATCH,
	OPT_SPEC,
	OPT_KNOWN,
	OPT_LEVEL,
	OPT_UNDEFINED,
	OPT_AFTER_PANIC,
	OPT_LOGS,
	OPT_INVARIANTS,
	OPT_FORBID,
	OPT_ISOLATE,
	OPT_HANG_LIMIT,
	OPT_MEMORY_LIMIT
};

static const struct s2t_option options[] = {
	[OPT_HTML] = { "html", "FILE",
	               "write the report as one self-contained page, too; - for standard output" },
	[OPT_JSON] = { "json", NULL, "print it as a JSON object" },
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_WATCH] = S2T_OPTION_WATCH,
	[OPT_SPEC] = S2T_OPTION_SPEC,
	[OPT_KNOWN] = S2T_OPTION_KNOWN,
	[OPT_LEVEL] = S2T_OPTION_LEVEL,
	[OPT_UNDEFINED] = S2T_OPTION_UNDEFINED,
	[OPT_AFTER_PANIC] = S2T_OPTION_AFTER_PANIC,
	[OPT_LOGS] = S2T_OPTION_LOGS,
	[OPT_INVARIANTS] = S2T_OPTION_INVARIANTS,
	[OPT_FORBID] = S2T_OPTION_FORBID,
	[OPT_ISOLATE] = S2T_OPTION_ISOLATE,
	[OPT_HANG_LIMIT] = S2T_OPTION_HANG_LIMIT,
	[OPT_MEMORY_LIMIT] = S2T_OPTION_MEMORY_LIMIT,
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"explain",
	"TRACE",
	options,
	"The trace is replayed, and the first step after which the two sides differ is explained: both outcomes, what\n"
	"differs and where it was read, which difference is the cause, what the implementation wrote, which invariants\n"
	"held. A signature is known if a trace of corpus/regressions, or of the folder of that name where TRACE stands,\n"
	"has it. Colour: on a terminal, unless NO_COLOR is set.\n",
};

struct settings {
	struct s2t_trial_options trial;
	struct s2t_isolation isolation;
	const char *html;
	bool json;
};

static bool set_option(struct settings *set, struct s2t_args *args, int option)
{
	const struct s2t_iut_settings iut = { .iut = &set->trial.iut,
		                              .lockstep = &set->trial.lockstep,
		                              .isolated = &set->trial.isolation,
		                              .isolation = &set->isolation };

	switch (option) {
	case OPT_HTML: set->html = args->value; return true;
	case OPT_JSON: set->json = true; return true;
	default: return s2t_args_iut(args, &iut);
	}
}

static int write_html(const struct settings *set, const struct s2t_explanation *e)
{
	FILE *out = strcmp(set->html, "-") == 0 ? stdout : fopen(set->html, "w");
	bool good = out && s2t_explain_html(out, e);

	if (out && out != stdout && fclose(out) != 0)
		good = false;
	if (good)
		return S2T_EXIT_DIVERGED;
	return s2t_complain(&usage, S2T_EXIT_INTERNAL, "cannot write '%.200s': %s", set->html, strerror(errno));
}

static void print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(object);
}

/* What is told at the divergence. */
struct telling {
	const struct settings *set;
	const struct s2t_find *find;
	size_t operations; /* in the trace */
};

static int tell(void *ctx, struct s2t_lockstep *ls)
{
	const struct telling *telling = ctx;
	const struct settings *set = telling->set;
	struct s2t_error error = { .resource = false };
	char words[S2T_REPLAY_OPTIONS];
	struct s2t_explain_context context =
		s2t_report_context(telling->find, s2t_find_replay_options(&set->trial, words, sizeof(words)));

	context.operations = telling->operations;
	struct s2t_explanation *e = s2t_explain(ls, telling->find->shrunk.sequence.call, &context, &error);
	int status = S2T_EXIT_DIVERGED;

	if (!e)
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	if (set->html)
		status = write_html(set, e);
	if (set->json) {
		print_json(s2t_explain_json(e));
	} else if (!set->html || strcmp(set->html, "-") != 0) {
		s2t_explain_print(stdout, e);
	}
	s2t_explanation_free(e);
	return s2t_finish(status);
}

/* Where there is no divergence, the life of the VMs is what there is to tell. */
static bool print_life(const struct s2t_trace *trace)
{
	struct s2t_model *model = s2t_model_create(&trace->board);
	struct s2t_life life = { .rows = 0 };
	char name[40], text[S2T_LIFE_TEXT];
	struct s2t_step step;

	if (!model)
		return false;
	for (size_t i = 0; i < trace->count; i++) {
		s2t_model_step(model, S2T_SPEC_LOW, &trace->call[i], &step);
		s2t_life_note(&life, model, (uint32_t)i + 1);
	}
	for (unsigned i = 0; i < life.rows; i++) {
		s2t_life_name(&life.row[i], name, sizeof(name));
		s2t_life_text(&life.row[i], text, sizeof(text));
		printf("  %-12s %s\n", name, text);
	}
	s2t_model_destroy(model);
	return true;
}

static int explain_trace(const struct settings *set, struct s2t_trace *trace, const char *path,
                         struct s2t_error *error)
{
	struct s2t_find find;

	const bool checked = s2t_trace_check_physical(trace, path, error) &&
	                     s2t_constants_apply(set->trial.iut, trace, path, error);

	if (!checked ||
	    !s2t_find_init(&find, &set->trial, &trace->board, trace->call, trace->count, path, error)) {
		if (checked && find.seen.verdict == S2T_AGREED) {
			if (set->json) {
				print_json(json_pack("{s:s, s:s, s:I}", "origin", find.origin, "result",
				                     "agreed", "operations", (json_int_t)trace->count));
				return s2t_finish(S2T_EXIT_AGREED);
			}
			printf("%s: both sides agree over all %zu operations; there is no divergence to explain\n",
			       path, trace->count);
			if (!print_life(trace))
				return s2t_complain(&usage, S2T_EXIT_INTERNAL, "not enough memory for a model");
			return s2t_finish(S2T_EXIT_AGREED);
		}
		fprintf(stderr, "%s\n", error->text);
		return error->resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	s2t_find_from(&find, path);
	if (strcmp(path, "-") != 0)
		snprintf(find.path, sizeof(find.path), "%s", path);
	find.novelty = s2t_regressions_know(path, find.seen.signature.id) ? S2T_NOVELTY_KNOWN : S2T_NOVELTY_NEW;
	struct telling telling = { set, &find, trace->count };
	int status = s2t_find_present(&find, &set->trial, tell, &telling);

	if (status == S2T_FIND_UNSTEADY) {
		status = S2T_EXIT_DIVERGED;
		if (set->json)
			print_json(json_pack("{s:s, s:s, s:b}", "origin", find.origin, "result", "DIVERGED",
			                     "unsteady", 1));
	}
	s2t_find_free(&find);
	return status;
}

int s2t_cmd_explain(int argc, char **argv, const struct s2t_own *own)
{
	struct settings set = {
		.trial = { .iut = s2t_own_iut(own), .lockstep = s2t_own_lockstep(own, 64) },
		.isolation = { .hang_limit = S2T_HANG_LIMIT },
	};
	struct s2t_error error = { .resource = false };
	struct s2t_trace trace;
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&set, &args, option))
			return args.status;
	if (!s2t_args_operands(&args, 1, 1))
		return args.status;
	if (!s2t_iut_ready(&args, set.trial.iut, &set.trial.lockstep))
		return args.status;
	if (!s2t_trace_load_for(&trace, set.trial.iut, args.operand[0], &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	int status = explain_trace(&set, &trace, args.operand[0], &error);

	s2t_trace_free(&trace);
	return status;
}
