/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMMU in the built-in implementation, from the Coq text alone: whose banks there are and what may be mapped in them,
 * which registers a trap of the host may touch, and how many SMMUs there may be.
 */
#include "hyper_machine.h"

static void smmu_banks(void **iut)
{
	PANICS(LOCK(SMMU), *iut, EL2_ALLOC_SMMU_PGD, 8, 1, 0);
	s2t_builtin()->reset(*iut);
	EXPECT(UNDEFINED, *iut, EL2_ALLOC_SMMU_PGD, 0, 1, 2);
	EXPECT(UNDEFINED, *iut, EL2_ALLOC_SMMU_PGD, 0, 17, 0);
	assert_int_equal(bank(*iut, 0), FREE);
	EXPECT(UNDEFINED, *iut, EL2_FREE_SMMU_PGD, 8, 0);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_MAP, UINT64_C(1) << 40, 0, 0, 0, 0);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_MAP, 0, UINT64_C(1) << 40, 0, 0, 0);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_MAP, 0, 0, 0x1000, 0, 0);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_MAP, 0, 0, UINT64_C(0x7fff000000000000) | UINT64_C(0xffffffffffff),
	       0, 0);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_CLEAR, 0, 0, 2);
	OK(*iut, EL2_ARM_LPAE_CLEAR, UINT64_C(1) << 40, 0, 0); /* a free bank: the address is not looked at */
	OK(*iut, EL2_ALLOC_SMMU_PGD, 7, 16, 1);
	assert_int_equal(bank(*iut, 15), 16);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_CLEAR, UINT64_C(1) << 40, 7, 1);
	/* EL2's bank: no page is assigned, and one of EL2 is mapped. */
	OK(*iut, EL2_ARM_LPAE_MAP, 0x1000, 0x7f001000, 0, 7, 1);
	OK(*iut, EL2_ARM_LPAE_CLEAR, 0x1000, 7, 1);
	OK(*iut, EL2_ALLOC_SMMU_PGD, 0, 0, 0);
	/* The host's: its pages have frames beyond 40 bits. */
	PANICS(LOCK(SMMU) | LOCK(INFO) | LOCK(S2PAGE), *iut, EL2_ARM_LPAE_MAP, 0, 0x51000000, 0, 0, 0);
	/* Then the owner reads as 0, and so does the frame: map_spt of frame 0 still relies on its bank. */
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_MAP, 0xfff, 0x51000000, 0, 0, 2);
	EXPECT(PANIC, *iut, EL2_ARM_LPAE_MAP, 0x1000, 0x51000000, 0, 0, 2);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_CLEAR, 0, 0, 2);
	EXPECT(PANIC, *iut, EL2_ALLOC_SMMU_PGD, 0, 17, 2);
	EXPECT(PANIC, *iut, EL2_FREE_SMMU_PGD, 0, 2);

	s2t_builtin()->reset(*iut); /* a VM that is off has banks like one that is ready */
	OK(*iut, EL2_ALLOC_SMMU_PGD, 0, 1, 0);
	OK(*iut, SET_VM_POWEROFF, 1);
	OK(*iut, EL2_ARM_LPAE_MAP, 0x41000000, 0x51000000, 0, 0, 0);
	PANICS(LOCK(SMMU) | LOCK(INFO + 1) | LOCK(S2PAGE), *iut, EL2_ARM_LPAE_MAP, 0x41001000, 0x51000000, 0, 0,
	       0);
	s2t_builtin()->reset(*iut);
	OK(*iut, EL2_ALLOC_SMMU_PGD, 0, 0, 0);
	PANICS(LOCK(SMMU), *iut, EL2_FREE_SMMU_PGD, 0, 0);
}

/* The words of the banks before any is written, together and one by one. */
static void banks_start_free(void **iut)
{
	const uint64_t at = machine(*iut)->layout.smmu_banks;
	uint64_t together[2 * 16], word;

	s2t_hyp_start_words(machine(*iut), at, 2 * 16, together);
	for (uint64_t n = 0; n < 2 * 16; n++) {
		s2t_hyp_start_words(machine(*iut), at + 8 * n, 1, &word);
		assert_int_equal(word, together[n]);
		assert_int_equal(word, n % 2 ? 0x10000 + n / 2 * 8192 : FREE); /* its root, its owner */
	}
}

/* A host's store or load of `size` (log2) bytes at offset `at` of the SMMU. */
static enum s2t_outcome touch_register(void *iut, uint64_t at, bool store, uint64_t size, uint64_t data)
{
	size_t before, after;
	enum s2t_outcome outcome;

	s2t_builtin()->reset(iut);
	CALL(iut, EL2_ALLOC_SMMU_PGD, 0, 1, 0);
	CALL(iut, EL2_ALLOC_SMMU_PGD, 2, 3, 0);
	CALL(iut, EL2_ALLOC_SMMU_PGD, 4, 0, 0);
	s2t_builtin()->image->writes(iut, &before);
	outcome = CALL(iut, HOST_FAULT, SMMU_BASE + at, UINT64_C(0x96000000) | size << 22 | (store ? 64 : 0),
	               data)
	                  .outcome;
	s2t_builtin()->image->writes(iut, &after);
	assert_int_equal(after - before, outcome == S2T_OK || outcome == S2T_PANIC); /* the lock: one record */
	expect_locks(iut, outcome == S2T_PANIC ? LOCK(SMMU) : 0);
	return outcome;
}

