#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Every public header compiles alone, included twice, before and after <sys/queue.h>, without a
# warning, as C11 and as C++17; and C++ finds every function of the core under its C name.
#
#   sh tests/lint/headers.sh
#
# It uses those of the compilers below that are installed. 0 if all is well, 1 if not, 77 if there
# is no compiler at all.
set -u
cd "$(dirname "$0")/../.." || exit 1
include="src/include sim/include"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion -Werror"
c_compilers="${CC:-} gcc clang clang-14 clang-19 i686-linux-gnu-gcc s390x-linux-gnu-gcc"
cxx_compilers="${CXX:-} g++ clang++ clang++-14 clang++-19"
c_warnings="-Wstrict-prototypes -Wmissing-prototypes"
failed=0
compiled=0

headers=$(for folder in $include; do (cd "$folder" && find . -name '*.h'); done | sed 's,^\./,,' | sort)

# The simulation's calls have POSIX's types in their signatures, which standard C hides.
dialect() { # header
        case $1 in evident/sim*) echo -D_DEFAULT_SOURCE ;; esac
}

# How programs include a header; the last line gives the file something to declare.
write_uses() { # header
        this="#include <$1>"
        queue="#include <sys/queue.h>"
        links="struct item { TAILQ_ENTRY(item) next; LIST_ENTRY(item) other; };"
        printf '%s\n' "$this" "$this" 'extern int end;' >"$work/twice.c"
        printf '%s\n' "$queue" "$this" "$links" 'TAILQ_HEAD(items, item);' >"$work/queue_first.c"
        printf '%s\n' "$this" "$queue" "$this" "$links" 'LIST_HEAD(items, item);' \
                >"$work/queue_last.c"
}

compile() { # compiler and its flags, header
        for use in twice queue_first queue_last; do
                # shellcheck disable=SC2086,SC2046 # lists of words
                $1 $warnings -I src/include -I sim/include $(dialect "$2") -fsyntax-only "$work/$use.c" && continue
                echo "$2: $1 refuses it ($use)"
                failed=1
        done
        compiled=$((compiled + 1))
}

is_there() {
        [ -n "$1" ] && echo 'int x;' | $1 -x c -fsyntax-only - 2>/dev/null
}

for header in $headers; do
        write_uses "$header"
        for cc in $c_compilers; do
                is_there "$cc" && compile "$cc -std=c11 $c_warnings" "$header"
        done
        for cxx in $cxx_compilers; do
                is_there "$cxx" && compile "$cxx -x c++ -std=c++17" "$header"
        done
done

# A function outside extern "C" would have a C++ name, which the library does not export.
functions=$(sed -n 's/^function \([a-z0-9_]*\) = .*/\1/p' tests/api/abi/facts-amd64.txt)
{
        for header in $headers; do
                echo "#include <$header>"
        done
        echo 'void *const functions[] = {'
        for function in $functions evident_version; do
                grep -rqw "$function" src/include && echo "(void *)&$function,"
        done
        echo '};'
        echo 'void *const *first() { return functions; }'
} >"$work/names.cc"
for cxx in $cxx_compilers; do
        is_there "$cxx" || continue
        $cxx -std=c++17 -w -I src/include -I sim/include -c "$work/names.cc" -o "$work/names.o" || failed=1
        mangled=$(nm -u "$work/names.o" | grep ' _Z')
        [ -z "$mangled" ] && continue
        echo "$cxx: not extern \"C\": $mangled"
        failed=1
done

echo "headers: $(echo "$headers" | wc -w) headers, $compiled times accepted or refused alone"
[ $failed = 0 ] || exit 1
[ $compiled -gt 0 ] || exit 77
exit 0
