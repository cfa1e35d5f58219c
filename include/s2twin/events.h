/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events of the locks: the words of the log that the Coq text keeps for each lock (CalLock, RData).
 *
 * Whoever takes a lock waits for its ticket, pulls the object that the lock guards, works on it, pushes a
 * snapshot of it and releases the lock. The contents of pages have a log, but no lock.
 */
#ifndef S2TWIN_EVENTS_H
#define S2TWIN_EVENTS_H

#include "s2twin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What an event is. */
enum s2t_event_kind {
	S2T_EVENT_WAIT,    /* TTICKET (WAIT_LOCK n): draws a ticket and is served */
	S2T_EVENT_REL,     /* TTICKET REL_LOCK */
	S2T_EVENT_PULL,    /* TSHARED (OPULL id): reads the guarded object */
	S2T_EVENT_S2_PAGE, /* TSHARED (OS2_PAGE …): the ownership records as they are now */
	S2T_EVENT_NPT,     /* TSHARED (ONPT …): the stage-2 tables of one VM */
	S2T_EVENT_SPT,     /* TSHARED (OSPT …): all SMMU tables */
	S2T_EVENT_FLATMEM, /* TSHARED (OFLATMEM …): the contents of pages */
	S2T_EVENT_CORE,    /* TSHARED (OCORE_DATA …): the next vmid and the next remap address */
	S2T_EVENT_VM_INFO, /* TSHARED (OVMINFO …): states, vCPUs and images of one VM */
	S2T_EVENT_SMMU,    /* TSHARED (OSMMU …): whose the SMMU context banks are */
	S2T_EVENT_KIND_COUNT
};

/* What an implementation says of an event: on which log, and its kind. */
struct s2t_lock_event {
	uint32_t lock; /* 0 FLATMEM, 1 CORE, 2 S2PAGE, 3 SPT, 4 SMMU, 5 + vmid NPT, 6 + corevisor + vmid INFO */
	uint32_t kind; /* enum s2t_event_kind */
};

#ifdef __cplusplus
}
#endif
#endif
