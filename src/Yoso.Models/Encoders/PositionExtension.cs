// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>Longer positions from a shorter model, as upstream's from_cp: the table is repeated to the new length.</summary>
public static class PositionExtension
{
    /// <param name="table">[offset + n, E], of a model for n tokens; the first <paramref name="offset"/> rows are padding's and are not repeated.</param>
    /// <param name="rows">offset + k·n.</param>
    /// <param name="offset">2 in RoBERTa, 0 in BERT.</param>
    /// <returns>[rows, E].</returns>
    /// <exception cref="ArgumentException">The new length is no whole multiple of the old one.</exception>
    public static Tensor Extend(Tensor table, long rows, int offset)
    {
        var length = table.shape[0] - offset;
        if (length < 1 || (rows - offset) % length != 0 || rows < table.shape[0])
        {
            throw new ArgumentException($"a position table for {length} tokens cannot be repeated to {rows - offset}: need a whole multiple", nameof(rows));
        }

        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        var repeated = table.narrow(0, offset, length).repeat((rows - offset) / length, 1);
        return cat([table.narrow(0, 0, offset), repeated]).MoveToOuterDisposeScope();
    }
}
