/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stackful coroutines: a control flow with a stack of its own, and the switch from one to another.
 *
 * On x86-64 and aarch64 the switch is a few instructions of our own, which save what a call must
 * preserve (System V psABI 3.2.1; AAPCS64 6.1); elsewhere it is swapcontext(3), which costs two
 * system calls more. ASan, TSan and valgrind are told of every stack and switch; TSan without the
 * order that a switch implies, so that it sees the tasks as what they stand for: threads.
 */
#ifndef EVIDENT_SIM_COROUTINE_H
#define EVIDENT_SIM_COROUTINE_H

#include <stddef.h>

struct evsim_coroutine {
        void *sp;             /* where it goes on; with swapcontext its ucontext_t */
        unsigned char *stack; /* lowest address; NULL: the thread's own */
        size_t stack_size;
        void (*run)(void *arg);
        void *arg;

        void *fake_stack; /* ASan's */
        const void *bottom;
        size_t bottom_size;
        void *fiber; /* TSan's */
        unsigned valgrind_id;
};

/* The control flow that calls: it has a stack already. */
void evsim_coroutine_adopt(struct evsim_coroutine *c);

/* A new one, which begins with run(arg) at the first switch to it. run must not return: it ends by
 * evsim_coroutine_end(). The stack is got from a store of the thread's; where fill is not negative its
 * upper part is filled with this byte, so that who reads what nobody wrote reads that. Aborts if
 * there is no memory. */
void evsim_coroutine_begin(struct evsim_coroutine *c, size_t stack_size, int fill,
                           void (*run)(void *arg), void *arg);

/* Goes on with to; returns when something switches back to from, which is running now. */
void evsim_coroutine_switch(struct evsim_coroutine *from, struct evsim_coroutine *to);

/* The same for the last time: from will not run again. Does not return. */
_Noreturn void evsim_coroutine_end(struct evsim_coroutine *from, struct evsim_coroutine *to);

/* Gives the stack back. The coroutine is not running, and never will again. */
void evsim_coroutine_free(struct evsim_coroutine *c);

/* The stacks that the thread keeps for further coroutines go back to the system. */
void evsim_coroutine_drop_stacks(void);

#endif
