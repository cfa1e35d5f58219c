/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments that suit the state: one function for each kind of operation. Where the chosen page does not
 * admit the operation, a kindred call is made of it, often the one that prepares it.
 */
#include "gen_internal.h"

struct place {
	uint64_t vmid, gfn;
};

/* Whether a mapping of a legal VM would find a block, or a pool empty: no, while it has neither. */
static bool stage2_panics(struct s2t_gen *gen, uint64_t vmid, uint64_t addr, bool block)
{
	const struct gen_space *space = s2t_gen_space(gen, vmid);

	return SELDOM((space->budget == 0) | space->blocks) && s2t_gen_stage2_panics(gen, vmid, addr, block);
}

static bool smmu_panics(struct s2t_gen *gen, const uint64_t *arg)
{
	return SELDOM(gen->smmu_budget == 0) && s2t_gen_smmu_panics(gen, arg[0], arg[1], arg[2]);
}

/* Low 12 bits of an address: mostly none, and no branch, as none could be foreseen. Uses bits 0..14 of `random`. */
static uint64_t inside_page(uint64_t random)
{
	return (random >> 3 & 0xFFF) * ((random & 7) == 0);
}

static bool has_gfn(const struct s2t_gen *gen, struct s2t_page page)
{
	return page.owner != 0 && page.owner <= gen->board.corevisor && page.gfn < GEN_GFN_END;
}

/* A place in a stage-2 address space: one that was mapped lately or its neighbour, a page of the host at its
 * own address, where its owner has a page, or a guest frame of the working set. Uses bits 0..31. */
static APART struct place pick_place(struct s2t_gen *gen, uint64_t random)
{
	struct place place = { 0, 0 };

	if ((random & 3) == 0 && gen->mapped.count > 0) {
		const struct gen_mapping *at =
			&gen->mapped.at[s2t_rng_scale16(random >> 16, gen->mapped.count)];
		const bool neighbour = (random & 12) == 0;

		place.vmid = at->space;
		place.gfn = at->gfn + (neighbour ? ((random & 16) != 0 ? 1 : GEN_BLOCK - 1) : 0);
		return place;
	}
	if ((random & 12) == 0) {
		place.gfn = s2t_gen_pick_page(gen, random >> 8);
		if ((random & 16) != 0) {
			struct s2t_page page = s2t_gen_page(gen, place.gfn);

			if (has_gfn(gen, page))
				place = (struct place){ page.owner, page.gfn };
		}
		return place;
	}
	place.vmid = s2t_gen_pick_vm(gen, random >> 4);
	place.gfn = s2t_gen_pick_frame(gen, random >> 16);
	return place;
}

/* The owner of the page, now and then another VM. Of a page of nobody, or of the host: mostly some VM. Uses
 * bits 0..20. */
static uint64_t pick_claimant(const struct s2t_gen *gen, struct s2t_page page, uint64_t random)
{
	if (page.owner == GEN_INVALID)
		return (random & 15) == 0 ? GEN_INVALID : s2t_gen_pick_vm(gen, random >> 4);
	if ((random & (page.owner == 0 ? 1 : 7)) == 0)
		return s2t_gen_pick_vm(gen, random >> 4);
	return page.owner;
}

/* clear_vm_page, grant_vm_page, revoke_vm_page. */
static bool claim(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	const uint64_t pfn = s2t_gen_pick_page(gen, random);

	call->arg[0] = pick_claimant(gen, s2t_gen_page(gen, pfn), random >> 24);
	call->arg[1] = pfn;
	return SELDOM(s2t_gen_space(gen, 0)->blocks) && s2t_gen_would_panic(gen, call);
}

/* A page that is another VM's alone gets shared instead. */
static bool map_page_host(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	const uint64_t pfn = s2t_gen_pick_page(gen, random);
	const struct s2t_page page = s2t_gen_page(gen, pfn);

	if (page.count == 0 && page.owner != 0) {
		call->op = S2T_OP_GRANT_VM_PAGE;
		call->arg[0] = page.owner;
		call->arg[1] = pfn;
		return false;
	}
	call->arg[0] = pfn << 12 | inside_page(random >> 24);
	return stage2_panics(gen, 0, call->arg[0], false);
}

