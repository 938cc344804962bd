// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Heads;

/// <summary>Linear, ReLU, linear.</summary>
public sealed class HeadMlp : nn.Module<Tensor, Tensor>
{
    [TorchSharp.Utils.ComponentName(Name = "0")]
    private readonly LinearLayer first;

    [TorchSharp.Utils.ComponentName(Name = "2")]
    private readonly LinearLayer second;

    public HeadMlp(int inputs, int hidden, int classes, Seed seed)
        : base(nameof(HeadMlp))
    {
        first = new LinearLayer(inputs, hidden, seed.Derive(nameof(first)));
        second = new LinearLayer(hidden, classes, seed.Derive(nameof(second)));
        RegisterComponents();
    }

    /// <summary>[B, inputs] to [B, classes].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return second.call(nn.functional.relu(first.call(input))).MoveToOuterDisposeScope();
    }
}

/// <summary>The classifier on top of pooled sequences; holds the MLP under upstream's name.</summary>
public sealed class ClassificationHead : nn.Module<Tensor, Tensor>
{
    private readonly HeadMlp mlpblock;

    /// <param name="towers">1 for one sequence; 2 for a pair, whose features are [u, v, u·v, u - v].</param>
    public ClassificationHead(LraClassifierOptions options, int towers, Seed seed)
        : base(nameof(ClassificationHead))
    {
        mlpblock = new HeadMlp(towers == 1 ? options.Dim : 4 * options.Dim, options.HiddenDim, options.ClassCount, seed.Derive(nameof(mlpblock)));
        RegisterComponents();
    }

    /// <summary>[B, features] to logits [B, classes].</summary>
    public override Tensor forward(Tensor input) => mlpblock.call(input);

    /// <summary>
    /// Sum over the tokens of each sequence divided by the padded length or by their number, [T, C] to [B, C]. A sequence without
    /// tokens pools to zero.
    /// </summary>
    public static Tensor Pool(Tensor hidden, PackedTokens tokens, MeanDivisor divisor = MeanDivisor.PaddedLength)
    {
        using var scope = NewDisposeScope();
        var sums = hidden.SumRows(tokens.Offsets.RowSequences(hidden.device), tokens.Offsets.Count);
        var mean = divisor == MeanDivisor.PaddedLength ? sums.Over(tokens.PaddedLength) : sums / Counts(tokens.Offsets, hidden);
        return mean.MoveToOuterDisposeScope();
    }

    /// <summary>[B, 1], at least 1.</summary>
    private static Tensor Counts(SequenceOffsets offsets, Tensor like)
    {
        var counts = new float[offsets.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Math.Max(1, offsets.Length(i));
        }

        return tensor(counts, dtype: like.dtype, device: like.device).unsqueeze(1);
    }
}
