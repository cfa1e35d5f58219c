/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a VM in the built-in implementation, from the Coq text alone: registration, the remap window and the images,
 * what a verified VM refuses, runs and exits, and the pages that it may have, grants and gives back. Where a step may not
 * be: its outcome, what it had done by then, and the locks that are held after it.
 */
#include "hyper_machine.h"

#include "locks.h"
#include "vm.h"

static void vmids_are_given_out_once(void **iut)
{
	for (uint64_t vmid = 1; vmid < 16; vmid++)
		GIVES(vmid, *iut, REGISTER_KVM, 0);
	PANICS(LOCK(CORE), *iut, REGISTER_KVM, 0);
	expect_core(*iut, 16, 0x2000000);
	s2t_builtin()->reset(*iut);
	OK(*iut, SET_VM_POWEROFF, 1);
	PANICS(LOCK(INFO + 1), *iut, REGISTER_KVM, 0);
	expect_core(*iut, 2, 0x2000000);
	assert_int_equal(vm_state(*iut, 1), POWEROFF);
	EXPECT(UNDEFINED, *iut, SET_VM_POWEROFF, 17);
	s2t_builtin()->reset(*iut);
	EXPECT(UNDEFINED, *iut, REGISTER_VCPU, 1, 8);
	GIVES(1, *iut, REGISTER_KVM, 0);
	OK(*iut, REGISTER_VCPU, 1, 7);
	PANICS(LOCK(INFO + 1), *iut, REGISTER_VCPU, 1, 7);
}

static void the_remap_window_has_8191_pages(void **iut)
{
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x40000000, 8191 * 4096);
	expect_core(*iut, 2, 0x2000000 + 8191 * 4096);
	GIVES(1, *iut, SET_BOOT_INFO, 1, 0x60000000, 0);
	PANICS(LOCK(CORE) | LOCK(INFO + 1), *iut, SET_BOOT_INFO, 1, 0x70000000, 1);
	assert_int_equal(vm_images(*iut, 1), 3); /* counted before its part of the window is looked for */
	expect_image(*iut, 1, 2, IMAGE(0, 0, 0, 0));
	expect_core(*iut, 2, 0x2000000 + 8191 * 4096);
	s2t_builtin()->reset(*iut);
	GIVES(1, *iut, REGISTER_KVM, 0);
	PANICS(LOCK(CORE) | LOCK(INFO + 1), *iut, SET_BOOT_INFO, 1, 0, 0x2000000);
	s2t_builtin()->reset(*iut);
	GIVES(1, *iut, REGISTER_KVM, 0);
	EXPECT(UNDEFINED, *iut, SET_BOOT_INFO, 1, 0, (UINT64_C(1) << 48) - 4095);
	EXPECT(UNDEFINED, *iut, SET_BOOT_INFO, 1, UINT64_C(1) << 48, 0);
	for (uint64_t i = 0; i < 5; i++)
		GIVES(i, *iut, SET_BOOT_INFO, 1, 0x40000000 + i * 0x1000, 0x1800);
	GIVES(5, *iut, SET_BOOT_INFO, 1, 0, (UINT64_C(1) << 48) - 1);
	expect_core(*iut, 2, 0x200a000);
	GIVES(0x2000fff, *iut, SEARCH_LOAD_INFO, 1, 0x40000fff);
	GIVES(0x2002000, *iut, SEARCH_LOAD_INFO, 1, 0x40001000); /* the last of two */
	GIVES(0x20097ff, *iut, SEARCH_LOAD_INFO, 1, 0x400057ff);
	GIVES(0, *iut, SEARCH_LOAD_INFO, 1, 0x40005800);
	GIVES(0, *iut, SEARCH_LOAD_INFO, 16, 0);
	EXPECT(UNDEFINED, *iut, SEARCH_LOAD_INFO, 17, 0);
}

static void pages_of_images_are_mapped_in_turn(void **iut)
{
	GIVES(1, *iut, REGISTER_KVM, 0);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x50000, 0); /* no image */
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1001);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x50000, 0);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x7f000, 0); /* whose it is does not matter yet */
	expect_image(*iut, 1, 0, IMAGE(0x40000000, 0x1001, 0x2000000, 2));
	OK(*iut, REMAP_VM_IMAGE, 1, 0x50001, 0); /* no room */
	expect_image(*iut, 1, 0, IMAGE(0x40000000, 0x1001, 0x2000000, 2));
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 16, 0x2001000)), UINT64_C(0x4000007f000753));
	EXPECT(UNDEFINED, *iut, REMAP_VM_IMAGE, 1, 0x50001, 5);
	EXPECT(UNDEFINED, *iut, REMAP_VM_IMAGE, 1, 1 << 28, 0);
	EXPECT(UNDEFINED, *iut, REMAP_VM_IMAGE, 17, 0x50001, 0);
	GIVES(1, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1000);
	OK(*iut, MAP_S2PT, 16, 0x2000000, 2, 0x50000001);
	PANICS(LOCK(NPT + 16) | LOCK(INFO + 1), *iut, REMAP_VM_IMAGE, 1, 0x50000, 1);
	expect_image(*iut, 1, 1, IMAGE(0x40000000, 0x1000, 0x2002000, 0));
}

