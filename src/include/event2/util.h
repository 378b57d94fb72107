/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names for types, and small functions about sockets, time, text and randomness, that hide what
 * differs between systems.
 *
 * Unless a function says otherwise: it returns 0, or -1 with errno left by the call that failed;
 * it allocates nothing that the caller must free; it may be called from any thread at any time,
 * and does not block.
 *
 * This header includes what programs written for libevent expect from it: <sys/time.h>,
 * <stdint.h>, <sys/types.h>, <stddef.h>, <stdarg.h>, <netdb.h>, <errno.h>, <sys/socket.h> and
 * <time.h>.
 */
#ifndef EVENT2_UTIL_H_INCLUDED_
#define EVENT2_UTIL_H_INCLUDED_

#include <event2/visibility.h>
#include <event2/event-config.h>

#include <sys/types.h>
#include <sys/time.h>
#include <sys/socket.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Types
 * They are macros, as in libevent, because programs test them with #ifdef.
 * @{ */
#define ev_uint64_t  uint64_t
#define ev_int64_t   int64_t
#define ev_uint32_t  uint32_t
#define ev_int32_t   int32_t
#define ev_uint16_t  uint16_t
#define ev_int16_t   int16_t
#define ev_uint8_t   uint8_t
#define ev_int8_t    int8_t
#define ev_uintptr_t uintptr_t
#define ev_intptr_t  intptr_t
#define ev_ssize_t   ssize_t
#define ev_off_t     ev_int64_t /**< an offset in a file: 64 bits everywhere */
#define ev_socklen_t socklen_t

/** A socket or another file descriptor. */
#define evutil_socket_t int
/** The value of an evutil_socket_t that is none. */
#define EVUTIL_INVALID_SOCKET -1
/** @} */

/** @name Limits of the types
 * @{ */
#define EV_UINT64_MAX UINT64_MAX
#define EV_INT64_MAX  INT64_MAX
#define EV_INT64_MIN  INT64_MIN
#define EV_UINT32_MAX UINT32_MAX
#define EV_INT32_MAX  INT32_MAX
#define EV_INT32_MIN  INT32_MIN
#define EV_UINT16_MAX UINT16_MAX
#define EV_INT16_MAX  INT16_MAX
#define EV_INT16_MIN  INT16_MIN
#define EV_UINT8_MAX  UINT8_MAX
#define EV_INT8_MAX   INT8_MAX
#define EV_INT8_MIN   INT8_MIN

/* By the size of a pointer, not SIZE_MAX: the type is that of the fixed-width limit. */
#if EVENT__SIZEOF_SIZE_T == 8
#define EV_SIZE_MAX  EV_UINT64_MAX
#define EV_SSIZE_MAX EV_INT64_MAX
#else
#define EV_SIZE_MAX  EV_UINT32_MAX
#define EV_SSIZE_MAX EV_INT32_MAX
#endif
#define EV_SSIZE_MIN ((-EV_SSIZE_MAX) - 1)
/** @} */

/** offsetof, under the name that libevent gives it. */
#define evutil_offsetof(type, field) offsetof(type, field)

/* ---- Sockets ---------------------------------------------------------------------------- */

/**
 * A pair of connected sockets: socketpair(2).
 *
 * @param domain   AF_UNIX
 * @param type     SOCK_STREAM or another; SOCK_CLOEXEC and SOCK_NONBLOCK may be added
 * @param protocol 0
 * @param sv       receives the two; the caller closes them
 */
EVENT2_EXPORT_SYMBOL int evutil_socketpair(int domain, int type, int protocol,
                                           evutil_socket_t sv[2]);

/** Sets O_NONBLOCK (fcntl(2)), which all copies of the descriptor share. */
EVENT2_EXPORT_SYMBOL int evutil_make_socket_nonblocking(evutil_socket_t sock);

/**
 * Lets a listening socket bind an address that connections in TIME_WAIT still use: SO_REUSEADDR
 * (socket(7)). To be called before bind(2).
 */
EVENT2_EXPORT_SYMBOL int evutil_make_listen_socket_reuseable(evutil_socket_t sock);

/**
 * Lets several sockets listen on one port, each getting part of the connections: SO_REUSEPORT
 * (socket(7)). To be called before bind(2), on every one of them. Where the system has no such
 * option it does nothing and returns 0.
 */
EVENT2_EXPORT_SYMBOL int evutil_make_listen_socket_reuseable_port(evutil_socket_t sock);

/**
 * Keeps an IPv6 socket from taking IPv4 connections: IPV6_V6ONLY (ipv6(7)). To be called before
 * bind(2).
 */
EVENT2_EXPORT_SYMBOL int evutil_make_listen_socket_ipv6only(evutil_socket_t sock);

/** Sets FD_CLOEXEC (fcntl(2)): execve(2) closes this descriptor. */
EVENT2_EXPORT_SYMBOL int evutil_make_socket_closeonexec(evutil_socket_t sock);

/** Closes a descriptor: close(2). Its events must have been deleted before. */
EVENT2_EXPORT_SYMBOL int evutil_closesocket(evutil_socket_t sock);
#define EVUTIL_CLOSESOCKET(s) evutil_closesocket(s)

/**
 * Lets the kernel hold a TCP connection back until data has come: TCP_DEFER_ACCEPT (tcp(7)). For
 * a listening socket. Where the system has no such option it does nothing and returns 0.
 */
EVENT2_EXPORT_SYMBOL int evutil_make_tcp_listen_socket_deferred(evutil_socket_t sock);

/** @name The error of the last socket call
 * It is errno on systems with POSIX sockets. evutil_socket_error_to_string() is strerror(3): the
 * program includes <string.h> for it, and a later call may overwrite the text.
 * @{ */
#define EVUTIL_SOCKET_ERROR()                  (errno)
#define evutil_socket_geterror(sock)           (errno)
#define evutil_socket_error_to_string(errcode) (strerror(errcode))
#define EVUTIL_SET_SOCKET_ERROR(errcode) \
        do {                             \
                errno = (errcode);       \
        } while (0)
/** @} */

/* ---- Time ------------------------------------------------------------------------------- */

/** @name Arithmetic on struct timeval
 * As timeradd(3). The two operands have 0 <= tv_usec < 1000000, and so has then the result; the
 * result may be one of the operands. Seconds must not overflow.
 * @{ */
#define evutil_timeradd(tvp, uvp, vvp) timeradd((tvp), (uvp), (vvp))
#define evutil_timersub(tvp, uvp, vvp) timersub((tvp), (uvp), (vvp))
#define evutil_timerclear(tvp)         timerclear(tvp)
#define evutil_timerisset(tvp)         timerisset(tvp)
/** @} */

/**
 * Compares two struct timeval. cmp is any of < > <= >= == !=; the C library's timercmp(3) need
 * not know the last four, this one does.
 */
#define evutil_timercmp(tvp, uvp, cmp)                                     \
        ((tvp)->tv_sec != (uvp)->tv_sec ? ((tvp)->tv_sec cmp(uvp)->tv_sec) \
                                        : ((tvp)->tv_usec cmp(uvp)->tv_usec))

/** The wall clock: gettimeofday(2). */
#define evutil_gettimeofday(tv, tz) gettimeofday((tv), (tz))

/**
 * A date as HTTP and mail write it: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 1123 5.2.14, RFC 9110
 * 5.6.7), in English whatever the locale.
 *
 * @param date    receives the text, cut to fit, with a NUL
 * @param datelen bytes of room there; 30 hold every date with a year of four digits
 * @param tm      the time in GMT, or NULL for now
 * @return length of the whole text, as snprintf(3) returns it; -1 if the time of day could not be
 *         broken down
 */
EVENT2_EXPORT_SYMBOL int evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm);

