/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model: an executable twin of the Coq specifications of SeKVM's memory layers.
 *
 * A model is one abstract machine. It does no I/O, has no globals and never aborts; any number of machines
 * live side by side. One machine is used by one thread at a time.
 */
#ifndef S2TWIN_MODEL_H
#define S2TWIN_MODEL_H

#include "s2twin/board.h"
#include "s2twin/cases.h"
#include "s2twin/events.h"
#include "s2twin/ops.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct s2t_model;

/* Which of the two Coq forms of an operation runs. The operations of NPTOps and MmioSPTOps have one. Layers that have
 * one form themselves, such as MemoryOps, call the chosen form of the layers below. */
enum s2t_spec {
	S2T_SPEC_LOW,  /* X_spec0: a chain of calls of the layer below; the reference */
	S2T_SPEC_HIGH, /* X_spec: one atomic step */
	/* What the security proofs speak of (TrapHandlerSpec.v: local_X, and the traps and loops over them). Only the
	 * hypercall layer has it; other operations run in the high form. */
	S2T_SPEC_TOP,
	/* The low form, except that a context of the SMMU is emptied as the primitive at the bottom does it
	 * (AbstractMachineSpec.v, smmu_pt_clear). */
	S2T_SPEC_BOTTOM,
};

/* What one step did. */
struct s2t_step {
	enum s2t_outcome outcome; /* S2T_OK, S2T_PANIC or S2T_UNDEFINED */
	enum s2t_case case_id;
	uint64_t ret; /* of operations that return a value; 0 otherwise, after a halt and on S2T_UNDEFINED */
};

/* One entry that a step wrote, changed or not. `old` is its value before the step. */
struct s2t_touch {
	uint8_t kind;  /* enum s2t_entry_kind */
	uint8_t level; /* of tables and cursors */
	uint32_t a;
	uint64_t b;
	void *slot; /* the model's own; not for users */
	/* S2PAGE: owner | count << 32, gfn; cursors: bytes used; all others: the word in [0]. */
	uint64_t old[2];
};

/* A machine in the start state of `board`, which is copied with its start pages. The board must be legal:
 * what s2t_board_is_good takes is, and what only lies beyond 40 address bits. NULL: out of memory. */
struct s2t_model *s2t_model_create(const struct s2t_board *board);
void s2t_model_destroy(struct s2t_model *m);

/* Back to the start state. Costs what was touched since. */
void s2t_model_reset(struct s2t_model *m);

/* One operation. On S2T_UNDEFINED the state is as before. A call->op that is no operation is S2T_UNDEFINED, too. */
void s2t_model_step(struct s2t_model *m, enum s2t_spec spec, const struct s2t_call *call,
                    struct s2t_step *step);

/* One operation more, as a part of the last step: s2t_model_touched and all that tells of the last step then tells of
 * both together. On S2T_UNDEFINED all that was written in the step is taken back, but not the locks and the halt of its
 * earlier parts: go back to a mark taken before the first (s2t_model_undo). */
void s2t_model_step_on(struct s2t_model *m, enum s2t_spec spec, const struct s2t_call *call,
                       struct s2t_step *step);

/* The entries that the last step wrote, each once; none after S2T_UNDEFINED. Valid until the next step. */
const struct s2t_touch *s2t_model_touched(const struct s2t_model *m, size_t *count);

/* Whether the last step took this case on its way: its own, or one of the operations of which it is a sequence. */
bool s2t_model_took(const struct s2t_model *m, enum s2t_case case_id);

/* The i-th entry of a touched NPT (i = 0) or NPT_BLOCK (i = 0..511) before the last step. */
struct s2t_npt_entry s2t_model_npt_before(const struct s2t_model *m, const struct s2t_touch *touch, unsigned i);

/* Calls `entry` for each non-zero descriptor that a touched SPT_CONTEXT held before the last step, in no
 * particular order. */
void s2t_model_context_before(const struct s2t_model *m, const struct s2t_touch *touch,
                              void (*entry)(void *ctx, s2t_gfn gfn, s2t_pte pte), void *ctx);

/* Points in the history of one machine, to go back to. A mark is void once the machine was reset or taken
 * back beyond it. */
struct s2t_mark {
	size_t journal;
	uint64_t cpu[4];
	size_t events;
};
/* Where the history of the machine is now; and back to there. */
struct s2t_mark s2t_model_mark(const struct s2t_model *m);
void s2t_model_undo(struct s2t_model *m, const struct s2t_mark *mark);

