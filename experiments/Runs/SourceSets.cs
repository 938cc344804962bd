// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;

namespace Yoso.Experiments.Runs;

/// <summary>
/// Which source files can change the result of a job. Named configurations and scales are not in it: their values are in the
/// key as the resolved configuration. Neither are data generators: the digest of the data set is.
/// </summary>
internal static class SourceSets
{
    /// <summary>The optimizer and the loop, which every trained run uses.</summary>
    private static readonly string[] TrainingFiles =
    [
        "experiments/Training/AdamWOptimizer.cs", "experiments/Training/BatchOrder.cs", "experiments/Training/OneCycleSchedule.cs", "experiments/Training/Trainer.cs",
    ];

    public static string Code(Job job)
    {
        var configuration = job.Configuration;
        return CodeDigest.Of(configuration.Reaches);
    }

    /// <summary>The kernels of the device class.</summary>
    public static string Kernels(Job job) => CodeDigest.Of(path => path.StartsWith(job.Device == "cuda" ? "src/Yoso.Cuda/" : "src/Yoso.Cpu/", StringComparison.Ordinal));

    /// <summary>For <see cref="RunConfiguration.Reaches"/> of a trained run: the loop, the models, and no other attention than its own.</summary>
    public static bool TrainingReaches(string path, AttentionOptions attention) => TrainingFiles.Contains(path) || (InModels(path) && !IsOtherAttention(path, attention.GetType()));

    // Not the loading of libtorch, and not the files of weights: what a run starts from is in its key as a digest.
    private static bool InModels(string path) => path.StartsWith("src/Yoso.Models/", StringComparison.Ordinal)
        && !path.StartsWith("src/Yoso.Models/Native/", StringComparison.Ordinal) && !path.StartsWith("src/Yoso.Models/WeightFiles/", StringComparison.Ordinal);

    /// <summary>The file of each mechanism: "SoftmaxAttention.cs" for SoftmaxOptions.</summary>
    private static readonly Dictionary<string, Type> MechanismFiles = typeof(AttentionOptions).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(AttentionOptions)))
        .ToDictionary(t => $"src/Yoso.Models/Attention/{t.Name.Replace("Options", "", StringComparison.Ordinal)}Attention.cs");

    /// <summary>A mechanism's file reaches only the jobs that use it; all others in its folder are shared.</summary>
    private static bool IsOtherAttention(string path, Type used) => MechanismFiles.TryGetValue(path, out var options) && options != used;
}
