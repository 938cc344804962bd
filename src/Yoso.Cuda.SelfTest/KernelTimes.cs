// SPDX-License-Identifier: MIT
using Yoso.Cuda.Driver;

namespace Yoso.Cuda.SelfTest;

/// <summary>Times the operations at the sizes of the paper's efficiency figures.</summary>
internal sealed class KernelTimes(NativeCudaDriver driver, DeviceKernels kernels, int rounds)
{
    private const int Sequences = 8, Heads = 8, CountedItems = 4;
    private static readonly int[] Lengths = [512, 1024, 2048, 4096, 8192, 16384];

    public void Run(SelfTestReport report)
    {
        var copy = CopyBandwidth();
        report.CopyBandwidth = Math.Round(copy / 1e9, 1);
        report.Bench = [.. from d in (int[])[32, 64] from m in (int[])[16, 32] from n in Lengths select Measure(n, d, m, copy)];
    }

    /// <summary>Bytes a second, read and written both counted.</summary>
    private double CopyBandwidth()
    {
        const long bytes = 1L << 30;
        using var device = new DeviceTensors(driver);
        var (from, to) = (device.Room(bytes), device.Room(bytes));
        return 2e3 * bytes / Median(() => driver.CopyOnDevice(to, from, bytes));
    }

    private BenchRow Measure(int n, int d, int m, double copyBandwidth)
    {
        var tau = Math.Clamp((int)Math.Log2(n), 9, 12); // as the CPU kernels' benchmark: buckets of 1 to 4 tokens on average
        int[] offsets = [.. Enumerable.Range(0, Sequences + 1).Select(s => s * n)];
        var plan = new LshPlan(kernels, new PackedItems(offsets, Heads, d), new LshParameters(m, tau));
        var items = plan.Items;
        using var device = new DeviceTensors(driver);
        var batch = new DeviceBatch(plan, device.Copy<int>(offsets), CudaStream.Default);
        var inputs = new WeightedInputs(Rows(device, items, 1, unit: true), Rows(device, items, 2, unit: true), Rows(device, items, 3, unit: false), Rows(device, items, 4, unit: false));
        var outputs = new WeightedOutputs(device.RoomForRows(items, 0), device.RoomForRows(items, 0), device.RoomForRows(items, 0));
        var output = device.RoomForRows(items, 0);
        var codes = new DeviceCodes(device.Room(2 * plan.CodeCount), device.Room(2 * plan.CodeCount));
        var workspace = device.Room(plan.BackwardWorkspaceBytes);
        var random = new Random(5);
        var signs = new uint[(long)plan.SignWords * items.Items];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(signs.AsSpan()));
        var deviceSigns = device.Copy<uint>(signs);

        var hash = Median(() => HadamardHash.Hash(batch, deviceSigns, inputs.Query, inputs.Key, codes));
        var forward = Median(() => LshCumulation.Forward(batch, codes, inputs.Value, output, workspace));
        var backward = Median(() => WeightedLshCumulation.Backward(GradientMode.LowerBound, batch, codes, inputs, outputs, 7, workspace));
        var sampled = Median(() => WeightedLshCumulation.Backward(GradientMode.Sampled, batch, codes, inputs, outputs, 7, workspace));
        var (total, pairs) = (hash + forward + backward, Pairs(plan, codes));
        // Once: q, k, v in, out; then q, k, v, out's gradient in, three gradients out. Codes are written, and read by both passes.
        var floorBytes = (11L * sizeof(float) * items.Tokens * Heads * d) + (3 * 2 * 2 * plan.CodeCount);
        var floor = 1e3 * floorBytes / copyBandwidth;
        return new BenchRow
        {
            N = n, D = d, M = m, Tau = tau,
            HashMs = Round(hash), ForwardMs = Round(forward), BackwardMs = Round(backward), SampledBackwardMs = Round(sampled), TotalMs = Round(total),
            FloorBytes = floorBytes,
            FloorMs = Round(floor),
            FractionOfFloor = Round(floor / total),
            AchievedBandwidth = Math.Round(floorBytes / total / 1e6, 1),
            Pairs = pairs,
            GatherBandwidth = Math.Round(pairs * 5 * sizeof(float) * d / total / 1e6, 1),
            ExtraMemoryMiB = Math.Round((plan.BackwardWorkspaceBytes + (4 * plan.CodeCount)) / 1048576.0, 1),
        };
    }

    /// <summary>Milliseconds. The second-level cache is overwritten between rounds, so that inputs come from memory as they do in a training step.</summary>
    private double Median(Action work)
    {
        using var device = new DeviceTensors(driver);
        var flushed = 2L * kernels.Device.L2Bytes;
        var flush = device.Room(flushed);
        var (start, end) = (driver.CreateEvent(), driver.CreateEvent());
        work();
        work();
        var times = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            driver.Fill(flush, (byte)i, flushed);
            driver.Record(start);
            work();
            driver.Record(end);
            times[i] = driver.Elapsed(start, end);
        }

        Array.Sort(times);
        return (times[rounds / 2] + times[(rounds - 1) / 2]) / 2;
    }

    /// <summary>Colliding pairs of all items, scaled up from those of the first few.</summary>
    private double Pairs(LshPlan plan, DeviceCodes codes)
    {
        var (m, n) = (plan.Parameters.HashCount, plan.Items.Length(0));
        var query = new ushort[CountedItems * m * n];
        var key = new ushort[query.Length];
        driver.CopyToHost(query.AsSpan(), codes.Query);
        driver.CopyToHost(key.AsSpan(), codes.Key);
        var pairs = 0L;
        for (var hash = 0; hash < CountedItems * m; hash++)
        {
            var counts = new int[1 << plan.Parameters.CodeLength];
            foreach (var code in key.AsSpan(hash * n, n))
            {
                counts[code]++;
            }

            foreach (var code in query.AsSpan(hash * n, n))
            {
                pairs += counts[code];
            }
        }

        return (double)pairs * plan.Items.Items / CountedItems;
    }

    /// <summary>Made on all cores: the largest tensors have 64 million values.</summary>
    private static DeviceRows Rows(DeviceTensors device, PackedItems items, int seed, bool unit)
    {
        var d = items.HeadDim;
        var rows = items.Tokens * items.Heads;
        var data = GC.AllocateUninitializedArray<float>(rows * d);
        Parallel.For(0, Math.Max(1, rows / 1024), part =>
        {
            var random = new Random((seed * 1_000_003) + part);
            foreach (ref var x in data.AsSpan(part * 1024 * d, 1024 * d))
            {
                x = random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
            }

            for (var row = part * 1024; unit && row < (part + 1) * 1024; row++)
            {
                var x = data.AsSpan(row * d, d);
                var square = 0f;
                foreach (var value in x)
                {
                    square += value * value;
                }

                foreach (ref var value in x)
                {
                    value /= MathF.Sqrt(square);
                }
            }
        });
        // The widths timed here have no padding.
        return new DeviceRows(device.Copy<float>(data), (long)items.Heads * d);
    }

    private static double Round(double value) => Math.Round(value, 4);
}