/* Queries. They change nothing, and any argument is legal: what does not exist reads as its default. */
struct s2t_page s2t_model_page(const struct s2t_model *m, s2t_pfn pfn);
bool s2t_model_page_tracked(const struct s2t_model *m, s2t_pfn pfn); /* has an ownership record */
struct s2t_npt_entry s2t_model_npt(const struct s2t_model *m, s2t_vmid vmid, s2t_gfn gfn);
bool s2t_model_npt_table(const struct s2t_model *m, s2t_vmid vmid, s2t_addr addr, unsigned level);
s2t_addr s2t_model_npt_next(const struct s2t_model *m, s2t_vmid vmid, unsigned level);
struct s2t_spt_entry s2t_model_spt(const struct s2t_model *m, unsigned context, s2t_gfn gfn);
bool s2t_model_spt_table(const struct s2t_model *m, unsigned context, s2t_addr iova, unsigned level);
s2t_addr s2t_model_spt_next(const struct s2t_model *m, unsigned level);
s2t_token s2t_model_token(const struct s2t_model *m, s2t_pfn pfn);
uint64_t s2t_model_data_log(const struct s2t_model *m, s2t_vmid vmid);
uint64_t s2t_model_vm(const struct s2t_model *m, s2t_vmid vmid, enum s2t_vm_field field);
uint64_t s2t_model_vcpu(const struct s2t_model *m, s2t_vmid vmid, uint64_t vcpuid, enum s2t_vcpu_field field);
uint64_t s2t_model_image(const struct s2t_model *m, s2t_vmid vmid, uint64_t load_idx,
                         enum s2t_image_field field);
uint64_t s2t_model_core(const struct s2t_model *m, enum s2t_core_field field);
uint64_t s2t_model_smmu_cfg(const struct s2t_model *m, unsigned context);
const struct s2t_board *s2t_model_board(const struct s2t_model *m);
bool s2t_model_halted(const struct s2t_model *m);
bool s2t_model_out_of_memory(const struct s2t_model *m); /* a step could not be taken; until reset */
unsigned s2t_model_tstate(const struct s2t_model *m);

/*
 * Setters, for a harness that takes over what an implementation has. They write through the journal, as part of the
 * last step: s2t_model_touched has what they wrote, and s2t_model_undo takes it back. False: no state of the
 * specification is like that (or out of memory); then the entry may be half set, and only undo and reset are of use.
 */
bool s2t_model_set_page(struct s2t_model *m, s2t_pfn pfn, struct s2t_page page);
/* With the tables that lead to it. An entry of level 2 stands for the 512 of its block; one of level 0 or 3 takes a
 * block over it away; of a block of the last step the table that it replaced stays. */
bool s2t_model_set_npt(struct s2t_model *m, s2t_vmid vmid, s2t_gfn gfn, struct s2t_npt_entry entry);
bool s2t_model_set_spt(struct s2t_model *m, unsigned context, s2t_gfn gfn, struct s2t_spt_entry entry);
bool s2t_model_set_token(struct s2t_model *m, s2t_pfn pfn, s2t_token token);
bool s2t_model_set_data_log(struct s2t_model *m, s2t_vmid vmid, uint64_t pages);
/* Bytes handed out from a pool, a multiple of 4096 (levels as in s2t_model_npt_next and s2t_model_spt_next). As many as
 * before the last step: then that step made no tables of the pool. */
bool s2t_model_set_npt_used(struct s2t_model *m, s2t_vmid vmid, unsigned level, uint64_t bytes);
bool s2t_model_set_spt_used(struct s2t_model *m, unsigned level, uint64_t bytes);
/* A word of the hypercall layer: `entry` names it by kind, level, a and b, as a touched set does. A state is one of enum
 * s2t_vm_state; images are at most S2T_IMAGES; a vCPU is fresh (1) or not (0); the next vmid is corevisor + 1 at most; a
 * bank is free (0xffffffff) or that of a vmid with an entry. */
bool s2t_model_set_word(struct s2t_model *m, const struct s2t_touch *entry, uint64_t value);
/* Not halted, and no lock held. False while logs are on: they would not have it so. */
bool s2t_model_resume(struct s2t_model *m);

/* Lock ids are those of the Coq text above the Locks layer: FLATMEM 0, CORE 1, S2PAGE 2, SPT 3, SMMU 4,
 * NPT 5 + vmid, INFO 5 + corevisor + 1 + vmid. */
enum {
	S2T_LOCK_FLATMEM = 0,
	S2T_LOCK_CORE = 1,
	S2T_LOCK_S2PAGE = 2,
	S2T_LOCK_SPT = 3,
	S2T_LOCK_SMMU = 4,
	S2T_LOCK_NPT = 5
};
/* The id of the lock that guards what a VM is: its state, vCPUs and images. */
static inline uint32_t s2t_lock_info(const struct s2t_board *board, s2t_vmid vmid)
{
	return (S2T_LOCK_NPT + board->corevisor + 1 + vmid) & 0xffffffff;
}
/* Whether the holder has this lock. */
bool s2t_model_lock_held(const struct s2t_model *m, uint32_t lock);
/* The ids of all held locks, in the order in which they were taken; at most S2T_MAX_HELD. Returns how many. */
enum { S2T_MAX_HELD = 6 };
unsigned s2t_model_locks(const struct s2t_model *m, uint32_t locks[S2T_MAX_HELD]);

