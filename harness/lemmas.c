/* SPDX-License-Identifier: BSD-2-Clause */
/* The layer interfaces of the code proofs, and the table of what a run made of each lemma. */
#include "lemmas.h"

#include <inttypes.h>

#define INFO(id, name, ...) { #name, "a rely of " #name " fails", { __VA_ARGS__ } },
const struct s2t_primitive_info s2t_primitive_table[S2T_PRIMITIVE_COUNT] = { S2T_PRIMITIVES(INFO) };

#define MAY(id) (UINT32_C(1) << S2T_PRIMITIVE_##id)
#define LOCKED  (MAY(ACQUIRE_LOCK_S2PAGE) | MAY(RELEASE_LOCK_S2PAGE))

const uint32_t s2t_lemma_interface[S2T_LEMMAS] = {
	[S2T_OP_MAP_PAGE_HOST] = LOCKED | MAY(GET_PFN_COUNT) | MAY(GET_PFN_OWNER) | MAY(MAP_S2PT) | MAY(PANIC),
	[S2T_OP_CLEAR_VM_PAGE] = LOCKED | MAY(CLEAR_PFN_HOST) | MAY(GET_PFN_OWNER) | MAY(SET_PFN_COUNT) |
	        MAY(SET_PFN_OWNER) | MAY(SET_PFN_MAP) | MAY(CLEAR_PHYS_PAGE),
	[S2T_OP_ASSIGN_PFN_TO_VM] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(GET_PFN_MAP) |
	        MAY(SET_PFN_OWNER) | MAY(SET_PFN_COUNT) | MAY(SET_PFN_MAP) |
	        MAY(CLEAR_PFN_HOST) | MAY(FETCH_FROM_DORACLE) | MAY(PANIC),
	[S2T_OP_MAP_PFN_VM] = MAY(MAP_S2PT),
	[S2T_OP_MAP_VM_IO] = LOCKED | MAY(GET_PFN_OWNER) | MAY(MAP_S2PT),
	[S2T_OP_GRANT_VM_PAGE] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(SET_PFN_COUNT),
	[S2T_OP_REVOKE_VM_PAGE] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(SET_PFN_COUNT) |
	        MAY(CLEAR_PFN_HOST) | MAY(FETCH_FROM_DORACLE),
	[S2T_OP_ASSIGN_PFN_TO_SMMU] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) | MAY(GET_PFN_MAP) |
	        MAY(SET_PFN_OWNER) | MAY(SET_PFN_COUNT) | MAY(SET_PFN_MAP) |
	        MAY(CLEAR_PFN_HOST) | MAY(FETCH_FROM_DORACLE) | MAY(PANIC),
	[S2T_OP_UPDATE_SMMU_PAGE] = LOCKED | MAY(GET_PFN_OWNER) | MAY(GET_PFN_MAP) | MAY(GET_PFN_COUNT) |
	        MAY(SET_PFN_COUNT) | MAY(MAP_SPT) | MAY(PANIC),
	[S2T_OP_UNMAP_SMMU_PAGE] = LOCKED | MAY(UNMAP_SPT) | MAY(GET_PFN_OWNER) | MAY(GET_PFN_COUNT) |
	        MAY(SET_PFN_COUNT),
};

/* The names of a set of primitives. */
static void print_set(FILE *out, uint32_t set)
{
	const char *separator = "";

	for (int i = 0; i < S2T_PRIMITIVE_COUNT; i++)
		if (set >> i & 1) {
			fprintf(out, "%s%s", separator, s2t_primitive_table[i].name);
			separator = ", ";
		}
}

static void print_seen(FILE *out, uint32_t seen, uint32_t allowed)
{
	fputs(seen == 0 ? "none" : "all", out);
	if (seen == 0 || seen == allowed)
		return;
	if (allowed & ~seen) {
		fputs(" but ", out);
		print_set(out, allowed & ~seen);
	}
	if (seen & ~allowed) {
		fputs(", and against the lemma ", out);
		print_set(out, seen & ~allowed);
	}
}

static bool is_of(int i, int op)
{
	return (int)s2t_case_table[i].op == op && (s2t_case_table[i].specs & S2T_CASE_IN_LOW);
}

/* "MPH-0, 2, 3" of so and so many, which are those of the low form. */
static uint64_t print_cases(FILE *out, int op, const uint64_t cases[S2T_CASE_COUNT])
{
	unsigned reached = 0, all = 0;
	uint64_t steps = 0;

	for (int i = 0; i < S2T_CASE_COUNT; i++) {
		if (!is_of(i, op))
			continue;
		all++;
		steps += cases[i];
		if (!cases[i])
			continue;
		if (reached++)
			fprintf(out, ", %u", s2t_case_table[i].number);
		else
			fprintf(out, "%s", s2t_case_table[i].name);
	}
	fprintf(out, "%s(%u of %u)", reached ? " " : "", reached, all);
	return steps;
}

void s2t_lemmas_print(FILE *out, const uint32_t primitives[S2T_LEMMAS], const uint64_t cases[S2T_CASE_COUNT])
{
	fprintf(out, "| lemma | primitives allowed | seen | cases reached | operations |\n|---|---|---|---|---|\n");
	for (int op = 0; op < S2T_LEMMAS; op++) {
		fprintf(out, "| %s_body_correct | ", s2t_op_table[op].name);
		print_set(out, s2t_lemma_interface[op]);
		fputs(" | ", out);
		print_seen(out, primitives[op], s2t_lemma_interface[op]);
		fputs(" | ", out);
		uint64_t steps = print_cases(out, op, cases);

		fprintf(out, " | %" PRIu64 " |\n", steps);
	}
}

static json_t *set_json(uint32_t set)
{
	json_t *array = json_array();

	for (int i = 0; i < S2T_PRIMITIVE_COUNT; i++)
		if (set >> i & 1)
			json_array_append_new(array, json_string(s2t_primitive_table[i].name));
	return array;
}

json_t *s2t_lemmas_json(const uint32_t primitives[S2T_LEMMAS], const uint64_t cases[S2T_CASE_COUNT])
{
	json_t *lemmas = json_array();

	for (int op = 0; op < S2T_LEMMAS; op++) {
		json_t *reached = json_array();
		uint64_t steps = 0;

		for (int i = 0; i < S2T_CASE_COUNT; i++)
			if (is_of(i, op) && cases[i]) {
				json_array_append_new(reached, json_string(s2t_case_table[i].name));
				steps += cases[i];
			}
		json_array_append_new(lemmas, json_pack("{s:s, s:o, s:o, s:o, s:I}", "function", s2t_op_table[op].name,
		                                        "allowed", set_json(s2t_lemma_interface[op]), "seen",
		                                        set_json(primitives[op]), "cases", reached, "operations",
		                                        (json_int_t)steps));
	}
	return lemmas;
}
