/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated operating system: worlds in which programs written for the event API run without
 * knowing, and always the same.
 *
 * A *world* holds virtual time, hosts, the network between them, and every choice that a real
 * system would leave to chance. A *host* is one machine with one process: descriptors, an address,
 * clocks, signals, memory. A *task* is one thread of control on a host. What a task calls of
 * event2/event.h runs on its host's kernel; what it calls itself of POSIX does so by the names of
 * evident/sim_calls.h (evsim_socket, evsim_read, ...), or by POSIX's own names where
 * evident/sim_posix.h is included last.
 *
 *     static void server(void *arg) { ... event_base_dispatch(base); ... }
 *     static void client(void *arg) { ... evsim_connect(fd, ...); ... }
 *
 *     struct evsim_world *world = evsim_world_new(NULL);
 *     struct evsim_host *a = evsim_host_new(world, "a", NULL);
 *     struct evsim_host *b = evsim_host_new(world, "b", NULL);
 *     evsim_task_new(a, "server", server, NULL);
 *     evsim_task_new(b, "client", client, NULL);
 *     if (evsim_world_run(world) != EVSIM_DONE)
 *             puts(evsim_world_report(world));
 *     evsim_world_free(world);
 *
 * Time. It moves only when every task is blocked: then to the next instant at which something
 * happens. So an hour of timeouts takes no time, and a program is never slower than another. Apart
 * from that each call of the kernel costs call_cost_ns, so that a loop that only looks at the clock
 * ends. All times are nanoseconds.
 *
 * Determinism. The same program with the same configuration and the same choices gives the same
 * trace, of which evsim_world_hash() is the sum: on every compiler, processor and address layout.
 * What would break that (a real clock, a real descriptor, an address that decides something) is
 * the program's to avoid; running a world twice with another memory_variant finds it.
 *
 * Threads. A world belongs to the thread that made it; several threads may have a world each.
 * Tasks are coroutines of that one thread: while one runs, no other does.
 *
 * Errors. What goes wrong in the simulated system is reported to the program as the real system
 * would. What goes wrong with the world itself - a requirement that does not hold, a deadlock, a
 * call that is not modelled, a host's base used on another host - ends the run: see evsim_outcome.
 * Where memory for the simulation itself runs out, the process is aborted with a message.
 */
#ifndef EVIDENT_SIM_H
#define EVIDENT_SIM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EVSIM_API __attribute__((visibility("default")))

struct evsim_world;
struct evsim_host;
struct evsim_task;

/* ---- Worlds --------------------------------------------------------------------------------- */

/* How a run ended. */
enum evsim_outcome {
        EVSIM_DONE = 0,   /* every task has returned, but for the daemons */
        EVSIM_VIOLATION,  /* evsim_require() found something that must hold not to hold */
        EVSIM_DEADLOCK,   /* tasks wait, and nothing can ever happen again */
        EVSIM_LIVELOCK,   /* a loop turns and turns without progress */
        EVSIM_MISUSE,     /* the simulation was used wrongly; the report names the call */
        EVSIM_UNMODELLED, /* a call or flag that the simulated kernel does not have */
        EVSIM_TERMINATED, /* the library or the program ended a host's process */
        EVSIM_TIME_OUT,   /* virtual time reached time_limit_ns */
};

struct evsim_world_config {
        /* Where random bytes, latencies and faults come from, as far as they are drawn. */
        uint64_t seed;

        /* What a call of the kernel costs; not negative. 0 where a test checks time exactly: then a
         * loop that only looks at the clock never ends, and nothing finds that out. */
        int64_t call_cost_ns;

        /* The world's clocks at its start: of the monotonic kind, and since 1970. */
        int64_t monotonic_ns;
        int64_t realtime_ns;

        /* Virtual time at which the run ends with EVSIM_TIME_OUT; -1: never. */
        int64_t time_limit_ns;

        /* So many waits in a row in which nothing happened are a livelock; 0: never. */
        uint32_t livelock_turns;

        /* Keep the trace, for evsim_world_print_trace(). The hash is always kept. */
        bool has_trace;

        /* The numbers of descriptors begin above the process's limit, so that one that is given to
         * the real kernel by mistake is EBADF there; LD_PRELOAD=libevident_guard.so names the call. */
        bool has_guard;

        /* A task that runs for so many real seconds without a call is reported with its stack, and
         * the process aborted; 0: never. */
        unsigned watchdog_s;

