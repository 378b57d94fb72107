# shellcheck shell=sh
# Shared by the client tests: a private directory, servers that never outlive the test, bounded waits, and the
# proof that the program under test runs on the library we meant. Sourced; the caller has set -eu.
#
# A caller calls begin NAME LIBDIR SHARE, and ends with pass. Every other way out is a failure: the tails
# of *.log in the private directory are printed with the command that repeats the run.

# The soname that must be seen in the program's memory map. To try the tests themselves on Debian's own libevent:
# EVIDENT_CLIENT_LIB=libevent-2.1.so.7 sh memcached.sh /usr/lib/x86_64-linux-gnu tenth
wanted_soname=${EVIDENT_CLIENT_LIB:-libevident.so.1}

say() {
        printf '%s: %s\n' "$test_name" "$*"
}

fail() {
        reason=$*
        exit 1
}

usage() {
        printf 'usage: sh %s LIBDIR full|tenth\n' "$0" >&2
        printf '  LIBDIR  directory with libevent-2.1.so.7, put into LD_LIBRARY_PATH of the program\n' >&2
        exit 2
}

# begin NAME LIBDIR SHARE: private directory, clean-up, the user to run servers as, LIBDIR checked.
begin() {
        test_name=$1
        libdir=$2
        share=$3
        started_pids=
        reason=
        passed=no
        case $share in
        full | tenth) ;;
        *) usage ;;
        esac
        [ -d "$libdir" ] || fail "no directory $libdir"
        libdir=$(readlink -f "$libdir")
        LC_ALL=C
        export LC_ALL
        tmp=$(mktemp -d "${TMPDIR:-/tmp}/evident-clients.XXXXXX")
        trap clean_up EXIT
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 143' TERM
        choose_user
        make_libdir_readable
}

# Servers refuse to run as root, so root hands them to an unprivileged user.
choose_user() {
        user=
        [ "$(id -u)" -eq 0 ] || return 0
        user=nobody
        ! id postgres >/dev/null 2>&1 || user=postgres
        chown "$user" "$tmp"
}

# become COMMAND...: replaces this shell by COMMAND under that user. Call it in the background (then $! is the
# command's own pid) or in a subshell.
become() {
        if [ -n "$user" ]; then
                exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- \
                        env HOME="$tmp" "$@"
        fi
        exec env HOME="$tmp" "$@"
}

# A build below a private home directory is invisible to that user: then the libraries are copied.
make_libdir_readable() {
        probe=$libdir/libevent-2.1.so.7
        [ -e "$probe" ] || fail "no libevent-2.1.so.7 in $libdir"
        ! (become test -r "$probe") || return 0
        say "$libdir is not readable by $user: running on a copy of it"
        mkdir "$tmp/lib"
        cp -L "$libdir"/libevent*.so.7 "$tmp/lib"
        ldd "$probe" | awk '$1 ~ /^libevident/ && $3 ~ /^\// { print $1, $3 }' |
                while read -r soname path; do
                        cp -L "$path" "$tmp/lib/$soname"
                done
        chmod -R a+rX "$tmp/lib"
        libdir=$tmp/lib
}

# need COMMAND PACKAGE
need() {
        command -v "$1" >/dev/null 2>&1 || fail "$1 is not installed: apt-get install $2"
}

# started NAME PID: ends with the test, whatever happens.
started() {
        started_pids="$2 $started_pids"
        say "started $1, pid $2"
}

# reap PID: its exit status; from then on the number may belong to anybody, so it is forgotten.
reap() {
        reaped=0
        wait "$1" || reaped=$?
        left=
        for other in $started_pids; do
                [ "$other" = "$1" ] || left="$left $other"
        done
        started_pids=$left
        return "$reaped"
}

running() {
        state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
        [ -n "$state" ] && [ "$state" != Z ]
}

# until_true SECONDS COMMAND...: polls a condition; false when the bound is reached.
until_true() {
        polls_left=$(($1 * 20))
        shift
        until "$@"; do
                polls_left=$((polls_left - 1))
                [ "$polls_left" -gt 0 ] || return 1
                sleep 0.05
        done
}

has_exited() {
        ! running "$1"
}

# stop NAME PID SIGNAL SECONDS: the program must leave by itself, with status 0.
stop() {
        running "$2" || fail "$1 was gone before it was told to stop"
        kill -s "$3" "$2"
        until_true "$4" has_exited "$2" || fail "$1 still runs $4 s after SIG$3"
        reap "$2" || fail "$1 ended with status $reaped after SIG$3, not 0"
        say "$1 ended with status 0 after SIG$3"
}

# free_port FIRST: a TCP port of 127.0.0.1 that nobody listens on, outside the range that connect() draws from.
free_port() {
        port=$(($1 + $$ % 5000))
        while grep -qi ":$(printf '%04X' "$port") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
                port=$((port + 1))
        done
        echo "$port"
}

mapped_libraries() {
        sed -n 's|^[^/]*\(/.*\)$|\1|p' "/proc/$1/maps" | sort -u
}

# check_library NAME PID PROGRAM: what the kernel says is mapped into PID, not what we hoped to have asked for.
check_library() {
        expected=$(LD_LIBRARY_PATH=$libdir ldd "$3" | awk -v want="$wanted_soname" '$1 == want { print $3; exit }')
        [ -n "$expected" ] || fail "$3 with LD_LIBRARY_PATH=$libdir does not reach $wanted_soname"
        expected=$(readlink -f "$expected")
        mapped_libraries "$2" >"$tmp/maps"
        grep -qxF "$expected" "$tmp/maps" || fail "$1 does not have $expected mapped"
        foreign=$(grep '/libevent[^/]*$' "$tmp/maps" | grep -vF "$libdir/" || true)
        [ -z "$foreign" ] || fail "$1 has another libevent mapped: $foreign"
        say "$1 runs on $expected"
}

seconds_since() {
        echo $(($(date +%s) - $1))
}

pass() {
        passed=yes
        say "PASSED: $*"
}

clean_up() {
        status=$?
        trap - EXIT
        trap '' HUP INT TERM
        [ "$passed" = yes ] || [ "$status" -ne 0 ] || status=1
        [ "$status" -eq 0 ] || show_failure
        for other in $started_pids; do
                # QUIT takes PostgreSQL's children along at once; others may ignore it, as a shell's background does.
                kill -s QUIT "$other" 2>/dev/null || continue
                kill -s TERM "$other" 2>/dev/null || true
                until_true 3 has_exited "$other" || kill -s KILL "$other" 2>/dev/null || true
                wait "$other" 2>/dev/null || true
        done
        rm -rf "$tmp"
        exit "$status"
}

show_failure() {
        for log in "$tmp"/*.log; do
                [ -s "$log" ] || continue
                printf -- '--- last lines of %s\n' "${log##*/}" >&2
                tail -n 25 "$log" >&2
        done
        printf '%s: FAILED: %s\n' "$test_name" "${reason:-stopped with status $status}" >&2
        printf '%s: to repeat: ' "$test_name" >&2
        [ -z "${EVIDENT_CLIENT_LIB:-}" ] || printf 'EVIDENT_CLIENT_LIB=%s ' "$EVIDENT_CLIENT_LIB" >&2
        printf 'sh %s %s %s\n' "$0" "$libdir" "$share" >&2
}
