/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the decoder share: the board's tables, what the sequence did so far, and a record on its way to a
 * call.
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
	/* Pages of one call, in version 2: less than this, and where each may be mapped less than that. */
	DECODE_WORK = 1 << 19,
	DECODE_MAPPINGS = 1 << 14,
};

/* A record taken apart. */
struct s2t_record {
	uint32_t op; /* enum s2t_op; of one that was just read also enum s2t_macro */
	bool dare;
	uint8_t select[S2T_INPUT_ARGS + 1]; /* the last one is padding */
	uint32_t extra;                     /* its last two bytes */
	uint64_t literal[S2T_INPUT_ARGS];
};

/* A record of which some arguments are known already. What a hypercall hands over is the record of its operation, from
 * the second selector on. */
struct s2t_resolving {
	struct s2t_decoder *d;
	const uint8_t *select;
	const uint64_t *literal;
	uint32_t extra;
	uint64_t *arg;
	uint64_t offset; /* of addresses in their page */
};

/* A macro under way. */
struct decode_macro {
	const struct s2t_macro_rows *rows; /* NULL: none */
	uint32_t at, repeated;
	uint8_t order; /* byte 9: what is left out or exchanged */
	struct s2t_record record;
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
	struct s2t_model *model; /* version 2 tries calls on it, and takes them back */
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
	unsigned version;
	const uint8_t *data;
	size_t size, begun, at; /* where the records begin, and the next one */
	struct decode_macro macro;

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

/* And for arguments of both layers. Selectors `s` are below S2T_SELECT_LIMIT. */
uint64_t s2t_decode_page(const struct s2t_decoder *d, uint8_t s);
uint64_t s2t_decode_device(const struct s2t_decoder *d, uint8_t s);
struct decode_place s2t_decode_place(const struct s2t_decoder *d, uint8_t s);
struct decode_place s2t_decode_iova(const struct s2t_decoder *d, uint8_t s);
uint64_t s2t_decode_frame(const struct s2t_decoder *d, uint8_t s);
uint64_t s2t_decode_level(uint8_t s);
const struct decode_place *s2t_decode_nth(const struct decode_places *places, uint32_t k);
bool s2t_decode_has_place(const struct s2t_decoder *d, struct s2t_page page);
/* Whether argument i is a literal or a word at a limit, which then is set. */
bool s2t_decode_is_fixed(struct s2t_resolving *r, unsigned i, enum s2t_arg_kind kind);
/* Sets argument i to a page, or the page of a descriptor; later its attributes and, of a block, its alignment. */
void s2t_decode_pfn(struct s2t_resolving *r, unsigned i);
void s2t_decode_pte(struct s2t_resolving *r, unsigned i);
void s2t_decode_finish_pte(struct s2t_resolving *r, unsigned i, bool block);

/* decode_hyper.c: the arguments of an operation of the hypercall layer. */
void s2t_decode_hyper(struct s2t_resolving *r, enum s2t_op op);
/* decode_hyper_trap.c: the operation whose arguments the registers of a hypercall are; -1: none has that number. */
int s2t_decode_by_number(const struct s2t_board *board, uint64_t number);

/* decode_macro.c: begins a macro; its next record. False: there is none left. */
void s2t_macro_begin(struct s2t_decoder *d, const struct s2t_record *record);
bool s2t_macro_next(struct s2t_decoder *d, struct s2t_record *record);

/* decode_fit.c: puts a kindred call in place of one that would panic, in version 1 and in version 2. There the model may
 * have made the call already, as `step` says: true. */
void s2t_decode_fit(struct s2t_decoder *d, struct s2t_call *call);
bool s2t_decode_fit_all(struct s2t_decoder *d, struct s2t_call *call, struct s2t_step *step);
/* Version 2: whether the model panics. */
bool s2t_decode_panics(struct s2t_decoder *d, const struct s2t_call *call);
/* Version 2: takes high bits from the size of a call that goes through too many pages. */
void s2t_decode_bound(const struct s2t_board *board, struct s2t_call *call);

#endif
