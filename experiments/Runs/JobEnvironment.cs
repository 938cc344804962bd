// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Runs;

/// <summary>
/// Settings that a job's process must have before it starts: allocator and OpenMP read them once. What the caller has set stays.
/// build.sh and yoso set them as well, for programs that are not jobs (docs/architecture.md says why).
/// </summary>
internal static class JobEnvironment
{
    private static readonly (string Name, string Value)[] Settings =
    [
        // glibc would give large tensors back to the kernel after each operation.
        ("MALLOC_MMAP_THRESHOLD_", "4294967296"), ("MALLOC_TRIM_THRESHOLD_", "4294967296"),
        // Idle threads of libtorch would spin on the cores that our kernels use.
        ("OMP_WAIT_POLICY", "PASSIVE"), ("GOMP_SPINCOUNT", "0"),
    ];

    public static void AddTo(IDictionary<string, string?> environment)
    {
        foreach (var (name, value) in Settings)
        {
            environment.TryAdd(name, value);
        }
    }
}
