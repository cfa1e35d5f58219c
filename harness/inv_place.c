/* SPDX-License-Identifier: BSD-2-Clause */
/* The place where an invariant is broken, in words. */
#include "inv_place.h"

#include <inttypes.h>
#include <stdio.h>

#include "entry.h"
#include "inv_rules.h"

static void space_text(const struct s2t_inv_place *place, char *buf, size_t size)
{
	if (place->smmu)
		snprintf(buf, size, "context %" PRIu32, place->number);
	else if (place->number)
		snprintf(buf, size, "VM %" PRIu32, place->number);
	else
		snprintf(buf, size, "the host");
}

static void context_text(const struct s2t_board *board, const struct s2t_inv_place *place, char *buf,
                         size_t size)
{
	char owner[24], bound[24];

	s2t_owner_text(board, place->owner, owner, sizeof(owner));
	s2t_owner_text(board, place->bound, bound, sizeof(bound));
	if (place->owner == S2T_NOBODY)
		snprintf(buf, size, "context %" PRIu32 " maps page 0x%" PRIx64 ", which has no owner",
		         place->number, place->pfn);
	else if (place->gfn != place->value && (place->owner == place->bound || place->bound == S2T_NOBODY))
		snprintf(buf, size,
		         "context %" PRIu32 " maps page 0x%" PRIx64 " at frame 0x%" PRIx64
		         ", its record says 0x%" PRIx64,
		         place->number, place->pfn, place->gfn, place->value);
	else
		snprintf(buf, size, "context %" PRIu32 " of %s maps page 0x%" PRIx64 " of %s", place->number,
		         bound, place->pfn, owner);
}

static void descriptor_text(const struct s2t_inv_place *place, char *buf, size_t size)
{
	const enum s2t_finding trap = place->level ? s2t_hardware_check(place->value, place->level)
	                                           : S2T_FINDING_COUNT;
	char space[24];

	space_text(place, space, sizeof(space));
	if (trap == S2T_FINDING_COUNT)
		snprintf(buf, size,
		         "%s, frame 0x%" PRIx64 ": an MMU does not go on behind descriptor 0x%" PRIx64, space,
		         place->gfn, place->value);
	else
		snprintf(buf, size, "%s, frame 0x%" PRIx64 ", descriptor 0x%" PRIx64 ": %s", space, place->gfn,
		         place->value, s2t_finding_text(trap));
}

static void image_text(enum s2t_invariant invariant, const struct s2t_inv_place *place, char *buf, size_t size)
{
	if (invariant == S2T_REMAP_NO_OVERLAP)
		snprintf(buf, size, "image %" PRIu32 " of VM %" PRIu32 " and image %" PRIu32 " of VM %" PRIu32,
		         place->level, place->number, place->count, place->bound);
	else if (invariant == S2T_CORE_REMAP)
		snprintf(buf, size,
		         "EL2 maps frame 0x%" PRIx64 ", which image %" PRIu32 " of VM %" PRIu32
		         " is yet to map",
		         place->gfn, place->level, place->number);
	else
		snprintf(buf, size,
		         "image %" PRIu32 " of VM %" PRIu32 ": size 0x%" PRIx64 ", remap address 0x%" PRIx64
		         ", %" PRIu64 " pages mapped",
		         place->level, place->number, place->pfn, place->gfn, place->value);
}

