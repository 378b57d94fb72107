/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/coroutine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "world/sanitizers.h"

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#if !defined(VALGRIND_STACK_REGISTER)
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id)       (void)(id)
#endif

/* ---- The switch --------------------------------------------------------------------------------
 */

/* Saves the callee-saved registers and the stack pointer in *from, takes those of to. */
void evsim_switch_stacks(void **from, void *to);
/* The first instruction of a coroutine: calls evsim_coroutine_main(the coroutine). */
void evsim_coroutine_start(void);
void evsim_coroutine_main(struct evsim_coroutine *c);

#if defined(__x86_64__)
__asm__(".text\n"
        ".p2align 4\n"
        ".globl evsim_switch_stacks\n"
        ".hidden evsim_switch_stacks\n"
        ".type evsim_switch_stacks, @function\n"
        "evsim_switch_stacks:\n"
        "        pushq %rbp\n"
        "        pushq %rbx\n"
        "        pushq %r12\n"
        "        pushq %r13\n"
        "        pushq %r14\n"
        "        pushq %r15\n"
        "        subq $8, %rsp\n"
        "        stmxcsr (%rsp)\n"
        "        fnstcw 4(%rsp)\n"
        "        movq %rsp, (%rdi)\n"
        "        movq %rsi, %rsp\n"
        "        fldcw 4(%rsp)\n"
        "        ldmxcsr (%rsp)\n"
        "        addq $8, %rsp\n"
        "        popq %r15\n"
        "        popq %r14\n"
        "        popq %r13\n"
        "        popq %r12\n"
        "        popq %rbx\n"
        "        popq %rbp\n"
        "        ret\n"
        ".size evsim_switch_stacks, .-evsim_switch_stacks\n"
        ".globl evsim_coroutine_start\n"
        ".hidden evsim_coroutine_start\n"
        ".type evsim_coroutine_start, @function\n"
        "evsim_coroutine_start:\n"
        "        .cfi_startproc\n"
        "        .cfi_undefined rip\n" /* here a stack trace ends */
        "        movq %rbx, %rdi\n"
        "        call evsim_coroutine_main\n"
        "        ud2\n"
        "        .cfi_endproc\n"
        ".size evsim_coroutine_start, .-evsim_coroutine_start\n");

/* The stack as evsim_switch_stacks() leaves one, from its pointer up: control words, r15 to r12,
 * rbx, rbp, return address; which is at a multiple of 16, as if it had been called. */
static void prepare(struct evsim_coroutine *c)
{
        uint64_t *top = (uint64_t *)(void *)(c->stack + c->stack_size);
        uint32_t mxcsr;
        uint16_t x87;

        __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
        top -= 2;
        *--top = (uintptr_t)evsim_coroutine_start;
        *--top = 0;            /* rbp */
        *--top = (uintptr_t)c; /* rbx */
        for (int i = 0; i < 4; i++)
                *--top = 0;
        *--top = mxcsr | (uint64_t)x87 << 32;
        c->sp = top;
}

#elif defined(__aarch64__)
__asm__(".text\n"
        ".p2align 4\n"
        ".globl evsim_switch_stacks\n"
        ".hidden evsim_switch_stacks\n"
        ".type evsim_switch_stacks, %function\n"
        "evsim_switch_stacks:\n"
        "        sub sp, sp, #176\n"
        "        stp x19, x20, [sp]\n"
        "        stp x21, x22, [sp, #16]\n"
        "        stp x23, x24, [sp, #32]\n"
        "        stp x25, x26, [sp, #48]\n"
        "        stp x27, x28, [sp, #64]\n"
        "        stp x29, x30, [sp, #80]\n"
        "        stp d8, d9, [sp, #96]\n"
        "        stp d10, d11, [sp, #112]\n"
        "        stp d12, d13, [sp, #128]\n"
        "        stp d14, d15, [sp, #144]\n"
        "        mrs x9, fpcr\n"
        "        str x9, [sp, #160]\n"
        "        mov x9, sp\n"
        "        str x9, [x0]\n"
        "        mov sp, x1\n"
        "        ldr x9, [sp, #160]\n"
        "        msr fpcr, x9\n"
        "        ldp x19, x20, [sp]\n"
        "        ldp x21, x22, [sp, #16]\n"
        "        ldp x23, x24, [sp, #32]\n"
        "        ldp x25, x26, [sp, #48]\n"
        "        ldp x27, x28, [sp, #64]\n"
        "        ldp x29, x30, [sp, #80]\n"
        "        ldp d8, d9, [sp, #96]\n"
        "        ldp d10, d11, [sp, #112]\n"
        "        ldp d12, d13, [sp, #128]\n"
        "        ldp d14, d15, [sp, #144]\n"
        "        add sp, sp, #176\n"
        "        ret\n"
        ".size evsim_switch_stacks, .-evsim_switch_stacks\n"
        ".globl evsim_coroutine_start\n"
        ".hidden evsim_coroutine_start\n"
        ".type evsim_coroutine_start, %function\n"
        "evsim_coroutine_start:\n"
        "        .cfi_startproc\n"
        "        .cfi_undefined x30\n"
        "        mov x0, x19\n"
        "        bl evsim_coroutine_main\n"
        "        brk #1\n"
        "        .cfi_endproc\n"
        ".size evsim_coroutine_start, .-evsim_coroutine_start\n");

