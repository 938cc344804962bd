// SPDX-License-Identifier: MIT
namespace Yoso.Models;

/// <summary>Threads of this project's CPU kernels, beside torch.set_num_threads for TorchSharp's own. No result depends on it.</summary>
public static class CpuThreads
{
    private static int _count = Environment.ProcessorCount;

    public static int Count
    {
        get => _count;
        set => _count = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the kernels need at least 1 thread");
    }
}
