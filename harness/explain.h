/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The explanation of a divergence (DESIGN section 10): one structure that every form of the report is printed
 * from. It is built from machines that stand at the divergence, and from a replay of the steps before it.
 */
#ifndef S2T_HARNESS_EXPLAIN_H
#define S2T_HARNESS_EXPLAIN_H

#include "descriptor.h"
#include "entry.h"
#include "explain_life.h"
#include "invariants.h"
#include "lockstep.h"
#include "map.h"

/* What the caller knows and the machines do not tell. All of it may be left out. */
struct s2t_explain_context {
	const char *origin;         /* "seed 0x5eed, sequence 4711", or the name of a file */
	const char *trace;          /* the trace that replays it, for the commands that the report offers */
	uint32_t trace_step;        /* the diverging step there, if it is another than here; 0: it is not */
	const char *options;        /* of those commands, such as " --spec high"; NULL: none */
	const char *signature;      /* its id, */
	const char *signature_text; /* and the line that it stands for */
	const char *corpus;         /* what the corpus says of that signature: "NEW", "known" */
	size_t operations;          /* in the sequence; 0: it ends with the diverging one */
	size_t shrunk_from;         /* operations before shrinking; 0: it was not shrunk */
	uint64_t shrink_replays;
	unsigned replayed, repeated; /* it diverged by chance, in so many of so many replays; 0: each time */
	bool minimal;                /* 1-minimal: without any one operation the divergence is gone */
	bool lost; /* the diverging call did not return: nothing is known of the implementation's state after it */
};

/* The walk to a differing entry, level by level. The model keeps no addresses of tables: what stands here is what
 * its cursors imply, for pools hand their pages out in order. */
struct s2t_tree_level {
	unsigned level; /* as the Arm ARM counts */
	bool placed;    /* the table has an address */
	s2t_addr table;
	unsigned index;
	s2t_addr address; /* of the descriptor */
	struct s2t_descriptor descriptor;
};
struct s2t_tree {
	unsigned count; /* 0: the entry stands in no table */
	struct s2t_tree_level level[4];
};

/* How the two sides came to differ in one entry, as far as this step's writes tell. */
enum s2t_wrong {
	S2T_WRONG_OUTCOME,
	S2T_WRONG_RETURN,
	S2T_WRONG_MISSING_WRITE, /* the model wrote it, the implementation did not */
	S2T_WRONG_EXTRA_WRITE,   /* the other way round */
	S2T_WRONG_VALUE,         /* both wrote it, differently */
	S2T_WRONG_INDIRECT, /* neither wrote it: its value changed through a table, or it already differed */
	S2T_WRONG_LOCK,
	S2T_WRONG_STRAY,
	S2T_WRONG_TABLE,  /* tables that no abstract state has */
	S2T_WRONG_EVENTS, /* of a lock */
	S2T_WRONG_CPU,    /* halt or tstate of a body */
	S2T_WRONG_CALL,   /* of a primitive by a body */
	S2T_WRONG_UNSAFE, /* an invariant is broken */
};
const char *s2t_wrong_name(enum s2t_wrong fault); /* "missing write", … */

enum s2t_role {
	S2T_ROLE_CAUSE,
	S2T_ROLE_EFFECT,  /* follows from the cause */
	S2T_ROLE_FURTHER, /* later in the operation; perhaps a fault of its own */
};
const char *s2t_role_name(enum s2t_role role);

struct s2t_explained_diff {
	struct s2t_diff diff;
	char name[S2T_ENTRY_NAME];
	bool model_wrote, iut_wrote; /* in this step; of a record: a field that differs */
	bool named;                  /* the operation names it by its arguments */
	enum s2t_wrong fault;
	enum s2t_role role;
	unsigned rank;    /* position in the order in which the operation works */
	char why[256];    /* of the role, one sentence */
	char text[320];   /* of the difference; its own may be gone */
	char fields[160]; /* in which fields, or bits of a descriptor, the values differ */
	struct s2t_tree model, iut;
	s2t_addr model_table[3]; /* below the root; 0: there is none */
	uint64_t record;         /* of a page: the index of its record; S2T_NOMAP otherwise */
	unsigned others;         /* further entries that were read from the same descriptor and differ alike */
};

/* A word that the implementation wrote in the step, with the first value it replaced and its last. */
struct s2t_explained_word {
	struct s2t_write write;
	uint64_t now;
	unsigned times;
	unsigned run; /* this word and the ones after it that were written alike, 1.. */
	struct s2t_place place;
	bool is_entry; /* `entry` says what the word holds */
	struct s2t_touch entry;
	unsigned diff; /* the difference it belongs to, + 1; 0: none */
};

/* A step of the sequence. */
struct s2t_explained_step {
	uint32_t number; /* 1 is the first */
	struct s2t_call call;
	enum s2t_verdict verdict;
	struct s2t_step model;
	enum s2t_outcome iut;  /* of a step that was run */
	bool related;          /* it touched an entry or page that the divergence is about */
	size_t touch, touches; /* what the model wrote, in `touch` of the explanation */
};

/* Ownership over time: one row a page, one column a step. */
enum { S2T_MAX_ROWS = 16, S2T_MAX_COLUMNS = 48, S2T_MAX_SPACES = 32 };

struct s2t_space {
	bool smmu;
	uint32_t number; /* vmid or context */
};
struct s2t_cell {
	struct s2t_page page;
	uint32_t mapped; /* bit i: space i maps the page */
};
struct s2t_picture {
	unsigned rows, columns, spaces;
	s2t_pfn page[S2T_MAX_ROWS];
	uint32_t step[S2T_MAX_COLUMNS]; /* of a column; 0: the start state */
	struct s2t_space space[S2T_MAX_SPACES];
	struct s2t_cell model[S2T_MAX_ROWS][S2T_MAX_COLUMNS];
	struct s2t_cell iut[S2T_MAX_ROWS]; /* after the last step */
};

