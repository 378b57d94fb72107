/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regular files: what the disk (disk.c), which has them by name, and open ones (regular.c) share.
 */
#ifndef EVIDENT_SIM_DISK_H
#define EVIDENT_SIM_DISK_H

#include "kernel/file.h"
#include "kernel/host.h"

/* What is stored under a name; it lives on without one while it is open. */
struct evsim_node {
        struct evi_link link; /* in disk.nodes, while it has a name */
        struct evsim_memory *memory;
        char *name;           /* the whole path */
        unsigned mode;        /* permission bits */
        int refs;             /* the name, and open file descriptions */
        struct evi_link open; /* those: struct evsim_regular */
        unsigned char *data;
        size_t size;
        size_t capacity;
};

struct evsim_disk {
        struct evi_link nodes;
};

struct evsim_regular {
        struct evsim_file file;
        struct evi_link link; /* in node.open */
        struct evsim_node *node;
        int64_t offset;
};

/* The host's disk, made when first asked for. */
void evsim_disk_need(struct evsim_host *host);

/* The path from / on, in the world's memory: 0, or -errno. Doubled slashes are one. */
int evsim_path_resolve(struct evsim_host *host, const char *path, char **out);
bool evsim_path_is_directory(const char *path);
/* The file of such a path, made if need be: 0 or -errno. */
int evsim_disk_open(struct evsim_host *host, char *full, int flags, unsigned mode,
                    struct evsim_node **out);
/* The path is no name any more: 0 or -errno. */
int evsim_disk_unlink(struct evsim_host *host, char *full);

/* What lies between the old end and the new one is zero. */
void evsim_node_resize(struct evsim_node *node, size_t size);
void evsim_node_unref(struct evsim_node *node);

#endif