/** A clock that never goes backwards. One of them is used by one thread at a time. */
struct evutil_monotonic_timer;

#define EV_MONOT_PRECISE  1 /**< the finest clock, even if it is slower to read */
#define EV_MONOT_FALLBACK 2 /**< the wall clock, kept from going backwards; for tests */

/**
 * A new clock, which must be configured before it is read.
 *
 * @return the clock, to be freed with evutil_monotonic_timer_free(); NULL if memory is out
 */
EVENT2_EXPORT_SYMBOL struct evutil_monotonic_timer *evutil_monotonic_timer_new(void);

/** Frees a clock. NULL is allowed. */
EVENT2_EXPORT_SYMBOL void evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer);

/**
 * Chooses the system's clock that is behind timer: with 0 the cheap one, which may advance in
 * steps of some milliseconds (CLOCK_MONOTONIC_COARSE, clock_gettime(2)).
 *
 * @param flags any of EV_MONOT_*, or 0
 */
EVENT2_EXPORT_SYMBOL int evutil_configure_monotonic_time(struct evutil_monotonic_timer *timer,
                                                         int flags);

/**
 * Reads a clock. The time has no meaning but its distance from other times of the same clock.
 *
 * @param tp receives the time
 */
EVENT2_EXPORT_SYMBOL int evutil_gettime_monotonic(struct evutil_monotonic_timer *timer,
                                                  struct timeval *tp);

