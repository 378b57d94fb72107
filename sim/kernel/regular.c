/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open regular files.
 *
 * Modelled (open(2), read(2), write(2), pread(2), lseek(2), ftruncate(2), fstat(2); names in
 * disk.c): O_APPEND and the access modes; one offset an open file description; holes that read as
 * zeros; always ready, so that epoll refuses it (epoll_ctl(2), EPERM); ESPIPE, EINVAL. ENOSPC and
 * EIO come as faults.
 * Not modelled: times, SEEK_DATA and SEEK_HOLE, O_DIRECT, O_PATH, O_TMPFILE, locks.
 */
#include "kernel/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/descriptor.h"
#include "kernel/disk.h"

#define MODELLED_FLAGS                                                                           \
        (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | \
         O_NOFOLLOW | O_SYNC | O_DSYNC)

static struct evsim_regular *regular_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct evsim_regular, file);
}

/* ---- Open files --------------------------------------------------------------------------------
 */

static unsigned poll_regular(struct evsim_file *file)
{
        (void)file;
        return POLLIN | POLLOUT;
}

static ssize_t read_at(const struct evsim_node *node, void *buf, size_t len, int64_t offset)
{
        const size_t from = (uint64_t)offset < node->size ? (size_t)offset : node->size;
        const size_t n = len < node->size - from ? len : node->size - from;

        if (n > 0)
                memcpy(buf, node->data + from, n);
        return (ssize_t)n;
}

static ssize_t write_at(struct evsim_node *node, const void *buf, size_t len, int64_t offset)
{
        if ((uint64_t)offset > (uint64_t)PTRDIFF_MAX / 4 || len > (size_t)PTRDIFF_MAX / 4)
                return -EFBIG;
        if (len > 0 && (size_t)offset + len > node->size)
                evsim_node_resize(node, (size_t)offset + len);
        if (len > 0)
                memcpy(node->data + offset, buf, len);
        return (ssize_t)len;
}

static ssize_t read_regular(struct evsim_file *file, void *buf, size_t len)
{
        struct evsim_regular *r = regular_of(file);
        const ssize_t n = read_at(r->node, buf, len, r->offset);

        r->offset += n;
        return n;
}

static ssize_t write_regular(struct evsim_file *file, const void *buf, size_t len)
{
        struct evsim_regular *r = regular_of(file);
        ssize_t n;

        if ((file->flags & O_APPEND) != 0 && len > 0)
                r->offset = (int64_t)r->node->size;
        n = write_at(r->node, buf, len, r->offset);
        if (n > 0)
                r->offset += n;
        return n;
}

static void facts_of_regular(struct evsim_file *file, struct evsim_file_facts *facts)
{
        const struct evsim_regular *r = regular_of(file);

        facts->readable = (int64_t)r->node->size - r->offset;
}

static void release_regular(struct evsim_file *file)
{
        evi_list_remove(&regular_of(file)->link);
        evsim_node_unref(regular_of(file)->node);
        evsim_memory_free(&file->host->world->memory, file);
}

static const struct evsim_file_ops regular_ops = {
        .name = "regular file",
        .poll = poll_regular,
        .read = read_regular,
        .write = write_regular,
        .facts = facts_of_regular,
        .release = release_regular,
        .counts_bytes = true,
        .is_always_ready = true,
};

/* ---- Names -------------------------------------------------------------------------------------
 */

static int open_directory(struct evsim_host *host, int flags)
{
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
                return -EEXIST;
        if ((flags & O_CREAT) != 0 || (flags & O_ACCMODE) != O_RDONLY)
                return -EISDIR;
        evsim_unmodelled(host, "open", "a directory");
}

static int open_path(struct evsim_host *host, char *full, int flags, unsigned mode)
{
        struct evsim_regular *r;
        struct evsim_node *node;
        int error;

        if (evsim_path_is_directory(full))
                return open_directory(host, flags);
        error = evsim_disk_open(host, full, flags, mode, &node);
        if (error < 0)
                return error;
        r = evsim_memory_zalloc(&host->world->memory, sizeof *r);
        evsim_file_init(&r->file, &regular_ops, host, flags & (O_ACCMODE | O_APPEND | O_NONBLOCK));
        r->node = node;
        evi_list_push_tail(&node->open, &r->link);
        node->refs++;
        return evsim_descriptor_give(host, &r->file, flags);
}

int evsim_sys_open(struct evsim_host *host, const char *path, int flags, unsigned mode)
{
        int r = evsim_call_begin(host, EVSIM_CALL_OPEN);
        char *full = NULL;

        evsim_disk_need(host);
        if (r == 0 && (flags & ~MODELLED_FLAGS) != 0)
                evsim_unmodelled(host, "open", "flags %#o", (unsigned)flags);
        if (r == 0)
                r = evsim_path_resolve(host, path, &full);
        if (r == 0)
                r = open_path(host, full, flags, mode);
        evsim_memory_free(&host->world->memory, full);
        return (int)evsim_call_end(host, EVSIM_CALL_OPEN, r, flags, r);
}

