/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the built-in implementation share: a board, an instance, calls, and a look into its
 * memory. Constants are written out here, not taken from the implementation.
 */
#ifndef S2T_TESTS_IMPL_MACHINE_H
#define S2T_TESTS_IMPL_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hyp.h"
#include "s2twin/iut.h"

#define RAM     UINT64_C(0x40000) /* pfn: 16 pages, records 0..15 */
#define BIG_RAM UINT64_C(0x80000) /* pfn: 1024 pages, records 256..1279 */
#define DEVICE  UINT64_C(0x90000) /* pfn: in a region without records */
#define GIB     (UINT64_C(1) << 30)
#define MIB2    (UINT64_C(1) << 21)

static const struct s2t_start_page start_pages[] = {
	{ RAM + 7, { 3, 2, 0x77 } },
	{ RAM + 3, { 16, 0, 5 } },
};

static inline struct s2t_board default_board(void)
{
	const struct s2t_board board = {
		.name = "test",
		.region_count = 3,
		.region = { { 0x40000000, 0x10000, 0 },
		            { 0x80000000, 0x400000, 0x100 },
		            { 0x90000000, 0x4000, S2T_NOMAP } },
		.corevisor = 16,
		.max_share_count = 100,
		.el2_smmu_cfg_size = 16,
		.smmu_host_offset = 1000000000,
		.pt_pool_start = 0x10000,
		.pt_pool_per_vm = 0x2000000,
		.pgd_offset = 0x1000,
		.pud_offset = 0x101000,
		.pmd_offset = 0x901000,
		.smmu_pool_start = 0x10000,
		.smmu_pgd_start = 0x110000,
		.smmu_pmd_start = 0x210000,
		.smmu_pool_end = 0x310000,
		.start_page_count = 2,
		.start_page = start_pages,
	};

	return board;
}

static inline int set_up(void **state)
{
	struct s2t_board board = default_board();
	char error[200];

	*state = s2t_builtin()->create(s2t_builtin(), &board, error, sizeof(error));
	return *state ? 0 : -1;
}

static inline int tear_down(void **state)
{
	s2t_builtin()->destroy(*state);
	return 0;
}

/* struct s2t_iut holds the machine and nothing before it. */
static inline struct s2t_hyp *machine(void *iut)
{
	return iut;
}

static inline struct s2t_result call(void *iut, enum s2t_op op, const uint64_t arg[S2T_MAX_ARGS])
{
	struct s2t_call c = { .op = op };
	struct s2t_result result;

	memcpy(c.arg, arg, sizeof(c.arg));
	s2t_builtin()->call(iut, &c, &result);
	return result;
}
#define ARGS(...)                      ((const uint64_t[S2T_MAX_ARGS]){ __VA_ARGS__ })
#define CALL(iut, op, ...)             call(iut, S2T_OP_##op, ARGS(__VA_ARGS__))
#define EXPECT(outcome_, iut, op, ...) assert_int_equal(CALL(iut, op, __VA_ARGS__).outcome, S2T_##outcome_)

static inline uint64_t word(void *iut, enum s2t_window window, uint64_t addr)
{
	return s2t_mem_load(&machine(iut)->mem, window, addr);
}

static inline uint64_t table(void *iut, enum s2t_window window, uint64_t slot)
{
	uint64_t desc = word(iut, window, slot);

	assert_int_equal(desc & 0xfff, 3);
	return desc & ~UINT64_C(0xfff);
}

/* Byte address of the level 3 descriptor of `ipa`, found by hand. */
static inline uint64_t slot_of(void *iut, uint64_t vmid, uint64_t ipa)
{
	uint64_t t = 0x10000 + vmid * 0x2000000;

	t = table(iut, S2T_WINDOW_S2PT, t + 8 * (ipa >> 39));
	t = table(iut, S2T_WINDOW_S2PT, t + 8 * (ipa >> 30 & 511));
	t = table(iut, S2T_WINDOW_S2PT, t + 8 * (ipa >> 21 & 511));
	return t + 8 * (ipa >> 12 & 511);
}

static inline uint64_t lock_word(void *iut, uint64_t id)
{
	return word(iut, S2T_WINDOW_EL2, machine(iut)->layout.locks + 8 * id);
}

static inline bool lock_held(void *iut, uint64_t id)
{
	return (uint32_t)lock_word(iut, id) != lock_word(iut, id) >> 32;
}

static inline struct s2t_page record(void *iut, uint64_t number)
{
	uint64_t at = machine(iut)->layout.s2_pages + 16 * number;
	uint64_t low = word(iut, S2T_WINDOW_EL2, at);

	return (struct s2t_page){ (uint32_t)low, (uint32_t)(low >> 32), word(iut, S2T_WINDOW_EL2, at + 8) };
}

static inline void expect_record(void *iut, uint64_t number, uint32_t owner, uint32_t count, uint64_t gfn)
{
	struct s2t_page page = record(iut, number);

	assert_int_equal(page.owner, owner);
	assert_int_equal(page.count, count);
	assert_int_equal(page.gfn, gfn);
}

static inline size_t writes(void *iut)
{
	size_t count;

	s2t_builtin()->image->writes(iut, &count);
	return count;
}

#define MACHINE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
