/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the decoder share: the board's tables, and what the sequence did so far.
 */
#ifndef S2T_HARNESS_DECODE_INTERNAL_H
#define S2T_HARNESS_DECODE_INTERNAL_H

#include "decode.h"
#include "gen_internal.h"

enum {
	/* Powers of two: a selector indexes them. */
	DECODE_PAGES = 64,
	DECODE_EDGES = 32,
	DECODE_VMS = 16,
	DECODE_RECENT = 16,
	DECODE_OWNED = 16,
	DECODE_FRAMES = 16,
};

/* A record taken apart. */
struct s2t_record {
	enum s2t_op op;
	bool dare;
	uint8_t select[S2T_INPUT_ARGS];
	uint32_t extra; /* bytes 6 and 7 */
	uint64_t literal[S2T_INPUT_ARGS];
};

/* The newest come first: entry k is the k-th last. */
struct decode_pages {
	uint32_t count, next;
	uint64_t pfn[DECODE_RECENT];
};

struct decode_place {
	uint32_t space; /* vmid, or 8 * index + cbndx */
	uint64_t gfn;
};

struct decode_places {
	uint32_t count, next;
	struct decode_place at[DECODE_RECENT];
};

struct s2t_decoder {
	const struct s2t_model *model;
	struct s2t_board board;
	struct s2t_gen *gen; /* its foresight (gen_risk.c), nothing else */

	/* Of the board. */
	uint64_t page[DECODE_PAGES]; /* RAM */
	uint64_t edge
		[DECODE_EDGES]; /* the first `devices` have no ownership record, as far as the regions tell */
	uint32_t devices;
	uint32_t vm[DECODE_VMS];
	uint32_t start_owned; /* pages that a `page` line gives to a VM */
	uint64_t start_owned_pfn[DECODE_OWNED];

	/* The input. */
	const uint8_t *data;
	size_t size, at, spare;

	/* The sequence. */
	uint64_t frame[DECODE_FRAMES]; /* guest frames, few and near each other */
	uint64_t pfn;                  /* of the last record that had one */
	uint32_t owned_count;
	uint64_t owned[DECODE_OWNED]; /* pages that were given to VMs, and not taken back; the first ones */
	struct decode_pages recent;   /* pages that calls were about */
	struct decode_places mapped, smmu;
};

/* decode_pick.c: the board's tables; the frames of a sequence; the call that a record stands for, before foresight,
 * which sets d->pfn. */
void s2t_decode_read_board(struct s2t_decoder *d);
void s2t_decode_choose_frames(struct s2t_decoder *d, uint8_t places);
void s2t_decode_resolve(struct s2t_decoder *d, const struct s2t_record *record, struct s2t_call *call);

/* decode_fit.c: puts a kindred call in place of one that would panic. */
void s2t_decode_fit(struct s2t_decoder *d, struct s2t_call *call);

#endif
