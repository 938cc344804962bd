// SPDX-License-Identifier: MIT
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Claims;

/// <summary>
/// Tests claims by a parametric bootstrap: every cell's mean is redrawn from Student's t with its seeds' spread, and the probability is
/// the share of draws in which the claim holds. It speaks of seeds only: test examples and data stay as they are.
/// </summary>
internal static class ClaimTests
{
    /// <summary>Draws: the probability's own error is then at most 0.005.</summary>
    public const int Draws = 10_000;
    public const double Decided = 0.95;

    /// <summary>Below this a spread over seeds says too little.</summary>
    private const int LeastSeeds = 3;

    /// <summary>Claims of which at least one model has run, whatever the scale.</summary>
    public static IReadOnlyList<ClaimResult> Run(IReadOnlyList<Cell> cells) =>
    [
        .. Claim.All.Where(c => cells.Any(cell => cell.HasRuns && cell.Suite == c.Suite && (cell.Model == c.Model || cell.Model == c.Against))).Select(c => Test(c, cells)),
    ];

    public static ClaimResult Test(Claim claim, IReadOnlyList<Cell> cells)
    {
        var pairs = Claim.LraTasks.Select(t => (Task: t, Ours: Find(cells, claim.Suite, t, claim.Model), Theirs: Find(cells, claim.Suite, t, claim.Against))).ToArray();
        var needs = pairs.SelectMany(p => new[] { Needs(p.Task, claim.Model, p.Ours), Needs(p.Task, claim.Against, p.Theirs) }).OfType<(string Task, string Model, string Need)>().ToArray();
        var ready = pairs.Where(p => needs.All(n => n.Task != p.Task) && p.Ours!.Runs[0].Data.Digest == p.Theirs!.Runs[0].Data.Digest).ToArray();
        var partly = ready.Length == 0 ? "" : $" So far, on {string.Join(", ", ready.Select(p => Show.Task(p.Task)))}: {Difference(ready)}.";
        if (pairs.All(p => p.Ours is null && p.Theirs is null))
        {
            return new ClaimResult(claim, ClaimOutcome.NotTested, null, $"Needs {LeastSeeds} seeds of both models on all {pairs.Length} tasks at paper scale.");
        }

        if (needs.Length > 0)
        {
            return new ClaimResult(claim, ClaimOutcome.NotTested, null, $"Needs, at paper scale, {string.Join("; ", needs.GroupBy(n => (n.Model, n.Need)).Select(g => $"{g.Key.Need} of {g.Key.Model} on {string.Join(", ", g.Select(n => Show.Task(n.Task)))}"))}.{partly}");
        }

        if (ready.Length < pairs.Length)
        {
            return new ClaimResult(claim, ClaimOutcome.NotTested, null, $"The two models ran on different data of {string.Join(", ", pairs.Except(ready).Select(p => Show.Task(p.Task)))}.{partly}");
        }

        var probability = Probability([.. pairs.Select(p => p.Ours!.Shown)], [.. pairs.Select(p => p.Theirs!.Shown)], claim.Allowance);
        var outcome = Outcome(probability);
        var converged = pairs.Any(p => p.Ours!.Humps is not null || p.Theirs!.Humps is not null) ? " Among converged runs where results have two groups." : "";
        return new ClaimResult(claim, outcome, probability,
            $"{Difference(pairs)}; rests on {Show.Seeds(pairs.Min(p => Math.Min(p.Ours!.Shown.Count, p.Theirs!.Shown.Count)))} or more per cell, {string.Join("/", pairs.Select(p => p.Ours!.Runs[0].Data.Kind).Distinct())} data.{converged}");
    }

    public static ClaimOutcome Outcome(double probability) =>
        probability >= Decided ? ClaimOutcome.Supported : probability <= 1 - Decided ? ClaimOutcome.Contradicted : ClaimOutcome.Undecided;

    /// <summary>Share of draws in which the mean over tasks of (ours - theirs) is at least -<paramref name="allowance"/>; samples of two or more.</summary>
    public static double Probability(IReadOnlyList<Sample> ours, IReadOnlyList<Sample> theirs, double allowance)
    {
        var random = new SplitMix(0x59_4F_53_4F);
        var holds = 0;
        for (var draw = 0; draw < Draws; draw++)
        {
            var difference = ours.Sum(s => Redrawn(s, random)) - theirs.Sum(s => Redrawn(s, random));
            holds += difference / ours.Count >= -allowance ? 1 : 0;
        }

        return holds / (double)Draws;
    }

    private static double Redrawn(Sample sample, SplitMix random) =>
        sample.Mean + random.StudentT(sample.Count - 1) * sample.StandardDeviation / Math.Sqrt(sample.Count);

    private static Cell? Find(IReadOnlyList<Cell> cells, string suite, string task, string model) =>
        cells.FirstOrDefault(c => c.HasRuns && c.Setting == "paper" && (c.Suite, c.Task, c.Model) == (suite, task, model));

    private static (string, string, string)? Needs(string task, string model, Cell? cell) => cell switch
    {
        null => (task, model, $"{LeastSeeds} seeds"),
        _ when cell.Runs[0].Data.Kind == "sample" => (task, model, "the whole data set for the runs"),
        _ when cell.Runs.Any(r => !r.Trusted) => (task, model, "trusted runs"),
        _ when cell.Shown.Count < LeastSeeds => (task, model, $"{LeastSeeds - cell.Shown.Count} more {(cell.Shown.Count == LeastSeeds - 1 ? "seed" : "seeds")}"),
        _ => null,
    };

    private static string Difference((string Task, Cell? Ours, Cell? Theirs)[] pairs) =>
        $"difference of the averages {Show.Signed(pairs.Average(p => p.Ours!.Shown.Mean - p.Theirs!.Shown.Mean))}";
}
