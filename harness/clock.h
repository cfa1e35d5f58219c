/* SPDX-License-Identifier: BSD-2-Clause */
/* A clock for limits and for what people are told about speed; no result depends on it. */
#ifndef S2T_HARNESS_CLOCK_H
#define S2T_HARNESS_CLOCK_H

#include <time.h>

/* Seconds since some moment. */
static inline double s2t_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

#endif