        /* Other addresses, other padding and other fill bytes of memory for each number. Nothing
         * else may depend on it: the determinism check runs every world with two of them. */
        uint32_t memory_variant;

        /* The size of tasks' stacks, in bytes. */
        size_t stack_size;

        /* Called where the run must end while the calling thread is itself a task of the world
         * (evsim_enter). It must not return: it ends the process, or jumps out. NULL: the report
         * goes to stderr and the process is aborted. */
        void (*on_end)(struct evsim_world *world, enum evsim_outcome outcome, void *arg);
        void *on_end_arg;
};

/* The default configuration, to be changed in places: call cost 1 microsecond, the clocks at 1000 s
 * and at 2026-01-01, no limit of time, 10,000 turns, 10 s, 256 KiB. */
EVSIM_API struct evsim_world_config evsim_world_defaults(void);

/* A world without hosts. config (NULL: the default one) is copied. */
EVSIM_API struct evsim_world *evsim_world_new(const struct evsim_world_config *config);

/* Ends the world with all that is in it; tasks that have not returned never will. Not from a task
 * of evsim_task_new(). */
EVSIM_API void evsim_world_free(struct evsim_world *world);

/* Runs the tasks until all but the daemons have returned, or the world ends otherwise. May be
 * called again after new tasks were made. Not from a task. */
EVSIM_API enum evsim_outcome evsim_world_run(struct evsim_world *world);

/* What happened, in some lines of text: the outcome, what did not hold, when and where, and what
 * every task waits for. Valid until the world's next run or end. */
EVSIM_API const char *evsim_world_report(const struct evsim_world *world);
EVSIM_API enum evsim_outcome evsim_world_outcome(const struct evsim_world *world);

/* The name of an outcome, as "deadlock". */
EVSIM_API const char *evsim_outcome_name(enum evsim_outcome outcome);

/* Virtual nanoseconds since the start of the world: the time of its trace. */
EVSIM_API int64_t evsim_world_now_ns(const struct evsim_world *world);

/* The rolling hash over all that has happened so far. */
EVSIM_API uint64_t evsim_world_hash(const struct evsim_world *world);

/* How many calls of simulated kernels there have been. */
EVSIM_API uint64_t evsim_world_calls(const struct evsim_world *world);

/* Prints the trace (has_trace), a line an entry: virtual time, host, task, call, result; in colour
 * on a terminal. */
EVSIM_API void evsim_world_print_trace(const struct evsim_world *world, FILE *out);

/* Looking at every world. A whole program, a test for example, can be looked at without its knowing,
 * by variables of its real environment:
 *   EVSIM_VARIANT=n    is added to every world's memory_variant
 *   EVSIM_HASHES=file  gets a line as each world ends: which one it is of its thread, hash, outcome
 *   EVSIM_TRACES=file  gets the traces of all worlds
 * Two runs with different EVSIM_VARIANT must leave the same hashes; where they do not, the first
 * line in which the traces differ is where the program began to depend on something that it should
 * not. */

/* ---- Hosts ---------------------------------------------------------------------------------- */

/* Which mechanisms a host's kernel has. */
enum evsim_kernel {
        EVSIM_KERNEL_LINUX,   /* epoll, eventfd, timerfd, signalfd */
        EVSIM_KERNEL_FREEBSD, /* kqueue; likewise the next three, each with its own differences */
        EVSIM_KERNEL_NETBSD,
        EVSIM_KERNEL_OPENBSD,
        EVSIM_KERNEL_MACOS,
        EVSIM_KERNEL_SOLARIS, /* event ports and /dev/poll */
        EVSIM_KERNEL_POSIX,   /* poll and select alone */
        EVSIM_KERNEL_ANY,     /* all that there are at once; for tests that compare */
};

struct evsim_host_config {
        enum evsim_kernel kernel;

        /* IPv4 address in dotted form, of this host alone; NULL: 10.0.0.0/8 and its number, which
         * counts from 1. */
        const char *address;

        /* The host's clocks run skew_ppm millionths faster than the world's, from offset_ns on (of
         * the wall clock alone: the monotonic one has no meaning but its own). Above -1,000,000. */
        int32_t skew_ppm;
        int64_t offset_ns;

        /* How coarse the coarse clock is: how far it may be behind. */
        int64_t coarse_ns;

        /* RLIMIT_NOFILE: how many descriptors the process may have; and how much memory. */
        int descriptors_max;
        size_t memory_max;

        /* The environment: NULL-terminated "NAME=value" strings, which must outlive the host; NULL:
         * an empty one. */
        const char *const *environment;

