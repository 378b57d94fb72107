#!/bin/sh
# The first command on a bare Debian 12 or Ubuntu 24.04: installs what is missing, builds, and shows the library at
# work: on real descriptors (a timer, a signal, a FIFO, TCP connections, threads), and in a thousand simulated worlds.
# Takes a minute or two, most of it the installation and the build.
#
# usage: sh sim/quickstart.sh
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
build=build/release
samples=$build/tests/samples
limit_s=20

bold='' green='' red='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
        bold=$(printf '\033[1m') green=$(printf '\033[32m') red=$(printf '\033[31m') dim=$(printf '\033[2m')
        plain=$(printf '\033[0m')
fi

heading() {
        printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

shown() {
        printf '%s  ok%s  %s\n' "$green" "$plain" "$1"
}

fail() {
        printf '%sfailed%s: %s\n' "$red" "$plain" "$1" >&2
        exit 1
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/evident-quickstart.XXXXXX")
sample_pid=
clean_up() {
        status=$?
        trap - EXIT
        # TERM to timeout as well: the sample may not have got as far as telling its process id.
        [ -z "$sample_pid" ] || kill -s TERM "$sample_pid" 2>/dev/null || true
        [ -z "$sample_pid" ] || kill -s KILL "$(cat "$tmp/pid")" 2>/dev/null || true
        rm -rf "$tmp"
        exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# ---- 1. what is needed ----

# Asks for the files, not for the packages: who has them from elsewhere needs no installation. (cmocka is for the
# tests, which are configured together with the samples and share the build folder.)
missing_packages() {
        for pair in gcc:gcc cmake:cmake ninja:ninja-build pkg-config:pkg-config; do
                command -v "${pair%%:*}" >/dev/null 2>&1 || printf '%s ' "${pair#*:}"
        done
        for pair in stdio.h:libc6-dev cmocka.h:libcmocka-dev; do
                [ -e "/usr/include/${pair%%:*}" ] || [ -e "/usr/local/include/${pair%%:*}" ] || printf '%s ' "${pair#*:}"
        done
}

as_root() {
        if [ "$(id -u)" -eq 0 ]; then
                "$@"
        else
                sudo "$@"
        fi
}

# watch NAME COMMAND...: the last line of a long command while it runs, and all of it if it fails.
watch() {
        name=$1
        shift
        begun=$(date +%s)
        [ -t 1 ] || printf '  ..  %s\n' "$name"
        "$@" >"$tmp/log" 2>&1 &
        job=$!
        while kill -0 "$job" 2>/dev/null; do
                [ ! -t 1 ] || printf '\r\033[K%s  ..  %s: %.70s%s' "$dim" "$name" "$(tail -n 1 "$tmp/log")" "$plain"
                sleep 0.2
        done
        [ ! -t 1 ] || printf '\r\033[K'
        wait "$job" || {
                cat "$tmp/log"
                fail "$name"
        }
        shown "$name ($(($(date +%s) - begun)) s)"
}

install_missing() {
        packages=$(missing_packages)
        packages=${packages% }
        if [ -z "$packages" ]; then
                shown 'gcc, cmake, ninja, pkg-config and cmocka are here'
                return
        fi
        command -v apt-get >/dev/null 2>&1 || fail "please install in your system's way: $packages"
        if [ "$(id -u)" -ne 0 ]; then
                command -v sudo >/dev/null 2>&1 || fail "missing: $packages (run this as root, or install sudo)"
                printf '  sudo is needed to install: %s\n' "$packages"
                sudo true
        fi
        watch 'package lists' as_root apt-get -q update
        # shellcheck disable=SC2086 # a list of words
        watch "install $packages" as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get -q install -y --no-install-recommends $packages
        packages=$(missing_packages)
        [ -z "$packages" ] || fail "still missing: $packages"
}

# ---- 2. the build ----

build_library() {
        # A newer compiler's newer warnings are for the tests to find, not for a newcomer.
        watch 'configure' cmake --preset release -DEVIDENT_WERROR=OFF
        watch 'build the library and the samples' cmake --build "$build" --target evident \
                sample_periodic_timer sample_signal_handler sample_fifo_reader sample_echo_server sample_base_per_thread \
                sample_simulated_echo
}

# ---- 3. the demonstration ----

# start SAMPLE ARGUMENT...: its lines come on descriptor 3. No sleeping: whoever waits, waits for a line.
start() {
        printf '%s  $ %s%s\n' "$dim" "$samples/sample_$*" "$plain"
        rm -f "$tmp/lines" "$tmp/pid"
        mkfifo "$tmp/lines"
        sample=$1
        shift
        # shellcheck disable=SC2016 # the variables are those of that shell
        timeout --foreground -k 5 "$limit_s" sh -c 'echo $$ >"$0"; exec "$@"' "$tmp/pid" \
                "$samples/sample_$sample" "$@" >"$tmp/lines" 2>&1 &
        sample_pid=$!
        exec 3<"$tmp/lines"
}

# see: the sample's next line.
see() {
        read -r line <&3 || fail "$sample said nothing more"
        printf '      %s\n' "$line"
}

# send SIGNAL
send() {
        printf '%s  $ kill -%s %s%s\n' "$dim" "$1" "$(cat "$tmp/pid")" "$plain"
        kill -s "$1" "$(cat "$tmp/pid")"
}

# finish TEXT: what else the sample says, its status, and what that has shown.
finish() {
        while read -r line <&3; do
                printf '      %s\n' "$line"
        done
        exec 3<&-
        status=0
        wait "$sample_pid" || status=$?
        sample_pid=
        [ "$status" -eq 0 ] || fail "$sample ended with status $status"
        shown "$1"
}

show_timer() {
        heading 'A timer'
        start periodic_timer 250 4
        finish 'one persistent event, armed once; the kernel slept between the ticks'
}

show_signals() {
        heading 'Signals'
        start signal_handler 2
        see
        send USR1
        see
        send INT
        see
        send INT
        finish 'the callbacks run in the loop, not in a signal handler'
}

show_fifo() {
        heading 'A FIFO'
        start fifo_reader "$tmp/fifo"
        see
        exec 4>"$tmp/fifo"
        for word in 'Hello from the shell,' 'line by line,' 'as it is written.'; do
                printf '%s  $ echo "%s" > %s%s\n' "$dim" "$word" "$tmp/fifo" "$plain"
                echo "$word" >&4
                see
        done
        exec 4>&-
        finish 'a descriptor became readable three times, then met its end'
}

# The client is bash, which can open TCP connections by itself; it is on every Debian and Ubuntu.
show_echo() {
        heading 'A TCP echo server'
        start echo_server
        see
        port=${line##*:}
        head -c 16777216 /dev/urandom >"$tmp/sent"
        # shellcheck disable=SC2016 # the variables are those of that bash
        timeout "$limit_s" bash -eu -c '
                exec 5<>"/dev/tcp/127.0.0.1/$1" 6<>"/dev/tcp/127.0.0.1/$1"
                echo "Is anybody there?" >&5
                read -r answer <&5
                echo "      one connection got back: $answer"
                cat "$2" >&6 &
                head -c "$(wc -c <"$2")" <&6 | cmp - "$2"
                wait $!
                echo "      another got back 16 MiB of random bytes, unchanged"
        ' client "$port" "$tmp/sent" 3<&- || fail 'the echo differs'
        send INT
        finish 'EV_READ and EV_WRITE events took turns; two connections, one thread'
}

show_threads() {
        heading 'A base per thread'
        start base_per_thread 4
        finish 'four loops at once, and the main loop was woken up by the others'
}

# ---- 4. the simulation ----

simulated=$samples/sample_simulated_echo

show_simulated_worlds() {
        printf '%s  $ %s --seeds %s%s\n' "$dim" "$simulated" 1000 "$plain"
        timeout "$limit_s" "$simulated" --seeds 1000 >"$tmp/out" 2>&1 || {
                cat "$tmp/out"
                fail 'a world went wrong'
        }
        sed 's/^/      /' "$tmp/out"
        shown 'the echo server above, unchanged, on three hosts; lost packets, partitions, reconnecting clients'
}

# The first lines of one world; the program says the same however often it is asked.
show_simulated_trace() {
        printf '%s  $ %s --trace 1 | head -n 40%s\n' "$dim" "$simulated" "$plain"
        timeout "$limit_s" "$simulated" --trace 1 >"$tmp/out" 2>&1 || fail 'the world with seed 1'
        timeout "$limit_s" "$simulated" --trace 1 >"$tmp/again" 2>&1 || fail 'the world with seed 1'
        cmp "$tmp/out" "$tmp/again" || fail 'the same seed is not the same run'
        head -n 40 "$tmp/out" | cut -c 1-110 | sed 's/^/      /'
        printf '      ... and so on: %s lines\n' "$(wc -l <"$tmp/out")"
        shown 'every call, in virtual time; the same seed gave the same lines again'
}

heading '1. What is needed'
install_missing

heading '2. Build'
build_library

heading '3. The library at work, on real descriptors'
show_timer
show_signals
show_fifo
show_echo
show_threads

heading '4. The same library in a simulated world'
show_simulated_worlds
show_simulated_trace

heading 'That was it. To read on:'
cat <<END
  tests/samples/periodic_timer.c   the first program to read; its four neighbours are what you just saw
  sim/README.md                    simulate a server of your own
  README.md                        what evident is, how it is made, a reading order
  tests/clients/README.md          memcached and pgbouncer, as Debian ships them, on this library
  sh tests/run.sh                  the second command: passes the tests, in under ten minutes
END
