/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants under an abstraction map: those of which the map may leave out what they read. If one side alone breaks one
 * of these, that may be what the two are meant to differ in.
 */
#include <inttypes.h>

#include "inv_rules.h"
#include "mapfile.h"
#include "report.h"

/* What an invariant reads of a descriptor: bits 47:12, and 1:0 by which an MMU tells what it is. */
#define READ_BITS UINT64_C(0x0000fffffffff003)

uint32_t s2t_mapfile_hides(const struct s2t_mapfile *map)
{
	const uint32_t of_npt = S2T_INV(S2T_HOST_NPT_CONS) | S2T_INV(S2T_HOST_FLATMAP) | S2T_INV(S2T_HOST_ISO) |
	                        S2T_INV(S2T_VM_ISO) | S2T_INV(S2T_CORE_MAP) | S2T_INV(S2T_CORE_REMAP) |
	                        S2T_INV(S2T_WRITE_ONCE) | S2T_INV(S2T_HW_WALK) | S2T_INV(S2T_ONE_VM);
	const uint32_t of_content = S2T_INV(S2T_ZERO_ON_RELEASE) | S2T_INV(S2T_STALE_DMA);
	const uint32_t of_spt = S2T_INV(S2T_SPT_CONS) | S2T_INV(S2T_SMMU_ISO) | S2T_INV(S2T_SMMU_COUNT) |
	                        S2T_INV(S2T_SMMU_COUNT_0) | S2T_INV(S2T_HW_WALK) | S2T_INV(S2T_STALE_DMA) |
	                        S2T_INV(S2T_UNBOUND_ISO) | S2T_INV(S2T_UNBOUND_COUNT);
	uint32_t hidden = (map->npt_mask & READ_BITS ? of_npt : 0) | (map->spt_mask & READ_BITS ? of_spt : 0) |
	                  (map->unknown_after ? of_content : 0);

	/* What was tolerated may be any entry. */
	for (size_t i = 0; i < map->rule_count; i++)
		if (map->rule[i].action == S2T_RULE_TOLERATE)
			hidden = S2T_INVARIANTS_ALL;
	return hidden;
}

static uint32_t unjudged(const struct s2t_lockstep_options *options)
{
	return options->map ? s2t_mapfile_hides(options->map) & (options->invariants | options->forbidden) : 0;
}

void s2t_report_unjudged(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	char names[S2T_INVARIANTS_TEXT];

	if (!unjudged(options))
		return;
	fprintf(out, "not judged under the map where one side alone breaks them: %s\n",
	        s2t_invariants_print(unjudged(options), names, sizeof(names)));
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (stats->unjudged[i])
			fprintf(out, "  %-3s %-19s %10" PRIu64 " of %" PRIu64 " states judged from scratch\n",
			        s2t_invariant_table[i].number, s2t_invariant_table[i].name, stats->unjudged[i],
			        stats->judged);
}

json_t *s2t_report_unjudged_json(const struct s2t_stats *stats, const struct s2t_lockstep_options *options)
{
	json_t *list = json_array();

	for (uint32_t set = unjudged(options); set;) {
		const enum s2t_invariant i = s2t_inv_take(&set);

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:I}", "number", s2t_invariant_table[i].number, "name",
		                        s2t_invariant_table[i].name, "states", (json_int_t)stats->unjudged[i]));
	}
	return json_pack("{s:I, s:o}", "states_judged", (json_int_t)stats->judged, "invariants", list);
}
