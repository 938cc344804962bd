// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Runs;
using Yoso.Models;
using Yoso.Reports.Records;
using static TorchSharp.torch;

namespace Yoso.Experiments.Approximation;

/// <summary>Attention matrices of finished LRA runs, on one test example.</summary>
internal sealed class TrainedPictures(string output, string? mirror, TextWriter log)
{
    private static readonly int[] HashCounts = [8, 32, 128];

    /// <summary>Longer sequences are cut: the picture is of single tokens, and all matrices are n x n.</summary>
    private const int MostTokens = 512;

    /// <summary>A picture of each job that is finished; the others are named and left out.</summary>
    public IReadOnlyList<AttentionPicture> Draw(IEnumerable<Job> jobs, string folder)
    {
        var pictures = new List<AttentionPicture>();
        var data = new DataSets(output, mirror);
        foreach (var job in jobs)
        {
            if (Newest(job) is var (run, record) && job.Configuration is LraRun configuration)
            {
                pictures.Add(Draw(job, run, record.Key, configuration, ((ClassificationRunData)data.Prepare(job, null, CancellationToken.None)).Splits, folder));
            }
            else
            {
                log.WriteLine($"no attention matrices of {job}: it is not finished ({job.Command})");
            }
        }

        return pictures;
    }

    /// <summary>Keys of the runs that would be drawn.</summary>
    public IEnumerable<string> Keys(IEnumerable<Job> jobs) => jobs.Select(j => Newest(j)?.Record.Key ?? "");

    /// <summary>Whatever the code that trained it: a picture needs its weights, and names its key.</summary>
    private (string Folder, RunRecord Record)? Newest(Job job) => new RunStore(output).Folders()
        .Where(r => r.Record.Job == job.Identity && File.Exists(Path.Combine(r.Folder, "weights.safetensors")))
        .OrderByDescending(r => r.Record.StartedAt).Select(r => ((string, RunRecord)?)r).FirstOrDefault();

    private static AttentionPicture Draw(Job job, string run, string key, LraRun configuration, Data.ClassificationData data, string folder)
    {
        using var scope = NewDisposeScope();
        // The longest of the first hundred: a short sequence shows little.
        var batch = Enumerable.Range(0, Math.Min(100, data.Test.Count)).Select(i => LraBatch.Of(data.Test, [i], maskZero: true).First).MaxBy(s => s.Ids.Length)!;
        var tokens = Cut(batch).Tokens(CPU);
        var tau = LraConfigurations.HashCodeLength(configuration.Network.PaddedLength);
        var rows = TrainedHeads.Open(configuration.Network, Path.Combine(run, "weights.safetensors")).Of(tokens).Select(head => ($"layer {head.Layer + 1}, head {head.Head + 1}", Matrices(head, tau))).ToArray();
        var file = $"attention-{job.Task}-{job.Model}.svg";
        string[] columns = ["softmax", "YOSO-E", .. HashCounts.Select(m => $"YOSO, m = {m}")];
        var description = $"Attention of {job} on one test example, {tokens.Offsets.Total} tokens, τ = {tau}";
        AtomicFile.WriteText(Path.Combine(folder, file), MatrixPicture.Svg(description, columns, rows));
        return new AttentionPicture(file, job.ToString(), key, description);
    }

    private static IReadOnlyList<double[]> Matrices(TrainedHead head, int tau) =>
    [
        AttentionMatrices.Softmax(head), AttentionMatrices.Expectation(head, tau),
        .. HashCounts.Select(m => AttentionMatrices.Sampled(head, m, tau, HashSampler.Shared, new Seed(1).Derive("picture").Derive(head.Layer).Derive(head.Head).Derive(m))),
    ];

    private static PackedSequences Cut(PackedSequences whole)
    {
        var count = Math.Min(MostTokens, whole.Ids.Length);
        return new PackedSequences(whole.Ids[..count], whole.Positions[..count], Models.Encoders.SequenceOffsets.FromLengths(count), whole.PaddedLength);
    }
}