/*
 * Logs (RData.v: log). Each lock has one, and so have the contents of pages (FLATMEM), which no lock guards.
 * They are off by default; recording them changes no result as long as there is no oracle.
 */

/* One event of a log. A snapshot stands in the Coq text for a whole object; here for its digest, a
 * function of the object alone: the same whatever the order in which it came to be. The digest of an
 * object in its start state is 0. */
struct s2t_event {
	uint32_t lock; /* on whose log */
	uint32_t kind; /* enum s2t_event_kind */
	uint32_t cpu;
	uint64_t value; /* WAIT: the bound n; PULL: the lock; snapshots: the digest; REL: 0 */
};

/* Records from the next step on, or no longer; reset leaves it as it is. Only in the start state, that is
 * after create or reset. False: not in the start state, or out of memory; then nothing has changed. */
bool s2t_model_set_logs(struct s2t_model *m, bool on);

/* The events that the last step appended to all logs, oldest first; none after S2T_UNDEFINED. Within one
 * log this is the order of the Coq text, which orders no event against those of another log; the low form
 * appends them in the order of its calls. Valid until the next step. NULL and 0 while logs are off. */
const struct s2t_event *s2t_model_events(const struct s2t_model *m, size_t *count);

/* Copies the newest `size` events of one log, newest first, as the Coq list has them. Returns the length
 * of the log. */
size_t s2t_model_log(const struct s2t_model *m, uint32_t lock, struct s2t_event *events, size_t size);

/* Digest of the object behind a lock, or of all page contents for S2T_LOCK_FLATMEM, as it is now. */
uint64_t s2t_model_digest(const struct s2t_model *m, uint32_t lock);

/* H_CalLock (CalLock.v, Locks): the state of a lock after its log. `cpu` is that of the holder. */
struct s2t_lock_state {
	uint32_t self_c; /* shared events that the holder may still append in this section */
	enum { S2T_LEMPTY, S2T_LHOLD } status;
	uint32_t cpu;
};
/* `log` is oldest first. False: H_CalLock is None. */
bool s2t_H_CalLock(const struct s2t_event *log, size_t count, struct s2t_lock_state *state);

/*
 * The oracle (RData.v: oracle): what other CPUs did on a log since this one last looked. It is asked whenever
 * a specification asks it: when a lock is taken or must be free, and when page contents are written.
 */

/* A write by which a snapshot differs from the object before it. */
struct s2t_other_write {
	/* S2_PAGE and FLATMEM: pfn; NPT: IPA; SPT: IOVA, bytes; VM_INFO: vcpuid or load_idx */
	uint64_t at;
	/* NPT: level, 2 or 3; SPT and SMMU: context = 8*index + cbndx; CORE: enum s2t_core_field; VM_INFO: field +
	 * 16 * kind, its enum s2t_entry_kind; of a vCPU its state alone */
	uint32_t where;
	uint64_t value;       /* NPT and SPT: descriptor; FLATMEM: token; CORE, SMMU and VM_INFO: the word */
	struct s2t_page page; /* S2_PAGE */
};

/* An event of another CPU. */
struct s2t_other_event {
	uint32_t cpu;
	uint32_t kind;                       /* enum s2t_event_kind */
	uint32_t bound;                      /* of WAIT: shared events in the section at most */
	const struct s2t_other_write *write; /* of a snapshot of what the log's lock guards */
	size_t writes;
};

/* An oracle. */
struct s2t_oracle {
	uint32_t cpu; /* of this machine (curid) */
	/* What others appended to the log of `lock`, oldest first; it is appended before this CPU's events, and the
	 * newest snapshot in it is pulled. A function of `lock`, `cpu` and the log, which it may read
	 * (s2t_model_log): it is asked more than once. Writes that no table or record can hold make the step
	 * undefined. The pointers are good until the end of the step. */
	const struct s2t_other_event *(*events)(void *ctx, const struct s2t_model *m, uint32_t lock,
	                                        uint32_t cpu, size_t *count);
	void *ctx;
};
/* Sets the oracle, which is copied; NULL: none, and cpu 0. It stays over a reset. The logs must be on: else
 * false. */
bool s2t_model_set_oracle(struct s2t_model *m, const struct s2t_oracle *oracle);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
