#!/bin/sh
# Counts the instructions of the basic operations (work.c) under callgrind and holds them against
# figures.txt: a rise of more than 5 % fails.
#
#   sh run.sh DIR            DIR has the release build's libevident.so
#   sh run.sh --update DIR   writes the counts to figures.txt; say in the commit why they rose
#   sh run.sh --profile NAME DIR   callgrind's table of the functions of one workload; with THREADS=1
#                            in the environment, with locks
#
# Beside them, for orientation, what the same source costs on Debian's libevent. Counts are of user
# space: what the kernel does is not in them. valgrind does not know epoll_pwait2, so the loop waits
# by epoll_wait here. Exit status 77: there is no valgrind.
set -eu

usage()
{
        sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
        exit 2
}

update='' profile=''
case ${1-} in
--update)
        update=yes
        shift
        ;;
--profile)
        [ $# -eq 3 ] || usage
        profile=$2
        shift 2
        ;;
esac
if [ $# -ne 1 ] || [ ! -e "$1/libevident.so" ]; then
        usage
fi
here=$(cd "$(dirname "$0")" && pwd)
lib=$(cd "$1" && pwd)
include=$here/../../../src/include
cc=${CC:-cc}

if ! command -v valgrind >/dev/null || [ ! -e /usr/include/valgrind/callgrind.h ]; then
        echo "skipped: there is no valgrind here"
        exit 77
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# measure NAME PROGRAM [ARGUMENT...]: "operation instructions-per-operation" lines in $tmp/NAME
measure()
{
        name=$1
        shift
        mkdir "$tmp/$name.d"
        valgrind -q --log-file="$tmp/log" --tool=callgrind --collect-atstart=no \
                --callgrind-out-file="$tmp/$name.d/out" "$@" >"$tmp/$name.ops" || {
                cat "$tmp/log" >&2
                exit 1
        }
        awk 'FNR == NR { ops[$1] = $2; next }
                /^desc: Trigger: Client Request:/ { work = $NF }
                /^(summary|totals):/ { if (work in ops) count[work] = $2 }
                END { for (w in ops) printf "%s %.1f\n", w, count[w] / ops[w] }' \
                "$tmp/$name.ops" "$tmp/$name.d"/out.* >"$tmp/$name"
}

"$cc" -std=gnu11 -O2 -g -I"$include" -o "$tmp/work" "$here/work.c" -L"$lib" -levident -Wl,-rpath,"$lib"

if [ -n "$profile" ]; then
        valgrind -q --log-file="$tmp/log" --tool=callgrind --toggle-collect="$profile" \
                --callgrind-out-file="$tmp/out" "$tmp/work" ${THREADS:+threads} profile "$profile"
        callgrind_annotate --threshold=99 "$tmp/out"
        exit
fi

measure plain "$tmp/work"
measure threads "$tmp/work" threads
if [ -e /usr/include/event2/thread.h ] &&
        "$cc" -std=gnu11 -O2 -g -o "$tmp/work-libevent" "$here/work.c" -levent_core -levent_pthreads 2>"$tmp/log"; then
        measure libevent-plain "$tmp/work-libevent"
        measure libevent-threads "$tmp/work-libevent" threads
fi

if [ -n "$update" ]; then
        {
                echo "# Instructions per operation in user space, counted by run.sh: without and with"
                echo "# evthread_use_pthreads(). A rise of more than 5 % fails the test until the figure is"
                echo "# changed by 'run.sh --update', with the reason in the commit."
                echo "#"
                echo "# $("$cc" --version | head -n 1), release build, $(uname -m), $(valgrind --version), $(date -u +%Y-%m-%d)"
                echo "#"
                printf '# %-24s %10s %10s\n' workload plain threads
                while read -r work _; do
                        printf '  %-24s %10s %10s\n' "$work" \
                                "$(awk -v w="$work" '$1 == w { print $2 }' "$tmp/plain")" \
                                "$(awk -v w="$work" '$1 == w { print $2 }' "$tmp/threads")"
                done <"$tmp/plain.ops"
        } >"$tmp/figures"
        cp "$tmp/figures" "$here/figures.txt"
fi

grep -v '^#' "$here/figures.txt" >"$tmp/committed"
for file in plain threads libevent-plain libevent-threads; do
        [ -e "$tmp/$file" ] && sed "s/^/$file /" "$tmp/$file"
done >"$tmp/counts"
awk '
        FILENAME ~ /counts$/ { count[$1, $2] = $3; next }
        FILENAME ~ /committed$/ { committed["plain", $1] = $2; committed["threads", $1] = $3; next }
        FNR == 1 {
                printf "%-24s %-8s %10s %10s %8s %10s %6s\n",
                        "workload", "locks", "evident", "committed", "change", "libevent", "ratio"
        }
        {
                for (i = 1; i <= 2; i++) {
                        kind = i == 1 ? "plain" : "threads"
                        now = count[kind, $1]; was = committed[kind, $1]; theirs = count["libevent-" kind, $1]
                        change = was > 0 ? 100 * (now - was) / was : 0
                        verdict = was == "" ? "  no committed figure" : change > 5 ? "  TOO MANY" : ""
                        if (now <= 0) verdict = "  NOT COUNTED"
                        failed += verdict != ""
                        printf "%-24s %-8s %10.1f %10s %7.1f%% %10s %6s%s\n", $1, kind, now, was, change,
                                theirs == "" ? "-" : theirs,
                                theirs == "" ? "-" : sprintf("%.2f", now / theirs), verdict
                }
        }
        END { exit failed > 0 }' "$tmp/counts" "$tmp/committed" "$tmp/plain.ops"
