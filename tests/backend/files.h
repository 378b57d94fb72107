/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors in every state that a backend has to tell apart, made in a given world. Everything
 * that makes or changes a descriptor for this suite is here, so that another world (a simulated
 * kernel) needs another files.c and no other change.
 */
#ifndef TESTS_BACKEND_FILES_H
#define TESTS_BACKEND_FILES_H

#include <stddef.h>

#include "os/os.h"

/* Two descriptors that belong together; -1 is none (any more). */
struct ends {
        int a;
        int b;
};

struct ends files_pipe(struct os *os); /* a reads what b writes */
struct ends files_pair(struct os *os); /* a stream socket's two ends */
struct ends files_tcp(struct os *os);  /* the same by TCP on 127.0.0.1; b is the accepted one */
int files_eventfd(struct os *os);      /* counter 0 */
int files_regular(struct os *os);      /* a regular file, for reading and writing */

/* The world for a test; it is left, and nothing may be open in it, at the test's end. The real one;
 * or a new one on a host of that kind (enum evsim_kernel). */
struct os *files_enter(int kernel);
void files_leave(void);

/* Runs beside(arg) in another thread, one at a time; join returns when it has. */
void files_run_beside(void *(*beside)(void *arg), void *arg);
void files_join(void);

void files_write(struct os *os, int fd, const char *bytes);
/* Writes until there is no room, or reads until there is nothing. */
void files_fill(struct os *os, int fd);
void files_drain(struct os *os, int fd);
void files_shutdown(struct os *os, int fd, int how);
/* Closes fd so that its peer sees a reset. */
void files_reset(struct os *os, int fd);
void files_close(struct os *os, int *fd);
void files_close_ends(struct os *os, struct ends *ends);

/* Moves the descriptor to a number from least on, or exactly to number (replacing what is there).
 */
void files_move_up(struct os *os, int *fd, int least);
void files_move_to(struct os *os, int *fd, int number);
int files_dup(struct os *os, int fd);

/* Raises the limit of descriptors to at least count, and fails the test if that cannot be. */
void files_allow(struct os *os, int count);

/* The first descriptor number that select cannot have. The kernel has no such limit, but qemu-user
 * has, and ends the program that crosses it. */
int files_select_limit(struct os *os);

/* A socket whose connection was refused; one that never was connected; a UDP one with an error. */
int files_refused(struct os *os);
int files_unconnected(struct os *os);
int files_udp_error(struct os *os);

#endif
