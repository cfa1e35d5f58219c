/* SPDX-License-Identifier: BSD-2-Clause */
/* The events of one call: what was locked, pulled, pushed and released, in the order in which it happened. */
#include "hyp.h"

#include <stdlib.h>

void s2t_hyp_append_event(struct s2t_hyp *h, uint32_t lock, enum s2t_event_kind kind)
{
	struct s2t_events *e = &h->events;

	if (e->count == e->capacity) {
		size_t capacity = e->capacity ? 2 * e->capacity : 16;
		struct s2t_lock_event *grown = realloc(e->list, capacity * sizeof(*grown));

		if (!grown) {
			h->mem.fault = S2T_CRASH;
			return;
		}
		e->list = grown;
		e->capacity = capacity;
	}
	e->list[e->count].lock = lock;
	e->list[e->count].kind = (uint32_t)kind;
	e->count++;
}
