/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lockstep: the model and an implementation, one operation at a time, compared after each (DESIGN section 5).
 *
 * The comparison has two parts. After each step only what the step touched is looked at: every entry that the
 * model wrote, and every word that the implementation wrote must belong to one of them (compare.c). Whatever
 * that cannot account for, and the end of every sequence, gets a full comparison (sweep.c), which alone
 * decides that there is a divergence.
 *
 * At body level (S2T_LEVEL_BODY) a second model, stepped by the bodies, stands in the place of the implementation:
 * body_level.h says how it is compared.
 */
#ifndef S2T_HARNESS_LOCKSTEP_H
#define S2T_HARNESS_LOCKSTEP_H

#include "accounts.h"
#include "boards.h"
#include "invariants.h"
#include "known.h"
#include "lemmas.h"
#include "optable.h"
#include "predicate.h"
#include "view.h"
#include "written.h"

/* Where model and implementation agree and both do what the hardware, or a user, would not expect. */
enum s2t_finding {
	S2T_FINDING_UNALIGNED_BLOCK, /* a 2 MiB block whose address is not: the MMU maps the aligned block below */
	S2T_FINDING_INVALID,         /* an entry that the specification reads as mapped, the MMU as a fault */
	S2T_FINDING_FRAME_0,         /* an entry that the specification reads as absent, the MMU as frame 0 */
	S2T_FINDING_ADDRESS_SIZE,    /* an output address beyond 40 bits: the MMU faults */
	S2T_FINDING_COUNT
};
const char *s2t_finding_name(enum s2t_finding finding);
const char *s2t_finding_text(enum s2t_finding finding);

/* What happened, counted. Two of them add up. */
struct s2t_stats {
	uint64_t steps; /* operations that both sides ran */
	uint64_t sequences;
	uint64_t cases[S2T_CASE_COUNT];
	uint64_t undefined;        /* of them not given to the implementation */
	uint64_t unfit;            /* calls that no C caller can make: an argument wider than 32 bits */
	uint64_t full_comparisons; /* at ends of sequences, and asked for by --full-every */
	uint64_t second_looks;     /* full comparisons because a step's writes were not all accounted for */
	uint64_t findings[S2T_FINDING_COUNT];
	uint64_t known[S2T_KNOWN_COUNT]; /* steps of the high form, by row of the known differences */
	uint64_t events; /* of the locks, compared: those of the implementation; 0 unless asked for */
	/* Sections of the host's table that only the low form of clear_vm_page has (A1). */
	uint64_t events_known;
	/* At level body: what each body called, one bit for each enum s2t_primitive. */
	uint32_t primitives[S2T_LEMMAS];
	struct s2t_invariant_finding invariants[S2T_INVARIANT_COUNT];
	uint64_t judged; /* states in which they were judged from scratch */
	/* Of an abstraction map (mapfile.h). */
	uint64_t unjudged[S2T_INVARIANT_COUNT];   /* states in which one side alone breaks what the map hides */
	uint64_t rules[S2T_MAX_RULES];            /* steps let pass by each known difference */
	uint64_t statements[S2T_STATEMENT_COUNT]; /* how often each other statement made a difference */
	/* Steps of the operations that the implementation declares: ok, panic, undefined. */
	uint64_t extra[S2T_MAX_EXTRA][S2T_UNDEFINED + 1];
};
void s2t_stats_add(struct s2t_stats *sum, const struct s2t_stats *more);

/* What stands beside the model. */
enum s2t_level {
	S2T_LEVEL_STACK, /* an implementation, from its operations down to the bytes */
	S2T_LEVEL_BODY,  /* the bodies of the built-in one over the model's primitives (body_level.h) */
};

/* How the memory of a plug-in is watched (memwatch.h). */
enum s2t_watch_memory {
	S2T_WATCH_NONE,
	S2T_WATCH_COMPARE, /* a copy, and a comparison after each step */
	S2T_WATCH_PROTECT, /* pages that cannot be written until they are */
};

struct s2t_lockstep_options {
	enum s2t_level
		level; /* S2T_LEVEL_BODY goes with S2T_SPEC_LOW; undefined calls are run there, and compared */
	const struct s2t_bodies *bodies; /* at S2T_LEVEL_BODY: of the user; NULL: those of the built-in one */
	enum s2t_spec spec;
	uint32_t known;     /* with S2T_SPEC_HIGH: the differences that are tolerated, a set as in known.h */
	bool run_undefined; /* give undefined calls to the implementation, which must only survive */
	bool compare_undefined; /* likewise, and it must say that they are undefined */
	bool after_panic;       /* go on after a panic, comparing outcomes */
	/* Full comparison every that many steps; 0: only at ends of sequences. s2t_lockstep_full_every changes that of a
	 * lockstep. */
	uint32_t full_every;
	bool full_default;   /* nobody asked for that number: replays of a long sequence take a greater one */
	bool logs;           /* compare the events of the locks, too (events.c) */
	uint32_t invariants; /* those that are checked, a set as in invariants.h */
	uint32_t forbidden;  /* of these: broken on both sides, they are a divergence, too */
	bool by_state; /* they are judged from scratch, with each full comparison: for one who goes back and
	                      * forth between states */
	const struct s2t_mapfile *map; /* of the implementation; NULL: none */
	enum s2t_watch_memory watch;
	uint32_t layers; /* whose cases summaries expect, a set as in gen.h */
	uint32_t untold; /* what the implementation does not tell (reads.h), for summaries */
	/* By which the user chose the implementation, to be repeated, such as " --iut ./mine.so"; NULL: none. */
	const char *chosen;
	const struct s2t_iut_ops
		*declares; /* the implementation, for the names of its own operations in summaries */
};

