/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher of the built-in implementation, from the Coq text alone: the range of each register, the numbers of the
 * calls and the first vmid, which are the board's, and that nothing is done or read after a panic.
 */
#include "hyper_machine.h"

/* Registers at both sides of each bound of the dispatcher. `inside` is what the handler makes of it. */
static const struct {
	uint64_t x[6];
	enum s2t_outcome inside;
	struct {
		unsigned reg;
		uint64_t value;
	} outside[8];
} bounds[] = {
	{ { CLEAR_RANGE, 15, 0xffffffffffff, 0xffffffffffff },
	  S2T_OK,
	  { { 1, 0 },
	    { 1, 16 },
	    { 1, UINT64_C(0x100000001) },
	    { 2, UINT64_C(1) << 48 },
	    { 3, UINT64_C(1) << 48 } } },
	{ { BOOT_INFO, 1, 0xffffffffff, 0 },
	  S2T_OK,
	  { { 1, 0 }, { 1, 16 }, { 2, UINT64_C(1) << 40 }, { 3, 1 }, { 3, ~UINT64_C(0) } } },
	{ { REMAP, 1, 0xfffffff, 4 }, S2T_OK, { { 1, 0 }, { 1, 16 }, { 2, 0x10000000 }, { 3, 5 } } },
	{ { VERIFY, 1 }, S2T_OK, { { 1, 0 }, { 1, 16 }, { 1, UINT64_C(0x100000001) } } },
	{ { FREE_PGD, 7, 1 }, S2T_OK, { { 1, 8 }, { 2, 2 } } },
	{ { ALLOC_PGD, 7, 0, 1 }, S2T_OK, { { 1, 8 }, { 2, 16 }, { 3, 2 } } },
	{ { LPAE_MAP, 0xffffffffff, 0xffffffffff, UINT64_C(0x7fff000000000fff), 7, 1 },
	  S2T_OK,
	  { { 1, UINT64_C(1) << 40 },
	    { 2, UINT64_C(1) << 40 },
	    { 3, 0x1000 },
	    { 3, UINT64_C(1) << 47 },
	    { 3, UINT64_C(1) << 63 },
	    { 4, 8 },
	    { 5, 2 } } },
	{ { LPAE_CLEAR, 0xffffffffff, 7, 1 }, S2T_OK, { { 1, UINT64_C(1) << 40 }, { 2, 8 }, { 3, 2 } } },
	{ { NEW_VCPU, 1, 7 }, S2T_OK, { { 1, 0 }, { 1, 16 }, { 2, 8 } } },
	{ { IOREMAP, 1, 0xfffffffff000, 0xffffffe000, 0xfff },
	  S2T_OK,
	  { { 1, 17 },
	    { 2, 0xfffffffff001 },
	    { 2, ~UINT64_C(0) },
	    { 3, 0xfffffff001 },
	    { 3, ~UINT64_C(0) },
	    { 4, 0x1000 },
	    { 4, ~UINT64_C(0) } } },
	{ { IOREMAP, 16, 0, 0, 1 }, S2T_PANIC, { { 1, 17 } } },
	{ { IOREMAP, 0, 0, 0, 0 }, S2T_OK, { { 1, 17 } } },
};

static void the_dispatcher_has_bounds(void **iut)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		struct s2t_result result;
		uint64_t x[S2T_MAX_ARGS] = { 0 };

		s2t_builtin()->reset(*iut);
		GIVES(1, *iut, REGISTER_KVM, 0);
		memcpy(x, bounds[i].x, sizeof(bounds[i].x));
		result = call(*iut, S2T_OP_HYPERCALL, x);
		assert_int_equal(result.outcome, bounds[i].inside);
		assert_int_equal(result.ret, result.outcome == S2T_OK ? x[0] : 0);
		assert_string_not_equal(result.reason, "hypercall: a register is out of range");
		for (size_t n = 0; n < 8 && bounds[i].outside[n].reg; n++) {
			memcpy(x, bounds[i].x, sizeof(bounds[i].x));
			x[bounds[i].outside[n].reg] = bounds[i].outside[n].value;
			s2t_builtin()->reset(*iut);
			result = call(*iut, S2T_OP_HYPERCALL, x);
			expect_panic(result, *iut, 0);
			assert_string_equal(result.reason, "hypercall: a register is out of range");
		}
	}
	s2t_builtin()->reset(*iut);
	HVC(*iut, TIMER, ~UINT64_C(0), ~UINT64_C(0));
	HVC(*iut, 26, 0);
	HVC(*iut, UINT64_C(0x100000018), 0);
	expect_core(*iut, 1, 0x2000000);
}

/* A board may give vmid 0 out. The host is no VM for all that: its banks are not kept as they are. */
static void the_host_may_be_registered(void **state)
{
	struct s2t_board board = session_board();
	void *iut;

	(void)state;
	board.next_vmid = 0;
	board.smmu_host_offset = 0;
	iut = machine_on(&board);
	GIVES(0, iut, REGISTER_KVM, 0);
	OK(iut, VERIFY_AND_LOAD_IMAGES, 0, 0);
	assert_int_equal(vm_state(iut, 0), VERIFIED);
	OK(iut, EL2_ALLOC_SMMU_PGD, 0, 0, 0);
	OK(iut, EL2_ARM_LPAE_MAP, 0x51000000, 0x51000000, 0, 0, 0);
	expect_page(iut, 0x51000, 0, 1, 0x51000);
	OK(iut, EL2_ARM_LPAE_CLEAR, 0x51000000, 0, 0);
	expect_page(iut, 0x51000, 0, 0, 0x51000);
	PANICS(0, iut, VCPU_RUN, 0, 0, 0);
	s2t_builtin()->destroy(iut);
	board.next_vmid = 17;
	iut = machine_on(&board);
	EXPECT(UNDEFINED, iut, REGISTER_KVM, 0);
	expect_locks(iut, 0);
	s2t_builtin()->destroy(iut);
	board.next_vmid = 0;
	iut = machine_on(&board);
	GIVES(0, iut, REGISTER_KVM, 0);
	GIVES(0, iut, SET_BOOT_INFO, 0, 0, 0);
	EXPECT(UNDEFINED, iut, VERIFY_AND_LOAD_IMAGES, 0, 1);
	s2t_builtin()->destroy(iut);
}

