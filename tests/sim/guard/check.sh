#!/bin/sh
# Guard mode: a simulated descriptor that is given to the real kernel is EBADF there; with the guard
# preloaded the call is named, and the process ends.
#
#   sh check.sh PROGRAM [GUARD]
set -u

program=$1
guard=${2-}
tmp=$(mktemp) || exit 2
trap 'rm -f "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
failed=0

for call in read write close send fcntl ioctl epoll_ctl poll; do
        "$program" $call || {
                echo "$call of a simulated descriptor is not EBADF"
                failed=1
        }
        [ -n "$guard" ] || continue
        if LD_PRELOAD=$guard "$program" $call 2>"$tmp" ||
                ! grep -q "^evsim: the simulated descriptor [0-9]* was given to the real $call" "$tmp"; then
                echo "the guard does not name $call:"
                cat "$tmp"
                failed=1
        fi
done
exit $failed
