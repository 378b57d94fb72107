/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program in POSIX's own words, compiled with -include evident/sim_posix.h: it knows nothing of
 * the simulation, but for main().
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Names -------------------------------------------------------------------------------------
 */

/* Members and variables may have the functions' names. */
struct stream {
        ssize_t (*read)(int fd, void *buf, size_t len);
        int (*close)(int fd);
        int time;
};

static void pointers_and_members_may_be_called_so(void **state)
{
        const struct stream stream = {.read = &read, .close = close, .time = 7};
        int fds[2];
        char byte = 0;

        (void)state;
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(write(fds[1], "r", 1), 1);
        assert_int_equal(stream.read(fds[0], &byte, stream.time > 0), 1);
        assert_int_equal(byte, 'r');
        assert_int_equal(stream.close(fds[0]), 0);
        assert_int_equal(stream.close(fds[1]), 0);
}

static void run_and_exit(void *arg)
{
        exit(arg != NULL ? 1 : 0);
}

static void exit_is_the_programs_end(void **state)
{
        struct evsim_world *own = evsim_world_new(NULL);

        (void)state;
        evsim_task_new(evsim_host_new(own, "own", NULL), "main", run_and_exit, NULL);
        assert_int_equal(evsim_world_run(own), EVSIM_TERMINATED);
        evsim_world_free(own);
}

static volatile sig_atomic_t nhandled;

static void handle(int signal_number)
{
        (void)signal_number;
        nhandled++;
}

static void structs_keep_their_names(void **state)
{
        struct sigaction action = {.sa_handler = handle};
        struct sigaction before;
        struct pollfd wanted = {.fd = -1};
        struct itimerspec once = {.it_value = {.tv_sec = 2}};
        struct timespec start;
        struct timespec end;

        (void)state;
        sigemptyset(&action.sa_mask);
        assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
        assert_int_equal(raise(SIGUSR1), 0);
        assert_int_equal(nhandled, 1);
        assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);

        wanted.fd = timerfd_create(CLOCK_MONOTONIC, 0);
        wanted.events = POLLIN;
        clock_gettime(CLOCK_MONOTONIC, &start);
        timerfd_settime(wanted.fd, 0, &once, NULL);
        assert_int_equal(poll(&wanted, 1, -1), 1);
        clock_gettime(CLOCK_MONOTONIC, &end);
        assert_int_equal(end.tv_sec - start.tv_sec, 2);
        assert_int_equal(end.tv_nsec, start.tv_nsec);
        close(wanted.fd);
}

/* ---- Threads -----------------------------------------------------------------------------------
 */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn_of;
static int shared;

/* Two threads take turns. */
static void *play(void *arg)
{
        const int me = *(const int *)arg;

        for (int i = 0; i < 100; i++) {
                pthread_mutex_lock(&mutex);
                while (turn_of != me)
                        pthread_cond_wait(&changed, &mutex);
                shared++;
                turn_of = 1 - me;
                pthread_cond_broadcast(&changed);
                pthread_mutex_unlock(&mutex);
        }
        return arg;
}

static void threads_take_turns(void **state)
{
        int ids[2] = {0, 1};
        pthread_t threads[2];
        void *result;

        (void)state;
        for (int i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, play, &ids[i]), 0);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(pthread_join(threads[i], &result), 0);
                assert_ptr_equal(result, &ids[i]);
        }
        assert_int_equal(shared, 200);
        assert_int_equal(pthread_join(threads[0], NULL), ESRCH);
        assert_int_equal(pthread_join(pthread_self(), NULL), EDEADLK);
        assert_int_equal(pthread_join(threads[1] + 1, NULL), ESRCH);
        assert_int_equal(pthread_mutex_destroy(&mutex), 0);
        assert_int_equal(pthread_cond_destroy(&changed), 0);
}

static void a_timed_wait_ends_at_its_time(void **state)
{
        pthread_condattr_t attr;
        pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
        pthread_cond_t never;
        struct timespec deadline;
        struct timespec now;

        (void)state;
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&never, &attr);
        clock_gettime(CLOCK_MONOTONIC, &deadline);
        deadline.tv_sec += 5;
        pthread_mutex_lock(&m);
        assert_int_equal(pthread_cond_timedwait(&never, &m, &deadline), ETIMEDOUT);
        clock_gettime(CLOCK_MONOTONIC, &now);
        assert_int_equal(now.tv_sec, deadline.tv_sec);
        assert_int_equal(now.tv_nsec, deadline.tv_nsec);
        assert_int_equal(pthread_mutex_unlock(&m), 0);
        pthread_cond_destroy(&never);
        pthread_condattr_destroy(&attr);
}

