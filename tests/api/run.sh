#!/bin/sh
# Builds the tests of the public event API once, against the installed headers of libevent, and
# runs them on Debian's libevent and, where EVIDENT_LIBDIR names the folder of evident's libevent
# facades, on evident. Prints a table; exits 0 only if everything passed.
#
#   CC              compiler (cc)            CFLAGS   added to the warnings below
#   BUILD           folder for executables (a fresh temporary one)
#   EVIDENT_LIBDIR  e.g. <prefix>/lib/evident/libevent; unset: only Debian's library
#   LIMIT_S         the time that one executable may take (120)
#   SKIP_LIBEVENT   set: do not run on Debian's library
#   arguments       names of tests (test_loop ...); none: all of tests.txt
set -u

here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-cc}
warnings="-std=c11 -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
        -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wpointer-arith -Wundef -Wvla -Werror"
limit_s=${LIMIT_S:-120}

if [ -n "${BUILD:-}" ]; then
        mkdir -p "$BUILD" || exit 2
        own_build=
else
        BUILD=$(mktemp -d) || exit 2
        own_build=yes
fi
trap '[ -z "$own_build" ] || rm -rf "$BUILD"' EXIT

if [ $# -gt 0 ]; then
        tests=$*
else
        sh "$here/check_rows.sh" || exit 1
        tests=$(grep -v '^#' "$here/tests.txt")
fi

for name in $tests; do
        # shellcheck disable=SC2086
        "$cc" $warnings ${CFLAGS:--O1 -g} -o "$BUILD/$name" "$here/$name.c" "$here/api.c" \
                "$here/api_story.c" -levent_core -levent_pthreads -lcmocka -lpthread -ldl || exit 2
done

# The expectations are those of one version.
installed=$(printf '#include <event2/event.h>\nversion LIBEVENT_VERSION\n' | "$cc" -E -P - |
        sed -n 's/^version "\(.*\)"$/\1/p')
if [ "$installed" != 2.1.12-stable ]; then
        echo "the oracle is libevent 2.1.12-stable; here is ${installed:-none}: skipped"
        exit 77
fi

failures=0

# run_one <libevent|evident> <library path or nothing> <test>: prints a line of the table.
run_one()
{
        log=$BUILD/$3.$1.log
        if [ -n "$2" ]; then
                LD_LIBRARY_PATH=$2 API_EXPECT=$1 timeout "$limit_s" "$BUILD/$3" >"$log" 2>&1
        else
                API_EXPECT=$1 timeout "$limit_s" "$BUILD/$3" >"$log" 2>&1
        fi
        status=$?
        passed=$(grep -c '^\[       OK \]' "$log")
        failed=$(grep -c '^\[  FAILED  \] [^0-9]' "$log")
        if [ "$status" -eq 0 ]; then
                verdict=pass
        elif [ "$status" -eq 124 ]; then
                verdict="FAIL (still running after $limit_s s)"
        else
                verdict="FAIL (exit $status)"
        fi
        printf '%-9s %-22s %4s passed %3s failed  %s\n' "$1" "$3" "$passed" "$failed" "$verdict"
        if [ "$status" -ne 0 ]; then
                failures=$((failures + 1))
                grep -v '^\[\( RUN      \|       OK \)\]' "$log" | sed 's/^/    /'
        fi
}

ran=0
if [ -z "${SKIP_LIBEVENT:-}" ]; then
        for name in $tests; do
                run_one libevent "" "$name"
                ran=$((ran + 1))
        done
fi
if [ -n "${EVIDENT_LIBDIR:-}" ]; then
        for name in $tests; do
                run_one evident "$EVIDENT_LIBDIR" "$name"
                ran=$((ran + 1))
        done
fi

echo "$ran runs, $failures failed"
[ "$ran" -gt 0 ] && [ "$failures" -eq 0 ]
