/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The range checks of the hypercall dispatcher, word by word: a call with good arguments is handled, and with one word
 * just beyond its range it is refused (HVC-4), while the last word within is not. The bounds are those of
 * TrapDispatcherSpec.v (low and high) and of host_hvc_handler_spec in TrapHandlerSpec.v (top).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"
#include "hyper.h"
#include "optable.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { LOW = 1, TOP = 2, BOTH = 3 }; /* LOW is high, too */

static const struct {
	unsigned forms;
	uint64_t x[6];  /* good ones */
	unsigned word;  /* the one that is changed */
	uint64_t first; /* out of range; first - 1 is not */
} row[] = {
	/* CLEAR_VM_S2_RANGE vmid, start, size */
	{ BOTH, { 14, 1, 0, 0 }, 1, 16 },
	{ LOW, { 14, 1, 0, 0 }, 2, BIT(48) },
	{ LOW, { 14, 1, 0, 0 }, 3, BIT(48) },
	{ TOP, { 14, 1, 0, 0 }, 2, BIT(40) },
	{ TOP, { 14, 1, 0, 0 }, 3, BIT(40) },
	/* SET_BOOT_INFO vmid, load_addr, size */
	{ BOTH, { 15, 1, 0x1000, 0x1000 }, 1, 16 },
	{ LOW, { 15, 1, 0, 0x1000 }, 2, BIT(40) - 0x1000 },
	{ LOW, { 15, 1, 0x1000, 0 }, 2, BIT(40) },
	{ LOW, { 15, 1, 0, 0x1000 }, 3, BIT(40) },
	{ LOW, { 15, 1, 0x1000, 0x1000 }, 3, BIT(40) - 0x1000 },
	{ TOP, { 15, 1, 0, 0x1000 }, 2, BIT(28) - 0x1000 },
	{ TOP, { 15, 1, 0x1000, 0x1000 }, 3, BIT(28) - 0x1000 },
	{ TOP, { 15, 1, 0, 0 }, 2, BIT(28) },
	{ TOP, { 15, 1, 0, 0 }, 3, BIT(28) },
	/* REMAP_VM_IMAGE vmid, pfn, load_idx */
	{ BOTH, { 16, 1, 0, 0 }, 1, 16 },
	{ LOW, { 16, 1, 0, 0 }, 2, BIT(28) },
	{ BOTH, { 16, 1, 0, 0 }, 3, 5 },
	/* VERIFY_VM_IMAGE vmid */
	{ BOTH, { 17, 1 }, 1, 16 },
	/* SMMU_FREE_PGD cbndx, index */
	{ BOTH, { 18, 0, 0 }, 1, 8 },
	{ BOTH, { 18, 0, 0 }, 2, 2 },
	/* SMMU_ALLOC_PGD cbndx, vmid, index */
	{ BOTH, { 19, 0, 1, 0 }, 1, 8 },
	{ BOTH, { 19, 0, 1, 0 }, 2, 16 },
	{ BOTH, { 19, 0, 1, 0 }, 3, 2 },
	/* SMMU_LPAE_MAP iova, paddr, prot, cbndx, index */
	{ BOTH, { 20, 0, 0, 0, 0, 0 }, 1, BIT(40) },
	{ BOTH, { 20, 0, 0, 0, 0, 0 }, 2, BIT(40) },
	{ BOTH, { 20, 0, 0, 0, 0, 0 }, 3, 0x1000 },
	{ BOTH, { 20, 0, 0, 0, 0, 0 }, 4, 8 },
	{ BOTH, { 20, 0, 0, 0, 0, 0 }, 5, 2 },
	/* SMMU_LPAE_IOVA_TO_PHYS and SMMU_CLEAR iova, cbndx, index */
	{ BOTH, { 21, 0, 0, 0 }, 1, BIT(40) },
	{ BOTH, { 21, 0, 0, 0 }, 2, 8 },
	{ BOTH, { 21, 0, 0, 0 }, 3, 2 },
	{ BOTH, { 22, 0, 0, 0 }, 1, BIT(40) },
	{ BOTH, { 22, 0, 0, 0 }, 2, 8 },
	{ BOTH, { 22, 0, 0, 0 }, 3, 2 },
	/* PHYS_ADDR_IOREMAP vmid, gpa, pa, size */
	{ LOW, { 23, 1, 0, 0, 0 }, 1, 17 },
	{ LOW, { 23, 1, 0, 0, 0 }, 2, BIT(48) },
	{ LOW, { 23, 1, 0, 0, 0 }, 3, BIT(40) },
	{ LOW, { 23, 1, 0, 0, 0 }, 4, BIT(40) },
	{ LOW, { 23, 1, 0, 0, 0x1000 }, 2, BIT(48) - 0x1000 },
	{ LOW, { 23, 1, 0, 0, 0x1000 }, 3, BIT(40) - 0x1000 },
	{ TOP, { 23, 1, 0, 0, 0 }, 1, 16 },
	{ TOP, { 23, 1, 0, 0, 0 }, 2, BIT(48) },
	{ TOP, { 23, 1, 0, 0, 0 }, 3, BIT(40) },
	{ TOP, { 23, 1, 0, 0, 0 }, 4, BIT(40) - 0xfff },
	{ TOP, { 23, 1, 0, 0, 1 }, 2, BIT(48) - 0x1000 },
	{ TOP, { 23, 1, 0, 0, 1 }, 3, BIT(40) - 0x1000 },
	/* REGISTER_VCPU vmid, vcpuid */
	{ BOTH, { 25, 1, 0 }, 1, 16 },
	{ BOTH, { 25, 1, 0 }, 2, 8 },
};