int evsim_sys_unlink(struct evsim_host *host, const char *path)
{
        int r = evsim_call_begin(host, EVSIM_CALL_UNLINK);
        char *full = NULL;

        evsim_disk_need(host);
        if (r == 0)
                r = evsim_path_resolve(host, path, &full);
        if (r == 0)
                r = evsim_disk_unlink(host, full);
        evsim_memory_free(&host->world->memory, full);
        return (int)evsim_call_end(host, EVSIM_CALL_UNLINK, -1, 0, r);
}

/* ---- Places ------------------------------------------------------------------------------------
 */

/* The regular file under the number, or NULL and an errno: other is for files of other kinds. */
static struct evsim_regular *get(struct evsim_host *host, int fd, int other, int *error)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        *error = file == NULL ? -EBADF : file->ops != &regular_ops ? other : 0;
        return *error == 0 ? regular_of(file) : NULL;
}

static int64_t seek(struct evsim_host *host, struct evsim_regular *r, int64_t offset, int whence)
{
        int64_t base = 0;

        if (whence == SEEK_CUR)
                base = r->offset;
        else if (whence == SEEK_END)
                base = (int64_t)r->node->size;
        else if (whence != SEEK_SET)
                evsim_unmodelled(host, "lseek", "whence %d", whence);
        if (offset > INT64_MAX - base)
                return -EOVERFLOW;
        if (base + offset < 0)
                return -EINVAL;
        r->offset = base + offset;
        evsim_file_notify(&r->file, POLLIN);
        return r->offset;
}

int64_t evsim_sys_lseek(struct evsim_host *host, int fd, int64_t offset, int whence)
{
        int64_t result = evsim_call_begin(host, EVSIM_CALL_LSEEK);
        int error;
        struct evsim_regular *r = get(host, fd, -ESPIPE, &error);

        if (error != -EBADF && (whence > SEEK_HOLE || whence < 0))
                error = -EINVAL;
        if (result == 0)
                result = error;
        if (result == 0)
                result = seek(host, r, offset, whence);
        return evsim_call_end(host, EVSIM_CALL_LSEEK, fd, offset, result);
}

ssize_t evsim_sys_pread(struct evsim_host *host, int fd, void *buf, size_t len, int64_t offset)
{
        ssize_t result = evsim_call_begin(host, EVSIM_CALL_PREAD);
        int error;
        struct evsim_regular *r = get(host, fd, -ESPIPE, &error);

        if (result == 0)
                result = offset < 0 ? -EINVAL : error;
        if (result == 0 && (r->file.flags & O_ACCMODE) == O_WRONLY)
                result = -EBADF;
        if (result == 0)
                result = read_at(r->node, buf, evsim_call_shorten(host, EVSIM_CALL_PREAD, len),
                                 offset);
        return (ssize_t)evsim_call_end(host, EVSIM_CALL_PREAD, fd, (int64_t)len, result);
}

/* With O_APPEND the offset is of no account, as on Linux (pwrite(2), 'Bugs'). */
ssize_t evsim_sys_pwrite(struct evsim_host *host, int fd, const void *buf, size_t len,
                         int64_t offset)
{
        ssize_t result = evsim_call_begin(host, EVSIM_CALL_PWRITE);
        int error;
        struct evsim_regular *r = get(host, fd, -ESPIPE, &error);

        if (result == 0)
                result = offset < 0 ? -EINVAL : error;
        if (result == 0 && (r->file.flags & O_ACCMODE) == O_RDONLY)
                result = -EBADF;
        if (result == 0)
                result =
                        write_at(r->node, buf, evsim_call_shorten(host, EVSIM_CALL_PWRITE, len),
                                 (r->file.flags & O_APPEND) != 0 ? (int64_t)r->node->size : offset);
        return (ssize_t)evsim_call_end(host, EVSIM_CALL_PWRITE, fd, (int64_t)len, result);
}

int evsim_sys_ftruncate(struct evsim_host *host, int fd, int64_t length)
{
        int result = evsim_call_begin(host, EVSIM_CALL_FTRUNCATE);
        int error;
        struct evsim_regular *r = get(host, fd, -EINVAL, &error);

        if (result == 0)
                result = length < 0 ? -EINVAL : error;
        if (result == 0 && (r->file.flags & O_ACCMODE) == O_RDONLY)
                result = -EINVAL;
        if (result == 0 && length > PTRDIFF_MAX / 4)
                result = -EFBIG;
        if (result == 0)
                evsim_node_resize(r->node, (size_t)length);
        return (int)evsim_call_end(host, EVSIM_CALL_FTRUNCATE, fd, length, result);
}

int evsim_sys_fstat(struct evsim_host *host, int fd, struct stat *out)
{
        int result = evsim_call_begin(host, EVSIM_CALL_FSTAT);
        int error;
        const struct evsim_regular *r = get(host, fd, -ENOSYS, &error);

        if (error == -ENOSYS)
                evsim_unmodelled(host, "fstat", "of what is no regular file");
        if (result == 0)
                result = error;
        if (result == 0) {
                *out = (struct stat){0};
                out->st_mode = S_IFREG | r->node->mode;
                out->st_nlink = evi_link_is_listed(&r->node->link);
                out->st_size = (off_t)r->node->size;
        }
        return (int)evsim_call_end(host, EVSIM_CALL_FSTAT, fd, 0, result);
}
