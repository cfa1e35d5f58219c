/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lock events as users see them: their names, and the log of one step as JSON.
 */
#ifndef S2T_HARNESS_EVENTS_H
#define S2T_HARNESS_EVENTS_H

#include <stdio.h>

#include "s2twin/model.h"

/* As in the Coq text: "WAIT", "REL", "OPULL", "OS2_PAGE", … */
const char *s2t_event_name(uint32_t kind);

/* "S2PAGE", "SPT", "NPT0", "INFO1", "FLATMEM", "CORE" or "SMMU"; into `buf`, which is returned. 16 bytes are enough. */
const char *s2t_log_name(const struct s2t_board *board, uint32_t lock, char *buf, size_t size);

/* Writes the events that the last step appended, an array for each log that has some, ascending in lock
 * id: the name of the log, then the events, oldest first. Those of another CPU carry its number, as in
 * "REL@1". */
void s2t_events_print(FILE *out, const struct s2t_model *model);

#endif
