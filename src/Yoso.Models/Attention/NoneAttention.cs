// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>No attention: the output is the value. What a model reaches without looking at other tokens.</summary>
public sealed record NoneOptions : AttentionOptions
{
    public override IEnumerable<string> Problems() => [];
}

/// <summary>Returns the value. O(n d).</summary>
public sealed class NoneAttention() : AttentionMechanism(nameof(NoneAttention))
{
    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        return value.alias();
    }
}
