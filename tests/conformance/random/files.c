/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that every descriptor takes, and those of regular files. */
#include <string.h>

#include "calls.h"

#define FIONREAD_ 0x541BUL
#define FIONBIO_  0x5421UL

static int draw_size(const struct draw *d)
{
        return DRAW(d, 0, 1, 3, 7, 8, 8, 8, 9, 100, 128, 300, 4095, 4096, 5000, 70000);
}

static void draw_transfer(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, ANY_TYPE & ~TYPE(EPOLL));
        a[1] = draw_size(d);
        a[2] = DRAW(d, 0, 1, 1, 1, 2, 3, 4, 5);
        if (arm_type(d->arm, a[0]) == TCP && a[1] > TCP_MOST)
                a[1] = TCP_MOST;
}

/* To an eventfd mostly what it takes: more than 8 bytes are a quirk. */
static void draw_write(const struct draw *d, int *a)
{
        draw_transfer(d, a);
        if (arm_type(d->arm, a[0]) == EVENTFD && a[1] > 8 && !draw_chance(d, 1))
                a[1] = 8;
}

static int64_t run_read(struct arm *arm, const int *a, uint64_t *sum)
{
        const int64_t n = result_of(arm->kernel->read(a[0], arm->buf, (size_t)a[1]));

        if (arm_type(arm, a[0]) == SIGNALFD)
                sum_bytes(sum, arm->buf, n > 0 ? 4 : 0); /* the number; no more is modelled */
        else
                sum_bytes(sum, arm->buf, n);
        return n;
}

/* What is written to an eventfd is a number. */
static void fill_number(struct arm *arm, int which)
{
        static const uint64_t values[] = {
                0, 1, 2, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63,
        };

        memcpy(arm->buf, &values[which], sizeof values[which]);
}

static int64_t run_write(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        arm_fill(arm, a[1]);
        fill_number(arm, a[2]);
        return result_of(arm->kernel->write(a[0], arm->buf, (size_t)a[1]));
}

static void draw_parts(const struct draw *d, int *a)
{
        draw_transfer(d, a);
        a[3] = DRAW(d, 0, 1, 2, 2, 2, 3, -1);
        if (arm_type(d->arm, a[0]) == EVENTFD) /* whether parts are one write there is a quirk */
                a[3] = a[3] > 1 ? 1 : a[3], a[1] = 8;
        if (arm_type(d->arm, a[0]) == SIGNALFD || arm_type(d->arm, a[0]) == TIMERFD)
                a[3] = 1;
}

static void split(struct arm *arm, const int *a, struct iovec iov[3])
{
        const size_t third = (size_t)a[1] / 3;

        if (a[3] == 1) {
                iov[0] = (struct iovec){arm->buf, (size_t)a[1]};
                return;
        }
        iov[0] = (struct iovec){arm->buf, third};
        iov[1] = (struct iovec){arm->buf + third, (size_t)a[1] - 2 * third};
        iov[2] = (struct iovec){arm->buf + (size_t)a[1] - third, third};
}

static int64_t run_readv(struct arm *arm, const int *a, uint64_t *sum)
{
        struct iovec iov[3] = {{0}};
        int64_t n;

        split(arm, a, iov);
        n = result_of(arm->kernel->readv(a[0], iov, a[3]));
        sum_bytes(sum, arm->buf, arm_type(arm, a[0]) == SIGNALFD && n > 4 ? 4 : n);
        return n;
}

static int64_t run_writev(struct arm *arm, const int *a, uint64_t *sum)
{
        struct iovec iov[3] = {{0}};

        (void)sum;
        arm_fill(arm, a[1]);
        fill_number(arm, a[2]);
        split(arm, a, iov);
        return result_of(arm->kernel->writev(a[0], iov, a[3]));
}

/* ---- Descriptors -------------------------------------------------------------------------------
 */

static void draw_any(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, ANY_TYPE);
        a[1] = FIRST_FD + draw_below(d, 20);
        a[2] = draw_below(d, 2);
}

static int64_t run_close(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        arm_closed(arm, a[0]);
        return result_of(arm->kernel->close(a[0]));
}

static int64_t run_dup(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->dup(a[0]), arm_type(arm, a[0]));
}

static int64_t run_dup2(struct arm *arm, const int *a, uint64_t *sum)
{
        const int r = arm->kernel->dup2(a[0], a[1]);

        (void)sum;
        return r == a[0] ? r : arm_made(arm, r, arm_type(arm, a[0]));
}

static int64_t run_dup3(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->dup3(a[0], a[1], a[2] ? O_CLOEXEC : 0),
                        arm_type(arm, a[0]));
}

static int64_t run_dupfd(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->fcntl(a[0], a[2] ? F_DUPFD_CLOEXEC : F_DUPFD, a[1]),
                        arm_type(arm, a[0]));
}

static int64_t run_getfl(struct arm *arm, const int *a, uint64_t *sum)
{
        const int64_t r = result_of(arm->kernel->fcntl(a[0], F_GETFL));

        (void)sum;
        return r < 0 ? r : r & (O_ACCMODE | O_NONBLOCK | O_APPEND);
}

/* Never without O_NONBLOCK. */
static int64_t run_setfl(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(arm->kernel->fcntl(a[0], F_SETFL, O_NONBLOCK | (a[2] ? O_APPEND : 0)));
}

