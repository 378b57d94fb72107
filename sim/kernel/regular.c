/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regular files, and the disk of a host.
 *
 * Modelled (open(2), read(2), write(2), pread(2), lseek(2), ftruncate(2), unlink(2), fstat(2)):
 * O_CREAT, O_EXCL, O_TRUNC, O_APPEND and the access modes; the owner's permission bits; one offset
 * an open file description; holes that read as zeros; a file that is unlinked while it is open and
 * goes with its last descriptor; always ready, so that epoll refuses it (epoll_ctl(2), EPERM);
 * ENOENT, EEXIST, EACCES, EISDIR, ENOTDIR, ENAMETOOLONG, ESPIPE, EINVAL. ENOSPC and EIO come as
 * faults.
 * The directories are / and /tmp; a path that does not begin with / does so from /.
 * Not modelled: other directories and reading one, links, devices, owners beside one, the umask,
 * times, SEEK_DATA and SEEK_HOLE, O_DIRECT, O_PATH, O_TMPFILE, locks.
 */
#include "kernel/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/descriptor.h"

enum { NAME_LENGTH_MAX = 255, PATH_LENGTH_MAX = 4095 };

#define MODELLED_FLAGS                                                                           \
        (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | \
         O_NOFOLLOW | O_SYNC | O_DSYNC)

/* What is stored under a name; it lives on without one while it is open. */
struct node {
        struct evi_link link; /* in disk.nodes, while it has a name */
        struct evsim_memory *memory;
        char *name;           /* the whole path */
        unsigned mode;        /* permission bits */
        int refs;             /* the name, and open file descriptions */
        struct evi_link open; /* those: struct regular */
        unsigned char *data;
        size_t size;
        size_t capacity;
};

struct evsim_disk {
        struct evi_link nodes;
};

struct regular {
        struct evsim_file file;
        struct evi_link link; /* in node.open */
        struct node *node;
        int64_t offset;
};

static struct regular *regular_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct regular, file);
}

/* ---- Nodes -------------------------------------------------------------------------------------
 */

static void unref(struct node *node)
{
        if (--node->refs > 0)
                return;
        evsim_memory_free(node->memory, node->name);
        evsim_memory_free(node->memory, node->data);
        evsim_memory_free(node->memory, node);
}

static struct node *find(const struct evsim_disk *disk, const char *path)
{
        for (struct evi_link *l = evi_list_first(&disk->nodes); l != NULL;
             l = evi_list_next(&disk->nodes, l)) {
                struct node *node = EVI_CONTAINER_OF(l, struct node, link);

                if (strcmp(node->name, path) == 0)
                        return node;
        }
        return NULL;
}

static struct node *create(struct evsim_host *host, const char *path, unsigned mode)
{
        struct evsim_memory *memory = &host->world->memory;
        struct node *node = evsim_memory_zalloc(memory, sizeof *node);

        node->memory = memory;
        node->name = evsim_memory_strdup(memory, path);
        node->mode = mode & 0777;
        node->refs = 1;
        evi_list_init(&node->open);
        evi_list_push_tail(&host->disk->nodes, &node->link);
        return node;
}

/* The end has moved, which only kqueue tells. */
static void notify(struct node *node)
{
        for (struct evi_link *l = evi_list_first(&node->open); l != NULL;
             l = evi_list_next(&node->open, l))
                evsim_file_notify(&EVI_CONTAINER_OF(l, struct regular, link)->file, POLLIN);
}

/* What lies between the old end and the new one is zero. */
static void resize(struct node *node, size_t size)
{
        size_t capacity = node->capacity > 0 ? node->capacity : 64;

        while (capacity < size)
                capacity *= 2;
        if (size > node->capacity) {
                node->data = evsim_memory_realloc(node->memory, node->data, capacity);
                node->capacity = capacity;
        }
        if (size > node->size)
                memset(node->data + node->size, 0, size - node->size);
        if (size != node->size) {
                node->size = size;
                notify(node);
        }
}

