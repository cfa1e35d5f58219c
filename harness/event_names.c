/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of lock events, and the log of one step as JSON. */
#include <inttypes.h>

#include "events.h"

const char *s2t_event_name(uint32_t kind)
{
	static const char *const names[S2T_EVENT_KIND_COUNT] = {
		[S2T_EVENT_WAIT] = "WAIT",        [S2T_EVENT_REL] = "REL",
		[S2T_EVENT_PULL] = "OPULL",       [S2T_EVENT_S2_PAGE] = "OS2_PAGE",
		[S2T_EVENT_NPT] = "ONPT",         [S2T_EVENT_SPT] = "OSPT",
		[S2T_EVENT_FLATMEM] = "OFLATMEM", [S2T_EVENT_CORE] = "OCORE_DATA",
		[S2T_EVENT_VM_INFO] = "OVMINFO",  [S2T_EVENT_SMMU] = "OSMMU",
	};

	return kind < S2T_EVENT_KIND_COUNT ? names[kind] : "unknown event";
}

const char *s2t_log_name(const struct s2t_board *board, uint32_t lock, char *buf, size_t size)
{
	static const char *const single[S2T_LOCK_NPT] = {
		[S2T_LOCK_FLATMEM] = "FLATMEM", [S2T_LOCK_CORE] = "CORE", [S2T_LOCK_S2PAGE] = "S2PAGE",
		[S2T_LOCK_SPT] = "SPT",         [S2T_LOCK_SMMU] = "SMMU",
	};
	const uint32_t info = s2t_lock_info(board, 0);

	if (lock < S2T_LOCK_NPT)
		(void)snprintf(buf, size, "%s", single[lock]);
	else if (lock < info)
		(void)snprintf(buf, size, "NPT%" PRIu32, lock - S2T_LOCK_NPT);
	else
		(void)snprintf(buf, size, "INFO%" PRIu32, lock - info);
	return buf;
}

static void print_event(FILE *out, const struct s2t_event *event)
{
	fprintf(out, ",\"%s", s2t_event_name(event->kind));
	if (event->kind == S2T_EVENT_WAIT)
		fprintf(out, " %" PRIu64, event->value);
	if (event->cpu != 0)
		fprintf(out, "@%" PRIu32, event->cpu);
	putc('"', out);
}

/* The lowest lock from `first` on that has an event; UINT32_MAX: none. */
static uint32_t next_lock(const struct s2t_event *event, size_t count, uint32_t first)
{
	uint32_t lock = UINT32_MAX;

	for (size_t i = 0; i < count; i++)
		if (event[i].lock >= first && event[i].lock < lock)
			lock = event[i].lock;
	return lock;
}

void s2t_events_print(FILE *out, const struct s2t_model *model)
{
	size_t count;
	const struct s2t_event *event = s2t_model_events(model, &count);
	const char *comma = "";
	char name[16];

	putc('[', out);
	for (uint32_t lock = next_lock(event, count, 0); lock != UINT32_MAX;
	     lock = next_lock(event, count, lock + 1)) {
		fprintf(out, "%s[\"%s\"", comma,
		        s2t_log_name(s2t_model_board(model), lock, name, sizeof(name)));
		for (size_t i = 0; i < count; i++)
			if (event[i].lock == lock)
				print_event(out, &event[i]);
		putc(']', out);
		comma = ",";
	}
	putc(']', out);
}
