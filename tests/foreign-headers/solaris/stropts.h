/* SPDX-License-Identifier: BSD-3-Clause */
/* Where ioctl(2) and issetugid(2) of illumos are declared, roughly; see port.h. */
#ifndef FOREIGN_STROPTS_H
#define FOREIGN_STROPTS_H

int ioctl(int fd, int request, ...);
int issetugid(void);

#endif
