// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>What the machine itself can do, measured on all threads at once, as the kernels run: best of several passes, seconds.</summary>
internal sealed unsafe class MachineProbe(int threads, int passes)
{
    private const int Reads = 1 << 17;

    /// <summary>Of one dependent integer operation, that is of one clock cycle.</summary>
    public double CycleSeconds() => Best(_ => Cycles) / CycleCount;

    /// <summary>Reading one row of <paramref name="width"/> floats at a random place among <paramref name="rows"/>, from one thread's point of view.</summary>
    public double RowReadSeconds(int rows, int width) => Best(thread =>
    {
        var table = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * width * sizeof(float)), 64);
        new Span<float>(table, rows * width).Fill(1);
        var random = new Random(thread);
        var order = new int[Reads];
        foreach (ref var row in order.AsSpan())
        {
            row = random.Next(rows);
        }

        return new Work(() => Sink = ReadRows(table, width, order), () => NativeMemory.AlignedFree(table));
    }) / Reads;

    /// <summary>A counting sort of n codes of 2^tau buckets, the least that finding the colliding pairs costs.</summary>
    public double SortSeconds(int n, int tau) => Best(thread =>
    {
        var random = new Random(thread);
        var codes = new ushort[n];
        foreach (ref var code in codes.AsSpan())
        {
            code = (ushort)random.Next(1 << tau);
        }

        var (starts, sorted) = (new uint[1 << tau], new ushort[n]);
        return new Work(() => Sort(codes, starts, sorted), null);
    });

    private const int CycleCount = 8 * 100_000;

    /// <summary>Keeps results alive that nobody asks for.</summary>
    private static float Sink { get; set; }

    private static Work Cycles => new(() => Sink = Chain(1, 3, 5), null);

    private double Best(Func<int, Work> make)
    {
        var best = new double[threads];
        using var start = new Barrier(threads);
        void Measure(int thread)
        {
            var work = make(thread);
            work.Run(); // compiles it and warms its caches
            best[thread] = double.PositiveInfinity;
            for (var pass = 0; pass < passes; pass++)
            {
                start.SignalAndWait();
                var clock = Stopwatch.GetTimestamp();
                work.Run();
                best[thread] = Math.Min(best[thread], Stopwatch.GetElapsedTime(clock).TotalSeconds);
            }

            work.Free?.Invoke();
        }

        var workers = Enumerable.Range(0, threads).Select(t => new Thread(() => Measure(t))).ToArray();
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        return best.Average();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chain(ulong x, ulong a, ulong b)
    {
        for (var i = 0; i < CycleCount / 8; i++)
        {
            x = ((x ^ a) + b) ^ b;
            x = ((x + a) ^ b) + a;
            x = (x ^ a) + b;
        }

        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float ReadRows(float* table, int width, int[] order)
    {
        if (Vector512.IsHardwareAccelerated && width % 64 == 0)
        {
            var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            foreach (var row in order)
            {
                for (var p = table + ((long)row * width); p < table + ((long)(row + 1) * width); p += 64)
                {
                    a += Vector512.Load(p);
                    b += Vector512.Load(p + 16);
                    c += Vector512.Load(p + 32);
                    d += Vector512.Load(p + 48);
                }
            }

            return Vector512.Sum(a + b + c + d);
        }

        return ReadNarrow(table, width, order);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float ReadNarrow(float* table, int width, int[] order)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        foreach (var row in order)
        {
            for (var p = table + ((long)row * width); p < table + ((long)(row + 1) * width); p += 32)
            {
                a += Vector256.Load(p);
                b += Vector256.Load(p + 8);
                c += Vector256.Load(p + 16);
                d += Vector256.Load(p + 24);
            }
        }

        return Vector256.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort(ushort[] codes, uint[] starts, ushort[] sorted)
    {
        Array.Clear(starts);
        foreach (var code in codes)
        {
            starts[code]++;
        }

        var sum = 0u;
        foreach (ref var start in starts.AsSpan())
        {
            (start, sum) = (sum, sum + start);
        }

        for (var i = 0; i < codes.Length; i++)
        {
            sorted[starts[codes[i]]++] = (ushort)i;
        }
    }

    private sealed record Work(Action Run, Action? Free);
}
