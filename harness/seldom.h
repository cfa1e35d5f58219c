/* SPDX-License-Identifier: BSD-2-Clause */
/* Hints to the compiler. */
#ifndef S2T_HARNESS_SELDOM_H
#define S2T_HARNESS_SELDOM_H

/* What is seldom true: what it leads to is moved out of the way of all else. */
#define SELDOM(condition) __builtin_expect((condition), 0)
/* A function that stays one, wherever it is called: code that is not needed for each call of a sequence is not between
 * that which is. */
#define APART __attribute__((noinline))
/* A function that seldom runs. */
#define RARE __attribute__((noinline, cold))

#endif
