// SPDX-License-Identifier: MIT
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tables;

/// <summary>
/// What pre-training gave on a task: the score of the pre-trained model less that of the same model from random weights, in points. Its
/// standard error is over the dev examples (as if the two were scored on different ones, which is too careful: they are the same) and over the seeds.
/// </summary>
internal sealed record PretrainingGain(Cell Pretrained, double Difference, double StandardError, bool OneSeed)
{
    private const string Scratch = "-scratch";

    /// <summary>Differences below so many standard errors are not told from chance.</summary>
    private const double Clear = 2;

    public bool IsGain => Difference >= Clear * StandardError;

    public bool IsLoss => Difference <= -Clear * StandardError;

    public string Numbers => $"{Show.Signed(Difference)} ± {Show.Number(StandardError)}";

    public string Note => $"pre-training gives {Numbers} points over random weights: {(IsGain ? "a clear gain" : IsLoss ? "a clear loss" : "no clear gain")}";

    /// <summary>Null where the model has no row from random weights, or a metric whose error is not known.</summary>
    /// <param name="table">The cells of one table.</param>
    public static PretrainingGain? Of(Cell cell, IEnumerable<Cell> table)
    {
        if (!cell.HasRuns || table.FirstOrDefault(c => c.HasRuns && (c.Suite, c.Task, c.Setting) == (cell.Suite, cell.Task, cell.Setting) && c.Model == Show.StepSuffix.Replace(cell.Model, "") + Scratch) is not { } scratch)
        {
            return null;
        }

        double Variance(Cell c) => ExampleVariance(c) + (c.Shown.StandardDeviation * c.Shown.StandardDeviation / c.Shown.Count);
        var error = Math.Sqrt(Variance(cell) + Variance(scratch));
        return double.IsNaN(error) ? null : new PretrainingGain(cell, cell.Shown.Mean - scratch.Shown.Mean, error, Math.Min(cell.Shown.Count, scratch.Shown.Count) == 1);
    }

    /// <summary>The first page's line on a table of fine-tunings; null where nothing can be compared.</summary>
    public static string? Sentence(IReadOnlyList<Cell> table)
    {
        var gains = table.Select(c => Of(c, table)).OfType<PretrainingGain>().ToArray();
        if (gains.Length == 0)
        {
            return null;
        }

        var (up, down) = (gains.Count(g => g.IsGain), gains.Count(g => g.IsLoss));
        var found = up == 0 ? $"shows no clear gain from pre-training{(down == 0 ? "" : $", and in {down} of {gains.Length} a clear loss")}"
            : $"shows a clear gain from pre-training in {up} of {gains.Length}{(down == 0 ? "" : $" and a clear loss in {down}")}";
        var seeds = gains.Any(g => g.OneSeed) ? "over dev examples; one seed has no spread" : "over dev examples and seeds";
        return $"{Show.Suite(gains[0].Pretrained.Suite)} ({gains[0].Pretrained.Setting}) {found}: "
            + string.Join(", ", gains.Select(g => $"{Show.Task(g.Pretrained.Task)} {g.Pretrained.Model} {g.Numbers}")) + $" points against random weights (± standard error {seeds}).";
    }

    /// <summary>Squared standard error in points over the examples: of a share, of F1 by the delta method from F1 and accuracy, of a correlation.</summary>
    private static double ExampleVariance(Cell cell)
    {
        var (score, n) = (Math.Clamp(cell.Shown.Mean / 100, -1, 1), (double)cell.TestCount);
        return 1e4 * cell.Metric switch
        {
            _ when n <= 3 => double.NaN,
            "accuracy" => score * (1 - score) / n,
            "f1" => F1Variance(score, cell.Runs.Average(r => Cell.Value(r, "accuracy") ?? double.NaN) / 100, n),
            "mcc" or "pearson" => Math.Pow(1 - (score * score), 2) / (n - 3),
            _ => double.NaN,
        };
    }

    /// <summary>F1 = 2t / (2t + e) with t the share of true positives and e = 1 - accuracy that of errors, which are two cells of one multinomial.</summary>
    private static double F1Variance(double f1, double accuracy, double n)
    {
        var e = 1 - accuracy;
        if (e <= 0 || f1 >= 1)
        {
            return 0;
        }

        var t = f1 * e / (2 * (1 - f1));
        var sum = (2 * t) + e;
        var (byT, byE) = (2 * e / (sum * sum), -2 * t / (sum * sum));
        var mean = (byT * t) + (byE * e);
        return ((byT * byT * t) + (byE * byE * e) - (mean * mean)) / n;
    }
}
