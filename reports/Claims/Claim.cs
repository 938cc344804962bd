// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Claims;

/// <summary>
/// A sentence of the paper as a test: over the average of a suite's tasks, <paramref name="Model"/> scores at least what
/// <paramref name="Against"/> scores, less <paramref name="Allowance"/> points.
/// </summary>
/// <param name="Basis">The published averages that the sentence rests on.</param>
internal sealed record Claim(string Text, string Suite, string Model, string Against, double Allowance, string Basis)
{
    /// <summary>The tasks over which the LRA average is taken.</summary>
    public static IReadOnlyList<string> LraTasks { get; } = ["listops", "text", "retrieval", "image", "pathfinder"];

    /// <summary>What the paper says of its LRA table. One point is what the averages of neighbouring rows differ by.</summary>
    public static IReadOnlyList<Claim> All { get; } =
    [
        new("YOSO-E scores like softmax attention: LRA average at most 1 point lower", "lra", "yoso-e", "softmax", 1, "published averages 59.17 (verified-1dp) and 58.77 (verified)"),
        new("YOSO-32 scores like softmax attention: LRA average at most 1 point lower", "lra", "yoso-32", "softmax", 1, "published averages 58.32 (remembered) and 58.77 (verified)"),
        new("Sampling costs little: the LRA average of YOSO-32 is at most 1.5 points below YOSO-E's", "lra", "yoso-32", "yoso-e", 1.5, "published averages 58.32 (remembered) and 59.17 (verified-1dp)"),
        new("YOSO-32 is at least as good as Linformer on the LRA average", "lra", "yoso-32", "linformer", 0, "published averages 58.32 (remembered) and 55.59 (verified)"),
    ];
}

internal enum ClaimOutcome
{
    Supported,
    Contradicted,
    Undecided,
    NotTested,
}

/// <summary>What our runs say of a claim, and what they rest on or what is missing.</summary>
/// <param name="Probability">That the claim holds, given the spread over seeds; null when not tested.</param>
internal sealed record ClaimResult(Claim Claim, ClaimOutcome Outcome, double? Probability, string Detail)
{
    public string Name => Outcome switch
    {
        ClaimOutcome.Supported => "supported",
        ClaimOutcome.Contradicted => "contradicted",
        ClaimOutcome.Undecided => "undecided",
        _ => "not tested",
    };
}
