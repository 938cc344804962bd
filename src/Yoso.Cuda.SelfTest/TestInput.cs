// SPDX-License-Identifier: MIT
using Yoso.Cpu;

namespace Yoso.Cuda.SelfTest;

/// <summary>The tensors of a case on the host, [T, H, D] each, in memory that does not move.</summary>
internal sealed class TestInput
{
    public TestInput(TestCase test, LshPlan plan)
    {
        var random = new Random(test.Seed);
        var (tokens, rows) = (plan.Items.Tokens, plan.Items.Tokens * plan.Items.Heads);
        Shape = new PackedShape(test.Offsets, test.Heads, test.HeadDim);
        Options = new LshOptions(test.Parameters.HashCount, test.Parameters.CodeLength, test.Parameters.Sampler == HashSampler.Shared ? Cpu.HashSampler.Shared : Cpu.HashSampler.Spread);
        var centres = Enumerable.Range(0, 3).Select(_ => Vector(random, test.HeadDim)).ToArray();
        Query = Fill(rows, test.HeadDim, () => Row(random, test, centres));
        Key = Fill(rows, test.HeadDim, () => Row(random, test, centres));
        Value = Fill(rows, test.HeadDim, () => Vector(random, test.HeadDim));
        OutputGradient = Fill(rows, test.HeadDim, () => Vector(random, test.HeadDim));
        Signs = new uint[(long)plan.SignWords * plan.Items.Items];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Signs.AsSpan()));
    }

    public PackedShape Shape { get; }

    public LshOptions Options { get; }

    public float[] Query { get; }

    public float[] Key { get; }

    public float[] Value { get; }

    public float[] OutputGradient { get; }

    public uint[] Signs { get; }

    /// <summary>As a kernel of Yoso.Cpu takes it.</summary>
    public HeadTensor Head(float[] data) => Heads(data, Shape);

    public static unsafe HeadTensor Heads(float[] data, PackedShape shape) =>
        new((float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(data, 0), (long)shape.Heads * shape.HeadDim);

    public static float[] Pinned(long count) => GC.AllocateArray<float>((int)Math.Max(1, count), pinned: true);

    private static float[] Fill(int rows, int dim, Func<float[]> row)
    {
        var data = Pinned((long)rows * dim);
        for (var r = 0; r < rows; r++)
        {
            row().CopyTo(data, (long)r * dim);
        }

        return data;
    }

    /// <summary>Of length one, as the attention hands them on; zero or not finite where the case says so.</summary>
    private static float[] Row(Random random, TestCase test, float[][] centres)
    {
        var x = Vector(random, test.HeadDim);
        switch (test.Input)
        {
            case InputKind.WithZeros when random.Next(10) == 0:
                return new float[test.HeadDim];
            case InputKind.NonFinite when random.Next(5) == 0:
                x[random.Next(x.Length)] = random.Next(2) == 0 ? float.NaN : float.NegativeInfinity;
                return x;
            case InputKind.Clustered:
                var centre = centres[random.Next(centres.Length)];
                x = [.. x.Select((v, c) => centre[c] + (0.02f * v))];
                break;
            case InputKind.Identical:
                x = centres[0];
                break;
        }

        var norm = MathF.Sqrt(x.Sum(v => v * v));
        return [.. x.Select(v => v / norm)];
    }

    private static float[] Vector(Random random, int dim)
    {
        var x = new float[dim];
        for (var c = 0; c < dim; c++)
        {
            // Sum of four uniform numbers: near enough to a normal one for a direction.
            x[c] = random.NextSingle() + random.NextSingle() + random.NextSingle() + random.NextSingle() - 2 + 1e-6f;
        }

        return x;
    }
}
