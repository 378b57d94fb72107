#!/bin/sh
# The tests, in three lengths; every length ends with the summary lines of ctest.
#
#   sh tests/run.sh              the release build and its tests: a few minutes
#   sh tests/run.sh --ci         also sanitizers, clang, other machines, real clients at a tenth
#   sh tests/run.sh --all        everything whole, and the README's commands on a fresh Debian
#   sh tests/run.sh --arch LIST  the tests of other machines alone: i686, s390x, aarch64, or some of them
#
# Missing packages are installed by apt, as root or through sudo. Builds are in build/<preset>, the
# output of each step in build/logs; JOBS says how many processors to use.
set -u
cd "$(dirname "$0")/.." || exit 2
top=$(pwd)

usage()
{
        sed -n '2,/^set /s/^# \{0,1\}//p' "$top/tests/run.sh"
        exit 2
}

length=newcomer
arches=
while [ $# -gt 0 ]; do
        case $1 in
        --ci) length=ci arches="i686 s390x" ;;
        --all) length=all arches="i686 s390x aarch64" ;;
        --arch)
                [ $# -ge 2 ] || usage
                length=arch arches=$(echo "$2" | tr ',' ' ')
                shift
                ;;
        *) usage ;;
        esac
        shift
done
for arch in $arches; do
        case $arch in i686 | s390x | aarch64) ;; *) usage ;; esac
done
long=
case $length in ci | all) long=yes ;; esac

jobs=${JOBS:-$(nproc)}
logs=$top/build/logs
rm -rf "$logs"
mkdir -p "$logs" || exit 2
started=$(date +%s)
failed=
number=0
child=

if [ -t 1 ]; then
        red=$(printf '\033[31m') green=$(printf '\033[32m') bold=$(printf '\033[1m') plain=$(printf '\033[0m')
        clear=$(printf '\r\033[K')
else
        red='' green='' bold='' plain='' clear=''
fi

# --- progress -----------------------------------------------------------------------------------

clock()
{
        printf '%3d:%02d' $((($(date +%s) - started) / 60)) $((($(date +%s) - started) % 60))
}

section()
{
        name=$1
        printf '%s%s%s  %s\n' "$bold" "$(clock)" "$plain" "$bold$1$plain: $2"
}

# A step's processes end with the runner: setsid gives them a group that one signal reaches.
own_group=setsid

stop()
{
        [ -z "$child" ] || kill -s TERM -- "-$child" 2>/dev/null || kill -s TERM "$child"
        printf '%sinterrupted\n' "$clear"
        exit 130
}
trap stop INT TERM HUP

# step NAME COMMAND...: runs it with its output in a log; shows the time it takes, and on failure the
# end of the log. A failed step does not end the run, but what depends on it can ask.
step()
{
        what=$1
        shift
        number=$((number + 1))
        log=$logs/$(printf '%02d' $number)-$(echo "$name-$what" | tr -cs 'A-Za-z0-9\n' '-').log
        begun=$(date +%s)
        $own_group "$@" >"$log" 2>&1 </dev/null &
        child=$!
        if [ -t 1 ]; then
                while kill -0 "$child" 2>/dev/null; do
                        printf '%s%s    %s ... %s s  ' "$clear" "$(clock)" "$what" $(($(date +%s) - begun))
                        sleep 1
                done
        fi
        wait "$child"
        status=$?
        child=
        took=$(($(date +%s) - begun))
        if [ $status -eq 0 ]; then
                printf '%s%s    %s %sok%s (%s s)\n' "$clear" "$(clock)" "$what" "$green" "$plain" "$took"
                return 0
        fi
        printf '%s%s    %s %sFAILED%s (%s s), %s ends:\n' "$clear" "$(clock)" "$what" "$red" "$plain" "$took" \
                "${log#"$top"/}"
        tail -n "${TAIL:-40}" "$log" | sed 's/^/            /'
        failed="$failed
$name: $what (${log#"$top"/})"
        return 1
}

# --- packages -----------------------------------------------------------------------------------

wanted="gcc g++ libc6-dev make cmake ninja-build pkg-config binutils python3 libcmocka-dev libevent-dev"
[ -z "$long" ] || wanted="$wanted clang-14 clang-19 valgrind $(grep -v '^#' tests/clients/packages.txt | tr '\n' ' ')"
[ "$length" != all ] || wanted="$wanted debootstrap git gcovr"
for arch in $arches; do
        case $arch in
        i686) wanted="$wanted gcc-i686-linux-gnu libc6-dev-i386-cross" ;;
        s390x) wanted="$wanted gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static" ;;
        aarch64) wanted="$wanted gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static" ;;
        esac
done

install_packages()
{
        missing=
        for package in $wanted; do
                dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
                        missing="$missing $package"
        done
        [ -n "$missing" ] || return 0
        section packages "installing$missing"
        as_root=
        if [ "$(id -u)" -ne 0 ]; then
                command -v sudo >/dev/null || {
                        echo "Not root, and there is no sudo. As root: apt-get install$missing"
                        exit 2
                }
                # sudo asks here, and remembers it for this terminal, which setsid would leave.
                sudo -v || exit 2
                as_root=sudo own_group=
        fi
        # shellcheck disable=SC2086
        step "apt-get update" $as_root apt-get -q update
        known=
        for package in $missing; do
                if apt-cache policy "$package" | grep -q 'Candidate: [^(]'; then
                        known="$known $package"
                else
                        printf '%s    this system has no package %s\n' "$(clock)" "$package"
                fi
        done
        # shellcheck disable=SC2086
        step "apt-get install" $as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get -q -y install --no-install-recommends $known || exit 2
        own_group=setsid
}

