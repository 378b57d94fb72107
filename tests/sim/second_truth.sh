#!/bin/sh
# What is tested is what is shipped: the objects of src/ in a simulated program are byte for byte those
# of the production library.
#
#   sh second_truth.sh BUILD LIBRARY-MAP ARCHIVE PROGRAM-MAP
#
# The maps are the linker's own account of what it linked: the shared library from which objects, the
# program from which archive. All paths in them are relative to BUILD.
set -eu

build=$1 library_map=$2 archive=$3 program_map=$4
cd "$build"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

fail()
{
        echo "$1"
        exit 1
}

# The checksums of what libevident.so was linked from.
sed -n 's/^LOAD \(.*evident_objects.*\.o\)$/\1/p' "$library_map" >"$tmp/objects"
[ -s "$tmp/objects" ] || fail "the map of the shared library names no object of src/"
while read -r object; do
        cksum <"$object"
done <"$tmp/objects" | sort >"$tmp/shipped"

# Those of the archive; members may have the same name, so each is taken by its count.
ar t "$archive" | sort | uniq -c | while read -r count member; do
        while [ "$count" -gt 0 ]; do
                (cd "$tmp" && ar xN "$count" "$archive" "$member" && cksum <"$member")
                count=$((count - 1))
        done
done | sort >"$tmp/archived"

cmp -s "$tmp/shipped" "$tmp/archived" || {
        diff "$tmp/shipped" "$tmp/archived" | head
        fail "libevident.so and libevident.a are not of the same objects"
}

# What the program took of the library, it took from that archive, and from nowhere else.
grep -q "^LOAD .*$(basename "$archive")\$" "$program_map" || fail "the program was not linked with the archive"
if grep '^LOAD .*\.o$' "$program_map" | grep -q evident_objects; then
        fail "the program was linked with objects of src/ beside the archive"
fi
taken=$(grep -c "^[^ ].*$(basename "$archive")(.*\.o)\$" "$program_map") || fail "the program took nothing from the archive"
[ "$(nm "${program_map%.map}" | grep -c ' T event_add$')" -eq 1 ] || fail "event_add is not defined exactly once"

echo "$(wc -l <"$tmp/shipped") objects of src/ are the same in libevident.so and libevident.a; the program took $taken members"
