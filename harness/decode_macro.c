/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Macros: records of version 2 that stand for some calls in a row, such as a VM that boots. Each row is a record like any
 * other (decode_pick.c, decode_hyper.h), resolved when it is its turn; some of its selectors are parameters, the first
 * selectors of the macro. Some rows may be repeated, and from some row on there may be a choice: one of those that are
 * left, by the fourth parameter. Of a macro that dares only its last call does. Everything here is part of version 2 of the
 * inputs.
 *
 * The last byte of the macro's record disturbs it: a0-af ends it after row n (the low four bits, counted from 0), b0-bf
 * leaves row n out, c0-cf exchanges rows n and n + 1, d0-df begins with row n, e0-ef lets row n dare as well.
 */
#include <string.h>

#include "decode_internal.h"

/* A selector is a byte, or a parameter: as it is, or some low bits of it with the high ones of a kind. */
enum {
	PARAMETER = 0x100,
	FAR = 0x200,      /* 2 MiB, 1 GiB or 512 GiB from the newest place */
	FAR_HOST = 0x300, /* the same for host_fault */
	REGISTER = 0x400, /* of an SMMU, for host_fault */
	KIND = 0x700,
	PARAMETERS = 4,
	ROWS = 10,
};
#define P(k) (PARAMETER | (k))

/* Selectors with a name. */
enum {
	NEWEST = 0x00, /* VMs */
	READY = 0x80,
	VERIFIED = 0xA0,
	OFF = 0xC0,
	OWNER = 0xD0,
	HOST = 0xE0,
	EL2 = 0xF1,
	PAGE_NEXT = 0xA0, /* pages: the one behind the newest, one that a VM owns, the same again */
	PAGE_OWNED = 0x40,
	PAGE_FREE = 0xB0,
	BLOCK_FREE = 0xB8,
	PAGE_BESIDE = 0x60, /* the one behind one that a VM owns */
	PAGE_SAME = 0xE0,
	AT_OWNER = 0x00, /* addresses */
	AT_IMAGE = 0x30,
	AT_NEWEST = 0x40,
	IN_NEWEST = 0x60, /* a page behind it */
	AT_PAGE = 0xE0,
	AT_WINDOW = 0xF0,
	IOVA_RECORD = 0x60, /* of the SMMU: where the page's record says, its own address, the newest */
	IOVA_PAGE = 0xE0,
	IOVA_NEWEST = 0x00,
	BANK_PLACE = 0x00, /* banks */
	BANK_NEWEST = 0x60,
	BANK_HOST = 0x80,
	BANK_FREE = 0xA0,
	FAR_AWAY = 0xEF,       /* where an image is loaded */
	ALL_BUT_A_PAGE = 0xE8, /* size: what is left of the remap window */
	NO_IMAGE = 0xE0,       /* mask */
	BY_NUMBER = 0x80,      /* vcpuid */
	BLOCK = 0xD0,          /* level */
	FAULT_SAME = 0xF0,     /* of host_fault: on the page that was chosen last */
	EC_TRAP = 0x00,        /* of vcpu_exit */
	EC_INTERRUPT = 0xC0,
	CALL_SET = 0x00,
	CALL_UNSET = 0x40,
	CALL_OFF = 0x80,
	CALL_OTHER = 0xB0,
	CLASS_SYSTEM = 0xC0,
};

struct macro_row {
	uint8_t op;
	uint16_t select[S2T_INPUT_ARGS];
};

struct s2t_macro_rows {
	uint8_t count;
	uint8_t from, length, times; /* this row and the next ones, that often; times 0: none is repeated */
	uint8_t choice;              /* one of this row and those after it; 0: all of them */
	struct macro_row row[ROWS];
};

#define FIRST S2T_MACRO_BOOT

