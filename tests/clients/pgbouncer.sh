#!/bin/sh
# Debian's pgbouncer, not recompiled, on our library, between pgbench and a real PostgreSQL: 20 clients on 10 pooled
# connections for 60 s (6 s for "tenth"), then a shorter run that connects anew for each transaction. While the load
# runs, pgbouncer is reloaded by command and by signal and asked for its pools. Nothing may fail, pgbouncer must have
# counted every transaction, its log must stay free of warnings, and it must leave on SIGINT with status 0.
#
# usage: sh pgbouncer.sh LIBDIR full|tenth
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
[ $# -eq 2 ] || usage
begin pgbouncer "$1" "$2"
unset PGDATA PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGOPTIONS PGSSLMODE PGSERVICE PGPASSFILE

clients=20
seconds=60
[ "$share" = full ] || seconds=6
reconnect_seconds=$(((seconds + 5) / 6))

PATH=$PATH:/usr/sbin
need pgbouncer pgbouncer
need psql postgresql
need setpriv util-linux
pgbouncer=$(command -v pgbouncer)
server_bin=
for bin in /usr/lib/postgresql/*/bin; do
        [ ! -x "$bin/initdb" ] || [ ! -x "$bin/pgbench" ] || server_bin=$bin
done
[ -n "$server_bin" ] || fail "no PostgreSQL server found: apt-get install postgresql"

# A cluster of our own; without fsync, so that the disk is not what limits the load on pgbouncer.
start_postgres() {
        say "making a cluster with $("$server_bin/postgres" --version)"
        (become timeout 120 "$server_bin/initdb" -D "$tmp/data" -U bench -A trust -E UTF8 --no-locale --no-sync) \
                >"$tmp/initdb.log" 2>&1 || fail "initdb failed"
        postgres_port=$(free_port 20000)
        become "$server_bin/postgres" -D "$tmp/data" -k "$tmp" -p "$postgres_port" -F \
                -c listen_addresses=127.0.0.1 -c max_connections=50 -c shared_buffers=64MB \
                </dev/null >"$tmp/postgres.log" 2>&1 &
        postgres=$!
        started PostgreSQL "$postgres"
        until_true 60 postgres_answers || fail "PostgreSQL did not answer within 60 s"
}

postgres_answers() {
        "$server_bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port" -U bench -d postgres
}

write_settings() {
        cat <<END
[databases]
bench = host=127.0.0.1 port=$postgres_port dbname=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $bouncer_port
unix_socket_dir =
auth_type = trust
auth_file = $tmp/users
admin_users = bench
pool_mode = transaction
default_pool_size = 10
max_client_conn = 100
stats_period = 2
END
}

start_pgbouncer() {
        bouncer_port=$(free_port 26000)
        write_settings >"$tmp/pgbouncer.ini"
        echo '"bench" ""' >"$tmp/users"
        chmod a+r "$tmp/pgbouncer.ini" "$tmp/users"
        become env LD_LIBRARY_PATH="$libdir" "$pgbouncer" "$tmp/pgbouncer.ini" \
                </dev/null >"$tmp/pgbouncer.log" 2>&1 &
        bouncer=$!
        started pgbouncer "$bouncer"
        until_true 20 bouncer_answers || fail "pgbouncer did not answer within 20 s"
        check_library pgbouncer "$bouncer" "$pgbouncer"
}

# admin COMMAND: pgbouncer's own console, as CSV with a header.
admin() {
        timeout 10 psql -X -q --csv -h 127.0.0.1 -p "$bouncer_port" -U bench -d pgbouncer -c "$1" 2>>"$tmp/psql.log"
}

bouncer_answers() {
        admin 'SHOW VERSION' >/dev/null 2>&1
}

# column NAME: its sum over the rows of database bench, of CSV on standard input.
column() {
        awk -F, -v name="$1" '
                NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) n = i; next }
                $1 == "bench" && n { sum += $n; rows++ }
                END { if (!rows) exit 1; print sum }'
}

pooled_clients() {
        admin 'SHOW POOLS' >"$tmp/pools"
        echo $(($(column cl_active <"$tmp/pools") + $(column cl_waiting <"$tmp/pools")))
}

all_clients_pooled() {
        [ "$(pooled_clients)" -eq "$clients" ]
}

log_shows() {
        [ "$(grep -c "$1" "$tmp/pgbouncer.log")" -ge "$2" ]
}

# start_load NAME SECONDS OPTION...
start_load() {
        load_name=$1
        load_seconds=$2
        shift 2
        "$server_bin/pgbench" -n -h 127.0.0.1 -p "$bouncer_port" -U bench -c "$clients" -j 2 -T "$load_seconds" \
                -P "$(((load_seconds + 5) / 6))" -b tpcb-like@1 -b select-only@4 "$@" bench \
                </dev/null >"$tmp/$load_name.log" 2>&1 &
        load=$!
        shown=0
        started "pgbench ($load_name), $clients clients for $load_seconds s" "$load"
}

load_is_over() {
        lines=$(grep -c '^progress: ' "$tmp/$load_name.log" || true)
        [ "$lines" -eq "$shown" ] || sed -n 's/^progress: /  /p' "$tmp/$load_name.log" | tail -n "+$((shown + 1))"
        shown=$lines
        has_exited "$load"
}

finish_load() {
        until_true $((load_seconds + 60)) load_is_over || fail "pgbench still runs 60 s after its time"
        reap "$load" || fail "pgbench ended with status $reaped"
        grep -q '^number of failed transactions: 0 ' "$tmp/$load_name.log" || fail "pgbench had failed transactions"
        ! grep -iE 'error|aborted|fatal' "$tmp/$load_name.log" || fail "pgbench met an error"
        done_here=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$tmp/$load_name.log")
        [ "$done_here" -gt 0 ] || fail "pgbench made no transaction"
        transactions=$((transactions + done_here))
}

# The cases that reach pgbouncer through its console and through the event library's signals, under load.
reload_under_load() {
        until_true 10 all_clients_pooled || fail "SHOW POOLS has $(pooled_clients) clients, not $clients"
        say "SHOW POOLS: all $clients clients"
        admin RELOAD || fail "RELOAD was refused"
        until_true 5 log_shows 'RELOAD command issued' 1 || fail "RELOAD is not in the log"
        kill -s HUP "$bouncer"
        until_true 5 log_shows 'got SIGHUP' 1 || fail "SIGHUP is not in the log"
        kill -s USR1 "$bouncer"
        until_true 20 log_shows 'got SIGUSR1' 1 || fail "SIGUSR1 (pause) is not in the log"
        kill -s USR2 "$bouncer"
        until_true 5 log_shows 'got SIGUSR2' 1 || fail "SIGUSR2 (resume) is not in the log"
        say "reloaded by RELOAD and SIGHUP, paused and resumed by signals"
}

check_stats() {
        admin 'SHOW STATS' >"$tmp/stats" || fail "SHOW STATS was not answered"
        counted=$(column total_xact_count <"$tmp/stats") || fail "SHOW STATS does not tell of our database"
        [ "$counted" -ge "$transactions" ] || fail "pgbouncer counts $counted transactions, pgbench $transactions"
        say "SHOW STATS: $counted transactions"
}

check_log() {
        ! grep -E '\] (WARNING|ERROR|FATAL) ' "$tmp/pgbouncer.log" >"$tmp/warnings" || fail "warnings in the log"
}

transactions=0
start_postgres
timeout 60 psql -X -q -h 127.0.0.1 -p "$postgres_port" -U bench -d postgres -c 'CREATE DATABASE bench' ||
        fail "cannot create the database"
timeout 120 "$server_bin/pgbench" -i -q -s 10 -h 127.0.0.1 -p "$postgres_port" -U bench bench \
        >"$tmp/fill.log" 2>&1 || fail "pgbench could not fill the database"
start_pgbouncer

start_load steady "$seconds"
reload_under_load
finish_load
rate=$((done_here / seconds))
start_load reconnecting "$reconnect_seconds" -C
finish_load

check_stats
check_library pgbouncer "$bouncer" "$pgbouncer"
stop pgbouncer "$bouncer" INT 20
check_log
stop PostgreSQL "$postgres" INT 20
pass "$transactions transactions of $clients clients, $rate/s steady, $((done_here / reconnect_seconds))/s" \
        "reconnecting, no error, on $wanted_soname"
