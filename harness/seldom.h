/* SPDX-License-Identifier: BSD-2-Clause */
/* A hint to the compiler: what is seldom true. What it leads to is moved out of the way of all else. */
#ifndef S2T_HARNESS_SELDOM_H
#define S2T_HARNESS_SELDOM_H

#define SELDOM(condition) __builtin_expect((condition), 0)

#endif