/*
 * assign_pfn_to_vm and assign_pfn_to_smmu: free pages to a VM, owned pages to their owner again. A page
 * that the host's SMMU uses is given back instead, and a device is mapped.
 */
static bool assign(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	const uint64_t pfn = s2t_gen_pick_page(gen, random);
	const struct s2t_page page = s2t_gen_page(gen, pfn);
	uint64_t vmid = page.owner, gfn = page.gfn;

	if (page.owner == 0) {
		if (page.count != 0) {
			*call = (struct s2t_call){ .op = S2T_OP_REVOKE_VM_PAGE, .arg = { 0, pfn } };
			return s2t_gen_would_panic(gen, call);
		}
		vmid = s2t_gen_pick_vm(gen, random >> 26);
	}
	if (page.owner == GEN_INVALID && ((random >> 26 & 15) != 0 || call->op == S2T_OP_ASSIGN_PFN_TO_SMMU)) {
		*call = (struct s2t_call){ .op = S2T_OP_MAP_PAGE_HOST, .arg = { pfn << 12 } };
		return stage2_panics(gen, 0, pfn << 12, false);
	}
	if (page.owner == 0 || gfn >= GEN_GFN_END)
		gfn = s2t_gen_pick_frame(gen, random >> 30);
	call->arg[0] = vmid;
	call->arg[1] = gfn;
	call->arg[2] = pfn;
	return SELDOM(page.owner == 0 ? s2t_gen_space(gen, 0)->blocks : gfn != page.gfn) &&
	       s2t_gen_assign_panics(gen, call);
}

/* Uses bits 0..7. */
static bool pick_block(const struct s2t_gen *gen, uint64_t vmid, uint64_t random)
{
	return (random & 0xFF) < gen->block_share && (vmid != 0 || gen->host_blocks);
}

/* map_pfn_vm and map_s2pt; half of the mappings are what a hypervisor makes after an assignment. */
static bool map_stage2(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	static const uint32_t odd_level[4] = { 0, 1, 4, UINT32_MAX };
	const bool primitive = call->op == S2T_OP_MAP_S2PT;
	const uint64_t pfn = s2t_gen_pick_page(gen, random), more = s2t_rng_next(&gen->rng);
	const struct s2t_page page = s2t_gen_page(gen, pfn);
	struct place place;
	uint64_t pte, level = 3;

	if ((random >> 24 & 1) != 0 && has_gfn(gen, page))
		place = (struct place){ page.owner, page.gfn };
	else
		place = pick_place(gen, more);
	if (pick_block(gen, place.vmid, more >> 32)) {
		pte = s2t_gen_block_pte(pfn, more >> 40);
		level = 2;
	} else {
		pte = s2t_gen_pte(pfn, more >> 40);
		if (!primitive && (random >> 32 & 31) == 0)
			level = odd_level[random >> 37 & 3];
	}
	call->arg[0] = place.vmid;
	call->arg[1] = place.gfn << 12 | inside_page(random >> 28);
	if (primitive) {
		/* 0 is no descriptor: the call would be undefined. */
		call->arg[2] = level;
		call->arg[3] = pte != 0 ? pte : 1;
	} else {
		call->arg[2] = pte;
		call->arg[3] = level;
	}
	return stage2_panics(gen, place.vmid, call->arg[1], level == 2);
}

static APART bool map_vm_io(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	const struct place place = pick_place(gen, random);
	const uint64_t pfn = (random >> 40 & 3) != 0 ? s2t_gen_device_pfn(gen)
	                                             : s2t_gen_pick_page(gen, random >> 42);

	call->arg[0] = place.vmid;
	call->arg[1] = place.gfn << 12 | inside_page(random >> 32);
	call->arg[2] = pfn << 12 | inside_page(random >> 36);
	return stage2_panics(gen, place.vmid, call->arg[1], false) &&
	       s2t_gen_page(gen, pfn).owner == GEN_INVALID;
}