/* ---- Open files --------------------------------------------------------------------------------
 */

static unsigned poll_regular(struct evsim_file *file)
{
        (void)file;
        return POLLIN | POLLOUT;
}

static ssize_t read_at(const struct node *node, void *buf, size_t len, int64_t offset)
{
        const size_t from = (uint64_t)offset < node->size ? (size_t)offset : node->size;
        const size_t n = len < node->size - from ? len : node->size - from;

        if (n > 0)
                memcpy(buf, node->data + from, n);
        return (ssize_t)n;
}

static ssize_t write_at(struct node *node, const void *buf, size_t len, int64_t offset)
{
        if ((uint64_t)offset > (uint64_t)PTRDIFF_MAX / 4 || len > (size_t)PTRDIFF_MAX / 4)
                return -EFBIG;
        if (len > 0 && (size_t)offset + len > node->size)
                resize(node, (size_t)offset + len);
        if (len > 0)
                memcpy(node->data + offset, buf, len);
        return (ssize_t)len;
}

static ssize_t read_regular(struct evsim_file *file, void *buf, size_t len)
{
        struct regular *r = regular_of(file);
        const ssize_t n = read_at(r->node, buf, len, r->offset);

        r->offset += n;
        return n;
}

static ssize_t write_regular(struct evsim_file *file, const void *buf, size_t len)
{
        struct regular *r = regular_of(file);
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
        const struct regular *r = regular_of(file);

        facts->readable = (int64_t)r->node->size - r->offset;
}

