/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue's types and constants for every Unix. On the systems that have kqueue(2) they are the
 * kernel's; elsewhere, where only a simulated kernel has it, our own declarations with the layout
 * and the values of FreeBSD 14, so that the kqueue backend is one source everywhere.
 *
 * The systems disagree about more than values: NetBSD's filters and flags are unsigned numbers of
 * 32 bits, and its EVFILT_READ is 0; only FreeBSD's struct kevent has ext. So a filter is compared,
 * never tested for its sign or for not being 0, and a struct kevent is made by os_kevent_make().
 */
#ifndef EVIDENT_OS_KEVENT_H
#define EVIDENT_OS_KEVENT_H

#include <stdint.h>

#if defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
        defined(__DragonFly__) || defined(__APPLE__)
#include <sys/types.h>

#include <sys/event.h>
#else

/* What is watched: the filter. */
#define EVFILT_READ      (-1)
#define EVFILT_WRITE     (-2)
#define EVFILT_AIO       (-3)
#define EVFILT_VNODE     (-4)
#define EVFILT_PROC      (-5)
#define EVFILT_SIGNAL    (-6)
#define EVFILT_TIMER     (-7)
#define EVFILT_PROCDESC  (-8)
#define EVFILT_FS        (-9)
#define EVFILT_LIO       (-10)
#define EVFILT_USER      (-11)
#define EVFILT_SENDFILE  (-12)
#define EVFILT_EMPTY     (-13)

/* What is done, in flags of a change. */
#define EV_ADD           0x0001 /* makes the entry, or changes it; enables it too */
#define EV_DELETE        0x0002
#define EV_ENABLE        0x0004
#define EV_DISABLE       0x0008 /* keeps it, silent */
#define EV_ONESHOT       0x0010 /* deleted once it was reported */
#define EV_CLEAR         0x0020 /* reported once for each time its state changes */
#define EV_RECEIPT       0x0040 /* an EV_ERROR answers the change, with data 0 where it succeeded */
#define EV_DISPATCH      0x0080 /* disabled once it was reported */
#define EV_KEEPUDATA     0x0200 /* EV_ADD leaves udata as it is */
#define EV_SYSFLAGS      0xF000

/* What is told, in flags of an event. */
#define EV_ERROR         0x4000 /* the change failed; errno in data */
#define EV_EOF           0x8000

/* fflags of EVFILT_READ and EVFILT_WRITE. */
#define NOTE_LOWAT       0x0001 /* at least data bytes */
#define NOTE_FILE_POLL   0x0002 /* a regular file is always ready */

/* fflags of EVFILT_TIMER: the unit of data, milliseconds if none is named. */
#define NOTE_SECONDS     0x00000001
#define NOTE_MSECONDS    0x00000002
#define NOTE_USECONDS    0x00000004
#define NOTE_NSECONDS    0x00000008
#define NOTE_ABSTIME     0x00000010 /* data is a time of the wall clock */

/* fflags of EVFILT_USER: how those of a change meet those that are there. */
#define NOTE_FFNOP       0x00000000U
#define NOTE_FFAND       0x40000000U
#define NOTE_FFOR        0x80000000U
#define NOTE_FFCOPY      0xc0000000U
#define NOTE_FFCTRLMASK  0xc0000000U
#define NOTE_FFLAGSMASK  0x00ffffffU
#define NOTE_TRIGGER     0x01000000U

/* fflags of EVFILT_VNODE. */
#define NOTE_DELETE      0x0001
#define NOTE_WRITE       0x0002
#define NOTE_EXTEND      0x0004
#define NOTE_ATTRIB      0x0008
#define NOTE_LINK        0x0010
#define NOTE_RENAME      0x0020
#define NOTE_REVOKE      0x0040
#define NOTE_OPEN        0x0080
#define NOTE_CLOSE       0x0100
#define NOTE_CLOSE_WRITE 0x0200
#define NOTE_READ        0x0400

/* fflags of EVFILT_PROC. */
#define NOTE_EXIT        0x80000000U
#define NOTE_FORK        0x40000000U
#define NOTE_EXEC        0x20000000U
#define NOTE_PCTRLMASK   0xf0000000U
#define NOTE_PDATAMASK   0x000fffffU
#define NOTE_TRACK       0x00000001U
#define NOTE_TRACKERR    0x00000002U
#define NOTE_CHILD       0x00000004U

struct kevent {
        uintptr_t ident; /* of what is watched; a descriptor, for most filters */
        short filter;    /* EVFILT_*; the entry's key together with ident */
        unsigned short flags;
        unsigned int fflags;
        int64_t data;
        void *udata;     /* the caller's; comes back with each event */
        uint64_t ext[4]; /* ext[2] and ext[3] are the caller's too */
};
#endif

/* fflags that make EVFILT_READ call a regular file always ready, as poll does, where it is reported
 * only before its end otherwise: FreeBSD's name for that and OpenBSD's. */
#if defined(NOTE_FILE_POLL)
#define OS_NOTE_FILE_POLL NOTE_FILE_POLL
#elif defined(NOTE_EOF)
#define OS_NOTE_FILE_POLL NOTE_EOF
#else
#define OS_NOTE_FILE_POLL 0
#endif

/* The types of two fields, which the systems do not share. */
#if defined(__NetBSD__)
typedef uint32_t os_kevent_filter;
typedef uint32_t os_kevent_flags;
#else
typedef short os_kevent_filter;
typedef unsigned short os_kevent_flags;
#endif

/* A change of what is watched of fd. cookie comes back in udata with each event. */
static inline struct kevent os_kevent_make(int fd, os_kevent_filter filter, unsigned flags,
                                           uint32_t cookie)
{
        return (struct kevent){
                .ident = (uintptr_t)(unsigned)fd,
                .filter = filter,
                .flags = (os_kevent_flags)flags,
                .udata = (void *)(uintptr_t)cookie,
        };
}

static inline uint32_t os_kevent_cookie(const struct kevent *event)
{
        return (uint32_t)(uintptr_t)event->udata;
}

#endif
