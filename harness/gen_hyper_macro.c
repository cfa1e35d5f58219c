/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stretches of the life of a VM, as a host makes them: boot, runs with faults and sharing, power off and teardown; and
 * the host's own use of the SMMU. One in ten is cut short or reordered.
 */
#include "gen_hyper.h"

enum { BLOCK_BYTES = 0x200000 };

static void push(struct s2t_gen *gen, struct s2t_call call)
{
	if (gen->hyper.count < GEN_QUEUE)
		gen->hyper.queue[gen->hyper.count++] = call;
}

/* Some arguments are the same in all calls of a stretch; the others are drawn for each. */
static struct s2t_call drawn(struct s2t_gen *gen, enum s2t_op op)
{
	struct s2t_call call = { .op = op };

	s2t_gen_hyper_args(gen, &call);
	return call;
}

static void queue_run(struct s2t_gen *gen, uint32_t vmid, uint32_t vcpuid)
{
	struct s2t_call run = drawn(gen, S2T_OP_VCPU_RUN);
	const uint64_t images = s2t_model_vm(gen->model, vmid, S2T_VM_IMAGES);

	run.arg[0] = vmid;
	run.arg[1] = vcpuid;
	run.arg[2] = images ? s2t_model_image(gen->model, vmid, s2t_gen_below(gen, (uint32_t)images),
	                                      S2T_IMAGE_ADDR)
	                    : gen->hyper.load_addr;
	push(gen, run);
}

static void queue_exit(struct s2t_gen *gen, uint32_t vmid, uint32_t vcpuid, uint64_t ec, uint64_t x0,
                       uint64_t x2, uint64_t x3)
{
	push(gen,
	     (struct s2t_call){ S2T_OP_VCPU_EXIT, { vmid, vcpuid, ec, UINT64_C(0x58000000), x0, x2, x3 } });
}

/* Attributes with a page of RAM. */
static void queue_smmu_map(struct s2t_gen *gen, uint32_t context, uint32_t vmid)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	uint64_t pfn = s2t_gen_pick_page(gen, random), iova = s2t_gen_pick_frame(gen, random >> 8) << 12;

	if (random >> 36 & 1) /* what EL2 adds to a descriptor is of the page then */
		pfn |= gen->board.smmu_pte_bits >> 12 & (GEN_PFN_END - 1);
	/* Pages of the host, mapped where their record says, if an iova reaches there. */
	if (vmid == 0 || (random >> 12 & 7) == 0)
		iova = (s2t_gen_page(gen, pfn).gfn < GEN_PFN_END ? s2t_gen_page(gen, pfn).gfn : pfn) << 12;
	iova &= GEN_PA_END - 1;
	push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_MAP,
	                             { iova, pfn << 12, random >> 16 & 0x7c3, context & 7, context >> 3 } });
	if ((random >> 32 & 3) == 0)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS,
		                             { iova, context & 7, context >> 3 } });
	if ((random >> 34 & 3) == 0)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_CLEAR, { iova, context & 7, context >> 3 } });
}

static void queue_image(struct s2t_gen *gen, uint32_t vmid, uint32_t image)
{
	const uint64_t random = s2t_rng_next(&gen->rng);
	const uint64_t pages = 1 + (random & 3), mapped = (random >> 2 & 3) ? pages : random >> 4 & 3;
	const uint64_t block = s2t_gen_ram_page(gen) & ~(uint64_t)(GEN_BLOCK - 1);
	/* At the start of a block, somewhere in it, or such that it goes on in the next one. */
	const uint64_t offset = (random >> 8 & 3) > 1 ? 0
	                        : (random >> 8 & 3)   ? (random >> 10 & 511)
	                                              : GEN_BLOCK - 1 - (random >> 10 & 1);
	const uint64_t far = (random >> 26 & 3) == 0 ? (random >> 28 & 15) << 30 : 0;
	const uint64_t load = far + ((random >> 20 & 7) + 8 * image) * BLOCK_BYTES + offset * 4096;

	gen->hyper.load_addr = load;
	push(gen, (struct s2t_call){ S2T_OP_SET_BOOT_INFO, { vmid, load, pages * 4096 - (random >> 24 & 1) } });
	for (uint64_t i = 0; i < mapped; i++)
		push(gen, (struct s2t_call){ S2T_OP_REMAP_VM_IMAGE, { vmid, block + offset + i, image } });
}

