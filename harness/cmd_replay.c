/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `s2twin replay`: lockstep over traces.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "debugger.h"
#include "iuts.h"
#include "replay.h"
#include "report.h"

enum {
	OPT_IUT,
	OPT_MAP,
	OPT_WATCH,
	OPT_SPEC,
	OPT_KNOWN,
	OPT_LEVEL,
	OPT_UNDEFINED,
	OPT_AFTER_PANIC,
	OPT_FULL_EVERY,
	OPT_LOGS,
	OPT_INVARIANTS,
	OPT_FORBID,
	OPT_OUT,
	OPT_NO_SHRINK,
	OPT_ISOLATE,
	OPT_HANG_LIMIT,
	OPT_MEMORY_LIMIT,
	OPT_STRICT,
	OPT_LOG,
	OPT_STOP_AT,
	OPT_GDB,
	OPT_JSON,
	OPT_JUNIT,
	OPT_SARIF,
};

static const struct s2t_option options[] = {
	[OPT_IUT] = S2T_OPTION_IUT,
	[OPT_MAP] = S2T_OPTION_MAP,
	[OPT_WATCH] = S2T_OPTION_WATCH,
	[OPT_SPEC] = S2T_OPTION_SPEC,
	[OPT_KNOWN] = S2T_OPTION_KNOWN,
	[OPT_LEVEL] = S2T_OPTION_LEVEL,
	[OPT_UNDEFINED] = S2T_OPTION_UNDEFINED,
	[OPT_AFTER_PANIC] = S2T_OPTION_AFTER_PANIC,
	[OPT_FULL_EVERY] = { "full-every", "N",
	                     "compare the whole state every N steps (default: 64, in traces above 16384 operations less often)" },
	[OPT_LOGS] = S2T_OPTION_LOGS,
	[OPT_INVARIANTS] = S2T_OPTION_INVARIANTS,
	[OPT_FORBID] = S2T_OPTION_FORBID,
	[OPT_OUT] = { "out", "DIR", "keep each divergence there, once (default: nowhere)" },
	[OPT_NO_SHRINK] = { "no-shrink", NULL, "tell of a divergence as it is in the trace, not shrunk" },
	[OPT_ISOLATE] = S2T_OPTION_ISOLATE,
	[OPT_HANG_LIMIT] = S2T_OPTION_HANG_LIMIT,
	[OPT_MEMORY_LIMIT] = S2T_OPTION_MEMORY_LIMIT,
	[OPT_STRICT] = { "strict", NULL, "exit status 1 for a finding, too" },
	[OPT_LOG] = { "log", "FILE",
	              "append every step of both sides as a line of JSON; - for standard output" },
	[OPT_STOP_AT] = { "stop-at", "N", "for a debugger: call s2t_stop_here before step N" },
	[OPT_GDB] = { "gdb", NULL,
	              "with --stop-at: run under gdb up to step N, inside the implementation; where gdb is missing "
	              "or standard input is no terminal, print the command that does" },
	[OPT_JSON] = { "json", NULL, "print the result of each trace as a line of JSON" },
	[OPT_JUNIT] = { "junit", "FILE", "write the results as JUnit XML, too" },
	[OPT_SARIF] = { "sarif", "FILE", "write the divergences as SARIF, too" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"replay",
	"TRACE...",
	options,
	"TRACE is a file, - for standard input, or a folder: then all files below it whose name ends in .trace,\n"
	"in the order of their names. Every trace is replayed; the first divergence of each is shrunk and printed.\n"
	"Behind the word expect a trace says what the model makes of an operation; the low form must do that.\n"
	"Traces SIGNATURE.trace in a folder called regressions, and those of corpus/regressions, are known divergences: on\n"
	"one that is fixed both sides agree. A divergence with another signature is new.\n",
};

struct settings {
	struct s2t_replay replay;
	struct s2t_isolation isolation;
	const char *junit, *sarif;
	bool strict, gdb;
};

/* Not . and .., and not what is hidden. */
static int is_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_trace(const char *name)
{
	const size_t len = strlen(name), end = strlen(".trace");

	return len > end && strcmp(name + len - end, ".trace") == 0;
}

/* A folder, and those that it is in. */
struct folder {
	const struct folder *above;
	dev_t device;
	ino_t number;
};

static bool is_folder(const char *path, struct folder *folder)
{
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return false;
	folder->device = status.st_dev;
	folder->number = status.st_ino;
	return true;
}

/* Whether a link has led back to a folder that is being gone through. */
static bool is_within_itself(const struct folder *folder)
{
	for (const struct folder *f = folder->above; f; f = f->above)
		if (f->device == folder->device && f->number == folder->number)
			return true;
	return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A folder: its traces and folders, in the order of their bytes. */
static void replay_folder(struct s2t_replay *replay, const char *path, const struct folder *folder)
{
	struct dirent **entry;
	int count = scandir(path, &entry, is_wanted, by_name);

	if (count < 0) {
		struct s2t_error error = { .resource = false };

		snprintf(error.text, sizeof(error.text), "%s: cannot read the folder: %s", path,
		         strerror(errno));
		s2t_replay_refuse(replay, path, &error);
		return;
	}
	for (int i = 0; i < count; i++) {
		size_t size = strlen(path) + strlen(entry[i]->d_name) + 2;
		struct folder next = { .above = folder };
		char *below = malloc(size);

		if (below) {
			snprintf(below, size, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			         entry[i]->d_name);
			if (!is_folder(below, &next)) {
				if (is_trace(entry[i]->d_name))
					s2t_replay_file(replay, below);
			} else if (!is_within_itself(&next)) {
				replay_folder(replay, below, &next);
			}
		} else {
			replay->status = S2T_EXIT_INTERNAL;
		}
		free(below);
		free(entry[i]);
	}
	free(entry);
}

static bool set_option(struct settings *set, struct s2t_args *args, int option)
{
	struct s2t_replay *replay = &set->replay;
	struct s2t_lockstep_options *lockstep = &replay->trial.lockstep;
	const struct s2t_iut_settings iut = { .iut = &replay->trial.iut,
		                              .lockstep = &replay->trial.lockstep,
		                              .isolated = &replay->trial.isolation,
		                              .isolation = &set->isolation };
	uint64_t number;

	switch (option) {
	case OPT_FULL_EVERY:
		if (!s2t_args_number(args, 1, UINT32_MAX, &number))
			return false;
		lockstep->full_every = (uint32_t)number;
		lockstep->full_default = false;
		return true;
	case OPT_OUT: replay->out = args->value; return true;
	case OPT_NO_SHRINK: replay->shrink = false; return true;
	case OPT_STRICT: set->strict = true; return true;
	case OPT_LOG: replay->watch.log = args->value; return true;
	case OPT_STOP_AT:
		if (!s2t_args_number(args, 1, UINT32_MAX, &number))
			return false;
		replay->watch.stop_at = (uint32_t)number;
		return true;
	case OPT_GDB: set->gdb = true; return true;
	case OPT_JSON: replay->json = true; return true;
	case OPT_JUNIT: set->junit = args->value; return true;
	case OPT_SARIF: set->sarif = args->value; return true;
	default: return s2t_args_iut(args, &iut);
	}
}

static void print_known(const struct s2t_replay *replay)
{
	const uint32_t known = replay->trial.lockstep.known;

	printf("known differences:");
	for (unsigned name = 0; name < S2T_KNOWN_NAME_COUNT; name++)
		if (known >> name & 1)
			printf(" %s %llu", s2t_known_names[name],
			       (unsigned long long)s2t_replay_known_steps(&replay->stats, name));
	printf("%s\n", known ? "" : " none");
}

static void print_total(const struct s2t_replay *replay)
{
	uint64_t findings = 0;

	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		findings += replay->stats.findings[i];
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (replay->stats.invariants[i].steps)
			printf("both sides break %s %s in %llu steps\n", s2t_invariant_table[i].number,
			       s2t_invariant_table[i].name,
			       (unsigned long long)replay->stats.invariants[i].steps);
	printf("%u traces: %u agreed, %u diverged, %u refused; %llu steps, %llu undefined calls skipped, "
	       "%llu findings\n",
	       replay->traces, replay->agreed, replay->diverged, replay->refused,
	       (unsigned long long)replay->stats.steps, (unsigned long long)replay->stats.undefined,
	       (unsigned long long)findings);
	if (replay->regressions.count > 0)
		printf("against the regressions: %u known, %u fixed, %u new\n", replay->known, replay->fixed,
		       replay->unknown);
	if (replay->changed)
		printf("%u traces expect what the model does not do\n", replay->changed);
	if (replay->trial.lockstep.spec == S2T_SPEC_HIGH)
		print_known(replay);
	s2t_report_map(stdout, &replay->stats, &replay->trial.lockstep);
}

static int write_reports(const struct settings *set)
{
	const struct s2t_ci *ci = &set->replay.ci;
	struct s2t_error error;

	if ((set->junit && !s2t_junit_write(ci, set->junit, &error)) ||
	    (set->sarif && !s2t_sarif_write(ci, set->sarif, &error)))
		return s2t_complain(&usage, S2T_EXIT_INTERNAL, "%s", error.text);
	return S2T_EXIT_AGREED;
}

static int replay_all(struct settings *set, const struct s2t_args *args)
{
	struct s2t_replay *replay = &set->replay;

	for (int i = 0; i < args->operand_count; i++)
		if (!s2t_regressions_look(&replay->regressions, args->operand[i]))
			return s2t_complain(&usage, S2T_EXIT_INTERNAL, "out of memory");
	for (int i = 0; i < args->operand_count; i++) {
		struct folder folder = { .above = NULL };

		if (is_folder(args->operand[i], &folder))
			replay_folder(replay, args->operand[i], &folder);
		else
			s2t_replay_file(replay, args->operand[i]);
	}
	if (replay->traces == 0 && replay->status == S2T_EXIT_AGREED)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "no file whose name ends in .trace below '%s'",
		                    args->operand[0]);
	if (replay->longest && replay->watch.stop_at > replay->longest)
		return s2t_complain(&usage, S2T_EXIT_USAGE,
		                    "--stop-at %u: no trace has that step; the longest has %zu",
		                    (unsigned)replay->watch.stop_at, replay->longest);
	if (!replay->json)
		print_total(replay);
	for (int i = 0; set->strict && i < S2T_FINDING_COUNT; i++)
		if ((replay->stats.findings[i] || s2t_invariants_found(&replay->stats)) &&
		    replay->status == S2T_EXIT_AGREED)
			replay->status = S2T_EXIT_DIVERGED;
	const int status = write_reports(set);

	return status > replay->status ? status : replay->status;
}

int s2t_cmd_replay(int argc, char **argv, const struct s2t_own *own)
{
	struct settings set = {
		.replay = { .trial = { .iut = s2t_own_iut(own), .lockstep = s2t_own_lockstep(own, 64) },
		            .limits = { .operations = S2T_SHRINK_OPERATIONS },
		            .shrink = true,
		            .ci = { .command = "replay" } },
		.isolation = { .hang_limit = S2T_HANG_LIMIT },
	};
	struct s2t_lockstep_options *lockstep = &set.replay.trial.lockstep;
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv, own);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&set, &args, option))
			return args.status;
	if (!s2t_args_operands(&args, 1, argc))
		return args.status;
	if (!s2t_iut_ready(&args, set.replay.trial.iut, lockstep))
		return args.status;
	set.replay.ci.iut = set.replay.trial.iut;
	if (set.replay.watch.stop_at && lockstep->level == S2T_LEVEL_BODY)
		return s2t_complain(&usage, S2T_EXIT_USAGE,
		                    "--stop-at stops in an implementation; leave out --level body");
	if (set.gdb && !set.replay.watch.stop_at)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "--gdb needs --stop-at N, the step to stop before");
	if (set.gdb)
		return s2t_debug(argc, argv);
	const int status = replay_all(&set, &args);

	s2t_regressions_free(&set.replay.regressions);
	s2t_ci_free(&set.replay.ci);
	return s2t_finish(status);
}
