// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Linformer (Wang et al., arXiv 2006.04768, equation 7).</summary>
public sealed record LinformerOptions : AttentionOptions
{
    /// <summary>Rows that keys and values are projected to (paper: k).</summary>
    public int ProjectedLength { get; init; } = 256;

    /// <summary>Positions that the projection has a column for (paper: n); no padded sequence is longer.</summary>
    public required int SequenceLength { get; init; }

    public override IEnumerable<string> Problems()
    {
        foreach (var (name, value) in ((string, int)[])[(nameof(ProjectedLength), ProjectedLength), (nameof(SequenceLength), SequenceLength)])
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1";
            }
        }
    }
}

/// <summary>
/// softmax(q (E k)' / √d) E v: keys and values are mixed over the positions down to k rows by one learned projection a head, the
/// same for keys, values and all layers. O(n k d) time, O(n k) memory.
/// </summary>
/// <remarks>A masked key counts as zero, and no weight of a projected row is masked, as upstream.</remarks>
public sealed class LinformerAttention : AttentionMechanism
{
    private readonly LinformerOptions _options;
    private readonly Func<Parameter> _shared;

    /// <summary>[H, k, n]; null in all layers but the first.</summary>
    private readonly Parameter? E;

    /// <param name="first">The first layer's mechanism, whose projection is used; null in the first layer.</param>
    public LinformerAttention(LinformerOptions options, int headCount, Seed seed, LinformerAttention? first = null)
        : base(nameof(LinformerAttention))
    {
        _options = options;
        if (first is null)
        {
            E = Weights.Zeros(headCount, options.ProjectedLength, options.SequenceLength);
            Weights.FillNormal(E, 0.02, seed.Derive(nameof(E)));
        }

        // Through a function: a module held in a field would be registered again, and moving a model replaces its parameters.
        _shared = first is null ? () => E! : () => first._shared();
        RegisterComponents();
    }

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        if (context.PaddedLength > _options.SequenceLength)
        {
            throw new ArgumentException($"padded length {context.PaddedLength} does not fit the projection of {_options.SequenceLength} positions", nameof(context));
        }

        using var scope = NewDisposeScope();
        var projection = _shared().narrow(2, 0, context.PaddedLength); // [H, K, N]
        var places = SequenceGrid.ByPosition(context, query.device);
        var (k, v) = (projection.matmul(places.Pad(key)), projection.matmul(places.Pad(value))); // [B, H, K, D]
        var grid = SequenceGrid.Compact(context, query.device);
        var logits = grid.Pad(query).matmul(k.transpose(-2, -1)).Over(Math.Sqrt(query.shape[2])); // [B, H, N, K]
        return grid.Unpad(nn.functional.softmax(logits, -1).matmul(v)).MoveToOuterDisposeScope(); // [T, H, D]
    }

    /// <summary>Upstream's checkpoints list the shared projection in every layer.</summary>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        var state = base.state_dict(destination, prefix);
        state[string.IsNullOrEmpty(prefix) ? nameof(E) : $"{prefix}.{nameof(E)}"] = _shared();
        return state;
    }
}
