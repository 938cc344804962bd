# SPDX-License-Identifier: MIT
# The system under a job on a GPU: that of cpu.Dockerfile, and our kernels compiled by the nvcc of CUDA 12.8. The driver's library comes
# from the machine (nvidia-container-toolkit), the CUDA libraries of libtorch with the program, which is mounted (docs/containers.md).
ARG BASE=mcr.microsoft.com/dotnet/runtime:10.0.0-noble
ARG CUDA=nvidia/cuda:12.8.1-devel-ubuntu24.04
FROM ${BASE} AS base

# Gigabytes of compiler stay in this stage.
FROM ${CUDA} AS kernels
COPY --from=base /usr/share/dotnet /usr/share/dotnet
# The program without its native libraries: it has the kernels' sources inside.
COPY program /program
ARG ARCHITECTURES="sm_80 sm_86 sm_89 sm_90 compute_80"
RUN YOSO_KERNELS=/kernels /usr/share/dotnet/dotnet /program/yoso.dll kernels compile --arch ${ARCHITECTURES}

FROM base
RUN { dotnet --list-runtimes | grep -q '^Microsoft.NETCore.App 10\.' || { echo "the base image has no .NET 10 runtime" >&2; exit 1; }; } \
 && for library in libstdc++.so.6 libgcc_s.so.1 libssl.so.3; do \
      ldconfig -p | grep -q "$library" || { echo "the base image has no $library" >&2; exit 1; }; \
    done
COPY --from=kernels /kernels /yoso/kernels

ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_EnableDiagnostics=0 OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 \
    MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296 \
    HOME=/tmp XDG_CACHE_HOME=/tmp/cache YOSO_KERNELS=/yoso/kernels \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /yoso
USER 1000:1000
ENTRYPOINT ["dotnet", "/yoso/program/yoso.dll"]
CMD ["--help"]
