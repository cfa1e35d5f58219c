/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The implementation under test: what the harness asks of a memory manager.
 */
#ifndef S2TWIN_IUT_H
#define S2TWIN_IUT_H

#include "s2twin/board.h"
#include "s2twin/events.h"
#include "s2twin/ops.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum { S2T_IUT_ABI = 1 };

struct s2t_iut_ops;
struct s2t_iut; /* an instance; belongs to the implementation */

/* What one call did. */
struct s2t_result {
	enum s2t_outcome outcome;
	uint64_t ret; /* of operations that return a value; 0 otherwise */
	/* Of anything but S2T_OK, one short phrase; static text or valid until the next call. */
	const char *reason;
};

/*
 * The image: an implementation that keeps its state as bytes in a simulated memory, laid out as the refinement
 * relation of the Coq proofs has it, lets the harness read those bytes. The harness then decodes them itself.
 *
 * The specification keeps stage-2 pools, SMMU pools and page contents apart although their addresses overlap,
 * so each is a window of 40 address bits of its own; the hypervisor's own data is a fourth.
 */
enum s2t_window {
	S2T_WINDOW_PAGES, /* contents of the pages of RAM */
	S2T_WINDOW_S2PT,  /* stage-2 pools: 8-byte descriptors at the addresses that the board gives */
	S2T_WINDOW_SMMU,  /* SMMU pools: likewise */
	S2T_WINDOW_EL2,   /* ownership records, cursors, locks, VMs, SMMU banks */
	S2T_WINDOW_COUNT
};

/* Where things are in S2T_WINDOW_EL2, byte offsets, each a multiple of 4096. */
struct s2t_el2_layout {
	/* Record i at + 16*i: u32 owner, u32 count, u64 gfn. */
	uint64_t s2_pages;
	/* Lock of id i at + 8*i: u32 ticket handed out next, u32 ticket served now; ids as in the Coq text
	 * (1 CORE, 2 S2PAGE, 3 SPT, 4 SMMU, 5 + vmid NPT, 6 + corevisor + vmid INFO). */
	uint64_t locks;
	/* Cursors of VM v at + 32*v: u64 next PUD, PMD, PTE table, unused; addresses in S2T_WINDOW_S2PT. */
	uint64_t npt_next;
	/* u64 next PMD (second level) table, u64 next PTE (third level) table; addresses in S2T_WINDOW_SMMU. */
	uint64_t spt_next;
	/* Of VM v at + 8*v: u64, how many pages of content VM v has supplied. */
	uint64_t data_log;
	/* The layers of the hypercalls: one u64 for each entry. There are VMs 0..corevisor.
	 *
	 * VM v at + 256*v: state (enum s2t_vm_state), number of images; then of each of 8 vCPUs its state, and 1
	 * if it is fresh, that is registered and not yet run: of vCPU c at + 256*v + 16*(c + 1). Start: 0. */
	uint64_t vms;
	/* Image i, below 5, of VM v at + 256*v + 32*i: load address, size, remap address (bytes), pages mapped.
	 * Start: 0. */
	uint64_t images;
	/* Next vmid, next remap address (bytes). Start: as the board says. */
	uint64_t core;
	/* SMMU context bank b = 8*index + cbndx at + 16*b: vmid of its owner, at the start 0xffffffff, which is
	 * nobody; then its register TTBR0, the address of its root table in S2T_WINDOW_SMMU, which no call
	 * writes. */
	uint64_t smmu_banks;
	uint64_t end;
};

/* A write into the image. */
struct s2t_write {
	uint32_t window;     /* enum s2t_window */
	uint32_t whole_page; /* 1: the page at `addr` was filled with one word; 0: the 8 bytes at `addr` */
	uint64_t addr;       /* byte address in the window, a multiple of 8 */
	uint64_t old;        /* the word before; of a filled page that was uniform, the word that filled it */
};

/* Access to the image. */
struct s2t_image_ops {
	struct s2t_el2_layout (*layout)(const struct s2t_iut *iut);
	/* The 512 words of the page at `addr` (4096-aligned) of a window other than S2T_WINDOW_PAGES. NULL: the
	 * page was never written; it then holds its start value: zeros, and in S2T_WINDOW_EL2 the start state of
	 * the board. The pointer stays good until destroy, the words until the next call. */
	const uint64_t *(*page)(const struct s2t_iut *iut, enum s2t_window window, uint64_t addr);
	/* All writes since create or reset, oldest first; later calls append. Of several writes of one call to the same
	 * word the first will do. The pointer is good until the next call. */
	const struct s2t_write *(*writes)(const struct s2t_iut *iut, size_t *count);
};