static void queue_fault(struct s2t_gen *gen, uint32_t vmid, uint64_t addr, uint64_t pfn)
{
	push(gen,
	     (struct s2t_call){ S2T_OP_VCPU_RUN, { vmid, 0, gen->hyper.load_addr, addr, pfn << 12 | 3, 3 } });
	queue_exit(gen, vmid, 0, 31, 0, 0, 0);
}

/* Pages far from each other take tables, until a pool is exhausted where it is small. */
static void queue_scatter(struct s2t_gen *gen, uint32_t vmid)
{
	const uint32_t shift = s2t_gen_below(gen, 2) ? 30 : 21, context = gen->context[0];
	const uint64_t page = s2t_gen_ram_page(gen), first = s2t_gen_pick_frame(gen, page) << 12;
	const uint32_t way = s2t_gen_below(gen, 4);

	for (uint64_t i = 0; i < 12; i++) {
		const uint64_t addr = (first + (i << shift)) & (GEN_ADDR_END - 1);

		if (way == 0)
			push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_MAP,
			                             { addr & (GEN_PA_END - 1), (page + i) << 12, 0x743,
			                               context & 7, context >> 3 } });
		else if (way == 1 && i == 11)
			push(gen,
			     (struct s2t_call){ S2T_OP_PROT_AND_MAP_VM_S2PT,
			                        { vmid, addr & ~UINT64_C(0x1fffff),
			                          (s2t_gen_ram_page(gen) & ~UINT64_C(511)) << 12 | 1, 2 } });
		else if (way == 1)
			push(gen, (struct s2t_call){ S2T_OP_KVM_PHYS_ADDR_IOREMAP,
			                             { vmid, addr, s2t_gen_device_pfn(gen) << 12, 0x1000 } });
		else if (way == 2)
			push(gen, (struct s2t_call){ S2T_OP_PROT_AND_MAP_VM_S2PT,
			                             { vmid, addr, (page + i) << 12 | 3, 3 } });
		else
			queue_fault(gen, vmid, addr, page + i);
	}
}

/* A block of the host over pages that may be a VM's: it maps another place of RAM there. Or one of EL2 where boot
 * images are to be mapped. */
static void queue_block(struct s2t_gen *gen, uint64_t pfn)
{
	const uint64_t block = s2t_gen_ram_page(gen) & ~(uint64_t)(GEN_BLOCK - 1);
	uint64_t addr = pfn << 12, vmid = 0;

	if (s2t_gen_below(gen, 4) == 0) {
		vmid = gen->board.corevisor;
		addr = s2t_model_core(gen->model, S2T_CORE_NEXT_REMAP);
	}
	push(gen, (struct s2t_call){ S2T_OP_PROT_AND_MAP_VM_S2PT,
	                             { vmid, addr & ~UINT64_C(0x1fffff), block << 12 | 1, 2 } });
}

