/* SPDX-License-Identifier: BSD-2-Clause */
/* What `s2twin explore` prints. */
#include "explore_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "extra.h"
#include "report.h"

/* A search of less than that says nothing of rates. */
static const double seconds_for_rates = 1;

static const char *const ends[] = {
	[S2T_EXPLORE_COMPLETE] = "complete",       [S2T_EXPLORE_BOUND] = "depth bound",
	[S2T_EXPLORE_DIVERGED] = "DIVERGED",       [S2T_EXPLORE_MEMORY] = "memory limit",
	[S2T_EXPLORE_INTERRUPTED] = "interrupted", [S2T_EXPLORE_FAILED] = "failed",
};

void s2t_exploration_add(struct s2t_exploration *exploration, const struct s2t_explore_result *result)
{
	exploration->states += result->states;
	exploration->transitions += result->transitions;
	exploration->panics += result->panics;
	exploration->undefined += result->undefined;
	exploration->bytes += result->bytes;
	exploration->resumed += result->resumed;
	exploration->seconds += result->seconds;
	exploration->reductions |= result->reductions;
	s2t_stats_add(&exploration->stats, &result->stats);
	if (result->depth > exploration->depth)
		exploration->depth = result->depth;
	if (result->end > exploration->end)
		exploration->end = result->end;
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		exploration->finding = exploration->finding || result->finding[i].count > 0;
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (result->invariant[i].call)
			exploration->broken |= UINT32_C(1) << i;
}

static json_t *sequence_json(const struct s2t_explore_sequence *sequence)
{
	json_t *array = json_array();
	char line[256];

	for (size_t i = 0; i < sequence->count; i++) {
		(void)s2t_call_print(line, sizeof(line), &sequence->call[i]);
		json_array_append_new(array, json_string(line));
	}
	return array;
}

static void print_sequence(const struct s2t_explore_sequence *sequence)
{
	char line[256];

	for (size_t i = 0; i < sequence->count; i++) {
		(void)s2t_call_print(line, sizeof(line), &sequence->call[i]);
		printf("    %s\n", line);
	}
}

json_t *s2t_exploration_part_json(const struct s2t_exploration *exploration, unsigned part,
                                  const struct s2t_explore_result *result)
{
	json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s}", "calls",
	                           (json_int_t)(exploration->part[part + 1] - exploration->part[part]),
	                           "states", (json_int_t)result->states, "transitions",
	                           (json_int_t)result->transitions, "panics", (json_int_t)result->panics,
	                           "undefined", (json_int_t)result->undefined, "depth",
	                           (json_int_t)result->depth, "complete",
	                           (int)(result->end == S2T_EXPLORE_COMPLETE), "end", ends[result->end]);
	json_t *on = json_array(), *off = json_object(), *findings = json_object(), *cases = json_object();
	json_t *broken = json_array();

	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++) {
		const char *name = s2t_reduction_name((enum s2t_reduction)i);

		if (result->reductions >> i & 1)
			json_array_append_new(on, json_string(name));
		if (result->why_not[i])
			json_object_set_new(off, name, json_string(result->why_not[i]));
	}
	for (unsigned i = 0; i < S2T_CASE_COUNT; i++)
		if (result->cases[i])
			json_object_set_new(cases, s2t_case_row((enum s2t_case)i)->name,
			                    json_integer((json_int_t)result->cases[i]));
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		if (result->finding[i].count)
			json_object_set_new(findings, s2t_finding_name((enum s2t_finding)i),
			                    sequence_json(&result->finding[i]));
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (result->invariant[i].call)
			json_array_append_new(broken, json_pack("{s:s, s:s, s:s, s:o}", "number",
			                                        s2t_invariant_table[i].number, "name",
			                                        s2t_invariant_table[i].name, "text",
			                                        s2t_invariant_table[i].text, "after",
			                                        sequence_json(&result->invariant[i])));
	json_object_set_new(object, "broken_invariants", broken);
	json_object_set_new(object, "reductions", on);
	json_object_set_new(object, "not_reduced", off);
	json_object_set_new(object, "cases", cases);
	json_object_set_new(object, "findings", findings);
	return object;
}