# --- builds -------------------------------------------------------------------------------------

# build PRESET [CMAKE ARGUMENT...]
build()
{
        preset=$1
        shift
        step configure cmake --preset "$preset" "$@" && step build cmake --build "build/$preset" -j "$jobs"
}

# run_tests FOLDER SELECTION...: ctest, whose summary lines are kept for the end.
run_tests()
{
        folder=$1
        shift
        step "ctest $*" ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$jobs" "$@"
        ctest_status=$?
        {
                printf '%s: ctest %s\n' "$name" "$*"
                grep -E 'tests passed|^Total Test time|^[[:space:]]+[0-9]+ - ' "$log"
        } >>"$logs/summary"
        return $ctest_status
}

# What has a section of its own; and, for newcomers, what compiles everything anew several times.
without_extras='clients|instructions|headers'
[ -n "$long" ] || without_extras="$without_extras|long"

release()
{
        section release "what is shipped, its tests, the rules of the project, packaging"
        build release "-DEVIDENT_CLIENTS=$1" && run_tests build/release -LE "$without_extras"
}

debug()
{
        section debug "AddressSanitizer and UndefinedBehaviorSanitizer, invariants after every turn"
        UBSAN_OPTIONS=print_stacktrace=1
        ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
        export UBSAN_OPTIONS ASAN_OPTIONS
        build debug && run_tests build/debug -LE "$without_extras"
        unset UBSAN_OPTIONS ASAN_OPTIONS
}

tsan()
{
        section tsan "ThreadSanitizer, the tests that use threads"
        build tsan && run_tests build/tsan -L thread
}

clang()
{
        section "clang $1" "no warnings$2"
        if ! command -v "clang-$1" >/dev/null; then
                printf '%s    skipped: there is no clang-%s here\n' "$(clock)" "$1"
                return
        fi
        build "clang$1" || return
        [ -z "$2" ] || run_tests "build/clang$1" -L 'unit|api'
}

# The coverage of src/ by its tests, as a figure to look at.
coverage()
{
        section coverage "which lines of src/ the tests reach"
        build coverage && run_tests build/coverage -LE "$without_extras" || return
        step "lines reached" gcovr -r "$top" --filter "$top/src/" --print-summary build/coverage &&
                grep -E '^(lines|functions|branches)' "$log" | sed 's/^/            /'
}

# src/ is compiled for systems that are not here, where their headers can be had.
foreign_headers()
{
        section headers "src/ compiled for FreeBSD, NetBSD, OpenBSD and macOS"
        step "their headers" sh tests/foreign-headers/install.sh "$top/build/foreign-headers" || return
        grep '^foreign headers: ' "$log" | sed 's/^/            /'
        run_tests build/release -L headers
}

machine()
{
        arch=$1
        debian=$2
        labels=$3
        section "$arch" "tests labelled $labels"
        sysroot=$top/build/cross/$debian
        step "cmocka for $debian" sh tests/foreign-packages.sh "$debian" "$sysroot" libcmocka-dev libcmocka0 &&
                step configure cmake -S . -B "build/$arch" -G Ninja -DEVIDENT_WERROR=ON \
                        "-DCMAKE_TOOLCHAIN_FILE=$top/cmake/toolchain-$arch.cmake" "-DEVIDENT_SYSROOT=$sysroot" &&
                step build cmake --build "build/$arch" -j "$jobs" &&
                run_tests "build/$arch" -L "$labels"
}

# --- the run ------------------------------------------------------------------------------------

install_packages
case $length in
newcomer) release "" ;;
ci) release tenth ;;
all) release full ;;
esac
if [ -n "$long" ]; then
        debug
        tsan
        in_clang=
        [ "$length" != all ] || in_clang=", and the unit and API tests"
        clang 14 "$in_clang"
        clang 19 "$in_clang"
fi
for arch in $arches; do
        case $arch in
        i686) machine i686 i386 'unit|api|sim' ;;
        s390x) machine s390x s390x 'unit|api|sim' ;;
        aarch64) machine aarch64 arm64 sim ;; # where the assembly is another
        esac
done
if [ -n "$long" ]; then
        section instructions "what the basic operations cost, against the committed figures"
        run_tests build/release -L instructions
        foreign_headers
        section clients "Debian's own memcached and pgbouncer on the library"
        run_tests build/release -L clients
fi
if [ "$length" = all ]; then
        coverage
        section fresh "the README's two commands on a fresh Debian"
        step "debootstrap and run" sh tests/fresh.sh
fi

printf '\n%s%s  Summary%s\n' "$bold" "$(clock)" "$plain"
[ ! -s "$logs/summary" ] || cat "$logs/summary"
if [ -n "$failed" ]; then
        printf '%sFAILED:%s%s\n' "$red" "$plain" "$failed"
        exit 1
fi
printf '%sall passed%s\n' "$green" "$plain"
