/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall layer of the built-in implementation, from the Coq text alone: a session of two VMs from boot
 * to teardown, with its outcomes and the words it leaves; what must not be, with the locks held after it; and
 * the edges of the remap window, of the SMMU's registers and of the dispatcher.
 */
#include "impl_machine.h"

/* Numbers of the hypercalls (Constants.v). */
enum {
	SET_DESC = 11,
	UNSET_DESC = 12,
	TIMER = 13,
	CLEAR_RANGE = 14,
	BOOT_INFO = 15,
	REMAP = 16,
	VERIFY = 17,
	FREE_PGD = 18,
	ALLOC_PGD = 19,
	LPAE_MAP = 20,
	IOVA_TO_PHYS = 21,
	LPAE_CLEAR = 22,
	IOREMAP = 23,
	NEW_KVM = 24,
	NEW_VCPU = 25,
};
enum { CORE = 1, S2PAGE = 2, SMMU = 4, NPT = 5, INFO = 22, LOCKS = 39 };
enum { UNUSED, READY = 2, VERIFIED, POWEROFF, ACTIVE };
enum { EL2_PAGES = 2 };
#define HVC64       (UINT64_C(22) << 26)
#define SYS64       (UINT64_C(30) << 26)
#define FREE        UINT64_C(0xffffffff)
#define HOST_OFFSET UINT64_C(1000000000)
#define SMMU_BASE   UINT64_C(0x2b400000)

static const struct s2t_start_page el2_pages[EL2_PAGES] = {
	{ 0x7f000, { 16, 0, 0 } },
	{ 0x7f001, { 16, 0, 1 } },
};

/* 1 GiB of RAM at 1 GiB, the start of its end EL2's. The descriptors of the SMMU carry no bit of an address. */
static struct s2t_board session_board(void)
{
	struct s2t_board b = default_board();

	b.region_count = 1;
	b.region[0] = (struct s2t_region){ 0x40000000, 0x40000000, 0 };
	b.start_page_count = EL2_PAGES;
	b.start_page = el2_pages;
	b.next_vmid = 1;
	b.remap_start = 0x2000000;
	b.remap_end = 0x4000000;
	b.smmu_num = 1;
	b.smmu_base = SMMU_BASE;
	b.smmu_size = 0x10000;
	b.smmu_context_banks = 8;
	b.smmu_pte_bits = 0x703;
	b.vm_fault_min = 1;
	b.hvc_timer_set_cntvoff = TIMER;
	b.hvc_clear_vm_s2_range = CLEAR_RANGE;
	b.hvc_set_boot_info = BOOT_INFO;
	b.hvc_remap_vm_image = REMAP;
	b.hvc_verify_vm_image = VERIFY;
	b.hvc_smmu_free_pgd = FREE_PGD;
	b.hvc_smmu_alloc_pgd = ALLOC_PGD;
	b.hvc_smmu_lpae_map = LPAE_MAP;
	b.hvc_smmu_lpae_iova_to_phys = IOVA_TO_PHYS;
	b.hvc_smmu_clear = LPAE_CLEAR;
	b.hvc_phys_addr_ioremap = IOREMAP;
	b.hvc_register_kvm = NEW_KVM;
	b.hvc_register_vcpu = NEW_VCPU;
	b.hvc_kvm_set_desc_pfn = SET_DESC;
	b.hvc_kvm_unset_desc_pfn = UNSET_DESC;
	return b;
}

static void *machine_on(const struct s2t_board *board)
{
	char error[200];
	void *iut = s2t_builtin()->create(s2t_builtin(), board, error, sizeof(error));

	assert_non_null(iut);
	return iut;
}

static int session_set_up(void **state)
{
	struct s2t_board board = session_board();

	*state = machine_on(&board);
	return 0;
}