static void images_are_verified_and_loaded_in_turn(void **iut)
{
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1000); /* no page mapped: nothing to load */
	GIVES(1, *iut, SET_BOOT_INFO, 1, 0x40200000, 0x1000);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x50200, 1);
	PANICS(LOCK(INFO + 1), *iut, VERIFY_AND_LOAD_IMAGES, 1, 1); /* image 1 is loaded, and refused then */
	expect_page(*iut, 0x50200, 1, 0, 0x40200);
	assert_int_equal(vm_state(*iut, 1), READY);

	s2t_builtin()->reset(*iut);
	GIVES(1, *iut, REGISTER_KVM, 0);
	OK(*iut, VERIFY_AND_LOAD_IMAGES, 1, 0);
	assert_int_equal(vm_state(*iut, 1), VERIFIED);

	s2t_builtin()->reset(*iut); /* an image of three blocks, of which the window has two */
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x401ff000, 0x202000);
	for (uint64_t i = 0; i < 0x202; i++)
		OK(*iut, REMAP_VM_IMAGE, 1, 0x501ff + i, 0);
	OK(*iut, VERIFY_AND_LOAD_IMAGES, 1, 1);
	expect_page(*iut, 0x50000, 1, 0, 0x40000);
	expect_page(*iut, 0x503ff, 1, 0, 0x403ff);
	expect_page(*iut, 0x50400, 1, 0, 0x40400);
	expect_page(*iut, 0x505ff, 1, 0, 0x405ff);

	s2t_builtin()->reset(*iut); /* the window says page 0 */
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1000);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x1ff, 0);
	PANICS(LOCK(INFO + 1), *iut, VERIFY_AND_LOAD_IMAGES, 1, 1);

	s2t_builtin()->reset(*iut); /* a page of the block is EL2's */
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1000);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x7f1ff, 0);
	PANICS(LOCK(S2PAGE) | LOCK(INFO + 1), *iut, VERIFY_AND_LOAD_IMAGES, 1, 1);
	EXPECT(PANIC, *iut, VERIFY_AND_LOAD_IMAGES, 17, 1);
	s2t_builtin()->reset(*iut);
	EXPECT(UNDEFINED, *iut, VERIFY_AND_LOAD_IMAGES, 17, 1);
	PANICS(LOCK(INFO), *iut, VERIFY_AND_LOAD_IMAGES, 0, 1);

	s2t_builtin()->reset(*iut); /* the second block would lie beyond 2^48, though the first panics */
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, (UINT64_C(1) << 48) - 4096, 0x2000);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x7f1ff, 0);
	OK(*iut, REMAP_VM_IMAGE, 1, 0x50000, 0);
	EXPECT(UNDEFINED, *iut, VERIFY_AND_LOAD_IMAGES, 1, 1);
	assert_int_equal(vm_state(*iut, 1), READY);
	expect_locks(*iut, 0);
}

static void what_a_verified_vm_refuses(void **iut)
{
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, VERIFY_AND_LOAD_IMAGES, 1, 7);
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, REMAP_VM_IMAGE, 1, 0x50080, 0);
	expect_image(*iut, 1, 0, IMAGE(0x40080000, 0x4000, 0x2000000, 4));
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, SET_BOOT_INFO, 1, 0, 0);
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, KVM_PHYS_ADDR_IOREMAP, 1, 0, 0, 1);
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, REGISTER_VCPU, 1, 2);
	running(*iut);
	PANICS(LOCK(SMMU) | LOCK(INFO + 1), *iut, EL2_ARM_LPAE_MAP, 0x41000000, 0x51000000, 0, 0, 0);
	expect_page(*iut, 0x51000, 0, 0, 0x51000 + HOST_OFFSET);
	running(*iut);
	PANICS(LOCK(SMMU) | LOCK(INFO + 1), *iut, EL2_ARM_LPAE_CLEAR, 0, 0, 0);
	running(*iut);
	PANICS(LOCK(SMMU), *iut, EL2_FREE_SMMU_PGD, 0, 0);
	assert_int_equal(bank(*iut, 0), 1);
	running(*iut);
	PANICS(LOCK(SMMU) | LOCK(INFO + 1), *iut, EL2_ALLOC_SMMU_PGD, 3, 1, 1);
	assert_int_equal(bank(*iut, 11), 1); /* written before */
	running(*iut);                       /* what it does not refuse: a bank that is not its own */
	OK(*iut, EL2_ARM_LPAE_MAP, 0x41000000, 0x51000000, 0, 2, 0);
	OK(*iut, CLEAR_VM_STAGE2_RANGE, 1, 0x40000000, 0x40000000);
	expect_page(*iut, 0x60000, 1, 0, 0x42000);
}

