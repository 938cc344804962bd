// SPDX-License-Identifier: MIT
using System.Globalization;
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

/// <summary>What all mechanisms without n x n weights have in common. Their formulas are checked in PackedExecutionTests against PaddedMechanisms.</summary>
public class EfficientAttentionTests
{
    public static TheoryData<string> Names() => [.. Batches.Efficient.Select(a => a.Name)];

    private static Tensor Random(string name, SequenceOffsets offsets) => Batches.Normal(Batches.Seed.Derive(name), offsets.Total, 2, 8).to(float64);

    [Theory]
    [MemberData(nameof(Names))]
    public void EachSequence_IsComputedAsIfAlone(string name)
    {
        using var scope = NewDisposeScope();
        var options = Batches.Named(name) is NystromformerOptions nystrom ? nystrom with { InverseScale = NystromInverseScale.Matrix } : Batches.Named(name);
        using var attention = AttentionMechanism.Create(options, 2, 0, Batches.Seed);
        attention.to(float64);
        var offsets = SequenceOffsets.FromLengths(9, 0, 1, 97);
        var (q, k, v) = (Random("q", offsets), Random("k", offsets), Random("v", offsets));

        var together = attention.call(q, k, v, Batches.Context(offsets, Batches.Seed));

        Assert.Equal(v.shape, together.shape);
        for (var i = 0; i < offsets.Count; i++)
        {
            var (start, length) = (offsets.Start(i), offsets.Length(i));
            var context = Batches.Context(SequenceOffsets.FromLengths(length), Batches.Seed) with { PaddedLength = 97 };
            var alone = attention.call(q.narrow(0, start, length), k.narrow(0, start, length), v.narrow(0, start, length), context);
            Assert.InRange(Batches.MaxDifference(alone, together.narrow(0, start, length)), 0, 1e-12);
            Assert.True(alone.isfinite().all().item<bool>());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_AreTheSlopes_OfQueryKeyAndValue(string name)
    {
        using var scope = NewDisposeScope();
        using var attention = AttentionMechanism.Create(Batches.Named(name), 2, 0, Batches.Seed);
        attention.to(float64);
        var offsets = SequenceOffsets.FromLengths(9, 0, 1, 31);
        var inputs = new[] { "q", "k", "v" }.Select(n => Random(n, offsets).requires_grad_(true)).ToArray();
        var direction = Random("direction", offsets);
        double Loss(Tensor[] x) => (attention.call(x[0], x[1], x[2], Batches.Context(offsets, Batches.Seed)) * direction).sum().item<double>();

        AutogradRunner.Backward((attention.call(inputs[0], inputs[1], inputs[2], Batches.Context(offsets, Batches.Seed)) * direction).sum());

        using var ungraded = no_grad();
        const double step = 1e-5;
        for (var i = 0; i < 3; i++)
        {
            var change = Random($"change {i}", offsets);
            var slope = (Loss([.. inputs.Select((x, j) => i == j ? x + step * change : x)]) - Loss([.. inputs.Select((x, j) => i == j ? x - step * change : x)])) / (2 * step);
            // Reformer does not use the key.
            var gradient = inputs[i].grad is { } g ? (g * change).sum().item<double>() : 0;
            Assert.True(Math.Abs(slope - gradient) < 1e-6 * Math.Max(1, Math.Abs(slope)), $"input {i}: slope {slope}, gradient {gradient}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EmptyBatch_AndNoTokensAtAll_GiveNothing(string name)
    {
        using var scope = NewDisposeScope();
        using var attention = AttentionMechanism.Create(Batches.Named(name), 2, 0, Batches.Seed);
        var nothing = zeros(0, 2, 8);

        var output = attention.call(nothing, nothing, nothing, Batches.Context(SequenceOffsets.FromLengths(0, 0), Batches.Seed) with { PaddedLength = 48 });

        Assert.Equal([0L, 2, 8], output.shape);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_LeavesNoTensorBehind_ButItsOutput(string name)
    {
        using var scope = NewDisposeScope();
        using var attention = AttentionMechanism.Create(Batches.Named(name), 2, 0.1, Batches.Seed);
        var offsets = SequenceOffsets.FromLengths(9, 31);
        var x = Batches.Normal(Batches.Seed, 40, 2, 8);
        var context = Batches.Context(offsets, Batches.Seed);
        attention.call(x, x, x, context); // makes what the offsets keep

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        attention.call(x, x, x, context);

        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Options_OutOfRange_AreNamed()
    {
        foreach (var (options, named) in ((AttentionOptions, string)[])
        [
            (new LinformerOptions { SequenceLength = 0 }, "SequenceLength is 0"),
            (new LinformerOptions { SequenceLength = 8, ProjectedLength = -1 }, "ProjectedLength is -1"),
            (new LongformerOptions { WindowSize = 7 }, "WindowSize is 7"),
            (new NystromformerOptions { LandmarkCount = 0 }, "LandmarkCount is 0"),
            (new NystromformerOptions { InverseIterations = 0 }, "InverseIterations is 0"),
            (new NystromformerOptions { ConvWindow = 4 }, "ConvWindow is 4"),
            (new PerformerOptions { FeatureCount = 0 }, "FeatureCount is 0"),
            (new PerformerOptions { HeadDim = 0 }, "HeadDim is 0"),
            (new ReformerOptions { HashCount = 0 }, "HashCount is 0"),
            (new ReformerOptions { ChunkLength = 0 }, "ChunkLength is 0"),
        ])
        {
            var error = Assert.Throws<ArgumentException>(() => AttentionMechanism.Create(options, 2, 0, Batches.Seed));
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
        }
    }
}

/// <summary>Alone in the process while it runs, since it reads the process's peak memory.</summary>
[CollectionDefinition(nameof(PeakMemoryCollection), DisableParallelization = true)]
public sealed class PeakMemoryCollection;

[Collection(nameof(PeakMemoryCollection))]
public class EfficientAttentionMemoryTests
{
    private const int Length = 16384;

    public static TheoryData<string> Names() => [.. Batches.Efficient.Where(a => a.Name != "reformer exact").Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardAndBackward_FormNoWeightOfEveryPair(string name)
    {
        using var scope = NewDisposeScope();
        var options = Batches.Named(name) switch
        {
            LinformerOptions linformer => linformer with { SequenceLength = Length },
            ReformerOptions reformer => reformer with { ChunkLength = 64 },
            var other => other,
        };
        using var attention = AttentionMechanism.Create(options, 1, 0, Batches.Seed);
        var offsets = SequenceOffsets.FromLengths(Length);
        var x = Batches.Normal(Batches.Seed, Length, 1, 8).requires_grad_(true);
        var before = Peak(reset: true);

        AutogradRunner.Backward(attention.call(x, x, x, Batches.Context(offsets, Batches.Seed)).sum());

        // One n x n float matrix of one head is 1024 MiB, of bytes 256 MiB.
        // Below zero where the system took back more of earlier tests' memory than this one needed.
        Assert.InRange(Peak(reset: false) - before, -1024, 250);
    }

    /// <summary>MiB of resident memory at most since the last reset. Linux only lets a process reset it; elsewhere it is the whole run's.</summary>
    private static double Peak(bool reset)
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / 1048576.0;
        }

        if (reset)
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }

        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
