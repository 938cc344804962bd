// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>The four operations of sampled YOSO attention on packed tokens, as one backend implements them.</summary>
/// <remarks>
/// Legend: T tokens, H heads, D head dimension, M hashes. c_ij is the share of the M hashes in which query i and key j of the same
/// sequence and head have equal codes. <see cref="LshReference"/> decides what is right. The layout of hash codes is the
/// implementation's own: they only pass between its methods.
/// </remarks>
internal interface ILshOperations
{
    /// <summary>Codes of [T, H, D]; equal for equal directions, sequence, head and seed.</summary>
    Tensor HadamardHash(Tensor x, SequenceOffsets offsets, HashLayout layout, Seed layerSeed);

    /// <summary>out_i = Σ_j c_ij value_j, [T, H, D].</summary>
    Tensor LshCumulation(Tensor queryCodes, Tensor keyCodes, Tensor value, SequenceOffsets offsets);

    /// <summary>Gradient of value_j: Σ_i c_ij gradient_i, [T, H, D].</summary>
    Tensor LshCumulationGradient(Tensor queryCodes, Tensor keyCodes, Tensor gradient, SequenceOffsets offsets);

    /// <summary>
    /// Gradients of the unit query and key, [T, H, D] each: grad q_i = Σ_j s_ij (gradient_i · value_j) key_j and
    /// grad k_j = Σ_i s_ij (gradient_i · value_j) query_i, where <see cref="LshGradientRule"/> gives s_ij.
    /// </summary>
    (Tensor Query, Tensor Key) WeightedLshCumulation(LshPairs pairs, Tensor gradient, LshGradientRule rule, SequenceOffsets offsets);
}

/// <summary>Unit query and key, value, and the codes of query and key.</summary>
internal readonly record struct LshPairs(Tensor Query, Tensor Key, Tensor Value, Tensor QueryCodes, Tensor KeyCodes);

/// <summary>How colliding pairs enter the gradients of query and key.</summary>
/// <param name="SlotSeed">Chooses between colliding pairs of one slot in <see cref="YosoGradientMode.Sampled"/>.</param>
internal readonly record struct LshGradientRule(YosoGradientMode Mode, int HashCodeLength, Seed SlotSeed);
