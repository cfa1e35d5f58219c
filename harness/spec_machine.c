/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second build of the bodies: the primitives of impl/prims.h, each by the specification of the same name.
 *
 * This is the one file that sees both model/ and impl/, and of impl/ only what the bodies see: no code, mask or limit
 * of the concrete primitives is behind anything here.
 */
#include "spec_machine.h"

#include <stdlib.h>
#include <string.h>

#include "bodies.h"
#include "page_manager.h"

struct s2t_spec_machine {
	struct s2t_model *adt;
	struct s2t_bodies bodies; /* of the user; NULL where the built-in one has its own */
	struct s2t_limits limits;
	/* The present step. */
	const struct s2t_call *call;
	bool undefined; /* sticky: a rely failed */
	const char *reason;
	uint32_t called;
	struct s2t_misuse misuse;
};

struct s2t_spec_machine *s2t_spec_machine_create(const struct s2t_board *board, const struct s2t_bodies *bodies)
{
	struct s2t_spec_machine *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	/* One built against an older header is shorter. */
	if (bodies)
		memcpy(&m->bodies, bodies, bodies->size < sizeof(*bodies) ? bodies->size : sizeof(*bodies));
	m->limits.max_share_count = (uint32_t)board->max_share_count;
	m->limits.el2_smmu_cfg_size = (uint32_t)board->el2_smmu_cfg_size;
	m->limits.smmu_host_offset = board->smmu_host_offset;
	m->adt = s2t_model_create(board);
	if (m->adt)
		return m;
	free(m);
	return NULL;
}

void s2t_spec_machine_destroy(struct s2t_spec_machine *m)
{
	if (!m)
		return;
	s2t_model_destroy(m->adt);
	free(m);
}

struct s2t_model *s2t_spec_machine_state(const struct s2t_spec_machine *m)
{
	return m->adt;
}

uint32_t s2t_spec_machine_called(const struct s2t_spec_machine *m)
{
	return m->called;
}

const struct s2t_misuse *s2t_spec_machine_misuse(const struct s2t_spec_machine *m)
{
	return &m->misuse;
}

const char *s2t_spec_machine_reason(const struct s2t_spec_machine *m)
{
	return m->reason;
}

/* The layer interface is one of the text of a body, so it binds after a halt or a failed rely, too. */
static void check_interface(struct s2t_spec_machine *m, enum s2t_primitive primitive, const uint64_t arg[])
{
	const struct s2t_primitive_info *info = &s2t_primitive_table[primitive];

	if (m->misuse.what != S2T_NO_MISUSE)
		return;
	if (!(s2t_lemma_interface[m->call->op] >> primitive & 1))
		m->misuse = (struct s2t_misuse){ S2T_NOT_IN_INTERFACE, primitive, 0, 0 };
	for (unsigned i = 0; i < S2T_PRIMITIVE_ARGS && m->misuse.what == S2T_NO_MISUSE; i++)
		if (info->arg_bits[i] == 32 && arg[i] > UINT32_MAX)
			m->misuse = (struct s2t_misuse){ S2T_ARGUMENT_TOO_WIDE, primitive, i, arg[i] };
}

/* Begins a primitive. False: it has no effect and returns 0. */
static bool enter(struct s2t_spec_machine *m, enum s2t_primitive primitive,
                  const uint64_t arg[S2T_PRIMITIVE_ARGS])
{
	m->called |= UINT32_C(1) << primitive;
	check_interface(m, primitive, arg);
	if (!m->undefined && !s2t_make_room(m->adt))
		m->undefined = true;
	return !m->undefined;
}

/* Ends one that entered. */
static void leave(struct s2t_spec_machine *m, enum s2t_primitive primitive, bool some)
{
	if (!some) {
		m->undefined = true;
		m->reason = s2t_primitive_table[primitive].refusal;
	} else if (s2t_model_halted(m->adt) && !*m->reason) {
		m->reason = s2t_primitive_table[primitive].halt;
	}
}

