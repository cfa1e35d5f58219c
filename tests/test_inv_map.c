/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one side alone breaks under an abstraction map: a divergence where the map leaves out nothing that the invariant
 * reads, else it is counted.
 */
#include "inv_rig.h"

#include "mapfile.h"

#define UNREAD "mask npt 0x0780000000000000\nmask spt 0x0780000000000000\nhost-gfn zero\npanics resync\n"

static const struct {
	const char *map;
	uint32_t hidden;
} hides[] = {
	{ "", 0 },
	{ UNREAD, 0 },
	{ "known \"it\" when vmid=1 then skip\nknown \"that\" when vmid=2 then resync\n", 0 },
	{ "mask npt 0x1\n", S2T_INV(S2T_HOST_NPT_CONS) | S2T_INV(S2T_HOST_FLATMAP) | S2T_INV(S2T_HOST_ISO) |
	                            S2T_INV(S2T_VM_ISO) | S2T_INV(S2T_CORE_MAP) | S2T_INV(S2T_CORE_REMAP) |
	                            S2T_INV(S2T_WRITE_ONCE) | S2T_INV(S2T_HW_WALK) | S2T_INV(S2T_ONE_VM) },
	{ "mask spt 0x1000\n", S2T_INV(S2T_SPT_CONS) | S2T_INV(S2T_SMMU_ISO) | S2T_INV(S2T_SMMU_COUNT) |
	                               S2T_INV(S2T_SMMU_COUNT_0) | S2T_INV(S2T_HW_WALK) |
	                               S2T_INV(S2T_STALE_DMA) | S2T_INV(S2T_UNBOUND_ISO) |
	                               S2T_INV(S2T_UNBOUND_COUNT) },
	{ "content unknown after clear_vm_page\n", S2T_INV(S2T_ZERO_ON_RELEASE) | S2T_INV(S2T_STALE_DMA) },
	{ "known \"it\" when vmid=1 then tolerate\n", S2T_INVARIANTS_ALL },
};

static struct s2t_mapfile *parse(const char *text)
{
	struct s2t_error error;
	char buf[512];

	snprintf(buf, sizeof(buf), "s2twin-map 1\n%s", text);
	struct s2t_mapfile *map = s2t_mapfile_parse("text", buf, strlen(buf), &error);

	if (!map)
		fail_msg("%s", error.text);
	return map;
}

static void hidden(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hides) / sizeof(hides[0]); i++) {
		struct s2t_mapfile *map = parse(hides[i].map);

		assert_int_equal(s2t_mapfile_hides(map), hides[i].hidden);
		s2t_mapfile_free(map);
	}
}

/* VM 1's page becomes mapped by the host, in the image alone: host_iso. */
static void alone(void **state)
{
	static const char *const maps[] = { UNREAD, "mask npt 0xffffffffffffffff\n" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct s2t_mapfile *map = parse(maps[i]);
		const struct s2t_lockstep_options options = { .invariants = S2T_INVARIANTS_ALL, .map = map };
		struct s2t_trace trace;
		struct s2t_error error;
		struct s2t_walk walk;
		struct s2t_lockstep *ls;

		assert_true(s2t_trace_parse(&trace, S2T_TRACE, "text", "s2twin-trace 1\n" TABLES,
		                            strlen("s2twin-trace 1\n" TABLES), &error));
		ls = s2t_lockstep_create(&trace.board, s2t_builtin(), &options, &error);
		assert_non_null(ls);
		for (size_t k = 0; k < trace.count; k++)
			assert_int_equal(s2t_lockstep_step(ls, &trace.call[k]), S2T_AGREED);
		s2t_view_npt(&ls->view, 0, 0x40001, &walk);
		const uint64_t *words = ls->ops->image->page(ls->iut, S2T_WINDOW_S2PT,
		                                             walk.step[3].address & ~UINT64_C(4095));

		((uint64_t *)(uintptr_t)words)[walk.step[3].address % 4096 / 8] ^= 0x4000; /* page 0x40005 */
		assert_int_equal(s2t_inv_check_end(ls), i ? S2T_INV_AGREED : S2T_INV_DIVERGED);
		assert_int_equal(ls->stats.judged, 1);
		assert_int_equal(ls->stats.unjudged[S2T_HOST_ISO], i);
		assert_int_equal(ls->stats.unjudged[S2T_HOST_FLATMAP], i);
		if (i == 0)
			assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_INVARIANT);
		s2t_lockstep_destroy(ls);
		s2t_trace_free(&trace);
		s2t_mapfile_free(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden),
		cmocka_unit_test(alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
