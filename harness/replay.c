/* SPDX-License-Identifier: BSD-2-Clause */
/* One trace: what it expects of the model, lockstep, and what becomes of a divergence. */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "cmd.h"
#include "constants.h"
#include "expect.h"
#include "explain_forms.h"
#include "finder.h"
#include "report.h"
#include "store.h"

/* The gravest status wins: internal error, then bad input, then divergence. */
static void set_status(struct s2t_replay *replay, int status)
{
	if (status > replay->status)
		replay->status = status;
}

/* JSON is UTF-8, and the name of a file may be anything. */
static json_t *name_of(const char *path)
{
	json_t *name = json_string(path);

	return name ? name : json_string(s2t_explain_name(path).text);
}

static void print_line(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(line);
}

void s2t_replay_refuse(struct s2t_replay *replay, const char *path, const struct s2t_error *error)
{
	fprintf(stderr, "%s\n", error->text);
	if (replay->json)
		print_line(json_pack("{s:o, s:s, s:o}", "trace", name_of(path), "result", "refused", "message",
		                     name_of(error->text)));
	replay->refused++;
	set_status(replay, error->resource ? S2T_EXIT_INTERNAL : S2T_EXIT_USAGE);
	s2t_ci_add(&replay->ci,
	           &(struct s2t_ci_case){
			   .name = path, .result = S2T_CI_ERROR, .message = error->text, .file = path });
}

uint64_t s2t_replay_known_steps(const struct s2t_stats *stats, unsigned name)
{
	uint64_t steps = 0;

	for (unsigned row = 0; row < S2T_KNOWN_COUNT; row++)
		if (s2t_known_info(row).name == (enum s2t_known_name)name)
			steps += stats->known[row];
	return steps;
}

/* The line of JSON of a trace, as far as it is the same for all. */
static json_t *begin_line(const struct s2t_replay *replay, const struct s2t_stats *stats, const char *path,
                          const char *result)
{
	const struct s2t_lockstep_options *lockstep = &replay->trial.lockstep;
	json_t *line = json_pack("{s:o, s:s, s:I, s:I}", "trace", name_of(path), "result", result, "steps",
	                         (json_int_t)stats->steps, "undefined", (json_int_t)stats->undefined);

	if (lockstep->spec == S2T_SPEC_HIGH) {
		json_t *known = json_object();

		for (unsigned name = 0; name < S2T_KNOWN_NAME_COUNT; name++)
			if (lockstep->known >> name & 1)
				json_object_set_new(
					known, s2t_known_names[name],
					json_integer((json_int_t)s2t_replay_known_steps(stats, name)));
		json_object_set_new(line, "known", known);
	}
	s2t_report_map_json(line, stats, &replay->trial.lockstep);
	s2t_report_invariants_json(line, stats, &replay->trial.lockstep);
	return line;
}

/* What happens at the divergence. */
struct telling {
	const struct s2t_replay *replay;
	const struct s2t_find *find;
	const struct s2t_stats *stats;
	const char *path;
};

static int tell(void *ctx, struct s2t_lockstep *ls)
{
	const struct telling *telling = ctx;
	const struct s2t_find *find = telling->find;
	const struct s2t_trial_options *options = &telling->replay->trial;
	char words[S2T_REPLAY_OPTIONS];

	if (telling->replay->json) {
		json_t *line = begin_line(telling->replay, telling->stats, telling->path, "DIVERGED");
		json_t *divergence = s2t_report_divergence_json(ls, find->shrunk.sequence.call, find->origin);
		json_t *object = s2t_find_json(find, options, divergence);

		json_object_update(line, object);
		json_decref(object);
		print_line(line);
	} else {
		s2t_report_find(stdout, ls, find, s2t_find_replay_options(options, words, sizeof(words)));
	}
	return S2T_EXIT_DIVERGED;
}

