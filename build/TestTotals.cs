// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.RegularExpressions;

/// <summary>How many tests passed and failed.</summary>
internal sealed partial record TestTotals(int Passed, int Failed)
{
    public static TestTotals None { get; } = new(0, 0);

    public static TestTotals operator +(TestTotals a, TestTotals b) => new(a.Passed + b.Passed, a.Failed + b.Failed);

    /// <summary>Reads the closing line of a test program. One that crashed, or ran no test, counts as one failure.</summary>
    public static TestTotals Parse(string output, int exitCode)
    {
        if (Summary().Matches(output).LastOrDefault() is not { } match)
        {
            return new TestTotals(0, 1);
        }

        var bad = Number("errors") + Number("failed");
        var passed = Number("total") - Number("failed") - Number("skipped") - Number("notrun");
        return new TestTotals(passed, bad == 0 && (exitCode != 0 || passed <= 0) ? 1 : bad);

        int Number(string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    public override string ToString() => $"{Passed} passed, {Failed} failed";

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: (?<errors>\d+), Failed: (?<failed>\d+), Skipped: (?<skipped>\d+), Not Run: (?<notrun>\d+)")]
    private static partial Regex Summary();
}