/* The words of EL2, found by hand. */
static uint64_t vm_word(void *iut, uint64_t vmid, uint64_t n)
{
	return word(iut, S2T_WINDOW_EL2, machine(iut)->layout.vms + 256 * vmid + 8 * n);
}
#define vm_state(iut, vmid)         vm_word(iut, vmid, 0)
#define vm_images(iut, vmid)        vm_word(iut, vmid, 1)
#define vcpu_state(iut, vmid, vcpu) vm_word(iut, vmid, 2 + 2 * (vcpu))
#define vcpu_fresh(iut, vmid, vcpu) vm_word(iut, vmid, 3 + 2 * (vcpu))

static void expect_image(void *iut, uint64_t vmid, uint64_t i, const uint64_t expected[4])
{
	for (uint64_t n = 0; n < 4; n++)
		assert_int_equal(word(iut, S2T_WINDOW_EL2,
		                      machine(iut)->layout.images + 256 * vmid + 32 * i + 8 * n),
		                 expected[n]);
}
#define IMAGE(...) ((const uint64_t[4]){ __VA_ARGS__ })

static void expect_core(void *iut, uint64_t next_vmid, uint64_t next_remap)
{
	assert_int_equal(word(iut, S2T_WINDOW_EL2, machine(iut)->layout.core), next_vmid);
	assert_int_equal(word(iut, S2T_WINDOW_EL2, machine(iut)->layout.core + 8), next_remap);
}

static uint64_t bank(void *iut, uint64_t n)
{
	return word(iut, S2T_WINDOW_EL2, machine(iut)->layout.smmu_banks + 16 * n);
}

/* Exactly the locks whose bits are set are held. */
static void expect_locks(void *iut, uint64_t held)
{
	for (uint64_t id = 0; id < LOCKS; id++)
		assert_int_equal(lock_held(iut, id), held >> id & 1);
}
#define LOCK(id) (UINT64_C(1) << (id))

static void expect_page(void *iut, uint64_t pfn, uint32_t owner, uint32_t count, uint64_t gfn)
{
	expect_record(iut, pfn - 0x40000, owner, count, gfn);
}

/* A step that must panic, what is held then, and what it must not be. */
static void expect_panic(struct s2t_result result, void *iut, uint64_t held)
{
	assert_int_equal(result.outcome, S2T_PANIC);
	assert_int_equal(result.ret, 0);
	assert_true(strlen(result.reason) > 5);
	expect_locks(iut, held);
}
#define PANICS(held, iut, op, ...) expect_panic(CALL(iut, op, __VA_ARGS__), iut, held)

static void ok(struct s2t_result result, void *iut, uint64_t ret)
{
	assert_string_equal(result.reason, "");
	assert_int_equal(result.outcome, S2T_OK);
	assert_int_equal(result.ret, ret);
	expect_locks(iut, 0);
}
#define OK(iut, op, ...)         ok(CALL(iut, op, __VA_ARGS__), iut, 0)
#define GIVES(ret, iut, op, ...) ok(CALL(iut, op, __VA_ARGS__), iut, ret)
#define HVC(iut, number, ...)    ok(CALL(iut, HYPERCALL, number, __VA_ARGS__), iut, number)

#define INTERRUPT(iut, vmid, vcpu)           OK(iut, VCPU_EXIT, vmid, vcpu, 31)
#define FIRST_RUN(iut, vmid, vcpu, pc)       OK(iut, VCPU_RUN, vmid, vcpu, pc, 0x1234, ~UINT64_C(0), 7)
#define FAULT(iut, vmid, vcpu, addr, pte, l) OK(iut, VCPU_RUN, vmid, vcpu, ~UINT64_C(0), addr, pte, l)
#define GUEST(iut, vmid, call, addr, size)   OK(iut, VCPU_EXIT, vmid, 0, 2, HVC64, call, addr, size)

/* Steps 1 to 7 of the session: the host runs, VM 1 has two vCPUs. */
static void make_vm(void *iut)
{
	OK(iut, HOST_FAULT, 0x50000000);
	OK(iut, HOST_FAULT, 0x50001000);
	OK(iut, HOST_FAULT, 0x60000000);
	OK(iut, HOST_FAULT, 0x09000abc);
	GIVES(1, iut, HYPERCALL, NEW_KVM);
	HVC(iut, NEW_VCPU, 1, 0);
	HVC(iut, NEW_VCPU, 1, 1);
}

