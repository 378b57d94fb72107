/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The disk of a host: files by their names.
 *
 * Modelled (open(2), unlink(2), path_resolution(7)): O_CREAT, O_EXCL, O_TRUNC; the owner's
 * permission bits; a file that is unlinked while it is open and goes with its last descriptor;
 * ENOENT, EEXIST, EACCES, EISDIR, ENOTDIR, ENAMETOOLONG.
 * The directories are / and /tmp; a path that does not begin with / does so from /.
 * Not modelled: other directories and reading one, links, devices, owners beside one, the umask.
 */
#include "kernel/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_LENGTH_MAX = 255, PATH_LENGTH_MAX = 4095 };

void evsim_disk_need(struct evsim_host *host)
{
        if (host->disk != NULL)
                return;
        host->disk = evsim_memory_zalloc(&host->world->memory, sizeof *host->disk);
        evi_list_init(&host->disk->nodes);
}

/* ---- Nodes -------------------------------------------------------------------------------------
 */

void evsim_node_unref(struct evsim_node *node)
{
        if (--node->refs > 0)
                return;
        evsim_memory_free(node->memory, node->name);
        evsim_memory_free(node->memory, node->data);
        evsim_memory_free(node->memory, node);
}

static struct evsim_node *find(const struct evsim_disk *disk, const char *path)
{
        for (struct evi_link *l = evi_list_first(&disk->nodes); l != NULL;
             l = evi_list_next(&disk->nodes, l)) {
                struct evsim_node *node = EVI_CONTAINER_OF(l, struct evsim_node, link);

                if (strcmp(node->name, path) == 0)
                        return node;
        }
        return NULL;
}

static struct evsim_node *create(struct evsim_host *host, const char *path, unsigned mode)
{
        struct evsim_memory *memory = &host->world->memory;
        struct evsim_node *node = evsim_memory_zalloc(memory, sizeof *node);

        node->memory = memory;
        node->name = evsim_memory_strdup(memory, path);
        node->mode = mode & 0777;
        node->refs = 1;
        evi_list_init(&node->open);
        evi_list_push_tail(&host->disk->nodes, &node->link);
        return node;
}

/* The end has moved, which only kqueue tells. */
static void notify(struct evsim_node *node)
{
        for (struct evi_link *l = evi_list_first(&node->open); l != NULL;
             l = evi_list_next(&node->open, l))
                evsim_file_notify(&EVI_CONTAINER_OF(l, struct evsim_regular, link)->file, POLLIN);
}

void evsim_node_resize(struct evsim_node *node, size_t size)
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

/* ---- Names -------------------------------------------------------------------------------------
 */

bool evsim_path_is_directory(const char *path)
{
        return strcmp(path, "/") == 0 || strcmp(path, "/tmp") == 0;
}

int evsim_path_resolve(struct evsim_host *host, const char *path, char **out)
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
        const struct evsim_node *parent;

        if (strlen(slash + 1) > NAME_LENGTH_MAX)
                return -ENAMETOOLONG;
        if (slash == full)
                return 0;
        *slash = '\0';
        parent = find(host->disk, full);
        if (parent == NULL && !evsim_path_is_directory(full)) {
                *slash = '/';
                return -ENOENT;
        }
        *slash = '/';
        return parent != NULL ? -ENOTDIR : 0;
}

static bool may_open(const struct evsim_node *node, int flags)
{
        const int access = flags & O_ACCMODE;
        const bool writes = access != O_RDONLY || (flags & O_TRUNC) != 0;

        return (access == O_WRONLY || (node->mode & S_IRUSR) != 0) &&
               (!writes || (node->mode & S_IWUSR) != 0);
}

int evsim_disk_open(struct evsim_host *host, char *full, int flags, unsigned mode,
                    struct evsim_node **out)
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
                evsim_node_resize(*out, 0);
        return 0;
}

int evsim_disk_unlink(struct evsim_host *host, char *full)
{
        const int error = check_directory(host, full);
        struct evsim_node *node = find(host->disk, full);

        if (evsim_path_is_directory(full))
                return -EISDIR;
        if (error < 0)
                return error;
        if (node == NULL)
                return -ENOENT;
        evi_list_remove(&node->link);
        evsim_node_unref(node);
        return 0;
}
