/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a step costs: the parts of a lockstep step one by one, and how cost and memory grow.
 *
 * Everything is CPU time of the process, so that a busy machine shifts all figures alike and their ratios hold. What
 * an implementation does in another process is in no CPU time of this one; then it is time by the clock.
 */
#ifndef S2T_HARNESS_BENCH_H
#define S2T_HARNESS_BENCH_H

#include "campaign.h"

enum { S2T_BENCH_MAX_ROUNDS = 101 };

/* What is timed. Those up to RUN go through all recorded sequences, resets included. */
enum s2t_bench_part {
	S2T_BENCH_IMPLEMENTATION,
	S2T_BENCH_MODEL_LOW,
	S2T_BENCH_MODEL_HIGH,
	S2T_BENCH_LOCKSTEP, /* without invariants */
	S2T_BENCH_CHECKED,  /* with all of them */
	S2T_BENCH_RUN,      /* with the generator, and undefined calls */
	/* Of the lockstep: */
	S2T_BENCH_STEPS, /* model, implementation and the comparison after each step */
	S2T_BENCH_SWEEP, /* the full comparison at the end of a sequence */
	S2T_BENCH_RESET, /* of both sides */
	/* Alone, of what the comparison does: */
	S2T_BENCH_READ_BACK, /* each touched entry decoded from the implementation's bytes */
	S2T_BENCH_HARDWARE,  /* each touched descriptor as an MMU reads it */
	S2T_BENCH_PARTS
};

struct s2t_bench {
	uint64_t calls, sequences;
	uint64_t touches; /* abstract entries that the low form wrote in all calls but those that panic */
	double ns[S2T_BENCH_PARTS]; /* a recorded call, medians over the rounds */
	uint64_t kib;               /* resident, with all machines made and used */
	double start_64_gib_ms; /* to make both machines of a board of 64 GiB; negative: they cannot be had */
};

/* Records sequences with the generator of `campaign` and times the parts, `rounds` times (1 to
 * S2T_BENCH_MAX_ROUNDS). False: `error` says why, or a recorded sequence diverges or there is no memory for it (`*verdict`). */
bool s2t_bench_run(const struct s2t_campaign_options *campaign, unsigned rounds, struct s2t_bench *bench,
                   enum s2t_verdict *verdict, struct s2t_error *error);

/* One point of a curve. */
struct s2t_bench_point {
	uint64_t size; /* MiB of regions; live entries; operations run so far */
	double ns;     /* a lockstep step at that size; of a run, since the point before */
	double ms;     /* of boards: to make both machines */
	uint64_t kib;  /* resident, less what was so before; of a run: the peak of the process */
};

enum { S2T_BENCH_MAX_POINTS = 12 };

struct s2t_bench_curve {
	size_t count;
	struct s2t_bench_point point[S2T_BENCH_MAX_POINTS];
};

struct s2t_bench_growth {
	struct s2t_bench_curve board;   /* 1 MiB to 64 GiB of one region */
	struct s2t_bench_curve entries; /* 10 to `entries` pages mapped in one sequence */
	struct s2t_bench_curve run;     /* sequences of the campaign, up to `operations` */
};

/* Measures growth. False: `error` says why, or a step diverges or there is no memory for it (`*verdict`). */
bool s2t_bench_grow(const struct s2t_campaign_options *campaign, uint64_t entries, uint64_t operations,
                    struct s2t_bench_growth *growth, enum s2t_verdict *verdict, struct s2t_error *error);

/* An exploration on one thread. */
struct s2t_bench_explore {
	uint64_t states, transitions;
	uint64_t bytes; /* that the states take */
	double seconds; /* of CPU time, as above */
};

/* Explores a universe. False: `error` says why, or it diverges or there is no memory for it (`*verdict`). */
bool s2t_bench_explore(const struct s2t_campaign_options *campaign, const char *universe,
                       struct s2t_bench_explore *bench, enum s2t_verdict *verdict, struct s2t_error *error);

/* Seconds so far, of CPU time or by the clock, as said above. */
double s2t_bench_now(const struct s2t_iut_ops *iut);
/* KiB resident now, and at most so far. */
uint64_t s2t_bench_resident(void);
uint64_t s2t_bench_peak(void);

/* A board of one indexed region of `mib` MiB, and else the default one. */
void s2t_bench_board(uint64_t mib, struct s2t_board *board);

#endif
