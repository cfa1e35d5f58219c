/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pages of the host, for memory that is walked all over: they take few entries of its TLB. */
#ifndef S2T_HARNESS_LARGE_PAGES_H
#define S2T_HARNESS_LARGE_PAGES_H

#include <stddef.h>

/* Asks for them where `bytes` from `start` on lie, whole large pages. A wish: without it all is as right, and slower. */
void s2t_want_large_pages(void *start, size_t bytes);

#endif
