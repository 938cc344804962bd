#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests of the CPU kernels on Arm64: on an Arm64 Linux as they are, on another Debian 12 under user-mode emulation.
# usage: bash tests/arm64/run.sh [options of the test program, e.g. -class Yoso.Cpu.Tests.HadamardHashTests]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$PWD/artifacts/arm64

stop() { echo "$1" >&2; exit 1; }

[ "$(uname -s)" = Linux ] || stop "Arm64 tests: need Linux (any on Arm64, Debian 12 elsewhere); this is $(uname -s)."
command -v dotnet > /dev/null || stop "Arm64 tests: no dotnet; install the .NET SDK of global.json."
if [ "$(uname -m)" != aarch64 ]; then
  { grep -q '^ID=debian' /etc/os-release && grep -q '^VERSION_ID="12"' /etc/os-release; } 2> /dev/null \
    || stop "Arm64 tests: emulation is prepared for Debian 12 only; use that, or an Arm64 machine."
fi

# Packages of an architecture, unpacked under a folder: nothing is installed and no root is needed.
unpack() {
  local arch=$1 target=$2
  shift 2
  [ -f "$target/complete" ] && return
  rm -rf "$target.partial"
  mkdir -p "$target.partial"/apt/{lists/partial,archives/partial} "$target.partial/debs"
  : > "$target.partial/apt/status"
  local apt=(-qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o APT::Sandbox::User= -o "Dir::State=$target.partial/apt"
    -o "Dir::State::Lists=$target.partial/apt/lists" -o "Dir::State::status=$target.partial/apt/status" -o "Dir::Cache=$target.partial/apt")
  apt-get "${apt[@]}" update && (cd "$target.partial/debs" && apt-get "${apt[@]}" download "$@") \
    || stop "Arm64 tests: could not fetch $* for $arch with apt-get; is the network there?"
  local package
  for package in "$target.partial"/debs/*.deb; do
    dpkg-deb -x "$package" "$target.partial"
  done
  rm -rf "$target.partial/apt" "$target.partial/debs"
  touch "$target.partial/complete"
  rm -rf "$target"
  mv "$target.partial" "$target"
}

emulator=()
if [ "$(uname -m)" != aarch64 ]; then
  # OpenSSL: the test runner hashes the names of the tests.
  unpack arm64 "$folder/system" libc6 libstdc++6 libgcc-s1 libssl3 zlib1g
  unpack "$(dpkg --print-architecture)" "$folder/qemu" qemu-user-static
  emulator=("$folder/qemu/usr/bin/qemu-aarch64-static")
  # A core of the first Arm64 servers in wide use; without SVE, as our kernels are.
  export QEMU_LD_PREFIX=$folder/system QEMU_CPU=neoverse-n1
  # The runtime writes code through a second mapping, which the emulator does not see: stale code would run.
  export DOTNET_EnableWriteXorExecute=0 DOTNET_TieredCompilation=0
fi

# Folders of its own: the build of this machine's architecture keeps its files.
dotnet publish tests/Yoso.Cpu.Tests -c Release -r linux-arm64 --self-contained -v quiet -nologo --artifacts-path "$folder/build"
program=$folder/build/publish/Yoso.Cpu.Tests/release_linux-arm64/Yoso.Cpu.Tests

if [ ${#emulator[@]} -gt 0 ]; then
  echo "Arm64 tests: emulated, $("${emulator[0]}" --version | head -1), $QEMU_CPU"
else
  echo "Arm64 tests: $(uname -m), $(nproc) cores"
fi
exec "${emulator[@]}" "$program" -noColor "$@"
