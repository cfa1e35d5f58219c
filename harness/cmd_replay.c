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
#include "iuts.h"
#include "report.h"

enum { OPT_IUT, OPT_SPEC, OPT_KNOWN, OPT_LEVEL, OPT_UNDEFINED, OPT_AFTER_PANIC, OPT_FULL_EVERY, OPT_LOGS, OPT_STRICT,
       OPT_JSON };

static const struct s2t_option options[] = {
	[OPT_IUT] = { "iut", "NAME", "implementation under test (default: builtin)" },
	[OPT_SPEC] = { "spec", "low|high", "which Coq form of the operations the model runs (default: low)" },
	[OPT_KNOWN] = { "known", "NAMES", "with --spec high: the differences to the low form to tolerate and count, such "
	                                  "as A1,A3; or none (default: all)" },
	[OPT_LEVEL] = { "level", "stack|body", "body: instead of an implementation, the bodies of the builtin one over the "
	                                       "model's primitives (default: stack)" },
	[OPT_UNDEFINED] = { "undefined", "skip|run", "run: give undefined calls to the implementation, which must "
	                                             "only survive (default: skip)" },
	[OPT_AFTER_PANIC] = { "after-panic", NULL, "go on after a panic, comparing outcomes" },
	[OPT_FULL_EVERY] = { "full-every", "N", "compare the whole state every N steps (default: 64)" },
	[OPT_LOGS] = { "logs", NULL, "compare the events of the locks, too: take, pull, snapshot, release" },
	[OPT_STRICT] = { "strict", NULL, "exit status 1 for a finding, too" },
	[OPT_JSON] = { "json", NULL, "print the result of each trace as a line of JSON" },
	{ NULL, NULL, NULL },
};

static const struct s2t_usage usage = {
	"replay",
	"TRACE...",
	options,
	"TRACE is a file, - for standard input, or a folder: then all files below it whose name ends in .trace,\n"
	"in the order of their names. Every trace is replayed; the first divergence of each is printed.\n",
};

struct replay {
	struct s2t_lockstep_options lockstep;
	const struct s2t_iut_ops *iut;
	bool has_known, strict, json;
	unsigned traces, agreed, diverged, refused;
	struct s2t_stats stats;
	int status;
};

/* The gravest status wins: internal error, then bad input, then divergence. */
static void set_status(struct replay *replay, int status)
{
	if (status > replay->status)
		replay->status = status;
}

static void refuse(struct replay *replay, const struct s2t_error *error)
{
	fprintf(stderr, "%s\n", error->text);
	replay->refused++;
	set_status(replay, error->resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE);
}

/* Steps of a known difference. */
static uint64_t known_steps(const struct s2t_stats *stats, unsigned name)
{
	uint64_t steps = 0;

	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++)
		if (s2t_known_info(row).name == (enum s2t_known_name)name)
			steps += stats->known[row];
	return steps;
}

static json_t *known_json(const struct s2t_lockstep *ls)
{
	json_t *known = json_object();

	for (unsigned name = 0; name < S2T_KNOWN_NAME_COUNT; name++)
		if (ls->options.known >> name & 1)
			json_object_set_new(known, s2t_known_names[name],
			                    json_integer((json_int_t)known_steps(&ls->stats, name)));
	return known;
}

static void print_json(const struct replay *replay, struct s2t_lockstep *ls, const struct s2t_trace *trace,
                       const char *path, enum s2t_verdict verdict)
{
	const bool agreed = verdict < S2T_DIVERGED;
	json_t *line = json_pack("{s:s, s:s, s:I, s:I}", "trace", path, "result", agreed ? "agreed" : "DIVERGED", "steps",
	                         (json_int_t)ls->stats.steps, "undefined", (json_int_t)ls->stats.undefined);

	if (replay->lockstep.spec == S2T_SPEC_HIGH)
		json_object_set_new(line, "known", known_json(ls));
	if (!agreed)
		json_object_set_new(line, "divergence", s2t_report_divergence_json(ls, trace->call, path));
	json_dumpf(line, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(line);
}

static void replay_trace(struct replay *replay, const struct s2t_trace *trace, const char *path)
{
	struct s2t_error error = { .resource = true };
	enum s2t_verdict verdict = S2T_AGREED;
	struct s2t_lockstep *ls = s2t_lockstep_create(&trace->board, replay->iut, &replay->lockstep, &error);

	if (!ls) {
		refuse(replay, &error);
		return;
	}
	for (size_t i = 0; i < trace->count && verdict < S2T_ENDED; i++)
		verdict = s2t_lockstep_step(ls, &trace->call[i]);
	const size_t done = ls->step_number;

	if (verdict < S2T_DIVERGED)
		verdict = s2t_lockstep_end(ls);
	if (verdict == S2T_NO_MEMORY) {
		snprintf(error.text, sizeof(error.text), "%s: out of memory in step %zu", path, done);
		refuse(replay, &error);
	} else {
		if (replay->json)
			print_json(replay, ls, trace, path, verdict);
		else if (verdict == S2T_DIVERGED)
			s2t_report_divergence(stdout, ls, trace->call, path);
		else if (done < trace->count)
			printf("%s: agreed; it ends at step %zu of %zu (line %u)\n", path, done, trace->count,
			       (unsigned)trace->line[done - 1]);
		*(verdict == S2T_DIVERGED ? &replay->diverged : &replay->agreed) += 1;
		if (verdict == S2T_DIVERGED)
			set_status(replay, S2T_EXIT_DIVERGED);
		s2t_stats_add(&replay->stats, &ls->stats);
	}
	s2t_lockstep_destroy(ls);
}

static void replay_file(struct replay *replay, const char *path)
{
	struct s2t_trace trace;
	struct s2t_error error = { .resource = false };

	replay->traces++;
	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error)) {
		refuse(replay, &error);
		return;
	}
	if (s2t_trace_check_physical(&trace, path, &error))
		replay_trace(replay, &trace, path);
	else
		refuse(replay, &error);
	s2t_trace_free(&trace);
}

