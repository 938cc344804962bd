// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Executors;

namespace ExecutorsTests;

/// <summary>Jobs of the real program, and what they leave behind.</summary>
internal static class Runs
{
    public static YosoProgram Program => new(Repository.Program, Repository.Root, new Commands(Repository.Root));

    public static JobRequest Request(string output, string selection, params string[] more) => new()
    {
        Selection = selection, Options = ["--scale", "smoke", "--device", "cpu", "--output", output, .. more], Output = output, Scale = "smoke", Slots = 2,
    };

    /// <summary>On this machine, without an executor.</summary>
    public static void Local(string output, params string[] selection)
    {
        var run = new Commands(Repository.Root).Run("dotnet", [Repository.Program, "run", .. selection, "--device", "cpu", "--output", output]);
        Assert.True(run.ExitCode == 0, run.Errors + run.Output);
    }

    /// <summary>The run folder of the only job, or the only one of a model, under an output folder.</summary>
    public static string Folder(string output, string? model = null) => Path.GetDirectoryName(Directory.GetFiles(Path.Combine(output, "runs"), "config.json", SearchOption.AllDirectories)
        .Single(f => model is null || f.Contains($"/{model}/", StringComparison.Ordinal)))!;

    public static JsonNode Record(string output, string? model = null) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(output, model), "run.json")))!;

    /// <summary>Key, metrics, weights and results, byte for byte.</summary>
    public static void AssertSameBits(string expected, string actual, string? model = null)
    {
        foreach (var file in new[] { "metrics.csv", "weights.safetensors", "config.json" })
        {
            Assert.Equal(Digest(expected, file), Digest(actual, file, model));
        }

        foreach (var name in new[] { "key", "results", "inputs" })
        {
            Assert.Equal(Record(expected)[name]!.ToJsonString(), Record(actual, model)[name]!.ToJsonString());
        }

        static string Digest(string output, string file, string? model = null) => $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder(output, model), file))))}";
    }
}
