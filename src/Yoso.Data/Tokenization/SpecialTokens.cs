// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

/// <summary>Ids that mean something other than text.</summary>
/// <param name="Start">[CLS] or &lt;s&gt;.</param>
/// <param name="End">[SEP] or &lt;/s&gt;.</param>
/// <param name="Mask">[MASK] or &lt;mask&gt;; -1 where the vocabulary has none (GPT-2).</param>
public sealed record SpecialTokens(int Start, int End, int Pad, int Unknown, int Mask)
{
    /// <summary>Whether the id is one of the five.</summary>
    public bool Contains(int id) => id == Start || id == End || id == Pad || id == Unknown || id == Mask;

    /// <summary>A marker that decoding leaves out; the unknown token stands for text.</summary>
    internal bool IsMarker(int id) => id != Unknown && Contains(id);
}
