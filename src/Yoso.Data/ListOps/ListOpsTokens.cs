// SPDX-License-Identifier: MIT
namespace Yoso.Data.ListOps;

/// <summary>Ids of the 15 tokens. Upstream numbers them by the order of a Python set, which is arbitrary in each run; any fixed order is equivalent.</summary>
public static class ListOpsTokens
{
    /// <summary>Rows of upstream's embedding table; ids 16-31 do not occur.</summary>
    public const int VocabularySize = 32;
    public const int ClassCount = 10;
    public const ushort Padding = 0;
    public const ushort Min = 1;
    public const ushort Max = 2;
    public const ushort Median = 3;
    public const ushort SumModulo = 4;
    public const ushort Close = 5;
    public const ushort Zero = 6;
    public const int OperatorCount = 4;

    private static readonly string[] Names =
        ["<pad>", "[MIN", "[MAX", "[MED", "[SM", "X", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>The token of an id as upstream's encoder sees it (the closing bracket is X).</summary>
    public static string Name(int id) => id >= 0 && id < Names.Length
        ? Names[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"ids are 0 to {Names.Length - 1}");

    public static bool IsOperator(int id) => id is >= Min and <= SumModulo;

    public static bool IsDigit(int id) => id is >= Zero and <= Zero + 9;
}
