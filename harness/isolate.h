/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Isolation: work that may crash, hang, exit or eat all memory runs in a child process, watched by its
 * parent.
 *
 * The child shows in shared memory where it is; a step that takes longer than the limit is a hang. The clock
 * decides nothing else.
 */
#ifndef S2T_HARNESS_ISOLATE_H
#define S2T_HARNESS_ISOLATE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "s2twin/types.h"

enum { S2T_HANG_LIMIT = 5 }; /* seconds, by default */

struct s2t_isolation {
	double hang_limit;     /* seconds that one step may take */
	uint64_t memory_limit; /* bytes of address space that the child may have; 0: no limit */
};

/* Where a child is; in memory that it shares with its parent. */
struct s2t_pulse {
	_Atomic uint64_t beats;    /* changes with every step */
	_Atomic uint64_t sequence; /* number of the sequence that runs */
	_Atomic uint32_t step;     /* in the sequence, 1 is the first; 0: before it */
	_Atomic uint32_t done;     /* the child has finished what it was asked to do */
};

static inline void s2t_pulse_beat(struct s2t_pulse *pulse, uint64_t sequence, uint32_t step)
{
	atomic_store_explicit(&pulse->sequence, sequence, memory_order_relaxed);
	atomic_store_explicit(&pulse->step, step, memory_order_relaxed);
	/* One writer: no need for an atomic addition. */
	atomic_store_explicit(&pulse->beats, atomic_load_explicit(&pulse->beats, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
}

/* How a child ended. */
struct s2t_ending {
	enum {
		S2T_END_DONE,
		S2T_END_SIGNAL, /* `number`: which */
		S2T_END_EXIT,   /* the implementation ended the process; `number`: with which status */
		S2T_END_HANG,
		S2T_END_MEMORY,  /* past the memory limit */
		S2T_END_NO_FORK, /* there is no child: `number` is errno */
	} how;
	int number;
};

/* The outcome that an ending stands for: S2T_HANG, or else S2T_CRASH. */
enum s2t_outcome s2t_ending_outcome(const struct s2t_ending *ending);
/* In a few words: "killed by SIGSEGV". Static text but for signals without a name of ours. */
const char *s2t_ending_text(const struct s2t_ending *ending);

/* Zeroed memory that later children share with this process; NULL: none. */
void *s2t_shared_alloc(size_t size);
void s2t_shared_free(void *memory, size_t size);

/* A child under watch. */
struct s2t_child {
	pid_t pid;
	int alive; /* readable once the child has ended; also carries what the child writes to its `out` */
	struct s2t_pulse *pulse;
	uint64_t beats; /* when last looked at, */
	double since;   /* and since when they have been the same */
};

/* Starts body(ctx, out) in a child, which ends when it returns; `out` is a pipe to child->alive. Standard
 * output is flushed first. False: `ending` says why. */
bool s2t_child_start(struct s2t_child *child, const struct s2t_isolation *isolation, struct s2t_pulse *pulse,
                     void (*body)(void *ctx, int out), void *ctx, struct s2t_ending *ending);
/* Whether the present step of the child takes too long. */
bool s2t_child_hangs(struct s2t_child *child, const struct s2t_isolation *isolation);
/* Waits for the end of a child whose `alive` is at its end, or kills it if `hangs`. */
struct s2t_ending s2t_child_end(struct s2t_child *child, bool hangs);

/* All of it: runs body in a child until it ends. `pulse` is in shared memory. */
struct s2t_ending s2t_isolated(const struct s2t_isolation *isolation, struct s2t_pulse *pulse,
                               void (*body)(void *ctx, int out), void *ctx);

#endif