static int64_t run_getfd(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(arm->kernel->fcntl(a[0], F_GETFD));
}

static int64_t run_setfd(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(arm->kernel->fcntl(a[0], F_SETFD, a[2] ? FD_CLOEXEC : 0));
}

static void draw_streams(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, TYPE(PIPE_READ) | SOCKETS);
}

/* What epoll says is by version of Linux; the write end's answer is not modelled. */
static int64_t run_fionread(struct arm *arm, const int *a, uint64_t *sum)
{
        int n = -1;
        const bool is_modelled = arm_type(arm, a[0]) != EPOLL && arm_type(arm, a[0]) != PIPE_WRITE;
        const int64_t r = !is_modelled ? 0 : result_of(arm->kernel->ioctl(a[0], FIONREAD_, &n));

        sum_number(sum, n);
        return r;
}

static int64_t run_fionbio(struct arm *arm, const int *a, uint64_t *sum)
{
        int on = 1;

        (void)sum;
        return result_of(arm->kernel->ioctl(a[0], FIONBIO_, &on));
}

/* ---- Regular files -----------------------------------------------------------------------------
 */

static const char *path_of(const struct arm *arm, int which, char path[128])
{
        (void)snprintf(path, 128, "%s-%c", arm->folder, 'a' + which);
        return path;
}

static void draw_path(const struct draw *d, int *a)
{
        a[0] = draw_below(d, 3);
        a[1] = DRAW(d, O_RDONLY, O_WRONLY, O_RDWR, O_RDWR, O_RDWR);
        a[2] = DRAW(d, 0, O_CREAT, O_CREAT, O_CREAT | O_EXCL, O_TRUNC, O_APPEND | O_CREAT);
}

static int64_t run_open(struct arm *arm, const int *a, uint64_t *sum)
{
        char path[128];

        (void)sum;
        return arm_made(arm,
                        arm->kernel->open(path_of(arm, a[0], path), a[1] | a[2] | O_NONBLOCK, 0600),
                        REGULAR);
}

static int64_t run_unlink(struct arm *arm, const int *a, uint64_t *sum)
{
        char path[128];

        (void)sum;
        return result_of(arm->kernel->unlink(path_of(arm, a[0], path)));
}

static void draw_position(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, TYPE(REGULAR));
        a[1] = DRAW(d, 0, 0, 1, 5, 100, -1, 6000);
        a[2] = DRAW(d, SEEK_SET, SEEK_CUR, SEEK_END, 99);
        a[3] = draw_size(d);
}

static int64_t run_lseek(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(arm->kernel->lseek(a[0], a[1], a[2]));
}

static int64_t run_pread(struct arm *arm, const int *a, uint64_t *sum)
{
        const int64_t n = result_of(arm->kernel->pread(a[0], arm->buf, (size_t)a[3], a[1]));

        sum_bytes(sum, arm->buf, n);
        return n;
}

static int64_t run_pwrite(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        arm_fill(arm, a[3]);
        return result_of(arm->kernel->pwrite(a[0], arm->buf, (size_t)a[3], a[1]));
}

static int64_t run_ftruncate(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(arm->kernel->ftruncate(a[0], a[1]));
}

const struct kind file_kinds[] = {
        {"read", draw_transfer, run_read, 40, ANY_TYPE, false},
        {"write", draw_write, run_write, 40, ANY_TYPE, false},
        {"readv", draw_parts, run_readv, 6, ANY_TYPE, false},
        {"writev", draw_parts, run_writev, 6, ANY_TYPE, false},
        {"close", draw_any, run_close, 12, ANY_TYPE, false},
        {"dup", draw_any, run_dup, 5, ANY_TYPE, true},
        {"dup2", draw_any, run_dup2, 3, ANY_TYPE, true},
        {"dup3", draw_any, run_dup3, 2, ANY_TYPE, true},
        {"fcntl(F_DUPFD)", draw_any, run_dupfd, 2, ANY_TYPE, true},
        {"fcntl(F_GETFL)", draw_any, run_getfl, 3, ANY_TYPE, false},
        {"fcntl(F_SETFL)", draw_any, run_setfl, 2, ANY_TYPE, false},
        {"fcntl(F_GETFD)", draw_any, run_getfd, 2, ANY_TYPE, false},
        {"fcntl(F_SETFD)", draw_any, run_setfd, 2, ANY_TYPE, false},
        {"ioctl(FIONREAD)", draw_streams, run_fionread, 3, TYPE(PIPE_READ) | SOCKETS, false},
        {"ioctl(FIONBIO)", draw_any, run_fionbio, 1, ANY_TYPE, false},
        {"open", draw_path, run_open, 8, TYPE(REGULAR), true},
        {"unlink", draw_path, run_unlink, 3, TYPE(REGULAR), false},
        {"lseek", draw_position, run_lseek, 5, TYPE(REGULAR), false},
        {"pread", draw_position, run_pread, 5, TYPE(REGULAR), false},
        {"pwrite", draw_position, run_pwrite, 5, TYPE(REGULAR), false},
        {"ftruncate", draw_position, run_ftruncate, 3, TYPE(REGULAR), false},
        {0},
};