/* Sets (cbndx, index) at `arg` and returns an IOVA: one that was mapped lately, or a frame of the working
 * set. Uses bits 0..23. */
static uint64_t pick_iova(struct s2t_gen *gen, uint64_t *arg, uint64_t random)
{
	uint32_t context = gen->context[random & 1];
	uint64_t gfn;

	if ((random & 6) != 0 && gen->smmu.count > 0) {
		const struct gen_mapping *at = &gen->smmu.at[s2t_rng_scale16(random >> 8, gen->smmu.count)];

		context = at->space;
		gfn = at->gfn;
	} else {
		gfn = s2t_gen_pick_frame(gen, random >> 8) & (GEN_PFN_END - 1);
	}
	arg[0] = context & 7;
	arg[1] = context >> 3;
	return gfn << 12 | inside_page(random >> 3);
}

static APART bool map_spt(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	const uint64_t more = s2t_rng_next(&gen->rng);

	call->arg[2] = pick_iova(gen, call->arg, random);
	call->arg[3] = s2t_gen_pte(s2t_gen_pick_page(gen, more), more >> 24);
	/* Now and then where no table is, or nothing at all; each place again and again, as tables cost memory. */
	if ((more >> 56 & 15) == 0)
		call->arg[2] ^= UINT64_C(1) << (21 + s2t_rng_scale16(more >> 40, 19));
	if ((more >> 60) == 0)
		call->arg[3] = 0;
	return smmu_panics(gen, call->arg);
}

/* The page's owner maps it where the record says. If no SMMU reaches that: map_spt. */
static bool update_smmu_page(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	const uint32_t context = gen->context[random >> 24 & 1];
	const uint64_t pfn = s2t_gen_pick_page(gen, random);
	const struct s2t_page page = s2t_gen_page(gen, pfn);

	if (page.owner == GEN_INVALID || page.gfn >= GEN_PFN_END) {
		call->op = S2T_OP_MAP_SPT;
		return map_spt(gen, call, random);
	}
	call->arg[0] = page.owner;
	call->arg[1] = context & 7;
	call->arg[2] = context >> 3;
	call->arg[3] = page.gfn << 12 | inside_page(random >> 26);
	call->arg[4] = pfn << 12 | (s2t_gen_pte(pfn, random >> 30) & ~GEN_FRAME);
	return smmu_panics(gen, call->arg + 1);
}

bool s2t_gen_propose(struct s2t_gen *gen, struct s2t_call *call, uint64_t random)
{
	struct place place;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: return map_page_host(gen, call, random);
	case S2T_OP_CLEAR_VM_PAGE:
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE: return claim(gen, call, random);
	case S2T_OP_ASSIGN_PFN_TO_VM:
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return assign(gen, call, random);
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_MAP_S2PT: return map_stage2(gen, call, random);
	case S2T_OP_MAP_VM_IO: return map_vm_io(gen, call, random);
	case S2T_OP_UPDATE_SMMU_PAGE: return update_smmu_page(gen, call, random);
	case S2T_OP_UNMAP_SMMU_PAGE:
	case S2T_OP_WALK_SPT:
	case S2T_OP_UNMAP_SPT: call->arg[2] = pick_iova(gen, call->arg, random); return false;
	case S2T_OP_MAP_SPT: return map_spt(gen, call, random);
	case S2T_OP_INIT_SPT: (void)pick_iova(gen, call->arg, random); return false;
	case S2T_OP_GET_LEVEL_S2PT:
	case S2T_OP_WALK_S2PT:
		place = pick_place(gen, random);
		call->arg[0] = place.vmid;
		call->arg[1] = place.gfn << 12 | inside_page(random >> 32);
		return false;
	case S2T_OP_CLEAR_PFN_HOST:
		call->arg[0] = s2t_gen_pick_page(gen, random);
		return s2t_gen_host_block(gen, call->arg[0]);
	default: break; /* the hypercall layer is not drawn */
	}
	return false;
}
