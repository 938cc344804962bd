# SPDX-License-Identifier: MIT
# The system under a job on the CPU: .NET 10 and the C++ library that libtorch needs. The program itself, libtorch and the data are
# mounted, so the image stays small and a change of code needs no new one (docs/containers.md).
ARG BASE=mcr.microsoft.com/dotnet/runtime:10.0.0-noble
FROM ${BASE}

# A base without them fails here, in words, and not in the middle of a job.
RUN { dotnet --list-runtimes | grep -q '^Microsoft.NETCore.App 10\.' || { echo "the base image has no .NET 10 runtime" >&2; exit 1; }; } \
 && for library in libstdc++.so.6 libgcc_s.so.1 libssl.so.3; do \
      ldconfig -p | grep -q "$library" || { echo "the base image has no $library" >&2; exit 1; }; \
    done

ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_EnableDiagnostics=0 OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 \
    MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296 \
    HOME=/tmp XDG_CACHE_HOME=/tmp/cache YOSO_LIBTORCH=/yoso/libtorch
WORKDIR /yoso
USER 1000:1000
ENTRYPOINT ["dotnet", "/yoso/program/yoso.dll"]
CMD ["--help"]
