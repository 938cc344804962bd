// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.SelfTest;

/// <summary>How queries and keys lie.</summary>
internal enum InputKind
{
    /// <summary>Random directions.</summary>
    Random,

    /// <summary>Every tenth vector is zero, as masked tokens are; its code is 0 in every hash.</summary>
    WithZeros,

    /// <summary>A few directions with a little noise: buckets that hold a large share of the tokens.</summary>
    Clustered,

    /// <summary>One vector: every token in one bucket.</summary>
    Identical,

    /// <summary>Some NaN and infinities: only the codes are compared.</summary>
    NonFinite,
}

/// <summary>One comparison of all kernels with the CPU's.</summary>
internal sealed record TestCase(int[] Lengths, int Heads, int HeadDim, LshParameters Parameters, InputKind Input, int Seed)
{
    /// <summary>Floats between tokens beyond the heads' rows, as in a slice of a fused projection; a multiple of 4.</summary>
    public int Gap { get; init; }

    /// <summary>Small, so that several groups of items run.</summary>
    public long WorkspaceLimit { get; init; } = LshPlan.DefaultWorkspaceLimit;

    public int[] Offsets => [.. Lengths.Aggregate((List<int>)[0], (o, n) => [.. o, o[^1] + n])];

    public override string ToString() =>
        $"case seed {Seed}: lengths {string.Join('+', Lengths.Take(6))}{(Lengths.Length > 6 ? "+.." : "")}, {Heads} heads of {HeadDim}, m {Parameters.HashCount}, tau {Parameters.CodeLength}, {Parameters.Sampler}, {Input}, gap {Gap}, workspace {WorkspaceLimit}";
}

/// <summary>Which cases are checked: corners by hand, the rest random.</summary>
internal static class TestCases
{
    public static IEnumerable<TestCase> All(int random, int seed) => Fixed().Concat(Enumerable.Range(0, random).Select(i => Random(seed + i)));

    private static IEnumerable<TestCase> Fixed()
    {
        // Every width with and without padding, both samplers, and each size around a warp, a block's share and a slot count.
        int[] dims = [32, 64, 128, 256, 1, 24, 40, 97, 200];
        foreach (var (dim, i) in dims.Select((d, i) => (d, i)))
        {
            yield return new TestCase([33, 0, 129, 1], 2, dim, new LshParameters(16, 7, (HashSampler)(i % 2)), InputKind.Random, 1000 + i) { Gap = 4 * (i % 3) };
            yield return new TestCase([257, 31], 1, dim, new LshParameters(8, 6, (HashSampler)((i + 1) % 2)), InputKind.Clustered, 1100 + i);
        }

        yield return new TestCase([1], 1, 64, new LshParameters(1, 1), InputKind.Random, 1200);
        yield return new TestCase([1025, 1024, 1023], 2, 64, new LshParameters(32, 10), InputKind.WithZeros, 1201);
        yield return new TestCase([2049], 1, 32, new LshParameters(33, 16, HashSampler.Spread), InputKind.Random, 1202);
        yield return new TestCase([3000], 1, 64, new LshParameters(64, 12), InputKind.Clustered, 1203);
        yield return new TestCase([700], 2, 64, new LshParameters(16, 9), InputKind.Identical, 1204);
        yield return new TestCase([5000], 1, 32, new LshParameters(4, 9), InputKind.Identical, 1205);
        yield return new TestCase([500, 300], 2, 48, new LshParameters(16, 9), InputKind.NonFinite, 1206);
        yield return new TestCase([4096, 4000], 4, 64, new LshParameters(32, 12), InputKind.Random, 1207) { WorkspaceLimit = 8 << 20 };
        yield return new TestCase([30_000, 17], 1, 32, new LshParameters(4, 16), InputKind.Random, 1208);
        yield return new TestCase([40_000], 1, 64, new LshParameters(2, 9), InputKind.Clustered, 1209);
        // All 2,500 tokens in one bucket, below the limit of 4,096 candidates: every one of Sampled mode's 1,024 slots is asked for by two or three.
        yield return new TestCase([2500], 1, 64, new LshParameters(1, 1), InputKind.Identical, 1211);
        yield return new TestCase([.. Enumerable.Range(0, 65)], 3, 32, new LshParameters(8, 5), InputKind.Random, 1210) { WorkspaceLimit = 1 << 17 };
    }

    private static TestCase Random(int seed)
    {
        var random = new Random(seed);
        var count = random.Next(1, 6);
        var longest = 1 << random.Next(2, 12);
        var lengths = Enumerable.Range(0, count).Select(_ => random.Next(0, longest + 1)).ToArray();
        var dim = random.Next(4) switch { 0 => 64, 1 => 32, 2 => random.Next(1, 129), _ => random.Next(1, 257) };
        var parameters = new LshParameters(random.Next(1, 41), random.Next(1, 17), (HashSampler)random.Next(2));
        return new TestCase(lengths, random.Next(1, 5), dim, parameters, (InputKind)random.Next(4), seed)
        {
            Gap = 4 * random.Next(0, 4),
            WorkspaceLimit = random.Next(3) == 0 ? 1 << random.Next(14, 22) : LshPlan.DefaultWorkspaceLimit,
        };
    }
}
