#!/bin/sh
# usage: run.sh BUILD LIBDIR
# Installs the build into a folder, moves the folder, and there builds and runs program.c in every way
# in which a user could: by libevent's library names, by pkg-config, by CMake, statically, and built
# for Debian's libevent and moved over by LD_LIBRARY_PATH alone. Each run must do its work and show
# that our library did it. So does the program of README.md.
set -eu
build=$1
libdir=$2
here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-cc}
cmake=${CMAKE:-cmake}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ways=0
LC_ALL=C
export LC_ALL
unset LD_LIBRARY_PATH LIBRARY_PATH PKG_CONFIG_PATH CPATH C_INCLUDE_PATH CMAKE_PREFIX_PATH 2>/dev/null || true

fail()
{
        printf 'not ok  %s\n' "$1"
        for file in "$work/out" "$work/log"; do
                [ ! -s "$file" ] || sed 's/^/        /' "$file"
        done
        exit 1
}

# quietly COMMAND...: a step whose output matters only if it fails.
quietly()
{
        "$@" >"$work/log" 2>&1 || fail "$*"
}

# compile OUTPUT ARGUMENT...: program.c, or $source, against the installed headers only.
source=program.c
compile()
{
        output=$1
        shift
        quietly "$cc" -Wall -Wextra -Werror -o "$work/$output" "$here/$source" "$@"
}

# works_on WAY LIBRARIES PROGRAM [VARIABLE=VALUE]: runs the program; it must load exactly the named
# libraries, of those whose names begin with libev; the files must be in the installed tree.
works_on()
{
        way=$1
        expected=$2
        program=$3
        shift 3
        env "$@" timeout 60 "$program" >"$work/out" 2>"$work/log" || fail "$way: the program failed"
        loaded=$(sed -n 's|.*/\(libev[^/]*\)$|\1|p' "$work/out" | sort -u | tr '\n' ' ')
        [ "$loaded" = "${expected:+$expected }" ] || fail "$way: loaded '$loaded', not '$expected'"
        if sed 1d "$work/out" | grep -v "^$prefix/" >"$work/log"; then
                fail "$way: loaded a library from elsewhere"
        fi
        ways=$((ways + 1))
        printf 'ok      %s\n' "$way"
}

"$cmake" --install "$build" --prefix "$work/first" >"$work/log" 2>&1 || fail "installation"
prefix=$work/moved
mv "$work/first" "$prefix"
lib=$prefix/$libdir
facades=$lib/evident/libevent
include=-I$prefix/include
ours="libevident.so.0.1.0"
simulation="libevident_sim.so.0.1.0"
all="libevent-2.1.so.7 libevent_core-2.1.so.7 libevent_extra-2.1.so.7 libevent_openssl-2.1.so.7"
all="$all libevent_pthreads-2.1.so.7 $ours"

if grep -rl "$work" "$prefix" >"$work/log"; then
        fail "installed files that know where they were installed"
fi

# By libevent's names. The program needs libevident itself, not a facade.
compile names "$include" -L"$facades" -levent_core -levent_pthreads -pthread
works_on "-levent_core -levent_pthreads" "$ours" "$work/names" LD_LIBRARY_PATH="$lib"
compile names_all "$include" -L"$facades" -levent -levent_extra -levent_openssl -levent_pthreads -pthread
works_on "-levent and the others" "$ours" "$work/names_all" LD_LIBRARY_PATH="$lib"
if command -v ld.lld-19 >/dev/null 2>&1; then
        quietly clang-19 -fuse-ld=lld -o "$work/lld" "$here/program.c" "$include" -L"$facades" -levent -pthread
        works_on "-levent by lld" "$ours" "$work/lld" LD_LIBRARY_PATH="$lib"
fi

# By pkg-config. Nothing of the system's libevent may be found beside ours.
for package in evident libevent libevent_core libevent_extra libevent_pthreads libevent_openssl; do
        PKG_CONFIG_LIBDIR=$lib/pkgconfig:$facades/pkgconfig
        export PKG_CONFIG_LIBDIR
        quietly pkg-config --print-errors --exists "$package"
        # shellcheck disable=SC2046
        compile "pc_$package" $(pkg-config --cflags --libs "$package") -pthread
        works_on "pkg-config $package" "$ours" "$work/pc_$package" LD_LIBRARY_PATH="$lib"