static void runs_and_exits_that_cannot_be(void **iut)
{
	make_vm(*iut);
	PANICS(LOCK(INFO + 1), *iut, VCPU_RUN, 1, 0, 0x40080000);
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, VCPU_RUN, 1, 2, 0x40080000);
	running(*iut); /* a first run outside all images: no lock, but the vCPU is active and fresh */
	PANICS(0, *iut, VCPU_RUN, 1, 1, 0x40084000);
	assert_int_equal(vcpu_state(*iut, 1, 1), ACTIVE);
	assert_int_equal(vcpu_fresh(*iut, 1, 1), 1);
	running(*iut);
	PANICS(LOCK(INFO + 1), *iut, VCPU_EXIT, 1, 0, 31);
	running(*iut);
	PANICS(0, *iut, VCPU_RUN, 0, 0);
	running(*iut);
	PANICS(0, *iut, VCPU_RUN, 16, 0);
	running(*iut);
	PANICS(0, *iut, VCPU_RUN, 1, 8);
	running(*iut);
	PANICS(0, *iut, VCPU_EXIT, 1, 0, 2, UINT64_C(1) << 26); /* WFx */
	running(*iut);
	PANICS(0, *iut, VCPU_EXIT, 1, 0, 3);
	running(*iut);
	PANICS(0, *iut, VCPU_EXIT, 16, 0, 2, HVC64, SET_DESC);
	running(*iut);
	EXPECT(UNDEFINED, *iut, VCPU_EXIT, 17, 0, 31);
	EXPECT(UNDEFINED, *iut, VCPU_EXIT, 1, 8, 31);
	EXPECT(UNDEFINED, *iut, VCPU_EXIT, 1, 0, 2, HVC64, SET_DESC, UINT64_C(1) << 48, 0);
	EXPECT(UNDEFINED, *iut, VCPU_EXIT, 1, 0, 2, HVC64, UNSET_DESC, (UINT64_C(1) << 48) - 4096, 4097);
	OK(*iut, VCPU_EXIT, 1, 0, 2, SYS64);
	FAULT(*iut, 1, 0, 0, 0, 3);
	OK(*iut, VCPU_EXIT, 1, 0, 31, SYS64);
	assert_int_equal(vcpu_state(*iut, 1, 0), READY);
	/* A fault beyond the address space is none; a page beyond memory is nobody's to give. */
	OK(*iut, VCPU_RUN, 1, 0, 0, UINT64_C(1) << 48, 0, 3);
	INTERRUPT(*iut, 1, 0);
	EXPECT(UNDEFINED, *iut, VCPU_RUN, 1, 0, 0, 0x43000000, UINT64_C(1) << 40, 3);
	assert_int_equal(vcpu_state(*iut, 1, 0), READY);
	expect_locks(*iut, 0);
}

