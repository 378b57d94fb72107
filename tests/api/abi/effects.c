/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What those macros do that are more than the call of one function. The text is compiled after the
 * headers under test; each line that it prints is a fact.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct timeval times[] = {
        {0, 0}, {0, 999999}, {1, 0}, {-1, 999999}, {1000, 500000},
};
#define N_TIMES (sizeof(times) / sizeof(times[0]))

static void compare(void)
{
        for (size_t i = 0; i < N_TIMES; i++)
                for (size_t j = 0; j < N_TIMES; j++)
                        printf("evutil_timercmp %d %d = %d%d%d%d%d%d, negated %d\n", (int)i, (int)j,
                               evutil_timercmp(&times[i], &times[j], <),
                               evutil_timercmp(&times[i], &times[j], <=),
                               evutil_timercmp(&times[i], &times[j], ==),
                               evutil_timercmp(&times[i], &times[j], !=),
                               evutil_timercmp(&times[i], &times[j], >=),
                               evutil_timercmp(&times[i], &times[j], >),
                               !evutil_timercmp(&times[i], &times[j], <));
}

static void add_and_subtract(void)
{
        for (size_t i = 0; i < N_TIMES; i++) {
                for (size_t j = 0; j < N_TIMES; j++) {
                        struct timeval sum = times[i], difference;
                        /* In place, and as one statement between if and else. */
                        if (i < N_TIMES)
                                evutil_timeradd(&sum, &times[j], &sum);
                        else
                                evutil_timerclear(&sum);
                        evutil_timersub(&times[i], &times[j], &difference);
                        printf("evutil_timeradd %d %d = %ld.%06ld\n", (int)i, (int)j,
                               (long)sum.tv_sec, (long)sum.tv_usec);
                        printf("evutil_timersub %d %d = %ld.%06ld\n", (int)i, (int)j,
                               (long)difference.tv_sec, (long)difference.tv_usec);
                }
        }
}

static void set_and_clear(void)
{
        for (size_t i = 0; i < N_TIMES; i++) {
                struct timeval time = times[i];
                printf("evutil_timerisset %d = %d\n", (int)i, !!evutil_timerisset(&time));
                evutil_timerclear(&time);
                printf("evutil_timerclear %d = %ld.%06ld\n", (int)i, (long)time.tv_sec,
                       (long)time.tv_usec);
        }
}

static void socket_errors(void)
{
        int zero = 0;
        EVUTIL_SET_SOCKET_ERROR(zero | EBADF);
        printf("EVUTIL_SET_SOCKET_ERROR EBADF = %d\n", errno == EBADF);
        errno = EPIPE;
        printf("EVUTIL_SOCKET_ERROR EPIPE = %d\n", EVUTIL_SOCKET_ERROR() == EPIPE);
        printf("evutil_socket_geterror EPIPE = %d\n", evutil_socket_geterror(0) == EPIPE);
        printf("evutil_socket_error_to_string EPIPE = %d\n",
               strcmp(evutil_socket_error_to_string(EPIPE), strerror(EPIPE)) == 0);
}

struct sample {
        char first;
        struct {
                short inner;
        } nested[3];
};

int main(void)
{
        compare();
        add_and_subtract();
        set_and_clear();
        socket_errors();
        printf("evutil_offsetof nested = %d\n",
               evutil_offsetof(struct sample, nested) == offsetof(struct sample, nested));
        return 0;
}
