/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CalLock.v and RData.v, "Log Replay": what a log says of its lock and of the object behind it. The recursion
 * over Coq's list, newest first, is here a loop from the oldest event on.
 */
#include "log.h"

bool s2t_H_CalLock_event(struct s2t_lock_state *state, const struct s2t_event *event)
{
	if (state->status == S2T_LEMPTY) {
		if (event->kind != S2T_EVENT_WAIT)
			return false;
		*state = (struct s2t_lock_state){ (uint32_t)event->value, S2T_LHOLD, event->cpu };
		return true;
	}
	if (event->cpu != state->cpu || event->kind == S2T_EVENT_WAIT)
		return false;
	if (event->kind == S2T_EVENT_REL) {
		*state = (struct s2t_lock_state){ 0, S2T_LEMPTY, 0 };
		return true;
	}
	if (state->self_c == 0)
		return false;
	state->self_c--;
	return true;
}

bool s2t_H_CalLock(const struct s2t_event *log, size_t count, struct s2t_lock_state *state)
{
	*state = (struct s2t_lock_state){ 0, S2T_LEMPTY, 0 };
	for (size_t i = 0; i < count; i++)
		if (!s2t_H_CalLock_event(state, &log[i]))
			return false;
	return true;
}

static uint64_t newest(uint64_t o, const struct s2t_event *log, size_t count, enum s2t_event_kind kind)
{
	while (count-- > 0)
		if (log[count].kind == (uint32_t)kind)
			return log[count].value;
	return o;
}

uint64_t s2t_CalFlatmem(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_FLATMEM);
}

uint64_t s2t_CalS2Page(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_S2_PAGE);
}

uint64_t s2t_CalSPT(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_SPT);
}

uint64_t s2t_CalNPT(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_NPT);
}

uint64_t s2t_CalCoreData(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_CORE);
}

uint64_t s2t_CalSMMU(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_SMMU);
}

uint64_t s2t_CalVMInfo(uint64_t o, const struct s2t_event *log, size_t count)
{
	return newest(o, log, count, S2T_EVENT_VM_INFO);
}

uint64_t s2t_CalState(const struct s2t_board *board, uint32_t id, uint64_t o, const struct s2t_event *log,
                      size_t count)
{
	switch (s2t_snapshot_kind(board, id)) {
	case S2T_EVENT_FLATMEM: return s2t_CalFlatmem(o, log, count);
	case S2T_EVENT_CORE: return s2t_CalCoreData(o, log, count);
	case S2T_EVENT_S2_PAGE: return s2t_CalS2Page(o, log, count);
	case S2T_EVENT_SPT: return s2t_CalSPT(o, log, count);
	case S2T_EVENT_SMMU: return s2t_CalSMMU(o, log, count);
	case S2T_EVENT_VM_INFO: return s2t_CalVMInfo(o, log, count);
	default: return s2t_CalNPT(o, log, count);
	}
}

enum s2t_event_kind s2t_snapshot_kind(const struct s2t_board *board, uint32_t id)
{
	switch (id) {
	case S2T_LOCK_FLATMEM: return S2T_EVENT_FLATMEM;
	case S2T_LOCK_CORE: return S2T_EVENT_CORE;
	case S2T_LOCK_S2PAGE: return S2T_EVENT_S2_PAGE;
	case S2T_LOCK_SPT: return S2T_EVENT_SPT;
	case S2T_LOCK_SMMU: return S2T_EVENT_SMMU;
	default: return id < s2t_lock_info(board, 0) ? S2T_EVENT_NPT : S2T_EVENT_VM_INFO;
	}
}