/* ---- Text ------------------------------------------------------------------------------- */

/** A number from text: strtoll(3), with its limits and its errno. */
EVENT2_EXPORT_SYMBOL ev_int64_t evutil_strtoll(const char *s, char **endptr, int base);

/**
 * snprintf(3) that ends with a NUL on every system.
 *
 * @param buflen bytes of room; if it is 0 nothing is written and the result is 0, other than in
 *               ISO C
 * @return length of the whole text without its NUL, even if it was cut; negative on error
 */
EVENT2_EXPORT_SYMBOL int evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
#ifdef __GNUC__
        __attribute__((format(printf, 3, 4)))
#endif
        ;

/** evutil_snprintf() with its arguments as a va_list, which is used up. */
EVENT2_EXPORT_SYMBOL int evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
#ifdef __GNUC__
        __attribute__((format(printf, 3, 0)))
#endif
        ;

/**
 * strcasecmp(3) on ASCII letters alone, whatever the locale.
 *
 * @return less than, equal to or greater than 0
 */
EVENT2_EXPORT_SYMBOL int evutil_ascii_strcasecmp(const char *str1, const char *str2);

/** strncasecmp(3) on ASCII letters alone: at most n bytes of each are looked at. */
EVENT2_EXPORT_SYMBOL int evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n);

/* ---- Addresses -------------------------------------------------------------------------- */

/**
 * An address as text: inet_ntop(3).
 *
 * @param af  AF_INET or AF_INET6
 * @param src struct in_addr or struct in6_addr, in network byte order
 * @param dst receives the text; len is its size in bytes
 * @return dst, or NULL if af is another or the text does not fit
 */
EVENT2_EXPORT_SYMBOL const char *evutil_inet_ntop(int af, const void *src, char *dst, size_t len);

/**
 * An address from text: inet_pton(3).
 *
 * @return 1, or 0 if src is not an address of this family, or -1 if the family is not known
 */
EVENT2_EXPORT_SYMBOL int evutil_inet_pton(int af, const char *src, void *dst);

/**
 * evutil_inet_pton() that takes the scope of an IPv6 address too: the name or the number of an
 * interface after a '%' (RFC 4007, 11), as in "fe80::1%eth0".
 *
 * @param indexp receives the number of the interface, 0 if src has none
 * @return 1, or 0 if src is not such an address or there is no such interface, or -1 if the family
 *         is not known
 */
EVENT2_EXPORT_SYMBOL int evutil_inet_pton_scope(int af, const char *src, void *dst,
                                                unsigned *indexp);

/**
 * An address with or without a port, from text of one of the forms `[IPv6]:port`, `[IPv6]`,
 * `IPv6`, `IPv4:port` and `IPv4`. Names are not looked up. Without a port it is 0.
 *
 * @param out    receives a struct sockaddr_in or a struct sockaddr_in6
 * @param outlen in: bytes of room at out; out: bytes that were used
 * @return 0, or -1 if str is none of these, the port is not in 1..65535, or the room is too small
 */
EVENT2_EXPORT_SYMBOL int evutil_parse_sockaddr_port(const char *str, struct sockaddr *out,
                                                    int *outlen);

/**
 * An order of socket addresses: by family, then by address, then by port. Addresses of other
 * families than AF_INET and AF_INET6 are not looked into: of one such family any two give 1.
 *
 * @param include_port 0 leaves the port out
 * @return less than, equal to or greater than 0
 */
EVENT2_EXPORT_SYMBOL int evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2,
                                             int include_port);

