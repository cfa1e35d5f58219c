/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall layer of the built-in implementation, from the Coq text alone: sessions from boot to teardown, of two VMs
 * and with an SMMU, with their outcomes and the words that they leave; and the events of locks that lie within locks.
 */
#include "hyper_machine.h"

static void expect_booted(void *iut)
{
	assert_int_equal(vm_state(iut, 1), VERIFIED);
	assert_int_equal(vm_images(iut, 1), 2);
	expect_image(iut, 1, 0, IMAGE(0x40080000, 0x4000, 0x2000000, 4));
	expect_image(iut, 1, 1, IMAGE(0x44000000, 0x2000, 0x2004000, 2));
	expect_core(iut, 2, 0x2006000);
	assert_int_equal(word(iut, S2T_WINDOW_S2PT, slot_of(iut, 16, 0x2003000)), UINT64_C(0x40000050083753));
	assert_int_equal(word(iut, S2T_WINDOW_S2PT, slot_of(iut, 16, 0x2005000)), UINT64_C(0x40000050201753));
	assert_int_equal(word(iut, S2T_WINDOW_S2PT, slot_of(iut, 0, 0x50000000)), UINT64_C(1) << 57);
	assert_int_equal(word(iut, S2T_WINDOW_S2PT, slot_of(iut, 1, 0x08011000)), UINT64_C(0x4000002c0037c7));
	expect_page(iut, 0x50000, 1, 0, 0x40000);
	expect_page(iut, 0x501ff, 1, 0, 0x401ff);
	expect_page(iut, 0x50200, 1, 0, 0x44000);
	expect_page(iut, 0x503ff, 1, 0, 0x441ff);
	expect_page(iut, 0x50400, 0, 0, 0x50400 + HOST_OFFSET);
	assert_int_equal(CALL(iut, WALK_S2PT, 1, 0x401ff000).ret, 0x50000ffd);
	assert_int_equal(CALL(iut, WALK_S2PT, 1, 0x44000000).ret, 0x50200ffd);
}

/* Steps 18 to 26: VM 1 runs, faults, and shares two pages for a while. */
static void run_vm(void *iut)
{
	assert_int_equal(vcpu_fresh(iut, 1, 0), 1);
	FIRST_RUN(iut, 1, 0, 0x40080000);
	assert_int_equal(vcpu_state(iut, 1, 0), ACTIVE);
	assert_int_equal(vcpu_fresh(iut, 1, 0), 0);
	INTERRUPT(iut, 1, 0);
	assert_int_equal(vcpu_state(iut, 1, 0), READY);
	FAULT(iut, 1, 0, 0x42000000, 0x60000000, 3);
	INTERRUPT(iut, 1, 0);
	FAULT(iut, 1, 0, 0x42001000, 0x60001000, 3);
	expect_page(iut, 0x60001, 1, 0, 0x42001);
	GUEST(iut, 1, SET_DESC, 0x42000000, 0x2000);
	expect_page(iut, 0x60000, 1, 1, 0x42000);
	expect_page(iut, 0x60001, 1, 1, 0x42001);
	assert_int_equal(vcpu_state(iut, 1, 0), ACTIVE);
	OK(iut, HOST_FAULT, 0x60000000);
	assert_int_equal(word(iut, S2T_WINDOW_S2PT, slot_of(iut, 0, 0x60000000)), 0x60000fff);
	GUEST(iut, 1, UNSET_DESC, 0x42000000, 0x1000);
	expect_page(iut, 0x60000, 1, 0, 0x42000);
	expect_page(iut, 0x60001, 1, 1, 0x42001);
	assert_int_equal(word(iut, S2T_WINDOW_S2PT, slot_of(iut, 0, 0x60000000)), UINT64_C(1) << 57);
	INTERRUPT(iut, 1, 0);
}