/* The board says which number is which call, and of two that are one it is the first. */
static void numbers_are_the_boards(void **state)
{
	struct s2t_board board = session_board();
	void *iut;

	(void)state;
	board.hvc_register_kvm = UINT64_C(0x100000018);
	board.hvc_register_vcpu = 99;
	board.hvc_phys_addr_ioremap = 99;
	board.hvc_timer_set_cntvoff = VERIFY;
	board.next_vmid = 15;
	board.vm_fault_min = 4096;
	iut = machine_on(&board);
	GIVES(15, iut, HYPERCALL, UINT64_C(0x100000018));
	HVC(iut, 99, 15, 0);
	assert_int_equal(vcpu_state(iut, 15, 0), READY);
	HVC(iut, VERIFY, 0);
	HVC(iut, BOOT_INFO, 15, 0, 1);
	OK(iut, VERIFY_AND_LOAD_IMAGES, 15, 1);
	FIRST_RUN(iut, 15, 0, 0);
	INTERRUPT(iut, 15, 0);
	OK(iut, VCPU_RUN, 15, 0, 0, 4095, 0x60000000, 3);
	expect_page(iut, 0x60000, 0, 0, 0x60000 + HOST_OFFSET);
	INTERRUPT(iut, 15, 0);
	OK(iut, VCPU_RUN, 15, 0, 0, 4096, 0x60000000, 3);
	expect_page(iut, 0x60000, 15, 0, 1);
	s2t_builtin()->destroy(iut);
}

static void after_a_panic_nothing_is_done(void **iut)
{
	size_t before, after;

	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, VERIFY_AND_LOAD_IMAGES, 1, 1);
	s2t_builtin()->image->writes(*iut, &before);
	/* Traps read no register. */
	EXPECT(PANIC, *iut, HYPERCALL, LPAE_MAP, ~UINT64_C(0));
	EXPECT(PANIC, *iut, HYPERCALL, CLEAR_RANGE, 1, 0, UINT64_C(1) << 40);
	EXPECT(PANIC, *iut, VCPU_RUN, ~UINT64_C(0), ~UINT64_C(0));
	EXPECT(PANIC, *iut, VCPU_EXIT, ~UINT64_C(0), ~UINT64_C(0), 2, HVC64, SET_DESC, ~UINT64_C(0));
	EXPECT(PANIC, *iut, HOST_FAULT, ~UINT64_C(0), ~UINT64_C(0));
	/* Getters give 0, and what comes first counts: a rely before the first of them, or the panic. */
	EXPECT(PANIC, *iut, SET_VM_POWEROFF, 1);
	EXPECT(UNDEFINED, *iut, SET_VM_POWEROFF, 17);
	EXPECT(PANIC, *iut, REGISTER_KVM, 0);
	EXPECT(UNDEFINED, *iut, REGISTER_VCPU, 1, 8);
	EXPECT(PANIC, *iut, SET_BOOT_INFO, 1, 0, (UINT64_C(1) << 48) - 1);
	EXPECT(UNDEFINED, *iut, SET_BOOT_INFO, 1, 0, UINT64_C(1) << 48);
	EXPECT(PANIC, *iut, VERIFY_AND_LOAD_IMAGES, 17, 1);
	EXPECT(UNDEFINED, *iut, SEARCH_LOAD_INFO, 17, 1);
	EXPECT(UNDEFINED, *iut, CLEAR_VM_RANGE, 1, 0, 1 << 28);
	EXPECT(PANIC, *iut, CLEAR_VM_RANGE, 1, 1, (1 << 28) - 1);
	EXPECT(UNDEFINED, *iut, CLEAR_VM_STAGE2_RANGE, 1, 0, UINT64_C(1) << 40); /* every VM is off */
	EXPECT(UNDEFINED, *iut, PROT_AND_MAP_VM_S2PT, 1, 0, UINT64_C(1) << 40, 3);
	EXPECT(UNDEFINED, *iut, PROT_AND_MAP_VM_S2PT, 1, 0, UINT64_C(0xffffe01000), 2);
	EXPECT(PANIC, *iut, GRANT_STAGE2_SG_GPA, 1, 0, (UINT64_C(1) << 48) - 1);
	EXPECT(UNDEFINED, *iut, GRANT_STAGE2_SG_GPA, 1, 4096, (UINT64_C(1) << 48) - 1);
	EXPECT(PANIC, *iut, KVM_PHYS_ADDR_IOREMAP, 17, 0, 0, 4096);
	EXPECT(UNDEFINED, *iut, KVM_PHYS_ADDR_IOREMAP, 1, 0, UINT64_C(0xfffffff000), 4097);
	EXPECT(UNDEFINED, *iut, EL2_ARM_LPAE_IOVA_TO_PHYS, 0, 8, 0);
	s2t_builtin()->image->writes(*iut, &after);
	assert_int_equal(before, after);
	expect_locks(*iut, LOCK(INFO + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYPER_TEST(the_dispatcher_has_bounds),
		cmocka_unit_test(the_host_may_be_registered),
		cmocka_unit_test(numbers_are_the_boards),
		HYPER_TEST(after_a_panic_nothing_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