/* Looks the signature up, and keeps the find where that is wanted. */
static bool keep(struct s2t_replay *replay, struct s2t_find *find, const char *path, struct s2t_error *error)
{
	if (replay->out) {
		if (!s2t_store_open(replay->out, error) ||
		    !s2t_store_original(replay->out, find, &replay->trial, error) ||
		    !s2t_store_find(replay->out, find, &replay->trial, error) ||
		    !s2t_finder_describe(replay->out, find, &replay->trial, error))
			return false;
	} else {
		find->novelty = S2T_NOVELTY_NEW;
	}
	if (s2t_regressions_have(&replay->regressions, find->seen.signature.id) ||
	    s2t_regressions_know(path, find->seen.signature.id))
		find->novelty = S2T_NOVELTY_KNOWN;
	return true;
}

/* The two sides differed, and no longer do: that they did is what counts. */
static bool tell_unsteady(struct s2t_replay *replay, const char *path, const struct s2t_stats *stats)
{
	replay->diverged++;
	replay->unknown++;
	set_status(replay, S2T_EXIT_DIVERGED);
	if (replay->json) {
		json_t *line = begin_line(replay, stats, path, "DIVERGED");

		json_object_set_new(line, "unsteady", json_true());
		json_object_set_new(line, "message", json_string(s2t_unsteady_text));
		print_line(line);
	} else {
		printf("%s: it %s\n", path, s2t_unsteady_text);
	}
	s2t_ci_add(&replay->ci, &(struct s2t_ci_case){ .name = path,
	                                               .result = S2T_CI_FAILED,
	                                               .rule = "unsteady",
	                                               .message = s2t_unsteady_text,
	                                               .file = path });
	return true;
}

/* The two sides differ, as `seen` has it: shrinks, keeps and tells. */
static bool diverge(struct s2t_replay *replay, const struct s2t_trace *trace, const char *path,
                    const struct s2t_observation *seen, const struct s2t_stats *stats, struct s2t_error *error)
{
	struct s2t_find find;

	if (!s2t_find_init(&find, &replay->trial, &trace->board, trace->call, trace->count, path, error)) {
		/* It did diverge a moment ago. */
		return !error->resource && tell_unsteady(replay, path, stats);
	}
	if (find.seen.step != seen->step || !s2t_signature_same(&find.seen.signature, &seen->signature)) {
		s2t_find_free(&find);
		return tell_unsteady(replay, path, stats);
	}
	const uint32_t line = trace->line[find.seen.step - 1];
	int status = S2T_EXIT_DIVERGED;

	s2t_find_from(&find, path);
	error->resource = true;
	bool good = (!replay->shrink || s2t_find_shrink(&find, &replay->trial, &replay->limits, error)) &&
	            keep(replay, &find, path, error);

	if (good) {
		struct telling telling = { replay, &find, stats, path };

		if (!replay->out && strcmp(path, "-") != 0)
			(void)snprintf(find.path, sizeof(find.path), "%s", path);
		if (find.was_shrunk)
			fprintf(stderr, "%s: shrunk from %zu to %zu operations in %.2f ms\n", path,
			        find.shrunk.given, find.shrunk.sequence.count, find.shrunk.seconds * 1e3);
		status = s2t_find_present(&find, &replay->trial, tell, &telling);
	}
	if (good ? status == S2T_FIND_UNSTEADY : !error->resource) {
		s2t_find_free(&find);
		return tell_unsteady(replay, path, stats);
	}
	if (good) {
		set_status(replay, status);
		replay->diverged++;
		*(find.novelty == S2T_NOVELTY_KNOWN ? &replay->known : &replay->unknown) += 1;
		s2t_ci_add_find(&replay->ci, path, &find, path, line);
	}
	s2t_find_free(&find);
	return good;
}

/* Where the trace first breaks each invariant that both sides break. */
static void print_findings(const struct s2t_trace *trace, const char *path, const struct s2t_stats *stats)
{
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_finding *finding = &stats->invariants[i];

		char where[128];

		if (!finding->steps)
			continue;
		s2t_finding_where((enum s2t_invariant)i, finding, where, sizeof(where));
		printf("%s: both sides break %s %s at step %u (line %u): %s\n", path,
		       s2t_invariant_table[i].number, s2t_invariant_table[i].name, (unsigned)finding->step,
		       (unsigned)trace->line[finding->step - 1], where);
	}
}

