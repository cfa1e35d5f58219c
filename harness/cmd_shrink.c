/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin shrink`: the shortest trace with the same divergence.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "constants.h"
#include "find.h"
#include "interrupt.h"
#include "iuts.h"
#include "trace.h"

enum {
	OPT_OUT,
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
	OPT_MEMORY_LIMIT,
	OPT_JSON,
};

static const struct s2t_option options[] = {
	[OPT_OUT] = { "o", "OUT", "where the shrunk trace goes (default, and for -: standard output)" },
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
	[OPT_JSON] = { "json", NULL, "tell of the result as JSON; takes -o" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"shrink",
	"TRACE",
	options,
	"Every candidate is replayed, and counts only if it diverges with the same signature: operation, case, kind of\n"
	"difference, kinds of entries. The result is 1-minimal: none of its operations can be left out. The exit status\n"
	"is 1, for the trace diverges; 0 if both sides agree, and then there is nothing to shrink. An interrupt ends the\n"
	"search: the best so far is written. A second one ends it at once, and nothing is.\n",
};

struct settings {
	struct s2t_trial_options trial;
	struct s2t_isolation isolation;
	const char *out;
	bool json;
};

static bool set_option(struct settings *set, struct s2t_args *args, int option)
{
	const struct s2t_iut_settings iut = { .iut = &set->trial.iut,
		                              .lockstep = &set->trial.lockstep,
		                              .isolated = &set->trial.isolation,
		                              .isolation = &set->isolation };

	switch (option) {
	case OPT_OUT: set->out = strcmp(args->value, "-") != 0 ? args->value : NULL; return true;
	case OPT_JSON: set->json = true; return true;
	default: return s2t_args_iut(args, &iut);
	}
}

static bool write_trace(const struct settings *set, const struct s2t_find *find)
{
	const struct s2t_sequence *sequence = &find->shrunk.sequence;
	FILE *out = set->out ? fopen(set->out, "w") : stdout;
	char *comment = s2t_find_comment(find, &set->trial, false);
	bool good = out && comment &&
	            s2t_trace_print_for(out, set->trial.iut, &sequence->board, sequence->call, sequence->count,
	                                comment);

	if (out && out != stdout && fclose(out) != 0)
		good = false;
	if (!good)
		(void)s2t_complain(&usage, S2T_EXIT_INTERNAL, "cannot write '%.200s': %s",
		                   set->out ? set->out : "standard output", strerror(errno));
	free(comment);
	return good;
}

static void print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(object);
}

/* What came of it. How long it took differs from run to run. */
static void tell(const struct settings *set, const struct s2t_find *find)
{
	const struct s2t_shrunk *shrunk = &find->shrunk;
	char chance[S2T_CHANCE_TEXT];

	if (set->json) {
		json_t *object = s2t_find_json(find, &set->trial, NULL);

		json_object_set_new(object, "result", json_string("DIVERGED"));
		json_object_set_new(object, "trace", json_string(set->out));
		json_object_set_new(object, "timing", json_pack("{s:f}", "seconds", shrunk->seconds));
		print_json(object);
		return;
	}
	if (s2t_find_chance(find, chance, sizeof(chance))) {
		fprintf(stderr, "%s: %s\n%s\n", find->seen.signature.id, find->seen.signature.text, chance);
		return;
	}
	fprintf(stderr, "%s: %s\nshrunk from %zu to %zu operations in %" PRIu64 " replays, %.2f ms; %s\n",
	        find->seen.signature.id, find->seen.signature.text, shrunk->given, shrunk->sequence.count,
	        shrunk->replays, shrunk->seconds * 1e3,
	        shrunk->minimal ? "none of these can be left out: each was tried"
	                        : "interrupted, so perhaps more can be left out");
}

static int shrink(const struct settings *set, const struct s2t_trace *trace, const char *path)
{
	const struct s2t_shrink_options limits = { .interrupted = s2t_interrupt_listen() };
	struct s2t_error error = { .resource = false };
	struct s2t_find find;
	int status = S2T_EXIT_DIVERGED;

	if (!s2t_find_init(&find, &set->trial, &trace->board, trace->call, trace->count, path, &error)) {
		fprintf(stderr, "%s\n", error.text);
		if (error.resource)
			return S2T_EXIT_INTERNAL;
		if (set->json)
			print_json(json_pack("{s:s, s:s}", "origin", find.origin, "result", "agreed"));
		return s2t_finish(S2T_EXIT_AGREED);
	}
	s2t_find_from(&find, path);
	if (!s2t_find_shrink(&find, &set->trial, &limits, &error)) {
		status = s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	} else if (!write_trace(set, &find)) {
		status = S2T_EXIT_INTERNAL;
	} else {
		tell(set, &find);
	}
	s2t_find_free(&find);
	if (*limits.interrupted)
		status = S2T_EXIT_INTERRUPTED;
	return s2t_finish(status);
}

int s2t_cmd_shrink(int argc, char **argv, const struct s2t_own *own)
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
	if (set.json && !set.out)
		return s2t_complain(
			&usage, S2T_EXIT_USAGE,
			"--json tells of the result on standard output: send the trace elsewhere with -o");
	if (!s2t_iut_ready(&args, set.trial.iut, &set.trial.lockstep))
		return args.status;
	if (!s2t_trace_load_for(&trace, set.trial.iut, args.operand[0], &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	int status;

	if (s2t_trace_check_physical(&trace, args.operand[0], &error) &&
	    s2t_constants_apply(set.trial.iut, &trace, args.operand[0], &error)) {
		status = shrink(&set, &trace, args.operand[0]);
	} else {
		fprintf(stderr, "%s\n", error.text);
		status = error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	s2t_trace_free(&trace);
	return status;
}
