/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware's reading of a descriptor (Arm ARM D8.3, VMSAv8-64 with a 4 KiB granule), beside the
 * specification's: a stage-2 leaf is live for the specification when its frame is not 0; an MMU wants bit 0,
 * tells pages and blocks by bit 1, and ignores bits 20:12 of a block's address.
 */
#include "lockstep.h"

#define TYPE_MASK     UINT64_C(3)
#define PAGE_TYPE     UINT64_C(3) /* at level 3; 1 is reserved and faults */
#define BLOCK_TYPE    UINT64_C(1) /* at level 2 */
#define BLOCK_OFFSET  UINT64_C(0x1ff000)
#define PHYSICAL_BITS 40

enum s2t_finding s2t_hardware_check(uint64_t descriptor, unsigned level)
{
	const s2t_addr output = s2t_view_output(descriptor);
	const bool mapped = (descriptor & TYPE_MASK) == (level == 2 ? BLOCK_TYPE : PAGE_TYPE);

	/* Nearly always: a page that both take for mapped, or for absent. */
	if (!SELDOM(((output != 0) ^ mapped) | (output >> PHYSICAL_BITS != 0)) && level != 2)
		return S2T_FINDING_COUNT;
	if (output == 0)
		return mapped ? S2T_FINDING_FRAME_0 : S2T_FINDING_COUNT;
	if (!mapped)
		return S2T_FINDING_INVALID;
	if (output >> PHYSICAL_BITS)
		return S2T_FINDING_ADDRESS_SIZE;
	if (level == 2 && (output & BLOCK_OFFSET))
		return S2T_FINDING_UNALIGNED_BLOCK;
	return S2T_FINDING_COUNT;
}

static const struct {
	const char *name, *text;
} findings[S2T_FINDING_COUNT] = {
	[S2T_FINDING_UNALIGNED_BLOCK] = { "unaligned-block",
	                                  "2 MiB block at an address that is not: the MMU maps the block below" },
	[S2T_FINDING_INVALID] = { "invalid-descriptor",
	                          "entry that the specification reads as mapped and the MMU faults on" },
	[S2T_FINDING_FRAME_0] = { "frame-0",
	                          "entry that the specification reads as absent and the MMU maps to frame 0" },
	[S2T_FINDING_ADDRESS_SIZE] = { "address-size", "output address beyond 40 bits: the MMU faults" },
};

const char *s2t_finding_name(enum s2t_finding finding)
{
	return findings[finding].name;
}

const char *s2t_finding_text(enum s2t_finding finding)
{
	return findings[finding].text;
}