/* How the two sides stand after a step or a sequence. */
enum s2t_verdict {
	S2T_AGREED,
	S2T_NOT_RUN,  /* undefined or unfit: the step was not given to the implementation */
	S2T_ENDED,    /* agreed, and the sequence is over: both panicked, or an undefined call was run */
	S2T_DIVERGED, /* `diffs` says how */
	S2T_NO_MEMORY,
};

enum s2t_diff_kind {
	S2T_DIFF_OUTCOME,
	S2T_DIFF_RETURN,
	S2T_DIFF_ENTRY,     /* an abstract entry has two values */
	S2T_DIFF_LOCK,      /* a lock is held on one side only; with a `text`: what is wrong with its events */
	S2T_DIFF_STRAY,     /* the implementation wrote a word that is no entry, lock, cursor or free table */
	S2T_DIFF_MALFORMED, /* tables that no abstract state has: see `text` */
	S2T_DIFF_INVARIANT, /* one that only one side breaks; `entry.a` is its number, `text` says where */
	/* At level body only. */
	S2T_DIFF_TOUCHED,   /* an entry has one value, but one side alone wrote it: see `text` */
	S2T_DIFF_CPU,       /* halt or tstate, which `text` names */
	S2T_DIFF_PRIMITIVE, /* a body called what its lemma does not allow: see `text` */
	S2T_DIFF_ARGUMENT,  /* a body passed an argument that does not fit its C type: see `text` */
};

/* One difference. Values are those of the entry's fields: owner count gfn; pfn level pte; pfn pte; one word. */
struct s2t_diff {
	enum s2t_diff_kind kind;
	struct s2t_touch entry; /* kind, level, a, b as in a touched set */
	uint64_t before[3], model[3], iut[3];
	bool iut_has_value;     /* false: a page that is not uniform has no token */
	const char *text;       /* of malformed tables and lock events */
	enum s2t_window window; /* where the implementation's value was read */
	s2t_addr address;
	struct s2t_walk walk; /* of stage-2 and SMMU entries; count 0 for all others */
};

enum { S2T_MAX_DIFFS = 64 };

struct s2t_diffs {
	size_t total; /* found; the first S2T_MAX_DIFFS are kept */
	struct s2t_diff diff[S2T_MAX_DIFFS];
};

struct s2t_lockstep {
	struct s2t_board board;
	struct s2t_lockstep_options options;
	struct s2t_model *model;
	const struct s2t_iut_ops *ops;
	struct s2t_iut *iut;
	struct s2t_view view;
	struct s2t_spec_machine *bodies; /* at level body, where there is no iut and no view; else NULL */
	struct s2t_entries *entries;     /* compared entry by entry (entries.h); NULL: by the image */
	struct s2t_stats stats;
	bool plain;          /* there is nothing to a step but the step: s2t_lockstep_full_every */
	uint64_t lock_bytes; /* size of the array of locks in the image */

	/* The last step. */
	struct s2t_call call;
	struct s2t_step step;
	struct s2t_result result;
	uint32_t step_number; /* in the sequence, 1 is the first */
	size_t step_writes;   /* writes of the implementation before it */
	const struct s2t_write
		*stale; /* one of its writes that found another value than the model's entry had; or NULL */
	uint64_t stale_model;
	struct s2t_diffs *diffs; /* after S2T_DIVERGED */
	char misuse[192];        /* the text of S2T_DIFF_PRIMITIVE or S2T_DIFF_ARGUMENT */
	char event_text[160];    /* the text of S2T_DIFF_LOCK */
	char broken_text[320];   /* the text of S2T_DIFF_INVARIANT */
	int known;               /* the row of the known difference that the step is an instance of, or -1 */

	/* Steps of the sequence, ascending, at which the model took the low form for the high one. */
	uint32_t *low_step;
	size_t low_steps, low_step_room;

	/* Whose stage-2 tables were written in this sequence, and which contexts of the SMMU, one bit for each. */
	uint32_t dirty_vm_count;
	uint32_t *dirty_vm;
	uint64_t *vm_is_dirty; /* one bit for each vmid */
	uint32_t dirty_contexts;

