// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

internal enum VerdictKind
{
    Reproduced,
    Better,
    Deviates,
    Inconclusive,
    NotComparable,
}

/// <summary>What may be said of a cell against the published value, and why in plain words.</summary>
internal sealed record Verdict(VerdictKind Kind, string Reason)
{
    /// <summary>The cell's own p-value and the one corrected over its table; null where nothing was tested.</summary>
    public double? RawP { get; init; }
    public double? HolmP { get; init; }

    public string Name => NameOf(Kind);

    public static string NameOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Reproduced => "reproduced",
        VerdictKind.Better => "better",
        VerdictKind.Deviates => "deviates",
        VerdictKind.Inconclusive => "inconclusive",
        _ => "not comparable",
    };

    public override string ToString() => Reason.Length == 0 ? Name : $"{Name}: {Reason}";
}
