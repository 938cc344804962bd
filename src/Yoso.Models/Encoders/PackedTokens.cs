// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>
/// A ragged batch: the tokens that count, of all sequences one after another. A masked token is left out and its neighbours
/// keep their positions. Exact for the LRA models: there a masked position influences no other.
/// </summary>
/// <param name="TokenIds">[T] int64.</param>
/// <param name="PositionIds">[T] int64, each token's position in the padded sequence, below <paramref name="PaddedLength"/> and distinct within a sequence.</param>
/// <param name="PaddedLength">Positions of a padded sequence: what the pooled mean divides by.</param>
public sealed record PackedTokens(Tensor TokenIds, Tensor PositionIds, SequenceOffsets Offsets, int PaddedLength);