	struct s2t_inv_check *invariants; /* NULL: none are checked */
	/* The end of the sequence, if it is without a panic, is judged from scratch, which clears this. A reset sets it;
	 * who runs many sequences sets it for some of them (S2T_INV_SWEEP_EVERY). */
	bool owes;
	uint64_t sequence; /* its number in a campaign, for what is found; its caller counts */

	/* Table pages that the sweep has seen, one bit each. */
	uint64_t *seen;
	size_t seen_words;
	/* Of the tables the end of this sequence is to read only the lines that either side wrote, unless something else was
	 * found. Who runs many short sequences sets this for most of them. */
	bool lines_only;
	struct s2t_written written; /* those lines, when the sweep began */

	struct s2t_accounts accounts; /* of the last step, if it was a long one */
};

/* Both machines in the start state of `board`. NULL: `error` says why. */
struct s2t_lockstep *s2t_lockstep_create(const struct s2t_board *board, const struct s2t_iut_ops *ops,
                                         const struct s2t_lockstep_options *options, struct s2t_error *error);
void s2t_lockstep_destroy(struct s2t_lockstep *ls);

/* Runs one operation on both sides. After S2T_ENDED or S2T_DIVERGED only end (ENDED) and reset may follow. */
enum s2t_verdict s2t_lockstep_step(struct s2t_lockstep *ls, const struct s2t_call *call);
/* The same where `plain`, of a call that fits and that ls->model has made since the last step, in the low form and not
 * halted; ls->step says what became of it. */
enum s2t_verdict s2t_lockstep_follow(struct s2t_lockstep *ls, const struct s2t_call *call);

/* Changes options.full_every. */
void s2t_lockstep_full_every(struct s2t_lockstep *ls, uint32_t steps);

/* The full comparison at the end of a sequence: S2T_AGREED, S2T_DIVERGED or S2T_NO_MEMORY. */
enum s2t_verdict s2t_lockstep_end(struct s2t_lockstep *ls);

/* Back to the start state on both sides. */
void s2t_lockstep_reset(struct s2t_lockstep *ls);

/* The form that the model took at step `number` of the present sequence. */
enum s2t_spec s2t_lockstep_form(const struct s2t_lockstep *ls, uint32_t number);

/*
 * The parts (compare.c, sweep.c, place.c, hardware.c).
 */

/* What a written word belongs to. */
struct s2t_place {
	enum {
		S2T_PLACE_NONE,     /* nothing: the write is stray */
		S2T_PLACE_PAGE,     /* the ownership record of `pfn` */
		S2T_PLACE_TOKEN,    /* the content of `pfn` */
		S2T_PLACE_LOCK,     /* lock `number` */
		S2T_PLACE_DATA_LOG, /* of VM `number` */
		S2T_PLACE_NPT,      /* a table or cursor of VM `number` */
		S2T_PLACE_SPT,      /* a table or cursor of the SMMU */
		S2T_PLACE_HYPER,    /* `entry`, a word of the hypercall layer */
	} what;
	s2t_pfn pfn;
	uint32_t number;
	struct s2t_touch entry;
};
struct s2t_place s2t_place_of(struct s2t_lockstep *ls, const struct s2t_write *write);

/* Whether the last step is certainly the same on both sides. False means: look again, with a sweep. */
bool s2t_compare_step(struct s2t_lockstep *ls);

/* Compares the whole state; `tables` false leaves out what is not related after a panic. Differences are added
 * to `diffs`; NULL: stop at the first. Returns whether there was none. False too when out of memory, with
 * `*no_memory` set. */
bool s2t_sweep(struct s2t_lockstep *ls, bool tables, struct s2t_diffs *diffs, bool *no_memory);

/* Adds every word that the last step wrote and that belongs to nothing, or that is not 0 in a table page not yet
 * handed out (after a panic that is not looked at: `tables` as above). */
void s2t_find_strays(struct s2t_lockstep *ls, bool tables, struct s2t_diffs *diffs);

/* After a step with the same outcome on both sides, ok or panic: whether both have appended the same events to each
 * log, and kept the discipline of the locks. If not, adds the first difference to `diffs` (events.c). */
bool s2t_compare_events(struct s2t_lockstep *ls);

/* Notes that stage-2 tables of a VM were written. */
void s2t_mark_new_vm(struct s2t_lockstep *ls, uint32_t vmid); /* of one that was not noted */
static inline void s2t_mark_vm(struct s2t_lockstep *ls, uint32_t vmid)
{
	if (SELDOM(!(ls->vm_is_dirty[vmid / 64] >> (vmid % 64) & 1)))
		s2t_mark_new_vm(ls, vmid);
}

/* What an MMU would make of a level-2 or level-3 descriptor, against what the specification makes of it.
 * Returns the finding or S2T_FINDING_COUNT. */
enum s2t_finding s2t_hardware_check(uint64_t descriptor, unsigned level);

#endif
