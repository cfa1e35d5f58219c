/* SPDX-License-Identifier: BSD-2-Clause */
/* Constants of an implementation against the board, and against the Coq text. */
#include "constants.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

/* Constants.v, and the layouts of NPTWalk and MmioSPTWalk. */
const struct s2t_fixed_constant s2t_fixed_constants[] = {
	{ "page_size", 4096, "bytes of a page" },
	{ "block_size", UINT64_C(1) << 21, "bytes of a level-2 block" },
	{ "entries_per_table", 512, "descriptors in a table" },
	{ "stage2_levels", 4, "levels of the stage-2 tables, root included" },
	{ "smmu_levels", 3, "levels of the SMMU tables, root included" },
	{ "address_bits", 48, "of a stage-2 input address" },
	{ "physical_bits", 40, "of a physical address" },
	{ "smmu_address_bits", 40, "of an SMMU input address" },
	{ "host_vmid", 0, "vmid of the host" },
	{ "invalid_owner", UINT32_MAX, "owner and count of a page that is not RAM" },
	{ "invalid_gfn", UINT64_MAX, "gfn of a page that has none" },
	{ "tombstone", UINT64_C(1) << 57, "host entry of a page that is a guest's" },
	{ "pte_normal", 0xfff, "attributes that map_page_host gives to memory" },
	{ "pte_device", UINT64_C(0x40000000000747),
	  "attributes that it gives to devices, and 0xc0 (to read and write) with them" },
	{ "smmus", 2, "SMMUs" },
	{ "smmu_contexts", 8, "context banks of an SMMU" },
};
const size_t s2t_fixed_constant_count = sizeof(s2t_fixed_constants) / sizeof(s2t_fixed_constants[0]);

static const struct s2t_fixed_constant *find_fixed(const char *name)
{
	for (size_t i = 0; i < s2t_fixed_constant_count; i++)
		if (strcmp(s2t_fixed_constants[i].name, name) == 0)
			return &s2t_fixed_constants[i];
	return NULL;
}

/* The key of that name that holds a number, or host_gfn; -1: there is none. */
static int find_key(const char *name)
{
	for (int key = 0; key < S2T_KEY_REGION; key++)
		if (strcmp(s2t_key_table[key].name, name) == 0)
			return key;
	return -1;
}

/* host_gfn is 0 for offset and 1 for zero. */
static uint64_t value_of(const struct s2t_board *board, int key)
{
	return key == S2T_KEY_HOST_GFN ? board->host_gfn_zero : s2t_board_number(board, (enum s2t_key)key);
}

static void set_value(struct s2t_board *board, int key, uint64_t value)
{
	if (key == S2T_KEY_HOST_GFN)
		board->host_gfn_zero = value != 0;
	else
		s2t_board_set_number(board, (enum s2t_key)key, value);
}

int s2t_constants_differ(const struct s2t_iut_ops *ops, uint64_t *specified)
{
	for (size_t i = 0; i < ops->constant_count; i++) {
		const struct s2t_fixed_constant *fixed = find_fixed(ops->constants[i].name);

		if (fixed && fixed->value != ops->constants[i].value) {
			*specified = fixed->value;
			return (int)i;
		}
	}
	return -1;
}

bool s2t_constants_known(const struct s2t_iut_ops *ops, struct s2t_error *error)
{
	error->resource = false;
	if (ops->constant_count && !ops->constants) {
		snprintf(error->text, sizeof(error->text), "implementation '%s' has %zu constants at NULL",
		         ops->name, ops->constant_count);
		return false;
	}
	for (size_t i = 0; i < ops->constant_count; i++) {
		const char *name = ops->constants[i].name;

		if (name && (find_key(name) >= 0 || find_fixed(name)))
			continue;
		snprintf(error->text, sizeof(error->text),
		         "implementation '%s' has a constant '%s', which is no key of a board and none that is "
		         "fixed: docs/plugin.md lists them",
		         ops->name, name ? s2t_quote_text(name).text : "NULL");
		return false;
	}
	return true;
}

bool s2t_constants_fit(const struct s2t_iut_ops *ops, const struct s2t_board *board, struct s2t_error *error)
{
	for (size_t i = 0; i < ops->constant_count; i++) {
		const int key = find_key(ops->constants[i].name);

		if (key < 0 || value_of(board, key) == ops->constants[i].value)
			continue;
		snprintf(error->text, sizeof(error->text),
		         "implementation '%s' cannot have board '%s': it has %s 0x%" PRIx64
		         ", the board 0x%" PRIx64,
		         ops->name, board->name, ops->constants[i].name, ops->constants[i].value,
		         value_of(board, key));
		error->resource = false;
		return false;
	}
	return true;
}

bool s2t_constants_apply(const struct s2t_iut_ops *ops, struct s2t_trace *trace, const char *name,
                         struct s2t_error *error)
{
	struct s2t_error why;

	for (size_t i = 0; i < ops->constant_count; i++) {
		const struct s2t_constant *constant = &ops->constants[i];
		const int key = find_key(constant->name);

		if (key < 0 || value_of(&trace->board, key) == constant->value)
			continue;
		if (trace->at_key[key].line)
			return s2t_refuse_at(error, name, trace->at_key[key].line, trace->at_key[key].column,
			                     "implementation '%s' has %s 0x%" PRIx64
			                     " and no other: remove the line or say 0x%" PRIx64,
			                     ops->name, constant->name, constant->value, constant->value);
		set_value(&trace->board, key, constant->value);
	}
	if (s2t_board_check(&trace->board, &why) && s2t_board_check_physical(&trace->board, &why))
		return true;
	if (why.resource)
		*error = why;
	else
		(void)s2t_refuse_at(error, name, trace->at_config.line, trace->at_config.column,
		                    "with the constants of implementation '%s' this is no legal board: %s",
		                    ops->name, why.text);
	return false;
}
