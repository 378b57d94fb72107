/* SPDX-License-Identifier: BSD-3-Clause */
/* event_active() from other threads: each is followed by a callback, whatever the loop is doing. */
#include "threads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#define ROUNDS   250
#define NWORKERS 4

static void open_gate(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        gate_add(arg);
}

/* Nothing else wakes the loop: it has no timer and no descriptor of ours. */
static void activate_sleeping(struct event_base *base, int i)
{
        struct gate ran = GATE_INIT;
        struct event *ev = event_new(base, -1, 0, open_gate, &ran);

        (void)i;
        for (int round = 1; round <= ROUNDS; round++) {
                await_sleep();
                event_active(ev, EV_READ, 1);
                gate_await(&ran, round);
        }
        event_free(ev);
        must(gate_value(&ran) == ROUNDS, "a callback without activation");
}

static void test_wakes_a_sleeping_loop(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, 1, activate_sleeping);
        event_base_free(base);
}

/* As above, but the others keep the loop in all of its phases. */
static void activate_own(struct event_base *base, int i)
{
        struct gate ran = GATE_INIT;
        struct event *ev = event_new(base, -1, 0, open_gate, &ran);

        (void)i;
        for (int round = 1; round <= ROUNDS; round++) {
                event_active(ev, EV_READ, 1);
                gate_await(&ran, round);
        }
        event_free(ev);
        must(gate_value(&ran) == ROUNDS, "a callback without activation");
}

static void test_loses_none_of_many(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, NWORKERS, activate_own);
        event_base_free(base);
}

/* All activate the same event, each by a flag of its own; activations that meet become one call
 * with all their flags. What a worker posted before its activation is seen by a call with its flag.
 */
static const short flags[NWORKERS] = {EV_READ, EV_WRITE, EV_TIMEOUT, EV_CLOSED};
static struct event *shared;
static atomic_int posted[NWORKERS];
static struct gate seen[NWORKERS] = {GATE_INIT, GATE_INIT, GATE_INIT, GATE_INIT};

static void see(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)arg;
        for (int i = 0; i < NWORKERS; i++)
                if (what & flags[i])
                        gate_raise(&seen[i], atomic_load(&posted[i]));
}

static void activate_shared(struct event_base *base, int i)
{
        (void)base;
        for (int round = 1; round <= 4 * ROUNDS; round++) {
                atomic_store(&posted[i], round);
                event_active(shared, flags[i], 1);
                if (round % 4 == 0)
                        gate_await(&seen[i], round);
        }
}

static void test_merges_flags(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        shared = event_new(base, -1, 0, see, NULL);
        run_with_workers(base, NWORKERS, activate_shared);
        for (int i = 0; i < NWORKERS; i++)
                assert_int_equal(gate_value(&seen[i]), 4 * ROUNDS);
        event_free(shared);
        event_base_free(base);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_wakes_a_sleeping_loop),
                cmocka_unit_test(test_loses_none_of_many),
                cmocka_unit_test(test_merges_flags),
        };

        threads_init(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
