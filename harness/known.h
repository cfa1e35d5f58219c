/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the high form of an operation is known to be another than the low form, and so than an implementation
 * of the low form: each such difference as data, with a name that users see.
 *
 * A difference says for which operation, path and state before the step it holds, which entries may have two
 * values, and which values. Tolerating it means to take the model back to before the step and to run the low
 * form instead; what the implementation did is then compared with that like any other step. So a difference
 * only ever puts one specification in place of the other, and never lets an entry go uncompared.
 */
#ifndef S2T_HARNESS_KNOWN_H
#define S2T_HARNESS_KNOWN_H

#include "s2twin/model.h"

/* The names. A set of them has bit 1 << name for each. */
enum s2t_known_name {
	S2T_KNOWN_A1, /* clear_vm_page: the host's table */
	S2T_KNOWN_A2, /* assign_pfn_to_smmu: content from the doracle */
	S2T_KNOWN_A3, /* assign_pfn_to_vm: the record after a halt */
	S2T_KNOWN_A5, /* domains */
	S2T_KNOWN_NAME_COUNT
};
enum { S2T_KNOWN_NONE = 0, S2T_KNOWN_ALL = (1 << S2T_KNOWN_NAME_COUNT) - 1 };

extern const char *const s2t_known_names[S2T_KNOWN_NAME_COUNT]; /* "A1", … */

/* Rows of the table: a name has one for each operation and path. */
enum { S2T_KNOWN_COUNT = 12 };

struct s2t_known_info {
	enum s2t_known_name name;
	enum s2t_op op;
	const char *text; /* the condition and the difference, in one line */
};

/* What row `row` (below S2T_KNOWN_COUNT) is about. */
struct s2t_known_info s2t_known_info(unsigned row);

/*
 * After a step of the high form with which the implementation does not agree: if that step is an instance of a
 * difference in `set`, takes the model back to `mark`, runs the low form, and returns the row; `step` is then
 * that of the low form. Otherwise returns -1, with the model and `step` those of the high form. It is an
 * instance only if each entry, and the outcome, on which the two forms differ has the values declared.
 */
int s2t_known_take_low(struct s2t_model *model, const struct s2t_board *board, uint32_t set,
                       const struct s2t_mark *mark, const struct s2t_call *call, struct s2t_step *step);

/* After a step that is undefined in the high form. */
enum s2t_known_domain {
	S2T_DOMAIN_SAME,    /* in the low form, too */
	S2T_DOMAIN_KNOWN,   /* not in the low form, and `*row` of the set declares it */
	S2T_DOMAIN_UNKNOWN, /* not in the low form */
};
enum s2t_known_domain s2t_known_domain(struct s2t_model *model, const struct s2t_board *board, uint32_t set,
                                       const struct s2t_call *call, unsigned *row);

/* A set written as "all", "none" or names with commas between; false: neither. */
bool s2t_known_parse(const char *text, uint32_t *set);
/* The set in that notation, in `buf`, which is returned; 16 bytes are enough. */
const char *s2t_known_print(uint32_t set, char *buf, size_t size);

#endif
