/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The abstraction map of a plug-in: in what its state is meant to be another than the model's, and the differences that
 * are known. A text file, whose grammar is in docs/plugin.md. What it lets pass is counted, each difference by name.
 */
#ifndef S2T_HARNESS_MAPFILE_H
#define S2T_HARNESS_MAPFILE_H

#include "lockstep.h"
#include "predicate.h"

enum s2t_host_gfn { S2T_HOST_GFN_COMPARED, S2T_HOST_GFN_IGNORED, S2T_HOST_GFN_IS_ZERO, S2T_HOST_GFN_IS_OFFSET };

enum s2t_panics {
	S2T_PANICS_STOP,     /* the implementation stops where the specification does */
	S2T_PANICS_CONTINUE, /* it goes on with the operation: only its outcome says anything */
	S2T_PANICS_RESYNC,   /* the sequence goes on from the implementation's state */
};

enum s2t_rule_action { S2T_RULE_SKIP, S2T_RULE_TOLERATE, S2T_RULE_RESYNC };

/* A known difference. */
struct s2t_rule {
	char name[S2T_RULE_NAME];
	enum s2t_rule_action action;
	uint64_t ops; /* that it can hold of, one bit for each enum s2t_op */
	size_t when;  /* the root of its predicate */
};

struct s2t_mapfile {
	uint64_t npt_mask, spt_mask; /* bits of descriptors that are not compared */
	enum s2t_host_gfn host_gfn;
	uint64_t
		unknown_after; /* operations after which the contents of the pages that they write are not known */
	enum s2t_panics panics;
	uint64_t ruled; /* operations that any known difference can hold of */
	size_t rule_count;
	struct s2t_rule rule[S2T_MAX_RULES];
	struct s2t_predicates predicates;
};

/* Parses a map; `name` stands for the file in messages. NULL: `error` has file, line, column and one sentence. */
struct s2t_mapfile *s2t_mapfile_parse(const char *name, const char *text, size_t len, struct s2t_error *error);
struct s2t_mapfile *s2t_mapfile_load(const char *path, struct s2t_error *error);
void s2t_mapfile_free(struct s2t_mapfile *map);

/* The invariants that read what the map may leave out, a set as in invariants.h (inv_map.c). Of all others a difference of
 * what they read is a divergence by itself. */
uint32_t s2t_mapfile_hides(const struct s2t_mapfile *map);

/* "skip", "tolerate" or "resync". */
const char *s2t_rule_action_name(enum s2t_rule_action action);

/* Takes out of two values of one entry, fields as s2t_entry_now has them, what the map says is not compared. NULL: no
 * map. */
void s2t_mapfile_normalise(const struct s2t_mapfile *map, const struct s2t_board *board,
                           const struct s2t_touch *entry, uint64_t model[3], uint64_t iut[3]);

/* The rule that the call is an instance of, by the model's state before it and what the model made of it; -1: none. */
int s2t_mapfile_rule(const struct s2t_mapfile *map, const struct s2t_model *before,
                     const struct s2t_board *board, const struct s2t_call *call, const struct s2t_step *step);

#endif
