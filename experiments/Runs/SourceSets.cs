// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Runs;

/// <summary>
/// Which source files can change the result of a job. Named configurations and scales are not in it: their values are in the
/// key as the resolved configuration. Neither are data generators: the digest of the data set is.
/// </summary>
internal static class SourceSets
{
    private static readonly string[] ModelFolders = ["src/Yoso.Models/"];
    private static readonly string[] TrainingFiles =
    [
        "experiments/Training/AdamWOptimizer.cs", "experiments/Training/BatchOrder.cs", "experiments/Training/OneCycleSchedule.cs",
        "experiments/Training/Trainer.cs", "experiments/LongRangeArena/LraTask.cs", "experiments/LongRangeArena/LraBatch.cs",
    ];

    public static string Code(Job job) => CodeDigest.Of(path => TrainingFiles.Contains(path) || (InModels(path) && !IsOtherAttention(path, job)));

    /// <summary>The kernels of the device class.</summary>
    public static string Kernels(Job job) => CodeDigest.Of(path => path.StartsWith(job.Device == "cuda" ? "src/Yoso.Cuda/" : "src/Yoso.Cpu/", StringComparison.Ordinal));

    private static bool InModels(string path) => ModelFolders.Any(f => path.StartsWith(f, StringComparison.Ordinal)) && !path.StartsWith("src/Yoso.Models/Native/", StringComparison.Ordinal);

    /// <summary>An attention's file ("SoftmaxAttention.cs") reaches only the jobs that use it; the sampled YOSO and its expectation share theirs.</summary>
    private static bool IsOtherAttention(string path, Job job)
    {
        const string folder = "src/Yoso.Models/Attention/", suffix = "Attention.cs";
        if (!path.StartsWith(folder, StringComparison.Ordinal) || !path.EndsWith(suffix, StringComparison.Ordinal) || path == folder + suffix)
        {
            return false;
        }

        var attention = path[folder.Length..^suffix.Length];
        var used = job.Configuration.Network.Attention.GetType().Name.Replace("Options", "", StringComparison.Ordinal);
        return attention != used;
    }
}
