// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>Rows that are brought to length one by the kernel that reads or writes them, so that no pass of its own does it.</summary>
/// <param name="rows">Where the rows of length one lie.</param>
/// <param name="inverseNorms">One over the lengths before, 0 for a zero row; null where rows are taken as they are.</param>
/// <param name="stride">From one token's to the next one's.</param>
internal readonly unsafe struct UnitTarget(HeadRows rows, float* inverseNorms = null, int stride = 0)
{
    internal HeadRows Rows { get; } = rows;

    /// <summary>Whether rows are brought to length one.</summary>
    internal bool Given { get; } = inverseNorms is not null;

    internal ref float InverseNorm(int token) => ref inverseNorms[(long)token * stride];
}
