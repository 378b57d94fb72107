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

/* The simulation itself is compiled without it, and told so by the build (sim/CMakeLists.txt). */
#if defined(__SANITIZE_THREAD__) || EVSIM_HAS_FEATURE(thread_sanitizer) || defined(EVIDENT_SIM_TSAN)
#define EVSIM_TSAN 1
#include <sanitizer/tsan_interface.h>
/* gcc 12's header lacks the fibers; the runtime has them (sanitizer/tsan_interface.h of LLVM). */
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void *__tsan_get_current_fiber(void);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
void AnnotateBenignRaceSized(const char *file, int line, const volatile void *at,
                             unsigned long size, const char *why);
/* What is done before a release of the object comes before what is done after an acquisition. */
#define EVSIM_TSAN_RELEASE(object) __tsan_release(object)
#define EVSIM_TSAN_ACQUIRE(object) __tsan_acquire(object)
/* Accesses of the library that are the scheduler's. */
#define EVSIM_TSAN_IGNORE_BEGIN() AnnotateIgnoreWritesBegin(__FILE__, __LINE__)
#define EVSIM_TSAN_IGNORE_END()   AnnotateIgnoreWritesEnd(__FILE__, __LINE__)
#define EVSIM_TSAN_IS_EACH_TASKS(object) \
        AnnotateBenignRaceSized(__FILE__, __LINE__, &(object), sizeof(object), "a copy a task")
#else
#define EVSIM_TSAN                       0
#define EVSIM_TSAN_RELEASE(object)       ((void)(object))
#define EVSIM_TSAN_ACQUIRE(object)       ((void)(object))
#define EVSIM_TSAN_IGNORE_BEGIN()        ((void)0)
#define EVSIM_TSAN_IGNORE_END()          ((void)0)
#define EVSIM_TSAN_IS_EACH_TASKS(object) ((void)0)
#endif

#endif
