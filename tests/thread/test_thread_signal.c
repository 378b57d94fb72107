/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals while several threads raise them and several bases watch.
 *
 * raise(3) returns when the handler has, in the thread that raised: so each one counts, and a base
 * calls its callback exactly as often as was raised. Of a signal that is sent to the process while
 * the same one is pending there is only one, as signal(7) says; at least the last one is seen.
 */
#include "threads.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUNDS   300
#define NWORKERS 4

static void open_gate(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        must(what == EV_SIGNAL, "what happened");
        gate_add(arg);
}

static struct event *watch(struct event_base *base, int number, struct gate *ran)
{
        struct event *ev = event_new(base, number, EV_SIGNAL | EV_PERSIST, open_gate, ran);

        must(event_add(ev, NULL) == 0, "event_add");
        return ev;
}

/* Two bases, each in a loop of its own thread. */
static struct event_base *bases[2];
static struct gate usr1[2] = {GATE_INIT, GATE_INIT};
static struct gate usr2[2] = {GATE_INIT, GATE_INIT};

static void *loop(void *base)
{
        must(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY) == 0, "the loop");
        return NULL;
}

/* The second base loops in another thread while the first one does here with the workers. */
static void run_two_bases(int n, void (*work)(struct event_base *base, int i))
{
        struct event *events[4];

        for (int i = 0; i < 2; i++) {
                bases[i] = threads_base();
                usr1[i].value = 0;
                usr2[i].value = 0;
                events[2 * i] = watch(bases[i], SIGUSR1, &usr1[i]);
                events[2 * i + 1] = watch(bases[i], SIGUSR2, &usr2[i]);
        }
        const pthread_t thread = thread_start(loop, bases[1]);
        run_with_workers(bases[0], n, work);
        event_base_loopexit(bases[1], NULL);
        thread_join(thread);
        /* What was raised after the last turn. */
        for (int i = 0; i < 2; i++)
                assert_true(event_base_loop(bases[i], EVLOOP_NONBLOCK) >= 0);
        for (int i = 0; i < 4; i++)
                event_free(events[i]);
        for (int i = 0; i < 2; i++)
                event_base_free(bases[i]);
}

/* ---- One at a time --------------------------------------------------------------------------- */

static void raise_and_await(struct event_base *base, int i)
{
        (void)base;
        (void)i;
        for (int round = 1; round <= ROUNDS; round++) {
                raise(SIGUSR1);
                gate_await(&usr1[0], round);
                gate_await(&usr1[1], round);
        }
}

static void test_each_reaches_both_bases(void **state)
{
        (void)state;
        run_two_bases(1, raise_and_await);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(gate_value(&usr1[i]), ROUNDS);
                assert_int_equal(gate_value(&usr2[i]), 0);
        }
}

/* ---- A storm --------------------------------------------------------------------------------- */

static void raise_both(struct event_base *base, int i)
{
        (void)base;
        (void)i;
        for (int round = 0; round < ROUNDS; round++) {
                raise(SIGUSR1);
                raise(SIGUSR2);
        }
}

static void test_none_is_lost_in_a_storm(void **state)
{
        (void)state;
        run_two_bases(NWORKERS, raise_both);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(gate_value(&usr1[i]), NWORKERS * ROUNDS);
                assert_int_equal(gate_value(&usr2[i]), NWORKERS * ROUNDS);
        }
}

static void send_to_process(struct event_base *base, int i)
{
        (void)base;
        (void)i;
        for (int round = 0; round < ROUNDS; round++) {
                const int before = gate_value(&usr1[0]);
                kill(getpid(), SIGUSR1);
                gate_await(&usr1[0], before + 1);
        }
}

static void test_one_sent_to_the_process_is_seen(void **state)
{
        (void)state;
        run_two_bases(NWORKERS, send_to_process);
        for (int i = 0; i < 2; i++) {
                assert_in_range(gate_value(&usr1[i]), ROUNDS, NWORKERS * ROUNDS);
                assert_int_equal(gate_value(&usr2[i]), 0);
        }
}

/* ---- Bases that come and go ------------------------------------------------------------------ */

/* Even workers raise what both bases watch; odd ones have bases that begin to watch it, see one at
 * least, and go, while handlers run. */
static atomic_int nraising;

static void raise_or_visit(struct event_base *base, int i)
{
        (void)base;
        if (i % 2 == 0) {
                for (int round = 0; round < ROUNDS; round++)
                        raise(SIGUSR1);
                atomic_fetch_sub(&nraising, 1);
                return;
        }
        while (atomic_load(&nraising) > 0) {
                struct gate ran = GATE_INIT;
                struct event_base *visitor = threads_base();
                struct event *ev = watch(visitor, SIGUSR2, &ran);
                raise(SIGUSR2);
                while (gate_value(&ran) == 0)
                        must(event_base_loop(visitor, EVLOOP_ONCE) == 0, "the visitor's loop");
                event_free(ev);
                event_base_free(visitor);
        }
}

static void test_bases_come_and_go(void **state)
{
        (void)state;
        atomic_store(&nraising, NWORKERS / 2);
        run_two_bases(NWORKERS, raise_or_visit);
        for (int i = 0; i < 2; i++)
                assert_int_equal(gate_value(&usr1[i]), NWORKERS / 2 * ROUNDS);
}

/* The handler that was there before is back when the last base has gone. */
static atomic_int nbefore;

static void count_before(int number)
{
        (void)number;
        atomic_fetch_add(&nbefore, 1);
}

static void test_the_handler_before_is_restored(void **state)
{
        struct sigaction action = {.sa_handler = count_before};

        (void)state;
        sigaction(SIGUSR1, &action, NULL);
        sigaction(SIGUSR2, &action, NULL);
        run_two_bases(NWORKERS, raise_both);
        assert_int_equal(atomic_load(&nbefore), 0);
        raise(SIGUSR1);
        raise(SIGUSR2);
        assert_int_equal(atomic_load(&nbefore), 2);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_reaches_both_bases),
                cmocka_unit_test(test_none_is_lost_in_a_storm),
                cmocka_unit_test(test_one_sent_to_the_process_is_seen),
                cmocka_unit_test(test_bases_come_and_go),
                cmocka_unit_test(test_the_handler_before_is_restored),
        };

        threads_init(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