/* Steps 27 to 32: its other vCPU faults on a block. */
static void run_other_vcpu(void *iut)
{
	FIRST_RUN(iut, 1, 1, 0x40080000);
	INTERRUPT(iut, 1, 1);
	FAULT(iut, 1, 1, 0x48000000, 0x58000000, 2);
	expect_page(iut, 0x581ff, 1, 0, 0x481ff);
	GUEST(iut, 1, SET_DESC, 0x48003000, 0x1000);
	expect_page(iut, 0x58003, 1, 1, 0x48003);
	OK(iut, HOST_FAULT, 0x58003000);
	INTERRUPT(iut, 1, 1);
}

/* Steps 33 to 41: VM 2 beside it. */
static void run_other_vm(void *iut)
{
	GIVES(2, iut, HYPERCALL, NEW_KVM);
	HVC(iut, NEW_VCPU, 2, 0);
	HVC(iut, BOOT_INFO, 2, 0x40080000, 0x1000);
	HVC(iut, REMAP, 2, 0x54080, 0);
	HVC(iut, VERIFY, 2);
	FIRST_RUN(iut, 2, 0, 0x40080000);
	INTERRUPT(iut, 2, 0);
	FAULT(iut, 2, 0, 0x42000000, 0x61000000, 3);
	INTERRUPT(iut, 2, 0);
	expect_core(iut, 3, 0x2007000);
	expect_page(iut, 0x61000, 2, 0, 0x42000);
	expect_page(iut, 0x54000, 2, 0, 0x40000);
}

/* Steps 42 to 46: VM 1 ends, and the host has its pages again. */
static void end_vm(void *iut)
{
	s2t_token token;

	assert_true(s2t_builtin()->token(iut, 0x60000, &token));
	assert_int_not_equal(token, 0);
	FAULT(iut, 1, 0, 0, 0, 0);
	OK(iut, VCPU_EXIT, 1, 0, 2, HVC64, UINT64_C(0x5500000084000008));
	assert_int_equal(vm_state(iut, 1), POWEROFF);
	assert_int_equal(vcpu_state(iut, 1, 0), READY);
	HVC(iut, CLEAR_RANGE, 1, 0x40000000, 0x40000000);
	expect_page(iut, 0x60000, 0, 0, 0x60000 + HOST_OFFSET);
	expect_page(iut, 0x58003, 0, 0, 0x58003 + HOST_OFFSET);
	expect_page(iut, 0x61000, 2, 0, 0x42000);
	assert_true(s2t_builtin()->token(iut, 0x60000, &token));
	assert_int_equal(token, 0);
	OK(iut, HOST_FAULT, 0x60000000);
	GIVES(3, iut, HYPERCALL, NEW_KVM);
	assert_int_equal(vm_state(iut, 3), READY);
}

static void a_session_of_two_vms(void **iut)
{
	make_vm(*iut);
	assert_int_equal(vm_state(*iut, 1), READY);
	assert_int_equal(vcpu_state(*iut, 1, 1), READY);
	boot_vm(*iut);
	expect_booted(*iut);
	run_vm(*iut);
	run_other_vcpu(*iut);
	run_other_vm(*iut);
	end_vm(*iut);
	s2t_builtin()->reset(*iut);
	expect_core(*iut, 1, 0x2000000);
	assert_int_equal(vm_state(*iut, 1), UNUSED);
}

