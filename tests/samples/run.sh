#!/bin/sh
# Runs each sample with real input and checks what it prints.
#
# Nothing here sleeps: a sample says on its first line when it is ready, and the script waits for that line. A sample
# that hangs is ended by timeout(1), so its lines end and the check fails.
#
# usage: sh run.sh BUILDDIR    (the samples are in BUILDDIR/tests/samples)
set -eu

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
        printf 'usage: sh %s BUILDDIR\n' "$0" >&2
        exit 2
fi
samples=$1/tests/samples
limit_s=30
sample=none
pid=

tmp=$(mktemp -d "${TMPDIR:-/tmp}/evident-samples.XXXXXX")
clean_up() {
        status=$?
        trap - EXIT
        # TERM to timeout as well: the sample may not have got as far as telling its process id.
        [ -z "$pid" ] || kill -s TERM "$pid" 2>/dev/null || true
        [ -z "$pid" ] || kill -s KILL "$(cat "$tmp/pid")" 2>/dev/null || true
        rm -rf "$tmp"
        exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

fail() {
        printf 'not ok  %s: %s\n' "$sample" "$*" >&2
        exit 1
}

# start SAMPLE ARGUMENT...: its lines come on descriptor 3, its process id is in $tmp/pid. (pid is that of timeout.)
start() {
        sample=$1
        shift
        [ -x "$samples/sample_$sample" ] || fail "$samples/sample_$sample is not built"
        rm -f "$tmp/lines" "$tmp/pid"
        mkfifo "$tmp/lines"
        # shellcheck disable=SC2016 # the variables are those of that shell
        timeout --foreground -k 5 "$limit_s" sh -c 'echo $$ >"$0"; exec "$@"' "$tmp/pid" \
                "$samples/sample_$sample" "$@" >"$tmp/lines" 2>&1 &
        pid=$!
        exec 3<"$tmp/lines"
}

# next: the sample's next line in $line.
next() {
        read -r line <&3 || fail "ended (or took $limit_s s) before its next line"
}

# expect TEXT: the sample's next line is exactly this.
expect() {
        next
        [ "$line" = "$1" ] || fail "printed \"$line\" instead of \"$1\""
}

# finish: no more lines, status 0.
finish() {
        ! read -r line <&3 || fail "printed one more line, \"$line\""
        exec 3<&-
        status=0
        wait "$pid" || status=$?
        pid=
        [ "$status" -eq 0 ] || fail "ended with status $status"
        printf 'ok      %s: %s\n' "$sample" "$1"
}

timer_ticks() {
        start periodic_timer 10 3
        expect 'ticking every 10 ms, 3 times'
        for tick in 1 2 3; do
                next
                case $line in
                "tick $tick after "*' s') ;;
                *) fail "printed \"$line\" for tick $tick" ;;
                esac
        done
        finish 'three ticks, then the loop ended'
}

signals_are_counted() {
        start signal_handler 2
        next
        process=$(cat "$tmp/pid")
        [ "$line" = "process $process waits for SIGUSR1, and 2 times for SIGINT (Ctrl-C)" ] || fail "printed \"$line\""
        kill -s USR1 "$process"
        expect 'SIGUSR1 number 1'
        kill -s INT "$process"
        expect 'SIGINT 1 of 2'
        kill -s USR1 "$process"
        expect 'SIGUSR1 number 2'
        kill -s INT "$process"
        expect 'SIGINT 2 of 2'
        expect 'leaving after 2 SIGUSR1 and 2 SIGINT'
        finish 'each signal was reported, the second SIGINT ended it'
}

fifo_is_read() {
        start fifo_reader "$tmp/fifo"
        expect "reading $tmp/fifo"
        exec 4>"$tmp/fifo"
        echo 'hello through the FIFO' >&4
        expect 'hello through the FIFO'
        # Far more than a FIFO holds, by a second writer; the first stays until that one has ended.
        seq 1 50000 >"$tmp/much"
        cp "$tmp/much" "$tmp/expected"
        echo 'the last writer has gone' >>"$tmp/expected"
        (
                cat "$tmp/much" >"$tmp/fifo"
        ) 3<&- 4>&- &
        writer=$!
        (
                exec 4>&-
                cat <&3 >"$tmp/got"
        ) &
        reader=$!
        wait "$writer"
        exec 4>&-
        wait "$reader"
        cmp "$tmp/got" "$tmp/expected" || fail 'printed something else than was written'
        [ ! -e "$tmp/fifo" ] || fail 'left its FIFO behind'
        finish '50,001 lines of two writers, then their end'
}

# The client is bash, which can open TCP connections by itself; it is on every Debian and Ubuntu.
echo_comes_back() {
        start echo_server
        next
        port=${line#listening on 127.0.0.1:}
        head -c 33554432 /dev/urandom >"$tmp/sent"
        # shellcheck disable=SC2016 # the variables are those of that bash
        timeout "$limit_s" bash -eu -c '
                exec 5<>"/dev/tcp/127.0.0.1/$1" 6<>"/dev/tcp/127.0.0.1/$1" 7<>"/dev/tcp/127.0.0.1/$1"
                echo "one of three" >&5
                echo "two of three" >&6
                read -r answer <&6
                [ "$answer" = "two of three" ]
                read -r answer <&5
                [ "$answer" = "one of three" ]
                echo "never read" >&5
                exec 5>&- 6>&-

                # Read nothing until all buffers are full: then the sender sleeps, and so does the server, although
                # there is more to receive. Only an EV_WRITE event wakes it up again.
                cat "$2" >&7 &
                asleep=0
                while [ "$asleep" -lt 10 ]; do
                        asleep=$((asleep + 1))
                        grep -q "^State:.S" "/proc/$!/status" && grep -q "^State:.S" "/proc/$3/status" || asleep=0
                done
                head -c "$(wc -c <"$2")" <&7 | cmp - "$2"
                wait $!
        ' client "$port" "$tmp/sent" "$(cat "$tmp/pid")" 3<&- || fail 'did not send back what it was sent'
        kill -s INT "$(cat "$tmp/pid")"
        finish '32 MiB came back unchanged past full buffers, beside two other connections'
}

threads_work() {
        start base_per_thread 8
        expect '8 workers summed up 1 to 1000: 500500'
        finish 'eight loops worked at once'
}

timer_ticks
signals_are_counted
fifo_is_read
echo_comes_back
threads_work
echo 'all samples work'
