/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "kernel/process.h"
#include "kernel/regular.h"
#include "posix/posix.h"

int evsim_open(const char *path, int flags, ...)
{
        struct evsim_host *host = evsim_caller("open");
        unsigned mode = 0;
        va_list args;

        va_start(args, flags);
        if ((flags & O_CREAT) != 0)
                mode = va_arg(args, unsigned);
        va_end(args);
        return evsim_int_result(evsim_sys_open(host, path, flags, mode));
}

int evsim_unlink(const char *path)
{
        return evsim_int_result(evsim_sys_unlink(evsim_caller("unlink"), path));
}

off_t evsim_lseek(int fd, off_t offset, int whence)
{
        const int64_t r = evsim_sys_lseek(evsim_caller("lseek"), fd, offset, whence);

        if (r >= 0)
                return (off_t)r;
        return evsim_int_result((int)r);
}

ssize_t evsim_pread(int fd, void *buf, size_t len, off_t offset)
{
        return evsim_result(evsim_sys_pread(evsim_caller("pread"), fd, buf, len, offset));
}

ssize_t evsim_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
        return evsim_result(evsim_sys_pwrite(evsim_caller("pwrite"), fd, buf, len, offset));
}

int evsim_ftruncate(int fd, off_t length)
{
        return evsim_int_result(evsim_sys_ftruncate(evsim_caller("ftruncate"), fd, length));
}

int evsim_fstat(int fd, struct stat *out)
{
        return evsim_int_result(evsim_sys_fstat(evsim_caller("fstat"), fd, out));
}

/* A name of the host's random bytes in the place of the six X (mkstemp(3)). */
int evsim_mkstemp(char *template)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
        struct evsim_host *host = evsim_caller("mkstemp");
        const size_t length = strlen(template);
        unsigned char bytes[6];
        int r;

        if (length < 6 || strcmp(template + length - 6, "XXXXXX") != 0)
                return evsim_int_result(-EINVAL);
        do {
                r = evsim_sys_random(host, bytes, sizeof bytes);
                if (r < 0)
                        break;
                for (size_t i = 0; i < sizeof bytes; i++)
                        template[length - 6 + i] = letters[bytes[i] % 32];
                r = evsim_sys_open(host, template, O_RDWR | O_CREAT | O_EXCL, 0600);
        } while (r == -EEXIST);
        return evsim_int_result(r);
}