static void release_regular(struct evsim_file *file)
{
        evi_list_remove(&regular_of(file)->link);
        unref(regular_of(file)->node);
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

static bool is_directory(const char *path)
{
        return strcmp(path, "/") == 0 || strcmp(path, "/tmp") == 0;
}

/* The path from / on, in the world's memory: 0, or -errno. Doubled slashes are one. */
static int resolve(struct evsim_host *host, const char *path, char **out)
{
        const size_t length = strlen(path);
        char *full;
        size_t n = 0;

        *out = NULL;
        if (length == 0)
                return -ENOENT;
        if (length > PATH_LENGTH_MAX)
                return -ENAMETOOLONG;
        full = evsim_memory_alloc(&host->world->memory, length + 2);
        full[n++] = '/';
        for (; *path != '\0'; path++)
                if (*path != '/' || full[n - 1] != '/')
                        full[n++] = *path;
        full[n] = '\0';
        *out = full;
        return 0;
}

/* Whether a file may be under this path: 0; -ENOENT, -ENOTDIR where its directory is none. */
static int check_directory(const struct evsim_host *host, char *full)
{
        char *slash = strrchr(full, '/');
        const struct node *parent;

        if (strlen(slash + 1) > NAME_LENGTH_MAX)
                return -ENAMETOOLONG;
        if (slash == full)
                return 0;
        *slash = '\0';
        parent = find(host->disk, full);
        if (parent == NULL && !is_directory(full)) {
                *slash = '/';
                return -ENOENT;
        }
        *slash = '/';
        return parent != NULL ? -ENOTDIR : 0;
}

static bool may_open(const struct node *node, int flags)
{
        const int access = flags & O_ACCMODE;
        const bool writes = access != O_RDONLY || (flags & O_TRUNC) != 0;

        return (access == O_WRONLY || (node->mode & S_IRUSR) != 0) &&
               (!writes || (node->mode & S_IWUSR) != 0);
}

/* The file of the path, made if need be: 0 or -errno. */
static int open_node(struct evsim_host *host, char *full, int flags, unsigned mode,
                     struct node **out)
{
        const int error = check_directory(host, full);

        if (error < 0)
                return error;
        *out = find(host->disk, full);
        if (*out == NULL && (flags & O_CREAT) == 0)
                return -ENOENT;
        if (*out == NULL) {
                *out = create(host, full, mode); /* whatever mode says, this once it is open */
                return 0;
        }
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
                return -EEXIST;
        if (!may_open(*out, flags))
                return -EACCES;
        if ((flags & O_TRUNC) != 0)
                resize(*out, 0);
        return 0;
}

static int open_directory(struct evsim_host *host, int flags)
{
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
                return -EEXIST;
        if ((flags & O_CREAT) != 0 || (flags & O_ACCMODE) != O_RDONLY)
                return -EISDIR;
        evsim_unmodelled(host, "open", "a directory");
}

static void need_disk(struct evsim_host *host)
{
        if (host->disk != NULL)
                return;
        host->disk = evsim_memory_zalloc(&host->world->memory, sizeof *host->disk);
        evi_list_init(&host->disk->nodes);
}

static int open_path(struct evsim_host *host, char *full, int flags, unsigned mode)
{
        struct regular *r;
        struct node *node;
        int error;

        if (is_directory(full))
                return open_directory(host, flags);
        error = open_node(host, full, flags, mode, &node);
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

        need_disk(host);
        if (r == 0 && (flags & ~MODELLED_FLAGS) != 0)
                evsim_unmodelled(host, "open", "flags %#o", (unsigned)flags);
        if (r == 0)
                r = resolve(host, path, &full);
        if (r == 0)
                r = open_path(host, full, flags, mode);
        evsim_memory_free(&host->world->memory, full);
        return (int)evsim_call_end(host, EVSIM_CALL_OPEN, r, flags, r);
}

static int unlink_path(struct evsim_host *host, char *full)
{
        const int error = check_directory(host, full);
        struct node *node = find(host->disk, full);

        if (is_directory(full))
                return -EISDIR;
        if (error < 0)
                return error;
        if (node == NULL)
                return -ENOENT;
        evi_list_remove(&node->link);
        unref(node);
        return 0;
}

int evsim_sys_unlink(struct evsim_host *host, const char *path)
{
        int r = evsim_call_begin(host, EVSIM_CALL_UNLINK);
        char *full = NULL;

        need_disk(host);
        if (r == 0)
                r = resolve(host, path, &full);
        if (r == 0)
                r = unlink_path(host, full);
        evsim_memory_free(&host->world->memory, full);
        return (int)evsim_call_end(host, EVSIM_CALL_UNLINK, -1, 0, r);
}

/* ---- Places ------------------------------------------------------------------------------------
 */

/* The regular file under the number, or NULL and an errno: other is for files of other kinds. */
static struct regular *get(struct evsim_host *host, int fd, int other, int *error)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        *error = file == NULL ? -EBADF : file->ops != &regular_ops ? other : 0;
        return *error == 0 ? regular_of(file) : NULL;
}

static int64_t seek(struct evsim_host *host, struct regular *r, int64_t offset, int whence)
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
        struct regular *r = get(host, fd, -ESPIPE, &error);

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
        struct regular *r = get(host, fd, -ESPIPE, &error);

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
        struct regular *r = get(host, fd, -ESPIPE, &error);

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
        struct regular *r = get(host, fd, -EINVAL, &error);

        if (result == 0)
                result = length < 0 ? -EINVAL : error;
        if (result == 0 && (r->file.flags & O_ACCMODE) == O_RDONLY)
                result = -EINVAL;
        if (result == 0 && length > PTRDIFF_MAX / 4)
                result = -EFBIG;
        if (result == 0)
                resize(r->node, (size_t)length);
        return (int)evsim_call_end(host, EVSIM_CALL_FTRUNCATE, fd, length, result);
}

int evsim_sys_fstat(struct evsim_host *host, int fd, struct stat *out)
{
        int result = evsim_call_begin(host, EVSIM_CALL_FSTAT);
        int error;
        const struct regular *r = get(host, fd, -ENOSYS, &error);

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
