#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Holds our headers against libevent 2.1.12's: every macro, enumerator, type, size, offset and
# prototype of the event core, on amd64 and on i386.
#
#   sh tests/api/abi/run.sh            compare: 0 equal, 1 different, 77 a compiler is missing
#   sh tests/api/abi/run.sh --write    write facts-*.txt anew from libevent's own headers
#
# What libevent's headers say is kept in facts-amd64.txt and facts-i386.txt, so that the comparison
# runs where they are not installed. Where they are, they are compared with the kept facts too.
#
# Environment:
#   CC, CC32                  gcc for amd64 and for i386 (gcc, i686-linux-gnu-gcc)
#   LIBEVENT_INCLUDE          directory with libevent's event2/ (/usr/include)
#   LIBEVENT_INCLUDE_I386     the same from an i386 package, because event-config.h differs:
#                             apt-get download libevent-dev:i386; dpkg -x. For --write.
set -u
cd "$(dirname "$0")" || exit 1
ours=$(cd ../../../src/include && pwd) || exit 1
debian=${LIBEVENT_INCLUDE:-/usr/include}
debian32=${LIBEVENT_INCLUDE_I386:-}
python="${PYTHON:-python3} -B"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
skipped=0

# The prototypes come from an option that only GCC has, whatever else builds the library.
is_gcc() {
        echo 'int x;' | $1 -x c -aux-info "$work/aux" -fsyntax-only - 2>/dev/null
}

facts() { # compiler directory output
        $python facts.py "$1" "$2" >"$3" && return
        failed=1
        return 1
}

compare() { # where expected found
        $python compare.py "$1" "$2" "$3" allowed.txt || failed=1
}

# The facts are those of one version, and of libevent, whose headers ours may stand in for.
is_oracle() { # directory
        [ ! -d "$1/evident" ] &&
                grep -qs 'EVENT__NUMERIC_VERSION 0x02010c00' "$1/event2/event-config.h"
}

check() { # machine compiler
        if ! is_gcc "$2"; then
                echo "$1: $2 is not a GCC that works: skipped"
                skipped=1
                return
        fi
        facts "$2" "$ours" "$work/ours-$1" && compare "ours-$1" "facts-$1.txt" "$work/ours-$1"
        if is_oracle "$debian"; then
                facts "$2" "$debian" "$work/installed-$1" &&
                        compare "installed-$1" "facts-$1.txt" "$work/installed-$1"
        else
                echo "installed-$1: no libevent 2.1.12 in $debian, the kept facts alone were used"
        fi
}

cc=${CC:-gcc}
is_gcc "$cc" || cc=gcc
cc32=${CC32:-i686-linux-gnu-gcc}

if [ "${1:-}" = --write ]; then
        [ -d "$debian32/event2" ] || { echo "set LIBEVENT_INCLUDE_I386 (see $0)"; exit 1; }
        facts "$cc" "$debian" "$work/amd64" && cp "$work/amd64" facts-amd64.txt
        facts "$cc32" "$debian32" "$work/i386" && cp "$work/i386" facts-i386.txt
        exit $failed
fi

check amd64 "$cc"
check i386 "$cc32"
[ $failed = 0 ] || exit 1
[ $skipped = 0 ] || exit 77
exit 0
