// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Nightly;

/// <summary>The metrics of a night from its run records.</summary>
internal static class NightlyRows
{
    /// <param name="records">Of one scale; the newest of each job.</param>
    public static IReadOnlyList<HistoryRow> From(IReadOnlyList<RunRecord> records, DateTimeOffset night, string commit)
    {
        var cells = records.GroupBy(r => $"{r.Job.Suite}/{r.Job.Task}/{r.Job.Model}").ToDictionary(g => g.Key, g => g.OrderBy(r => r.Job.Seed).ToArray());
        return [.. cells.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => Cell(c.Key, c.Value, cells, night, commit))];
    }

    private static IEnumerable<HistoryRow> Cell(string name, RunRecord[] runs, IReadOnlyDictionary<string, RunRecord[]> cells, DateTimeOffset night, string commit)
    {
        HistoryRow Row(string metric, double value, int count) => new(night, commit, name, metric, value, count, Machine(runs[0].Fingerprint, runs[0].Inputs.Device), 0, Inputs(runs));
        var split = TableMetric.Split(runs[0].Job.Suite);
        foreach (var metric in runs[0].Results.Where(r => r.Split == split).Select(r => r.Metric))
        {
            var results = runs.Select(r => r.Results.FirstOrDefault(x => x.Split == split && x.Metric == metric)).OfType<MetricResult>().ToArray();
            yield return Row(metric, results.Average(r => r.Value), results.Sum(r => r.Count));
        }

        // A ratio within one night: the machine's own mood cancels.
        var softmax = $"{runs[0].Job.Suite}/{runs[0].Job.Task}/softmax";
        if (name != softmax && cells.TryGetValue(softmax, out var reference) && runs.Average(r => r.SecondsPerStep) is > 0 and var seconds)
        {
            yield return Row("speed", reference.Average(r => r.SecondsPerStep) / seconds, 0);
        }

        yield return Row("memory", runs.Average(r => (double)r.PeakMemoryBytes), 0);
    }

    private static Dictionary<string, string> Inputs(RunRecord[] runs) => new()
    {
        ["configuration"] = Digest(string.Join('\n', runs.Select(r => $"{r.Inputs.Seed} {r.Inputs.Configuration}"))),
        ["data"] = Short(runs[0].Inputs.DataDigest),
        ["code"] = Short(runs[0].Inputs.CodeDigest),
        ["kernels"] = Short(runs[0].Inputs.KernelDigest),
        ["libtorch"] = runs[0].Fingerprint.LibTorch,
        ["dotnet"] = runs[0].Fingerprint.DotNet,
    };

    /// <summary>What a number may depend on beside its inputs: processor, register width, threads, GPU.</summary>
    private static string Machine(RunFingerprint f, string device) => Digest($"{device}|{f.Cpu}|{f.CpuKernels}|{f.Threads}|{f.Gpu}");

    private static string Digest(string text) => Short(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    private static string Short(string digest) => digest.Length == 0 ? "none" : digest[..Math.Min(8, digest.Length)];
}