static const char *s(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void s2t_print_exploration_part(const struct s2t_exploration *exploration, unsigned part,
                                const struct s2t_explore_result *result)
{
	const size_t calls = exploration->part[part + 1] - exploration->part[part];
	unsigned reached = 0;

	for (unsigned i = 0; i < S2T_CASE_COUNT; i++)
		reached += result->cases[i] != 0;
	printf("part %u of %u: %zu call%s, %s\n", part + 1, exploration->parts, calls, s(calls),
	       ends[result->end]);
	printf("  %" PRIu64 " state%s, %" PRIu64 " expanded, depth %" PRIu32 "\n", result->states,
	       s(result->states), result->expanded, result->depth);
	printf("  %" PRIu64 " transition%s compared, %" PRIu64 " of them panics; %" PRIu64
	       " call%s undefined; %u case%s reached\n",
	       result->transitions, s(result->transitions), result->panics, result->undefined,
	       s(result->undefined), reached, s(reached));
	printf("  reduced:");
	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (result->reductions >> i & 1)
			printf(" %s", s2t_reduction_name((enum s2t_reduction)i));
	printf("%s\n", result->reductions ? "" : " nothing");
	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (result->why_not[i])
			printf("  not reduced: %s: %s\n", s2t_reduction_name((enum s2t_reduction)i),
			       result->why_not[i]);
	for (unsigned i = 0; i < S2T_FINDING_COUNT; i++)
		if (result->finding[i].count > 0) {
			printf("  finding: %s, after\n", s2t_finding_text((enum s2t_finding)i));
			print_sequence(&result->finding[i]);
		}
	for (unsigned i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (result->invariant[i].call) {
			printf("  finding: both sides break %s %s (%s), after\n", s2t_invariant_table[i].number,
			       s2t_invariant_table[i].name, s2t_invariant_table[i].text);
			print_sequence(&result->invariant[i]);
		}
}

/* Which were broken, and which never. */
static void print_invariants(const struct s2t_exploration *exploration)
{
	const struct s2t_lockstep_options *lockstep = &exploration->explore.lockstep;
	const uint32_t wanted = (lockstep->invariants | lockstep->forbidden) & S2T_EXPLORE_INVARIANTS;
	char text[S2T_INVARIANTS_TEXT];

	if (!wanted) {
		printf("invariants: none were checked\n");
		return;
	}
	printf("invariants that both sides break: %s\n",
	       s2t_invariants_print(exploration->broken, text, sizeof(text)));
	printf("invariants that no state breaks: %s\n",
	       s2t_invariants_print(wanted & ~exploration->broken, text, sizeof(text)));
	printf("invariants not checked: %s\n",
	       s2t_invariants_print(S2T_INVARIANTS_ALL & ~wanted, text, sizeof(text)));
}

void s2t_print_exploration_claim(const struct s2t_exploration *exploration)
{
	const struct s2t_lockstep_options *lockstep = &exploration->explore.lockstep;
	const char *except = lockstep->map                     ? ", but for what the map lets pass"
	                     : lockstep->spec == S2T_SPEC_HIGH ? ", but for the known differences"
	                                                       : "";
	const size_t calls = exploration->trace.count;
	const char *these = calls == 1 ? "this" : "these";

	for (unsigned i = 0; i < S2T_REDUCTION_COUNT; i++)
		if (exploration->reductions >> i & 1)
			printf("reduction %-9s %s\n", s2t_reduction_name((enum s2t_reduction)i),
			       s2t_reduction_text((enum s2t_reduction)i));
	print_invariants(exploration);
	s2t_report_passed(stdout, &exploration->stats, lockstep);
	if (exploration->resumed)
		printf("%" PRIu64 " states came from %s\n", exploration->resumed, exploration->keep);
	if (exploration->end <= S2T_EXPLORE_BOUND && exploration->transitions == 0)
		printf("nothing was compared: no call could be made from any state\n");
	else if (exploration->end == S2T_EXPLORE_COMPLETE)
		printf("no sequence of any length over %s %zu call%s on this board diverges%s\n", these, calls,
		       s(calls), except);
	else if (exploration->end == S2T_EXPLORE_BOUND)
		printf("no sequence of up to %" PRIu32 " of %s %zu call%s on this board diverges%s\n",
		       exploration->explore.depth, these, calls, s(calls), except);
	else if (exploration->end != S2T_EXPLORE_DIVERGED)
		printf("not finished (%s): of what was explored nothing diverged\n", ends[exploration->end]);
}

void s2t_print_exploration_rates(const struct s2t_exploration *exploration)
{
	const double states = (double)exploration->states, seconds = exploration->seconds;

	printf("%.2f s", seconds);
	if (seconds >= seconds_for_rates)
		printf(", %.2f M states/min, %.2f M transitions/s, %.0f bytes a state",
		       states / seconds * 60 / 1e6, (double)exploration->transitions / seconds / 1e6,
		       (double)exploration->bytes / states);
	printf("\n");
}

/* How fast, and in how much room; null where that would say nothing. */
static json_t *timing_json(const struct s2t_exploration *exploration)
{
	const double states = (double)exploration->states, seconds = exploration->seconds;
	json_t *timing = json_pack("{s:f, s:n, s:n, s:n}", "seconds", seconds, "states_per_s",
	                           "transitions_per_s", "bytes_per_state");

	if (seconds >= seconds_for_rates) {
		json_object_set_new(timing, "states_per_s", json_real(states / seconds));
		json_object_set_new(timing, "transitions_per_s",
		                    json_real((double)exploration->transitions / seconds));
		json_object_set_new(timing, "bytes_per_state", json_real((double)exploration->bytes / states));
	}
	return timing;
}

json_t *s2t_exploration_json(const struct s2t_exploration *exploration, json_t *parts)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s}", "version", S2T_VERSION,
	                           "universe", exploration->name, "calls", (json_int_t)exploration->trace.count,
	                           "states", (json_int_t)exploration->states, "transitions",
	                           (json_int_t)exploration->transitions, "panics",
	                           (json_int_t)exploration->panics, "undefined",
	                           (json_int_t)exploration->undefined, "depth", (json_int_t)exploration->depth,
	                           "complete", (int)(exploration->end == S2T_EXPLORE_COMPLETE), "end",
	                           ends[exploration->end]);

	s2t_report_passed_json(object, &exploration->stats, &exploration->explore.lockstep);
	json_object_set(object, "parts", parts);
	json_object_set_new(object, "timing", timing_json(exploration));
	return object;
}

