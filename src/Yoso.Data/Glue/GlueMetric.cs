// SPDX-License-Identifier: MIT
namespace Yoso.Data.Glue;

/// <summary>The scores of GLUE's tasks. All are fractions (not percentages); correlations and <see cref="Matthews"/> lie in -1 .. 1.</summary>
public enum GlueMetric
{
    Accuracy,

    /// <summary>F1 of class 1.</summary>
    F1,

    /// <summary>F1 of class 0, which upstream calls rF1.</summary>
    NegativeF1,

    /// <summary>Matthews' correlation coefficient (MCC).</summary>
    Matthews,

    Pearson,

    /// <summary>Rank correlation; ties get the mean of their ranks.</summary>
    Spearman,
}

/// <summary>Computes the metrics as scikit-learn and SciPy define them; where they have no value (a constant side), it is 0.</summary>
public static class GlueMetrics
{
    /// <summary>The name in results: accuracy, f1, rf1, mcc, pearson, spearman.</summary>
    public static string Name(GlueMetric metric) => metric switch
    {
        GlueMetric.NegativeF1 => "rf1",
        GlueMetric.Matthews => "mcc",
        _ => metric.ToString().ToLowerInvariant(),
    };

    /// <summary>All metrics of a task.</summary>
    /// <param name="predictions">Class numbers, or scores for STS-B.</param>
    /// <param name="targets">As <see cref="GlueExample.Target"/>.</param>
    /// <exception cref="ArgumentException">Different lengths, nothing at all, not finite, or no class of the task.</exception>
    public static IReadOnlyDictionary<GlueMetric, double> Score(GlueTask task, ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets)
    {
        var info = GlueTaskInfo.Of(task);
        var scores = new Dictionary<GlueMetric, double>();
        foreach (var metric in info.Metrics)
        {
            scores[metric] = info.IsRegression
                ? Compute(metric, predictions, targets)
                : Compute(metric, Classes(predictions, info.Labels.Count), Classes(targets, info.Labels.Count));
        }
        return scores;
    }

    public static double Compute(GlueMetric metric, ReadOnlySpan<int> predictions, ReadOnlySpan<int> targets) => metric switch
    {
        GlueMetric.Accuracy => Accuracy(predictions, targets),
        GlueMetric.F1 => F1(predictions, targets, positive: 1),
        GlueMetric.NegativeF1 => F1(predictions, targets, positive: 0),
        GlueMetric.Matthews => Matthews(predictions, targets),
        _ => throw new ArgumentException($"{metric} needs scores, not classes", nameof(metric)),
    };

    public static double Compute(GlueMetric metric, ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets) => metric switch
    {
        GlueMetric.Pearson => Pearson(Doubles(predictions), Doubles(targets)),
        GlueMetric.Spearman => Spearman(Doubles(predictions), Doubles(targets)),
        _ => throw new ArgumentException($"{metric} needs classes, not scores", nameof(metric)),
    };

    public static double Accuracy(ReadOnlySpan<int> predictions, ReadOnlySpan<int> targets)
    {
        Check(predictions.Length, targets.Length);
        var right = 0;
        for (var i = 0; i < targets.Length; i++)
        {
            if (predictions[i] == targets[i]) right++;
        }
        return (double)right / targets.Length;
    }

    /// <summary>2 TP / (2 TP + FP + FN); 0 when the class is neither there nor predicted.</summary>
    public static double F1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> targets, int positive)
    {
        Check(predictions.Length, targets.Length);
        long both = 0, either = 0;
        for (var i = 0; i < targets.Length; i++)
        {
            var (predicted, actual) = (predictions[i] == positive, targets[i] == positive);
            if (predicted && actual) both++;
            either += (predicted ? 1 : 0) + (actual ? 1 : 0);
        }
        return either == 0 ? 0 : 2.0 * both / either;
    }

    /// <summary>Of two or more classes (Gorodkin 2004, which is Matthews' own formula for two).</summary>
    public static double Matthews(ReadOnlySpan<int> predictions, ReadOnlySpan<int> targets)
    {
        Check(predictions.Length, targets.Length);
        var classes = 1 + Math.Max(Max(predictions), Max(targets));
        var (predicted, actual) = (new double[classes], new double[classes]);
        double right = 0, n = targets.Length;
        for (var i = 0; i < targets.Length; i++)
        {
            predicted[predictions[i]]++;
            actual[targets[i]]++;
            if (predictions[i] == targets[i]) right++;
        }
        double chance = 0, predictedSquares = 0, actualSquares = 0;
        for (var c = 0; c < classes; c++)
        {
            chance += predicted[c] * actual[c];
            predictedSquares += predicted[c] * predicted[c];
            actualSquares += actual[c] * actual[c];
        }
        var scale = Math.Sqrt(n * n - predictedSquares) * Math.Sqrt(n * n - actualSquares);
        return scale == 0 ? 0 : (right * n - chance) / scale;
    }

    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x.Length, y.Length);
        double meanX = 0, meanY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i])) throw new ArgumentException($"score {i} is not finite: {x[i]}, {y[i]}");
            meanX += (x[i] - meanX) / (i + 1);
            meanY += (y[i] - meanY) / (i + 1);
        }
        double xx = 0, yy = 0, xy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        return xx == 0 || yy == 0 ? 0 : Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x.Length, y.Length);
        return Pearson(Ranks(x), Ranks(y));
    }

    /// <summary>From 1; equal values share the mean of the ranks they take up.</summary>
    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        if (Array.FindIndex(sorted, v => !double.IsFinite(v)) is var bad and >= 0) throw new ArgumentException($"score {bad} is not finite: {sorted[bad]}");
        var order = Enumerable.Range(0, sorted.Length).ToArray();
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start]) end++;
            for (var i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2.0;
            start = end;
        }
        return ranks;
    }

    private static int[] Classes(ReadOnlySpan<float> values, int count)
    {
        var classes = new int[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < 0 || values[i] >= count || values[i] != MathF.Floor(values[i])) throw new ArgumentException($"value {i}, {values[i]}, is no class in 0 .. {count - 1}");
            classes[i] = (int)values[i];
        }
        return classes;
    }

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var doubles = new double[values.Length];
        for (var i = 0; i < values.Length; i++) doubles[i] = values[i];
        return doubles;
    }

    private static int Max(ReadOnlySpan<int> classes)
    {
        var max = 0;
        foreach (var c in classes)
        {
            if (c < 0) throw new ArgumentException($"{c} is no class");
            max = Math.Max(max, c);
        }
        return max;
    }

    private static void Check(int predictions, int targets)
    {
        if (predictions != targets || targets == 0) throw new ArgumentException($"{predictions} predictions for {targets} targets");
    }
}
