/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gives a simulated descriptor to a call of the real kernel, in guard mode:
 *
 *     guarded CALL     exit status 0: the call failed with EBADF
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

/* The real call's result. */
static long call_by_name(const char *call, int fd)
{
        struct epoll_event event = {.events = EPOLLIN};
        struct pollfd one = {.fd = fd, .events = POLLIN};
        char byte = 'x';

        if (strcmp(call, "read") == 0)
                return read(fd, &byte, 1);
        if (strcmp(call, "write") == 0)
                return write(fd, &byte, 1);
        if (strcmp(call, "close") == 0)
                return close(fd);
        if (strcmp(call, "send") == 0)
                return send(fd, &byte, 1, 0);
        if (strcmp(call, "fcntl") == 0)
                return fcntl(fd, F_GETFL);
        if (strcmp(call, "ioctl") == 0)
                return ioctl(fd, FIONREAD, &byte);
        if (strcmp(call, "epoll_ctl") == 0)
                return epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, fd, &event);
        if (strcmp(call, "poll") != 0)
                return 0;
        /* poll(2) itself does not fail: it says POLLNVAL. */
        errno = EBADF;
        return poll(&one, 1, 0) == 1 && one.revents == POLLNVAL ? -1 : 0;
}

int main(int argc, char **argv)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_world *world;
        int fds[2];
        long result;
        int error;

        config.has_guard = true;
        world = evsim_world_new(&config);
        evsim_enter(evsim_host_new(world, "host", NULL));
        if (argc != 2 || evsim_pipe(fds) != 0)
                return 2;
        /* What is simulated takes it. */
        if (evsim_write(fds[1], "x", 1) != 1 || evsim_close(fds[1]) != 0)
                return 3;
        result = call_by_name(argv[1], fds[0]);
        error = errno;
        evsim_world_free(world);
        return result == -1 && error == EBADF ? 0 : 1;
}