void s2t_print_universes(void)
{
	printf("%-10s %4s %5s %12s %8s %11s %10s %4s\n", "universe", "VMs", "pages", "guest frames", "contexts",
	       "share limit", "SMMU limit", "host");
	for (const struct s2t_universe *universe = s2t_universes; universe->name; universe++)
		printf("%-10s %4u %5u %12u %8u %11u %10u %4s\n", universe->name, universe->vms, universe->pages,
		       universe->frames, universe->contexts, universe->max_share_count,
		       universe->el2_smmu_cfg_size, universe->host ? "yes" : "no");
}

json_t *s2t_universes_json(void)
{
	json_t *array = json_array();

	for (const struct s2t_universe *universe = s2t_universes; universe->name; universe++)
		json_array_append_new(
			array, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "universe", universe->name,
		                         "vms", (json_int_t)universe->vms, "pages", (json_int_t)universe->pages,
		                         "guest_frames", (json_int_t)universe->frames, "contexts",
		                         (json_int_t)universe->contexts, "max_share_count",
		                         (json_int_t)universe->max_share_count, "el2_smmu_cfg_size",
		                         (json_int_t)universe->el2_smmu_cfg_size, "host", (int)universe->host));
	return array;
}

json_t *s2t_exploration_universe_json(const struct s2t_exploration *exploration)
{
	json_t *parts = json_array();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (unsigned part = 0; part < exploration->parts; part++) {
		const struct s2t_explore_sequence calls = {
			.call = &exploration->trace.call[exploration->part[part]],
			.count = exploration->part[part + 1] - exploration->part[part],
		};

		json_array_append_new(parts, sequence_json(&calls));
	}
	if (out) {
		(void)s2t_trace_print(out, &exploration->trace.board, exploration->trace.call,
		                      exploration->trace.count, NULL);
		(void)fclose(out);
	}
	json_t *object = json_pack("{s:s, s:I, s:o, s:s*}", "universe", exploration->name, "calls",
	                           (json_int_t)exploration->trace.count, "parts", parts, "trace", text);

	free(text);
	return object;
}
