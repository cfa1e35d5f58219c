/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The logs of the locks: storage, and what the specifications do with them.
 *
 * All events lie in one array in the order in which they were appended; each knows the one before it on the
 * same log and the state of the lock before it, so taking events back is as cheap as appending them. The
 * objects behind the locks are not copied: a digest of each follows every write and every rollback of one.
 */
#ifndef S2T_MODEL_LOG_H
#define S2T_MODEL_LOG_H

#include "rdata.h"

/* id @ log, less the events: its newest event is number `newest` - 1, 0 is nil. */
struct s2t_log {
	size_t newest, length;
	struct s2t_lock_state state; /* H_CalLock of the log; not of FLATMEM's, which has no lock */
	uint64_t digest;             /* of the object */
};

/* What an event hides. */
struct s2t_log_link {
	size_t older;
	struct s2t_lock_state before;
};

struct s2t_logs {
	struct s2t_event *event;
	struct s2t_log_link *link;
	size_t count, size;
	size_t step_begin;        /* the events when the last step began */
	struct s2t_oracle oracle; /* without a function: no events of others */
	/* Shares in the digest of SPT: one of each generation of a context, by the keys of spt_upper (rdata.h). */
	struct s2t_map context;
	struct s2t_arena arena; /* its nodes */
	uint32_t lock_count;
	struct s2t_log lock[];
};

/* cal_lock.c: one event of H_CalLock. False: None. */
bool s2t_H_CalLock_event(struct s2t_lock_state *state, const struct s2t_event *event);

/* RData.v: the object after a log (oldest first) that began with `o`, as digests: the newest snapshot of
 * its kind, or `o`. CalState chooses among them by lock. */
uint64_t s2t_CalFlatmem(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalS2Page(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalSPT(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalNPT(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalCoreData(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalSMMU(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalVMInfo(uint64_t o, const struct s2t_event *log, size_t count);
uint64_t s2t_CalState(const struct s2t_board *board, uint32_t id, uint64_t o, const struct s2t_event *log,
                      size_t count);

/* The kind of event that shows what lock `id` guards. */
enum s2t_event_kind s2t_snapshot_kind(const struct s2t_board *board, uint32_t id);

/* log.c: id @ log := event of CPU `cpu` :: id @ log. None: H_CalLock of that is None. */
bool s2t_log_append(struct s2t_model *adt, uint32_t id, uint32_t cpu, enum s2t_event_kind kind, uint64_t value);
/* Takes back all events after the first `count`. */
void s2t_log_rollback(struct s2t_model *adt, size_t count);
void s2t_log_free_all(struct s2t_model *adt);

/* oracle.c: H_CalLock (orac cpu l ++ l) = Some (_, LEMPTY, None) */
bool s2t_log_balanced(struct s2t_model *adt, uint32_t id);
/* shared := CalX shared (orac cpu l), and log := orac cpu l ++ l */
bool s2t_log_others(struct s2t_model *adt, uint32_t id);
/* The same, and log := OPULL :: WAIT_LOCK local_lock_bound :: log */
bool s2t_log_pull(struct s2t_model *adt, uint32_t id);
/* log := REL_LOCK :: snapshot :: log */
bool s2t_log_push(struct s2t_model *adt, uint32_t id);

/* What the specifications call: nothing while the logs are off. */
static inline bool s2t_pull(struct s2t_model *adt, uint32_t id)
{
	return !SELDOM(adt->logs != NULL) || s2t_log_pull(adt, id);
}
static inline bool s2t_push(struct s2t_model *adt, uint32_t id)
{
	return !SELDOM(adt->logs != NULL) || s2t_log_push(adt, id);
}

/* fmem := CalFlatmem (flatmem shared) (orac cpu l) */
static inline bool s2t_pull_flatmem(struct s2t_model *adt)
{
	return !SELDOM(adt->logs != NULL) || s2t_log_others(adt, S2T_LOCK_FLATMEM);
}

/* log # FLATMEM_ID == OFLATMEM fmem' :: orac cpu l ++ l */
static inline bool s2t_push_flatmem(struct s2t_model *adt)
{
	return !SELDOM(adt->logs != NULL) ||
	       s2t_log_append(adt, S2T_LOCK_FLATMEM, adt->logs->oracle.cpu, S2T_EVENT_FLATMEM,
	                      adt->logs->lock[S2T_LOCK_FLATMEM].digest);
}

#endif
