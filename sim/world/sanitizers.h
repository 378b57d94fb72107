/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sanitizers must be told of memory and stacks that they did not see being made. Without
 * them, nothing.
 */
#ifndef EVIDENT_SIM_SANITIZERS_H
#define EVIDENT_SIM_SANITIZERS_H

#if defined(__has_feature)
#define EVSIM_HAS_FEATURE(name) __has_feature(name)
#else
#define EVSIM_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || EVSIM_HAS_FEATURE(address_sanitizer)
#define EVSIM_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
#define EVSIM_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || EVSIM_HAS_FEATURE(thread_sanitizer)
#define EVSIM_TSAN 1
#include <sanitizer/tsan_interface.h>
/* gcc 12's header lacks the fibers; the runtime has them (sanitizer/tsan_interface.h of LLVM). */
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void *__tsan_get_current_fiber(void);
/* The scheduler's own accesses are ordered by the switches, of which TSan is not told. */
#define EVSIM_NO_TSAN __attribute__((no_sanitize("thread")))
#else
#define EVSIM_TSAN 0
#define EVSIM_NO_TSAN
#endif

#endif
