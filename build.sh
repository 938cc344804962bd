#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Starts the build: ./build.sh --help lists its targets. Needs git and the .NET SDK of global.json, which it installs where it is missing.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TEMP="$ROOT/.nuke/temp"
PROJECT="$ROOT/build/_build.csproj"
mkdir -p "$TEMP"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUKE_TELEMETRY_OPTOUT=1
# NUKE takes its own options from the environment too, and these names are everyday ones; NUKE_TARGET and so on still work.
unset TARGET HOST PLAN HELP SKIP CONTINUE PROFILE VERBOSITY PARTITION 2>/dev/null || true

find_sdk() {
  # Run from the root, dotnet itself compares with global.json.
  if command -v dotnet >/dev/null && (cd "$ROOT" && dotnet --version) >/dev/null 2>&1; then
    return
  fi
  local folder="$TEMP/dotnet-unix" version
  version=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$ROOT/global.json" | head -1)
  if [ ! -x "$folder/dotnet" ] || ! (cd "$ROOT" && "$folder/dotnet" --version) >/dev/null 2>&1; then
    echo "Installing the .NET SDK $version into .nuke/temp/dotnet-unix" >&2
    if ! { { curl -fsSL --connect-timeout 20 https://dot.net/v1/dotnet-install.sh -o "$TEMP/dotnet-install.sh" ||
             wget -q --timeout=20 https://dot.net/v1/dotnet-install.sh -O "$TEMP/dotnet-install.sh"; } 2>/dev/null &&
           bash "$TEMP/dotnet-install.sh" --install-dir "$folder" --version "$version" --no-path >"$TEMP/dotnet-install.log" 2>&1; }; then
      echo "build.sh: the .NET SDK $version or a later 10.0 is needed and could not be downloaded: install it from https://dotnet.microsoft.com/download" >&2
      exit 255
    fi
  fi
  export DOTNET_ROOT="$folder" PATH="$folder:$PATH"
}

# package: the real Nuke.Common; bundled: build/nuke. Whether the feed has the package is asked once.
choose_engine() {
  local wanted
  wanted=$(sed -n 's/.*"Nuke.Common" Version="\([^"]*\)".*/\1/p' "$PROJECT")
  if [ -n "${NUKE_ENGINE:-}" ]; then
    ENGINE=$NUKE_ENGINE WHY="NUKE_ENGINE is set"
  elif [ -f "$TEMP/nuke-engine" ] && [ "$(sed -n 2p "$TEMP/nuke-engine")" = "$wanted" ]; then
    ENGINE=$(sed -n 1p "$TEMP/nuke-engine")
    WHY="remembered in .nuke/temp/nuke-engine"
  else
    if NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=1 dotnet restore "$PROJECT" -p:NukeEngine=package -v quiet >"$TEMP/nuke-restore.log" 2>&1; then
      ENGINE=package WHY="Nuke.Common $wanted restored"
    else
      ENGINE=bundled WHY="Nuke.Common $wanted cannot be restored here"
    fi
    printf '%s\n%s\n' "$ENGINE" "$wanted" >"$TEMP/nuke-engine"
  fi
  case $ENGINE in
    package | bundled) ;;
    *) echo "build.sh: unknown NUKE_ENGINE '$ENGINE': known: package, bundled" >&2; exit 255 ;;
  esac
}

# cuda where nvidia-smi shows a GPU and the package restores. Two lines in .nuke/temp/torch-backend: which and why.
choose_backend() {
  local file="$TEMP/torch-backend" backend why
  if [ -n "${TORCH_BACKEND:-}" ]; then
    case $TORCH_BACKEND in
      cpu | cuda) backend=$TORCH_BACKEND why="TORCH_BACKEND is set" ;;
      *) echo "build.sh: unknown TORCH_BACKEND '$TORCH_BACKEND': known: cpu, cuda" >&2; exit 255 ;;
    esac
  elif ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L 2>/dev/null | grep -q '^GPU'; then
    backend=cpu why="nvidia-smi shows no GPU"
  elif [ -f "$TEMP/cuda-restore" ]; then
    backend=$(sed -n 1p "$TEMP/cuda-restore") why=$(sed -n 2p "$TEMP/cuda-restore")
  else
    echo "A GPU: looking for the CUDA build of libtorch, a download of gigabytes" >&2
    if probe_cuda; then
      backend=cuda why="nvidia-smi shows a GPU and TorchSharp-cuda-linux restores"
    else
      backend=cpu why="nvidia-smi shows a GPU, but TorchSharp-cuda-linux cannot be restored here"
    fi
    printf '%s\n%s\n' "$backend" "$why" >"$TEMP/cuda-restore"
  fi
  export TORCH_BACKEND=$backend
  printf '%s\n%s\n' "$backend" "$why" >"$file.partial" && mv "$file.partial" "$file"
}

probe_cuda() {
  local folder="$TEMP/cuda-probe" version
  version=$(sed -n 's/.*"TorchSharp-cuda-linux" Version="\([^"]*\)".*/\1/p' "$ROOT/Directory.Packages.props")
  mkdir -p "$folder"
  echo '<Project />' | tee "$folder/Directory.Build.props" "$folder/Directory.Build.targets" "$folder/Directory.Packages.props" >/dev/null
  cat >"$folder/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NoWarn>NU1603</NoWarn></PropertyGroup>
  <ItemGroup><PackageReference Include="TorchSharp-cuda-linux" Version="$version" /></ItemGroup>
</Project>
XML
  NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=1 dotnet restore "$folder/probe.csproj" -v quiet >"$TEMP/cuda-restore.log" 2>&1
}

# The build itself is compiled only when its sources differ from those of the last success.
compile_build() {
  local stamp="$TEMP/build-$ENGINE.stamp" now
  now=$(cd "$ROOT" && { find build experiments/Catalog -type d \( -name bin -o -name obj \) -prune -o -type f -print | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cksum; cksum global.json; } | cksum)
  ASSEMBLY="$ROOT/build/bin/Debug/$ENGINE/_build.dll"
  if [ -f "$ASSEMBLY" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then
    return
  fi
  rm -f "$stamp"
  if ! dotnet build "$PROJECT" -p:NukeEngine="$ENGINE" -nodeReuse:false -p:UseSharedCompilation=false -nologo -v quiet >"$TEMP/build-compile.log" 2>&1; then
    cat "$TEMP/build-compile.log" >&2
    exit 1
  fi
  echo "$now" >"$stamp"
}

find_sdk
choose_engine
choose_backend
compile_build
# Printed by the build, once it has looked at the options.
export BUILD_ENGINE="$ENGINE ($WHY)"

# libtorch allocates tensors anew for each operation: without these glibc gives large ones back to the kernel every time, and its idle
# threads spin (docs/architecture.md).
export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-4294967296}" MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-4294967296}"
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}" GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-0}"

exec dotnet "$ASSEMBLY" "$@"