/* Words below the range, and those that are wrong whatever they are beyond it. */
static const uint64_t wrong[][6] = {
	{ 14, 0, 0, 0 },
	{ 15, 0, 0, 0 },
	{ 16, 0, 0, 0 },
	{ 17, 0 },
	{ 25, 0, 0 },
	{ 14, 1, UINT64_MAX, 0 },
	{ 15, 1, UINT64_MAX, UINT64_MAX },
	{ 15, 1, 0x1000, UINT64_MAX },
	{ 20, 0, 0, INT64_MAX, 0, 0 },
	{ 20, 0, 0, UINT64_MAX, 0, 0 },
	{ 20, UINT64_MAX, 0, 0, 0, 0 },
	{ 23, 1, UINT64_MAX, 0, 1 },
	{ 23, 1, 0, UINT64_MAX, 1 },
	{ 23, 1, 0, 0, UINT64_MAX },
	{ 23, UINT64_MAX, 0, 0, 0 },
};

static enum s2t_case case_of(enum s2t_spec spec, const uint64_t x[6])
{
	struct s2t_call call = { S2T_OP_HYPERCALL, { 0 } };
	struct s2t_step step;

	struct s2t_model *m = default_model();

	assert_non_null(m);
	for (unsigned i = 0; i < 6; i++)
		call.arg[i] = x[i];
	s2t_model_step(m, spec, &call, &step);
	s2t_model_destroy(m);
	return step.case_id;
}

static unsigned try(enum s2t_spec spec, const uint64_t x[6], bool refused)
{
	const enum s2t_case got = case_of(spec, x);

	if (got != S2T_CASE_HVC_3 && (got == S2T_CASE_HVC_4) == refused)
		return 0;
	fprintf(stderr, "form %d, hypercall %u, 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx: %s\n", (int)spec,
	        (unsigned)x[0], (unsigned long long)x[1], (unsigned long long)x[2], (unsigned long long)x[3],
	        (unsigned long long)x[4], (unsigned long long)x[5], s2t_case_table[got].name);
	return 1;
}

static void test_bounds(void **state)
{
	unsigned problems = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_TOP; spec++) {
			uint64_t x[6];

			if (!(row[i].forms & (spec == S2T_SPEC_TOP ? TOP : LOW)))
				continue;
			for (unsigned word = 0; word < 6; word++)
				x[word] = row[i].x[word];
			problems += try((enum s2t_spec)spec, x, false);
			x[row[i].word] = row[i].first - 1;
			problems += try((enum s2t_spec)spec, x, false);
			x[row[i].word] = row[i].first;
			problems += try((enum s2t_spec)spec, x, true);
		}
	assert_int_equal(problems, 0);
}

static void test_wrong(void **state)
{
	unsigned problems = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_TOP; spec++)
			problems += try((enum s2t_spec)spec, wrong[i], true);
	assert_int_equal(problems, 0);
}

/* The form of the security proofs has encryption, too, which is not modelled. */
static void test_numbers(void **state)
{
	(void)state;
	for (uint64_t number = 0; number < 40; number++) {
		const uint64_t x[6] = { number, 0, 0, 0, 0, 0 };
		const bool known = number >= 14 && number <= 25;

		assert_int_equal(case_of(S2T_SPEC_LOW, x) == S2T_CASE_HVC_3, !known);
		if (number < 26 || number > 29)
			assert_int_equal(case_of(S2T_SPEC_TOP, x) == S2T_CASE_HVC_3, !known);
		else
			assert_int_equal(case_of(S2T_SPEC_TOP, x), S2T_CASE_HVC_0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