/** An answer of a resolver: the struct addrinfo of getaddrinfo(3). */
#define evutil_addrinfo addrinfo

/** @name Errors and flags of resolvers
 * Those of getaddrinfo(3), and one that the system has not: the request was cancelled. On Linux
 * they stand as numbers, because <netdb.h> hides some of the names from programs that did not ask
 * for GNU's extensions before their first header.
 * @{ */
#define EVUTIL_EAI_CANCEL -90001

#ifdef __linux__
#define EVUTIL_EAI_BADFLAGS   -1
#define EVUTIL_EAI_NONAME     -2
#define EVUTIL_EAI_AGAIN      -3
#define EVUTIL_EAI_FAIL       -4
#define EVUTIL_EAI_NODATA     -5
#define EVUTIL_EAI_FAMILY     -6
#define EVUTIL_EAI_SOCKTYPE   -7
#define EVUTIL_EAI_SERVICE    -8
#define EVUTIL_EAI_ADDRFAMILY -9
#define EVUTIL_EAI_MEMORY     -10
#define EVUTIL_EAI_SYSTEM     -11

#define EVUTIL_AI_PASSIVE     0x0001
#define EVUTIL_AI_CANONNAME   0x0002
#define EVUTIL_AI_NUMERICHOST 0x0004
#define EVUTIL_AI_V4MAPPED    0x0008
#define EVUTIL_AI_ALL         0x0010
#define EVUTIL_AI_ADDRCONFIG  0x0020
#define EVUTIL_AI_NUMERICSERV 0x0400
#else
#define EVUTIL_EAI_BADFLAGS   EAI_BADFLAGS
#define EVUTIL_EAI_NONAME     EAI_NONAME
#define EVUTIL_EAI_AGAIN      EAI_AGAIN
#define EVUTIL_EAI_FAIL       EAI_FAIL
#define EVUTIL_EAI_FAMILY     EAI_FAMILY
#define EVUTIL_EAI_SOCKTYPE   EAI_SOCKTYPE
#define EVUTIL_EAI_SERVICE    EAI_SERVICE
#define EVUTIL_EAI_MEMORY     EAI_MEMORY
#define EVUTIL_EAI_SYSTEM     EAI_SYSTEM
/* POSIX has these two no more: the numbers are libevent's for a system without them. */
#define EVUTIL_EAI_ADDRFAMILY -901
#define EVUTIL_EAI_NODATA     -907

#define EVUTIL_AI_PASSIVE     AI_PASSIVE
#define EVUTIL_AI_CANONNAME   AI_CANONNAME
#define EVUTIL_AI_NUMERICHOST AI_NUMERICHOST
#define EVUTIL_AI_V4MAPPED    AI_V4MAPPED
#define EVUTIL_AI_ALL         AI_ALL
#define EVUTIL_AI_ADDRCONFIG  AI_ADDRCONFIG
#define EVUTIL_AI_NUMERICSERV AI_NUMERICSERV
#endif
/** @} */

/* ---- Random bytes ----------------------------------------------------------------------- */

/**
 * Fills buf with n bytes that nobody can foretell (getrandom(2)). If the system has none to give,
 * that is fatal (event_set_fatal_callback()): no weaker bytes are given instead.
 */
EVENT2_EXPORT_SYMBOL void evutil_secure_rng_get_bytes(void *buf, size_t n);

/**
 * Gets the generator ready, so that a failure shows here and not in
 * evutil_secure_rng_get_bytes(). May be called again; it may wait, early after the machine was
 * started, until the kernel has gathered enough entropy.
 */
EVENT2_EXPORT_SYMBOL int evutil_secure_rng_init(void);

/**
 * Names a file to be read in place of the kernel's source, as a process needs that is locked in a
 * chroot(2). To be called before the generator is first used, from one thread; fname must remain
 * valid.
 *
 * @return 0, or -1 where the generator does not read files
 */
EVENT2_EXPORT_SYMBOL int evutil_secure_rng_set_urandom_device_file(char *fname);

/** Stirs more entropy into the generator. It is never needed, and never makes it weaker. */
EVENT2_EXPORT_SYMBOL void evutil_secure_rng_add_bytes(const char *dat, size_t datlen);

#ifdef __cplusplus
}
#endif

#endif