static void queue_boot(struct s2t_gen *gen)
{
	const uint64_t next = s2t_model_core(gen->model, S2T_CORE_NEXT_VMID);
	const uint32_t vmid = (uint32_t)next, vcpus = 1 + s2t_gen_below(gen, 2), context = gen->context[0];
	const uint64_t random = s2t_rng_next(&gen->rng);

	push(gen, (struct s2t_call){ S2T_OP_REGISTER_KVM, { 0 } });
	for (uint32_t i = 0; i < vcpus; i++)
		push(gen, (struct s2t_call){ S2T_OP_REGISTER_VCPU, { vmid, i } });
	if (random & 1)
		push(gen, (struct s2t_call){ S2T_OP_KVM_PHYS_ADDR_IOREMAP,
		                             { vmid, s2t_gen_pick_frame(gen, random >> 8) << 12,
		                               s2t_gen_device_pfn(gen) << 12,
		                               UINT64_C(0x1000) << (random >> 11 & 1) } });
	if ((random >> 26 & 15) == 0)
		queue_scatter(gen, (uint32_t)gen->board.corevisor);
	for (uint32_t i = 0; i <= (random >> 12 & 1); i++)
		queue_image(gen, vmid, i);
	if (random & 2) {
		push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD, { context & 7, vmid, context >> 3 } });
		for (uint32_t i = 0; i <= (random >> 16 & 3); i++)
			queue_smmu_map(gen, context, vmid);
	}
	if ((random & 0x1c) == 0) /* what verify would do, before it */
		push(gen, drawn(gen, S2T_OP_PROT_AND_MAP_VM_S2PT));
	if ((random >> 20 & 7) == 0)
		queue_scatter(gen, vmid);
	push(gen, (struct s2t_call){ S2T_OP_VERIFY_AND_LOAD_IMAGES,
	                             { vmid, gen->hyper.sought == S2T_CASE_VLI_8 ? random >> 30 & 31 : 31 } });
	for (uint32_t i = 0; i < vcpus; i++) {
		queue_run(gen, vmid, i);
		queue_exit(gen, vmid, i, 31, 0, 0, 0);
	}
}

/* Runs with faults, in which the guest shares what it was given. */
static void queue_runs(struct s2t_gen *gen)
{
	const uint32_t vmid = s2t_gen_hyper_vm(gen), vcpuid = s2t_gen_below(gen, 8) == 0;
	const uint32_t runs = 1 + s2t_gen_below(gen, 4);

	for (uint32_t i = 0; i < runs; i++) {
		const uint64_t random = s2t_rng_next(&gen->rng);

		queue_run(gen, vmid, vcpuid);
		if (gen->hyper.sought == S2T_CASE_VRN_8)
			queue_run(gen, vmid, vcpuid);
		const struct s2t_call *run = &gen->hyper.queue[gen->hyper.count - 1];
		const uint64_t addr = run->arg[3], pfn = (run->arg[4] & GEN_FRAME) >> 12;

		if (random & 1)
			queue_exit(gen, vmid, vcpuid, 2, gen->board.hvc_kvm_set_desc_pfn, addr,
			           UINT64_C(0x1000) << (random >> 8 & 1));
		if (random & 2)
			push(gen, (struct s2t_call){ S2T_OP_HOST_FAULT, { pfn << 12, 0, 0 } });
		if ((random & 0xf1) == 1)
			queue_block(gen, pfn);
		if ((random & 0x3004) == 4)
			push(gen, (struct s2t_call){ S2T_OP_REVOKE_STAGE2_SG_GPA, { vmid, addr, 0x1000 } });
		else if (random & 4)
			queue_exit(gen, vmid, vcpuid, 2, gen->board.hvc_kvm_unset_desc_pfn, addr, 0x1000);
		queue_exit(gen, vmid, vcpuid, (random & 8) ? 31 : 2, 0, 0, 0);
	}
}