/* clang-format off */
static const struct s2t_macro_rows macro[S2T_MACRO_LAST - FIRST] = {
	[S2T_MACRO_BOOT - FIRST] = { 8, 0, 0, 0, 0, {
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_REGISTER_VCPU, { NEWEST } },
		{ S2T_OP_SET_BOOT_INFO, { NEWEST, P(0), P(1) } },
		{ S2T_OP_REMAP_VM_IMAGE, { NEWEST, BLOCK_FREE } },
		{ S2T_OP_REMAP_VM_IMAGE, { NEWEST, P(2) } },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, { NEWEST, P(3) } },
		{ S2T_OP_VCPU_RUN, { NEWEST, 0, AT_IMAGE, AT_IMAGE, PAGE_FREE } },
		{ S2T_OP_VCPU_EXIT, { NEWEST, 0, EC_INTERRUPT } } } },
	[S2T_MACRO_REGISTER - FIRST] = { 4, 0, 0, 0, 2, {
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_REGISTER_VCPU, { NEWEST } },
		{ S2T_OP_REGISTER_VCPU, { NEWEST } },
		{ S2T_OP_REGISTER_VCPU, { NEWEST, BY_NUMBER } } } },
	[S2T_MACRO_IMAGE - FIRST] = { 7, 2, 1, 3, 3, {
		{ S2T_OP_SET_BOOT_INFO, { READY, P(0), P(1) } },
		{ S2T_OP_REMAP_VM_IMAGE, { READY, P(2) } },
		{ S2T_OP_REMAP_VM_IMAGE, { READY, PAGE_NEXT } },
		{ S2T_OP_REMAP_VM_IMAGE, { READY, PAGE_NEXT } },
		{ S2T_OP_SET_BOOT_INFO, { READY, P(0), ALL_BUT_A_PAGE } },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, { READY, P(1) } },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, { READY, NO_IMAGE } } } },
	[S2T_MACRO_RUN - FIRST] = { 8, 0, 0, 0, 4, {
		{ S2T_OP_VCPU_RUN, { VERIFIED, 0, AT_IMAGE, P(0), P(1), P(2) } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_TRAP, 0, CALL_SET, AT_OWNER, P(3) } },
		{ S2T_OP_HOST_FAULT, { FAULT_SAME } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_TRAP, 0, CALL_UNSET, AT_OWNER, P(3) } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_INTERRUPT } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_TRAP, 0, CALL_OTHER } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_TRAP, 0, CALL_OFF } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_TRAP, CLASS_SYSTEM } } } },
	[S2T_MACRO_END - FIRST] = { 8, 0, 0, 0, 0, {
		{ S2T_OP_VCPU_RUN, { VERIFIED, 0, AT_IMAGE, P(0), PAGE_SAME } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_TRAP, 0, CALL_OFF } },
		{ S2T_OP_SET_VM_POWEROFF, { P(1) } },
		{ S2T_OP_CLEAR_VM_STAGE2_RANGE, { OFF, PAGE_OWNED, P(2) } },
		{ S2T_OP_CLEAR_VM_RANGE, { OWNER, P(3) } },
		{ S2T_OP_HOST_FAULT, { FAULT_SAME } },
		{ S2T_OP_EL2_ARM_LPAE_CLEAR, { IOVA_NEWEST, BANK_PLACE } },
		{ S2T_OP_EL2_FREE_SMMU_PGD, { BANK_NEWEST } } } },
	[S2T_MACRO_DEVICE - FIRST] = { 8, 0, 0, 0, 5, {
		{ S2T_OP_EL2_ALLOC_SMMU_PGD, { BANK_FREE, HOST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { IOVA_PAGE, P(0), P(1), BANK_HOST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { IOVA_RECORD, P(2), P(1), BANK_HOST } },
		{ S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS, { IOVA_NEWEST, BANK_PLACE } },
		{ S2T_OP_EL2_ARM_LPAE_CLEAR, { IOVA_NEWEST, BANK_PLACE } },
		{ S2T_OP_EL2_ARM_LPAE_CLEAR, { IOVA_NEWEST, BANK_PLACE } },
		{ S2T_OP_HOST_FAULT, { REGISTER | 0, P(1), P(2) } },
		{ S2T_OP_HOST_FAULT, { REGISTER | 2, P(0), P(1) } } } },
	[S2T_MACRO_GUEST_DEVICE - FIRST] = { 10, 3, 1, 2, 7, {
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_EL2_ALLOC_SMMU_PGD, { BANK_FREE, NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { P(0), P(1), P(2), BANK_NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { P(3), PAGE_NEXT, P(2), BANK_NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS, { IOVA_NEWEST, BANK_PLACE } },
		{ S2T_OP_EL2_ARM_LPAE_CLEAR, { IOVA_NEWEST, BANK_PLACE } },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, { NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_CLEAR, { IOVA_NEWEST, BANK_NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { P(0), PAGE_FREE, P(2), BANK_NEWEST } },
		{ S2T_OP_EL2_FREE_SMMU_PGD, { BANK_NEWEST } } } },
	[S2T_MACRO_HOST_BLOCK - FIRST] = { 9, 0, 0, 0, 4, {
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), P(1), PAGE_FREE } },
		{ S2T_OP_GRANT_STAGE2_SG_GPA, { OWNER, AT_NEWEST } },
		{ S2T_OP_MAP_PFN_VM, { HOST, AT_PAGE, PAGE_SAME, BLOCK } },
		{ S2T_OP_SET_VM_POWEROFF, { OWNER } },
		{ S2T_OP_REVOKE_STAGE2_SG_GPA, { OWNER, AT_OWNER } },
		{ S2T_OP_VCPU_EXIT, { OWNER, 0, EC_TRAP, 0, CALL_UNSET, AT_OWNER } },
		{ S2T_OP_CLEAR_VM_RANGE, { OWNER, PAGE_SAME } },
		{ S2T_OP_CLEAR_VM_STAGE2_RANGE, { OWNER, PAGE_SAME } },
		{ S2T_OP_HOST_FAULT, { PAGE_BESIDE } } } },
	[S2T_MACRO_CORE_BLOCK - FIRST] = { 4, 0, 0, 0, 0, {
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { EL2, AT_WINDOW, P(0), BLOCK } },
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_SET_BOOT_INFO, { NEWEST, P(1), P(2) } },
		{ S2T_OP_REMAP_VM_IMAGE, { NEWEST, P(3) } } } },
	[S2T_MACRO_GUEST_BLOCK - FIRST] = { 4, 0, 0, 0, 1, {
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), P(1), BLOCK_FREE, BLOCK } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), IN_NEWEST, PAGE_FREE } },
		{ S2T_OP_VCPU_RUN, { P(0), 0, AT_IMAGE, IN_NEWEST, PAGE_FREE } },
		{ S2T_OP_KVM_PHYS_ADDR_IOREMAP, { P(0), IN_NEWEST } } } },
	[S2T_MACRO_SCATTER_PAGES - FIRST] = { 4, 1, 1, 12, 2, {
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), P(1), P(2) } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), FAR | 3, PAGE_FREE } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), FAR | 3, PAGE_FREE } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { P(0), FAR | 3, BLOCK_FREE, BLOCK } } } },
	[S2T_MACRO_SCATTER_DEVICES - FIRST] = { 8, 4, 1, 12, 5, {
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_SET_BOOT_INFO, { NEWEST, FAR_AWAY } },
		{ S2T_OP_REMAP_VM_IMAGE, { NEWEST, BLOCK_FREE } },
		{ S2T_OP_KVM_PHYS_ADDR_IOREMAP, { NEWEST, P(0) } },
		{ S2T_OP_KVM_PHYS_ADDR_IOREMAP, { NEWEST, FAR | 1 } },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, { NEWEST } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { NEWEST, FAR | 1, BLOCK_FREE, BLOCK } },
		{ S2T_OP_KVM_PHYS_ADDR_IOREMAP, { NEWEST, FAR | 1 } } } },
	[S2T_MACRO_SCATTER_FAULTS - FIRST] = { 5, 1, 2, 12, 3, {
		{ S2T_OP_VCPU_RUN, { VERIFIED, 0, AT_IMAGE, P(0), P(1) } },
		{ S2T_OP_VCPU_EXIT, { VERIFIED, 0, EC_INTERRUPT } },
		{ S2T_OP_VCPU_RUN, { VERIFIED, 0, AT_IMAGE, FAR | 3, PAGE_FREE } },
		{ S2T_OP_VCPU_RUN, { VERIFIED, 0, AT_IMAGE, FAR | 3, PAGE_FREE } },
		{ S2T_OP_VCPU_RUN, { VERIFIED, 0, AT_IMAGE, FAR | 3, BLOCK_FREE, BLOCK } } } },
	[S2T_MACRO_SCATTER_SMMU - FIRST] = { 4, 3, 1, 12, 0, {
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_EL2_ALLOC_SMMU_PGD, { BANK_FREE, NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { P(0), P(1), P(2), BANK_NEWEST } },
		{ S2T_OP_EL2_ARM_LPAE_MAP, { FAR | 3, PAGE_FREE, P(2), BANK_PLACE } } } },
	[S2T_MACRO_SCATTER_HOST - FIRST] = { 3, 1, 1, 12, 0, {
		{ S2T_OP_HOST_FAULT, { P(0) } },
		{ S2T_OP_HOST_FAULT, { FAR_HOST | 3 } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { HOST, FAR | 3, BLOCK_FREE, BLOCK } } } },
	[S2T_MACRO_SCATTER_CORE - FIRST] = { 5, 1, 1, 12, 0, {
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { EL2, P(0), P(1) } },
		{ S2T_OP_PROT_AND_MAP_VM_S2PT, { EL2, FAR | 3, PAGE_FREE } },
		{ S2T_OP_REGISTER_KVM, { 0 } },
		{ S2T_OP_SET_BOOT_INFO, { NEWEST, P(2) } },
		{ S2T_OP_REMAP_VM_IMAGE, { NEWEST, P(1) } } } },
};
/* clang-format on */