struct s2t_explanation {
	struct s2t_explain_context context; /* the caller's: what it points to must outlive this */
	struct s2t_board board;
	struct s2t_lockstep_options options;
	const char *iut_name, *iut_version;
	const struct s2t_iut_ops *iut; /* that may declare operations */
	bool bodies;                   /* at body level */
	bool reads;                    /* of an implementation that is read entry by entry */
	const char *other;             /* what the other side is called: "implementation" or "body" */

	size_t operations; /* in the sequence */
	uint32_t number;   /* of the diverging step */
	struct s2t_call call;
	struct s2t_step step;
	enum s2t_spec form;       /* that the model took */
	char known[120];          /* why it took the low form for the high one; empty: it did not */
	bool unsteady;            /* the steps before did not go as before when they were replayed */
	struct s2t_result result; /* `reason` points to `reason` below */
	char reason[160];

	enum s2t_diff_kind kind; /* of the first difference that was found */
	size_t total;            /* differences found */
	size_t count;            /* kept in `diff`, the cause first, then by rank */
	struct s2t_explained_diff diff[S2T_MAX_DIFFS];
	char look_at[160]; /* which call of the operation to look at; empty: no idea */

	size_t words;
	struct s2t_explained_word *word;

	size_t pages; /* that the divergence is about */
	s2t_pfn page[S2T_MAX_ROWS];

	size_t steps; /* up to and with the diverging one */
	struct s2t_explained_step *stepping;
	size_t touches, touch_room;
	struct s2t_touch *touch; /* of all related steps */

	struct s2t_invariants before, after;
	struct s2t_picture picture;
	struct s2t_life life;
};

/* Explains the divergence that `ls` stands at. `call` are the operations of the sequence up to and with the
 * diverging one; those before it are replayed, it is not. The structure belongs to the caller. NULL: `error` says
 * why. */
struct s2t_explanation *s2t_explain(struct s2t_lockstep *ls, const struct s2t_call *call,
                                    const struct s2t_explain_context *context, struct s2t_error *error);
void s2t_explanation_free(struct s2t_explanation *explanation);

/*
 * The parts.
 */

/* Which difference is the cause: fills in fault, role, rank and why, and sorts (explain_cause.c). */
void s2t_explain_cause(struct s2t_explanation *explanation, struct s2t_lockstep *ls);

/* What a word of the image holds; false: a table that no tree has, or nothing (explain_words.c). */
bool s2t_word_entry(struct s2t_lockstep *ls, const struct s2t_place *place, const struct s2t_write *write,
                    struct s2t_touch *entry);
/* The words that the implementation wrote in the last step, each once, in the order of its first write; the array
 * is the caller's to free. At body level there are none. False: out of memory (explain_words.c). */
bool s2t_words_of_step(struct s2t_lockstep *ls, struct s2t_explained_word **words, size_t *count);

/* Adds differing entries below tables that the comparison did not enter (explain_leaves.c). After the words. */
void s2t_explain_leaves(struct s2t_explanation *explanation, struct s2t_lockstep *ls);

/* Whether the diverging operation names an entry by its arguments: the record of a page, the entry of an address. */
bool s2t_explain_named(const struct s2t_explanation *explanation, const struct s2t_touch *entry);

/* Whether a page is among those that the divergence is about. */
bool s2t_explains_page(const struct s2t_explanation *explanation, s2t_pfn pfn);

/* The walks of all differing stage-2 and SMMU entries: the implementation's from its bytes; the model's takes
 * table addresses from the cursors as they were when a step made a table, so it is told of every step
 * (explain_walk.c). */
void s2t_explain_walk_note(struct s2t_explanation *explanation, struct s2t_lockstep *ls);
void s2t_explain_walk_finish(struct s2t_explanation *explanation, struct s2t_lockstep *ls);

/* Who maps the pages of the picture, kept as the steps go (explain_mappers.c). */
struct s2t_mapper {
	struct s2t_space space;
	uint32_t entries[S2T_MAX_ROWS]; /* of it that map the page of a row */
};
struct s2t_mappers {
	const struct s2t_picture *picture;
	size_t count, room;
	struct s2t_mapper *mapper; /* in the order of their spaces: stage 2 first */
	struct s2t_arena arena;    /* of `rows` */
	struct s2t_map rows;       /* of 512 frames of a space: the row whose page each maps, + 1 */
	uint32_t emptied[16];      /* how often an SMMU context was */
};
void s2t_mappers_begin(struct s2t_mappers *mappers, const struct s2t_picture *picture);
/* After a step that the model took: looks at what it touched. False: out of memory. */
bool s2t_mappers_note(struct s2t_mappers *mappers, const struct s2t_model *model);
void s2t_mappers_free(struct s2t_mappers *mappers);

/* The picture (explain_picture.c). */
void s2t_picture_begin(struct s2t_picture *picture, const struct s2t_explanation *explanation);
/* A column for a step after which a page is not as in the column before. */
void s2t_picture_column(struct s2t_picture *picture, const struct s2t_mappers *mappers,
                        const struct s2t_model *model, uint32_t step);
/* The column of the step that diverged, and what the implementation has, over all places where either ever mapped
 * anything. False: out of memory. */
bool s2t_picture_end(struct s2t_picture *picture, const struct s2t_explanation *explanation,
                     struct s2t_lockstep *ls);

#endif
