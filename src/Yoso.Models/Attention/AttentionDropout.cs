// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Dropout of attention weights that the context's seed decides, like all that is random in a mechanism.</summary>
internal sealed class AttentionDropout(double probability, AttentionContext context)
{
    private readonly Seed _seed = context.Seed.Derive("attention-dropout");

    /// <summary>0 or 1 / (1 - p) times each weight in training, the weights themselves otherwise.</summary>
    /// <param name="part">Numbers the calls of one forward pass.</param>
    public Tensor Apply(Tensor weights, int part)
    {
        if (!context.Training || probability == 0)
        {
            return weights;
        }

        using var generator = new Generator(_seed.Derive(part).Value >> 1, weights.device);
        using Scalar threshold = probability;
        return (weights * rand(weights.shape, device: weights.device, generator: generator).ge(threshold).to_type(weights.dtype)).Over(1 - probability);
    }
}