#define LOADS(expected, at, size) assert_int_equal(touch_register(*iut, at, false, size, 0), S2T_##expected)
#define STORES(expected, at, size, data)                                                                       \
	assert_int_equal(touch_register(*iut, at, true, size, data), S2T_##expected)

static void registers_of_the_smmu(void **iut)
{
	LOADS(OK, 0, 2);
	LOADS(OK, 0xfff8, 3);
	LOADS(PANIC, 0, 0);
	LOADS(PANIC, 0x8034, 1);
	STORES(PANIC, 0, 2, ~(UINT64_C(1) << 21));
	STORES(OK, 0, 2, UINT64_C(1) << 21);
	STORES(PANIC, 0, 1, UINT64_C(1) << 21);
	STORES(PANIC, 8, 2, 0x80);
	STORES(OK, 8, 2, 0x100);
	STORES(OK, 4, 3, ~UINT64_C(0));
	/* CBAR: 0 is not looked at; that of bank 0 begins where it is looked at no longer byte by byte. */
	STORES(OK, 0x1000, 2, ~UINT64_C(0));
	STORES(PANIC, 0x1001, 2, 3);
	STORES(OK, 0x1001, 2, 1);
	STORES(OK, 0x1008, 2, 3);
	STORES(OK, 0x1008, 2, 0xff03);
	STORES(PANIC, 0x1008, 2, 0x10003);
	STORES(PANIC, 0x1008, 2, 2);
	STORES(OK, 0x1010, 2, ~UINT64_C(0)); /* the host's bank */
	STORES(UNDEFINED, 0x1004, 2, 1);     /* a free one */
	STORES(UNDEFINED, 0x1020, 2, 1);     /* none */
	STORES(UNDEFINED, 0x17fc, 2, 1);
	STORES(OK, 0x1800, 2, 1);
	STORES(OK, 0x7ff8, 3, 1);
	/* Context banks. */
	STORES(OK, 0x8020, 3, 1);
	STORES(OK, 0xf020, 2, 1);
	STORES(PANIC, 0x8034, 2, 0);
	STORES(PANIC, 0xb034, 2, 0);
	STORES(OK, 0x8030, 2, 0);
	STORES(PANIC, 0x8000, 0, 0);
	/* Beyond them it is a fault like others. */
	s2t_builtin()->reset(*iut);
	OK(*iut, HOST_FAULT, SMMU_BASE + 0x10000, 64, 0);
	OK(*iut, HOST_FAULT, SMMU_BASE - 1, 64, 0);
	assert_int_equal(CALL(*iut, GET_LEVEL_S2PT, 0, SMMU_BASE).ret, 0);
	assert_int_equal(CALL(*iut, GET_LEVEL_S2PT, 0, SMMU_BASE - 1).ret, 3);
	EXPECT(UNDEFINED, *iut, HOST_FAULT, 0x50000000, UINT64_C(1) << 32, 0);
	EXPECT(UNDEFINED, *iut, HOST_FAULT, UINT64_C(1) << 48, 0, 0);
}

static void how_many_smmus_there_are(void **state)
{
	struct s2t_board board = session_board();
	void *iut;

	(void)state;
	board.smmu_num = 0;
	board.smmu_context_banks = 2;
	iut = machine_on(&board);
	OK(iut, HOST_FAULT, SMMU_BASE);
	assert_int_equal(CALL(iut, GET_LEVEL_S2PT, 0, SMMU_BASE).ret, 3);
	OK(iut, EL2_ALLOC_SMMU_PGD, 1, 0, 1);
	PANICS(LOCK(SMMU), iut, EL2_ALLOC_SMMU_PGD, 2, 0, 1);
	s2t_builtin()->destroy(iut);
	board.smmu_num = 2;
	iut = machine_on(&board);
	EXPECT(UNDEFINED, iut, HOST_FAULT, 0x50000000);
	expect_locks(iut, 0);
	s2t_builtin()->destroy(iut);
	board.smmu_num = 1; /* whose registers are no addresses, or end beyond them */
	for (uint64_t i = 0; i < 2; i++) {
		board.smmu_base = (UINT64_C(1) << 48) - i * 4096;
		iut = machine_on(&board);
		assert_string_equal(CALL(iut, HOST_FAULT, 0x50000000).reason,
		                    "is_smmu_range: the registers of an SMMU end beyond 2^48");
		s2t_builtin()->destroy(iut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYPER_TEST(smmu_banks),
		HYPER_TEST(banks_start_free),
		HYPER_TEST(registers_of_the_smmu),
		cmocka_unit_test(how_many_smmus_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