static void queue_end(struct s2t_gen *gen)
{
	const uint32_t vmid = s2t_gen_hyper_vm(gen), context = gen->context[0];
	const uint64_t random = s2t_rng_next(&gen->rng);
	const uint64_t pages[3] = { s2t_gen_pick_page(gen, random >> 32), s2t_gen_pick_page(gen, random >> 40),
		                    s2t_gen_pick_page(gen, random >> 48) };

	if (random & 1) {
		queue_run(gen, vmid, 0);
		queue_exit(gen, vmid, 0, 2, UINT64_C(0x84000008) | (random >> 60 & 1) << 32, 0, 0);
	} else {
		push(gen, (struct s2t_call){ S2T_OP_SET_VM_POWEROFF, { vmid } });
	}
	for (unsigned i = 0; i < 3; i++) {
		struct s2t_call clear = { S2T_OP_CLEAR_VM_STAGE2_RANGE,
			                  { vmid, pages[i] << 12,
			                    UINT64_C(0x1000) << (random >> (8 + 4 * i) & 3) } };

		if (random >> (20 + i) & 1)
			clear = (struct s2t_call){ S2T_OP_CLEAR_VM_RANGE,
				                   { vmid, pages[i],
				                     UINT64_C(1) << (random >> (8 + 4 * i) & 7) } };
		if ((random >> (56 + i) & 1) && clear.op == S2T_OP_CLEAR_VM_STAGE2_RANGE) {
			struct s2t_call elsewhere = clear; /* what 32 bits would not tell apart */

			elsewhere.arg[1] ^= UINT64_C(1) << 32;
			push(gen, elsewhere);
		}
		push(gen, clear);
		push(gen, (struct s2t_call){ S2T_OP_HOST_FAULT, { pages[i] << 12, 0, 0 } });
	}
	if (gen->smmu.count > 0)
		push(gen, (struct s2t_call){ S2T_OP_EL2_ARM_LPAE_CLEAR,
		                             { gen->smmu.at[0].gfn << 12, context & 7, context >> 3 } });
	push(gen, (struct s2t_call){ S2T_OP_EL2_FREE_SMMU_PGD, { context & 7, context >> 3 } });
}

/* The host gives itself a bank and maps through it. */
static void queue_device(struct s2t_gen *gen)
{
	const uint32_t context = gen->context[1], maps = 1 + s2t_gen_below(gen, 4);

	push(gen, (struct s2t_call){ S2T_OP_EL2_ALLOC_SMMU_PGD, { context & 7, 0, context >> 3 } });
	for (uint32_t i = 0; i < maps; i++)
		queue_smmu_map(gen, context, 0);
	push(gen, drawn(gen, S2T_OP_HOST_FAULT));
	if (s2t_gen_below(gen, 4) == 0)
		push(gen, (struct s2t_call){ S2T_OP_EL2_FREE_SMMU_PGD, { context & 7, context >> 3 } });
}

/* One stretch in ten is cut short, or two of its calls change places. */
static void disturb(struct s2t_gen *gen)
{
	struct s2t_call *queue = gen->hyper.queue, swapped;
	const uint32_t count = gen->hyper.count, at = s2t_gen_below(gen, count),
		       other = s2t_gen_below(gen, count);

	if (s2t_gen_below(gen, 10) != 0)
		return;
	if (s2t_gen_below(gen, 2) == 0) {
		gen->hyper.count = at;
		return;
	}
	swapped = queue[at];
	queue[at] = queue[other];
	queue[other] = swapped;
}

void s2t_gen_queue_life(struct s2t_gen *gen)
{
	const uint64_t next = s2t_model_core(gen->model, S2T_CORE_NEXT_VMID);
	const bool any = next > gen->board.next_vmid;
	const uint32_t random = s2t_gen_below(gen, 16);

	gen->hyper.head = gen->hyper.count = 0;
	gen->hyper.on_the_way = s2t_gen_below(gen, 4) != 0 && s2t_gen_queue_goal(gen);
	if (gen->hyper.on_the_way)
		return;
	if (!any || random < 3)
		queue_boot(gen);
	else if (random < 10)
		queue_runs(gen);
	else if (random < 12)
		queue_end(gen);
	else if (random == 12)
		queue_block(gen, s2t_gen_pick_page(gen, s2t_rng_next(&gen->rng)));
	else if (random == 13)
		queue_scatter(gen, s2t_gen_hyper_vm(gen));
	else
		queue_device(gen);
	disturb(gen);
}