void s2t_inv_place_text(const struct s2t_board *board, enum s2t_invariant invariant,
                        const struct s2t_inv_place *place, char *buf, size_t size)
{
	const uint64_t pfn = place->pfn, gfn = place->gfn, value = place->value;
	char owner[24];

	s2t_owner_text(board, place->owner, owner, sizeof(owner));
	switch (invariant) {
	case S2T_SPT_CONS:
	case S2T_HOST_NPT_CONS:
		space_text(place, owner, sizeof(owner));
		snprintf(buf, size, "%s, frame 0x%" PRIx64 ": page 0x%" PRIx64 " beside descriptor 0x%" PRIx64,
		         owner, gfn, pfn, value);
		break;
	case S2T_HOST_FLATMAP:
		snprintf(buf, size, "the host's frame 0x%" PRIx64 " maps page 0x%" PRIx64, gfn, pfn);
		break;
	case S2T_HOST_S2_MAP:
		snprintf(buf, size, "page 0x%" PRIx64 " of the host has gfn 0x%" PRIx64, pfn, gfn);
		break;
	case S2T_PAGE_0_INVALID: snprintf(buf, size, "page 0x0 belongs to %s", owner); break;
	case S2T_HOST_ISO:
		snprintf(buf, size, "the host maps page 0x%" PRIx64 " of %s, which is not shared", pfn, owner);
		break;
	case S2T_VM_ISO:
		snprintf(buf, size, "VM %" PRIu32 " maps page 0x%" PRIx64 " of %s at frame 0x%" PRIx64,
		         place->number, pfn, owner, gfn);
		break;
	case S2T_SMMU_VM:
		snprintf(buf, size, "context %" PRIu32 " is bound to 0x%" PRIx64, place->number, value);
		break;
	case S2T_SMMU_ISO:
	case S2T_SMMU_COUNT_0:
	case S2T_STALE_DMA:
	case S2T_UNBOUND_ISO: context_text(board, place, buf, size); break;
	case S2T_SMMU_COUNT:
	case S2T_UNBOUND_COUNT:
		snprintf(buf, size,
		         "page 0x%" PRIx64 " of the host counts %" PRIu32 ", and %" PRIu64
		         " SMMU contexts map it",
		         pfn, place->count, value);
		break;
	case S2T_REMAP_PTR: snprintf(buf, size, "the next remap address is 0"); break;
	case S2T_CORE_MAP:
		snprintf(buf, size, "EL2 maps frame 0x%" PRIx64 ", the next remap address is 0x%" PRIx64, gfn,
		         value);
		break;
	case S2T_REMAP_ADDR:
	case S2T_CORE_REMAP:
	case S2T_REMAP_RANGE:
	case S2T_REMAP_NO_OVERLAP: image_text(invariant, place, buf, size); break;
	case S2T_CORE_ISO:
		if (place->owner == board->corevisor)
			snprintf(buf, size, "page 0x%" PRIx64 " comes to EL2", pfn);
		else
			snprintf(buf, size, "page 0x%" PRIx64 " goes from EL2 to %s", pfn, owner);
		break;
	case S2T_WRITE_ONCE:
		snprintf(buf, size,
		         place->level ? "EL2's descriptor at 0x%" PRIx64 " goes from page 0x%" PRIx64
		                        " to page 0x%" PRIx64
		                      : "EL2's frame 0x%" PRIx64 " goes from page 0x%" PRIx64
		                        " to page 0x%" PRIx64,
		         gfn, pfn, value);
		break;
	case S2T_HW_WALK: descriptor_text(place, buf, size); break;
	case S2T_TABLE_PAGES:
		space_text(place, owner, sizeof(owner));
		if (!value)
			snprintf(buf, size,
			         "%s: %" PRIu64 " tables of level %" PRIu32 ", %" PRIu64 " pages handed out",
			         owner, pfn, place->level, gfn);
		else if (place->count)
			snprintf(buf, size,
			         "the page at 0x%" PRIx64 ", next to be handed out for tables of level %" PRIu32
			         ", is not empty",
			         value, place->level);
		else
			snprintf(buf, size,
			         "%s, frame 0x%" PRIx64 ": the table of level %" PRIu32 " at 0x%" PRIx64, owner,
			         gfn, place->level, value);
		break;
	case S2T_ZERO_ON_RELEASE:
		snprintf(buf, size, "page 0x%" PRIx64 " comes from VM %" PRIu32 " to the host, and is not zero",
		         pfn, place->number);
		break;
	case S2T_ACTIVE_KEEPS:
		snprintf(buf, size,
		         "page 0x%" PRIx64 " goes from VM %" PRIu32 ", of which a vCPU is active, to %s", pfn,
		         place->number, owner);
		break;
	case S2T_LOCKS_FREE:
		s2t_lock_name(board, place->number, owner, sizeof(owner));
		snprintf(buf, size, "%s is held", owner);
		break;
	case S2T_ONE_VM:
		snprintf(buf, size, "VM %" PRIu32 " and VM %" PRIu32 " both map page 0x%" PRIx64, place->number,
		         place->bound, pfn);
		break;
	case S2T_INVARIANT_COUNT: snprintf(buf, size, "?"); break;
	}
}