static void prepare(struct evsim_coroutine *c)
{
        uint64_t *top = (uint64_t *)(void *)(c->stack + c->stack_size);
        uint64_t fpcr;

        __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
        top -= 22;
        for (int i = 0; i < 22; i++)
                top[i] = 0;
        top[0] = (uintptr_t)c;                      /* x19 */
        top[11] = (uintptr_t)evsim_coroutine_start; /* x30 */
        top[20] = fpcr;
        c->sp = top;
}

#else
#include <ucontext.h>

static void start_context(unsigned high, unsigned low)
{
        evsim_coroutine_main((void *)((uintptr_t)((uint64_t)high << 32 | low)));
}

/* At the top of the stack itself, so that nothing else has to be freed. */
static ucontext_t *context_of(struct evsim_coroutine *c)
{
        return (ucontext_t *)(void *)(c->stack + c->stack_size) - 1;
}

static void prepare(struct evsim_coroutine *c)
{
        const uint64_t address = (uintptr_t)c;
        ucontext_t *context = context_of(c);

        if (getcontext(context) != 0)
                abort();
        context->uc_stack.ss_sp = c->stack;
        context->uc_stack.ss_size = c->stack_size - sizeof *context;
        context->uc_link = NULL;
        makecontext(context, (void (*)(void))start_context, 2, (unsigned)(address >> 32),
                    (unsigned)address);
        c->sp = context;
}

void evsim_switch_stacks(void **from, void *to)
{
        ucontext_t here;

        /* The context that is left lives on its own stack while it is not running. */
        *from = &here;
        if (swapcontext(&here, to) != 0)
                abort();
}
#endif

/* ---- What the sanitizers are told --------------------------------------------------------------
 */

static void leave(struct evsim_coroutine *from, struct evsim_coroutine *to, int is_last)
{
#if EVSIM_ASAN
        __sanitizer_start_switch_fiber(is_last ? NULL : &from->fake_stack, to->bottom,
                                       to->bottom_size);
#endif
#if EVSIM_TSAN
        __tsan_switch_to_fiber(to->fiber, 1); /* 1: without synchronisation */
#endif
        (void)from;
        (void)to;
        (void)is_last;
}

/* c runs again; who ran before is asked for where it was. */
static void arrive(struct evsim_coroutine *c, struct evsim_coroutine *before)
{
#if EVSIM_ASAN
        const void *bottom;
        size_t size;

        __sanitizer_finish_switch_fiber(c->fake_stack, &bottom, &size);
        if (before != NULL && before->stack == NULL) {
                before->bottom = bottom;
                before->bottom_size = size;
        }
#else
        (void)c;
        (void)before;
#endif
}

/* ---- Stacks ------------------------------------------------------------------------------------
 */

/* Kept by the thread: to make one costs two system calls, and its pages must be got again. */
struct kept_stack {
        struct kept_stack *next;
        size_t size;
};

/* TSan must not take a stack's next owner for one that races with the last. */
enum { STACKS_KEPT = EVSIM_TSAN ? 0 : 64 };

