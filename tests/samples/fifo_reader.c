/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints what anybody writes to a FIFO, until the last writer has closed it.
 *
 *     fifo_reader /tmp/fifo &
 *     echo hello > /tmp/fifo
 *
 * What is worth noticing: the descriptor is non-blocking, because "readable" is only a hint; and
 * the end of the file is reported as readable too, as a read of 0 bytes.
 */
#define _DEFAULT_SOURCE /* mkfifo and O_CLOEXEC with -std=c11 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

/* EV_PERSIST below means that the event stays added: we are called as often as there is something
 * to read. */
static void on_readable(evutil_socket_t fd, short what, void *base)
{
        char bytes[4096];
        ssize_t got = read(fd, bytes, sizeof bytes);
        (void)what;

        if (got > 0) {
                fwrite(bytes, 1, (size_t)got, stdout);
                fflush(stdout);
                return;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
                return; /* nothing there after all: the loop calls again */
        printf("%s\n", got == 0 ? "the last writer has gone" : strerror(errno));
        event_base_loopbreak(base);
}

static void on_interrupt(evutil_socket_t signal_number, short what, void *base)
{
        (void)signal_number;
        (void)what;
        event_base_loopbreak(base);
}

/* Reads fd to its end. 0, or -1 if the library refused something. */
static int read_all(int fd)
{
        struct event_base *base = event_base_new();
        if (base == NULL)
                return -1;
        struct event *readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, base);
        struct event *interrupt = evsignal_new(base, SIGINT, on_interrupt, base);
        int result = -1;
        if (readable != NULL && event_add(readable, NULL) == 0 && interrupt != NULL &&
            event_add(interrupt, NULL) == 0)
                result = event_base_dispatch(base);
        if (readable != NULL)
                event_free(readable);
        if (interrupt != NULL)
                event_free(interrupt);
        event_base_free(base);
        return result;
}

int main(int argc, char **argv)
{
        if (argc != 2) {
                fprintf(stderr, "usage: %s FIFO\n", argv[0]);
                return 2;
        }
        int made = mkfifo(argv[1], 0600) == 0;
        if (!made && errno != EEXIST) {
                fprintf(stderr, "%s: cannot make %s: %s\n", argv[0], argv[1], strerror(errno));
                return 1;
        }
        /* Without O_NONBLOCK this open would wait for a writer. */
        int fd = open(argv[1], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct stat status;
        if (fd < 0 || fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) {
                fprintf(stderr, "%s: %s: %s\n", argv[0], argv[1],
                        fd < 0 ? strerror(errno) : "not a FIFO");
                return 1;
        }
        printf("reading %s\n", argv[1]);
        fflush(stdout);
        int result = read_all(fd);
        close(fd); /* after its event was freed, never before */
        if (made)
                unlink(argv[1]);
        if (result != 0)
                fprintf(stderr, "%s: the event loop failed\n", argv[0]);
        return result == 0 ? 0 : 1;
}
