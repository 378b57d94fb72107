#!/bin/sh
# The same worlds must come out the same everywhere: the lines of worlds.c against hashes.txt.
#
#   sh run.sh here PROGRAM...    as it was built: with and without address randomisation, with memory
#                                in several variants
#   sh run.sh valgrind PROGRAM   under valgrind, which must have nothing to say either
#   sh run.sh compilers CC...    compiled anew, at -O0 and at -O3, by each compiler that is here
#   sh run.sh update PROGRAM     writes hashes.txt, because what the library or the kernel does has
#                                changed; say in the commit what
#
# Exit status 77: there is no valgrind, or none of the compilers.
set -u

cd "$(dirname "$0")" || exit 2
here=$(pwd)
top=$here/../../..
seeds=10
[ $# -ge 2 ] || {
        sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
        exit 2
}
mode=$1
shift
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
failed=0

# check WHAT COMMAND...
check()
{
        what=$1
        shift
        if ! "$@" >"$tmp/out" 2>"$tmp/err"; then
                echo "FAILED  $what:"
                tail -n 20 "$tmp/err"
                failed=1
        elif ! cmp -s hashes.txt "$tmp/out"; then
                echo "DIFFERS $what; from here on:"
                diff hashes.txt "$tmp/out" | head -n 8
                failed=1
        else
                echo "same    $what"
        fi
}

# compile CC LEVEL: the library, the simulation and the worlds in one program, at that level
compile()
{
        number=0
        for folder in "$top"/src/*/ "$top"/sim/*/; do
                ls "$folder"*.c >"$tmp/sources" 2>/dev/null || continue
                number=$((number + 1))
                mkdir "$tmp/objects/$number"
                (cd "$tmp/objects/$number" &&
                        xargs "$1" -std=c11 "-O$2" -c -D_GNU_SOURCE=1 "-I$top/src" "-I$top/src/include" \
                                "-I$top/sim" "-I$top/sim/include" <"$tmp/sources") || return
        done
        "$1" -std=c11 "-O$2" -D_GNU_SOURCE=1 "-I$top/src/include" "-I$top/sim/include" -o "$tmp/worlds" worlds.c network.c \
                "$tmp"/objects/*/*.o -lpthread
}

case $mode in
here)
        check "as it is" "$@" "$seeds"
        if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then
                check "without address randomisation" setarch -R "$@" "$seeds"
        fi
        for variant in 1 2 7 12; do
                check "memory variant $variant" env EVSIM_VARIANT=$variant "$@" "$seeds"
        done
        ;;
valgrind)
        command -v valgrind >/dev/null || exit 77
        check "under valgrind" valgrind -q --error-exitcode=1 "$@" "$seeds"
        ;;
compilers)
        tried=0
        for cc; do
                command -v "$cc" >/dev/null || continue
                for level in 0 3; do
                        rm -rf "$tmp/objects"
                        mkdir "$tmp/objects"
                        compile "$cc" $level 2>"$tmp/err" || {
                                cat "$tmp/err"
                                exit 1
                        }
                        check "$cc -O$level" "$tmp/worlds" "$seeds"
                        tried=1
                done
        done
        [ $tried -eq 1 ] || exit 77
        ;;
update)
        "$@" "$seeds" >"$tmp/out" && cp "$tmp/out" hashes.txt
        ;;
*) exit 2 ;;
esac
[ $failed -eq 0 ] || echo "If all builds differ alike, and the change is meant: sh $here/run.sh update PROGRAM"
exit $failed