static void pages_that_a_vm_may_not_have(void **iut)
{
	running(*iut);
	PANICS(LOCK(S2PAGE), *iut, HOST_FAULT, 0x60000000);
	running(*iut); /* EL2's */
	PANICS(LOCK(S2PAGE), *iut, VCPU_RUN, 1, 0, 0, 0x43000000, 0x7f000000, 3);
	assert_int_equal(vcpu_state(*iut, 1, 0), ACTIVE);
	running(*iut); /* at a second frame */
	PANICS(LOCK(S2PAGE), *iut, VCPU_RUN, 1, 0, 0, 0x43000000, 0x60000000, 3);
	running(*iut); /* of another VM */
	OK(*iut, ASSIGN_PFN_TO_VM, 2, 0x43000, 0x62000);
	PANICS(LOCK(S2PAGE), *iut, VCPU_RUN, 1, 0, 0, 0x43000000, 0x62000000, 3);
	running(*iut); /* inside a block: the page is the VM's by then */
	PANICS(LOCK(NPT + 1), *iut, VCPU_RUN, 1, 0, 0, 0x40001000, 0x62000000, 3);
	expect_page(*iut, 0x62000, 1, 0, 0x40001);
	running(*iut); /* a block over a table */
	OK(*iut, VCPU_RUN, 1, 0, 0, 0x42000000, 0x64000000, 2);
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x42000000).ret, 0x64000ffd);
	running(*iut); /* an unaligned block takes the pages that the descriptor names to the model */
	OK(*iut, VCPU_RUN, 1, 0, 0, 0x46000000, 0x64001000, 2);
	expect_page(*iut, 0x64000, 0, 0, 0x64000 + HOST_OFFSET);
	expect_page(*iut, 0x64200, 1, 0, 0x461ff);
	running(*iut); /* a fault within a block asks for all of it */
	OK(*iut, VCPU_RUN, 1, 0, 0, 0x461ff123, 0x64000000, 2);
	expect_page(*iut, 0x64000, 1, 0, 0x46000);
	expect_page(*iut, 0x641ff, 1, 0, 0x461ff);
	EXPECT(UNDEFINED, *iut, PROT_AND_MAP_VM_S2PT, 1, 0, UINT64_C(0xffffe01000), 2);
	running(*iut); /* the last of the 512 is refused, those before it stay */
	OK(*iut, ASSIGN_PFN_TO_VM, 2, 0, 0x649ff);
	PANICS(LOCK(S2PAGE), *iut, PROT_AND_MAP_VM_S2PT, 1, 0x46000000, 0x64800000, 2);
	expect_page(*iut, 0x649fe, 1, 0, 0x461fe);
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x46000000).ret, 0);
}

static void grants_leap_over_what_is_not_mapped(void **iut)
{
	running(*iut);
	OK(*iut, GRANT_STAGE2_SG_GPA, 1, 0, (UINT64_C(1) << 48) - 1);
	expect_page(*iut, 0x60000, 1, 1, 0x42000);
	expect_page(*iut, 0x501ff, 1, 1, 0x401ff);
	expect_page(*iut, 0x50200, 1, 1, 0x44000);
	/* Each page of an unaligned range is that of its first byte. */
	OK(*iut, REVOKE_STAGE2_SG_GPA, 1, 0x401feabc, 0x1001);
	expect_page(*iut, 0x501fe, 1, 0, 0x401fe);
	expect_page(*iut, 0x501ff, 1, 0, 0x401ff);
	expect_page(*iut, 0x501fd, 1, 1, 0x401fd);
	OK(*iut, MAP_S2PT, 0, 0x50000000, 2, 0x50000001);
	PANICS(LOCK(NPT) | LOCK(S2PAGE), *iut, REVOKE_STAGE2_SG_GPA, 1, 0x40000000, 0x200000);
	expect_page(*iut, 0x50000, 1, 0, 0x40000); /* it was counted down before its mapping was looked for */
	expect_page(*iut, 0x50001, 1, 1, 0x40001);
	EXPECT(UNDEFINED, *iut, GRANT_STAGE2_SG_GPA, 16, 0, 0);
	running(*iut);
	OK(*iut, SET_VM_POWEROFF, 1);
	OK(*iut, CLEAR_VM_STAGE2_RANGE, 1, 0, (UINT64_C(1) << 40) - 4096);
	expect_page(*iut, 0x60000, 0, 0, 0x60000 + HOST_OFFSET);
	EXPECT(UNDEFINED, *iut, CLEAR_VM_STAGE2_RANGE, 1, 0, UINT64_C(1) << 40);
	EXPECT(UNDEFINED, *iut, CLEAR_VM_STAGE2_RANGE, 1, UINT64_C(1) << 48, 0);
	assert_string_equal(CALL(*iut, CLEAR_VM_STAGE2_RANGE, 1, 0, UINT64_C(1) << 48).reason,
	                    "clear_vm_stage2_range: the address or the size is 2^48 or more");
	EXPECT(UNDEFINED, *iut, CLEAR_VM_RANGE, 1, (1 << 28) - 1, 2);
	OK(*iut, CLEAR_VM_RANGE, 1, (1 << 28) - 1, 1);
	OK(*iut, ASSIGN_PFN_TO_VM, 1, 0, 0x40000);
	OK(*iut, ASSIGN_PFN_TO_VM, 1, 1, 0x7ffff);
	OK(*iut, CLEAR_VM_RANGE, 1, 0x3fffe, 3);
	expect_page(*iut, 0x40000, 0, 0, 0x40000 + HOST_OFFSET);
	OK(*iut, CLEAR_VM_RANGE, 1, 0x7ffff, 100);
	expect_page(*iut, 0x7ffff, 0, 0, 0x7ffff + HOST_OFFSET);
}