/* A primitive that returns nothing; its arguments, as many as it has, follow those of the specification. */
#define RUN(id, specified, ...)                                                                                \
	do {                                                                                                   \
		if (enter(m, S2T_PRIMITIVE_##id, (const uint64_t[S2T_PRIMITIVE_ARGS]){ __VA_ARGS__ }))         \
			leave(m, S2T_PRIMITIVE_##id, specified);                                               \
	} while (0)

const struct s2t_limits *PRIM(limits)(const MACHINE *m)
{
	return &m->limits;
}

uint32_t s2t_spec_max_share_count(const struct s2t_spec_machine *m)
{
	return m->limits.max_share_count;
}

uint32_t s2t_spec_el2_smmu_cfg_size(const struct s2t_spec_machine *m)
{
	return m->limits.el2_smmu_cfg_size;
}

uint64_t s2t_spec_smmu_host_offset(const struct s2t_spec_machine *m)
{
	return m->limits.smmu_host_offset;
}

void PRIM(acquire_lock_s2page)(MACHINE *m)
{
	RUN(ACQUIRE_LOCK_S2PAGE, s2t_acquire_lock_s2page_spec(m->adt), 0);
}

void PRIM(release_lock_s2page)(MACHINE *m)
{
	RUN(RELEASE_LOCK_S2PAGE, s2t_release_lock_s2page_spec(m->adt), 0);
}

uint32_t PRIM(get_pfn_owner)(MACHINE *m, uint64_t pfn)
{
	uint32_t owner = 0;

	RUN(GET_PFN_OWNER, s2t_get_pfn_owner_spec(m->adt, pfn, &owner), pfn);
	return m->undefined ? 0 : owner;
}

void PRIM(set_pfn_owner)(MACHINE *m, uint64_t pfn, TUINT vmid)
{
	RUN(SET_PFN_OWNER, s2t_set_pfn_owner_spec(m->adt, pfn, (uint32_t)vmid), pfn, vmid);
}

uint32_t PRIM(get_pfn_count)(MACHINE *m, uint64_t pfn)
{
	uint32_t count = 0;

	RUN(GET_PFN_COUNT, s2t_get_pfn_count_spec(m->adt, pfn, &count), pfn);
	return m->undefined ? 0 : count;
}

void PRIM(set_pfn_count)(MACHINE *m, uint64_t pfn, TUINT count)
{
	RUN(SET_PFN_COUNT, s2t_set_pfn_count_spec(m->adt, pfn, (uint32_t)count), pfn, count);
}

uint64_t PRIM(get_pfn_map)(MACHINE *m, uint64_t pfn)
{
	uint64_t gfn = 0;

	RUN(GET_PFN_MAP, s2t_get_pfn_map_spec(m->adt, pfn, &gfn), pfn);
	return m->undefined ? 0 : gfn;
}

void PRIM(set_pfn_map)(MACHINE *m, uint64_t pfn, uint64_t gfn)
{
	RUN(SET_PFN_MAP, s2t_set_pfn_map_spec(m->adt, pfn, gfn), pfn, gfn);
}

void PRIM(clear_phys_page)(MACHINE *m, uint64_t pfn)
{
	RUN(CLEAR_PHYS_PAGE, s2t_clear_phys_page_spec(m->adt, pfn), pfn);
}

void PRIM(fetch_from_doracle)(MACHINE *m, TUINT vmid, uint64_t pfn, uint64_t pgnum)
{
	RUN(FETCH_FROM_DORACLE, s2t_fetch_from_doracle_spec(m->adt, (uint32_t)vmid, pfn, pgnum), vmid, pfn,
	    pgnum);
}

uint32_t PRIM(get_level_s2pt)(MACHINE *m, TUINT vmid, uint64_t addr)
{
	uint64_t level = 0;

	RUN(GET_LEVEL_S2PT, s2t_get_level_s2pt_spec(m->adt, (uint32_t)vmid, addr, &level), vmid, addr);
	return m->undefined ? 0 : (uint32_t)level;
}

uint64_t PRIM(walk_s2pt)(MACHINE *m, TUINT vmid, uint64_t addr)
{
	uint64_t pte = 0;

	RUN(WALK_S2PT, s2t_walk_s2pt_spec(m->adt, (uint32_t)vmid, addr, &pte), vmid, addr);
	return m->undefined ? 0 : pte;
}

void PRIM(map_s2pt)(MACHINE *m, TUINT vmid, uint64_t addr, TUINT level, uint64_t pte)
{
	RUN(MAP_S2PT, s2t_map_s2pt_spec(m->adt, (uint32_t)vmid, addr, (uint32_t)level, pte), vmid, addr, level,
	    pte);
}

void PRIM(clear_pfn_host)(MACHINE *m, uint64_t pfn)
{
	RUN(CLEAR_PFN_HOST, s2t_clear_pfn_host_spec(m->adt, pfn), pfn);
}

void PRIM(init_spt)(MACHINE *m, TUINT cbndx, TUINT index)
{
	RUN(INIT_SPT, s2t_init_spt_spec(m->adt, (uint32_t)cbndx, (uint32_t)index), cbndx, index);
}

uint64_t PRIM(walk_spt)(MACHINE *m, TUINT cbndx, TUINT index, uint64_t addr)
{
	uint64_t pte = 0;

	RUN(WALK_SPT, s2t_walk_spt_spec(m->adt, (uint32_t)cbndx, (uint32_t)index, addr, &pte), cbndx, index,
	    addr);
	return m->undefined ? 0 : pte;
}

void PRIM(map_spt)(MACHINE *m, TUINT cbndx, TUINT index, uint64_t addr, uint64_t pte)
{
	RUN(MAP_SPT, s2t_map_spt_spec(m->adt, (uint32_t)cbndx, (uint32_t)index, addr, pte), cbndx, index, addr,
	    pte);
}

uint64_t PRIM(unmap_spt)(MACHINE *m, TUINT cbndx, TUINT index, uint64_t addr)
{
	uint64_t pte = 0;

	RUN(UNMAP_SPT, s2t_unmap_spt_spec(m->adt, (uint32_t)cbndx, (uint32_t)index, addr, &pte), cbndx, index,
	    addr);
	return m->undefined ? 0 : pte;
}

void PRIM(panic)(MACHINE *m, const char *why)
{
	const bool first = !m->undefined && !s2t_model_halted(m->adt);

	RUN(PANIC, s2t_panic_spec(m->adt), 0);
	if (first)
		m->reason = why;
}

/* The relies that X_spec0 itself begins with: what the caller of the body must have ensured, and a hypothesis of its
 * lemma, which says nothing where X_spec0 is None. */
static bool hypothesis(const struct s2t_model *adt, const struct s2t_call *call)
{
	const uint64_t *a = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: return is_addr(a[0]);
	case S2T_OP_CLEAR_VM_PAGE: return is_pfn(a[1]);
	case S2T_OP_ASSIGN_PFN_TO_VM: return is_gfn(a[1]) && is_pfn(a[2]);
	case S2T_OP_MAP_PFN_VM: return is_addr(a[1]);
	case S2T_OP_MAP_VM_IO: return is_addr(a[1]) && is_addr(a[2]);
	case S2T_OP_GRANT_VM_PAGE:
	case S2T_OP_REVOKE_VM_PAGE: return is_addr(a[1]);
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return s2t_is_vmid(adt, a[0]) && is_gfn(a[1]) && is_pfn(a[2]);
	case S2T_OP_UPDATE_SMMU_PAGE: return is_addr(a[3]);
	case S2T_OP_UNMAP_SMMU_PAGE: return is_addr(a[2]);
	default: return false;
	}
}

/* The body of the operation. False: None. */
static bool run_body(void *ctx)
{
	struct s2t_spec_machine *m = ctx;
	const uint64_t *a = m->call->arg;

	m->undefined = !hypothesis(m->adt, m->call);
	if (m->undefined) {
		m->reason = "a rely that the operation begins with fails";
		return false;
	}
	m->reason = s2t_model_halted(m->adt) ? "halted in an earlier step" : "";
	/* The user's body, or that of the built-in one. */
#define RUN_BODY(name, ...) (m->bodies.name ? m->bodies.name : BODY(name))(m, __VA_ARGS__)
	switch ((enum s2t_op)m->call->op) {
	case S2T_OP_MAP_PAGE_HOST: RUN_BODY(map_page_host, a[0]); break;
	case S2T_OP_CLEAR_VM_PAGE: RUN_BODY(clear_vm_page, (uint32_t)a[0], a[1]); break;
	case S2T_OP_ASSIGN_PFN_TO_VM: RUN_BODY(assign_pfn_to_vm, (uint32_t)a[0], a[1], a[2]); break;
	case S2T_OP_MAP_PFN_VM: RUN_BODY(map_pfn_vm, (uint32_t)a[0], a[1], a[2], (uint32_t)a[3]); break;
	case S2T_OP_MAP_VM_IO: RUN_BODY(map_vm_io, (uint32_t)a[0], a[1], a[2]); break;
	case S2T_OP_GRANT_VM_PAGE: RUN_BODY(grant_vm_page, (uint32_t)a[0], a[1]); break;
	case S2T_OP_REVOKE_VM_PAGE: RUN_BODY(revoke_vm_page, (uint32_t)a[0], a[1]); break;
	case S2T_OP_ASSIGN_PFN_TO_SMMU: RUN_BODY(assign_pfn_to_smmu, (uint32_t)a[0], a[1], a[2]); break;
	case S2T_OP_UPDATE_SMMU_PAGE:
		RUN_BODY(update_smmu_page, (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2], a[3], a[4]);
		break;
	case S2T_OP_UNMAP_SMMU_PAGE: RUN_BODY(unmap_smmu_page, (uint32_t)a[0], (uint32_t)a[1], a[2]); break;
	default: return false;
	}
#undef RUN_BODY
	return !m->undefined;
}

void s2t_spec_machine_step(struct s2t_spec_machine *m, const struct s2t_call *call, struct s2t_step *step)
{
	m->call = call;
	m->called = 0;
	m->misuse.what = S2T_NO_MISUSE;
	m->reason = "";
	if (call->op < S2T_LEMMAS)
		s2t_step_by(m->adt, (enum s2t_op)call->op, run_body, m, step);
	else
		s2t_model_step(m->adt, S2T_SPEC_LOW, call, step);
}