        bool is_privileged; /* as a setuid program is */
};

/* The default: Linux, no skew, a coarse clock of 4 ms, 1,048,576 descriptors, no limit of
 * memory, an empty environment. */
EVSIM_API struct evsim_host_config evsim_host_defaults(void);

/* A host in the world. The name is copied; it stands in the trace and before its sites' names. */
EVSIM_API struct evsim_host *evsim_host_new(struct evsim_world *world, const char *name,
                                            const struct evsim_host_config *config);

EVSIM_API const char *evsim_host_name(const struct evsim_host *host);
EVSIM_API struct evsim_world *evsim_host_world(const struct evsim_host *host);
/* Its IPv4 address, in network byte order. */
EVSIM_API uint32_t evsim_host_address(const struct evsim_host *host);

/* What the host's process holds now. At the end of a program all three should be 0; of memory, once
 * it has called libevent_global_shutdown(). Memory is what the library has got. */
EVSIM_API size_t evsim_host_descriptors(const struct evsim_host *host);
EVSIM_API size_t evsim_host_blocks(const struct evsim_host *host); /* of memory */
EVSIM_API size_t evsim_host_bytes(const struct evsim_host *host);

/* The host's clocks, as its programs see them. */
EVSIM_API int64_t evsim_host_monotonic_ns(const struct evsim_host *host);
EVSIM_API int64_t evsim_host_realtime_ns(const struct evsim_host *host);

/* The wall clock is set: it moves by this much, either way. */
EVSIM_API void evsim_host_step_clock(struct evsim_host *host, int64_t by_ns);

/* The host sleeps: its monotonic clock jumps forward by so much without its tasks having run. */
EVSIM_API void evsim_host_suspend(struct evsim_host *host, int64_t for_ns);

/* Sends a signal to the host's process from outside. */
EVSIM_API void evsim_host_signal(struct evsim_host *host, int signal_number);

/* ---- Tasks ---------------------------------------------------------------------------------- */

/* A task on the host, which begins to run when the world does; from another task, when that
 * blocks. The name is copied. Ends when run returns. */
EVSIM_API struct evsim_task *evsim_task_new(struct evsim_host *host, const char *name,
                                            void (*run)(void *arg), void *arg);

/* The world does not wait for this task to return. */
EVSIM_API void evsim_task_set_daemon(struct evsim_task *task);

/* Waits until the task has returned. From another task of the same world. A task that was waited
 * for is gone; each is waited for once at most. */
EVSIM_API void evsim_task_join(struct evsim_task *task);

/* The calling task; NULL outside of all worlds. */
EVSIM_API struct evsim_task *evsim_task_self(void);
EVSIM_API const char *evsim_task_name(const struct evsim_task *task);
EVSIM_API struct evsim_host *evsim_task_host(const struct evsim_task *task);

/* Lets other tasks run that can. */
EVSIM_API void evsim_yield(void);

/* Blocks the calling task for a span of virtual time. */
EVSIM_API void evsim_sleep_ns(int64_t ns);

/* The calling thread itself becomes a task of the host, until evsim_leave(): a test's body runs in
 * the world as it is. While it blocks, the world's other tasks run. Tasks are not moved from one
 * host to another: a second evsim_enter() without evsim_leave() is misuse. */
EVSIM_API void evsim_enter(struct evsim_host *host);
EVSIM_API void evsim_leave(void);

/* ---- What must hold ------------------------------------------------------------------------- */

/* cond must hold, or the run ends with EVSIM_VIOLATION and this text. Inside a task it does not
 * return then. */
#define evsim_require(world, cond, what) \
        ((cond) ? (void)0 : evsim_violation((world), __FILE__, __LINE__, "%s", (what)))
