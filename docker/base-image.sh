#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a base image without a registry: the packages of the distribution, unpacked, with the .NET 10 runtime of this machine and, where
# it is installed, NVIDIA's kernel compiler (libnvrtc), so that the CUDA image can be built from it too. Debian or Ubuntu, as root.
set -euo pipefail

fail() {
  echo "base-image.sh: $1" >&2
  exit 1
}

[ $# = 1 ] || fail "usage: docker/base-image.sh FILE.tar, then: docker import FILE.tar local/base:1"
[ "$(id -u)" = 0 ] || fail "run it as root (sudo): it unpacks packages with their owners"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: sudo apt-get install mmdebstrap"
command -v dotnet >/dev/null || fail "dotnet is missing: install the .NET 10 SDK; with sudo: sudo env PATH=\$PATH docker/base-image.sh FILE.tar"

# "Microsoft.NETCore.App 10.0.1 [/usr/share/dotnet/shared/Microsoft.NETCore.App]"
read -r version shared < <(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(10\.[^ ]*\) \[\(.*\)\]$/\1 \2/p' | sort -V | tail -1) ||
  fail "dotnet has no .NET 10 runtime: dotnet --list-runtimes"
dotnet=$(realpath "$shared/../..")
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# .NET's SHA-256 is OpenSSL's; the package's name has changed between releases.
ssl=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libssl3*' | sed -n 's/^installed //p' | head -1)
[ -n "$ssl" ] || fail "libssl3 is missing: sudo apt-get install openssl"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/share/dotnet/shared/Microsoft.NETCore.App" "$root/usr/share/dotnet/host/fxr" "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin"
cp "$dotnet/dotnet" "$root/usr/share/dotnet/"
cp -r "$shared/$version" "$root/usr/share/dotnet/shared/Microsoft.NETCore.App/"
cp -r "$dotnet/host/fxr/$version" "$root/usr/share/dotnet/host/fxr/"
ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
cp -a /usr/lib/x86_64-linux-gnu/libnvrtc.so.* /usr/lib/x86_64-linux-gnu/libnvrtc-builtins.so.* "$root/usr/lib/x86_64-linux-gnu/" 2>/dev/null || true

# Unpacked only: no package's script runs, so what those would make is made here.
settle='cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"; cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
[ -e "$1/bin/sh" ] || ln -s dash "$1/bin/sh"
cp -r '"$root"'/usr/. "$1/usr/"
chroot "$1" /sbin/ldconfig'
mmdebstrap --quiet --variant=extract --include="base-files,base-passwd,libc6,libc-bin,libstdc++6,libgcc-s1,$ssl,bash,dash,coreutils,grep" \
  --extract-hook="$settle" "$codename" "$1.partial" --format=tar || { rm -f "$1.partial"; fail "mmdebstrap could not make a $codename system"; }
mv "$1.partial" "$1"
