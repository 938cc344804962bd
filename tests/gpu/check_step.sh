#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One LRA training step on a GPU against the same step on the CPU, on a machine with PyTorch and without .NET.
#   here:  dotnet publish experiments -c Release --self-contained true -o FOLDER   (89 MB, 32 MB as .tar.xz)
#   there: check_step.sh FOLDER [smoke|paper]
# Exit code 0: every model's loss, gradients and update agree. Kernels are compiled there by nvcc or NVRTC where YOSO_KERNELS names none.
set -euo pipefail

if [ $# -lt 1 ] || [ ! -x "$1/yoso" ]; then
  echo "usage: check_step.sh FOLDER [smoke|paper]: FOLDER holds a self-contained publish of the yoso program" >&2
  exit 2
fi
if [ -z "${YOSO_LIBTORCH:-}" ]; then
  YOSO_LIBTORCH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))') || {
    echo "check_step.sh: no PyTorch here: set YOSO_LIBTORCH to the torch/lib folder of one with CUDA" >&2
    exit 2
  }
fi
export YOSO_LIBTORCH YOSO_KERNELS="${YOSO_KERNELS:-$(mktemp -d)}"
exec "$1/yoso" kernels step --device cuda --scale "${2:-paper}"
