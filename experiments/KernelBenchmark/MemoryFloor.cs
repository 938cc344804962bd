// SPDX-License-Identifier: MIT
using Yoso.Cpu;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>
/// The least that the kernels' own plan costs on this machine on the random input: every colliding pair read once forward (a row
/// of d floats) and twice backward (rows of 2 d), the tokens sorted by code once forward and twice backward, and the additions of
/// the Hadamard transforms. Milliseconds.
/// </summary>
internal sealed record MemoryFloor
{
    /// <summary>One vector and rotation at d = 64 with 16 lanes: 3 * 64 * 6 additions and subtractions, 72 instructions, with what goes around them.</summary>
    private const double RotationCycles = 30;

    public required int N { get; init; }

    public required int D { get; init; }

    public required int M { get; init; }

    public required int Tau { get; init; }

    /// <summary>Nanoseconds of one thread: a cycle, a row of d floats, a row of 2 d floats.</summary>
    public required double CycleNanoseconds { get; init; }

    public required double RowNanoseconds { get; init; }

    public required double WideRowNanoseconds { get; init; }

    /// <summary>Microseconds of one thread for one counting sort.</summary>
    public required double SortMicroseconds { get; init; }

    public required double Hash { get; init; }

    public required double Forward { get; init; }

    public required double Backward { get; init; }

    public double Total => Hash + Forward + Backward;

    public static MemoryFloor Measure(MachineProbe probe, int threads, int n, int d, int m, int tau)
    {
        var (cycle, row, wide, sort) = (probe.CycleSeconds(), probe.RowReadSeconds(n, d), probe.RowReadSeconds(n, 2 * d), probe.SortSeconds(n, tau));
        var lanes = CpuKernels.Path switch { SimdPath.Vector512 => 16, SimdPath.Vector256 => 8, _ => 4 };
        var rotations = HadamardHash.Rotations(d, new LshOptions(m, tau));
        var rotationCycles = RotationCycles * (16.0 / lanes) * (d * Math.Log2(d)) / (64 * Math.Log2(64));
        var pairs = (double)AttentionInput.Items * n * m * n / Math.Pow(2, tau);
        var sorts = AttentionInput.Items * m * sort;
        return new MemoryFloor
        {
            N = n, D = d, M = m, Tau = tau,
            CycleNanoseconds = cycle * 1e9,
            RowNanoseconds = row * 1e9,
            WideRowNanoseconds = wide * 1e9,
            SortMicroseconds = sort * 1e6,
            Hash = 2.0 * AttentionInput.Items * n * rotations * rotationCycles * cycle * 1e3 / threads,
            Forward = ((pairs * row) + sorts) * 1e3 / threads,
            Backward = 2 * ((pairs * wide) + sorts) * 1e3 / threads,
        };
    }
}