static _Thread_local struct kept_stack *kept;
static _Thread_local int nkept;
/* Who switched last, for arrive(). */
static _Thread_local struct evsim_coroutine *left;

#define FILLED_MAX ((size_t)65536) /* deeper frames are rare, and each page filled is a page used */
#define GUARD_SIZE ((size_t)65536) /* a multiple of every page size */

static unsigned char *map_stack(size_t size)
{
        unsigned char *base = mmap(NULL, size + GUARD_SIZE, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (base == MAP_FAILED || mprotect(base, GUARD_SIZE, PROT_NONE) != 0) {
                fprintf(stderr, "evsim: no memory for a task's stack of %zu bytes\n", size);
                abort();
        }
        return base + GUARD_SIZE;
}

static void get_stack(struct evsim_coroutine *c, size_t size)
{
        struct kept_stack *top = kept;

        size = (size + GUARD_SIZE - 1) / GUARD_SIZE * GUARD_SIZE;
        c->stack_size = size;
        if (top != NULL && top->size == size) {
                kept = top->next;
                nkept--;
                c->stack = (unsigned char *)(top + 1) - size;
                return;
        }
        c->stack = map_stack(size);
}

static void unmap_stack(unsigned char *stack, size_t size)
{
        munmap(stack - GUARD_SIZE, size + GUARD_SIZE);
}

void evsim_coroutine_free(struct evsim_coroutine *c)
{
        struct kept_stack *top;

        if (c->stack == NULL)
                return;
        VALGRIND_STACK_DEREGISTER(c->valgrind_id);
#if EVSIM_TSAN
        __tsan_destroy_fiber(c->fiber);
#endif
#if EVSIM_ASAN
        __asan_unpoison_memory_region(c->stack, c->stack_size);
#endif
        if (nkept >= STACKS_KEPT) {
                unmap_stack(c->stack, c->stack_size);
        } else {
                top = (struct kept_stack *)(void *)(c->stack + c->stack_size) - 1;
                *top = (struct kept_stack){.next = kept, .size = c->stack_size};
                kept = top;
                nkept++;
        }
        c->stack = NULL;
}

void evsim_coroutine_drop_stacks(void)
{
        while (kept != NULL) {
                struct kept_stack *top = kept;

                kept = top->next;
                unmap_stack((unsigned char *)(top + 1) - top->size, top->size);
        }
        nkept = 0;
}

/* ---- Coroutines --------------------------------------------------------------------------------
 */

void evsim_coroutine_adopt(struct evsim_coroutine *c)
{
        *c = (struct evsim_coroutine){0};
#if EVSIM_TSAN
        c->fiber = __tsan_get_current_fiber();
#endif
}

static void fill_stack(const struct evsim_coroutine *c, int fill)
{
        const size_t size = c->stack_size < FILLED_MAX ? c->stack_size : FILLED_MAX;

        memset(c->stack + c->stack_size - size, fill, size);
}

void evsim_coroutine_begin(struct evsim_coroutine *c, size_t stack_size, int fill,
                           void (*run)(void *arg), void *arg)
{
        *c = (struct evsim_coroutine){.run = run, .arg = arg};
        get_stack(c, stack_size);
        if (fill >= 0)
                fill_stack(c, fill);
        c->bottom = c->stack;
        c->bottom_size = c->stack_size;
        c->valgrind_id = VALGRIND_STACK_REGISTER(c->stack, c->stack + c->stack_size);
#if EVSIM_TSAN
        c->fiber = __tsan_create_fiber(1);
#endif
        prepare(c);
}

void evsim_coroutine_switch(struct evsim_coroutine *from, struct evsim_coroutine *to)
{
        left = from;
        leave(from, to, 0);
        evsim_switch_stacks(&from->sp, to->sp);
        arrive(from, left);
}

void evsim_coroutine_end(struct evsim_coroutine *from, struct evsim_coroutine *to)
{
        left = NULL;
        leave(from, to, 1);
        evsim_switch_stacks(&from->sp, to->sp);
        abort();
}

/* For the assembly, which cannot call what is static. */
__attribute__((used)) void evsim_coroutine_main(struct evsim_coroutine *c)
{
        arrive(c, left);
        c->run(c->arg);
        abort();
}