done
[ "$(pkg-config --modversion libevent)" = 2.1.12-stable ] || fail "pkg-config --modversion libevent"
[ "$(pkg-config --modversion evident)" = 0.1.0 ] || fail "pkg-config --modversion evident"

# By CMake.
quietly "$cmake" -S "$here/project" -B "$work/project" ${GENERATOR:+-G "$GENERATOR"} \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
quietly "$cmake" --build "$work/project"
works_on "find_package(evident): evident::evident" "$ours" "$work/project/shared"
works_on "find_package(evident): evident::static" "" "$work/project/static"
works_on "find_package(evident COMPONENTS sim): evident::sim" "$ours $simulation" \
        "$work/project/simulated" LD_LIBRARY_PATH="$lib"
works_on "find_package(evident COMPONENTS sim): evident::sim_static" "" "$work/project/simulated_static"

# The simulation by pkg-config.
source=simulated.c
# shellcheck disable=SC2046
compile pc_simulated -D_GNU_SOURCE $(pkg-config --cflags --libs evident-sim)
works_on "pkg-config evident-sim" "$ours $simulation" "$work/pc_simulated" LD_LIBRARY_PATH="$lib"
source=program.c

# The README's program, built as the README says it.
awk '/^```c$/ { inside = 1; next } /^```/ { if (inside) exit } inside' "$here/../../README.md" >"$work/tick.c"
cat >"$work/ticks" <<END
tick, 2 left
tick, 1 left
tick, 0 left
END
# shellcheck disable=SC2046
quietly "$cc" -std=c11 -Wall -Wextra -Werror "$work/tick.c" $(pkg-config --cflags --libs evident) -o "$work/tick"
LD_LIBRARY_PATH=$lib timeout 60 "$work/tick" >"$work/out" 2>"$work/log" || fail "the README's program failed"
cmp -s "$work/out" "$work/ticks" || fail "the README's program does not tick three times"
printf "ok      the README's program\n"

# Statically.
compile archive "$include" "$lib/libevident.a" -pthread
works_on "libevident.a" "" "$work/archive"
compile static "$include" -static -L"$facades" -levent_core -levent_pthreads -pthread
works_on "-static -levent_core -levent_pthreads" "" "$work/static"

# Built for Debian's libevent; what it was linked with decides which facades it asks for.
if [ ! -e /usr/include/event2/event.h ]; then
        printf 'skipped: programs built for libevent (libevent-dev is not installed)\n'
else
        compile debian_core -Wl,--no-as-needed -levent_core -levent_pthreads -pthread
        works_on "built for libevent_core and libevent_pthreads, moved over" \
                "libevent_core-2.1.so.7 libevent_pthreads-2.1.so.7 $ours" "$work/debian_core" \
                LD_LIBRARY_PATH="$facades"
        compile debian_two -Wl,--no-as-needed -levent -levent_pthreads -pthread
        works_on "built for libevent and libevent_pthreads, moved over" \
                "libevent-2.1.so.7 libevent_pthreads-2.1.so.7 $ours" "$work/debian_two" \
                LD_LIBRARY_PATH="$facades"
        compile debian_all -Wl,--no-as-needed -levent -levent_core -levent_extra -levent_pthreads \
                -levent_openssl -pthread
        works_on "built for all five, moved over" "$all" "$work/debian_all" LD_LIBRARY_PATH="$facades"

        # Every call of the program and of the libraries ends in libevident.
        env LD_LIBRARY_PATH="$facades" LD_BIND_NOW=1 LD_DEBUG=bindings "$work/debian_all" \
                >"$work/out" 2>"$work/bindings"
        # shellcheck disable=SC2016
        sed -n 's/.* to \([^ ]*\) .*symbol `\(ev[a-z]*_[^'"'"']*\)'"'"'.*/\2 \1/p' "$work/bindings" >"$work/calls"
        [ -s "$work/calls" ] || fail "LD_DEBUG=bindings shows no call of the library"
        if grep -v '/libevident\.so\.1$' "$work/calls" >"$work/log"; then
                fail "calls that do not end in libevident"
        fi
        printf 'ok      all of its %s kinds of calls end in libevident\n' "$(sort -u "$work/calls" | wc -l)"

        # The same without installation: the build tree serves, as its facades find its library.
        prefix=$build
        works_on "built for all five, on the build tree" "$all" "$work/debian_all" \
                LD_LIBRARY_PATH="$build/lib/evident/libevent"
fi

printf 'packaging: a program works in %d ways\n' "$ways"
