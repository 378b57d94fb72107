#!/bin/sh
# usage: foreign-packages.sh ARCHITECTURE FOLDER PACKAGE...
# Unpacks this distribution's packages of another architecture into FOLDER, for cross builds. The
# system's own packages and list of architectures stay as they are: apt gets private lists, and its
# mirror from the system's configuration. Needs no rights.
set -eu
architecture=$1
folder=$2
shift 2

[ -e "$folder/.complete" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder"
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/state"
: >"$apt/status"

# The release as it came out is enough, and other vendors' repositories have nothing for other
# machines.
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt's variables
apt-get indextargets 'Created-By: Packages' 'Component: main' "Release: $release" \
        --format '$(REPO_URI) $(SIGNED_BY)' | sort -u | while read -r uri key; do
        case $key in
        /*) options="[arch=$architecture signed-by=$key]" ;;
        *) options="[arch=$architecture]" ;;
        esac
        echo "deb $options $uri $release main"
done >"$apt/sources.list"

foreign_apt()
{
        apt-get -q -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
                -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
                -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
                -o Dir::Cache="$apt/cache" -o APT::Sandbox::User= -o Acquire::Languages=none "$@"
}

foreign_apt update
(cd "$apt/cache" && foreign_apt download "$@")
for package in "$apt"/cache/*.deb; do
        dpkg -x "$package" "$folder"
done
: >"$folder/.complete"
