// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;

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

    public static string Code(Job job)
    {
        var used = job.Configuration.Network.Attention.GetType();
        return CodeDigest.Of(path => Reaches(path, used));
    }

    /// <summary>Whether a source file is part of a job's code digest.</summary>
    internal static bool Reaches(string path, Job job) => Reaches(path, job.Configuration.Network.Attention.GetType());

    private static bool Reaches(string path, Type usedAttention) => TrainingFiles.Contains(path) || (InModels(path) && !IsOtherAttention(path, usedAttention));

    /// <summary>The kernels of the device class.</summary>
    public static string Kernels(Job job) => CodeDigest.Of(path => path.StartsWith(job.Device == "cuda" ? "src/Yoso.Cuda/" : "src/Yoso.Cpu/", StringComparison.Ordinal));

    private static bool InModels(string path) => ModelFolders.Any(f => path.StartsWith(f, StringComparison.Ordinal)) && !path.StartsWith("src/Yoso.Models/Native/", StringComparison.Ordinal);

    /// <summary>The file of each mechanism: "SoftmaxAttention.cs" for SoftmaxOptions.</summary>
    private static readonly Dictionary<string, Type> MechanismFiles = typeof(AttentionOptions).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(AttentionOptions)))
        .ToDictionary(t => $"src/Yoso.Models/Attention/{t.Name.Replace("Options", "", StringComparison.Ordinal)}Attention.cs");

    /// <summary>A mechanism's file reaches only the jobs that use it; all others in its folder are shared.</summary>
    private static bool IsOtherAttention(string path, Type used) => MechanismFiles.TryGetValue(path, out var options) && options != used;
}