void s2t_macro_begin(struct s2t_decoder *d, const struct s2t_record *record)
{
	const uint8_t order = (uint8_t)(record->extra >> 8);

	d->macro =
		(struct decode_macro){ .rows = &macro[record->op - FIRST], .order = order, .record = *record };
	if (order >> 4 == 0xD && (order & 15) < d->macro.rows->count)
		d->macro.at = order & 15;
}

/* Whether the order has this high nibble and names that row. */
static bool disturbs(const struct decode_macro *state, uint8_t how, uint32_t row)
{
	return state->order >> 4 == how && (state->order & 15u) == row;
}

/* The row whose turn it is, after what the order exchanges and what is chosen. */
static uint32_t row_at(const struct decode_macro *state)
{
	const struct s2t_macro_rows *m = state->rows;
	const uint32_t at = state->at;

	if (m->choice && at >= m->choice)
		return m->choice + state->record.select[PARAMETERS - 1] % (uint32_t)(m->count - m->choice);
	if (at + 1 < m->count && disturbs(state, 0xC, at))
		return at + 1;
	return at > 0 && disturbs(state, 0xC, at - 1) ? at - 1 : at;
}

/* To the row after this one, which may be one that was there already; past the last one there is none. */
static void advance(struct decode_macro *state)
{
	const struct s2t_macro_rows *m = state->rows;
	const bool over = disturbs(state, 0xA, state->at) || (m->choice && state->at >= m->choice);

	state->at++;
	if (m->times && state->at == (uint32_t)m->from + m->length && ++state->repeated < m->times)
		state->at = m->from;
	if (over || state->at >= m->count)
		state->rows = NULL;
}

