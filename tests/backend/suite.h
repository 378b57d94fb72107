/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The groups of the suite, each a file. They run once for every row of the table in main.c, and
 * return how many tests failed.
 */
#ifndef TESTS_BACKEND_SUITE_H
#define TESTS_BACKEND_SUITE_H

/* The rows: of the real kernel (rows.c), or of simulated ones (rows_sim.c). */
extern const struct row rows[];
extern const int rows_count;

int suite_facts(void);      /* name and features */
int suite_ready(void);      /* what is reported of descriptors in every state */
int suite_change(void);     /* interest comes, changes and goes */
int suite_edge(void);       /* EV_ET */
int suite_generation(void); /* numbers that change hands at a bad time */
int suite_many(void);       /* many descriptors, high ones, memory */
int suite_wait(void);       /* timeouts, wake-ups, interruptions */
int suite_fault(void);      /* every call fails once */
int suite_epoll(void);      /* what only epoll has */
int suite_changelist(void); /* what only the changelist has */

#endif