static void *try_it(void *arg)
{
        pthread_mutex_t *m = arg;

        return pthread_mutex_trylock(m) == EBUSY ? m : NULL;
}

static void kinds_of_mutexes(void **state)
{
        pthread_mutexattr_t attr;
        pthread_mutex_t m;
        pthread_t thread;
        void *was_busy;

        (void)state;
        pthread_mutexattr_init(&attr);
        pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
        pthread_mutex_init(&m, &attr);
        assert_int_equal(pthread_mutex_lock(&m), 0);
        assert_int_equal(pthread_mutex_trylock(&m), 0);
        assert_int_equal(pthread_mutex_unlock(&m), 0);
        pthread_create(&thread, NULL, try_it, &m);
        pthread_join(thread, &was_busy);
        assert_non_null(was_busy);
        assert_int_equal(pthread_mutex_destroy(&m), EBUSY);
        assert_int_equal(pthread_mutex_unlock(&m), 0);
        assert_int_equal(pthread_mutex_unlock(&m), EPERM);
        pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
        pthread_mutex_init(&m, &attr);
        assert_int_equal(pthread_mutex_lock(&m), 0);
        assert_int_equal(pthread_mutex_lock(&m), EDEADLK);
        assert_int_equal(pthread_mutex_unlock(&m), 0);
        pthread_mutexattr_destroy(&attr);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int nonce;

static void slow_beginning(void)
{
        usleep(1000);
        nonce++;
}

static void *begin(void *arg)
{
        pthread_once(&once, slow_beginning);
        pthread_exit(nonce == 1 ? arg : NULL);
}

static void once_is_once_and_all_wait_for_it(void **state)
{
        pthread_t threads[3];
        void *result;

        (void)state;
        for (int i = 0; i < 3; i++)
                pthread_create(&threads[i], NULL, begin, &nonce);
        for (int i = 0; i < 3; i++) {
                pthread_join(threads[i], &result);
                assert_ptr_equal(result, &nonce);
        }
}

static void *post(void *arg)
{
        usleep(10);
        sem_post(arg);
        return NULL;
}

static void semaphores_count(void **state)
{
        struct timespec past = {0};
        pthread_t thread;
        sem_t sem;
        int value;

        (void)state;
        assert_int_equal(sem_init(&sem, 0, 1), 0);
        assert_int_equal(sem_wait(&sem), 0);
        assert_int_equal(sem_trywait(&sem), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(sem_timedwait(&sem, &past), -1);
        assert_int_equal(errno, ETIMEDOUT);
        pthread_create(&thread, NULL, post, &sem);
        assert_int_equal(sem_wait(&sem), 0);
        pthread_join(thread, NULL);
        sem_getvalue(&sem, &value);
        assert_int_equal(value, 0);
        assert_int_equal(sem_destroy(&sem), 0);
}

static pthread_t taker;

static void note_thread(int signal_number)
{
        (void)signal_number;
        taker = pthread_self();
}

static void *sleep_long(void *arg)
{
        const struct timespec span = {.tv_sec = 100};

        (void)arg;
        return nanosleep(&span, NULL) == -1 && errno == EINTR ? &taker : NULL;
}

static void a_signal_to_a_thread_is_that_threads(void **state)
{
        pthread_t thread;
        void *result;

        (void)state;
        signal(SIGUSR2, note_thread);
        pthread_create(&thread, NULL, sleep_long, NULL);
        usleep(1);
        assert_int_equal(pthread_kill(thread, SIGUSR2), 0);
        pthread_join(thread, &result);
        assert_non_null(result);
        assert_true(pthread_equal(taker, thread));
        assert_int_equal(pthread_kill(thread, SIGUSR2), ESRCH);
        signal(SIGUSR2, SIG_DFL);
}

/* ---- The world ---------------------------------------------------------------------------------
 */

static struct evsim_world *world;

static int enter_world(void **state)
{
        struct evsim_world_config config = evsim_world_defaults();

        (void)state;
        config.call_cost_ns = 0;
        world = evsim_world_new(&config);
        evsim_enter(evsim_host_new(world, "a", NULL));
        return 0;
}

static int leave_world(void **state)
{
        (void)state;
        evsim_leave();
        evsim_world_free(world);
        return 0;
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_world, leave_world)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(pointers_and_members_may_be_called_so),
                cmocka_unit_test(exit_is_the_programs_end),
                IN_WORLD(structs_keep_their_names),
                IN_WORLD(threads_take_turns),
                IN_WORLD(a_timed_wait_ends_at_its_time),
                IN_WORLD(kinds_of_mutexes),
                IN_WORLD(once_is_once_and_all_wait_for_it),
                IN_WORLD(semaphores_count),
                IN_WORLD(a_signal_to_a_thread_is_that_threads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
