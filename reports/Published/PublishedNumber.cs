// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Published;

/// <summary>How well a published value is known.</summary>
public enum Confidence
{
    /// <summary>Written down from memory; agrees with nothing that could be checked. Gates nothing.</summary>
    Remembered,

    /// <summary>The first decimal was checked in a printed table, the second is from memory.</summary>
    VerifiedOneDecimal,

    /// <summary>Checked in a printed table.</summary>
    Verified,
}

/// <summary>One printed number, e.g. 37.10 accuracy % of softmax on listops; <paramref name="Decimals"/> as printed.</summary>
public sealed record PublishedNumber(
    string Publication, string Table, string Model, string Task, string Metric, double Value, int Decimals, Confidence Confidence, string Reference)
{
    /// <summary>Half a unit of the last decimal that was checked: the true value may lie this far away.</summary>
    public double Rounding => 0.5 * Math.Pow(10, -(Confidence == Confidence.VerifiedOneDecimal ? Math.Min(1, Decimals) : Decimals));

    public string ConfidenceName => Confidence switch
    {
        Confidence.Verified => "verified",
        Confidence.VerifiedOneDecimal => "verified-1dp",
        _ => "remembered",
    };
}