static void ioremap_takes_devices_only(void **iut)
{
	GIVES(1, *iut, REGISTER_KVM, 0);
	OK(*iut, KVM_PHYS_ADDR_IOREMAP, 1, 0x10000abc, 0x3ffff000, 0x1001); /* a device, then RAM */
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x10000000).ret, UINT64_C(0x4000003ffff7c7));
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x10001000).ret, 0);
	OK(*iut, KVM_PHYS_ADDR_IOREMAP, 17, 0, 0, 0);
	EXPECT(UNDEFINED, *iut, KVM_PHYS_ADDR_IOREMAP, 17, 0, 0, 1);
	EXPECT(UNDEFINED, *iut, KVM_PHYS_ADDR_IOREMAP, 1, UINT64_C(1) << 48, 0, 0);
	EXPECT(UNDEFINED, *iut, KVM_PHYS_ADDR_IOREMAP, 1, 0, UINT64_C(1) << 40, 0);
	EXPECT(UNDEFINED, *iut, KVM_PHYS_ADDR_IOREMAP, 1, (UINT64_C(1) << 48) - 1, 0, 1);
	EXPECT(UNDEFINED, *iut, KVM_PHYS_ADDR_IOREMAP, 1, 0, (UINT64_C(1) << 48) - 1, 1);
	OK(*iut, MAP_S2PT, 1, 0x20000000, 2, 0x50000001);
	PANICS(LOCK(INFO + 1) | LOCK(S2PAGE) | LOCK(NPT + 1), *iut, KVM_PHYS_ADDR_IOREMAP, 1, 0x1ffff000, 0,
	       0x2000);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 1, 0x1ffff000)), UINT64_C(0x400000000007c7));
}

/* The locks that a call finds taken, and the words that nobody may touch without theirs. */
static void locks_guard_the_words_of_a_vm(void **iut)
{
	struct s2t_hyp *h = machine(*iut);

	assert_true(s2t_lock_take(h, NPT + 1));
	EXPECT(DEADLOCK, *iut, GRANT_STAGE2_SG_GPA, 1, 0, 0x1000);
	s2t_builtin()->reset(*iut);
	GIVES(1, *iut, REGISTER_KVM, 0);
	assert_true(s2t_lock_take(h, CORE));
	EXPECT(DEADLOCK, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1000);
	s2t_builtin()->reset(*iut);

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s2t_vm_load(h, i ? 17 : 1, S2T_VM_STATE), 0);
		assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
		assert_string_equal(h->why,
		                    i ? "VM table: no such VM" : "VM table: an entry is used without its lock");
		h->stop = 0;
	}
	/* An image that no call makes: its address is none. */
	GIVES(1, *iut, REGISTER_KVM, 0);
	GIVES(0, *iut, SET_BOOT_INFO, 1, 0x40000000, 0x1000);
	GIVES(1, *iut, SET_BOOT_INFO, 1, 0x40200000, 0x1000);
	s2t_vm_lock(h, 1);
	s2t_image_store(h, 1, 0, S2T_IMAGE_ADDR, UINT64_C(1) << 48);
	s2t_vm_unlock(h, 1);
	EXPECT(UNDEFINED, *iut, SEARCH_LOAD_INFO, 1, 0x40200000);
	s2t_builtin()->reset(*iut);

	s2t_vm_lock(h, 1);
	s2t_image_store(h, 1, 4, S2T_IMAGE_SIZE, 0x1000);
	assert_int_equal(s2t_image_load(h, 1, 4, S2T_IMAGE_SIZE), 0x1000);
	assert_int_equal(h->stop, 0);
	assert_int_equal(s2t_image_load(h, 1, 5, S2T_IMAGE_SIZE), 0);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
	assert_string_equal(h->why, "VM table: no such image");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYPER_TEST(vmids_are_given_out_once),
		HYPER_TEST(the_remap_window_has_8191_pages),
		HYPER_TEST(pages_of_images_are_mapped_in_turn),
		HYPER_TEST(images_are_verified_and_loaded_in_turn),
		HYPER_TEST(what_a_verified_vm_refuses),
		HYPER_TEST(runs_and_exits_that_cannot_be),
		HYPER_TEST(pages_that_a_vm_may_not_have),
		HYPER_TEST(grants_leap_over_what_is_not_mapped),
		HYPER_TEST(ioremap_takes_devices_only),
		HYPER_TEST(locks_guard_the_words_of_a_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