/* Events of the locks, for an implementation that can tell them. */
struct s2t_event_ops {
	/* Records from the next call on, or no longer. Off after create; reset leaves it as it is. */
	void (*record)(struct s2t_iut *iut, bool on);
	/* Those of the last call, oldest first over all locks; of an undefined call none. The pointer is good
	 * until the next call. */
	const struct s2t_lock_event *(*last)(const struct s2t_iut *iut, size_t *count);
};

/* What a range of the plug-in's own memory holds, so that a write into it can be told from a stray one. */
enum s2t_range_kind {
	S2T_RANGE_PAGES,   /* contents of the pages of RAM; `pfn` is the first */
	S2T_RANGE_RECORDS, /* ownership records */
	S2T_RANGE_S2PT,    /* stage-2 tables */
	S2T_RANGE_SMMU,    /* SMMU tables */
	S2T_RANGE_PRIVATE, /* what no abstract entry depends on: locks, cursors, statistics */
};

/* A range of its own memory. */
struct s2t_range {
	enum s2t_range_kind kind;
	void *start; /* in this process */
	size_t size; /* bytes */
	s2t_pfn pfn; /* of S2T_RANGE_PAGES; else 0 */
};

/* A constant of the implementation. `name` is a key of a trace's config lines (such as "corevisor"): then it
 * configures the board; or one that the specifications fix (docs/plugin.md lists them): then another value is
 * a difference, reported before the first step. */
struct s2t_constant {
	const char *name;
	uint64_t value;
};

/* An entry that an implementation wrote in the last call, changed or not. `a`, `b` and `level` as in struct
 * s2t_touch (model.h). */
struct s2t_entry {
	uint32_t kind; /* enum s2t_entry_kind */
	uint32_t level;
	uint32_t a;
	uint64_t b;
};

/* The first number of an operation that a plug-in declares. It never changes, so that a plug-in that is compiled
 * already tells its own from those that a later ops.h has. */
enum { S2T_OP_EXTRA = 0x10000 };
/* How many it may declare, and of how many parts one may be. */
enum { S2T_MAX_EXTRA = 32, S2T_EXTRA_PARTS = 16 };

/*
 * An operation beyond those of ops.h, such as a hypercall that does two of them. Its number in a struct s2t_call is
 * S2T_OP_EXTRA + its place in the table. It returns no value.
 */
struct s2t_extra_op {
	/* Lower-case letters, digits and underscores, a letter first; of an operation up to 32 and unlike any that
	 * s2twin has, of an argument up to 16. */
	const char *name;
	unsigned arg_count;
	struct {
		const char *name;
		enum s2t_arg_kind kind;
	} arg[S2T_MAX_ARGS];
	/* What it means: the operations of ops.h that the specification takes in its place, in their order, up to the
	 * first that panics. Returns how many it put into `calls`, at most `room` (S2T_EXTRA_PARTS). None, more, a
	 * call that is none, or one that is undefined: so is this. It must answer for any arguments, from them alone,
	 * and from several threads at once. */
	size_t (*means)(const uint64_t *arg, struct s2t_call *calls, size_t room);
};

/*
 * A plug-in. All but create, destroy, call, token and the reads page, npt and spt is optional, NULL or 0; an `image`
 * stands for the three. What is left out is not compared, and summaries say so. Members are only ever added at the end: a plug-in built against an older header, with a smaller `size`,
 * lacks the later ones.
 *
 * Any number of instances live side by side, each used by one thread at a time. A read changes nothing.
 */
struct s2t_iut_ops {
	uint32_t abi;     /* S2T_IUT_ABI */
	uint32_t size;    /* sizeof(struct s2t_iut_ops) */
	const char *name; /* such as "builtin" */
	const char *version;

	/* A new instance in the start state of the board, which is copied (its start_page array must live as long
	 * as the instance). NULL: it cannot be had, `error` then says why in one sentence. `self` are these functions:
	 * they may be the first member of a bigger struct that says more, such as a command line. */
	struct s2t_iut *(*create)(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
	                          size_t error_size);
	void (*destroy)(struct s2t_iut *iut);
	/* Back to the start state, locks released. Costs what was touched since. NULL: destroy and create. */
	void (*reset)(struct s2t_iut *iut);
	/* One operation. A panic is a result like others: an implementation whose panic does not return jumps out of
	 * it (setjmp) to here. */
	void (*call)(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result);
	/* The word that fills page `pfn`; false: its words differ. */
	bool (*token)(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token);