EVSIM_API void evsim_violation(struct evsim_world *world, const char *file, int line,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A line of the program's own in the trace, and in the hash: no addresses, please. */
EVSIM_API void evsim_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The invariants of all bases of the host, and that the kernel's table of interest is what each base
 * believes. NULL, or what does not hold. Between calls of the library, not inside one. */
EVSIM_API const char *evsim_host_check(struct evsim_host *host);
/* The same whenever a program of the host begins a wait; what does not hold ends the run with
 * EVSIM_VIOLATION. Slow: everything is looked at each time. */
EVSIM_API void evsim_host_check_always(struct evsim_host *host, bool is_on);

/* ---- Choices -------------------------------------------------------------------------------- */

/* A choice of the world's: 0 <= result < n, n > 0. site names the place, as "client.pause": the
 * same site at its k-th call is the same choice, whatever else happens. 0 is the simplest. Drawn
 * from the seed, unless evsim_except() says otherwise. */
EVSIM_API uint32_t evsim_choose(const char *site, uint32_t n);
/* Whether something happens that does so in per_million of a million cases. */
EVSIM_API bool evsim_chance(const char *site, uint32_t per_million);
/* A number from 0 to max, small ones and large ones alike often (uniform in its logarithm). */
EVSIM_API int64_t evsim_amount(const char *site, int64_t max);

/* The occurrence-th (from 1) choice at the site is this value (modulo its n). */
EVSIM_API void evsim_except(struct evsim_world *world, const char *site, uint32_t occurrence,
                            uint32_t value);

/* ---- Faults --------------------------------------------------------------------------------- */

/* The occurrence-th (from 1) call of this name on the host, from now on, fails with error (an
 * errno): once, or that and all after it. call is the contract's name: "epoll_ctl", "read",
 * "alloc", "realloc". False if there is no such call. */
EVSIM_API bool evsim_fault(struct evsim_host *host, const char *call, uint32_t occurrence,
                           int error, bool and_after);

/* Kinds of trouble, each with how often it comes, in millionths of the calls that it can hit. A
 * fault never hits a call whose contract does not allow it. */
struct evsim_trouble {
        uint32_t eintr;        /* waits and blocking calls are interrupted */
        uint32_t eagain;       /* reads and writes would block although they would not */
        uint32_t emfile;       /* EMFILE and ENFILE of calls that make descriptors */
        uint32_t enomem;       /* ENOMEM, ENOBUFS and ENOSPC of calls that may report them */
        uint32_t econnaborted; /* accept finds that its connection is gone */
        uint32_t reset;        /* ECONNRESET, EPIPE, ETIMEDOUT: the connection breaks */
        uint32_t allocation;   /* memory of the process */
        uint32_t short_count;  /* reads and writes do less than they could */
        uint32_t spurious;     /* a wait reports a descriptor that is not ready; kqueue never does */
        uint32_t late;         /* a wait ends late_ns later than it should, at most */
        uint32_t jump;         /* who looks at a clock finds that the host slept, or that the wall
                                  clock was set back, by jump_ns at most */
        int64_t late_ns;
        int64_t jump_ns;
};

/* From now on such trouble comes to the host, drawn from the world's seed before it comes: a list a
 * call, which does not depend on what the program does. */
EVSIM_API void evsim_host_trouble(struct evsim_host *host, const struct evsim_trouble *trouble);

/* Draws which kinds are on in this world, and how much of each: swarm testing. */
EVSIM_API struct evsim_trouble evsim_swarm(struct evsim_world *world);

/* No more faults and trouble: what is there may come to rest. */
EVSIM_API void evsim_world_heal(struct evsim_world *world);

/* How many faults have happened. */
EVSIM_API uint64_t evsim_world_faults(const struct evsim_world *world);

/* ---- The network ---------------------------------------------------------------------------- */

/* One direction of the way from host to host. */
struct evsim_link {
        int64_t latency_ns;   /* of every packet */
        int64_t jitter_ns;    /* and up to so much more */
        int64_t bandwidth;    /* in bytes per second; 0: no limit */
        uint32_t loss;        /* millionths. Of datagrams; a stream sends again, later */
        uint32_t duplication; /* millionths of datagrams */
        uint32_t reordering;  /* millionths of datagrams that wait for a jitter more */
};

/* The default of every way that nothing else was said of: 100 microseconds, no jitter, no loss.
 * Changing it changes all ways without a setting of their own. */
EVSIM_API void evsim_world_set_link(struct evsim_world *world, const struct evsim_link *link);
/* Both directions, or with is_oneway only from a to b. */
EVSIM_API void evsim_set_link(struct evsim_host *a, struct evsim_host *b,
                              const struct evsim_link *link, bool is_oneway);

/* Nothing passes from a to b, nor (unless is_oneway) from b to a, until it is healed: datagrams are
 * lost, streams wait and time out. */
EVSIM_API void evsim_partition(struct evsim_host *a, struct evsim_host *b, bool is_oneway);
EVSIM_API void evsim_heal(struct evsim_host *a, struct evsim_host *b);

/* All connections between the two are reset. */
EVSIM_API void evsim_reset_connections(struct evsim_host *a, struct evsim_host *b);

#ifdef __cplusplus
}
#endif

#endif