static void a_session_with_an_smmu(void **iut)
{
	make_vm(*iut);
	assert_int_equal(bank(*iut, 0), FREE);
	HVC(*iut, ALLOC_PGD, 0, 1, 0);
	assert_int_equal(bank(*iut, 0), 1);
	assert_int_equal(bank(*iut, 1), FREE);
	HVC(*iut, ALLOC_PGD, 0, 2, 0); /* taken: nothing */
	assert_int_equal(bank(*iut, 0), 1);
	for (uint64_t i = 0; i < 16; i++)
		HVC(*iut, LPAE_MAP, 0x41000000 + i * 4096, 0x51000000 + i * 4096, 0x40, 0, 0);
	expect_page(*iut, 0x5100f, 1, 0xffffffff, 0x4100f);
	GIVES(0x51002abc, *iut, HYPERCALL, IOVA_TO_PHYS, 0x41002abc, 0, 0);
	GIVES(0xabc, *iut, EL2_ARM_LPAE_IOVA_TO_PHYS, 0x42002abc, 0, 0);
	HVC(*iut, LPAE_CLEAR, 0x41001000, 0, 0);
	GIVES(0, *iut, HYPERCALL, IOVA_TO_PHYS, 0x41001000, 0, 0);
	OK(*iut, HOST_FAULT, 0x51000000); /* the mark of the SMMU counts as shares */
	boot_vm(*iut);
	FIRST_RUN(*iut, 1, 0, 0x40080000);
	OK(*iut, VCPU_EXIT, 1, 0, 2, HVC64, 0x84000008);
	HVC(*iut, CLEAR_RANGE, 1, 0x40000000, 0x40000000);
	expect_page(*iut, 0x5100f, 0, 0, 0x5100f + HOST_OFFSET);
	HVC(*iut, FREE_PGD, 0, 0);
	assert_int_equal(bank(*iut, 0), FREE);
	HVC(*iut, FREE_PGD, 0, 0);
	GIVES(0x51002000, *iut, HYPERCALL, IOVA_TO_PHYS, 0x41002000, 0, 0); /* its table is as it was */
	HVC(*iut, ALLOC_PGD, 0, 0, 0);
	GIVES(0, *iut, HYPERCALL, IOVA_TO_PHYS, 0x41002000, 0, 0);
}

/* The locks and the objects that they guard, in the order in which they are taken. */
static void events_of_nested_locks(void **iut)
{
	static const struct s2t_lock_event expected[] = {
		{ SMMU, S2T_EVENT_WAIT },     { SMMU, S2T_EVENT_PULL }, { INFO + 1, S2T_EVENT_WAIT },
		{ INFO + 1, S2T_EVENT_PULL }, { 3, S2T_EVENT_WAIT },    { 3, S2T_EVENT_PULL },
		{ 3, S2T_EVENT_SPT },         { 3, S2T_EVENT_REL },     { INFO + 1, S2T_EVENT_VM_INFO },
		{ INFO + 1, S2T_EVENT_REL },  { SMMU, S2T_EVENT_SMMU }, { SMMU, S2T_EVENT_REL },
	};
	const struct s2t_lock_event *events;
	size_t count;

	s2t_builtin()->events->record(*iut, true);
	OK(*iut, EL2_ALLOC_SMMU_PGD, 0, 1, 0);
	events = s2t_builtin()->events->last(*iut, &count);
	assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
	assert_memory_equal(events, expected, sizeof(expected));
	GIVES(1, *iut, REGISTER_KVM, 0);
	events = s2t_builtin()->events->last(*iut, &count);
	assert_int_equal(count, 8);
	assert_int_equal(events[2].lock, CORE);
	assert_int_equal(events[2].kind, S2T_EVENT_CORE);
	OK(*iut, SET_VM_POWEROFF, 0);
	events = s2t_builtin()->events->last(*iut, &count);
	assert_int_equal(count, 4);
	assert_int_equal(events[2].lock, INFO);
	assert_int_equal(events[2].kind, S2T_EVENT_VM_INFO);
	/* No page is leapt over then: each is an event. */
	OK(*iut, CLEAR_VM_RANGE, 1, 0, 3);
	s2t_builtin()->events->last(*iut, &count);
	assert_int_equal(count, 12);
	OK(*iut, GRANT_STAGE2_SG_GPA, 1, 0, 0x2000);
	s2t_builtin()->events->last(*iut, &count);
	assert_int_equal(count, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYPER_TEST(a_session_of_two_vms),
		HYPER_TEST(a_session_with_an_smmu),
		HYPER_TEST(events_of_nested_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
