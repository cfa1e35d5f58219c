/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor in words: what each bit of a stage-2 descriptor means (Arm ARM, section D8.3, VMSAv8-64 with the
 * 4 KiB granule and 48-bit output addresses). The SMMU tables of this machine have the same format.
 */
#ifndef S2T_HARNESS_DESCRIPTOR_H
#define S2T_HARNESS_DESCRIPTOR_H

#include "s2twin/types.h"

enum s2t_descriptor_type {
	S2T_DESCRIPTOR_EMPTY,     /* 0: nothing there */
	S2T_DESCRIPTOR_TOMBSTONE, /* bit 57 alone: the page went to a VM; not valid for the MMU */
	S2T_DESCRIPTOR_INVALID,   /* bit 0 clear: the MMU faults, whatever the other bits say */
	S2T_DESCRIPTOR_RESERVED,  /* 0b01 where there are no blocks (levels 0 and 3): the MMU faults */
	S2T_DESCRIPTOR_TABLE,
	S2T_DESCRIPTOR_BLOCK,
	S2T_DESCRIPTOR_PAGE,
};

/* Some bits of a descriptor. */
struct s2t_bits {
	const char *name; /* as in the Arm ARM: "S2AP" */
	uint8_t high, low;
	uint64_t value;
	const char *text; /* what this value means; NULL: the number says it */
};

enum { S2T_MAX_BITS = 14 };

struct s2t_descriptor {
	uint64_t raw;
	unsigned level; /* 0..3 */
	enum s2t_descriptor_type type;
	s2t_addr output; /* bits 47:12 */
	unsigned count;
	struct s2t_bits bits[S2T_MAX_BITS]; /* from bit 0 up */
	char summary[112];                  /* on one line: "page 0x40005000, normal write-back, RW, …" */
};

/* Decodes a descriptor that stands in a table of `level`, as the Arm ARM counts levels: a stage-2 walk begins at
 * 0, one of the SMMU at 1. */
void s2t_descriptor_decode(uint64_t raw, unsigned level, struct s2t_descriptor *descriptor);

const char *s2t_descriptor_type_name(enum s2t_descriptor_type type);

/* The names of the fields in which two descriptors differ, such as "output address, S2AP". */
void s2t_descriptor_difference(uint64_t a, uint64_t b, char *buf, size_t size);

#endif
