/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin eval`: the model alone over a trace.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "eval.h"
#include "scan.h"

enum { OPT_SPEC, OPT_SHOW, OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_SPEC] = { "spec", "low|high|top|bottom", "which Coq form of the operations runs (default: low)" },
	[OPT_SHOW] = { "show", "LIST", "add to each step, with commas between: locks, logs, tstate" },
	[OPT_JSON] = { "json", NULL, "accepted; the output is JSON Lines in any case" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"eval",
	"TRACE",
	options,
	"TRACE is a file, or - for standard input. One line a step, with its outcome, its case, the value that it\n"
	"returns and the entries whose value it changed. The exit status is 0 whatever the outcomes are.\n"
	"locks: the ids of the locks that are held after the step. logs: an array for each lock on whose log the\n"
	"step has put events, such as [\"S2PAGE\",\"WAIT 10\",\"OPULL\",\"OS2_PAGE\",\"REL\"], oldest first; FLATMEM is\n"
	"the log of page contents. tstate: that of the Coq text. --spec top: the form of the security proofs, which\n"
	"the hypercall layer alone has; it keeps no logs, and the locks held are what it calls hlock. --spec bottom:\n"
	"the low form, but a context of the SMMU is emptied as the primitive below does it (smmu_pt_clear).\n",
};

/* "locks,logs,tstate" */
static bool parse_show(struct s2t_args *args, unsigned *show)
{
	const char *at = args->value;

	for (;;) {
		struct s2t_word word = { at, strcspn(at, ",") };

		if (s2t_word_is(&word, "locks"))
			*show |= S2T_SHOW_LOCKS;
		else if (s2t_word_is(&word, "tstate"))
			*show |= S2T_SHOW_TSTATE;
		else if (s2t_word_is(&word, "logs"))
			*show |= S2T_SHOW_LOGS;
		else
			args->status = s2t_complain(&usage, S2T_EXIT_USAGE,
			                            "--show knows locks, logs and tstate, not '%s'",
			                            s2t_quote(&word).text);
		if (args->status != 0)
			return false;
		at += word.len;
		if (*at++ == '\0')
			return true;
	}
}

static int eval_file(const char *path, enum s2t_spec spec, unsigned show)
{
	struct s2t_trace trace;
	struct s2t_error error;
	bool good;

	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return error.resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE;
	}
	good = s2t_eval(stdout, &trace, spec, show, &error);
	s2t_trace_free(&trace);
	if (!good)
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	return s2t_finish(S2T_EXIT_AGREED);
}

int s2t_cmd_eval(int argc, char **argv, const struct s2t_own *own)
{
	enum s2t_spec spec = S2T_SPEC_LOW;
	unsigned show = 0;
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE) {
		if (option == S2T_ARGS_EXIT || (option == OPT_SPEC && !s2t_args_any_spec(&args, &spec)) ||
		    (option == OPT_SHOW && !parse_show(&args, &show)))
			return args.status;
	}
	if (!s2t_args_operands(&args, 1, 1))
		return args.status;
	return eval_file(args.operand[0], spec, show);
}
