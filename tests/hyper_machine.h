/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the hypercall layer of the built-in implementation share: a board, the words of EL2, locks and
 * outcomes, and a VM that is made, booted or running.
 */
#ifndef S2T_TESTS_HYPER_MACHINE_H
#define S2T_TESTS_HYPER_MACHINE_H

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
static inline struct s2t_board session_board(void)
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

static inline void *machine_on(const struct s2t_board *board)
{
	char error[200];
	void *iut = s2t_builtin()->create(s2t_builtin(), board, error, sizeof(error));

	assert_non_null(iut);
	return iut;
}

static inline int session_set_up(void **state)
{
	struct s2t_board board = session_board();

	*state = machine_on(&board);
	return 0;
}

/* The words of EL2, found by hand. */
static inline uint64_t vm_word(void *iut, uint64_t vmid, uint64_t n)
{
	return word(iut, S2T_WINDOW_EL2, machine(iut)->layout.vms + 256 * vmid + 8 * n);
}
#define vm_state(iut, vmid)         vm_word(iut, vmid, 0)
#define vm_images(iut, vmid)        vm_word(iut, vmid, 1)
#define vcpu_state(iut, vmid, vcpu) vm_word(iut, vmid, 2 + 2 * (vcpu))
#define vcpu_fresh(iut, vmid, vcpu) vm_word(iut, vmid, 3 + 2 * (vcpu))

static inline void expect_image(void *iut, uint64_t vmid, uint64_t i, const uint64_t expected[4])
{
	for (uint64_t n = 0; n < 4; n++)
		assert_int_equal(word(iut, S2T_WINDOW_EL2,
		                      machine(iut)->layout.images + 256 * vmid + 32 * i + 8 * n),
		                 expected[n]);
}
#define IMAGE(...) ((const uint64_t[4]){ __VA_ARGS__ })

static inline void expect_core(void *iut, uint64_t next_vmid, uint64_t next_remap)
{
	assert_int_equal(word(iut, S2T_WINDOW_EL2, machine(iut)->layout.core), next_vmid);
	assert_int_equal(word(iut, S2T_WINDOW_EL2, machine(iut)->layout.core + 8), next_remap);
}

static inline uint64_t bank(void *iut, uint64_t n)
{
	return word(iut, S2T_WINDOW_EL2, machine(iut)->layout.smmu_banks + 16 * n);
}

/* Exactly the locks whose bits are set are held. */
static inline void expect_locks(void *iut, uint64_t held)
{
	for (uint64_t id = 0; id < LOCKS; id++)
		assert_int_equal(lock_held(iut, id), held >> id & 1);
}
#define LOCK(id) (UINT64_C(1) << (id))

static inline void expect_page(void *iut, uint64_t pfn, uint32_t owner, uint32_t count, uint64_t gfn)
{
	expect_record(iut, pfn - 0x40000, owner, count, gfn);
}

/* A step that must panic, what is held then, and what it must not be. */
static inline void expect_panic(struct s2t_result result, void *iut, uint64_t held)
{
	assert_int_equal(result.outcome, S2T_PANIC);
	assert_int_equal(result.ret, 0);
	assert_true(strlen(result.reason) > 5);
	expect_locks(iut, held);
}
#define PANICS(held, iut, op, ...) expect_panic(CALL(iut, op, __VA_ARGS__), iut, held)

static inline void ok(struct s2t_result result, void *iut, uint64_t ret)
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
static inline void make_vm(void *iut)
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
static inline void boot_vm(void *iut)
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

/* From the start: VM 1 is verified, has a bank of the SMMU, and its vCPU 0 has run and faulted. */
static inline void running(void *iut)
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

#define HYPER_TEST(name) cmocka_unit_test_setup_teardown(name, session_set_up, tear_down)

#endif
