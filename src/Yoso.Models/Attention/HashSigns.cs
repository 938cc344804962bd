// SPDX-License-Identifier: MIT
namespace Yoso.Models.Attention;

/// <summary>The random signs of <see cref="HadamardHash"/>: a pure function of the layer's seed, so that every kernel hashes alike.</summary>
/// <remarks>
/// Derivation, part of the contract between kernels:
/// <list type="number">
/// <item>head seed = layer seed .Derive(sequence) .Derive(head), both 0-based within the batch;</item>
/// <item>word w of rotation r, round s (0, 1, 2) = head seed .Derive((r · 3 + s) · 256 + w);</item>
/// <item>bit i of word w, lowest first, belongs to element 64 w + i of the padded head dimension; a set bit flips the sign.</item>
/// </list>
/// Query and key of a layer share their signs; every forward pass has a new layer seed.
/// </remarks>
public static class HashSigns
{
    /// <summary>Sign flips and Hadamard transforms of one rotation.</summary>
    public const int Rounds = 3;

    private const int MaxWords = 256;

    public static Seed HeadSeed(Seed layerSeed, int sequence, int head) => layerSeed.Derive(sequence).Derive(head);

    /// <summary>The signs of elements 64 <paramref name="word"/> .. 64 <paramref name="word"/> + 63.</summary>
    public static ulong Word(Seed headSeed, int rotation, int round, int word) => headSeed.Derive(((long)rotation * Rounds + round) * MaxWords + word).Value;
}