/* Steps 8 to 17: it is verified, with two images. */
static void boot_vm(void *iut)
{
	HVC(iut, IOREMAP, 1, 0x08010000, 0x2c002000, 0x2000);
	HVC(iut, BOOT_INFO, 1, 0x40080000, 0x4000);
	for (uint64_t i = 0; i < 4; i++)
		HVC(iut, REMAP, 1, 0x50080 + i, 0);
	GIVES(1, iut, SET_BOOT_INFO, 1, 0x44000000, 0x2000);
	HVC(iut, REMAP, 1, 0x50200, 1);
	HVC(iut, REMAP, 1, 0x50201, 1);
	HVC(iut, VERIFY, 1);
}

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

/* Each of these starts with VM 1 verified, its vCPU 0 running. */
static void running(void *iut)
{
	s2t_builtin()->reset(iut);
	make_vm(iut);
	HVC(iut, ALLOC_PGD, 0, 1, 0);
	HVC(iut, ALLOC_PGD, 1, 0, 0);
	boot_vm(iut);
	FIRST_RUN(iut, 1, 0, 0x40080000);
	INTERRUPT(iut, 1, 0);
	FAULT(iut, 1, 0, 0x42000000, 0x60000000, 3);
	INTERRUPT(iut, 1, 0);
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
	EXPECT(UNDEFINED, *iut, CLEAR_VM_RANGE, 1, (1 << 28) - 1, 2);
	OK(*iut, CLEAR_VM_RANGE, 1, (1 << 28) - 1, 1);
	OK(*iut, ASSIGN_PFN_TO_VM, 1, 0, 0x40000);
	OK(*iut, ASSIGN_PFN_TO_VM, 1, 1, 0x7ffff);
	OK(*iut, CLEAR_VM_RANGE, 1, 0x3fffe, 3);
	expect_page(*iut, 0x40000, 0, 0, 0x40000 + HOST_OFFSET);
	OK(*iut, CLEAR_VM_RANGE, 1, 0x7ffff, 100);
	expect_page(*iut, 0x7ffff, 0, 0, 0x7ffff + HOST_OFFSET);
}

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
}

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
	OK(*iut, MAP_S2PT, 1, 0x20000000, 2, 0x50000001);
	PANICS(LOCK(INFO + 1) | LOCK(S2PAGE) | LOCK(NPT + 1), *iut, KVM_PHYS_ADDR_IOREMAP, 1, 0x1ffff000, 0,
	       0x2000);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 1, 0x1ffff000)), UINT64_C(0x400000000007c7));
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

#undef MACHINE_TEST
#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, session_set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(a_session_of_two_vms),
		MACHINE_TEST(a_session_with_an_smmu),
		MACHINE_TEST(what_a_verified_vm_refuses),
		MACHINE_TEST(pages_that_a_vm_may_not_have),
		MACHINE_TEST(runs_and_exits_that_cannot_be),
		MACHINE_TEST(grants_leap_over_what_is_not_mapped),
		MACHINE_TEST(vmids_are_given_out_once),
		MACHINE_TEST(the_remap_window_has_8191_pages),
		MACHINE_TEST(pages_of_images_are_mapped_in_turn),
		MACHINE_TEST(images_are_verified_and_loaded_in_turn),
		MACHINE_TEST(smmu_banks),
		MACHINE_TEST(registers_of_the_smmu),
		cmocka_unit_test(how_many_smmus_there_are),
		MACHINE_TEST(the_dispatcher_has_bounds),
		cmocka_unit_test(the_host_may_be_registered),
		cmocka_unit_test(numbers_are_the_boards),
		MACHINE_TEST(after_a_panic_nothing_is_done),
		MACHINE_TEST(ioremap_takes_devices_only),
		MACHINE_TEST(events_of_nested_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
