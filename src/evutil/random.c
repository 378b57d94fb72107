/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random bytes for keys and ids: the world's own, for which the kernel keeps the generator.
 *
 * So there is no state here to be seeded, stirred, locked or forked, and no file to be read; the
 * functions that once did such things remain because programs call them.
 */
#include <event2/util.h>

#include "os/os.h"
#include "util/log.h"

/* The caller has no way to learn of a failure, and would take what lies in buf for a key. */
void evutil_secure_rng_get_bytes(void *buf, size_t n)
{
        struct os *os = os_current();
        const int result = n > 0 ? os_random(os, buf, n) : 0;

        if (result < 0)
                evi_fatal(os, EVI_FATAL_ABORT, "the system gives no random bytes (error %d)",
                          -result);
}

/* Asks for one byte: whether there are any, and are there already. */
int evutil_secure_rng_init(void)
{
        unsigned char byte;
        const int result = os_random(os_current(), &byte, 1);

        if (result == 0)
                return 0;
        errno = -result;
        return -1;
}

/* As Debian's libevent answers, whose generator does not read a file either. */
int evutil_secure_rng_set_urandom_device_file(char *fname)
{
        (void)fname;
        return -1;
}

/* The kernel's generator needs nothing that a program could know, and this process could only make
 * a generator of its own better, of which there is none. */
void evutil_secure_rng_add_bytes(const char *dat, size_t datlen)
{
        (void)dat;
        (void)datlen;
}