static uint8_t selector(const struct s2t_record *parameters, uint16_t select)
{
	const uint8_t parameter = parameters->select[select % PARAMETERS];

	switch (select & KIND) {
	case PARAMETER: return parameter < S2T_SELECT_LITERAL ? parameter : parameter & 0x7F;
	case FAR: return 0xC8 | (parameter & 7);
	case FAR_HOST: return 0xE8 | (parameter & 7);
	case REGISTER: return 0xA0 | (parameter & 0x3F);
	default: return (uint8_t)select;
	}
}

bool s2t_macro_next(struct s2t_decoder *d, struct s2t_record *record)
{
	struct decode_macro *state = &d->macro;

	while (state->rows && disturbs(state, 0xB, state->at))
		advance(state);
	if (!state->rows)
		return false;
	const uint32_t at = row_at(state);
	const struct macro_row *row = &state->rows->row[at];

	memset(record, 0, sizeof(*record));
	record->op = row->op;
	record->extra = state->record.extra & 0xFF;
	for (unsigned i = 0; i < S2T_INPUT_ARGS; i++)
		record->select[i] = selector(&state->record, row->select[i]);
	record->dare = state->record.dare && disturbs(state, 0xE, at);
	advance(state);
	record->dare |= state->record.dare && !state->rows;
	return true;
}
