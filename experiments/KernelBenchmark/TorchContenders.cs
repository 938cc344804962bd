// SPDX-License-Identifier: MIT
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>Attention through TorchSharp on one input, forward without recording or forward and backward with autograd.</summary>
internal sealed class TorchContenders : IDisposable
{
    private readonly Tensor[] _packed; // query, key, value, output gradient [B * n, H, d]
    private readonly Tensor[] _dense;  // the same as [B, H, n, d], contiguous
    private readonly AttentionContext _context;
    private readonly List<AttentionMechanism> _modules = [];

    public TorchContenders(AttentionInput input, Seed seed)
    {
        using var scope = NewDisposeScope();
        float[][] arrays = [input.Query, input.Key, input.Value, input.OutputGradient];
        _packed = [.. arrays.Select(a => tensor(a, [AttentionInput.Sequences * input.Tokens, AttentionInput.Heads, input.HeadDim]))];
        _dense = [.. _packed.Select(t => t.reshape(AttentionInput.Sequences, input.Tokens, AttentionInput.Heads, input.HeadDim).permute(0, 2, 1, 3).contiguous())];
        var positions = arange(input.Tokens).repeat(AttentionInput.Sequences);
        _context = new AttentionContext(new SequenceOffsets(input.Offsets), positions, input.Tokens, seed, Training: true);
        foreach (var kept in _packed.Concat(_dense).Append(positions))
        {
            kept.DetachFromDisposeScope();
        }
    }

    /// <summary>libtorch's scaled_dot_product_attention; on the CPU its flash kernel, without a table of n * n weights.</summary>
    public (Action Forward, Action ForwardBackward) Sdpa() => Actions(_dense, (q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v));

    /// <summary>Softmax attention as it is written down, with its n * n weights.</summary>
    public (Action Forward, Action ForwardBackward) ExplicitSoftmax() =>
        Actions(_dense, (q, k, v) => nn.functional.softmax(q.matmul(k.transpose(-2, -1)) / Math.Sqrt(q.shape[^1]), -1).matmul(v));

    /// <summary>Our module as a model uses it: unit queries and keys, sign bits, hash, kernels, unit output.</summary>
    public (Action Forward, Action ForwardBackward) Yoso(int hashCount, int codeLength)
    {
        var module = AttentionMechanism.Create(new YosoOptions { HashCount = hashCount, HashCodeLength = codeLength }, AttentionInput.Heads, 0, _context.Seed);
        _modules.Add(module);
        return Actions(_packed, (q, k, v) => module.call(q, k, v, _context));
    }

    public void Dispose()
    {
        foreach (var module in _modules)
        {
            module.Dispose();
        }

        foreach (var tensor in _packed.Concat(_dense).Append(_context.PositionIds))
        {
            tensor.Dispose();
        }
    }

    private static (Action Forward, Action ForwardBackward) Actions(Tensor[] x, Func<Tensor, Tensor, Tensor, Tensor> attention)
    {
        return (Forward, ForwardBackward);

        void Forward()
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            attention(x[0], x[1], x[2]);
        }

        void ForwardBackward()
        {
            using var scope = NewDisposeScope();
            var output = attention(Leaf(x[0]), Leaf(x[1]), Leaf(x[2]));
            AutogradRunner.Backward(GivenGradient.Apply(new OutputGradient(x[3]), output));
        }
    }

    /// <summary>Shares the memory and collects a gradient of its own, so that every call begins without one.</summary>
    private static Tensor Leaf(Tensor x)
    {
        var leaf = x.detach();
        leaf.requires_grad = true;
        return leaf;
    }
}

/// <summary>What <see cref="GivenGradient"/> hands to the backward pass; wrapped, as the node takes no bare tensor.</summary>
internal sealed record OutputGradient(Tensor Value);

/// <summary>A loss whose gradient is a tensor made before: the backward pass starts without the cost of a real loss.</summary>
internal sealed class GivenGradient : SafeFunction<GivenGradient, OutputGradient>
{
    protected override ForwardResult Forward(Tensor[] inputs, OutputGradient arguments) => new(zeros([]));

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, OutputGradient arguments, Tensor gradient) => [arguments.Value.alias()];
}
