/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dates as HTTP writes them.
 *
 * strftime(3) would write the names in the language of the locale, and gmtime(3) reads the
 * environment and takes a lock of the C library on the way to a time that depends on neither.
 */
#include <event2/util.h>

#include <stdbool.h>

#include "os/os.h"
#include "util/duration.h"

#define SECONDS_PER_DAY 86400

static bool is_leap(int year)
{
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_year(int year)
{
        return is_leap(year) ? 366 : 365;
}

static int days_of_month(int year, int month)
{
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        return month == 1 && is_leap(year) ? 29 : days[month];
}

/* Fills in the date that is so many days after 1970-01-01, a Thursday. Counting a year at a time is
 * enough: nanoseconds in 64 bits end before the year 2263. */
static void set_date(struct tm *tm, int days)
{
        int year = 1970;
        int month = 0;

        tm->tm_wday = ((days + 4) % 7 + 7) % 7;
        for (; days < 0; year--)
                days += days_of_year(year - 1);
        for (; days >= days_of_year(year); year++)
                days -= days_of_year(year);
        for (; days >= days_of_month(year, month); month++)
                days -= days_of_month(year, month);
        tm->tm_year = year - 1900;
        tm->tm_mon = month;
        tm->tm_mday = days + 1;
}

static struct tm utc_from_ns(int64_t ns)
{
        const int64_t seconds = ns / EVI_NS_PER_S - (ns % EVI_NS_PER_S < 0);
        int days = (int)(seconds / SECONDS_PER_DAY);
        int second = (int)(seconds % SECONDS_PER_DAY);
        struct tm tm = {0};

        if (second < 0) {
                second += SECONDS_PER_DAY;
                days--;
        }
        tm.tm_hour = second / 3600;
        tm.tm_min = second / 60 % 60;
        tm.tm_sec = second % 60;
        set_date(&tm, days);
        return tm;
}

/* Numbers are written as they are given. Names cannot be: libevent reads past the end of its tables
 * if the day of the week or the month is out of range. */
int evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm)
{
        static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        struct tm now;

        if (tm == NULL) {
                now = utc_from_ns(os_clock(os_current(), OS_CLOCK_REALTIME));
                tm = &now;
        }
        if (tm->tm_wday < 0 || tm->tm_wday > 6 || tm->tm_mon < 0 || tm->tm_mon > 11)
                return -1;
        return evutil_snprintf(date, datelen, "%s, %02d %s %4lld %02d:%02d:%02d GMT",
                               days[tm->tm_wday], tm->tm_mday, months[tm->tm_mon],
                               1900LL + tm->tm_year, tm->tm_hour, tm->tm_min, tm->tm_sec);
}
