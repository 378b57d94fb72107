#!/bin/sh
# usage: fresh.sh [SUITE [MIRROR]]
# The README's two commands on a machine that has nothing yet: a fresh Debian made by debootstrap in a
# temporary folder, with what is committed here. As root. SUITE and MIRROR are this system's own if
# not given; FRESH_COMMANDS='sh .ci/run' tries that instead. The new system's processes and mounts live
# in namespaces that end with this script.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || {
        echo "fresh.sh: debootstrap and chroot need root"
        exit 2
}

suite=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
# shellcheck disable=SC2016 # apt's variable
mirror=${2:-$(apt-get indextargets 'Created-By: Packages' 'Component: main' "Release: $suite" \
        --format '$(REPO_URI)' | head -n 1)}
[ -n "$mirror" ] || {
        echo "fresh.sh: apt knows no mirror of $suite; give one as the second argument"
        exit 2
}
commands=${FRESH_COMMANDS:-$(sed -n '/^## Two commands/,/^## /s/^    \(sh [^#]*\)#.*/\1/p' README.md)}
[ -n "${FRESH_COMMANDS:-}" ] || [ "$(echo "$commands" | wc -l)" -eq 2 ] || {
        echo "fresh.sh: README.md's section 'Two commands' does not have two lines of commands"
        exit 1
}

root=$(mktemp -d "${TMPDIR:-/tmp}/evident-fresh.XXXXXX")
chmod 755 "$root" # it becomes /, which users other than root must be able to enter
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM HUP

echo "making a fresh $suite"
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
        tail -n 20 "$root.log"
        rm -f "$root.log"
        exit 1
}
rm -f "$root.log"
cp /etc/resolv.conf "$root/etc/"
mkdir "$root/evident"
git archive HEAD | tar -x -C "$root/evident"

cat >"$root/inside.sh" <<END
set -eu
mount -t proc proc /proc
mount -t tmpfs tmpfs /dev/shm
cd /evident
echo "$commands" | while read -r command; do
        echo "fresh: \$command"
        begun=\$(date +%s)
        \$command </dev/null
        echo "fresh: ok: \$command (\$((\$(date +%s) - begun)) s)"
done
END
unshare --mount --pid --fork --kill-child chroot "$root" \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" \
        ${http_proxy:+http_proxy="$http_proxy"} sh /inside.sh
echo "fresh: the README's commands work on a fresh $suite"
