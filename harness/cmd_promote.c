/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin promote`: a kept divergence becomes a regression test, with what the model expects inside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cmd.h"
#include "constants.h"
#include "expect.h"
#include "iuts.h"
#include "store.h"

enum { OPT_TO, OPT_IUT, OPT_MAP, OPT_WATCH, OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_TO] = { "to", "DIR", "the folder of regressions (default: corpus/regressions)" },
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_WATCH] = S2T_OPTION_WATCH,
	[OPT_JSON] = { "json", NULL, "print the result of each trace as a line of JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"promote",
	"TRACE...",
	options,
	"Each trace is replayed in a child process and written to DIR/SIGNATURE.trace, with the outcome and the returned\n"
	"value of each operation by the model behind the word expect. A trace on which both sides agree, because it was\n"
	"fixed or needs options that promote does not have, keeps the signature that its file is named after.\n"
	"`s2twin replay` tells which regressions are known, which are fixed, and whether the model has changed.\n",
};

struct settings {
	struct s2t_trial_options trial;
	const char *to;
	bool json;
};

/* Appends the comment lines of a file; what cannot be read has none. */
static void copy_comments(FILE *out, const char *path)
{
	char line[1024];
	FILE *in = fopen(path, "r");
	bool begins = true;

	while (in && fgets(line, sizeof(line), in)) {
		if (begins && line[0] == '#')
			fputs(line + (line[1] == ' ' ? 2 : 1), out);
		begins = strchr(line, '\n') != NULL;
	}
	if (in)
		fclose(in);
}

static bool signature_of(const struct settings *set, const struct s2t_trace *trace, const char *path,
                         struct s2t_signature *signature, struct s2t_error *error)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct s2t_observation observation;
	struct s2t_trial trial;

	if (!s2t_trial_init(&trial, &set->trial, &trace->board, error)) {
		error->resource = true;
		return false;
	}
	s2t_trial_run(&trial, trace->call, trace->count, &observation);
	s2t_trial_free(&trial);
	*signature = observation.signature;
	if (observation.verdict == S2T_DIVERGED)
		return true;
	if (observation.verdict == S2T_NO_MEMORY) {
		(void)snprintf(error->text, sizeof(error->text),
		               "%s: out of memory, or no child process could run it", path);
		error->resource = true;
		return false;
	}
	(void)snprintf(signature->id, sizeof(signature->id), "%.16s", name);
	if (s2t_signature_is_id(name, ".trace"))
		return true;
	(void)snprintf(error->text, sizeof(error->text),
	               "%s: the two sides agree, and it is not named after a signature: nothing to promote",
	               path);
	return false;
}

/* The text of the regression, or NULL. */
static char *text_of(const struct s2t_trace *trace, const struct s2t_iut_ops *iut, const char *path,
                     const struct s2t_signature *signature, size_t *size)
{
	struct s2t_expect *expect = calloc(trace->count + 1, sizeof(*expect));
	char *comment = NULL, *text = NULL;
	size_t comment_size;
	FILE *out = open_memstream(&comment, &comment_size);
	bool good = out && expect && s2t_expect_fill(iut, &trace->board, trace->call, trace->count, expect);

	if (out) {
		fprintf(out, "Regression %s, promoted by s2twin " S2T_VERSION "; found as:\n", signature->id);
		copy_comments(out, path);
		if (fclose(out) != 0)
			good = false;
	}
	out = good ? open_memstream(&text, size) : NULL;
	good = out &&
	       s2t_trace_print_expecting(out, iut, &trace->board, trace->call, expect, trace->count, comment);
	if (out && fclose(out) != 0)
		good = false;
	free(expect);
	free(comment);
	if (good)
		return text;
	free(text);
	return NULL;
}

static void print_line(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(line);
}

static int refuse(const struct settings *set, const char *path, const struct s2t_error *error)
{
	fprintf(stderr, "%s\n", error->text);
	if (set->json)
		print_line(json_pack("{s:s, s:s, s:s}", "trace", path, "result", "refused", "message",
		                     error->text));
	return error->resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
}

static int promote(const struct settings *set, struct s2t_trace *trace, const char *path)
{
	struct s2t_error error = { .resource = false };
	struct s2t_signature signature;
	char name[64], *text;
	size_t size;
	bool written;

	if (!s2t_trace_check_physical(trace, path, &error) ||
	    !s2t_constants_apply(set->trial.iut, trace, path, &error) ||
	    !signature_of(set, trace, path, &signature, &error) || !s2t_store_open(set->to, &error))
		return refuse(set, path, &error);
	(void)snprintf(name, sizeof(name), "%s.trace", signature.id);
	text = text_of(trace, set->trial.iut, path, &signature, &size);
	if (!text)
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "not enough memory for %.200s", path);
	const bool good = s2t_store_write(set->to, name, text, size, &written, &error);

	free(text);
	if (!good)
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	if (set->json)
		print_line(json_pack("{s:s, s:s, s:s, s:o}", "trace", path, "result",
		                     written ? "promoted" : "there already", "signature", signature.id,
		                     "regression", json_sprintf("%s/%s", set->to, name)));
	else
		printf("%s/%s%s\n", set->to, name, written ? "" : " was there already");
	return S2T_EXIT_AGREED;
}

int s2t_cmd_promote(int argc, char **argv, const struct s2t_own *own)
{
	const struct s2t_isolation isolation = { .hang_limit = S2T_HANG_LIMIT };
	struct settings set = {
		.trial = { .iut = s2t_own_iut(own),
		           .lockstep = s2t_own_lockstep(own, 0),
		           .isolation = &isolation },
		.to = "corpus/regressions",
	};
	const struct s2t_iut_settings iut = { .iut = &set.trial.iut, .lockstep = &set.trial.lockstep };
	struct s2t_error error;
	struct s2t_trace trace;
	struct s2t_args args;
	int option, status = S2T_EXIT_AGREED;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE) {
		if (option == S2T_ARGS_EXIT)
			return args.status;
		if (option == OPT_TO)
			set.to = args.value;
		else if (option == OPT_JSON)
			set.json = true;
		else if (!s2t_args_iut(&args, &iut))
			return args.status;
	}
	if (!s2t_args_operands(&args, 1, argc) || !s2t_iut_ready(&args, set.trial.iut, &set.trial.lockstep))
		return args.status;
	for (int i = 0; i < args.operand_count; i++) {
		int one = S2T_EXIT_USAGE;

		error.resource = false;
		if (s2t_trace_load_for(&trace, set.trial.iut, args.operand[i], &error)) {
			one = promote(&set, &trace, args.operand[i]);
			s2t_trace_free(&trace);
		} else {
			one = refuse(&set, args.operand[i], &error);
		}
		if (one > status)
			status = one;
	}
	return s2t_finish(status);
}
