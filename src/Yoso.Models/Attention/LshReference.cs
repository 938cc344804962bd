// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>The four operations by their definitions: all pairs of a sequence, counted and summed. Quadratic, and the yardstick of every kernel.</summary>
internal sealed class LshReference : ILshOperations
{
    /// <summary>Pairs of one row whose columns agree modulo this share a slot, of which a row keeps one (Sampled mode).</summary>
    public const int Slots = 1024;

    /// <summary>Upstream's guard of the derivative at q = k.</summary>
    private const double CosineScale = 0.98, FactorCap = 10;

    public static LshReference Operations { get; } = new();

    private LshReference()
    {
    }

    // B sequences, H heads, Q queries, N keys, D head dimension, M hashes of one block.

    public Tensor HadamardHash(Tensor x, SequenceOffsets offsets, HashLayout layout, Seed layerSeed) => Attention.HadamardHash.Codes(x, offsets, layout, layerSeed);

    public Tensor LshCumulation(Tensor queryCodes, Tensor keyCodes, Tensor value, SequenceOffsets offsets)
    {
        var output = zeros_like(value);
        PaddedBlock.ForEach(offsets, value.shape[1], value.device, block =>
            block.AddToQueries(output, CollisionShare(block, queryCodes, keyCodes, value.dtype).matmul(block.Keys(value))));
        return output;
    }

    /// <summary>The same sum with the roles of query and key exchanged.</summary>
    public Tensor LshCumulationGradient(Tensor queryCodes, Tensor keyCodes, Tensor gradient, SequenceOffsets offsets) =>
        LshCumulation(keyCodes, queryCodes, gradient, offsets);

    public (Tensor Query, Tensor Key) WeightedLshCumulation(LshPairs pairs, Tensor gradient, LshGradientRule rule, SequenceOffsets offsets)
    {
        var swapped = new LshPairs(pairs.Key, pairs.Query, gradient, pairs.KeyCodes, pairs.QueryCodes);
        return (
            RowGradient(pairs, gradient, rule with { SlotSeed = rule.SlotSeed.Derive("query") }, offsets),
            RowGradient(swapped, pairs.Value, rule with { SlotSeed = rule.SlotSeed.Derive("key") }, offsets));
    }

    /// <summary>Σ_j s_ij (rowWeight_i · value_j) key_j for each row i of the pairs' query, [T, H, D].</summary>
    private static Tensor RowGradient(LshPairs pairs, Tensor rowWeight, LshGradientRule rule, SequenceOffsets offsets)
    {
        var output = zeros_like(pairs.Query);
        PaddedBlock.ForEach(offsets, output.shape[1], output.device, block =>
        {
            var share = CollisionShare(block, pairs.QueryCodes, pairs.KeyCodes, output.dtype); // [B, H, Q, N]
            var (query, key) = (block.Queries(pairs.Query), block.Keys(pairs.Key));
            var slope = rule.Mode == YosoGradientMode.LowerBound
                ? share * (rule.HashCodeLength / 2.0)
                : OneOfEachSlot(share.gt(0), block, rule.SlotSeed) * ProbabilitySlope(query.matmul(key.transpose(-2, -1)), rule.HashCodeLength);
            var weight = block.Queries(rowWeight).matmul(block.Keys(pairs.Value).transpose(-2, -1)); // [B, H, Q, N]
            block.AddToQueries(output, (slope * weight).matmul(key));
        });
        return output;
    }

    /// <summary>Codes of M hashes are points whose Hamming distance counts the hashes that differ; 0 for padding, [B, H, Q, N].</summary>
    private static Tensor CollisionShare(PaddedBlock block, Tensor queryCodes, Tensor keyCodes, ScalarType dtype)
    {
        var (query, key) = (block.Queries(queryCodes).to_type(float32).contiguous(), block.Keys(keyCodes).to_type(float32).contiguous());
        var hashes = query.shape[^1];
        var share = (hashes - cdist(query, key, 0)).to_type(dtype) / hashes; // counts are exact in float32
        return block.Padded ? share * block.Mask.to_type(dtype) : share;
    }

    /// <summary>
    /// τ p^(τ-1) / (π sqrt(1 - x²)) with x = 0.98 q·k and p = 1 - acos(x) / π, power and inverse root capped at 10. Upstream
    /// reads both factors from interpolation tables of 32 entries; here they are computed.
    /// </summary>
    private static Tensor ProbabilitySlope(Tensor cosine, int hashCodeLength)
    {
        var x = cosine.clamp(-1, 1) * CosineScale;
        var power = (1 - x.acos() / Math.PI).pow(hashCodeLength - 1).mul_(hashCodeLength).clamp_(max: FactorCap);
        var inverseRoot = (1 - x * x).rsqrt_().clamp_(max: FactorCap);
        return power * inverseRoot / Math.PI;
    }

    /// <summary>
    /// 1 for the pairs that a row keeps: of the colliding columns of a slot (index modulo 1024) the first from a random one on,
    /// cyclically. Up to 1024 columns that is every colliding pair.
    /// </summary>
    private static Tensor OneOfEachSlot(Tensor colliding, PaddedBlock block, Seed seed)
    {
        var columns = colliding.shape[^1];
        if (columns <= Slots)
        {
            return colliding.to_type(float32);
        }

        var turns = (columns + Slots - 1) / Slots;
        var slots = nn.functional.pad(colliding.to_type(float32), [0, turns * Slots - columns]).unflatten(3, [turns, Slots]); // [B, H, Q, turns, slots]
        var start = block.QueryNumbers(seed, colliding.shape[1], turns).unsqueeze(-1); // [B, H, Q, 1]
        var turn = arange(turns, int64, colliding.device);
        // From 1 (farthest) to turns (the start itself), and 0 where there is no collision.
        var rank = (slots * (turns - (turn - start + turns).remainder(turns)).to_type(float32).unsqueeze(-1)); // [B, H, Q, turns, slots]
        var kept = rank.gt(0) & rank.eq(rank.amax([-2], keepdim: true));
        return kept.to_type(float32).flatten(3, 4).narrow(-1, 0, columns);
    }
}
