// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Heads;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>Long Range Arena classifier of one sequence: encoder, mean over the sequence, MLP.</summary>
public sealed class LraClassifier : nn.Module<PackedTokens, Seed, Tensor>
{
    private readonly LraEncoder model;
    private readonly ClassificationHead seq_classifer;

    /// <param name="seed">Decides the weights, bit for bit.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public LraClassifier(LraClassifierOptions options, Seed seed)
        : base(nameof(LraClassifier))
    {
        ThrowOnProblem(options);
        model = new LraEncoder(options, seed.Derive(nameof(model)));
        seq_classifer = new ClassificationHead(options, towers: 1, seed.Derive(nameof(seq_classifer)));
        RegisterComponents();
    }

    /// <param name="seed">Of this forward pass: decides hash signs and the dropout of fused kernels. Where none serves, dropout draws from torch's generator.</param>
    /// <returns>Logits, [B, classes].</returns>
    public override Tensor forward(PackedTokens tokens, Seed seed)
    {
        using var scope = NewDisposeScope();
        return seq_classifer.call(model.call(tokens, seed)).MoveToOuterDisposeScope();
    }

    internal static void ThrowOnProblem(LraClassifierOptions options)
    {
        if (options.Problems().FirstOrDefault() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }
    }
}

/// <summary>Long Range Arena classifier of a pair of sequences (Retrieval): one encoder for both towers.</summary>
public sealed class LraDualClassifier : nn.Module<PackedTokens, PackedTokens, Seed, Tensor>
{
    private readonly LraEncoder model;
    private readonly ClassificationHead seq_classifer;

    /// <inheritdoc cref="LraClassifier(LraClassifierOptions, Seed)"/>
    public LraDualClassifier(LraClassifierOptions options, Seed seed)
        : base(nameof(LraDualClassifier))
    {
        LraClassifier.ThrowOnProblem(options);
        model = new LraEncoder(options, seed.Derive(nameof(model)));
        seq_classifer = new ClassificationHead(options, towers: 2, seed.Derive(nameof(seq_classifer)));
        RegisterComponents();
    }

    /// <summary>Batches of equal count, pair i being sequence i of both. Towers hash with seed.Derive("first") and seed.Derive("second").</summary>
    /// <returns>Logits, [B, classes].</returns>
    public override Tensor forward(PackedTokens first, PackedTokens second, Seed seed)
    {
        if (first.Offsets.Count != second.Offsets.Count)
        {
            throw new ArgumentException($"pairs need equal counts, not {first.Offsets.Count} and {second.Offsets.Count}", nameof(second));
        }

        using var scope = NewDisposeScope();
        var u = model.call(first, seed.Derive("first")); // [B, C]
        var v = model.call(second, seed.Derive("second"));
        return seq_classifer.call(cat([u, v, u * v, u - v], 1)).MoveToOuterDisposeScope();
    }
}
