#!/bin/sh
# Debian's memcached, not recompiled, on our library: a client sets and gets 1,000,000 keys (a tenth of it for
# "tenth") over 50 pipelined connections and checks every value. Then memcached must account for every request and
# every closed connection, and leave on SIGTERM, and another one on SIGINT, with status 0.
#
# usage: sh memcached.sh LIBDIR full|tenth
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
[ $# -eq 2 ] || usage
begin memcached "$1" "$2"

threads=4
connections=50
keys=1000000
[ "$share" = full ] || keys=100000

need memcached memcached
need setpriv util-linux
need "${CC:-cc}" gcc
memcached=$(command -v memcached)

# Sets pid and port. Port -1 lets the kernel choose; memcached tells its choice in a file.
start_memcached() {
        rm -f "$tmp/port"
        become env LD_LIBRARY_PATH="$libdir" MEMCACHED_PORT_FILENAME="$tmp/port" \
                "$memcached" -l 127.0.0.1 -p -1 -U 0 -t "$threads" -m 1024 -M -c 1000 \
                </dev/null >"$tmp/memcached.log" 2>&1 &
        pid=$!
        started "memcached with $threads threads" "$pid"
        until_true 10 test -s "$tmp/port" || fail "memcached did not open a port within 10 s"
        port=$(sed -n 's/^TCP INET: //p' "$tmp/port")
        check_library memcached "$pid" "$memcached"
}

"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -pthread -o "$tmp/mc_client" "$here/mc_client.c"

start_memcached
timeout 600 "$tmp/mc_client" "$port" "$connections" "$keys" >"$tmp/client.out" &
client=$!
started "the client" "$client"
reap "$client" || fail "the client ended with status $reaped"
check_library memcached "$pid" "$memcached"
stop memcached "$pid" TERM 10

start_memcached
stop memcached "$pid" INT 10

pass "$(tail -n 1 "$tmp/client.out"), on $wanted_soname"