	const struct s2t_image_ops *image;
	const struct s2t_event_ops *events; /* NULL: it does not record them */

	/* The ownership record of a page of RAM. */
	struct s2t_page (*page)(const struct s2t_iut *iut, s2t_pfn pfn);
	/* The stage-2 entry that translates frame `gfn` of VM `vmid`: {0, 0, 0} if no table leads to one. */
	struct s2t_npt_entry (*npt)(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn);
	/* The SMMU entry of frame `gfn` of context 8*index + cbndx. */
	struct s2t_spt_entry (*spt)(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn);
	/* Whether a lock is held; ids as in model.h. NULL: not compared. */
	bool (*lock_held)(const struct s2t_iut *iut, uint32_t lock);
	/* Bytes handed out so far from the pools of VM `vmid` for tables of level 0 (PUD), 1 (PMD), 2 (PTE); and from
	 * the pools of the SMMU, level 0 (second level), 1 (third). NULL: not compared. */
	uint64_t (*npt_used)(const struct s2t_iut *iut, s2t_vmid vmid, unsigned level);
	uint64_t (*spt_used)(const struct s2t_iut *iut, unsigned level);

	/* Optional from here. */

	/* How many pages of content VM `vmid` has supplied (data_log). */
	uint64_t (*data_log)(const struct s2t_iut *iut, s2t_vmid vmid);
	/* Sets the ownership record of a page, in the start state only: called after create and reset for each `page`
	 * line of the board. NULL: create and reset do that from board->start_page. */
	void (*set_page)(struct s2t_iut *iut, s2t_pfn pfn, const struct s2t_page *page);
	/* A state of this sequence to come back to, any number of times, as a handle; 0: none can be had. They nest:
	 * restore voids those taken later, reset voids all. False: it cannot, and the instance must be reset. */
	uint64_t (*snapshot)(struct s2t_iut *iut);
	bool (*restore)(struct s2t_iut *iut, uint64_t snapshot);
	/* The entries that the last call wrote; good until the next call. */
	const struct s2t_entry *(*touched)(const struct s2t_iut *iut, size_t *count);
	/* The memory that it manages and keeps its tables in; the same ranges from create to destroy. */
	const struct s2t_range *(*memory)(const struct s2t_iut *iut, size_t *count);
	/* Releases all locks after a panic, so that the sequence can go on. */
	void (*release_locks)(struct s2t_iut *iut);

	const struct s2t_constant *constants;
	size_t constant_count;
	/* The text of its abstraction map and known differences (docs/plugin.md); NULL: none, or a file beside it. */
	const char *map;
	/* Whether what was read since the last call is worth anything: S2T_OK, or what has become of the implementation,
	 * and why, in one phrase. For one that may be lost between two calls, such as another process. */
	enum s2t_outcome (*health)(const struct s2t_iut *iut, const char **reason);

	/* Operations of its own, at most S2T_MAX_EXTRA. `call` is given them like the others. */
	const struct s2t_extra_op *extra;
	size_t extra_count;

	/* The words of the hypercall layer, as in struct s2t_el2_layout. NULL: not compared. */
	uint64_t (*vm)(const struct s2t_iut *iut, s2t_vmid vmid, enum s2t_vm_field field);
	uint64_t (*vcpu)(const struct s2t_iut *iut, s2t_vmid vmid, uint32_t vcpuid, enum s2t_vcpu_field field);
	uint64_t (*boot_image)(const struct s2t_iut *iut, s2t_vmid vmid, uint32_t load_idx,
	                       enum s2t_image_field field);
	uint64_t (*core)(const struct s2t_iut *iut, enum s2t_core_field field);
	/* The vmid that owns context bank 8*index + cbndx; 0xffffffff: it is free. */
	uint64_t (*smmu_cfg)(const struct s2t_iut *iut, unsigned context);
};

/* What a shared object given to `s2twin --iut` exports, and what a program fuzzes that s2twin_add_fuzzer links: the
 * user's own functions. */
const struct s2t_iut_ops *s2t_iut_plugin(void);
#define S2T_IUT_SYMBOL "s2t_iut_plugin" /* its name */

/* The built-in implementation: real descriptors in a simulated memory (impl/). */
const struct s2t_iut_ops *s2t_builtin(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