static void agree(struct s2t_replay *replay, const struct s2t_trace *trace, const char *path,
                  const struct s2t_trial *trial, uint32_t done, double seconds)
{
	replay->agreed++;
	if (s2t_is_regression(path))
		replay->fixed++;
	if (replay->json)
		print_line(begin_line(replay, &trial->stats, path, "agreed"));
	else if (done < trace->count)
		printf("%s: agreed; it ends at step %u of %zu (line %u)\n", path, (unsigned)done, trace->count,
		       (unsigned)trace->line[done - 1]);
	if (!replay->json)
		print_findings(trace, path, &trial->stats);
	s2t_ci_add(&replay->ci,
	           &(struct s2t_ci_case){
			   .name = path, .result = S2T_CI_PASSED, .file = path, .seconds = seconds });
}

/* What the trace expects is what the low form does. Returns whether to go on. */
static bool meets_expectations(struct s2t_replay *replay, const struct s2t_trace *trace, const char *path)
{
	struct s2t_error error = { .resource = false };

	if (!trace->has_expect || replay->trial.lockstep.spec != S2T_SPEC_LOW)
		return true;
	switch (s2t_expect_check(replay->trial.iut, trace, path, &error)) {
	case S2T_EXPECT_MET: return true;
	case S2T_EXPECT_NO_MEMORY: s2t_replay_refuse(replay, path, &error); return false;
	case S2T_EXPECT_CHANGED: break;
	}
	const struct s2t_stats none = { .steps = 0 };

	replay->changed++;
	set_status(replay, S2T_EXIT_DIVERGED);
	if (replay->json) {
		json_t *line = begin_line(replay, &none, path, "MODEL CHANGED");

		json_object_set_new(line, "message", json_string(error.text));
		print_line(line);
	} else {
		printf("%s\n", error.text);
	}
	s2t_ci_add(&replay->ci, &(struct s2t_ci_case){ .name = path,
	                                               .result = S2T_CI_FAILED,
	                                               .rule = "model-changed",
	                                               .message = error.text,
	                                               .file = path });
	return false;
}

static void replay_trace(struct s2t_replay *replay, const struct s2t_trace *trace, const char *path)
{
	const double begin = s2t_now();
	struct s2t_error error = { .resource = true };
	struct s2t_observation observation;
	struct s2t_trial trial;

	if (!meets_expectations(replay, trace, path))
		return;
	if (!s2t_trial_init(&trial, &replay->trial, &trace->board, &error)) {
		s2t_replay_refuse(replay, path, &error);
		return;
	}
	s2t_trial_run(&trial, trace->call, trace->count, &observation);
	if (observation.verdict == S2T_NO_MEMORY) {
		(void)snprintf(error.text, sizeof(error.text), "%s: out of memory in step %u", path,
		               (unsigned)observation.step);
		s2t_replay_refuse(replay, path, &error);
	} else if (observation.verdict != S2T_DIVERGED) {
		agree(replay, trace, path, &trial, observation.step, s2t_now() - begin);
	} else if (!diverge(replay, trace, path, &observation, &trial.stats, &error)) {
		s2t_replay_refuse(replay, path, &error);
	}
	s2t_stats_add(&replay->stats, &trial.stats);
	s2t_trial_free(&trial);
}

void s2t_replay_file(struct s2t_replay *replay, const char *path)
{
	struct s2t_trace trace;
	struct s2t_error error = { .resource = false };

	replay->traces++;
	if (!s2t_trace_load_for(&trace, replay->trial.iut, path, &error)) {
		s2t_replay_refuse(replay, path, &error);
		return;
	}
	const bool watched = replay->watch.log || replay->watch.stop_at;

	if (replay->longest < trace.count)
		replay->longest = trace.count;

	if (s2t_trace_check_physical(&trace, path, &error) &&
	    s2t_constants_apply(replay->trial.iut, &trace, path, &error) &&
	    (!watched || s2t_watch_trace(&replay->watch, &trace, path, &replay->trial, &error)))
		replay_trace(replay, &trace, path);
	else
		s2t_replay_refuse(replay, path, &error);
	s2t_trace_free(&trace);
}
