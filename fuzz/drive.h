/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drive: runs inputs in lockstep, whichever engine they come from, and turns what differs into a find.
 *
 * Machines are made once for each board and reset after each input. A divergence is shrunk, reported and kept as a
 * trace, as `s2twin run` does; only then is it for the engine to stop.
 */
#ifndef S2T_FUZZ_DRIVE_H
#define S2T_FUZZ_DRIVE_H

#include "decode.h"
#include "feedback.h"
#include "lockstep.h"
#include "plugin.h"

enum { S2T_DRIVE_TEXTS = 16 }; /* boards given by their text whose machines are kept */

/* The machines of one board. */
struct s2t_drive_machine {
	struct s2t_trace board;
	struct s2t_lockstep *ls; /* NULL: not made yet, or */
	bool refused;            /* the implementation cannot have this board */
	struct s2t_decoder *decoder;
	char *text; /* of a board that an input brought along */
	size_t text_len;
	uint64_t used; /* the number of the last input that it ran */
};

struct s2t_drive {
	struct s2t_lockstep_options options;
	struct s2t_plugin plugin; /* the implementation, checked, and its abstraction map */
	const struct s2t_iut_ops *iut;
	bool plugged_in;  /* it is not the built-in one */
	bool memory_only; /* calls of the hypercall layer are left out: there is nothing to hold them against, or
	                   * S2TWIN_MEMORY_ONLY is in the environment */
	const char *dir;  /* where finds are kept */
	bool uncompared;  /* run both sides, compare nothing: only to measure what comparing costs */
	enum s2t_feedback feedback;

	struct s2t_drive_machine named[S2T_INPUT_BOARDS], texts[S2T_DRIVE_TEXTS];
	uint64_t inputs, operations; /* so far */
	uint64_t whole;              /* inputs at whose end whole tables were compared */
	bool owes;                   /* as of a runner (campaign.h) */
	uint64_t refused;            /* inputs for boards that the implementation cannot have: not run */

	/* With S2TWIN_CASES in the environment, a line on standard error for each case that is reached first, with the
	 * processor time since the start. */
	bool tell_cases;
	bool reached[S2T_CASE_COUNT];
	unsigned reached_count;

	/* The last sequence. */
	struct s2t_drive_machine *machine;
	struct s2t_call *call;
	size_t count, room;
	bool told_crash;
};

/* Makes the machines of the named boards, so that no input has to; those of other boards are made when one asks for
 * them. The folder is that of S2TWIN_OUT in the environment, or s2twin-out; S2TWIN_MAP names an abstraction map. A
 * sentence names each board that the implementation cannot have. False after a sentence: it can have none, it is no
 * plug-in, its map is none, or not enough memory. */
bool s2t_drive_init(struct s2t_drive *drive, const struct s2t_iut_ops *iut,
                    const struct s2t_lockstep_options *options);
void s2t_drive_free(struct s2t_drive *drive);

/* Runs one input. After S2T_DIVERGED the machine stays at the divergence. A sentence on standard error goes before
 * S2T_NO_MEMORY. */
enum s2t_verdict s2t_drive_run(struct s2t_drive *drive, const uint8_t *data, size_t size);

/* After S2T_DIVERGED: shrinks, reports to standard error, keeps. */
void s2t_drive_tell(struct s2t_drive *drive, const uint8_t *data, size_t size);

/* In a crash of the implementation, from a signal handler or a sanitizer's: says which call it is and keeps the
 * sequence up to it. Not for the faint-hearted: it allocates. */
void s2t_drive_tell_crash(struct s2t_drive *drive, const char *what);

#endif