static int is_wanted(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && (!dot || strcmp(dot, ".trace") == 0);
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A folder: its traces and folders, in the order of their bytes. */
static void replay_folder(struct replay *replay, const char *path)
{
	struct dirent **entry;
	int count = scandir(path, &entry, is_wanted, by_name);

	if (count < 0) {
		struct s2t_error error = { .resource = false };

		snprintf(error.text, sizeof(error.text), "%s: cannot read the folder: %s", path, strerror(errno));
		refuse(replay, &error);
		return;
	}
	for (int i = 0; i < count; i++) {
		size_t size = strlen(path) + strlen(entry[i]->d_name) + 2;
		char *below = malloc(size);

		if (below) {
			snprintf(below, size, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			         entry[i]->d_name);
			if (is_folder(below))
				replay_folder(replay, below);
			else if (strstr(entry[i]->d_name, ".trace"))
				replay_file(replay, below);
		} else {
			set_status(replay, S2T_EXIT_INTERNAL);
		}
		free(below);
		free(entry[i]);
	}
	free(entry);
}

static bool set_option(struct replay *replay, struct s2t_args *args, int option)
{
	uint64_t number;

	switch (option) {
	case OPT_IUT:
		replay->iut = s2t_iut_by_name(args);
		return replay->iut != NULL;
	case OPT_SPEC:
		return s2t_args_spec(args, &replay->lockstep.spec);
	case OPT_KNOWN:
		replay->has_known = true;
		return s2t_args_known(args, &replay->lockstep.known);
	case OPT_LEVEL:
		return s2t_args_level(args, &replay->lockstep.level);
	case OPT_UNDEFINED:
		replay->lockstep.run_undefined = strcmp(args->value, "run") == 0;
		if (replay->lockstep.run_undefined || strcmp(args->value, "skip") == 0)
			return true;
		args->status = s2t_complain(&usage, S2T_EXIT_USAGE, "--undefined is 'skip' or 'run', not '%.40s'",
		                            args->value);
		return false;
	case OPT_AFTER_PANIC:
		replay->lockstep.after_panic = true;
		return true;
	case OPT_FULL_EVERY:
		if (!s2t_args_number(args, 1, UINT32_MAX, &number))
			return false;
		replay->lockstep.full_every = (uint32_t)number;
		return true;
	case OPT_LOGS:
		replay->lockstep.logs = true;
		return true;
	case OPT_STRICT:
		replay->strict = true;
		return true;
	case OPT_JSON:
		replay->json = true;
		return true;
	default:
		return false;
	}
}

static void print_known(const struct replay *replay)
{
	printf("known differences:");
	for (unsigned name = 0; name < S2T_KNOWN_NAME_COUNT; name++)
		if (replay->lockstep.known >> name & 1)
			printf(" %s %llu", s2t_known_names[name],
			       (unsigned long long)known_steps(&replay->stats, name));
	printf("%s\n", replay->lockstep.known ? "" : " none");
}

static void print_total(const struct replay *replay)
{
	uint64_t findings = 0;

	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		findings += replay->stats.findings[i];
	printf("%u traces: %u agreed, %u diverged, %u refused; %llu steps, %llu undefined calls skipped, "
	       "%llu findings\n",
	       replay->traces, replay->agreed, replay->diverged, replay->refused,
	       (unsigned long long)replay->stats.steps, (unsigned long long)replay->stats.undefined,
	       (unsigned long long)findings);
	if (replay->lockstep.spec == S2T_SPEC_HIGH)
		print_known(replay);
}

int s2t_cmd_replay(int argc, char **argv)
{
	struct replay replay = { .lockstep = { .known = S2T_KNOWN_ALL, .full_every = 64 }, .iut = s2t_builtin() };
	struct s2t_args args;
	int option;

	s2t_args_begin(&args, &usage, argc, argv);
	while ((option = s2t_args_next(&args)) != S2T_ARGS_DONE)
		if (option == S2T_ARGS_EXIT || !set_option(&replay, &args, option))
			return args.status;
	if (!s2t_args_operands(&args, 1, argc))
		return args.status;
	if (replay.has_known && replay.lockstep.spec == S2T_SPEC_LOW)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "--known has a meaning only with --spec high");
	if (!s2t_level_fits(&usage, &replay.lockstep, replay.iut))
		return S2T_EXIT_USAGE;
	for (int i = 0; i < args.operand_count; i++) {
		if (is_folder(args.operand[i]))
			replay_folder(&replay, args.operand[i]);
		else
			replay_file(&replay, args.operand[i]);
	}
	if (replay.traces == 0 && replay.status == S2T_EXIT_AGREED)
		return s2t_complain(&usage, S2T_EXIT_USAGE, "no file whose name ends in .trace below '%s'",
		                    args.operand[0]);
	if (!replay.json)
		print_total(&replay);
	for (int i = 0; replay.strict && i < S2T_FINDING_COUNT; i++)
		if (replay.stats.findings[i])
			set_status(&replay, S2T_EXIT_DIVERGED);
	return s2t_finish(replay.status);
}
