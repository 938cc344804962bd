// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>Finished run folders, without the runs.</summary>
internal static class StoredRuns
{
    public static readonly DateTimeOffset Morning = new(2026, 3, 14, 9, 0, 0, TimeSpan.Zero);

    /// <param name="version">Stands in the configuration: another one gives another key. Later ones started later.</param>
    public static RunRecord Record(string model, int seed, int version, double accuracy = 36) => new()
    {
        Job = new JobIdentity { Suite = "lra", Task = "listops", Model = model, Seed = seed, Scale = "smoke" },
        Key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{model} {seed} {version}"))),
        Inputs = new RunInputs
        {
            Configuration = JsonSerializer.SerializeToElement(new { network = new { hashCount = 8 * version } }), Seed = seed, DataDigest = "d", CodeDigest = "c", KernelDigest = "k", Device = "cpu", Precision = "float32",
        },
        Results = [new("dev", "accuracy", accuracy + 1, 200), new("test", "accuracy", accuracy, 200)],
        Protocol = new RunProtocol { Name = "paper", SelectionSplit = "dev", CheckpointRule = "best-dev-accuracy", DropLastTestBatch = true, TestExamplesScored = 200, TestExamples = 200, Precision = "float32" },
        Data = new DataDescription { Name = "listops", Digest = "d", Kind = "generated", Licence = "Apache-2.0", Source = "x", TrainCount = 1, DevCount = 1, TestCount = 1 },
        Fingerprint = new RunFingerprint { OperatingSystem = "os", Cpu = "cpu", CpuKernels = "avx2", Threads = 1, LibTorch = "2.10.0", DotNet = "10", GitCommit = "0123456789", GitDirty = false },
        StartedAt = Morning.AddHours(version),
        WallSeconds = 10,
        PeakMemoryBytes = 100 << 20,
        ParameterCount = 1,
        Steps = 5,
        SecondsPerStep = 0.1 * version,
        Command = "./yoso run",
    };

    /// <returns>The folder.</returns>
    public static string Save(string output, RunRecord record)
    {
        var folder = Path.Combine(output, "runs", record.Job.Suite, record.Job.Task, record.Job.Model, $"seed-{record.Job.Seed}", record.Key[..12]);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "weights.safetensors"), "x");
        File.WriteAllText(Path.Combine(folder, "run.json"), RunRecordJson.Serialize(record));
        return folder;
    }
}
