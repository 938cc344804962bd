// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.RegularExpressions;

namespace Yoso.Reports.Tables;

/// <summary>Numbers and names as a person reads them, the same in every culture.</summary>
internal static class Show
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static string Number(double value) => value.ToString("0.00", Invariant);

    public static string Signed(double value) => value.ToString("+0.00;-0.00;0.00", Invariant);

    public static string Count(long value) => value.ToString("#,0", Invariant);

    /// <summary>With no-break spaces.</summary>
    public static string P(double p) => p < 0.0001 ? "p\u00a0<\u00a00.0001" : $"p\u00a0=\u00a0{p.ToString("0.0000", Invariant)}";

    public static string Exact(double value) => value.ToString("R", Invariant);

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", Invariant);

    /// <summary>e.g. "42 s", "3 min 20 s", "5 h 07 min".</summary>
    public static string Duration(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, Math.Round(seconds)));
        return span switch
        {
            { TotalMinutes: < 1 } => span.TotalSeconds.ToString("0 's'", Invariant),
            { TotalHours: < 1 } => string.Create(Invariant, $"{span.Minutes} min {span.Seconds:00} s"),
            _ => string.Create(Invariant, $"{(int)span.TotalHours} h {span.Minutes:00} min"),
        };
    }

    /// <summary>Seconds of one step with three digits.</summary>
    public static string StepTime(double seconds) => seconds switch
    {
        < 0.9995 => (seconds * 1000).ToString(seconds < 0.00995 ? "0.0 'ms'" : "0 'ms'", Invariant),
        _ => seconds.ToString("0.00 's'", Invariant),
    };

    public static string Memory(long bytes) => bytes < 1L << 30
        ? (bytes / (double)(1 << 20)).ToString("0 'MiB'", Invariant)
        : (bytes / (double)(1 << 30)).ToString("0.0 'GiB'", Invariant);

    public static string Digest(string digest) => digest.Length > 12 ? digest[..12] : digest;

    /// <summary>mean ± sd (n); one seed has its value only.</summary>
    public static string MeanAndSpread(Verdicts.Sample sample) => sample.Count == 1
        ? Number(sample.Mean)
        : $"{Number(sample.Mean)} ± {Number(sample.StandardDeviation)}";

    public static string Seeds(int count) => count == 1 ? "1 seed" : $"{Count(count)} seeds";

    public static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{Count(count)} {noun}s";

    public static string Task(string task) => task switch
    {
        "listops" => "ListOps",
        "text" => "Text",
        "retrieval" => "Retrieval",
        "image" => "Image",
        "pathfinder" => "Pathfinder",
        "bert" => "BERT",
        "roberta" => "RoBERTa",
        "mrpc" or "qnli" or "qqp" or "mnli" or "rte" or "sst-2" or "sts-b" => task.ToUpperInvariant(),
        "cola" => "CoLA",
        "wikihop" => "WikiHop",
        _ => task,
    };

    public static string Suite(string suite) => suite switch { "lra" => "Long Range Arena", "glue" => "GLUE", "qa" => "Question answering", "pretrain" => "Pre-training", _ => suite };

    /// <summary>Of a model that started from an earlier step of its pre-training, "softmax-step-2000", the name and ", from step 2,000".</summary>
    private static (string Model, string Step) Start(string model) => StepSuffix.Match(model) is { Success: true } match
        ? (model[..match.Index], $", from step {Count(long.Parse(match.Groups[1].Value, Invariant))}")
        : (model, "");

    internal static readonly Regex StepSuffix = new("-step-([0-9]{1,9})$", RegexOptions.CultureInvariant);

    public static string Model(string model) => Start(model) is (var name, { Length: > 0 } step) ? Model(name) + step
        : model.EndsWith("-scratch", StringComparison.Ordinal) ? $"{model[..^"-scratch".Length]}, not pre-trained"
        : model.EndsWith("-imported", StringComparison.Ordinal) ? $"{model[..^"-imported".Length]}, imported weights"
        : model;

    public static string Rule(string rule) => rule switch
    {
        "majority-class" => "majority class",
        "root-operator" => "root operator",
        "tf-idf-similarity" => "tf-idf similarity",
        _ => rule.Replace('-', ' '),
    };
}
